"""The noise of each layer: fixed by the seed, fresh, or off (paper, section 3.2; notebook 06)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from oasis_helpers.errors import UserError, close_name
from oasis_helpers.networks.synthesis import noise_shapes

import numpy as np

NOISE = ("fixed", "fresh", "off")


def noise_maps(seeds: Sequence[int], resolution: int, kind: str | Mapping[int, str] = "fixed") -> list[np.ndarray]:
    """Return noise for each layer: (n, h, w, 1), float32, N(0, 1).

    Args:
        seeds: one per image.
        resolution: of the images, in pixels.
        kind: "fixed" follows from the seeds, "fresh" differs at every call, "off" is 0. Or one of these per level,
            {64: "off", 32: "fresh"}; a level that is not named is fixed.

    Raises:
        UserError: another kind, or a level that is not there.
    """
    shapes = noise_shapes(1, resolution)
    kinds = _kinds(kind, [shape[1] for shape in shapes])
    maps: list[list[np.ndarray]] = [[] for _ in shapes]
    for seed in seeds:
        # The second number keeps the noise of a seed apart from its latent.
        fixed, fresh = np.random.default_rng([seed, 1]), np.random.default_rng()
        for layer, shape in zip(maps, shapes, strict=True):
            own = fixed.standard_normal(shape, dtype="float32")  # drawn in any case: no level changes another's
            chosen = kinds[shape[1]]
            other = fresh.standard_normal(shape, dtype="float32") if chosen == "fresh" else np.zeros_like(own)
            layer.append(own if chosen == "fixed" else other)
    return [np.concatenate(layer) for layer in maps]


def _kinds(kind: Any, levels: list[int]) -> dict[int, str]:
    """Return the kind of noise of each level; raises UserError."""
    kinds = kind if isinstance(kind, Mapping) else dict.fromkeys(levels, kind)
    for level, value in kinds.items():
        if not isinstance(value, str) or value not in NOISE:
            raise UserError(f"noise: expected one of {', '.join(NOISE)}, but got {value!r}{close_name(value, NOISE)}")
        if level not in levels:
            known = ", ".join(map(str, sorted(set(levels))))
            raise UserError(f"noise: expected levels among {known} (pixels), but got {level!r}")
    return {level: kinds.get(level, "fixed") for level in levels}
