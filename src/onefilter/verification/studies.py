"""Small studies of worlds: each is simulated, trained and scored as the run itself is.

The twin, the features, the networks, the references and the intervals over dyads are the run's own; `WORLDS` of
`onefilter.corpus.simulated` say where affect is.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from onefilter.concordance import moments
from onefilter.corpus.simulated import frames_of, simulate_row
from onefilter.corpus.twin import TwinRecording
from onefilter.evaluation.scores import by_unit
from onefilter.features.statistics import feature_names
from onefilter.features.windows import extract
from onefilter.model.card import past, steps_of
from onefilter.model.prediction import at_annotators_time, correlate
from onefilter.settings import Features, Network, Training
from onefilter.training.fit import fit
from onefilter.training.ridge import equations, fit_constant, solve
from onefilter.verification.worlds import TRAINED, Study

Floats = npt.NDArray[np.float64]
Pairs = list[tuple[Floats, Floats]]


def study(
    recordings: Sequence[TwinRecording],
    *,
    target: str,
    delay: float,
    twin: int,
    world: str,
    windows: Features,
    network: Network,
    training: Training,
    seed: int,
) -> Study:
    """Simulate a world, train on its Germans, and test everywhere.

    Args:
        recordings: Of the twin, with German ones to train and develop on.
        target: What is predicted.
        delay: Annotation delay (seconds).
        twin: The twin's seed.
        world: One of `onefilter.corpus.simulated.WORLDS`.
        windows: How frames become features.
        network: The network.
        training: How it learns.
        seed: Of the bootstrap.
    """
    names = feature_names(windows.statistics)
    data: dict[tuple[str, str], Pairs] = {}
    units: dict[tuple[str, str], list[str]] = {}
    for recording in recordings:
        found = simulate_row(recording.model_dump(), seed=twin, world=world)
        inputs = extract(frames_of(found), pl.from_pandas(found.turns), windows, features=names).features
        values = inputs.select(names).to_numpy()
        labels = found.labels[target].to_numpy()
        split = (recording.culture, str(recording.partition))
        data.setdefault(split, []).append((values[: len(labels)], labels[: len(values)]))
        units.setdefault(split, []).append(recording.dyad)
    steps, left = steps_of(delay, windows.hop), past(network.taps, network.ahead)
    models = _models(data, names, steps=steps, left=left, network=network, training=training)
    sums = {}
    for split, tested in data.items():
        if split[1] == "test":
            for name, (weight, bias) in models.items():
                parts = np.stack([_moments(each, weight, bias, left=left, delay=steps) for each in tested])
                sums[split[0], name] = by_unit(parts, units[split])
    return Study(sums, seed)


def _models(
    data: Mapping[tuple[str, str], Pairs],
    names: Sequence[str],
    *,
    steps: int,
    left: int,
    network: Network,
    training: Training,
) -> dict[str, tuple[Floats, float]]:
    """Fit the network (its best seed on development) and what it is compared with: filters [K, F] and offsets."""
    train, devel = data[TRAINED, "train"], data[TRAINED, "devel"]
    found = fit(train, devel, delay=steps, network=network, training=training)
    best = int(np.argmax(found.best_score))
    filters, offsets = found.folded()
    models = {"network": (filters[:, :, best], float(offsets[best]))}
    constant = fit_constant(train, devel, taps=network.taps, left=left, delay=steps)
    models["constant"] = (constant.weight, constant.bias)
    known = equations(train, taps=network.taps, left=left, delay=steps)
    families = {
        "turn": [names.index("turn")],
        "mean": [place for place, name in enumerate(names) if name.startswith("AU") and name.endswith("_mean")],
        "std": [place for place, name in enumerate(names) if name.startswith("AU") and name.endswith("_std")],
    }
    for name, chosen in families.items():
        ridge = solve(known, devel, chosen)
        models[name] = (ridge.weight, ridge.bias)
    return models


def _moments(pair: tuple[Floats, Floats], weight: Floats, bias: float, *, left: int, delay: int) -> Floats:
    """Score one recording at the annotators' time, from where there are predictions on."""
    inputs, labels = pair
    if weight.shape[1] != inputs.shape[1]:
        inputs = inputs[:, : weight.shape[1]]
    outputs = at_annotators_time(correlate(inputs, weight, left=left) + bias, delay)
    return moments(outputs[delay:], labels[delay:])
