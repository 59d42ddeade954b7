"""MS-SSIM: how alike two images are, and so how little a set of images varies (notebook 07).

Wang et al. 2003; as a measure of variety Odena et al. 2016 and Karras et al. 2017, whose release is followed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from oasis_helpers.errors import UserError, check_whole
from oasis_helpers.images import block_mean, check_image_pair, check_images

import numpy as np

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # from the finest scale to the coarsest
WINDOW, SIGMA = 11, 1.5  # px
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
MOST_PAIRS = 5000  # pairs of images for the mean of a set
PIXELS_AT_ONCE = 2**17  # pixels of each side of the pairs at a time: 1 MB a map stays in the cache


def ms_ssim(first: np.ndarray, second: np.ndarray, weights: Sequence[float] = WEIGHTS) -> np.ndarray:
    """Compare images pair by pair: the contrast and structure at every scale, the brightness at the coarsest.

    Wang et al. 2003, eq. 7.

    An 11-px window fits into the fifth scale of 176 px and more only. As in the release, all five scales and
    weights are kept for smaller images, and the window shrinks with the scale: to its side, and sigma in proportion.
    At 64 px the windows are 11, 11, 11, 8 and 4 px wide. Windows lie inside the image; a scale is the mean of
    blocks of 2 x 2 pixels of the scale above; a negative mean counts as 0, and so does then the pair. At 64 px that
    is rare, at 32 px and below it happens to images whose coarse structures are opposed.

    Args:
        first: (n, R, R) uint8, R a power of two of at least 16 (of 2^(scales - 1) with other weights).
        second: (n, R, R) uint8, the other half of each pair.
        weights: the exponents of the scales; ``(1.0,)`` is plain SSIM.

    Returns:
        (n,) float64, 0..1: 1 for equal images, 0 for those that have nothing in common.

    Raises:
        UserError: images of the wrong type, shape or size, or not as many in both.
    """
    smallest = max(4, 2 ** (len(weights) - 1))
    first, second = check_image_pair(first, second, smallest, names=("first", "second"))
    if len(first) != len(second):
        raise UserError(f"second: expected {len(first)} images as in first, but got {len(second)}; give whole pairs")
    chunk, parts = max(1, PIXELS_AT_ONCE // first.shape[1] ** 2), []
    for start in range(0, len(first), chunk):
        x, y = (images[start : start + chunk].astype(np.float64) for images in (first, second))
        parts.append(_scales(x, y, weights))
    return np.concatenate(parts)


def ms_ssim_of_pairs(images: np.ndarray, pairs: int = MOST_PAIRS, seed: int = 0) -> float:
    """Mean MS-SSIM of random pairs of different images, 0..1: lower is more varied (Odena et al. 2016).

    Compare it with that of the reals: a generator that has collapsed lies above, but one that draws noise lies below.

    Args:
        images: (n, R, R) uint8, n of at least 2, R a power of two of at least 16.
        pairs: how many; where there are fewer pairs than that, each is taken once.
        seed: of the choice.

    Raises:
        UserError: images of the wrong type, shape or size, or fewer than two; pairs below 1.
    """
    images = check_images("images", images, smallest=16, fewest=2)
    pairs, seed = check_whole("pairs", pairs, 1), check_whole("seed", seed, 0)
    n = len(images)
    if n * (n - 1) // 2 <= pairs:
        first, second = np.triu_indices(n, 1)
    else:
        rng = np.random.default_rng(seed)
        first = rng.integers(0, n, pairs)
        second = (first + rng.integers(1, n, pairs)) % n  # any but the first itself
    return float(ms_ssim(images[first], images[second]).mean())


def _scales(x: np.ndarray, y: np.ndarray, weights: Sequence[float]) -> np.ndarray:
    """MS-SSIM (n,) of pairs of float64 images (n, R, R)."""
    product = np.ones(len(x))
    for scale, weight in enumerate(weights):
        if scale:
            x, y = (block_mean(z, z.shape[1] // 2) for z in (x, y))
        whole, structure = _similarity(x, y)
        here = whole if scale == len(weights) - 1 else structure
        product *= np.maximum(here, 0) ** weight
    return product


def _similarity(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """SSIM, and its contrast-structure term alone, each a mean over the places of the window, (n,)."""
    window = _window(x.shape[1])
    mean_x, mean_y, mean_squares, mean_xy = (window @ m @ window.T for m in (x, y, x * x + y * y, x * y))
    product, squares = mean_x * mean_y, mean_x**2 + mean_y**2
    structure = (2 * (mean_xy - product) + C2) / (mean_squares - squares + C2)  # covariance over both variances
    brightness = (2 * product + C1) / (squares + C1)
    return (brightness * structure).mean(axis=(1, 2)), structure.mean(axis=(1, 2))


@cache
def _window(side: int) -> np.ndarray:
    """The Gaussian window at every place of one axis, (places, side): one matrix product filters a whole batch."""
    size = min(WINDOW, side)
    sigma = SIGMA * size / WINDOW
    offsets = np.arange(size) - (size - 1) / 2
    taps = np.exp(-(offsets**2) / (2 * sigma**2))
    taps /= taps.sum()
    return np.stack([np.pad(taps, (i, side - size - i)) for i in range(side - size + 1)])
