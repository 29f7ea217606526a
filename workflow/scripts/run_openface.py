"""Let OpenFace follow the face in one video."""

from onefilter.workflow.step import PROGRESS, bind, logger

import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from onefilter.corpus.videos import NAME, command, fault_of
from onefilter.errors import InputError, plain
from onefilter.files import replacing
from onefilter.settings import Configuration

LAST = 5
"""Lines of OpenFace's that are shown if it fails."""
LONGEST = 1000
"""Characters of a line."""


def run_openface(video: Path, signals: list[str], frames: Path, recording: str, config: Configuration) -> None:
    """Write OpenFace's CSV of a video; what OpenFace says goes to the log."""
    if not video.is_file():
        raise InputError("is no file", file=video, remedy="check the path in the recordings table")
    logger.log(PROGRESS, "%s: OpenFace goes through %s", recording, video)
    with tempfile.TemporaryDirectory(dir=frames.parent, prefix=f".{recording}-") as folder:
        started = command(video, Path(folder), settings=config.corpus.openface, signals=signals)
        logger.info("%s", " ".join(started))
        with subprocess.Popen(started, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                              encoding="utf-8", errors="replace") as process:  # fmt: skip
            said: list[str] = []
            assert process.stdout is not None
            for line in process.stdout:
                line = plain(line.strip(), longest=LONGEST)
                logger.info("%s", line)
                said = [*said, line][-LAST:] if line else said
        table = Path(folder) / f"{NAME}.csv"
        if wrong := _ended(process.returncode) or fault_of(table, signals):
            for line in said:
                logger.log(PROGRESS, "OpenFace: %s", line)
            last = f"; its last words: {said[-1]}" if said else ""
            remedy = "see the log; can the video be played, and does FeatureExtraction -f VIDEO -aus work by hand?"
            raise InputError(f"OpenFace {wrong}{last}", file=video, remedy=remedy)
        details = Path(folder) / f"{NAME}_of_details.txt"
        if details.is_file():
            for line in details.read_text(encoding="utf-8", errors="replace").splitlines():
                logger.info("%s", plain(line, longest=LONGEST))
        with replacing(frames) as place:
            shutil.copyfile(table, place)


def _ended(code: int) -> str:
    """Say how OpenFace ended, unless it ended well."""
    if code < 0:
        return f"was ended by a signal ({signal.strsignal(-code) or -code})"
    return f"ended with code {code}" if code else ""


bind(run_openface)
