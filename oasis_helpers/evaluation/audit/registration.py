"""One frame for all heads, so that no copy hides behind a flip, a shift or a change of brightness (notebook 07).

An image's grey values are told apart into background and head by Otsu's threshold, which moves along with any
change of brightness and contrast. The head's centre then goes to the centre of the frame, in fractions of a pixel.
What shift is left between two images is found from their cross-correlation, as in P. E. Anuta, "Spatial
registration of multispectral and multitemporal digital imagery using fast Fourier transform techniques", 1970.
"""

from __future__ import annotations

from dataclasses import dataclass

from oasis_helpers.errors import UserError
from oasis_helpers.images import block_mean, check_square_images

import numpy as np
from scipy import fft

FRAME = 64  # px: larger images are averaged down to it; people differ plainly there, and the cost stays bearable
REACH = 4  # px of the frame that two centred heads may still lie apart
# px of the frame (standard deviations of blurs): finer is mostly noise, coarser is what all heads share and uneven
# brightness. Copies stand out most with about these, on the cohort and on OASIS-1 alike.
FINE, COARSE = 1.0, 4.0


def check_frame_images(name: str, images: np.ndarray) -> np.ndarray:
    """Return images as (n, R, R) uint8; (n, R, R, 1) is taken as well.

    Raises:
        UserError: another shape or type, no image at all, R below 16, or above 64 and no multiple of it.
    """
    images = check_square_images(name, images)
    size = images.shape[1]
    if size < 16 or (size > FRAME and size % FRAME):
        raise UserError(f"{name}: expected 16 to {FRAME} pixels or a multiple of {FRAME}, but got {size}; resize them")
    return images


@dataclass(frozen=True)
class Place:
    """Where the head lies in each of n images, and how bright it is.

    Attributes:
        background: (n,) grey value around the head, 0 to 255.
        mean: (n,) mean grey value of the head; the background's where there is no head.
        spread: (n,) standard deviation of the head's grey values, above 0.
        centre: (n, 2) centre of the head from the image's middle, in pixels of the image: rows, columns.
    """

    background: np.ndarray
    mean: np.ndarray
    spread: np.ndarray
    centre: np.ndarray

    def part(self, rows: np.ndarray | slice) -> Place:
        """Return the places of some of the images."""
        return Place(self.background[rows], self.mean[rows], self.spread[rows], self.centre[rows])


def locate(images: np.ndarray) -> Place:
    """Find the head in images (n, R, R) uint8."""
    size = images.shape[1]
    small = block_mean(images, min(size, FRAME))
    background, mean, spread = _grey_levels(np.rint(small).astype(np.uint8))
    mask = _head(small, background, mean)
    mask = np.clip(mask - 0.25, 0, None)  # noise around the head would pull the centre to the image's middle
    weight = np.maximum(mask.sum(axis=(1, 2)), 1e-6)
    axis = np.arange(small.shape[1], dtype=np.float32) - (small.shape[1] - 1) / 2
    centre = np.stack([mask.sum(axis=2) @ axis, mask.sum(axis=1) @ axis], axis=1) / weight[:, None]
    return Place(background, mean, spread, centre * (size / small.shape[1]))


def _grey_levels(images: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Background, mean and spread (n,) of the head, apart by Otsu's threshold (N. Otsu 1979), from histograms."""
    n = len(images)
    codes = images.reshape(n, -1) + 256 * np.arange(n)[:, None]
    counts = np.bincount(codes.ravel(), minlength=256 * n).reshape(n, 256).astype(np.float64)
    grey = np.arange(256)
    below, total = counts.cumsum(axis=1), counts.sum(axis=1, keepdims=True)
    moment = (counts * grey).cumsum(axis=1)
    between = (moment[:, -1:] * below - total * moment) ** 2 / np.maximum(below * (total - below), 1)
    last = between.argmax(axis=1)[:, None]  # the background's last grey value
    dark = np.take_along_axis(below, last, 1)
    background = (below >= dark / 2).argmax(axis=1)  # the median of what lies below
    head = counts * (grey > last)
    amount = np.maximum(head.sum(axis=1), 1)
    mean = np.where(head.any(axis=1), head @ grey / amount, background)
    spread = np.sqrt(np.maximum(head @ grey**2 / amount - mean**2, 1))
    return tuple(values.astype(np.float32) for values in (background, mean, spread))


def _head(images: np.ndarray, background: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """A soft mask (n, r, r): 0 around the head, 1 where it is at least as bright as its mean."""
    height = np.maximum(mean - background, 1)[:, None, None]
    return np.clip((images - background[:, None, None]) / height, 0, 1)


def _moved(spectra: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Spectra (n, r, r // 2 + 1) of images moved by (n, 2) pixels: rows, columns."""
    size = spectra.shape[1]
    rows = np.exp(-2j * np.pi * fft.fftfreq(size) * by[:, :1]).astype(np.complex64)
    columns = np.exp(-2j * np.pi * fft.rfftfreq(size) * by[:, 1:]).astype(np.complex64)
    return spectra * rows[:, :, None] * columns[:, None, :]


def shift(images: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Move images (n, r, r) by (n, 2) pixels, fractions too: rows, columns; the frame's ends meet. float32."""
    spectra = fft.rfft2(np.asarray(images, np.float32))
    return fft.irfft2(_moved(spectra, np.asarray(by)), s=images.shape[1:]).astype(np.float32)


def in_frame(images: np.ndarray, place: Place, mean: float, spread: float) -> np.ndarray:
    """Bring images (n, R, R) uint8 to one grey scale and one centre; the same shape and type.

    This is what a feature extractor gets to see.

    Args:
        images: as they are.
        place: of the same images, see :func:`locate`.
        mean: grey value that every head's mean becomes.
        spread: standard deviation that every head's grey values get.
    """
    place_mean, gain = place.mean[:, None, None], (spread / place.spread)[:, None, None]
    grey = (images.astype(np.float32) - place_mean) * gain + np.float32(mean)
    grey = np.where(images <= place.background[:, None, None], 0, np.clip(grey, 0, 255))
    return np.clip(np.rint(shift(grey, -place.centre)), 0, 255).astype(np.uint8)


def folds(images: np.ndarray, place: Place) -> np.ndarray:
    """Return what tells people apart: the head between the finest and the coarsest scale, centred, of length 1.

    Args:
        images: (n, R, R) uint8.
        place: of the same images, see :func:`locate`.

    Returns:
        (n, r, r) float32 with r = min(R, 64); all 0 for an image without a head.
    """
    small = block_mean(images, min(images.shape[1], FRAME))
    size = small.shape[1]
    mask = _head(small, place.background, place.mean)
    grey = mask * (small - place.mean[:, None, None]) / place.spread[:, None, None]
    spectra = _moved(fft.rfft2(grey), -place.centre * (size / images.shape[1]))
    square = (fft.fftfreq(size)[:, None] ** 2 + fft.rfftfreq(size) ** 2) * (2 * np.pi * size / FRAME) ** 2 / 2
    band = np.exp(-square * FINE**2) - np.exp(-square * COARSE**2)
    return unit(fft.irfft2(spectra * band.astype(np.float32), s=(size, size)))


def unit(values: np.ndarray) -> np.ndarray:
    """Scale each of n arrays to length 1, float32; one that is all 0 stays so."""
    flat = values.reshape(len(values), -1)
    length = np.maximum(np.linalg.norm(flat, axis=1), 1e-12)
    return (flat / length[:, None]).reshape(values.shape).astype(np.float32)


def align(moving: np.ndarray, fixed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the small shift at which pairs of images correlate best.

    Args:
        moving: (n, r, r) from :func:`folds`.
        fixed: (n, r, r), what each is brought onto.

    Returns:
        The correlation there (n,), -1 to 1, and the shift (n, 2) that brings ``moving`` onto ``fixed``, in pixels of
        the frame with fractions: rows, columns.
    """
    size = moving.shape[1]
    reach = max(1, round(REACH * size / FRAME))
    correlation = fft.irfft2(np.conj(fft.rfft2(moving)) * fft.rfft2(fixed), s=(size, size))
    shifts = np.arange(-reach - 1, reach + 2)  # one more on each side, for the parabola
    near = correlation[:, shifts[:, None], shifts[None, :]]
    inner = near[:, 1:-1, 1:-1].reshape(len(near), -1)
    row, column = np.divmod(inner.argmax(axis=1), 2 * reach + 1)
    pairs = np.arange(len(near))
    peak = near[pairs, row + 1, column + 1]
    up, more_up = _parabola(near[pairs, row, column + 1], peak, near[pairs, row + 2, column + 1])
    along, more_along = _parabola(near[pairs, row + 1, column], peak, near[pairs, row + 1, column + 2])
    by = np.stack([row - reach + up, column - reach + along], axis=1)
    return np.minimum(peak + more_up + more_along, 1), by


def bring_over(image: np.ndarray, onto: np.ndarray, flipped: bool, by: tuple[float, float]) -> np.ndarray:
    """Lay one image on another: mirror it, move it, and give it the brightness and contrast that fit best.

    Args:
        image: (R, R) uint8.
        onto: (R, R) uint8.
        flipped: whether it is mirrored left to right.
        by: pixels by which it is moved then: rows, columns.

    Returns:
        (R, R) float32 in grey values, fitted by least squares; an image without contrast comes back even.
    """
    moved = shift((image[::-1] if flipped else image)[None], np.array([by]))[0]
    centred = moved - moved.mean()
    gain = (centred * onto).sum() / max((centred**2).sum(), 1e-6)
    return (gain * centred + onto.mean()).astype(np.float32)


def _parabola(before: np.ndarray, at: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the parabola through three neighbours peaks, -0.5 to 0.5, and by how much that is higher."""
    bend = np.minimum(before - 2 * at + after, -1e-12)
    where = np.clip((before - after) / (2 * bend), -0.5, 0.5)
    return where, np.maximum(where * (after - before) / 2 + bend * where**2 / 2, 0)
