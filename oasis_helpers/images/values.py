"""Grey values: 0 to 255 as stored, and the floats that the networks see (notebook 01)."""

from __future__ import annotations

from oasis_helpers.errors import UserError

import numpy as np


def to_float(images: np.ndarray, value_range: tuple[float, float] = (-1.0, 1.0)) -> np.ndarray:
    """Map uint8 0..255 to float32 low..high; :func:`to_uint8` maps it back exactly.

    >>> to_float(np.array([0, 255], "uint8")).tolist()
    [-1.0, 1.0]

    Raises:
        UserError: other than uint8, or a range that is none.
    """
    low, high = _check_range(value_range)
    images = np.asarray(images)
    if images.dtype != np.uint8:
        raise UserError(f"images: expected uint8, but got {images.dtype}; floats are mapped back by to_uint8")
    return np.linspace(low, high, 256, dtype=np.float32)[images]  # a look-up: both ends are met exactly


def to_uint8(images: np.ndarray, value_range: tuple[float, float] = (-1.0, 1.0)) -> np.ndarray:
    """Map float low..high to uint8 0..255, to the nearest grey; what lies outside becomes 0 or 255.

    >>> to_uint8([-1.0, 0.0, 1.0]).tolist()
    [0, 128, 255]

    Raises:
        UserError: NaN or infinity, or a range that is none.
    """
    low, high = _check_range(value_range)
    images = np.asarray(images, dtype=np.float32)
    if not np.isfinite(images).all():
        raise UserError("images: expected finite numbers, but got NaN or infinity; has the training diverged?")
    return np.clip(np.rint((images - np.float32(low)) * np.float32(255 / (high - low))), 0, 255).astype(np.uint8)


def rescale(images: np.ndarray, value_range: tuple[float, float]) -> np.ndarray:
    """Map floats low..high to -1..1, neither rounded nor clipped; -1..1 stays as it is.

    >>> rescale(np.array([0.0, 0.5, 1.0]), (0, 1)).tolist()
    [-1.0, 0.0, 1.0]
    """
    low, high = _check_range(value_range)
    return (images - low) * (2 / (high - low)) - 1


def _check_range(value_range: tuple[float, float]) -> tuple[float, float]:
    try:
        low, high = map(float, value_range)
    except (TypeError, ValueError):
        low, high = 0.0, 0.0
    if not (np.isfinite([low, high]).all() and low < high):
        raise UserError(
            f"value_range: expected (low, high) with low < high, but got {value_range!r}; take (-1, 1) or (0, 1)"
        )
    return low, high
