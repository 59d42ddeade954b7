"""Scores of short runs in seconds: enough to tell two settings apart, too few to call one good (notebook 05)."""

from __future__ import annotations

import math
from collections.abc import Mapping

from oasis_helpers import sampling
from oasis_helpers.data.pyramid import Pyramid
from oasis_helpers.errors import UserError, check_whole
from oasis_helpers.evaluation.extractors import extractor
from oasis_helpers.evaluation.scores import registry
from oasis_helpers.networks.generator import Generator

import numpy as np
import pandas as pd

FLOOR = "slices of other people"
FEATURES_FROM = 64  # pixels that the tissue features need; smaller images are enlarged, the real ones alike
LEAST_SIDE = 16  # pixels; smaller images have neither MS-SSIM nor SWD
TOGETHER = 16  # images drawn at a time


def quick_scores(generators: Mapping[str, Generator], data: Pyramid, count: int = 500, seed: int = 0) -> pd.DataFrame:
    """Score generators of one resolution against training slices, beside the score of other people's slices.

    All are drawn without truncation. Below 64 px every image, generated or real, is enlarged by repeating pixels before
    its tissue features are taken: numbers of 32 px can be compared with each other and their floor, not with others.

    Args:
        generators: by the name that their row gets.
        data: slices; those of train are the reference, the held-out people's give the floor.
        count: images of each kind, 50 or more; fewer where there are not so many slices.
        seed: of the choice of slices.

    Returns:
        A row for each generator and one for the floor; columns ``frechet(tissue)``, ``precision(tissue)``,
        ``recall(tissue)``, ``ms_ssim`` (of pairs; the attribute ``attrs["ms_ssim of slices"]`` has the reference's) and
        ``swd``. At 4 and 8 px the last two are left out, and the attribute is NaN.

    Raises:
        UserError: generators of several resolutions, too few images, no held-out people.
    """
    count = check_whole("count", count, registry.metric("frechet").minimum)
    sizes = {generator.resolution for generator in generators.values()}
    if len(sizes) != 1:
        raise UserError(
            f"generators: expected all of one resolution, but got {sorted(sizes)} px; compare like with like"
        )
    size, rng = sizes.pop(), np.random.default_rng(check_whole("seed", seed, 0))
    shown = (data.table["split"] == "train").to_numpy()
    if shown.all():
        raise UserError("data: expected people who are held out, for the floor, but all are in train; split them")
    train, held_out = data.select(shown).level(size), data.select(~shown).level(size)
    reference, others = _some(train, count, rng), _some(held_out, count, rng)
    images = {name: _draw(generator, len(reference)) for name, generator in generators.items()}
    images[FLOOR] = others
    features = {name: extractor("tissue")(_enlarged(x)) for name, x in {"": reference, **images}.items()}
    columns = {}
    for name in ("frechet", "precision", "recall"):
        scores = registry.compute_each(name, features[""], {k: features[k] for k in images}, "tissue", seed)
        columns[f"{name}(tissue)"] = {side: score.value for side, score in scores.items()}
    whole = size >= LEAST_SIDE
    for name in ("ms_ssim", "swd") if whole else ():
        scores = registry.compute_each(name, reference, images, seed=seed)
        columns[name] = {side: score.value for side, score in scores.items()}
    table = pd.DataFrame(columns, index=list(images))
    of_slices = registry.compute("ms_ssim", reference, reference, seed=seed).value if whole else math.nan
    table.attrs["ms_ssim of slices"] = of_slices
    return table


def _some(images: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    return images[np.sort(rng.permutation(len(images))[:count])]


def _draw(generator: Generator, count: int) -> np.ndarray:
    """Draw uncurated images (count, R, R) of seeds 0, 1, ..., a batch at a time."""
    parts = []
    for first in range(0, count, TOGETHER):
        seeds = range(first, first + TOGETHER)
        ws = sampling.styles(generator, seeds, psi=1.0)
        parts.append(sampling.draw(generator, ws, sampling.noise_maps(seeds, generator.resolution), TOGETHER))
    return np.concatenate(parts)[:count]


def _enlarged(images: np.ndarray) -> np.ndarray:
    """Return images of at least 64 px: smaller ones with every pixel repeated."""
    times = max(FEATURES_FROM // images.shape[1], 1)
    return images.repeat(times, axis=1).repeat(times, axis=2)
