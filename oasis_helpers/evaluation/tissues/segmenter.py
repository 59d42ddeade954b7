"""A small network that names the tissue of every pixel, and whose features compare brains (notebook 07).

It is trained by this code on the four-class label slices and comes with the package, so that there is always an
extractor that knows brains and needs nothing to download. Architecture: a U-Net (Ronneberger et al. 2015) of three
levels at 64 px.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from oasis_helpers import engine, weights
from oasis_helpers.errors import UserError
from oasis_helpers.images import block_mean, check_square_images, to_float
from oasis_helpers.networks.generator import Generator

import keras
import numpy as np
from keras import layers, ops

SEGMENTED_SIZE = 64  # pixels a side; larger images are averaged down to it
CLASSES = ("background", "CSF", "grey matter", "white matter")
WIDTHS = (16, 32, 64)
SHIPPED = Path(__file__).parent / "tissue.safetensors"
# Raise it when the included segmenter is trained anew: scores with features of different versions cannot be compared.
# 1 was trained on the 120 people of the cohort of seed 0, which the course's generators learn from.
SEGMENTER_VERSION = 2
SEGMENTER_SEED = 2018  # of the cohort that it is trained on; nobody in it is in a cohort of another seed


def check_generator(generator: Generator) -> None:
    """Refuse a generator whose images are too small to be segmented; raises UserError."""
    if generator.resolution < SEGMENTED_SIZE:
        raise UserError(
            f"generator: expected at least {SEGMENTED_SIZE} px, but it draws {generator.resolution}; train it further"
        )


def build_segmenter(seed: int = 0) -> keras.Model:
    """Return an untrained network: (b, 64, 64, 1) float32 in -1..1 -> logits (b, 64, 64, 4), and features (b, 224).

    The features are the mean and the standard deviation of every map of the three levels on the way down.
    """
    seeds = iter(np.random.default_rng(seed).integers(2**31, size=32))

    def double(x: keras.KerasTensor, width: int) -> keras.KerasTensor:
        for _ in range(2):
            start = keras.initializers.HeNormal(seed=int(next(seeds)))
            x = layers.Conv2D(width, 3, padding="same", activation="relu", kernel_initializer=start)(x)
        return x

    x = inputs = keras.Input((SEGMENTED_SIZE, SEGMENTED_SIZE, 1))
    down = []
    for width in WIDTHS:
        x = double(layers.AveragePooling2D(2)(x) if down else x, width)
        down.append(x)
    statistics = []
    for level in down:
        mean = ops.mean(level, axis=(1, 2))
        spread = ops.sqrt(ops.mean(ops.square(level - mean[:, None, None]), axis=(1, 2)) + 1e-6)
        statistics += [mean, spread]
    for width, skip in zip(WIDTHS[-2::-1], down[-2::-1], strict=True):
        x = double(ops.concatenate([layers.UpSampling2D()(x), skip], axis=-1), width)
    start = keras.initializers.HeNormal(seed=int(next(seeds)))
    logits = layers.Conv2D(len(CLASSES), 1, kernel_initializer=start)(x)
    return keras.Model(inputs, [logits, ops.concatenate(statistics, axis=-1)], name="segmenter")


def network_input(images: np.ndarray) -> np.ndarray:
    """Return images (n, R, R) uint8, R = 64, 128, 256, ..., as (n, 64, 64, 1) float32 in -1..1, averaged to 64 px.

    Raises:
        UserError: another type or size; images smaller than 64 px have too few pixels to be segmented.
    """
    images = check_square_images("images", images)
    side = images.shape[1]
    if side < SEGMENTED_SIZE or side % SEGMENTED_SIZE:
        raise UserError(
            f"images: expected {SEGMENTED_SIZE} px a side or a multiple of it, but got {side}; take a larger size"
        )
    return to_float(np.rint(block_mean(images, SEGMENTED_SIZE)).astype("uint8"))[..., None]


def _cells(logits: Any) -> Any:
    """Mean share of each tissue in 16 x 16 cells, (b, 768) in 0..1, from logits (b, 64, 64, 4)."""
    shares = ops.average_pool(ops.softmax(logits)[..., 1:], SEGMENTED_SIZE // 16, SEGMENTED_SIZE // 16)
    return ops.reshape(shares, (-1, 16 * 16 * 3))


class Segmenter:
    """A trained segmenter: tissue classes and features of images.

    Attributes:
        about: what was saved with it: its training, and its Dice per class on people it has not seen.
    """

    def __init__(self, model: keras.Model, about: dict, height: np.ndarray | None = None) -> None:
        """Compile it; nothing is run yet. ``height`` (225,) are weights of the features and a constant."""
        self.model, self.about, self._height = model, about, height
        # One function for each output: the features need the way down only, a third of the work.
        self._logits, self._features = (
            engine.compile_function(lambda x, i=i: model(x, training=False)[i], model.variables, False, False)
            for i in range(2)
        )
        self._both = engine.compile_function(lambda x: tuple(model(x, training=False)), model.variables, False, False)
        self._cells = engine.compile_function(
            lambda x: _cells(model(x, training=False)[0]), model.variables, False, False
        )

    def _batches(self, run: Callable, images: np.ndarray, size: int = 16) -> Iterator[Any]:
        x = network_input(images)
        for first in range(0, len(x), size):
            part = x[first : first + size]
            padded = np.concatenate([part, np.zeros((size - len(part), *part.shape[1:]), "float32")])  # one shape
            outputs = run(padded)
            if isinstance(outputs, tuple):
                yield tuple(engine.to_numpy(output)[: len(part)] for output in outputs)
            else:
                yield engine.to_numpy(outputs)[: len(part)]

    def classes(self, images: np.ndarray) -> np.ndarray:
        """Return the class of every pixel, (n, 64, 64) uint8: 0 background, 1 CSF, 2 grey matter, 3 white matter."""
        return np.concatenate([logits.argmax(-1).astype("uint8") for logits in self._batches(self._logits, images)])

    def features(self, images: np.ndarray) -> np.ndarray:
        """Return features (n, 224) float32."""
        return np.concatenate(list(self._batches(self._features, images)))

    def classes_and_features(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what `classes` and `features` return, in one pass."""
        classes, features = zip(
            *((logits.argmax(-1).astype("uint8"), rows) for logits, rows in self._batches(self._both, images)),
            strict=True,
        )
        return np.concatenate(classes), np.concatenate(features)

    def maps(self, images: np.ndarray) -> np.ndarray:
        """Return where which tissue lies, (n, 768) float32: shares of CSF, grey and white in 16 x 16 cells.

        Unlike `features`, these keep the place, so that one brain can be told from another: for the audit.
        """
        return np.concatenate(list(self._batches(self._cells, images)))

    def heights(self, features: np.ndarray) -> np.ndarray:
        """Return the slice heights (n,) of features (n, 224), 0 the lowest slice of a scan, 1 the highest.

        Raises:
            UserError: a segmenter that was not trained to tell them.
        """
        if self._height is None:
            raise UserError("segmenter: expected one that tells heights, but it has no weights for them; train it anew")
        return np.asarray(features, np.float64) @ self._height[:-1] + self._height[-1]

    def features_of_floats(self, images: np.ndarray) -> np.ndarray:
        """Return features of images (n, R, R) float in -1..1, not rounded to grey values: for path lengths."""
        return engine.to_numpy(
            self._features(block_mean(np.asarray(images), SEGMENTED_SIZE)[..., None].astype("float32"))
        )


@cache
def load_segmenter(path: str | Path = SHIPPED) -> Segmenter:
    """Load the segmenter that comes with the package, or another file; raises WeightsError."""
    arrays, header = weights.read_arrays(Path(path))
    model = build_segmenter()
    names = [f"{i:02d}" for i in range(len(model.variables))]
    weights.assign_arrays(model.variables, names, arrays, Path(path).name)
    return Segmenter(model, header["about"], arrays.get("height"))


def save_segmenter(model: keras.Model, path: str | Path, height: np.ndarray | None = None, **about: object) -> None:
    """Save a segmenter as `load_segmenter` reads it."""
    arrays = {f"{i:02d}": engine.to_numpy(v) for i, v in enumerate(model.variables)}
    arrays |= {} if height is None else {"height": height}
    weights.write_arrays(Path(path), arrays, {"about": about})
