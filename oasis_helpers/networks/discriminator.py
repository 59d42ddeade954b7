"""The discriminator: from an image to one number, growing like the generator (notebook 04)."""

from __future__ import annotations

from typing import Any

from oasis_helpers.config import Config
from oasis_helpers.networks.convolution import EqualizedConv2D
from oasis_helpers.networks.generator import check_resolution
from oasis_helpers.networks.layers import (
    Bias,
    EqualizedDense,
    ImageLayer,
    Tensor,
    block_type,
    blur,
    downsample,
    leaky_relu,
    minibatch_stddev,
)

import keras
import numpy as np
from keras import ops


class FromGray(ImageLayer):
    """A 1x1 convolution from one grey image to feature maps, then leaky ReLU (the release's fromRGB).

    Input shape: (b, h, w, 1). Output shape: (b, h, w, channels).
    """

    def __init__(self, channels: int, seed: int = 0, **kwargs: Any) -> None:
        """See the class."""
        super().__init__(**kwargs)
        self.channels = channels
        self.conv = EqualizedConv2D(channels, kernel_size=1, seed=seed, name="conv")
        self.bias = Bias(name="bias")

    def build(self, x_shape: tuple) -> None:
        """Make the weights."""
        self.conv.build(x_shape)
        self.bias.build((*x_shape[:-1], self.channels))

    def call(self, x: Tensor) -> Tensor:
        """(b, h, w, 1) -> (b, h, w, channels)."""
        return leaky_relu(self.bias(self.conv(x)))


class DownBlock(ImageLayer):
    """One level: convolution, then blur and a convolution that halves the image; leaky ReLU after both.

    Input shape: (b, h, w, c). Output shape: (b, h/2, w/2, channels).
    """

    def __init__(self, channels: int, channels_out: int, seed: int = 0, **kwargs: Any) -> None:
        """See the class."""
        super().__init__(**kwargs)
        seeds = np.random.default_rng(seed).integers(2**31, size=2)
        self.channels, self.channels_out = channels, channels_out
        self.conv0 = EqualizedConv2D(channels, seed=int(seeds[0]), name="conv0")
        self.bias0 = Bias(name="bias0")
        self.conv1 = EqualizedConv2D(channels_out, resample="down", seed=int(seeds[1]), name="conv1")
        self.bias1 = Bias(name="bias1")

    def build(self, x_shape: tuple) -> None:
        """Make the weights."""
        self.conv0.build(x_shape)
        self.bias0.build((*x_shape[:-1], self.channels))
        self.conv1.build((*x_shape[:-1], self.channels))
        self.bias1.build((*x_shape[:-1], self.channels_out))

    def call(self, x: Tensor) -> Tensor:
        """(b, h, w, c) -> (b, h/2, w/2, channels_out)."""
        x = leaky_relu(self.bias0(self.conv0(x)))
        return leaky_relu(self.bias1(self.conv1(blur(x))))


class Head(keras.layers.Layer):
    """The end at 4 px: minibatch standard deviation, convolution, dense, and one number per image.

    Input shape: (b, 4, 4, c). Output shape: (b,).
    """

    def __init__(self, channels: int, group: int, seed: int = 0, **kwargs: Any) -> None:
        """See the class."""
        super().__init__(**kwargs)
        seeds = np.random.default_rng(seed).integers(2**31, size=3)
        self.channels, self.group = channels, group
        self.conv = EqualizedConv2D(channels, seed=int(seeds[0]), name="conv")
        self.bias = Bias(name="bias")
        self.dense = EqualizedDense(channels, seed=int(seeds[1]), name="dense")
        self.out = EqualizedDense(1, gain=1.0, seed=int(seeds[2]), name="out")

    def build(self, x_shape: tuple) -> None:
        """Make the weights."""
        extra = 1 if self.group > 1 else 0
        self.conv.build((None, 4, 4, x_shape[-1] + extra))
        self.bias.build((None, 4, 4, self.channels))
        self.dense.build((None, 16 * self.channels))
        self.out.build((None, self.channels))

    def call(self, x: Tensor) -> Tensor:
        """(b, 4, 4, c) -> (b,)."""
        if self.group > 1:
            x = minibatch_stddev(x, self.group)
        x = leaky_relu(self.bias(self.conv(x)))
        x = ops.reshape(x, (-1, 16 * self.channels))
        x = leaky_relu(self.dense(x))
        return self.out(x)[:, 0]


class Discriminator(keras.Model):
    """Image -> one number, high for "real". No probability: the losses take the logit.

    >>> from oasis_helpers import make_config
    >>> tuple(Discriminator(make_config("smoke"))(np.zeros((2, 16, 16, 1), "float32")).shape)
    (2,)

    It takes images (b, R, R, 1) float32 in the configuration's value range, and gives logits (b,), any numbers.

    Args:
        config: sizes and seed.
        seed: seed of the start values; None takes the configuration's.

    Raises:
        ConfigError: a call with images of a resolution that the network does not have.
    """

    def __init__(self, config: Config, seed: int | None = None, name: str = "discriminator") -> None:
        """See the class."""
        super().__init__(name=name)
        self.config = config
        rng = np.random.default_rng([config.seed if seed is None else seed, 2])
        sizes = [2**level for level in range(2, config.levels + 1)]  # 4, 8, ..., R
        widths = [config.channels(size) for size in sizes]
        self.from_gray = [
            FromGray(width, seed=int(rng.integers(2**31)), name=f"from_gray{size}")
            for size, width in zip(sizes, widths, strict=True)
        ]
        self.blocks = [
            DownBlock(widths[i], widths[i - 1], seed=int(rng.integers(2**31)), name=f"block{sizes[i]}")
            for i in range(1, len(sizes))
        ]
        self.head = Head(widths[0], config.mbstd_group, seed=int(rng.integers(2**31)), name="head")
        self.build()

    def build(self, input_shape: tuple | None = None) -> None:
        """Make all weights; nothing is run."""
        for entry in self.from_gray:
            entry.build((None, None, None, 1))
        for block in self.blocks:
            block.build((None, None, None, block.channels))
        self.head.build((None, 4, 4, self.head.channels))
        self.built = True

    def call(self, images: Tensor, alpha: Tensor | float = 1.0, mixed: bool = False) -> Tensor:
        """Judge images.

        Args:
            images: (b, r, r, 1) with r any resolution of the network.
            alpha: 0 sees the images only through the level below, halved; 1 only through this level. The number
                1.0 (not a tensor) leaves out the old way in entirely.
            mixed: compute the blocks from 32 px up in bfloat16; the logits are float32 all the same.

        Returns:
            Logits (b,): larger means more real.
        """
        size = check_resolution(images.shape[1], self.config)
        level = size.bit_length() - 3  # 0 at 4 px
        x = self.from_gray[level](ops.cast(images, block_type(size, mixed)))
        for i in range(level, 0, -1):
            x = self.blocks[i - 1](ops.cast(x, block_type(4 * 2**i, mixed)))
            if i == level and not (isinstance(alpha, float | int) and alpha == 1):
                old = self.from_gray[level - 1](downsample(images))
                x = old + (ops.cast(x, "float32") - old) * alpha
        return self.head(ops.cast(x, "float32"))

    def trainable_at(self, resolution: int) -> list[keras.Variable]:
        """Return the variables that take part in judging at a resolution, its fade from below included."""
        level = resolution.bit_length() - 3
        layers = [*self.from_gray[max(level - 1, 0) : level + 1], *self.blocks[:level], self.head]
        return [variable for layer in layers for variable in layer.trainable_variables]
