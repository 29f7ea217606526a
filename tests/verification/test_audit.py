"""The audit of labels."""

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl

from onefilter.corpus.formats.openface import read_openface
from onefilter.features.description import describe
from onefilter.features.statistics import features_of
from onefilter.features.windows import extract
from onefilter.names import PUBLISHED_FEATURES
from onefilter.settings import Features
from onefilter.verification.audit import AUDIT_COLUMNS, HIGH_MEANS, LOW_MEANS, PUBLISHED, SENTENCE_COLUMNS, audit, under


def test_published_names_stand_on_other_features() -> None:
    """The design's example: published name 18, the mean of AU12, is stored as the std of the confidence."""
    assert len(PUBLISHED) == len(PUBLISHED_FEATURES) == 37
    assert sorted(PUBLISHED) == sorted(PUBLISHED_FEATURES)
    assert (PUBLISHED[18], PUBLISHED_FEATURES[18]) == ("AU12_mean", "confidence_std")
    assert (PUBLISHED[0], PUBLISHED[36]) == ("confidence_mean", "turn")
    means = PUBLISHED_FEATURES[:18]
    on_means = [name for name, stored in zip(PUBLISHED, PUBLISHED_FEATURES, strict=True) if stored in means]
    # Every published AU1 ... AU10 stands on a stored mean, every other AU on a stored standard deviation.
    assert set(LOW_MEANS) <= set(on_means)
    assert not set(HIGH_MEANS) & set(on_means)
    assert [name[:4] for name in LOW_MEANS] == ["AU01", "AU02", "AU04", "AU05", "AU06", "AU07", "AU09", "AU10"]


def known() -> pl.DataFrame:
    """Features whose column c is c everywhere, but for one row of 2c."""
    values = np.tile(np.arange(37.0), (9, 1))
    values[-1] *= 2
    return pl.DataFrame(values, schema=list(PUBLISHED_FEATURES))


def test_statistics_under_both_orders() -> None:
    """The same column, two names."""
    described = describe({"german": known()}, PUBLISHED_FEATURES)
    stored, published = under(described, "german", "stored"), under(described, "german", "published")
    for column, (mine, theirs) in enumerate(zip(PUBLISHED_FEATURES, PUBLISHED, strict=True)):
        assert stored[mine]["median"] == published[theirs]["median"] == column
        assert stored[mine]["max"] == published[theirs]["max"] == 2 * column
    columns, sentences = audit(described)
    assert tuple(columns.columns) == AUDIT_COLUMNS
    assert tuple(sentences.columns) == SENTENCE_COLUMNS
    assert len(columns) == 2 * 37
    own = sentences[sentences["culture"] == "german"].set_index(["sentence", "order"])
    # Features of another statistic are described too, and make no difference.
    more = known().with_columns(AU12_max=pl.lit(99.0))
    for found, expected in zip(audit(describe({"german": more}, more.columns)), (columns, sentences), strict=True):
        pd.testing.assert_frame_equal(found, expected)
    # Columns of AU01_mean ... AU10_mean: 1..8 stored, 2, 4 ... 16 published; of AU01_std ...: 19..26, 3, 5 ... 17.
    assert own.at[("medians", "stored"), "number"] == 26
    assert own.at[("medians", "published"), "number"] == 17
    # Each must reach 5: the smallest of them decides.
    assert own.at[("reach", "stored"), "number"] == 2
    assert own.at[("reach", "published"), "number"] == 4
    # AU12_mean: column 9 stored, 18 published; AU45_mean: 17 and 34.
    assert own.at[("smile", "stored"), "number"] == 9
    assert own.at[("smile", "published"), "number"] == 18
    assert own.at[("rest", "published"), "number"] == 68
    assert own.at[("reach", "stored"), "holds"] == 0
    assert own.at[("medians", "stored"), "holds"] == 0


def test_the_sentences_can_go_either_way() -> None:
    """Stored means that reach 5 and standard deviations that cannot: the draft's sentence holds as published only."""
    rng = np.random.default_rng(1)
    table = pl.DataFrame(
        {
            **{name: np.r_[np.zeros(90), rng.uniform(4.6, 5, 10)] for name in features_of("mean")},
            **{name: np.r_[np.zeros(90), rng.uniform(1, 2.4, 10)] for name in features_of("std")},
            "turn": np.zeros(100),
        }
    )
    _, sentences = audit(describe({"german": table}, PUBLISHED_FEATURES))
    holds = sentences[sentences["culture"] == "all"].set_index(["sentence", "order"])["holds"]
    assert holds["rest", "stored"] == 0
    assert holds["rest", "published"] == 1
    assert holds["reach", "stored"] == holds["reach", "published"] == 1


def test_real_files_part_means_from_standard_deviations(real_files: list[Path]) -> None:
    """In real OpenFace output means of more AUs than AU1 ... AU10 exceed 1.5, and no standard deviation exceeds 2.5."""
    tables = []
    for path in real_files:
        frames = read_openface(path, fps=30 if "pyfeat" in path.name else None)
        windows = extract(frames, None, Features())
        tables.append(windows.features.select(PUBLISHED_FEATURES))
    columns, sentences = audit(describe({"german": pl.concat(tables)}, PUBLISHED_FEATURES))
    largest = columns[columns["culture"] == "all"].set_index("stored")["max"]
    beyond = [name for name in HIGH_MEANS if largest[name] > 1.5]
    assert len(beyond) >= 3, f"only {beyond} exceed 1.5"
    assert max(largest[name] for name in features_of("std")) <= 2.5
    holds = sentences[sentences["culture"] == "all"].set_index(["sentence", "order"])["holds"]
    assert holds["rest", "published"] == 1
