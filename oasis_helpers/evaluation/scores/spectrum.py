"""The power spectrum: how strong detail of each size is, in decibels (notebook 07).

A texture that is too soft lacks power at high frequencies, one that is dotted or has a checkerboard has too much of it
(Durall et al. 2020, arXiv 2003.01826, section 3). Unlike features of averaged images, it keeps every pixel.
"""

from __future__ import annotations

from functools import cache

from oasis_helpers.images import check_image_pair, check_images

import numpy as np
from scipy import sparse

SPECTRA_AT_ONCE = 2**21  # pixels at a time
LEAST_POWER = 1e-3  # grey values squared: below what rounding leaves, so that flat images have a level, too


def spectra(images: np.ndarray) -> np.ndarray:
    """Return the power of each image at each frequency, a mean over all directions.

    Args:
        images: (n, R, R) uint8.

    Returns:
        (n, rings) float64, in grey values squared. Ring k, from 1 on, holds the frequencies that round to k cycles a
        side; the last one is R / sqrt(2), where a checkerboard of 1 px lies. The brightness, ring 0, is left out.

    Raises:
        UserError: other images.
    """
    images = check_images("images", images)
    mean_of_rings = _rings(images.shape[1])
    chunk = max(1, SPECTRA_AT_ONCE // images.shape[1] ** 2)
    parts = []
    for i in range(0, len(images), chunk):
        waves = np.fft.rfft2(images[i : i + chunk].astype(np.float32), norm="ortho")
        parts.append((mean_of_rings @ np.abs(waves.reshape(len(waves), -1).T) ** 2).T)
    return np.concatenate(parts)


def decibels(power: np.ndarray) -> np.ndarray:
    """Return 10 log10 of power, any shape; a tenth of the power is 10 dB less, half of it 3 dB."""
    return 10 * np.log10(np.maximum(power, LEAST_POWER))


def spectrum_distance(real: np.ndarray, fake: np.ndarray) -> float:
    """Root mean square difference of the mean spectra of two sets of images, over all frequencies.

    Args:
        real: (n, R, R) uint8.
        fake: (m, R, R) uint8.

    Returns:
        From 0 up, lower is better, in dB.

    Raises:
        UserError: images of the wrong type, shape or size.
    """
    real, fake = check_image_pair(real, fake)
    return curve_distance(spectra(real).mean(axis=0), spectra(fake).mean(axis=0))


def curve_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Root mean square difference in dB of two mean spectra (rings,)."""
    return float(np.sqrt(np.mean((decibels(first) - decibels(second)) ** 2)))


@cache
def _rings(side: int) -> sparse.csr_array:
    """The matrix (rings, side * (side // 2 + 1)) that takes the mean over each ring of a half spectrum."""
    rows, columns = np.fft.fftfreq(side, 1 / side), np.fft.rfftfreq(side, 1 / side)
    ring = np.rint(np.hypot(rows[:, None], columns)).astype(int).ravel()
    # Of a real image only half of the spectrum is kept: what stands for its mirror frequency, too, counts twice.
    twice = np.broadcast_to(np.where((columns == 0) | (columns == side // 2), 1.0, 2.0), (side, len(columns))).ravel()
    weights = sparse.csr_array((twice, (ring, np.arange(ring.size))), shape=(ring.max() + 1, ring.size))
    return (sparse.diags_array(1 / weights.sum(axis=1)) @ weights).tocsr()[1:]
