"""Are these brains plausible? Areas of the tissues, ventricles and symmetry, against real slices (notebook 07)."""

from __future__ import annotations

from oasis_helpers.evaluation.tissues.segmenter import Segmenter, load_segmenter

import numpy as np
import pandas as pd
from scipy import ndimage, stats

DEEP = 0.35  # the ventricles lie deeper than this, as a share of the depth of the deepest pixel
LEAST_BRAIN = 0.02  # of the image; with less there is nothing to be called a brain
LEAST_WHOLE = 0.9  # share of the brain's pixels that hang together

MEASURES = {
    "brain": "brain, share of the image",
    "csf": "CSF, share of the brain",
    "grey": "grey matter, share of the brain",
    "white": "white matter, share of the brain",
    "ventricles": "deep CSF (ventricles), share of the brain",
    "asymmetry": "pixels of another class than their mirror pixel",
}


def measure_tissues(images: np.ndarray, segmenter: Segmenter | None = None) -> pd.DataFrame:
    """Segment images and measure each.

    Args:
        images: (n, R, R) uint8, R = 64, 128, 256, ...
        segmenter: None takes the one that comes with the package.

    Returns:
        One row per image with the columns of `MEASURES`, all 0 to 1, and ``segmented``: whether there is one brain
        at all. Where there is not, the others are NaN.
    """
    return measure_classes((segmenter or load_segmenter()).classes(images))


def measure_classes(classes: np.ndarray) -> pd.DataFrame:
    """Return what `measure_tissues` does, from classes (n, R, R) uint8, see `measure_one`."""
    return pd.DataFrame([measure_one(label) for label in classes], columns=[*MEASURES, "segmented"])


def measure_one(label: np.ndarray) -> dict[str, float | bool]:
    """Return the measures of one image's classes (R, R): 0 background, 1 CSF, 2 grey matter, 3 white matter."""
    inside = label > 0
    pieces, count = ndimage.label(inside)
    area = inside.sum()
    largest = np.bincount(pieces.ravel())[1:].max() if count else 0
    if area < LEAST_BRAIN * label.size or largest < LEAST_WHOLE * area or not (label >= 2).any():
        return {**dict.fromkeys(MEASURES, float("nan")), "segmented": False}
    shares = [float((label == k).sum() / area) for k in (1, 2, 3)]
    values = [float(area / label.size), *shares, float(deep_csf(label).sum() / area), asymmetry(label)]
    return {**dict(zip(MEASURES, values, strict=True)), "segmented": True}


def deep_csf(label: np.ndarray) -> np.ndarray:
    """Return where CSF lies deep inside the brain, in the ventricles mostly: (R, R) bool."""
    depth = ndimage.distance_transform_edt(ndimage.binary_fill_holes(label > 0))
    return (label == 1) & (depth > DEEP * depth.max())


def asymmetry(label: np.ndarray) -> float:
    """Return the share of brain pixels whose class differs from that of their mirror pixel, 0 to 1.

    The rows run from the left of the head to the right. The mirror line is the one, within a tenth of the width of the
    middle of the brain, that leaves the fewest differences: nobody lies quite straight in a scanner.
    """
    rows = np.flatnonzero((label > 0).any(axis=1))
    first, last = rows[0], rows[-1]
    reach = max(1, (last - first + 1) // 10)
    middle = first + last  # twice the middle row: row r and row middle - r lie across from each other
    edge = len(label) + 1
    padded = np.pad(label, ((edge, edge), (0, 0)))
    best = 1.0
    for line in range(middle - reach, middle + reach + 1):
        start = edge + line  # of row 0's mirror row
        mirror = padded[start : start - len(label) : -1]
        best = min(best, np.count_nonzero(label != mirror) / np.count_nonzero(label | mirror))
    return best


def tissue_distances(real: pd.DataFrame, fake: pd.DataFrame) -> dict[str, float]:
    """Return the Wasserstein distance of each measure (in its own unit), and the share that cannot be segmented.

    A distance is how far, on average, the reals' values must be moved to become the fakes'. NaN where no fake could be
    segmented.
    """
    result = {}
    for name in MEASURES:
        a, b = real[name].dropna(), fake[name].dropna()
        result[name] = float(stats.wasserstein_distance(a, b)) if len(a) and len(b) else float("nan")
    result["unsegmented"] = float(1 - fake["segmented"].mean())
    return result
