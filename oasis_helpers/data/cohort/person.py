"""One synthetic person of the embedded cohort: a template brain, warped, folded, aged and scanned (notebook 01).

The MNI152 template is seen through a warp of the person's own, with folds, age, contrast, bias field and noise drawn
from (seed, case number). Slices have the size and grey values of the OASIS-1 PNG slices.
"""

from __future__ import annotations

from dataclasses import dataclass

from oasis_helpers.data.cohort.anatomy import (
    fold_distance,
    follow,
    jacobian_min,
    load_anatomy,
    smooth_field,
    ventricle_flow,
)
from oasis_helpers.data.files import LABEL_GREYS, SLICE_SIZE, SLICES
from oasis_helpers.errors import check_whole

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

MAX_CASE = 457  # the last of the test people's numbers, 441 to 457
LABEL_VALUES = np.array(LABEL_GREYS[1:], np.uint8)  # cerebrospinal fluid, grey matter, white matter

# The part of the 256x256 frame that a brain can reach, and the template heights (mm) of the slices. The step sizes
# (template mm per pixel and per slice) put the mean brain where the mean OASIS-1 brain lies.
HEAD_ROWS = slice(46, 210)
HEAD_COLUMNS = slice(26, 228)
PIXEL_MM = (1.103, 1.058)
CENTRE_Y_MM = -16.0
FIRST_SLICE_MM = -9.5
SLICE_STEP_MM = 1.37

WARPS = ((60, 2.0), (26, 1.3), (11, 0.8))  # (mm between knots, mm rms): head shape, lobes and gyri, fine folding
LEAST_JACOBIAN = 0.03  # a warp that squeezes more than this is weakened until it does not
TISSUE_GREY = (36, 148, 241)  # mean grey of pure fluid, cortex and white matter, as in OASIS-1 slices


@dataclass(frozen=True, eq=False)
class Person:
    """One synthetic person.

    Attributes:
        case: case number, 1 to 457.
        person: name such as ``SYN_0001``.
        sex: ``F`` or ``M``, drawn at random; it changes nothing in the images.
        age: years, 18 to 96.
        images: (32, 256, 256) uint8, grey 0 to 255, background exactly 0.
        labels: (32, 256, 256) uint8, values 0, 85, 170 and 255.
        jacobian_min: smallest Jacobian determinant of the warp, above 0: it folds nowhere.
    """

    case: int
    person: str
    sex: str
    age: int
    images: np.ndarray
    labels: np.ndarray
    jacobian_min: float


def virtual_person(case: int, seed: int = 0, age: int | None = None) -> Person:
    """Make one synthetic person; the same (case, seed) gives the same bits.

    Args:
        case: case number, 1 to 457.
        seed: the cohort's seed, at least 0.
        age: years, 18 to 96: the same person at another age; None keeps the age drawn for them.

    Raises:
        UserError: for a value out of range.
    """
    check_whole("case", case, 1, MAX_CASE)
    check_whole("seed", seed, 0)
    if age is not None:
        check_whole("age", age, 18, 96)
    rng = np.random.default_rng([seed, case])
    sex = "F" if rng.random() < 0.6 else "M"
    drawn_age = _draw_age(rng)
    age = drawn_age if age is None else int(age)
    ageing = max(0.0, (age - 20) / 70)  # 0 at 20 years, 1 at 90
    axes = _slice_axes(rng)
    place, smallest = _warp(rng, axes, ageing)
    score, inside = _tissue(rng, place, ageing)
    grey = _scan(rng, axes, score, ageing)
    images = _into_frame(np.where(inside, np.clip(np.rint(grey), 1, 255), 0))
    labels = _into_frame(np.where(inside, LABEL_VALUES[np.digitize(score, (0.75, 1.5))], 0))
    return Person(int(case), f"SYN_{case:04d}", sex, age, images, labels, smallest)


def _draw_age(rng: np.random.Generator) -> int:
    """Years, 18 to 96, spread as in OASIS-1: many students, many over sixty, fewer between."""
    young, old = 18 + 14 * rng.random(), 30 + 66 * rng.random() ** 0.7
    return int(young if rng.random() < 0.4 else old)


def _slice_axes(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Template positions (mm) of the person's pixel rows, pixel columns and slices: head size and slice levels."""
    scale = 1 + rng.normal(0, 0.018) + rng.normal(0, 0.022, 3)
    shift = rng.normal(0, (0.5, 1.5, 1.5))
    middle = (SLICE_SIZE - 1) / 2
    x = (np.arange(SLICE_SIZE)[HEAD_ROWS] - middle) * PIXEL_MM[0] * scale[0] + shift[0]
    y = (np.arange(SLICE_SIZE)[HEAD_COLUMNS] - middle) * PIXEL_MM[1] * scale[1] + shift[1] + CENTRE_Y_MM
    z = np.arange(SLICES) * SLICE_STEP_MM * scale[2] + shift[2] + FIRST_SLICE_MM
    return x, y, z


def _warp(rng: np.random.Generator, axes: tuple[np.ndarray, ...], ageing: float) -> tuple[np.ndarray, float]:
    """Where in the template each point lies, (3, R, C, 32) in voxels (1 mm), and the smallest Jacobian."""
    anatomy = load_anatomy()
    bend = sum(smooth_field(rng, axes, spacing, rms) for spacing, rms in WARPS)
    growth = rng.normal(-1.5, 1.4) + 9 * ageing**1.5  # mm by which each ventricle wall moves
    grid = [axis - start for axis, start in zip(axes, anatomy.origin, strict=True)]
    straight = np.stack(np.meshgrid(*grid, indexing="ij")).astype(np.float32)
    steps = tuple(axis[1] - axis[0] for axis in axes)
    smallest, strength = 0.0, np.float32(1)
    while smallest < LEAST_JACOBIAN:  # ends: as the strength falls the map becomes the identity, whose Jacobian is 1
        place = follow(ventricle_flow(anatomy, growth * strength), straight + strength * bend)
        smallest = jacobian_min(place, steps)
        strength *= np.float32(0.85)
    return place, smallest


def _tissue(rng: np.random.Generator, place: np.ndarray, ageing: float) -> tuple[np.ndarray, np.ndarray]:
    """Tissue score (R, C, 32), 0 fluid, 1 grey, 2 white matter, and the mask of the brain."""
    anatomy = load_anatomy()
    depth = map_coordinates(anatomy.depth, place, order=1, mode="nearest")
    inside = depth > 0.3
    points, depth = place[:, inside], depth[inside]
    cortex = map_coordinates(anatomy.cortex, points, order=1)
    fold = fold_distance(rng, points + anatomy.origin.astype(np.float32)[:, None])
    raw = _carve(map_coordinates(anatomy.tissue, points, order=1), fold, depth, cortex, ageing)
    floor = 0.46 - 0.2 * ageing - 0.05 * np.maximum(depth - 6, 0)  # young sulci are too narrow to look like pure fluid
    raw = np.maximum(raw, np.maximum(floor, -1) * cortex)
    crisp = 1 / (1 + np.exp((0.5 - raw) / 0.17)) + 1 / (1 + np.exp((1.5 - raw) / 0.17))
    score = np.zeros(inside.shape, np.float32)
    notch = depth > 0.6 + 1.6 * cortex * np.exp(-((fold / 1.3) ** 2))  # the outline dips where a sulcus opens
    score[inside] = np.where(notch, 0.8 * crisp + 0.2 * np.clip(raw, 0, 2), 0)
    inside[inside] = notch
    blur = (0.6, 0.6, 0.45)  # pixels: partial volume; dividing by the blurred mask keeps the black outside out
    weight = gaussian_filter(inside.astype(np.float32), blur)
    return gaussian_filter(score, blur) / np.maximum(weight, 0.35), inside


def _carve(raw: np.ndarray, fold: np.ndarray, depth: np.ndarray, cortex: np.ndarray, ageing: float) -> np.ndarray:
    """Cut a person's own sulci into the tissue score: fluid at a surface, some 3 mm of cortex, white blades beyond."""
    sulcus = 0.9 * np.exp(-((fold / (1.1 + 0.5 * ageing)) ** 2))
    blade = 0.25 - 0.15 * ageing + 0.55 * np.clip((fold - 2.6) / 2, 0, 1)
    raw = raw + cortex * np.clip(depth / 3, 0, 1) * (blade - sulcus)
    below_sulcus = 0.16 + 0.4 * fold + 2 * (1 - cortex)  # the most that a point this far from a sulcus can score
    below_outline = 0.05 + 0.27 * depth
    return np.minimum(raw, np.minimum(below_sulcus, below_outline))


def _scan(rng: np.random.Generator, axes: tuple[np.ndarray, ...], score: np.ndarray, ageing: float) -> np.ndarray:
    """Grey values (R, C, 32) float32 of a scan: tissue contrast, bias field and Rician noise."""
    means = np.array(TISSUE_GREY) + rng.normal(0, (5, 4, 3)) - ageing * np.array((0, 4, 6))  # contrast fades with age
    grey = np.interp(score, (0, 1, 2), means).astype(np.float32)
    grey *= 1 + smooth_field(rng, axes, 60, 0.03, parts=1)[0]
    noise = gaussian_filter(rng.standard_normal((2, *grey.shape), np.float32), (0, 1.1, 1.1, 0.8))
    noise *= np.float32(3.5) / noise.std()  # smooth, since scans are averaged and resampled
    return np.hypot(grey + noise[0], noise[1])


def _into_frame(block: np.ndarray) -> np.ndarray:
    """(R, C, 32) values to (32, 256, 256) uint8 with zeros around."""
    frame = np.zeros((SLICES, SLICE_SIZE, SLICE_SIZE), np.uint8)
    frame[:, HEAD_ROWS, HEAD_COLUMNS] = block.transpose(2, 0, 1)
    return frame
