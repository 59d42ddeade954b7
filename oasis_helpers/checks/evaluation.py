"""The exercises of notebook 07: recall, a floor that is broken, and a spectrum to read."""

from __future__ import annotations

from oasis_helpers.checks.core import Exercise

import numpy as np

_rng = np.random.default_rng(7)


def _apart(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Distance (n, m) of each row of x (n, d) from each of y (m, d)."""
    return np.linalg.norm(x[:, None] - y[None], axis=-1)


def _reach(points: np.ndarray, nearest: int) -> np.ndarray:
    """Distance (n,) of each point from the other one that is number ``nearest``; 0 is the point itself."""
    return np.sort(_apart(points, points), axis=1)[:, nearest]


def _held(centres: np.ndarray, others: np.ndarray, nearest: int) -> np.ndarray:
    """Which of the others (m,) lie in which ball of the centres (n,): (m, n) bool."""
    return _apart(others, centres) <= _reach(centres, nearest)


def _recall(reals: np.ndarray, fakes: np.ndarray, k: int = 3) -> float:
    return float(np.mean(_held(fakes, reals, k).any(axis=1)))


check_recall = Exercise(
    name="recall",
    reference=_recall,
    cases=[
        (_rng.normal(size=(30, 2)), _rng.normal(0.4, 0.8, (25, 2))),
        (_rng.normal(size=(20, 3)), _rng.normal(0.0, 0.7, (24, 3)), 2),
    ],
    right="a real slice counts as soon as the ball of any fake holds it.",
    wrong=[
        (
            lambda reals, fakes, k=3: _recall(fakes, reals, k),
            "that is precision: balls around the reals, and the share of the fakes in them.",
        ),
        (
            lambda reals, fakes, k=3: _recall(reals, fakes, k - 1),
            "the balls are too small. The nearest point of each fake is that fake itself: count from the next one.",
        ),
        (
            lambda reals, fakes, k=3: float(np.mean(_held(fakes, reals, k).any(axis=0))),
            "that counts the fakes whose ball holds a real. Count the reals that are in a ball.",
        ),
        (
            lambda reals, fakes, k=3: float(np.mean(_held(fakes, reals, k))),
            "that counts pairs. Count reals: each one once, if any fake's ball holds it.",
        ),
        (
            lambda reals, fakes, k=3: float(np.mean(_held(fakes, reals, k).all(axis=1))),
            "that asks to lie in the balls of all fakes. One of them is enough.",
        ),
        (
            lambda reals, fakes, k=3: float(np.sum(_held(fakes, reals, k).any(axis=1))),
            "that is how many reals. Recall is their share.",
        ),
        (
            lambda reals, fakes, k=3: float(np.mean(_held(fakes, reals, 3).any(axis=1))),
            "it is right for k = 3 only. Use the k that you are given.",
        ),
    ],
)

check_broken_floor = Exercise(
    name="happens",
    reference=lambda: 2.0,
    cases=[()],
    right="neighbouring slices of one person are nearly the same image. No honest generator reaches such a floor.",
    wrong=[
        (lambda: 1.0, "the two sets now hold the same people. Are two neighbouring slices of one person alike?"),
        (lambda: 3.0, "a distance grows where sets differ more. Do they, if each person is in both?"),
        (lambda: 4.0, "it would be 0 for equal sets. The even and the odd slices are not the same images."),
    ],
    otherwise="Fill in the number of one of the four answers.",
)

check_half_power = Exercise(
    name="cycles_at_half",
    reference=lambda: 40.0,
    cases=[()],
    right="half the power is 3 dB less, so that is where the curve lies 3 dB below the untouched one.",
    wrong=[
        (lambda: 60.0, "there it has lost about 6 dB, which is half the amplitude and a quarter of the power."),
        (lambda: 45.0, "that is the middle of the axis. Half the power is 3 dB less, wherever that is."),
        (lambda: 3.0, "that is the decibels. Read off the frequency at which they are lost."),
    ],
    tolerance=0.1,
    otherwise="Half the power is 3 dB less: find where the curve lies 3 dB below that of other people.",
)
