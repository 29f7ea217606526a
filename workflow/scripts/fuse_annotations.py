"""Make the gold standard of one split: several annotators become one label."""

from onefilter.workflow.step import bind, logger

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from onefilter.corpus.annotations import Scale
from onefilter.corpus.annotators import Rating, Reading, check_video, read_ratings, sources_of
from onefilter.corpus.gold import DECIMALS, Floats, RatingsError, agreement_sums, alone, fuse, lags, moved, resample
from onefilter.corpus.gold import weights as weigh
from onefilter.evaluation.agreement import ANNOTATOR_COLUMNS
from onefilter.files import write_table, writing_recordings
from onefilter.settings import Gold
from onefilter.tables import recordings_of


def fuse_annotations(
    recordings: list[dict[str, Any]],
    together: dict[str, list[str]],
    targets: list[str],
    scales: dict[str, Scale],
    hop: float,
    settings: Gold,
    features: Path,
    gold: Path,
    annotators: Path,
    corpus: str,
) -> None:
    """Write the gold standard at the features' hop times, NaN where nobody rated, and a row per annotator."""
    entered = {entry["recording"]: entry for entry in recordings if entry["annotations"]}
    rows: list[tuple[object, ...]] = []
    with writing_recordings(gold) as write:
        for name, times in recordings_of(features, ["time"]):
            if name not in entered:
                continue
            entry, time = entered[name], times[:, 0]
            files, unit = entry["annotations"], entry["unit"]
            reading = Reading(targets, scales, settings.time, together.get(files, ()))
            ratings = read_ratings(sources_of(files, targets), name, reading)
            fused = {}
            for target in targets:
                own = [rating for rating in ratings if rating.target == target]
                fused[target], told = _fuse(own, time, settings, hop=hop, after=name)
                rows += [(name, unit, target, *each) for each in told]
            table = pl.DataFrame({"recording": name, "unit": unit, "time": time, **fused})
            # What nobody rated behind the last label is no label.
            last = np.flatnonzero(~np.isnan(np.stack(list(fused.values()))).all(axis=0))[-1]
            write(table.head(int(last) + 1))
    found = pl.DataFrame(rows, schema=list(ANNOTATOR_COLUMNS), orient="row")
    write_table(annotators, found, corpus=corpus)


def _fuse(
    own: list[Rating], time: Floats, settings: Gold, *, hop: float, after: str
) -> tuple[Floats, list[tuple[object, ...]]]:
    """Fuse the annotators of one target; give the label [T], and what the table says of each of them."""
    for rating in own:
        check_video(rating, video=float(time[-1]))
    known = np.stack([resample(rating.stamps, rating.values, time) for rating in own])
    for place in alone(known):
        raise own[place].error(
            f"annotator {own[place].annotator!r} shares no moment of {after} with any other",
            remedy="let all times begin with the video, or leave the annotator out",
        )
    late = lags(known, largest=round(settings.largest_lag / hop))
    aligned = np.stack([moved(rating, int(lag)) for rating, lag in zip(known, late, strict=True)])
    try:
        weight = weigh(aligned) if settings.fuse == "ewe" else np.ones(len(own))
    except RatingsError as error:
        raise own[error.annotator].error(str(error), remedy=error.remedy) from error
    label = fuse(aligned, weight, least=settings.least)
    if np.isnan(label).all():
        raise own[0].error(
            f"no moment of {after} was rated by {settings.least} of its {len(own)} annotators",
            remedy="set gold.least to fewer, or the recording's partition to unlabelled",
        )
    if settings.largest_lag:
        logger.info("%s, %s: lags of %s s", after, own[0].target, ", ".join(f"{lag * hop:g}" for lag in late))
    shares = (~np.isnan(known)).mean(axis=1)
    told = zip(
        (rating.annotator for rating in own), np.round(late * hop, DECIMALS), weight / weight.sum(), shares,
        *agreement_sums(aligned).T, strict=True,
    )  # fmt: skip
    return label, [(name, *map(float, numbers)) for name, *numbers in told]


bind(fuse_annotations)
