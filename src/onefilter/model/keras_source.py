"""What is read of a Keras file: the JSON that describes the layers, and the arrays of single layers. Nothing else.

Two containers are known, told apart by their first bytes: HDF5 (``.h5``; Keras 2.2 to 3) and the zip of Keras 3
(``.keras``), which holds ``config.json`` and an HDF5 file of weights. Both may come from anybody. So nothing is
executed or unpacked; of HDF5, only hard links are followed, data must lie in the file itself, and sizes are checked
before anything is read. Whatever a damaged file makes h5py or zipfile raise becomes one line.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from onefilter.errors import InputError
from onefilter.files import is_there
from onefilter.model.card import LARGEST
from onefilter.model.fields import parse_json, plain, reason
from onefilter.text import check_itself

Floats = npt.NDArray[np.float64]

REMEDY: Final = "give a file that Keras' model.save() wrote, of one-dimensional convolutions"
_AGAIN: Final = "download or copy it again"
_FAULTS: Final = (
    OSError, RuntimeError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError, MemoryError,
    SystemError, EOFError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What h5py and zipfile raise for damaged files."""
_LARGEST_FILE: Final = 64_000_000
_LARGEST_TEXT: Final = 4_000_000
_SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"
_GLOBAL: Final = b"GCOL\1"
_HEAPS: Final = (_GLOBAL, b"HEAP\0")
"""Heads of HDF5's global and local heaps, and their version; three bytes behind it are eight of size."""
_MEMBERS: Final = ("metadata.json", "config.json", "model.weights.h5")
"""What Keras 3 writes into a zip, besides a folder ``assets``."""
_CONTAINERS: Final = ("layers", "_layer_checkpoint_dependencies")
"""The group that holds the layers of a zip's weights, in Keras 3 and in 2.12."""
_KINDS: Final = {"0": "kernel", "1": "bias"}
"""Names of a layer's arrays in a zip."""
_MOST: Final = 100
"""Groups and arrays that a layer may have."""


@dataclass(frozen=True)
class Source:
    """An open Keras file.

    Attributes:
        path: Where it is, for messages.
        config: The description of the model, any JSON.
        group: The HDF5 group that holds the layers.
        zipped: Whether layers go by their kind and number there, as in a zip, and not by their names.
    """

    path: Path
    config: Any
    group: Any
    zipped: bool

    def keys(self, names: Sequence[str], kinds: Sequence[str]) -> list[str]:
        """Tell under which key each layer's arrays are kept.

        Args:
            names: Names of all layers, in order.
            kinds: Their kinds, as in Conv1D.
        """
        if not self.zipped:
            return list(names)
        snakes = [_snake(kind) for kind in kinds]
        counts = [snakes[:place].count(snake) for place, snake in enumerate(snakes)]
        return [f"{snake}_{count}" if count else snake for snake, count in zip(snakes, counts, strict=True)]

    def arrays(self, key: str) -> dict[str, Floats]:
        """Read one layer's arrays by their last name, ``kernel`` and ``bias``; empty if there is none.

        Raises:
            InputError: If they are elsewhere, too large, no numbers, or damaged.
        """
        with _told(self.path):
            group = self.group
            for part in key.split("/"):
                group = _follow(self.path, group, part) if hasattr(group, "keys") else None
                if group is None:
                    return {}
            arrays: dict[str, Floats] = {}
            for name, dataset in _datasets(self.path, group):
                kind = name.partition(":")[0]
                kind = _KINDS.get(kind, kind) if self.zipped else kind
                if kind in arrays:
                    raise InputError(f"layer {plain(key)} has two arrays {plain(kind)}", file=self.path, remedy=REMEDY)
                arrays[kind] = _numbers(self.path, f"{plain(key)}/{plain(kind)}", dataset)
            return arrays

    def held(self) -> list[str]:
        """List the first keys under which there are arrays."""
        with _told(self.path):
            names = list(islice(self.group, _MOST))
        return [name for name in names if self.arrays(name)][:3]


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """Open a Keras file of either kind.

    Raises:
        InputError: If it is none, is damaged, or something in it is not as Keras writes it.
    """
    try:
        import h5py
    except ImportError as error:
        raise InputError("cannot be read without h5py", file=path, remedy="pip install 'onefilter[keras]'") from error
    if not is_there(path):
        raise InputError("no such file", file=path, remedy="`dvc pull` fetches the published ones")
    with _told(path):
        if path.stat().st_size > _LARGEST_FILE:
            raise InputError(f"is larger than {_LARGEST_FILE // 1_000_000} MB", file=path, remedy=REMEDY)
        weights, config = path.read_bytes(), None
        if zipped := weights.startswith(b"PK\3\4"):
            config, weights = _unzip(path, weights)
        if not weights.startswith(_SIGNATURE):
            check_itself(weights[:64], file=path)
            raise InputError("is neither an HDF5 file nor a .keras zip", file=path, remedy=REMEDY)
        _check_heaps(path, weights)
        content = h5py.File(io.BytesIO(weights), "r")
    try:
        with _told(path):
            if config is None:
                config = _attribute(path, content)
            group = _layers(path, content, _CONTAINERS if zipped else ("model_weights",))
        try:
            description = parse_json(config)
        except ValueError as error:
            what = f"model_config cannot be understood ({reason(error)})"
            raise InputError(what, file=path, remedy=REMEDY) from error
        yield Source(path, description, group, zipped)
    finally:
        with _told(path):
            content.close()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say in one line what a library raises for a damaged file."""
    try:
        yield
    except InputError:
        raise
    except _FAULTS as error:
        what = "is cut off" if "truncated file" in str(error) else "is damaged"
        raise InputError(f"{what} ({reason(error)})", file=path, remedy=_AGAIN) from error


def _unzip(path: Path, content: bytes) -> tuple[str, bytes]:
    """Read the description and the weights out of a zip; nothing is written anywhere."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.infolist():
            if member.filename not in _MEMBERS and not member.filename.startswith("assets/"):
                what = f"has a member {plain(member.filename)}, which Keras does not write"
                raise InputError(what, file=path, remedy=REMEDY)
        text = _member(path, archive, "config.json", _LARGEST_TEXT).decode("utf-8")
        return text, _member(path, archive, "model.weights.h5", _LARGEST_FILE)


def _check_heaps(path: Path, content: bytes) -> None:
    """Refuse heaps and texts that do not fit: HDF5 takes memory for any size, and loops over empty objects for ever."""
    for head in _HEAPS:
        for place in _places(content, head):
            end = place + _number_at(content, place + 8)
            if end > len(content) or (head == _GLOBAL and not _fits(content, place + 16, end)):
                raise InputError("is damaged or cut off (a heap beyond its end)", file=path, remedy=_AGAIN)
    for name in _places(content, b"model_config\0"):
        if _text_length(content, name) > len(content):
            raise InputError("is damaged (model_config is longer than the file)", file=path, remedy=_AGAIN)


def _text_length(content: bytes, name: int) -> int:
    """Tell how long the text of an attribute says to be, given where the attribute's name begins.

    In front of the name are version, flags, and the sizes of name, type and space, two bytes each; version 3 has a byte
    more. Behind it are type, space and value, in eights in version 1. The value is the text's length, and its place in
    a heap, if the type is of class 9; else it is the text, which the attribute holds whole.
    """
    version = content[name - 8] if content[name - 8] in (1, 2) else 3
    sizes = name - (7 if version == 3 else 6)
    each = 8 if version == 1 else 1
    ends = [name]
    for place in range(sizes, sizes + 6, 2):
        ends.append(ends[-1] + -(-int.from_bytes(content[place : place + 2], "little") // each) * each)
    kind = content[ends[1] : ends[1] + 1]
    return int.from_bytes(content[ends[3] : ends[3] + 4], "little") if kind and kind[0] & 15 == 9 else 0


def _places(content: bytes, part: bytes) -> Iterator[int]:
    """Give all places where a part is."""
    place = content.find(part)
    while place >= 0:
        yield place
        place = content.find(part, place + 1)


def _fits(content: bytes, place: int, end: int) -> bool:
    """Tell whether the objects of a global heap fill it: index, count and 4 bytes, size, and the data in eights."""
    while place + 16 <= end:
        size = _number_at(content, place + 8)
        free = content[place : place + 2] == b"\0\0"
        place += size if free else 16 + (size + 7) // 8 * 8
        if place > end or (free and size < 16):
            return False
    return True


def _number_at(content: bytes, place: int) -> int:
    """Read eight bytes as HDF5 writes a size."""
    return int.from_bytes(content[place : place + 8], "little")


def _member(path: Path, archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """Read one member, if it is there once, plain, and not larger than allowed."""
    found = [member for member in archive.infolist() if member.filename == name]
    if len(found) != 1:
        raise InputError(f"has {len(found)} members {name}, not one", file=path, remedy=REMEDY)
    member = found[0]
    if member.flag_bits & 1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InputError(f"{name} is encrypted or packed in a way that Keras does not use", file=path, remedy=REMEDY)
    if member.file_size > most:
        raise InputError(f"{name} is larger than {most // 1_000_000} MB when unpacked", file=path, remedy=REMEDY)
    with archive.open(member) as stream:
        return stream.read(most)


def _attribute(path: Path, content: Any) -> str:
    """Read the description out of an HDF5 file."""
    import h5py

    if "model_config" not in content.attrs:
        raise InputError("has no model_config: it holds weights without a model", file=path, remedy=REMEDY)
    attribute = content.attrs.get_id("model_config")
    text = h5py.check_string_dtype(attribute.dtype)
    if text is None or attribute.shape != () or attribute.dtype.itemsize > _LARGEST_TEXT:
        raise InputError("model_config is not a text", file=path, remedy=REMEDY)
    value = content.attrs["model_config"]
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def _layers(path: Path, content: Any, names: Sequence[str]) -> Any:
    """Find the group that holds the layers."""
    for name in names:
        group = _follow(path, content, name)
        if group is not None and hasattr(group, "keys"):
            return group
    raise InputError(f"holds no {names[0]}", file=path, remedy=REMEDY)


def _follow(path: Path, group: Any, name: str) -> Any:
    """Give a member of a group, None if there is none; links that lead elsewhere are refused."""
    import h5py

    key = name.encode()
    if not name or name == "." or b"\0" in key or not group.id.links.exists(key):
        return None
    if group.id.links.get_info(key).type != h5py.h5l.TYPE_HARD:
        raise InputError(f"{plain(name)} is a link to somewhere else, which is not followed", file=path, remedy=REMEDY)
    return group[name]


def _datasets(path: Path, group: Any) -> Iterator[tuple[str, Any]]:
    """Give the datasets within a group and the groups in it, by their last name."""
    import h5py

    remaining, seen = [group], 0
    while remaining:
        group = remaining.pop()
        seen += len(group) if isinstance(group, h5py.Group) else _MOST + 1
        if seen > _MOST:
            raise InputError("a layer's weights are not grouped as Keras does", file=path, remedy=REMEDY)
        for name in list(group):
            item = _follow(path, group, name)
            if isinstance(item, h5py.Dataset):
                yield name, item
            else:
                remaining.append(item)


def _numbers(path: Path, name: str, dataset: Any) -> Floats:
    """Read a dataset whose data lie in the file, plainly, and are not too many."""
    from h5py import h5d, h5z

    layout = dataset.id.get_create_plist()
    if layout.get_external_count() or layout.get_layout() not in (h5d.COMPACT, h5d.CONTIGUOUS, h5d.CHUNKED):
        raise InputError(f"the numbers of {name} lie in other files, which are not read", file=path, remedy=REMEDY)
    known = {h5z.FILTER_DEFLATE, h5z.FILTER_SHUFFLE, h5z.FILTER_FLETCHER32}
    filters = {layout.get_filter(number)[0] for number in range(layout.get_nfilters())}
    if dataset.dtype.kind != "f" or dataset.dtype.itemsize > 8 or not filters <= known:
        raise InputError(
            f"{name} is not an array of plain numbers ({plain(str(dataset.dtype))})", file=path, remedy=REMEDY
        )
    for size in (dataset.size, int(np.prod(dataset.chunks or (), dtype=object))):
        if size is None or not 0 < size <= LARGEST:
            what = f"{name} holds {plain(size)} numbers, 1 to {LARGEST} can be read"
            raise InputError(what, file=path, remedy=REMEDY)
    if not dataset.id.get_storage_size():
        raise InputError(f"{name} holds no data", file=path, remedy=_AGAIN)
    with np.errstate(all="ignore"):  # What is not finite is refused by those who ask.
        return np.asarray(dataset[()], dtype=np.float64)


def _snake(kind: str) -> str:
    """Write a kind of layer as Keras names it in a zip: TimeDistributed is time_distributed, Conv1D conv1d."""
    spaced = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", kind))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", spaced).lower()
