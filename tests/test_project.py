"""What a public project has beside its code: pages, workflows of GitHub, what the package index shows."""

import re
import runpy
import tomllib
from pathlib import Path

import pandas as pd
import yaml

from onefilter.verification.expected import misses
from onefilter.workflow.plan import make_plan

ROOT = Path(__file__).parents[1]
RESULTS = (ROOT / "docs/results.md").read_text(encoding="utf-8")


def test_every_result_is_explained() -> None:
    """Each table and figure that the default run makes has a place on the page, and each caption is there once."""
    plan = make_plan({})
    wild = {"culture": plan.settings.cultures, "target": plan.targets, "partition": ["train", "devel", "test"]}
    for table in plan.tables:
        if table.startswith("models/"):
            continue
        pattern = table
        for name, values in wild.items():
            pattern = re.sub(rf"\b({'|'.join(values)})\b", f"<{name}>", pattern)
        assert f"`{pattern}`" in RESULTS, f"docs/results.md does not explain {pattern}"
    for figure in plan.figures:
        kind = figure.partition("-")[0]
        assert re.search(rf"[fF]igures? `{kind}\b", RESULTS), f"docs/results.md does not explain the figure {kind}"
    captions = {path.stem for path in (ROOT / "workflow/report").glob("*.rst")} - {"workflow"}
    named = re.findall(r"\(\.\./workflow/report/([\w-]+)\.rst\)", RESULTS)
    assert sorted(named) == sorted(captions)


def test_table_of_misses(tmp_path: Path) -> None:
    """The nightly run's summary is made from what the step says of the numbers that missed."""
    summary = runpy.run_path(str(ROOT / ".ci/misses.py"))["summary"]
    assert "ended before" in summary(tmp_path)
    row = {"key": "scores/valence/ccc", "expected": 0.5, "got": 0.25, "tolerance": 0.03, "ok": 0}
    checked = pd.DataFrame([row | {"rule": "train_networks", "source": "x"}])
    checked.to_csv(tmp_path / "expected.tsv", sep="\t", index=False)
    assert "All 1 expected numbers are as expected" in summary(tmp_path)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/verify_claims.log").write_text("".join(f"05:00:00 {line}\n" for line in misses(checked)))
    assert "| `scores/valence/ccc` | 0.5 | 0.03 | 0.25 | `train_networks` |" in summary(tmp_path)


def test_what_the_package_index_shows() -> None:
    """Links and pictures of the README lead somewhere without the files beside it; the rest of the text stays."""
    made = runpy.run_path(str(ROOT / ".ci/addresses.py"))
    address, text = "https://example.org/a/b", (ROOT / "README.md").read_text(encoding="utf-8")
    shown = made["absolute"](text, address, "v1")
    links = re.findall(r"(!?)\[[^\]]*\]\(([^)\s]+)\)", shown)
    assert all(target.startswith(("https://", "#")) for _, target in links)
    pictures = [target for mark, target in links if mark]
    assert pictures
    for target in pictures:
        assert (ROOT / target.removeprefix(f"{address}/raw/v1/")).is_file(), target
    assert shown.replace(f"{address}/raw/v1/", "").replace(f"{address}/blob/v1/", "") == text
    project = tomllib.loads(made["with_urls"]((ROOT / "pyproject.toml").read_text(encoding="utf-8"), address, "v1"))
    assert project["project"]["urls"]["Issues"] == f"{address}/issues"


def test_workflows_may_do_no_more_than_they_need() -> None:
    """Actions have versions, every workflow reads only unless a job says more, and no job runs for ever."""
    for path in (ROOT / ".github/workflows").glob("*.yml"):
        text = path.read_text(encoding="utf-8")
        workflow = yaml.safe_load(text)
        assert workflow["permissions"] == {"contents": "read"}, path.name
        for used in re.findall(r"uses: (\S+)", text):
            assert used.startswith("./") or re.search(r"@(release/)?v\d+$", used), f"{path.name}: {used}"
        for name, job in workflow["jobs"].items():
            assert "timeout-minutes" in job or "uses" in job, f"{path.name}: {name}"
