"""Check a configuration against its schema and beyond; answer a typo with its nearest neighbour."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from onefilter.corpus.layouts import LAYOUTS
from onefilter.errors import InputError, nearest
from onefilter.names import FEATURES

Config = Mapping[str, Any]


def read_schema(path: Path) -> Config:
    """Read a JSON schema that is written in YAML."""
    schema: Config = yaml.safe_load(path.read_text(encoding="utf-8"))
    return schema


def check(config: Config, schema: Config) -> None:
    """Check a whole configuration.

    Raises:
        InputError: For the first key or value at fault, with where it stands and what may stand there.
    """
    validator = jsonschema.Draft202012Validator(schema)
    _check_finite(config)
    errors = sorted(validator.iter_errors(config), key=lambda error: list(map(str, error.absolute_path)))
    if errors:
        raise _explain(errors[0])
    _check_together(config)


def _explain(error: jsonschema.ValidationError) -> InputError:
    """Say in one line what the schema has against the configuration."""
    where = ".".join(map(str, error.absolute_path))
    schema: Any = error.schema
    entries: Any = error.instance
    if error.validator == "additionalProperties":
        known = list(schema.get("properties", {}))
        key = next(key for key in entries if key not in known)
        return InputError(
            f"unknown key {f'{where}.{key}'.strip('.')!r}{nearest(key, known)}",
            file="config",
            remedy=f"known {f'in {where} ' if where else ''}are {', '.join(known)}",
        )
    if error.validator == "required":
        missing = next(key for key in schema["required"] if key not in entries)
        return InputError(f"key {f'{where}.{missing}'.strip('.')!r} is missing", file="config")
    hint = nearest(str(entries), map(str, schema["enum"])) if error.validator == "enum" else ""
    description = schema.get("description")
    return InputError(
        f"{where}: {error.message}{hint}", file="config", remedy=f"it is: {description}" if description else None
    )


def _check_finite(value: Any, where: str = "") -> None:
    """Refuse .nan and .inf, which no bound of a schema catches."""
    if isinstance(value, Mapping):
        for key, child in value.items():
            _check_finite(child, f"{where}.{key}".strip("."))
    elif isinstance(value, float) and not math.isfinite(value):
        raise InputError(f"{where}: {value} is not a finite number", file="config", remedy="give a number")


def _check_together(config: Config) -> None:
    """Check what a schema cannot: keys against each other."""
    features = config["features"]
    hop = features["hop"]
    if abs(hop * 1e6 - round(hop * 1e6)) > 1e-6:
        raise InputError(f"features.hop {hop} is finer than a microsecond", file="config")
    targets = {target: entry for target, entry in config["targets"].items() if entry is not None}
    if not targets:
        raise InputError("targets: none is left", file="config", remedy="give at least one target a delay")
    for room in ("ladder", "selection", "latency"):
        for target in config[room]["targets"]:
            if target not in targets:
                raise InputError(
                    f"{room}.targets: {target} is not among the targets {', '.join(targets)}",
                    file="config",
                    remedy=f"take it out of {room}.targets",
                )
    for target, entry in targets.items():
        steps = entry["delay"] / hop
        if abs(steps - round(steps)) > 1e-6:
            raise InputError(
                f"targets.{target}.delay {entry['delay']} s is not a whole number of hops of {hop} s",
                file="config",
                remedy=f"for example {round(steps) * hop:g}",
            )
    taps = config["network"]["taps"]
    for key, ahead in (("network.ahead", [config["network"]["ahead"]]), ("latency.ahead", config["latency"]["ahead"])):
        too_far = [steps for steps in ahead if steps is not None and steps >= taps]
        if too_far:
            raise InputError(
                f"{key}: {too_far[0]} of {taps} taps cannot look ahead",
                file="config",
                remedy=f"give 0 to {taps - 1}, or more network.taps",
            )
    if config["corpus"]["source"] == "simulated":
        for split in (name for name, size in config["corpus"]["simulated"]["splits"].items() if size is not None):
            culture = split.partition("-")[0]
            if culture not in config["cultures"]:
                raise InputError(
                    f"corpus.simulated.splits: {split} belongs to no culture of {', '.join(config['cultures'])}",
                    file="config",
                    remedy=f"add {culture} to cultures",
                )
    layout = LAYOUTS[config["corpus"]["source"]]
    if features["failed_frames"] == "drop" and not layout.knows_failed_frames:
        raise InputError(
            "features.failed_frames: the files of this corpus do not say which frames failed, so none can be dropped",
            file="config",
            remedy="set features.failed_frames: keep",
        )
    seeds = config["training"]["seeds"]
    repeated = sorted({seed for seed in seeds if seeds.count(seed) > 1})
    if repeated:
        raise InputError(
            f"training.seeds: {repeated[0]} stands there twice", file="config", remedy="give every seed once"
        )
    for name in config["network"]["features"] or ():
        if name not in FEATURES:
            raise InputError(
                f"network.features: unknown feature {name!r}{nearest(name, FEATURES)}",
                file="config",
                remedy="features are named like AU12_mean, AU12_std, confidence_mean, turn",
            )
    unknown = set(config["model_files"] or {}) - set(config["targets"])
    if unknown:
        name = sorted(unknown)[0]
        raise InputError(
            f"model_files: unknown target {name!r}{nearest(name, config['targets'])}",
            file="config",
            remedy=f"known are {', '.join(config['targets'])}",
        )


def check_model_files(config: Config) -> None:
    """Check that the trained models that a configuration names are there.

    Raises:
        InputError: For the first that is not.
    """
    for target, path in (config["model_files"] or {}).items():
        if path is not None and not Path(path).is_file():
            raise InputError(
                f"model_files.{target}: there is no {path}",
                file="config",
                remedy="`dvc pull` fetches the published ones"
                if path.endswith(".h5")
                else "`make reproduce` makes results/models/*/best.safetensors",
            )


def check_trainable(partitions: Sequence[tuple[str, str]], *, config: Config) -> None:
    """Check that there is something to train on and to choose epochs by, or models that are trained already.

    Args:
        partitions: Culture and partition of every recording.
        config: The checked configuration.

    Raises:
        InputError: If neither is there.
    """
    if config["model_files"]:
        wanted = [target for target, entry in config["targets"].items() if entry is not None]
        missing = [target for target in wanted if config["model_files"].get(target) is None]
        if missing:
            raise InputError(
                f"model_files gives no model for {', '.join(missing)}",
                file="config",
                remedy="add one, or drop the target (targets.X: null)",
            )
        return
    culture = config["training"]["culture"]
    for partition in ("train", "devel"):
        if (culture, partition) not in partitions:
            raise InputError(
                f"no {culture} recording has the partition {partition}, so nothing can be trained",
                file="config",
                remedy="label some recordings, or set model_files to trained models",
            )
