"""Keras files, written as Keras 2.2 and Keras 3 do."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Layers = list[tuple[str, dict[str, Any], dict[str, Floats]]]


def conv(name: str, kernel: Floats, bias: Floats, **config: Any) -> tuple[str, dict[str, Any], dict[str, Floats]]:
    """A Conv1D as Keras describes it."""
    settings = {"name": name, "filters": kernel.shape[2], "kernel_size": [len(kernel)], "strides": [1],
                "padding": "same", "dilation_rate": [1], "activation": "linear", "use_bias": True}  # fmt: skip
    return "Conv1D", settings | config, {"kernel": kernel, "bias": bias}


def dense(name: str, kernel: Floats, bias: Floats, *, distributed: bool = True, **config: Any) -> Any:
    """A per-step Dense, within TimeDistributed or on its own."""
    settings = {"name": "dense_1", "units": kernel.shape[1], "activation": "linear"} | config
    if not distributed:
        return "Dense", settings | {"name": name}, {"kernel": kernel, "bias": bias}
    inner = {"class_name": "Dense", "config": settings}
    return "TimeDistributed", {"name": name, "layer": inner}, {"kernel": kernel, "bias": bias}


def activation(kind: str, name: str = "activation_1") -> Any:
    """An Activation layer."""
    return "Activation", {"name": name, "activation": kind}, {}


def write(path: Path, layers: Layers, *, kind: str = "Sequential", suffix: str = "", extra: Any = None) -> Path:
    """Write a file as Keras 2.2 does: JSON in an attribute, datasets below the layers' names."""
    described: list[dict[str, Any]] = []
    for class_name, config, _ in layers:
        described.append({"class_name": class_name, "name": config["name"], "config": config})
    if kind == "Model":
        first = {"class_name": "InputLayer", "name": "input_1", "config": {"name": "input_1"}, "inbound_nodes": []}
        names = ["input_1", *(layer["name"] for layer in described)]
        for layer, before in zip(described, names[:-1], strict=True):
            layer["inbound_nodes"] = [[[before, 0, 0, {}]]]
        inner: Any = {"name": "model_1", "layers": [first, *described]}
    else:
        inner = described if kind == "Sequential" else {"name": "sequential_1", "layers": described}
    with h5py.File(path, "w") as content:
        name = "Model" if kind == "Model" else "Sequential"
        content.attrs["model_config"] = json.dumps({"class_name": name, "config": inner} | (extra or {})).encode()
        for _, settings, weights in layers:
            group = content.create_group(f"model_weights/{settings['name']}")
            for key, values in weights.items():
                group[f"{settings['name']}{suffix}/{key}:0"] = values.astype(np.float32)
    return path


def described_by_keras_3(layers: Layers, kind: str) -> dict[str, Any]:
    """The JSON of Keras 3: an input layer first; in a functional model, each layer names the tensors that it reads."""
    first = {"batch_shape": [None, None, 37], "dtype": "float32", "name": "input_layer"}
    described: list[dict[str, Any]] = []
    for class_name, config, _ in [("InputLayer", first, {}), *layers]:
        layer: dict[str, Any] = {
            "module": "keras.layers",
            "class_name": class_name,
            "config": config,
            "registered_name": None,
        }
        if kind == "Functional":
            before = [described[-1]["name"]] if described else []
            tensors = [
                {"class_name": "__keras_tensor__", "config": {"shape": [None, None, 1], "keras_history": [name, 0, 0]}}
                for name in before
            ]
            layer |= {"name": config["name"]}
            layer |= {"inbound_nodes": [{"args": tensors, "kwargs": {"mask": None}}] if tensors else []}
        described.append(layer)
    inner: dict[str, Any] = {"name": "model", "trainable": True, "layers": described}
    if kind == "Functional":
        inner |= {"input_layers": [["input_layer", 0, 0]], "output_layers": [[described[-1]["name"], 0, 0]]}
    return {"module": "keras", "class_name": kind, "config": inner, "registered_name": kind}


def write_keras_3(path: Path, layers: Layers, *, kind: str = "Functional") -> Path:
    """Write an .h5 file as Keras 3 does."""
    with h5py.File(path, "w") as content:
        content.attrs["backend"], content.attrs["keras_version"] = "tensorflow", "3.4.1"
        content.attrs["model_config"] = json.dumps(described_by_keras_3(layers, kind))
        for _, settings, weights in layers:
            group = content.create_group(f"model_weights/{settings['name']}/{settings['name']}")
            for key, values in weights.items():
                group[key] = values.astype(np.float32)
    return path


def zip_keras_3(path: Path, layers: Layers, *, kind: str = "Functional", more: dict[str, bytes] | None = None) -> Path:
    """Write a .keras zip: layers go by their kind and number, arrays by theirs, those of wrapped layers within."""
    memory, seen = io.BytesIO(), list[str]()
    snakes = {"Conv1D": "conv1d", "Dense": "dense", "TimeDistributed": "time_distributed"}
    with h5py.File(memory, "w") as content:
        for class_name, _, weights in layers:
            snake = snakes.get(class_name, class_name.lower())
            key = snake + (f"_{seen.count(snake)}" if snake in seen else "")
            seen.append(snake)
            inner = "/layer" if class_name == "TimeDistributed" else ""
            for number, values in enumerate(weights.values()):
                content[f"layers/{key}{inner}/vars/{number}"] = values.astype(np.float32)
    members = {
        "metadata.json": b'{"keras_version": "3.4.1"}',
        "config.json": json.dumps(described_by_keras_3(layers, kind)).encode(),
        "model.weights.h5": memory.getvalue(),
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in (members | (more or {})).items():
            archive.writestr(zipfile.ZipInfo(name), data)  # Without the time of day, so that the bytes are the same.
    return path


def draw(*shape: int, seed: int = 1) -> Floats:
    """Weights in single precision."""
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32).astype(float)
