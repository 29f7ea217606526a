"""Sanity of explanations: do they depend on the model, and do they point at what matters?

- *Deletion*: features are set to zero one after the other, the most relevant first. The score must fall faster than
  when the least relevant go first, or in random order (Samek et al., IEEE TNNLS 28(11), 2017).
- *Randomisation*: the ranking of a filter with random weights must differ from the trained one's (Adebayo et al.,
  NeurIPS 2018); if it does not, the ranking shows the inputs and not the model.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.stats import spearmanr

from onefilter.concordance import measures, moments
from onefilter.explanation.relevance import absolute, drive_by_feature
from onefilter.model.card import Model
from onefilter.model.prediction import at_annotators_time
from onefilter.tables import Columns, Pairs

Floats = npt.NDArray[np.float64]

SANITY_COLUMNS: Final[Columns] = {
    **dict.fromkeys(("target", "check", "order", "culture"), str),
    **dict.fromkeys(("deleted", "value", "low", "high"), float),
}
RANDOM_ORDERS: Final = 20
RANDOM_FILTERS: Final = 100


def deletion(model: Model, recordings: Pairs, orders: Sequence[Sequence[int]], *, delay: int) -> Floats:
    """Score a model while its features are set to zero one by one.

    Args:
        model: A one-filter model.
        recordings: Pairs of features [T, F] and labels [T].
        orders: In which order features go, by index; each of length F.
        delay: Annotation delay in steps.

    Returns:
        CCC, recordings concatenated, after 0 ... F deletions: [orders, F + 1].
    """
    width = model.weight.shape[1]
    sums = np.zeros((len(orders), width + 1, 6))
    for inputs, labels in recordings:
        drives = drive_by_feature(model, inputs)
        for number, order in enumerate(orders):
            # The filter's output is a sum over features: without the first j of them, the sum of the others.
            left = np.cumsum(drives[:, list(order)[::-1]], axis=1)[:, ::-1]
            output = np.column_stack([left, np.zeros(len(left))]) + model.bias
            if model.card.activation == "relu":
                output = np.maximum(output, 0.0)
            predictions = model.head_weight * output + model.head_bias
            for deleted in range(width + 1):
                delayed = at_annotators_time(predictions[:, deleted], delay)[: len(labels)]
                sums[number, deleted] += moments(delayed, labels)
    return measures(sums)["ccc"]


def randomisation(model: Model, recordings: Iterable[Floats], *, seed: int, draws: int = RANDOM_FILTERS) -> Floats:
    """Compare the trained filter's ranking of features with that of random filters.

    Args:
        model: A one-filter model.
        recordings: Features [T, F] of some recordings.
        seed: Of the random filters; their weights are the trained ones, shuffled over taps and features.
        draws: Number of random filters.

    Returns:
        Spearman correlations of the features' relevance [draws].
    """
    rng = np.random.default_rng(seed)
    shuffled = [rng.permutation(model.weight.ravel()).reshape(model.weight.shape) for _ in range(draws)]
    models = [model, *(replace(model, weight=weight) for weight in shuffled)]
    relevance = np.zeros((len(models), model.weight.shape[1]))
    for inputs in recordings:
        relevance += [absolute(each, inputs).sum(axis=0) for each in models]
    return np.array([float(spearmanr(relevance[0], other).statistic) for other in relevance[1:]])
