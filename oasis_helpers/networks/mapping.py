"""From the latent z to the style vector w (paper, section 2; notebook 02)."""

from __future__ import annotations

from typing import Any

from oasis_helpers.config import Config
from oasis_helpers.networks.layers import EqualizedDense, Tensor, leaky_relu, pixel_norm

import keras
import numpy as np


class MappingNetwork(keras.layers.Layer):
    """Normalise z, then dense layers (eight in the paper) with leaky ReLU and nothing between them: w = f(z).

    All layers learn at ``mapping_lr_multiplier`` (0.01) times the learning rate (paper, appendix C).

    Input shape: (b, z_dim). Output shape: (b, w_dim).
    """

    def __init__(self, config: Config, seed: int = 0, **kwargs: Any) -> None:
        """See the class."""
        super().__init__(**kwargs)
        seeds = np.random.default_rng(seed).integers(2**31, size=config.mapping_layers)
        self.z_dim, self.w_dim = config.z_dim, config.w_dim
        self.layers = [
            EqualizedDense(
                config.w_dim,
                lr_multiplier=config.mapping_lr_multiplier,
                seed=int(seeds[i]),
                name=f"dense{i}",
            )
            for i in range(config.mapping_layers)
        ]

    def build(self, z_shape: tuple | None = None) -> None:
        """Make the weights of every layer."""
        width = self.z_dim
        for layer in self.layers:
            layer.build((None, width))
            width = self.w_dim

    def call(self, z: Tensor) -> Tensor:
        """(b, z_dim) -> (b, w_dim)."""
        x = pixel_norm(z)
        for layer in self.layers:
            x = leaky_relu(layer(x))
        return x

    def compute_output_shape(self, z_shape: tuple) -> tuple:
        """(b, w_dim)."""
        return (z_shape[0], self.w_dim)
