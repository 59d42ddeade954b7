"""The sliced Wasserstein distance of sets of people, for its null at every level (notebook 07).

`swd` sorts all patches of a set. Here each person's patches become histograms along the directions, once. The
histograms of a set are sums of those, and the distance on a line is the area between two distribution functions.
"""

from __future__ import annotations

from oasis_helpers.evaluation.scores.people import OwnerScore, Pool
from oasis_helpers.evaluation.scores.swd import PATCH, laplacian, patches

import numpy as np

BINS = 512  # of each line; a bin is about a twentieth of a standard deviation wide
LINES = 64  # directions, the same for all sets
MARGIN = 0.3  # the bins reach further than the first people's values by this share of their range


class LevelHistograms:
    """All owners' patches of one level of the pyramid."""

    def __init__(self, owners: int, side: int, seed: int) -> None:
        """Draw the directions; nothing is counted yet."""
        directions = np.random.default_rng([seed, 5, side]).standard_normal((LINES, PATCH * PATCH))
        self.directions = (directions / np.linalg.norm(directions, axis=1, keepdims=True)).astype(np.float32)
        self.counts = np.zeros((owners, LINES, BINS), np.float32)
        self.moments = np.zeros((owners, 3))  # of all values: how many, their sum, the sum of their squares
        self.start = self.width = None  # (LINES,) each

    def add(self, owner: int, rows: np.ndarray) -> None:
        """Count the patches (n, 49) of an owner; those of the first one decide where the bins lie."""
        lines = rows @ self.directions.T
        if self.start is None:
            low, high = lines.min(axis=0), lines.max(axis=0)
            reach = np.maximum(high - low, 1)
            self.start, self.width = low - MARGIN * reach, (1 + 2 * MARGIN) * reach / BINS
        bins = np.clip((lines - self.start) / self.width, 0, BINS - 1).astype(np.int64) + BINS * np.arange(LINES)
        self.counts[owner] += np.bincount(bins.ravel(), minlength=LINES * BINS).reshape(LINES, BINS)
        self.moments[owner] += rows.size, rows.sum(dtype=np.float64), np.sum(rows.astype(np.float64) ** 2)

    def distance(self, first: np.ndarray, second: np.ndarray) -> float:
        """Return the distance x 1,000 of the patches of two sets of owners, each normalised by itself."""
        (below, mean, spread), (below_too, other, other_spread) = self._set(first), self._set(second)
        shift = self.directions.sum(axis=1)[:, None]  # how a constant added to all values moves a line
        edges = self.start[:, None] + self.width[:, None] * np.arange(BINS + 1)
        there = (edges - mean * shift) / spread * other_spread + other * shift  # the same place on the other's line
        places = np.clip((there - self.start[:, None]) / self.width[:, None], 0, BINS - 1e-6)
        left = places.astype(np.int64)
        step = np.take_along_axis(below_too, left + 1, 1) - (at_left := np.take_along_axis(below_too, left, 1))
        apart = np.abs(below - (at_left + (places - left) * step))
        areas = (apart[:, 1:] + apart[:, :-1]).sum(axis=1) / 2 * self.width / spread
        return float(1e3 * areas.mean())

    def _set(self, owners: np.ndarray) -> tuple[np.ndarray, float, float]:
        """The distribution functions at all edges (LINES, BINS + 1), and mean and deviation of all values."""
        counts = self.counts[owners].sum(axis=0, dtype=np.float64)
        below = np.pad(np.cumsum(counts, axis=1), ((0, 0), (1, 0))) / counts.sum(axis=1, keepdims=True)
        size, total, squares = self.moments[owners].sum(axis=0)
        mean = total / size
        return below, mean, float(np.sqrt(max(squares / size - mean**2, 0))) or 1.0


def swd_of_owners(pool: Pool, seed: int = 0) -> dict[int, OwnerScore]:
    """Return the distance of sets of owners at each level {resolution: score}, see `swd`; x 1,000, lower is better.

    The places of the patches are independent in all images, as in ProGAN's release.
    """
    rng = np.random.default_rng([seed, 6])
    levels: dict[int, LevelHistograms] = {}
    for owner in range(pool.owner[-1] + 1):
        for level in laplacian(pool.images[pool.owner == owner]):
            side = level.shape[1]
            if side not in levels:
                levels[side] = LevelHistograms(pool.owner[-1] + 1, side, seed)
            levels[side].add(owner, patches(level, rng))
    return {side: level.distance for side, level in levels.items()}
