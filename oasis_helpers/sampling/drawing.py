"""From seeds to images: mapping, truncation and one compiled drawing function (paper, section 3; notebook 06)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from oasis_helpers import engine
from oasis_helpers.errors import UserError, check_whole, is_whole
from oasis_helpers.images import to_uint8
from oasis_helpers.networks.generator import Generator
from oasis_helpers.networks.layers import Tensor
from oasis_helpers.sampling.latents import check_psi, check_seeds, latents
from oasis_helpers.sampling.noise import noise_maps

import numpy as np
from keras import ops


def styles(
    generator: Generator, seeds: int | Sequence[int], psi: float | None = None, cutoff: int | None = None
) -> np.ndarray:
    """Return truncated styles (n, num_styles, w_dim) of seeds.

    psi (0 to 2) and cutoff (how many layers are truncated) take the configuration's values where they are None.
    """
    return truncated_styles(generator, latents(seeds, generator.config.z_dim), psi, cutoff)


def truncated_styles(generator: Generator, z: np.ndarray, psi: float | None, cutoff: int | None) -> np.ndarray:
    """Return truncated styles (n, num_styles, w_dim) of latents z (n, z_dim)."""
    psi, cutoff = check_psi(psi), _check_cutoff(cutoff)
    map_one = _compiled(generator, "styles", generator.styles)
    ws = np.concatenate([engine.to_numpy(map_one(row)) for row in _pieces(z)])
    return engine.to_numpy(generator.truncate(ops.convert_to_tensor(ws), psi, cutoff))


def draw(generator: Generator, ws: np.ndarray, noise: list[np.ndarray] | None = None, together: int = 1) -> np.ndarray:
    """Draw 8-bit images from styles.

    Args:
        generator: draws at the resolution to which it has grown.
        ws: (n, num_styles, w_dim).
        noise: one array (n, h, w, 1) per layer, or None.
        together: how many at a time. 16 are three times as quick as one; but a row of a larger batch may differ in the
            last digit by its place in it, and so flip a grey value. Drawn one by one, a seed is the same image in
            any company.

    Returns:
        (n, R, R) uint8; values outside the range of the reals are clipped.
    """
    return to_uint8(draw_float(generator, ws, noise, together), generator.config.value_range)


def draw_float(
    generator: Generator, ws: np.ndarray, noise: list[np.ndarray] | None = None, together: int = 1
) -> np.ndarray:
    """Draw as `draw` does, but return (n, R, R) float32 in the configuration's value range, neither rounded nor cut."""
    size = generator.resolution
    if noise is None:
        noise = noise_maps(range(len(ws)), size, "off")

    def function(ws: Tensor, alpha: Tensor, *noise: Tensor) -> Tensor:
        return generator.draw(ops.convert_to_tensor(ws), list(noise), size, alpha)

    draw_one = _compiled(generator, f"draw {size}", function)
    alpha = np.float32(generator.alpha)
    rows = zip(*(_pieces(array, together) for array in [ws, *noise]), strict=True)
    return np.concatenate([engine.to_numpy(draw_one(w, alpha, *maps)) for w, *maps in rows])[..., 0]


def sample(
    generator: Generator,
    seeds: int | Sequence[int],
    psi: float | None = None,
    noise: str | Mapping[int, str] = "fixed",
    cutoff: int | None = None,
    together: int = 1,
) -> np.ndarray:
    """Draw one image per seed.

    Args:
        generator: a trained generator.
        seeds: whole numbers from 0; one seed is the same image whatever the others are.
        psi: truncation, 0 (the mean brain) to 1 (off); None takes the configuration's 0.7.
        noise: "fixed" (by seed), "fresh" or "off", or one of these per level, see `noise_maps`.
        cutoff: truncate only the first so many layers; None takes the configuration's.
        together: how many are drawn at a time, see `draw`.

    Returns:
        (n, R, R) uint8.
    """
    seeds = check_seeds(seeds)
    ws = styles(generator, seeds, psi, cutoff)
    return draw(generator, ws, noise_maps(seeds, generator.resolution, noise), check_whole("together", together, 1))


def _check_cutoff(cutoff: int | None) -> int | None:
    if cutoff is not None and not (is_whole(cutoff) and cutoff >= 0):
        raise UserError(f"cutoff: expected how many layers to truncate, a whole number from 0, but got {cutoff!r}")
    return cutoff


def _pieces(array: np.ndarray, size: int = 1) -> list[np.ndarray]:
    """Cut into pieces of so many rows; the last one may be shorter."""
    return [array[i : i + size] for i in range(0, len(array), size)]


def _compiled(generator: Generator, name: str, function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Return the compiled form of a function of a generator's weights; made once for each name."""
    cache = generator.__dict__.setdefault("_compiled", {})
    if name not in cache:
        cache[name] = engine.compile_function(function, generator.variables, jit=False, writes=False)
    return cache[name]
