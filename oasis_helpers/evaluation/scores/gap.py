"""Grey values that real slices do not have: between black and the darkest tissue (notebook 07).

Outside of the head a slice is exactly black, inside it is never nearly black. A network that must come to exactly -1
everywhere outside rarely does, and the eye does not see the difference.
"""

from __future__ import annotations

from oasis_helpers.images import check_image_pair, check_images

import numpy as np

NEARLY_BLACK = (1, 12)  # of 255, both included


def gap_shares(images: np.ndarray) -> np.ndarray:
    """Return the share of each image's pixels that are nearly black, 1 to 12 of 255: (n,) float64, 0 to 1.

    Args:
        images: (n, R, R) uint8.

    Raises:
        UserError: other images.
    """
    images = check_images("images", images)
    low, high = NEARLY_BLACK
    return np.array([np.mean((image >= low) & (image <= high)) for image in images])


def gap_distance(real: np.ndarray, fake: np.ndarray) -> float:
    """Return how far apart two sets of images (n, R, R) uint8 lie in their share of nearly black pixels, in per cent.

    Raises:
        UserError: images of the wrong type, shape or size.
    """
    real, fake = check_image_pair(real, fake)
    return float(100 * abs(gap_shares(real).mean() - gap_shares(fake).mean()))
