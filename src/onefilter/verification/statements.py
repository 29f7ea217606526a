"""What the draft's checkable statements are tested with: small functions of what a run has found.

A function takes the `Evidence` and the claim's tolerance and arguments and gives a `Finding`: the number, whether it is
on the right side of the tolerance, and one sentence of detail; or it raises `NotTestable` with the reason. Each can say
no: it compares with what would be there if there were nothing (a constant, the speaker's turn, people of whom it is
not known where they are from), and with an interval over the units that were sampled.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import pandas as pd

from onefilter.concordance import measures
from onefilter.evaluation.bootstrap import LEAST, ROUNDING, interval_over_seeds
from onefilter.evaluation.scores import SUMS, by_unit, seed_of
from onefilter.explanation.perception import BY_COIN
from onefilter.features.description import OVERALL
from onefilter.names import SIMULATED, kind_of, several
from onefilter.verification.audit import SENTENCES, published_in, under


class NotTestable(Exception):
    """Why a claim cannot be tested on this run."""


@dataclass(frozen=True)
class Pace:
    """How fast affect is recognised.

    Attributes:
        latency: By how much the model itself is behind the face: half a centred window, taps that look ahead (seconds).
        computing: Computing time that one second of video takes (seconds; the power of ten above what was measured).
        openface: Frames per second that OpenFace processes on the user's machine; None if nobody measured it.
        video: Frames per second of the user's videos.
    """

    latency: float
    computing: float
    openface: float | None
    video: float


@dataclass(frozen=True)
class Evidence:
    """What a run has found.

    Attributes:
        described: Statistics per culture and variable.
        distances: Distances between cultures' distributions, with what they would be if nobody's culture were known.
        summary: Scores over seeds; empty if nothing is labelled.
        differences: Paired differences of models; empty if nothing is labelled.
        perception: Agreement of signs with expectations.
        ladder: Scores of the depth ladder; empty if it was not made.
        rungs: Moments of the ladder's networks, by recording.
        pace: How fast affect is recognised.
        trained_on: The cultures that networks were trained on; empty if they were given.
    """

    described: pd.DataFrame
    distances: pd.DataFrame
    summary: pd.DataFrame
    differences: pd.DataFrame
    perception: pd.DataFrame
    ladder: pd.DataFrame
    rungs: pd.DataFrame
    pace: Pace
    trained_on: Sequence[str] = ()


@dataclass(frozen=True)
class Finding:
    """What a claim function found.

    Attributes:
        number: What was measured.
        holds: Whether that is within the claim's tolerance.
        detail: One sentence: what the number is.
        about: The corpus of real people that the model was trained on, where the finding is about the model alone.
    """

    number: float
    holds: bool
    detail: str
    about: str | None = None


def distributions_alike(evidence: Evidence, tolerance: float) -> Finding:
    """The AU means are distributed alike in all cultures.

    The number is the largest Kolmogorov-Smirnov distance. Above the tolerance the claim fails if so large a distance is
    rare (p at most .05) where people are assigned to cultures at random; otherwise nothing can be said.
    """
    table = evidence.distances[evidence.distances["variable"].str.fullmatch(r"AU\d\d_mean")]
    if table.empty:
        one = evidence.distances.empty
        raise NotTestable("there is one culture only" if one else "the run computes no mean of an action unit")
    row = table.sort_values("ks").iloc[-1]
    detail = (
        f"largest Kolmogorov-Smirnov distance: {row['variable']}, {row['first']} and {row['second']} ({row['ks']:.2f});"
        f" with {several(str(row['unit']))} assigned to the two at random, 95 % of its distances are below"
        f" {row['ks_null']:.2f}"
        f" (p {row['p_family']:.2g} among all action units and pairs of cultures)"
    )
    if row["ks"] > tolerance and row["p_family"] > LEVEL:
        raise NotTestable(f"too few people to tell: {detail}")
    return Finding(float(row["ks"]), row["ks"] <= tolerance, detail)


def sentence(evidence: Evidence, tolerance: float, *, name: str, order: str) -> Finding:
    """A sentence on single features, with the names of one label order (`onefilter.verification.audit`)."""
    rule = SENTENCES[name]
    if not published_in(evidence.described["variable"]):
        raise NotTestable("the run computes other features than the published ones")
    number = rule.number(under(evidence.described, OVERALL, order))  # type: ignore[arg-type]
    holds = number >= tolerance if rule.above else number <= tolerance
    return Finding(float(number), holds, f"{rule.measured}, names in {order} order")


def better_across_cultures(
    evidence: Evidence, tolerance: float, *, target: str, than: str, trained_on: str = ""
) -> Finding:
    """The network's CCC is higher than a reference's in every culture that is tested.

    The number is the lowest lower bound of the paired differences, whose intervals hold together. It fails where one
    lies on or below the tolerance. A statement on filters that were trained on one culture is none on others.
    """
    if trained_on and list(evidence.trained_on) not in ([], [trained_on]):
        raise NotTestable(f"the filter was trained on {' and '.join(evidence.trained_on)} recordings")
    table = evidence.differences
    if not table.empty:
        table = table[(table["target"] == target) & (table["kind"] == "models") & (table["second"] == than)]
        table = table[table["split"].str.endswith("-test")]
    if table.empty:
        raise NotTestable(f"no test recording of {target} is predicted by a chosen network and by the {than} reference")
    if len(table) < 2:
        raise NotTestable("there is one culture only")
    if table["family_low"].isna().any():
        raise NotTestable(f"a test split has fewer than {LEAST} units, so there is no interval")
    row = table.sort_values("family_low").iloc[0]
    detail = (
        f"lowest lower bound of the difference in CCC after the delay from the {than} reference, {row['split']}:"
        f" {row['difference']:+.2f} [{row['family_low']:+.2f}, {row['family_high']:+.2f}]"
        f" over {several(str(row['unit']))}"
    )
    return Finding(float(row["family_low"]), row["family_low"] > tolerance + ROUNDING, detail)


def agrees_with_perception(evidence: Evidence, tolerance: float, *, target: str, weights: str) -> Finding:
    """Signs agree with human perception more often than they would without a relation: p is at most the tolerance.

    Where nothing can be refitted because the labels are not here, the claim fails if arbitrary signs agree as often in
    every second case or more, and otherwise nothing can be said: signs of correlated features are not arbitrary.
    """
    table = evidence.perception
    if not table.empty:
        table = table[(table["target"] == target) & (table["weights"] == weights) & (table["order"] == "stored")]
    if table.empty:
        raise NotTestable(f"no model of {target} has features of which the literature expects a sign")
    row = table.iloc[0]
    refitted = bool(np.isfinite(row["p_refit"]))
    p = float(row["p_refit"] if refitted else row["p"])
    null = "among filters on labels of others" if refitted else "if signs were arbitrary; its labels are not here"
    if row["model_corpus"] == SIMULATED:
        raise NotTestable(
            "the model was trained on simulated people, whose loadings follow the same literature:"
            f" {row['agreeing']:.0f} of {row['features']:.0f} signs agree, p {p:.2g} {null}"
        )
    detail = f"{row['agreeing']:.0f} of {row['features']:.0f} signs agree ({row['share']:.0%}); the number is p, {null}"
    if not refitted and p < BY_COIN:
        raise NotTestable(f"{detail} (p {p:.2g})")
    return Finding(p, p <= tolerance, detail, about=str(row["model_corpus"]))


def real_time(evidence: Evidence, tolerance: float) -> Finding:
    """What is said of a moment is known within the tolerance (seconds), and computing keeps up with the video.

    The number is the model's own latency, plus OpenFace's time for a frame and the computing for a hop.
    """
    pace = evidence.pace
    if pace.openface is None:
        raise NotTestable(
            f"the model itself looks {_ahead(pace.latency)}; how many frames OpenFace takes in a second on your machine"
            " is not known, and can be given in the configuration as verification.openface"
        )
    busy = pace.video / pace.openface + pace.computing
    number = pace.latency + 1 / pace.openface + pace.computing
    detail = (
        f"seconds from the face to what is said of it: the model looks {_ahead(pace.latency)}, OpenFace takes"
        f" {1 / pace.openface:.3f} s for a frame; one second of video takes {busy:.2f} s of computing"
    )
    return Finding(number, number <= tolerance and busy <= 1, detail)


def _ahead(latency: float) -> str:
    """Say how far a model looks ahead (seconds)."""
    return f"{latency:.2f} s ahead" if latency else "no step ahead"


def shallow_is_enough(evidence: Evidence, tolerance: float) -> Finding:
    """No deeper network is better than one filter by more than the tolerance, on average over test cultures.

    The number is the upper bound of the largest gain, paired by unit and averaged over seeds. It fails where a gain's
    lower bound lies above the tolerance; in between nothing can be said, nor where a network was still improving.
    """
    if evidence.ladder.empty:
        raise NotTestable("the depth ladder was not made; set verification.ladder: true")
    rungs = evidence.rungs[evidence.rungs["partition"] == "test"]
    if rungs.empty:
        raise NotTestable("no test recording is labelled")
    unfinished = evidence.ladder[evidence.ladder["epoch"] > _FINISHED * evidence.ladder["epochs"]]
    unfinished = unfinished[unfinished["network"].isin(DEEPER)]
    gains = {network: _gain(rungs, network) for network in DEEPER if network in set(rungs["network"])}
    better = {network: gain for network, gain in gains.items() if gain[1] > tolerance}
    network, (value, low, high) = max((better or gains).items(), key=lambda entry: entry[1][1 if better else 2])
    detail = (
        f"network {network} minus the one filter, mean test CCC over seeds: {value:+.2f} [{low:+.2f}, {high:+.2f}]"
        f" over {several(kind_of(rungs['unit']))}"
    )
    if low > tolerance:
        return Finding(low, False, detail)
    if len(unfinished):
        row = unfinished.iloc[0]
        raise NotTestable(
            f"network {row['network']} was still improving: its best epoch is {row['epoch']} of {row['epochs']}"
            f" (ladder.networks); {detail}"
        )
    if not high <= tolerance:  # Nor where there is no interval.
        raise NotTestable(f"too few people to tell: {detail}")
    return Finding(high, True, detail)


def _gain(rungs: pd.DataFrame, network: str) -> tuple[float, float, float]:
    """CCC of a network minus the one filter's: mean over cultures and seeds, and its interval.

    Cultures are resampled apart: their variances add up.
    """
    values, variances, bounds = [], [], []
    for culture, own in rungs.groupby("culture", sort=False):
        tables = {}
        for name in (network, SHALLOW):
            parts = own[own["network"] == name].groupby("seed", sort=False)
            tables[name] = np.stack(
                [by_unit(part[list(SUMS)].to_numpy(dtype=float), part["unit"].tolist()) for _, part in parts]
            )
        statistic = partial(_gains, tables[network], tables[SHALLOW])
        units = tables[SHALLOW].shape[1]
        value = float(statistic(np.ones((1, units))).mean())
        found = interval_over_seeds(statistic, units, len(tables[SHALLOW]), seed=seed_of(str(culture), "test", seed=1))
        values.append(value)
        bounds.append(found)
        variances.append(((found.high - found.low) / 2) ** 2)
    mean = float(np.mean(values))
    half = float(np.sqrt(np.sum(variances))) / len(values)
    return mean, mean - half, mean + half


def _gains(deep: np.ndarray, shallow: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Difference in CCC, seed by seed, of drawn units: moments [M, R, 6] and counts [D, R] to [D, M]."""
    ccc = [measures(np.einsum("dr,mrs->dms", counts, table, optimize=True))["ccc"] for table in (deep, shallow)]
    return np.asarray(ccc[0] - ccc[1])


LEVEL: Final = 0.05
DEEPER: Final = ("A", "B")
SHALLOW: Final = "C"
_FINISHED: Final = 0.9
"""A network whose best epoch is beyond this share of its epochs was still improving."""
FUNCTIONS: Final[Mapping[str, Callable[..., Finding]]] = {
    function.__name__: function
    for function in (
        distributions_alike,
        sentence,
        better_across_cultures,
        agrees_with_perception,
        real_time,
        shallow_is_enough,
    )
}
