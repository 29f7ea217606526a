"""Write config/expected anew: the twin's numbers from results/ and results/tiny, SEWA's from what was published.

    python -m benchmarks.expected

Run it after a change that is meant to change numbers, look at the difference, and say why in CHANGELOG.md.
"""

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from onefilter.settings import Configuration, read_settings
from onefilter.verification.expected import EXPECTED_COLUMNS, numbers_of
from onefilter.verification.published import read_systems

FOLDER = Path("config/expected")
RUNS = {"full": (None, Path("results")), "tiny": ("config/tiny.yaml", Path("results/tiny"))}
TWIN = "measured on the twin, 2 cores"
PATTERNS: tuple[tuple[str, str, float], ...] = (
    # Exact: they follow from the twin's seed and arithmetic.
    (r"corpus/.*/(recordings|persons|dyads|duration)", "simulate_recordings", 0.05),
    (r"statistics/.*/(AU04_mean|AU12_mean|AU45_std|confidence_std)/(mean|max|zeros)", "compute_features", 1e-6),
    (r"statistics/all/turn/mean", "compute_features", 1e-6),
    (r"statistics/.*/(arousal|valence|liking)/(mean|std)", "align_labels", 1e-6),
    # In closed form: rounding only.
    (r"scores/.*/constant/ccc_mean", "fit_references", 1e-4),
    (r"scores/.*/(ridge|turn)/ccc_mean", "fit_references", 2e-3),
    # Two thousand updates amplify rounding: other processors give other last digits, and other epochs are chosen.
    (r"scores/.*/one-filter/(ccc_mean|ccc_by_recording_mean)", "train_networks", 0.03),
    (r"scores/.*/one-filter/ccc_best", "train_networks", 0.05),
    (r"scores/.*/one-filter/post-processed/ccc_mean", "tune_postprocessing", 0.04),
    # What of the planted truth is found.
    (r"recovery/.*/pattern r", "estimate_patterns", 0.1),
)
"""Which numbers are expected: pattern of the key, the rule whose change most likely moves it, tolerance."""
PROCESSED = {
    "valence": (0.610, 0.635, 0.427, 0.439),
    "arousal": (0.601, 0.610, 0.521, 0.350),
    "liking": (0.237, 0.193, 0.052, -0.049),
}
"""Post-processed CCC in the public training logs of the headline models, splits as in `SPLITS`; raw ones are in
config/systems.tsv."""
SPLITS = ("german-devel", "german-test", "hungarian-test", "chinese-test")
TOLERANCE = 0.12
"""By how much a replication may miss a published score: half the 95 % interval of 14 to 16 recordings."""


def configuration(overlay: str | None) -> Configuration:
    """Give the default configuration, changed by an overlay as Snakemake changes it."""
    config: dict[str, Any] = yaml.safe_load(Path("config/config.yaml").read_text(encoding="utf-8"))
    changes = yaml.safe_load(Path(overlay).read_text(encoding="utf-8")) if overlay else {}
    return read_settings(merged(config, changes))


def merged(config: dict[str, Any], overlay: Mapping[str, Any]) -> dict[str, Any]:
    """Change a configuration key by key."""
    result = copy.deepcopy(config)
    for key, value in overlay.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


def of_twin() -> Iterator[dict[str, object]]:
    """Give the twin's expected numbers, from the results that are there."""
    for run, (overlay, results) in RUNS.items():
        scores = pd.read_csv(results / "scores/summary.tsv", sep="\t")
        numbers = numbers_of(
            corpus=pd.read_csv(results / "statistics/corpus.tsv", sep="\t"),
            described=pd.read_csv(results / "statistics/described.tsv", sep="\t"),
            chains=[],
            summary=scores,
            recovery=pd.read_csv(results / "recovery.tsv", sep="\t"),
        )
        keys = pd.Series(list(numbers))
        for pattern, rule, tolerance in PATTERNS:
            for key in keys[keys.str.fullmatch(pattern)]:
                value = float(f"{numbers[key]:.7g}")
                yield _row(run, configuration(overlay), key, value, tolerance, rule, TWIN)


def of_sewa(run: str, *, scored: bool) -> Iterator[dict[str, object]]:
    """Give SEWA's expected numbers: the draft's Table 1, and the published scores where settings are as published."""
    config = configuration(f"config/{run}.yaml")
    # The twin has SEWA's Table 1.
    for split, size in config.corpus.simulated.splits.items():
        assert size is not None
        # Six seconds of tolerance per recording: Table 1 may count labels, we count frames.
        for name, tolerance in (("recordings", 0), ("duration", 6 * size.recordings)):
            yield _row(
                run,
                config,
                f"corpus/{split}/{name}",
                getattr(size, name),
                tolerance,
                "compute_features",
                "draft, Table 1",
            )
    if not scored:
        return
    systems = read_systems(Path("config/systems.tsv"))
    headline = systems[systems["note"].str.contains("headline", na=False)].set_index("target")
    for target, processed in PROCESSED.items():
        source = str(headline["note"][target]).partition(";")[0]
        for split, after in zip(SPLITS, processed, strict=True):
            place, before = f"scores/{target}/{split}/one-filter", float(headline[split.replace("-", "_")][target])
            yield _row(run, config, f"{place}/ccc_best", before, TOLERANCE, "train_networks", source)
            yield _row(run, config, f"{place}/post-processed/ccc_best", after, TOLERANCE, "tune_postprocessing", source)


def _row(
    run: str, config: Configuration, key: str, value: float, tolerance: float, rule: str, source: str
) -> dict[str, object]:
    return dict(zip(EXPECTED_COLUMNS, (run, config.identity, key, value, tolerance, rule, source), strict=True))


def main() -> None:
    """Write all tables."""
    FOLDER.mkdir(exist_ok=True)
    published = "sewa-published"
    sewa, replicated = of_sewa("sewa", scored=False), of_sewa(published, scored=True)
    for name, rows in (("simulated", of_twin()), ("sewa", sewa), (published, replicated)):
        table = pd.DataFrame(rows, columns=list(EXPECTED_COLUMNS))
        table.to_csv(FOLDER / f"{name}.tsv", sep="\t", index=False)
        print(f"{FOLDER / f'{name}.tsv'}: {len(table)} numbers")


if __name__ == "__main__":
    main()
