"""The exercises of notebook 06: a projection loop, truncation below zero, the slope of a figure."""

from __future__ import annotations

from collections.abc import Callable

from oasis_helpers.checks.core import Exercise

import numpy as np

_rng = np.random.default_rng(6)

Slope = Callable[[np.ndarray, np.ndarray], np.ndarray]


def _right_slope(A: np.ndarray, difference: np.ndarray) -> np.ndarray:
    """Return the slope by w of the sum of squares of A w + c - target."""
    return 2 * A.T @ difference


def _descend(slope: Slope = _right_slope, start: float = 1.0, once: bool = False, spare: int = 0) -> Callable:
    """Return a projection loop; the arguments make usual mistakes."""

    def projection(
        A: np.ndarray, c: np.ndarray, target: np.ndarray, mean_w: np.ndarray, steps: int, rate: float
    ) -> np.ndarray:
        w = start * mean_w
        first = A @ w + c - target
        for _ in range(steps - spare):
            w = w - rate * slope(A, first if once else A @ w + c - target)
        return w

    return projection


_right = _descend()


def _projection_case(pixels: int, d: int, steps: int, rate: float) -> tuple:
    A = _rng.normal(size=(pixels, d))
    return A, _rng.normal(size=pixels), _rng.normal(size=pixels), _rng.normal(1.0, 1.0, d), steps, rate


check_projection = Exercise(
    name="projection",
    reference=_right,
    cases=[_projection_case(6, 3, 4, 0.02), _projection_case(5, 5, 7, 0.01)],
    right="from the mean style downhill, and each step needs the slope at the new w.",
    wrong=[
        (
            _descend(lambda A, difference: -2 * A.T @ difference),
            "you go uphill: the distance grows with every step. Subtract the slope.",
        ),
        (
            _descend(lambda A, difference: A.T @ difference),
            "your steps are half as long as they should be. The derivative of a square brings a 2.",
        ),
        (
            _descend(lambda A, difference: 2 * A.T @ difference / len(difference)),
            "you take the mean over the pixels. The distance here is their sum.",
        ),
        (
            _descend(once=True),
            "you compute the slope once, at the start. It changes with w: compute it again in every step.",
        ),
        (
            _descend(start=0.0),
            "you start at w = 0. Start at the mean style.",
        ),
        (
            _descend(spare=1),
            "one step is missing at the end: make as many as are asked for.",
        ),
        (
            lambda A, c, target, mean_w, steps, rate: _right(A, 0 * c, target, mean_w, steps, rate),
            "you leave out c. The generator draws A w + c.",
        ),
        (
            lambda A, c, target, mean_w, steps, rate: A @ _right(A, c, target, mean_w, steps, rate) + c,
            "that is the image that was found. Return its w.",
        ),
        (
            lambda A, c, target, mean_w, steps, rate: np.linalg.lstsq(A, target - c, rcond=None)[0],
            "that is the best w of all, at once. It exists for a linear generator only: go downhill step by step.",
        ),
    ],
)

check_negative_psi = Exercise(
    name="answer",
    reference=lambda: 3.0,
    cases=[()],
    right="slice height is nearly linear in w, so a w that is reflected at the mean has the opposite height.",
    wrong=[
        (lambda: 1.0, "the height depends on where w lies, and w has moved far."),
        (lambda: 2.0, "that is psi = 0. With -1, each w is as far from the mean as before."),
        (
            lambda: 4.0,
            "a reflection keeps all relations between the w. A direction along which the height grows stays one.",
        ),
        (lambda: -1.0, "fill in the number of one of the four answers."),
    ],
    otherwise="Fill in the number of one of the four answers.",
)

check_ventricle_slope = Exercise(
    name="points_per_step",
    reference=lambda: 0.3,
    cases=[()],
    right="a slope is read off the ends of a line, not from single points.",
    wrong=[
        (lambda: 1.8, "that is the rise over the whole axis. How many standard deviations is that?"),
        (lambda: 0.6, "you divide by the steps of one side only. From -3 to +3 there are more."),
        (lambda: 0.003, "that looks like a share. The axis counts per cent of the brain."),
        (lambda: 4.4, "that is the dark area itself, at the right end of the line. How much does it grow?"),
    ],
    tolerance=0.05,
    otherwise="Read the mean at both ends, take the difference, and divide by the number of steps.",
)
