"""From seeds to pictures: truncation, style mixing, interpolation (paper, sections 3 and 4; notebook 06)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from oasis_helpers import engine
from oasis_helpers.data.pyramid import to_uint8
from oasis_helpers.errors import UserError, is_whole
from oasis_helpers.networks.generator import Generator
from oasis_helpers.networks.layers import Tensor
from oasis_helpers.networks.synthesis import noise_shapes

import numpy as np
from keras import ops

NOISE = ("fixed", "fresh", "off")


def check_seeds(seeds: int | Sequence[int]) -> list[int]:
    """Return seeds as a list of whole numbers from 0; raises UserError."""
    items = list(seeds) if isinstance(seeds, Iterable) else [seeds]
    for seed in items:
        if not is_whole(seed) or seed < 0:
            raise UserError(f"seeds: expected whole numbers from 0 up, but got {seed!r}")
    if not items:
        raise UserError("seeds: expected at least one, but got none")
    return [int(seed) for seed in items]


def seed_range(first: int, count: int) -> list[int]:
    """Return the seeds first, first + 1, ..., ``count`` of them; raises UserError."""
    if not is_whole(count) or not 1 <= count <= 4096:
        raise UserError(f"count: expected how many pictures, a whole number from 1 to 4096, but got {count!r}")
    first = check_seeds(first)[0]
    return list(range(first, first + count))


def first_layers(generator: Generator, count: int) -> range:
    """Return the first ``count`` layers of a generator, at least one and not all; raises UserError."""
    most = generator.num_styles - 1
    if not is_whole(count) or not 1 <= count <= most:
        raise UserError(f"layers: expected how many of the first layers, from 1 to {most}, but got {count!r}")
    return range(count)


def check_psi(psi: float | None) -> float | None:
    """Return psi where it is a number from 0 to 2, or None; raises UserError."""
    good = psi is None or (isinstance(psi, int | float | np.number) and not isinstance(psi, bool) and 0 <= psi <= 2)
    if not good:
        raise UserError(f"psi: expected a number from 0 (the mean brain) to 2, usually 0.7 or 1, but got {psi!r}")
    return None if psi is None else float(psi)


def _check_cutoff(cutoff: int | None) -> int | None:
    if cutoff is not None and not (is_whole(cutoff) and cutoff >= 0):
        raise UserError(f"cutoff: expected how many layers to truncate, a whole number from 0, but got {cutoff!r}")
    return cutoff


def latents(seeds: int | Sequence[int], z_dim: int) -> np.ndarray:
    """Return z (n, z_dim), float32, N(0, 1): each row follows from its own seed alone."""
    return np.stack([np.random.default_rng(s).standard_normal(z_dim, dtype="float32") for s in check_seeds(seeds)])


def styles(
    generator: Generator, seeds: int | Sequence[int], psi: float | None = None, cutoff: int | None = None
) -> np.ndarray:
    """Return truncated styles (n, num_styles, w_dim) of seeds.

    psi (0 to 2) and cutoff (how many layers are truncated) take the configuration's values where they are None.
    """
    return _styles(generator, latents(seeds, generator.config.z_dim), psi, cutoff)


def _styles(generator: Generator, z: np.ndarray, psi: float | None, cutoff: int | None) -> np.ndarray:
    psi, cutoff = check_psi(psi), _check_cutoff(cutoff)
    return np.concatenate(
        [engine.to_numpy(generator.truncate(generator.styles(one), psi, cutoff)) for one in _singly(z)]
    )


def noise_maps(seeds: Sequence[int], resolution: int, kind: str = "fixed") -> list[np.ndarray] | None:
    """Return noise for each layer: (n, h, w, 1).

    Args:
        seeds: one per picture.
        resolution: of the pictures, in pixels.
        kind: "fixed" follows from the seeds, "fresh" differs at every call, "off" is None (no noise).
    """
    if kind not in NOISE:
        raise UserError(f"noise: expected one of {', '.join(NOISE)}, but got {kind!r}")
    if kind == "off":
        return None
    # The second number keeps the noise of a seed apart from its latent.
    rngs = [np.random.default_rng([s, 1] if kind == "fixed" else None) for s in seeds]
    shapes = noise_shapes(1, resolution)
    return [np.concatenate([rng.standard_normal(s, dtype="float32") for rng in rngs]) for s in shapes]


def draw(generator: Generator, ws: np.ndarray, noise: list[np.ndarray] | None = None) -> np.ndarray:
    """Draw 8-bit pictures from styles.

    Args:
        generator: draws at the resolution to which it has grown.
        ws: (n, num_styles, w_dim).
        noise: one array (n, h, w, 1) per layer, or None.

    Returns:
        (n, R, R) uint8; values outside the range of the reals are clipped.
    """
    size = generator.resolution
    if noise is None:
        noise = [np.zeros(shape, "float32") for shape in noise_shapes(len(ws), size)]
    compiled = _compiled(generator)
    alpha = np.float32(generator.alpha)
    pictures = [
        engine.to_numpy(compiled(w, alpha, *maps)) for w, *maps in zip(*map(_singly, [ws, *noise]), strict=True)
    ]
    return to_uint8(np.concatenate(pictures)[..., 0], generator.config.value_range)


def sample(
    generator: Generator,
    seeds: int | Sequence[int],
    psi: float | None = None,
    noise: str = "fixed",
    cutoff: int | None = None,
) -> np.ndarray:
    """Draw one picture per seed.

    Args:
        generator: a trained generator.
        seeds: whole numbers from 0; one seed is the same picture whatever the others are.
        psi: truncation, 0 (the mean brain) to 1 (off); None takes the configuration's 0.7.
        noise: "fixed" (by seed), "fresh" or "off".
        cutoff: truncate only the first so many layers; None takes the configuration's.

    Returns:
        (n, R, R) uint8.
    """
    seeds = check_seeds(seeds)
    return draw(generator, styles(generator, seeds, psi, cutoff), noise_maps(seeds, generator.resolution, noise))


def mix(
    generator: Generator,
    sources: Sequence[int],
    donors: Sequence[int],
    layers: range | Sequence[int],
    psi: float | None = None,
    noise: str = "fixed",
) -> np.ndarray:
    """Mix styles: every source with the chosen layers of every donor (paper, section 3.1, figure 3).

    Args:
        generator: a trained generator.
        sources: seeds of the rows.
        donors: seeds of the columns.
        layers: the styles taken from the donor, from 0 (coarse) to num_styles - 1 (fine).
        psi: truncation; None takes the configuration's.
        noise: "fixed" (that of the source's seed), "fresh" or "off".

    Returns:
        (len(sources), len(donors), R, R) uint8.
    """
    layers = list(layers)
    valid = range(generator.num_styles)
    if not layers or any(layer not in valid for layer in layers):
        raise UserError(f"layers: expected layers from 0 to {valid[-1]}, at least one, but got {layers}")
    sources, donors = check_seeds(sources), check_seeds(donors)
    rows, columns = styles(generator, sources, psi), styles(generator, donors, psi)
    ws = np.repeat(rows[:, None], len(donors), axis=1)  # (rows, columns, layers, w)
    ws[:, :, layers] = columns[None][:, :, layers]
    ws = ws.reshape(-1, *ws.shape[2:])
    maps = noise_maps([s for s in sources for _ in donors], generator.resolution, noise)
    pictures = draw(generator, ws, maps)
    return pictures.reshape(len(sources), len(donors), *pictures.shape[1:])


def interpolate(
    generator: Generator, start: int, end: int, steps: int = 8, space: str = "w", psi: float | None = None
) -> np.ndarray:
    """Walk from one seed to another.

    Args:
        generator: a trained generator.
        start: the first seed.
        end: the last seed.
        steps: pictures, both ends included; at least 2.
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
        z = np.stack([slerp(a, b, s) for s in t])
        ws = _styles(generator, z, psi, None)
    else:
        raise UserError(f"space: expected 'w' or 'z', but got {space!r}")
    return draw(generator, ws, noise_maps([start] * steps, generator.resolution))


def slerp(a: np.ndarray, b: np.ndarray, t: float) -> np.ndarray:
    """Spherical interpolation between the directions of two latents (n,), t from 0 to 1.

    The length is that of the straight mean of both lengths; the mapping network normalises z anyway.
    """
    la, lb = np.linalg.norm(a), np.linalg.norm(b)
    angle = np.arccos(np.clip(np.dot(a / la, b / lb), -1.0, 1.0))
    if angle < 1e-6:
        return a + (b - a) * t
    direction = (np.sin((1 - t) * angle) * a / la + np.sin(t * angle) * b / lb) / np.sin(angle)
    return (direction * (la + (lb - la) * t)).astype(a.dtype)


def _singly(array: np.ndarray) -> list[np.ndarray]:
    """Cut into pieces of one row.

    A row of a larger batch may differ in the last digit by its place in it, and so flip a grey value. Drawn one by
    one, a seed is the same picture in any company.
    """
    return [array[i : i + 1] for i in range(len(array))]


def _compiled(generator: Generator) -> Callable[..., Tensor]:
    """Return the compiled drawing function of a generator at its present resolution; made once."""
    cache = generator.__dict__.setdefault("_drawing", {})
    size = generator.resolution
    if size not in cache:

        def function(ws: Tensor, alpha: Tensor, *noise: Tensor) -> Tensor:
            return generator.draw(ops.convert_to_tensor(ws), list(noise), size, alpha)

        cache[size] = engine.compile_function(function, generator.variables, jit=False, writes=False)
    return cache[size]
