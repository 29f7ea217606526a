"""What the paper says: one fact, one sentence, made from the tables of a run.

Of differences, the words follow from the interval alone: above zero, below zero, or not told apart, which is said once
for all that it is true of. That a filter *predicts* is said only where it beats a constant, which knows nothing of any
face.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from onefilter.evaluation.agreement import EVERYBODY, WHOLE
from onefilter.evaluation.bootstrap import LEAST, Interval
from onefilter.evaluation.differences import CONSTANT, FILTER
from onefilter.evaluation.scores import RAW
from onefilter.explanation.perception import AGREES, BY_CHANCE
from onefilter.figures.words import UNKNOWN, listed, number, people, sentence, with_interval
from onefilter.names import count, several

SUMMARY: Final = "scores/summary.tsv"
DIFFERENCES: Final = "scores/differences.tsv"


@dataclass(frozen=True)
class Fact:
    """A sentence, and the table that it is taken from (a path below the results; empty for the configuration)."""

    text: str
    source: str = ""


RIVALS: Final[Mapping[str, str]] = {
    CONSTANT: "a constant",
    "turn": "a filter that knows only who speaks",
    "confidence": "a filter that sees only the tracker's confidence",
    "ridge": "the best linear filter in closed form",
    "last epoch": "the same network after its last epoch",
    "post-processed": "its own post-processed predictions",
}
"""What the network is compared with, in words."""


def dataset(counts: pd.DataFrame, tracking: pd.DataFrame) -> Iterator[Fact]:
    """Say how large the corpus is, and how well faces were found.

    Args:
        counts: Columns of `onefilter.features.description.CORPUS_COLUMNS`.
        tracking: Columns of `onefilter.features.tracking.TRACKING_COLUMNS`.
    """
    cultures = [people(culture) for culture in counts["culture"].unique()]
    recordings = int(counts["recordings"].sum())
    minutes = round(counts["duration"].sum() / 60)
    table = "statistics/corpus.tsv"
    yield Fact(
        f"There {'is' if recordings == 1 else 'are'} {count(recordings, 'recording')} of {listed(cultures)} speakers,"
        f" {count(minutes, 'minute')} in all.",
        table,
    )
    dyads = int(counts["dyads"].sum())
    persons = count(int(counts["persons"].sum()), "person")
    alone = f"They show {persons}, counted split by split; who talks with whom is not known."
    if not people_known(tracking):
        alone = "Who is in them is not known, nor who talks with whom."
    yield Fact(f"They show {persons} in {count(dyads, 'dyad')}, counted split by split." if dyads else alone, table)
    failed = float((tracking["failed"] * tracking["frames"]).sum() / max(tracking["frames"].sum(), 1))
    worst = tracking.sort_values("failed", kind="stable").iloc[-1]
    yield Fact(
        f"No face was found in {failed:.1%} of the frames; in the worst recording, {worst['recording']},"
        f" in {worst['failed']:.1%}.".replace("%", " %"),
        f"tracking/{worst['culture']}-{worst['partition']}.tsv",
    )


def people_known(tracking: pd.DataFrame) -> bool:
    """Tell whether the table of recordings says of any recording who is in it, or in which dyad.

    Args:
        tracking: Columns of `onefilter.features.tracking.TRACKING_COLUMNS`.
    """
    cells = tracking[["person", "dyad"]]
    return bool((cells.notna() & (cells != "")).to_numpy().any())


FUSED: Final[Mapping[str, str]] = {
    "mean": "the mean of their ratings",
    "ewe": "the mean of their ratings, each weighted by how far they agree with all (evaluator-weighted estimator)",
}
"""What labels are made of ratings by (`onefilter.settings.Gold`)."""


def annotated(annotators: pd.DataFrame, *, fused: str) -> Iterator[Fact]:
    """Say how many annotators rated the recordings, and how far they agree.

    Args:
        annotators: Columns of `onefilter.evaluation.agreement.AGREEMENT_COLUMNS`; none where nobody knows.
        fused: What labels are made of annotations by.
    """
    table = "gold/agreement.tsv"
    rows = annotators[(annotators["annotator"] == EVERYBODY) & (annotators["partition"] == WHOLE)]
    if rows.empty:
        yield Fact("Labels are given; who rated, and how far those who rated agree, is in none of the tables.")
        return
    least, most = int(rows["annotators"].min()), int(rows["annotators"].max())
    many = count(most, "annotator") if least == most else f"{least} to {most} annotators"
    yield Fact(f"The recordings were rated by {many}, and labels are {FUSED[fused]}.", table)
    known = rows["ccc"].dropna()
    if len(known):
        low, high = number(known.min()), number(known.max())
        span = low if low == high else f"{low} to {high}, depending on what is rated and by whom"
        yield Fact(f"An annotator agrees with the mean of the others by a CCC of {span}.", table)


def distributions(distances: pd.DataFrame) -> Iterator[Fact]:
    """Say whether action units are distributed alike in the cultures.

    Args:
        distances: Columns of `onefilter.features.description.DISTANCE_COLUMNS`.
    """
    table = "statistics/distances.tsv"
    means = distances[distances["variable"].astype(str).str.fullmatch(r"AU\d\d_mean")]
    if means.empty and not distances.empty:
        yield Fact("No mean of an action unit is computed, so their distributions are not compared.", table)
        return
    if means.empty:
        yield Fact("There is only one culture, so distributions are not compared.", table)
        return
    row = means.sort_values("ks", kind="stable").iloc[-1]
    yield Fact(
        f"Of all action units, {str(row['variable']).removesuffix('_mean')} differs most, between"
        f" {people(row['first'])} and {people(row['second'])} speakers: the Kolmogorov–Smirnov distance of its mean is"
        f" {number(row['ks'])}.",
        table,
    )
    rare = means[means["p_family"] <= 0.05]
    if rare.empty:
        yield Fact(
            f"Distances as large arise if {several(str(row['unit']))} are assigned to cultures at random, so no action"
            " unit can be said to be distributed differently.",
            table,
        )
        return
    units = sorted({str(name).removesuffix("_mean") for name in rare["variable"]})
    yield Fact(
        f"{listed(units)} {'differs' if len(units) == 1 else 'differ'} more than if {several(str(row['unit']))} were"
        " assigned to cultures at random; of the others, this cannot be said.",
        table,
    )


def audited(audit: pd.DataFrame) -> Iterator[Fact]:
    """Say which of the draft's sentences on single features hold, under which order of names.

    Args:
        audit: Columns of `onefilter.verification.audit.SENTENCE_COLUMNS`, and ``text``; the rows of all cultures.
    """
    for text, rows in audit[audit["culture"] == "all"].groupby("text", sort=False):
        verdicts = {str(row["order"]): bool(row["holds"]) for row in rows.to_dict("records")}
        found = listed([f"{number(row['number'])} ({row['order']})" for row in rows.to_dict("records")])
        yes = [order for order, holds in verdicts.items() if holds]
        if len(yes) == len(verdicts):
            verdict = "holds under both orders of names"
        elif yes:
            verdict = f"holds only under the {listed(yes)} order of names"
        else:
            verdict = "holds under neither order of names"
        yield Fact(f"“{str(text).removesuffix('.')}” {verdict}: what is measured is {found}.", "audit/sentences.tsv")


def scores(summary: pd.DataFrame, target: str) -> Iterator[Fact]:
    """Say what the chosen network scores on the test recordings.

    Args:
        summary: Columns of `onefilter.evaluation.scores.SUMMARY_COLUMNS`.
        target: What is predicted.
    """
    own = chosen(summary, target)
    parts = [f"{_score(row, 'ccc')} in {people(row['culture'])}" for row in own.to_dict("records")]
    if parts:
        yield Fact(f"For {target}, the CCC is {listed(parts)} test recordings.", SUMMARY)
        parts = [f"{_score(row, 'ccc_after_delay')} in {people(row['culture'])}" for row in own.to_dict("records")]
        yield Fact(f"After the annotation delay, where a constant scores 0, it is {listed(parts)} recordings.", SUMMARY)


def _score(row: Mapping[object, object], name: str) -> str:
    """The chosen network's score and its interval."""
    return with_interval(*(float(str(row[key])) for key in (f"{name}_best", f"{name}_low", f"{name}_high")))


def chosen(summary: pd.DataFrame, target: str, *, method: str = "one-filter") -> pd.DataFrame:
    """Rows of a target's raw scores on test recordings, of one method."""
    own = summary[(summary["target"] == target) & (summary["method"] == method) & (summary["processing"] == RAW)]
    return own[own["partition"] == "test"]


def verdict(low: float, high: float) -> str:
    """Give on which side of zero an interval lies: ``above``, ``below``, ``open`` or, without one, ``unknown``."""
    return Interval(low, high).side


def sides(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Put comparisons with the same verdict together, in the order in which they are told."""
    found = [verdict(low, high) for low, high in zip(rows["family_low"], rows["family_high"], strict=True)]
    groups = {name: rows[[each == name for each in found]] for name in ("above", "below", "open", "unknown")}
    return {name: group for name, group in groups.items() if len(group)}


def predicted(differences: pd.DataFrame, target: str) -> list[str]:
    """Name the cultures on whose test recordings the network beats a constant."""
    above = sides(tested(differences, target, CONSTANT)).get("above")
    return [] if above is None else [people(str(split).removesuffix("-test")) for split in above["split"]]


def tested(differences: pd.DataFrame, target: str, rival: str) -> pd.DataFrame:
    """Rows that compare the network with another model on test recordings."""
    table = differences[(differences["target"] == target) & (differences["kind"] == "models")]
    return table[(table["second"] == rival) & table["split"].astype(str).str.endswith("-test")]


def against(differences: pd.DataFrame, target: str) -> Iterator[Fact]:
    """Say than which models the network is better or worse on test recordings, and from which it is not told apart.

    Args:
        differences: Columns of `onefilter.evaluation.differences.DIFFERENCE_COLUMNS`.
        target: What is predicted.
    """
    told: dict[tuple[str, str], list[str]] = {}
    for rival, name in RIVALS.items():
        for side, rows in sides(tested(differences, target, rival)).items():
            where = _where(rows)
            if side == "above" and rival == CONSTANT:
                margins = listed([by(row) for row in rows.to_dict("records")])
                first = f"The filter predicts {target} in {where} recordings"
                why = f"its CCC after the delay is above that of a constant by {margins}"
                yield Fact(f"{first}: {why}.", DIFFERENCES)
            else:
                told.setdefault((side, where), []).append(name)
    for side, words in _AGAINST.items():
        for where, names in ((where, names) for (own, where), names in told.items() if own == side):
            yield Fact(f"In {where} recordings, {words} {listed(names)}.", DIFFERENCES)


_AGAINST: Final[Mapping[str, str]] = {
    "above": "the filter scores higher than",
    "below": "the filter scores lower than",
    "open": "the filter is not told apart from",
    "unknown": "there are too few people to compare the filter with",
}


def _where(rows: pd.DataFrame) -> str:
    """List the cultures of some comparisons on test recordings."""
    return listed([people(str(split).removesuffix("-test")) for split in rows["split"]])


def ceiling(summary: pd.DataFrame, differences: pd.DataFrame, target: str) -> Iterator[Fact]:
    """Say what annotators reach on test recordings, and where the network is shown to be above or below it.

    Args:
        summary: Columns of `onefilter.evaluation.scores.SUMMARY_COLUMNS`.
        differences: Columns of `onefilter.evaluation.differences.DIFFERENCE_COLUMNS`.
        target: What is predicted.
    """
    own = chosen(summary, target)
    own = own[own["ceiling"].notna()]
    if own.empty:
        return
    parts = [
        f"{with_interval(row['ceiling'], row['ceiling_low'], row['ceiling_high'])} in {people(str(row['culture']))}"
        for row in own.to_dict("records")
    ]
    told = f"Annotators agree with the mean of the others by a CCC of {listed(parts)} recordings: the ceiling."
    yield Fact(told, SUMMARY)
    yield from beside_annotators(differences, target)


def beside_annotators(differences: pd.DataFrame, target: str) -> Iterator[Fact]:
    """Say where the network is shown to be above or below what annotators reach on test recordings.

    Args:
        differences: Columns of `onefilter.evaluation.differences.DIFFERENCE_COLUMNS`.
        target: What is predicted.
    """
    table = differences[(differences["target"] == target) & (differences["kind"] == "ceiling")]
    words = {
        "above": "The filter scores higher than the ceiling",
        "below": "The filter stays below the ceiling",
        "open": "It is not told apart from the ceiling",
        "unknown": "There are too few people to compare it with the ceiling",
    }
    yield from _by_side(table[table["split"].astype(str).str.endswith("-test")], words)


def beside_systems(differences: pd.DataFrame, target: str) -> Iterator[Fact]:
    """Say than which other people's systems the network is better or worse on test recordings.

    Args:
        differences: Columns of `onefilter.evaluation.differences.DIFFERENCE_COLUMNS`.
        target: What is predicted.
    """
    table = differences[(differences["target"] == target) & (differences["kind"] == "systems")]
    table = table[table["split"].astype(str).str.endswith("-test")]
    for system, own in table[table["first"] == FILTER].groupby("second", sort=False):
        yield from _by_side(own, _compared("The filter", str(system)))
    for system, own in table[table["second"] == CONSTANT].groupby("first", sort=False):
        yield from _by_side(own, _compared(f"The system {system}", "a constant"))


def _compared(subject: str, rival: str) -> dict[str, str]:
    """Say by side of zero how somebody's score compares with a rival's."""
    return {
        "above": f"{subject} scores higher than {rival}",
        "below": f"{subject} scores lower than {rival}",
        "open": f"{subject} is not told apart from {rival}",
        "unknown": f"There are too few people to compare {subject[:1].lower()}{subject[1:]} with {rival}",
    }


def _by_side(rows: pd.DataFrame, words: Mapping[str, str]) -> Iterator[Fact]:
    """Say by side of zero in which recordings something is so, with the differences."""
    for side, group in sides(rows).items():
        where = _where(group)
        differing = "" if side == "unknown" else f" ({listed([by(row) for row in group.to_dict('records')])})"
        yield Fact(f"{words[side]} in {where} recordings{differing}.", DIFFERENCES)


def findings(differences: pd.DataFrame) -> str:
    """Say how to read the table of all differences.

    Args:
        differences: Columns of `onefilter.evaluation.differences.DIFFERENCE_COLUMNS`.
    """
    unit = differences["unit"].iloc[0] if len(differences) else "recording"
    return (
        "The paper (paper.html) says in sentences what differs; here is every number."
        f" Intervals resample {several(unit)}. Those of one target and one kind of comparison hold together: all of"
        " them cover their true differences in 95 % of studies. A network has no interval on the recordings that it was"
        " chosen on."
        " Intervals of development minus test are conditional on that choice."
        " The ceiling is the mean CCC of annotators with the mean of the others: no bound, but what a person reaches."
    )


def by_rival(differences: pd.DataFrame, targets: Sequence[str]) -> list[list[str]]:
    """Lay out by how much the network is better than each of `RIVALS`: target, culture, differences with intervals."""
    found = {
        (target, str(row["split"]), rival): by(row)
        for target in targets
        for rival in RIVALS
        for row in tested(differences, target, rival).to_dict("records")
    }
    cells = dict.fromkeys((target, split) for target, split, _ in found)
    return [
        [target, people(split.removesuffix("-test")),
         *(found.get((target, split, rival), UNKNOWN) for rival in RIVALS)]
        for target, split in cells
    ]  # fmt: skip


def by(row: Mapping[object, object]) -> str:
    """Give a difference with the interval that holds together with those of its family."""
    value, low, high = (float(str(row[key])) for key in ("difference", "family_low", "family_high"))
    return with_interval(value, low, high, sign=True)


def cultures(differences: pd.DataFrame, target: str) -> Iterator[Fact]:
    """Say between which cultures the score differs, and in which direction.

    Args:
        differences: Columns of `onefilter.evaluation.differences.DIFFERENCE_COLUMNS`.
        target: What is predicted.
    """
    rows = differences[(differences["target"] == target) & (differences["kind"] == "cultures")]
    for side, group in sides(rows).items():
        pairs = [(people(str(row["first"])), people(str(row["second"])), row) for row in group.to_dict("records")]
        if side in ("above", "below"):
            for first, second, row in pairs:
                better, worse = (first, second) if side == "above" else (second, first)
                yield Fact(
                    f"Its score is higher in {better} than in {worse} recordings ({first} minus {second}: {by(row)}).",
                    DIFFERENCES,
                )
            continue
        names = listed(
            [f"{first} and {second}{f' ({by(row)})' if side == 'open' else ''}" for first, second, row in pairs]
        )
        start = "its scores are not told apart between" if side == "open" else "there are too few people to compare"
        yield Fact(sentence(f"{start} {names}"), DIFFERENCES)


def optimism(differences: pd.DataFrame, target: str) -> Iterator[Fact]:
    """Say how much better development looked than test.

    Args:
        differences: Columns of `onefilter.evaluation.differences.DIFFERENCE_COLUMNS`.
        target: What is predicted.
    """
    rows = differences[(differences["target"] == target) & (differences["kind"] == "optimism")]
    for row in rows[rows["split"] == "score"].to_dict("records"):
        side = verdict(row["family_low"], row["family_high"])
        words = {
            "above": f"its score on development is higher than on test, by {by(row)}",
            "below": f"its score on development is lower than on test, by {by(row)}",
            "open": f"its score on development is not told apart from that on test ({by(row)})",
            "unknown": "there are too few people to compare development with test",
        }
        yield Fact(sentence(words[side]), DIFFERENCES)


def relevance(agreement: pd.DataFrame, target: str) -> Iterator[Fact]:
    """Say whether seeds find the same features, beside filters whose weights are shuffled.

    Args:
        agreement: Columns of `onefilter.explanation.ranking.AGREEMENT_COLUMNS`.
        target: What is predicted.
    """
    rows = agreement[(agreement["target"] == target) & (agreement["among"] == "seeds")]
    above, unknown = rows[rows["low"] > rows["null_high"]], rows[rows["low"].isna()]
    rest = rows.drop([*above.index, *unknown.index])
    start = f"The seeds' filters for {target}"
    ways = (
        (above, f"{start} agree on the order of features more than shuffled filters do"),
        (rest, f"{start} are not shown to agree on the order of features more than shuffled filters do"),
        (unknown, f"There are too few people to tell whether the seeds' filters for {target} agree on the order of"
                  " features more than shuffled filters do"),
    )  # fmt: skip
    for group, words in ways:
        parts = [
            f"{people(str(row['of'])) if row['of'] != 'all' else 'all'} recordings: Kendall's W"
            f" {with_interval(row['kendall_w'], row['low'], row['high'])}, shuffled up to {number(row['null_high'])}"
            for row in group.to_dict("records")
        ]
        if parts:
            yield Fact(f"{words} ({'; '.join(parts)}).", "relevance/agreement.tsv")


def leading(ranking: pd.DataFrame, target: str, model: str) -> Iterator[Fact]:
    """Name the features that move the prediction most.

    Args:
        ranking: Columns of `onefilter.explanation.ranking.RANKING_COLUMNS`.
        target: What is predicted.
        model: The chosen model.
    """
    rows = ranking[(ranking["target"] == target) & (ranking["model"] == model)]
    for culture, own in rows.groupby("culture", sort=False):
        first = own.sort_values("rank", kind="stable").head(3)
        parts = [
            f"{str(row['feature']).replace('_', ' ')}"
            f" ({with_interval(row['share'], row['share_low'], row['share_high'])})"
            for row in first.to_dict("records")
        ]
        yield Fact(
            f"In {people(str(culture))} recordings, the features with the largest shares of the variance of predicted"
            f" {target} are {listed(parts)}.",
            "relevance/ranking.tsv",
        )


def perception(table: pd.DataFrame, target: str) -> Iterator[Fact]:
    """Say whether the signs of filter and pattern are those that the literature expects.

    Args:
        table: Columns of `onefilter.explanation.perception.SIGN_COLUMNS`.
        target: What is predicted.
    """
    rows = table[(table["target"] == target) & (table["order"] == "stored")]
    rows = rows[rows["weights"].isin(["filter", "pattern"])]
    for row in rows.to_dict("records"):
        end = {
            AGREES: f"which is more than chance (p {number(row['p_refit'], digits=3)}",
            BY_CHANCE: f"and chance is not ruled out (p {number(row['p_refit'], digits=3)}",
        }.get(str(row["verdict"]), "and whether that is more than chance is not testable here")
        if math.isfinite(row["p_refit"]):
            end += f" among filters fitted to labels of other {several(str(row['unit']))})"
        elif row["verdict"] == BY_CHANCE:
            end = "which a coin reaches in every second case"
        signs = f"{row['agreeing']} of {count(int(row['features']), 'sign')}"
        yield Fact(
            f"For {target}, {signs} of the {row['weights']} {'is' if row['agreeing'] == 1 else 'are'} as the literature"
            f" expects, {end}.",
            "perception/agreement.tsv",
        )


def recovered(recovery: pd.DataFrame, target: str) -> Iterator[Fact]:
    """Say how much of what was planted in the twin was found.

    Args:
        recovery: Columns of `onefilter.verification.recovery.RECOVERY_COLUMNS`.
        target: What is predicted.
    """
    rows = recovery[recovery["target"] == target]
    phrases = {
        "pattern r": "The pattern for {target} correlates with the planted loadings at {found}",
        "filter r": "The weights of the filter for {target} correlate with them at {found}",
        "pattern signs": "The pattern for {target} has the planted sign in {share} of the large loadings",
        "filter signs": "The filter for {target} has it in {share}",
    }
    for quantity, phrase in phrases.items():
        own = rows[rows["quantity"] == quantity]
        parts = own[own["found"].notna()].to_dict("records")
        if parts:
            whose = [f" ({people(str(row['culture']))})" * (len(parts) > 1) for row in parts]
            found = listed([f"{number(row['found'])}{who}" for row, who in zip(parts, whose, strict=True)])
            share = listed([f"{100 * row['found']:.0f} %{who}" for row, who in zip(parts, whose, strict=True)])
            yield Fact(phrase.format(target=target, found=found, share=share) + ".", "recovery.tsv")
    own = rows[(rows["quantity"] == "coverage") & rows["found"].notna()]
    if len(own):
        yield Fact(
            f"The score for {target} agrees with that on people who were not in the run in"
            f" {int(own['found'].sum())} of {count(len(own), 'culture')}: the interval of the difference holds zero.",
            "recovery.tsv",
        )


def share_of(some: int, many: int, noun: str) -> str:
    """Say how many of several: all 9 intervals, 3 of 9 intervals, none of 9 intervals."""
    return f"{'all' if some == many else 'none of' if not some else f'{some} of'} {count(many, noun)}"


def claims(table: pd.DataFrame) -> Iterator[Fact]:
    """Count the verdicts on the draft's claims.

    Args:
        table: Columns of `onefilter.verification.claims.CLAIM_COLUMNS`.
    """
    words = (("holds", "holds", "hold"), ("fails", "fails", "fail"),
             ("not testable here", "cannot be tested here", "cannot be tested here"))  # fmt: skip
    many = {status: int((table["status"] == status).sum()) for status, *_ in words}
    parts = [f"{many[status]} {one if many[status] == 1 else more}" for status, one, more in words if many[status]]
    text = f"Of {count(len(table), 'claim')} of the draft, {listed(parts)}."
    if len(parts) == 1 and len(table) > 1:
        (only,) = (status for status in many if many[status])
        text = _ALL_CLAIMS[only].format(f"draft's {len(table)} claims")
    if parts:
        yield Fact(text, "claims.tsv")


_ALL_CLAIMS: Final[Mapping[str, str]] = {
    "holds": "All of the {} hold.",
    "fails": "All of the {} fail.",
    "not testable here": "None of the {} can be tested here.",
}


def worlds(table: pd.DataFrame) -> Iterator[Fact]:
    """Say whether small twins in which the answer is planted got the verdicts that they must get.

    Args:
        table: Columns of `onefilter.verification.worlds.WORLD_COLUMNS`.
    """
    right = table["verdict"] == table["expected"]
    yield Fact(
        f"{int(right.sum())} of {count(len(table), 'verdict')} {'is' if right.sum() == 1 else 'are'} as planted.",
        "worlds/worlds.tsv",
    )
    for row in table[~right].to_dict("records"):
        yield Fact(
            f"In the world {row['world']}, “{row['question']}” got the answer “{row['verdict']}” where"
            f" “{row['expected']}” was planted.",
            "worlds/worlds.tsv",
        )


def few(counts: Mapping[str, int], unit: str, *, enough: int = 10) -> Iterator[Fact]:
    """Say which test splits are too small for intervals, or for such as can be relied on.

    Args:
        counts: Number of units by culture.
        unit: What they are, in the singular.
        enough: So many units are enough to be silent.
    """
    nouns = several(unit)
    sizes = {f"{people(culture)} {count(many, unit, nouns)}": many for culture, many in counts.items()}
    small = [name for name, many in sizes.items() if LEAST <= many < enough]
    none = [name for name, many in sizes.items() if many < LEAST]
    if small:
        yield Fact(f"Intervals rest on few {several(unit)} ({listed(small)}) and are rough.", SUMMARY)
    if none:
        fewer = f"fewer than {LEAST} {several(unit)}"
        yield Fact(f"There is no interval where there are {fewer} ({listed(none)}).", SUMMARY)
