"""Step of the rule `verify`."""

import time
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import yaml

from onefilter.errors import InputError
from onefilter.features.windows import extract
from onefilter.figures.document import document
from onefilter.files import write_table, write_text
from onefilter.model.card import Model, Stack
from onefilter.model.file import read_any_model
from onefilter.model.prediction import predict
from onefilter.names import SIGNALS
from onefilter.steps import logger, step
from onefilter.verification import claims as claim_functions
from onefilter.verification.claims import Evidence, check_claims
from onefilter.verification.claims import verify as verify_claims
from onefilter.verification.expected import CHECKED_COLUMNS, compare_expected, misses, numbers_of, read_expected

MARKS = {
    claim_functions.HOLDS: "good",
    claim_functions.FAILS: "bad",
    claim_functions.NOT_TESTABLE: "open",
}


@step
def verify(
    *,
    claims_file: str,
    expected_file: list[str],
    described: str,
    distances: str,
    corpus_table: str,
    summary: list[str],
    chains: list[str],
    perception: str,
    ladder: list[str],
    model: str,
    claims: str,
    expected: str,
    report: str,
    corpus: str,
    configuration: str,
) -> None:
    """Test the draft's claims and hold the run's numbers against the expected ones."""
    listed = check_claims(yaml.safe_load(Path(claims_file).read_text(encoding="utf-8")), file=claims_file)
    scores = _read(summary)
    evidence = Evidence(
        described=_read([described]),
        distances=_read([distances]),
        summary=scores,
        perception=_read([perception]),
        ladder=_read(ladder),
        seconds_per_second=seconds_per_second(read_any_model(Path(model))),
    )
    tested = verify_claims(listed, evidence, corpus=corpus, file=claims_file)
    tuned = [_read([path]).assign(target=Path(path).stem) for path in chains]
    numbers = numbers_of(corpus=_read([corpus_table]), described=evidence.described, chains=tuned, summary=scores)
    checked = pd.DataFrame(columns=list(CHECKED_COLUMNS))
    note = "No numbers are expected of this run."
    for path in expected_file:
        table = read_expected(Path(path))
        own = table[table["configuration"] == configuration]
        checked = compare_expected(own, numbers, file=path)
        note = (
            f"{len(checked)} numbers are expected of this run; {int(checked['ok'].sum())} are as expected."
            if len(own)
            else f"The numbers in {path} belong to other configurations than this run's ({configuration})."
        )
    missed = misses(checked)
    if missed:
        for line in missed:
            logger.error("%s", line)
        raise InputError(
            f"{len(missed)} of {len(checked)} numbers are not as expected",
            file=expected_file[0],
            remedy="mend what changed them; if they are meant to change, `make expected` and say why in CHANGELOG.md",
        )
    logger.info("%s; %s", ", ".join(f"{n} {s}" for s, n in tested["status"].value_counts().items()), note)
    write_table(Path(claims), pl.from_pandas(tested))
    write_table(Path(expected), pl.from_pandas(checked.astype({"ok": int})).with_columns(corpus=pl.lit(corpus)))
    text = document(
        "Claims and expected numbers",
        corpus=corpus,
        paragraphs=["A claim that fails is a result; a claim about people cannot be tested on simulated ones.", note],
        tables={
            "Claims of the draft": tested.drop(columns=["id", "corpus"]),
            "Expected numbers": checked.drop(columns="source"),
        },
        marks=MARKS,
    )
    write_text(Path(report), text)


def _read(paths: list[str]) -> pd.DataFrame:
    """Read tables of the same columns and put them together; none gives an empty one."""
    tables = [pd.read_csv(path, sep="\t", float_precision="round_trip") for path in paths]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def seconds_per_second(model: Model | Stack, *, seconds: int = 60, fps: int = 50) -> float:
    """Measure how long features and a prediction take per second of video: the best of three on made-up frames.

    The time depends on the window and on the model's size, not on how windows are aligned or lost frames treated.
    """
    frames = seconds * fps
    values = np.random.default_rng(0).uniform(0, 1, (frames, len(SIGNALS)))
    table = pl.DataFrame({"timestamp": np.arange(frames) / fps, "success": np.ones(frames)}).with_columns(
        pl.Series(signal, values[:, column]) for column, signal in enumerate(SIGNALS)
    )
    card = model.card
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        windows = extract(table, None, window=card.window, hop=card.hop, alignment="centred", failed_frames="keep")
        predict(model, windows.features)
        times.append(time.perf_counter() - begun)
    return min(times) / seconds
