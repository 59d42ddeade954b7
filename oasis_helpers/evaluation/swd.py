"""Sliced Wasserstein distance: how unlike small patches are, at each scale by itself (notebook 07).

Karras et al. 2017 (arXiv 1710.10196), section 5 and appendix; theirs has three colours, this one channel.
Each set of patches is normalised by itself, so neither brightness nor contrast of a whole set counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import NamedTuple

from oasis_helpers.errors import check_whole
from oasis_helpers.evaluation.inputs import check_two_sets

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import convolve1d

COARSEST = 16  # px; the pyramid ends here
PATCH = 7  # px a side
PATCHES = 128  # per picture and level
DIRECTIONS = 4 * 128  # the paper's four turns of 128 directions
TOGETHER = 32  # directions at a time: 2,000 pictures then take 2 x 33 MB
PIXELS = 2**23  # in pyramids at a time: 2,048 pictures of 64 px, 128 of 256 px
BINOMIAL = np.array([1, 4, 6, 4, 1], np.float32) / 16


class Swd(NamedTuple):
    """The distance at each level {resolution: value}, their mean, and how many pictures of each set were used."""

    levels: dict[int, float]
    mean: float
    count: int


def swd(real: np.ndarray, fake: np.ndarray, seed: int = 0, directions: int = DIRECTIONS) -> Swd:
    """Compare the patches of two sets of pictures, at every level of a Laplacian pyramid.

    Args:
        real: (n, R, R) uint8, R of 16 or a larger power of two.
        fake: (m, R, R) uint8. Sorted values are compared place by place, which takes as many of each: the larger
            set is cut to a random choice (by the seed) of as many pictures as the smaller one has.
        seed: of that choice, of the places of the patches and of the directions.
        directions: how many, a multiple of 32; the paper's 512.

    Returns:
        The distances x 1,000: 0 for equal sets, and a floor above 0 for two sets of the same kind. The level R
        holds the finest detail, the level 16 what is left of it when all above is taken away.

    Raises:
        UserError: pictures of the wrong type, shape or size.
    """
    real, fake = check_two_sets(real, fake, COARSEST)
    seed, turns = check_whole("seed", seed, 0), check_whole("directions", directions, TOGETHER) // TOGETHER
    count = min(len(real), len(fake))
    # The same places in both sets: equal sets have distance 0, and the places add no difference of their own.
    a, b = (descriptors(_cut(pictures, count, seed), seed) for pictures in (real, fake))
    levels = {}
    for side in a:
        rng = np.random.default_rng([seed, 2, side])
        levels[side] = 1e3 * sliced_distance(normalise(a[side]), normalise(b[side]), rng, turns)
    return Swd(levels, float(np.mean(list(levels.values()))), count)


def _cut(pictures: np.ndarray, count: int, seed: int) -> np.ndarray:
    """A random choice of pictures, not the first ones: those would be the first few people's."""
    if len(pictures) == count:
        return pictures
    return pictures[np.sort(np.random.default_rng([seed, 0]).choice(len(pictures), count, replace=False))]


# ---------------------------------------------------------------- the pyramid


def laplacian(pictures: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the levels (n, R, R), (n, R/2, R/2) ... (n, 16, 16), float32: detail first, the rest last.

    A level is the picture less what its half-size version, enlarged again, still shows (Burt and Adelson 1983).
    """
    here = pictures.astype(np.float32)
    while here.shape[1] > COARSEST:
        shrink, enlarge = _resizers(here.shape[1])
        below = shrink @ here @ shrink.T
        yield here - enlarge @ below @ enlarge.T
        here = below
    yield here


@cache
def _resizers(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Matrices that halve (side/2, side) and double (side, side/2) one axis, with the 5-tap kernel, mirrored edges."""
    shrink = convolve1d(np.eye(side, dtype=np.float32), BINOMIAL, axis=0, mode="mirror")[::2]
    apart = np.zeros((side, side // 2), np.float32)  # a zero after every pixel: twice the kernel makes up for them
    apart[::2] = np.eye(side // 2)
    return shrink, convolve1d(apart, 2 * BINOMIAL, axis=0, mode="mirror")


# ---------------------------------------------------------------- patches and their distance


def descriptors(pictures: np.ndarray, seed: int) -> dict[int, np.ndarray]:
    """Patches (n * 128, 49) of each level {resolution: patches}. Only some pictures' pyramids exist at a time."""
    found: dict[int, list[np.ndarray]] = {}
    rngs: dict[int, np.random.Generator] = {}
    chunk = max(1, PIXELS // pictures.shape[1] ** 2)
    for i in range(0, len(pictures), chunk):
        for level in laplacian(pictures[i : i + chunk]):
            side = level.shape[1]
            rng = rngs.setdefault(side, np.random.default_rng([seed, 1, side]))
            found.setdefault(side, []).append(patches(level, rng))
    return {side: np.concatenate(parts) for side, parts in found.items()}


def patches(level: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Cut 128 patches out of each picture (n, R, R) at random places; (n * 128, 49)."""
    places = level.shape[1] - PATCH + 1
    rows, columns = rng.integers(0, places, (2, len(level), PATCHES))
    windows = sliding_window_view(level, (PATCH, PATCH), axis=(1, 2))  # (n, places, places, 7, 7), no copy
    return windows[np.arange(len(level))[:, None], rows, columns].reshape(-1, PATCH * PATCH)


def normalise(rows: np.ndarray) -> np.ndarray:
    """Bring all values of a set together to mean 0 and standard deviation 1; what is constant becomes 0."""
    mean, spread = rows.mean(dtype=np.float64), rows.std(dtype=np.float64)
    return (rows - np.float32(mean)) / np.float32(spread or 1.0)


def sliced_distance(
    a: np.ndarray, b: np.ndarray, rng: np.random.Generator, turns: int = DIRECTIONS // TOGETHER
) -> float:
    """Mean distance of two sets of points (n, d) over random directions, 32 a turn.

    In one dimension the cheapest way to move one set onto the other keeps the order: the first to the first, and
    so on. So sorting is all that it takes.
    """
    means = []
    with ThreadPoolExecutor(2) as pool:  # sorting takes nearly all of the time, and lets another thread run beside it
        for _ in range(turns):
            directions = rng.standard_normal((TOGETHER, a.shape[1])).astype(a.dtype)
            directions /= np.linalg.norm(directions, axis=1, keepdims=True)
            a_line, b_line = pool.map(_sorted_along, (directions, directions), (a, b))
            means.append(np.abs(a_line - b_line).mean(dtype=np.float64))
    return float(np.mean(means))


def _sorted_along(directions: np.ndarray, points: np.ndarray) -> np.ndarray:
    line = directions @ points.T
    line.sort(axis=1)
    return line
