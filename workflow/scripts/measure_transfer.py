"""Measure what a filter that was fitted to some cultures is worth in each."""

from onefilter.workflow.step import bind, logger

from pathlib import Path

import pandas as pd

from onefilter.errors import InputError
from onefilter.features.normalisation import groups_by, normalise
from onefilter.files import write_table
from onefilter.model.card import past, steps_of
from onefilter.names import kind_of
from onefilter.settings import Network
from onefilter.tables import Floats, by_recording, check_lengths, read_frame, split_of, units_by_split
from onefilter.verification.transfer import ALIKE_COLUMNS, TRANSFER_COLUMNS, alike, fit_everywhere, transfer

Named = dict[str, tuple[Floats, Floats]]


def measure_transfer(
    features: list[Path],
    labels: list[Path],
    moved: Path,
    alikeness: Path,
    target: str,
    delay: float,
    hop: float,
    names: list[str],
    network: Network,
    kinds: list[str],
    people: dict[str, str],
    seed: int,
    corpus: str,
) -> None:
    """Fit ridge filters to every set of cultures, under every normalisation; score and compare them."""
    steps, left = steps_of(delay, hop), past(network.taps, network.ahead)
    read: dict[tuple[str, str], Named] = {}
    units = units_by_split(labels)
    tested, halved = (
        kind_of([name for (_, part), own in units.items() if part == partition for name in own])
        for partition in ("test", "train")
    )
    for path, labelled in zip(features, labels, strict=True):
        inputs = by_recording(read_frame(path, ["recording", *names]), names)
        found = by_recording(read_frame(labelled, ["recording", target]), [target])
        split = split_of(path)
        part = {name: (inputs[name], values[:, 0]) for name, values in found.items()}
        if split[1] == "train":
            pairs = [(x[: len(y)], y) for x, y in part.values()]
            check_lengths(pairs, path, taps=network.taps, delay=steps, target=target)
        read.setdefault(split, {}).update(part)
    tables, compared = [], []
    for kind in kinds:
        data = {split: _normalised(own, split[0], kind, people) for split, own in read.items()}
        try:
            filters = fit_everywhere(data, taps=network.taps, left=left, delay=steps)
        except ValueError as error:
            raise InputError(str(error), remedy="label some, or use config/transfer.yaml") from error
        own = {"target": target, "normalise": kind}
        tables.append(transfer(data, units, filters, left=left, delay=steps, seed=seed).assign(**own, unit=tested))
        compared.append(alike(data, units, filters, left=left, delay=steps, seed=seed).assign(**own, unit=halved))
        logger.info("%s, normalised by %s: %d filters", target, kind, len(filters))
    write_table(moved, pd.concat(tables, ignore_index=True)[list(TRANSFER_COLUMNS)], corpus=corpus)
    write_table(alikeness, pd.concat(compared, ignore_index=True)[list(ALIKE_COLUMNS)], corpus=corpus)


def _normalised(recordings: Named, culture: str, kind: str, people: dict[str, str]) -> list[tuple[Floats, Floats]]:
    """Normalise one split's features; a culture is normalised by what is known of this split of it."""
    inputs = {name: x for name, (x, _) in recordings.items()}
    if kind != "none":
        inputs = normalise(inputs, groups_by(kind, inputs, people=people, culture=culture))
    return [(inputs[name][: len(y)], y) for name, (_, y) in recordings.items()]


bind(measure_transfer)
