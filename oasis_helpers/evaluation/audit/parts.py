"""What a copied part or a turned copy looks like: features of one half, of the deep part, of the head set upright.

A copy of half a brain, or of its deep part, set into another brain lies near nobody as a whole; nor does a copy that
was turned by six degrees or more. Each of these features sees one such disguise, and hardly any other (notebook 07).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from oasis_helpers.evaluation.audit.nearest import Features
from oasis_helpers.evaluation.audit.registration import FRAME, folds, locate
from oasis_helpers.images import block_mean

import numpy as np
from scipy import ndimage

DEEP_AXES = (11, 14)  # px of the frame, left to right and back to front: half axes of the deep part's ellipse
SEAM = 1.0  # px of the frame by which the rim of a part fades out
HEAD_LEVEL = 60  # of 255, after a blur of 1 px: noise around the head would pull its axis


def features_of_part(images: np.ndarray, name: str) -> np.ndarray:
    """Return the folds of one part of each head.

    Args:
        images: (n, R, R) uint8, each head in the middle, as `registration.in_frame` makes them.
        name: "left", "right" or "deep".

    Returns:
        (n, r * r) float32, r = min(R, 64).
    """
    seen = folds(images, locate(images))
    return (seen * _mask(name, seen.shape[1])).reshape(len(images), -1)


def features_upright(images: np.ndarray) -> np.ndarray:
    """Return the folds of each head after its long axis was set upright; the rest is as `features_of_part`."""
    small = block_mean(images, min(images.shape[1], FRAME))
    pairs = zip(small, _tilts(small), strict=True)
    straight = np.stack([ndimage.rotate(image, angle, reshape=False, order=1) for image, angle in pairs])
    straight = np.clip(np.rint(straight), 0, 255).astype(np.uint8)
    return folds(straight, locate(straight)).reshape(len(images), -1)


def _tilts(images: np.ndarray) -> np.ndarray:
    """Return the angle (n,) in degrees, -90 to 90, of each head's long axis, from its second moments.

    A head without pixels has 0.
    """
    head = (ndimage.gaussian_filter(images.astype(np.float32), (0, 1, 1)) > HEAD_LEVEL).astype(np.float64)
    y, x = np.mgrid[: images.shape[1], : images.shape[2]]
    amount = np.maximum(head.sum(axis=(1, 2)), 1)

    def mean(values: np.ndarray) -> np.ndarray:
        return (head * values).sum(axis=(1, 2)) / amount

    down, along = mean(y), mean(x)
    y, x = y - down[:, None, None], x - along[:, None, None]
    return np.degrees(np.arctan2(2 * mean(x * y), mean(x * x) - mean(y * y))) / 2


def _mask(name: str, size: int) -> np.ndarray:
    """Weights (size, size) of a part, 0 to 1."""
    y, x = (np.mgrid[:size, :size] - (size - 1) / 2) * (FRAME / size)
    inside = {"left": y < 0, "right": y > 0, "deep": (y / DEEP_AXES[0]) ** 2 + (x / DEEP_AXES[1]) ** 2 < 1}[name]
    return ndimage.gaussian_filter(inside.astype(np.float32), SEAM * size / FRAME)


# By the names that a report gives them.
OF_PARTS: Mapping[str, Features] = MappingProxyType(
    {
        "left half": partial(features_of_part, name="left"),
        "right half": partial(features_of_part, name="right"),
        "deep part": partial(features_of_part, name="deep"),
        "turned": features_upright,
    }
)
