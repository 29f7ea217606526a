"""What `onefilter import-keras` does: a Keras file in, a model file out."""

import re
from pathlib import Path

from onefilter.commands.inspect import describe
from onefilter.errors import InputError
from onefilter.files import check_outputs, write_standard_output
from onefilter.model.file import write_model
from onefilter.model.keras_file import import_keras
from onefilter.names import TARGET_NAME
from onefilter.text import read_lines, shown


def import_file(
    file: Path, out: Path, *, target: str, delay: float, features: Path | None, force: bool = False
) -> None:
    """Write the model file and say what it is."""
    if re.fullmatch(TARGET_NAME, target) is None:
        raise InputError(
            f"--target: {shown(target)} is not the name of a target", remedy="use small letters and _, as in valence"
        )
    if out.suffix != ".safetensors":
        raise InputError(f"unknown ending {out.suffix!r}", file=out, remedy="use .safetensors")
    check_outputs([out], inputs=[file, features], force=force)
    names = read_lines(features, missing="give a text file, one name per line") if features is not None else None
    write_model(out, import_keras(file, target=target, delay=delay, features=names))
    write_standard_output(f"{describe(out)}\n")
