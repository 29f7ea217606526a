"""Let OpenFace follow the face in one video."""

import subprocess
import tempfile
from pathlib import Path

from onefilter.corpus.videos import NAME, command
from onefilter.errors import InputError
from onefilter.files import replacing
from onefilter.settings import OpenFace
from onefilter.workflow.step import PROGRESS, bind, logger

LAST = 5
"""Lines of OpenFace's that are shown if it fails."""


def run_openface(video: Path, signals: list[str], settings: OpenFace, frames: Path, recording: str) -> None:
    """Write OpenFace's CSV of a video; what OpenFace says goes to the log."""
    if not video.is_file():
        raise InputError("is no file", file=video, remedy="check the path in the recordings table")
    logger.log(PROGRESS, "%s: OpenFace goes through %s", recording, video)
    with tempfile.TemporaryDirectory(dir=frames.parent, prefix=f".{recording}-") as folder:
        started = command(video, Path(folder), settings=settings, signals=signals)
        logger.info("%s", " ".join(started))
        with subprocess.Popen(started, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                              encoding="utf-8", errors="replace") as process:  # fmt: skip
            said: list[str] = []
            assert process.stdout is not None
            for line in process.stdout:
                logger.info("%s", line.rstrip())
                said = [*said, line.strip()][-LAST:] if line.strip() else said
        table = Path(folder) / f"{NAME}.csv"
        if process.returncode or not table.is_file() or not table.stat().st_size:
            for line in said:
                logger.log(PROGRESS, "OpenFace: %s", line)
            ended = f"ended with code {process.returncode}" if process.returncode else "wrote no CSV"
            last = f"; its last words: {said[-1]}" if said else ""
            remedy = "see the log; can the video be played, and does FeatureExtraction -f VIDEO -aus work by hand?"
            raise InputError(f"OpenFace {ended}{last}", file=video, remedy=remedy)
        details = Path(folder) / f"{NAME}_of_details.txt"
        if details.is_file():
            logger.info("%s", details.read_text(encoding="utf-8", errors="replace"))
        with replacing(frames) as place:
            place.write_bytes(table.read_bytes())


bind(run_openface)
