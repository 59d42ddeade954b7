"""The exercises of notebook 02: the mapping network, a forgotten multiplier, walks through Z and W."""

from __future__ import annotations

from collections.abc import Sequence

from oasis_helpers.checks.core import Exercise

import numpy as np

_rng = np.random.default_rng(2)


def _pixel_norm(z: np.ndarray) -> np.ndarray:
    return z / np.sqrt(np.mean(z**2, axis=-1, keepdims=True) + 1e-8)


def _mapping(
    z: np.ndarray,
    kernels: Sequence[np.ndarray],
    biases: Sequence[np.ndarray],
    m: float,
    gain: float = np.sqrt(2.0),
    slope: float = 0.2,
    last: float | None = None,
    bias_m: float | None = None,
    inputs: int = 0,
) -> np.ndarray:
    """Map z to w; the keywords make usual mistakes. ``inputs`` is the axis of K over which inputs are counted."""
    x = _pixel_norm(z)
    for i, (kernel, bias) in enumerate(zip(kernels, biases, strict=True)):
        y = x @ (kernel * gain * m / np.sqrt(kernel.shape[inputs])) + (m if bias_m is None else bias_m) * bias
        negative = last if last is not None and i == len(kernels) - 1 else slope
        x = np.where(y > 0, y, negative * y)
    return x


def _norm_everywhere(
    z: np.ndarray, kernels: Sequence[np.ndarray], biases: Sequence[np.ndarray], m: float
) -> np.ndarray:
    for kernel, bias in zip(kernels, biases, strict=True):
        z = _mapping(z, [kernel], [bias], m)
    return z


def _mapping_case(batch: int, widths: Sequence[int], m: float) -> tuple:
    """Return latents that are longer than usual, and weights as they are stored, with biases that training moved."""
    ways = list(zip(widths, widths[1:], strict=False))
    kernels = [_rng.normal(0.0, 1.0 / m, way) for way in ways]
    biases = [_rng.normal(0.0, 0.5 / m, way[1]) for way in ways]
    return _rng.normal(0.0, 3.0, (batch, widths[0])), kernels, biases, m


check_mapping = Exercise(
    name="mapping",
    reference=_mapping,
    cases=[_mapping_case(5, (4, 6, 3), 0.01), _mapping_case(2, (8, 5, 5, 7), 0.1)],
    right="PixelNorm, and a few dense layers with leaky ReLU: that is all there is between z and w.",
    wrong=[
        (
            lambda z, kernels, biases, m: _mapping(z / _pixel_norm(z), kernels, biases, m),
            "w changes in size only. Does z itself go through PixelNorm, and not its size?",
        ),
        (
            lambda z, kernels, biases, m: _forget_norm(z, kernels, biases, m),
            "z comes in with its own length. PixelNorm stands before the first layer.",
        ),
        (
            lambda z, kernels, biases, m: _norm_everywhere(z, kernels, biases, m),
            "PixelNorm stands before every layer in yours. Only z is normalised; nothing stands between the layers.",
        ),
        (
            lambda z, kernels, biases, m: _mapping(z, kernels, biases, m, bias_m=1.0),
            "the biases are too strong: m scales the stored bias as well as the stored kernel.",
        ),
        (
            lambda z, kernels, biases, m: _mapping(z, kernels, biases, m, gain=np.sqrt(2.0) / m),
            "the stored kernels are drawn 1 / m times larger. Multiply by m when you use them.",
        ),
        (
            lambda z, kernels, biases, m: _mapping(z, kernels, biases, m, gain=1.0),
            "the signal shrinks from layer to layer: the gain, the square root of 2, is missing.",
        ),
        (
            lambda z, kernels, biases, m: _mapping(z, kernels, biases, m, inputs=1),
            "you divide by the root of the number of outputs. It is the number of inputs, the rows of K.",
        ),
        (
            lambda z, kernels, biases, m: _mapping(z, kernels, biases, m, slope=0.0),
            "negative numbers become 0. That is ReLU; leaky ReLU keeps a fifth of them.",
        ),
        (
            lambda z, kernels, biases, m: _mapping(z, kernels, biases, m, slope=1.0),
            "there is no activation yet, so all layers together are one linear map. Leaky ReLU follows each layer.",
        ),
        (
            lambda z, kernels, biases, m: _mapping(z, kernels, biases, m, last=1.0),
            "the last layer has no activation in yours. Here leaky ReLU follows every layer, the last one too.",
        ),
    ],
)


def _forget_norm(z: np.ndarray, kernels: Sequence[np.ndarray], biases: Sequence[np.ndarray], m: float) -> np.ndarray:
    """Let the first layer see z as it is: PixelNorm undone by scaling the first kernel, row by row of the batch."""
    size = np.sqrt(np.mean(z**2, axis=-1, keepdims=True) + 1e-8)
    rows = [_mapping(row[None], [kernels[0] * s, *kernels[1:]], biases, m) for row, s in zip(z, size, strict=True)]
    return np.concatenate(rows)


check_missing_multiplier = Exercise(
    name="power",
    reference=lambda: 16.0,
    cases=[()],
    right="eight layers, each a hundred times too strong; leaky ReLU passes a positive factor on.",
    wrong=[
        (lambda: 2.0, "that is what one layer does. There are eight, one after the other."),
        (lambda: 8.0, "that would be a factor of ten for each layer. How much larger are the stored weights?"),
        (lambda: 100.0, "that is the factor of one layer, not a power of ten for all."),
        (lambda: 10.0, "you add the 2 of one layer and the number of layers. Factors in a row are multiplied."),
        (lambda: 800.0, "you add up the factors. Layers in a row multiply them."),
        (lambda: 0.0, "PixelNorm stands only before the first layer, so nothing takes the factors away again."),
        (lambda: -16.0, "the size is right. But do weights that are too large make w smaller?"),
    ],
    tolerance=1e-2,
    otherwise="Ask what one layer does, and what the next one does with its output.",
)

check_shorter_in_w = Exercise(
    name="share",
    reference=lambda: 0.94,
    cases=[()],
    right="for nearly every pair. The mean of a measure can hide such exceptions; the dots show them.",
    wrong=[
        (lambda: 0.06, "you look at the dots below the line. Below it, the walk through Z is the shorter one."),
        (lambda: 0.5, "then as many dots would lie above the dashed line as below it."),
        (lambda: 94.0, "that looks like per cent. Give a share, from 0 to 1."),
        (lambda: 45.0, "that is a number of dots. Divide it by the number of pairs."),
        (lambda: 1.4, "that is how much longer the walks are. A share of the pairs cannot be above 1."),
    ],
    tolerance=0.035,
    otherwise="Count the dots on the side of the dashed line that is in the minority.",
)
