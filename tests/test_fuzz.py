"""A short campaign over every kind of input, and what the campaign takes for a failure."""

import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from benchmarks.fuzz import ACCEPTED, FAILED, REFUSED, answer, drawn
from benchmarks.kinds import Kind, Seed, Wrong, check_said, prepare
from benchmarks.mutators import of_bytes

from onefilter.errors import InputError

COUNT = 150
"""Inputs of each kind."""
NAMES = ("openface", "live", "turns", "labels", "annotations", "predictions", "tables", "sewa", "tools",
         "configuration", "claims", "scores", "summary", "safetensors", "h5", "keras")  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder in which inputs are read."""
    return tmp_path_factory.mktemp("fuzz") / "inputs"


@pytest.fixture(scope="module")
def kinds(folder: Path) -> Iterator[dict[str, Kind]]:
    """Give all kinds."""
    with pytest.MonkeyPatch.context() as patch:
        found = prepare(folder)
        patch.chdir(folder)
        yield found


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_changed_inputs(kinds: dict[str, Kind], capfd: pytest.CaptureFixture[str], name: str) -> None:
    """Each is read, or refused in one short line; nothing else is printed. Some are read, and some refused."""
    found = Counter[str]()
    for number in range(COUNT):
        outcome = answer(kinds[name], name, seed=7, number=number)
        assert outcome.what != FAILED, f"python -m benchmarks.fuzz {name} --seed 7 --only {number}: {outcome.said}"
        found[outcome.what] += 1
    assert min(found[ACCEPTED], found[REFUSED]) > 3
    assert capfd.readouterr() == ("", "")


def test_all_kinds_are_known(kinds: dict[str, Kind]) -> None:
    """This file's list is the campaign's; good files are accepted, and inputs follow from seed and number alone."""
    assert tuple(kinds) == NAMES
    left_out = Counter[str]()
    for name, kind in kinds.items():
        for seed in kind.seeds:
            same = Kind([seed._replace(mutator=lambda content, _: content)], kind.read)
            # Readers draw options, and some do not fit.
            left_out[name] += not any(answer(same, name, seed=1, number=one).what == ACCEPTED for one in range(12))
        inputs = [drawn(kind, name, seed=1, number=number)[:2] for number in range(20)]
        assert inputs == [drawn(kind, name, seed=1, number=number)[:2] for number in range(20)]
        assert len(set(inputs)) > 10
    # Overlays whose recordings or models are not there.
    assert +left_out == {"configuration": 3}


def _warns(_path: Path, _rng: np.random.Generator) -> None:
    warnings.warn("overflow", RuntimeWarning, stacklevel=1)


def _raises(error: BaseException) -> Callable[[Path, np.random.Generator], None]:
    def read(_path: Path, _rng: np.random.Generator) -> None:
        raise error

    return read


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (_raises(KeyError("x")), "KeyError: 'x'"),
        (_raises(MemoryError()), "MemoryError"),
        (_raises(Wrong("predicts what is not finite")), "not finite"),
        (_warns, "RuntimeWarning: overflow"),
    ],
)  # fmt: skip
def test_what_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Callable[[Path, np.random.Generator], None], expected: str
) -> None:
    """Other exceptions, warnings, and what is read wrongly."""
    monkeypatch.chdir(tmp_path)
    outcome = answer(Kind([Seed("x", b"x", of_bytes)], read), "x", seed=1, number=1)
    assert outcome.what == FAILED
    assert expected in outcome.said


def test_messages_that_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long ones, and those with control characters; one line of 500 characters is a refusal."""
    monkeypatch.chdir(tmp_path)
    for text, expected in (("x" * 500, REFUSED), ("x" * 501, FAILED), ("\x1b[2J", FAILED), ("a\nb", FAILED)):
        error = InputError("x")
        error.args = (text,)
        assert answer(Kind([Seed("x", b"x", of_bytes)], _raises(error)), "x", seed=1, number=1).what == expected
    for text in ("x" * 501, "a\x1b"):
        with pytest.raises(Wrong):
            check_said(f"fine\n{text}")
