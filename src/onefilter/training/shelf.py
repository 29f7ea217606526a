"""Arrays that lie in a file: read where they are used, let go afterwards, so that memory does not grow with them."""

import math
import mmap
import os
import tempfile
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from onefilter.errors import InputError

Number = TypeVar("Number", bound=np.generic)
_LET_GO: Final = getattr(mmap, "MADV_DONTNEED", None)
_ALIGNED: Final = 64
"""Bytes; where arrays begin."""


class Shelf:
    """A temporary file, mapped into memory. It has no name, so that nothing is left of a killed process."""

    def __init__(self, *sizes: int) -> None:
        """Make room for arrays of these bytes.

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
                    f"{room / 1e9:.1f} GB for a temporary file are not there ({error.strerror})",
                    file=tempfile.gettempdir(),
                    remedy="make room, or set TMPDIR to a folder on another disk",
                ) from error
            self._map = mmap.mmap(file.fileno(), room)
        self._end = 0

    def put(self, values: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """Write an array to the file; give it as it lies there. It may be changed."""
        start = math.ceil(self._end / _ALIGNED) * _ALIGNED
        self._end = start + values.nbytes
        kept = np.frombuffer(self._map, dtype=values.dtype, count=values.size, offset=start).reshape(values.shape)
        kept[...] = values
        return kept

    def let_go(self) -> None:
        """Free the memory that what was read or written takes; the file keeps it."""
        if _LET_GO is not None:
            self._map.madvise(_LET_GO)
