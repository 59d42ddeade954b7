"""Can a network tell samples from slices by a look at their tissue? A test with two samples (notebook 07).

Lopez-Paz and Oquab 2017 (arXiv 1610.06545): train a classifier on some, test it on others; where two sets are of one
kind it must guess. It sees crops from inside of the brain alone, so that neither the outline nor the black around it
helps. People are in the training or in the test, never in both. The answer saturates: read it as yes or no.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from oasis_helpers import engine
from oasis_helpers.evaluation.poses import HEAD_GREY
from oasis_helpers.images import check_images

import keras
import numpy as np
from keras import layers, ops
from scipy import ndimage

LARGEST_CROP = 24  # px a side; a quarter of the image where that is less
CROPS = 4  # of each image
LAYERS = ((8, 1), (16, 2), (16, 2))  # maps and stride of each; 3,600 weights. The first must see single pixels
CROPS_AT_ONCE = 64
RATE = 1e-2  # of Adam. At 2e-3, so few steps tell cohort128 from slices with an AUC of 0.6 in place of 0.9
RESAMPLES = 500  # of people, for the interval


class TwoSampleTest(NamedTuple):
    """How well samples are told from slices of people whom the network has not seen.

    Attributes:
        auc: the probability that a sample looks more like a sample than a slice does; 0.5 is guessing, 1 is certain.
        low: the lower end of its 95 % interval, by drawing the people again.
        high: the upper end.
    """

    auc: float
    low: float
    high: float


def tell_apart(
    real: np.ndarray,
    people: np.ndarray,
    fake: np.ndarray,
    owners: np.ndarray,
    folds: int = 3,
    steps: int = 400,
    seed: int = 0,
) -> TwoSampleTest:
    """Train on some people and samples, test on the others, in turns.

    Args:
        real: (n, R, R) uint8.
        people: (n,) whose each is.
        fake: (m, R, R) uint8.
        owners: (m,) whose each is, where these are slices, too; else numbers of blocks of samples.
        folds: how many parts the people are cut into; each is tested once.
        steps: of training for each fold, 64 crops of each kind at a time.
        seed: of folds, crops and the network's start.

    Raises:
        UserError: other images.
    """
    rng = np.random.default_rng([seed, 12])
    sets = [
        _cut_up(check_images(name, images), whose, rng)
        for name, images, whose in (("real", real, people), ("fake", fake, owners))
    ]
    if not all(len(crops) for crops, _ in sets):  # nothing bright to look at: that alone tells them apart
        return TwoSampleTest(1.0, 1.0, 1.0)
    parts = [_deal(whose, folds, rng) for _, whose in sets]
    shares = []  # of each real person: how often its crops look less like samples than those do
    for fold in range(folds):
        crops = [x[part != fold] for (x, _), part in zip(sets, parts, strict=True)]
        score = _train(*crops, steps, rng)
        tested = [(score(x[part == fold]), whose[part == fold]) for (x, whose), part in zip(sets, parts, strict=True)]
        (of_real, names), (of_fake, _) = tested
        of_fake = np.sort(_per_image(of_fake))
        of_real, names = _per_image(of_real), names[::CROPS]
        below = (np.searchsorted(of_fake, of_real, "left") + np.searchsorted(of_fake, of_real, "right")) / 2
        above = 1 - below / len(of_fake)
        shares += [above[names == name].mean() for name in np.unique(names)]
    draws = rng.choice(shares, (RESAMPLES, len(shares))).mean(axis=1)
    low, high = np.quantile(draws, [0.025, 0.975])
    return TwoSampleTest(float(np.mean(shares)), float(low), float(high))


def _per_image(values: np.ndarray) -> np.ndarray:
    return values.reshape(-1, CROPS).mean(axis=1)


def _deal(owners: np.ndarray, folds: int, rng: np.random.Generator) -> np.ndarray:
    """The fold of each crop (n,), the same for all of an owner."""
    names, which = np.unique(owners, return_inverse=True)
    return (rng.permutation(len(names)) % folds)[which]


def _cut_up(images: np.ndarray, owners: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Crops from inside of the brain, as many of each image that is large enough, (k, c, c, 1), and their owners."""
    size = min(LARGEST_CROP, images.shape[1] // 4)
    crops, kept = [], []
    for image, owner in zip(images, owners, strict=True):
        inside = ndimage.binary_fill_holes(image > HEAD_GREY)
        corners = np.argwhere(_all_inside(inside, size))
        if len(corners):
            for i, j in corners[rng.integers(len(corners), size=CROPS)]:
                crops.append(image[i : i + size, j : j + size])
                kept.append(owner)
    x = np.asarray(crops, np.float32).reshape(-1, size, size, 1) / 127.5
    return x - x.mean(axis=(1, 2), keepdims=True), np.asarray(kept)


def _all_inside(inside: np.ndarray, size: int) -> np.ndarray:
    """Where the upper left corner of a square may lie that has no pixel outside, (R - size + 1,) * 2 bool."""
    sums = np.pad(inside.astype(np.int32).cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    area = sums[size:, size:] - sums[:-size, size:] - sums[size:, :-size] + sums[:-size, :-size]
    return area == size * size


# ---------------------------------------------------------------- the network


def _build(size: int) -> keras.Model:
    seeds = iter(np.random.default_rng(0).integers(2**31, size=len(LAYERS)))
    x = inputs = keras.Input((size, size, 1))
    for maps, stride in LAYERS:
        start = keras.initializers.HeNormal(seed=int(next(seeds)))
        x = layers.Conv2D(maps, 3, strides=stride, activation="leaky_relu", kernel_initializer=start)(x)
    mean = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(1, kernel_initializer="zeros")(mean)[:, 0])


@cache
def _network(size: int) -> tuple[Callable, Callable, list, list]:
    """A compiled step and score, compiled once for all tests, with all variables and what they begin with."""
    model = _build(size)
    adam = keras.optimizers.Adam(RATE)
    adam.build(model.trainable_variables)

    def step(x: np.ndarray, y: np.ndarray) -> object:
        def loss() -> object:
            return ops.mean(keras.losses.binary_crossentropy(y, model(x, training=True), from_logits=True))

        value, grads = engine.value_and_grad(loss, model.trainable_variables)
        adam.apply(grads, model.trainable_variables)
        return value

    variables = [*model.variables, *adam.variables]
    train = engine.compile_function(step, variables)
    score = engine.compile_function(lambda x: model(x, training=False), model.variables, True, False)
    return train, score, variables, [engine.to_numpy(v) for v in variables]


def _train(real: np.ndarray, fake: np.ndarray, steps: int, rng: np.random.Generator) -> Callable:
    """Train from the start on crops of both kinds; return a function from crops to how much they look like samples."""
    train, score, variables, start = _network(real.shape[1])
    for variable, value in zip(variables, start, strict=True):
        variable.assign(value)
    truth = np.repeat(np.float32([0, 1]), CROPS_AT_ONCE)
    for _ in range(steps):
        x = np.concatenate([part[rng.integers(len(part), size=CROPS_AT_ONCE)] for part in (real, fake)])
        if rng.random() < 0.5:
            x = x[:, ::-1]
        train(np.ascontiguousarray(x), truth)

    def score_all(x: np.ndarray) -> np.ndarray:
        batch = 4 * CROPS_AT_ONCE
        padded = np.pad(x, ((0, -len(x) % batch), (0, 0), (0, 0), (0, 0)))  # one shape
        parts = [engine.to_numpy(score(padded[i : i + batch])) for i in range(0, len(padded), batch)]
        return np.concatenate(parts)[: len(x)]

    return score_all
