"""Moments that nobody rated: everything that learns or scores does as if they were not there."""

from typing import Any

import numpy as np
import pytest
import torch

from onefilter.concordance import concordance, measures, moments
from onefilter.errors import InputError
from onefilter.evaluation.postprocessing import Chain, apply, score, tune
from onefilter.explanation.refit import refits
from onefilter.model.prediction import at_annotators_time, correlate
from onefilter.tables import check_lengths
from onefilter.training.fit import fit
from onefilter.training.learning import concordance_loss
from onefilter.training.ridge import equations, fit_constant, fit_ridge, normal_equations
from onefilter.training.sequences import held, sequences
from tests.examples.training import DELAY, DEVEL, TAPS, TRAIN, check_equations, lagged, settings, written_out

Pairs = list[tuple[Any, Any]]


def holed(recordings: Pairs, *, seed: int) -> Pairs:
    """Leave runs of labels out, and single ones, at the beginning and at the end, too."""
    rng = np.random.default_rng(seed)
    found = []
    for features, labels in recordings:
        own = labels.copy()
        for begin in rng.integers(0, len(own), 3):
            own[begin : begin + int(rng.integers(1, 8))] = np.nan
        own[:2] = own[-1:] = np.nan
        found.append((features, own))
    return found


HOLED, HELD = holed(TRAIN, seed=1), holed(DEVEL, seed=2)


@pytest.mark.parametrize(("taps", "left", "delay"), [(9, 4, 3), (5, 0, 1), (1, 0, 0), (45, 20, 3)])
def test_normal_equations(taps: int, left: int, delay: int) -> None:
    """Those of the matrix without the rows that nobody rated; features under the filter are all there."""
    matrix, labels = lagged(HOLED, taps, left, delay)
    known = ~np.isnan(labels)
    matrix, labels = matrix[known], labels[known]
    check_equations(normal_equations(HOLED, taps=taps, left=left, delay=delay), matrix, labels)


def test_scores_of_filters_and_chains() -> None:
    """Predictions count where moments are rated."""
    found = fit_ridge(HOLED, HELD, taps=TAPS, left=4, delay=DELAY)
    outputs = [at_annotators_time(correlate(x, found.weight, left=4) + found.bias, DELAY)[: len(y)] for x, y in HELD]
    predicted, labels = np.concatenate(outputs), np.concatenate([y for _, y in HELD])
    known = ~np.isnan(labels)
    assert found.score == pytest.approx(concordance(predicted[known], labels[known]))
    constant = fit_constant(HOLED, HELD, taps=TAPS, left=4, delay=DELAY)
    assert constant.bias == pytest.approx(np.nanmean(np.concatenate([y[DELAY:] for _, y in HOLED])))
    pairs = [(each, y) for each, (_, y) in zip(outputs, HELD, strict=True)]
    chain = tune(pairs, medians=[3], largest_shift=1)
    processed = np.concatenate([apply(chain, each) for each in outputs])
    assert score(pairs, chain) == pytest.approx(concordance(processed[known], labels[known]))
    assert score(pairs, chain) >= score(pairs, Chain())


def test_moments_leave_them_out() -> None:
    """NaN labels, and no others: infinity and NaN predictions are mistakes."""
    p, y = np.arange(5.0), np.array([1.0, np.nan, 2.0, 5.0, np.nan])
    np.testing.assert_array_equal(moments(p, y), moments(p[[0, 2, 3]], y[[0, 2, 3]]))
    for predictions, labels, message in (
        (p, np.full(5, np.nan), "there are no predictions"),
        (np.full(5, np.nan), y, "the prediction at step 0 is nan"),
        (p, np.where(y > 2, np.inf, y), "the label at step 2 is inf"),
    ):
        with pytest.raises(ValueError, match=message):
            moments(predictions, labels)


@pytest.mark.parametrize("fill", ["repeat", "mask"])
@pytest.mark.parametrize("tail", ["zeros", "drop"])
def test_loss(fill: Any, tail: Any) -> None:
    """1 - CCC of each recording over the steps that count, written out; no gradient elsewhere."""
    data = sequences(HOLED, taps=1, delay=DELAY, fill=fill, tail=tail, in_blocks=False)
    outputs = torch.randn(len(HOLED), 2, data.labels.shape[1], generator=torch.Generator().manual_seed(1))
    outputs.requires_grad_()
    losses = concordance_loss(outputs, data.labels, data.mask, recordings=len(HOLED))
    by_hand = written_out(outputs.permute(2, 0, 1), data.labels.T, data.mask.T)
    torch.testing.assert_close(losses, by_hand, atol=1e-5, rtol=1e-4)
    losses.sum().backward()
    assert outputs.grad is not None
    assert torch.all(outputs.grad.permute(0, 2, 1)[data.mask == 0] == 0)
    assert torch.isfinite(data.labels).all()
    rated = sum(int((~np.isnan(y[DELAY:])).sum()) for _, y in HOLED)
    if (fill, tail) == ("mask", "drop"):
        assert int(data.mask.sum()) == rated


def test_networks_learn_and_are_scored_without_them() -> None:
    """The development score that training keeps is that of the predictions over rated moments."""
    torch.set_num_threads(1)
    network, training = settings(seeds=[1, 2], epochs=30)
    found = fit(HOLED, HELD, delay=DELAY, network=network, training=training)
    filters, offsets = found.folded()
    assert np.isfinite(found.curves).all()
    for model in range(2):
        sums = [
            moments(at_annotators_time(correlate(x, filters[:, :, model], left=4) + offsets[model], DELAY)[: len(y)], y)
            for x, y in HELD
        ]
        assert float(measures(np.sum(sums, axis=0))["ccc"]) == pytest.approx(found.best_score[model], abs=1e-4)
    data = held(HELD, taps=1, delay=DELAY, in_blocks=False)
    labels = np.concatenate([y for _, y in HELD])
    assert data.count == int((~np.isnan(labels)).sum())
    assert data.mean == pytest.approx(np.nanmean(labels))


def test_what_nobody_rated_does_not_matter() -> None:
    """Whatever the labels are where they are masked, the networks are the same to the byte."""
    torch.set_num_threads(1)
    network, training = settings(seeds=[1], epochs=5)
    other = [(x, np.where(np.isnan(y), np.nan, y)) for x, y in HOLED]
    first, second = (fit(each, HELD, delay=DELAY, network=network, training=training) for each in (HOLED, other))
    assert torch.equal(first.best.weight, second.best.weight)


def test_refits() -> None:
    """Draw 0 is the ridge filter on rated moments."""
    units = [f"recording {place}" for place in range(len(HOLED))]
    known = equations(HOLED, taps=TAPS, left=4, delay=DELAY)
    weights, _ = refits(known, HOLED, units, penalty=0.1, seed=1, draws=3)
    ridge = fit_ridge(HOLED, HELD, taps=TAPS, left=4, delay=DELAY, penalties=[0.1])
    summed = ridge.weight.sum(axis=0)
    np.testing.assert_allclose(weights[0] / weights[0, 0], summed / summed[0], atol=1e-8)


def test_a_recording_that_is_not_rated(tmp_path: Any) -> None:
    """One line, before anything is trained."""
    empty = [*TRAIN, (TRAIN[0][0], np.full(len(TRAIN[0][1]), np.nan))]
    with pytest.raises(InputError, match="recording 4 of the split has no rated label after the annotation delay"):
        check_lengths(empty, tmp_path / "german-train.parquet", taps=TAPS, delay=DELAY, target="valence")
