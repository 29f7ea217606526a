"""Every figure: nothing clipped, no tick labels on top of each other, and it says what is simulated."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from onefilter.corpus.twin import TARGETS
from onefilter.evaluation.scores import SCORE_COLUMNS
from onefilter.explanation.ranking import RANKING_COLUMNS
from onefilter.explanation.sanity import SANITY_COLUMNS
from onefilter.explanation.selection import BY_RELEVANCE, FORWARD, RANDOM, SELECTION_COLUMNS
from onefilter.features.description import describe
from onefilter.figures.audit import audit
from onefilter.figures.curves import curves
from onefilter.figures.filters import filters
from onefilter.figures.ladder import ladder
from onefilter.figures.predictions import Trace, prediction, predictions
from onefilter.figures.relevance import cultures as against
from onefilter.figures.relevance import patterns, ranking, relevance, sanity
from onefilter.figures.scores import scores
from onefilter.figures.selection import selection
from onefilter.figures.statistics import boxes, heatmap
from onefilter.figures.style import save
from onefilter.names import FEATURES
from onefilter.verification.audit import audit as audit_labels
from tests.model.test_file import model

CULTURES = ["german", "hungarian", "chinese"]
NOTE = "simulated twin: no statement about people"


def described(cultures: list[str]) -> pd.DataFrame:
    """Describe random features."""
    rng = np.random.default_rng(1)
    tables = {
        culture: pl.DataFrame({name: np.clip(rng.normal(0.1, 0.8, 300), 0, 5) for name in FEATURES})
        for culture in cultures
    }
    return describe(tables, FEATURES)


def draw_boxes(corpus: str) -> Figure:
    """Box plots with violins."""
    rng = np.random.default_rng(2)
    labels = {culture: {target: rng.normal(0.1, 0.2, 200) for target in TARGETS} for culture in CULTURES}
    return boxes(described(CULTURES), labels, cultures=CULTURES, corpus=corpus)


def draw_boxes_without_labels(corpus: str) -> Figure:
    """Box plots of one unlabelled culture."""
    return boxes(described(["german"]), {}, cultures=CULTURES, corpus=corpus)


def draw_heatmap(corpus: str) -> Figure:
    """Statistics of three cultures."""
    return heatmap(described(CULTURES), cultures=CULTURES, corpus=corpus)


def draw_filters(corpus: str) -> Figure:
    """Three seeds."""
    rng = np.random.default_rng(1)
    models = {
        f"seed-{seed}": replace(model(), weight=rng.normal(size=(80, 37)).astype(np.float32)) for seed in (1, 2, 10)
    }
    return filters(models, best="seed-10", corpus=corpus)


def draw_curves(corpus: str) -> Figure:
    """Two seeds, three targets."""
    table = pd.DataFrame(
        {
            "epoch": [*range(101)] * 2,
            "seed": [1] * 101 + [2] * 101,
            "train": np.tile(np.linspace(0, 0.7, 101), 2),
            "devel": np.tile(np.linspace(0, 0.5, 101), 2),
            "chosen": [epoch == 77 for epoch in range(101)] * 2,
        }
    )
    return curves(dict.fromkeys(TARGETS, table), corpus=corpus)


def draw_predictions(corpus: str) -> Figure:
    """Two recordings with labels."""
    rng = np.random.default_rng(1)
    trace = Trace(np.arange(500) / 10, rng.normal(0, 0.1, (500, 3)), 1, rng.normal(0, 0.1, 497), 0.42)
    recording = dict.fromkeys(TARGETS, trace)
    return predictions(
        {"Test_HU_01": recording, "Test_HU_02": recording}, split="hungarian-test", cultures=CULTURES, corpus=corpus
    )


def draw_unlabelled_predictions(corpus: str) -> Figure:
    """One recording without labels, one model, with a note."""
    trace = Trace(np.arange(50) / 10, np.zeros((50, 1)), 0, None, None)
    return predictions(
        {"my_first_video": dict.fromkeys(TARGETS, trace)}, split="german-unlabelled", cultures=CULTURES,
        corpus=corpus, note="models trained on simulated people",
    )  # fmt: skip


def draw_scores(corpus: str) -> Figure:
    """Four splits, three targets, ten seeds."""
    rng = np.random.default_rng(1)
    rows = [
        (
            target,
            *split,
            "one-filter",
            f"seed-{seed}",
            processing,
            20,
            ccc,
            ccc - 0.1,
            ccc + 0.1,
            *[0.1] * 5,
        )
        for target in TARGETS
        for split in (("german", "devel"), ("german", "test"), ("hungarian", "test"), ("chinese", "test"))
        for seed in range(10)
        for processing in ("raw", "post-processed")
        for ccc in [float(rng.uniform(-0.1, 0.7))]
    ]
    rows += [
        (target, culture, "test", "ridge", "ridge", "raw", 20, 0.5, 0.4, 0.6, *[0.1] * 5)
        for target in TARGETS
        for culture in CULTURES
    ]
    table = pd.DataFrame(rows, columns=list(SCORE_COLUMNS))
    return scores(table, dict.fromkeys(TARGETS, "seed-3"), cultures=CULTURES, corpus=corpus)


def draw_audit(corpus: str) -> Figure:
    """All columns, the largest values of intensities."""
    rng = np.random.default_rng(1)
    columns, _ = audit_labels(
        describe({"german": pl.DataFrame(rng.uniform(0, 5, (50, len(FEATURES))), schema=list(FEATURES))}, FEATURES)
    )
    return audit(columns, corpus=corpus)


def draw_relevance(corpus: str) -> Figure:
    """Three minutes, all features."""
    rng = np.random.default_rng(1)
    time = np.arange(600) / 10
    prediction = rng.normal(size=600).cumsum() / 50
    return relevance(
        time, rng.normal(size=(600, 37)), prediction, prediction[:560], features=FEATURES, target="valence",
        recording="Test_DE_01", corpus=corpus,
    )  # fmt: skip


def shares_table() -> pd.DataFrame:
    """Shares of all features in three cultures."""
    rng = np.random.default_rng(1)
    rows = [
        (target, culture, "seed-1", feature, 1, share, 0.9 * share, 1.1 * share, share)
        for target in TARGETS
        for culture in CULTURES
        for feature, share in zip(FEATURES, rng.dirichlet(np.full(37, 0.4)), strict=True)
    ]
    return pd.DataFrame(rows, columns=list(RANKING_COLUMNS))


def draw_ranking(corpus: str) -> Figure:
    """Bars of three targets."""
    return ranking(shares_table(), dict.fromkeys(TARGETS, "seed-1"), cultures=CULTURES, corpus=corpus)


def draw_cultures(corpus: str) -> Figure:
    """Culture against culture."""
    return against(shares_table(), dict.fromkeys(TARGETS, "seed-1"), cultures=CULTURES, corpus=corpus)


def draw_patterns(corpus: str) -> Figure:
    """Two models, three lags; planted loadings on the twin."""
    rng = np.random.default_rng(1)
    rows = [
        (name, lag, feature, rng.normal(), rng.normal(), 0.3, 0.1)
        for name in ("seed-1", "seed-2")
        for lag in (-0.1, 0.0, 0.1)
        for feature in FEATURES
    ]
    columns = ["model", "lag", "feature", "filter", "linear", "feature_sd", "output_sd"]
    planted = {"AU12": 0.3, "AU04": -0.2} if corpus == "simulated" else None
    return patterns(
        pd.DataFrame(rows, columns=columns), best="seed-1", target="valence", planted=planted, corpus=corpus
    )


def draw_sanity(corpus: str) -> Figure:
    """Curves of three targets."""
    rows: list[tuple[object, ...]] = []
    for target in TARGETS:
        for order in ("most relevant first", "least relevant first", "random order"):
            spread = 0.1 if order == "random order" else np.nan
            rows += [(target, "deletion", order, "german", k, 0.6 - k / 70, spread, 0.3 + spread) for k in range(38)]
        rows.append((target, "randomisation", "", "", np.nan, 0.7, 0.5, 0.8))
    return sanity(pd.DataFrame(rows, columns=list(SANITY_COLUMNS)), cultures=CULTURES, corpus=corpus)


def draw_selection(corpus: str) -> Figure:
    """Two targets, four splits."""
    rng = np.random.default_rng(1)
    rows = [
        (target, method, k, 0, culture, partition, ccc, ccc - 0.1, ccc + 0.1, "", int(k == 9 and method == "relevance"))
        for target in TARGETS[:2]
        for culture, partition in (("german", "devel"), ("german", "test"), ("hungarian", "test"), ("chinese", "test"))
        for method, ks in ((BY_RELEVANCE, range(1, 38)), (RANDOM, range(1, 38)), (FORWARD, range(1, 38)),
                           ("published seven", (7,)))
        for k in ks
        for ccc in [float(0.6 * k / (k + 3) + 0.02 * rng.normal())]
    ]  # fmt: skip
    return selection(pd.DataFrame(rows, columns=list(SELECTION_COLUMNS)), cultures=CULTURES, corpus=corpus)


def draw_ladder(corpus: str) -> Figure:
    """Four networks, two targets, three cultures, three seeds."""
    rng = np.random.default_rng(1)
    rows = [
        (network, weights, target, culture, "test", seed, float(rng.uniform(0.2, 0.6)))
        for network, weights in (("A", 406_001), ("B", 607), ("C", 2963), ("D", 2961))
        for target in TARGETS[:2]
        for culture in CULTURES
        for seed in (1, 2, 3)
    ]
    columns = ["network", "weights", "target", "culture", "partition", "seed", "ccc"]
    return ladder(pd.DataFrame(rows, columns=columns), cultures=CULTURES, corpus=corpus)


DRAWINGS = [
    draw_ladder, draw_audit, draw_relevance, draw_ranking, draw_cultures, draw_patterns, draw_sanity, draw_selection,
    draw_boxes, draw_boxes_without_labels, draw_heatmap, draw_filters, draw_curves, draw_predictions,
    draw_unlabelled_predictions, draw_scores,
]  # fmt: skip
Drawing = Callable[[str], Figure]


def texts(figure: Figure) -> list[Text]:
    """Give all texts that are drawn."""
    return [
        artist
        for artist in figure.findobj(Text)
        if isinstance(artist, Text) and artist.get_text() and artist.get_visible()
    ]


def rendered(figure: Figure) -> FigureCanvasAgg:
    """Render a figure, so that everything has its place."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return canvas


@pytest.mark.parametrize("draw", DRAWINGS)
def test_nothing_is_clipped(draw: Drawing) -> None:
    """Everything that is drawn lies within the figure (inches)."""
    figure = draw("simulated")
    drawn = figure.get_tightbbox(rendered(figure).get_renderer())
    width, height = figure.get_size_inches()
    assert drawn.x0 >= 0
    assert drawn.y0 >= 0
    assert drawn.x1 <= width + 0.005
    assert drawn.y1 <= height + 0.005


@pytest.mark.parametrize("draw", DRAWINGS)
def test_tick_labels_do_not_overlap(draw: Drawing) -> None:
    """Neighbouring labels of an axis keep apart; rotated ones are left to the eye."""
    figure = draw("simulated")
    canvas = rendered(figure)
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
            labels = [tick.label1 for tick in ticks if tick.label1.get_visible() and tick.label1.get_text()]
            if any(label.get_rotation() % 90 for label in labels):
                continue
            boxes_ = [label.get_window_extent(canvas.get_renderer()) for label in labels]
            for first, second in pairwise(boxes_):
                overlap = (
                    min(first.x1, second.x1) - max(first.x0, second.x0),
                    min(first.y1, second.y1) - max(first.y0, second.y0),
                )
                assert min(overlap) <= 1, (draw.__name__, [label.get_text() for label in labels])


@pytest.mark.parametrize("draw", DRAWINGS)
def test_says_what_is_simulated_and_only_that(draw: Drawing) -> None:
    """The note stands on figures of the twin and on no other."""
    assert NOTE in [text.get_text() for text in texts(draw("simulated"))]
    assert NOTE not in [text.get_text() for text in texts(draw("openface"))]


def test_says_which_models_are_simulated() -> None:
    """Real recordings through simulated models: the title says so."""
    title = draw_unlabelled_predictions("openface").get_suptitle()
    assert title == "Predictions, German unlabelled (models trained on simulated people)"
    one = prediction(np.arange(9.0), {"valence": np.zeros(9)}, title="a.csv", note="models trained on simulated people")
    assert "simulated" in one.get_suptitle()


def test_heatmap_shows_the_numbers() -> None:
    """Cells are annotated with the table's values."""
    shown = {text.get_text() for text in texts(draw_heatmap("simulated"))}
    table = described(CULTURES)
    value = table[(table["culture"] == "german") & (table["variable"] == "AU12_mean")]["mean"].iloc[0]
    assert f"{value:.2f}" in shown


def test_filter_figure_shows_the_folded_filter() -> None:
    """Signs are those of the folded filter, not of the weights behind a negative head."""
    image = draw_filters("simulated").axes[0].get_images()[0].get_array()
    assert image is not None
    rng = np.random.default_rng(1)
    weight = [rng.normal(size=(80, 37)).astype(np.float32) for _ in range(3)][2]
    np.testing.assert_allclose(np.asarray(image), -1.5 * weight.T, rtol=1e-6)


def test_saving_is_reproducible_and_whole(tmp_path: Path) -> None:
    """The same figure gives the same bytes; nothing else is left in the folder."""
    for name in ("a.png", "b.png"):
        save(draw_scores("simulated"), tmp_path / name, dpi=80)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.png", "b.png"]
