"""A schematic face that 17 action units move: one geometry for figures and for the live page.

Where each unit moves what is from the manual of the Facial Action Coding System (Ekman, Friesen & Hager 2002), as are
its muscles; the 17 units and their intensities of 0..5 are OpenFace's (Baltrusaitis et al. 2018, FG, pp. 59-66). How
far a point moves is drawn by eye. The face is nobody's.

Everything is linear in the intensities, so that a face is its neutral points plus, unit by unit, intensity times shift:

    points = neutral + sum_u intensity_u * shift_u
    opacity of a line = clip(faint + sum_u intensity_u * deepens_u, 0, 1)

with one exception: lids and lips that would cross come to rest on each other. Points are control points of cubic Bezier
curves, in units of a head about 150 wide and 240 high; x goes to the viewer's right, y down, 0 lies between the eyes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from onefilter.names import AU_NAMES, AUS

Floats = npt.NDArray[np.float64]
Points = Sequence[tuple[float, float]] | Floats
Moves = Mapping[str, Points]

STRONGEST: Final = 5.0
"""The largest intensity."""
BOX: Final = (-94.0, -134.0, 188.0, 262.0)
"""Left, top, width and height of what is drawn."""
MUSCLES: Final = {
    "AU01": "frontalis, medial part",
    "AU02": "frontalis, lateral part",
    "AU04": "corrugator, depressor supercilii, procerus",
    "AU05": "levator palpebrae superioris",
    "AU06": "orbicularis oculi, orbital part",
    "AU07": "orbicularis oculi, palpebral part",
    "AU09": "levator labii superioris alaeque nasi",
    "AU10": "levator labii superioris",
    "AU12": "zygomaticus major",
    "AU14": "buccinator",
    "AU15": "depressor anguli oris",
    "AU17": "mentalis",
    "AU20": "risorius",
    "AU23": "orbicularis oris",
    "AU25": "depressor labii inferioris, or others relaxed",
    "AU26": "masseter, relaxed",
    "AU45": "levator palpebrae relaxed, orbicularis oculi",
}
"""What moves each unit."""
ZONES: Final[Mapping[str, tuple[float, float, float, float]]] = {
    "AU01": (15, -57, 19, 17), "AU02": (48, -53, 19, 16), "AU04": (0, -36, 23, 16), "AU05": (34, -20, 24, 12),
    "AU06": (51, 10, 22, 18), "AU07": (34, 6, 24, 11), "AU09": (11, 8, 14, 22), "AU10": (15, 46, 17, 13),
    "AU12": (42, 40, 20, 18), "AU14": (42, 62, 14, 13), "AU15": (32, 79, 16, 14), "AU17": (0, 94, 23, 15),
    "AU20": (49, 65, 16, 13), "AU23": (0, 63, 35, 20), "AU25": (0, 74, 25, 15), "AU26": (60, 52, 14, 24),
    "AU45": (34, -8, 27, 20),
}  # fmt: skip
"""Where a unit is at work: middle and half axes of an ellipse, on both sides unless it lies in the middle."""


_INK: Final = "#37302c"
PAINT: Final[Mapping[str, tuple[str, str, float]]] = {
    "neck": ("#e6d3bf", "none", 0), "ear": ("#efdcc8", _INK, 1.4), "skin": ("#f7ebdd", _INK, 1.8),
    "hair": ("#84746a", "none", 0), "mouth": ("#5d2b2f", "none", 0), "tongue": ("#b4626a", "none", 0),
    "teeth": ("#fdfbf7", "none", 0), "lips": ("#d08f86", "none", 0), "eye": ("#ffffff", "none", 0),
    "iris": ("#6f8791", "none", 0), "pupil": ("#221d1b", "none", 0), "glint": ("#ffffff", "none", 0),
    "brow": ("#574a43", "none", 0), "lid": ("none", _INK, 2.6), "line": ("none", _INK, 1.6),
    "fine": ("none", _INK, 1.1),
}  # fmt: skip
"""By kind of part: what it is filled with, its line's colour and its line's width in units of the face."""
_HIDDEN: Final = -0.2
"""Of wrinkles at rest: weak intensities do not wrinkle a face."""
TINTED_BEHIND: Final = "mouth"
"""The kind of the one part behind which, and on the skin, zones are tinted."""


@dataclass(frozen=True)
class Part:
    """A curve, or what it encloses.

    Attributes:
        name: What it is; pairs end with ``left`` or ``right``, as the viewer sees them.
        kind: How it is painted: ``skin``, ``lips``, ``line`` ...
        index: Its control points: a start, then three for each cubic curve.
        closed: Whether it encloses something.
        faint: Opacity at rest; below 0 the part is not seen until it has deepened by as much.
        deepens: What one intensity of each unit adds to it.
        within: The part that it cannot be seen outside of, or nothing.
    """

    name: str
    kind: str
    index: tuple[int, ...]
    closed: bool
    faint: float = 1.0
    deepens: Mapping[str, float] = field(default_factory=dict)
    within: str = ""


@dataclass(frozen=True)
class Face:
    """All parts, from back to front, and how they move.

    Attributes:
        parts: From back to front.
        neutral: Control points at rest [P, 2].
        shifts: What one intensity of each unit, in the order of `AUS`, adds to them [17, P, 2].
        rests: Pairs of control points: the first does not go below the second.
    """

    parts: tuple[Part, ...]
    neutral: Floats
    shifts: Floats
    rests: tuple[tuple[int, int], ...]

    def points(self, intensities: Sequence[float] | Floats) -> Floats:
        """Place the control points [P, 2].

        Args:
            intensities: Of the 17 units, 0..5, in the order of `AUS`.

        Raises:
            ValueError: If they are not 17 numbers within these bounds.
        """
        points = self.neutral + np.tensordot(_checked(intensities), self.shifts, axes=1)
        for upper, lower in self.rests:
            points[upper, 1] = min(points[upper, 1], points[lower, 1])
        return np.asarray(points)

    def opacities(self, intensities: Sequence[float] | Floats) -> list[float]:
        """How much of each part is seen, 0..1; the argument is that of `points`."""
        strengths = dict(zip(AUS, _checked(intensities), strict=True))
        return [
            float(np.clip(part.faint + sum(more * strengths[unit] for unit, more in part.deepens.items()), 0, 1))
            for part in self.parts
        ]

    def part(self, name: str) -> Part:
        """Find a part by its name."""
        return next(part for part in self.parts if part.name == name)

    def table(self) -> dict[str, Any]:
        """Give all of it as JSON can say it, for whoever adds up and draws elsewhere."""
        moved = [np.flatnonzero(np.abs(shift).sum(axis=1) > 0) for shift in self.shifts]
        return {
            "box": BOX,
            "units": AUS,
            "names": AU_NAMES,
            "neutral": self.neutral.round(2).tolist(),
            "shifts": [
                [[int(point), *shift[point].round(3).tolist()] for point in points]
                for shift, points in zip(self.shifts, moved, strict=True)
            ],
            "rests": self.rests,
            "parts": [{**vars(part), "deepens": [part.deepens.get(unit, 0) for unit in AUS]} for part in self.parts],
            "zones": [ZONES[unit] for unit in AUS],
            "paint": PAINT,
            "tinted_behind": TINTED_BEHIND,
        }


def svg_path(points: Floats, part: Part) -> str:
    """Write a part as the path of an SVG.

    Args:
        points: All control points, as `Face.points` places them.
        part: Which part.
    """
    first, *others = (f"{x:.2f} {y:.2f}" for x, y in points[list(part.index)])
    return f"M{first}C{' '.join(others)}{'Z' if part.closed else ''}"


def _checked(intensities: Sequence[float] | Floats) -> Floats:
    values = np.asarray(intensities, dtype=np.float64)
    # Also false for what is no number.
    if values.shape != (len(AUS),) or not np.all((values >= 0) & (values <= STRONGEST)):
        message = f"a face needs {len(AUS)} intensities of 0 to {STRONGEST:g}, not {intensities}"
        raise ValueError(message)
    return values


@cache
def face() -> Face:
    """Give the face."""
    made = _Maker()
    for build in (_head, _mouth, _cheeks, _eyes, _nose, _brows):
        build(made)
    return made.face()


class _Maker:
    """Turns outlines into parts; half of the face is given, the other half is its mirror image."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._neutral: list[Floats] = []
        self._shifts: list[Floats] = []
        self._count = 0
        self.parts: list[Part] = []
        self.rests: list[tuple[int, int]] = []

    def face(self) -> Face:
        """Give what was made."""
        return Face(
            tuple(self.parts), np.concatenate(self._neutral), np.concatenate(self._shifts, axis=1), tuple(self.rests)
        )

    def curve(self, points: Points, moves: Moves, *, closed: bool = False,
              knots: Floats | None = None) -> tuple[int, ...]:  # fmt: skip
        """Lay a smooth curve through points [n, 2]; `moves` say how far the strongest intensity moves each of them."""
        through = np.asarray(points, dtype=np.float64)
        spline = _spline(through, closed=closed, knots=knots)
        shifts = np.zeros((len(AUS), *through.shape))
        for unit, moved in moves.items():
            shifts[AUS.index(unit)] = np.asarray(moved, dtype=np.float64) / STRONGEST
        self._neutral.append(spline @ through)
        self._shifts.append(spline @ shifts)
        self._count += len(spline)
        return tuple(range(self._count - len(spline), self._count))

    def whole(self, points: Points, moves: Moves, *, closed: bool = False) -> tuple[int, ...]:
        """Lay a curve across the face; points of the right half from the middle (x = 0) outwards, or down to it."""
        return self.curve(
            _both(points, closed=closed), {unit: _both(m, closed=closed) for unit, m in moves.items()}, closed=closed
        )

    def pair(self, name: str, kind: str, points: Points, moves: Moves | None = None, *,
             closed: bool = False, faint: float = 1.0, deepens: Mapping[str, float] | None = None,
             within: str = "") -> None:  # fmt: skip
        """Add a part of the right half, and its mirror image."""
        for side, sign in (("left", -1.0), ("right", 1.0)):
            flip = np.array([sign, 1.0])
            index = self.curve(
                np.asarray(points) * flip, {unit: np.asarray(moved) * flip for unit, moved in (moves or {}).items()},
                closed=closed,
            )  # fmt: skip
            self.add(f"{name}-{side}", kind, index, closed=closed, faint=faint, deepens=deepens,
                     within=f"{within}-{side}" if within else "")  # fmt: skip

    def add(self, name: str, kind: str, index: tuple[int, ...], *, closed: bool = False, faint: float = 1.0,
            deepens: Mapping[str, float] | None = None, within: str = "") -> None:  # fmt: skip
        """Add a part whose points are there; `deepens` say what the strongest intensity adds to its opacity."""
        shades = {unit: strong / STRONGEST for unit, strong in (deepens or {}).items()}
        self.parts.append(Part(name, kind, index, closed, faint, shades, within))


def _both(points: Points, *, closed: bool) -> Floats:
    """Complete the right half of an outline: from left to right, or around."""
    right = np.asarray(points, dtype=np.float64)
    left = (right * [-1.0, 1.0])[::-1]
    return np.concatenate([right, left[1:-1]]) if closed else np.concatenate([left[:-1], right])


def _spline(points: Floats, *, closed: bool, knots: Floats | None = None) -> Floats:
    """Give the matrix from points [n, 2] to the control points of cubic curves through them.

    Tangents are those of parabolas through three neighbours, at centripetal knots (Lee 1989, Computer-Aided Design 21,
    363-370), which belong to the face at rest: so the curve is linear in the points.
    """
    count = len(points)
    after = np.roll(np.arange(count), -1)[: count if closed else count - 1]
    eye = np.eye(count)
    steps = np.sqrt(np.hypot(*(points[after] - points[: len(after)]).T)) if knots is None else np.diff(knots)
    slopes = (eye[after] - eye[: len(after)]) / steps[:, None]
    tangents = np.zeros((count, count))
    for place in range(0 if closed else 1, count if closed else count - 1):
        before = place - 1
        tangents[place] = (steps[place] * slopes[before] + steps[before] * slopes[place]) / (
            steps[before] + steps[place]
        )
    if not closed:
        tangents[0] = 2 * slopes[0] - tangents[1] if count > 2 else slopes[0]
        tangents[-1] = 2 * slopes[-1] - tangents[-2] if count > 2 else slopes[0]
    rows = [eye[0]]
    for place, next_place in enumerate(after):
        third = steps[place] / 3
        rows += [eye[place] + third * tangents[place], eye[next_place] - third * tangents[next_place], eye[next_place]]
    return np.array(rows)


def _circle(x: float, y: float, radius: float) -> Points:
    """Give points on a circle."""
    angles = np.arange(8) * np.pi / 4
    return [(x + radius * float(np.cos(angle)), y + radius * float(np.sin(angle))) for angle in angles]


def _head(made: _Maker) -> None:
    """Neck, ears, the outline with the jaw, which `AU26` lowers, hair, and lines of the forehead."""
    neck = made.whole([(0, 84), (33, 84), (34, 104), (46, 119), (84, 131), (84, 160), (0, 160)], {}, closed=True)
    made.add("neck", "neck", neck, closed=True)
    made.pair("ear", "ear", [(72, -22), (81, -26), (86.5, -17), (84.5, -1), (79, 14), (70, 18)], closed=True)
    made.pair("ear line", "fine", [(77, -15), (81, -17), (81.5, -8), (78, 3)], faint=0.5)
    jaw: Moves = {
        "AU26": [(0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 1), (-2, 9), (-1.5, 17), (0, 18)],
        "AU17": [(0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, -1), (0, -2.5)],
        "AU12": [(0, 0), (0, 0), (0, 0), (0, 0), (0.5, 0), (2.5, -1), (2, -1), (0, 0), (0, 0)],
        "AU06": [(0, 0), (0, 0), (0, 0), (0, 0), (0.5, 0), (1.5, -1), (0.5, 0), (0, 0), (0, 0)],
    }
    head = [(0, -108), (38, -102), (64, -76), (75, -36), (74.5, 0), (69, 34), (56, 68), (32, 96), (0, 106)]
    made.add("head", "skin", made.whole(head, jaw, closed=True), closed=True)
    raised: Moves = {"AU01": [(0, -4), (0, -4), (0, -2)]}
    for row, y in enumerate((-64, -56)):
        made.add(f"forehead {row}", "fine", made.whole([(0, y), (14, y - 1), (27, y + 1.5)], raised), faint=_HIDDEN,
                 deepens={"AU01": 1.0})  # fmt: skip
        made.pair(f"temple {row}", "fine", [(32, y + 2), (45, y), (57, y + 6)],
                  {"AU02": [(0, -3), (0, -5), (0, -4)]}, faint=_HIDDEN, deepens={"AU02": 1.0})  # fmt: skip
    # Hair has a parting: it is all that differs between left and right, with the light in the eyes.
    hair = made.curve([
        (0, -131), (34, -127), (66, -107), (83, -70), (85, -36), (80, -17), (76, -22), (75, -40), (68, -56), (52, -70),
        (38, -80), (27, -93), (8, -84), (-18, -77), (-46, -71), (-66, -57), (-75, -40), (-76, -22), (-80, -17),
        (-85, -36), (-83, -70), (-66, -107), (-34, -127),
    ], {}, closed=True)  # fmt: skip
    made.add("hair", "hair", hair, closed=True)


def _mouth(made: _Maker) -> None:
    """Lips, what is behind them, and the chin's crease."""
    corner = {
        "AU10": (0.5, -1.5), "AU12": (11, -13), "AU14": (3.5, -1), "AU15": (2.5, 9), "AU17": (0, 1.5),
        "AU20": (10, 1.5), "AU23": (-4, 0), "AU26": (-3.5, 6.5),
    }  # fmt: skip

    def lip(points: Points, moves: Moves) -> tuple[int, ...]:
        still = [(0.0, 0.0)] * 3
        both = {unit: [*moves.get(unit, still), corner.get(unit, (0, 0))] for unit in {**moves, **corner}}
        return made.whole([*points, (26, 63)], both)

    closed_lips: Moves = {
        "AU12": [(0, 1.5), (1.5, 1), (5.5, -3.5)], "AU14": [(0, 0), (0, 0), (1.5, 0)],
        "AU15": [(0, -1), (0, -1), (1, 2.5)], "AU17": [(0, -4.5), (0, -4), (0, -2)],
        "AU20": [(0, 0), (2, 0), (5, 0.5)], "AU23": [(0, 0), (-1, 0), (-2, 0)],
    }  # fmt: skip
    top = lip([(0, 57.5), (6, 55.2), (15, 57.8)], {
        "AU09": [(0, -1.5), (0, -2.5), (0, -1.5)], "AU10": [(0, -4), (0, -6.5), (0, -6)],
        "AU12": [(0, 0.5), (1, 0), (5, -4)], "AU14": [(0, 0.5), (0, 0.5), (1.5, 0)],
        "AU15": [(0, -0.5), (0, -0.5), (1, 2)], "AU17": [(0, -3.2), (0, -3), (0, -1.5)],
        "AU20": [(0, 1), (2, 1), (5, 1)], "AU23": [(0, 4.2), (-1, 4.8), (-2, 2.8)],
        "AU25": [(0, -1.5), (0, -1.4), (0, -0.8)], "AU26": [(0, 0), (0, 0), (-1, 1.5)],
    })  # fmt: skip
    inner = [(0.0, 63.5), (6.0, 62.6), (15.0, 62.8)]
    upper = lip(inner, {
        **closed_lips, "AU09": [(0, -1.2), (0, -1.8), (0, -1.2)], "AU10": [(0, -3.2), (0, -5.5), (0, -5)],
        "AU25": [(0, -2.5), (0, -2.4), (0, -1.6)], "AU26": [(0, -0.5), (0, -0.5), (-1, 1.5)],
    })  # fmt: skip
    lower = lip(inner, {
        **closed_lips, "AU25": [(0, 6), (0, 5.6), (0, 3.6)], "AU26": [(0, 18), (0, 18.2), (-0.8, 15.4)],
    })  # fmt: skip
    bottom = lip([(0, 74.5), (9, 73.6), (18, 69.5)], {
        "AU12": [(0, 0.5), (2, -0.5), (6, -5)], "AU14": [(0, -0.5), (0, -0.5), (1.5, 0)],
        "AU15": [(0, -1), (0, -1), (1, 2)], "AU17": [(0, -5.5), (0, -5), (0, -2.5)],
        "AU20": [(0, -2), (3, -1.5), (6, -0.5)], "AU23": [(0, -6.8), (-1.5, -6.3), (-3, -4)],
        "AU25": [(0, 5.5), (0, 5.2), (0, 3.4)], "AU26": [(0, 18), (-0.3, 18), (-1, 15.6)],
    })  # fmt: skip
    for above, below in ((lower, bottom), (upper, lower), (top, upper)):
        made.rests += list(zip(above, below, strict=True))
    made.add("mouth", "mouth", (*upper, *lower[-2::-1]), closed=True)
    tongue = made.whole([(0, 72), (10, 74), (15, 82), (0, 90)], {
        "AU26": [(0, 10), (0, 10), (0, 12), (0, 14)], "AU25": [(0, 4), (0, 4), (0, 4), (0, 4)],
    }, closed=True)  # fmt: skip
    made.add("tongue", "tongue", tongue, closed=True, within="mouth")
    teeth = made.whole([(0, 50), (30, 50), (31, 60), (18, 66.5), (0, 67.5)], {
        "AU12": [(0, 0), (0, 0), (5, -6), (4, -2), (0, 0)],
    }, closed=True)  # fmt: skip
    made.add("teeth", "teeth", teeth, closed=True, within="mouth")
    made.add("upper lip", "lips", (*top, *upper[-2::-1]), closed=True)
    made.add("lower lip", "lips", (*lower, *bottom[-2::-1]), closed=True)
    made.add("lips part above", "line", upper)
    made.add("lips part below", "line", lower)
    sulcus = made.whole([(0, 82), (9, 83.5)], {
        "AU26": [(0, 17), (0, 17)], "AU17": [(0, -3), (0, -2)], "AU25": [(0, 3), (0, 3)], "AU12": [(0, 1), (1, 0)],
    })  # fmt: skip
    made.add("chin crease", "fine", sulcus, faint=0.55, deepens={"AU17": 0.45, "AU23": 0.2})


def _cheeks(made: _Maker) -> None:
    """The fold from nose to mouth, the dimple, the furrow below the eye, wrinkles beside eye, mouth and on the chin."""
    made.pair("nasolabial fold", "fine", [(18, 31), (27, 41), (33, 54)], {
        "AU09": [(1, -6), (1, -3), (0, 0)], "AU10": [(1, -5), (3, -4), (2, -1)], "AU12": [(2, -2), (6, -4), (11, -7)],
        "AU15": [(0, 0), (0, 1), (1, 4)], "AU20": [(0, 0), (2, 0), (6, 2)], "AU26": [(0, 0), (-1, 2), (-2, 5)],
    }, faint=0.12, deepens={"AU06": 0.2, "AU09": 0.6, "AU10": 0.75, "AU12": 0.75, "AU14": 0.2, "AU20": 0.3,
                            "AU15": 0.15})  # fmt: skip
    made.pair("dimple", "line", [(35, 57), (38.5, 62), (36, 68)], {
        "AU12": [(10, -13), (11, -13), (10, -12)], "AU14": [(1, 0), (2, 0), (1, 0)],
        "AU20": [(9, 1), (9, 1), (9, 1)],
    }, faint=_HIDDEN, deepens={"AU14": 1.15})  # fmt: skip
    made.pair("corner line", "fine", [(31, 67.5), (33.5, 73), (34, 80)], {
        "AU15": [(2, 7), (2, 6), (0, 5)],
    }, faint=_HIDDEN, deepens={"AU15": 1.05})  # fmt: skip
    made.pair("cheek furrow", "fine", [(19, 13), (33, 18), (49, 12)], {
        "AU06": [(0, -2), (0, -5), (1, -3)], "AU07": [(0, -1), (0, -3), (0, -1)], "AU09": [(0, -2), (0, -3), (0, 0)],
    }, faint=_HIDDEN, deepens={"AU06": 1.05, "AU07": 0.6, "AU09": 0.55, "AU12": 0.2})  # fmt: skip
    feet: tuple[Points, ...] = ([(55, -10), (64, -16)], [(56.5, -4.5), (66.5, -5)], [(55, 1), (64, 6)])
    for place, points in enumerate(feet):
        made.pair(f"crow's foot {place}", "fine", points, faint=_HIDDEN, deepens={"AU06": 1.05})
    boss: Moves = {"AU17": [(0, -2)] * 3, "AU26": [(0, 17)] * 3}
    made.pair("chin", "fine", [(3.5, 95.5), (6.5, 97.1), (9.5, 95.5)], boss, faint=_HIDDEN, deepens={"AU17": 1.1})
    line = made.curve([(-3, 92.5), (0, 94.1), (3, 92.5)], boss)
    made.add("chin middle", "fine", line, faint=_HIDDEN, deepens={"AU17": 1.1})


def _eyes(made: _Maker) -> None:
    """Lids with the eye between them: `AU05` raises the upper one, `AU45` lowers it, `AU07` raises the lower one."""
    x = np.array([16.0, 24.5, 34.0, 43.5, 52.0])
    above, below = np.array([-2.5, -11.5, -15.0, -13.0, -5.5]), np.array([-2.5, 1.6, 3.0, 1.2, -5.5])

    def lifted(*y: float) -> Floats:
        return np.stack([np.zeros(5), np.array([0.0, *y, 0.0])], axis=1)

    # Half as much again as the way down, so that a raised lid closes, too; it comes to rest on the lower one.
    falls = np.stack([np.zeros(5), 1.45 * (below - above)], axis=1)
    raises = {"AU05": lifted(-5, -6.5, -5.8), "AU07": lifted(2.5, 3.5, 3), "AU06": lifted(0.5, 1.5, 1.5), "AU45": falls,
              "AU09": lifted(2, 2, 1), "AU04": lifted(3, 1.5, 0), "AU01": lifted(-2.5, -1, 0.5)}  # fmt: skip
    raises_lower = {"AU07": lifted(-3, -4.2, -3.6), "AU06": lifted(-2, -4, -4), "AU09": lifted(-1, -1.5, -1),
                    "AU45": lifted(-0.5, -1, -0.5)}  # fmt: skip
    lids = {}
    for side, sign in (("left", -1.0), ("right", 1.0)):
        flip = [sign, 1.0]
        upper = made.curve(np.stack([x, above], axis=1) * flip, raises, knots=x)
        lower = made.curve(np.stack([x, below], axis=1) * flip, raises_lower, knots=x)
        made.rests += list(zip(upper, lower, strict=True))
        made.add(f"eye-{side}", "eye", (*upper, *lower[-2::-1]), closed=True)
        lids[side] = upper, lower
    made.pair("iris", "iris", _circle(34, -6.5, 9.2), closed=True, within="eye")
    made.pair("pupil", "pupil", _circle(34, -6.5, 4.1), closed=True, within="eye")
    # Light falls from one side.
    for side, middle in (("left", -34.0), ("right", 34.0)):
        glint = made.curve(_circle(middle + 3, -9.8, 2.1), {}, closed=True)
        made.add(f"glint-{side}", "glint", glint, closed=True, within=f"eye-{side}")
        made.add(f"lower lid-{side}", "fine", lids[side][1])
        made.add(f"upper lid-{side}", "lid", lids[side][0])
    made.pair("lid fold", "fine", [(20, -13), (32, -20.5), (45, -19), (55, -10.5)], {
        "AU05": [(0, -2), (0, -4), (0, -4), (0, -1)], "AU45": [(0, 2), (0, 7), (0, 6), (0, 1)],
        "AU02": [(0, 0), (0, -1), (0, -2), (0, -2)], "AU04": [(0, 2), (0, 3), (0, 2), (0, 0)],
        "AU07": [(0, 1), (0, 1.5), (0, 1), (0, 0)],
    }, faint=0.5)  # fmt: skip


def _nose(made: _Maker) -> None:
    """Wings, nostrils and tip; `AU09` pulls them up and wrinkles the root."""
    up: Moves = {"AU09": [(1, -5)] * 4, "AU10": [(1, -2)] * 4, "AU12": [(1.5, 0)] * 4}
    made.pair("nose wing", "line", [(9.5, 22), (14, 27), (14.2, 33), (9.5, 36.5)], up)
    made.pair("nostril", "line", [(8.5, 37), (5.5, 34.6), (2.8, 37)],
              {"AU09": [(1, -4), (0.5, -4), (0, -2)], "AU10": [(0.5, -1)] * 3})  # fmt: skip
    tip = made.whole([(0, 40.5), (4.5, 38.8)], {"AU09": [(0, -2), (0, -2)]})
    made.add("nose tip", "line", tip)
    wrinkles: tuple[Points, ...] = ([(4.5, -9), (9, -4)], [(5, -2), (10, 3.5)], [(6, 5.5), (11, 11.5)])
    for place, points in enumerate(wrinkles):
        made.pair(f"nose wrinkle {place}", "fine", points, {"AU09": [(0, -2)] * 2}, faint=_HIDDEN,
                  deepens={"AU09": 1.15})  # fmt: skip


def _brows(made: _Maker) -> None:
    """The brows, of which `AU01` raises the inner, `AU02` the outer end, and `AU04` lowers and draws together all."""
    middle = np.array([(14, -34.5), (26, -38.2), (39, -40), (50, -37.5), (60, -31)])
    half = np.array([2.3, 2.9, 2.6, 1.9, 0.5])[:, None] * [0.0, 1.0]
    moves: dict[str, Sequence[tuple[float, float]]] = {
        "AU01": [(-0.5, -16), (-0.5, -9.5), (0, -3), (0, 1), (0, 2)],
        "AU02": [(0, 0), (0, -3), (0, -9), (0, -12), (0, -9)],
        "AU04": [(-5, 11), (-4, 11), (-2.5, 8), (-1, 4), (0, 0.5)],
        "AU06": [(0, 0), (0, 0), (0, 0.5), (0, 1.5), (0, 2)],
        "AU09": [(-2, 5), (-1.5, 4), (-1, 2), (0, 0), (0, 0)],
        "AU05": [(0, -0.5), (0, -0.5), (0, -0.5), (0, -0.5), (0, 0)],
    }
    outline = np.concatenate([middle - half, (middle + half)[::-1]])
    made.pair("brow", "brow", outline, {unit: [*own, *own[::-1]] for unit, own in moves.items()}, closed=True)
    made.pair("frown", "fine", [(4.5, -29), (5.5, -37), (4.5, -45)], {"AU04": [(0, 2)] * 3, "AU01": [(0, -6)] * 3},
              faint=_HIDDEN, deepens={"AU04": 1.15, "AU09": 0.5})  # fmt: skip
