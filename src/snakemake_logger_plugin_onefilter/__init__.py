"""Snakemake's terminal as onefilter shows it: `logger: onefilter` in a profile, or `snakemake --logger onefilter`.

Snakemake finds a plugin by the name of its package, which is why this one lies beside onefilter's.
"""

import logging
import os
import sys
from logging import ERROR, LogRecord
from types import TracebackType

from snakemake.logging import ColorizingTextHandler
from snakemake_interface_logger_plugins.base import LogHandlerBase

from onefilter.workflow.terminal import INTERRUPTED, Narrator, plainly


def _in_silence(unraisable: "sys.UnraisableHookArgs") -> None:
    """Say nothing of a second Ctrl-C, which comes while Python ends."""
    if not issubclass(unraisable.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)


class LogHandler(LogHandlerBase):
    """Writes what `Narrator` makes of a run; dry runs and verbose ones are shown as Snakemake shows them."""

    def __post_init__(self) -> None:
        """Choose the stream, and whether there is colour (https://no-color.org)."""
        settings = self.common_settings
        stream = sys.stdout if settings.stdout else sys.stderr
        self._plain = ColorizingTextHandler(nocolor=settings.nocolor or bool(os.environ.get("NO_COLOR")), stream=stream)
        as_ever = settings.dryrun or settings.verbose or settings.debug_dag or settings.printshellcmds
        self._narrator = None if as_ever else Narrator(colour=not self._plain.nocolor)
        if not settings.verbose:
            sys.excepthook, sys.unraisablehook = self._in_one_line, _in_silence
            # A second Ctrl-C ends Snakemake's logging before all is said.
            logging.lastResort = self

    def _in_one_line(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Say where Ctrl-C came while Snakemake read its files, or a second time, from which it makes a traceback."""
        if issubclass(kind, KeyboardInterrupt):
            sys.stderr.write(f"{self._narrator.interrupted if self._narrator else INTERRUPTED}\n")
        else:
            sys.__excepthook__(kind, error, trace)

    def emit(self, record: LogRecord) -> None:
        """Write one report."""
        if self._narrator is None:
            if record.levelno >= ERROR:
                record.msg, record.args = plainly(record.getMessage()), ()
            self._plain.setFormatter(self.formatter)
            self._plain.emit(record)
        elif line := self._narrator.line(record):
            self._plain.stream.write(f"{line}\n")
            self._plain.flush()

    @property
    def writes_to_stream(self) -> bool:
        """It takes the place of Snakemake's own terminal."""
        return True

    @property
    def writes_to_file(self) -> bool:
        """Snakemake keeps its own log."""
        return False

    @property
    def has_filter(self) -> bool:
        """Snakemake's own filter obeys --quiet."""
        return False

    @property
    def has_formatter(self) -> bool:
        """Snakemake's own format is used for dry runs."""
        return False

    @property
    def needs_rulegraph(self) -> bool:
        """Not needed."""
        return False
