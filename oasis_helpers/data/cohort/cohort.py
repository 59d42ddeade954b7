"""The embedded cohort: synthetic people in the layout of OASIS-1, no download (notebook 01_data_loading).

The folder has the layout, names and grey values of the OASIS-1 PNG slices, so that changing from the cohort to real
slices is changing one path. `person` makes each of its people.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from oasis_helpers.data.cohort.anatomy import load_anatomy
from oasis_helpers.data.cohort.person import virtual_person
from oasis_helpers.data.files import FIRST_CASE, SLICES, SPLITS
from oasis_helpers.data.inventory import entries
from oasis_helpers.errors import DataError, check_whole
from oasis_helpers.paths import atomic_folder, cache_places

from PIL import Image
from tqdm.auto import tqdm

COHORT_VERSION = 1  # raise it when a person's pixels change: caches made by an older version are then left alone
SLICES_FOLDER = "keras_png_slices_data"
MAX_PEOPLE = 342  # one more would need an 18th test person; the test band, 441 to 457, has 17 places

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


def make_cohort(
    out_dir: str | os.PathLike[str], people: int = 120, seed: int = 0, workers: int | None = None, progress: bool = True
) -> Path:
    """Write a synthetic cohort in the OASIS layout, all or nothing.

    Args:
        out_dir: a folder that does not exist yet or is empty; it gets ``keras_png_slices_data/``, ``subjects.csv``
            (columns split, case, person, sex, age) and ``README.txt``.
        people: 3 to 342. A smaller cohort is a part of a larger one with the same seed.
        seed: at least 0.
        workers: threads; None takes one per core, 8 at most. The images do not depend on it.
        progress: show a bar.

    Returns:
        The folder ``out_dir/keras_png_slices_data``.

    Raises:
        UserError: for a value out of range.
        DataError: if ``out_dir`` already holds something or cannot be written, such as on a full disk.
    """
    check_whole("people", people, 3, MAX_PEOPLE)
    check_whole("seed", seed, 0)
    workers = min(os.cpu_count() or 1, 8) if workers is None else workers
    check_whole("workers", workers, 1)
    out_dir = Path(out_dir).expanduser().absolute()
    if out_dir.is_file() or (out_dir.is_dir() and any(out_dir.iterdir())):
        raise DataError(f"out_dir: expected a new or empty folder, but {out_dir} exists; choose another or delete it")
    with atomic_folder(out_dir) as folder:
        _write_cohort(folder, people, seed, workers, progress)
    return out_dir / SLICES_FOLDER


def cohort_home(people: int, seed: int = 0) -> Path:
    """Return where a synthetic cohort is kept; it is there once it has been made."""
    name = f"cohort_{people}_people_seed_{seed}_v{COHORT_VERSION}"
    places = cache_places()
    return next((place / name for place in places if _is_whole(place / name, people)), places[-1] / name)


def _is_whole(home: Path, people: int) -> bool:
    """Whether all images are there: clusters remove files that nobody has read for weeks, one by one."""
    count = sum(len(entries(home / SLICES_FOLDER / f"keras_png_slices_{split}").files) for split in SPLITS)
    return count >= people * SLICES


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
    if not _is_whole(home, people):
        with atomic_folder(home) as folder:  # takes the place of one whose files are gone; two may make it at once
            _write_cohort(folder, people, seed, min(os.cpu_count() or 1, 8), progress)
    return home / SLICES_FOLDER


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
            (folder / SLICES_FOLDER / name).mkdir(parents=True)
    load_anatomy()  # once, before the threads ask for it
    with ThreadPoolExecutor(workers) as pool:
        jobs = [
            pool.submit(_write_person, folder / SLICES_FOLDER, split, case, seed)
            for split, case in cohort_cases(people)
        ]
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
    """Write a person's 64 images and return their row of ``subjects.csv``."""
    someone = virtual_person(case, seed)
    for kind, prefix, stack in (("", "case", someone.images), ("seg_", "seg", someone.labels)):
        for number, image in enumerate(stack):
            name = f"{prefix}_{case:03d}_slice_{number}.nii.png"
            Image.fromarray(image).save(folder / f"keras_png_slices_{kind}{split}" / name)
    return split, f"{case:03d}", someone.person, someone.sex, someone.age
