"""From a file to pixels: one slice or mask, refused where it is not what it should be (notebook 01_data_loading)."""

from __future__ import annotations

import os

from oasis_helpers.errors import DataError

import numpy as np

SIZE = 256  # pixels along each side of a slice
LABEL_GREYS = (0, 85, 170, 255)  # background, CSF, grey matter, white matter: the grey value of class 0, 1, 2, 3


def read_image(path: str | os.PathLike) -> np.ndarray:
    """Read one slice, exactly as stored.

    Returns:
        (256, 256) uint8, 0 to 255. Rows run from left to right, columns from the back of the head to the front.

    Raises:
        DataError: missing, truncated, not a PNG, not 8-bit grey (Pillow's mode 'L'), or not 256 x 256.
    """
    import struct
    import zlib

    from PIL import Image

    try:
        with Image.open(path) as picture:
            if picture.format != "PNG":
                raise DataError(f"{path}: expected a PNG, got a {picture.format} file. Convert it, or fetch it again.")
            if picture.mode != "L":
                raise DataError(
                    f"{path}: expected 8-bit grey (mode 'L'), got mode '{picture.mode}'. Convert it to grey."
                )
            if picture.size != (SIZE, SIZE):
                size = f"{picture.height} x {picture.width}"
                raise DataError(
                    f"{path}: expected {SIZE} x {SIZE} pixels, got {size}. Crop or pad it to {SIZE} x {SIZE}."
                )
            return np.array(picture)
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file. Check the folder, or fetch the file again.") from None
    except (OSError, SyntaxError, EOFError, zlib.error, struct.error, Image.DecompressionBombError) as error:
        raise DataError(f"{path}: is damaged or not a PNG ({error}). Fetch the file again.") from error


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
        raise DataError(f"{path}: expected the label values 0, 85, 170 and 255, also got {values}. It is not a mask.")
    return classes
