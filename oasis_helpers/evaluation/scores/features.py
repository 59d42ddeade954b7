"""Rows of features, one per image, checked before anything is computed (notebook 07)."""

from __future__ import annotations

from oasis_helpers.errors import UserError

import numpy as np


def count_rows(name: str, array: np.ndarray) -> int:
    """Return how many images or rows of features an array holds; raises UserError where it is no array."""
    if np.ndim(array) == 0:
        raise UserError(f"{name}: expected images or features in an array, but got {array!r}; give one array")
    return len(array)


def check_features(name: str, features: np.ndarray, least: int = 1) -> np.ndarray:
    """Return features (n, d) as float64; raises UserError where they are not finite, or fewer rows than ``least``."""
    features = np.asarray(features)
    if features.ndim != 2 or not features.shape[1] or not np.issubdtype(features.dtype, np.number):
        raise UserError(
            f"{name}: expected features (n, d), but got {features.dtype} of shape {features.shape}; "
            "give one row of numbers per image"
        )
    if len(features) < least:
        raise UserError(f"{name}: expected at least {least} rows of features, but got {len(features)}; give more")
    features = features.astype(np.float64)
    if not np.isfinite(features).all():
        raise UserError(f"{name}: expected finite features, but got NaN or infinity; look at the images behind them")
    return features


def check_feature_pair(real: np.ndarray, fake: np.ndarray, least: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return two sets of features of one width as float64, checked by :func:`check_features`; raises UserError."""
    real, fake = check_features("real", real, least), check_features("fake", fake, least)
    if real.shape[1] != fake.shape[1]:
        raise UserError(
            f"fake: expected {real.shape[1]} features a row as in real, but got {fake.shape[1]}; use one extractor"
        )
    return real, fake


def check_row_numbers(rows: np.ndarray | None, count: int, least: int = 1) -> np.ndarray:
    """Return numbers (r,) int of rows among ``count``, some more than once; None stands for all, each once.

    Raises:
        UserError: no whole numbers from 0 to ``count`` - 1, or fewer of them than ``least``.
    """
    if rows is None:
        return np.arange(count)
    rows = np.asarray(rows)
    if rows.ndim != 1 or not np.issubdtype(rows.dtype, np.integer):
        raise UserError(
            f"rows: expected whole numbers (r,), but got {rows.dtype} of shape {rows.shape}; give row numbers of real"
        )
    if len(rows) < least:
        raise UserError(f"rows: expected at least {least}, but got {len(rows)}; give more")
    if len(rows) and not 0 <= rows.min() <= rows.max() < count:
        raise UserError(
            f"rows: expected numbers from 0 to {count - 1}, but got {rows.min()} to {rows.max()}; "
            "give row numbers of real"
        )
    return rows
