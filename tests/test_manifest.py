"""What a run has left, and what has become of it."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from onefilter.commands.verify import verify
from onefilter.errors import InputError
from onefilter.manifest import MANIFEST, OF_THE_RUN, altered, changes, differences, write_manifest
from onefilter.workflow.check import check_left

CONTENTS = {"claims.tsv": "it takes 0.01 s", "scores/summary.tsv": "a\tb\n", "models/me/best.bin": "weights"}


def run(folder: Path, **changed: str) -> Path:
    """Leave some results and their manifest."""
    rules = {}
    for name, content in {**CONTENTS, **changed}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        rules[str(path)] = f"make_{path.stem}"
    write_manifest(folder / MANIFEST, rules)
    return folder


def test_manifest(tmp_path: Path) -> None:
    """Paths are relative to the folder; the checksum is SHA-256."""
    table = pd.read_csv(run(tmp_path) / MANIFEST, sep="\t").set_index("file")
    assert list(table.index) == [*sorted(CONTENTS), MANIFEST]
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


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines[:-1],
        lambda lines: lines[:2],
        lambda lines: lines[:1],
        lambda lines: [*lines, lines[1]],
        lambda lines: [lines[0], *lines[1:2], *lines[1:]],
        lambda lines: [lines[0], lines[1].replace("claims", "other"), *lines[2:]],
        lambda lines: [lines[0], "\t" + lines[1].partition("\t")[2], *lines[2:]],
    ],
)
def test_a_manifest_that_is_not_whole(tmp_path: Path, change: Callable[[list[str]], list[str]]) -> None:
    """Cut at the end of a line, lengthened or edited: it is refused, and says nothing of results."""
    path = run(tmp_path) / MANIFEST
    path.write_text("\n".join(change(path.read_text().splitlines())) + "\n")
    with pytest.raises(InputError, match=r"manifest\.tsv: has been cut or changed|manifest\.tsv.*; run again"):
        verify(tmp_path)
    with pytest.raises(InputError):
        altered(path, ())
    assert check_left(path, ()).startswith(f"{path} is damaged, or of an older version: nobody can tell")


@pytest.mark.parametrize("clothes", [lambda text: text.replace(b"\n", b"\r\n"), lambda text: b"\xef\xbb\xbf" + text])
def test_line_ends_do_not_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], clothes: Callable[[bytes], bytes]
) -> None:
    """Other programs change them."""
    path = run(tmp_path) / MANIFEST
    path.write_bytes(clothes(path.read_bytes()))
    verify(tmp_path)
    assert capsys.readouterr().out == "all 3 results are what the run has left\n"


def test_what_is_altered_and_no_younger(tmp_path: Path) -> None:
    """Cut or other contents, with the time kept; what is younger, made anew or missing is not meant."""
    manifest = run(tmp_path) / MANIFEST
    written = manifest.stat().st_mtime_ns
    cut, other, younger = (tmp_path / name for name in CONTENTS)
    for path, content, time in ((cut, "it", 0), (other, "a\tc\n", 0), (younger, "made since", 1)):
        path.write_text(content)
        os.utime(path, ns=(written + time, written + time))
    assert list(altered(manifest, ())) == [cut, other]
    assert list(altered(manifest, {str(cut)})) == [other]
    assert check_left(manifest, {str(cut), str(other)}) == ""
    other.unlink()
    assert list(altered(manifest, ())) == [cut]
    with pytest.raises(
        InputError, match=r"claims\.tsv: was changed since .* is kept as claims\.tsv\.changed; run again, and rule"
    ):
        check_left(manifest, ())
    assert check_left(tmp_path / "none" / MANIFEST, ()) == ""


def test_what_is_altered_and_younger(tmp_path: Path) -> None:
    """A result that was cut by hand is younger than the manifest, and no rule has made it since."""
    manifest = run(tmp_path) / MANIFEST
    written = manifest.stat().st_mtime_ns / 1e9
    cut, other, touched = (tmp_path / name for name in CONTENTS)
    cut.write_text("it")
    other.write_text("made since")
    times = {str(cut): written - 60, str(other): written + 1, str(touched): written - 60}
    for path in (cut, other, touched):
        os.utime(path, (written + 2, written + 2))
    assert list(altered(manifest, (), times.get)) == [cut]
    assert not altered(manifest, ())
    assert not altered(manifest, {str(cut)}, times.get)
    with pytest.raises(InputError, match=rf"{cut.name}: was changed since .*; run again, and rule \w+ makes it"):
        check_left(manifest, (), times.get)
    assert cut.with_name(f"{cut.name}.changed").read_text() == "it"
    assert not cut.exists()
    assert check_left(manifest, (), times.get) == ""
    for path in (cut, touched):
        path.write_text("it again")
        os.utime(path, (written + 2, written + 2))
    with pytest.raises(InputError, match=rf"kept as {cut.name}\.changed1, and 1 more are put aside in the same way"):
        check_left(manifest, (), times.get)
    kept = [path.read_text() for path in sorted(tmp_path.glob(f"{cut.name}.changed*"))]
    assert kept == ["it", "it again"]


def test_what_was_damaged_is_not_kept(tmp_path: Path) -> None:
    """An empty result is of no use to anybody."""
    manifest = run(tmp_path) / MANIFEST
    first, *_ = (tmp_path / name for name in CONTENTS)
    first.write_bytes(b"")
    os.utime(first, ns=(0, manifest.stat().st_mtime_ns - 1))
    with pytest.raises(InputError, match=rf"{first.name}: was damaged and is removed; run again, and rule"):
        check_left(manifest, ())
    assert not list(tmp_path.glob(f"{first.name}*"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    """A pipe in a result's place."""
    path = run(tmp_path) / "claims.tsv"
    path.unlink()
    os.mkfifo(path)
    assert list(changes(tmp_path)) == [f"{path} cannot be read (not a regular file); rule make_claims makes it"]
