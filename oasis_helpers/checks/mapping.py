"""The exercises of notebook 02: PixelNorm, and truncation."""

from __future__ import annotations

from oasis_helpers.checks.core import Exercise

import numpy as np

_rng = np.random.default_rng(2)

check_pixel_norm = Exercise(
    name="pixel_norm",
    reference=lambda x: x / np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + 1e-8),
    cases=[(_rng.normal(3.0, 2.0, (4, 16)),), (_rng.normal(0.0, 0.1, (1, 7)),)],
    right="every vector now has a mean square of 1, however long it was.",
    wrong=[
        (
            lambda x: x / np.sqrt(np.sum(x**2, axis=-1, keepdims=True) + 1e-8),
            "you divide by the length, so the squares sum to 1. Their mean should be 1: use the mean, not the sum.",
        ),
        (
            lambda x: x / np.sqrt(np.mean(x**2) + 1e-8),
            "you use one number for the whole batch. Each row needs its own: take the mean along the last axis.",
        ),
        (
            lambda x: (x - x.mean(-1, keepdims=True)) / x.std(-1, keepdims=True),
            "you subtract the mean first. PixelNorm only scales; the direction of the vector stays.",
        ),
        (
            lambda x: x / (np.mean(x**2, axis=-1, keepdims=True) + 1e-8),
            "you divide by the mean square. Its square root is missing.",
        ),
    ],
)

check_truncate = Exercise(
    name="truncate",
    reference=lambda w, w_avg, psi: w_avg + psi * (w - w_avg),
    cases=[(_rng.normal(1.0, 1.0, (3, 8)), _rng.normal(1.0, 0.2, 8), psi) for psi in (0.7, 0.0, 1.0)],
    right="psi 0 gives the mean for every w, psi 1 changes nothing.",
    wrong=[
        (
            lambda w, w_avg, psi: psi * w,
            "you pull w towards zero. It should go towards w_avg, the centre of W, which is not zero.",
        ),
        (
            lambda w, w_avg, psi: w + psi * (w_avg - w),
            "it is the wrong way round: your psi 1 gives the mean, and psi 0 changes nothing.",
        ),
        (
            lambda w, w_avg, psi: w_avg + psi * w,
            "you add psi w to the mean. What is scaled is the distance from the mean, w - w_avg.",
        ),
    ],
)

check_same_direction = Exercise(
    name="distance",
    reference=lambda: 0.0,
    cases=[()],
    right="both become the same latent before the first layer sees them.",
    wrong=[
        (lambda: 2.0, "3 - 1 would be the difference of their lengths. What does PixelNorm do to a length?"),
        (lambda: 3.0, "that is how z differs. Ask what is left of the factor after PixelNorm."),
        (lambda: 20.0, "that is how far apart the two z are. The first thing done to z removes its length."),
    ],
)
