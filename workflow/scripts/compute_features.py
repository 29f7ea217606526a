"""Compute the features of one split."""

from onefilter.workflow.step import bind, logger

from pathlib import Path
from typing import Any

import polars as pl

from onefilter.corpus.annotations import check_turns, doubts_on_turns, frame_rate, note_on_turns
from onefilter.corpus.layouts import LAYOUTS
from onefilter.corpus.recordings import Recording
from onefilter.errors import InputError
from onefilter.features.statistics import signals_of
from onefilter.features.tracking import TRACKING_COLUMNS, check_lost, check_tracking, note_on_blank, tracked
from onefilter.features.windows import Extraction, extract
from onefilter.files import write_table, writing_recordings
from onefilter.settings import Features

_OVERLAP = 0.05
"""Share of a person's speech that may be in two turns without a word."""


def compute_features(
    recordings: list[dict[str, Any]], corpus: str, windows: Features, names: list[str], features: Path, tracking: Path
) -> None:
    """Write one split's features (recording, unit of resampling, time, features) and how well the face was tracked."""
    layout, signals = LAYOUTS[corpus], signals_of(names)
    rows: list[dict[str, Any]] = []
    turn = hops = 0.0
    with writing_recordings(features) as write:
        for entry in recordings:
            recording = Recording.from_row(entry)
            frames, turns = layout.frames(recording, signals), layout.turns(recording)
            if turns is not None:
                _check(turns, frames, recording)
            others = [layout.turns(Recording.from_row(other)) for other in entry.get("beside", ())]
            turns = _together(turns, others)
            if lost := check_tracking(frames, file=recording.openface):
                logger.debug("%s: %s", recording.recording, lost)
            if blank := note_on_blank(frames):
                logger.warning("%s: %s", recording.recording, blank)
            found = _extract(frames, turns, windows, names, recording)
            named = [pl.lit(recording.recording).alias("recording"), pl.lit(entry["unit"]).alias("unit")]
            write(found.features.select(*named, pl.all()))
            own = {name: getattr(recording, name) for name in ("recording", "person", "dyad", "culture", "partition")}
            rows.append(own | tracked(frames) | {"filled": found.filled})
            turn, hops = turn + float(found.features["turn"].to_numpy().sum()), hops + len(found.features)
    table = pl.DataFrame(rows, schema_overrides={"failed": pl.Float64}).select(list(TRACKING_COLUMNS))
    write_table(tracking, table)
    _report(table, turn=turn / hops)


def _extract(
    frames: pl.DataFrame, turns: pl.DataFrame | None, windows: Features, names: list[str], recording: Recording
) -> Extraction:
    """Compute one recording's features."""
    check_lost(frames, windows.failed_frames, file=recording.openface, how="set features.failed_frames: {}")
    try:
        return extract(frames, turns, windows, features=names)
    except ValueError as error:
        raise InputError(
            str(error), file=recording.openface, remedy="set features.window, or take the recording out of the table"
        ) from error


def _together(turns: pl.DataFrame | None, others: list[pl.DataFrame | None]) -> pl.DataFrame | None:
    """Put the turns of everybody in a dyad together; None if there are none."""
    known = [each.select("begin", "end") for each in (turns, *others) if each is not None]
    return pl.concat(known).sort("begin") if known else None


def _check(turns: pl.DataFrame, frames: pl.DataFrame, recording: Recording) -> None:
    """Hold turns against the video, and say how much of it they are."""
    stamps = frames["timestamp"].to_numpy()
    check_turns(turns, video=float(stamps[-1]), rate=frame_rate(stamps), file=Path(recording.turns))
    duration = float(stamps[-1])
    logger.debug("%s: %s", recording.recording, note_on_turns(turns, duration))
    for doubt in doubts_on_turns(turns, duration, overlap=_OVERLAP):
        logger.warning("%s: %s", recording.recording, doubt)


def _report(table: pl.DataFrame, *, turn: float) -> None:
    """Say what was read."""
    failed = table.select((pl.col("failed") * pl.col("frames")).sum() / pl.col("frames").sum()).item()
    logger.info(
        "%d recordings, %.1f minutes, %s of the frames without a face, %d windows filled, %.1f %% of the time turn",
        table.height,
        table["duration"].to_numpy().sum() / 60,
        "an unknown share" if table["failed"].is_null().all() else f"{100 * failed:.2f} %",
        table["filled"].to_numpy().sum(),
        100 * turn,
    )


bind(compute_features)
