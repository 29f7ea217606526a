"""Tensors that lie in a file: read where they are used, let go afterwards, so that memory does not grow with them."""

import math
import mmap
import os
import tempfile
from typing import Final

import torch
from torch import Tensor

from onefilter.errors import InputError

_LET_GO: Final = getattr(mmap, "MADV_DONTNEED", None)
_ALIGNED: Final = 64
"""Bytes; where tensors begin."""


class Shelf:
    """A temporary file, mapped into memory. It has no name, so that nothing is left of a killed process."""

    def __init__(self, *sizes: int) -> None:
        """Make room for tensors of these bytes.

        Raises:
            InputError: If there is not as much room on the disk.
        """
        room = sum(size + _ALIGNED for size in sizes)
        with tempfile.TemporaryFile() as file:
            try:
                # Room that is only promised would end the process when it is written to.
                os.posix_fallocate(file.fileno(), 0, room)
            except OSError as error:
                raise InputError(
                    f"{room / 1e9:.1f} GB for the recordings' spectra are not there ({error.strerror})",
                    file=tempfile.gettempdir(),
                    remedy="make room, or set TMPDIR to a folder on another disk",
                ) from error
            self._map = mmap.mmap(file.fileno(), room)
        self._end = 0

    def put(self, tensor: Tensor) -> Tensor:
        """Write a tensor to the file; give it as it lies there."""
        start = math.ceil(self._end / _ALIGNED) * _ALIGNED
        self._end = start + tensor.numel() * tensor.element_size()
        kept = torch.frombuffer(self._map, dtype=tensor.dtype, count=tensor.numel(), offset=start)
        return kept.reshape(tensor.shape).copy_(tensor)

    def let_go(self) -> None:
        """Free the memory that what was read or written takes; the file keeps it."""
        if _LET_GO is not None:
            self._map.madvise(_LET_GO)
