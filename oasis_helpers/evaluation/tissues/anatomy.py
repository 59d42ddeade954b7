"""The anatomy of a slice as one row of numbers, so that tissues are compared at the same height (notebook 07).

A brain near its top has no ventricles, and that is right; in the middle it would be wrong. So the areas of the tissues
are compared jointly with the slice's height, its outline and each other, not one by one.
"""

from __future__ import annotations

from oasis_helpers.evaluation.poses import poses
from oasis_helpers.evaluation.tissues.measures import deep_csf, measure_classes

import numpy as np
import pandas as pd

OUTLINE = {
    "height": "height of the slice, 0 is the lowest, 1 the highest",
    "width": "width of the brain, left to right, share of the side",
    "length": "length of the brain, back to front, share of the side",
    "sides": "imbalance of deep CSF between left and right, 0 to 1",
    "halves": "area where the tissue differs from that across the middle of the outline, share of the brain",
    "contour": "area where the brain and its mirror image do not overlap, share of the brain",
    "ends": "how much further one half reaches to the front and to the back, share of the side",
    "tilt": "tilt of the middle line, degrees, without its sign",
}


def anatomy_rows(images: np.ndarray, classes: np.ndarray, heights: np.ndarray) -> pd.DataFrame:
    """Return what the anatomy of each image is.

    Args:
        images: (n, R, R) uint8.
        classes: (n, 64, 64) uint8 of their tissues.
        heights: (n,) of the slices, as the segmenter tells them.

    Returns:
        One row per image: the columns of `MEASURES` and of `OUTLINE`. An image without a brain has 0 in all but height.
    """
    outlines = pd.DataFrame([_outline(label) for label in classes], columns=[*OUTLINE])
    tilt = poses(images)["tilt"].abs().clip(upper=45)
    rows = measure_classes(classes).drop(columns="segmented").assign(**outlines).assign(height=heights, tilt=tilt)
    return rows.astype(float).fillna(0.0)


def _outline(label: np.ndarray) -> dict[str, float]:
    inside = label > 0
    if not inside.any():
        return {}
    rows, columns = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))  # left to right, back to front
    return {
        "width": (np.ptp(rows) + 1) / len(label),
        "length": (np.ptp(columns) + 1) / len(label),
        "sides": _deep_csf_imbalance(label),
        **_compare_halves(label, rows[0] + rows[-1]),
    }


def _deep_csf_imbalance(label: np.ndarray) -> float:
    rows, middle = np.nonzero(deep_csf(label))[0], np.nonzero(label)[0].mean()
    left, right = (rows < middle).sum(), (rows > middle).sum()
    return abs(left - right) / max(1, left + right)


def _compare_halves(label: np.ndarray, twice: int) -> dict[str, float]:
    """Compare the two halves of a brain; row r of the image is mirrored to row ``twice`` - r."""
    across = twice - np.arange(len(label))
    mirrored = label[np.clip(across, 0, len(label) - 1)]
    mirrored[(across < 0) | (across >= len(label))] = 0
    area = (label > 0).sum()
    # A row in the middle of both halves belongs to none: it would reach as far in one as in the other.
    halves = [np.flatnonzero(half.any(axis=0)) for half in (label[: (twice + 1) // 2], label[twice // 2 + 1 :])]
    ends = [(half[0], half[-1]) for half in halves if len(half)]
    further = np.abs(np.subtract(*ends)).sum() if len(ends) == 2 else 0
    return {
        "halves": (label != mirrored).sum() / area,
        "contour": ((label > 0) != (mirrored > 0)).sum() / area,
        "ends": further / len(label),
    }


def standardised(rows: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Return rows (n, d) with mean 0 and standard deviation 1 over those that are of ``people`` (n,) bool."""
    of_people = rows[people].astype(np.float64)
    spread = of_people.std(axis=0)
    return (rows - of_people.mean(axis=0)) / np.where(spread > 1e-6, spread, 1.0)  # a constant is left as it is
