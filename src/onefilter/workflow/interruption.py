"""The state of a training that may be interrupted: kept now and then, continued from, removed at the end."""

from onefilter.workflow.step import PROGRESS, logger

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from onefilter.files import write_bytes
from onefilter.tables import Pairs
from onefilter.training.learning import Learning, State
from onefilter.workflow.provenance import sources

Floats = npt.NDArray[np.float64]


def fingerprint(data: Sequence[Pairs], settings: Mapping[str, Any]) -> str:
    """Sum up data, settings and code in a few letters: only a training with the same ones may be continued.

    Args:
        data: Recordings for training and for development, as pairs of features [T, F] and labels [T].
        settings: Everything else that the training depends on; must be fit for JSON.
    """
    digest = hashlib.sha256(json.dumps({**settings, "torch": torch.__version__}, sort_keys=True).encode())
    for path in sources("onefilter.training.fit"):
        digest.update(path.read_bytes())
    for recordings in data:
        for features, labels in recordings:
            digest.update(features.tobytes())
            digest.update(labels.tobytes())
    return digest.hexdigest()


class Interruption:
    """Keeps the state of one training in a file."""

    def __init__(self, path: Path, fingerprint: str, *, every: float = 5.0) -> None:
        """Keep the state of the training with this fingerprint at `path`, at most every so many seconds."""
        self.path = path
        self.fingerprint = fingerprint
        self.every = every
        self.kept = time.monotonic()

    def keep(self, learning: Learning) -> None:
        """Write the state, if it is time."""
        if time.monotonic() - self.kept >= self.every:
            self.kept = time.monotonic()
            write_bytes(self.path, save(dict(learning.state()), metadata={"fingerprint": self.fingerprint}))

    def read(self) -> State | None:
        """Read the state that an interrupted training left, if it is one of this very training."""
        if not self.path.is_file():
            return None
        try:
            with safe_open(self.path, framework="pt") as content:
                if content.metadata() != {"fingerprint": self.fingerprint}:
                    logger.log(PROGRESS, "an interrupted training with other data, settings or code is not continued")
                    return None
                state = {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118
        except (SafetensorError, OSError) as error:
            logger.warning("the state of an interrupted training cannot be read (%s); training begins anew", error)
            return None
        logger.log(PROGRESS, "an interrupted training is continued from epoch %d", int(state["epoch"]))
        return state

    def remove(self) -> None:
        """Forget the state: the models are there."""
        self.path.unlink(missing_ok=True)
