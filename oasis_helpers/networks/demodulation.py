"""Weight demodulation: how StyleGAN2 gives a layer its style without instance normalisation (notebook 08).

Source: Karras et al. 2019 (arXiv 1912.04958), section 2.2, equations 1 to 3, and its official release.
"""

from __future__ import annotations

from typing import Any

from oasis_helpers.networks.convolution import EqualizedConv2D
from oasis_helpers.networks.layers import (
    SQRT2,
    AddNoise,
    Bias,
    EqualizedDense,
    ImageLayer,
    Tensor,
    blur,
    leaky_relu,
)

import numpy as np
from keras import ops


def demodulation(kernel: Tensor, style: Tensor, epsilon: float = 1e-8) -> Tensor:
    """Return the factor of equation 3 for every image and every output map.

    The style scales the kernel's input maps, w'_ijk = s_i w_ijk (equation 1; i counts input maps, j output maps and
    k the kernel's pixels). If the input maps are independent and have standard deviation 1, output map j has
    sqrt(sum_ik w'_ijk^2) (equation 2). The factor is one over that (equation 3).

    Args:
        kernel: (k, k, c, filters).
        style: one scale per input map, (b, c).
        epsilon: under the root of equation 3.

    Returns:
        1 / sqrt(sum_ik (s_i w_ijk)^2 + epsilon), (b, filters).
    """
    squares = ops.sum(ops.square(kernel), axis=(0, 1))  # (c, filters)
    return ops.rsqrt(ops.matmul(ops.square(style), squares) + epsilon)


class DemodulatedLayer(ImageLayer):
    """One styled layer of StyleGAN2: style -> convolution -> demodulation -> noise -> bias -> leaky ReLU.

    It takes the place of `SynthesisLayer`, with the same arguments, inputs and outputs. The style is one scale s per
    input map, an affine map of w plus 1 (its bias "starts at 1"). In place of a kernel for each image, the maps are
    scaled before the shared convolution by s and after it by `demodulation`: the same numbers, since a convolution is
    linear (release: ``fused_modconv=False``). The output depends on the statistics that the weights *would* give, not
    on those of the maps at hand.

    The network's first layer has no convolution. The style scales the constant, which nothing normalises.

    Departures from StyleGAN2, so that nothing else differs from `SynthesisLayer`: the first layer has noise, bias and
    leaky ReLU, the noise strength is one per map (there one per layer), and ``to_gray`` has no style.

    Input: x (b, h, w, c), w (b, w_dim), noise (b, h', w', 1) or None for no noise.
    Output: (b, h', w', channels).
    """

    def __init__(self, channels: int, conv: str | None, w_dim: int, seed: int = 0, **kwargs: Any) -> None:
        """Take conv as None (first layer), "same" or "up"."""
        super().__init__(**kwargs)
        conv_seed, style_seed = np.random.default_rng(seed).integers(2**31, size=2)
        self.channels, self.w_dim, self.up = channels, w_dim, conv == "up"
        self.style_seed = int(style_seed)
        self.conv = None
        if conv is not None:
            resample = "up" if self.up else None
            self.conv = EqualizedConv2D(channels, gain=1.0, resample=resample, seed=int(conv_seed), name="conv")
        self.noise = AddNoise(name="noise")
        self.bias = Bias(name="bias")

    def build(self, x_shape: tuple, w_shape: tuple | None = None, noise_shape: tuple | None = None) -> None:
        """Make the weights."""
        if self.conv is not None:
            self.conv.build(x_shape)
        shape = (None, None, None, self.channels)
        self.noise.build(shape)
        self.bias.build(shape)
        self.affine = EqualizedDense(x_shape[-1], gain=1.0, seed=self.style_seed, name="affine")
        self.affine.build((None, self.w_dim))

    def call(self, x: Tensor, w: Tensor, noise: Tensor | None = None) -> Tensor:
        """Return the styled feature maps."""
        style = self.affine(w) + 1.0  # (b, c), float32
        x = x * ops.cast(style[:, None, None], x.dtype)
        gain = 1.0  # the constant is positive at first: leaky ReLU takes nothing from it
        if self.conv is not None:
            factor = demodulation(self.conv.kernel * self.conv.scale, style)  # (b, channels)
            x = self.conv(x) * ops.cast(factor[:, None, None], x.dtype)  # (b, h', w', channels)
            gain = SQRT2  # leaky ReLU halves the mean square; the release makes up for it after it, too
        if self.up:
            x = blur(x)
        if noise is not None:
            x = self.noise(x, noise)
        return leaky_relu(self.bias(x)) * gain
