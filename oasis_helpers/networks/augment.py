"""Small changes to reals and fakes before the discriminator sees them, so that it cannot learn people by heart.

Adaptive discriminator augmentation (ADA, Karras et al. 2020, arXiv 2006.06676), with changes that leave a brain a
brain: mirrored, turned, scaled and moved a little, bent a little, brighter or darker. Each happens with a probability
p below 1, so the generator still has to match what is not changed, and the changes do not leak into its images
(section 2.2 of that paper; it saw no leak up to p = 0.8).
"""

from __future__ import annotations

import math
from functools import cache

from oasis_helpers.networks.layers import Tensor

import numpy as np
from keras import ops

LARGEST_P = 0.8  # the largest p that is used
TURN = math.radians(5)  # standard deviation of the rotation
SCALE, STRETCH = 0.05, 0.03  # of the logarithm of the size, and of the ratio of height to width
MOVE = 0.02  # of the shift along each axis, in sides of the image
BEND, GRID = 0.007, 4  # of the moves of the 4 x 4 points that bend the image, in sides of the image
BRIGHT, CURVE = 0.1, 0.25  # of the logarithm of the gain; of k in v + k v (1 - v), which lifts or lowers mid grey
GATES = 6  # flip, turn, scale, move, bend, grey values
FIRST = 7  # normal numbers before those of the bend: turn, scale, stretch, two moves, gain, curve
NUMBERS = FIRST + 2 * GRID**2


def augment(images: Tensor, uniform: Tensor, normal: Tensor, p: Tensor, value_range: tuple[float, float]) -> Tensor:
    """Change each image at random, differentiably.

    Args:
        images: (b, R, R, 1) float32 in the value range; rows run from the left of the head to the right.
        uniform: (b, 7) numbers in 0..1: a gate for each of the six changes, and the coin of the flip.
        normal: (b, 39) N(0, 1) numbers: how much.
        p: probability of each change, a scalar, 0 to 0.8. At 0 the images come back as they are.
        value_range: grey value of black and of white; what comes in from outside of the image is black.

    Returns:
        (b, R, R, 1) float32.
    """
    gate = ops.cast(uniform[:, :GATES] < p, "float32")
    mirrored = gate[:, 0] * ops.cast(uniform[:, GATES] < 0.5, "float32")
    rows, columns = _places(images.shape[1], gate, mirrored, normal)
    low, high = value_range
    # From here black is 0 and white is 1. Both changes of the grey values keep black, the background, black.
    value = _sample((images - low) / (high - low), rows, columns)
    gain, curve = (gate[:, 5] * normal[:, i] for i in (5, 6))
    value = value * ops.exp(BRIGHT * gain)[:, None, None, None]
    value = value + CURVE * curve[:, None, None, None] * value * (1 - value)
    return value * (high - low) + low


def draw_shapes(batch: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the shapes of ``uniform`` and ``normal`` for a batch."""
    return (batch, GATES + 1), (batch, NUMBERS)


def _places(size: int, gate: Tensor, mirrored: Tensor, normal: Tensor) -> tuple[Tensor, Tensor]:
    """Where each pixel of the result is taken from: rows and columns (b, R, R), in pixels."""
    grid = (np.arange(size, dtype="float32") + 0.5) / size - 0.5
    y, x = grid[None, :, None], grid[None, None, :]
    angle = (gate[:, 1] * TURN * normal[:, 0])[:, None, None]
    scale = gate[:, 2] * SCALE * normal[:, 1]
    stretch = gate[:, 2] * STRETCH * normal[:, 2]
    tall, wide = (ops.exp(scale + sign * stretch)[:, None, None] for sign in (1, -1))
    sign = (1 - 2 * mirrored)[:, None, None]
    down = (ops.cos(angle) * y - ops.sin(angle) * x) * tall * sign
    along = (ops.sin(angle) * y + ops.cos(angle) * x) * wide
    shift = (gate[:, 3:4] * MOVE * normal[:, 3:5])[:, :, None, None]
    points = ops.reshape(normal[:, FIRST:], (-1, 2, GRID, GRID)) * (gate[:, 4] * BEND)[:, None, None, None]
    smooth = _smooth(size)
    bend = ops.matmul(ops.matmul(smooth, points), smooth.T)  # (b, 2, R, R)
    rows, columns = down + shift[:, 0] + bend[:, 0], along + shift[:, 1] + bend[:, 1]
    return (rows + 0.5) * size - 0.5, (columns + 0.5) * size - 0.5


@cache
def _smooth(size: int) -> np.ndarray:
    """Matrix (R, 4) that spreads four moves over an axis as smooth hills, which are 0.4 of the axis wide."""
    places = (np.arange(size) + 0.5) / size
    centres = (np.arange(GRID) + 0.5) / GRID
    return np.exp(-0.5 * ((places[:, None] - centres) / 0.2) ** 2).astype("float32")


def _sample(x: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Take pixels of x (b, R, R, 1) at places (b, R, R) between its pixels, bilinearly; 0 outside."""
    size = x.shape[1]
    flat = ops.reshape(x, (-1, size * size))
    top, left = ops.floor(rows), ops.floor(columns)
    result = 0.0
    for down in (0, 1):
        for along in (0, 1):
            row, column = top + down, left + along
            weight = (1 - ops.abs(rows - row)) * (1 - ops.abs(columns - column))
            inside = (row >= 0) & (row < size) & (column >= 0) & (column < size)
            index = ops.clip(row, 0, size - 1) * size + ops.clip(column, 0, size - 1)
            index = ops.reshape(ops.cast(index, "int32"), (-1, size * size))
            taken = ops.reshape(ops.take_along_axis(flat, index, axis=1), (-1, size, size))
            result = result + taken * weight * ops.cast(inside, "float32")
    return result[..., None]
