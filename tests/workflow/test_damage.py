"""What a failed run leaves for the next one to make again."""

from onefilter.workflow.step import PROGRESS, USED, logger, perform

import os
import time
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest
from matplotlib.figure import Figure

from onefilter.errors import InputError
from onefilter.figures.style import save
from onefilter.model.file import write_model
from onefilter.workflow.check import check_environment
from onefilter.workflow.damage import FULL, after_failure, forget_failed, is_damaged, said_by_failed
from tests.examples.model import model


def whole(folder: Path) -> list[Path]:
    """Results as the rules write them."""
    paths = [folder / name for name in ("a.parquet", "a.png", "a.tsv", "a.svg")]
    pl.DataFrame({"a": [1.0, 2.0]}).write_parquet(paths[0])
    save(Figure(), paths[1], dpi=50)
    paths[2].write_text("a\n1\n")
    save(Figure(), paths[3], dpi=50)
    return paths


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_damage(tmp_path: Path, share: float) -> None:
    """Files that have lost their end are damaged; of text, only an empty one can be told from a whole one."""
    for path in whole(tmp_path):
        assert not is_damaged(path)
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * share)])
        assert is_damaged(path) == (share == 0 or path.suffix != ".tsv")
    assert not is_damaged(tmp_path / "nothing.parquet")


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_model_that_is_cut(tmp_path: Path, share: float) -> None:
    """Its tensors do not fill the file."""
    path = tmp_path / "seed-1.safetensors"
    write_model(path, model())
    assert not is_damaged(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert is_damaged(path)


def test_what_the_next_run_makes_again(tmp_path: Path) -> None:
    """Damaged results are removed and forgotten, missing ones are forgotten, whole ones stay."""
    table, figure, text, _ = whole(tmp_path)
    table.write_bytes(b"PAR1")
    table.write_bytes(table.read_bytes()[:2])
    text.unlink()
    forgotten: list[str] = []
    job = SimpleNamespace(output=[str(table), str(figure), str(text)], rule=SimpleNamespace(name="describe_corpus"))
    said = forget_failed([job], SimpleNamespace(cleanup_metadata=forgotten.append))
    assert said == [f"{table} was damaged and is removed; run again, and rule describe_corpus makes it anew"]
    assert (table.exists(), figure.exists()) == (False, True)
    assert forgotten == [str(table), str(text)]


def test_the_line_that_a_person_needs(tmp_path: Path) -> None:
    """What failed steps said last is repeated, once each, without the clock; Snakemake's own log has the rest."""
    own = tmp_path / "a b.log"
    own.write_text("03:50:30 simulated 3 of 5\n03:50:36 x.csv: cannot be written (No space left on device)\n")
    log = tmp_path / "snakemake.log"
    part = f"Error in rule simulate:\n    message: None\n    log: {own} (check log file(s) for error details)\n"
    lost = "Error in rule draw:\n    log: nothing.log (check log file(s) for error details)\n"
    log.write_text(f"rule simulate:\n    log: {own}\n{part}{lost}{part}Exiting\n")
    said = "simulate: x.csv: cannot be written (No space left on device)"
    assert said_by_failed([str(log), str(tmp_path / "none")]) == [said]
    last = after_failure([], SimpleNamespace(), [str(log)])
    assert last == [f"details: {log}; the same command goes on from here", said]
    assert after_failure([], SimpleNamespace(), []) == ["the same command goes on from here"]
    own.write_text(f"03:50:37 {USED % (0.25, 177.4)}\n")
    assert said_by_failed([str(log)]) == ["simulate: interrupted at its end"]
    log.write_text(f"Error in group x:\n{log.read_text()}")
    assert said_by_failed([str(log)]) == []
    own.write_text("03:50:37 x.csv: is wrong")
    assert said_by_failed([str(log)]) == ["simulate: x.csv: is wrong"]
    # A job that could not be sent has said nothing; what is in its log is of another run.
    os.utime(own, (time.time(), 1e9))
    assert said_by_failed([str(log)]) == []


def test_a_full_disk_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the last thing said, for logs cannot be written then."""
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=4096))
    *_, last = after_failure([], SimpleNamespace(), [])
    assert last == FULL
    with pytest.raises(InputError, match="there is no room on this disk; make room, then type the same command"):
        check_environment(Path.cwd())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_log_that_cannot_be_written(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The step does its work, and says its own words on the terminal; no traceback of the log's."""
    (tmp_path / "full.log").symlink_to("/dev/full")
    perform(lambda: logger.log(PROGRESS, "half done"), {}, log=tmp_path / "full.log")
    said = capfd.readouterr().err
    assert said.endswith("half done\n")
    assert said.count("\n") == 1
