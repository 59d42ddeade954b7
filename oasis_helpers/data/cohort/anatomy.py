"""Real anatomy as a starting point: the template brain and smooth, invertible warps of it (notebook 01_data_loading).

The template is the MNI152 average brain that ships inside nilearn. Every volume here is a float32 array over
1 mm voxels, x from left to right, y from back to front, z from bottom to top.
A warp is a *pull-back*: for each point of a new brain it tells where in the template to look.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from nilearn.datasets import (
    load_mni152_brain_mask,
    load_mni152_gm_template,
    load_mni152_template,
    load_mni152_wm_template,
)
from scipy.ndimage import binary_fill_holes, distance_transform_edt, gaussian_filter, label, map_coordinates

SLAB_Z = (-32, 62)  # mm: the heights of the template that a warped slice can reach
FLOW_STEP = 4  # mm between the lattice points on which the ventricle flow is followed; twice the step in _outward


@dataclass(frozen=True)
class Anatomy:
    """The template, cut to the heights that the course's slices can reach.

    Attributes:
        tissue: (X, Y, Z) float32, sharpened tissue score: 0 cerebrospinal fluid, 1 grey matter, 2 white matter.
        depth: (X, Y, Z) float32, mm beneath the brain's surface, negative outside.
        cortex: (X, Y, Z) float32 in 0..1, how much a voxel belongs to the folded rim of the brain.
        outward: (3, x, y, z) float32 on the ``FLOW_STEP`` lattice, the velocity (no unit, length up to 1) at which
            tissue leaves the ventricles when these grow.
        origin: (3,) mm, the world position of voxel (0, 0, 0).
    """

    tissue: np.ndarray
    depth: np.ndarray
    cortex: np.ndarray
    outward: np.ndarray
    origin: np.ndarray


@functools.cache
def load_anatomy() -> Anatomy:
    """The template's volumes, made once a process (about two seconds, from files inside nilearn)."""
    image = load_mni152_template(resolution=1)
    origin = image.affine[:3, 3].copy()
    low, high = (int(z - origin[2]) for z in SLAB_Z)
    origin[2] = SLAB_Z[0]
    t1, grey, white, brain = (
        np.asarray(volume.dataobj, np.float32)[..., low:high]
        for volume in (
            image,
            load_mni152_gm_template(resolution=1),
            load_mni152_wm_template(resolution=1),
            load_mni152_brain_mask(resolution=1),
        )
    )
    inside = brain > 0
    depth = _signed_depth(inside)
    tissue = _tissue_score(t1, grey, white, brain)
    return Anatomy(tissue, depth, _cortex(tissue, depth, origin), _outward(tissue, depth), origin)


def _signed_depth(inside: np.ndarray) -> np.ndarray:
    """Distance in mm to the surface of ``inside``, positive within it."""
    depth = distance_transform_edt(inside) - distance_transform_edt(~inside)
    return gaussian_filter(depth.astype(np.float32), 1.0)


def _tissue_score(t1: np.ndarray, grey: np.ndarray, white: np.ndarray, brain: np.ndarray) -> np.ndarray:
    """One number per voxel, 0 fluid to 2 white matter, with the blur of averaging many brains partly undone."""
    by_map = grey + 2 * white
    by_t1 = np.interp(t1, (0.27, 0.65, 0.875), (0, 1, 2)).astype(np.float32)  # the template's mean grey per tissue
    weight = gaussian_filter(brain, 2.5) + 1e-3  # a blur that does not see the black outside
    detail = by_t1 - gaussian_filter(by_t1 * brain, 2.5) / weight
    return (0.5 * by_map + 0.5 * by_t1 + 0.7 * detail) * brain


def _cortex(tissue: np.ndarray, depth: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """1 in the outer folds, 0 in deep white matter and in the deep grey nuclei and brain stem."""
    rim = np.clip((24 - depth) / 8, 0, 1)
    x, y, z = (grid + start for grid, start in zip(np.ogrid[tuple(map(slice, tissue.shape))], origin, strict=True))
    nuclei = (x / 28) ** 2 + ((y + 14) / 36) ** 2 < 1
    cerebellum = (x / 30) ** 2 + ((y + 62) / 24) ** 2 + (np.maximum(z + 10, 0) / 22) ** 2 < 1
    folded = gaussian_filter(rim * (tissue < 1.7) * ~(nuclei | cerebellum), 3.5)
    return np.clip(1.5 * folded, 0, 1).astype(np.float32)  # reaches a little into the white matter below the folds


def _outward(tissue: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Velocity that points away from the lateral ventricles and fades over about 2 cm."""
    parts, _ = label((tissue < 0.5) & (depth > 24))
    sizes = np.bincount(parts.ravel())
    keep = np.flatnonzero(sizes > 800)
    ventricle = binary_fill_holes(np.isin(parts, keep[keep > 0]))
    half = ventricle[::2, ::2, ::2]  # every other millimetre will do: the result is smoothed
    distance = 2 * (distance_transform_edt(~half) - distance_transform_edt(half))
    distance = gaussian_filter(distance.astype(np.float32), 1.75)[::2, ::2, ::2]
    fade = np.exp(-np.maximum(distance, 0) / 14)
    return np.stack(np.gradient(distance, FLOW_STEP)) * fade


def spline_basis(points: np.ndarray, spacing: float, start: float, count: int) -> np.ndarray:
    """Values of ``count`` cubic B-splines, ``spacing`` mm apart from ``start`` on, at ``points``.

    Args:
        points: (N,) positions in mm.
        spacing: mm between knots.
        start: mm, centre of the first spline.
        count: number of splines.

    Returns:
        (N, count) float32; each row sums to 1 where splines surround the point.
    """
    t = np.abs((points[:, None] - start) / spacing - np.arange(count))
    inner = 2 / 3 - t**2 + t**3 / 2
    outer = np.clip(2 - t, 0, None) ** 3 / 6
    return np.where(t < 1, inner, outer).astype(np.float32)


def smooth_field(
    rng: np.random.Generator, axes: tuple[np.ndarray, ...], spacing: float, rms: float, parts: int = 3
) -> np.ndarray:
    """Random smooth functions on a grid: products of cubic B-splines along the three axes.

    Args:
        rng: draws the coefficients.
        axes: the three coordinates (mm) that span the grid, of lengths R, C and S.
        spacing: mm between knots; shapes smaller than this are not made.
        rms: root mean square of each function (mm for a displacement).
        parts: number of functions; 3 make a displacement.

    Returns:
        (parts, R, C, S) float32.
    """
    start = -125 - spacing  # mm: the knots cover the whole head, so a field does not depend on the slices asked for
    count = int(np.ceil((250 + 3 * spacing) / spacing))
    along_x, along_y, along_z = (spline_basis(points, spacing, start, count) for points in axes)
    unit = (151 / 315) ** 1.5  # root mean square of the product when every coefficient has variance 1
    field = rng.standard_normal((parts, count, count, count), np.float32) * np.float32(rms / unit)
    field = field @ along_z.T  # parts, count, count, S
    field = np.einsum("pijs,cj->pics", field, along_y, optimize=True)
    return np.einsum("pics,ri->prcs", field, along_x, optimize=True)


def ventricle_flow(anatomy: Anatomy, growth: float, steps: int = 4) -> np.ndarray:
    """Displacement that widens (``growth`` > 0 mm) or narrows (< 0) the ventricles, on the coarse lattice.

    It follows a smooth velocity in small steps, each too short to fold, so that the whole way does not fold either.

    Returns:
        (3, x, y, z) float32, mm to add to a template position.
    """
    lattice = np.indices(anatomy.outward.shape[1:], np.float32)
    place = lattice.copy()
    for _ in range(steps):
        velocity = np.stack([map_coordinates(part, place, order=1, mode="nearest") for part in anatomy.outward])
        place -= velocity * np.float32(growth / steps / FLOW_STEP)
    return (place - lattice) * FLOW_STEP


def follow(flow: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Add a displacement on the coarse lattice to each position of a grid.

    The flow is smooth, so it is read at every other row and column and interpolated between: four times less work.

    Args:
        flow: (3, x, y, z) from ``ventricle_flow``.
        place: (3, R, C, S) float32 positions in voxels; R and C even.

    Returns:
        (3, R, C, S) float32 positions in voxels.
    """
    sparse = place[:, ::2, ::2] / FLOW_STEP
    shift = np.stack([map_coordinates(part, sparse, np.float32, order=1, mode="nearest") for part in flow])
    shift = shift.repeat(2, axis=1).repeat(2, axis=2)
    shift[:, 1:-1:2] = (shift[:, :-2:2] + shift[:, 2::2]) / 2
    shift[:, :, 1:-1:2] = (shift[:, :, :-2:2] + shift[:, :, 2::2]) / 2
    return place + shift


def fold_distance(rng: np.random.Generator, world: np.ndarray) -> np.ndarray:
    """How far points lie from a random pattern of sulci, in mm: 0 on a sulcus, about 4 to 6 on the crown of a gyrus.

    The zeros of a band-limited noise are winding sheets at even distances, as sulci are. The noise is read off near
    the brain's outline, straight above each point, so that the sheets cut inward from the surface.

    Args:
        rng: draws the pattern.
        world: (3, N) template positions in mm.

    Returns:
        (N,) float32 mm, at least 0; near a sulcus a good estimate, far from it a rough one.
    """
    noise = rng.standard_normal((84, 100, 60), np.float32)
    noise = gaussian_filter(noise, 2.2) - gaussian_filter(noise, 3.3)
    slope = sum(np.square(part) for part in np.gradient(noise))
    distance = 2.2 * noise / np.sqrt(slope + 0.2 * slope.mean())  # voxels of about 2.2 mm
    x, y, z = world
    core = np.stack([np.clip(x, -12, 12), np.clip(y, -62, 24), np.full_like(z, 8)])  # a rod along the brain's middle
    ray = world - core
    length = np.sqrt((ray**2).sum(0)) + 1
    above = core + ray * (55 + 0.3 * (length - 55)) / length  # a trace of depth stays, or sulci would be straight
    voxel = np.array([[2.0], [2.0], [2.7]], np.float32)  # mm: sulci run steeper than they run wide
    corner = np.array([[84.0], [118.0], [60.0]], np.float32)
    return np.abs(map_coordinates(distance, (above + corner) / voxel, np.float32, order=1, mode="reflect"))


def jacobian_min(place: np.ndarray, steps: tuple[float, float, float]) -> float:
    """Smallest Jacobian determinant of a map sampled on a grid; above 0 the map folds nowhere.

    Args:
        place: (3, R, C, S) mapped positions in mm.
        steps: mm between grid points along the three axes.
    """
    a, b, c = (np.diff(place, axis=k + 1) / np.float32(steps[k]) for k in range(3))
    a, b, c = a[:, :, :-1, :-1], b[:, :-1, :, :-1], c[:, :-1, :-1, :]
    cross = np.stack([b[1] * c[2] - b[2] * c[1], b[2] * c[0] - b[0] * c[2], b[0] * c[1] - b[1] * c[0]])
    return float((a * cross).sum(0).min())
