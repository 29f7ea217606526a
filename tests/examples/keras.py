"""Keras files, written as Keras 2.2 does."""

import json
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


def draw(*shape: int, seed: int = 1) -> Floats:
    """Weights in single precision."""
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32).astype(float)
