"""The exercises of notebook 02: weights of plain layers, a forgotten multiplier, walks through Z and W."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from oasis_helpers.checks.core import Exercise

import numpy as np

_rng = np.random.default_rng(2)


def _pixel_norm(z: np.ndarray) -> np.ndarray:
    return z / np.sqrt(np.mean(z**2, axis=-1, keepdims=True) + 1e-8)


def _plain(z: np.ndarray, kernels: Sequence[np.ndarray], biases: Sequence[np.ndarray]) -> np.ndarray:
    """Map z to w with weights that are used as they are."""
    x = _pixel_norm(z)
    for kernel, bias in zip(kernels, biases, strict=True):
        y = x @ kernel + bias
        x = np.where(y > 0, y, 0.2 * y)
    return x


Weights = tuple[list[np.ndarray], list[np.ndarray]]


def _weights(
    constant: Callable[[np.ndarray], float] = lambda kernel: np.sqrt(2 / len(kernel)), bias_m: float | None = None
) -> Callable[..., Weights]:
    """Return an answer that scales each kernel by m and its ``constant``, and the biases by m or by ``bias_m``."""

    def answer(kernels: Sequence[np.ndarray], biases: Sequence[np.ndarray], m: float) -> Weights:
        scaled = [kernel * constant(kernel) * m for kernel in kernels]
        return scaled, [bias * (m if bias_m is None else bias_m) for bias in biases]

    return answer


def _all_scaled(kernels: Sequence[np.ndarray], biases: Sequence[np.ndarray], m: float) -> Weights:
    """Scale the biases as their kernels."""
    ways = [np.sqrt(2 / len(kernel)) * m for kernel in kernels]
    return tuple([part * way for part, way in zip(parts, ways, strict=True)] for parts in (kernels, biases))


def _without_m(kernels: Sequence[np.ndarray], biases: Sequence[np.ndarray], m: float) -> Weights:
    return [kernel * np.sqrt(2 / len(kernel)) for kernel in kernels], [m * bias for bias in biases]


def _mapping_case(batch: int, widths: Sequence[int], m: float) -> tuple:
    """Return latents that are longer than usual, and weights as they are stored, with biases that training moved."""
    ways = list(zip(widths, widths[1:], strict=False))
    kernels = [_rng.normal(0.0, 1.0 / m, way) for way in ways]
    biases = [_rng.normal(0.0, 0.5 / m, way[1]) for way in ways]
    return _rng.normal(0.0, 3.0, (batch, widths[0])), kernels, biases, m


class PlainWeightsExercise(Exercise):
    """An exercise whose answer are weights. They are right if they give the right w, so it is w that is compared."""

    def outcome(self, function: Callable[..., Any], case: tuple[Any, ...]) -> Any:
        """See `Exercise.outcome`; a case is z, kernels, biases and m."""
        z, *stored = case
        weights = function(*stored)
        return weights if weights is None or weights is Ellipsis else _plain(z, *weights)


check_plain_weights = PlainWeightsExercise(
    name="plain_weights",
    reference=_weights(),
    cases=[_mapping_case(5, (4, 6, 3), 0.01), _mapping_case(2, (8, 5, 5, 7), 0.1)],
    right="the function is the same. What is lost is slow learning: a step of Adam now counts in full, not times m.",
    wrong=[
        (
            lambda kernels, biases, m: (kernels, biases),
            "these are the stored weights. What does an equalised layer multiply them by when it uses them?",
        ),
        (_weights(bias_m=1.0), "the biases are too strong: m scales the stored bias as well as the stored kernel."),
        (_all_scaled, "the kernels are right, the biases are not: m alone scales them."),
        (_without_m, "the stored kernels are drawn 1 / m times larger. They need m, too."),
        (
            _weights(lambda kernel: 1 / np.sqrt(len(kernel))),
            "the signal shrinks from layer to layer: the gain, the square root of 2, is missing.",
        ),
        (
            _weights(lambda kernel: np.sqrt(2 / kernel.shape[1])),
            "you divide by the root of the number of outputs. It is the number of inputs, the rows of K.",
        ),
        (
            _weights(lambda kernel: np.sqrt(2) / len(kernel)),
            "you divide by the number of inputs. Variances add up, so it is the root of that number.",
        ),
    ],
)

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

check_times_as_long = Exercise(
    name="times",
    reference=lambda: 6.4,
    cases=[()],
    right="for brains that lie close in W the walk through Z is a long detour. The mean over all pairs hides that.",
    wrong=[
        (lambda: 1.2, "that is the mean over all pairs. Look only at the dot furthest to the left."),
        (lambda: 0.15, "that is a length, or W divided by Z. Divide the length through Z by that through W."),
        (lambda: 10.0, "that would be a whole power of ten above the dashed line."),
    ],
    tolerance=0.2,
    otherwise="Read off both lengths of the leftmost dot, and divide. The axes are logarithmic.",
)
