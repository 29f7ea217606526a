"""The gold standard: against loops, and against annotators whose lags, noise and agreement are planted."""

import numpy as np
import pytest
from scipy.signal import lfilter

from onefilter.concordance import concordance, measures
from onefilter.corpus.gold import (
    Floats,
    RatingsError,
    agreement_sums,
    alone,
    fuse,
    lags,
    moved,
    others,
    resample,
    weights,
)
from onefilter.corpus.simulated import ANNOTATORS, CULTURES, DELAYS, DRIFT, FRAME_RATE, GAIN, LAG_SD, OFFSET, simulate
from onefilter.corpus.twin import TARGETS

NAN = np.nan


def smooth(steps: int, *, seed: int) -> Floats:
    """Draw a path that moves as slowly as affect does, of unit variance."""
    drawn = np.random.default_rng(seed).normal(size=steps + 100)
    return np.asarray(lfilter([1.0], [1.0, -0.95], drawn)[100:] * np.sqrt(1 - 0.95**2))


def holed(ratings: Floats, *, seed: int, share: float = 0.2) -> Floats:
    """Leave a share of the ratings out."""
    return np.where(np.random.default_rng(seed).random(ratings.shape) < share, NAN, ratings)


def noisy(count: int, steps: int, *, sd: float, seed: int) -> tuple[Floats, Floats]:
    """Draw what is rated, and annotators with noise of their own."""
    truth = smooth(steps, seed=seed)
    return truth, truth + sd * np.random.default_rng(seed + 1).normal(size=(count, steps))


def test_resampled_where_it_was_rated() -> None:
    """Exact at the stamps, on the line between them; nothing before, behind, or in a gap, and nothing is copied."""
    stamps = np.array([0.5, 1.0, 1.5, 2.0, 4.0, 4.5])
    values = np.array([1.0, 2.0, 4.0, 3.0, 7.0, 8.0])
    time = np.arange(11) / 2
    expected = [NAN, 1.0, 2.0, 4.0, 3.0, NAN, NAN, NAN, 7.0, 8.0, NAN]
    np.testing.assert_array_equal(resample(stamps, values, time), expected)
    np.testing.assert_allclose(resample(stamps, values, np.array([0.75, 3.0, 4.1])), [1.5, NAN, 7.2])
    empty = values.copy()
    empty[2] = NAN
    np.testing.assert_array_equal(resample(stamps, empty, time)[:5], [NAN, 1.0, 2.0, NAN, 3.0])
    assert np.isnan(resample(stamps, np.full(6, NAN), time)).all()


@pytest.mark.parametrize("rate", [2.0, 7.3, 25.0, 60.0])
def test_resampled_from_any_rate(rate: float) -> None:
    """A line stays a line, up to rounding of the stamps to milliseconds."""
    stamps = np.round(np.arange(0, 20, 1 / rate), 3)
    time = np.arange(200) / 10
    found = resample(stamps, 0.3 * stamps - 1, time)
    known = ~np.isnan(found)
    assert known.sum() >= 190
    np.testing.assert_allclose(found[known], 0.3 * time[known] - 1, atol=2e-4)


def test_moved() -> None:
    """Earlier or later, with nothing where nothing comes from."""
    values = np.arange(5.0)
    np.testing.assert_array_equal(moved(values, 2), [2, 3, 4, NAN, NAN])
    np.testing.assert_array_equal(moved(values, -1), [NAN, 0, 1, 2, 3])
    assert np.isnan(moved(values, 5)).all()


def test_others_and_their_sums() -> None:
    """The mean of the others, moment by moment; sums over what both rated."""
    ratings = holed(noisy(4, 60, sd=0.5, seed=1)[1], seed=2, share=0.5)
    mean, sums = others(ratings), agreement_sums(ratings)
    for k in range(4):
        expected = []
        for t in range(60):
            rest = [ratings[j, t] for j in range(4) if j != k and not np.isnan(ratings[j, t])]
            expected.append(np.mean(rest) if rest else NAN)
        np.testing.assert_allclose(mean[k], expected)
        both = ~np.isnan(ratings[k]) & ~np.isnan(expected)
        assert sums[k, 0] == both.sum()
        assert measures(sums[k])["ccc"] == pytest.approx(concordance(ratings[k][both], np.array(expected)[both]))


def test_mean() -> None:
    """Of whoever rated, if enough did."""
    ratings = holed(noisy(3, 50, sd=1.0, seed=3)[1], seed=4, share=0.4)
    found, strict = fuse(ratings, np.ones(3)), fuse(ratings, np.ones(3), least=2)
    for t in range(50):
        known = ratings[~np.isnan(ratings[:, t]), t]
        assert np.isnan(found[t]) if not len(known) else found[t] == pytest.approx(known.mean(), abs=1e-6)
        assert np.isnan(strict[t]) == (len(known) < 2)


def test_evaluator_weighted_estimator() -> None:
    """Against the equation written out; the noisier an annotator, the less he counts; whoever is contrary counts 0."""
    truth = smooth(400, seed=5)
    noise = np.random.default_rng(6).normal(size=(6, 400)) * np.array([[0.1], [0.6], [2.0], [0.1], [0.1], [0.3]])
    ratings = np.array([[1.0], [1.0], [1.0], [1.0], [1.0], [-1.0]]) * truth + noise
    found = weights(ratings)
    mean = ratings.mean(axis=0)
    by_hand = [max(np.corrcoef(rating, mean)[0, 1], 0.0) for rating in ratings]
    np.testing.assert_allclose(found, by_hand)
    assert found[0] > found[1] > found[2] > found[5] == 0
    expected = [sum(r * x for r, x in zip(by_hand, column, strict=True)) / sum(by_hand) for column in ratings.T]
    np.testing.assert_allclose(fuse(ratings, found), expected, atol=1e-6)
    assert np.corrcoef(fuse(ratings, found), truth)[0, 1] > np.corrcoef(mean, truth)[0, 1]
    np.testing.assert_array_equal(weights(ratings[:1]), [1.0])


def test_weights_with_gaps() -> None:
    """Correlations are over what an annotator rated and somebody else, too."""
    ratings = holed(noisy(3, 300, sd=0.5, seed=7)[1], seed=8, share=0.5)
    for k, weight in enumerate(weights(ratings)):
        shared = ~np.isnan(ratings[k]) & ((~np.isnan(ratings)).sum(axis=0) > 1)
        mean = [np.nanmean(ratings[:, t]) for t in np.flatnonzero(shared)]
        assert weight == pytest.approx(np.corrcoef(ratings[k, shared], mean)[0, 1])


def test_no_weight_is_defined() -> None:
    """Of a constant; and nobody has one where all go against the mean."""
    ratings = noisy(3, 50, sd=0.5, seed=9)[1]
    ratings[1] = 0.2
    with pytest.raises(RatingsError, match=r"all ratings are 0\.2: no weight is defined") as raised:
        weights(ratings)
    assert raised.value.annotator == 1
    assert alone(np.array([[1.0, NAN, NAN], [NAN, 1.0, 2.0], [NAN, 3.0, 4.0]])) == [0]
    assert alone(np.array([[1.0, NAN]])) == []


@pytest.mark.parametrize("planted", [[0, 3], [0, 3, -2, 8, 1], [5, 5, 5], [0, 0, 12]])
@pytest.mark.parametrize("gaps", [0.0, 0.3])
def test_planted_lags_are_found(planted: list[int], gaps: float) -> None:
    """Up to a step, relative to the mean of all; two annotators meet in the middle."""
    long = smooth(1100, seed=10)
    noise = 0.2 * np.random.default_rng(11).normal(size=(len(planted), 1000))
    ratings = np.stack([long[50 - lag : 1050 - lag] for lag in planted]) + noise
    found = lags(holed(ratings, seed=12, share=gaps) if gaps else ratings, largest=20)
    wanted = np.array(planted) - np.mean(planted)
    assert np.abs((found - found.mean()) - wanted).max() <= 1
    assert np.abs(found - wanted).max() <= 1
    assert np.abs(lags(ratings, largest=1)).max() <= 1
    assert not lags(ratings, largest=0).any()


def test_a_lag_is_that_of_the_highest_correlation() -> None:
    """Against a loop over all lags: of two annotators, half the best lag each."""
    first, second = smooth(300, seed=13), np.roll(smooth(300, seed=13), 6) + 0.3 * smooth(300, seed=14)
    scores = {}
    for lag in range(-10, 11):
        pairs = [(second[t + lag], first[t]) for t in range(300) if 0 <= t + lag < 300]
        scores[lag] = np.corrcoef(np.array(pairs).T)[0, 1]
    best = max(scores, key=lambda lag: scores[lag])
    one, two = lags(np.stack([first, second]), largest=10)
    assert abs((two - one) - best) <= 1
    constant = lags(np.stack([first, second, np.full(300, 0.5)]), largest=10)
    assert constant[2] == 0


def test_agreement_in_closed_form() -> None:
    """Annotators with noise of their own: the module's equation."""
    for count, sd in ((2, 0.5), (3, 1.0), (6, 0.7)):
        _, ratings = noisy(count, 60_000, sd=sd, seed=15)
        c, v, m = 1.0, 1.0 + sd**2, count - 1
        expected = 2 * m * c / ((m + 1) * v + (m - 1) * c)
        np.testing.assert_allclose(measures(agreement_sums(ratings))["ccc"], expected, atol=0.03)


def autocovariance(kind_time: float, lag: float) -> float:
    """Of the twin's affect path at a lag (seconds), in units of its variance: from the response of its two poles."""
    times = (0.68 * kind_time, 0.28 * kind_time)
    response = np.zeros(round(20 * kind_time * FRAME_RATE))
    response[0] = 1.0
    for seconds in times:
        response = lfilter([1.0], [1.0, -np.exp(-1 / (seconds * FRAME_RATE))], response)
    shift = round(abs(lag) * FRAME_RATE)
    return float(response[shift:] @ response[: len(response) - shift] / (response @ response))


@pytest.mark.slow
def test_the_twins_agreement_is_as_planted() -> None:
    """From lags, gains, offsets and drifts by the equations of the two modules, within what 60 recordings tell."""
    for target in ("valence", "liking"):
        kind, hidden = CULTURES["german"].affect[target], CULTURES["german"].hidden[target]
        # Two annotators' lags differ by a normal number with sqrt(2) of the standard deviation.
        nodes, sizes = np.polynomial.hermite_e.hermegauss(9)
        share = sum(s * autocovariance(kind.time, np.sqrt(2) * LAG_SD * x) for x, s in zip(nodes, sizes, strict=True))
        within, between = kind.sd**2, kind.spread**2 * (1 - hidden)
        c = between + within * share / sizes.sum()
        v = (1 + GAIN**2) * (between + within) + OFFSET**2 + DRIFT**2
        m = len(ANNOTATORS) - 1
        expected = 2 * m * c / ((m + 1) * v + (m - 1) * c)
        total = np.zeros((len(ANNOTATORS), 6))
        for number in range(60):
            found = simulate(f"r{number}", "german", 100.0, seed=11).annotations
            # Annotators begin with zeros; they are in no equation.
            traces = found[[f"{target}_{name}" for name in ANNOTATORS]].to_numpy().T[:, 60:]
            total += agreement_sums(traces)
        assert float(measures(total)["ccc"].mean()) == pytest.approx(expected, abs=0.03)


def test_the_twins_label_is_the_mean_of_its_annotators() -> None:
    """To the last digit of the files; annotators lag behind the face by about the delay."""
    found = simulate("Train_DE_01", "german", 40.0, seed=4)
    for target in TARGETS:
        traces = found.annotations[[f"{target}_{name}" for name in ANNOTATORS]].to_numpy().T
        written = np.array([float(f"{value:.6f}") for value in found.labels[target]])
        np.testing.assert_array_equal(fuse(traces, np.ones(len(traces))), written)
        assert np.abs(traces).max() <= 1
        assert np.abs(np.array(found.lags[target]) - DELAYS[target]).max() < 5 * LAG_SD
    again = simulate("Train_DE_01", "german", 40.0, seed=4)
    assert found.annotations.equals(again.annotations)


def test_the_twins_lags_are_found() -> None:
    """To a few tenths of a second: annotators drift, and affect moves slowly."""
    found = simulate("r1", "german", 170.0, seed=4)
    errors = []
    for target in TARGETS:
        traces = found.annotations[[f"{target}_{name}" for name in ANNOTATORS]].to_numpy().T[:, 40:]
        planted = np.array(found.lags[target]) * 10
        errors += (lags(traces, largest=20) - (planted - planted.mean())).tolist()
    assert np.median(np.abs(errors)) <= 2
