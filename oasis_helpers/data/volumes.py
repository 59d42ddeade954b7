"""From a volume to the slices of the course: which slices, what padding, what greys (notebook 01_data_loading).

The rule was found by comparing volumes of two people with PNGs of the same two people. Labels come out bit-identical;
of the brain's grey values 98 in 100 are identical and none is off by more than 1 (those PNGs were made before the
volume was rounded to whole numbers).

* **Slices.** Those along the third axis in which more than 1% of the pixels are brain reach from z0 to z1.
  Slice M of 0..31 is at round(z0 + (0.4 + 0.3 M / 31) (z1 - z0)): from 40% to 70% of the brain's height.
* **Padding.** A slice of 176 x 208 is taken as stored (rows left to right, columns back to front), with 40 rows of
  zeros above and below and 24 columns on either side: 256 x 256.
* **Greys.** floor(255 min(v, w) / w), where w is the 99.8th percentile of the volume's voxels above zero.
* **Labels.** 85 times the class: 0, 85, 170, 255.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from oasis_helpers.data.files import LABEL_GREYS, SLICE_SIZE, SLICES
from oasis_helpers.errors import DataError
from oasis_helpers.images.files import what_it_is

import numpy as np

_FEWEST_SLICES = 52  # 32 slices from 40% of the height on must fit into the brain


# ---------------------------------------------------------------- the rule


def slice_positions(brain: np.ndarray) -> np.ndarray:
    """Where the 32 slices are in a skull-stripped volume (X, Y, Z), zero outside the brain: (32,) int, ascending."""
    area = np.count_nonzero(brain > 0, axis=(0, 1))
    inside = np.flatnonzero(area > 0.01 * brain.shape[0] * brain.shape[1])
    height = inside[-1] - inside[0] if inside.size else 0
    if height < _FEWEST_SLICES:
        raise DataError(f"expected a brain at least {_FEWEST_SLICES} slices high, but got {height}; is it a head scan?")
    step = max(1.0, 0.3 * height / (SLICES - 1))  # never the same slice twice, even in a very small brain
    return np.rint(inside[0] + 0.4 * height + step * np.arange(SLICES)).astype(int)


def grey_values(volume: np.ndarray) -> np.ndarray:
    """Scale a volume to uint8, the 99.8th percentile of what is above zero becoming 255.

    Whole numbers are scaled in whole numbers, with a white of at least 1; fractions as they are.
    """
    if volume.dtype.kind == "f":
        values = np.maximum(np.nan_to_num(volume.astype(np.float64), posinf=0, neginf=0), 0)
        if not (values == np.rint(values)).all():
            white = np.percentile(values[values > 0], 99.8)
            return np.floor(np.minimum(values, white) * (255 / white) + 1e-6).clip(0, 255).astype(np.uint8)
        volume = values
    volume = np.maximum(volume.astype(np.int64), 0)
    white = max(int(np.percentile(volume[volume > 0], 99.8)), 1) if (volume > 0).any() else 1
    return (np.minimum(volume, white) * 255 // white).astype(np.uint8)


def pad_slice(image: np.ndarray) -> np.ndarray:
    """Put a slice, at most (256, 256), in the middle of (256, 256) zeros."""
    spare = [SLICE_SIZE - side for side in image.shape]
    return np.pad(image, [(room // 2, room - room // 2) for room in spare])


def cut_slices(volume: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Cut the slices at those positions of the third axis and pad them: (n, 256, 256)."""
    return np.stack([pad_slice(image) for image in np.moveaxis(volume, 2, 0)[positions]])


def label_greys(labels: np.ndarray, file: Path) -> np.ndarray:
    """Turn class numbers into the greys of masks, uint8; raises DataError where they are none of 0 to 3."""
    strange = np.setdiff1d(labels, range(len(LABEL_GREYS)))
    if strange.size:
        raise DataError(
            f"{file}: expected the labels 0 to 3, but also got {strange[:5].tolist()}; it is not a label volume"
        )
    return np.array(LABEL_GREYS, np.uint8)[labels.astype(np.uint8)]


# ---------------------------------------------------------------- files


def open_volume(file: Path) -> Any:
    """Open a NIfTI or Analyze file with nibabel; raises DataError where it is damaged or something else."""
    import nibabel

    with _readable(file):
        return nibabel.load(file)


def volume_values(file: Path, image: Any) -> np.ndarray:
    """All values of an opened volume, an axis of length one at the end left out; raises DataError."""
    kind = image.header.get_data_dtype().kind
    if kind not in "iuf":
        what = "colours" if kind == "V" else "complex numbers"
        raise DataError(f"{file}: expected a volume of grey values, but got {what}; it is no scan")
    with _readable(file):
        if kind in "iu" and image.dataobj.slope == 1 and image.dataobj.inter == 0:
            values = np.asarray(image.dataobj.get_unscaled())
        else:
            values = np.asarray(image.dataobj, np.float32)
    while values.ndim > 2 and values.shape[-1] == 1:
        values = values[..., 0]
    return values


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    """Turn what nibabel raises of a damaged file into one line."""
    from nibabel.filebasedimages import ImageFileError
    from nibabel.spatialimages import HeaderDataError

    try:
        yield
    except DataError:
        raise
    except (OSError, EOFError, ValueError, zlib.error, ImageFileError, HeaderDataError) as error:
        reason = what_it_is(file, error)
        what = "its .img" if file.suffix == ".hdr" else "the file"
        raise DataError(f"{file}: cannot be read, {what} may be cut short ({reason}); fetch the scan again") from error
