"""The paper's sections, in the draft's order: what each says, which tables and figures it shows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from onefilter.evaluation.bootstrap import LEAST
from onefilter.evaluation.differences import CONSTANT, FILTER
from onefilter.figures import sentences as say
from onefilter.figures.sentences import Fact
from onefilter.figures.words import UNKNOWN, interval, listed, number, people, sentence, with_interval
from onefilter.model.card import past
from onefilter.names import AU_NAMES, OPENFACE, SIGNALS, SIMULATED, count, listed_signals, model_notice, several
from onefilter.settings import Features, Network, Target, Training
from onefilter.verification.claims import FAILS, HOLDS, NOT_TESTABLE

PROVENANCE: Final = "provenance"
"""Anchor of the section on what made the page."""
CONFIGURATION: Final = "configuration"
"""Where facts come from that are in no table: links lead to what made the page."""
TOOLS: Final[Mapping[str, str]] = {
    OPENFACE: "OpenFace", "pyfaceau": "PyFaceAU", "py-feat": "Py-Feat", "libreface": "LibreFace",
}  # fmt: skip
"""The tools that measure faces, as they call themselves."""


@dataclass(frozen=True)
class Best:
    """The model of a target that the paper is about.

    Attributes:
        name: As tables of explanations call it.
        corpus: What it was trained on.
        latency: By how much it is behind the face (seconds).
        features: Number of its inputs.
        weights: Number of its weights.
        epoch: At which its weights were taken; 0 where nobody knows.
    """

    name: str
    corpus: str
    latency: float
    features: int
    weights: int
    epoch: int


@dataclass(frozen=True)
class Design:
    """What was done, from the configuration.

    Attributes:
        corpus: Where the recordings come from.
        world: Which twin, if they are simulated.
        targets: By target, how long annotators lag behind (seconds), and what is its own of network and training.
        signals: What is seen of a face.
        windows: How frames become features.
        network: The network.
        training: How networks learn.
        systems: By other system that is scored, the cultures that it was trained on, as far as they are known.
        trained: Whether they were trained here, rather than given.
        identity: What the numbers depend on, in twelve letters.
        made_by: What made this page, by name: versions, commit, time.
        tool: Which tool measured the faces, as the registry of formats names it.
        scale: What the tool's action units are, in a few words.
        fused: How the ratings of several annotators became labels.
    """

    corpus: str
    world: str
    targets: Mapping[str, Target]
    signals: Sequence[str]
    windows: Features
    network: Network
    training: Training
    trained: bool
    identity: str
    made_by: Mapping[str, str]
    systems: Mapping[str, Sequence[str]] = field(default_factory=dict)
    tool: str = OPENFACE
    scale: str = "intensities of 0..5"
    fused: str = "mean"


@dataclass(frozen=True)
class Found:
    """What was found: the tables of a run; those that a run does not make are empty.

    Columns are those that the rooms declare: `onefilter.evaluation.scores.SUMMARY_COLUMNS` of ``summary`` and so on.
    """

    counts: pd.DataFrame
    tracking: pd.DataFrame
    annotators: pd.DataFrame
    distances: pd.DataFrame
    audit: pd.DataFrame
    summary: pd.DataFrame
    differences: pd.DataFrame
    agreement: pd.DataFrame
    ranking: pd.DataFrame
    perception: pd.DataFrame
    recovery: pd.DataFrame
    claims: pd.DataFrame
    checked: pd.DataFrame
    worlds: pd.DataFrame


@dataclass(frozen=True)
class Sheet:
    """A table as it is printed: its caption, where its numbers are from, its header and its cells.

    One that is of the run says what made the page, which is no result.
    """

    caption: str
    source: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    of_the_run: bool = False


@dataclass
class Section:
    """A section: paragraphs (some with a heading, by their place), tables, and kinds of figures."""

    title: str
    paragraphs: list[list[Fact]] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    figures: Sequence[str] = ()
    headings: dict[int, str] = field(default_factory=dict)

    @property
    def anchor(self) -> str:
        """Where links lead."""
        return self.title.lower().replace(" ", "-")


def sections(design: Design, found: Found, best: Mapping[str, Best]) -> list[Section]:
    """Write all sections; of what a run does not have, they say so or are empty."""
    return [
        _abstract(design, found, best),
        _dataset(design, found),
        _units(design),
        _statistics(found),
        _experiments(design, best),
        _results(design, found),
        _filters(),
        _relevance(found, best),
        _perception(found, best),
        _recovery(found),
        _worlds(found),
        _real_time(found, best),
        _claims(found),
        _conclusion(design, found),
        _limitations(design, found, best),
        _provenance(design, found),
    ]


def _abstract(design: Design, found: Found, best: Mapping[str, Best]) -> Section:
    features = sorted({each.features for each in best.values()})
    facts = [
        Fact(
            f"A convolutional network with a single filter reads {listed([f'{many}' for many in features])} features of"
            f" a face every {design.windows.hop:g} s, and estimates from them how {listed(list(design.targets))}"
            f" {'changes' if len(design.targets) == 1 else 'change'} from moment to moment.",
            CONFIGURATION,
        ),
        *list(say.dataset(found.counts, found.tracking))[:1],
        *_headlines(design, found),
    ]
    if len(found.recovery):
        covered = found.recovery[found.recovery["quantity"] == "coverage"]["found"].dropna()
        if len(covered):
            some, many = int(covered.sum()), len(covered)
            text = f"{say.share_of(some, many, 'score')} agree with those on other simulated people"
            if many == 1:
                text = f"the score {'agrees' if some else 'does not agree'} with that on other simulated people"
            facts.append(Fact(sentence(text), "recovery.tsv"))
    return Section("Abstract", [facts, list(say.claims(found.claims))])


def _headlines(design: Design, found: Found) -> Iterator[Fact]:
    """Say of each target where the filter beats a constant; where that is not shown, once for all targets."""
    if found.summary.empty:
        yield Fact("No recording is labelled, so nothing is scored.")
        return
    table = found.differences
    compared = set(table[(table["kind"] == "models") & (table["second"] == CONSTANT)]["target"])
    silent = []
    for target in design.targets:
        names = say.predicted(table, target)
        if names:
            yield Fact(f"It predicts {target} better than a constant in {listed(names)} recordings.", say.DIFFERENCES)
        elif target in compared:
            silent.append(target)
    if silent:
        yield Fact(
            f"For {listed(silent)}, it is not shown to be better than a constant in any culture.", say.DIFFERENCES
        )


def _dataset(design: Design, found: Found) -> Section:
    where = {
        SIMULATED: "The recordings are simulated: a twin of the study's corpus, with its size and formats, of people"
        " who do not exist.",
        "avec": "The recordings are those of SEWA, as the AVEC challenges gave them out.",
        "openface": "The recordings are those of the table that the configuration names, read from"
        f" {TOOLS[design.tool]}'s files.",
    }
    known = say.people_known(found.tracking)
    rows = [
        [people(str(row["culture"])), str(row["partition"]), str(row["recordings"]),
         str(row["persons"] if known else UNKNOWN), str(row["dyads"] or UNKNOWN), str(row["minutes"])]
        for row in found.counts.to_dict("records")
    ]  # fmt: skip
    sheet = Sheet("the corpus", "statistics/corpus.tsv",
                  ("culture", "split", "recordings", "persons", "dyads", "minutes"), rows)  # fmt: skip
    about = [Fact(where[design.corpus])] if design.corpus in where else []
    rated = say.annotated(found.annotators, fused=design.fused) if len(found.summary) else ()
    return Section("Dataset", [about + list(say.dataset(found.counts, found.tracking)), list(rated)], [sheet])


def _units(design: Design) -> Section:
    """Table 2 is a figure; what else is seen of a face is said."""
    units = [signal for signal in design.signals if signal in AU_NAMES]
    text = (
        f"A face is described by {count(len(units), 'action unit')}, as {TOOLS[design.tool]} estimates them"
        f" ({design.scale.replace('..', ' to ')})."
    )
    facts = [Fact(text, CONFIGURATION)] if units else []
    if set(design.signals) != set(SIGNALS):
        facts.append(Fact(f"What is seen of a face: {listed_signals(design.signals)}.", CONFIGURATION))
    facts.append(Fact("Table 2 shows action units."))
    return Section("Action units", [facts], figures=("units",))


def _statistics(found: Found) -> Section:
    return Section(
        "Statistics",
        [list(say.distributions(found.distances)), list(say.audited(found.audit))],
        figures=("boxes", "heatmap", "audit", "annotators"),
    )


_LOSSES: Final = {
    "sequence": "one minus the CCC of each sequence, averaged",
    "pooled": "one minus the CCC of all sequences pooled",
}
_FILLS: Final = {
    "repeat": "shorter recordings are repeated up to the longest",
    "mask": "steps that shorter recordings lack are masked",
}
_FAILED: Final = {"keep": "count as they are written", "drop": "are left out"}
_TAILS: Final = {
    "zeros": "steps that the delay leaves without a label count as zeros",
    "drop": "steps that the delay leaves without a label are dropped",
}


def _trained(training: Training) -> str:
    """Name the cultures that are trained on."""
    return listed([people(culture) for culture in training.cultures])


def _relative(windows: Features) -> Iterator[Fact]:
    """Say what features are relative to, if they are to anything."""
    if windows.normalise != "none":
        whose = f"the mean of the {windows.normalise}, in units of its standard deviation"
        yield Fact(f"The filter sees features relative to {whose}.", CONFIGURATION)


def _exceptions(targets: Mapping[str, Target]) -> Iterator[Fact]:
    """Say which targets have a filter of another length, or another penalty."""
    for target, entry in targets.items():
        own = [f"has {count(entry.taps, 'tap')}"] if entry.taps is not None else []
        own += [f"is learnt with {entry.l1:g} times the sum of absolute weights"] if entry.l1 is not None else []
        if own:
            yield Fact(f"The filter for {target} {listed(own)}.", CONFIGURATION)


def _dropped(training: Training) -> Iterator[Fact]:
    """Say which share of the features is dropped, if any is."""
    if training.dropout:
        share = f"{100 * training.dropout:g} % of all values of features, others each time, count as 0"
        yield Fact(f"In every epoch, {share}.", CONFIGURATION)


def _people_of(corpus: str) -> str:
    """Name who is in a corpus."""
    return "simulated people" if corpus == SIMULATED else f"the corpus “{corpus}”"


def _experiments(design: Design, best: Mapping[str, Best]) -> Section:
    windows, network, training = design.windows, design.network, design.training
    lags = listed([f"{entry.delay:g} s for {target}" for target, entry in design.targets.items()])
    inputs = [
        Fact(
            f"Features are the {listed(list(windows.statistics))} of each signal in {windows.alignment} windows of"
            f" {windows.window:g} s, one every {windows.hop:g} s.",
            CONFIGURATION,
        ),
        Fact(f"Frames in which no face was found {_FAILED[windows.failed_frames]}.", CONFIGURATION),
        *_relative(windows),
        Fact(f"Annotators are taken to lag behind the face by {lags}.", CONFIGURATION),
    ]
    if not design.trained:
        given = [f"that for {target} has {count(each.weights, 'weight')} and was trained on {_people_of(each.corpus)}"
                 for target, each in best.items()]  # fmt: skip
        return Section("Experiments", [inputs, [Fact("Nothing was trained here; models were given.", CONFIGURATION),
                                                Fact(sentence("; ".join(given)), CONFIGURATION)]])  # fmt: skip
    seconds, left = network.taps * windows.hop, past(network.taps, network.ahead)
    learning = [
        Fact(
            f"The network has one filter of {count(network.taps, 'tap')} ({seconds:g} s)"
            f" with {'a linear' if network.activation == 'linear' else 'a ReLU'} activation,"
            f" {'followed by a unit with one weight and an offset' if network.head else 'and nothing behind it'}.",
            CONFIGURATION,
        ),
        Fact(
            f"At every moment, the filter sees {left * windows.hop:g} s of the past and"
            f" {(network.taps - 1 - left) * windows.hop:g} s of what follows.",
            CONFIGURATION,
        ),
        Fact(
            f"It is trained on {_trained(training)} recordings for {count(training.epochs, 'epoch')} with"
            f" {training.optimiser} (step size {training.learning_rate:g}), from {count(len(training.seeds), 'seed')};"
            f" the loss is {_LOSSES[training.loss]}, plus {training.l1:g} times the sum of absolute weights.",
            CONFIGURATION,
        ),
        *_exceptions(design.targets),
        *_dropped(training),
        Fact(sentence(f"{_FILLS[training.fill]}, and {_TAILS[training.tail]}"), CONFIGURATION),
        Fact(
            f"{_trained(training)} development recordings choose each seed's epoch, and the seed that is called"
            " chosen on this page; test recordings choose nothing.",
            CONFIGURATION,
        ),
        Fact(
            f"Chosen {'was' if len(best) == 1 else 'were'}"
            f" {listed([f'{each.name} for {name} (epoch {each.epoch})' for name, each in best.items()])}.",
            CONFIGURATION,
        ),
    ]
    return Section("Experiments", [inputs, learning], figures=("curves",))


def _results(design: Design, found: Found) -> Section:
    section = Section("Results", figures=("scores", "predictions"))
    if found.summary.empty:
        section.paragraphs = [[Fact("No recording is labelled: there are predictions, and no scores.")]]
        section.figures = ("predictions",)
        return section
    units = listed([several(unit) for unit in found.summary["unit"].unique()])
    brackets = Fact(f"Brackets are 95 % intervals over {units}.")
    if found.summary["ccc_low"].isna().all():
        brackets = Fact(
            f"Scores have no intervals, which need {LEAST} {units} and a split on which nothing was chosen."
        )
    section.paragraphs.append([
        Fact("Scores are concordance correlation coefficients (CCC) of all recordings of a split joined."), brackets,
        *([Fact("Intervals of differences hold together within a target and a kind of comparison.")]
          if found.differences["family_low"].notna().any() else []),
    ])  # fmt: skip
    for target in design.targets:
        section.headings[len(section.paragraphs)] = target.replace("_", " ").capitalize()
        section.paragraphs.append([*say.scores(found.summary, target), *say.against(found.differences, target)])
        section.paragraphs[-1] += say.ceiling(found.summary, found.differences, target)
        section.paragraphs[-1] += say.beside_systems(found.differences, target)
        section.paragraphs.append([*say.cultures(found.differences, target), *say.optimism(found.differences, target)])
    section.sheets.append(_score_sheet(found.summary))
    rows = say.by_rival(found.differences, list(design.targets))
    if rows:
        caption = "by how much the chosen network scores higher on test recordings after the delay than others do"
        names = ("constant", "who speaks", "confidence", "ridge", "last epoch", "post-processed")
        section.sheets.append(Sheet(caption, say.DIFFERENCES, ("target", "culture", *names), rows))
    others = [row for target in design.targets for row in _system_rows(design, found, target)]
    if others:
        titles = ("target", "culture", "system", "trained on", "CCC", "minus a constant", "the filter minus it")
        caption = "other systems: their scores on the same test recordings, and by how much the filter's are higher"
        section.sheets.append(Sheet(caption, say.SUMMARY, titles, others))
    return section


def _system_rows(design: Design, found: Found, target: str) -> list[list[str]]:
    """Lay out the scores of other people's systems."""
    compared = {
        (row["split"], row["first"], row["second"]): say.by(row)
        for row in found.differences.to_dict("records")
        if row["target"] == target and row["kind"] == "systems"
    }
    return [
        [
            target, people(str(row["culture"])), system, listed([people(each) for each in cultures]) or UNKNOWN,
            with_interval(row["ccc_best"], row["ccc_low"], row["ccc_high"]),
            compared.get((f"{row['culture']}-test", system, CONSTANT), UNKNOWN),
            compared.get((f"{row['culture']}-test", FILTER, system), UNKNOWN),
        ]
        for system, cultures in design.systems.items()
        for row in say.chosen(found.summary, target, method=system).to_dict("records")
    ]  # fmt: skip


def _score_sheet(summary: pd.DataFrame) -> Sheet:
    """Lay out what each target's chosen network scores on each split, beside the floor and the ridge filter."""
    raw = summary[summary["processing"] == "raw"]
    others = {
        (row["target"], row["culture"], row["partition"], row["method"]): number(float(row["ccc_mean"]))
        for row in raw.to_dict("records")
    }
    rated = bool(raw["ceiling"].notna().any())
    rows = []
    for row in raw[raw["method"] == "one-filter"].to_dict("records"):
        cell = (row["target"], row["culture"], row["partition"])
        rows.append([
            str(row["target"]), f"{people(str(row['culture']))} {row['partition']}",
            count(int(row["units"]), str(row["unit"]), several(str(row["unit"]))),
            f"{number(row['ccc_mean'])} ± {number(row['ccc_sd'])}",
            number(row["ccc_best"]), interval(row["ccc_low"], row["ccc_high"]) or UNKNOWN,
            others.get((*cell, "constant"), UNKNOWN), others.get((*cell, "ridge"), UNKNOWN),
            *([number(row["ceiling"])] if rated else []),
            number(row["ccc_after_delay_best"]),
            f"{number(row['pearson_best'])} × {number(row['bias_correction_best'])}",
        ])  # fmt: skip
    columns = ("target", "split", "resampled", "CCC, mean ± sd", "chosen", "95 % interval", "constant", "ridge",
               *(["annotators"] if rated else []), "after the delay", "r × C_b")  # fmt: skip
    return Sheet("scores; mean and sd over seeds, then the chosen network", say.SUMMARY, columns, rows)


def _filters() -> Section:
    text = (
        "A weight says what a feature adds to the prediction, which may be what cancels another feature. The pattern"
        " says what goes up and down with the prediction, and the faces show it."
    )
    return Section("Filters and patterns", [[Fact(text)]], figures=("filters", "patterns", "faces"))


def _relevance(found: Found, best: Mapping[str, Best]) -> Section:
    paragraphs = [
        [*say.leading(found.ranking, target, each.name), *say.relevance(found.agreement, target)]
        for target, each in best.items()
    ]
    return Section("Relevance", [each for each in paragraphs if each],
                   figures=("ranking", "cultures", "relevance", "sanity"))  # fmt: skip


def _perception(found: Found, best: Mapping[str, Best]) -> Section:
    paragraphs = [list(say.perception(found.perception, target)) for target in best]
    if any(each.corpus == SIMULATED for each in best.values()) and any(paragraphs):
        text = (
            "The loadings planted in the twin follow the same literature, so the agreement of models that were trained"
            " on it is no evidence."
        )
        paragraphs.append([Fact(text, "perception/agreement.tsv")])
    return Section("Human perception", [each for each in paragraphs if each])


def _recovery(found: Found) -> Section:
    targets = list(dict.fromkeys(found.recovery["target"]))
    paragraphs = [list(say.recovered(found.recovery, target)) for target in targets]
    rows = [
        [str(row["target"]), people(str(row["culture"])), str(row["quantity"]), number(row["found"]),
         number(row["possible"])]
        for row in found.recovery.to_dict("records")
    ]  # fmt: skip
    caption = (
        "what was planted, and what was found of it; the last column has what would be perfect, what an oracle scores"
        " that knows the affect that shows, or what is promised"
    )
    sheet = Sheet(caption, "recovery.tsv", ("target", "culture", "quantity", "found", "to compare with"), rows)
    return Section("Recovery of what was planted", [each for each in paragraphs if each], [sheet] if rows else [])


def _worlds(found: Found) -> Section:
    if found.worlds.empty:
        return Section("Worlds")
    names = ("world", "question", "expected", "verdict", "evidence")
    rows = [[str(row[name]) for name in names] for row in found.worlds.to_dict("records")]
    about = Fact("Each world is a small twin in which the answer is planted; in some, nothing may be found.")
    return Section("Worlds", [[about, *say.worlds(found.worlds)]],
                   [Sheet("verdicts on worlds", "worlds/worlds.tsv", names, rows)])  # fmt: skip


def _real_time(found: Found, best: Mapping[str, Best]) -> Section:
    ahead = {target: f"{each.latency:g} s" for target, each in best.items() if each.latency}
    at_once = [target for target, each in best.items() if not each.latency]
    alike = len(set(ahead.values())) == 1 and not at_once
    when = [next(iter(ahead.values()))] if alike else [f"{each} (for {target})" for target, each in ahead.items()]
    facts = []
    if ahead:
        facts.append(Fact(f"Models look ahead, so what they say of a moment is known {listed(when)} after it."))
    if at_once:
        whose = f"Models for {listed(at_once)}" if ahead else "Models"
        facts.append(Fact(f"{whose} do not look ahead: what they say of a moment is known as soon as it is seen."))
    facts += [
        Fact(sentence(f"the claim “{str(row['statement']).removesuffix('.')}” {_verb(row['status'])}: {row['detail']}"),
             "claims.tsv")
        for row in found.claims[found.claims["id"] == "real-time"].to_dict("records")
    ]  # fmt: skip
    return Section("Real time", [facts])


def _verb(status: object) -> str:
    return {HOLDS: "holds", FAILS: "fails", NOT_TESTABLE: "is not testable here"}.get(str(status), str(status))


def _claims(found: Found) -> Section:
    rows = [
        [str(row["statement"]), str(row["status"]), number(row["number"]), f"{row['tolerance']:g}", str(row["detail"])]
        for row in found.claims.to_dict("records")
    ]
    sheet = Sheet("the draft's claims", "claims.tsv",
                  ("claim", "verdict", "number", "tolerance", "what the number is"), rows)  # fmt: skip
    return Section("Claims", [list(say.claims(found.claims))], [sheet] if rows else [])


def _conclusion(design: Design, found: Found) -> Section:
    """Count in how many cells the filter is better than what knows nothing, and than what knows who speaks."""
    facts = []
    for rival in (CONSTANT, "turn"):
        cells = [say.sides(say.tested(found.differences, target, rival)) for target in design.targets]
        many = sum(len(rows) for groups in cells for rows in groups.values())
        above = sum(len(groups["above"]) for groups in cells if "above" in groups)
        if many:
            shown = f"shown to be better than {say.RIVALS[rival]}"
            text = f"The filter is {shown} in {say.share_of(above, many, 'pair')} of a target and a culture."
            if many == 1:
                text = f"The filter is {shown}." if above else f"The filter is not {shown}."
            facts.append(Fact(text, say.DIFFERENCES))
    if facts and design.corpus == SIMULATED:
        facts.append(
            Fact("These people are simulated: all that can follow is whether the methods find what was planted.")
        )
    return Section("Conclusion", [facts] if facts else [])


def _limitations(design: Design, found: Found, best: Mapping[str, Best]) -> Section:
    facts: list[Fact] = []
    own = found.summary[found.summary["partition"] == "test"] if len(found.summary) else found.summary
    if len(own):
        units = {str(row["culture"]): int(row["units"]) for row in own.to_dict("records")}
        facts += say.few(units, str(own["unit"].iloc[0]))
    if len(own) and design.trained:
        text = "Development recordings chose epochs and seeds; scores on them have no interval."
        facts.append(Fact(text, say.SUMMARY))
    if design.trained and len(found.counts["culture"].unique()) > 1:
        facts.append(Fact(f"Networks are trained on {_trained(design.training)} recordings alone."))
    foreign = [target for target, each in best.items() if SIMULATED == each.corpus != design.corpus]
    if foreign:
        facts.append(Fact(sentence(model_notice(dict.fromkeys(foreign, SIMULATED)))))
    if len(found.summary) and found.summary["ceiling"].isna().all():
        text = "How far annotators agree among themselves is in none of the tables: scores have no ceiling."
        facts.append(Fact(text))
    facts.append(Fact(f"Action units are {TOOLS[design.tool]}'s estimates, and no person has coded these faces."))
    return Section("Limitations", [facts])


def _provenance(design: Design, found: Found) -> Section:
    world = f", in the world “{design.world}”" if design.world else ""
    facts = [Fact(f"The corpus is “{design.corpus}”{world}; the configuration is {design.identity}.")]
    if len(found.checked):
        right, many = int(found.checked["ok"].sum()), count(len(found.checked), "expected number")
        text = f"Of {many} of this configuration, {right} {'is' if right == 1 else 'are'} met."
        facts.append(Fact(text, "expected.tsv"))
    return Section(
        PROVENANCE.capitalize(),
        [facts],
        [Sheet("what made this page", "", ("what", "which"), [*map(list, design.made_by.items())], of_the_run=True)],
    )


def order_of(figures: Iterable[str], kinds: Sequence[str]) -> list[str]:
    """Choose the figures of some kinds, kind by kind: ``faces`` is the kind of ``faces-valence``."""
    names = list(figures)
    return [name for kind in kinds for name in names if name == kind or name.startswith(f"{kind}-")]
