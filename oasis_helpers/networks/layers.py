"""The building blocks of StyleGAN, one small layer an idea (notebooks 02, 03 and 04).

Images are (batch, height, width, channels), float32 or bfloat16. Everything is `keras.ops`, so the same code
runs on TensorFlow and on JAX. Source: Karras et al. 2018 (arXiv 1812.04948) and its official release.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

Tensor = Any  # a tensor of whichever engine is in use

SQRT2 = math.sqrt(2.0)
MIXED_FROM = 32  # pixels


# ---------------------------------------------------------------- functions without weights


def block_type(resolution: int, mixed: bool) -> str:
    """Return the number type of the blocks at a resolution: bfloat16 from 32 px up if mixed, else float32.

    The large images take nearly all of the time and memory, and the small ones the most precision, so only
    the large ones are halved (StyleGAN2-ADA, section D.1, does so with float16). bfloat16 has float32's range:
    nothing overflows and no loss scaling is needed.
    """
    return "bfloat16" if mixed and resolution >= MIXED_FROM else "float32"


def leaky_relu(x: Tensor) -> Tensor:
    """max(x, 0.2 x), the activation of every hidden layer (paper, section 2)."""
    return ops.leaky_relu(x, negative_slope=0.2)


def pixel_norm(x: Tensor, epsilon: float = 1e-8) -> Tensor:
    """Scale each vector along the last axis to a mean square of 1: x / sqrt(mean(x^2) + eps).

    In the mapping network only the latent z is normalised (release: ``normalize_latents``).
    """
    scale = ops.rsqrt(ops.mean(ops.square(ops.cast(x, "float32")), axis=-1, keepdims=True) + epsilon)
    return ops.cast(ops.cast(x, "float32") * scale, x.dtype)


def instance_norm(x: Tensor, epsilon: float = 1e-8) -> Tensor:
    """Give every feature map of every image mean 0 and variance 1, in float32 (paper, equation 1).

    Shape in and out: (b, h, w, c).
    """
    dtype = x.dtype
    x = ops.cast(x, "float32")
    x = x - ops.mean(x, axis=(1, 2), keepdims=True)
    x = x * ops.rsqrt(ops.mean(ops.square(x), axis=(1, 2), keepdims=True) + epsilon)
    return ops.cast(x, dtype)


def upsample(x: Tensor) -> Tensor:
    """Double height and width by repeating pixels (nearest). (b, h, w, c) -> (b, 2h, 2w, c)."""
    b, h, w, c = x.shape
    x = ops.broadcast_to(x[:, :, None, :, None, :], (ops.shape(x)[0], h, 2, w, 2, c))
    return ops.reshape(x, (-1, 2 * h, 2 * w, c))


def downsample(x: Tensor) -> Tensor:
    """Halve height and width by the mean of 2x2 pixels (box filter). (b, h, w, c) -> (b, h/2, w/2, c)."""
    b, h, w, c = x.shape
    return ops.mean(ops.reshape(x, (-1, h // 2, 2, w // 2, 2, c)), axis=(2, 4))


def blur(x: Tensor) -> Tensor:
    """Smooth with [1, 2, 1] x [1, 2, 1] / 16, zeros outside (release: ``blur2d``). Shape kept.

    Two passes of shifted sums: the same numbers as a depthwise convolution, and quicker on a processor.
    """
    x = ops.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])
    x = x[:, :-2] + 2.0 * x[:, 1:-1] + x[:, 2:]
    x = x[:, :, :-2] + 2.0 * x[:, :, 1:-1] + x[:, :, 2:]
    return x / 16.0


def mbstd_size(batch: int, group: int) -> int:
    """Return the size of the groups that `minibatch_stddev` makes: the largest up to ``group`` that divides."""
    return next(g for g in range(min(group, batch), 0, -1) if batch % g == 0)


def minibatch_stddev(x: Tensor, group: int = 4, epsilon: float = 1e-8) -> Tensor:
    """Append one feature map that says how varied the batch is (release; Karras et al. 2017, section 3).

    The batch is cut into groups: image i goes with those at i + n, i + 2n, ... where n is the number of
    groups. Standard deviation over a group, averaged over pixels and channels, is the same value
    everywhere in that group's new map. A batch that the group size does not divide takes the largest
    smaller size that does. (b, h, w, c) -> (b, h, w, c + 1)
    """
    b, h, w, c = x.shape
    if b is None:
        raise ValueError("minibatch_stddev: expected a fixed batch size, but it is unknown; give the batch a size")
    size = mbstd_size(b, group)
    y = ops.reshape(ops.cast(x, "float32"), (size, b // size, h, w, c))
    y = y - ops.mean(y, axis=0, keepdims=True)
    y = ops.sqrt(ops.mean(ops.square(y), axis=0) + epsilon)
    y = ops.mean(y, axis=(1, 2, 3))  # (b / size,)
    y = ops.reshape(ops.tile(y, (size,)), (b, 1, 1, 1))
    y = ops.broadcast_to(ops.cast(y, x.dtype), (b, h, w, 1))
    return ops.concatenate([x, y], axis=-1)


# ---------------------------------------------------------------- layers with weights


class ImageLayer(keras.layers.Layer):
    """A layer that computes in the type of the image it is given; its weights stay float32.

    Keras would cast a bfloat16 image back to float32 at the door of every layer. Here the network decides
    the type, block by block (mixed precision), and the layers follow.
    """

    def __init__(self, **kwargs: Any) -> None:
        """Take the arguments of `keras.layers.Layer`."""
        super().__init__(autocast=False, **kwargs)


def normal(seed: int, stddev: float = 1.0) -> Callable[..., np.ndarray]:
    """Return an initializer that draws N(0, stddev^2) with NumPy: the same weights on every engine."""
    return lambda shape, dtype=None: np.random.default_rng(seed).standard_normal(shape, "float32") * np.float32(stddev)


class EqualizedDense(keras.layers.Layer):
    """Dense layer with equalised learning rate: y = x (K gain lr / sqrt(fan_in)) + lr b.

    K is drawn from N(0, 1) / lr, so every weight of the network has the same size at the start and the same
    relative speed under Adam (Karras et al. 2017, section 4.1).

    Args:
        units: length of the output.
        gain: sqrt(2) before a leaky ReLU, 1 where none follows.
        lr_multiplier: 0.01 in the mapping network, else 1.
        seed: seed of the start values.

    Input shape: (b, n). Output shape: (b, units).
    """

    def __init__(
        self, units: int, gain: float = SQRT2, lr_multiplier: float = 1.0, seed: int = 0, **kwargs: Any
    ) -> None:
        """See the class."""
        super().__init__(**kwargs)
        self.units, self.gain, self.lr_multiplier, self.seed = units, gain, lr_multiplier, seed

    def build(self, input_shape: tuple) -> None:
        """Make the kernel (n, units) and the bias (units,)."""
        fan_in = input_shape[-1]
        self.scale = self.gain / math.sqrt(fan_in) * self.lr_multiplier
        start = normal(self.seed, 1.0 / self.lr_multiplier)
        self.kernel = self.add_weight(shape=(fan_in, self.units), initializer=start, name="kernel")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def call(self, x: Tensor) -> Tensor:
        """(b, n) -> (b, units)."""
        return ops.matmul(x, self.kernel * self.scale) + self.bias * self.lr_multiplier

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """(b, units)."""
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments."""
        own = {"units": self.units, "gain": self.gain, "lr_multiplier": self.lr_multiplier, "seed": self.seed}
        return {**super().get_config(), **own}


class Bias(ImageLayer):
    """Add one learned number per channel, zero at the start. Shape kept."""

    def build(self, input_shape: tuple) -> None:
        """Make the bias (c,)."""
        self.bias = self.add_weight(shape=(input_shape[-1],), initializer="zeros", name="bias")

    def call(self, x: Tensor) -> Tensor:
        """(b, h, w, c) -> (b, h, w, c)."""
        return x + ops.cast(self.bias, x.dtype)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """Return the shape of the input."""
        return input_shape


class AddNoise(ImageLayer):
    """Add one noise map, the same for all channels, times a learned strength per channel, zero at the start.

    Paper, section 2 and figure 1b ("B").
    Input: x (b, h, w, c) and noise (b, h, w, 1), drawn from N(0, 1). Output: (b, h, w, c).
    """

    def build(self, x_shape: tuple, noise_shape: tuple | None = None) -> None:
        """Make the strength (c,)."""
        self.strength = self.add_weight(shape=(x_shape[-1],), initializer="zeros", name="strength")

    def call(self, x: Tensor, noise: Tensor) -> Tensor:
        """Return x + strength * noise."""
        return x + ops.cast(self.strength, x.dtype) * ops.cast(noise, x.dtype)

    def compute_output_shape(self, x_shape: tuple, noise_shape: tuple | None = None) -> tuple:
        """Return the shape of x."""
        return x_shape


class AdaIN(ImageLayer):
    """Adaptive instance normalisation (paper, equation 1; the affine map is "A" in figure 1b).

    The style y = (s, b) is an affine map of w. Every feature map is normalised and then becomes
    (s + 1) * map + b. With the bias of the affine map zero, "+1" makes the start a scale of about 1.

    Input: x (b, h, w, c) and w (b, w_dim). Output: (b, h, w, c).
    """

    def __init__(self, seed: int = 0, **kwargs: Any) -> None:
        """See the class."""
        super().__init__(**kwargs)
        self.seed = seed

    def build(self, x_shape: tuple, w_shape: tuple) -> None:
        """Make the affine map, w_dim -> 2c."""
        self.affine = EqualizedDense(2 * x_shape[-1], gain=1.0, seed=self.seed, name="affine")
        self.affine.build(w_shape)

    def call(self, x: Tensor, w: Tensor) -> Tensor:
        """Return the styled feature maps."""
        style = self.affine(w)[:, None, None, :]  # (b, 1, 1, 2c), float32
        scale, shift = ops.split(style, 2, axis=-1)
        return ops.cast(instance_norm(ops.cast(x, "float32")) * (scale + 1.0) + shift, x.dtype)

    def compute_output_shape(self, x_shape: tuple, w_shape: tuple | None = None) -> tuple:
        """Return the shape of x."""
        return x_shape

    def get_config(self) -> dict[str, Any]:
        """Return the arguments."""
        return {**super().get_config(), "seed": self.seed}
