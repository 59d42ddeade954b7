"""From styles to an image: constant, noise, AdaIN, growing (paper, section 2, figure 1b; notebook 03)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from oasis_helpers.config import Config
from oasis_helpers.networks.convolution import EqualizedConv2D
from oasis_helpers.networks.demodulation import DemodulatedLayer
from oasis_helpers.networks.layers import (
    AdaIN,
    AddNoise,
    Bias,
    ImageLayer,
    Tensor,
    block_type,
    blur,
    leaky_relu,
    upsample,
)

import keras
import numpy as np
from keras import ops


class SynthesisLayer(ImageLayer):
    """One styled layer: convolution -> noise -> bias -> leaky ReLU -> AdaIN, in this order.

    The first layer of the network has no convolution (it styles the learned constant). The first of each
    higher level doubles the image and smooths it after the convolution.

    Input: x (b, h, w, c), w (b, w_dim), noise (b, h', w', 1) or None for no noise.
    Output: (b, h', w', channels).
    """

    def __init__(self, channels: int, conv: str | None, w_dim: int, seed: int = 0, **kwargs: Any) -> None:
        """Take conv as None (first layer), "same" or "up"."""
        super().__init__(**kwargs)
        conv_seed, style_seed = np.random.default_rng(seed).integers(2**31, size=2)
        self.channels, self.w_dim, self.up = channels, w_dim, conv == "up"
        self.conv = None
        if conv is not None:
            resample = "up" if self.up else None
            self.conv = EqualizedConv2D(channels, resample=resample, seed=int(conv_seed), name="conv")
        self.noise = AddNoise(name="noise")
        self.bias = Bias(name="bias")
        self.adain = AdaIN(seed=int(style_seed), name="adain")

    def build(self, x_shape: tuple, w_shape: tuple | None = None, noise_shape: tuple | None = None) -> None:
        """Make the weights."""
        if self.conv is not None:
            self.conv.build(x_shape)
        shape = (None, None, None, self.channels)
        self.noise.build(shape)
        self.bias.build(shape)
        self.adain.build(shape, (None, self.w_dim))

    def call(self, x: Tensor, w: Tensor, noise: Tensor | None = None) -> Tensor:
        """Return the styled feature maps."""
        if self.conv is not None:
            x = self.conv(x)  # (b, h', w', channels); h' is 2 h where it doubles
        if self.up:
            x = blur(x)
        if noise is not None:
            x = self.noise(x, noise)
        x = leaky_relu(self.bias(x))
        return self.adain(x, w)  # (b, h', w', channels)


class ToGray(ImageLayer):
    """A 1x1 convolution from feature maps to one grey image, linear, gain 1 (the release's toRGB).

    Input shape: (b, h, w, c). Output shape: (b, h, w, 1).
    """

    def __init__(self, seed: int = 0, **kwargs: Any) -> None:
        """See the class."""
        super().__init__(**kwargs)
        self.conv = EqualizedConv2D(1, kernel_size=1, gain=1.0, seed=seed, name="conv")
        self.bias = Bias(name="bias")

    def build(self, x_shape: tuple) -> None:
        """Make the weights."""
        self.conv.build(x_shape)
        self.bias.build((*x_shape[:-1], 1))

    def call(self, x: Tensor) -> Tensor:
        """(b, h, w, c) of any type -> (b, h, w, 1) float32."""
        return self.bias(self.conv(ops.cast(x, "float32")))


class SynthesisNetwork(keras.layers.Layer):
    """The learned constant and two styled layers per resolution from 4 px up: 2 log2(R) - 2 styles in all.

    The layers are `SynthesisLayer`, or `DemodulatedLayer` where the configuration's ``synthesis`` is "demodulated".
    Every resolution has its own way out to a grey image, so that the network can stop at any of them and
    can fade from one to the next (Karras et al. 2017, figure 2).
    """

    def __init__(self, config: Config, seed: int = 0, **kwargs: Any) -> None:
        """See the class."""
        super().__init__(**kwargs)
        self.config = config
        rng = np.random.default_rng(seed)
        kind = {"adain": SynthesisLayer, "demodulated": DemodulatedLayer}[config.synthesis]
        self.styled: list[SynthesisLayer | DemodulatedLayer] = []
        self.to_gray: list[ToGray] = []
        for level in range(2, config.levels + 1):
            size = 2**level
            for i, conv in enumerate((None, "same") if level == 2 else ("up", "same")):
                layer_seed = int(rng.integers(2**31))
                layer = kind(config.channels(size), conv, config.w_dim, seed=layer_seed, name=f"styled{size}_{i}")
                self.styled.append(layer)
            self.to_gray.append(ToGray(seed=int(rng.integers(2**31)), name=f"to_gray{size}"))

    def build(self, ws_shape: tuple | None = None, noise_shape: tuple | None = None) -> None:
        """Make the weights of every level."""
        channels = self.config.channels(4)
        self.constant = self.add_weight(shape=(1, 4, 4, channels), initializer="ones", name="constant")
        for i, layer in enumerate(self.styled):
            layer.build((None, None, None, channels))
            channels = layer.channels
            if i % 2 == 1:
                self.to_gray[i // 2].build((None, None, None, channels))

    def call(
        self,
        ws: Tensor,
        noise: Sequence[Tensor | None] | None = None,
        resolution: int | None = None,
        alpha: Tensor | float = 1.0,
        mixed: bool = False,
    ) -> Tensor:
        """Draw images from styles.

        Args:
            ws: (b, layers, w_dim), one style per layer; those beyond the resolution are not used.
            noise: one map (b, h, w, 1) per layer, or None entries or None for no noise.
            resolution: stop here, in pixels; None is the full resolution.
            alpha: 0 shows only the level below, upsampled; 1 only this level. The number 1.0 (not a tensor)
                leaves the old way out entirely.
            mixed: compute the blocks from 32 px up in bfloat16; the image is float32 all the same.

        Returns:
            Images (b, resolution, resolution, 1), linear: nothing holds them in the range of the reals.
        """
        size = resolution or self.config.resolution
        layers = self.styled[: num_layers(size)]
        x = ops.broadcast_to(self.constant, (ops.shape(ws)[0], *self.constant.shape[1:]))  # (b, 4, 4, c)
        before = x
        for i, layer in enumerate(layers):
            if i == len(layers) - 2:
                before = x  # what the level below hands up; its way out makes the old image
            x = ops.cast(x, block_type(2 ** (i // 2 + 2), mixed))
            x = layer(x, ws[:, i], None if noise is None else noise[i])  # (b, s, s, c), s = 4, 4, 8, 8, 16, ...
        image = self.to_gray[len(layers) // 2 - 1](x)  # (b, size, size, 1)
        if size == 4 or (isinstance(alpha, float | int) and alpha == 1):
            return image
        old = upsample(self.to_gray[len(layers) // 2 - 2](before))  # (b, size, size, 1)
        return old + (image - old) * alpha

    def compute_output_shape(self, ws_shape: tuple, **kwargs: Any) -> tuple:
        """(b, R, R, 1)."""
        size = kwargs.get("resolution") or self.config.resolution
        return (ws_shape[0], size, size, 1)


def num_layers(resolution: int) -> int:
    """Return the number of styled layers, and so of styles, up to a resolution: 2 log2(R) - 2."""
    return 2 * (resolution.bit_length() - 1) - 2


def noise_shapes(batch: int, resolution: int) -> list[tuple[int, int, int, int]]:
    """Return the shape of the noise map of every layer up to a resolution: (batch, h, w, 1)."""
    sizes = [2 ** (i // 2 + 2) for i in range(num_layers(resolution))]
    return [(batch, size, size, 1) for size in sizes]
