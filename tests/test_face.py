"""The face's geometry: every unit moves what the manual of the Facial Action Coding System says it moves."""

import json
import re

import numpy as np
import numpy.typing as npt
import pytest

from onefilter.face import BOX, MUSCLES, PAINT, ZONES, Part, face, svg_path
from onefilter.names import AUS

Floats = npt.NDArray[np.float64]
FACE = face()
SIDES = ("left", "right")


def strong(*units: str, intensity: float = 5.0) -> Floats:
    """Give intensities of which only some are not 0."""
    return np.where(np.isin(AUS, units), intensity, 0.0)


def curve(name: str, *units: str, intensity: float = 5.0) -> Floats:
    """Give a part's control points [n, 2] where only these units are active."""
    return FACE.points(strong(*units, intensity=intensity))[list(FACE.part(name).index)]


def moved(name: str, unit: str) -> Floats:
    """Give how a unit at its strongest moves a part's points."""
    return curve(name, unit) - curve(name)


def corner(*units: str) -> Floats:
    """Give the right corner of the lips."""
    return np.asarray(curve("lips part above", *units)[-1])


def brow(*units: str) -> tuple[Floats, Floats]:
    """Give the middles of the inner and of the outer third of the right brow."""
    points = curve("brow-right", *units)
    x = curve("brow-right")[:, 0]
    return points[x < 25].mean(axis=0), points[x > 45].mean(axis=0)


def opening(upper: str, lower: str, *units: str) -> float:
    """Give the largest distance between two curves that meet."""
    return float((curve(lower, *units) - curve(upper, *units))[:, 1].max())


def eye(*units: str) -> float:
    """Give how far the right eye is open."""
    return opening("upper lid-right", "lower lid-right", *units)


def mouth(*units: str) -> float:
    """Give how far the mouth is open."""
    return opening("lips part above", "lips part below", *units)


def chin(*units: str) -> float:
    """Give how low the middle of the chin is."""
    points = curve("head", *units)
    return float(points[np.abs(points[:, 0]) < 0.5, 1].max())


def thickness(*units: str) -> float:
    """Give how much of the lips is seen in the middle of the face."""
    lower, upper = curve("lower lip", *units), curve("upper lip", *units)
    return float(np.ptp(lower[np.abs(lower[:, 0]) < 1, 1]) + np.ptp(upper[np.abs(upper[:, 0]) < 1, 1]))


def opacity(name: str, *units: str) -> float:
    """Give how much of a part is seen."""
    shown = FACE.opacities(strong(*units))
    return shown[[part.name for part in FACE.parts].index(name)]


def test_brows() -> None:
    """`AU01` raises the inner and `AU02` the outer end; `AU04` lowers both and draws them together."""
    (inner, outer), still = brow(), brow()
    assert brow("AU01")[0][1] < inner[1] - 8
    assert brow("AU01")[1][1] >= outer[1]
    assert brow("AU02")[1][1] < outer[1] - 8
    assert abs(brow("AU02")[0][1] - inner[1]) < 2
    assert brow("AU04")[0][1] > still[0][1] + 6
    assert brow("AU04")[1][1] > still[1][1]
    assert brow("AU04")[0][0] < still[0][0] - 3
    # Sadness: the inner ends are higher than the outer ones, which they are not at rest.
    sad = brow("AU01", "AU04")
    assert sad[0][1] - sad[1][1] < still[0][1] - still[1][1] - 4


def test_eyes() -> None:
    """`AU05` opens them, `AU06` and `AU07` narrow them from below, `AU45` closes them, raised lids too."""
    assert eye("AU05") > eye() + 5
    assert moved("upper lid-right", "AU05")[:, 1].min() < -5
    for unit in ("AU06", "AU07"):
        assert 0 < eye(unit) < eye() - 3
        assert moved("lower lid-right", unit)[:, 1].min() < -3
        assert moved("lower lid-right", unit)[:, 1].max() <= 0
    for units in (("AU45",), ("AU45", "AU05"), ("AU45", "AU06", "AU07", "AU09")):
        assert eye(*units) == 0
        np.testing.assert_array_equal(curve("upper lid-right", *units), curve("lower lid-right", *units))
    half = FACE.points(strong("AU45", intensity=1.5))[list(FACE.part("upper lid-right").index), 1]
    assert (half <= curve("lower lid-right")[:, 1]).all()
    assert moved("lower lid-right", "AU45")[:, 1].min() > -2
    assert opacity("crow's foot 1-right", "AU06") > 0.8


def test_corners_of_the_lips() -> None:
    """`AU12` raises them, `AU15` lowers them, `AU20` stretches them, `AU23` narrows the mouth."""
    x, y = corner()
    assert corner("AU12")[1] < y - 8
    assert corner("AU12")[0] > x + 5
    assert corner("AU15")[1] > y + 5
    assert corner("AU20")[0] > x + 8
    assert abs(corner("AU20")[1] - y) < 3
    assert corner("AU23")[0] < x - 2
    assert corner("AU14")[0] > x
    assert opacity("dimple-right", "AU14") > 0.9
    # All four curves of the lips end in it, whatever happens.
    rng = np.random.default_rng(1)
    for _ in range(20):
        points = FACE.points(rng.uniform(0, 5, len(AUS)))
        ends = [points[FACE.part(name).index[0]] for name in ("upper lip", "lower lip", "lips part above", "mouth")]
        np.testing.assert_allclose(ends, [ends[0]] * 4, atol=1e-9)


def test_lips_and_jaw() -> None:
    """`AU25` parts the lips, `AU26` lowers the jaw, `AU10` raises the upper lip, `AU17` the lower, `AU23` thins."""
    assert mouth() == 0
    assert mouth("AU25") > 6
    assert chin("AU25") == chin()
    assert mouth("AU26") > 12
    assert chin("AU26") > chin() + 12
    for still in ("brow-right", "iris-right", "nose tip", "hair", "teeth"):
        np.testing.assert_array_equal(moved(still, "AU26"), 0)
    assert moved("upper lip", "AU10")[:, 1].min() < -5
    assert moved("lips part below", "AU10")[:, 1].min() > -2
    assert moved("lower lip", "AU17")[:, 1].min() < -4
    assert mouth("AU17") == 0
    assert chin("AU17") < chin()
    assert thickness("AU23") < 0.5 * thickness()
    for unit in ("AU12", "AU14", "AU15", "AU20", "AU23"):
        assert mouth(unit) == 0, "only `AU10`, `AU25` and `AU26` part the lips"


def test_nose_and_folds() -> None:
    """`AU09` pulls the wings up and wrinkles the root; folds deepen with `AU09`, `AU10` and `AU12`."""
    assert moved("nose wing-right", "AU09")[:, 1].max() < -4
    assert opacity("nose wrinkle 0-right") == 0
    assert opacity("nose wrinkle 0-right", "AU09") > 0.9
    for unit in ("AU09", "AU10", "AU12"):
        assert opacity("nasolabial fold-right", unit) > opacity("nasolabial fold-right") + 0.4


def placed(part: Part, points: Floats) -> Floats:
    """Give where a part's points are, in an order that does not depend on where its curve begins."""
    return np.unique(points[list(part.index)].round(6) + 0.0, axis=0)


@pytest.mark.parametrize("unit", [*AUS, "all"])
def test_left_is_right(unit: str) -> None:
    """Every unit moves both sides alike; only the parting of the hair and the light in the eyes differ."""
    points = FACE.points(np.linspace(0.5, 4.5, len(AUS)) if unit == "all" else strong(unit))
    opacities = dict(zip([part.name for part in FACE.parts], FACE.opacities(strong(unit)), strict=True))
    checked = 0
    for part in FACE.parts:
        if part.kind in {"hair", "glint"}:
            continue
        name = re.sub("left$|right$", lambda side: SIDES[side[0] == "left"], part.name)
        twin, flip = FACE.part(name), np.array([-1.0, 1.0])
        assert opacities[name] == opacities[part.name]
        np.testing.assert_allclose(placed(twin, points * flip), placed(part, points), atol=1e-6, err_msg=part.name)
        checked += name != part.name
    assert checked > 30


def test_rest_is_neutral() -> None:
    """At zeros the face is its table's, with the eyes open, the mouth closed and no wrinkles."""
    np.testing.assert_array_equal(FACE.points(np.zeros(17)), FACE.neutral)
    assert eye() > 15
    assert FACE.opacities(np.zeros(17)) == [float(np.clip(part.faint, 0, 1)) for part in FACE.parts]
    for unit in AUS:
        assert np.abs(FACE.points(strong(unit, intensity=1.0)) - FACE.neutral).max() > 0.3, f"{unit} moves nothing"


def test_small_changes_move_little() -> None:
    """Nothing jumps, not even where lids and lips come to rest on each other: no point is faster than its shifts."""
    rng = np.random.default_rng(2)
    fastest = np.abs(FACE.shifts).max(axis=(1, 2))
    for _ in range(300):
        here, direction = rng.uniform(0, 5, 17), rng.normal(0, 0.05, 17)
        there = np.clip(here + direction, 0, 5)
        steps = np.abs(FACE.points(there) - FACE.points(here))
        assert steps.max() <= np.abs(there - here) @ fastest + 1e-9


def test_nothing_crosses_and_nothing_leaves() -> None:
    """Upper lids stay above lower ones, lips above each other, and all stays in the box but what is cut off below."""
    rng = np.random.default_rng(3)
    left, top, width, height = BOX
    drawn = [part for part in FACE.parts if part.kind not in {"neck", "mouth", "teeth", "tongue"}]
    for _ in range(300):
        points = FACE.points(rng.uniform(0, 5, 17) * (rng.random(17) < 0.5))
        for upper, lower in (("upper lid-left", "lower lid-left"), ("lips part above", "lips part below")):
            above, below = (points[list(FACE.part(name).index), 1] for name in (upper, lower))
            assert (above <= below).all()
        for part in drawn:
            own = points[list(part.index)]
            assert (own >= (left, top)).all(), part.name
            assert (own <= (left + width, top + height)).all(), part.name


@pytest.mark.parametrize(
    "intensities", [np.zeros(16), np.zeros((1, 17)), np.full(17, -0.01), np.full(17, 5.01), np.full(17, np.nan)]
)
def test_what_is_no_intensity(intensities: Floats) -> None:
    """Bounds, number and finiteness."""
    with pytest.raises(ValueError, match="a face needs 17 intensities of 0 to 5, not"):
        FACE.points(intensities)
    with pytest.raises(ValueError, match="a face needs 17"):
        FACE.opacities(intensities)


def test_curves_pass_through_their_points() -> None:
    """Smooth where they pass: the two control points beside a corner of a closed outline lie on one line with it."""
    for name in ("head", "iris-right", "brow-left"):
        points = curve(name)
        before, here, after = points[2:-1:3], points[3::3], points[4::3]
        into, out = here[: len(after)] - before[: len(after)], after - here[: len(after)]
        np.testing.assert_allclose(into[:, 0] * out[:, 1], into[:, 1] * out[:, 0], atol=1e-9)
        np.testing.assert_allclose(points[0], points[-1])
    # A circle of eight points is one to half a thousandth of its size.
    distances = np.hypot(*(curve("iris-right") - [34, -6.5]).T)
    np.testing.assert_allclose(distances[::3], 9.2)
    for part in FACE.parts:
        assert len(part.index) % 3 == 1
        if part.closed:
            assert np.allclose(FACE.neutral[part.index[0]], FACE.neutral[part.index[-1]]), part.name


def test_the_table_makes_the_same_face() -> None:
    """Whoever adds up what JSON says gets these points and opacities."""
    table = json.loads(json.dumps(FACE.table()))
    assert table["units"] == list(AUS)
    rng = np.random.default_rng(4)
    for _ in range(10):
        intensities = rng.uniform(0, 5, 17)
        points = [list(point) for point in table["neutral"]]
        for unit, shifts in enumerate(table["shifts"]):
            for place, x, y in shifts:
                points[place][0] += intensities[unit] * x
                points[place][1] += intensities[unit] * y
        for upper, lower in table["rests"]:
            points[upper][1] = min(points[upper][1], points[lower][1])
        np.testing.assert_allclose(points, FACE.points(intensities), atol=0.04)
        for part, opacity in zip(table["parts"], FACE.opacities(intensities), strict=True):
            assert np.clip(part["faint"] + np.dot(part["deepens"], intensities), 0, 1) == pytest.approx(opacity)
    assert len(json.dumps(table)) < 80_000


def test_svg_paths() -> None:
    """One move, then cubic curves through all control points."""
    for name, end in (("head", "Z"), ("nose tip", "")):
        part, points = FACE.part(name), FACE.points(strong("AU26"))
        text = svg_path(points, part)
        assert re.fullmatch(rf"M[-\d. ]+C[-\d. ]+{end}", text)
        numbers = np.array(re.findall(r"-?\d+\.\d+", text), dtype=float).reshape(-1, 2)
        np.testing.assert_allclose(numbers, points[list(part.index)], atol=0.005)


def test_every_unit_and_kind_is_known() -> None:
    """Muscles, zones within the head, paint."""
    assert tuple(MUSCLES) == tuple(ZONES) == AUS
    assert {part.kind for part in FACE.parts} == set(PAINT)
    assert len({part.name for part in FACE.parts}) == len(FACE.parts)
    for part in FACE.parts:
        assert set(part.deepens) <= set(AUS)
        assert not part.within or FACE.part(part.within).closed
