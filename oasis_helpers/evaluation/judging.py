"""Every score twice: against people never shown and against train people, each beside its null (notebook 07)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from oasis_helpers.data.pyramid import Pyramid
from oasis_helpers.evaluation.scores.frechet import frechet
from oasis_helpers.evaluation.scores.gap import gap_shares
from oasis_helpers.evaluation.scores.kid import cubic_kernel
from oasis_helpers.evaluation.scores.people import (
    Judged,
    OwnerScore,
    PairMeans,
    Pool,
    euclidean,
    judge_by_people,
    make_pool,
    of_means,
    of_rows,
)
from oasis_helpers.evaluation.scores.precision import precision, recall
from oasis_helpers.evaluation.scores.spectrum import curve_distance, spectra
from oasis_helpers.evaluation.scores.swd_people import swd_of_owners
from oasis_helpers.evaluation.tissues.anatomy import anatomy_rows, standardised
from oasis_helpers.evaluation.tissues.segmenter import load_segmenter
from oasis_helpers.evaluation.two_sample import TwoSampleTest, tell_apart
from oasis_helpers.evaluation.verdicts import way

import numpy as np
import pandas as pd

REFERENCES = ("unseen", "train")  # the people who were never shown lead
LEAST_FOR_JUDGING = 3  # people on each side
SLOW_SCORES = ("frechet", "precision", "recall")  # go through all rows at every draw


class Looks(NamedTuple):
    """What scores need to know of each image.

    Attributes:
        spectra: (n, rings) power, see `spectra`.
        gaps: (n,) share of nearly black pixels.
        features: (n, 224) of the tissue segmenter.
        anatomy: one row per image, see `anatomy_rows`.
    """

    spectra: np.ndarray
    gaps: np.ndarray
    features: np.ndarray
    anatomy: pd.DataFrame


@dataclass
class Judgement:
    """What `judge_samples` returns.

    Attributes:
        scores: name of a score -> "unseen" and "train" -> `Judged`. Where too few people were held out, "unseen" is
            not there.
        looks: of the images of ``pool``.
        pool: people and samples.
    """

    scores: dict[str, dict[str, Judged]] = field(default_factory=dict)
    looks: Looks | None = None
    pool: Pool | None = None


def pool_of(samples: np.ndarray, data: Pyramid, every: int = 1) -> Pool:
    """Put samples (m, R, R) uint8 beside the people of train, and of the other splits; every so many slices of each.

    Each person's slices begin at another height: samples have all heights, and so must the people together.
    """
    slices, index = data.table.groupby("person")["slice"], pd.factorize(data.table["person"])[0]
    place, count = slices.rank("first").to_numpy() - 1, slices.transform("size").to_numpy()
    kept = data.select(place % every == index % np.minimum(every, count))
    seen = (kept.table["split"] == "train").to_numpy()
    level, people = kept.level(samples.shape[1]), kept.table["person"].to_numpy().astype(str)
    return make_pool((level[seen], people[seen]), (level[~seen], people[~seen]), samples)


def judge_samples(pool: Pool, plan: Mapping[str, Any], seed: int = 0) -> Judgement:
    """Compute every score of the samples beside its null.

    Args:
        pool: people and samples of one size, at least 64 px.
        plan: ``draws`` of people for scores that are quick, ``slow_draws`` for the others; ``folds`` and ``steps`` of
            the two-sample test.
        seed: of all that is drawn.
    """
    looks = look_at_images(pool.images)
    result = Judgement(looks=looks, pool=pool)
    references = [name for name in REFERENCES if pool.count(name) >= LEAST_FOR_JUDGING]
    levels = {f"swd {side} px": score for side, score in swd_of_owners(pool, seed).items()}
    people = ~np.isin(pool.owner, pool.samples)
    for name, score in (levels | owner_scores(looks, pool.owner, people)).items():
        draws = plan["slow_draws" if name.startswith(SLOW_SCORES) else "draws"]
        result.scores[name] = {
            reference: judge_by_people(score, reference, pool, draws, seed, way(name)) for reference in references
        }
    result.scores["two-sample"] = {
        reference: _two_sample(pool, reference, plan["folds"], plan["steps"], seed) for reference in references
    }
    return result


def look_at_images(images: np.ndarray) -> Looks:
    """Return what `owner_scores` needs of images (n, R, R) uint8, R of at least 64."""
    segmenter = load_segmenter()
    classes, features = segmenter.classes_and_features(images)
    anatomy = anatomy_rows(images, classes, segmenter.heights(features))
    return Looks(spectra(images), gap_shares(images), features, anatomy)


def join(looks: Sequence[Looks]) -> Looks:
    """Put the looks at several sets of images together."""
    *arrays, anatomy = zip(*looks, strict=True)
    return Looks(*map(np.concatenate, arrays), pd.concat(anatomy, ignore_index=True))


def owner_scores(looks: Looks, owner: np.ndarray, people: np.ndarray) -> dict[str, OwnerScore]:
    """Return the scores of sets of owners by name.

    Args:
        looks: at n images.
        owner: (n,) int, whose each is.
        people: (n,) bool, which are slices of people: anatomy is measured in their standard deviations.
    """
    anatomy = PairMeans(standardised(looks.anatomy.to_numpy(), people), owner, euclidean)
    features = looks.features.astype(np.float64)  # not in deviations: some features of people do not vary at all
    spread, kernel = (PairMeans(features, owner, function) for function in (euclidean, cubic_kernel))
    return {
        "spectrum": of_means(looks.spectra, owner, curve_distance),
        "gap": of_means(100 * looks.gaps[:, None], owner, _apart),
        "anatomy": anatomy.energy,
        "spread(tissue)": lambda _, judged: spread.within(judged),
        "kid(tissue)": kernel.mmd,
        **{f"{f.__name__}(tissue)": of_rows(looks.features, owner, f) for f in (frechet, precision, recall)},
    }


def _apart(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.abs(first - second).item())


def _two_sample(pool: Pool, reference: str, folds: int, steps: int, seed: int) -> Judged:
    """The two-sample test of samples, and of as many people, against a reference."""
    count = pool.count(reference)
    people = np.random.default_rng([seed, 13]).permutation(pool.train)
    base = pool.unseen if reference == "unseen" else people[count : 2 * count]
    of_people, of_samples = (
        tell_apart(*_with_owners(pool, base), *_with_owners(pool, judged), folds, steps, seed)
        for judged in (people[:count], pool.samples[:count])
    )
    return judged_by_interval(of_samples, of_people, count)


def judged_by_interval(of_samples: TwoSampleTest, of_people: TwoSampleTest, people: int) -> Judged:
    """Return a two-sample test beside that of people.

    The limit is the upper end of the people's interval. The samples lie beyond all that people get where even the
    lower end of their own interval is above it.
    """
    limit = max(of_people.high, 1 - of_people.low)
    most = limit + of_samples.auc - of_samples.low
    return Judged(of_samples.auc, of_people.auc, limit, most, float("nan"), people, 1)


def _with_owners(pool: Pool, owners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rows = pool.of(owners)
    return pool.images[rows], pool.owner[rows]
