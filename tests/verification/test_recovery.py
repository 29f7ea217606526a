"""Recovery: numbers against what was planted by hand."""

import numpy as np
import pytest

from onefilter.concordance import moments
from onefilter.names import AUS
from onefilter.verification.recovery import covers, loadings_recovered, recovery_rows

LOADINGS = dict(zip(AUS, np.linspace(-0.3, 0.5, len(AUS)).tolist(), strict=True))


def entries(values: dict[str, float]) -> dict[str, float]:
    """As features: the mean of each unit, and something that must not count."""
    return {f"{unit}_mean": value for unit, value in values.items()} | {"AU01_std": 9.0, "turn": -3.0}


def test_what_was_planted_is_found() -> None:
    """The loadings themselves, on any scale; their opposite; and signs of small loadings that do not count."""
    twice = entries({unit: 2 * value for unit, value in LOADINGS.items()})
    opposite = entries({unit: -value for unit, value in LOADINGS.items()})
    found = loadings_recovered(LOADINGS, twice, opposite)
    assert found == pytest.approx({"pattern r": 1, "pattern signs": 1, "filter r": -1, "filter signs": 0})
    strong = {unit: value if abs(value) >= 0.1 else -value for unit, value in LOADINGS.items()}
    assert loadings_recovered(LOADINGS, entries(strong), opposite)["pattern signs"] == 1
    values = np.array(list(strong.values()))
    assert loadings_recovered(LOADINGS, entries(strong), opposite)["pattern r"] == pytest.approx(
        np.corrcoef(values, list(LOADINGS.values()))[0, 1]
    )


def test_nothing_planted_nothing_found() -> None:
    """The null world has no truth to recover."""
    found = loadings_recovered(dict.fromkeys(AUS, 0.0), entries(LOADINGS), entries(LOADINGS))
    assert np.isnan(list(found.values())).all()


@pytest.mark.slow
def test_coverage_is_what_intervals_promise() -> None:
    """Two samples of one population agree in 95 % of cases; samples of two populations do not."""
    rng = np.random.default_rng(1)

    def people(count: int, noise: float) -> np.ndarray:
        parts = []
        for _ in range(count):
            label = rng.normal(size=60) + rng.normal()
            parts.append(moments(label + noise * rng.exponential() * rng.normal(size=60), label))
        return np.stack(parts)

    same = np.mean([covers(people(12, 1.0), people(20, 1.0), seed=number) for number in range(300)])
    other = np.mean([covers(people(12, 1.0), people(20, 3.0), seed=number) for number in range(20)])
    assert 0.91 <= same <= 0.985
    assert other < 0.5
    assert np.isnan(covers(people(5, 1.0), people(20, 1.0), seed=1))


def test_rows() -> None:
    """One row per quantity, with what is possible."""
    table = recovery_rows("valence", "german", {"pattern r": (0.9, 1.0)}, "dyad")
    assert table.to_dict("records") == [
        {
            "target": "valence",
            "culture": "german",
            "quantity": "pattern r",
            "found": 0.9,
            "possible": 1.0,
            "unit": "dyad",
        }
    ]
