"""Sanity checks of explanations."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy.stats import rankdata

from onefilter.concordance import concordance
from onefilter.explanation.ranking import shuffled
from onefilter.explanation.relevance import contributions, covariance_shares
from onefilter.explanation.sanity import deletion, randomisation
from onefilter.model.prediction import at_annotators_time, predict
from onefilter.tables import Floats
from tests.examples.explanation import network, recording


@pytest.mark.parametrize("activation", ["linear", "relu"])
def test_deletion_by_replacing_inputs(activation: str) -> None:
    """Taking movement away is predicting from inputs with these columns set to their mean."""
    model = network(activation)
    rng = np.random.default_rng(1)
    data = [(recording(40, seed=seed), rng.normal(size=38)) for seed in range(3)]
    orders = [[2, 0, 3, 1], [1, 3, 0, 2]]
    mean = np.concatenate([inputs for inputs, _ in data]).mean(axis=0)
    found = deletion(model, data, orders, mean=mean, delay=2)
    assert found.shape == (2, 5)
    for number, order in enumerate(orders):
        for deleted in range(5):
            outputs = []
            for inputs, labels in data:
                kept = inputs.copy()
                kept[:, order[:deleted]] = mean[order[:deleted]]
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
    mean = np.concatenate([inputs for inputs, _ in data]).mean(axis=0)
    heavy_first, light_first = deletion(model, data, [[0, 1, 2], [2, 1, 0]], mean=mean, delay=0)
    assert heavy_first[0] == light_first[0] == pytest.approx(1)
    assert heavy_first[1] < 0.3
    assert light_first[1] > 0.99


def test_what_never_changes_is_not_missed() -> None:
    """A feature that is large and constant, as the tracker's confidence nearly is, can be replaced by its mean."""
    model = network("linear", features=3, taps=1)
    data = []
    for seed in range(4):
        inputs = recording(60, seed=seed, features=3)
        inputs[:, 2] = 40.0
        data.append((inputs, predict(model, pl.DataFrame(inputs, schema=list(model.card.features)))))
    mean = np.concatenate([inputs for inputs, _ in data]).mean(axis=0)
    assert deletion(model, data, [[2, 0, 1]], mean=mean, delay=0)[0, 1] == pytest.approx(1)


def test_rankings_of_shuffled_filters() -> None:
    """With inputs that move alike a shuffled filter ranks by chance; where one dwarfs all, every filter ranks alike."""
    model = network("linear", features=4, taps=1)
    others = [model, *shuffled([model], seed=1, draws=100)]
    inputs = np.random.default_rng(1).normal(size=(2000, 4))

    def ranked(scale: Sequence[float], offset: Sequence[float] = (0,) * 4) -> Floats:
        found = covariance_shares(contributions(others, inputs * np.array(scale) + np.array(offset)))
        return randomisation(found[0], found[1:])

    chance = ranked([1.0] * 4)
    assert abs(chance.mean()) < 0.25
    assert chance.std() > 0.3
    assert ranked([1.0, 3.0, 9.0, 27.0]).mean() > 0.7
    # What is large and does not move dwarfs nothing.
    np.testing.assert_allclose(ranked([1.0] * 4, [0.0, 10.0, 100.0, 1000.0]), chance, atol=1e-9)


def test_randomisation_is_spearmans() -> None:
    """By Pearson's correlation of ranks."""
    rng = np.random.default_rng(1)
    own, others = rng.normal(size=9), rng.normal(size=(5, 9))
    expected = [np.corrcoef(rankdata(own), rankdata(other))[0, 1] for other in others]
    np.testing.assert_allclose(randomisation(own, others), expected)
