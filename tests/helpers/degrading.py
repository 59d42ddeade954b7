"""Smooth random images and simple features for the tests of the metrics."""

import numpy as np
from scipy.ndimage import gaussian_filter


def blobs(count, side=32, seed=0):
    """Soft ellipses with a smooth texture, a little like slices: (count, side, side) uint8."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    place, reach = rng.normal(0, 0.05, (2, count, 1, 1)), rng.uniform(0.55, 0.85, (2, count, 1, 1))
    inside = ((y - place[0]) / reach[0]) ** 2 + ((x - place[1]) / reach[1]) ** 2
    texture = gaussian_filter(rng.standard_normal((count, side, side)), (0, 1.5, 1.5))
    images = (130 + 40 * texture / texture.std()) / (1 + np.exp(10 * (inside - 1)))
    return np.clip(images, 0, 255).astype(np.uint8)


class PatchExtractor:
    """Mean and spread of each of 4 x 4 parts: (n, 32)."""

    name = "patches"

    def __call__(self, images):
        n, side = images.shape[:2]
        parts = images.reshape(n, 4, side // 4, 4, side // 4).astype(float)
        return np.concatenate([f(parts, axis=(2, 4)).reshape(n, 16) for f in (np.mean, np.std)], axis=1)
