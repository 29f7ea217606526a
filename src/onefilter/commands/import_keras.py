"""What `onefilter import-keras` does: a Keras file in, a model file out."""

from pathlib import Path

from onefilter.commands.inspect import describe
from onefilter.errors import InputError, nearest
from onefilter.model.file import write_model
from onefilter.model.keras_file import import_keras
from onefilter.names import TARGETS


def import_file(file: Path, out: Path, *, target: str, delay: float, features: Path | None) -> None:
    """Write the model file and say what it is."""
    if target not in TARGETS:
        raise InputError(f"--target: unknown target {target!r}{nearest(target, TARGETS)}", remedy=", ".join(TARGETS))
    if out.suffix != ".safetensors":
        raise InputError(f"unknown ending {out.suffix!r}", file=out, remedy="use .safetensors")
    names = read_names(features) if features is not None else None
    write_model(out, import_keras(file, target=target, delay=delay, features=names))
    print(describe(out))


def read_names(path: Path) -> list[str]:
    """Read names of features, one per line; blank lines and ``#`` lines do not count."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read ({error})", file=path, remedy="give a text file") from error
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]
