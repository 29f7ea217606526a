"""Sanity of explanations: do they depend on the model, and do they point at what matters?

- *Deletion*: features are replaced by their mean over all faces one after the other, the most relevant first. The score
  must fall faster than when the least relevant go first, or in random order (Samek et al., IEEE TNNLS 28(11), 2017).
- *Randomisation*: the ranking of filters with shuffled weights must differ from the trained one's (Adebayo et al.,
  NeurIPS 2018); if it does not, the ranking shows the inputs and not the model.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy

from onefilter.concordance import measures, moments
from onefilter.explanation.relevance import drive_by_feature
from onefilter.model.card import Model
from onefilter.model.prediction import at_annotators_time
from onefilter.tables import Columns, Pairs

Floats = npt.NDArray[np.float64]

SANITY_COLUMNS: Final[Columns] = {
    **dict.fromkeys(("target", "check", "order", "culture"), str),
    **dict.fromkeys(("deleted", "value", "low", "high"), float),
}
RANDOM_ORDERS: Final = 20


def deletion(model: Model, recordings: Pairs, orders: Sequence[Sequence[int]], *, mean: Floats, delay: int) -> Floats:
    """Score a model while its features are replaced by the mean face's one by one.

    Args:
        model: A one-filter model.
        recordings: Pairs of features [T, F] and labels [T].
        orders: In which order features go, by index; each of length F.
        mean: The mean face [F]; a face of zeros is none that anybody makes, and the tracker is never that unsure.
        delay: Annotation delay in steps.

    Returns:
        CCC, recordings concatenated, after 0 ... F deletions: [orders, F + 1].
    """
    width = model.weight.shape[1]
    sums = np.zeros((len(orders), width + 1, 6))
    for inputs, labels in recordings:
        still = drive_by_feature(model, np.broadcast_to(mean, inputs.shape))
        moved = drive_by_feature(model, inputs) - still
        for number, order in enumerate(orders):
            # The filter's output is a sum over features: what the first j of them moved is taken away.
            left = np.cumsum(moved[:, list(order)[::-1]].T, axis=0)[::-1]
            output = np.vstack([left, np.zeros(len(moved))]) + still.sum(axis=1) + model.bias
            if model.card.activation == "relu":
                output = np.maximum(output, 0.0)
            predictions = model.head_weight * output + model.head_bias
            delayed = at_annotators_time(predictions.T, delay)[: len(labels)]
            sums[number] += moments(np.ascontiguousarray(delayed.T), labels)
    return measures(sums)["ccc"]


def randomisation(trained: Floats, shuffled: Floats) -> Floats:
    """Compare the trained filter's ranking of features with that of shuffled filters.

    Args:
        trained: The features' shares [F].
        shuffled: Those of filters with shuffled weights in the same recordings [N, F].

    Returns:
        Spearman's correlations [N].
    """
    return np.array([scipy.stats.spearmanr(trained, other).statistic for other in shuffled], dtype=np.float64)
