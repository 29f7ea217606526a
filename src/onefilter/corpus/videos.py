"""Videos: how OpenFace is started on one, and what it leaves.

OpenFace's ``FeatureExtraction -f VIDEO -out_dir FOLDER -of NAME`` writes ``FOLDER/NAME.csv``, one row per frame, and
``NAME_of_details.txt`` (its documentation: Command line arguments, Output Format). ``-aus`` asks for action units,
``-pose`` and ``-gaze`` for where the head is and where the eyes look; nothing else is written, no picture above all.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from onefilter.corpus.openface_format import columns_of
from onefilter.errors import InputError
from onefilter.files import is_there
from onefilter.names import GAZE, POSE
from onefilter.settings import FILE, OpenFace

ENDINGS: Final = (".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv")
"""Of videos, when a folder is looked at."""
NAME: Final = "frames"
"""What OpenFace's files are called while it works."""
STARTERS: Final = ("apptainer", "singularity")
"""Programs that start containers, the first that is there."""
WHERE: Final = "github.com/TadasBaltrusaitis/OpenFace"
_LONGEST: Final = 100_000
"""Bytes of a row."""
_IMAGE: Final = "://"
"""What a container's address has in it, and a file's path has not."""


def command(video: Path, folder: Path, *, settings: OpenFace, signals: Sequence[str]) -> list[str]:
    """Give the command that starts OpenFace on a video.

    Args:
        video: The video.
        folder: Where it writes.
        settings: Which program, in which container.
        signals: What is to be in the CSV.

    Raises:
        InputError: If the program or the container is not there, or a container cannot be given the video.
    """
    starter = find_program(settings)
    video, folder = video.absolute(), folder.absolute()
    wanted = ["-aus", *["-pose"] * bool(set(POSE) & set(signals)), *["-gaze"] * bool(set(GAZE) & set(signals))]
    if settings.image is None:
        return [starter, "-f", str(video), "-out_dir", str(folder), "-of", NAME, *wanted]
    for path in (video.parent, folder):
        if set(str(path)) & set(":,"):
            what = "is in a folder whose name has a colon or a comma, which containers cannot be given"
            raise InputError(what, file=video, remedy="rename the folder")
    image = settings.image if _IMAGE in settings.image else str(Path(settings.image).absolute())
    binds = ["--bind", f"{video.parent}:/video:ro", "--bind", f"{folder}:/frames"]
    within = [settings.program, "-f", f"/video/{video.name}", "-out_dir", "/frames", "-of", NAME, *wanted]
    return [starter, "exec", "--containall", *binds, image, *within]


def fault_of(table: Path, signals: Sequence[str]) -> str:
    """Say what is wrong with the CSV that OpenFace left, as far as its first two rows tell; empty if nothing is.

    Args:
        table: The CSV, which need not be there.
        signals: What is to be in it.
    """
    if not table.is_file():
        return "wrote no CSV"
    with table.open("rb") as file:
        header, frame = file.readline(_LONGEST), file.readline(_LONGEST)
    if not header.strip():
        return "wrote an empty CSV"
    try:
        columns_of(header, file=table.name, signals=signals)
    except InputError as error:
        return f"wrote what is no table of its own ({error})"
    return "" if frame.strip() else "wrote a header and no frame"


def find_program(settings: OpenFace) -> str:
    """Find what is started: OpenFace, or what starts its container.

    Raises:
        InputError: If it is not there, with what to install.
    """
    if settings.image is not None:
        starter = next((name for name in STARTERS if shutil.which(name)), None)
        if starter is None:
            what = f"corpus.openface.image: there is no {' or '.join(STARTERS)}, which start containers"
            raise InputError(what, file=FILE, remedy="install Apptainer (apptainer.org), or OpenFace itself")
        if _IMAGE not in settings.image and not is_there(Path(settings.image)):
            what = f"corpus.openface.image: there is no {settings.image}"
            raise InputError(what, file=FILE, remedy="correct the path, or give an address such as docker://…")
        return starter
    found = shutil.which(settings.program)
    given = Path(settings.program)
    if found is None and is_there(given):
        what = f"corpus.openface.program: {settings.program} is there, but is no program that may be started"
        raise InputError(what, file=FILE, remedy=f"chmod +x {settings.program}, if it is OpenFace's FeatureExtraction")
    if found is None:
        raise InputError(
            f"corpus.openface.program: there is no {settings.program}, which videos need",
            file=FILE,
            remedy=f"install OpenFace 2.2 ({WHERE}), give the path of its FeatureExtraction, or an image that has it",
        )
    return found
