"""The corpus of the simulated twin: which recordings it has, how long they are, and in which files they lie.

What is in the files is simulated by `onefilter.corpus.simulated`; they are OpenFace's, and are read as such. Nothing is
simulated here, so that a run can be planned without it.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from annotated_types import Gt

from onefilter.corpus.own import OpenFaceLayout
from onefilter.corpus.people import PeopleError, check_people
from onefilter.corpus.recordings import Recording, table_of
from onefilter.errors import InputError
from onefilter.names import OPENFACE
from onefilter.settings import Corpus, Simulated

TARGETS: Final = ("arousal", "valence", "liking")
"""The three dimensions that the twin's annotators label, each in -1..1."""
FILES: Final = ("openface", "turns", "annotations", "labels")
"""The columns of the recordings table that name a file."""
LONGEST: Final = 176.8
"""No recording of the twin is longer than this (seconds), as in SEWA."""
SHORTEST: Final = 10.0
"""Nor shorter than this."""
_STEPS: Final = 10  # durations are multiples of a tenth of a second
_CODES: Final = {"german": "DE", "hungarian": "HU", "chinese": "CN"}


class TwinRecording(Recording):
    """A recording of the twin."""

    duration: Annotated[float, Gt(0)]
    """How long it is (seconds)."""
    side: Literal[0, 1] = 0
    """Which of the two who talk with each other is seen."""


class TwinLayout(OpenFaceLayout):
    """The simulated twin, whose files the run itself makes."""

    def recordings(self, corpus: Corpus, *, cultures: Sequence[str], folder: Path) -> pd.DataFrame:
        """Give the twin's table, with the column ``duration`` (seconds)."""
        return table_of(simulated_recordings(corpus.simulated, folder=folder))

    def tool(self, recordings: Iterable[Recording]) -> str:
        """Name the tool: OpenFace, as which the twin's files are written."""
        return OPENFACE


def simulated_recordings(simulated: Simulated, *, folder: Path) -> list[TwinRecording]:
    """Give the twin's recordings, without simulating anything.

    Args:
        simulated: The twin's seed and the sizes of its splits.
        folder: Where the twin's files lie.

    Raises:
        InputError: If a split's duration does not fit its number of recordings.
    """
    recordings = []
    for split, size in simulated.splits.items():
        if size is None:
            continue
        culture, partition = split.split("-")
        try:
            names = list(split_recordings(culture, partition, size.recordings, size.duration, seed=simulated.seed))
        except ValueError as error:
            raise InputError(
                f"corpus.simulated.splits.{split}: {error}", file="config", remedy="change recordings or duration"
            ) from error
        for place, (name, duration) in enumerate(names):
            files = {kind: str(folder / kind / f"{name}.csv") for kind in FILES}
            row = {"recording": name, "culture": culture, "partition": partition, **files, "duration": duration}
            # Two and two talk with each other; who is left over talks with somebody nobody recorded.
            pair = {"person": name, "dyad": f"{_dyad(culture, partition)}_{place // 2 + 1:02d}", "side": place % 2}
            recordings.append(TwinRecording.from_row(row | pair))
    if simulated.world == "pairs":
        recordings = _seen_twice(recordings)
    try:
        check_people([recording.to_row() for recording in recordings])
    except PeopleError as error:
        world = f"corpus.simulated.world {simulated.world}: {error}"
        raise InputError(world, file="config", remedy="this world is there to be refused; choose another") from error
    return recordings


def _seen_twice(recordings: list[TwinRecording]) -> list[TwinRecording]:
    """Let the first person of the training recordings come back as the first one of the test recordings."""
    split = {each.partition: each for each in reversed(recordings) if each.culture == "german"}
    first, again = split.get("train"), split.get("test")
    if first is None or again is None:
        raise InputError(
            "corpus.simulated.world pairs: nobody can be in train and in test",
            file="config",
            remedy="give german-train and german-test recordings",
        )
    return [each.model_copy(update={"person": first.person}) if each is again else each for each in recordings]


def _dyad(culture: str, partition: str) -> str:
    """Begin the name of a split's dyads."""
    return f"{_CODES[culture]}_{partition}"


def generator(*words: str | int, seed: int) -> np.random.Generator:
    """Give the generator that belongs to these words: independent of what else is drawn, and in which order."""
    return np.random.default_rng([seed, *(zlib.crc32(str(word).encode()) for word in words)])


def durations(recordings: int, total: float, *, seed: int, split: str) -> npt.NDArray[np.float64]:
    """Draw the recordings' durations (seconds, multiples of 0.1) so that they add up to the split's total exactly.

    The first and its partner's last `LONGEST` where the total allows it, the others fall short of it by exponential
    amounts. The two recordings of a dyad are equally long; if the total is odd, one dyad's differ by 0.1 s.

    Raises:
        ValueError: If the total does not fit into so many recordings.
    """
    longest = round(LONGEST * _STEPS)
    shortest = round(SHORTEST * _STEPS)
    steps = round(total * _STEPS)
    if not recordings * shortest <= steps <= recordings * longest:
        message = f"{total:g} s do not fit into {recordings} recordings of {SHORTEST:g} to {LONGEST} s"
        raise ValueError(message)
    missing = recordings * longest - steps
    most = longest - shortest
    room = np.full(recordings, min(most, 2.5 * missing / max(recordings - 2, 1) + 1) // 1)
    room[:2] = 0
    if missing > room.sum():
        # The first cannot be spared.
        room[:] = most
    shares = np.repeat(generator("durations", split, seed=seed).exponential(size=(recordings + 1) // 2), 2)[:recordings]
    short = np.zeros(recordings)
    for _ in range(100):
        left = missing - short.sum()
        short = np.minimum(short + shares * left / max(shares[short < room].sum(), 1e-9), room)
    short = np.floor(short)
    while (left := round(missing - short.sum())) > 0:
        short[np.flatnonzero(short < room)[:left]] += 1
    lengths = longest - short
    return np.asarray(lengths / _STEPS)


def split_recordings(
    culture: str, partition: str, recordings: int, duration: float, *, seed: int
) -> Iterator[tuple[str, float]]:
    """Name a split's recordings as SEWA's are named, with their durations (seconds)."""
    lengths = durations(recordings, duration, seed=seed, split=f"{culture}-{partition}")
    for number, length in enumerate(lengths, start=1):
        yield f"{partition.capitalize()}_{_CODES[culture]}_{number:02d}", float(length)
