"""The exercises of notebook 07: a Fréchet distance, precision, and what a score may be used for."""

from __future__ import annotations

from oasis_helpers.checks.core import Exercise

import numpy as np

_rng = np.random.default_rng(7)


def _frechet(real: np.ndarray, fake: np.ndarray) -> float:
    return (np.mean(real) - np.mean(fake)) ** 2 + (np.std(real) - np.std(fake)) ** 2


check_frechet = Exercise(
    name="frechet",
    reference=_frechet,
    cases=[(_rng.normal(0, 1, 200), _rng.normal(2, 3, 300)), (np.arange(5.0), np.arange(5.0) * 3 + 1)],
    right="it is 0 only where both the means and the spreads agree.",
    wrong=[
        (
            lambda real, fake: (np.mean(real) - np.mean(fake)) ** 2,
            "that sees only the means. A generator that always draws the mean slice would score 0: add the spreads.",
        ),
        (
            lambda real, fake: (np.mean(real) - np.mean(fake)) ** 2 + (np.var(real) - np.var(fake)) ** 2,
            "the second part takes standard deviations, not variances.",
        ),
        (
            lambda real, fake: abs(np.mean(real) - np.mean(fake)) + abs(np.std(real) - np.std(fake)),
            "both differences are squared.",
        ),
        (lambda real, fake: np.sqrt(_frechet(real, fake)), "that is its root. By this definition it stays squared."),
    ],
)


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

check_memoriser = Exercise(
    name="notices",
    reference=lambda: 2.0,
    cases=[()],
    right="only the audit compares each fake with each training slice, person by person.",
    wrong=[
        (lambda: 1.0, "the Fréchet distance compares two crowds. Copies of a crowd are a splendid crowd."),
        (lambda: 3.0, "recall asks whether the reals are covered. Copies cover them very well."),
        (lambda: 4.0, "a copied brain has the tissues of a real one, because it is one."),
    ],
)
