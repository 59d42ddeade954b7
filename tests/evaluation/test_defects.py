"""Each defect does what its name says, the more the stronger, and leaves the rest as it is."""

from oasis_helpers.errors import UserError
from oasis_helpers.evaluation import defects
from oasis_helpers.evaluation.defects import DEFECTS, spoil

import numpy as np
import pytest
from helpers.spoiling import blobs


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
    spoilt = [spoil(images, name, strength, seed=1) for strength in defect.strengths]
    assert np.array_equal(images, before)
    assert all(x.shape == images.shape and x.dtype == np.uint8 for x in spoilt)
    assert np.array_equal(spoilt[0], spoil(images, name, defect.strengths[0], seed=1))
    change = [np.abs(x.astype(float) - images).mean() for x in spoilt]
    if defect.question == "variety":
        kinds = [len(np.unique(x.reshape(len(x), -1), axis=0)) for x in spoilt]
        assert len(images) > kinds[0] > kinds[1] > kinds[2] >= 1
    else:
        assert 0 < change[0] < change[1] < change[2]


@pytest.mark.parametrize("name", ["sharpened", "checkerboard of 1 px", "noise"])
def test_some_defects_leave_the_black_outside_alone(name):
    image = brain(128)
    assert not spoil(image, name, DEFECTS[name].strengths[2])[image == 0].any()


def test_a_glow_is_outside_alone_and_falls_off():
    image = brain(128)
    glow = spoil(image, "glow around the head", 4)
    assert np.array_equal(glow[image > 0], image[image > 0])
    outside = glow[0, 64][image[0, 64] == 0]
    assert 2 <= outside.max() <= 6 and outside[0] == 0


def test_halves_are_mirrored_up_to_the_share_asked_for():
    image = brain(128)
    whole = spoil(image, "mirrored halves", 1)[0].astype(int)
    assert np.abs(whole - whole[::-1]).max() == 0 and np.abs(image[0].astype(int) - image[0, ::-1]).max() > 0
    inner = spoil(image, "mirrored halves", 0.33)[0]
    assert np.array_equal(inner[:30], image[0, :30]) and np.array_equal(inner[64:], image[0, 64:])


def test_a_share_of_the_ventricle_is_filled_from_the_left():
    image = brain(128)
    fluid = [(spoil(image, "filled ventricle", share)[0] < 90) & (image[0] > 0) for share in (0.5, 1)]
    left = (image[0] == 36).sum() / 2
    assert abs(fluid[0].sum() - left) < 0.35 * left and fluid[1].sum() < 0.1 * left
    rows = np.nonzero(fluid[0])[0]
    assert (rows > 60).mean() > 0.8


def test_a_stretch_goes_from_back_to_front_alone():
    image = brain(128)
    inside = [x[0] > 20 for x in (image, spoil(image, "stretched", 10))]
    length, width = ([mask.any(axis=axis).sum() for mask in inside] for axis in (0, 1))
    assert length[1] / length[0] == pytest.approx(1.1, abs=0.03) and abs(width[1] - width[0]) <= 2


def test_other_names_and_images_are_refused():
    with pytest.raises(UserError, match="defect: expected one of blur, .*, but got 'blurred'"):
        spoil(brain(), "blurred", 1)
    with pytest.raises(UserError, match="images: expected 64 px"):
        spoil(blobs(2), "blur", 1)
