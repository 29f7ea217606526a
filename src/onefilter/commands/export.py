"""What `onefilter export` does: a model file in, the same model in another format out."""

from pathlib import Path

from onefilter.errors import InputError
from onefilter.files import check_outputs, write_bytes, write_standard_output
from onefilter.model.file import read_any_model
from onefilter.model.onnx_file import export_onnx
from onefilter.text import printable


def export(path: Path, *, onnx: Path, force: bool = False) -> None:
    """Write a model as ONNX and say what goes in and out."""
    if onnx.suffix != ".onnx":
        raise InputError(f"unknown ending {onnx.suffix!r}", file=onnx, remedy="use .onnx")
    check_outputs([onnx], inputs=[path], force=force)
    model = read_any_model(path)
    write_bytes(onnx, export_onnx(model))
    card = model.card
    said = (
        f"{onnx}: features [steps, {len(card.features)}] -> affect [steps] ({card.target});"
        f" windows of {card.window:g} s, {card.alignment}, one every {card.hop:g} s"
    )
    write_standard_output(f"{printable(said)}\n")
