"""Check the explanation of one target: does it depend on the model, does it point at what matters?"""

from onefilter.workflow.step import bind, logger

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from onefilter.explanation.patterns import Spread
from onefilter.explanation.ranking import cultures_of, read_shuffled, read_sums
from onefilter.explanation.relevance import ranked_by_share
from onefilter.explanation.sanity import RANDOM_ORDERS, SANITY_COLUMNS, deletion, randomisation
from onefilter.files import write_table
from onefilter.model.card import Card, name_among
from onefilter.model.file import read_model
from onefilter.tables import inputs, pairs_by_split

Row = tuple[object, ...]


def check_explanations(
    reference: list[Path],
    features: list[Path],
    labels: list[Path],
    best: Path,
    relevance: list[Path],
    unrelated: list[Path],
    sanity: Path,
    seed: int,
    corpus: str,
) -> None:
    """Write the sanity checks of one target's chosen model: deletion curves and randomised filters."""
    model = read_model(best)
    card = model.card
    names = list(card.features)
    seen = inputs(reference, names)
    spread = Spread(len(names))
    for each in seen:
        spread.add(each)
    ranked = ranked_by_share(model, seen)
    rng = np.random.default_rng(seed)
    orders = [ranked, ranked[::-1], *(rng.permutation(len(names)).tolist() for _ in range(RANDOM_ORDERS))]
    rows: list[Row] = []
    for (culture, _), data in pairs_by_split(features, labels, card.target, names).items():
        curves = deletion(model, data, orders, mean=spread.mean, delay=card.delay_steps)
        for order, values in (("most relevant first", curves[0]), ("least relevant first", curves[1])):
            rows += [(card.target, "deletion", order, culture, k, v, np.nan, np.nan) for k, v in enumerate(values)]
        for k, values in enumerate(curves[2:].T):
            low, high = np.quantile(values, [0.05, 0.95])
            rows.append((card.target, "deletion", "random order", culture, k, values.mean(), low, high))
    rows += _randomised(card, relevance, read_shuffled(unrelated))
    write_table(sanity, pd.DataFrame(rows, columns=list(SANITY_COLUMNS)), corpus=corpus)


def _randomised(card: Card, relevance: list[Path], unrelated: pd.DataFrame) -> list[Row]:
    """Compare the chosen model's ranking with those of shuffled filters, culture by culture."""
    rows: list[Row] = []
    for culture in cultures_of(relevance):
        (chosen,) = read_sums(relevance, culture, only=partial(name_among, card))
        own = chosen.shares()[0]
        others = unrelated.loc[unrelated["culture"] == culture, "share"].to_numpy(dtype=float)
        found = randomisation(own, others.reshape(-1, len(own)))
        low, high = np.quantile(found, [0.05, 0.95])
        rows.append((card.target, "randomisation", "", culture, np.nan, float(found.mean()), low, high))
        words = "%s, %s: shuffled filters' rankings correlate with its own by %.2f"
        logger.info(words, card.target, culture, found.mean())
    return rows


bind(check_explanations)
