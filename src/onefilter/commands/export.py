"""What `onefilter export` does: a model file in, the same model in another format out."""

from pathlib import Path

from onefilter.errors import InputError
from onefilter.files import write_bytes
from onefilter.model.file import read_any_model
from onefilter.model.onnx_file import export_onnx


def export(path: Path, *, onnx: Path) -> None:
    """Write a model as ONNX and say what goes in and out."""
    if onnx.suffix != ".onnx":
        raise InputError(f"unknown ending {onnx.suffix!r}", file=onnx, remedy="use .onnx")
    model = read_any_model(path)
    content = export_onnx(model)
    try:
        write_bytes(onnx, content)
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", file=onnx) from error
    card = model.card
    print(
        f"{onnx}: features [steps, {len(card.features)}] -> affect [steps] ({card.target});"
        f" windows of {card.window:g} s, {card.alignment}, one every {card.hop:g} s"
    )
