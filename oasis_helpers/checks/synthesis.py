"""The exercises of notebook 03: a styled layer, batch norm in AdaIN's place, the level whose noise counts."""

from __future__ import annotations

from oasis_helpers.checks.core import Exercise

import numpy as np

_rng = np.random.default_rng(3)

Maps = np.ndarray


def _leaky(x: Maps, slope: float = 0.2) -> Maps:
    return np.where(x > 0, x, slope * x)


def _norm(x: Maps, axis: tuple[int, ...] = (1, 2), power: float = 1.0) -> Maps:
    return (x - x.mean(axis=axis, keepdims=True)) / x.std(axis=axis, keepdims=True) ** power


def _style(x: Maps, s: np.ndarray, b: np.ndarray, one: float = 1.0) -> Maps:
    return (s[:, None, None] + one) * x + b[:, None, None]


def _styled_layer(x: Maps, noise: Maps, strength: np.ndarray, bias: np.ndarray, s: np.ndarray, b: np.ndarray) -> Maps:
    """Noise, bias, leaky ReLU, instance norm, style."""
    return _style(_norm(_leaky(x + strength * noise + bias)), s, b)


def _layer_case(n: int, size: int, c: int) -> tuple:
    x, noise = _rng.normal(0.5, 2.0, (n, size, size, c)), _rng.normal(size=(n, size, size, 1))
    return x, noise, *_rng.normal(size=(2, c)), *_rng.normal(size=(2, n, c))


check_styled_layer = Exercise(
    name="styled_layer",
    reference=_styled_layer,
    cases=[_layer_case(3, 4, 5), _layer_case(2, 6, 2)],
    right="noise, bias, leaky ReLU, instance norm, style. The mean of each map is now b and its deviation |s + 1|.",
    wrong=[
        (
            lambda x, noise, strength, bias, s, b: _style(_norm(_leaky(x + bias)), s, b) + strength * noise,
            "the noise comes after the style in yours, so the style does not scale it. It comes first of all.",
        ),
        (
            lambda x, noise, strength, bias, s, b: _style(_norm(_leaky(x + bias)), s, b),
            "no noise has arrived yet. It is multiplied by the strength of each map, and added first.",
        ),
        (
            lambda x, noise, strength, bias, s, b: _style(_norm(_leaky(x + noise + bias)), s, b),
            "every map gets the same amount of noise in yours. Each has its own strength.",
        ),
        (
            lambda x, noise, strength, bias, s, b: _style(_norm(_leaky(x) + strength * noise + bias), s, b),
            "leaky ReLU comes first in yours. Noise and bias come before it.",
        ),
        (
            lambda x, noise, strength, bias, s, b: _style(_norm(x + strength * noise + bias), s, b),
            "there is no activation yet: leaky ReLU stands between the bias and the norm. (The norm removes a bias "
            "that nothing bends before it.)",
        ),
        (
            lambda x, noise, strength, bias, s, b: _leaky(_style(_norm(x + strength * noise + bias), s, b)),
            "leaky ReLU comes last in yours, so the maps do not have the statistics of the style. The style is last.",
        ),
        (
            lambda x, noise, strength, bias, s, b: _style(_norm(_leaky(x + strength * noise + bias, 0.0)), s, b),
            "negative numbers become 0. That is ReLU; leaky ReLU keeps a fifth of them.",
        ),
        (
            lambda x, noise, strength, bias, s, b: _style(_norm(_leaky(x + strength * noise + bias)), s, b, one=0.0),
            "you multiply by s. Here the scale is s + 1, so that a style of 0 leaves the normalised map as it is.",
        ),
        (
            lambda x, noise, strength, bias, s, b: _style(_norm(_leaky(x + strength * noise + bias)), b, s),
            "scale and shift are swapped: s + 1 multiplies, b is added.",
        ),
        (
            lambda x, noise, strength, bias, s, b: _style(_norm(_leaky(x + strength * noise + bias), (0, 1, 2)), s, b),
            "you take the mean over all images as well, as batch norm does. Each image has its own: axes 1 and 2.",
        ),
        (
            lambda x, noise, strength, bias, s, b: _style(_norm(_leaky(x + strength * noise + bias), (1, 2, 3)), s, b),
            "you take the mean over all feature maps as well, as layer norm does. Each map has its own: axes 1 and 2.",
        ),
        (
            lambda x, noise, strength, bias, s, b: _style(_norm(_leaky(x + strength * noise + bias), power=2.0), s, b),
            "you divide by the variance. It is the standard deviation, its square root, that makes the spread 1.",
        ),
        (
            lambda x, noise, strength, bias, s, b: _style(_leaky(x + strength * noise + bias), s, b),
            "the maps are styled as they come. Instance norm goes before the style.",
        ),
    ],
)

check_batch_norm = Exercise(
    name="first_std",
    reference=lambda: 1 / 5**0.5,
    cases=[()],
    right="the variance over the batch is the mean of 1 and 9, so both images are divided by the root of 5.",
    wrong=[
        (lambda: 1.0, "that is what instance norm does. Batch norm has one standard deviation for the whole batch."),
        (lambda: 1 / 3, "you divide by the second image's standard deviation. Both images count."),
        (lambda: 1 / 2, "you divide by the mean of the two standard deviations. It is variances that average."),
        (lambda: 1 / 5, "you divide by a variance. Maps are divided by a standard deviation, its square root."),
        (lambda: 1 / 10**0.5, "you add the two variances. Over a batch of two they are averaged."),
        (lambda: 3 / 5**0.5, "that is the second image. The question is about the first."),
    ],
    tolerance=1e-2,
    otherwise="What is the standard deviation of all values of the batch together? Both images are divided by it.",
)

check_noisiest_level = Exercise(
    name="level_px",
    reference=lambda: 64.0,
    cases=[()],
    right="noise at the last level moves single pixels of the tissue, and these the styles leave open.",
    wrong=[
        (lambda: 4.0, "in the untrained network noise at 4 px moves large patches. Look at the trained one."),
        (lambda: 8.0, "that panel is among the darkest. Which colour stands for the largest value?"),
        (lambda: 16.0, "that panel is among the darkest. Which colour stands for the largest value? Look at the bar."),
        (lambda: 32.0, "it shows the folds well, but look at the colour bar: how many grey values is that?"),
        (lambda: 8.5, "levels are powers of two."),
    ],
    otherwise="The titles of the panels name the levels.",
)
