"""A whole head, as it comes from the scanner, laid upon the template brain (notebook 01_data_loading).

Shift, turn and size (nine numbers) are searched that make the head correlate best with the template over the brain
and a rim around it. That lines heads up; it does not bend one brain into another, and the skull stays on.
"""

from __future__ import annotations

import functools
import itertools
from typing import Any

from oasis_helpers.data.orientation import CLEARLY, Turn, frame_mm, template_volume
from oasis_helpers.errors import DataError

import numpy as np

_RIM = 8  # mm around the brain that are compared as well: the dark gap below the skull holds the outline in place
_STEPS = (8, 5)  # mm between the points compared, in turn
_POOR = 0.45  # a correlation below this is no head that could be laid upon the template
DOUBTFUL = 0.6  # a head upside down reaches no more than this
_UNITS = np.array([10.0, 10, 10, 0.15, 0.15, 0.15, 0.1, 0.1, 0.1])  # mm, radians and shares that count alike


# Where a search may begin: moved to the front or back and up or down, nodding or not.
_STARTS = [
    np.array([0, y, z, pitch, 0, 0, 0, 0, 0])
    for y, z, pitch in itertools.product((-2, 0, 2), (-3, -1, 1, 3), (-1.5, 0, 1.5))
]


def likely_turn(values: np.ndarray, affine: np.ndarray) -> Turn:
    """Find how a head of unknown orientation has to be turned; not at all, unless another way clearly fits better.

    Args:
        values: (X, Y, Z).
        affine: (4, 4), diagonal: the sizes of its voxels.
    """
    stride = np.maximum(1, np.rint(3.0 / np.diag(affine)[:3])).astype(int)
    small, sizes = values[:: stride[0], :: stride[1], :: stride[2]], np.diag(affine)[:3] * stride
    turns = [
        Turn(axes, (1, y, z)) for axes in itertools.permutations(range(3)) for y in (1, -1) for z in (1, -1)
    ]  # a head and its mirror image cannot be told apart
    fits = []
    for turn in turns:
        head = _Head(turn.apply(small), np.diag([*sizes[list(turn.axes)], 1.0]))
        fits.append(max(-head.mismatch(start, _STEPS[0]) for start in _STARTS))
    best = int(np.argmax(fits))
    return turns[best] if fits[best] - fits[0] >= CLEARLY else Turn()


def lay_on_template(values: np.ndarray, affine: np.ndarray) -> tuple[np.ndarray, float]:
    """Find where the template's points lie in a head.

    Args:
        values: (X, Y, Z) grey values of a T1-weighted head, in any order of its axes.
        affine: (4, 4) from its voxels to mm, whose axes point to the right, to the front and to the top.

    Returns:
        (4, 4) from the template's mm to the head's mm, and the correlation reached.

    Raises:
        DataError: nothing like a head in it.
    """
    from scipy.optimize import minimize

    head = _Head(values, affine)
    starts = sorted(_STARTS, key=lambda start: head.mismatch(start, _STEPS[0]))[:3]
    settings = {"xtol": 0.05, "ftol": 1e-3, "maxiter": 6}
    coarse = [minimize(head.mismatch, start, (_STEPS[0],), "Powell", options=settings) for start in starts]
    best = min(coarse, key=lambda found: found.fun)
    found = minimize(head.mismatch, best.x, (_STEPS[1],), "Powell", options={**settings, "maxiter": 4})
    if -found.fun < _POOR:
        raise DataError(f"expected a T1-weighted head, but got one unlike the template (correlation {-found.fun:.2f})")
    return head.placed(found.x), -float(found.fun)


def frame_affine() -> np.ndarray:
    """(4, 4) from the course's frame (row, column, slice) to the template's mm."""
    affine = np.eye(4)
    for axis, mm in enumerate(frame_mm()):
        affine[axis, axis], affine[axis, 3] = mm[1] - mm[0], mm[0]
    return affine


def slices_of_head(image: Any, to_head: np.ndarray) -> np.ndarray:
    """Resample a head, as a nibabel image, at the course's 32 slices: (32, 256, 256) float32."""
    from nilearn.image import resample_img

    affine = to_head @ frame_affine()
    resampled = resample_img(image, affine, (256, 256, 32), interpolation="linear", copy_header=True)
    return np.moveaxis(np.asarray(resampled.dataobj, np.float32), 2, 0)


class _Head:
    """A head made small, with the place that it is first thought to have."""

    def __init__(self, values: np.ndarray, affine: np.ndarray) -> None:
        """Take the head's top and middle: 75 mm below the top, the middle of a brain is not far."""
        from scipy.ndimage import gaussian_filter

        stride = np.maximum(1, np.rint(2.0 / np.linalg.norm(affine[:3, :3], axis=0))).astype(int)  # to about 2 mm
        smooth = gaussian_filter(np.maximum(values, 0).astype(np.float32), stride)
        self.values = smooth[:: stride[0], :: stride[1], :: stride[2]]
        self.to_voxels = np.linalg.inv(affine @ np.diag([*stride, 1.0]))
        bright = self.values > 0.15 * np.percentile(self.values, 99)
        if bright.sum() < 1000:
            raise DataError("expected a T1-weighted head, but got an empty volume")
        mm = np.argwhere(bright) @ (affine[:3, :3] * stride).T + affine[:3, 3]
        top = np.percentile(mm[:, 2], 99.5)
        upper = mm[mm[:, 2] > top - 110]  # without neck and shoulders
        middle = (np.percentile(upper[:, :2], 2, axis=0) + np.percentile(upper[:, :2], 98, axis=0)) / 2
        self.start = np.array([*middle, top - 80])

    def placed(self, numbers: np.ndarray) -> np.ndarray:
        """(4, 4) from the template's mm to the head's, for nine numbers: shifts, turns, sizes."""
        shift, turn, size = np.split(numbers * _UNITS, 3)
        return (
            _translation(self.start + shift) @ _rotation(turn) @ np.diag([*np.exp(size), 1]) @ _translation(-_middle())
        )

    def mismatch(self, numbers: np.ndarray, step: int) -> float:
        """The correlation with the template, with its sign turned, so that less is better."""
        from scipy.ndimage import map_coordinates

        points, greys = _template_points(step)
        matrix = self.to_voxels @ self.placed(numbers)
        # By hand: a product of matrices would start threads, thousands of times, for next to nothing.
        where = sum(matrix[:3, axis : axis + 1] * points[axis] for axis in range(3)) + matrix[:3, 3:]
        here = map_coordinates(self.values, where, order=1)
        here = here - here.mean()
        far = np.abs(numbers[3:]).max() / 6  # a head is not upside down, nor twice as large
        return -float(np.sum(greys * here) / (np.sqrt(np.sum(here * here)) + 1e-6)) + max(0.0, far - 0.5)


@functools.cache
def _middle() -> np.ndarray:
    """The middle of the template brain in mm."""
    values, affine = template_volume()
    inside = np.argwhere(values > 0)
    return (inside.min(axis=0) + inside.max(axis=0)) / 2 + affine[:3, 3]


@functools.cache
def _template_points(step: int) -> tuple[np.ndarray, np.ndarray]:
    """The template's points in mm, (3, n), ``step`` mm apart, and their greys (n,) with mean 0 and length 1."""
    from scipy.ndimage import binary_dilation, gaussian_filter

    values, affine = template_volume()
    near = binary_dilation(values > 0, iterations=_RIM)[::step, ::step, ::step]
    greys = gaussian_filter(values, 2)[::step, ::step, ::step][near]
    points = np.argwhere(near).T * step + affine[:3, 3:]
    greys = greys - greys.mean()
    return points, greys / np.linalg.norm(greys)


def _translation(mm: np.ndarray) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, 3] = mm
    return matrix


def _rotation(angles: np.ndarray) -> np.ndarray:
    """Turns about the three axes, one after the other."""
    matrix = np.eye(4)
    for axis, angle in enumerate(angles):
        a, b = [other for other in range(3) if other != axis]
        turn = np.eye(4)
        turn[a, a] = turn[b, b] = np.cos(angle)
        turn[a, b], turn[b, a] = -np.sin(angle), np.sin(angle)
        matrix = turn @ matrix
    return matrix
