"""Measure how much a target's scores depend on delay, length of the filter, window and features."""

from onefilter.workflow.step import PROGRESS, bind, logger

from pathlib import Path

from onefilter.errors import InputError
from onefilter.features.normalisation import check_plain
from onefilter.files import write_table
from onefilter.model.card import steps_of
from onefilter.names import kind_of
from onefilter.settings import Features, Network, Sensitivity, check_hops
from onefilter.tables import check_lengths, joined, pairs_by_split, units_by_split
from onefilter.verification.sensitivity import SENSITIVITY_COLUMNS, Setting, Study, sensitivity


def measure_sensitivity(
    features: list[Path],
    labels: list[Path],
    sensed: Path,
    target: str,
    delay: float,
    cultures: list[str],
    names: list[str],
    windows: Features,
    network: Network,
    settings: Sensitivity,
    seed: int,
    corpus: str,
) -> None:
    """Fit ridge filters with every delay, length and window, and to every family of features; score all."""
    check_plain(windows.normalise, "sensitivity")
    hop = windows.hop
    own = Setting(windows.window, steps_of(delay, hop), network.taps)
    for given in settings.delays:
        check_hops("sensitivity.delays:", given, hop)
    delays = [steps_of(each, hop) for each in settings.delays]
    tested = {culture: each for (culture, partition), each in units_by_split(labels).items() if partition == "test"}

    def read(window: float) -> Study:
        paths = [path for path in features if float(path.parent.name) == window]
        data = pairs_by_split(paths, labels, target, names)
        train, devel = (list(joined(data, cultures, partition)) for partition in ("train", "devel"))
        longest = max(*settings.taps, own.taps)
        check_lengths(train, paths[0], taps=longest, delay=max(*delays, own.delay), target=target)
        return Study(train, devel, {culture: list(data[culture, "test"]) for culture in tested})

    def tell(setting: Setting) -> None:
        logger.log(PROGRESS, "%s: windows of %g s, %d taps, delay %g s", target, setting.window, setting.taps,
                   setting.delay * hop)  # fmt: skip

    try:
        table = sensitivity(
            read, tested, names=names, own=own, windows=settings.windows, delays=delays, taps=settings.taps,
            ahead=network.ahead, hop=hop, seed=seed, on_fit=tell,
        )  # fmt: skip
    except ValueError as error:
        raise InputError(f"{target}: {error}", remedy="give smaller sensitivity.delays, or label more") from error
    unit = kind_of([name for each in tested.values() for name in each])
    write_table(sensed, table.assign(target=target, unit=unit)[list(SENSITIVITY_COLUMNS)], corpus=corpus)


bind(measure_sensitivity)
