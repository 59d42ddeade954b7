"""The embedded cohort: virtual people grown from one real template brain, no download (notebook 01_data_loading).

Each person is **synthetic**: the MNI152 template seen through a warp of their own, with folds, age, contrast, bias
field and noise drawn from (seed, case number). The folder has the layout, names and grey values of the OASIS-1 PNG
slices, so that changing from the cohort to real slices is changing one path.
"""

from __future__ import annotations

import csv
import os
import shutil
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from oasis_helpers.data.anatomy import (
    fold_distance,
    follow,
    jacobian_min,
    load_anatomy,
    smooth_field,
    ventricle_flow,
)
from oasis_helpers.errors import DataError, check_whole
from oasis_helpers.paths import cache_dir

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter, map_coordinates
from tqdm.auto import tqdm

COHORT_VERSION = 1  # raise it when a person's pixels change: caches made by an older version are then left alone
FOLDER = "keras_png_slices_data"
SLICES = 32
SIZE = 256
LABEL_VALUES = np.array([85, 170, 255], np.uint8)  # cerebrospinal fluid, grey matter, white matter; 0 is background
FIRST_CASE = {"train": 1, "validate": 402, "test": 441}
MAX_PEOPLE = 342  # one more would need an 18th test person; the test band, 441 to 457, has 17 places
MAX_CASE = 457

# The part of the 256x256 frame that a brain can reach, and the template heights (mm) of the slices. The step sizes
# (template mm per pixel and per slice) put the mean brain where the mean OASIS-1 brain lies.
ROWS = slice(46, 210)
COLUMNS = slice(26, 228)
PIXEL_MM = (1.103, 1.058)
CENTRE_Y_MM = -16.0
FIRST_SLICE_MM = -9.5
SLICE_STEP_MM = 1.37

WARPS = ((60, 2.0), (26, 1.3), (11, 0.8))  # (mm between knots, mm rms): head shape, lobes and gyri, fine folding
LEAST_JACOBIAN = 0.03  # a warp that squeezes more than this is weakened until it does not
TISSUE_GREY = (36, 148, 241)  # mean grey of pure fluid, cortex and white matter, as in OASIS-1 slices

README = """SYNTHETIC brain slices. Nobody was scanned to make them; SYN_0001 is not a person.

Every slice is the MNI152 template brain seen through a random smooth warp, with random folds, contrast, bias field and
noise. Ages and sexes are drawn at random. Use them to learn and to test code, never to say anything about people.
Layout, names and grey values follow the OASIS-1 PNG slices: 0 background, 85 cerebrospinal fluid, 170 grey matter,
255 white matter in the keras_png_slices_seg_* folders.

Template: ICBM 152 nonlinear symmetric 2009a (Fonov et al. 2011, doi 10.1016/j.neuroimage.2010.07.033), from nilearn.
Copyright (C) 1993-2009 Louis Collins, McConnell Brain Imaging Centre, Montreal Neurological Institute, McGill
University. Permission to use, copy, modify, and distribute this software and its documentation for any purpose and
without fee is hereby granted, provided that the above copyright notice appear in all copies.
"""


@dataclass(frozen=True, eq=False)
class Person:
    """One synthetic person.

    Attributes:
        case: case number, 1 to 457.
        person: name such as ``SYN_0001``.
        sex: ``F`` or ``M``, drawn at random; it changes nothing in the pictures.
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


# ---- one person -----------------------------------------------------------------------------------------------------


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
    middle = (SIZE - 1) / 2
    x = (np.arange(SIZE)[ROWS] - middle) * PIXEL_MM[0] * scale[0] + shift[0]
    y = (np.arange(SIZE)[COLUMNS] - middle) * PIXEL_MM[1] * scale[1] + shift[1] + CENTRE_Y_MM
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
    frame = np.zeros((SLICES, SIZE, SIZE), np.uint8)
    frame[:, ROWS, COLUMNS] = block.transpose(2, 0, 1)
    return frame


# ---- many people, on disk -------------------------------------------------------------------------------------------


def make_cohort(
    out_dir: str | os.PathLike[str], people: int = 120, seed: int = 0, workers: int | None = None, progress: bool = True
) -> Path:
    """Write a synthetic cohort in the OASIS layout, all or nothing.

    Args:
        out_dir: a folder that does not exist yet or is empty; it gets ``keras_png_slices_data/``, ``subjects.csv``
            (columns split, case, person, sex, age) and ``README.txt``.
        people: 3 to 342. A smaller cohort is a part of a larger one with the same seed.
        seed: at least 0.
        workers: threads; None takes one per core, 8 at most. The pictures do not depend on it.
        progress: show a bar.

    Returns:
        The folder ``out_dir/keras_png_slices_data``.

    Raises:
        UserError: for a value out of range.
        DataError: if ``out_dir`` already holds something.
    """
    check_whole("people", people, 3, MAX_PEOPLE)
    check_whole("seed", seed, 0)
    workers = min(os.cpu_count() or 1, 8) if workers is None else workers
    check_whole("workers", workers, 1)
    out_dir = Path(out_dir).expanduser().absolute()
    if out_dir.is_file() or (out_dir.is_dir() and any(out_dir.iterdir())):
        raise DataError(f"out_dir: expected a new or empty folder, but {out_dir} exists; choose another or delete it.")
    out_dir.parent.mkdir(parents=True, exist_ok=True)
    unfinished = out_dir.with_name(f".{out_dir.name}.{uuid.uuid4().hex[:8]}.unfinished")
    try:
        _write_cohort(unfinished, people, seed, workers, progress)
        if out_dir.is_dir():
            out_dir.rmdir()  # empty; a rename onto a folder fails on Windows
        unfinished.rename(out_dir)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return out_dir / FOLDER


def cohort_home(people: int, seed: int = 0) -> Path:
    """Return where a synthetic cohort is kept; it is there once it has been made."""
    return cache_dir() / f"cohort_{people}_people_seed_{seed}_v{COHORT_VERSION}"


def cohort_folder(people: int = 120, seed: int = 0, progress: bool = True) -> Path:
    """The slices folder of a synthetic cohort in the course's cache: made on the first call, found on the next.

    Args:
        people: 3 to 342.
        seed: at least 0.
        progress: show a bar while it is made (about a minute for 120 people on two cores).

    Raises:
        UserError: for a value out of range.
    """
    check_whole("people", people, 3, MAX_PEOPLE)
    check_whole("seed", seed, 0)
    home = cohort_home(people, seed)
    if not (home / FOLDER).is_dir():
        try:
            make_cohort(home, people, seed, progress=progress)
        except OSError:
            if not (home / FOLDER).is_dir():  # otherwise another process has just finished the same cohort
                raise
    return home / FOLDER


def cohort_cases(people: int) -> Iterator[tuple[str, int]]:
    """Split and case number of each person: of every 20, 17 train, 2 validate and 1 test."""
    next_case = dict(FIRST_CASE)
    for place in range(people):
        split = {1: "validate", 11: "validate", 2: "test"}.get(place % 20, "train")
        yield split, next_case[split]
        next_case[split] += 1


def _write_cohort(folder: Path, people: int, seed: int, workers: int, progress: bool) -> None:
    """Write everything into ``folder``; threads serve since SciPy and zlib release the interpreter's lock."""
    for split in FIRST_CASE:
        for name in (f"keras_png_slices_{split}", f"keras_png_slices_seg_{split}"):
            (folder / FOLDER / name).mkdir(parents=True)
    load_anatomy()  # once, before the threads ask for it
    with ThreadPoolExecutor(workers) as pool:
        jobs = [pool.submit(_write_person, folder / FOLDER, split, case, seed) for split, case in cohort_cases(people)]
        try:
            done = tqdm(as_completed(jobs), total=people, desc="synthetic cohort", unit="person", disable=not progress)
            rows = sorted((job.result() for job in done), key=lambda row: row[1])
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    with open(folder / "subjects.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([("split", "case", "person", "sex", "age"), *rows])
    (folder / "README.txt").write_text(README, encoding="utf-8")


def _write_person(folder: Path, split: str, case: int, seed: int) -> tuple[str, str, str, str, int]:
    """Write a person's 64 pictures and return their row of ``subjects.csv``."""
    someone = virtual_person(case, seed)
    for kind, prefix, stack in (("", "case", someone.images), ("seg_", "seg", someone.labels)):
        for number, picture in enumerate(stack):
            name = f"{prefix}_{case:03d}_slice_{number}.nii.png"
            Image.fromarray(picture).save(folder / f"keras_png_slices_{kind}{split}" / name)
    return split, f"{case:03d}", someone.person, someone.sex, someone.age
