"""A seed is a name: whole numbers and the latents that follow from them (notebook 06)."""

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
        raise UserError(f"count: expected how many pictures, a whole number from 1 to 4096, but got {count!r}")
    first = check_seeds(first)[0]
    return list(range(first, first + count))


def parse_seeds(text: str) -> list[int]:
    """Return the seeds of a text like ``0-3,8``: [0, 1, 2, 3, 8]. Raises UserError."""
    seeds: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdecimal() or (dash and not (last.isdecimal() and int(last) >= int(first))):
            raise UserError(f"seeds: expected something like 0-15 or 1,5,9, but got {text!r}")
        seeds += seed_range(int(first), int(last) - int(first) + 1) if dash else [int(first)]
    return seeds


def check_psi(psi: float | None) -> float | None:
    """Return psi where it is a number from 0 to 2, or None; raises UserError."""
    good = psi is None or (isinstance(psi, int | float | np.number) and not isinstance(psi, bool) and 0 <= psi <= 2)
    if not good:
        wanted = "a number from 0 (the mean brain) to 2, usually 0.7 or 1"
        raise UserError(f"psi: expected {wanted}, but got {psi!r}{close_number(psi, 0, 2)}")
    return None if psi is None else float(psi)


def latents(seeds: int | Sequence[int], z_dim: int) -> np.ndarray:
    """Return z (n, z_dim), float32, N(0, 1): each row follows from its own seed alone."""
    return np.stack([np.random.default_rng(s).standard_normal(z_dim, dtype="float32") for s in check_seeds(seeds)])
