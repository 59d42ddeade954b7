"""The exercises of notebook 07: precision, a floor that is broken, and a spectrum to read."""

from __future__ import annotations

from oasis_helpers.checks.core import Exercise

import numpy as np

_rng = np.random.default_rng(7)


def _precision(near: np.ndarray, radius: np.ndarray) -> float:
    return float(np.mean((near <= radius[None]).any(axis=1)))


check_precision = Exercise(
    name="precision",
    reference=_precision,
    cases=[
        (_rng.random((30, 12)), np.linspace(0.02, 0.2, 12)),
        (np.array([[1.0, 2.0, 2.0], [3.0, 4.0, 2.0], [0.5, 0.5, 9.0]]), np.array([1.0, 1.0, 1.0])),
    ],
    right="a fake counts as soon as it lies in the ball of any real slice.",
    wrong=[
        (
            lambda near, radius: float(np.mean(near <= radius[None])),
            "that counts pairs. Count fakes: each one once, if any real's ball holds it.",
        ),
        (
            lambda near, radius: float(np.mean((near <= radius[None]).any(axis=0))),
            "that asks for every real slice whether a fake is near. Rows are fakes: look along each row.",
        ),
        (
            lambda near, radius: float(np.mean((near <= radius[None]).all(axis=1))),
            "that asks to lie in the balls of all reals. One of them is enough.",
        ),
        (
            lambda near, radius: float(np.sum((near <= radius[None]).any(axis=1))),
            "that is how many fakes. Precision is their share.",
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
        (lambda: 32.0, "that is the middle of the axis. Half the power is 3 dB less, wherever that is."),
        (lambda: 3.0, "that is the decibels. Read off the frequency at which they are lost."),
    ],
    tolerance=0.1,
    otherwise="Half the power is 3 dB less: find where the curve lies 3 dB below that of other people.",
)
