"""Seeds, and the latents that follow from them; the way between two latents (paper, section 4.1; notebook 06)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from oasis_helpers.errors import UserError, close_number, is_whole

import numpy as np


def check_seeds(seeds: int | Sequence[int], most: int | None = None) -> list[int]:
    """Return seeds as a list of whole numbers from 0, at most so many where ``most`` is given; raises UserError."""
    items = list(seeds) if isinstance(seeds, Iterable) and not isinstance(seeds, str) else [seeds]
    for seed in items:
        if not is_whole(seed) or seed < 0:
            raise UserError(
                f"seeds: expected whole numbers from 0 up, but got {seed!r}{close_number(seed, 0, math.inf, True)}"
            )
    if not items:
        raise UserError("seeds: expected at least one, but got none")
    if most is not None and len(items) > most:
        raise UserError(f"seeds: expected at most {most}, but got {len(items)}; take the first {most}")
    return [int(seed) for seed in items]


def seed_range(first: int, count: int) -> list[int]:
    """Return the seeds first, first + 1, ..., ``count`` of them; raises UserError."""
    if not is_whole(count) or not 1 <= count <= 4096:
        raise UserError(f"count: expected how many images, a whole number from 1 to 4096, but got {count!r}")
    first = check_seeds(first)[0]
    return list(range(first, first + count))


def check_psi(psi: float | None) -> float | None:
    """Return psi where it is a number from 0 to 2, or None; raises UserError."""
    valid = psi is None or (isinstance(psi, int | float | np.number) and not isinstance(psi, bool) and 0 <= psi <= 2)
    if not valid:
        expected = "a number from 0 (the mean brain) to 2, usually 0.7 or 1"
        raise UserError(f"psi: expected {expected}, but got {psi!r}{close_number(psi, 0, 2)}")
    return None if psi is None else float(psi)


def latents(seeds: int | Sequence[int], z_dim: int) -> np.ndarray:
    """Return z (n, z_dim), float32, N(0, 1): each row follows from its own seed alone."""
    return np.stack([np.random.default_rng(s).standard_normal(z_dim, dtype="float32") for s in check_seeds(seeds)])


def slerp(a: np.ndarray, b: np.ndarray, t: float | np.ndarray) -> np.ndarray:
    """Spherical interpolation: along the great circle from the direction of a to that of b.

    The length is that of the straight mean of both lengths; the release takes length 1, which is the same to a
    mapping network that normalises z.

    >>> slerp(np.array([1.0, 0.0]), np.array([0.0, 1.0]), 0.5).round(3).tolist()
    [0.707, 0.707]

    Args:
        a: one latent (d,), or one per row (n, d), none of them all 0.
        b: the same.
        t: how far, 0 (a) to 1 (b): one number, or one per row (n,).

    Returns:
        (d,) or (n, d), of a's type.
    """
    dtype, t = np.asarray(a).dtype, np.asarray(t)[..., None]
    length_a, length_b = (np.linalg.norm(x, axis=-1, keepdims=True) for x in (a, b))
    a, b = a / length_a, b / length_b
    cosine = np.sum(a * b, axis=-1, keepdims=True)
    across = b - cosine * a  # what b has at right angles to a
    size = np.linalg.norm(across, axis=-1, keepdims=True)
    angle = np.arctan2(size, cosine)  # sound at every angle, where arccos is not
    direction = a * np.cos(t * angle) + across / np.maximum(size, 1e-30) * np.sin(t * angle)
    return (direction * (length_a + (length_b - length_a) * t)).astype(dtype)
