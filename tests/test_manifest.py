"""What a run has left, and what has become of it."""

import hashlib
import os
from pathlib import Path

import pandas as pd
import pytest

from onefilter.commands.verify import verify
from onefilter.errors import InputError
from onefilter.files import write_table
from onefilter.manifest import MANIFEST, OF_THE_RUN, changes, differences, make_manifest

CONTENTS = {"claims.tsv": "it takes 0.01 s", "scores/summary.tsv": "a\tb\n", "models/me/best.bin": "weights"}


def run(folder: Path, **changed: str) -> Path:
    """Leave some results and their manifest."""
    rules = {}
    for name, content in {**CONTENTS, **changed}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        rules[str(path)] = f"make_{path.stem}"
    write_table(folder / MANIFEST, make_manifest(rules, folder))
    return folder


def test_manifest(tmp_path: Path) -> None:
    """Paths are relative to the folder; the checksum is SHA-256."""
    table = pd.read_csv(run(tmp_path) / MANIFEST, sep="\t").set_index("file")
    assert sorted(table.index) == sorted(CONTENTS)
    row = table.loc["models/me/best.bin"]
    assert (row["rule"], row["size"]) == ("make_best", 7)
    assert row["sha256"] == hashlib.sha256(b"weights").hexdigest()


def test_what_a_page_says_of_the_run_is_no_result(tmp_path: Path) -> None:
    """Versions and times may differ; anything else may not."""
    page = "<p>r = 0.5</p>{}<tr><td>{}</td></tr>{}<p>end</p>"
    first, second, third = (
        run(tmp_path / name, **{"paper.html": page.format(OF_THE_RUN[0], text, OF_THE_RUN[1])})
        for name, text in (("a", "9 min"), ("b", "10 min 3 s, commit x"), ("c", "9 min"))
    )
    assert not [*differences(first / MANIFEST, second / MANIFEST)]
    (first / "paper.html").write_text((second / "paper.html").read_text())
    assert not [*changes(first)]
    (third / "paper.html").write_text((third / "paper.html").read_text().replace("0.5", "0.6"))
    assert [line.partition(" ")[2] for line in changes(third)] == ["has other contents; rule make_paper makes it"]
    (third / "paper.html").write_text("")
    assert "paper.html has 0 of " in next(changes(third))


def test_nothing_has_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All are counted."""
    verify(run(tmp_path))
    assert capsys.readouterr().out == "all 3 results are what the run has left\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [("", "has 0 of 7 bytes"), ("weight", "has 6 of 7 bytes"), ("Weights", "has other contents"), (None, "is missing")],
)
def test_changes(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, expected: str) -> None:
    """A result that is emptied, cut, changed or lost is named with its rule, whatever its time says."""
    path = run(tmp_path) / "models/me/best.bin"
    before = path.stat()
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert list(changes(tmp_path)) == [f"{path} {expected}; rule make_best makes it"]
    with pytest.raises(InputError, match=r"manifest\.tsv: 1 of 3 results are not what the run has left; delete those"):
        verify(tmp_path)
    assert capsys.readouterr().out == f"{path} {expected}; rule make_best makes it\n"


def test_two_runs(tmp_path: Path) -> None:
    """What differs is named."""
    first = run(tmp_path / "a")
    same = run(tmp_path / "b")
    assert not list(differences(first / MANIFEST, same / MANIFEST))
    other = run(tmp_path / "c", **{"scores/summary.tsv": "a\tc\n", "more.tsv": ""})
    assert list(differences(first / MANIFEST, other / MANIFEST)) == [
        f"more.tsv is not in {first / MANIFEST}",
        "scores/summary.tsv differs; rule make_summary makes it",
    ]
    verify(first, against=same)
    with pytest.raises(InputError, match="2 results differ"):
        verify(first, against=other / MANIFEST)
    # Manifests that agree say nothing of files that have changed since.
    (first / "models/me/best.bin").unlink()
    with pytest.raises(InputError, match="1 of 3 results are not what the run has left"):
        verify(first, against=same)


def test_no_manifest(tmp_path: Path) -> None:
    """A run that has not ended has none."""
    with pytest.raises(InputError, match=r"manifest\.tsv: no such manifest; a run writes it last"):
        verify(tmp_path)
    for against in (None, Path("x" * 5000)):
        with pytest.raises(InputError, match="x: no such manifest" if against else r"manifest\.tsv: no such manifest"):
            verify(run(tmp_path / "run") if against else Path("x" * 5000), against=against)
