"""Directions in W: where brains differ most, and where one measure of them grows (notebook 06).

Source: Haerkoenen et al. 2020 (GANSpace, arXiv 2004.02546), section 2.1, for the principal ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from oasis_helpers import engine
from oasis_helpers.errors import UserError, check_whole
from oasis_helpers.networks.generator import Generator
from oasis_helpers.sampling.ranges import layer_range

import numpy as np


@dataclass(frozen=True)
class Directions:
    """Some directions in W.

    Attributes:
        mean: (w_dim,), the mean w of the latents that they were found with.
        components: (k, w_dim), each of length 1.
        scales: (k,), the standard deviation of w along each, so that amounts are in such deviations.
        share: (k,), how much of the variance of w lies along each, 0 to 1.
    """

    mean: np.ndarray
    components: np.ndarray
    scales: np.ndarray
    share: np.ndarray

    def __len__(self) -> int:
        """Return how many directions there are."""
        return len(self.components)


def principal_directions(generator: Generator, count: int = 8, samples: int = 4096, seed: int = 0) -> Directions:
    """Find the directions in which w varies most: the principal components of many w.

    Args:
        generator: its mapping network makes the w.
        count: how many directions, 1 to w_dim.
        samples: how many latents, more than ``count``.
        seed: of the latents.

    Returns:
        Directions in falling order of variance. The sign is chosen so that the largest entry is positive.
    """
    check_whole("count", count, 1, generator.config.w_dim)
    check_whole("samples", samples, count + 1)
    ws = _many_w(generator, samples, seed)
    mean = ws.mean(0)
    _, sizes, components = np.linalg.svd(ws - mean, full_matrices=False)
    scales = sizes / np.sqrt(len(ws) - 1)
    largest = components[np.arange(len(components)), np.abs(components).argmax(1)]
    components = components * np.sign(largest)[:, None]
    share = scales**2 / (scales**2).sum()
    return Directions(mean, components[:count], scales[:count], share[:count])


def fit_direction(ws: np.ndarray, values: Sequence[float], ridge: float = 0.1) -> Directions:
    """Find the one direction along which a measured value grows, by least squares.

    Args:
        ws: (n, w_dim) or (n, num_styles, w_dim), of which the first style counts.
        values: (n,), one measured number per image, such as the area of its ventricles.
        ridge: how much the fit is held back, as a share of the mean variance of w; with few images, more.

    Returns:
        One direction; moving along it raises the value.

    Raises:
        UserError: shapes that do not fit, too few images, or values that are all the same.
    """
    ws, values = np.asarray(ws, "float64"), np.asarray(values, "float64")
    ws = ws[:, 0] if ws.ndim == 3 else ws
    if ws.ndim != 2 or values.shape != ws.shape[:1] or len(ws) < 8:
        shapes = f"{ws.shape} and {values.shape}"
        raise UserError(f"values: expected one number for each of at least 8 styles, but got shapes {shapes}")
    if not np.isfinite(values).all() or values.std() == 0:
        raise UserError("values: expected finite numbers that differ, but they do not; measure something that varies")
    mean = ws.mean(0)
    centred = ws - mean
    covariance = centred.T @ centred / len(ws)
    total = np.trace(covariance)
    hold = ridge * total / len(mean) * np.eye(len(mean))
    slope = np.linalg.solve(covariance + hold, centred.T @ (values - values.mean()) / len(ws))
    component = slope / np.linalg.norm(slope)
    scale = (centred @ component).std()
    return Directions(*(a.astype("float32") for a in (mean, component[None], scale[None], (scale**2 / total)[None])))


def move(
    generator: Generator,
    ws: np.ndarray,
    directions: Directions,
    amounts: Sequence[float],
    layers: str | int | Iterable[int] = "all",
) -> np.ndarray:
    """Move styles along directions.

    Args:
        generator: says which layers there are.
        ws: (n, num_styles, w_dim).
        directions: of `principal_directions` or `fit_direction`.
        amounts: one per direction, in standard deviations of w along it; 0 does nothing.
        layers: which layers' styles move, see `layer_range`.

    Returns:
        New styles of the same shape.
    """
    try:
        amounts = np.atleast_1d(np.asarray(amounts, "float32"))
    except (TypeError, ValueError):
        raise UserError(f"amounts: expected a number per direction, but got {amounts!r}") from None
    if amounts.shape != (len(directions),) or not np.isfinite(amounts).all():
        raise UserError(f"amounts: expected {len(directions)} finite numbers, one per direction, but got {amounts}")
    moved = np.array(ws)
    moved[:, layer_range(generator, layers)] += (amounts * directions.scales) @ directions.components
    return moved


def _many_w(generator: Generator, samples: int, seed: int) -> np.ndarray:
    """Return w (samples, w_dim) of latents that are drawn at once."""
    check_whole("seed", seed, 0)
    z = np.random.default_rng([seed, 2]).standard_normal((samples, generator.config.z_dim), dtype="float32")
    return np.concatenate([engine.to_numpy(generator.mapping(part)) for part in np.array_split(z, samples // 512 + 1)])
