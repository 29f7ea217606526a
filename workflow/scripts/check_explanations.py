"""Check the explanation of one target: does it depend on the model, does it point at what matters?"""

from pathlib import Path

import numpy as np
import pandas as pd

from onefilter.explanation.relevance import ranked_by_size
from onefilter.explanation.sanity import RANDOM_ORDERS, SANITY_COLUMNS, deletion, randomisation
from onefilter.files import write_table
from onefilter.model.file import read_model
from onefilter.tables import inputs, pairs_by_split
from onefilter.workflow.step import bind, logger


def check_explanations(
    reference: list[Path], features: list[Path], labels: list[Path], best: Path, sanity: Path, seed: int, corpus: str
) -> None:
    """Write the sanity checks of one target's chosen model: deletion curves and randomised filters."""
    model = read_model(best)
    card = model.card
    names = list(card.features)
    seen = inputs(reference, names)
    ranked = ranked_by_size(model, seen)
    rng = np.random.default_rng(seed)
    orders = [ranked, ranked[::-1], *(rng.permutation(len(names)).tolist() for _ in range(RANDOM_ORDERS))]
    rows: list[tuple[object, ...]] = []
    for (culture, _), data in pairs_by_split(features, labels, card.target, names).items():
        curves = deletion(model, data, orders, delay=card.delay_steps)
        for order, values in (("most relevant first", curves[0]), ("least relevant first", curves[1])):
            rows += [(card.target, "deletion", order, culture, k, v, np.nan, np.nan) for k, v in enumerate(values)]
        for k, values in enumerate(curves[2:].T):
            low, high = np.quantile(values, [0.05, 0.95])
            rows.append((card.target, "deletion", "random order", culture, k, values.mean(), low, high))
    found = randomisation(model, seen, seed=seed)
    low, high = np.quantile(found, [0.05, 0.95])
    rows.append((card.target, "randomisation", "", "", np.nan, float(found.mean()), low, high))
    logger.info(
        "%s: rankings of randomised filters correlate with the trained one's by %.2f", card.target, found.mean()
    )
    write_table(sanity, pd.DataFrame(rows, columns=list(SANITY_COLUMNS)), corpus=corpus)


bind(check_explanations)
