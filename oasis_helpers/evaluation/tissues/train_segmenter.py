"""Training the segmenter on slices and their labels: ``python -m oasis_helpers.evaluation.tissues.train_segmenter``."""

from __future__ import annotations

import argparse
from pathlib import Path

from oasis_helpers import engine
from oasis_helpers.data import load_data, read_label
from oasis_helpers.data.pyramid import Pyramid
from oasis_helpers.errors import DataError
from oasis_helpers.evaluation.tissues.segmenter import (
    CLASSES,
    SEGMENTED_SIZE,
    SEGMENTER_SEED,
    SEGMENTER_VERSION,
    SHIPPED,
    Segmenter,
    build_segmenter,
    network_input,
    save_segmenter,
)
from oasis_helpers.images import block_mean

import keras
import numpy as np
from keras import ops
from scipy import ndimage
from tqdm.auto import tqdm

BATCH = 32
PEAK_RATE = 2e-3
RIDGE = 10.0  # of standardised features: holds the weights of the height small where features say the same


def labels_at(data: Pyramid, size: int = SEGMENTED_SIZE) -> np.ndarray:
    """Return the labels (n, size, size) uint8 of slices: of each block of pixels the class with most of them.

    Raises:
        DataError: the slices have no labels.
    """
    if not len(data) or not (data.table["label"].astype(str) != "").all():
        raise DataError("data: expected slices with labels, but some have none; give the folder with all labels")
    result = np.empty((len(data), size, size), "uint8")
    for i, file in enumerate(data.table["label"]):
        label = read_label(file)
        result[i] = np.argmax(block_mean(label == np.arange(len(CLASSES))[:, None, None], size), axis=0)
    return result


def dice(predicted: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Return twice the overlap over the sum of both areas, per class, over all images (Dice 1945); 1 is perfect."""
    result = {}
    for k, name in enumerate(CLASSES):
        a, b = predicted == k, truth == k
        result[name] = float(2 * (a & b).sum() / max(1, a.sum() + b.sum()))
    return result


def augment_pairs(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return images (n, 64, 64, 1) in -1..1 and labels, changed as generated and other scanners' images may be.

    Flips and shifts of a few pixels of both; contrast, brightness, blur and grain of the images alone.
    """
    images, labels = images.copy(), labels.copy()
    for i in range(len(images)):
        if rng.random() < 0.5:
            images[i], labels[i] = images[i, ::-1], labels[i, ::-1]
        shift = tuple(rng.integers(-4, 5, 2))
        images[i], labels[i] = np.roll(images[i], shift, (0, 1)), np.roll(labels[i], shift, (0, 1))
        x = (images[i] + 1) / 2
        x = x ** np.exp(0.25 * rng.standard_normal()) * np.exp(0.12 * rng.standard_normal())
        if rng.random() < 0.3:
            x = ndimage.gaussian_filter(x, (rng.uniform(0, 0.8),) * 2 + (0,))
        x = x + rng.uniform(0, 0.06) * rng.standard_normal(x.shape) * (x > 0.02)
        images[i] = np.clip(2 * x - 1, -1, 1)
    return images, labels


def train_segmenter(data: Pyramid, steps: int = 700, seed: int = 0, progress: bool = True) -> tuple[keras.Model, dict]:
    """Train on the people in train; return the model and its Dice per class on the people in validate.

    Args:
        data: slices with labels.
        steps: of 32 images each.
        seed: of the start and of all that is random on the way.
        progress: show a bar.
    """
    train, held_out = data.split("train"), data.split("validate")
    images, labels = network_input(train.level(SEGMENTED_SIZE)), labels_at(train)
    model = build_segmenter(seed)
    rate = keras.optimizers.schedules.CosineDecay(PEAK_RATE, steps)
    adam = keras.optimizers.Adam(rate)
    adam.build(model.trainable_variables)

    def step(x: np.ndarray, y: np.ndarray) -> object:
        def loss() -> object:
            logits, _ = model(x, training=True)
            wrong = keras.losses.sparse_categorical_crossentropy(y, logits, from_logits=True)
            return ops.mean(wrong)

        value, grads = engine.value_and_grad(loss, model.trainable_variables)
        adam.apply(grads, model.trainable_variables)
        return value

    run = engine.compile_function(step, [*model.variables, *adam.variables])
    rng = np.random.default_rng(seed)
    bar = tqdm(range(steps), desc="training the segmenter", disable=not progress, mininterval=1)
    for number in bar:
        chosen = rng.integers(len(images), size=BATCH)
        value = run(*augment_pairs(images[chosen], labels[chosen], rng))
        if number % 50 == 0:
            bar.set_postfix(loss=f"{float(engine.to_numpy(value)):.3f}", refresh=False)
    predicted = Segmenter(model, {}).classes(held_out.level(SEGMENTED_SIZE))
    return model, dice(predicted, labels_at(held_out))


def fit_height(model: keras.Model, data: Pyramid) -> tuple[np.ndarray, float]:
    """Fit slice heights to features by ridge regression; return the weights and the error on people in validate.

    Args:
        model: a trained segmenter.
        data: slices; the number of a slice in its scan, over that of the highest, is its height.

    Returns:
        Weights (225,) of the 224 features and a constant, and the root mean square error as a share of the height.
    """
    segmenter, highest = Segmenter(model, {}), data.table["slice"].max()
    fit, held_out = (
        (segmenter.features(part.level(SEGMENTED_SIZE)).astype(np.float64), part.table["slice"].to_numpy() / highest)
        for part in (data.split("train"), data.split("validate"))
    )
    middle, spread = fit[0].mean(axis=0), fit[0].std(axis=0) + 1e-6
    x = (fit[0] - middle) / spread
    slopes = np.linalg.solve(x.T @ x + RIDGE * np.eye(x.shape[1]), x.T @ (fit[1] - fit[1].mean())) / spread
    weights = np.append(slopes, fit[1].mean() - middle @ slopes)
    told = held_out[0] @ slopes + weights[-1]
    return weights, float(np.sqrt(np.mean((told - held_out[1]) ** 2)))


def main() -> None:
    """Train on a cohort of another seed than the course's, or on a folder of slices, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help=f"a folder of slices with labels; default: the cohort of seed {SEGMENTER_SEED}")
    parser.add_argument("--steps", type=int, default=700)
    parser.add_argument("--out", type=Path, default=SHIPPED)
    arguments = parser.parse_args()
    data = load_data(arguments.data, seed=SEGMENTER_SEED)
    model, scores = train_segmenter(data, arguments.steps)
    height, error = fit_height(model, data)
    print("Dice on people held out:", {name: round(value, 3) for name, value in scores.items()})
    print(f"heights are off by {error:.1%} of the whole height")
    about = {"data": data.source, "steps": arguments.steps, "dice": scores, "digest": data.digest()}
    save_segmenter(model, arguments.out, height, **about, height_error=error, version=SEGMENTER_VERSION)


if __name__ == "__main__":
    main()
