"""From an image back to a style: which w draws this slice? (Karras et al. 2019, appendix D; notebook 06)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from oasis_helpers import engine
from oasis_helpers.errors import UserError, check_whole
from oasis_helpers.images import block_mean, check_square_images, to_float
from oasis_helpers.networks.generator import Generator
from oasis_helpers.networks.layers import Tensor, downsample
from oasis_helpers.networks.synthesis import noise_shapes
from oasis_helpers.sampling.drawing import draw

import keras
import numpy as np
from keras import ops
from tqdm.auto import tqdm

PROJECTION_SPACES = ("w", "w+")
PROJECTION_RATE = 0.2  # of Adam, for a w counted in its own standard deviations, and for the noise
NOISE_WEIGHT = 1.0  # of the penalty that keeps the noise white


@dataclass(frozen=True)
class Projection:
    """What a projection found.

    Attributes:
        target: (R, R) uint8, the image that was looked for.
        image: (R, R) uint8, what the generator draws from ``ws`` and ``noise``.
        ws: (1, num_styles, w_dim).
        noise: one map (1, h, w, 1) per layer; all 0 where the noise was left out.
        errors: (steps,) root mean square difference in grey values before each step.
        distance: how far the styles lie from the mean w, in standard deviations of w; samples lie near 1.
    """

    target: np.ndarray
    image: np.ndarray
    ws: np.ndarray
    noise: list[np.ndarray]
    errors: np.ndarray
    distance: float

    @property
    def error(self) -> float:
        """Root mean square difference between ``image`` and ``target`` in grey values."""
        return float(np.sqrt(np.mean((self.image.astype("float64") - self.target) ** 2)))


def project(
    generator: Generator,
    image: np.ndarray,
    steps: int = 300,
    space: str = "w",
    noise: bool = True,
    seed: int = 0,
    progress: bool = True,
) -> Projection:
    """Search the w, and the noise, whose image matches a given slice, by gradient descent from the mean w.

    The paper compares images by the features of a pretrained network. Here they are compared grey value by grey
    value, at every size from the whole image down to 4 px, because that needs nothing to download. The image counts
    as it is shown: below black is black (with `clip_black`, generators draw far below).

    Args:
        generator: a trained generator of R px; it is not changed.
        image: (R, R) uint8; one that is 2, 4, 8, ... times as large is averaged down.
        steps: of the descent; 300 take seconds at 64 px.
        space: "w" searches one w for all layers, "w+" one for each layer.
        noise: also search the noise maps; they are kept white, so that they do not hold the image.
        seed: of the first noise and of the disturbances on the way.
        progress: show a bar with the error.

    Raises:
        UserError: an image of another size or type, or an argument out of range.
    """
    target = check_target(image, generator.resolution)
    check_whole("steps", steps, 1, 100_000)
    check_whole("seed", seed, 0)
    if space not in PROJECTION_SPACES:
        raise UserError(f"space: expected 'w' or 'w+', but got {space!r}")
    search = _Search(generator, space, bool(noise), np.random.default_rng([seed, 3]))
    target_float = to_float(target, generator.config.value_range)[None, ..., None]
    low, high = generator.config.value_range
    errors = []
    with tqdm(total=steps, desc="projecting", disable=not progress, mininterval=0.2) as bar:
        for step in range(steps):
            error = float(engine.to_numpy(search.advance(target_float, step / steps))) * 255 / (high - low)
            errors.append(error)
            bar.set_postfix(error=f"{error:.1f} grey values", refresh=False)
            bar.update()
        ws, maps = search.found()
        drawn = draw(generator, ws, maps)[0]
        result = Projection(target, drawn, ws, maps, np.array(errors, "float32"), search.distance())
        bar.set_postfix(error=f"{result.error:.1f} grey values")  # of the image as it is shown: clipped and rounded
    return result


def seconds_per_step(generator: Generator, steps: int = 5) -> float:
    """Measure one step of a search in W+ with noise, in seconds, without the compiling before the first."""
    search = _Search(generator, "w+", True, np.random.default_rng(0))
    target = np.zeros((1, generator.resolution, generator.resolution, 1), "float32")
    search.advance(target, 0.0)
    started = time.perf_counter()
    for step in range(steps):
        engine.wait(search.advance(target, step / steps))
    return (time.perf_counter() - started) / steps


def check_target(image: np.ndarray, size: int) -> np.ndarray:
    """Return an image (size, size) uint8; one that is 2, 4, 8, ... times as large is averaged. Raises UserError."""
    image = np.asarray(image)
    images = check_square_images("image", image[None])
    factor = images.shape[1] // size
    if factor < 1 or factor & (factor - 1) or images.shape[1] != size * factor:
        raise UserError(
            f"image: expected {size} x {size} pixels, or 2, 4, 8, ... times as many a side, but got {image.shape}; "
            "resize it"
        )
    return np.rint(block_mean(images, size)[0]).astype("uint8")


class _Search:
    """The w and the noise that are looked for, and one compiled step of the descent."""

    def __init__(self, generator: Generator, space: str, noise: bool, rng: np.random.Generator) -> None:
        self.generator, self.rng = generator, rng
        z = rng.standard_normal((1024, generator.config.z_dim), dtype="float32")
        w = engine.to_numpy(generator.mapping(z))
        self.mean, self.scale = w.mean(0), float(np.sqrt(w.var(0).mean()))
        count = generator.num_styles if space == "w+" else 1
        # Counted in standard deviations of w: one learning rate then fits every generator.
        self.offset = keras.Variable(np.zeros((1, count, len(self.mean)), "float32"), name="offset")
        shapes = noise_shapes(1, generator.resolution)
        draw_map = rng.standard_normal if noise else np.zeros
        self.noise = [
            keras.Variable(np.asarray(draw_map(s), "float32"), trainable=noise, name=f"noise{i}")
            for i, s in enumerate(shapes)
        ]
        self.searched = [self.offset, *(self.noise if noise else [])]
        self.adam = keras.optimizers.Adam(PROJECTION_RATE, beta_1=0.9, beta_2=0.999)
        self.adam.build(self.searched)
        variables = [self.offset, *self.noise, *self.adam.variables, *generator.variables]
        self._compiled: Callable[..., Tensor] = engine.compile_function(self._descend, variables, jit=False)

    def advance(self, target: np.ndarray, t: float) -> Tensor:
        """Go one step, t of the way (0 to 1); return the error before it, in units of the image."""
        # The paper's schedule: w is disturbed at first, so that it leaves poor valleys; the speed rises over the
        # first twentieth and falls over the last quarter.
        disturbance = 0.05 * max(0.0, 1 - t / 0.75) ** 2
        jitter = disturbance * self.rng.standard_normal(self.offset.shape).astype("float32")
        falling = 0.5 - 0.5 * np.cos(np.pi * min(1.0, (1 - t) / 0.25))
        rate = PROJECTION_RATE * falling * min(1.0, (t + 0.005) / 0.05)
        self.adam.learning_rate.assign(rate)
        return self._compiled(target, jitter)

    def _descend(self, target: Tensor, jitter: Tensor) -> Tensor:
        target = ops.convert_to_tensor(target)

        def loss() -> tuple[Tensor, Tensor]:
            drawn = self.generator.draw(
                self._styles(self.offset + jitter), [ops.convert_to_tensor(n) for n in self.noise]
            )
            total, squared = _difference(_shown(drawn, self.generator.config.value_range), target)
            if len(self.searched) > 1:
                total = total + NOISE_WEIGHT * sum(_correlation(n) for n in self.noise)
            return total, squared

        (_, squared), grads = engine.value_and_grad(loss, self.searched)
        self.adam.apply(grads, self.searched)
        for noise in self.searched[1:]:
            centred = noise - ops.mean(noise)
            noise.assign(centred / ops.sqrt(ops.mean(ops.square(centred)) + 1e-8))
        return ops.sqrt(squared)

    def _styles(self, offset: Tensor) -> Tensor:
        """Return styles (1, num_styles, w_dim) of an offset (1, 1 or num_styles, w_dim)."""
        w = self.mean + self.scale * offset
        return ops.broadcast_to(w, (1, self.generator.num_styles, len(self.mean)))

    def found(self) -> tuple[np.ndarray, list[np.ndarray]]:
        """Return the styles and the noise as they are now."""
        return engine.to_numpy(self._styles(self.offset.value)), [engine.to_numpy(n) for n in self.noise]

    def distance(self) -> float:
        """Return the length of the offset per dimension, the mean over the layers."""
        return float(np.sqrt(np.mean(engine.to_numpy(self.offset) ** 2)))


def _shown(drawn: Tensor, value_range: tuple[float, float]) -> Tensor:
    """Clip an image as it will be shown, but let the gradient through: else what is too dark could not get lighter."""
    return drawn + ops.stop_gradient(ops.clip(drawn, *value_range) - drawn)


def _difference(drawn: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean squared difference over all sizes down to 4 px, and that of the full size."""
    squared = []
    while True:
        squared.append(ops.mean(ops.square(drawn - target)))
        if drawn.shape[1] <= 4:
            return sum(squared) / len(squared), squared[0]
        drawn, target = downsample(drawn), downsample(target)


def _correlation(noise: Tensor) -> Tensor:
    """Return how far a noise map is from white: squared products with its neighbours, at every size down to 8 px."""
    total = 0.0
    x = ops.convert_to_tensor(noise)
    while x.shape[1] >= 8:
        for axis in (1, 2):
            total = total + ops.square(ops.mean(x * ops.roll(x, 1, axis=axis)))
        x = 2.0 * downsample(x)  # the mean of four white numbers has half of their deviation
    return total
