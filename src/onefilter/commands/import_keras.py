"""What `onefilter import-keras` does: a Keras file in, a model file out."""

from pathlib import Path

from onefilter.commands.inspect import describe
from onefilter.errors import InputError
from onefilter.files import check_outputs, write_standard_output
from onefilter.model.card import Target
from onefilter.model.fields import checked
from onefilter.model.file import write_model
from onefilter.model.keras_file import PUBLISHED_SETS, import_keras
from onefilter.text import read_lines


def import_file(
    file: Path,
    out: Path,
    *,
    target: str,
    delay: float,
    features: str | None,
    window: float,
    hop: float,
    corpus: str,
    force: bool = False,
) -> None:
    """Write the model file and say what it is."""
    try:
        checked(target, Target)
    except ValueError as error:
        raise InputError(f"--target: {error}") from error
    if out.suffix != ".safetensors":
        raise InputError(f"unknown ending {out.suffix!r}", file=out, remedy="use .safetensors")
    listed = None if features is None or features in PUBLISHED_SETS else Path(features)
    check_outputs([out], inputs=[file, listed], force=force)
    names = None if features is None else _names(features)
    model = import_keras(file, target=target, delay=delay, features=names, window=window, hop=hop, corpus=corpus)
    write_model(out, model)
    write_standard_output(f"{describe(out)}\n")


def _names(features: str) -> list[str]:
    """Give the inputs of a published set by its name, or those that a file lists."""
    if features in PUBLISHED_SETS:
        return list(PUBLISHED_SETS[features])
    return read_lines(Path(features), missing=f"give {', '.join(PUBLISHED_SETS)}, or a text file, one name per line")
