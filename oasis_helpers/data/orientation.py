"""Which way a volume or a slice lies, and how it is brought to the course's own way (notebook 01_data_loading).

A volume of the course runs from left to right, from back to front and from bottom to top. Where a file says how it
lies (an affine), that is taken. Where it does not, it is compared with the template brain that ships with nilearn.
A brain and its mirror image look the same to that comparison: it tells front from back and top from bottom, but not
left from right.
"""

from __future__ import annotations

import functools
import itertools
from typing import Any, NamedTuple

import numpy as np

AXES = ("left to right", "back to front", "bottom to top")
CLEARLY = 0.08  # a correlation with the template that is so much higher says that a brain lies another way
_ENOUGH = 0.5  # a correlation below this is no brain, or one that cannot be judged
CLEARLY_SLICE = 0.05  # the same of slices, whose folds and ventricles alone are compared
_ENOUGH_SLICE = 0.25
_BOX = 24  # voxels, or pixels, along each side in which brains are compared


# ---------------------------------------------------------------- from the affine


def has_affine(image: Any) -> bool:
    """Return whether a volume's file says which way it lies: Analyze never does, NIfTI with codes of 0 does not."""
    header = image.header
    return "qform_code" in header and bool(header["qform_code"] or header["sform_code"])


def turn_by_affine(values: np.ndarray, affine: np.ndarray, axes: str = "RAS") -> np.ndarray:
    """Turn a volume by whole right angles and mirrors to axes such as ``RAS``: towards right, front (anterior), top.

    Args:
        values: (X, Y, Z).
        affine: (4, 4) from voxels to mm, as nibabel gives it.
        axes: the directions that the three axes shall point to, in nibabel's letters.
    """
    from nibabel.orientations import apply_orientation, axcodes2ornt, io_orientation, ornt_transform

    return apply_orientation(values, ornt_transform(io_orientation(affine), axcodes2ornt(axes)))


# ---------------------------------------------------------------- by the template


@functools.cache
def template_volume() -> tuple[np.ndarray, np.ndarray]:
    """The template brain (X, Y, Z) float32 at 1 mm, running as the course's volumes do, and its affine (4, 4)."""
    from nilearn.datasets import load_mni152_template

    image = load_mni152_template(resolution=1)
    return np.asarray(image.dataobj, np.float32), image.affine


@functools.cache
def template_slices() -> np.ndarray:
    """The template as 32 slices of the course's frame, (32, 256, 256) float32 from 0 to 1."""
    from scipy.ndimage import map_coordinates

    values, affine = template_volume()
    rows, columns, heights = frame_mm()
    grid = np.meshgrid(rows - affine[0, 3], columns - affine[1, 3], heights - affine[2, 3], indexing="ij")
    return np.moveaxis(map_coordinates(values, np.stack(grid), order=1), 2, 0)


def frame_mm() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where the template's mm lie in the course's frame: of 256 rows, 256 columns and 32 slices."""
    from oasis_helpers.data.cohort.person import CENTRE_Y_MM, FIRST_SLICE_MM, PIXEL_MM, SLICE_STEP_MM

    pixels = np.arange(256) - 127.5
    return pixels * PIXEL_MM[0], pixels * PIXEL_MM[1] + CENTRE_Y_MM, np.arange(32) * SLICE_STEP_MM + FIRST_SLICE_MM


class Turn(NamedTuple):
    """How a volume has to be turned: which of its axes comes first, second and third, and which run backwards."""

    axes: tuple[int, ...] = (0, 1, 2)
    steps: tuple[int, ...] = (1, 1, 1)

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Turn a volume (X, Y, Z)."""
        return values.transpose(self.axes)[tuple(slice(None, None, step) for step in self.steps)]

    @property
    def words(self) -> str:
        """What the turn does, for people; "" where it leaves all as it is."""
        if self == Turn():
            return ""
        taken = [
            f"axis {axis + 1}{' backwards' * (step < 0)}" for axis, step in zip(self.axes, self.steps, strict=True)
        ]
        return f"turned to lie as the template does ({', '.join(map(': '.join, zip(AXES, taken, strict=True)))})"


def turn_by_template(brain: np.ndarray) -> Turn:
    """Find how a skull-stripped volume (X, Y, Z) has to be turned; not at all, unless it clearly lies another way."""
    small = _boxed(brain)
    if small is None:
        return Turn()
    template = _boxed(template_volume()[0])
    turns = [Turn(axes, (1, y, z)) for axes in itertools.permutations(range(3)) for y in (1, -1) for z in (1, -1)]
    scores = [_either_side(turn.apply(small), template) for turn in turns]
    best = int(np.argmax(scores))
    return turns[best] if scores[best] >= _ENOUGH and scores[best] - scores[0] >= CLEARLY else Turn()


def slice_turn(mean_image: np.ndarray) -> tuple[int, float]:
    """How a mean of axial slices has to be turned to lie as the template does.

    Many people's mean tells it best: all files of a folder lie in one way.

    Args:
        mean_image: (R, R), the mean of slices, black around the head.

    Returns:
        Right angles for ``np.rot90``, 0 where nothing clearly fits better, and the correlation's gain over no turn,
        0 where there is nothing to compare: a whole head has its skull where the template has the end of the brain.
    """
    small = _boxed_slice(mean_image)
    if small is None:
        return 0, 0.0
    template = _boxed_slice(template_slices().mean(axis=0))
    scores = [_either_side(np.rot90(small, turns), template) for turns in range(4)]
    best = int(np.argmax(scores))
    gain = scores[best] - scores[0]
    return (best, gain) if scores[best] > _ENOUGH_SLICE and gain > CLEARLY_SLICE else (0, gain)


def _either_side(values: np.ndarray, template: np.ndarray) -> float:
    """The correlation with the template, mirrored left to right or not, whichever is higher."""
    return max(_correlation(values, template), _correlation(values[::-1], template))


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum() + 1e-12))


def _extent(values: np.ndarray) -> tuple[slice, ...]:
    """The box that holds all but specks of what is above zero."""
    box = []
    for axis in range(values.ndim):
        along = values.sum(axis=tuple(other for other in range(values.ndim) if other != axis), dtype=np.float64)
        share = np.cumsum(along) / along.sum()
        box.append(slice(int(np.searchsorted(share, 0.005)), int(np.searchsorted(share, 0.995)) + 1))
    return tuple(box)


def _boxed(values: np.ndarray) -> np.ndarray | None:
    """A brain stretched to fill a small cube; None where there is none."""
    from scipy.ndimage import zoom

    values = np.maximum(values.astype(np.float32), 0)
    if not values.any():
        return None
    inside = values[_extent(values)]
    return zoom(inside, [_BOX / side for side in inside.shape], order=1) if min(inside.shape) > 1 else None


def _boxed_slice(image: np.ndarray) -> np.ndarray | None:
    """A head scaled to the size of a small square, its proportions kept and its broad shades taken off."""
    from scipy.ndimage import gaussian_filter, zoom

    image = np.maximum(image.astype(np.float32), 0)
    if not image.any():
        return None
    inside = image[_extent(image)]
    if min(inside.shape) < 4:
        return None
    small = zoom(inside, _BOX / max(inside.shape), order=1)[:_BOX, :_BOX]
    spare = [_BOX - side for side in small.shape]
    small = np.pad(small, [(room // 2, room - room // 2) for room in spare])
    return small - gaussian_filter(small, _BOX / 8)
