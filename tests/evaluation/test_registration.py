"""Heads in one frame: grey levels, places, shifts in fractions of a pixel, and edges that brightness leaves alone."""

from oasis_helpers.errors import UserError
from oasis_helpers.evaluation.audit import registration
from oasis_helpers.evaluation.audit.edges import edges
from oasis_helpers.images import block_mean

import numpy as np
import pytest
from helpers.heads import disguised, ellipses
from scipy.ndimage import gaussian_filter


@pytest.fixture(scope="module")
def heads():
    """Five ellipses with folds of their own, grey 120 to 255 on black, at 64 pixels."""
    return ellipses(5, 64, (17, 22), fold=2)


def test_the_head_is_told_from_the_background(heads):
    place = registration.locate(heads)
    assert np.array_equal(place.background, np.zeros(5))
    inside = [head[head > 0] for head in heads]
    assert np.allclose(place.mean, [head.mean() for head in inside], atol=0.5)
    assert np.allclose(place.spread, [head.std() for head in inside], atol=0.5)
    assert np.abs(place.centre).max() < 1  # folds weigh a little


def test_the_place_follows_brightness_and_shifts(heads):
    place = registration.locate(heads)
    moved = np.roll(heads, (3, -2), (1, 2))
    changed = np.clip(np.rint(moved * 0.8 + 20), 0, 255).astype(np.uint8)
    there = registration.locate(changed)
    assert np.allclose(there.centre - place.centre, [3, -2], atol=0.05)
    assert np.allclose(there.background, 20) and np.allclose(there.mean, place.mean * 0.8 + 20, atol=1)
    assert np.allclose(there.spread, place.spread * 0.8, atol=1)


def test_noise_around_the_head_does_not_pull_its_centre(heads):
    aside = np.roll(heads, (8, 6), (1, 2))
    noise = np.random.default_rng(1).normal(0, 20, heads.shape)
    noisy = np.clip(aside + noise, 0, 255).astype(np.uint8)
    assert np.abs(registration.locate(noisy).centre - registration.locate(aside).centre).max() < 0.2


def test_uneven_brightness_changes_little(heads):
    slope = np.linspace(0.8, 1.2, 64)
    uneven = np.clip(np.rint(heads * slope), 0, 255).astype(np.uint8)
    both = [registration.folds(some, registration.locate(some)) for some in (heads, uneven)]
    assert registration.align(*both)[0].min() > 0.92  # 0.83 where coarse shades count


def test_whole_moves_are_exact_and_fractions_add_up(heads):
    by = np.tile([2, -5], (5, 1))
    assert np.allclose(registration.shift(heads, by), np.roll(heads, (2, -5), (1, 2)), atol=1e-3)
    smooth = gaussian_filter(heads.astype(np.float32), (0, 1, 1))
    twice = registration.shift(registration.shift(smooth, by * 0.5 + 0.25), by * 0.5 - 0.25)
    assert np.allclose(twice, np.roll(smooth, (2, -5), (1, 2)), atol=0.1)


def test_small_shifts_are_found_in_fractions_of_a_pixel(heads):
    place = registration.locate(heads)
    folds = registration.folds(heads, place)
    assert np.allclose((folds**2).sum(axis=(1, 2)), 1, atol=1e-4)
    by = np.array([[0, 0], [1, -2], [0.4, 0.3], [-1.5, 2.6], [3.2, -0.25]])
    correlation, found = registration.align(registration.shift(folds, -by), folds)
    assert np.allclose(found, by, atol=0.06) and (correlation > 0.97).all() and (correlation <= 1).all()


def test_different_heads_correlate_less(heads):
    folds = registration.folds(heads, registration.locate(heads))
    assert registration.align(folds, np.roll(folds, 1, axis=0))[0].max() < 0.6


@pytest.mark.parametrize("how", ["shift and brightness", "everything"])
def test_disguised_heads_look_alike_in_the_frame(heads, how):
    copies = disguised(heads, how)
    if how == "everything":
        copies = copies[:, ::-1]
    framed = [registration.in_frame(some, registration.locate(some), 150, 40).astype(float) for some in (heads, copies)]
    for one, other in zip(*framed, strict=True):
        assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.98
        assert abs(one[one > 60].mean() - 150) < 5 and abs(other[other > 60].mean() - 150) < 5


def test_no_head_is_no_likeness():
    empty = np.zeros((2, 64, 64), np.uint8)
    empty[1] = 77
    folds = registration.folds(empty, registration.locate(empty))
    assert np.array_equal(folds, np.zeros_like(folds))
    assert np.array_equal(registration.align(folds, folds)[0], [0, 0])


def test_larger_images_are_averaged(heads):
    big = heads.repeat(4, axis=1).repeat(4, axis=2)
    place, small = registration.locate(big), registration.locate(heads)
    assert np.allclose(place.centre, 4 * small.centre, atol=1e-3)
    assert np.allclose(registration.folds(big, place), registration.folds(heads, small), atol=1e-5)
    blocks = big.astype(float).reshape(5, 32, 8, 32, 8).mean(axis=(2, 4))
    assert np.allclose(block_mean(big, 32), blocks)


def test_an_image_is_laid_on_another(heads):
    copy = np.clip(np.roll(heads[0], (2, -1), (0, 1)) * 0.7 + 12, 0, 255).astype(np.uint8)[::-1]
    laid = registration.bring_over(copy, heads[0], True, (-2, 1))
    assert np.abs(laid - heads[0]).max() < 2
    assert np.allclose(registration.bring_over(np.zeros_like(copy), heads[0], False, (0, 0)), heads[0].mean())


def test_edges_stay_when_brightness_changes(heads):
    place = registration.locate(heads)
    plain, other, dim = (
        edges(registration.in_frame(some, registration.locate(some), float(place.mean[0]), float(place.spread[0])))
        for some in (heads, np.roll(heads, 1, axis=0), (heads * 0.8).astype(np.uint8))
    )
    assert plain.shape == (5, 1920) and plain.dtype == np.float32
    assert np.linalg.norm(plain - dim, axis=1).max() < 0.2 * np.linalg.norm(plain - other, axis=1).min()


def test_noise_around_the_head_has_no_edges(heads):
    noise = np.random.default_rng(2).normal(0, 10, heads.shape)
    around = np.where(heads > 0, heads, np.clip(noise, 0, 255)).astype(np.uint8)
    assert np.allclose(edges(around), edges(heads), atol=1e-6)


def test_an_edge_falls_into_its_direction():
    step = np.zeros((1, 64, 64), np.uint8)
    step[:, :, 32:] = 200  # grey rises along the columns: direction 0
    fine = edges(step)[0, : 6 * 256].reshape(6, 16, 16)
    assert fine[:, 4:12, 7:9].sum(axis=(1, 2)).argmax() == 0
    assert fine[3, 4:12, 7:9].sum() < 1e-3  # the opposite direction
    turned = edges(step.transpose(0, 2, 1))[0, : 6 * 256].reshape(6, 16, 16)
    shares = turned[:, 7:9, 4:12].sum(axis=(1, 2))
    assert set(np.argsort(shares)[-2:]) == {1, 2}  # 60 and 120 degrees, on both sides of 90


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((2, 64, 64), np.float32), "expected uint8 images .* float32; .*to_uint8"),
        (np.zeros((64, 64), np.uint8), r"expected square images .* shape \(64, 64\)"),
        (np.zeros((2, 64, 32), np.uint8), r"\(2, 64, 32\)"),
        (np.zeros((2, 64, 64, 3), np.uint8), r"\(2, 64, 64, 3\)"),
        (np.zeros((0, 64, 64), np.uint8), "at least 1 image"),
        (np.zeros((1, 8, 8), np.uint8), "but got 8"),
        (np.zeros((1, 96, 96), np.uint8), "but got 96"),
    ],
)
def test_images_that_cannot_be_compared(images, message):
    with pytest.raises(UserError, match=f"fakes: .*{message}") as caught:
        registration.check_frame_images("fakes", images)
    assert "\n" not in str(caught.value)


def test_a_channel_axis_is_dropped():
    assert registration.check_frame_images("fakes", np.zeros((2, 16, 16, 1), np.uint8)).shape == (2, 16, 16)
