"""Copies in disguise, to see whether the audit finds copies at all (notebook 07)."""

from __future__ import annotations

from oasis_helpers.evaluation.audit.registration import shift

import numpy as np


def disguise(images: np.ndarray, rng: np.random.Generator, noise: float = 10.0) -> np.ndarray:
    """Return copies that are mirrored (every other one), moved, of other brightness, and noisy.

    Moved by up to 3 of 64 pixels along rows and columns, brightness times 0.85 to 1.15 and plus -10 to 10.

    Args:
        images: (n, R, R) uint8.
        rng: where chance comes from.
        noise: standard deviation in grey values.

    Returns:
        (n, R, R) uint8.
    """
    n, size = images.shape[:2]
    mirrored = rng.random(n) < 0.5
    copies = np.where(mirrored[:, None, None], images[:, ::-1], images)
    copies = shift(copies, rng.uniform(-3, 3, (n, 2)) * size / 64)
    gain, offset = rng.uniform(0.85, 1.15, (n, 1, 1)), rng.uniform(-10, 10, (n, 1, 1))
    noisy = copies * gain + offset + rng.normal(0, noise, copies.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
