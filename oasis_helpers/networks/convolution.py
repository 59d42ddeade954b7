"""The convolution of both networks, with doubling and halving built in (notebooks 03 and 04)."""

from __future__ import annotations

import math
from typing import Any

from oasis_helpers.networks.layers import SQRT2, ImageLayer, Tensor, normal

from keras import ops


class EqualizedConv2D(ImageLayer):
    """Convolution without bias, equalised learning rate, with doubling or halving of the image built in.

    ``resample="up"`` equals nearest upsampling followed by the convolution, ``"down"`` equals the convolution
    followed by a 2x2 mean (release: ``upscale2d_conv2d``, ``conv2d_downscale2d``). Both are computed with
    fewer multiplications: a 3x3 kernel on doubled pixels sees every old pixel several times, so the kernel's
    weights for it are added up first.

    Args:
        filters: output channels.
        kernel_size: 1 or 3.
        gain: sqrt(2) before a leaky ReLU, 1 where none follows (toRGB).
        resample: None, "up" or "down".
        seed: seed of the start values.

    Input shape: (b, h, w, c). Output shape: (b, h', w', filters).
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int = 3,
        gain: float = SQRT2,
        resample: str | None = None,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        """See the class."""
        super().__init__(**kwargs)
        if resample not in (None, "up", "down"):
            raise ValueError(f"resample: expected None, 'up' or 'down', but got {resample!r}")
        if resample and kernel_size != 3:
            raise ValueError(f"kernel_size: expected 3 together with resample, but got {kernel_size}")
        self.filters, self.kernel_size, self.gain = filters, kernel_size, gain
        self.resample, self.seed = resample, seed

    def build(self, input_shape: tuple) -> None:
        """Make the kernel (k, k, c, filters)."""
        shape = (self.kernel_size, self.kernel_size, input_shape[-1], self.filters)
        self.scale = self.gain / math.sqrt(math.prod(shape[:3]))
        start = normal(self.seed)
        self.kernel = self.add_weight(shape=shape, initializer=start, name="kernel")

    def call(self, x: Tensor) -> Tensor:
        """(b, h, w, c) -> (b, h', w', filters)."""
        kernel = self.kernel * self.scale
        if self.resample == "up":
            return _conv_up(x, kernel)
        if self.resample == "down":
            return _conv_down(x, kernel)
        return _conv(x, kernel, "same")

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """(b, h', w', filters)."""
        b, h, w, _ = input_shape
        if self.resample == "up":
            h, w = 2 * h, 2 * w
        if self.resample == "down":
            h, w = h // 2, w // 2
        return (b, h, w, self.filters)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments."""
        names = ("filters", "kernel_size", "gain", "resample", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _conv(x: Tensor, kernel: Tensor, padding: str) -> Tensor:
    """Convolve in the type of x; kernels are scaled and added up in float32 before."""
    return ops.conv(x, ops.cast(kernel, x.dtype), padding=padding)


def _conv_up(x: Tensor, kernel: Tensor) -> Tensor:
    """Nearest upsampling, then a 3x3 convolution, as one 2x2 convolution of the small image.

    An output pixel at an even row sees old rows i-1 and i with kernel rows (0) and (1 + 2); at an odd row it
    sees rows i and i+1 with (0 + 1) and (2). The same holds for columns: four 2x2 kernels, a quarter of
    the output each.
    """
    b, h, w, _ = x.shape
    filters = kernel.shape[-1]
    rows = [ops.stack([kernel[0], kernel[1] + kernel[2]]), ops.stack([kernel[0] + kernel[1], kernel[2]])]
    quarters = []
    for k in rows:
        quarters.append(ops.stack([k[:, 0], k[:, 1] + k[:, 2]], axis=1))
        quarters.append(ops.stack([k[:, 0] + k[:, 1], k[:, 2]], axis=1))
    x = ops.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])
    y = _conv(x, ops.concatenate(quarters, axis=-1), "valid")  # (b, h+1, w+1, 4 filters)
    even_even, even_odd, odd_even, odd_odd = ops.split(y, 4, axis=-1)
    even = ops.stack([even_even[:, :h, :w], even_odd[:, :h, 1:]], axis=3)  # (b, h, w, 2, filters)
    odd = ops.stack([odd_even[:, 1:, :w], odd_odd[:, 1:, 1:]], axis=3)
    y = ops.stack([even, odd], axis=2)  # (b, h, 2, w, 2, filters)
    return ops.reshape(y, (-1, 2 * h, 2 * w, filters))


def _conv_down(x: Tensor, kernel: Tensor) -> Tensor:
    """Apply a 3x3 convolution, then a 2x2 mean, as one 4x4 convolution of stride 2.

    The stride is taken by folding 2x2 pixels into channels first: its gradient is then an ordinary
    convolution too, which a processor computes several times faster than one with holes.
    """
    b, h, w, c = x.shape
    filters = kernel.shape[-1]
    k = ops.pad(kernel, [[1, 1], [1, 1], [0, 0], [0, 0]])
    k = (k[1:, 1:] + k[1:, :-1] + k[:-1, 1:] + k[:-1, :-1]) / 4.0  # (4, 4, c, filters)
    k = ops.transpose(ops.reshape(k, (2, 2, 2, 2, c, filters)), (0, 2, 1, 3, 4, 5))
    k = ops.reshape(k, (2, 2, 4 * c, filters))
    x = ops.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])
    x = ops.reshape(x, (-1, h // 2 + 1, 2, w // 2 + 1, 2, c))
    x = ops.reshape(ops.transpose(x, (0, 1, 3, 2, 4, 5)), (-1, h // 2 + 1, w // 2 + 1, 4 * c))
    return _conv(x, k, "valid")
