"""The power spectrum against waves whose power is known, and the share of nearly black pixels by hand."""

from oasis_helpers.errors import UserError
from oasis_helpers.evaluation.scores.gap import gap_distance, gap_shares
from oasis_helpers.evaluation.scores.spectrum import curve_distance, decibels, spectra, spectrum_distance

import numpy as np
import pytest
from helpers.degrading import blobs
from scipy.ndimage import gaussian_filter


def rings(side):
    """How many frequencies round to each ring, found one by one."""
    axis = np.fft.fftfreq(side, 1 / side)
    return np.bincount(np.rint(np.hypot(axis[:, None], axis)).astype(int).ravel())[1:]


def test_the_power_of_a_wave_lies_in_its_ring():
    x = np.arange(32)
    image = np.rint(128 + 60 * np.cos(2 * np.pi * 5 * x / 32) + np.zeros((32, 1))).astype(np.uint8)
    (power,) = spectra(image[None])
    assert power.argmax() == 4  # ring 5: ring 0 is left out
    assert power[4] == pytest.approx(60**2 * 32**2 / 2 / rings(32)[4], rel=0.01)
    assert power.sum() - power[4] < 0.01 * power[4]


def test_all_power_is_there_but_for_the_brightness():
    images = np.random.default_rng(0).integers(0, 256, (3, 64, 64), dtype=np.uint8)
    power = spectra(images)
    assert power.shape == (3, len(rings(64)))
    around_mean = ((images - images.mean(axis=(1, 2), keepdims=True)) ** 2).sum(axis=(1, 2))
    np.testing.assert_allclose(power @ rings(64), around_mean, rtol=1e-5)


def test_a_checkerboard_of_one_pixel_is_the_last_ring():
    i, j = np.indices((32, 32))
    (power,) = spectra((100 + 4 * ((i + j) % 2)).astype(np.uint8)[None])
    assert power.argmax() == len(power) - 1 == round(16 * 2**0.5) - 1


def test_half_of_the_contrast_is_six_decibels_less():
    images = 2 * (blobs(8) // 2)
    assert spectrum_distance(images, images // 2) == pytest.approx(20 * np.log10(2), abs=0.01)
    assert spectrum_distance(images, images) == 0
    assert decibels(np.array([100.0, 0.0])).tolist() == [20.0, -30.0]


def test_too_much_here_does_not_make_up_for_too_little_there():
    assert curve_distance(np.array([1.0, 100.0]), np.array([100.0, 1.0])) == pytest.approx(20)
    assert curve_distance(np.array([1.0, 1.0]), np.array([1.0, 100.0])) == pytest.approx(20 / 2**0.5)


def test_images_that_are_softened_lose_fine_detail():
    images = np.random.default_rng(0).integers(0, 256, (8, 64, 64), dtype=np.uint8)
    soft = gaussian_filter(images, (0, 0.5, 0.5))
    lost = decibels(spectra(images).mean(axis=0)) - decibels(spectra(soft).mean(axis=0))
    assert lost[3] < 0.5 < 5 < lost[-10]


def test_images_in_turns_have_the_spectra_that_they_have_alone(monkeypatch):
    import importlib

    module = importlib.import_module("oasis_helpers.evaluation.scores.spectrum")
    images = blobs(7)
    together = spectra(images)
    monkeypatch.setattr(module, "SPECTRA_AT_ONCE", 2 * 32**2)
    np.testing.assert_allclose(spectra(images), together, rtol=1e-6)


def test_pixels_from_1_to_12_are_nearly_black():
    image = np.zeros((4, 4), np.uint8)
    image[0] = [1, 12, 13, 255]
    np.testing.assert_array_equal(gap_shares(np.stack([image, image // 255])), [2 / 16, 1 / 16])
    assert gap_distance(np.stack([image] * 2), image[None] // 255) == pytest.approx(100 / 16)


@pytest.mark.parametrize("function", [spectra, gap_shares])
def test_floats_are_refused(function):
    with pytest.raises(UserError, match="images: expected uint8"):
        function(np.zeros((2, 16, 16)))
