"""One call from a generator to its scores, each beside its floor and its ceilings (notebook 07)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from oasis_helpers import engine, sampling
from oasis_helpers.data.pyramid import Pyramid
from oasis_helpers.data.splits import check_held_out
from oasis_helpers.errors import DataError, UserError, check_whole
from oasis_helpers.evaluation import poses
from oasis_helpers.evaluation.audit.audit import BUILT_IN, FEWEST_PEOPLE, Audit, audit
from oasis_helpers.evaluation.audit.parts import OF_PARTS
from oasis_helpers.evaluation.extractors import extractor
from oasis_helpers.evaluation.judging import Judgement, judge_samples, pool_of
from oasis_helpers.evaluation.scores import registry
from oasis_helpers.evaluation.scores.bootstrap import LEAST_PEOPLE, bootstrap
from oasis_helpers.evaluation.scores.frechet import FrechetScore
from oasis_helpers.evaluation.scores.kid import KidScore
from oasis_helpers.evaluation.scores.ppl import path_length
from oasis_helpers.evaluation.scores.precision import PrecisionScore, RecallScore
from oasis_helpers.evaluation.scores.registry import Score
from oasis_helpers.evaluation.scores.swd import swd
from oasis_helpers.evaluation.sides import Sides, make_sides, other_data
from oasis_helpers.evaluation.tissues import measures
from oasis_helpers.evaluation.tissues.segmenter import check_generator, load_segmenter
from oasis_helpers.networks.generator import Generator

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

# Images of each kind, pairs of latents, slices of new people in the audit, and resamples of people per score; to judge
# by drawing people (see `judging`): every so many slices of a person, draws for quick and for slow scores, and the
# folds and training steps of the two-sample test.
EVALUATION_PRESETS = {
    "full": {
        "judge": {"every": 2, "draws": 200, "slow_draws": 40, "folds": 3, "steps": 400},
        "count": 2000,
        "pairs": 300,
        "audit": 2000,
        "repeats": {"swd": 20, "frechet": 200, "kid": 50, "precision": 30, "recall": 30},
    },
    "smoke": {
        "judge": {"every": 8, "draws": 40, "slow_draws": 10, "folds": 2, "steps": 20},
        "count": 128,
        "pairs": 100,
        "audit": 200,
        "repeats": {"frechet": 20},
    },
}
OF_IMAGES = ("spectrum", "gap", "swd", "ms_ssim")
# Each score of features as a function of rows of the reals, for intervals, from (reals, fakes, seed).
OF_FEATURES: dict[str, Callable[[np.ndarray, np.ndarray, int], Callable[[np.ndarray], float]]] = {
    "frechet": lambda real, fake, seed: FrechetScore(real, fake),
    "kid": lambda real, fake, seed: KidScore(real, fake, seed=seed),
    "precision": lambda real, fake, seed: PrecisionScore(real, fake),
    "recall": lambda real, fake, seed: RecallScore(real, fake),
}
WITH_INTERVALS = ("fakes", "other people")
# Each resample of swd has so many images and directions. The directions are the same in all resamples, so that fewer
# add nothing to the spread.
FEWER, FEWER_DIRECTIONS = 256, 128


@dataclass
class Evaluation:
    """All that was found.

    Attributes:
        scores: name of the score -> side (see `sides.TITLES`) -> `Score`.
        tissues: side -> one row per image, see `measures.measure_tissues`.
        tissue_distances: side -> `measures.tissue_distances` from the reference.
        spreads: of the fakes, the reference and other people, how far poses vary, see `poses.spreads`.
        audit: of the fakes against all people of train.
        judgement: every score against people never shown and against train people, each beside its null.
        about: what it was made of: the generator, the data, counts, seeds, checksums, seconds.
        sides: the images.
        train: (N, R, R) uint8, the slices that the audit compared with.
    """

    scores: dict[str, dict[str, Score]] = field(default_factory=dict)
    tissues: dict[str, pd.DataFrame] = field(default_factory=dict)
    tissue_distances: dict[str, dict[str, float]] = field(default_factory=dict)
    spreads: dict[str, dict[str, float]] = field(default_factory=dict)
    audit: Audit | None = None
    judgement: Judgement | None = None
    about: dict[str, Any] = field(default_factory=dict)
    sides: Sides | None = None
    train: np.ndarray | None = None


def evaluate(
    generator: Generator,
    data: Pyramid,
    preset: str = "full",
    extractors: tuple[str, ...] = ("tissue",),
    seed: int = 0,
    progress: bool = True,
) -> Evaluation:
    """Judge a generator: distances, variety, tissues, and whether it copies people.

    Args:
        generator: of at least 64 px, which the tissue segmenter needs.
        data: the slices that it was trained on, with the people who were held out.
        preset: "full" (up to 2,000 images of each kind; minutes on two cores) or "smoke" (128; for tests).
        extractors: whose features are compared: "tissue", "inception".
        seed: of all that is drawn.
        progress: show a bar.

    Raises:
        UserError: a generator that is too small, too few people, an unknown preset or extractor.
    """
    if preset not in EVALUATION_PRESETS:
        raise UserError(f"preset: expected one of {', '.join(EVALUATION_PRESETS)}, but got {preset!r}; choose one")
    check_people(data.table)
    check_generator(generator)
    seed, plan = check_whole("seed", seed, 0), EVALUATION_PRESETS[preset]
    chosen = [extractor(name) for name in extractors]  # a download that fails says so before the work
    result, started = Evaluation(), time.perf_counter()
    with tqdm(total=6 + len(chosen), desc="evaluating", disable=not progress) as bar:

        def done(what: str) -> None:
            bar.set_postfix_str(what, refresh=False)
            bar.update()

        result.sides = make_sides(generator, data, plan["count"], seed)
        done("images drawn")
        pool = pool_of(result.sides.others["fakes"], data, plan["judge"]["every"])
        result.judgement = judge_samples(pool, plan["judge"], seed)
        done("people drawn again and again")
        _score_images(result, plan, seed)
        result.spreads = {side: poses.spreads(_all_sides(result)[side]) for side in ("reference", *WITH_INTERVALS)}
        done("distances of images")
        tissue_features = _look_at_tissues(result)
        done("tissues")
        for extract in chosen:
            rows = tissue_features if extract.name == "tissue" else _features_of_sides(result, extract)
            _score_features(result, extract.name, rows, plan, seed)
            done(f"distances of features: {extract.name}")
        _add_path_length(result, generator, plan["pairs"], seed)
        done("path length")
        _audit(result, generator, data, plan["audit"], seed)
        done("audit")
    result.about = _about(generator, data, preset, seed, result, time.perf_counter() - started)
    return result


def check_people(table: pd.DataFrame) -> None:
    """Raise DataError where a table of slices has too few people to judge by: told before any image is read."""
    check_held_out(table, FEWEST_PEOPLE["train"], FEWEST_PEOPLE["held_out"])
    slices = int((table["split"] == "train").sum())
    needed = 2 * max(registry.metric(name).minimum for name in (*OF_IMAGES, "frechet", "kid", "precision", "recall"))
    if slices < needed:  # half of the people are the reference
        raise DataError(
            f"data: expected at least {needed} slices in train to judge a generator by, but found {slices}; give more"
            " people"
        )


def _score_images(result: Evaluation, plan: dict[str, Any], seed: int) -> None:
    sides = result.sides
    for name in OF_IMAGES:
        result.scores[name] = registry.compute_each(name, sides.reference, sides.others, seed=seed)
    if "swd" in plan["repeats"]:
        scorers = {side: _swd_scorer(sides.reference, sides.others[side], seed) for side in WITH_INTERVALS}
        _add_intervals(result, "swd", seed, plan["repeats"]["swd"], scorers, centred=True)


def _features_of_sides(result: Evaluation, extract: registry.Extractor) -> dict[str, np.ndarray]:
    return {side: extract(images) for side, images in _all_sides(result).items()}


def _score_features(
    result: Evaluation, extractor_name: str, features: dict[str, np.ndarray], plan: dict[str, Any], seed: int
) -> None:
    """Add the scores of an extractor's features, which are given by side (n, d)."""
    reference, others = features["reference"], {side: features[side] for side in result.sides.others}
    for name, make_scorer in OF_FEATURES.items():
        title = registry.score_name(name, extractor_name)
        result.scores[title] = registry.compute_each(name, reference, others, extractor_name, seed)
        if name in plan["repeats"]:
            scorers = {side: make_scorer(reference, others[side], seed) for side in WITH_INTERVALS}
            _add_intervals(result, title, seed, plan["repeats"][name], scorers, centred=False)


def _add_intervals(
    result: Evaluation, title: str, seed: int, repeats: int, scorers: dict[str, Callable], centred: bool
) -> None:
    """Add intervals, by bootstrap over the reference's people, to a score of the fakes and of other people.

    Each of ``scorers`` turns rows of the reference into the score of one side. Where they take fewer images than
    the score itself, which shifts its value but not how far it spreads, the interval is ``centred`` on the score.
    """
    people, scores = result.sides.people, result.scores[title]
    if len(np.unique(people)) < LEAST_PEOPLE:
        why = f"{len(np.unique(people))} people in the reference: too few for an interval"
        scores["fakes"] = replace(scores["fakes"], flags=[*scores["fakes"].flags, why])
        return
    for side, function in scorers.items():
        interval = bootstrap(people, function, repeats, seed=seed)
        score, half = scores[side], (interval.high - interval.low) / 2
        middle = score.value if centred else interval.low + half
        scores[side] = replace(score, low=middle - half, high=middle + half, flags=[*score.flags, *interval.flags])


def _swd_scorer(reference: np.ndarray, fake: np.ndarray, seed: int) -> Callable[[np.ndarray], float]:
    # At random: the first ones would be slices of a few people, since those of a person stand together.
    some = np.random.default_rng([seed, 1]).permutation(len(fake))[:FEWER]

    def score(rows: np.ndarray) -> float:
        chosen = rows if len(rows) <= FEWER else np.random.default_rng(seed).choice(rows, FEWER, replace=False)
        return swd(reference[chosen], fake[some], seed, FEWER_DIRECTIONS).mean

    return score


def _add_path_length(result: Evaluation, generator: Generator, pairs: int, seed: int) -> None:
    """Add PPL in W, of the tissue features, over pairs of latents; the same noise (none) for every image."""
    flags = registry.check_counts("ppl", pairs=pairs)
    ws = sampling.styles(generator, range(2 * pairs), 1.0)[:, 0]
    draw = _float_drawer(generator)
    length = path_length(draw, load_segmenter().features_of_floats, ws[:pairs], ws[pairs:], "w", "full", seed=seed)
    if length.still:
        flags.append(f"{length.still} of {pairs} pairs did not move at all")
    result.scores["ppl(tissue)"] = {"fakes": Score("ppl(tissue)", length.mean, count_fake=pairs, flags=flags)}


def _float_drawer(generator: Generator) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from w (n, w_dim) to images (n, R, R) in -1..1 as they are shown, but not rounded."""
    low, high = generator.config.value_range

    def draw(w: np.ndarray) -> np.ndarray:
        ws = np.repeat(np.asarray(w, "float32")[:, None], generator.num_styles, axis=1)
        images = np.clip(sampling.draw_float(generator, ws), low, high)  # with `clip_black`, G draws far below black
        return (images - low) * (2 / (high - low)) - 1

    return draw


def _all_sides(result: Evaluation) -> dict[str, np.ndarray]:
    return {"reference": result.sides.reference, **result.sides.others}


def _look_at_tissues(result: Evaluation) -> dict[str, np.ndarray]:
    """Add each side's tissues; return the segmenter's features of each, which the same pass gives."""
    features = {}
    for side, images in _all_sides(result).items():
        same = bool((images == images[0]).all())  # the mean slice: one look is enough
        classes, rows = load_segmenter().classes_and_features(images[:1] if same else images)
        every = np.zeros(len(images), int) if same else np.arange(len(images))
        features[side] = rows[every]
        result.tissues[side] = measures.measure_classes(classes).iloc[every].reset_index(drop=True)
        if side != "reference":
            result.tissue_distances[side] = measures.tissue_distances(result.tissues["reference"], result.tissues[side])
    return features


def _audit(result: Evaluation, generator: Generator, data: Pyramid, most: int, seed: int) -> None:
    size = generator.resolution
    train = data.split("train")
    held_out = data.select((data.table["split"] != "train").to_numpy())
    result.train = train.level(size)
    result.audit = audit(
        result.sides.others["fakes"],
        result.train,
        train.table["person"].to_numpy(),
        held_out.level(size),
        held_out.table["person"].to_numpy(),
        distances={**BUILT_IN, **OF_PARTS, "domain": load_segmenter().maps},
        seed=seed,
        most=most,
    )


def _about(
    generator: Generator, data: Pyramid, preset: str, seed: int, result: Evaluation, seconds: float
) -> dict[str, Any]:
    there = set(data.table["split"])  # a folder may lack one
    people = {name: len(data.split(name).people) for name in ("train", "validate", "test") if name in there}
    trained, slices = generator.about, data.split("train").digest()
    return {
        "generator": {
            "resolution": generator.resolution,
            "config": generator.config.to_json(),
            "about": trained,
        },
        "data": {
            "source": data.source,
            "digest": data.digest(),
            "train": slices,
            "people": people,
            "slices": len(data),
        },
        "other_data": other_data(trained, data.source, slices),  # "" where it is judged against what it learned from
        "segmenter": _about_segmenter(data),
        "preset": preset,
        "images": len(result.sides.reference),
        "seed": seed,
        "device": engine.device_name(),
        "seconds": round(seconds, 1),
    }


def _about_segmenter(data: Pyramid) -> dict[str, Any]:
    """What scores of tissues rest on, and whether the segmenter learned from the very people who are compared."""
    about = load_segmenter().about
    return {
        "version": about.get("version", 1),
        "data": about.get("data", ""),
        "knows_the_people": about.get("digest") == data.digest(),
    }
