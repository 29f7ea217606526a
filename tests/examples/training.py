"""Small recordings with a planted filter, and the published settings to train on them."""

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from onefilter.settings import Network, Training
from onefilter.training.learning import EPSILON

Floats = npt.NDArray[np.float64]
TAPS, DELAY = 9, 3
NETWORK = Network(taps=TAPS)
TRAINING = Training(seeds=[1])


def corpus(seed: int, lengths: tuple[int, ...]) -> list[tuple[Any, Any]]:
    """Draw recordings whose label follows two of four features, `DELAY` steps late."""
    rng = np.random.default_rng(seed)
    recordings = []
    for length in lengths:
        features = np.cumsum(rng.normal(size=(length, 4)), axis=0) / 5
        label = np.roll(features[:, 0] - 0.5 * features[:, 1], DELAY) + rng.normal(0, 0.2, length)
        recordings.append((features, label))
    return recordings


TRAIN, DEVEL = corpus(1, (60, 80, 47)), corpus(2, (50, 70))


def settings(**changes: Any) -> tuple[Network, Training]:
    """Give the small network and the published training, changed key by key."""
    of_network = {name: value for name, value in changes.items() if name in Network.model_fields}
    of_training = {name: value for name, value in changes.items() if name in Training.model_fields}
    assert {*of_network, *of_training} == set(changes)
    return NETWORK.model_copy(update=of_network), TRAINING.model_copy(update=of_training)


def written_out(predictions: torch.Tensor, labels: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """1 - CCC as the formula reads, one sequence and model after the other, for autograd."""
    rows = []
    for sequence in range(labels.shape[1]):
        inside = mask[:, sequence] > 0
        y = labels[inside, sequence]
        row = []
        for model in range(predictions.shape[2]):
            p = predictions[inside, sequence, model]
            covariance = ((p - p.mean()) * (y - y.mean())).mean()
            distance = p.var(correction=0) + y.var(correction=0) + (p.mean() - y.mean()) ** 2
            row.append(1 - 2 * covariance / (distance + EPSILON))
        rows.append(torch.stack(row))
    return torch.stack(rows)


def lagged(recordings: list[tuple[Floats, Floats]], taps: int, left: int, delay: int) -> tuple[Floats, Floats]:
    """Build the matrix of lagged features, step by step, and the labels that belong to its rows."""
    rows, labels = [], []
    for features, label in recordings:
        for step in range(len(label) - delay):
            row = [
                features[step + tap - left] if 0 <= step + tap - left < len(features) else np.zeros(features.shape[1])
                for tap in range(taps)
            ]
            rows.append(np.concatenate(row))
            labels.append(label[step + delay])
    return np.array(rows), np.array(labels)


def check_equations(found: tuple[Floats, Floats, Floats, Floats], matrix: Floats, labels: Floats) -> None:
    """Compare sums of outer products, of features, of features times labels, and of labels with those of the matrix."""
    gram, total, cross, sums = found
    np.testing.assert_allclose(gram, matrix.T @ matrix, atol=1e-9)
    np.testing.assert_allclose(total, matrix.sum(axis=0), atol=1e-9)
    np.testing.assert_allclose(cross, matrix.T @ labels, atol=1e-9)
    np.testing.assert_allclose(sums, [len(labels), labels.sum(), labels @ labels], atol=1e-9)
