"""Whom the two-sample test trains on, whom it tests and what it counts, with a network that says what it is told."""

from oasis_helpers.evaluation import two_sample
from oasis_helpers.evaluation.two_sample import CROPS, tell_apart

import numpy as np
import pytest


@pytest.fixture
def seen(monkeypatch):
    """The greys that are trained on and those that are tested, fold by fold. An image is of one grey, its score."""
    folds = []

    def cut_up(images, owners, rng):
        crops = np.repeat(images[:, 0, 0].astype(np.float32), CROPS)
        return crops[:, None, None, None], np.repeat(owners, CROPS)

    def train(real, fake, steps, rng):
        fold = {"trained": [set(x.ravel()) for x in (real, fake)], "tested": [], "steps": steps}
        folds.append(fold)
        return lambda x: fold["tested"].append(set(x.ravel())) or x.ravel()

    monkeypatch.setattr(two_sample, "_cut_up", cut_up)
    monkeypatch.setattr(two_sample, "_train", train)
    monkeypatch.setattr(two_sample, "RESAMPLES", 20_000)
    return folds


def images_of(greys, each=2):
    """Some images of each grey, and whose they are: a grey is a person."""
    greys = np.repeat(np.asarray(greys, np.uint8), each)
    return greys[:, None, None] * np.ones((1, 64, 64), np.uint8), greys.astype(int)


@pytest.mark.parametrize("folds", [2, 3])
def test_nobody_is_tested_by_a_network_that_was_trained_on_them(seen, folds):
    people, blocks = range(1, 13), range(101, 113)
    tell_apart(*images_of(people), *images_of(blocks), folds=folds, steps=17)
    assert len(seen) == folds and {fold["steps"] for fold in seen} == {17}
    for fold in seen:
        for whole, trained, tested in zip((people, blocks), fold["trained"], fold["tested"], strict=True):
            assert trained | tested == set(whole) and not trained & tested
            assert len(tested) == 12 // folds
    for side in (0, 1):  # each is tested once
        assert sum(len(fold["tested"][side]) for fold in seen) == 12


def test_the_seed_deals_people_out(seen):
    for seed in (0, 0, 1):
        tell_apart(*images_of(range(1, 13)), *images_of(range(101, 113)), folds=2, steps=1, seed=seed)
    one, again, other = (seen[i]["trained"] for i in (0, 2, 4))
    assert one == again != other


def test_the_answer_is_how_often_a_sample_looks_more_like_one_person_by_person(seen):
    """Of 48 people half lie below all samples, a quarter beside them, a quarter above: 1, 1/2 and 0."""
    real = np.repeat([50, 100, 150], [24, 12, 12])
    images = np.repeat(real, 2).astype(np.uint8)[:, None, None] * np.ones((1, 64, 64), np.uint8)
    fakes = images_of([100], each=24)
    result = tell_apart(images, np.repeat(np.arange(48), 2), fakes[0], np.arange(24), folds=2, steps=1)
    shares = np.repeat([1, 0.5, 0], [24, 12, 12])
    assert result.auc == pytest.approx(shares.mean()) == 0.625
    width = 2 * 1.96 * shares.std() / np.sqrt(48)  # 95 % of a normal distribution
    assert result.high - result.low == pytest.approx(width, rel=0.06)
    assert (result.high + result.low) / 2 == pytest.approx(0.625, abs=0.01)


def test_people_with_more_slices_count_no_more_than_others(seen):
    """Six people above all samples have one slice each, six below have nine."""
    greys = np.repeat([150, 50], [6, 54]).astype(np.uint8)
    owners = np.concatenate([np.arange(6), np.repeat(np.arange(6, 12), 9)])
    fakes = images_of([100], each=12)
    result = tell_apart(greys[:, None, None] * np.ones((1, 64, 64), np.uint8), owners, fakes[0], np.arange(12),
                        folds=2, steps=1)  # fmt: skip
    assert result.auc == pytest.approx(0.5)


def test_crops_have_neither_brightness_nor_the_black_outside_and_keep_contrast():
    y, x = np.indices((64, 64))
    inside = np.hypot(y - 31.5, x - 31.5) < 26
    checkers = np.where((y + x) % 2, 51, 0)
    images = np.stack([np.where(inside, base + checkers, 0) for base in (60, 180)] + [0 * checkers]).astype(np.uint8)
    crops, owners = two_sample._cut_up(images, np.array([7, 8, 9]), np.random.default_rng(0))
    assert crops.shape == (2 * CROPS, 16, 16, 1) and owners.tolist() == [7] * CROPS + [8] * CROPS
    np.testing.assert_allclose(crops.mean(axis=(1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(np.abs(crops), 51 / 2 / 127.5, atol=1e-5)  # half of the checkers' height on either side


def test_as_many_slices_as_samples_are_shown_and_samples_are_the_ones(monkeypatch):
    shown = []
    network = (lambda x, y: shown.append((x[:, 0, 0, 0], y)), None, [], [])
    monkeypatch.setattr(two_sample, "_network", lambda size: network)
    slices, samples = np.zeros((3, 16, 16, 1), "float32"), np.ones((5, 16, 16, 1), "float32")
    two_sample._train(slices, samples, 6, np.random.default_rng(0))
    assert len(shown) == 6
    for kinds, truth in shown:
        assert np.array_equal(kinds, truth) and truth.mean() == 0.5
