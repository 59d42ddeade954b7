"""Between brains: style mixing and walks (paper, section 3.1 and figure 3; notebook 06)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from oasis_helpers.errors import UserError, check_whole, is_whole
from oasis_helpers.networks.generator import Generator
from oasis_helpers.sampling.drawing import draw, styles, truncated_styles
from oasis_helpers.sampling.latents import check_seeds, latents, slerp
from oasis_helpers.sampling.noise import noise_maps
from oasis_helpers.sampling.ranges import layer_range

import numpy as np


def mix(
    generator: Generator,
    sources: Sequence[int],
    donors: Sequence[int],
    layers: str | int | Iterable[int],
    psi: float | None = None,
    noise: str | Mapping[int, str] = "fixed",
) -> np.ndarray:
    """Mix styles: every source with the chosen layers of every donor (paper, section 3.1, figure 3).

    Args:
        generator: a trained generator.
        sources: seeds of the rows.
        donors: seeds of the columns.
        layers: whose styles come from the donor: "coarse", "middle", "fine", "0-3", or numbers; see `layer_range`.
        psi: truncation; None takes the configuration's.
        noise: "fixed" (that of the source's seed), "fresh" or "off", or one of these per level.

    Returns:
        (len(sources), len(donors), R, R) uint8.
    """
    layers = layer_range(generator, layers)
    sources, donors = check_seeds(sources), check_seeds(donors)
    rows, columns = styles(generator, sources, psi), styles(generator, donors, psi)
    ws = np.repeat(rows[:, None], len(donors), axis=1)  # (rows, columns, layers, w)
    ws[:, :, layers] = columns[None][:, :, layers]
    ws = ws.reshape(-1, *ws.shape[2:])
    maps = noise_maps([s for s in sources for _ in donors], generator.resolution, noise)
    images = draw(generator, ws, maps)
    return images.reshape(len(sources), len(donors), *images.shape[1:])


def interpolate(
    generator: Generator, start: int, end: int, steps: int = 8, space: str = "w", psi: float | None = None
) -> np.ndarray:
    """Walk from one seed to another.

    Args:
        generator: a trained generator.
        start: the first seed.
        end: the last seed.
        steps: images, both ends included; at least 2.
        space: "w" goes straight in W, "z" along the great circle in Z.
        psi: truncation; None takes the configuration's.

    Returns:
        (steps, R, R) uint8, all with the noise of the first seed.
    """
    if not is_whole(steps) or steps < 2:
        raise UserError(f"steps: expected a whole number from 2 up, but got {steps!r}")
    t = np.linspace(0, 1, steps, dtype="float32")
    if space == "w":
        a, b = styles(generator, [start, end], psi)
        ws = a + (b - a) * t[:, None, None]
    elif space == "z":
        a, b = latents([start, end], generator.config.z_dim)
        z = slerp(a, b, t)
        ws = truncated_styles(generator, z, psi, None)
    else:
        raise UserError(f"space: expected 'w' or 'z', but got {space!r}")
    return draw(generator, ws, noise_maps([start] * steps, generator.resolution))


def walk(generator: Generator, seeds: Sequence[int], steps: int = 12, psi: float | None = None) -> np.ndarray:
    """Walk in W from each seed to the next.

    Args:
        generator: a trained generator.
        seeds: where to pass, at least two.
        steps: images from one seed up to the next.
        psi: truncation; None takes the configuration's.

    Returns:
        (steps * (len(seeds) - 1) + 1, R, R) uint8, all with the noise of the first seed.
    """
    seeds = check_seeds(seeds)
    check_whole("steps", steps, 1, 1000)
    if len(seeds) < 2:
        raise UserError(f"seeds: expected at least two to walk between, but got {seeds}")
    ws = styles(generator, seeds, psi)
    t = np.linspace(0, 1, steps, endpoint=False, dtype="float32")[:, None, None]
    parts = [a + (b - a) * t for a, b in zip(ws[:-1], ws[1:], strict=True)]
    ws = np.concatenate([*parts, ws[-1:]])
    return draw(generator, ws, noise_maps(seeds[:1] * len(ws), generator.resolution))
