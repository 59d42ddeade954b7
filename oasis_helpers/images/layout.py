"""Images for people to look at: the forehead up, many side by side (all notebooks)."""

from __future__ import annotations

import math

from oasis_helpers.errors import check_whole
from oasis_helpers.images.checks import check_square_images

import numpy as np


def upright(images: np.ndarray) -> np.ndarray:
    """Turn an image (R, R), or images (n, R, R), so that the forehead points up and the left of the head is left."""
    return np.rot90(images, axes=(-2, -1))


def image_grid(images: np.ndarray, columns: int = 4, tile: int = 128, gap: int = 0) -> np.ndarray:
    """Return images (n, R, R) uint8 side by side as one (H, W) uint8, foreheads up as in all our figures.

    Args:
        images: what to show; what is left of the last row stays black.
        columns: images in a row.
        tile: small images are enlarged to about this many pixels, each pixel a square.
        gap: white pixels between images.

    Raises:
        UserError: other images, or numbers that do not fit.
    """
    images = check_square_images("images", images)
    check_whole("columns", columns, 1)
    check_whole("tile", tile, 1, 4096)
    check_whole("gap", gap, 0, 4096)
    n, size, _ = images.shape
    columns = min(columns, n)
    rows = math.ceil(n / columns)
    full = np.zeros((rows * columns, size, size), "uint8")
    full[:n] = upright(images)
    factor = max(1, tile // size)
    full = full.repeat(factor, axis=1).repeat(factor, axis=2)
    full = np.pad(full, ((0, 0), (0, gap), (0, gap)), constant_values=255)
    size = size * factor + gap
    joined = full.reshape(rows, columns, size, size).transpose(0, 2, 1, 3).reshape(rows * size, columns * size)
    return joined[: rows * size - gap, : columns * size - gap]
