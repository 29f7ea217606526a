"""The whole pipeline, once through, and what reruns after a change."""

import json
import math
import re

import numpy as np
import pandas as pd
import polars as pl
import pytest

from onefilter.concordance import concordance
from onefilter.corpus.twin import TARGETS
from onefilter.explanation.relevance import SHARE_SUMS, covariance_shares
from onefilter.features.statistics import FEATURES
from onefilter.model.file import read_model
from tests.examples.workflow import Project

SPLITS = ["german-train", "german-devel", "german-test", "hungarian-test", "chinese-test"]
EXPLAINED = (
    "linearise_models", "draw_filters", "compute_relevance", "estimate_patterns", "draw_patterns", "draw_faces",
    "check_explanations", "refit_signs",
)  # fmt: skip
EXPLAINED_TOGETHER = {"rank_features", "compare_perception", "draw_ranking", "draw_relevance", "draw_sanity"}
DRAWN = {f"draw_predictions:{split.replace('-', ':')}" for split in SPLITS[1:]}
STATISTICS = {"describe_corpus", "draw_boxes", "draw_heatmap", "audit_labels", "draw_audit", "verify_claims"}


def of_target(target: str) -> set[str]:
    """Jobs that train, choose, predict, score and draw one target."""
    predictions = {f"predict_affect:{target}:{split.replace('-', ':')}" for split in SPLITS}
    return {
        f"train_networks:{target}",
        f"fit_references:{target}",
        f"choose_model:{target}",
        f"tune_postprocessing:{target}",
        f"score_predictions:{target}",
        *(f"{rule}:{target}" for rule in EXPLAINED),
    } | predictions


PAPER = {"write_paper"}
"""What is written from every table and figure."""
COMPARED = {"summarise_scores", "compare_scores", "compare_published", "verify_claims", "draw_scores"}
COMPARED |= {"measure_recovery"} | PAPER
AFTER_TRAINING = COMPARED | EXPLAINED_TOGETHER | {"draw_curves"} | DRAWN
TRAINED_ONLY = {f"{rule}:{target}" for rule in ("train_networks", "choose_model", *EXPLAINED) for target in TARGETS} | {
    "draw_curves",
    *EXPLAINED_TOGETHER,
}
TRAINING = AFTER_TRAINING.union(*map(of_target, TARGETS)) - {f"fit_references:{target}" for target in TARGETS}
FEATURES_JOBS = {
    f"{rule}:{split.replace('-', ':')}"
    for split in SPLITS
    for rule in ("compute_features", "fuse_annotations", "align_labels")
}
ANNOTATORS = {"measure_agreement", "draw_annotators"}
EVERYTHING_BUT_SIMULATION = (
    FEATURES_JOBS | ANNOTATORS | STATISTICS | AFTER_TRAINING | set().union(*map(of_target, TARGETS))
)


SEEDS = (1, 2, 3)


def test_makes_everything(project: Project) -> None:
    """Tables, models, predictions, scores and figures are there and fit together."""
    results = project.folder / "results"
    corpus = pd.read_csv(results / "statistics/corpus.tsv", sep="\t")
    assert corpus[["recordings", "minutes"]].to_numpy().tolist() == [
        [6, "7:00"],
        *[[3, "3:30"]] * 2,
        [4, "4:00"],
        [4, "4:40"],
    ]
    features = pl.read_parquet(results / "features/german-train.parquet")
    assert features.columns == ["recording", "unit", "time", *FEATURES]
    assert features.height == 4200
    model = read_model(results / "models/valence/seed-2.safetensors")
    assert (model.card.seed, model.card.corpus, model.card.delay) == (2, "simulated", 2.8)
    best = read_model(results / "models/valence/best.safetensors").card
    scores = [read_model(results / f"models/valence/seed-{seed}.safetensors").card.scores for seed in SEEDS]
    assert best.scores["german-devel"] == max(score["german-devel"] for score in scores)
    figures = {path.stem for path in (results / "figures").iterdir()}
    assert figures == {
        "boxes", "heatmap", "units", "audit", "annotators", "curves", "scores", "ranking", "cultures", "sanity",
        "relevance",
        *(f"{kind}-{target}" for kind in ("filters", "relevance", "patterns", "faces") for target in TARGETS),
        "predictions-german-devel", "predictions-german-test", "predictions-hungarian-test", "predictions-chinese-test",
    }  # fmt: skip
    planted = pd.read_csv(results / "corpus/planted.tsv", sep="\t")
    assert set(planted["source"]) == {*TARGETS, "speech", "head"}


def test_scores_can_be_computed_again(project: Project) -> None:
    """CCC of the written predictions, shifted and joined by hand, is the score in the tables and in metrics.json."""
    results = project.folder / "results"
    metrics = json.loads((results / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["corpus"] == "simulated"
    summary = pd.read_csv(results / "scores/summary.tsv", sep="\t").set_index(
        ["target", "culture", "partition", "method", "processing"]
    )
    for target, steps in (("arousal", 40), ("liking", 25)):
        for split in SPLITS[1:]:
            predicted = pl.read_parquet(results / f"predictions/{target}/{split}.parquet").to_pandas()
            labelled = pl.read_parquet(results / f"labels/{split}.parquet").to_pandas()
            parts = []
            models = [f"seed-{seed}{ending}" for ending in ("", "-last") for seed in SEEDS]
            models += ["ridge", "turn", "confidence", "constant"]
            for _, group in predicted.groupby("recording", observed=True, sort=False):
                parts.append(group[models].shift(steps, fill_value=0.0))
            joined = pd.concat(parts)
            expected = [concordance(joined[model], labelled[target]) for model in models]
            table = pd.read_csv(results / f"scores/{target}.tsv", sep="\t")
            culture, partition = split.split("-")
            everything = table[(table["culture"] == culture) & (table["partition"] == partition)]
            assert everything["model"].tolist() == [model for model in models for _ in range(2)]
            rows = everything[everything["processing"] == "raw"]
            assert rows["method"].tolist() == [*["one-filter"] * 3, *["last-epoch"] * 3, *models[6:]]
            np.testing.assert_allclose(rows["ccc"], expected, atol=1e-9)
            # A constant earns a little by the zeros that the delay leaves in front, where labels are zero too.
            assert abs(expected[-1]) < 0.3
            seeds = expected[: len(SEEDS)]
            key = (target, culture, partition, "one-filter", "raw")
            cell = {name: summary.at[key, name] for name in ("ccc_mean", "ccc_sd", "ccc_best", "best_model")}
            assert cell["ccc_mean"] == pytest.approx(np.mean(seeds), abs=1e-9)
            assert cell["ccc_sd"] == pytest.approx(np.std(seeds, ddof=1), abs=1e-9)
            chosen = expected[int(str(cell["best_model"])[-1]) - 1]
            assert cell["ccc_best"] == pytest.approx(chosen, abs=1e-9)
            assert metrics[target][split] == pytest.approx(chosen, abs=1e-6)
            if partition == "devel":
                for model, score in zip(models, rows["ccc"], strict=True):
                    card = read_model(results / f"models/{target}/{model}.safetensors").card
                    assert card.scores[split] == pytest.approx(score, abs=1e-5), model
                kept = read_model(results / f"models/{target}/seed-1.safetensors").card.scores[split]
                assert kept == pytest.approx(expected[0], abs=1e-5)
                curve = pl.read_parquet(results / f"training/{target}.parquet").filter(pl.col("seed") == 1)
                assert math.isclose(curve.filter(pl.col("chosen"))["devel"].item(), kept)


def test_tells_how_training_goes(project: Project) -> None:
    """The log has epochs, scores, rate and remaining time."""
    log = (project.folder / "results/logs/train_networks/valence.log").read_text(encoding="utf-8")
    assert re.search(r"valence +epoch 100/100 \|#{10}\| CCC -?0\.\d+ to -?0\.\d+", log), log


def test_depth_ladder_on_demand(project: Project) -> None:
    """Four networks, two seeds, four scored splits each, and a figure; the published numbers of weights."""
    result = project.snakemake("draw_ladder")
    assert result.returncode == 0, result.stdout + result.stderr
    results = project.folder / "results"
    assert (results / "figures/ladder.png").exists()
    tables = [pd.read_csv(results / f"ladder/valence-{network}.tsv", sep="\t") for network in "ABCD"]
    for table, weights in zip(tables, (406_001, 609, 2_963, 2_961), strict=True):
        assert set(table["weights"]) == {weights}
        assert set(table["corpus"]) == {"simulated"}
        assert len(table) == 2 * len(SPLITS[1:])
        assert table["ccc"].between(-1, 1).all()
    overlay = project.overlay(lambda text: f"{text}\nverification: {{ladder: true}}\n")
    result = project.snakemake("results/claims.tsv", overlay=overlay)
    assert result.returncode == 0, result.stdout + result.stderr
    claims = pd.read_csv(results / "claims.tsv", sep="\t").set_index("id")
    # Four recordings of a culture, two pairs of people, are too few for an interval.
    assert claims["status"]["shallow"] == "not testable here"
    assert "minus the one filter, mean test CCC over seeds" in claims["detail"]["shallow"]
    assert "406,001 weights" in (results / "logs/train_ladder/valence-A.log").read_text(encoding="utf-8")
    (results / "figures/ladder.png").unlink()
    # As it was: other tests find everything up to date.
    assert project.snakemake().returncode == 0


def test_selection_on_demand(project: Project) -> None:
    """Every k by relevance, at random and by forward selection, scored on every split; which k is enough."""
    result = project.snakemake("draw_selection")
    assert result.returncode == 0, result.stdout + result.stderr
    results = project.folder / "results"
    table = pd.read_csv(results / "selection/valence.tsv", sep="\t")
    for split in SPLITS[1:]:
        culture, partition = split.split("-")
        own = table[(table["culture"] == culture) & (table["partition"] == partition)]
        assert own["method"].value_counts().to_dict() == {
            "relevance": 37, "random": 37, "ridge, forward selection": 37, "published seven": 1,
        }  # fmt: skip
    relevance = table[table["method"] == "relevance"]
    assert relevance.groupby("partition")["enough"].sum().to_dict() == {"devel": 1, "test": 3}
    first = relevance.set_index("k")["features"][1].iloc[0]
    read = pd.read_parquet(results / "relevance/valence.parquet")
    best = read_model(results / "models/valence/best.safetensors").card.seed
    own = read[(read["partition"] == "train") & (read["model"] == f"seed-{best}")]
    sums = own.groupby("feature", sort=False)[list(SHARE_SUMS)].sum()
    assert sums.index[int(np.argmax(covariance_shares(sums.to_numpy())))] == first
    assert (results / "figures/selection.png").exists()
    (results / "figures/selection.png").unlink()


def test_latency_and_skew_on_demand(project: Project) -> None:
    """Half of the taps ahead is what the run has anyway; causal windows; the twin's frames lead back to the scores."""
    result = project.snakemake("draw_latency", "draw_skew")
    assert result.returncode == 0, result.stdout + result.stderr
    results = project.folder / "results"
    summary = pd.read_csv(results / "scores/summary.tsv", sep="\t")
    summary = summary[(summary["method"] == "one-filter") & (summary["processing"] == "raw")]
    expected = summary.set_index(["target", "culture", "partition"])
    tables = {
        kind: pd.read_csv(results / f"live/latency-valence-{kind}.tsv", sep="\t") for kind in ("centred", "causal")
    }
    for kind, behind in (("centred", [0.5, 4.5]), ("causal", [0.0, 4.0])):
        assert sorted(set(tables[kind]["latency"])) == behind
        assert len(tables[kind]) == 2 * len(SPLITS[1:])
    for row in tables["centred"][tables["centred"]["ahead"] == 40].to_dict("records"):
        place = ("valence", row["culture"], row["partition"])
        assert row["ccc"] == pytest.approx(expected["ccc_mean"][place], abs=1e-6)
        # So few recordings have no interval.
        assert np.isnan([row["low"], row["high"]]).all()
    pd.testing.assert_frame_equal(
        pd.read_parquet(results / "live/centred/german-test.parquet"),
        pd.read_parquet(results / "features/german-test.parquet"),
    )
    causal = pd.read_parquet(results / "live/causal/german-test.parquet")
    # The first window before 0 s holds one frame.
    assert (causal.loc[causal["time"] == 0, "AU12_std"] == 0).all()
    skew = pd.read_csv(results / "live/skew.tsv", sep="\t")
    reference = skew[skew["variant"] == "post-processed"]
    assert len(skew) == 6 * len(reference) == 6 * len(TARGETS) * 3
    assert (reference["deviation"] == 0).all()
    assert (skew.loc[skew["variant"] != "post-processed", "deviation"] > 0).all()
    for row in reference.to_dict("records"):
        place = (row["target"], row["culture"], row["partition"])
        assert row["ccc"] == pytest.approx(expected["ccc_best"][place], abs=1e-6)
    for name in ("latency", "skew"):
        (results / f"figures/{name}.png").unlink()


def test_relevance_adds_up_to_the_predictions(project: Project) -> None:
    """Signed relevance summed over features, and the offset, is the sum of the predictions, recording by recording."""
    results = project.folder / "results"
    for target in TARGETS:
        table = pd.read_parquet(results / f"relevance/{target}.parquet")
        model = read_model(results / f"models/{target}/seed-1.safetensors")
        predicted = pl.read_parquet(results / f"predictions/{target}/chinese-test.parquet").to_pandas()
        sums = predicted.groupby("recording", observed=True)["seed-1"].sum()
        own = table[(table["model"] == "seed-1") & (table["culture"] == "chinese")].groupby("recording")
        found = own["signed"].sum() + own["steps"].first() * model.offset
        np.testing.assert_allclose(found.loc[sums.index], sums, atol=1e-8)
        assert set(table["corpus"]) == {"simulated"}
        patterns = pd.read_parquet(results / f"patterns/{target}.parquet")
        one = patterns[patterns["model"] == "seed-1"]
        np.testing.assert_allclose((one["filter"] * one["linear"]).sum(), 1, atol=1e-8)
    perception = pd.read_csv(results / "perception/agreement.tsv", sep="\t")
    assert set(zip(perception["weights"], perception["order"], strict=True)) == {
        (weights, order)
        for weights in ("filter", "pattern", "ridge filter", "ridge pattern")
        for order in ("stored", "published")
    }


def test_nothing_to_be_done(project: Project) -> None:
    """A second run finds everything up to date."""
    result = project.snakemake()
    assert "Nothing to be done" in result.stdout + result.stderr


def test_window_reruns_all_but_the_simulation(project: Project) -> None:
    """A new window changes every number, but not the recordings."""
    overlay = project.overlay(lambda text: f"{text}\nfeatures: {{window: 0.8}}\n")
    assert project.planned(overlay) == EVERYTHING_BUT_SIMULATION


def test_delay_reruns_one_target(project: Project) -> None:
    """Another delay for liking: liking's models, predictions and scores, and what shows all targets."""
    overlay = project.overlay(lambda text: f"{text}\ntargets: {{liking: {{delay: 2.0}}}}\n")
    assert project.planned(overlay) == of_target("liking") | AFTER_TRAINING


def test_seeds_rerun_training(project: Project) -> None:
    """One more seed: training and what follows, no features, no statistics."""
    overlay = project.overlay(lambda text: text.replace("  seeds: [1, 2, 3]\n", "  seeds: [1, 2, 3, 4]\n"))
    assert project.planned(overlay) == TRAINING


def test_figure_settings_rerun_figures(project: Project) -> None:
    """Resolution: all figures and nothing else; excerpts: the predictions' figures."""
    drawn = (
        {
            "draw_boxes",
            "draw_heatmap",
            "draw_units",
            "draw_audit",
            "draw_annotators",
            "draw_curves",
            "draw_scores",
            "draw_ranking",
            "draw_relevance",
            "draw_sanity",
            *(f"{rule}:{t}" for rule in ("draw_filters", "draw_patterns", "draw_faces") for t in TARGETS),
        }
        | DRAWN
        | PAPER
    )
    assert project.planned(project.overlay(lambda text: text.replace("dpi: 60", "dpi: 61"))) == drawn
    assert project.planned(project.overlay(lambda text: text.replace("excerpts: 2", "excerpts: 1"))) == DRAWN | PAPER


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("figures/curves.py", {"draw_curves"} | PAPER),
        (
            "features/description.py",
            STATISTICS | {"compare_perception", "draw_units"} | PAPER | {f"draw_faces:{t}" for t in TARGETS},
        ),
        (
            "evaluation/postprocessing.py",
            COMPARED | {f"{rule}:{t}" for rule in ("tune_postprocessing", "score_predictions") for t in TARGETS},
        ),
        ("verification/claims.py", {"verify_claims"} | PAPER),
        ("training/spectral.py", TRAINING),
        (
            "training/ridge.py",
            (TRAINING - TRAINED_ONLY)
            | {f"{rule}:{target}" for rule in ("fit_references", "refit_signs") for target in TARGETS}
            | {"compare_perception"},
        ),
    ],
)
def test_a_changed_module_reruns_what_depends_on_it(project: Project, module: str, expected: set[str]) -> None:
    """Editing the library reruns what runs it, and nothing else."""
    path = project.folder / "src/onefilter" / module
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}\n# changed\n", encoding="utf-8")
    try:
        assert project.planned() == expected
    finally:
        path.write_text(text, encoding="utf-8")


def test_a_change_that_is_undone(project: Project) -> None:
    """After all that was edited and put back before, nothing is to be done, whatever the times of the files say."""
    assert project.planned() == set()


def test_targets_and_splits_can_be_dropped(project: Project) -> None:
    """`null` in an overlay takes a target or a split out."""
    overlay = project.overlay(
        lambda text: (
            text.replace("chinese-test: {recordings: 4, duration: 280}", "chinese-test: null").replace(
                ": results", ": fewer"
            )
            + "\ntargets: {liking: null}\n"
        )
    )
    planned = project.planned(overlay)
    assert "train_networks:valence" in planned
    assert not [job for job in planned if "liking" in job or "chinese" in job]


def test_typos_in_the_configuration(project: Project) -> None:
    """Snakemake answers with the key and its nearest neighbour, without a traceback."""
    overlay = project.overlay(lambda text: f"{text}\nfeatures: {{windw: 0.8}}\n")
    result = project.snakemake("--dry-run", overlay=overlay)
    output = result.stdout + result.stderr
    assert result.returncode != 0
    assert "unknown key 'features.windw' (did you mean 'window'?)" in output
    assert "Traceback" not in output


def test_filter_longer_than_a_recording(project: Project) -> None:
    """Training refuses, in one line, and leaves nothing half-written."""
    overlay = project.overlay(
        lambda text: text.replace(": results", ": other").replace("training:", "network: {taps: 900}\ntraining:")
    )
    result = project.snakemake("other/models/liking/seed-1.safetensors", overlay=overlay)
    assert result.returncode != 0
    assert re.search(r"the filter's 900 taps are longer than the shortest recording \(\d+ steps\); set network.taps",
                     result.stderr)  # fmt: skip
    assert "Traceback" not in result.stderr
    assert not (project.folder / "other/models").exists() or not any((project.folder / "other/models").rglob("*.*"))
