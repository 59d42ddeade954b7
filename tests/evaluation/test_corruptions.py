"""Degraded images, and that every metric tells more of it from less."""

from oasis_helpers.evaluation.corruptions import KINDS, corrupt, mean_slice
from oasis_helpers.evaluation.scores import frechet, kid, ms_ssim, ms_ssim_of_pairs, precision, recall, swd

import numpy as np
import pytest
from helpers.degrading import PatchExtractor, blobs

pytestmark = pytest.mark.slow

patch = PatchExtractor()


@pytest.mark.parametrize("kind", KINDS)
def test_strength_goes_from_nothing_to_destruction(kind):
    images = blobs(40)
    assert np.array_equal(corrupt(images, kind, 0), images)
    assert np.array_equal(corrupt(images, kind, 0.5, seed=1), corrupt(images, kind, 0.5, seed=1))
    change = [np.abs(corrupt(images, kind, s).astype(float) - images).mean() for s in (0.25, 0.5, 1)]
    assert 0 < change[0] < change[1] < change[2]
    ruin = corrupt(images, kind, 1).astype(float)
    left = ruin.std(axis=(1, 2)).mean() / images.std(axis=(1, 2)).mean()
    assert left < 0.1 or abs(np.corrcoef(images.ravel(), ruin.ravel())[0, 1]) < 0.1


def test_the_seed_matters_to_noise_and_places_alone():
    images = blobs(5)
    differs = {kind: (corrupt(images, kind, 0.5) != corrupt(images, kind, 0.5, seed=1)).any() for kind in KINDS}
    assert differs == {"blur": False, "noise": True, "shuffle": True, "brightness": False, "all": True}


def test_shuffling_keeps_every_part_and_moves_the_share_asked_for():
    images = np.random.default_rng(0).integers(0, 256, (3, 32, 32), dtype=np.uint8)  # no two parts are equal
    degraded = corrupt(images, "shuffle", 0.25)
    before, after = (x.reshape(3, 8, 4, 8, 4).swapaxes(2, 3).reshape(3, 64, 16) for x in (images, degraded))
    assert ((before != after).any(axis=2).sum(axis=1) == 16).all()
    for parts, moved in zip(before, after, strict=True):
        assert sorted(map(tuple, parts)) == sorted(map(tuple, moved))


def test_the_mean_slice():
    images = blobs(7)
    mean = mean_slice(images, 3)
    assert mean.shape == (3, 32, 32) and mean.dtype == np.uint8 and (mean == mean[0]).all()
    assert np.abs(mean[0] - images.mean(0)).max() <= 0.5


SEE = {  # each is 0 at best
    "swd": lambda real, clean, degraded: swd(real, degraded).mean,
    "ms_ssim": lambda real, clean, degraded: 1 - ms_ssim(clean, degraded).mean(),
    "frechet": lambda real, clean, degraded: frechet(patch(real), patch(degraded)),
    "kid": lambda real, clean, degraded: kid(patch(real), patch(degraded)).mean,
    "precision": lambda real, clean, degraded: 1 - precision(patch(real), patch(degraded)),
    "recall": lambda real, clean, degraded: 1 - recall(patch(real), patch(degraded)),
}


def ladder(name, kind):
    real, clean = blobs(150), blobs(150, seed=1)
    return [SEE[name](real, clean, corrupt(clean, kind, strength)) for strength in (0, 0.25, 0.5, 1)]


@pytest.mark.parametrize("name", ["swd", "ms_ssim", "frechet", "kid"])
@pytest.mark.parametrize("kind", ["blur", "noise", "shuffle", "all"])
def test_the_more_is_degraded_the_more_it_costs(name, kind):
    steps = ladder(name, kind)
    assert steps[0] < steps[1] < steps[2] < steps[3]


@pytest.mark.parametrize("name", ["precision", "recall"])
@pytest.mark.parametrize("kind", ["blur", "noise", "shuffle", "all"])
def test_precision_and_recall_fall_from_most_to_nothing(name, kind):
    steps = ladder(name, kind)
    # They are at their end long before the images are, and a little disorder widens the balls of the fakes.
    assert steps[0] < 0.2 and steps[3] > 0.95
    assert all(later > earlier - 0.1 for earlier, later in zip(steps, steps[1:], strict=False))


@pytest.mark.parametrize("name", ["ms_ssim", "frechet", "kid", "precision", "recall"])
def test_brightness_is_seen_by_all_but_swd(name):
    steps = ladder(name, "brightness")
    assert steps == sorted(steps) and steps[1] > steps[0]


def test_the_mean_slice_has_no_recall_and_no_variety():
    real = blobs(150)
    mean = mean_slice(real, 150)
    assert recall(patch(real), patch(mean)) <= 0.05
    assert ms_ssim_of_pairs(mean) == pytest.approx(1) and ms_ssim_of_pairs(real) < 0.9
    assert swd(real, mean).mean > 5 * swd(real, blobs(150, seed=1)).mean
