"""The plan of a run: what a configuration and its recordings ask for, in the words that the rules use.

A *split* is a culture and a partition, ``german-train`` say, a *batch* as many of its recordings as one job takes.
`make_plan` checks what no single key can say: keys
against each other, against the recordings, and against the files that they name.
"""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal, get_args

import pandas as pd

from onefilter.corpus.annotators import sources_of
from onefilter.corpus.layouts import LAYOUTS
from onefilter.corpus.people import with_units
from onefilter.corpus.recordings import Recording
from onefilter.corpus.systems import Predicted, Reading, find_systems
from onefilter.corpus.twin import FILES as TWIN_FILES
from onefilter.corpus.twin import TARGETS as TWIN_TARGETS
from onefilter.errors import InputError, nearest
from onefilter.features.statistics import STATISTICS, feature_names
from onefilter.files import is_there
from onefilter.manifest import MANIFEST
from onefilter.names import (
    ADOPTED,
    KNOWN_SIGNALS,
    LAST,
    OPENFACE,
    REFERENCES,
    SIGNAL_GROUPS,
    SIMULATED,
    network_of,
    signals_in,
)
from onefilter.settings import (
    FILE,
    Configuration,
    Sensitivity,
    Simulated,
    System,
    Target,
    check_ahead,
    check_hops,
    read_settings,
)
from onefilter.verification.audit import published_in
from onefilter.workflow.contents import Contents, Left

RELEVANCE: Final = ("", "shuffled/")
"""Below the folder of relevance: of the models, and of filters that have nothing to do with the target."""
Room = Literal["ladder", "selection", "transfer", "sensitivity", "latency"]
"""Parts of the configuration that are for some of the targets."""


@dataclass(frozen=True)
class Plan:
    """What a run does.

    Attributes:
        settings: The configuration, checked and complete.
        recordings: The recordings table.
        tool: Which tool made the recordings' files.
        contents: What is in the files that it lists.
        place: Says where a file that the rules name is to lie; another workflow may use them with a prefix.
    """

    settings: Configuration
    recordings: pd.DataFrame
    tool: str = OPENFACE
    contents: Contents = field(default_factory=lambda: Contents(Path(".snakemake/contents.json")), compare=False)
    place: Callable[[str], str] = field(default=str, compare=False)

    @property
    def source(self) -> str:
        """Where the recordings come from."""
        return self.settings.corpus.source

    @property
    def fitted(self) -> list[str]:
        """The splits that are trained on."""
        return [f"{culture}-train" for culture in self.settings.training.cultures]

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
    def rated(self) -> list[str]:
        """The batches of labelled splits in which recordings have several annotators."""
        return [batch for batch in self.batches(self.labelled) if self.annotated(batch)]

    def annotated(self, batch: str) -> bool:
        """Whether recordings of a batch have several annotators."""
        return bool((self.parts[batch]["annotations"] != "").any())

    @cached_property
    def together(self) -> dict[str, list[str]]:
        """By file of annotations that several recordings list, the names of these."""
        groups = self.recordings.groupby("annotations", sort=False)["recording"]
        return {str(file): names.tolist() for file, names in groups if file and len(names) > 1}

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
        """The splits that epochs, seeds and post-processing are chosen on, as far as they are there."""
        chosen = [f"{culture}-devel" for culture in self.settings.training.cultures]
        return [split for split in self.scored if split in chosen]

    @property
    def development(self) -> str:
        """The name under which models keep their score on these splits."""
        return "+".join(self.devel)

    @property
    def read(self) -> list[str]:
        """The splits on which filters are explained: those that were trained on, or all."""
        return [split for split in self.splits if split in self.fitted] or self.splits

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
        return [network_of(seed) for seed in self.settings.training.seeds] if self.trained else [ADOPTED]

    @property
    def compared(self) -> list[str]:
        """Names of all models that predict a target: also the networks at their last epoch, and the references."""
        return (
            [*self.networks, *(f"{name}{LAST}" for name in self.networks), *self.references]
            if self.trained
            else [ADOPTED]
        )

    @property
    def references(self) -> tuple[str, ...]:
        """Names of the models that networks are compared with; no confidence alone where no file has any."""
        return tuple(name for name in REFERENCES if name != "confidence" or name in self.signals)

    @property
    def others(self) -> dict[str, System]:
        """By name, what the configuration says of other people's systems."""
        return {name: system for name, system in self.settings.systems.items() if system is not None}

    @property
    def readings(self) -> dict[str, dict[str, Any]]:
        """By other system, how its files are read."""
        return {
            name: system.model_dump(include={each.name for each in fields(Reading)})
            for name, system in self.others.items()
        }

    @cached_property
    def predicted(self) -> Mapping[str, Predicted]:
        """By name, what other people's systems predicted."""
        return find_systems(self.others, self.recordings, scored=self.scored, targets=self.targets)

    def predicted_in(self, batch: str) -> dict[str, dict[str, str]]:
        """By other system, its files by recording of a batch; those that have none of them are left out."""
        names = self.parts[batch]["recording"]
        found = {
            system: {name: str(each.files[name]) for name in names if name in each.files}
            for system, each in self.predicted.items()
        }
        return {system: files for system, files in found.items() if files}

    def files_of_systems(self, batch: str) -> list[str]:
        """The files of other systems' predictions of a batch."""
        return [path for files in self.predicted_in(batch).values() for path in files.values()]

    @property
    def challenged(self) -> list[str]:
        """The batches that other systems predicted, too."""
        return [batch for batch in self.batches(self.scored) if self.predicted_in(batch)]

    @property
    def rungs(self) -> list[str]:
        """Names of the networks of the depth ladder."""
        return list(type(self.settings.ladder.networks).model_fields)

    @property
    def people(self) -> dict[str, str]:
        """By recording, who is seen, where that is needed and known."""
        if "person" not in (self.settings.features.normalise, *self.settings.transfer.normalise):
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
    def tried(self) -> dict[str, str]:
        """The verdicts on worlds with their digest, if they are there: as an input, every run would make them."""
        path = self.place(f"{self.settings.pathvars.results}/worlds/worlds.tsv")
        return {path: self.contents.digest([path])} if is_there(Path(path)) else {}

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

    def network_of(self, target: str) -> dict[str, Any]:
        """Give the settings of a target's networks: those of all, unless it has its own."""
        taps = self.told[target].taps if target in self.told else None
        return self.settings.network.model_copy(update={} if taps is None else {"taps": taps}).model_dump()

    def training_of(self, target: str) -> dict[str, Any]:
        """Give the settings of a target's training: those of all, unless it has its own."""
        l1 = self.told[target].l1 if target in self.told else None
        return self.settings.training.model_copy(update={} if l1 is None else {"l1": l1}).model_dump()

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
        return feature_names(self.settings.features.statistics, self.signals)

    @property
    def signals(self) -> tuple[str, ...]:
        """The signals that features are computed of."""
        return signals_in(self.settings.corpus.signals)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the features that networks are trained on."""
        return tuple(self.settings.network.features or self.features)

    @property
    def tables(self) -> list[str]:
        """All that a run makes but figures and predictions: what a failed job lost is missed by the next run.

        Without labels there are no scores.
        """
        scored, batches = bool(self.scored), self.batches(self.splits)
        files = ["statistics/corpus.tsv", "statistics/described.tsv", "statistics/distances.tsv"]
        files += ["audit/labels.tsv", "audit/sentences.tsv", "claims.tsv", "perception/agreement.tsv"]
        files += ["relevance/ranking.tsv", "relevance/agreement.tsv"]
        files += [path for name in batches for path in (f"features/{name}.parquet", f"tracking/{name}.tsv")]
        files += [f"normalised/{name}.parquet" for name in batches if self.seen == "normalised"]
        files += [f"labels/{name}.parquet" for name in self.batches(self.labelled)]
        files += [path for name in self.rated for path in (f"gold/{name}.parquet", f"gold/annotators/{name}.parquet")]
        files += ["gold/agreement.tsv", "gold/annotators.tsv"] * bool(self.rated)
        files += ["scores/summary.tsv", "metrics.json", "scores/differences.tsv", "scores/published.tsv"] * scored
        files += [f"systems/{name}.parquet" for name in self.challenged]
        files += ["recovery.tsv"] * self.recovers
        files += ["paper.html"]
        for target in self.targets:
            files += [f"models/{target}/{name}.safetensors" for name in (*self.compared, "best")]
            files += [
                f"relevance/{folder}{target}{portion}.parquet" for portion in self.portions for folder in RELEVANCE
            ]
            files += [f"patterns/{target}.parquet", f"linear/{target}/best.safetensors"]
            files += [f"training/{target}.parquet", f"perception/{target}.parquet"] * self.trained
            files += [f"scores/{target}.tsv", f"scores/sums/{target}.parquet"] * scored
            files += [f"postprocessing/{target}.tsv"] * bool(self.devel)
            files += [f"sanity/{target}.tsv"] * bool(self.tested)
        return files

    @property
    def cited(self) -> list[str]:
        """The tables that the paper is written from."""
        known = ("statistics/", "audit/sentences", "tracking/", "gold/agreement", "relevance/ranking",
                 "relevance/agreement", "perception/", "scores/summary", "scores/differences", "recovery",
                 "claims")  # fmt: skip
        return [*(file for file in self.tables if file.startswith(known) and file.endswith(".tsv")), "expected.tsv"]

    @property
    def figures(self) -> list[str]:
        """Names of the figures that this corpus allows."""
        return [
            *("boxes", "heatmap", "units", *(["audit"] if published_in(self.features) else []), "ranking"),
            *(["cultures"] if self.several else []),
            *(["curves"] if self.trained else []),
            *(["annotators"] if self.rated else []),
            *(["scores"] if self.scored else []),
            *(["sanity"] if self.tested else []),
            *(f"predictions-{split}" for split in self.splits if not split.endswith("-train")),
            *(f"{kind}-{target}" for kind in self._kinds for target in self.targets),
        ]

    @property
    def _kinds(self) -> tuple[str, ...]:
        """Figures of every target. A pattern of normalised features moves no mean face."""
        kinds = ("filters", "relevance", "patterns")
        return (*kinds, "faces") if self.settings.features.normalise == "none" else kinds

    @property
    def captions(self) -> list[str]:
        """Names of the captions of these figures."""
        kinds = (name.partition("-")[0] for name in self.figures)
        return list(dict.fromkeys("scores-figure" if kind == "scores" else kind for kind in kinds))

    @cached_property
    def parts(self) -> Mapping[str, pd.DataFrame]:
        """Rows of the recordings table by batch.

        A split of up to `corpus.batch` recordings is one, of its own name; the batches of a larger one have a number,
        ``german-train.002`` say.
        """
        size, parts = self.settings.corpus.batch, {}
        for (culture, partition), table in self.recordings.groupby(["culture", "partition"], sort=False):
            for number, start in enumerate(range(0, len(table), size), start=1):
                batch = f".{number:03d}" if len(table) > size else ""
                parts[f"{culture}-{partition}{batch}"] = table.iloc[start : start + size]
        return parts

    def batches(self, splits: Iterable[str]) -> list[str]:
        """Names of the batches of some splits."""
        found: dict[str, list[str]] = {}
        for name in self.parts:
            found.setdefault(name.partition(".")[0], []).append(name)
        return [name for split in splits for name in found.get(split, [])]

    @property
    def first(self) -> str:
        """The first batch of the split that is shown."""
        return self.batches([self.shown])[0]

    @cached_property
    def portions(self) -> Mapping[str, list[str]]:
        """Batches that one job goes through together, up to `corpus.batch` recordings; numbered if there are several.

        What is written for all splits at once is written so: of the default run in one file.
        """
        groups: list[list[str]] = []
        room = 0
        for name in self.batches(self.splits):
            count = len(self.parts[name])
            if count > room:
                groups.append([])
                room = self.settings.corpus.batch
            groups[-1].append(name)
            room -= count
        return {f".{place:03d}" * (len(groups) > 1): group for place, group in enumerate(groups, start=1)}

    def entries(self, batch: str) -> list[dict[str, Any]]:
        """Rows of the recordings table that belong to a batch; the twin's files lie at their `place`."""
        return [self.rows[place] for place in self.parts[batch].index]

    @cached_property
    def rows(self) -> Mapping[Any, dict[str, Any]]:
        """Rows of the recordings table by its index, as `entries` gives them."""
        table = self.recordings.assign(
            **{kind: [self._placed(path) for path in self.recordings[kind]] for kind in TWIN_FILES}
        )
        rows = [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
        if self.settings.corpus.turns == "dyad":
            dyads: dict[str, list[dict[str, Any]]] = {}
            for row in rows:
                dyads.setdefault(row["dyad"], []).append(row)
            rows = [row | {"beside": [each for each in dyads[row["dyad"]] if each is not row]} for row in rows]
        return dict(zip(table.index, rows, strict=True))

    def content(self, columns: Iterable[str], batch: str) -> str:
        """Sum up the contents of the files that a batch's recordings name in some columns.

        The twin's are always the same, unless somebody has changed them.
        """
        files = self.files(columns, batch)
        if self.simulated:
            files = [path for path in files if path in self.left.altered]
            return f"{SIMULATED} {self.contents.digest(files)}" if files else SIMULATED
        # What OpenFace makes of videos is an output, whose rule notices other videos.
        made = self._made_of(batch)
        return self.contents.digest(path for path in files if path not in made)

    def watched(self, columns: Iterable[str], batch: str) -> list[str]:
        """The files of which Snakemake is told (`watched`), of those that a batch's recordings name in some columns."""
        return watched(self.files(columns, batch), made=self._made_of(batch))

    def files(self, columns: Iterable[str], batch: str) -> list[str]:
        """The files that a batch's recordings name in some columns."""
        return [self._placed(path) for column in columns for path in self._named(column, batch)]

    @cached_property
    def videos(self) -> Mapping[str, str]:
        """By recording, the video on which OpenFace is started."""
        own = self.recordings[self.recordings["video"] != ""]
        return dict(zip(own["recording"], own["video"], strict=True))

    def video_of(self, recording: str) -> str:
        """Give the video of a recording.

        Raises:
            InputError: If it has none, so that its frames cannot be made.
        """
        if recording not in self.videos:
            what = f"recording {recording} has no video, from which its frames could be made"
            raise InputError(what, file=self.settings.corpus.recordings, remedy="fill in the column video")
        return self.videos[recording]

    @property
    def unseen(self) -> list[str]:
        """The videos that OpenFace has not gone through yet."""
        frames = dict(zip(self.recordings["recording"], self.recordings["openface"], strict=True))
        return [video for name, video in self.videos.items() if not is_there(Path(self._placed(frames[name])))]

    @cached_property
    def _made(self) -> frozenset[str]:
        """The files of recordings that the run makes itself, as the table names them."""
        if self.simulated:
            return frozenset(self.recordings[list(TWIN_FILES)].to_numpy().ravel().tolist())
        return frozenset(self.recordings.loc[self.recordings["video"] != "", "openface"])

    def _made_of(self, batch: str) -> frozenset[str]:
        """The files of a batch's recordings that the run makes itself, where they lie."""
        return frozenset(self._placed(path) for path in self.parts[batch]["openface"] if path in self._made)

    def _placed(self, path: str) -> str:
        """Give the place of a recording's file: what the run makes itself lies where its results do."""
        return str(self.place(path)) if path in self._made else path

    def _named(self, column: str, batch: str) -> list[str]:
        """Give the files that one column of a batch names; a name of annotations may stand for several."""
        cells = [cell for cell in self.parts[batch][column] if cell]
        if column == "turns" and self.settings.corpus.turns == "dyad":
            beside = [other["turns"] for row in self.entries(batch) for other in row["beside"] if other["turns"]]
            return list(dict.fromkeys([*cells, *beside]))
        if column != "annotations":
            return cells
        return list(dict.fromkeys(str(file.path) for cell in cells for file in sources_of(cell, self.targets)))

    @property
    def simulated(self) -> bool:
        """Whether the run makes the recordings itself."""
        return self.source == SIMULATED

    @cached_property
    def left(self) -> Left:
        """What has become of the twin's files since they were made."""
        return Left.of(Path(self.place(f"{self.settings.pathvars.results}/corpus/{MANIFEST}")), self.contents)

    def forget_lost(self) -> str:
        """Let the twin be made again if files of it were lost; say so in one line, or nothing if none were."""
        return self.left.forget() if self.simulated else ""

    def windows(self, **changes: Any) -> dict[str, Any]:
        """The settings of features as they are, or with other windows: another alignment, another length."""
        return {**self.settings.features.model_dump(), "normalise": "none", **changes}

    @property
    def seen(self) -> str:
        """The folder of the features that models see."""
        return "features" if self.settings.features.normalise == "none" else "normalised"

    @property
    def lengths(self) -> list[float]:
        """Lengths of the windows whose scores are compared: those that are asked for, and the run's own (seconds)."""
        return sorted({*self.settings.sensitivity.windows, self.settings.features.window})


def watched(files: Iterable[str], *, made: Container[str] = ()) -> list[str]:
    """Choose of many files those of which Snakemake is told: what the run makes, what is missing, one of the others.

    Whenever a job has ended, Snakemake looks at every input of every job that waits for a core, which grows with the
    square of what is listed (docs/benchmarks.md). A job's parameters tell that a file has changed (`Plan.content`).

    Args:
        files: All.
        made: Those that the run makes itself, so that a job must wait for them.
    """
    given = [path for path in dict.fromkeys(files) if path not in made]
    missing = [path for path in given[1:] if not is_there(Path(path))]
    return [*(path for path in dict.fromkeys(files) if path in made), *given[:1], *missing]


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
    rows = ({str(name): value for name, value in row.items()} for row in table.to_dict("records"))
    tool = layout.tool(map(Recording.from_row, rows))
    plan = Plan(settings, with_units(table), tool, place=place)
    _check_cultures(plan)
    _check_models(plan)
    _check_expected(settings)
    for name, system in plan.others.items():
        key = f"systems.{name}.trained_on"
        _known(key, system.trained_on, settings.cultures, what="culture (config: cultures)")
    _ = plan.predicted
    unknown = [name for name, person in plan.people.items() if not person]
    if unknown:
        key = "features" if settings.features.normalise == "person" else "transfer"
        raise InputError(
            f"{key}.normalise: person needs to know who is seen, and nobody says so of recording {unknown[0]}",
            file=FILE,
            remedy=f"fill in the column person of {settings.corpus.recordings}, or leave person out",
        )
    if settings.corpus.turns == "dyad" and (alone := table.loc[table["dyad"] == "", "recording"].tolist()):
        raise InputError(
            f"corpus.turns: dyad needs to know who talks with whom, and nobody says so of recording {alone[0]}",
            file=FILE,
            remedy="fill in the column dyad of the recordings table, or set corpus.turns: person",
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
        check_hops(f"targets.{target}.delay", entry.delay, hop)
    # Delays that nobody has changed are checked where they are used, if they are.
    for delay in settings.sensitivity.delays if settings.sensitivity != Sensitivity() else ():
        check_hops("sensitivity.delays:", delay, hop)


def _check_features(settings: Configuration) -> None:
    """Check the network against the features, and how far filters look ahead against their length."""
    _known("features.statistics", settings.features.statistics, STATISTICS, what="window statistic")
    known = (*SIGNAL_GROUPS, *KNOWN_SIGNALS)
    _known("corpus.signals", settings.corpus.signals, known, what="signal or group of signals")
    names = feature_names(settings.features.statistics, signals_in(settings.corpus.signals))
    _known("network.features", settings.network.features or (), names, what="feature")
    taps = settings.network.taps
    own = [settings.network.ahead] if settings.network.ahead is not None else []
    checked = [
        ("network.ahead", own, "network.taps", taps),
        ("latency.ahead", settings.latency.ahead, "network.taps", taps),
    ]
    # Latency of a target with a length of its own is checked where it is measured, if it is.
    checked += [
        ("network.ahead", own, f"targets.{name}.taps", entry.taps)
        for name, entry in settings.targets.items()
        if entry is not None and entry.taps is not None
    ]
    for key, ahead, length, size in checked:
        check_ahead(key, ahead, length, size)


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
    _known("training.cultures", settings.training.cultures, settings.cultures, what="culture (config: cultures)")
    for culture in settings.training.cultures:
        for partition in ("train", "devel"):
            if plan.trained and f"{culture}-{partition}" not in plan.splits:
                raise InputError(
                    f"training.cultures: no {culture} recording has the partition {partition}: nothing can be trained",
                    file=FILE,
                    remedy=f"label some recordings, take {culture} out, or set model_files to trained models",
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
