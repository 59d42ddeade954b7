"""What the metrics take: 8-bit pictures and rows of features, checked before anything is computed (notebook 07)."""

from __future__ import annotations

from oasis_helpers.errors import UserError

import numpy as np


def check_share(name: str, value: float, advice: str, ends: bool = True) -> float:
    """Return a number from 0 to 1 as float, without the ends themselves where ``ends`` is false; raises UserError."""
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not number or not (0 <= value <= 1 if ends else 0 < value < 1):
        wanted = "from 0 to 1" if ends else "between 0 and 1"
        raise UserError(f"{name}: expected a number {wanted}, but got {value!r}; {advice}")
    return float(value)


def check_rows(name: str, array: np.ndarray) -> int:
    """Return how many pictures or rows of features an array holds; raises UserError where it is no array."""
    if np.ndim(array) == 0:
        raise UserError(f"{name}: expected pictures or features in an array, but got {array!r}; give one")
    return len(array)


def check_pictures(name: str, pictures: np.ndarray, smallest: int = 4, least: int = 1) -> np.ndarray:
    """Return pictures as (n, R, R) uint8, a view where it can be one.

    Args:
        name: of the argument, for the error.
        pictures: (n, R, R) or (n, R, R, 1), uint8 0..255, R a power of two.
        smallest: the smallest R that the caller can use.
        least: the fewest pictures that the caller can use.

    Raises:
        UserError: another type, another shape, too small, too few.
    """
    pictures = np.asarray(pictures)
    if pictures.dtype != np.uint8:
        raise UserError(f"{name}: expected uint8 pictures 0..255, but got {pictures.dtype}; map them with to_uint8")
    if pictures.ndim == 4 and pictures.shape[-1] == 1:
        pictures = pictures[..., 0]
    if pictures.ndim != 3 or pictures.shape[1] != pictures.shape[2]:
        raise UserError(f"{name}: expected square pictures (n, R, R), but got shape {pictures.shape}; reshape them")
    count, side = pictures.shape[:2]
    if side < smallest or side & (side - 1):
        raise UserError(
            f"{name}: expected {smallest} px or a larger power of two a side, but got {side} px; take another size"
        )
    if count < least:
        raise UserError(f"{name}: expected at least {least} pictures, but got {count}; give more")
    return pictures


def check_two_sets(
    real: np.ndarray, fake: np.ndarray, smallest: int = 4, names: tuple[str, str] = ("real", "fake")
) -> tuple[np.ndarray, np.ndarray]:
    """Return two sets of pictures of one size, checked by :func:`check_pictures`; raises UserError."""
    real, fake = check_pictures(names[0], real, smallest), check_pictures(names[1], fake, smallest)
    if real.shape[1] != fake.shape[1]:
        raise UserError(
            f"{names[1]}: expected pictures of {real.shape[1]} px as in {names[0]}, but got {fake.shape[1]} px; "
            "take both at one resolution"
        )
    return real, fake


def check_features(name: str, features: np.ndarray, least: int = 1) -> np.ndarray:
    """Return features (n, d) as float64; raises UserError where they are not finite, or fewer rows than ``least``."""
    features = np.asarray(features)
    if features.ndim != 2 or not features.shape[1] or not np.issubdtype(features.dtype, np.number):
        raise UserError(
            f"{name}: expected features (n, d), but got {features.dtype} of shape {features.shape}; "
            "give one row of numbers per picture"
        )
    if len(features) < least:
        raise UserError(f"{name}: expected at least {least} rows of features, but got {len(features)}; give more")
    features = features.astype(np.float64)
    if not np.isfinite(features).all():
        raise UserError(f"{name}: expected finite features, but got NaN or infinity; look at the pictures behind them")
    return features


def check_two_features(real: np.ndarray, fake: np.ndarray, least: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return two sets of features of one width as float64, checked by :func:`check_features`; raises UserError."""
    real, fake = check_features("real", real, least), check_features("fake", fake, least)
    if real.shape[1] != fake.shape[1]:
        raise UserError(
            f"fake: expected {real.shape[1]} features a row as in real, but got {fake.shape[1]}; use one extractor"
        )
    return real, fake
