"""Files are written whole or not at all, and nothing that the user may need is lost."""

import os
import resource
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest

from onefilter.errors import InputError
from onefilter.files import check_outputs, is_own, remove_abandoned, replacing, write_table, write_text


@pytest.fixture
def umask() -> Iterator[Callable[[int], int]]:
    """Set the umask; afterwards it is what it was."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


def mode(path: Path) -> int:
    """Permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def test_what_a_killed_writer_leaves(tmp_path: Path) -> None:
    """Files of killed writers are removed once nobody has written into them for long; no others."""
    program = (
        "import os, sys, pathlib, onefilter.files as f\n"
        "with f.replacing(pathlib.Path(sys.argv[1])) as path:\n"
        "    path.write_text('half')\n    os.kill(os.getpid(), 9)\n"
    )
    for name in ("a.tsv", "within/b.parquet", "within/c"):
        subprocess.run([sys.executable, "-c", program, str(tmp_path / name)], check=False)
    kept = [tmp_path / name for name in (".hidden", ".0123456789abcdef.d/e.tsv", "0123456789abcdef.tsv")]
    for path in kept:
        write_text(path, "whole")
    assert remove_abandoned(tmp_path) == 0
    left = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert len(left) == len(kept) + 3
    for path in left:
        os.utime(path, (1, 1))
    assert remove_abandoned(tmp_path) == 3
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == set(kept)
    assert remove_abandoned(tmp_path / "none") == 0


@pytest.mark.parametrize(("mask", "expected"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_permissions_follow_the_umask(
    tmp_path: Path, umask: Callable[[int], int], mask: int, expected: int
) -> None:  # fmt: skip
    """A new file's; one that is replaced stays as private as it was."""
    path = tmp_path / "a.txt"
    umask(mask)
    write_text(path, "one")
    assert mode(path) == expected
    path.chmod(0o600)
    write_text(path, "two")
    assert mode(path) == 0o600
    assert path.read_text() == "two"


@pytest.mark.parametrize("there", [True, False])
def test_links_are_followed(tmp_path: Path, there: bool) -> None:
    """The target is written, also if it was not there; the link stays."""
    (tmp_path / "other").mkdir()
    target, link = tmp_path / "other/target.txt", tmp_path / "link.txt"
    if there:
        target.write_text("old")
    link.symlink_to("other/target.txt")
    write_text(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["target.txt"]


def test_failing_leaves_what_was_there(tmp_path: Path) -> None:
    """Nothing half-written, nothing beside it."""
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail() -> None:
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".parquet", ".txt"])
def test_a_full_disk(tmp_path: Path, ending: str) -> None:
    """A limit on the size of files stands for one: a message, and nothing left."""
    code = (
        "import sys, polars as pl; from pathlib import Path; from onefilter.errors import InputError\n"
        "from onefilter.files import write_table, write_text\n"
        "path, values = Path(sys.argv[1]), [hash(str(i)) for i in range(9999)]\n"
        "try:\n"
        "    if path.suffix == '.txt': write_text(path, str(values))\n"
        "    else: write_table(path, pl.DataFrame({'a': values}))\n"
        "except InputError as error: print(error)\n"
    )
    path = tmp_path / f"a{ending}"
    result = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
    )  # fmt: skip
    assert result.stdout == f"{path}: cannot be written (File too large)\n"
    assert list(tmp_path.iterdir()) == []


def test_names_as_long_as_they_may_be(tmp_path: Path) -> None:
    """The name of what is written beside needs no more room."""
    path = tmp_path / f"{'x' * 251}.txt"
    check_outputs([path])
    write_text(path, "a")
    assert path.read_text() == "a"
    with pytest.raises(InputError, match=r"cannot be written \(File name too long\)"):
        check_outputs([tmp_path / f"{'x' * 252}.txt"])


@pytest.mark.parametrize("how", ["itself", "link", "hard link", "other path", "link to folder"])
@pytest.mark.parametrize("there", [True, False])
def test_inputs_are_no_outputs(tmp_path: Path, how: str, there: bool) -> None:
    """By whatever way they are named, also before they exist, and even if the user insists."""
    folder = tmp_path / "folder"
    folder.mkdir()
    read, out = folder / "a.csv", tmp_path / "b.csv"
    if there or how == "hard link":
        read.write_text("time,a,tracked\n")
    if how == "itself":
        out = read
    elif how == "link":
        out.symlink_to(read)
    elif how == "hard link":
        out.hardlink_to(read)
    elif how == "other path":
        out = folder / "../folder/a.csv"
    else:
        (tmp_path / "way").symlink_to(folder)
        out = tmp_path / "way/a.csv"
    with pytest.raises(InputError, match="is an input too; write to another file"):
        check_outputs([None, out], inputs=[None, tmp_path / "c.csv", read], force=True)
    check_outputs([tmp_path / "c.csv"], inputs=[read])


def test_outputs_differ(tmp_path: Path) -> None:
    """Two outputs are two files."""
    (tmp_path / "a.png").symlink_to("a.csv")
    with pytest.raises(InputError, match=r"a\.png: is another output too"):
        check_outputs([tmp_path / "a.csv", tmp_path / "a.png"])


@pytest.mark.parametrize(
    ("name", "content", "own"),
    [
        ("a.csv", b"time,valence,tracked\n0.0,0.1,1.0\n", True),
        ("a.csv", b"time,valence,arousal,tracked,segment\n0.0,0.1,0.2,1.0,0\n", True),
        ("a.csv", b"time,temperature,segment\n0,1,2\n", False),
        ("a.csv", b"", True),
        ("a.csv", b"time,valence\n0.0,0.1\n", False),
        ("a.csv", b"frame, face_id, timestamp\n1, 0, 0.0\n", False),
        ("a.csv", b"time,valence,tracked\n", True),
        ("a.csv", b"time,valence,tracked\n0.0,0.1,1.0\n0.1,0.", True),
        ("a.csv", b"time,valence,tracked\n0.0,0.1,1.0\n0.1,0.1,1.0\n# my remarks\n", False),
        ("a.csv", b"time,valence,tracked\n" + b"0.0,0.1,1.0\n" * 9_999 + b"# my remarks\n", False),
        ("a.csv", b"time,valence,tracked\n" + b"0.0,0.1,1.0\n" * 9_999 + b"my remarks\n0.0,0.1,1.0\n", False),
        ("a.csv", b"time,valence,tracked\n" + b"0.0,0.1,1.0\n" * 9_999 + b"0.0,-1e-0", True),
        ("a.csv", b"time,heart_rate,segment\n0,80,walk\n", False),
        ("a.csv", b"time,heart_rate,tracked\n0,80,0.5\n1,happy,0.5\n2,80,1\n", False),
        ("a.csv", b"time,heart_rate,tracked\n0,80,7.5\n", False),
        ("a.csv", b"tracked\n", False),
        ("a.csv", b"\xff\x00\n", False),
        ("a.parquet", b"PAR1", False),
        ("a.png", b"\x89PNG tEXtSoftware\0onefilter", True),
        ("a.png", b"\x89PNG tEXtSoftware\0Matplotlib", False),
        ("a.pdf", b"%PDF" + bytes(1 << 20) + b"/Creator (onefilter)", True),
        ("a.pdf", b"%PDF onefilter", False),
        ("a.svg", b"<svg><dc:title>onefilter</dc:title>", True),
        ("a.svg", b"<svg>onefilter</svg>", False),
        ("a.onnx", b"\x08\x08\x12\x09onefilter\x1a\x050.1.0", True),
        ("a.onnx", b"\x08\x08\x12\x07pytorch", False),
        ("a.safetensors", b"anything", False),
    ],
)
def test_what_may_be_written_over(tmp_path: Path, name: str, content: bytes, own: bool) -> None:
    """What this program wrote, and what is empty; all else needs --force."""
    path = tmp_path / name
    assert is_own(path)
    path.write_bytes(content)
    assert is_own(path) is own
    check_outputs([path], force=True)
    if not own:
        with pytest.raises(InputError, match="is not a file that onefilter writes over; give another name, or --force"):
            check_outputs([path])
    assert path.read_bytes() == content


@pytest.mark.parametrize(("columns", "own"), [(["time", "valence", "tracked"], True), (["recording", "time"], False)])
def test_parquet_that_may_be_written_over(tmp_path: Path, columns: list[str], own: bool) -> None:
    """Known by its columns, too."""
    path = tmp_path / "a.parquet"
    write_table(path, pl.DataFrame({column: [0.5] for column in columns}))
    assert is_own(path) is own


def test_impossible_targets(tmp_path: Path) -> None:
    """Each is refused before anything is computed."""
    (tmp_path / "file").write_text("a")
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    (tmp_path / "astray.csv").symlink_to("nowhere/a.csv")
    for name, expected in (
        ("no/a.csv", "No such file or directory"),
        ("astray.csv", "No such file or directory"),
        ("file/a.csv", "Not a directory"),
        ("folder.csv", "Is a directory"),
        ("loop.csv", "Too many levels of symbolic links"),
    ):
        with pytest.raises(InputError) as error:
            check_outputs([tmp_path / name], force=True)
        assert str(error.value).startswith(f"{tmp_path / name}: cannot be written ({expected}); ")


@pytest.mark.parametrize("linked", [True, False])
def test_read_only_files(tmp_path: Path, linked: bool) -> None:
    """Refused, even if the user insists; behind a link, whoever writes."""
    file, path = tmp_path / "cached", tmp_path / "a.csv"
    file.write_text("old")
    file.chmod(0o444)
    if linked:
        path.symlink_to(file)
    else:
        path.hardlink_to(file)
    with pytest.raises(InputError, match="Permission denied"):
        check_outputs([path], force=True)
    if linked:
        with pytest.raises(InputError, match=r"a\.csv: is a link to a file that is read-only; remove the link"):
            write_text(path, "new")
        path.unlink()
    write_text(path, "new")
    assert path.read_text() == "new"
    assert file.read_text() == "old"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_protected_folders(tmp_path: Path) -> None:
    """Without the permission to write in a folder nothing is computed."""
    tmp_path.chmod(0o555)
    with pytest.raises(InputError, match="Permission denied"):
        check_outputs([tmp_path / "a.csv"], force=True)
    tmp_path.chmod(0o755)


def test_devices_are_not_replaced(tmp_path: Path) -> None:
    """A pipe by name stays one."""
    path = tmp_path / "a.csv"
    os.mkfifo(path)
    with pytest.raises(InputError, match="not a regular file"):
        write_text(path, "a")
    assert stat.S_ISFIFO(path.stat().st_mode)
