"""The two-sample test tells another texture, and guesses where there is none."""

from oasis_helpers.evaluation import two_sample
from oasis_helpers.evaluation.two_sample import tell_apart

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

pytestmark = pytest.mark.slow

PEOPLE, SLICES = 12, 6


def heads(sigma, seed, people=PEOPLE):
    """Discs of 64 px with a smooth texture, black around it, and whose each is."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[-1:1:64j, -1:1:64j]
    texture = gaussian_filter(rng.standard_normal((people * SLICES, 64, 64)), (0, sigma, sigma))
    images = np.clip(130 + 30 * texture / texture.std(), 30, 255) * (np.hypot(x, y) < 0.8)
    return images.astype(np.uint8), np.repeat(np.arange(people), SLICES)


def test_another_texture_is_told_from_people_who_were_not_seen():
    result = tell_apart(*heads(1.2, 0), *heads(1.5, 1), folds=2, steps=120)
    assert result.auc > 0.9 and result.low <= result.auc <= result.high


def test_sets_of_one_kind_are_not_told_apart():
    result = tell_apart(*heads(1.2, 0), *heads(1.2, 1), folds=2, steps=120)
    assert result.low < 0.5 < result.high or abs(result.auc - 0.5) < 0.1


def test_images_without_anything_bright_are_told_apart():
    black = np.zeros((8, 64, 64), np.uint8)
    assert tell_apart(*heads(1.2, 0, people=4), black, np.arange(8), folds=2, steps=5) == (1, 1, 1)


def test_the_same_seed_gives_the_same_answer():
    sets = (*heads(1.2, 0, people=4), *heads(1.4, 1, people=4))
    first, again = (tell_apart(*sets, folds=2, steps=5) for _ in range(2))
    assert first == pytest.approx(again, abs=1e-3)


def test_crops_lie_inside_of_the_head_and_keep_their_owner():
    images, owner = heads(1.2, 0, people=3)
    images = np.where(images > 0, 40 + 50 * owner[:, None, None], 0).astype(np.uint8)
    images[5] = 0  # no head, no crops
    images[:, 30:34, 30:34] = np.where(images[:, 30:34, 30:34] > 0, 5, 0)  # a dark hole inside belongs to it
    crops, kept = two_sample._cut_up(images, owner, np.random.default_rng(0))
    assert crops.shape == ((len(images) - 1) * two_sample.CROPS, 16, 16, 1)
    assert np.bincount(kept).tolist() == [5 * two_sample.CROPS, 6 * two_sample.CROPS, 6 * two_sample.CROPS]
    np.testing.assert_allclose(crops.mean(axis=(1, 2)), 0, atol=1e-6)  # brightness is taken away
    flat = np.ptp(crops, axis=(1, 2)).ravel() < 1e-6
    assert flat.any()  # most squares miss the hole, and none has black of the outside
    assert (np.ptp(crops, axis=(1, 2)).ravel() * 127.5 <= 40 + 50 * kept - 5 + 1e-3).all()


def test_a_person_is_in_one_fold_alone():
    owner = np.repeat(np.arange(10), 7)
    folds = two_sample._deal(owner, 3, np.random.default_rng(0))
    assert set(folds) == {0, 1, 2} and all(len(set(folds[owner == i])) == 1 for i in range(10))


def test_the_network_is_small():
    assert two_sample._build(32).count_params() == 3585  # docs/scores.md says 3,600
