"""The plan of a run: what a configuration and its recordings ask for, in the words that the rules use.

A *split* is a culture and a partition, ``german-train`` say. `make_plan` checks what no single key can say: keys
against each other, against the recordings, and against the files that they name.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal, get_args

import pandas as pd

from onefilter.corpus.layouts import LAYOUTS
from onefilter.corpus.people import units
from onefilter.corpus.twin import FILES as TWIN_FILES
from onefilter.corpus.twin import TARGETS as TWIN_TARGETS
from onefilter.errors import InputError, nearest
from onefilter.features.statistics import STATISTICS, feature_names
from onefilter.files import is_there
from onefilter.model.card import LAST, REFERENCES
from onefilter.names import SIMULATED
from onefilter.settings import FILE, Configuration, Simulated, Target, read_settings
from onefilter.workflow.contents import Contents

ADOPTED: Final = "adopted"
"""Name of a given model among the run's own."""
Room = Literal["ladder", "selection", "transfer", "latency"]
"""Parts of the configuration that are for some of the targets."""


@dataclass(frozen=True)
class Plan:
    """What a run does.

    Attributes:
        settings: The configuration, checked and complete.
        recordings: The recordings table.
        contents: What is in the files that it lists.
        place: Says where a file that the rules name is to lie; another workflow may use them with a prefix.
    """

    settings: Configuration
    recordings: pd.DataFrame
    contents: Contents = field(default_factory=lambda: Contents(Path(".snakemake/contents.json")), compare=False)
    place: Callable[[str], str] = field(default=str, compare=False)

    @property
    def source(self) -> str:
        """Where the recordings come from."""
        return self.settings.corpus.source

    @property
    def culture(self) -> str:
        """The culture that is trained on."""
        return self.settings.training.culture

    @property
    def told(self) -> dict[str, Target]:
        """By target, what the configuration says of it."""
        return {target: entry for target, entry in self.settings.targets.items() if entry is not None}

    @property
    def targets(self) -> list[str]:
        """The affect dimensions to predict."""
        return list(self.told)

    @cached_property
    def splits(self) -> list[str]:
        """All splits, in the order of the table."""
        return list(dict.fromkeys(self.recordings["culture"].str.cat(self.recordings["partition"], sep="-")))

    @property
    def labelled(self) -> list[str]:
        """The splits that have labels."""
        return [split for split in self.splits if not split.endswith("-unlabelled")]

    @property
    def scored(self) -> list[str]:
        """The splits whose predictions are compared with labels: all but those that were trained on."""
        return [split for split in self.labelled if not split.endswith("-train")]

    @property
    def tested(self) -> list[str]:
        """The splits that nothing was chosen on."""
        return [split for split in self.scored if split.endswith("-test")]

    @property
    def devel(self) -> list[str]:
        """The split that epochs, seeds and post-processing are chosen on, if it is there."""
        return [split for split in self.scored if split == f"{self.culture}-devel"]

    @property
    def read(self) -> list[str]:
        """The splits on which filters are explained: those that were trained on, or all."""
        return [split for split in self.splits if split == f"{self.culture}-train"] or self.splits

    @property
    def shown(self) -> str:
        """The split whose first recording is drawn moment by moment."""
        return (self.tested or self.splits)[0]

    @property
    def trained(self) -> bool:
        """Whether networks are trained, rather than adopted."""
        return self.settings.model_files is None

    @property
    def given(self) -> Mapping[str, str]:
        """By target, the file of the model that is adopted."""
        files = self.settings.model_files or {}
        return {target: path for target in self.targets if (path := files.get(target)) is not None}

    @property
    def networks(self) -> list[str]:
        """Names of a target's models among which the best is chosen: one per seed, or the adopted one."""
        return [f"seed-{seed}" for seed in self.settings.training.seeds] if self.trained else [ADOPTED]

    @property
    def compared(self) -> list[str]:
        """Names of all models that predict a target: also the networks at their last epoch, and the references."""
        return (
            [*self.networks, *(f"{name}{LAST}" for name in self.networks), *REFERENCES] if self.trained else [ADOPTED]
        )

    @property
    def references(self) -> tuple[str, ...]:
        """Names of the models that networks are compared with."""
        return REFERENCES

    @property
    def rungs(self) -> list[str]:
        """Names of the networks of the depth ladder."""
        return list(type(self.settings.ladder.networks).model_fields)

    @property
    def people(self) -> dict[str, str]:
        """By recording, who is seen, where that is needed and known."""
        if "person" not in self.settings.transfer.normalise:
            return {}
        return dict(zip(self.recordings["recording"], self.recordings["person"], strict=True))

    @property
    def recovers(self) -> bool:
        """Whether there is a planted truth to recover."""
        return self.source == SIMULATED and bool(self.tested)

    @property
    def worlds(self) -> list[str]:
        """Names of the twin's worlds."""
        return list(get_args(Simulated.model_fields["world"].annotation))

    @property
    def ladder(self) -> list[str]:
        """The targets for which the claims look at the depth ladder."""
        return self.chosen("ladder") if self.trained and self.settings.verification.ladder else []

    def chosen(self, room: Room) -> list[str]:
        """The targets that a room on demand works on: those that it is told, the usual ones, or the first."""
        settings = getattr(self.settings, room)
        return settings.targets or [name for name in settings.usual if name in self.targets] or self.targets[:1]

    @property
    def scales(self) -> dict[str, dict[str, Any]]:
        """By target, what the numbers in label files mean."""
        return {
            target: {"written": entry.scale or entry.range, "range": entry.range} for target, entry in self.told.items()
        }

    @property
    def titles(self) -> dict[str, str]:
        """By target, what figures of its values call it: its name, and the unit if that is told."""
        return {target: f"{target} ({entry.unit})" if entry.unit else target for target, entry in self.told.items()}

    @property
    def world_delay(self) -> float:
        """How long the twin's annotators lag behind the face in the worlds (seconds)."""
        name = self.settings.worlds.target
        return (self.told.get(name) or Configuration().targets[name] or Target(delay=0.0)).delay

    @property
    def several(self) -> bool:
        """Whether there are cultures to compare."""
        return self.recordings["culture"].nunique() > 1

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features."""
        return feature_names(self.settings.features.statistics)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the features that networks are trained on."""
        return tuple(self.settings.network.features or self.features)

    @property
    def tables(self) -> list[str]:
        """All that a run makes but figures and predictions: what a failed job lost is missed by the next run.

        Without labels there are no scores.
        """
        scored, splits = bool(self.scored), self.splits
        files = ["statistics/corpus.tsv", "statistics/described.tsv", "statistics/distances.tsv"]
        files += ["audit/labels.tsv", "audit/sentences.tsv", "claims.tsv", "perception/agreement.tsv"]
        files += ["relevance/ranking.tsv", "relevance/agreement.tsv"]
        files += [path for split in splits for path in (f"features/{split}.parquet", f"tracking/{split}.tsv")]
        files += [f"labels/{split}.parquet" for split in self.labelled]
        files += ["scores/summary.tsv", "metrics.json", "scores/differences.tsv", "scores/published.tsv"] * scored
        files += ["recovery.tsv"] * self.recovers
        for target in self.targets:
            files += [f"models/{target}/{name}.safetensors" for name in (*self.compared, "best")]
            files += [f"relevance/{target}.parquet", f"relevance/shuffled/{target}.parquet"]
            files += [f"patterns/{target}.parquet", f"linear/{target}/best.safetensors"]
            files += [f"training/{target}.parquet", f"perception/{target}.parquet"] * self.trained
            files += [f"scores/{target}.tsv", f"scores/sums/{target}.parquet"] * scored
            files += [f"postprocessing/{target}.tsv"] * bool(self.devel)
            files += [f"sanity/{target}.tsv"] * bool(self.tested)
        return files

    @property
    def figures(self) -> list[str]:
        """Names of the figures that this corpus allows."""
        return [
            *("boxes", "heatmap", "units", "audit", "ranking"),
            *(["cultures"] if self.several else []),
            *(["curves"] if self.trained else []),
            *(["scores"] if self.scored else []),
            *(["sanity"] if self.tested else []),
            *(f"predictions-{split}" for split in self.splits if not split.endswith("-train")),
            *(f"{kind}-{target}" for kind in ("filters", "relevance", "patterns", "faces") for target in self.targets),
        ]

    def entries(self, culture: str | None = None, partition: str | None = None) -> list[dict[str, Any]]:
        """Rows of the recordings table that belong to a split, or all; the twin's files lie at their `place`."""
        table = self.recordings
        if culture is not None:
            table = table[(table["culture"] == culture) & (table["partition"] == partition)]
        rows = [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
        if self.source == SIMULATED:
            rows = [row | {kind: str(self.place(row[kind])) for kind in TWIN_FILES} for row in rows]
        return rows

    def content(self, columns: Iterable[str], culture: str, partition: str) -> str:
        """Sum up the contents of the files that a split's recordings name in some columns; the twin's are made here."""
        if self.source == SIMULATED:
            return SIMULATED
        return self.contents.digest(self.files(columns, culture, partition))

    def files(self, columns: Iterable[str], culture: str, partition: str) -> list[str]:
        """The files that a split's recordings name in some columns."""
        chosen = (self.recordings["culture"] == culture) & (self.recordings["partition"] == partition)
        return [path for column in columns for path in self.recordings.loc[chosen, column] if path]

    def simulated(self, column: str) -> list[str]:
        """The files of a column that this run writes itself: all of the twin's, none of anybody else's."""
        return self.recordings[column].tolist() if self.source == SIMULATED else []

    def windows(self, alignment: str) -> dict[str, Any]:
        """The settings of the features with another alignment of the windows."""
        return {**self.settings.features.model_dump(), "alignment": alignment}


def make_plan(config: Mapping[str, Any], *, place: Callable[[str], str] = str) -> Plan:
    """Check a configuration and find its recordings.

    Args:
        config: The configuration as Snakemake reads it.
        place: As in `Plan`.

    Raises:
        InputError: For the first mistake.
    """
    settings = read_settings(config)
    _known("corpus.source", [settings.corpus.source], LAYOUTS, what="layout of a corpus")
    _check_targets(settings)
    _check_features(settings)
    layout = LAYOUTS[settings.corpus.source]
    if settings.features.failed_frames == "drop" and not layout.knows_failed_frames:
        raise InputError(
            "features.failed_frames: the files of this corpus do not say which frames failed, so none can be dropped",
            file=FILE,
            remedy="set features.failed_frames: keep",
        )
    table = layout.recordings(
        settings.corpus, cultures=settings.cultures, folder=Path(settings.pathvars.results) / "corpus"
    )
    who = table[["recording", "person", "dyad"]].to_dict("records")
    plan = Plan(settings, table.assign(unit=units(who)), place=place)
    _check_cultures(plan)
    _check_models(plan)
    _check_expected(settings)
    unknown = [name for name, person in plan.people.items() if not person]
    if unknown:
        raise InputError(
            f"transfer.normalise: person needs to know who is seen, and nobody says so of {unknown[0]}",
            file=FILE,
            remedy="fill in the column person of the recordings table, or leave person out",
        )
    return plan


def _check_targets(settings: Configuration) -> None:
    """Check targets against each other and against the hop."""
    targets = {target: entry for target, entry in settings.targets.items() if entry is not None}
    if not targets:
        raise InputError("targets: none is left", file=FILE, remedy="give at least one target a delay")
    if settings.corpus.source == SIMULATED:
        _known("targets", targets, TWIN_TARGETS, what="target of the simulated twin")
    _known("worlds.target", [settings.worlds.target], TWIN_TARGETS, what="target of the simulated twin")
    for room in get_args(Room):
        _known(f"{room}.targets", getattr(settings, room).targets or (), targets, what="target")
    _known("model_files", settings.model_files or (), settings.targets, what="target")
    hop = settings.features.hop
    if abs(hop * 1e6 - round(hop * 1e6)) > 1e-6:
        raise InputError(f"features.hop {hop} is finer than a microsecond", file=FILE, remedy="round it")
    for target, entry in targets.items():
        steps = entry.delay / hop
        if abs(steps - round(steps)) > 1e-6:
            raise InputError(
                f"targets.{target}.delay {entry.delay} s is not a whole number of hops of {hop} s",
                file=FILE,
                remedy=f"for example {round(steps) * hop:g}",
            )


def _check_features(settings: Configuration) -> None:
    """Check the network against the features, and how far filters look ahead against their length."""
    _known("features.statistics", settings.features.statistics, STATISTICS, what="window statistic")
    names = feature_names(settings.features.statistics)
    _known("network.features", settings.network.features or (), names, what="feature")
    taps = settings.network.taps
    own = [settings.network.ahead] if settings.network.ahead is not None else []
    for key, ahead in (("network.ahead", own), ("latency.ahead", settings.latency.ahead)):
        too_far = [steps for steps in ahead if steps >= taps]
        if too_far:
            raise InputError(
                f"{key}: {too_far[0]} of {taps} taps cannot look ahead",
                file=FILE,
                remedy=f"give 0 to {taps - 1}, or more network.taps",
            )


def _known(key: str, given: Iterable[str], known: Iterable[str], *, what: str) -> None:
    """Refuse the first name that is not known, with the nearest that is."""
    names = list(known)
    for name in given:
        if name not in names:
            listed = ", ".join(names) if len(names) < 10 else f"{', '.join(names[:4])}, …, {names[-1]}"
            raise InputError(
                f"{key}: {name!r} is no {what}{nearest(name, names)}", file=FILE, remedy=f"known are {listed}"
            )


def _check_cultures(plan: Plan) -> None:
    """Check that every culture is known, and that there is something to train on if nothing is adopted."""
    settings = plan.settings
    for split in plan.splits:
        culture = split.rpartition("-")[0]
        if culture not in settings.cultures:
            raise InputError(
                f"{split} belongs to no culture of {', '.join(settings.cultures)}",
                file=FILE,
                remedy=f"add {culture} to cultures",
            )
    for partition in ("train", "devel"):
        if plan.trained and f"{plan.culture}-{partition}" not in plan.splits:
            raise InputError(
                f"no {plan.culture} recording has the partition {partition}, so nothing can be trained",
                file=FILE,
                remedy="label some recordings, or set model_files to trained models",
            )


def _check_models(plan: Plan) -> None:
    """Check that there is a model for every target if any is adopted, and that their files are there."""
    if plan.trained:
        return
    missing = [target for target in plan.targets if target not in plan.given]
    if missing:
        raise InputError(
            f"model_files gives no model for {', '.join(missing)}",
            file=FILE,
            remedy="add one, or drop the target (targets.X: null)",
        )
    for target, path in plan.given.items():
        if not is_there(Path(path)):
            raise InputError(
                f"model_files.{target}: there is no {path}",
                file=FILE,
                remedy="`dvc pull` fetches the published ones"
                if path.endswith(".h5")
                else "`make reproduce` makes results/models/*/best.safetensors",
            )


def _check_expected(settings: Configuration) -> None:
    """Check that a table of expected numbers of one's own is there; the default one comes with the rules."""
    path, default = settings.verification.expected, type(settings.verification)().expected
    if path is not None and path != default and not is_there(Path(path)):
        raise InputError(
            f"verification.expected: there is no {path}", file=FILE, remedy="correct the path, or set it to null"
        )
