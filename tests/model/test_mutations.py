"""Model files of every kind with bytes changed at random: a valid model or one line that says what is wrong."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from onefilter.errors import InputError
from onefilter.model.card import Layer, Model, Stack
from onefilter.model.file import read_any_model, write_model
from onefilter.model.keras_file import import_keras
from tests.examples.keras import Layers, conv, dense, draw, write, write_keras_3, zip_keras_3
from tests.examples.model import CARD, model

CHANGES = 250
"""Mutated files of each kind."""
SPECIAL = (0, 1, 0x7F, 0x80, 0xFF)


def mutated(content: bytes, rng: random.Random, other: bytes) -> bytes:
    """Cut, change bytes or bits, write extreme numbers, repeat, leave out, or mix with another file."""
    changed = bytearray(content)
    way = rng.randrange(6)
    place = rng.randrange(len(changed))
    # What describes the weights is small and lies in front of most files: it gets half of the changes.
    front = min(len(changed), 4000)
    if way == 0:
        return content[:place]
    if way == 1:
        for _ in range(rng.choice((1, 1, 2, 5, 30))):
            changed[rng.randrange(rng.choice((front, len(changed))))] = rng.choice((*SPECIAL, rng.randrange(256)))
    elif way == 2:
        changed[rng.randrange(front)] ^= 1 << rng.randrange(8)
    elif way == 3:
        place, size = rng.randrange(front), rng.choice((2, 4, 8))
        changed[place : place + size] = rng.choice((2 ** (8 * size) - 1, 2 ** (8 * size - 1), 0)).to_bytes(
            size, "little"
        )
    elif way == 4:
        length = rng.randrange(1, 200)
        changed[place : place + length] = rng.choice((b"", bytes(changed[place : place + length]) * 2))
    else:
        changed[place:] = other[place:]
    return bytes(changed)


def read_keras(path: Path) -> Model | Stack:
    """Import without options."""
    return import_keras(path, target="valence", delay=2.8)


def seeds(folder: Path) -> dict[str, tuple[Callable[[Path], Model | Stack], Sequence[bytes]]]:
    """Good files of each kind, and what reads them."""
    layers: Layers = [conv("c", draw(9, 37, 1), draw(1)), dense("t", draw(1, 1), draw(1))]
    plain, old, deep = (folder / name for name in ("plain.safetensors", "old.safetensors", "deep.safetensors"))
    write_model(plain, model(taps=80))
    # Without a checksum, what was changed has to be found by what it says.
    old_card = type(CARD)(**{**vars(CARD), "format": 2})
    write_model(old, model(old_card))
    kernels = (np.ones((3, 37, 2)), np.ones((1, 2, 1)))
    stack = tuple(Layer(kernel, np.zeros(kernel.shape[2]), relu=False) for kernel in kernels)
    write_model(deep, Stack(type(CARD)(**{**vars(old_card), "left": 1}), stack))
    keras = (
        write(folder / "two.h5", layers),
        write(folder / "model.h5", layers, kind="Model"),
        write_keras_3(folder / "three.h5", layers),
    )
    zipped = (zip_keras_3(folder / "a.keras", layers), zip_keras_3(folder / "b.keras", layers, kind="Sequential"))
    return {
        "x.safetensors": (read_any_model, [path.read_bytes() for path in (plain, old, deep)]),
        "x.h5": (read_keras, [path.read_bytes() for path in keras]),
        "x.keras": (read_keras, [path.read_bytes() for path in zipped]),
    }


def outcome(read: Callable[[Path], Model | Stack], path: Path) -> Model | Stack | str:
    """Give the model, or the text of the refusal."""
    try:
        return read(path)
    except InputError as error:
        return str(error)


@pytest.mark.parametrize("kind", ["x.safetensors", "x.h5", "x.keras"])
@pytest.mark.parametrize("seed", [1, 2])
def test_mutated_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, seed: int) -> None:
    """Nothing but `InputError`, its text one line of at most 500 characters; what is read can be written and read."""
    read, good = seeds(tmp_path)[kind]
    monkeypatch.chdir(tmp_path)
    rng, path, found = random.Random(seed), Path(kind), Counter[str]()
    for content in good:
        path.write_bytes(content)
        read(path)
    for _ in range(CHANGES):
        path.write_bytes(mutated(rng.choice(good), rng, rng.choice(good)))
        result = outcome(read, path)
        if isinstance(result, str):
            found["refused"] += 1
            assert len(result) <= 500
            assert result.isprintable()
            continue
        found["read"] += 1
        write_model(Path("again.safetensors"), result)
        assert read_any_model(Path("again.safetensors")).card == result.card
    assert min(found["refused"], found["read"]) > CHANGES // 50
