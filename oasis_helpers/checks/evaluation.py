"""The exercises of notebook 07: precision, a floor that is cut wrongly, and a figure of tissue areas."""

from __future__ import annotations

from oasis_helpers.checks.core import Exercise

import numpy as np

_rng = np.random.default_rng(7)


def _apart(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.linalg.norm(x[:, None] - y[None], axis=2)


def _held(real: np.ndarray, fake: np.ndarray, neighbour: int = 3) -> np.ndarray:
    """Whether each fake (m,) lies in the ball of each real (n,): (m, n)."""
    return _apart(fake, real) <= np.sort(_apart(real, real), axis=1)[:, neighbour]


def _precision(real: np.ndarray, fake: np.ndarray) -> float:
    return float(_held(real, fake).any(axis=1).mean())


def _around_fakes(real: np.ndarray, fake: np.ndarray) -> float:
    radius = np.sort(_apart(fake, fake), axis=1)[:, 3]
    return float((_apart(fake, real) <= radius[:, None]).any(axis=1).mean())


check_precision = Exercise(
    name="precision",
    reference=_precision,
    cases=[
        (_rng.normal(size=(40, 2)), _rng.normal(1.0, 1.0, (50, 2))),
        (_rng.normal(size=(30, 5)), _rng.normal(0.5, 0.8, (25, 5))),
        (np.arange(8.0)[:, None] ** 2, np.array([[-9.0], [50.0], [86.0], [120.0]])),
    ],
    right="a fake counts as soon as it lies in the ball of any real slice.",
    wrong=[
        (
            lambda real, fake: _precision(fake, real),
            "that is recall: balls around fakes, and which reals lie in them. Precision exchanges the two.",
        ),
        (
            _around_fakes,
            "your balls reach to the third neighbour among the fakes. Precision needs the distances among the reals.",
        ),
        (
            lambda real, fake: float(_held(real, fake, 2).any(axis=1).mean()),
            "your balls are too small. In a sorted row of distances among reals, the real itself comes first.",
        ),
        (
            lambda real, fake: float(_held(real, fake).mean()),
            "that counts pairs. Count fakes: each one once, if any real's ball holds it.",
        ),
        (
            lambda real, fake: float(_held(real, fake).any(axis=0).mean()),
            "that asks for every real whether a fake is in its ball. Ask for every fake whether some ball holds it.",
        ),
        (
            lambda real, fake: float(_held(real, fake).all(axis=1).mean()),
            "that asks to lie in the balls of all reals. One of them is enough.",
        ),
        (
            lambda real, fake: float(_held(real, fake).any(axis=1).sum()),
            "that is how many fakes. Precision is their share.",
        ),
    ],
)

check_halves_of_slices = Exercise(
    name="answer",
    reference=lambda: 2.0,
    cases=[()],
    right="a random half of the slices has neighbours of nearly all others. This is leakage, as in notebook 01.",
    wrong=[
        (lambda: 1.0, "who is in both halves now? Think of slice 15 and slice 16 of one person."),
        (lambda: 3.0, "the balls become smaller with more people in a half, but look at what lies next to each slice."),
        (lambda: 4.0, "precision is no coin: it asks whether a slice has a near neighbour in the other half."),
    ],
)

check_small_ventricles = Exercise(
    name="share",
    reference=lambda: 0.23,
    cases=[()],
    tolerance=0.03,
    right="the curve is an empirical cumulative distribution, so the share below a value can be read off its height.",
    wrong=[
        (lambda: 0.77, "that is the share above. The curve tells the share below."),
        (lambda: 23.0, "that is in per cent. The share goes from 0 to 1, as the axis does."),
        (lambda: 0.31, "that is the dotted curve. The reference is the solid blue one."),
    ],
    otherwise="Go up from 6 on the axis of the ventricles to the solid blue curve.",
)
