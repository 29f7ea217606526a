"""The paper: what it says of tables of every kind, and the page."""

import io
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from onefilter.corpus.formats.registry import SCALES
from onefilter.evaluation.agreement import AGREEMENT_COLUMNS as ANNOTATED_COLUMNS
from onefilter.evaluation.differences import DIFFERENCE_COLUMNS
from onefilter.evaluation.scores import SUMMARY_COLUMNS
from onefilter.explanation.perception import SIGN_COLUMNS
from onefilter.explanation.ranking import AGREEMENT_COLUMNS, RANKING_COLUMNS
from onefilter.features.description import CORPUS_COLUMNS, DISTANCE_COLUMNS
from onefilter.features.tracking import TRACKING_COLUMNS
from onefilter.figures import paper as page
from onefilter.figures import sentences as say
from onefilter.figures.paper import ALTERNATIVES, Figure, embedded, paper
from onefilter.figures.sections import TOOLS, Best, Design, Found, sections
from onefilter.figures.style import new_figure
from onefilter.figures.words import interval, listed, number, people, signed, with_interval
from onefilter.names import SIGNALS, SIMULATED, count
from onefilter.settings import Features, Network, Target, Training
from onefilter.verification.recovery import RECOVERY_COLUMNS
from onefilter.verification.worlds import WORLD_COLUMNS
from onefilter.workflow.plan import make_plan

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CLAIM_COLUMNS = ("id", "statement", "status", "number", "tolerance", "detail")
MINUS = "recordings (German minus Chinese"
AUDIT_COLUMNS = ("culture", "text", "order", "number", "limit", "holds")


def table(columns: Any, *rows: Sequence[object]) -> pd.DataFrame:
    """Make a table; a row may leave the last columns out."""
    return pd.DataFrame([[*row, *[nan] * (len(columns) - len(row))] for row in rows], columns=list(columns))


def compared(*rows: tuple[str, str, str, str, float, float, float], target: str = "valence") -> pd.DataFrame:
    """Make differences: kind, split, first, second, difference and the family's bounds."""
    return table(
        DIFFERENCE_COLUMNS,
        *((kind, target, split, first, second, value, low, high, low, high, nan, "dyad")
          for kind, split, first, second, value, low, high in rows),
    )  # fmt: skip


def model(split: str, second: str, value: float, low: float, high: float) -> tuple[Any, ...]:
    """Give a row that compares the filter with another model."""
    return ("models", f"{split}-test", "one filter", second, value, low, high)


def scored(*splits: str, target: str = "valence", ccc: float = 0.5, bounds: tuple[float, float] = (0.4, 0.6)) -> Any:
    """Make a summary of the chosen network's scores."""
    rows = []
    for split in splits:
        culture, partition = split.split("-")
        row: dict[str, object] = dict.fromkeys(SUMMARY_COLUMNS, ccc)
        row |= {"target": target, "culture": culture, "partition": partition, "method": "one-filter",
                "processing": "raw", "models": 3, "recordings": 8, "units": 4, "unit": "dyad",
                "best_model": "seed-1"}  # fmt: skip
        row |= {f"{name}_{side}": bound for name in ("ccc", "ccc_mean", "ccc_after_delay")
                for side, bound in zip(("low", "high"), bounds, strict=True)}  # fmt: skip
        rows.append(row)
    return pd.DataFrame(rows, columns=list(SUMMARY_COLUMNS))


def found(**tables: pd.DataFrame) -> Found:
    """Make the tables of a small run with one labelled culture; some are given."""
    empty: dict[str, Any] = {
        "distances": DISTANCE_COLUMNS, "audit": AUDIT_COLUMNS, "summary": SUMMARY_COLUMNS,
        "differences": DIFFERENCE_COLUMNS, "agreement": AGREEMENT_COLUMNS, "ranking": RANKING_COLUMNS,
        "perception": SIGN_COLUMNS, "recovery": RECOVERY_COLUMNS, "claims": CLAIM_COLUMNS,
        "checked": ("key", "rule", "ok"), "worlds": WORLD_COLUMNS, "annotators": ANNOTATED_COLUMNS,
    }  # fmt: skip
    given = {name: table(columns) for name, columns in empty.items()}
    given["counts"] = table(CORPUS_COLUMNS, ("german", "test", 8, 8, 4, 600.0, "10:00"))
    given["tracking"] = table(TRACKING_COLUMNS, ("r1", "p", "d", "german", "test", 100, 50.0, 2.0, 0.1, 0))
    return Found(**(given | tables))


def design(**changes: object) -> Design:
    """Make the design of a run."""
    base = Design(
        corpus="avec", world="", targets={"valence": Target(delay=2.8)}, windows=Features(),
        signals=SIGNALS, network=Network(),
        training=Training(), trained=True, identity="0123456789ab", made_by={"onefilter": "1"},
    )  # fmt: skip
    return replace(base, **changes)  # type: ignore[arg-type]


BEST = {"valence": Best("seed-1", "avec", 4.5, 37, 2961, 70)}
RULES = {"scores/summary.tsv": "summarise_scores", "statistics/corpus.tsv": "describe_corpus",
         "figures/units.png": "draw_units", "scores/differences.tsv": "compare_scores"}  # fmt: skip


def prose(text: str) -> str:
    """Give the text of a page without its markup."""
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", text, flags=re.DOTALL).split())


def texts(facts: Any) -> list[str]:
    """Give the sentences of facts."""
    return [fact.text for fact in facts]


def svg(*, seed: int = 0) -> bytes:
    """Draw a line of noise."""
    figure = new_figure(2.0, corpus="avec", title="Noise")
    figure.subplots().plot(np.random.default_rng(seed).normal(size=20))
    content = io.BytesIO()
    figure.savefig(content, format="svg")
    return content.getvalue()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.00"),
        (0.126, "0.13"),
        (-0.126, "−0.13"),
        (0.004, "0.004"),
        (-0.0004, "−0.0004"),
        (-0.00003, "−0.00003"),
        (nan, "–"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    """Two decimals, unless they would hide the sign; a minus is a minus; no number is a dash."""
    assert number(value) == text
    assert signed(value) == (f"+{text}" if value > 0 else text)


def test_words() -> None:
    """Plurals, lists, intervals."""
    assert [count(many, "dyad") for many in (0, 1, 2, 2000)] == ["0 dyads", "1 dyad", "2 dyads", "2,000 dyads"]
    assert [listed(list("abc"[:many])) for many in (0, 1, 2, 3)] == ["", "a", "a and b", "a, b and c"]
    assert listed(["a and b", "c and d", "e and f"]) == "a and b; c and d; and e and f"
    assert [people(culture) for culture in ("german", "north-german", "own")] == ["German", "North-German", "our own"]
    assert interval(-0.1, 0.25) == "[−0.10, 0.25]"
    assert interval(nan, nan) == ""
    assert with_interval(0.3, nan, nan) == "0.30"
    assert with_interval(0.3, 0.1, 0.5, sign=True) == "+0.30 [0.10, 0.50]"


def test_against() -> None:
    """Each verdict has its words; what is so in the same recordings is said once for all."""
    rows = [
        model("german", "constant", 0.4, 0.2, 0.6),
        model("chinese", "constant", 0.1, -0.1, 0.2),
        model("german", "turn", -0.3, -0.4, -0.1),
        model("german", "ridge", 0.01, -0.1, 0.2),
        model("chinese", "ridge", 0.01, nan, nan),
        ("models", "german-devel", "one filter", "constant", 0.9, nan, nan),
    ]
    assert texts(say.against(compared(*rows), "valence")) == [
        "The filter predicts valence in German recordings: its CCC after the delay is above that of a constant by +0.40"
        " [0.20, 0.60].",
        "In German recordings, the filter scores lower than a filter that knows only who speaks.",
        "In Chinese recordings, the filter is not told apart from a constant.",
        "In German recordings, the filter is not told apart from the best linear filter in closed form.",
        "In Chinese recordings, there are too few people to compare the filter with the best linear filter in closed"
        " form.",
    ]
    assert say.predicted(compared(*rows), "valence") == ["German"]
    assert not texts(say.against(compared(*rows), "arousal"))


def test_below_a_constant_is_no_prediction() -> None:
    """Certainly worse than a constant is said so."""
    differences = compared(model("german", "constant", -0.4, -0.6, -0.2))
    assert texts(say.against(differences, "valence")) == [
        "In German recordings, the filter scores lower than a constant."
    ]
    assert say.predicted(differences, "valence") == []


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.1, 0.3, f"Its score is higher in German than in Chinese {MINUS}: +0.20 [0.10, 0.30])."),
        (-0.3, -0.1, f"Its score is higher in Chinese than in German {MINUS}: −0.20 [−0.30, −0.10])."),
        (-0.3, 0.1, "Its scores are not told apart between German and Chinese (−0.10 [−0.30, 0.10])."),
        (nan, nan, "There are too few people to compare German and Chinese."),
    ],
)  # fmt: skip
def test_cultures(low: float, high: float, text: str) -> None:
    """The direction follows from the interval."""
    value = 0.0 if np.isnan(low) else (low + high) / 2
    assert texts(say.cultures(compared(("cultures", "test", "german", "chinese", value, low, high)), "valence")) == [
        text
    ]


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.1, 0.3, "higher than"),
        (-0.3, -0.1, "lower than"),
        (-0.1, 0.1, "not told apart"),
        (nan, nan, "too few people"),
    ],
)
def test_optimism(low: float, high: float, words: str) -> None:
    """The same of development minus test."""
    rows = compared(("optimism", "score", "german-devel", "german-test", 0.1, low, high))
    (text,) = texts(say.optimism(rows, "valence"))
    assert words in text


def test_dataset() -> None:
    """One recording is one; who talks with whom may be unknown."""
    counts = table(CORPUS_COLUMNS, ("german", "test", 1, 1, 0, 60.0, "1:00"))
    tracking = table(TRACKING_COLUMNS, ("r1", "p", "", "german", "test", 100, 50.0, 2.0, 0.25, 0))
    assert texts(say.dataset(counts, tracking)) == [
        "There is 1 recording of German speakers, 1 minute in all.",
        "They show 1 person, counted split by split; who talks with whom is not known.",
        "No face was found in 25.0 % of the frames; in the worst recording, r1, in 25.0 %.",
    ]
    nobody = table(TRACKING_COLUMNS, ("r1", nan, nan, "german", "test", 100, 50.0, 2.0, 0.25, 0))
    assert texts(say.dataset(counts, nobody))[1] == "Who is in them is not known, nor who talks with whom."
    run = found(counts=counts, tracking=nobody)
    assert "| – | – | 1:00" in " | ".join(sections(design(), run, BEST)[1].sheets[0].rows[0])


def test_annotators() -> None:
    """How many rated, how labels are made of it, and how far they agree; or that nobody knows."""
    rows = [(target, "german", "all", "mean", many, 8, 4, "dyad", ccc, 0.1, 0.9)
            for target, many, ccc in (("arousal", 3, 0.61), ("valence", 6, 0.8))]  # fmt: skip
    assert texts(say.annotated(table(ANNOTATED_COLUMNS, *rows), fused="mean")) == [
        "The recordings were rated by 3 to 6 annotators, and labels are the mean of their ratings.",
        "An annotator agrees with the mean of the others by a CCC of 0.61 to 0.80, depending on what is rated and by"
        " whom.",
    ]
    (first, second) = texts(say.annotated(table(ANNOTATED_COLUMNS, rows[0]), fused="ewe"))
    assert first.startswith("The recordings were rated by 3 annotators, and labels are")
    assert "evaluator-weighted estimator" in first
    assert second == "An annotator agrees with the mean of the others by a CCC of 0.61."
    assert "in none of the tables" in texts(say.annotated(table(ANNOTATED_COLUMNS), fused="mean"))[0]


def test_few_people() -> None:
    """Too few for an interval is something else than too few to trust it."""
    assert texts(say.few({"german": 2, "danish": 7, "chinese": 30}, "dyad")) == [
        "Intervals rest on few dyads (Danish 7 dyads) and are rough.",
        "There is no interval where there are fewer than 6 dyads (German 2 dyads).",
    ]
    run = found(summary=scored("german-test", bounds=(nan, nan)))
    text = prose(paper(design(), run, BEST, [], RULES))
    assert "Scores have no intervals, which need 6 dyads" in text
    assert "Brackets are" not in text
    assert "Brackets are 95 % intervals over dyads." in prose(
        paper(design(), found(summary=scored("german-test")), BEST, [], RULES)
    )


@pytest.mark.parametrize(
    ("latencies", "words"),
    [
        ((4.5, 4.5), "Models look ahead, so what they say of a moment is known 4.5 s after it."),
        ((4.5, 0.0), "known 4.5 s (for valence) after it. Models for arousal do not look ahead"),
        ((0.0, 0.0), "Models do not look ahead: what they say of a moment is known as soon as it is seen."),
    ],
)
def test_real_time(latencies: tuple[float, float], words: str) -> None:
    """A causal model looks nowhere ahead."""
    best = {
        name: replace(BEST["valence"], latency=late)
        for name, late in zip(("valence", "arousal"), latencies, strict=True)
    }
    assert words in prose(paper(design(), found(), best, [], RULES))


def test_experiments_say_what_is_set() -> None:
    """What the configuration sets is said, and nothing else."""
    run = design(
        network=Network(taps=41, ahead=0), training=Training(dropout=0.2), windows=Features(failed_frames="drop")
    )
    text = prose(paper(run, found(), BEST, [], RULES))
    assert "the filter sees 4 s of the past and 0 s of what follows" in text
    assert "In every epoch, 20 % of all values of features, others each time, count as 0." in text
    assert "Frames in which no face was found are left out." in text
    assert "Chosen was seed-1 for valence (epoch 70)." in text
    assert "In every epoch" not in prose(paper(design(), found(), BEST, [], RULES))


def test_tables_are_numbered_as_they_come() -> None:
    """No number is left out, whatever a run has."""
    drawn = [Figure("units", "c", svg()), Figure("boxes", "c", svg(seed=1))]
    text = paper(design(), found(summary=scored("german-test")), BEST, drawn, RULES)
    assert re.findall(r"Table (\d+): ", text.replace('aria-label="Table', ""))[:2] == ["1", "2"]
    captions = re.findall(r"<caption>Table (\d+):|<figcaption><b>(Table|Figure) (\d+)", text)
    assert [one or f"{kind} {other}" for one, kind, other in captions] == ["1", "Table 2", "Figure 1", "3", "4"]


def test_other_tools_are_named() -> None:
    """Not everybody has OpenFace's intensities."""
    run = design(corpus="openface", tool="py-feat", scale="probabilities of 0..1")
    text = prose(paper(run, found(), BEST, [], RULES))
    assert "as Py-Feat estimates them (probabilities of 0 to 1)" in text
    assert "OpenFace" not in text
    assert set(SCALES) <= set(TOOLS)


@pytest.mark.parametrize(
    ("rare", "text"),
    [
        ([], "Distances as large arise if dyads are assigned"),
        (["AU01"], "AU01 differs more than"),
        (["AU01", "AU02"], "AU01 and AU02 differ more than"),
    ],
)
def test_distributions(rare: list[str], text: str) -> None:
    """Only what is rare among permutations differs."""
    rows = [(f"{unit}_mean", "german", "chinese", 0.4, 1.0, 0.3, 0.01, 0.01 if unit in rare else 0.5, "dyad")
            for unit in ("AU01", "AU02", "AU04")]  # fmt: skip
    told = texts(say.distributions(table(DISTANCE_COLUMNS, *rows)))
    assert told[1].startswith(text)
    assert texts(say.distributions(table(DISTANCE_COLUMNS)))[0].startswith(
        "There is only one culture, so distributions"
    )


def test_relevance() -> None:
    """Seeds agree where W lies above that of shuffled filters."""
    rows = [("valence", "seeds", of, 3, 37, w, low, high, 0.4, 0.6, "dyad", 8)
            for of, w, low, high in (("german", 0.9, 0.8, 0.95), ("chinese", 0.6, 0.5, 0.7))]  # fmt: skip
    first, second = texts(say.relevance(table(AGREEMENT_COLUMNS, *rows), "valence"))
    assert "for valence agree" in first
    assert "German" in first
    assert "are not shown to agree" in second
    assert "Chinese" in second


@pytest.mark.parametrize(
    ("verdict", "words"),
    [("agrees", "which is more than chance (p 0.010 among filters fitted to labels of other dyads)"),
     ("no more than by chance", "chance is not ruled out (p 0.010 among"), ("not testable", "is not testable here.")],
)  # fmt: skip
def test_perception(verdict: str, words: str) -> None:
    """The verdict rests on refits."""
    p = nan if verdict == "not testable" else 0.01
    row = ("valence", "filter", "stored", 8, 7, 0.9, 0.1, 0.5, 0.1, "avec", "", "", 4.0, p, 0.1, verdict, "dyad")
    (text,) = texts(say.perception(table(SIGN_COLUMNS, row), "valence"))
    assert text.startswith("For valence, 7 of 8 signs of the filter are as the literature expects, ")
    assert words in text
    coin = (*row[:4], 4, 0.5, 0.6, 0.0, 0.6, "avec", "", "", nan, nan, nan, "no more than by chance", "")
    (text,) = texts(say.perception(table(SIGN_COLUMNS, coin), "valence"))
    assert text.endswith("are as the literature expects, which a coin reaches in every second case.")


def test_claims_and_worlds() -> None:
    """Counts of verdicts; worlds that got the wrong one are named."""
    rows = [(f"c{place}", "s", status, 1.0, 1.0, "d") for place, status in enumerate(["holds", "fails", "fails"])]
    assert texts(say.claims(table(CLAIM_COLUMNS, *rows))) == ["Of 3 claims of the draft, 1 holds and 2 fail."]
    assert texts(say.claims(table(CLAIM_COLUMNS, *rows[1:]))) == ["All of the draft's 2 claims fail."]
    silent = [(*row[:2], "not testable here", *row[3:]) for row in rows]
    assert texts(say.claims(table(CLAIM_COLUMNS, *silent))) == ["None of the draft's 3 claims can be tested here."]
    assert texts(say.claims(table(CLAIM_COLUMNS, rows[0]))) == ["Of 1 claim of the draft, 1 holds."]
    assert texts(say.claims(table(CLAIM_COLUMNS))) == []
    worlds = table(WORLD_COLUMNS, ("null", "Q?", "no", "no", "e"), ("speech", "Q?", "no", "yes", "e"))
    assert texts(say.worlds(worlds)) == [
        "1 of 2 verdicts is as planted.",
        "In the world speech, “Q?” got the answer “yes” where “no” was planted.",
    ]


@pytest.mark.parametrize("targets", [("valence",), ("arousal", "valence", "liking")])
def test_a_run_of_the_null_world_claims_nothing(targets: tuple[str, ...]) -> None:
    """Where all intervals are around zero, nothing is predicted, better, higher or lower."""
    cultures, rivals = ("german", "hungarian", "chinese"), tuple(say.RIVALS)
    rng = np.random.default_rng(1)
    differences, summary = [], []
    for target in targets:
        rows: list[Any] = [
            model(culture, rival, rng.normal(0, 0.03), -0.1, 0.1) for culture in cultures for rival in rivals
        ]
        rows += [("cultures", "test", first, second, 0.01, -0.2, 0.2) for first, second in (cultures[:2], cultures[1:])]
        rows += [("optimism", "score", "german-devel", "german-test", 0.02, -0.1, 0.1)]
        differences.append(compared(*rows, target=target))
        splits = [f"{culture}-test" for culture in cultures]
        summary.append(scored(*splits, target=target, ccc=0.01, bounds=(-0.1, 0.1)))
    tables = found(differences=pd.concat(differences), summary=pd.concat(summary))
    best = dict.fromkeys(targets, replace(BEST["valence"], corpus=SIMULATED))
    run = design(corpus=SIMULATED, world="null", targets=dict.fromkeys(targets, Target(delay=2.0)))
    text = prose(paper(run, tables, best, [], RULES))
    assert not re.search(r"\bpredicts\b|higher (than|in)|lower than", text)
    assert "is not shown to be better than a constant in any culture" in text
    for target in targets:
        name = target.capitalize()
        own = text[text.index(f"{name} For {target}") :].split("Table 3")[0]
        own = own[: own.index("on test (")]
        assert own.count("the filter is not told apart from") == 1


KINDS: dict[str, Callable[[], tuple[Design, Found, dict[str, Best], str]]] = {
    "scored": lambda: (
        design(),
        found(summary=scored("german-test"), differences=compared(model("german", "constant", 0.4, 0.2, 0.6))),
        BEST,
        "It predicts valence better than a constant in German recordings.",
    ),
    "unlabelled": lambda: (design(corpus="openface"), found(), BEST, "No recording is labelled"),
    "adopted": lambda: (
        design(corpus="openface", trained=False),
        found(summary=scored("german-test")),
        {"valence": Best("adopted", SIMULATED, 4.5, 37, 2961, 70)},
        "Nothing was trained here; models were given.",
    ),
    "other signals": lambda: (
        design(signals=["confidence", "pose_Rx"]),
        found(),
        BEST,
        "What is seen of a face: confidence, pose_Rx.",
    ),
    "other targets": lambda: (
        design(targets={"self_report": Target(delay=0.0, taps=60, l1=0.5)}),
        found(summary=scored("german-test", target="self_report")),
        {"self_report": Best("seed-1", "openface", 0.5, 2, 3, 1)},
        "The filter for self_report has 60 taps and is learnt with 0.5 times the sum of absolute weights.",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_run(kind: str) -> None:
    """The page can be written, says what it must, and is the same each time."""
    run, tables, best, words = KINDS[kind]()
    figures = [Figure("units", "The ``units``.", svg())]
    text = paper(run, tables, best, figures, RULES)
    assert words in prose(text)
    assert text == paper(run, tables, best, figures, RULES)
    assert ("Models were trained on" in text or "trained on simulated people" in text) == (kind == "adopted")


def test_order_links_and_band() -> None:
    """Sections are in the draft's order, links lead somewhere, nothing is loaded, and it is said what is simulated."""
    tables = found(
        summary=scored("german-test", "german-devel"),
        recovery=table(RECOVERY_COLUMNS, ("valence", "german", "pattern r", 0.9, 1.0, "dyad"),
                       ("valence", "german", "coverage", 1.0, 0.95, "dyad")),
        worlds=table(WORLD_COLUMNS, ("null", "Q?", "no", "no", "e")),
        claims=table(CLAIM_COLUMNS, ("real-time", "It is fast.", "holds", 1.0, 1.0, "detail")),
        checked=table(("key", "rule", "ok"), ("k", "r", 1)),
        perception=table(SIGN_COLUMNS, ("valence", "filter", "stored", 8, 7)),
        ranking=table(RANKING_COLUMNS, ("valence", "german", "seed-1", "AU12_mean", 1, 0.5, 0.4, 0.6)),
    )  # fmt: skip
    text = paper(design(corpus=SIMULATED), tables, BEST, [Figure("units", "It is ``x``.", svg())], RULES)
    assert re.findall(r'<section id="([\w-]+)"', text) == [
        "abstract", "dataset", "action-units", "statistics", "experiments", "results", "filters-and-patterns",
        "relevance", "human-perception", "recovery-of-what-was-planted", "worlds", "real-time", "claims", "limitations",
        "provenance", "sources",
    ]  # fmt: skip
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(re.findall(r'id="([^"]+)"', text))
    assert 'href="#from-scores-summary-tsv" title="rule summarise_scores"' in text
    files = re.findall(r'<li id="from-[\w-]+"><a href="([^"]+)">', text)
    assert files == sorted(RULES)
    assert not re.search(
        r'(src|href)="(?!data:image/png|#)|@import|url\((?!#)|<script', re.sub(r"<li id.*</li>", "", text)
    )
    assert '<p class="band" role="note">Simulated twin: no statement about people</p>' in text
    assert "It is <code>x</code>." in text
    assert 'class="band"' not in paper(design(), tables, BEST, [], RULES)
    assert "Worlds" not in paper(design(), found(), BEST, [], RULES)


def test_nothing_becomes_markup() -> None:
    """Names of recordings and details of claims are shown as text."""
    hostile = "<script>alert('\"')</script>"
    tables = found(
        tracking=table(TRACKING_COLUMNS, (hostile, "p", "d", "german", "test", 100, 50.0, 2.0, 0.1, 0)),
        claims=table(CLAIM_COLUMNS, ("real-time", hostile, hostile, 1.0, 1.0, hostile)),
    )
    text = paper(design(made_by={hostile: hostile}), tables, BEST, [Figure(f"filters-{hostile}", "c", svg())], RULES)
    assert "<script" not in text


def test_every_figure_of_a_run_has_an_alternative_and_a_caption() -> None:
    """Of the default run, of every figure, and it is in some section."""
    plan = make_plan({})
    assert {name.partition("-")[0] for name in plan.figures} <= set(ALTERNATIVES)
    captions = {name: (ROOT / f"workflow/report/{name}.rst").read_text(encoding="utf-8") for name in plan.captions}
    figures = [
        Figure(name, captions["scores-figure" if name == "scores" else name.partition("-")[0]], svg())
        for name in plan.figures
    ]
    text = paper(design(corpus=SIMULATED), found(summary=scored("german-test")), BEST, figures, RULES)
    assert len(re.findall(r'<svg [^>]*role="img" aria-label="[^"]+"', text)) == len(plan.figures)
    assert text.count("<svg ") == len(plan.figures)
    assert "{{" not in text
    assert "The face of low" not in text
    assert "the filter for valence: the expressions" in text


def test_figures_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that there is no room for are named."""
    drawn = embedded([Figure("units", "c", svg())])["units"]
    assert drawn.startswith("<svg viewBox=")
    monkeypatch.setattr(page, "LARGEST", len(drawn) + 10)
    figures = [Figure("units", "c", svg()), Figure("boxes", "c", svg(seed=1))]
    text = paper(design(), found(), BEST, figures, RULES)
    assert text.count("<svg ") == 1
    assert "There is no room for it here; it is <code>figures/boxes.svg</code>." in text


def luminance(colour: str) -> float:
    """Relative luminance of #rgb or #rrggbb (WCAG 2)."""
    digits = colour.removeprefix("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def test_contrast() -> None:
    """Text has a contrast of 4.5 at least (AA), in light, in dark and in print."""
    style = (ROOT / "src/onefilter/figures/templates/paper.css").read_text(encoding="utf-8")
    colours: dict[str, str] = {}
    schemes = re.findall(r":root \{([^}]*)\}", style)
    assert len(schemes) == 3
    for scheme in schemes:
        colours |= dict(re.findall(r"--(\w+): (#\w+)", scheme))
        for name in ("ink", "soft", "link", "good", "bad"):
            light, dark = sorted((luminance(colours[name]), luminance(colours["paper"])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, name
        assert 1.05 / (luminance(colours["band"]) + 0.05) >= 4.5


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_in_a_browser(tmp_path: Path) -> None:
    """Nothing overflows at 360 pixels, the band stays where it is seen, and the console says nothing."""
    from playwright.sync_api import sync_playwright

    rows = [(f"c{n}", "A long statement " * 8, "not testable here", 1.0, 1.0, "long_detail_" * 30) for n in range(9)]
    tables = found(summary=scored("german-test"), claims=table(CLAIM_COLUMNS, *rows))
    path = tmp_path / "paper.html"
    figures = [Figure("units", "c", svg())]
    path.write_text(paper(design(corpus=SIMULATED), tables, BEST, figures, RULES), encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        tab = browser.new_page(viewport={"width": 360, "height": 640})
        said: list[str] = []
        tab.on("console", lambda message: said.append(message.text))
        tab.goto(path.as_uri())
        assert tab.evaluate("document.documentElement.scrollWidth") == 360
        tab.evaluate("window.scrollTo(0, 1000)")
        box = tab.locator(".band").bounding_box()
        assert box is not None
        assert round(box["y"] + box["height"]) == 640
        assert said == []
        browser.close()


def test_numbers_stay_with_their_units() -> None:
    """No line breaks between them; what a sentence says is still text."""
    hostile = table(TRACKING_COLUMNS, ("5 s <b>", "p", "d", "german", "test", 100, 50.0, 2.0, 0.1, 0))
    text = paper(design(), found(tracking=hostile), BEST, [Figure("units", "In 95 % of.", svg())], RULES)
    blank = "\N{NO-BREAK SPACE}"
    for joined in (f"every 0.1{blank}s", f"In 95{blank}% of", f"recording, 5{blank}s &lt;b&gt;, in 10.0{blank}%."):
        assert joined in text
