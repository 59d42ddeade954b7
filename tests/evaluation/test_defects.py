"""Each defect does what its name says, the more the stronger, and leaves the rest as it is."""

from oasis_helpers.errors import UserError
from oasis_helpers.evaluation import defects
from oasis_helpers.evaluation.defects import DEFECTS, degrade

import numpy as np
import pytest
from helpers.degrading import blobs
from scipy import ndimage


def brain(side=64):
    """A brain of 64 px and more: a rim of grey matter around white, two ventricles, black outside; not symmetric."""
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    image = np.zeros((side, side), np.uint8)
    image[np.hypot(1.2 * y, x) < 0.75] = 150
    image[np.hypot(1.2 * y, x) < 0.55] = 240
    for middle in (-0.15, 0.15):
        image[np.hypot(2 * (y - middle), x) < 0.2] = 36
    image[(np.hypot(y - 0.4, x - 0.3) < 0.08)] = 150
    return image[None]


@pytest.fixture(autouse=True)
def known_tissues(monkeypatch):
    """The tissues of these drawings are known by their grey values; no network is asked."""

    class Known:
        def classes(self, images):
            small = images[:, :: images.shape[1] // 64, :: images.shape[1] // 64]
            return np.digitize(small, (20, 90, 200)).astype(np.uint8)

    monkeypatch.setattr(defects, "load_segmenter", Known)


@pytest.mark.parametrize("name", DEFECTS)
def test_every_defect_has_three_strengths_that_change_more_and_more(name):
    images = np.concatenate([blobs(64, side=64), np.repeat(brain(), 64, axis=0)])
    before, defect = images.copy(), DEFECTS[name]
    assert defect.question in ("texture", "anatomy", "variety") and "{}" in defect.unit
    degraded = [degrade(images, name, strength, seed=1) for strength in defect.strengths]
    assert np.array_equal(images, before)
    assert all(x.shape == images.shape and x.dtype == np.uint8 for x in degraded)
    assert np.array_equal(degraded[0], degrade(images, name, defect.strengths[0], seed=1))
    change = [np.abs(x.astype(float) - images).mean() for x in degraded]
    if defect.question == "variety":
        kinds = [len(np.unique(x.reshape(len(x), -1), axis=0)) for x in degraded]
        assert len(images) > kinds[0] > kinds[1] > kinds[2] >= 1
    else:
        assert 0 < change[0] < change[1] < change[2]


@pytest.mark.parametrize("name", ["sharpened", "checkerboard of 1 px", "noise"])
def test_some_defects_leave_the_black_outside_alone(name):
    image = brain(128)
    assert not degrade(image, name, DEFECTS[name].strengths[2])[image == 0].any()


def test_a_glow_is_outside_alone_and_falls_off():
    image = brain(128)
    glow = degrade(image, "glow around the head", 4)
    assert np.array_equal(glow[image > 0], image[image > 0])
    outside = glow[0, 64][image[0, 64] == 0]
    assert 2 <= outside.max() <= 6 and outside[0] == 0


def test_halves_are_mirrored_up_to_the_share_asked_for():
    image = brain(128)
    whole = degrade(image, "mirrored halves", 1)[0].astype(int)
    assert np.abs(whole - whole[::-1]).max() == 0 and np.abs(image[0].astype(int) - image[0, ::-1]).max() > 0
    inner = degrade(image, "mirrored halves", 0.33)[0]
    assert np.array_equal(inner[:30], image[0, :30]) and np.array_equal(inner[64:], image[0, 64:])


def test_a_share_of_the_ventricle_is_filled_from_the_left():
    image = brain(128)
    fluid = [(degrade(image, "filled ventricle", share)[0] < 90) & (image[0] > 0) for share in (0.5, 1)]
    left = (image[0] == 36).sum() / 2
    assert abs(fluid[0].sum() - left) < 0.35 * left and fluid[1].sum() < 0.1 * left
    rows = np.nonzero(fluid[0])[0]
    assert (rows > 60).mean() > 0.8


@pytest.mark.parametrize("percent", [5, 10, 15])
def test_a_stretch_goes_from_back_to_front_alone(percent):
    image = brain(128)
    inside = [x[0] > 20 for x in (image, degrade(image, "stretched", percent))]
    length, width = ([mask.any(axis=axis).sum() for mask in inside] for axis in (0, 1))
    assert length[1] / length[0] == pytest.approx(1 + percent / 100, abs=0.03) and abs(width[1] - width[0]) <= 2
    assert inside[1].sum() / inside[0].sum() == pytest.approx(1 + percent / 100, abs=0.008)


def test_the_seed_decides_what_is_drawn():
    images = np.repeat(brain(), 64, axis=0)
    for name in ("noise", "halves of two people", "fewer slices"):
        mixed = images if name == "noise" else np.concatenate([images, images // 2, images // 3])
        strength = DEFECTS[name].strengths[0]
        first, again, other = (degrade(mixed, name, strength, seed=seed) for seed in (0, 0, 1))
        assert np.array_equal(first, again) and not np.array_equal(first, other), name


@pytest.mark.parametrize("percent", [5, 10, 15])
def test_a_shrunken_head_is_smaller_and_stays_in_the_middle(percent):
    image = brain(128)
    before, after = (x[0] > 20 for x in (image, degrade(image, "shrunken", percent)))
    lengths = [[mask.any(axis=axis).sum() for axis in (0, 1)] for mask in (before, after)]
    np.testing.assert_allclose(np.divide(*lengths[::-1]), 1 - percent / 100, atol=0.03)
    assert np.sqrt(after.sum() / before.sum()) == pytest.approx(1 - percent / 100, abs=0.006)
    np.testing.assert_allclose(ndimage.center_of_mass(after), ndimage.center_of_mass(before), atol=1)


def test_a_tilted_head_is_turned_by_so_many_degrees_and_keeps_its_size():
    image = brain(128)
    before, after = (x[0] > 20 for x in (image, degrade(image, "tilted", 20)))
    assert abs(after.sum() / before.sum() - 1) < 0.02
    axes = [np.linalg.eigh(np.cov(np.argwhere(mask).T))[1][:, -1] for mask in (before, after)]  # the long axis
    assert np.degrees(np.arccos(abs(axes[0] @ axes[1]))) == pytest.approx(20, abs=1)
    np.testing.assert_allclose(ndimage.center_of_mass(after), ndimage.center_of_mass(before), atol=1)


def test_halves_are_those_of_two_people_and_left_stays_with_left():
    images = np.arange(200, dtype=np.uint8)[:, None, None] * np.ones((1, 64, 64), np.uint8)
    degraded = degrade(images, "halves of two people", 0.25)
    changed = (degraded != images).any(axis=(1, 2))
    assert 0.15 < changed.mean() < 0.35 and np.array_equal(degraded[:, :32], images[:, :32])
    partners = degraded[changed, 32:][:, 0, 0].astype(int)
    assert np.array_equal(partners, (np.flatnonzero(changed) + 96) % 200)  # not the neighbour, who is the same person
    assert (degraded[changed, 32:] == partners[:, None, None]).all()


def test_so_many_greys_are_left_black_and_white_among_them():
    ramp = np.repeat(np.arange(256, dtype=np.uint8).reshape(1, 1, 256), 256, axis=1)
    greys = np.unique(degrade(ramp, "few grey values", 16))
    assert greys.tolist() == [17 * i for i in range(16)]


def test_only_deep_grey_matter_is_smoothed():
    image = brain(128)
    changed = degrade(image, "smoothed deep grey matter", 2) != image
    i, j = np.nonzero(changed[0])
    middle = np.array([(0.4 + 1) / 2 * 127, (0.3 + 1) / 2 * 127])  # where the nucleus lies
    assert len(i) and np.hypot(i - middle[0], j - middle[1]).max() < 14
    assert changed[0][image[0] == 150].any()


def test_dots_are_single_pixels_apart_from_each_other():
    image = brain(128)
    i, j = np.nonzero((degrade(image, "dots along edges", 16) != image)[0])
    assert len(i) > 20 and (i % 2 == 0).all() and (j % 2 == 0).all()


def test_dots_lie_on_edges():
    image = brain(128)
    dotted = degrade(image, "dots along edges", 16) != image
    edges = ndimage.maximum_filter(image, (1, 3, 3)) != ndimage.minimum_filter(image, (1, 3, 3))
    assert edges[dotted].all() and not edges.all()


def test_fewer_slices_are_drawn_from_all_and_fewer_people_are_the_first():
    images = np.arange(100, dtype=np.uint8)[:, None, None] * np.ones((1, 64, 64), np.uint8)
    kept = {name: set(degrade(images, name, 0.2)[:, 0, 0]) for name in ("fewer slices", "fewer people")}
    assert kept["fewer people"] == set(range(20)) and len(kept["fewer slices"]) == 20
    assert max(kept["fewer slices"]) > 60


def test_a_filled_ventricle_has_the_grey_of_white_matter():
    image = brain(128)
    whole = degrade(image, "filled ventricle", 1)[0]
    assert whole[image[0] == 36].mean() == pytest.approx(240, abs=12)


def test_images_are_degraded_one_by_one():
    images = np.concatenate([brain(), 0 * brain(), brain()])
    for name in ("blur", "smaller and larger again", "glow around the head", "tilted"):
        degraded = degrade(images, name, DEFECTS[name].strengths[2])
        assert not degraded[1].any() and np.array_equal(degraded[0], degraded[2]), name


def test_greys_are_rounded_and_stay_between_black_and_white():
    flat = np.full((1, 64, 64), 250, np.uint8)
    brighter = degrade(flat, "checkerboard of 1 px", 8)
    assert set(np.unique(brighter)) == {242, 255}
    assert set(np.unique(degrade(flat, "checkerboard of 1 px", 2.6))) == {247, 253}


def test_other_names_and_images_are_refused():
    with pytest.raises(UserError, match="defect: expected one of blur, .*, but got 'blurred'"):
        degrade(brain(), "blurred", 1)
    with pytest.raises(UserError, match="images: expected 64 px"):
        degrade(blobs(2), "blur", 1)
