"""From files to a table: the OASIS brain slices as PNGs, kept apart by person (notebook 01_data_loading).

The folder is laid out like this; the masks (``seg``) may be absent::

    keras_png_slices_data/keras_png_slices_{train,validate,test}/case_NNN_slice_M.nii.png
    keras_png_slices_data/keras_png_slices_seg_{train,validate,test}/seg_NNN_slice_M.nii.png

The full set holds 11,328 slices of 354 people, 32 a scan: 9,664 to train, 1,120 to validate, 544 to test.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from oasis_helpers.data.advice import how_to_rewrite, nothing_found, unpack_command
from oasis_helpers.data.files import SLICES, SPLITS
from oasis_helpers.data.inventory import entries, first_seen, identity, look
from oasis_helpers.data.subjects import read_subjects, subjects_file
from oasis_helpers.errors import DataError
from oasis_helpers.paths import user_path

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

TABLE_COLUMNS = ["person", "case", "slice", "split", "image", "label", "age", "sex"]

_IMAGE_FOLDERS = {split: f"keras_png_slices_{split}" for split in SPLITS}
_LABEL_FOLDERS = {split: f"keras_png_slices_seg_{split}" for split in SPLITS}
_FOLDERS = {*_IMAGE_FOLDERS.values(), *_LABEL_FOLDERS.values()}
_DEPTH = 4  # folders down from the one given: deep enough for a zip unpacked twice, shallow enough for a home folder
_MOST_FOLDERS = 5_000  # folders looked into before giving up


# ---------------------------------------------------------------- finding the folder


def find_slices(path: str | os.PathLike) -> Path:
    """Find the folder that directly holds ``keras_png_slices_train``, ``..._validate`` or ``..._test``.

    Args:
        path: that folder itself, one of the split folders in it, or a folder at most four levels above it,
            such as the one in which the zip was unpacked.

    Returns:
        The folder, resolved. It is mostly called ``keras_png_slices_data``.

    Raises:
        DataError: no such folder, nothing found in it, or more than one candidate (all are listed).
    """
    top = user_path("path", path)
    if top.is_file():
        raise DataError(f"path: {top} is a file, not a folder; {unpack_command(top)}")
    if not top.is_dir():
        raise DataError(f"path: there is no folder {top}; give the folder that holds keras_png_slices_data")
    if top.name in _FOLDERS:
        return top.parent
    folders, complete = _search(top)
    if len(folders) == 1:
        return folders[0]
    if folders:
        raise DataError(
            f"path: {top} holds {len(folders)} folders of slices, expected one; give one of them: "
            + ", ".join(map(str, folders))
        )
    unfinished = "" if complete else f" (gave up after {_MOST_FOLDERS} folders: give a nearer one)"
    raise DataError(
        f"path: found no keras_png_slices_train, _validate or _test folder in it, nor {_DEPTH} levels below it"
        f"{unfinished}: {nothing_found(look(top), 'train')}"
    )


def _search(top: Path) -> tuple[list[Path], bool]:
    """Breadth first: the folders that hold a split folder, and whether the search came to its end."""
    folders, looked, level, seen = [], 0, [top], {identity(top)}
    for _ in range(_DEPTH + 1):
        below = []
        for folder in level:
            looked += 1
            if looked > _MOST_FOLDERS:
                return folders, False
            children = entries(folder).folders
            if any(child.name in _FOLDERS for child in children):  # links to folders that were met before, too
                folders.append(folder.resolve())
            else:
                below += first_seen(children, seen)
        level = below
    return folders, True


# ---------------------------------------------------------------- the table


def read_table(path: str | os.PathLike, merge_splits: bool = False) -> pd.DataFrame:
    """List every slice with its person, case and split. Images are not opened.

    A person's slices stay in one split: neighbouring slices are so alike that a split by slice would let
    a model see in training what it is tested on.

    Args:
        path: anything that :func:`find_slices` accepts.
        merge_splits: put everything into one split ``train``. Nothing is then held out.

    Returns:
        One row per slice, ordered by split (train, validate, test), case and slice number. Columns: ``person``
        (from ``subjects.csv`` in the folder or beside it, else ``case_NNN``), ``case`` and ``slice`` (int),
        ``split``, ``image`` (path), ``label`` (path, or '' without a mask), ``age`` (years, NaN where unknown),
        ``sex`` ('' where unknown).

    Raises:
        DataError: no images, a slice in two splits, a person in two splits, an unreadable ``subjects.csv``.

    Warns:
        File names that do not fit, masks without an image and the reverse, cases without 32 slices,
        cases that ``subjects.csv`` does not know, merged splits.
    """
    import pandas as pd

    root = find_slices(path)
    images, odd_images = _list_files(root, _IMAGE_FOLDERS, "case")
    labels, odd_labels = _list_files(root, _LABEL_FOLDERS, "seg")
    if not images:
        advice = f"; {rewrite}" if odd_images and (rewrite := how_to_rewrite(root)) else ""
        only = f"only masks ({len(labels)} of them)" if labels else "no images"
        raise DataError(
            f"path: {root} holds {only}, expected files like keras_png_slices_train/case_001_slice_0.nii.png"
            f"{_named('; these names do not fit:', odd_images).rstrip('.')}{advice}"
        )
    if odd_images or odd_labels:
        _warn(_named(f"{root}: left out {{count}} file(s) whose name does not fit:", odd_images + odd_labels))
    if labels:
        _report_unpaired(root, images, labels)

    rows = [("", case, number, split, image, labels.get((split, case, number), ""), np.nan, "")
            for (split, case, number), image in images.items()]  # fmt: skip
    table = pd.DataFrame(rows, columns=TABLE_COLUMNS)
    table["order"] = table["split"].map(SPLITS.index)
    table = table.sort_values(["order", "case", "slice"], ignore_index=True).drop(columns="order")
    _check_slices(table, root, _add_people(table, root))
    if merge_splits:
        _warn(f"{root}: merge_splits=True puts all {len(table)} slices into 'train'; nothing is held out for a test.")
        table["split"] = "train"
        return table.sort_values(["case", "slice"], ignore_index=True)
    _check_people(table, root)
    return table


def _list_files(root: Path, folders: dict[str, str], prefix: str) -> tuple[dict[tuple[str, int, int], str], list[str]]:
    """The files that fit as {(split, case, slice): path}, and the names that do not fit. Hidden files are passed by."""
    fits = re.compile(rf"{prefix}_(\d{{3,}})_slice_(\d+)\.nii\.png")
    files, odd, dangling = {}, [], []
    for split, folder in folders.items():
        if not (root / folder).is_dir():
            continue
        for name in sorted(os.listdir(root / folder)):
            match = fits.fullmatch(name)
            if match and not (root / folder / name).exists():  # a link whose file is elsewhere, or not fetched
                dangling.append(f"{folder}/{name}")
            elif match:
                key = (split, int(match[1]), int(match[2]))
                if key in files:
                    raise DataError(f"{root / folder}: {Path(files[key]).name} and {name} are the same slice; keep one")
                files[key] = str(root / folder / name)
            elif not name.startswith("."):  # .DS_Store, and the ._ twins that macOS puts into zips
                odd.append(f"{folder}/{name}")
    if dangling:
        _warn(_named(f"{root}: left out {{count}} link(s) to files that are not there (datalad get?):", dangling))
    return files, odd


def _report_unpaired(root: Path, images: dict, labels: dict) -> None:
    """Warn of images without a mask and of masks without an image."""
    for lonely, what in ((sorted(set(images) - set(labels)), "image(s) without a mask"),
                         (sorted(set(labels) - set(images)), "mask(s) without an image, left out")):  # fmt: skip
        names = [f"{split} case {case:03d} slice {number}" for split, case, number in lonely]
        if names:
            _warn(_named(f"{root}: {{count}} {what}:", names))


def _add_people(table: pd.DataFrame, root: Path) -> dict[int, int]:
    """Fill in person, sex and age from ``subjects.csv``; without one, every case is taken for a person.

    Returns how many slices its cases have, {case: slices}, where it says so.
    """
    table["person"] = table["case"].map("case_{:03d}".format)
    file = subjects_file(root)
    if file is None:
        return {}
    subjects = read_subjects(file)
    known = table["case"].isin(subjects.index)
    for column in ("person", "sex", "age"):
        table.loc[known, column] = table.loc[known, "case"].map(subjects[column])
    if not known.all():
        names = [str(name) for name in table.loc[~known, "person"].unique()]
        _warn(_named(f"{file}: {{count}} case(s) of {root.name} are not in it, each is taken for a person:", names))
    return subjects["slices"].to_dict() if "slices" in subjects else {}


def _check_slices(table: pd.DataFrame, root: Path, expected: dict[int, int]) -> None:
    """A slice must not be in two splits; a case should have 32 slices, or as many as ``subjects.csv`` expects."""
    twice = table[table.duplicated(["case", "slice"], keep=False)].sort_values(["case", "slice"])
    if len(twice):
        first = twice[(twice["case"] == twice["case"].iloc[0]) & (twice["slice"] == twice["slice"].iloc[0])]
        raise DataError(
            f"{root}: {Path(first['image'].iloc[0]).name} is in the splits {' and '.join(first['split'])}"
            f" ({len(twice)} such files in all), expected each slice once; remove it from one of them"
        )
    counts = table.groupby("case").size()
    names = [f"case_{case:03d} ({count})" for case, count in counts.items() if count != expected.get(case, SLICES)]
    if names:
        _warn(_named(f"{root}: {{count}} case(s) without the expected {SLICES} slices:", names))


def _check_people(table: pd.DataFrame, root: Path) -> None:
    """A person must not be in two splits."""
    scans = table[["person", "split", "case"]].drop_duplicates()
    splits = scans.groupby("person")["split"].nunique()
    leaked = splits.index[splits > 1]
    if len(leaked):
        where = ", ".join(
            f"case {row.case:03d} in {row.split}" for row in scans[scans["person"] == leaked[0]].itertuples()
        )
        raise DataError(
            f"{root}: {leaked[0]} is in more than one split ({where}; {len(leaked)} such people); move all slices"
            " of a person into one split, or merge all splits into one, so that nothing is held out (--merge-splits,"
            " or merge_splits=True)"
        )


def _named(text: str, names: Sequence[str], most: int = 5) -> str:
    """The text with {count} filled in, and the first few names after it; '' without names."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{text.format(count=len(names))} {', '.join(names[:most])}{more}." if names else ""


def _warn(message: str) -> None:
    warnings.warn(message, stacklevel=3)
