"""Arrays that lie in a file: read where they are used, let go afterwards, so that memory does not grow with them."""

import math
import mmap
import os
import tempfile
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from onefilter.errors import InputError

Number = TypeVar("Number", bound=np.generic)
_LET_GO: Final = getattr(mmap, "MADV_DONTNEED", None)
_ALIGNED: Final = 64
"""Bytes; where arrays begin."""


class Place(NamedTuple):
    """Where an array lies on a shelf: its first byte, and what it is."""

    start: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


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
        kept: npt.NDArray[Number] = self.at(self.lay(values))
        return kept

    def lay(self, values: npt.NDArray[Any]) -> Place:
        """Write an array to the file; say where it lies.

        Arrays that stay in memory, however small, keep it from being given back in whole pages: whoever computes large
        arrays to lay down, one after the other, takes them from there in the end (`at`).
        """
        place = Place(math.ceil(self._end / _ALIGNED) * _ALIGNED, values.shape, values.dtype)
        self._end = place.start + values.nbytes
        self.at(place)[...] = values
        return place

    def at(self, place: Place) -> npt.NDArray[Any]:
        """Give an array as it lies in the file. It may be changed."""
        size = math.prod(place.shape)
        return np.frombuffer(self._map, dtype=place.dtype, count=size, offset=place.start).reshape(place.shape)

    def let_go(self) -> None:
        """Free the memory that what was read or written takes; the file keeps it."""
        if _LET_GO is not None:
            self._map.madvise(_LET_GO)
