"""Test the draft's claims, and compare the run's numbers with the expected ones."""

from onefilter.workflow.step import PROGRESS, bind, logger

import math
from pathlib import Path

import pandas as pd

from onefilter.errors import InputError
from onefilter.evaluation.differences import DIFFERENCE_COLUMNS
from onefilter.evaluation.postprocessing import CHAIN_COLUMNS
from onefilter.evaluation.scores import LADDER_COLUMNS, RUNG_COLUMNS, SUMMARY_COLUMNS
from onefilter.explanation.perception import SIGN_COLUMNS
from onefilter.features.description import CORPUS_COLUMNS, DISTANCE_COLUMNS, STATISTICS_COLUMNS
from onefilter.features.tracking import TRACKING_COLUMNS
from onefilter.figures.document import document
from onefilter.figures.sentences import claims as claims_in_words
from onefilter.files import write_table, write_text
from onefilter.model.card import Model, Stack
from onefilter.model.file import read_any_model
from onefilter.tables import read_results
from onefilter.verification.claims import FAILS, HOLDS, NOT_TESTABLE, read_claims, verify
from onefilter.verification.expected import CHECKED_COLUMNS, compare_expected, misses, numbers_of, read_expected
from onefilter.verification.pace import seconds_per_second
from onefilter.verification.recovery import RECOVERY_COLUMNS
from onefilter.verification.statements import Evidence, Pace

MARKS = {HOLDS: "good", FAILS: "bad", NOT_TESTABLE: "open"}


def verify_claims(
    statements: Path,
    expected: Path | None,
    described: Path,
    differing: Path,
    counts: Path,
    tracking: list[Path],
    summary: list[Path],
    chains: list[Path],
    differences: list[Path],
    perception: Path,
    recovery: list[Path],
    ladder: list[Path],
    rungs: list[Path],
    best: list[Path],
    claims: Path,
    checked: Path,
    page: Path,
    configuration: str,
    openface: float | None,
    trained_on: list[str],
    corpus: str,
) -> None:
    """Test the draft's claims and compare the run's numbers with the expected ones; numbers that miss stop the run."""
    tests = read_claims(statements)
    evidence = Evidence(
        described=read_results(described, STATISTICS_COLUMNS),
        distances=read_results(differing, DISTANCE_COLUMNS),
        summary=read_results(summary, SUMMARY_COLUMNS),
        differences=read_results(differences, DIFFERENCE_COLUMNS),
        perception=read_results(perception, SIGN_COLUMNS),
        ladder=read_results(ladder, LADDER_COLUMNS),
        rungs=read_results(rungs, RUNG_COLUMNS),
        pace=_pace([read_any_model(path) for path in best], openface, read_results(tracking, TRACKING_COLUMNS)),
        trained_on=trained_on,
    )
    tested = verify(tests, evidence, corpus=corpus, file=str(statements))
    numbers = numbers_of(
        corpus=read_results(counts, CORPUS_COLUMNS),
        described=evidence.described,
        chains=[read_results(path, CHAIN_COLUMNS).assign(target=path.stem) for path in chains],
        summary=evidence.summary,
        recovery=read_results(recovery, RECOVERY_COLUMNS),
    )
    compared, note = _compare(expected, numbers, configuration)
    logger.log(PROGRESS, "%s %s", " ".join(fact.text for fact in claims_in_words(tested)), note)
    write_table(claims, tested)
    write_table(checked, compared.astype({"ok": int}), corpus=corpus)
    text = document(
        "Claims and expected numbers",
        corpus=corpus,
        paragraphs=["A claim that fails is a result; a claim about people cannot be tested on simulated ones.", note],
        tables={
            "Claims of the draft": tested.drop(columns=["id", "corpus"]),
            "Expected numbers": compared.drop(columns="source"),
        },
        marks=MARKS,
    )
    write_text(page, text)


def _pace(models: list[Model | Stack], openface: float | None, tracking: pd.DataFrame) -> Pace:
    """Say how fast affect is recognised.

    What is measured differs from run to run; the power of ten above it does not, and results stay the same.
    """
    measured = 0.0 if openface is None else max(seconds_per_second(model) for model in models)
    computing = 10.0 ** math.ceil(math.log10(measured)) if measured else 0.0
    latency = max(model.latency for model in models)
    return Pace(latency=latency, computing=computing, openface=openface, video=float(tracking["fps"].max()))


def _compare(expected: Path | None, numbers: dict[str, float], configuration: str) -> tuple[pd.DataFrame, str]:
    """Compare numbers with those that are expected of this configuration; give the table, and a sentence on it.

    Raises:
        InputError: If some are not as expected; each is logged.
    """
    if expected is None:
        return pd.DataFrame(columns=list(CHECKED_COLUMNS)), "No numbers are expected of this run."
    table = read_expected(expected)
    own = table[table["configuration"] == configuration]
    compared = compare_expected(own, numbers, file=str(expected))
    missed = misses(compared)
    for line in missed:
        logger.error("%s", line)
    if missed:
        raise InputError(
            f"{len(missed)} of {len(compared)} numbers are not as expected",
            file=expected,
            remedy="fix what changed them; if they are meant to change, `make expected` and say why in CHANGELOG.md",
        )
    if own.empty:
        other = f"The numbers in {expected.name} belong to other configurations than this run's ({configuration})."
        return compared, other
    return compared, (f"{len(compared)} numbers are expected of this run; {int(compared['ok'].sum())} are as expected.")


bind(verify_claims)
