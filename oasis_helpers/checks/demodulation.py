"""The exercises of notebook 08: demodulation, maps that are not independent, a spot that halves the rest."""

from __future__ import annotations

from collections.abc import Callable

from oasis_helpers.checks.core import Exercise

import numpy as np

_rng = np.random.default_rng(8)

Layer = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def _layer(factor: Callable[[np.ndarray, np.ndarray], np.ndarray], output_style: bool = True) -> Layer:
    """Return a demodulated 1x1 convolution; ``factor`` takes the styled kernels (n, c, f) and the plain one (c, f)."""

    def demodulated(x: np.ndarray, kernel: np.ndarray, style: np.ndarray) -> np.ndarray:
        own = style[:, :, None] * kernel
        used = own if output_style else np.broadcast_to(kernel, own.shape)
        return np.einsum("nhwc,ncf->nhwf", x, used * factor(own, kernel))

    return demodulated


def _by_inputs(own: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    return 1 / np.sqrt((own**2).sum(axis=1, keepdims=True) + 1e-8)


_right = _layer(_by_inputs)


def _instance(x: np.ndarray, kernel: np.ndarray, style: np.ndarray) -> np.ndarray:
    y = np.einsum("nhwc,ncf->nhwf", x, style[:, :, None] * kernel)
    return y / y.std(axis=(1, 2), keepdims=True)


def _case(n: int, size: int, c: int, f: int) -> tuple:
    return _rng.normal(0.3, 1.5, (n, size, size, c)), _rng.normal(size=(c, f)), _rng.normal(1.0, 1.0, (n, c))


check_demodulated = Exercise(
    name="demodulated",
    reference=_right,
    cases=[_case(3, 4, 5, 2), _case(2, 3, 2, 4)],
    right="each image has its own kernel, and each output map of it the length 1, whatever the style.",
    wrong=[
        (
            _layer(lambda own, kernel: np.ones_like(own)),
            "the style still sets how strong the maps are. Divide by the root of the sum of squares.",
        ),
        (
            _layer(lambda own, kernel: 1 / np.sqrt((kernel**2).sum(axis=0) + 1e-8)),
            "you divide by the length of the kernel without its style. The sum is over the *styled* weights.",
        ),
        (
            _layer(lambda own, kernel: 1 / np.sqrt((own**2).sum(axis=2, keepdims=True) + 1e-8)),
            "you sum over the output maps. Each output map j gets a factor of its own: sum over the input maps i.",
        ),
        (
            _layer(lambda own, kernel: 1 / np.sqrt((own**2).sum(axis=(0, 1), keepdims=True) + 1e-8)),
            "you sum over the images as well, so the style of one image would change all the others.",
        ),
        (
            _layer(lambda own, kernel: 1 / np.sqrt((own**2).mean(axis=1, keepdims=True) + 1e-8)),
            "you take the mean of the squares. The variances of independent maps add up: take the sum.",
        ),
        (
            _layer(lambda own, kernel: 1 / ((own**2).sum(axis=1, keepdims=True) + 1e-8)),
            "you divide by the variance. It is its root, the standard deviation, that becomes 1.",
        ),
        (
            _layer(lambda own, kernel: 1 / np.sqrt(own.sum(axis=1, keepdims=True) ** 2 + 1e-8)),
            "you square the sum. Sum the squares.",
        ),
        (
            _layer(_by_inputs, output_style=False),
            "the style counts in the factor only. The kernel that is used has to be styled, too.",
        ),
        (
            _instance,
            "you divide by the deviation of the maps at hand, as instance normalisation does. Here only weights count.",
        ),
    ],
)

check_equal_maps = Exercise(
    name="deviation",
    reference=lambda: 8.0,
    cases=[()],
    right="demodulation only sees weights. Where its assumption fails, the maps may have any size.",
    wrong=[
        (lambda: 1.0, "that would hold for independent maps. What do 64 equal maps add up to?"),
        (lambda: 64.0, "that is what equal weights of 1 add up to. The factor has not been applied yet."),
        (
            lambda: 0.125,
            "that is the factor alone. Multiply it by what the maps add up to.",
        ),
        (lambda: 4096.0, "that is the variance before the factor. What is asked for is a deviation, after it."),
    ],
    tolerance=1e-2,
    otherwise="Take all weights as 1. What does each output pixel add up to, and what is the factor of equation 3?",
)

check_half_left = Exercise(
    name="height",
    reference=lambda: 60.0,
    cases=[()],
    right="near the root of 3 times 32 pixels, where the formula of idea 1 gives a deviation of 2.",
    wrong=[
        (lambda: 0.5, "that is what is left. Asked is for the height that leaves it."),
        (lambda: 1.8, "that is the exponent: the axis is logarithmic, so read ten to this power."),
        (lambda: 10.0, "there nearly all of the rest is left."),
        (lambda: 32.0, "that is the side of the map. A spot of that height still leaves most of the rest."),
        (lambda: 100.0, "that is the next mark of the axis. There only a third is left."),
        (lambda: 1000.0, "there next to nothing is left. Look for one half."),
    ],
    tolerance=0.15,
    otherwise="Find where the curve of AdaIN crosses one half, and mind that the axis is logarithmic.",
)
