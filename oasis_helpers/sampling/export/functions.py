"""What an exported generator can do: from z to styles, and from styles to an image (docs/export.md)."""

from __future__ import annotations

import math
from typing import Any

from oasis_helpers.engine.tflite import Signature
from oasis_helpers.networks.generator import Generator
from oasis_helpers.networks.layers import Tensor
from oasis_helpers.networks.synthesis import noise_shapes, num_layers
from oasis_helpers.sampling.ranges import ranges_of

import numpy as np
from keras import ops


def drawing_functions(generator: Generator) -> dict[str, Signature]:
    """Return the two functions that draw one image, at the resolution to which the generator has grown.

    ``styles`` maps z (1, z_dim) and psi (1, layers), one truncation per layer, to ws (1, layers, w_dim). ``draw`` maps
    ws and noise (1, n), the maps of all layers in one row, to image (1, R, R): whole grey values from 0 to 255.

    Styles stand between them so that they can be mixed, moved and walked through from outside; the mean w, which
    truncation pulls towards, stays inside.
    """
    config, size = generator.config, generator.resolution
    layers, shapes = num_layers(size), noise_shapes(1, size)
    ends = np.cumsum([math.prod(shape) for shape in shapes]).tolist()
    low, high = config.value_range

    def styles(z: Tensor, psi: Tensor) -> dict[str, Tensor]:
        ws = generator.styles(z)[:, :layers]  # those of levels not yet grown draw nothing
        return {"ws": generator.w_avg + (ws - generator.w_avg) * ops.expand_dims(psi, -1)}

    def draw(ws: Tensor, noise: Tensor) -> dict[str, Tensor]:
        rows = ops.split(noise, ends[:-1], axis=1)
        maps = [ops.reshape(row, shape) for row, shape in zip(rows, shapes, strict=True)]
        image = generator.draw(ws, maps, size, float(generator.alpha))[..., 0]
        return {"image": ops.clip(ops.round((image - low) * (255 / (high - low))), 0, 255)}

    return {
        "styles": Signature(styles, {"z": (1, config.z_dim), "psi": (1, layers)}),
        "draw": Signature(draw, {"ws": (1, layers, config.w_dim), "noise": (1, ends[-1])}),
    }


def describe_inputs(generator: Generator) -> dict[str, Any]:
    """Return what a program has to know of an exported generator, as JSON values."""
    config, size = generator.config, generator.resolution
    shapes = {name: signature.inputs for name, signature in drawing_functions(generator).items()}
    layers = num_layers(size)
    return {
        "resolution": size,
        "layers": layers,
        "z_dim": config.z_dim,
        "w_dim": config.w_dim,
        "noise": shapes["draw"]["noise"][1],
        "psi": [config.truncation_psi if i < config.truncation_cutoff else 1.0 for i in range(layers)],
        "ranges": {name: [r.start, r.stop - 1] for name, r in ranges_of(generator).items()},
        "functions": {
            "styles": {
                "inputs": {
                    "z": _tensor(shapes["styles"]["z"], "a latent, N(0, 1)"),
                    "psi": _tensor(shapes["styles"]["psi"], "truncation per layer: 0 the mean brain, 1 off"),
                },
                "outputs": {"ws": _tensor(shapes["draw"]["ws"], "one style per layer, from coarse to fine")},
            },
            "draw": {
                "inputs": {
                    "ws": _tensor(shapes["draw"]["ws"], "one style per layer, from coarse to fine"),
                    "noise": _tensor(shapes["draw"]["noise"], "N(0, 1), the maps of all layers in a row; 0 is off"),
                },
                "outputs": {"image": _tensor((1, size, size), "whole grey values, 0 to 255; forehead at the right")},
            },
        },
    }


def _tensor(shape: tuple[int, ...], meaning: str) -> dict[str, Any]:
    return {"shape": list(shape), "type": "float32", "meaning": meaning}
