"""The exercises of notebook 04: a step of the smallest GAN, what it does without R1, how long it takes with it."""

from __future__ import annotations

from collections.abc import Callable

from oasis_helpers.checks.core import Exercise

import numpy as np


def _sigmoid(x: float) -> float:
    """Return 1 / (1 + e^-x), the slope of softplus."""
    return 1.0 / (1.0 + np.exp(-x))


def _d_slope(theta: float, a: float, gamma: float) -> float:
    """Return the slope of L_D by a: the real at 0 adds nothing, R1 is a^2."""
    return theta * _sigmoid(a * theta) + gamma * a


def _g_slope(theta: float, a: float) -> float:
    """Return the slope of L_G = softplus(-a theta) by theta."""
    return -a * _sigmoid(-a * theta)


def _step(
    d_slope: Callable[[float, float, float], float] = _d_slope, g_slope: Callable[[float, float], float] = _g_slope
) -> Callable[[float, float, float, float], tuple[float, float]]:
    """Return one step: D first, then G with the new D."""

    def step(theta: float, a: float, learning_rate: float, gamma: float) -> tuple[float, float]:
        a = a - learning_rate * d_slope(theta, a, gamma)
        return theta - learning_rate * g_slope(theta, a), a

    return step


def _at_once(theta: float, a: float, learning_rate: float, gamma: float) -> tuple[float, float]:
    return theta - learning_rate * _g_slope(theta, a), a - learning_rate * _d_slope(theta, a, gamma)


def _g_first(theta: float, a: float, learning_rate: float, gamma: float) -> tuple[float, float]:
    theta = theta - learning_rate * _g_slope(theta, a)
    return theta, a - learning_rate * _d_slope(theta, a, gamma)


check_gan_step = Exercise(
    name="gan_step",
    reference=_step(),
    cases=[(1.0, 0.0, 0.1, 1.0), (0.6, -0.8, 0.2, 0.0), (-1.5, 0.7, 0.05, 10.0), (0.4, 1.2, 0.3, 2.0)],
    right="D lowers its logit where the fake is, and the fake moves to where D's logit rises.",
    wrong=[
        (
            _at_once,
            "D and G move at once in yours. Here D moves first, and G uses the new a.",
        ),
        (_g_first, "G moves first in yours. D comes first, and G learns from the new D."),
        (
            _step(g_slope=lambda theta, a: a * _sigmoid(a * theta) * -1.0),
            "that is the saturating loss of G. The non-saturating one is softplus(-D).",
        ),
        (
            _step(g_slope=lambda theta, a: a * _sigmoid(-a * theta)),
            "G goes uphill on its own loss, so its logits fall. Descend: the fake should move to where D rises.",
        ),
        (
            _step(d_slope=lambda theta, a, gamma: -theta * _sigmoid(a * theta) + gamma * a),
            "D raises the logit of the fake. It should lower it: look at the sign of the fake's part of L_D.",
        ),
        (
            _step(d_slope=lambda theta, a, gamma: _d_slope(theta, a, 0.0)),
            "R1 is missing. For D(x) = a x it is a squared.",
        ),
        (
            _step(d_slope=lambda theta, a, gamma: _d_slope(theta, a, gamma / 2)),
            "R1's part is too weak by a half. The slope of a squared brings a factor that takes the half away.",
        ),
        (
            _step(d_slope=lambda theta, a, gamma: _d_slope(theta, a, 2 * gamma)),
            "R1's part is too strong by two. It is weighted by gamma / 2, not by gamma.",
        ),
        (
            _step(d_slope=lambda theta, a, gamma: theta * _sigmoid(a * theta) + gamma * theta),
            "R1 in yours pulls at the fake's place. The slope of a squared by a does not contain theta.",
        ),
        (
            _step(d_slope=lambda theta, a, gamma: _sigmoid(a * theta) + gamma * a),
            "the inner derivative is missing in D's step: D(theta) = a theta, so its slope by a is theta.",
        ),
        (
            _step(g_slope=lambda theta, a: -_sigmoid(-a * theta)),
            "the inner derivative is missing in G's step: D(theta) = a theta, so its slope by theta is a.",
        ),
    ],
)


def fake_positions(gamma: float, steps: int, learning_rate: float) -> list[float]:
    """Return where the fake of the Dirac-GAN is, from its start at 1 and after each step: ``steps`` + 1 numbers."""
    theta, a, positions, step = 1.0, 0.0, [1.0], _step()
    for _ in range(steps):
        theta, a = step(theta, a, learning_rate, gamma)
        positions.append(theta)
    return positions


check_without_r1 = Exercise(
    name="answer",
    reference=lambda: 2.0,
    cases=[()],
    right="D's slope changes its sign only after the fake has passed, so the fake swings to and fro.",
    wrong=[
        (lambda: 1.0, "when the fake arrives, D is still steep there. What stops the fake?"),
        (lambda: 3.0, "once the fake has passed the real, D's slope turns round and pulls it back."),
        (lambda: 4.0, "D starts flat, but learns in its first step that the fake is no real."),
        (lambda: 0.0, "fill in the number of one of the four answers."),
    ],
    otherwise="Fill in the number of one of the four answers.",
)

check_steps_to_real = Exercise(
    name="steps_needed",
    reference=lambda: 78.0,
    cases=[()],
    right="and with gamma = 10, D stays so flat that it hardly tells the fake where to go.",
    wrong=[
        (lambda: 400.0, "that is the end of the dotted line. Look at the dashed one."),
        (lambda: 30.0, "there the solid line passes the real for the first time. Look at the dashed one."),
        (lambda: 50.0, "there the dashed line is still at about a quarter."),
        (lambda: 150.0, "there it has reached 0. It is asked when it comes within 0.1."),
    ],
    tolerance=0.14,
    otherwise="Imagine a line at 0.1, and look where the dashed curve falls below it.",
)
