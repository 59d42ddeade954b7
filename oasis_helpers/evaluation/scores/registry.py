"""The list of metrics: what each needs, which way is better, and one way to ask for any (notebook 07).

A score of features means nothing without its extractor, so the extractor is part of the score's name.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from oasis_helpers.errors import UserError, check_whole
from oasis_helpers.evaluation.scores.features import count_rows
from oasis_helpers.evaluation.scores.frechet import frechet
from oasis_helpers.evaluation.scores.gap import gap_distance
from oasis_helpers.evaluation.scores.kid import kid
from oasis_helpers.evaluation.scores.ms_ssim import MOST_PAIRS, ms_ssim_of_pairs
from oasis_helpers.evaluation.scores.ppl import path_length
from oasis_helpers.evaluation.scores.precision import precision, recall
from oasis_helpers.evaluation.scores.spectrum import spectrum_distance
from oasis_helpers.evaluation.scores.swd import swd_of_each
from oasis_helpers.images import check_images

import numpy as np


class Extractor(Protocol):
    """What turns images (n, R, R) uint8 into features (n, d)."""

    name: str

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Return one row of features per image."""


@dataclass(frozen=True)
class Metric:
    """What to know of a metric before asking for it.

    Attributes:
        name: to ask for it by.
        title: for tables and figures.
        better: "lower" or "higher".
        needs: "images", "features" (of an extractor) or "generator".
        minimum: fewer images of either set (pairs of latents for "generator") are refused.
        advised: fewer are flagged.
        reason: what few images do to it.
        function: the metric itself; for "images" and "features" it takes the reals, a list of fakes and a seed.
        source: where it is defined.
    """

    name: str
    title: str
    better: str
    needs: str
    minimum: int
    advised: int
    reason: str
    function: Callable
    source: str


@dataclass(frozen=True)
class Score:
    """A value with what is needed to judge it.

    Attributes:
        name: of the metric, with its extractor.
        value: the score.
        low: the lower end of its interval, where somebody has asked for one.
        high: the upper end.
        count_real: how many reals it rests on.
        count_fake: how many fakes.
        flags: one line per reason to doubt it.
        parts: what the metric gives besides, such as the distance at each resolution.
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    count_real: int = 0
    count_fake: int = 0
    flags: list[str] = field(default_factory=list)
    parts: dict[str, float] = field(default_factory=dict)


# ---------------------------------------------------------------- the metrics: reals, sets of fakes, seed -> raw scores


class RawScore(NamedTuple):
    """What a metric's function returns: a `Score` without its name, counts and interval."""

    value: float
    parts: dict[str, float]
    flags: list[str]


def _swd(real: np.ndarray, fakes: list[np.ndarray], seed: int) -> list[RawScore]:
    distances = swd_of_each(real, fakes, seed)
    cut = [f"{distances[0].count} images of each set: the larger was cut at random"]
    uneven = len({len(real), *map(len, fakes)}) > 1
    return [
        RawScore(distance.mean, {f"{side} px": value for side, value in distance.levels.items()}, cut if uneven else [])
        for distance in distances
    ]


def _ms_ssim(real: np.ndarray, fakes: list[np.ndarray], seed: int) -> list[RawScore]:
    reference, *values = (ms_ssim_of_pairs(images, min(MOST_PAIRS, 5 * len(images)), seed) for images in (real, *fakes))
    # Lower is better down to the reals' own value. A generator cannot well be more varied than what it learnt from.
    wild = [f"below the reals' {reference:.3f}: noise varies more than brains do"]
    return [RawScore(value, {"real": reference}, wild if value < 0.9 * reference else []) for value in values]


def _one_by_one(function: Callable) -> Callable:
    """A metric that gains nothing from several sets of fakes at once."""
    return lambda real, fakes, seed: [function(real, fake, seed) for fake in fakes]


def _frechet(real: np.ndarray, fake: np.ndarray, seed: int) -> RawScore:
    fewest, width = min(len(real), len(fake)), real.shape[1]
    short = [f"{fewest} images for {width} features: no full covariance"] if fewest <= width else []
    return RawScore(frechet(real, fake), {}, short)


def _alone(function: Callable) -> Callable:
    """A distance of images that is a number and draws nothing."""
    return _one_by_one(lambda real, fake, seed: RawScore(function(real, fake), {}, []))


def _kid(real: np.ndarray, fake: np.ndarray, seed: int) -> RawScore:
    distance = kid(real, fake, seed=seed)
    return RawScore(distance.mean, {"std": distance.std, "size": distance.size}, [])


def _neighbours(function: Callable) -> Callable:
    def share(real: np.ndarray, fake: np.ndarray, seed: int) -> RawScore:
        n, m = len(real), len(fake)
        uneven = [] if n == m else [f"{n} reals and {m} fakes: compare it only with scores from as many"]
        return RawScore(function(real, fake), {}, uneven)

    return _one_by_one(share)


_FEW_BALLS = "fewer images have wider balls, and a higher score"

METRICS: dict[str, Metric] = {
    entry.name: entry
    for entry in (
        Metric(
            "swd", "Sliced Wasserstein distance x 1000", "lower", "images", 16, 1000,
            "few patches differ by chance alone", _swd, "Karras et al. 2017, section 5",
        ),
        Metric(
            "ms_ssim", "MS-SSIM of pairs", "lower", "images", 2, 100,
            "few images make few pairs", _ms_ssim, "Wang et al. 2003, eq. 7; Odena et al. 2016",
        ),
        Metric(
            "spectrum", "Power spectrum, difference in dB", "lower", "images", 2, 100,
            "the spectrum of a few is that of a few people", _alone(spectrum_distance), "Durall et al. 2020, section 3",
        ),
        Metric(
            "gap", "Nearly black pixels, difference in %", "lower", "images", 2, 100,
            "a few may not have any", _alone(gap_distance), "the slices, which have none from 1 to 12 of 255",
        ),
        Metric(
            "frechet", "Fréchet distance", "lower", "features", 50, 2000,
            "fewer images give a higher distance", _one_by_one(_frechet), "Heusel et al. 2017, eq. 6",
        ),
        Metric(
            "kid", "Kernel distance (MMD^2)", "lower", "features", 20, 500,
            "it is unbiased, but noisy", _one_by_one(_kid), "Bińkowski et al. 2018, section 4",
        ),
        Metric(
            "precision", "Precision", "higher", "features", 20, 1000,
            _FEW_BALLS, _neighbours(precision), "Kynkäänniemi et al. 2019, eq. 1 and 2",
        ),
        Metric(
            "recall", "Recall", "higher", "features", 20, 1000,
            _FEW_BALLS, _neighbours(recall), "Kynkäänniemi et al. 2019, eq. 1 and 2",
        ),
        Metric(
            "ppl", "Perceptual path length", "lower", "generator", 100, 1000,
            "a few long steps are most of the mean", path_length, "Karras et al. 2018, section 4.1",
        ),
    )
}  # fmt: skip


# ---------------------------------------------------------------- asking


def metric(name: str) -> Metric:
    """Return a metric by its name; raises UserError, which lists the names there are."""
    if name not in METRICS:
        close = difflib.get_close_matches(str(name), METRICS, n=1)
        advice = f"did you mean {close[0]!r}?" if close else "choose one of these"
        raise UserError(f"metric: expected one of {', '.join(METRICS)}, but got {name!r}; {advice}")
    return METRICS[name]


def score_name(name: str, extractor: Extractor | str | None = None) -> str:
    """Return the name of a score: "frechet(tissue)" for features of the extractor "tissue", else "swd".

    Raises:
        UserError: an unknown metric, or one of features without an extractor.
    """
    if metric(name).needs != "features":
        return name
    if not extractor:
        raise UserError(f"extractor: expected one, as {name} compares features, but got {extractor!r}; name it")
    return f"{name}({extractor if isinstance(extractor, str) else extractor.name})"


def check_counts(name: str, **counts: int) -> list[str]:
    """Return flags for counts below what a metric is advised to have, such as ``check_counts("kid", real=200)``.

    Raises:
        UserError: a count below the metric's minimum.
    """
    chosen, flags = metric(name), []
    for which, count in counts.items():
        if count < chosen.minimum:
            raise UserError(
                f"{which}: expected at least {chosen.minimum} for {name}, but got {count}; {chosen.reason}: give more"
            )
        if count < chosen.advised:
            flags.append(f"{count} {which}: {name} wants {chosen.advised}; {chosen.reason}")
    return flags


def compute(
    name: str, real: np.ndarray, fake: np.ndarray, extractor: Extractor | str | None = None, seed: int = 0
) -> Score:
    """Compute one metric of images or features.

    Args:
        name: of the metric, see `METRICS`; for "ppl" call :func:`oasis_helpers.evaluation.scores.ppl.path_length`.
        real: (n, R, R) uint8; for a metric of features also their features (n, d), which saves to extract them twice.
        fake: the same of the generated images, (m, ...). "ms_ssim" is a score of these alone.
        extractor: for a metric of features: what makes them of images, or its name where features are given.
        seed: of whatever the metric draws.

    Returns:
        The score, in the units of its metric, without an interval.

    Raises:
        UserError: an unknown metric, one that needs a generator, no extractor, too few images, unfit arrays.
    """
    return compute_each(name, real, {"": fake}, extractor, seed)[""]


def compute_each(
    name: str,
    real: np.ndarray,
    fakes: Mapping[str, np.ndarray],
    extractor: Extractor | str | None = None,
    seed: int = 0,
) -> dict[str, Score]:
    """Compute one metric of several sets against the same reals: what only concerns these is done once.

    Arguments and errors are those of :func:`compute`, but for ``fakes``, sets by name; returns their scores by name.
    """
    chosen, title = metric(name), score_name(name, extractor)
    seed = check_whole("seed", seed, 0)
    if chosen.needs == "generator":
        raise UserError(f"metric: expected one of images or features, but got {name!r}; call path_length for it")
    read = _features if chosen.needs == "features" else _images
    # Counts are looked at first: to extract features takes long.
    counts = {
        side: {"real": count_rows("real", real), "fake": count_rows("fake", fake)} for side, fake in fakes.items()
    }
    flags = {side: check_counts(name, **of_side) for side, of_side in counts.items()}
    real, *sets = [read("real", real, extractor), *(read("fake", fake, extractor) for fake in fakes.values())]
    raw_scores = chosen.function(real, sets, seed)
    return {
        side: Score(title, raw.value, None, None, *counts[side].values(), [*flags[side], *raw.flags], raw.parts)
        for side, raw in zip(fakes, raw_scores, strict=True)
    }


def _images(name: str, images: np.ndarray, _: Extractor | str | None) -> np.ndarray:
    return check_images(name, images)


def _features(name: str, array: np.ndarray, extractor: Extractor | str | None) -> np.ndarray:
    if np.ndim(array) == 2:
        return np.asarray(array)
    if not callable(extractor):
        raise UserError(
            f"{name}: expected features (n, d) with the name {extractor!r} alone, but got shape {np.shape(array)}; "
            "give the extractor itself or the features"
        )
    return extractor(check_images(name, array))
