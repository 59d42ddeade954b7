"""Sliced Wasserstein distance: how unlike small patches are, at each scale by itself (notebook 07).

Karras et al. 2017 (arXiv 1710.10196), section 5 and appendix; theirs has three colours, this one channel.
Each set of patches is normalised by itself, so neither brightness nor contrast of a whole set counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import NamedTuple

from oasis_helpers.errors import check_whole
from oasis_helpers.images import check_image_pair

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import convolve1d

COARSEST = 16  # px; the pyramid ends here
PATCH = 7  # px a side
PATCHES = 128  # per image and level
PROJECTIONS = 4 * 128  # the paper's four turns of 128 directions
PROJECTIONS_AT_ONCE = 32  # directions at a time: a set of 2,000 images then takes 33 MB
PIXELS = 2**23  # in pyramids at a time: 2,048 images of 64 px, 128 of 256 px
BINOMIAL = np.array([1, 4, 6, 4, 1], np.float32) / 16


class Swd(NamedTuple):
    """The distance at each level {resolution: value}, their mean, and how many images of each set were used."""

    levels: dict[int, float]
    mean: float
    count: int


def swd(real: np.ndarray, fake: np.ndarray, seed: int = 0, directions: int = PROJECTIONS) -> Swd:
    """Compare the patches of two sets of images, at every level of a Laplacian pyramid.

    Karras et al. 2017, section 5.

    Args:
        real: (n, R, R) uint8, R of 16 or a larger power of two.
        fake: (m, R, R) uint8. Sorted values are compared place by place, which takes as many of each: the larger
            set is cut to a random choice (by the seed) of as many images as the smaller one has.
        seed: of that choice, of the places of the patches and of the directions.
        directions: how many, a multiple of 32; the paper's 512.

    Returns:
        The distances x 1,000, lower is better: 0 for equal sets, and a floor above 0 for two sets of the same kind. The
        level R holds the finest detail, the level 16 what is left of it when all above is taken away.

    Raises:
        UserError: images of the wrong type, shape or size.
    """
    return swd_of_each(real, [fake], seed, directions)[0]


def swd_of_each(
    real: np.ndarray, fakes: Sequence[np.ndarray], seed: int = 0, directions: int = PROJECTIONS
) -> list[Swd]:
    """Compare several sets with the same reals, which are then cut up and sorted once; otherwise as :func:`swd`.

    The larger sets are cut to the size of the smallest of all.
    """
    sets = [real, *fakes]
    for i, fake in enumerate(fakes):
        sets[0], sets[i + 1] = check_image_pair(real, fake, COARSEST)
    seed, turns = (
        check_whole("seed", seed, 0),
        check_whole("directions", directions, PROJECTIONS_AT_ONCE) // PROJECTIONS_AT_ONCE,
    )
    count = min(map(len, sets))
    sets = [_cut(images, count, seed) for images in sets]
    levels: dict[int, list[float]] = {}
    side = sets[0].shape[1]
    while side >= COARSEST:
        # The same places in all sets: equal sets have distance 0, and the places add no difference of their own.
        points = [normalise(descriptors(images, seed, side)) for images in sets]
        levels[side] = sliced_distances(points[0], points[1:], np.random.default_rng([seed, 2, side]), turns)
        side //= 2
    of_each = [{side: 1e3 * values[i] for side, values in levels.items()} for i in range(len(fakes))]
    return [Swd(distances, float(np.mean(list(distances.values()))), count) for distances in of_each]


def _cut(images: np.ndarray, count: int, seed: int) -> np.ndarray:
    """A random choice of images, not the first ones: those would be the first few people's."""
    if len(images) == count:
        return images
    return images[np.sort(np.random.default_rng([seed, 0]).choice(len(images), count, replace=False))]


# ---------------------------------------------------------------- the pyramid


def laplacian(images: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the levels (n, R, R), (n, R/2, R/2) ... (n, 16, 16), float32: detail first, the rest last.

    A level is the image less what its half-size version, enlarged again, still shows (Burt and Adelson 1983).
    """
    here = images.astype(np.float32)
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


def descriptors(images: np.ndarray, seed: int, side: int) -> np.ndarray:
    """Return patches (n * 128, 49), float32, of the level of ``side`` px of images (n, R, R) uint8.

    Only this level's patches, and the pyramids of some images, are in memory at a time.
    """
    parts, rng = [], np.random.default_rng([seed, 1, side])
    chunk = max(1, PIXELS // images.shape[1] ** 2)
    for i in range(0, len(images), chunk):
        level = next(level for level in laplacian(images[i : i + chunk]) if level.shape[1] == side)
        parts.append(patches(level, rng))
    return np.concatenate(parts)


def patches(level: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return 128 patches of 7 x 7 px of each image (n, R, R), cut out at random places, (n * 128, 49)."""
    places = level.shape[1] - PATCH + 1
    rows, columns = rng.integers(0, places, (2, len(level), PATCHES))
    windows = sliding_window_view(level, (PATCH, PATCH), axis=(1, 2))  # (n, places, places, 7, 7), no copy
    return windows[np.arange(len(level))[:, None], rows, columns].reshape(-1, PATCH * PATCH)


def normalise(rows: np.ndarray) -> np.ndarray:
    """Return rows (n, d), all their values together brought to mean 0 and standard deviation 1; a constant to 0."""
    mean, spread = rows.mean(dtype=np.float64), rows.std(dtype=np.float64)
    return (rows - np.float32(mean)) / np.float32(spread or 1.0)


def sliced_distances(
    real: np.ndarray,
    others: Sequence[np.ndarray],
    rng: np.random.Generator,
    turns: int = PROJECTIONS // PROJECTIONS_AT_ONCE,
) -> list[float]:
    """Return the mean distance of each set of points (n, d) from the real ones over random directions, 32 a turn.

    In one dimension the cheapest way to move one set onto the other keeps the order: the first to the first, and
    so on. So sorting is all that it takes.
    """
    means = []
    with ThreadPoolExecutor(2) as pool:  # sorting takes nearly all of the time, and lets another thread run beside it
        for _ in range(turns):
            directions = rng.standard_normal((PROJECTIONS_AT_ONCE, real.shape[1])).astype(real.dtype)
            directions /= np.linalg.norm(directions, axis=1, keepdims=True)
            line, *lines = pool.map(partial(_sorted_along, directions), [real, *others])
            means.append([np.abs(line - other).mean(dtype=np.float64) for other in lines])
    return [float(np.mean(of_set)) for of_set in zip(*means, strict=True)]


def _sorted_along(directions: np.ndarray, points: np.ndarray) -> np.ndarray:
    line = directions @ points.T
    line.sort(axis=1)
    return line
