"""What `onefilter predict` does: one recording in, its predictions out. No torch."""

import sys
import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import polars as pl

from onefilter.corpus.annotations import check_turns, frame_rate, note_on_turns, read_turns
from onefilter.corpus.formats.registry import SCALES, read_frames, tool_of
from onefilter.errors import InputError
from onefilter.features.normalisation import Level
from onefilter.features.statistics import signals_of, unknown_features
from onefilter.features.tracking import check_lost, check_tracking, note_on_blank, share_tracked
from onefilter.features.windows import Extraction, extract
from onefilter.files import SOFTWARE, check_outputs, write_standard_output, write_table
from onefilter.model.card import (
    Model,
    Stack,
    check_alone,
    check_tool,
    features_needed,
    note_on_person,
    note_on_simulated,
)
from onefilter.model.file import read_models
from onefilter.model.prediction import predict
from onefilter.names import model_note
from onefilter.text import printable

OUTPUTS = (".csv", ".parquet")
PLOTS = (".png", ".pdf", ".svg")


def predict_file(
    recording: Path,
    model_files: Sequence[Path],
    *,
    out: Path | None,
    turns: Path | None,
    speaker: str | None,
    plot: Path | None,
    fps: float | None,
    face: int | None,
    other_tool: bool = False,
    force: bool = False,
) -> None:
    """Write the predictions of some models, one per target, for one recording.

    Columns: time (s of the face), the targets, tracked (share of frames with a face under each window).
    """
    _check_ending(out, OUTPUTS)
    _check_ending(plot, PLOTS)
    if plot is not None and find_spec("matplotlib") is None:
        raise InputError("--plot needs matplotlib", remedy="pip install 'onefilter[plot]'")
    check_outputs([out, plot], inputs=[recording, *model_files, turns], force=force)
    if recording.is_fifo():
        # The tool is told by the header before the file is read.
        raise InputError("is a pipe, and a recording is read more than once", file=recording,
                         remedy="write it to a file first, or send it to `onefilter live --stdin`")  # fmt: skip
    models = read_models(model_files)
    check_alone(models)
    _check_tool(recording, models, allowed=other_tool)
    frames = read_frames(recording, signals=signals_of(_needed(models)), fps=fps, face=face).frames
    card = next(iter(models.values())).card
    check_lost(frames, card.failed_frames, file=recording, how="give models with lost frames: {} (`onefilter inspect`)")
    lost = "; ".join(filter(None, (check_tracking(frames, file=recording), note_on_blank(frames))))
    spoken = _turns(turns, frames, speaker=speaker)
    windows = _windows(recording, frames, spoken, models)
    if windows.filled:
        _say(f"{windows.filled} of {windows.features.height} windows hold no frame and repeat a neighbour")
    features = _seen(windows.features, card.normalise)
    table = features.select("time").with_columns(
        *(pl.Series(target, predict(model, features)) for target, model in models.items()),
        pl.Series("tracked", share_tracked(frames, card)).fill_nan(None),
    )
    if out is not None:
        write_table(out, table)
    elif plot is None:
        write_standard_output(table.write_csv())
    if lost:
        _say(lost)
    if turns is None and any(model.weighs_turn for model in models.values()):
        _say("no --turns given, so the person counts as silent throughout; the models weigh who speaks")
    for note in (note_on_person(models), note_on_simulated(models)):
        if note:
            _say(note)
    if plot is not None:
        notes = [lost, model_note({target: model.card.corpus for target, model in models.items()})]
        _plot(table, recording, plot, note="; ".join(filter(None, notes)))


def _turns(path: Path | None, frames: pl.DataFrame, *, speaker: str | None) -> pl.DataFrame | None:
    """Read when the person speaks, hold it against the video, and say how much of it that is."""
    if path is None:
        if speaker is not None:
            raise InputError("--speaker chooses among turns", remedy="give --turns, too")
        return None
    turns, stamps = read_turns(path, speaker=speaker), frames["timestamp"].to_numpy()
    check_turns(turns, video=float(stamps[-1]), rate=frame_rate(stamps), file=path)
    _say(note_on_turns(turns, float(stamps[-1])))
    return turns


def _say(text: str) -> None:
    print(f"onefilter: {printable(text)}", file=sys.stderr)


def _check_ending(path: Path | None, endings: Sequence[str]) -> None:
    if path is not None and path.suffix not in endings:
        raise InputError(f"unknown ending {path.suffix!r}", file=path, remedy=f"use {' or '.join(endings)}")


def _check_tool(recording: Path, models: dict[str, Model | Stack], *, allowed: bool) -> None:
    """Refuse a file of another tool than the models were trained on, or say so if it is allowed.

    What is of no tool is refused when it is read.
    """
    tool = tool_of(recording)
    if tool is None or tool not in SCALES:
        return
    for target, model in models.items():
        if not allowed:
            check_tool(model.card, tool, file=recording, scales=SCALES, permit="--other-tool")
        elif model.card.tool != tool:
            _say(f"{target}: trained on {model.card.tool}, and {recording} is of {tool}: values mean something else")


def _needed(models: dict[str, Model | Stack]) -> list[str]:
    """Name the features that the models see, if all of them are known."""
    needed = features_needed(models)
    unknown = unknown_features(needed)
    if unknown:
        raise InputError(
            f"the models need features that do not exist: {', '.join(unknown)}",
            remedy="give a model that onefilter trained or imported",
        )
    return needed


def _windows(
    recording: Path, frames: pl.DataFrame, turns: pl.DataFrame | None, models: dict[str, Model | Stack]
) -> Extraction:
    card = next(iter(models.values())).card
    try:
        return extract(frames, turns, card, features=_needed(models))
    except ValueError as error:
        raise InputError(str(error), file=recording, remedy="give a longer recording") from error


def _seen(features: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Give features as the models see them: as they are, or relative to all of the recording."""
    if kind == "none":
        return features
    names = features.columns[1:]
    table = features.select(names).to_numpy().astype(float)
    relative = Level.of_nothing(len(names)).including(table).relative(table)
    return features.with_columns(pl.Series(name, relative[:, place]) for place, name in enumerate(names))


def _plot(table: pl.DataFrame, recording: Path, plot: Path, *, note: str) -> None:
    from onefilter.figures.predictions import predictions_of_recording  # Half a second: only for those who plot.
    from onefilter.figures.style import save

    targets = table.columns[1:-1]
    drawn = predictions_of_recording(
        table["time"].to_numpy(),
        {target: table[target].to_numpy() for target in targets},
        title=printable(recording.name),
        note=note,
    )
    with warnings.catch_warnings(record=True) as caught:
        save(drawn, plot, dpi=200, software=SOFTWARE)
    if any("missing from font" in str(warning.message) for warning in caught):
        _say("the font of the figure lacks letters of its title")
