"""The exercises of notebook 08: demodulation, maps that are not independent, a spot that halves the rest."""

from __future__ import annotations

from collections.abc import Callable

from oasis_helpers.checks.core import Exercise

import numpy as np

_rng = np.random.default_rng(8)

Arrays = tuple[np.ndarray, ...]
Layer = Callable[..., np.ndarray]


def _layer(sum_of_squares: Callable[..., np.ndarray], styled: bool = True) -> Layer:
    """Return a demodulated 1x1 convolution.

    ``sum_of_squares`` takes the styled kernels (n, c, f), the plain one (c, f) and the maps' strengths (c, 1). Without
    ``styled`` the convolution itself forgets the style.
    """

    def demodulated(x: np.ndarray, kernel: np.ndarray, style: np.ndarray, strength: np.ndarray) -> np.ndarray:
        own = style[:, :, None] * kernel
        used = own if styled else np.broadcast_to(kernel, own.shape)
        factor = 1 / np.sqrt(sum_of_squares(own, kernel, strength[:, None]) + 1e-8)
        return np.einsum("nhwc,ncf->nhwf", x, used * factor)

    return demodulated


def _over_inputs(own: np.ndarray, kernel: np.ndarray, strength: np.ndarray) -> np.ndarray:
    return ((own * strength) ** 2).sum(axis=1, keepdims=True)


def _instance(x: np.ndarray, kernel: np.ndarray, style: np.ndarray, strength: np.ndarray) -> np.ndarray:
    y = np.einsum("nhwc,ncf->nhwf", x, style[:, :, None] * kernel)
    return y / y.std(axis=(1, 2), keepdims=True)


def _first_to_one(x: np.ndarray, kernel: np.ndarray, style: np.ndarray, strength: np.ndarray) -> np.ndarray:
    return _layer(_over_inputs)(x / strength, kernel, style, np.ones_like(strength))


def _case(n: int, size: int, c: int, f: int) -> Arrays:
    strength = np.exp(_rng.normal(0.5, 0.8, c))
    return (
        _rng.normal(0.3, 1.0, (n, size, size, c)) * strength,
        _rng.normal(size=(c, f)),
        _rng.normal(1.0, 1.0, (n, c)),
        strength,
    )


check_demodulated = Exercise(
    name="demodulated",
    reference=_layer(_over_inputs),
    cases=[_case(3, 4, 5, 2), _case(2, 3, 2, 4)],
    right="only the factor knows the strengths, so a strong map still counts for more than a weak one.",
    wrong=[
        (
            _layer(lambda own, kernel, strength: (own**2).sum(axis=1, keepdims=True)),
            "that is equation 2: it takes every incoming map for one of standard deviation 1.",
        ),
        (
            _first_to_one,
            "then all incoming maps count the same. A strong one has to count for more: change the factor only.",
        ),
        (
            _layer(lambda own, kernel, strength: (own**2 * strength).sum(axis=1, keepdims=True)),
            "variances add up, so the strength has to be squared as the weight is.",
        ),
        (
            _layer(lambda own, kernel, strength: ((own / strength) ** 2).sum(axis=1, keepdims=True)),
            "a stronger map makes the sum larger: multiply by its strength.",
        ),
        (
            _layer(lambda own, kernel, strength: np.ones_like(own)),
            "the style still sets how strong the maps are. Divide by the root of the sum of squares.",
        ),
        (
            _layer(lambda own, kernel, strength: ((kernel * strength) ** 2).sum(axis=0)),
            "you take the kernel without its style. The sum is over the *styled* weights.",
        ),
        (
            _layer(lambda own, kernel, strength: ((own * strength) ** 2).sum(axis=2, keepdims=True)),
            "you sum over the output maps. Each output map j gets a factor of its own: sum over the input maps i.",
        ),
        (
            _layer(lambda own, kernel, strength: ((own * strength) ** 2).sum(axis=(0, 1), keepdims=True)),
            "you sum over the images as well, so the style of one image would change all the others.",
        ),
        (
            _layer(lambda own, kernel, strength: ((own * strength) ** 2).mean(axis=1, keepdims=True)),
            "you take the mean of the squares. The variances of independent maps add up: take the sum.",
        ),
        (
            _layer(lambda own, kernel, strength: _over_inputs(own, kernel, strength) ** 2),
            "you divide by the variance. It is its root, the standard deviation, that becomes 1.",
        ),
        (
            _layer(lambda own, kernel, strength: (own * strength).sum(axis=1, keepdims=True) ** 2),
            "you square the sum. Sum the squares.",
        ),
        (
            _layer(_over_inputs, styled=False),
            "the style counts in the factor only. The kernel that is used has to be styled, too.",
        ),
        (
            _instance,
            "you divide by the standard deviation of the maps at hand, as instance normalisation does. Here only"
            " weights and strengths count.",
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
        (
            lambda: 4096.0,
            "that is the variance before the factor. What is asked for is a standard deviation, after it.",
        ),
    ],
    tolerance=1e-2,
    otherwise="Take all weights as 1. What does each output pixel add up to, and what is the factor of equation 3?",
)

check_half_left = Exercise(
    name="height",
    reference=lambda: 60.0,
    cases=[()],
    right="near the root of 3 times 32 pixels, where the formula of idea 1 gives a standard deviation of 2.",
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
