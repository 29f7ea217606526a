"""Sanity checks of explanations."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from onefilter.concordance import concordance
from onefilter.explanation.sanity import deletion, randomisation
from onefilter.model.prediction import at_annotators_time, predict
from tests.examples.explanation import network, recording


@pytest.mark.parametrize("activation", ["linear", "relu"])
def test_deletion_by_zeroing_inputs(activation: str) -> None:
    """Leaving contributions out is predicting from inputs with these columns set to zero."""
    model = network(activation)
    rng = np.random.default_rng(1)
    data = [(recording(40, seed=seed), rng.normal(size=38)) for seed in range(3)]
    orders = [[2, 0, 3, 1], [1, 3, 0, 2]]
    found = deletion(model, data, orders, delay=2)
    assert found.shape == (2, 5)
    for number, order in enumerate(orders):
        for deleted in range(5):
            outputs = []
            for inputs, labels in data:
                kept = inputs.copy()
                kept[:, order[:deleted]] = 0
                table = pl.DataFrame(kept, schema=list(model.card.features))
                outputs.append(at_annotators_time(predict(model, table), 2)[: len(labels)])
            joined = concordance(np.concatenate(outputs), np.concatenate([labels for _, labels in data]))
            assert found[number, deleted] == pytest.approx(joined, abs=1e-9)


def test_deleting_what_matters_hurts_most() -> None:
    """The label is what the filter says: without its heavy feature little is left, without the light one all."""
    model = network("linear", features=3)
    weight = model.weight * np.array([5.0, 0.5, 0.01], dtype=np.float32)
    model = replace(model, weight=weight)
    data = []
    for seed in range(4):
        inputs = recording(60, seed=seed, features=3)
        data.append((inputs, predict(model, pl.DataFrame(inputs, schema=list(model.card.features)))))
    heavy_first, light_first = deletion(model, data, [[0, 1, 2], [2, 1, 0]], delay=0)
    assert heavy_first[0] == light_first[0] == pytest.approx(1)
    assert heavy_first[1] < 0.3
    assert light_first[1] > 0.99


def test_rankings_of_shuffled_filters() -> None:
    """With inputs of equal size a shuffled filter ranks by chance; where one dwarfs all, every filter ranks alike."""
    model = network("linear", features=4, taps=1)
    alike = [np.abs(np.random.default_rng(seed).normal(size=(200, 4))) for seed in range(3)]
    chance = randomisation(model, alike, seed=1)
    assert abs(chance.mean()) < 0.25
    assert chance.std() > 0.3
    dwarfed = [inputs * np.array([1.0, 100.0, 1e4, 1e6]) for inputs in alike]
    assert randomisation(model, dwarfed, seed=1).mean() > 0.9
    np.testing.assert_array_equal(randomisation(model, alike, seed=1), chance)
