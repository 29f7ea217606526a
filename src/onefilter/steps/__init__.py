"""One function per rule, named like it: reads files, calls a room's pure functions, writes files.

A user's mistake ends a step with one line; anything else is a defect and shows its traceback.
"""

import functools
import logging
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from onefilter.errors import InputError

# Snakemake says by OMP_NUM_THREADS how many threads a rule may use; polars reads its own variable when it is imported,
# which is after this package.
if "OMP_NUM_THREADS" in os.environ:
    os.environ.setdefault("POLARS_MAX_THREADS", os.environ["OMP_NUM_THREADS"])

logger = logging.getLogger("onefilter")


def _log_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Write a warning to the log rather than to the terminal."""
    logger.debug("%s:%d: %s: %s", filename, lineno, category.__name__, message)


def step(function: Callable[..., None]) -> Callable[..., None]:
    """Give a step its log: what it says goes to the file and to the terminal, mistakes in one line."""

    @functools.wraps(function)
    def run(*, log: str, **arguments: Any) -> None:
        Path(log).parent.mkdir(parents=True, exist_ok=True)
        formatter = logging.Formatter("%(asctime)s %(message)s", datefmt="%H:%M:%S")
        handlers: list[logging.Handler] = [logging.FileHandler(log, mode="w"), logging.StreamHandler(sys.stderr)]
        for handler in handlers:
            handler.setFormatter(formatter)
            logger.addHandler(handler)
        handlers[1].setLevel(logging.INFO)
        logger.setLevel(logging.DEBUG)
        try:
            with warnings.catch_warnings():
                warnings.showwarning = _log_warning
                function(**arguments)
        except InputError as error:
            logger.error("%s", error)
            sys.exit(1)
        except Exception:
            logger.exception("%s failed", function.__name__)
            sys.exit(1)
        finally:
            for handler in handlers:
                logger.removeHandler(handler)
                handler.flush()
            handlers[0].close()

    return run
