"""Perceptual path length: how far an image moves, in features, for a small step of its latent (notebook 07).

Karras et al. 2018 (arXiv 1812.04948), section 4.1. Short is smooth: no sudden changes on the way from one image to
another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from oasis_helpers.errors import UserError, check_share, check_whole

import numpy as np

EPSILON = 1e-4
TAIL = 1.0  # per cent cut at each end: a few jumps would be most of the mean
WALK_SPACES = ("w", "z")
WALK_PARTS = ("full", "end")

Draw = Callable[[np.ndarray], np.ndarray]
FloatFeatures = Callable[[np.ndarray], np.ndarray]
Distance = Callable[[np.ndarray, np.ndarray], np.ndarray]


class PathLength(NamedTuple):
    """The mean over the pairs kept, how many these are, and how many of all pairs did not move at all.

    ``still`` far above 0 means a step too small for the number type of the images, or a collapsed generator.
    """

    mean: float
    kept: int
    still: int


def unit_distance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return squared Euclidean distances (n,) of features (n, d), each row first brought to length 1; 0..4.

    A row of zeros stays one.
    """
    first, second = (np.asarray(rows, np.float64) for rows in (first, second))
    first, second = (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-30) for rows in (first, second))
    return np.sum((first - second) ** 2, axis=1)


def path_length(
    draw: Draw,
    features: FloatFeatures,
    start: np.ndarray,
    end: np.ndarray,
    space: str = "w",
    way: str = "full",
    epsilon: float = EPSILON,
    batch: int = 32,
    distance: Distance = unit_distance,
    seed: int = 0,
) -> PathLength:
    """Mean of d(G(at t), G(at t + epsilon)) / epsilon^2 over pairs of latents, without the tails.

    Karras et al. 2018, section 4.1: eq. 2 in z, eq. 3 in w. As in their release, the 1 % tails are cut.

    A step of 1e-4 moves a grey value by far less than 1, so images that are rounded to uint8 either stay as they
    are or jump, and the result would be noise: ``draw`` hands over floats, without truncation and with the same
    noise maps for every row. Latents come to it as float64. float32 rounds to 6e-8 of a value, a step moves it by
    about 1e-4, and squared the error is small beside the result; half precision drowns it. To see whether the
    precision is enough, take ten times the step: the result must stay.

    Args:
        draw: latents (b, ...) to float images (b, R, R) or (b, R, R, 1); b is 2 * ``batch`` or, at the end, less.
        features: such images to (b, d).
        start: (n, ...) float; styles for "w", z (n, z_dim) for "z".
        end: the latents to walk to, the same shape.
        space: "w" goes straight, "z" along the great circle.
        way: "full" takes t anywhere from 0 to 1, "end" only 0.
        epsilon: the step in t.
        batch: pairs at a time.
        distance: two sets of features to (b,); squared, as it is divided by epsilon^2.
        seed: of t.

    Returns:
        From 0 up, lower is smoother, in units of ``distance``.

    Raises:
        UserError: an argument that does not fit, or images that are whole numbers.
    """
    start, end = _check_ends(start, end, space)
    for name, value, valid in (("space", space, WALK_SPACES), ("way", way, WALK_PARTS)):
        if value not in valid:
            raise UserError(f"{name}: expected one of {', '.join(valid)}, but got {value!r}; choose one of these")
    epsilon = check_share("epsilon", epsilon, "the paper takes 1e-4", ends=False)
    batch, seed = check_whole("batch", batch, 1), check_whole("seed", seed, 0)
    t = np.random.default_rng(seed).random(len(start)) * (way == "full")
    between = lerp if space == "w" else _along_the_sphere
    lengths, still = [], 0
    for i in range(0, len(start), batch):
        a, b, at = start[i : i + batch], end[i : i + batch], t[i : i + batch]
        images = _check_drawn(draw(np.concatenate([between(a, b, at), between(a, b, at + epsilon)])), 2 * len(a))
        rows = np.asarray(features(images))
        lengths.append(distance(rows[: len(a)], rows[len(a) :]) / epsilon**2)
        still += int((images[: len(a)] == images[len(a) :]).reshape(len(a), -1).all(axis=1).sum())
    kept = trim(np.concatenate(lengths))
    return PathLength(float(kept.mean()), len(kept), still)


def trim(lengths: np.ndarray) -> np.ndarray:
    """Return the lengths (k,) out of (n,) from the 1 % to the 99 % quantile; these two, as values that occur, stay."""
    low = np.percentile(lengths, TAIL, method="lower")
    high = np.percentile(lengths, 100 - TAIL, method="higher")
    return lengths[(low <= lengths) & (lengths <= high)]


# ---------------------------------------------------------------- walking


def lerp(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Return the points (n, ...) at t (n,), from 0 to 1, of the straight ways from a to b, (n, ...) each."""
    return a + (b - a) * t.reshape(-1, *[1] * (a.ndim - 1))


def _along_the_sphere(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    from oasis_helpers.sampling.latents import slerp  # not above: `sampling` brings Keras along

    return slerp(a, b, t)


# ---------------------------------------------------------------- checks


def _check_ends(start: np.ndarray, end: np.ndarray, space: str) -> tuple[np.ndarray, np.ndarray]:
    start, end = np.asarray(start, np.float64), np.asarray(end, np.float64)
    if start.shape != end.shape or start.ndim < 2 or not len(start):
        raise UserError(
            f"end: expected latents of one shape (n, ...) in start and end, but got {start.shape} and {end.shape}; "
            "draw as many of each"
        )
    if space == "z" and start.ndim != 2:
        raise UserError(f"start: expected z (n, z_dim) for space 'z', but got {start.shape}; styles go with 'w'")
    return start, end


def _check_drawn(images: np.ndarray, count: int) -> np.ndarray:
    images = np.asarray(images)
    if not np.issubdtype(images.dtype, np.floating) or images.dtype.itemsize < 4:
        raise UserError(
            f"draw: expected images of float32 or float64, but got {images.dtype}; "
            "rounding hides so small a step, so return them as the generator drew them"
        )
    if len(images) != count:
        raise UserError(f"draw: expected {count} images, one per latent, but got {len(images)}; draw them all")
    return images
