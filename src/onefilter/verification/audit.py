"""The audit of labels: which feature is meant by which name?

The study's public code stores the 18 moving means first and the 18 moving standard deviations second; the names in its
plots alternate, mean, std, mean, std. So published name number 18, "AU12 mean", is on what is stored as the
standard deviation of the confidence. That the published names are permuted is *inferred from public code*; nobody has
confirmed it. What follows from it can be computed: the same statistics under both orders, and which of the draft's
sentences hold under which.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import pandas as pd

from onefilter.features.description import SUMMARY_STATISTICS
from onefilter.names import AUS, PUBLISHED_FEATURES, SIGNALS

Order = Literal["stored", "published"]

ORDERS: Final[tuple[Order, ...]] = ("stored", "published")
PUBLISHED: Final = (*(f"{signal}_{kind}" for signal in SIGNALS for kind in ("mean", "std")), "turn")
"""Names that the published plots give to the columns 0..36; what is stored there is `PUBLISHED_FEATURES`."""
LOW_MEANS: Final = tuple(f"{unit}_mean" for unit in AUS if unit < "AU12")
"""Means of AU1 ... AU10."""
LOW_FEATURES: Final = (*LOW_MEANS, *(f"{unit}_std" for unit in AUS if unit < "AU12"))
"""Means and standard deviations of AU1 ... AU10."""
HIGH_MEANS: Final = tuple(f"{unit}_mean" for unit in AUS if unit >= "AU12")
"""Means of AU12 ... AU45."""
AUDIT_COLUMNS: Final = (
    "culture", "column", "stored", "published", "median", "mean", "std", "max", "upper_quartile", "zeros",
)  # fmt: skip
SENTENCE_COLUMNS: Final = ("culture", "sentence", "order", "number", "limit", "holds")

Table = Mapping[str, Mapping[str, float]]
"""Statistics by name of the feature, under one order."""


@dataclass(frozen=True)
class Sentence:
    """A sentence of the draft that can be tested.

    Attributes:
        text: In the draft's words, shortened.
        measured: What is computed.
        number: From the statistics.
        limit: What the number is compared with.
        above: Whether the number must lie at or above the limit, or at or below.
    """

    text: str
    measured: str
    number: Callable[[Table], float]
    limit: float
    above: bool

    def holds(self, number: float) -> bool:
        """Whether a number is on the right side of the limit."""
        return number >= self.limit if self.above else number <= self.limit


def _largest(names: tuple[str, ...], statistic: str) -> Callable[[Table], float]:
    return lambda table: max(table[name][statistic] for name in names)


def _smallest(names: tuple[str, ...], statistic: str) -> Callable[[Table], float]:
    return lambda table: min(table[name][statistic] for name in names)


SENTENCES: Final[Mapping[str, Sentence]] = {
    "medians": Sentence(
        "The medians of AU1 … AU10 lie below 0.5.",
        "largest median of the means and standard deviations of AU1 … AU10",
        _largest(LOW_FEATURES, "median"),
        limit=0.5,
        above=False,
    ),
    "reach": Sentence(
        "The means of AU1 … AU10 reach 5.",
        "smallest of the largest values of the means of AU1 … AU10, each of which must reach 5; 4.5 counts as reached",
        _smallest(LOW_MEANS, "max"),
        limit=4.5,
        above=True,
    ),
    "rest": Sentence(
        "The means of the other units stay near 1.5.",
        "largest value of the means of AU12 … AU45; up to 2.5 counts as near",
        _largest(HIGH_MEANS, "max"),
        limit=2.5,
        above=False,
    ),
    "smile": Sentence(
        "The mean of AU12 rarely ever manifests.",
        "upper quartile of the mean of AU12; below 0.1 counts as rarely",
        lambda table: table["AU12_mean"]["upper_quartile"],
        limit=0.1,
        above=False,
    ),
}
"""The draft's sentences on single features. No standard deviation of intensities within 0 .. 5 can exceed 2.5, so "the
rest" cannot fail where the names are on standard deviations."""


def published_in(features: Iterable[str]) -> bool:
    """Say whether the 37 published features are among some features, so that there is something to audit."""
    return set(PUBLISHED_FEATURES) <= set(features)


def names_of(order: Order) -> tuple[str, ...]:
    """Names of the columns 0..36 under an order."""
    return PUBLISHED_FEATURES if order == "stored" else PUBLISHED


def under(described: pd.DataFrame, culture: str, order: Order) -> Table:
    """Statistics by the names that an order gives to the stored columns.

    Args:
        described: `onefilter.features.description.STATISTICS_COLUMNS`, one row per culture and variable.
        culture: Which culture, or ``all``.
        order: ``stored`` or ``published``.
    """
    own = described[described["culture"] == culture].set_index("variable")
    return {
        name: dict(
            zip(SUMMARY_STATISTICS, own.loc[stored, list(SUMMARY_STATISTICS)].to_numpy(dtype=float), strict=True)
        )
        for name, stored in zip(names_of(order), PUBLISHED_FEATURES, strict=True)
    }


def audit(described: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the statistics under both orders, and which sentences hold under which.

    Args:
        described: Statistics per culture and variable; only the 37 published features are looked at.

    Returns:
        Columns of `AUDIT_COLUMNS`, one row per culture and column; columns of `SENTENCE_COLUMNS`, one row per culture,
        sentence and order. No rows if a run computes other features than the published ones.
    """
    columns, sentences = [], []
    if not published_in(described["variable"]):
        described = described.iloc[:0]
    for culture in described["culture"].unique():
        own = described[described["culture"] == culture].set_index("variable")
        for column, (stored, published) in enumerate(zip(PUBLISHED_FEATURES, PUBLISHED, strict=True)):
            statistics = {name: own.at[stored, name] for name in AUDIT_COLUMNS[4:]}
            columns.append(
                {"culture": culture, "column": column, "stored": stored, "published": published} | statistics
            )
        for name, sentence in SENTENCES.items():
            for order in ORDERS:
                number = sentence.number(under(described, culture, order))
                sentences.append(
                    {
                        "culture": culture,
                        "sentence": name,
                        "order": order,
                        "number": number,
                        "limit": sentence.limit,
                        "holds": int(sentence.holds(number)),
                    }
                )
    return pd.DataFrame(columns, columns=list(AUDIT_COLUMNS)), pd.DataFrame(sentences, columns=list(SENTENCE_COLUMNS))
