"""A model as ONNX: features [steps, F] in, affect [steps] out, for runtimes that know nothing of onefilter.

The graph is one convolution with zeros outside the recording (the folded filter), or what a ReLU or several
layers need; features are computed by the caller, at the window and hop that the metadata name.
"""

import json
from dataclasses import asdict
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from onefilter import __version__
from onefilter.errors import InputError
from onefilter.model.card import Model, Stack

Floats = npt.NDArray[np.float64]

OPSET: Final = 17
"""Version of ONNX's operators; runtimes since 2022 know it."""
IR_VERSION: Final = 8


def export_onnx(model: Model | Stack) -> bytes:
    """Give the bytes of an ONNX file.

    Args:
        model: Of one filter or of several layers.

    Returns:
        A model with the input ``features`` [steps, F] and the output ``affect`` [steps], both float32; metadata under
        ``onefilter`` are the model file's.

    Raises:
        InputError: If the package onnx is not there.
    """
    try:
        import onnx
        from onnx import TensorProto, helper, numpy_helper
    except ImportError as error:
        raise InputError("ONNX cannot be written without onnx", remedy="pip install 'onefilter[onnx]'") from error
    if model.card.normalise != "none":
        raise InputError(
            f"the model sees features relative to the {model.card.normalise}, which a graph of single steps cannot say",
            remedy="train one with features.normalise: none",
        )
    nodes: list[Any] = [
        helper.make_node("Transpose", ["features"], ["turned"], perm=[1, 0]),
        helper.make_node("Unsqueeze", ["turned", "front"], ["values.0"]),
    ]
    constants = [numpy_helper.from_array(np.array([0], dtype=np.int64), "front")]
    layers = _layers(model)
    for number, (weight, bias, left, relu) in enumerate(layers):
        taps = len(weight)
        tensors = {f"weight.{number}": weight.transpose(2, 1, 0), f"bias.{number}": bias}
        constants += [
            numpy_helper.from_array(np.ascontiguousarray(tensor, dtype=np.float32), name)
            for name, tensor in tensors.items()
        ]
        outputs = f"filtered.{number}" if relu else f"values.{number + 1}"
        nodes.append(helper.make_node("Conv", [f"values.{number}", *tensors], [outputs], pads=[left, taps - 1 - left]))
        if relu:
            nodes.append(helper.make_node("Relu", [outputs], [f"values.{number + 1}"]))
    constants.append(numpy_helper.from_array(np.array([0, 1], dtype=np.int64), "both"))
    nodes.append(helper.make_node("Squeeze", [f"values.{len(layers)}", "both"], ["affect"]))
    graph = helper.make_graph(
        nodes,
        f"onefilter {model.card.target}",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["steps", len(model.card.features)])],
        [helper.make_tensor_value_info("affect", TensorProto.FLOAT, ["steps"])],
        constants,
    )
    whole = helper.make_model(
        graph,
        producer_name="onefilter",
        producer_version=__version__,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    helper.set_model_props(whole, {"onefilter": json.dumps(asdict(model.card) | {"scores": dict(model.card.scores)})})
    onnx.checker.check_model(whole)
    content: bytes = whole.SerializeToString()
    return content


def _layers(model: Model | Stack) -> list[tuple[Floats, Floats, int, bool]]:
    """Kernel [K, inputs, outputs], bias, steps of the past and whether a ReLU follows, of each layer."""
    if isinstance(model, Stack):
        return [(layer.weight, layer.bias, layer.left, layer.relu) for layer in model.layers]
    if model.card.activation == "linear":
        return [(model.filter[:, :, None], np.array([model.offset]), model.card.left, False)]
    kernel, head = model.weight.astype(np.float64)[:, :, None], np.full((1, 1, 1), model.head_weight)
    return [(kernel, np.array([model.bias]), model.card.left, True), (head, np.array([model.head_bias]), 0, False)]
