"""From a file to pixels: one slice or mask, refused where it is not what it should be (notebook 01_data_loading)."""

from __future__ import annotations

import os

from oasis_helpers.errors import DataError
from oasis_helpers.images import read_png

import numpy as np

SLICE_SIZE = 256  # pixels along each side of a slice
LABEL_GREYS = (0, 85, 170, 255)  # background, CSF, grey matter, white matter: the grey value of class 0, 1, 2, 3


def read_image(path: str | os.PathLike) -> np.ndarray:
    """Read one slice, exactly as stored.

    Returns:
        (256, 256) uint8, 0 to 255. Rows run from left to right, columns from the back of the head to the front.

    Raises:
        DataError: missing, truncated, not a PNG, not 8-bit grey (Pillow's mode 'L'), or not 256 x 256.
    """
    image = read_png(path)
    if image.shape != (SLICE_SIZE, SLICE_SIZE):
        raise DataError(
            f"{path}: expected {SLICE_SIZE} x {SLICE_SIZE} pixels, but got {image.shape[0]} x {image.shape[1]};"
            f" crop or pad it to {SLICE_SIZE} x {SLICE_SIZE}"
        )
    return image


def read_label(path: str | os.PathLike) -> np.ndarray:
    """Read one tissue mask as class numbers.

    Returns:
        (256, 256) uint8: 0 background, 1 CSF, 2 grey matter, 3 white matter.

    Raises:
        DataError: as :func:`read_image`, or a grey value that is none of 0, 85, 170, 255.
    """
    greys = read_image(path)
    classes = np.searchsorted(LABEL_GREYS, greys).astype(np.uint8)
    strange = np.unique(greys[np.array(LABEL_GREYS)[classes] != greys])
    if strange.size:
        values = ", ".join(map(str, strange[:8])) + (", ..." if strange.size > 8 else "")
        raise DataError(f"{path}: expected the label values 0, 85, 170, 255, but also got {values}; it is not a mask")
    return classes
