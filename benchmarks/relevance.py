"""Measure relevance: all recordings and targets, and one recording against captum's loop over time steps.

python -m benchmarks.relevance results
"""

import resource
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import torch
from captum.attr import LRP
from captum.attr._utils.lrp_rules import EpsilonRule
from torch import nn

from onefilter.explanation.relevance import relevance
from onefilter.model.card import Model
from onefilter.model.file import read_model
from onefilter.model.prediction import predict


def by_captum(model: Model, inputs: np.ndarray, *, cut: bool) -> np.ndarray:
    """LRP-epsilon of every prediction, one after the other: on the whole recording, or on a window cut out for it."""
    convolution, head = nn.Conv1d(inputs.shape[1], 1, model.taps), nn.Conv1d(1, 1, 1)
    with torch.no_grad():
        convolution.weight.copy_(torch.from_numpy(np.ascontiguousarray(model.weight.T[None])))
        convolution.bias.fill_(model.bias)  # type: ignore[union-attr]
        head.weight.fill_(model.head_weight)
        head.bias.fill_(model.head_bias)  # type: ignore[union-attr]
    module = nn.Sequential(convolution, head)
    left = model.card.left
    padded = np.pad(inputs, ((left, model.taps - 1 - left), (0, 0))).T
    found = np.empty((len(inputs), *model.weight.shape), np.float32)
    for t in range(len(inputs)):
        for layer in module:
            layer.rule = EpsilonRule()
        part = padded[None, :, t : t + model.taps] if cut else padded[None]
        window = torch.from_numpy(part.astype(np.float32)).requires_grad_()
        attributed = LRP(module).attribute(window, target=(0, 0 if cut else t)).detach().numpy()[0].T
        found[t] = attributed if cut else attributed[t : t + model.taps]
    return found


def main() -> None:
    """Print seconds, ratios and memory."""
    results = Path(sys.argv[1])
    models = [read_model(path) for path in sorted(results.glob("models/*/best.safetensors"))]
    tables = [pl.read_parquet(path) for path in sorted(results.glob("features/*.parquet"))]
    recordings = [part for table in tables for part in table.partition_by("recording")]
    inputs = [
        [part.select(model.card.features).to_numpy().astype(np.float64) for part in recordings] for model in models
    ]
    longest = max(len(part) for part in recordings)
    buffer = np.empty((longest, *models[0].weight.shape), np.float32)
    begun = time.perf_counter()
    checksum, worst = 0.0, 0.0
    for model, own in zip(models, inputs, strict=True):
        for number, values in enumerate(own):
            found = relevance(model, values, out=buffer)
            checksum += float(found.values[-1].sum())
            if number % 50 == 0:
                total = found.values.sum(axis=(1, 2), dtype=np.float64) + found.offset
                worst = max(worst, float(np.abs(total - predict(model, recordings[number])).max()))
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{len(recordings)} recordings x {len(models)} targets: {seconds:.1f} s, peak {peak:.2f} GB,", end=" ")
    print(f"largest conservation error {worst:.1e} (single precision)")

    model, values = models[0], inputs[0][int(np.argmax([len(part) for part in recordings]))]
    ours = []
    for _ in range(100):
        begun = time.perf_counter()
        mine = relevance(model, values, rule="lrp-epsilon", out=buffer).values
        ours.append(time.perf_counter() - begun)
    print(f"one recording, {len(values)} steps: {1000 * statistics.median(ours):.2f} ms")
    for cut, name in ((False, "the recording"), (True, "windows cut out for it")):
        theirs = []
        for _ in range(2):
            begun = time.perf_counter()
            reference = by_captum(model, values, cut=cut)
            theirs.append(time.perf_counter() - begun)
        print(
            f"captum's loop over steps, given {name}: {statistics.median(theirs):.2f} s,"
            f" {statistics.median(theirs) / statistics.median(ours):.0f} times;"
            f" largest difference {np.abs(mine - reference).max():.1e}"
        )


if __name__ == "__main__":
    main()
