"""What an image looks like, without a trained network: where its edges run, and which way (notebook 07)."""

from __future__ import annotations

from oasis_helpers.evaluation.audit.registration import FRAME
from oasis_helpers.images import block_mean

import numpy as np
from scipy import fft

EDGE_DIRECTIONS = 6
EDGE_SCALES = ((1.5, 4), (3.0, 8))  # (px of blur before edges are taken, px of a cell), images of 64 px
BACKGROUND_GREY = 40  # grey values below it are alike: noise around the head has edges too
WEAK_EDGE = 8.0  # grey values per pixel: an edge much weaker than that among its neighbours counts little


def edges(images: np.ndarray) -> np.ndarray:
    """Describe images by the directions of their edges: blind to brightness, mild to blur, noise and small turns.

    Histograms of edge directions in small cells, each edge measured by the edges around it, at two scales; after
    N. Dalal and B. Triggs, "Histograms of oriented gradients for human detection", 2005.

    Args:
        images: (n, R, R) uint8; larger ones than 64 pixels are averaged down to it.

    Returns:
        (n, d) float32; d is 1,920 at 64 pixels.
    """
    size = min(images.shape[1], FRAME)
    grey = np.maximum(block_mean(images, size) - BACKGROUND_GREY, 0)
    down, along = 2 * np.pi * fft.fftfreq(size)[:, None], 2 * np.pi * fft.rfftfreq(size)  # radians per pixel
    square, spectra, parts = down**2 + along**2, fft.rfft2(grey), []
    for blur, cell in EDGE_SCALES:
        blur, cell = blur * size / FRAME, max(1, cell * size // FRAME)
        smooth = np.exp(-square * blur**2 / 2)
        slopes = [_filtered(spectra, 1j * way * smooth) for way in (down, along)]  # a derivative is i times frequency
        square_slope = slopes[0] ** 2 + slopes[1] ** 2
        around = np.maximum(_filtered(fft.rfft2(square_slope), np.exp(-square * cell**2 / 2)), 0)
        scale = np.sqrt(np.maximum(square_slope, 1e-6)) * (np.sqrt(around) + WEAK_EDGE * FRAME / size)
        for k in range(EDGE_DIRECTIONS):
            turn = 2 * np.pi * k / EDGE_DIRECTIONS
            slope = np.maximum(np.float32(np.cos(turn)) * slopes[1] + np.float32(np.sin(turn)) * slopes[0], 0)
            parts.append(block_mean(slope**2 / scale, size // cell).reshape(len(grey), -1))
    return np.concatenate(parts, axis=1)


def _filtered(spectra: np.ndarray, by: np.ndarray) -> np.ndarray:
    return fft.irfft2(spectra * by.astype(np.complex64), s=(spectra.shape[1],) * 2)
