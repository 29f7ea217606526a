"""Can jobs be sent? Every answer is one line; the scheduler's commands are stand-ins (real ones: test_cluster.py)."""

from pathlib import Path

import pytest

from onefilter.errors import InputError
from onefilter.workflow.scheduler import check_jobs_left, check_scheduler, check_wishes, jobs_left
from tests.examples.slurm import stand_in

RUN = "0b5a3cde-9a1f-4c54-8f6e-7d2a11f0c9aa"


def test_a_profile_without_its_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, and one for what has no shared file system; a run on this machine needs none."""
    monkeypatch.setattr("shutil.which", lambda command: None if command == "sbatch" else command)
    with pytest.raises(InputError, match=r"executor: slurm: there is no sbatch on this machine; .* or leave --profile"):
        check_scheduler("slurm")
    with pytest.raises(InputError, match=r"executor: kubernetes: its jobs do not see the files of this machine.*; use"):
        check_scheduler("kubernetes", shared=False)
    check_scheduler("local")


@pytest.mark.parametrize("answers", [True, False])
def test_a_scheduler_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: bool) -> None:
    """Its commands are there, its controller is not: one line, with the command that tells more."""
    stand_in(tmp_path, monkeypatch, sbatch="exit 0", sinfo=f"exit {0 if answers else 1}")
    if answers:
        check_scheduler("slurm")
        return
    with pytest.raises(InputError, match=r"executor: slurm: sinfo gets no answer .*; see what `sinfo --noheader` says"):
        check_scheduler("slurm")


def test_jobs_of_a_run_that_was_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that some run has sent from here, and no others; the remedy names them."""
    here, elsewhere = tmp_path / "my | study", tmp_path / "another"
    for folder in (here, elsewhere):
        folder.mkdir()
    rows = [
        f"12|{RUN}|{here}", f"13|mine_{RUN}|{here}", f"14|{RUN}|{elsewhere}", f"15|interactive|{here}",
        f"16|{RUN}|{tmp_path}/gone", "17", "",
    ]  # fmt: skip
    stand_in(tmp_path, monkeypatch, squeue="\n".join(["cat <<'END'", *rows, "END"]))
    assert jobs_left(here) == ["12", "13"]
    with pytest.raises(InputError, match=r"that was killed still work .*; wait .*, or type `scancel 12 13`; then"):
        check_jobs_left("slurm", here)
    check_jobs_left("local", here)
    check_jobs_left("slurm", tmp_path)


@pytest.mark.parametrize("squeue", ["exit 1", "echo no controller; exit 1", None])
def test_a_queue_that_cannot_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, squeue: str | None) -> None:
    """No jobs are known."""
    monkeypatch.setenv("PATH", str(tmp_path))
    if squeue is not None:
        stand_in(tmp_path, monkeypatch, squeue=squeue)
    assert jobs_left(tmp_path) == []


def test_what_the_scheduler_does_not_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked once for all jobs that want the same; of several accounts one is enough."""
    refuse = "echo 'sbatch: error: invalid partition specified: nope' >&2; echo more >&2; exit 1"
    script = f'echo "$@" >> {tmp_path}/asked\ncase "$*" in *nope*) {refuse};; esac'
    stand_in(tmp_path, monkeypatch, sbatch=script)
    check_wishes(
        "slurm",
        [
            {"mem_mb": 5},
            {"mem_mb": "<TBD>"},
            {"runtime": 3},
            {"slurm_account": "nope, good", "slurm_partition": "long"},
        ],
    )
    assert sorted((tmp_path / "asked").read_text().splitlines()) == [
        "--test-only --account=good --partition=long --wrap=true",
        "--test-only --account=nope --partition=long --wrap=true",
        "--test-only --time=3 --mem=5 --wrap=true",
    ]
    said = r"slurm_partition: nope: SLURM takes no such jobs \(invalid partition specified: nope\); correct it in the"
    with pytest.raises(InputError, match=said):
        check_wishes("slurm", [{"slurm_partition": "nope"}])
    check_wishes("local", [{"slurm_partition": "nope"}])
