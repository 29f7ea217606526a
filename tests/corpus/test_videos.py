"""How OpenFace is started, and what is said where it cannot be."""

from pathlib import Path

import pytest

from onefilter.corpus.own import read_recordings
from onefilter.corpus.videos import command, find_program
from onefilter.errors import InputError
from onefilter.names import GAZE, SIGNALS
from onefilter.settings import OpenFace

HEADER = "recording\tculture\tpartition\topenface\tvideo\n"


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the PATH that holds what is said to be OpenFace and Apptainer."""
    for name in ("FeatureExtraction", "apptainer"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_the_program_itself(tools: Path) -> None:
    """The video, where to write, and what is wanted; paths are whole, so that none looks like an option."""
    found = command(Path("-f.mp4"), Path("out"), settings=OpenFace(), signals=[*SIGNALS, *GAZE])
    assert found == [str(tools / "FeatureExtraction"), "-f", str(Path.cwd() / "-f.mp4"), "-out_dir",
                     str(Path.cwd() / "out"), "-of", "frames", "-aus", "-gaze"]  # fmt: skip


def test_a_container(tools: Path) -> None:
    """The video's folder is bound to be read, the other to be written; nothing else is there."""
    settings = OpenFace(program="/opt/FeatureExtraction", image="docker://someone/openface:2.2")
    found = command(tools / "a b.mp4", tools / "out", settings=settings, signals=SIGNALS)
    assert found == [
        "apptainer", "exec", "--containall", "--bind", f"{tools}:/video:ro", "--bind", f"{tools}/out:/frames",
        "docker://someone/openface:2.2", "/opt/FeatureExtraction", "-f", "/video/a b.mp4", "-out_dir", "/frames",
        "-of", "frames", "-aus",
    ]  # fmt: skip
    with pytest.raises(InputError, match="has a colon or a comma, which containers cannot be given; rename the folder"):
        command(tools / "a:b" / "v.mp4", tools, settings=settings, signals=SIGNALS)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (OpenFace(), "there is no FeatureExtraction, which videos need; install OpenFace 2.2"),
        (OpenFace(image="docker://x"), "there is no apptainer or singularity, which start containers; install Appt"),
    ],
)
def test_what_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: OpenFace, expected: str) -> None:
    """One line with what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=expected):
        find_program(settings)


def test_an_image_that_is_not_there(tools: Path) -> None:
    """A path that leads nowhere is said, an address is taken as it is."""
    with pytest.raises(InputError, match=r"there is no nowhere\.sif; correct the path"):
        find_program(OpenFace(image="nowhere.sif"))
    assert find_program(OpenFace(image="docker://x")) == "apptainer"


def test_a_program_that_may_not_be_started(tmp_path: Path) -> None:
    """It is there, so nothing has to be installed."""
    path = tmp_path / "FeatureExtraction"
    path.write_text("#!/bin/sh\n")
    with pytest.raises(InputError, match=r"is there, but is no program that may be started; chmod \+x "):
        find_program(OpenFace(program=str(path)))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("a\town\tunlabelled\ta.csv\ta.mp4\n", "row 2, column video: is there beside openface; name a CSV"),
        ("a\town\tunlabelled\t\t\n", "row 2, column video: there is neither openface nor video; name a CSV"),
        ("a\town\tunlabelled\t\tv.mp4\nb\town\tunlabelled\t\tv.mp4\n",
         r"row 3, column video: 'v\.mp4' is the file of recording 'a' already; give every recording a file of its own"),
        ("a\town\tunlabelled\t\t.\n", r"row 2, column video: '\.' is a folder; name the video within"),
        ("a\town\tunlabelled\t\t{x}.mp4\n", "row 2, column video: '{x}.mp4' has braces in it"),
    ],
)  # fmt: skip
def test_bad_tables(tmp_path: Path, rows: str, expected: str) -> None:
    """Frames come from one place, and a video is of one recording."""
    path = tmp_path / "own.tsv"
    path.write_text(HEADER + rows)
    with pytest.raises(InputError, match=expected):
        read_recordings(path, cultures=["own"])
