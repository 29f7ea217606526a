"""More recordings than fit into memory: the same training part by part, from a file."""

import errno
import os
from typing import Any

import numpy as np
import pytest
import torch

from onefilter.errors import InputError
from onefilter.training import sequences as training_sequences
from onefilter.training.fit import Fit, bytes_of_spectra, fit
from onefilter.training.ladder import DeepFit, fit_deep
from onefilter.training.sequences import Parts, Summary, part_size, parts_of
from onefilter.training.shelf import Shelf
from tests.examples.training import DELAY, DEVEL, TAPS, TRAIN, settings

EACH = bytes_of_spectra(80, taps=TAPS, features=4)
"""Bytes of the longest training recording's spectra."""


def trained(monkeypatch: pytest.MonkeyPatch, largest: int, **given: Any) -> Fit:
    """Fit with so many bytes of spectra in memory."""
    monkeypatch.setattr(training_sequences, "LARGEST", largest)
    further = {name: given.pop(name) for name in ("subsets", "resume", "on_round") if name in given}
    network, training = settings(**{"seeds": [1, 2, 3], "epochs": 60, **given})
    return fit(TRAIN, DEVEL, delay=DELAY, network=network, training=training, **further)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"dropout": 0.3},
        {"fill": "mask", "tail": "drop", "optimiser": "adam"},
        {"activation": "relu", "head": False},
        {"subsets": [[0], [0, 1], [1, 3]]},
        {"loss": "pooled"},
        {"loss": "pooled", "dropout": 0.3, "fill": "mask", "tail": "drop"},
    ],
)
def test_part_by_part(monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]) -> None:
    """One recording at a time: weights and scores are the same but for the order of sums."""
    whole, divided = (trained(monkeypatch, largest, **changes) for largest in (1 << 30, 1))
    np.testing.assert_allclose(divided.curves, whole.curves, atol=2e-5)
    assert float((divided.last.weight - whole.last.weight).abs().max()) < 2e-4
    assert not np.array_equal(divided.curves, whole.curves)


@pytest.mark.parametrize("changes", [{}, {"loss": "pooled"}, {"dropout": 0.3}, {"loss": "pooled", "dropout": 0.3}])
def test_deep_networks_part_by_part(monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]) -> None:
    """The ladder's networks, too."""
    found: list[DeepFit] = []
    for largest in (1 << 30, 1):
        monkeypatch.setattr(training_sequences, "LARGEST", largest)
        _, training = settings(seeds=[1, 2], epochs=30, **changes)
        found.append(fit_deep(TRAIN, DEVEL, layers=((3, 5), (2, 4)), delay=DELAY, training=training))
    predictions = [each.predict(DEVEL[0][0]) for each in found]
    np.testing.assert_allclose(predictions[1], predictions[0], atol=2e-4)
    np.testing.assert_allclose(found[1].best_score, found[0].best_score, atol=2e-5)
    assert not np.array_equal(predictions[1], predictions[0])


@pytest.mark.parametrize("changes", [{}, {"loss": "pooled", "dropout": 0.3}])
@pytest.mark.parametrize("largest", [1, 2 * EACH, 1 << 30])
def test_parts_that_a_gpu_takes_together(
    monkeypatch: pytest.MonkeyPatch, largest: int, changes: dict[str, Any]
) -> None:
    """Laid down one by one and put together again, they are what they would have been together, to the last bit."""
    at_once = trained(monkeypatch, largest, **changes)
    monkeypatch.setattr(Parts, "on", lambda self, device: self.together(largest, device))
    again = trained(monkeypatch, 1, **changes)
    assert np.array_equal(again.curves, at_once.curves)
    assert torch.equal(again.last.weight, at_once.last.weight)


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_deep_parts_that_a_gpu_takes_together(monkeypatch: pytest.MonkeyPatch, dropout: float) -> None:
    """The ladder's networks, too."""
    found: list[DeepFit] = []
    on = Parts.on
    for largest, bring in ((1 << 30, on), (1, lambda self, device: self.together(1 << 30, device))):
        monkeypatch.setattr(training_sequences, "LARGEST", largest)
        monkeypatch.setattr(Parts, "on", bring)
        _, training = settings(seeds=[1, 2], epochs=30, dropout=dropout)
        found.append(fit_deep(TRAIN, DEVEL, layers=((3, 5), (2, 4)), delay=DELAY, training=training))
    assert np.array_equal(found[1].predict(DEVEL[0][0]), found[0].predict(DEVEL[0][0]))
    assert np.array_equal(found[1].best_score, found[0].best_score)


def test_an_interrupted_training_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its state has nothing to do with parts."""
    states: list[Any] = []
    whole = trained(monkeypatch, 1, epochs=100, on_round=lambda learning: states.append(learning.state()))
    rest = trained(monkeypatch, 1, epochs=100, resume=states[0])
    assert np.array_equal(rest.curves, whole.curves)
    assert torch.equal(rest.last.weight, whole.last.weight)


def test_the_sizes_of_parts() -> None:
    """Parts are about equally large; SEWA's size is one, ten times as many recordings are several."""
    for count, expected in ((34, 34), (102, 51), (340, 49), (1, 1)):
        assert part_size(count, bytes_of_spectra(1768, taps=80, features=37)) == expected
    assert part_size(3, bytes_of_spectra(10_000_000, taps=80, features=37)) == 1
    assert [len(part) for part in parts_of(TRAIN, 2)] == [2, 1]
    assert part_size(len(TRAIN), bytes_of_spectra(50, taps=TAPS, features=4)) == 3


def test_a_shelf() -> None:
    """What lies in the file is what was put there, also when it was let go."""
    rng = np.random.default_rng(1)
    arrays = [rng.normal(size=shape) for shape in ((3, 5), (70, 100, 7), (1,))]
    arrays.append(rng.normal(size=9).astype(np.float32))
    shelf = Shelf(*(array.nbytes for array in arrays))
    kept = [shelf.put(array) for array in arrays]
    for factor in (1, 2):
        assert all(np.array_equal(one, factor * other) for one, other in zip(kept, arrays, strict=True))
        for one in kept:
            one *= 2
        shelf.let_go()


def test_what_is_known_of_labels() -> None:
    """Recording by recording: number, mean and variance of all that are rated, NaN being none."""
    rng = np.random.default_rng(2)
    labels = [rng.normal(3.0, 0.1, size) for size in (40, 7, 90)]
    labels[0][:5] = np.nan
    labels[1][:] = np.nan
    summary = Summary.of([(np.zeros((len(own), 2)), own) for own in labels])
    whole = np.concatenate(labels)
    assert (summary.count, summary.longest, summary.labels) == (3, 90, 125)
    assert summary.mean == pytest.approx(np.nanmean(whole), rel=1e-14)
    assert summary.variance == pytest.approx(np.nanvar(whole), rel=1e-12)


def test_no_room_on_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, which names the folder."""

    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(InputError, match=r"0\.0 GB for a temporary file are not there \(No space left.*TMPDIR"):
        trained(monkeypatch, 1)
