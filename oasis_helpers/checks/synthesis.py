"""The exercises of notebook 03: AdaIN, the fade, and the number of styles."""

from __future__ import annotations

from oasis_helpers.checks.core import Exercise

import numpy as np

_rng = np.random.default_rng(3)


def _adain(x: np.ndarray, s: np.ndarray, b: np.ndarray, axis: tuple = (1, 2), one: float = 1.0) -> np.ndarray:
    """Return normalised maps times (s + one), plus b; the mean and deviation are taken over ``axis``."""
    normed = (x - x.mean(axis=axis, keepdims=True)) / x.std(axis=axis, keepdims=True)
    return normed * (s[:, None, None] + one) + b[:, None, None]


def _double(x: np.ndarray) -> np.ndarray:
    """Repeat each pixel twice in both directions: (n, r, r, 1) -> (n, 2r, 2r, 1)."""
    return x.repeat(2, axis=1).repeat(2, axis=2)


check_adain = Exercise(
    name="adain",
    reference=_adain,
    cases=[
        (_rng.normal(2.0, 3.0, (n, 4, 4, c)), _rng.normal(0.0, 1.0, (n, c)), _rng.normal(0.0, 1.0, (n, c)))
        for n, c in ((3, 5), (2, 2))
    ],
    right="every map now has the mean b and the standard deviation |s + 1|, whatever it had before.",
    wrong=[
        (
            lambda x, s, b: _adain(x, s, b, one=0.0),
            "you multiply by s. Here the scale is s + 1, so that a style of 0 leaves the normalised map as it is.",
        ),
        (
            lambda x, s, b: _adain(x, s, b, axis=(0, 1, 2)),
            "you take the mean over all images as well, as batch norm does. Each image has its own: axes 1 and 2.",
        ),
        (
            lambda x, s, b: _adain(x, s, b, axis=(1, 2, 3)),
            "you take the mean over all feature maps as well, as layer norm does. Each map has its own: axes 1 and 2.",
        ),
        (
            lambda x, s, b: x * (s[:, None, None] + 1) + b[:, None, None],
            "you style the map as it came. First take away its mean and divide by its standard deviation.",
        ),
        (
            lambda x, s, b: _adain(x, b, s),
            "scale and shift are swapped: s + 1 multiplies, b is added.",
        ),
        (
            lambda x, s, b: (
                (x - x.mean((1, 2), keepdims=True)) / x.var((1, 2), keepdims=True) * (s[:, None, None] + 1)
                + b[:, None, None]
            ),
            "you divide by the variance. It is the standard deviation, its square root, that makes the map's spread 1.",
        ),
    ],
)

check_fade = Exercise(
    name="fade",
    reference=lambda old, new, alpha: (1 - alpha) * _double(old) + alpha * new,
    cases=[(_rng.normal(0, 1, (2, 4, 4, 1)), _rng.normal(0, 1, (2, 8, 8, 1)), alpha) for alpha in (0.3, 0.0, 1.0)],
    right="at alpha 0 the image is the old one, doubled, and at alpha 1 it is the new one.",
    wrong=[
        (
            lambda old, new, alpha: alpha * _double(old) + (1 - alpha) * new,
            "it is the wrong way round: your alpha 0 shows the new image. Alpha is the share of the new one.",
        ),
        (
            lambda old, new, alpha: _double(old) + alpha * new,
            "you only add the new image. The old one must leave at the same speed: it has the share 1 - alpha.",
        ),
        (
            lambda old, new, alpha: (1 - alpha) * np.tile(old, (1, 2, 2, 1)) + alpha * new,
            "you show the whole old image four times. Repeat each pixel instead: np.repeat, not np.tile.",
        ),
        (
            lambda old, new, alpha: (_double(old) + new) / 2,
            "you take the mean of both. That is right for alpha 0.5 only; alpha must say how much of each.",
        ),
    ],
)

check_num_styles = Exercise(
    name="num_styles",
    reference=lambda R: 2 * np.log2(R) - 2,
    cases=[(4,), (8,), (64,), (256,), (1024,)],
    right="two at each resolution from 4 px on: 14 at 256 px, 18 at the paper's 1024 px.",
    wrong=[
        (
            lambda R: 2 * np.log2(R),
            "two per doubling is right, but you count too many: the network starts at 4 px, not at 1 px.",
        ),
        (
            lambda R: np.log2(R) - 1,
            "that is the number of resolutions from 4 px to R. Each of them has more than one layer.",
        ),
        (
            lambda R: np.log2(R),
            "log2 R counts the doublings from 1 px to R. The network starts at 4 px, and each level has two layers.",
        ),
        (
            lambda R: 2 * np.log2(R) - 4,
            "you left out the two layers at 4 px. The constant is styled too.",
        ),
        (
            lambda R: 2 * np.log2(R) - 3,
            "one is missing: the first layer has no convolution, but it does have a style.",
        ),
    ],
)
