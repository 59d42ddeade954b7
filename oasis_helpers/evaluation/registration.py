"""One frame for all heads, so that no copy hides behind a flip, a shift or a change of brightness (notebook 07).

A picture's grey values are told apart into background and head by Otsu's threshold, which moves along with any
change of brightness and contrast. The head's centre then goes to the centre of the frame, in fractions of a pixel.
What shift is left between two pictures is found from their cross-correlation, as in P. E. Anuta, "Spatial
registration of multispectral and multitemporal digital imagery using fast Fourier transform techniques", 1970.
"""

from __future__ import annotations

from dataclasses import dataclass

from oasis_helpers.errors import UserError

import numpy as np
from scipy import fft

FRAME = 64  # px: larger pictures are averaged down to it; people differ plainly there, and the cost stays bearable
REACH = 4  # px of the frame that two centred heads may still lie apart
# px of the frame (standard deviations of blurs): finer is mostly noise, coarser is what all heads share and uneven
# brightness. Copies stand out most with about these, on the cohort and on OASIS-1 alike.
FINE, COARSE = 1.0, 4.0


def check_pictures(name: str, pictures: np.ndarray) -> np.ndarray:
    """Return pictures as (n, R, R) uint8; (n, R, R, 1) is taken as well.

    Raises:
        UserError: another shape or type, no picture at all, R below 16, or above 64 and no multiple of it.
    """
    pictures = np.asarray(pictures)
    if pictures.ndim == 4 and pictures.shape[-1] == 1:
        pictures = pictures[..., 0]
    if pictures.ndim != 3 or pictures.dtype != np.uint8 or pictures.shape[1] != pictures.shape[2]:
        raise UserError(
            f"{name}: expected square pictures (n, R, R) of uint8, but got {pictures.dtype} of shape"
            f" {pictures.shape}; map floats back with to_uint8"
        )
    if not len(pictures):
        raise UserError(f"{name}: expected at least one picture, but got none; pass some")
    size = pictures.shape[1]
    if size < 16 or (size > FRAME and size % FRAME):
        raise UserError(f"{name}: expected 16 to {FRAME} pixels or a multiple of {FRAME}, but got {size}; resize them")
    return pictures


def shrink(pictures: np.ndarray, size: int) -> np.ndarray:
    """Average pictures (n, R, R) over blocks of pixels to (n, size, size) float32; R is a multiple of ``size``."""
    block = pictures.shape[1] // size
    rows = sum(pictures[:, i::block].astype(np.float32) for i in range(block))  # much faster than a mean over blocks
    return sum(rows[:, :, i::block] for i in range(block)) / np.float32(block**2)


@dataclass(frozen=True)
class Place:
    """Where the head lies in each of n pictures, and how bright it is.

    Attributes:
        background: (n,) grey value around the head, 0 to 255.
        mean: (n,) mean grey value of the head; the background's where there is no head.
        spread: (n,) standard deviation of the head's grey values, above 0.
        centre: (n, 2) centre of the head from the picture's middle, in pixels of the picture: rows, columns.
    """

    background: np.ndarray
    mean: np.ndarray
    spread: np.ndarray
    centre: np.ndarray

    def part(self, rows: np.ndarray | slice) -> Place:
        """Return the places of some of the pictures."""
        return Place(self.background[rows], self.mean[rows], self.spread[rows], self.centre[rows])


def locate(pictures: np.ndarray) -> Place:
    """Find the head in pictures (n, R, R) uint8."""
    size = pictures.shape[1]
    small = shrink(pictures, min(size, FRAME))
    background, mean, spread = _grey_levels(np.rint(small).astype(np.uint8))
    mask = _head(small, background, mean)
    mask = np.clip(mask - 0.25, 0, None)  # noise around the head would pull the centre to the picture's middle
    weight = np.maximum(mask.sum(axis=(1, 2)), 1e-6)
    axis = np.arange(small.shape[1], dtype=np.float32) - (small.shape[1] - 1) / 2
    centre = np.stack([mask.sum(axis=2) @ axis, mask.sum(axis=1) @ axis], axis=1) / weight[:, None]
    return Place(background, mean, spread, centre * (size / small.shape[1]))


def _grey_levels(pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Background, mean and spread (n,) of the head, apart by Otsu's threshold (N. Otsu 1979), from histograms."""
    n = len(pictures)
    codes = pictures.reshape(n, -1) + 256 * np.arange(n)[:, None]
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


def _head(pictures: np.ndarray, background: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """A soft mask (n, r, r): 0 around the head, 1 where it is at least as bright as its mean."""
    height = np.maximum(mean - background, 1)[:, None, None]
    return np.clip((pictures - background[:, None, None]) / height, 0, 1)


def _moved(spectra: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Spectra (n, r, r // 2 + 1) of pictures moved by (n, 2) pixels: rows, columns."""
    size = spectra.shape[1]
    rows = np.exp(-2j * np.pi * fft.fftfreq(size) * by[:, :1]).astype(np.complex64)
    columns = np.exp(-2j * np.pi * fft.rfftfreq(size) * by[:, 1:]).astype(np.complex64)
    return spectra * rows[:, :, None] * columns[:, None, :]


def move(pictures: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Move pictures (n, r, r) by (n, 2) pixels, fractions too: rows, columns; the frame's ends meet. float32."""
    spectra = fft.rfft2(np.asarray(pictures, np.float32))
    return fft.irfft2(_moved(spectra, np.asarray(by)), s=pictures.shape[1:]).astype(np.float32)


def in_frame(pictures: np.ndarray, place: Place, mean: float, spread: float) -> np.ndarray:
    """Bring pictures (n, R, R) uint8 to one grey scale and one centre; the same shape and type.

    This is what a feature extractor gets to see.

    Args:
        pictures: as they are.
        place: of the same pictures, see :func:`locate`.
        mean: grey value that every head's mean becomes.
        spread: standard deviation that every head's grey values get.
    """
    place_mean, gain = place.mean[:, None, None], (spread / place.spread)[:, None, None]
    grey = (pictures.astype(np.float32) - place_mean) * gain + np.float32(mean)
    grey = np.where(pictures <= place.background[:, None, None], 0, np.clip(grey, 0, 255))
    return np.clip(np.rint(move(grey, -place.centre)), 0, 255).astype(np.uint8)


def folds(pictures: np.ndarray, place: Place) -> np.ndarray:
    """Return what tells people apart: the head between the finest and the coarsest scale, centred, of length 1.

    Args:
        pictures: (n, R, R) uint8.
        place: of the same pictures, see :func:`locate`.

    Returns:
        (n, r, r) float32 with r = min(R, 64); all 0 for a picture without a head.
    """
    small = shrink(pictures, min(pictures.shape[1], FRAME))
    size = small.shape[1]
    mask = _head(small, place.background, place.mean)
    grey = mask * (small - place.mean[:, None, None]) / place.spread[:, None, None]
    spectra = _moved(fft.rfft2(grey), -place.centre * (size / pictures.shape[1]))
    square = (fft.fftfreq(size)[:, None] ** 2 + fft.rfftfreq(size) ** 2) * (2 * np.pi * size / FRAME) ** 2 / 2
    band = np.exp(-square * FINE**2) - np.exp(-square * COARSE**2)
    return unit(fft.irfft2(spectra * band.astype(np.float32), s=(size, size)))


def unit(values: np.ndarray) -> np.ndarray:
    """Scale each of n arrays to length 1, float32; one that is all 0 stays so."""
    flat = values.reshape(len(values), -1)
    length = np.maximum(np.linalg.norm(flat, axis=1), 1e-12)
    return (flat / length[:, None]).reshape(values.shape).astype(np.float32)


def align(moving: np.ndarray, fixed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the small shift at which pairs of pictures correlate best.

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


def bring_over(picture: np.ndarray, onto: np.ndarray, flipped: bool, by: tuple[float, float]) -> np.ndarray:
    """Lay one picture on another: mirror it, move it, and give it the brightness and contrast that fit best.

    Args:
        picture: (R, R) uint8.
        onto: (R, R) uint8.
        flipped: whether it is mirrored left to right.
        by: pixels by which it is moved then: rows, columns.

    Returns:
        (R, R) float32 in grey values, fitted by least squares; a picture without contrast comes back even.
    """
    moved = move((picture[::-1] if flipped else picture)[None], np.array([by]))[0]
    centred = moved - moved.mean()
    gain = (centred * onto).sum() / max((centred**2).sum(), 1e-6)
    return (gain * centred + onto.mean()).astype(np.float32)


def _parabola(before: np.ndarray, at: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the parabola through three neighbours peaks, -0.5 to 0.5, and by how much that is higher."""
    bend = np.minimum(before - 2 * at + after, -1e-12)
    where = np.clip((before - after) / (2 * bend), -0.5, 0.5)
    return where, np.maximum(where * (after - before) / 2 + bend * where**2 / 2, 0)
