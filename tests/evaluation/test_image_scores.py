"""Each metric of images against a value found in another way: a closed form, a loop, another package."""

import importlib
import math

from oasis_helpers.errors import UserError
from oasis_helpers.evaluation.scores import ms_ssim, ms_ssim_of_pairs, swd, swd_of_each

import numpy as np
import pytest
import scipy.ndimage
import scipy.stats
from helpers.degrading import blobs

swd_module = importlib.import_module("oasis_helpers.evaluation.scores.swd")  # the folder's own `swd` is the function
ms_ssim_module = importlib.import_module("oasis_helpers.evaluation.scores.ms_ssim")


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def noise(count, side, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, side, side), dtype=np.uint8)


# ---------------------------------------------------------------- SWD


def laplacian_by_convolution(image):
    taps = np.outer(b := [1, 4, 6, 4, 1], b) / 256
    small = scipy.ndimage.convolve(image, taps, mode="mirror")[::2, ::2]
    apart = np.zeros_like(image)
    apart[::2, ::2] = small
    return image - scipy.ndimage.convolve(apart, 4 * taps, mode="mirror"), small


def test_the_pyramid_equals_scipys_convolutions():
    image = noise(1, 64)[0].astype(float)
    first, half = laplacian_by_convolution(image)
    second, rest = laplacian_by_convolution(half)
    levels = list(swd_module.laplacian(noise(3, 64)))
    assert [level.shape for level in levels] == [(3, 64, 64), (3, 32, 32), (3, 16, 16)]
    for level, expected in zip(levels, (first, second, rest), strict=True):
        np.testing.assert_allclose(level[0], expected, atol=1e-3)


def test_patches_lie_anywhere_inside_their_image():
    numbers = np.arange(2 * 16 * 16).reshape(2, 16, 16)
    patches = swd_module.patches(numbers, np.random.default_rng(0)).reshape(2, 128, 7, 7)
    corner = patches[..., 0, 0]
    offsets = 16 * np.arange(7)[:, None] + np.arange(7)
    assert np.array_equal(patches, corner[..., None, None] + offsets)
    image, row, column = np.unravel_index(corner, numbers.shape)
    assert (image == [[0], [1]]).all()
    assert set(row.ravel()) == set(column.ravel()) == set(range(10))


def test_images_taken_in_turns_give_as_many_patches_of_each(monkeypatch):
    monkeypatch.setattr(swd_module, "PIXELS", 3 * 32**2)
    brightness = np.arange(1, 9, dtype=np.uint8)
    flat = np.broadcast_to(brightness[:, None, None], (8, 32, 32))
    patches = {side: swd_module.descriptors(flat, 0, side) for side in (32, 16)}
    assert patches[32].shape == patches[16].shape == (8 * 128, 49)
    np.testing.assert_allclose(patches[16], np.repeat(brightness, 128)[:, None] * np.ones(49), rtol=1e-5)
    assert swd(blobs(8), blobs(8)).mean == 0


def test_the_sliced_distance_equals_scipys_wasserstein_distance():
    a, b = normal(40, 5).astype("float32"), 1 + 2 * normal(40, 5, seed=1).astype("float32")
    directions = np.random.default_rng(3).standard_normal((512, 5))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    expected = np.mean([scipy.stats.wasserstein_distance(a @ u, b @ u) for u in directions])
    distances = swd_module.sliced_distances(a, [b, a], np.random.default_rng(3))
    assert distances == [pytest.approx(expected, rel=1e-5), 0]


def test_the_sliced_distance_of_a_shift_is_known():
    line = normal(50, 1)
    assert swd_module.sliced_distances(line, [line + 0.3], np.random.default_rng(0))[0] == pytest.approx(0.3)
    points, shift = normal(50, 49), normal(49, seed=1)
    share = math.gamma(49 / 2) / (math.sqrt(math.pi) * math.gamma(25))  # mean |cos| of a direction with the shift
    distance = swd_module.sliced_distances(points, [points + shift], np.random.default_rng(0))[0]
    assert distance == pytest.approx(share * np.linalg.norm(shift), rel=0.1)


def test_swd_puts_the_parts_together():
    real, fake = blobs(20), blobs(20, seed=1)
    distance = swd(real, fake, seed=5)
    assert list(distance.levels) == [32, 16] and distance.count == 20
    assert distance.mean == pytest.approx(sum(distance.levels.values()) / 2)
    level = [list(swd_module.laplacian(x))[1] for x in (real, fake)]
    rows = [swd_module.patches(x, np.random.default_rng([5, 1, 16])).astype(float) for x in level]
    rows = [((x - x.mean()) / x.std()) for x in rows]
    expected = 1000 * swd_module.sliced_distances(rows[0], rows[1:], np.random.default_rng([5, 2, 16]))[0]
    assert distance.levels[16] == pytest.approx(expected, rel=1e-4)


def test_several_sets_at_once_have_the_distances_that_they_have_alone():
    real, fakes = blobs(20), [blobs(20, seed=1), np.uint8(blobs(20) // 2), blobs(20)]
    together = swd_of_each(real, fakes, seed=3)
    assert together == [swd(real, fake, seed=3) for fake in fakes] and together[0].mean > together[2].mean == 0
    assert [distance.count for distance in swd_of_each(real, [*fakes, blobs(12)])] == [12] * 4


@pytest.mark.slow
def test_swd_is_zero_for_equal_sets_symmetric_and_repeatable():
    real, fake = blobs(40), blobs(40, seed=1)
    assert swd(real, real).mean == 0
    assert swd(real, fake) == swd(fake, real) == swd(real, fake)
    assert swd(real, fake).mean != swd(real, fake, seed=1).mean


def test_swd_sees_neither_brightness_nor_contrast_of_a_set():
    dark = blobs(20) // 2
    assert swd(dark, 2 * dark).mean < 1e-3 and swd(dark, dark + 100).mean < 1e-3


def test_swd_cuts_the_larger_set():
    real, fake = blobs(50), blobs(20, seed=1)
    assert swd(real, fake).count == swd(fake, real).count == 20
    assert swd(real, fake) != swd(real[:20], fake)  # at random: not the first people's


def test_swd_of_flat_images_is_a_number():
    flat = np.full((20, 16, 16), 90, np.uint8)
    assert swd(flat, flat + 9).mean == 0
    assert swd(blobs(20, 16), flat).mean > 100


# ---------------------------------------------------------------- MS-SSIM


def test_one_scale_equals_scikit_images_ssim():
    metrics = pytest.importorskip("skimage.metrics")
    first, second = blobs(3, 64), blobs(3, 64, seed=1)
    for x, y, value in zip(first, second, ms_ssim(first, second, weights=(1.0,)), strict=True):
        options = dict(gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255, full=True)
        inside = metrics.structural_similarity(x, y, **options)[1][5:-5, 5:-5]  # where the window fits in
        assert value == pytest.approx(inside.mean(), abs=1e-9)


def test_five_scales_equal_tensorflows():
    tf = pytest.importorskip("tensorflow")
    first = blobs(3, 256)
    second = np.clip(first + 25 * normal(3, 256, 256), 0, 255).astype(np.uint8)
    expected = tf.image.ssim_multiscale(first[..., None], second[..., None], 255).numpy()
    np.testing.assert_allclose(ms_ssim(first, second), expected, atol=2e-5)


def ms_ssim_by_loops(x, y):
    product = 1.0
    for scale, weight in enumerate(ms_ssim_module.WEIGHTS):
        side = len(x)
        size = min(11, side)
        line = scipy.stats.norm.pdf(np.arange(size) - (size - 1) / 2, scale=1.5 * size / 11)
        window = np.outer(line, line) / line.sum() ** 2
        values = []
        for i in range(side - size + 1):
            for j in range(side - size + 1):
                a, b = x[i : i + size, j : j + size], y[i : i + size, j : j + size]
                ma, mb = np.sum(window * a), np.sum(window * b)
                va, vb, cov = (
                    np.sum(window * p * q) for p, q in ((a - ma, a - ma), (b - mb, b - mb), (a - ma, b - mb))
                )
                light = (2 * ma * mb + 2.55**2) / (ma**2 + mb**2 + 2.55**2)
                values.append((2 * cov + 7.65**2) / (va + vb + 7.65**2) * (light if scale == 4 else 1))
        product *= max(np.mean(values), 0) ** weight
        x, y = (p.reshape(side // 2, 2, -1, 2).mean((1, 3)) if side > 1 else p for p in (x, y))
    return product


@pytest.mark.parametrize("side", [16, 32])
def test_small_images_have_five_scales_and_smaller_windows(side):
    first, second = blobs(4, side), blobs(4, side, seed=1)
    expected = [ms_ssim_by_loops(x.astype(float), y.astype(float)) for x, y in zip(first, second, strict=True)]
    np.testing.assert_allclose(ms_ssim(first, second), expected, rtol=1e-9)


def test_ms_ssim_is_one_for_equal_images_and_symmetric(monkeypatch):
    first, second = blobs(10), blobs(10, seed=1)
    assert ms_ssim(first, first) == pytest.approx(np.ones(10), rel=1e-12)
    whole = ms_ssim(first, second)
    assert np.allclose(whole, ms_ssim(second, first), rtol=1e-12)
    monkeypatch.setattr(ms_ssim_module, "PIXELS_AT_ONCE", 3 * 32**2)
    assert np.allclose(whole, ms_ssim(first, second), rtol=1e-12)
    assert ms_ssim(first, 255 - first).max() < 0.05


def test_diversity_is_the_mean_over_pairs_of_different_images():
    images = blobs(6)
    by_hand = np.mean([ms_ssim(images[i : i + 1], images[j : j + 1]) for i in range(6) for j in range(i)])
    assert ms_ssim_of_pairs(images) == pytest.approx(by_hand)
    assert ms_ssim_of_pairs(images, pairs=10, seed=1) != ms_ssim_of_pairs(images, pairs=10, seed=2)
    assert ms_ssim_of_pairs(images, pairs=10, seed=1) == ms_ssim_of_pairs(images, pairs=10, seed=1)


def test_no_image_is_paired_with_itself():
    unlike = noise(3, 32)
    assert ms_ssim(unlike, np.roll(unlike, 1, axis=0)).max() < 0.3  # all 3 pairs
    assert all(ms_ssim_of_pairs(unlike, pairs=2, seed=seed) < 0.3 for seed in range(20))


def test_fewer_kinds_of_images_are_less_diverse():
    many = blobs(60)
    assert (
        ms_ssim_of_pairs(np.repeat(many[:3], 20, axis=0))
        > ms_ssim_of_pairs(np.repeat(many[:20], 3, axis=0))
        > ms_ssim_of_pairs(many)
    )


def test_fewer_directions_give_nearly_the_same_distance():
    real, fake = (np.random.default_rng(seed).integers(0, 256 - 40 * seed, (20, 32, 32), np.uint8) for seed in (0, 1))
    whole, part = swd(real, fake).mean, swd(real, fake, directions=128).mean
    assert part == pytest.approx(whole, rel=0.1) and part != whole
    with pytest.raises(UserError, match="directions: expected a whole number of at least 32"):
        swd(real, fake, directions=0)
