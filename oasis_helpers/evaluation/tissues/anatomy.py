"""The anatomy of a slice as one row of numbers, so that tissues are compared at the same height (notebook 07).

A brain near its top has no ventricles, and that is right; in the middle it would be wrong. So the areas of the tissues
are compared jointly with the slice's height, its outline and each other, not one by one.
"""

from __future__ import annotations

from oasis_helpers.evaluation.poses import poses
from oasis_helpers.evaluation.tissues.measures import DEEP, measure_classes

import numpy as np
import pandas as pd
from scipy import ndimage

OUTLINE = {
    "height": "height of the slice, 0 is the lowest, 1 the highest",
    "width": "width of the brain, left to right, share of the side",
    "length": "length of the brain, back to front, share of the side",
    "sides": "imbalance of deep CSF between left and right, 0 to 1",
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
    outlines = pd.DataFrame([_outline(label) for label in classes], columns=["width", "length", "sides"])
    tilt = poses(images)["tilt"].abs().clip(upper=45)
    rows = measure_classes(classes).drop(columns="segmented").assign(height=heights, tilt=tilt, **outlines)
    return rows.astype(float).fillna(0.0)


def _outline(label: np.ndarray) -> list[float]:
    inside = label > 0
    if not inside.any():
        return [0.0] * 3
    spans = [np.ptp(np.flatnonzero(inside.any(axis=axis))) + 1 for axis in (1, 0)]
    depth = ndimage.distance_transform_edt(ndimage.binary_fill_holes(inside))
    rows = np.nonzero((label == 1) & (depth > DEEP * depth.max()))[0]
    middle = np.nonzero(inside)[0].mean()
    left, right = (rows < middle).sum(), (rows > middle).sum()
    return [*(float(span / len(label)) for span in spans), float(abs(left - right) / max(1, left + right))]


def standardised(rows: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Return rows (n, d) with mean 0 and standard deviation 1 over those that are of ``people`` (n,) bool."""
    of_people = rows[people].astype(np.float64)
    spread = of_people.std(axis=0)
    return (rows - of_people.mean(axis=0)) / np.where(spread > 1e-6, spread, 1.0)  # a constant is left as it is
