"""Images degraded step by step: what a metric says of them shows what it can see (notebook 07)."""

from __future__ import annotations

from collections.abc import Callable

from oasis_helpers.errors import UserError, check_share, check_whole
from oasis_helpers.images import check_images

import numpy as np
from scipy.ndimage import gaussian_filter1d

SHUFFLE_GRID = 8  # shuffling moves the parts of a grid of 8 x 8
CORRUPTED_AT_ONCE = 2**20  # pixels at a time


def corrupt(images: np.ndarray, kind: str, strength: float, seed: int = 0) -> np.ndarray:
    """Degrade images.

    Args:
        images: (n, R, R) uint8, R a power of two of at least 8.
        kind: "blur" (Gaussian, sigma R/2 times the squared strength), "noise" (mixes in uniform grey), "shuffle" (that
            share of the 64 parts of each image changes places), "brightness" (mixes in white) or "all" of them,
            each at that strength.
        strength: 0 changes nothing, 1 leaves next to nothing.
        seed: of noise and places, the same at every strength: more strength is more of the same.

    Returns:
        (n, R, R) uint8, new.

    Raises:
        UserError: an unknown kind, a strength outside 0..1, other images.
    """
    images = check_images("images", images, smallest=SHUFFLE_GRID)
    if kind not in KINDS:
        raise UserError(f"kind: expected one of {', '.join(KINDS)}, but got {kind!r}; choose one of these")
    strength = check_share("strength", strength, "0 changes nothing")
    rng = np.random.default_rng(check_whole("seed", seed, 0))
    degraded = images.copy()
    if strength > 0:
        chunk = max(1, CORRUPTED_AT_ONCE // images.shape[1] ** 2)
        for i in range(0, len(images), chunk):
            part = KINDS[kind](images[i : i + chunk].astype(np.float32), strength, rng)
            degraded[i : i + chunk] = np.clip(np.rint(part), 0, 255)
    return degraded


def mean_slice(images: np.ndarray, count: int) -> np.ndarray:
    """The mean of images (n, R, R) uint8, ``count`` times over: (count, R, R) uint8, a set that varies not at all."""
    images, count = check_images("images", images), check_whole("count", count, 1)
    mean = np.rint(images.mean(axis=0)).astype(np.uint8)
    return np.repeat(mean[None], count, axis=0)


# ---------------------------------------------------------------- one way each: (n, R, R) float32 0..255 to the same


def _blur(x: np.ndarray, strength: float, _: np.random.Generator) -> np.ndarray:
    side = x.shape[1]
    # The filter of the unit matrix is the filter as a matrix: one product for all rows of all images.
    filtering = gaussian_filter1d(np.eye(side, dtype=np.float32), strength**2 * side / 2, axis=0)
    return filtering @ x @ filtering.T


def _noise(x: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    return (1 - strength) * x + strength * 255 * rng.random(x.shape, dtype=np.float32)


def _shuffle(x: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    n, side = x.shape[:2]
    size = side // SHUFFLE_GRID
    parts = (
        x.reshape(n, SHUFFLE_GRID, size, SHUFFLE_GRID, size)
        .swapaxes(2, 3)
        .reshape(n, SHUFFLE_GRID * SHUFFLE_GRID, size, size)
    )
    order = rng.random((n, SHUFFLE_GRID * SHUFFLE_GRID)).argsort(axis=1)
    moved = order[:, : round(strength * SHUFFLE_GRID * SHUFFLE_GRID)]
    degraded, row = parts.copy(), np.arange(n)[:, None]
    degraded[row, moved] = parts[row, np.roll(moved, 1, axis=1)]  # round a ring: none comes to lie where it was
    return degraded.reshape(n, SHUFFLE_GRID, SHUFFLE_GRID, size, size).swapaxes(2, 3).reshape(x.shape)


def _brightness(x: np.ndarray, strength: float, _: np.random.Generator) -> np.ndarray:
    return x + strength * (255 - x)


def _all(x: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    for change in (_shuffle, _blur, _noise, _brightness):
        x = change(x, strength, rng)
    return x


KINDS: dict[str, Callable[[np.ndarray, float, np.random.Generator], np.ndarray]] = {
    "blur": _blur,
    "noise": _noise,
    "shuffle": _shuffle,
    "brightness": _brightness,
    "all": _all,
}
