"""From a file to pixels: one slice or mask, refused where it is not what it should be (notebook 01_data_loading)."""

from __future__ import annotations

import os
import struct
import zlib

from oasis_helpers.errors import DataError
from oasis_helpers.images.files import read_png, what_it_is

import numpy as np

SPLITS = ("train", "validate", "test")
SLICES = 32  # slices in a scan
FIRST_CASE = {"train": 1, "validate": 402, "test": 441}  # the case numbers of a split start here
SLICE_SIZE = 256  # pixels along each side of a slice
RAW_MM = 160  # width of the field of a raw OASIS-1 scan: 128 slices of 1.25 mm
_NOT_GREY = 24  # levels between the colours of a pixel: JPEG makes fewer of grey
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
            f" resample it to {SLICE_SIZE} x {SLICE_SIZE}"
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


# ---------------------------------------------------------------- files of other kinds, for `prepare`


def read_any_image(path: str | os.PathLike) -> np.ndarray:
    """Read a grey image of any size and kind that Pillow knows.

    Colours and palettes are taken as grey where they are grey, up to what JPEG does to them. Transparency is left out.

    Returns:
        (H, W): uint8 of 8-bit images; else whole numbers or fractions as stored, for the caller to scale.

    Raises:
        DataError: missing, damaged, or coloured.
    """
    from PIL import Image

    try:
        with Image.open(path) as file:
            file.load()
            if file.mode in ("L", "LA"):
                return np.array(file.getchannel(0))
            if file.mode == "1":
                return np.array(file.convert("L"))
            if file.mode.startswith(("I", "F")):
                return np.array(file)
            colours = np.array(file.convert("RGB"))
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file; check the name, or fetch the file again") from None
    except (
        OSError,
        SyntaxError,
        EOFError,
        ValueError,
        zlib.error,
        struct.error,
        Image.DecompressionBombError,
    ) as error:
        raise DataError(f"{path}: is damaged or no image ({what_it_is(path, error)}); fetch the file again") from error
    lowest, highest = colours.min(axis=2).astype(int), colours.max(axis=2).astype(int)
    if np.percentile(highest - lowest, 99) > _NOT_GREY:
        raise DataError(f"{path}: expected a grey image, but got a coloured one; it is not a scan")
    return np.array(Image.fromarray(colours).convert("L"))


def resample_image(image: np.ndarray, labels: bool = False) -> np.ndarray:
    """Bring an image (H, W) uint8 to 256 x 256, a pixel being about 1 mm.

    * 256 x 256 stays as it is, and other squares are resampled: they are taken to show the same field.
    * An image about twice as wide as high is a slice of a raw OASIS-1 volume: 160 mm by 256 mm.
    * Others have pixels of 1 mm where they fit into the frame, else they are made to fit; zeros are put around.

    Args:
        image: (H, W) uint8.
        labels: take the nearest pixel in place of a mean, for masks.
    """
    from PIL import Image

    height, width = image.shape
    long, short = max(height, width), min(height, width)
    if height == width:
        size = (SLICE_SIZE, SLICE_SIZE)
    elif long >= 1.8 * short:
        size = (RAW_MM, SLICE_SIZE) if height < width else (SLICE_SIZE, RAW_MM)
    elif long <= SLICE_SIZE and long > SLICE_SIZE // 2:
        size = (height, width)
    else:
        size = (round(height * SLICE_SIZE / long), round(width * SLICE_SIZE / long))
    if size != image.shape:
        way = Image.Resampling.NEAREST if labels else Image.Resampling.BICUBIC
        image = np.array(Image.fromarray(image).resize(size[::-1], way))
    spare = [SLICE_SIZE - side for side in image.shape]
    return np.pad(image, [(room // 2, room - room // 2) for room in spare])
