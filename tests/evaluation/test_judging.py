"""Every score twice, beside its null: whose slices are compared with whose, in which unit, and drawn how often.

The looks at the images are made up, so that no network is asked; `test_evaluate.py` judges a real generator.
"""

from oasis_helpers.evaluation import judging
from oasis_helpers.evaluation.judging import Looks, judge_samples, owner_scores, pool_of
from oasis_helpers.evaluation.scores.people import Judged, make_pool
from oasis_helpers.evaluation.scores.spectrum import curve_distance
from oasis_helpers.evaluation.two_sample import TwoSampleTest

import numpy as np
import pandas as pd
import pytest
from helpers.tiny import random_slices

TRAIN, UNSEEN, SLICES = 8, 3, 4
PLAN = {"draws": 50, "slow_draws": 7, "folds": 2, "steps": 11}


def looks_at(count, seed=0):
    """Looks at as many images; the last of them differ from the others."""
    rng = np.random.default_rng(seed)
    far = np.arange(count)[:, None] >= (TRAIN + UNSEEN) * SLICES
    anatomy = pd.DataFrame(rng.normal(1, 0.2, (count, 3)) + 2 * far, columns=["brain", "csf", "height"])
    features = (rng.standard_normal((count, 5)) + far).astype(np.float32)
    return Looks(rng.uniform(1, 9, (count, 6)) * (1 + far), rng.uniform(0, 0.2, count), features, anatomy)


@pytest.fixture
def people():
    names = [np.repeat([f"{kind}{i}" for i in range(count)], SLICES) for kind, count in (("t", TRAIN), ("u", UNSEEN))]
    images = np.zeros((TRAIN * SLICES, 16, 16), np.uint8)
    return make_pool((images, names[0]), (images[: UNSEEN * SLICES], names[1]), images)


@pytest.fixture
def looks(people):
    return looks_at(len(people.images))


def mean_over_pairs(function, rows, owner, first, second):
    """The mean of a function of two images over all pairs of different owners, one of each set."""
    pairs = [(i, j) for i, a in enumerate(owner) for j, b in enumerate(owner) if a in first and b in second and a != b]
    return np.mean([function(rows[i], rows[j]) for i, j in pairs])


# ---------------------------------------------------------------- the scores


def test_each_score_is_that_of_the_owners_images_in_its_own_unit(people, looks):
    owner, mask = people.owner, ~np.isin(people.owner, people.samples)
    scores = owner_scores(looks, owner, mask)
    reference, judged = people.train[:2], people.samples[:3]
    rows = [people.of(ids) for ids in (reference, judged)]

    def energy(function, values):
        one, other = set(reference), set(judged)
        between = mean_over_pairs(function, values, owner, one, other)
        within = [mean_over_pairs(function, values, owner, ids, ids) for ids in (one, other)]
        return 2 * between - sum(within)

    def apart(x, y):
        return np.linalg.norm(x - y)

    gaps = [looks.gaps[r].mean() for r in rows]
    assert scores["gap"](reference, judged) == pytest.approx(100 * abs(gaps[0] - gaps[1]))  # per cent of the pixels
    assert scores["spectrum"](reference, judged) == pytest.approx(
        curve_distance(*(looks.spectra[r].mean(axis=0) for r in rows))
    )
    plain = looks.anatomy.to_numpy()
    anatomy = (plain - plain[mask].mean(axis=0)) / plain[mask].std(axis=0)  # in deviations of people, not of samples
    assert scores["anatomy"](reference, judged) == pytest.approx(energy(apart, anatomy))
    features = looks.features.astype(float)
    spread = mean_over_pairs(apart, features, owner, set(judged), set(judged))
    assert scores["spread(tissue)"](reference, judged) == pytest.approx(spread, rel=1e-5)
    kid = -energy(lambda x, y: (x @ y / len(x) + 1) ** 3, features)
    assert scores["kid(tissue)"](reference, judged) == pytest.approx(kid, rel=1e-4) and kid > 0


def test_people_of_every_split_but_train_are_unseen_and_some_slices_are_enough():
    data = random_slices()  # eight people in train, one in validate, one in test; slices 0 to 3 of each
    samples = np.full((32, 8, 8), 7, np.uint8)
    pool = pool_of(samples, data, every=2)
    assert (len(pool.train), len(pool.unseen), len(pool.samples)) == (8, 2, 16)
    odd = pd.factorize(data.table["person"])[0] % 2  # every second person's slices begin one higher
    some = data.select((data.table["slice"] % 2 == odd).to_numpy())
    for ids, splits in ((pool.train, ["train"]), (pool.unseen, ["validate", "test"])):
        expected = some.level(8)[some.table["split"].isin(splits).to_numpy()]
        assert np.array_equal(pool.images[pool.of(ids)], expected)
    assert (pool.images[pool.of(pool.samples)] == 7).all()


def test_nobody_is_left_out_who_has_few_slices():
    data = random_slices(size=8)
    few = data.select(((data.table["person"] != data.table["person"][0]) | (data.table["slice"] == 1)).to_numpy())
    for every in (2, 3, 50):
        owners = few.table["person"].nunique()
        pool = pool_of(np.zeros((4, 8, 8), "uint8"), few, every)
        assert len(pool.train) + len(pool.unseen) == owners  # the first person has one slice only
        counts = [np.sum(pool.owner == owner) for owner in (*pool.train, *pool.unseen)]
        whole = few.table.groupby("person")["slice"].size()
        assert sum(counts) >= (whole // every).sum() and max(counts) <= -(-whole.max() // every)


# ---------------------------------------------------------------- the plan


@pytest.fixture
def judged(people, looks, monkeypatch):
    """What `judge_samples` asks for: draws of people by score, and two-sample tests."""
    asked, tested = {}, []

    def draw(score, reference, pool, draws, seed, better):
        asked.setdefault(name_of[score], []).append((reference, draws, seed, better))
        return Judged(1.0, 1.0, 2.0, 3.0, 0.5, 4, draws)

    def tell(real, owners, fake, others, *how):
        tested.append((set(owners), set(others), how))
        return TwoSampleTest(0.9, 0.8, 1.0) if set(others) <= set(people.samples) else TwoSampleTest(0.5, 0.4, 0.6)

    scores = owner_scores(looks, people.owner, people.owner >= 0)
    seen = []

    def score_owners(looks, owner, mask):
        seen.append(mask)
        return scores

    levels = {64: lambda a, b: 0.0, 32: lambda a, b: 0.0}
    name_of = {score: name for name, score in scores.items()} | {s: f"swd {side} px" for side, s in levels.items()}
    for name, stub in {
        "look_at_images": lambda images: looks, "judge_by_people": draw, "tell_apart": tell,
        "owner_scores": score_owners, "swd_of_owners": lambda pool, seed: levels,
    }.items():  # fmt: skip
        monkeypatch.setattr(judging, name, stub)
    return judge_samples(people, PLAN, seed=3), asked, tested, seen


def test_slow_scores_are_drawn_less_often_and_each_in_its_own_way(judged):
    result, asked, _, _ = judged
    slow, higher = {"frechet(tissue)", "precision(tissue)", "recall(tissue)"}, {"precision(tissue)", "recall(tissue)"}
    for name, calls in asked.items():
        draws, better = 7 if name in slow else 50, "higher" if name in higher | {"spread(tissue)"} else "lower"
        assert calls == [("unseen", draws, 3, better), ("train", draws, 3, better)], name
    assert set(result.scores) == {*asked, "two-sample"} and {"swd 64 px", "swd 32 px", "gap"} <= set(asked)


def test_anatomy_is_measured_in_deviations_of_people_alone(judged, people):
    (mask,) = judged[3]
    assert np.array_equal(mask, people.owner < TRAIN + UNSEEN)


def test_the_two_sample_test_has_as_many_people_beside_the_samples_and_nobody_twice(judged, people):
    result, _, tested, _ = judged
    train, unseen, samples = (set(ids.tolist()) for ids in (people.train, people.unseen, people.samples))
    for count, base, calls in ((3, unseen, tested[:2]), (4, train, tested[2:])):  # against unseen people, then train's
        (real, others, how), (again, fakes, _) = calls
        assert real == again and real <= base and not real & others
        assert others <= train and fakes <= samples and len(others) == len(fakes) == count
        assert how == (2, 11, 3)  # folds, steps, seed
    for score in result.scores["two-sample"].values():
        assert (score.value, score.floor) == (0.9, 0.5)


def test_fewer_than_three_unseen_people_are_not_judged_by(people, monkeypatch):
    few = make_pool(
        (people.images[:32], people.owner[:32].astype(str)),
        (people.images[:8], np.repeat(["u", "v"], 4)),
        people.images[:32],
    )
    monkeypatch.setattr(judging, "look_at_images", lambda images: looks_at(len(images)))
    monkeypatch.setattr(judging, "swd_of_owners", lambda pool, seed: {})
    monkeypatch.setattr(judging, "tell_apart", lambda *_: TwoSampleTest(0.5, 0.4, 0.6))
    scores = judge_samples(few, {**PLAN, "draws": 2, "slow_draws": 2}).scores
    assert {tuple(by_reference) for by_reference in scores.values()} == {("train",)}
