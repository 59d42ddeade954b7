"""The exercises of notebook 06: spherical interpolation, style mixing, and what psi 0 means."""

from __future__ import annotations

from oasis_helpers.checks.core import Exercise

import numpy as np

_rng = np.random.default_rng(6)


def _unit(n: int) -> np.ndarray:
    v = _rng.normal(size=n)
    return v / np.linalg.norm(v)


def _slerp(a: np.ndarray, b: np.ndarray, t: float) -> np.ndarray:
    angle = np.arccos(np.dot(a, b))
    return (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)


def _lerp(a: np.ndarray, b: np.ndarray, t: float) -> np.ndarray:
    return (1 - t) * a + t * b


check_slerp = Exercise(
    name="slerp",
    reference=_slerp,
    cases=[(_unit(3), _unit(3), 0.25), (_unit(8), _unit(8), 0.7)],
    right="the walk stays on the sphere: its length is 1 all the way.",
    wrong=[
        (_lerp, "that is the straight line. It cuts through the sphere, so its length falls below 1 in the middle."),
        (
            lambda a, b, t: _lerp(a, b, t) / np.linalg.norm(_lerp(a, b, t)),
            "it stays on the sphere, but its speed changes on the way. Use the sines of the shares of the angle.",
        ),
        (
            lambda a, b, t: _slerp(b, a, t),
            "it runs from b to a. At t = 0 it should be a.",
        ),
        (
            lambda a, b, t: np.sin((1 - t) * np.arccos(a @ b)) * a + np.sin(t * np.arccos(a @ b)) * b,
            "the division by the sine of the whole angle is missing.",
        ),
    ],
)


def _mix(source: np.ndarray, donor: np.ndarray, first: int, last: int) -> np.ndarray:
    mixed = source.copy()
    mixed[first : last + 1] = donor[first : last + 1]
    return mixed


check_mix = Exercise(
    name="mix",
    reference=_mix,
    cases=[(_rng.normal(size=(10, 4)), _rng.normal(size=(10, 4)), 2, 5), (np.zeros((6, 2)), np.ones((6, 2)), 0, 0)],
    right="the chosen layers come from the donor, all others from the source.",
    wrong=[
        (
            lambda source, donor, first, last: _mix(donor, source, first, last),
            "source and donor have changed places: only the chosen layers should come from the donor.",
        ),
        (
            lambda source, donor, first, last: _mix(source, donor, first, last - 1),
            "the last layer of the range is missing: a slice in Python leaves its end out.",
        ),
        (
            lambda source, donor, first, last: (source + donor) / 2,
            "that is the mean of both in every layer. Mixing takes whole layers from one or the other.",
        ),
        (
            lambda source, donor, first, last: np.concatenate([source[:first], donor[first:]]),
            "you take all layers from the first on. After the last one, the source comes back.",
        ),
    ],
)

check_zero_psi = Exercise(
    name="images",
    reference=lambda: 1.0,
    cases=[()],
    right="with psi = 0 every seed has the same w, the mean, and without noise the same image.",
    wrong=[
        (lambda: 100.0, "the seeds differ, but psi = 0 takes away all that they bring."),
        (lambda: 0.0, "there is an image: that of the mean w."),
        (lambda: 10.0, "the layers have their own style each, but psi = 0 makes all of them the mean."),
    ],
)
