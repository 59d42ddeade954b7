"""From the data that people hold to the folder that the course reads (notebook 01_data_loading).

The form is recognised by the names in a folder (`oasis_helpers.data.sources`); people are kept apart; what was found
and what was left out is said, and kept in ``prepared.txt`` beside the slices.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from oasis_helpers.data.advice import nothing_found
from oasis_helpers.data.files import SLICES, SPLITS, read_image
from oasis_helpers.data.inventory import Listing, describe_listing, look
from oasis_helpers.data.sources.registry import Finding, Scan, Slices, Source, sources
from oasis_helpers.data.splits import assign_splits, check_fractions, number_cases, read_people
from oasis_helpers.data.subjects import read_subjects, subjects_file, write_subjects
from oasis_helpers.data.suspicions import DARK
from oasis_helpers.errors import DataError, UserError, check_choice, check_whole
from oasis_helpers.paths import atomic_folder, user_path

import numpy as np
import pandas as pd

_MANY = 5  # scans named in a line


def prepare_slices(
    data: str | os.PathLike,
    out: str | os.PathLike,
    masked: bool = True,
    fractions: Sequence[float] = (0.85, 0.10, 0.05),
    seed: int = 0,
    demographics: str | os.PathLike | None = None,
    progress: bool = True,
    skip_damaged: bool = False,
    source: str | None = None,
) -> Path:
    """Turn scans of any form that the course knows into PNGs in the layout of :mod:`oasis_helpers.data.slices`.

    Args:
        data: the folder that holds them, at any depth.
        out: new or empty folder; gets ``keras_png_slices_data``, ``subjects.csv`` and ``prepared.txt``.
        masked: True takes brains without skulls, False whole heads, where the form has both.
        fractions: share of the people in train, validate and test. With three people or more none of them is empty;
            of two people one trains and one tests; a single one trains.
        seed: seed of the split. Scans of one person always stay together.
        demographics: OASIS-1's table saved as CSV (columns ID, M/F, Age). Then the splits are alike in age,
            by decade, and sex and age go to ``subjects.csv``.
        progress: show a bar, and print what was found and left out.
        skip_damaged: go on without scans that cannot be read. They get a row in ``subjects.csv`` that says why.
        source: the name of a form, where a folder holds several (see `oasis_helpers.data.sources.registry`).

    Returns:
        The folder ``keras_png_slices_data``.

    Raises:
        DataError: no scans found, scans that cannot be used (all are tried first), a full disk.
        UserError: ``out`` is in use, or an argument that does not fit.
    """
    fractions, out = check_fractions(fractions), user_path("out", out)
    check_whole("seed", seed, 0)
    if out.exists() and (out.is_file() or any(out.iterdir())):
        raise UserError(f"out: {out} is in use, expected a new or empty folder; choose another one")
    listing = _list(data)
    kind, finding = _choose(listing, source)
    subjects = _subjects_beside(finding, listing.top) if kind.name == "slices" else None
    owners = _owners(kind, finding, None if subjects is None else read_subjects(subjects))
    people = read_people(set(owners.values()), demographics)
    lines = [f"the folder holds: {describe_listing(listing)}", _found_line(kind, owners)]
    with atomic_folder(out) as folder:
        root, work = folder / "keras_png_slices_data", folder / ".unsorted"
        for split in SPLITS:
            (root / f"keras_png_slices_{split}").mkdir(parents=True)
            (root / f"keras_png_slices_seg_{split}").mkdir()
        work.mkdir()
        counts, damaged, words = _write_scans(kind, finding, work, masked, progress, skip_damaged)
        cases = _deal(finding, counts, owners, people, fractions, seed)
        for scan, (split, case) in cases.items():
            _move(work / scan, root, split, case)
        shutil.rmtree(work)
        _write_subjects(folder / "subjects.csv", cases, counts, damaged, owners, people, subjects)
        lines += _left_out(finding, damaged, listing) + words + ([f"note: {kind.remark}"] if kind.remark else [])
        (folder / "prepared.txt").write_text("\n".join(lines) + "\n", encoding="utf-8", errors="backslashreplace")
    if progress:
        print("\n".join(lines))
    return out / root.name


# ---------------------------------------------------------------- what there is


def _list(data: str | os.PathLike) -> Listing:
    top = user_path("data", data)
    if top.is_file():
        raise DataError(f"data: {top} is a file, not a folder; unpack an archive first and give the folder")
    if not top.is_dir():
        raise DataError(f"data: there is no folder {top}; give the folder that holds the scans")
    listing = look(top)
    if not listing.complete:
        raise DataError(f"data: {top} holds more folders than can be looked into; give a nearer folder of the scans")
    return listing


def _choose(listing: Listing, name: str | None) -> tuple[Source, Finding]:
    """The source whose scans are here. A second one is fine where it holds nobody else; otherwise one must be named."""
    if name is not None:
        check_choice("source", name, [source.name for source in sources()])
    wanted = [source for source in sources() if name in (None, source.name)]
    found = [(source, finding) for source in wanted if (finding := source.find(listing)).scans]
    if not found:
        raise DataError(f"data: {nothing_found(listing, 'prepare')}")
    kind, finding = found[0]
    ours = {kind.person(scan) for scan in finding.scans}
    for other, theirs in found[1:]:
        new = {other.person(scan) for scan in theirs.scans} - ours
        if new:
            forms = ", ".join(f"{len(f.scans)} of {s.title} (--source {s.name})" for s, f in found)
            raise DataError(
                f"data: {listing.top} holds scans of {len(found)} forms: {forms}; name one, or give a folder"
            )
        finding.notes.append(f"{len(theirs.scans)} of {other.title}: the same people")
    if kind.name == "slices":
        _check_not_ready(listing, finding)
    return kind, finding


def _check_not_ready(listing: Listing, finding: Finding) -> None:
    """Slices that the course reads as they are need no preparing: every file is looked at, until one is another."""
    brightest = 0
    for file in _files_of_slices(finding):
        if not file.name.endswith(".nii.png"):
            return
        try:
            brightest = max(brightest, int(read_image(file).max()))
        except DataError:
            return
    if brightest >= DARK:
        raise UserError(
            f"data: {listing.top} holds slices that are ready already; nothing to prepare:"
            f" train --data {file.parents[1]}"
        )


def _files_of_slices(finding: Finding) -> Iterator[Path]:
    return (file for scan in finding.scans.values() for file in scan.files["image"].values())


def _subjects_beside(finding: Finding, top: Path) -> Path | None:
    """The table of people that belongs to slices: in their folder or beside it, else in the folder that was given."""
    places = dict.fromkeys(file.parents[1] for file in _files_of_slices(finding))
    return next((found for place in (*places, top) if (found := subjects_file(place))), None)


def _found_line(kind: Source, owners: dict[str, str]) -> str:
    people, scans = len(set(owners.values())), _counted(len(owners), "scan", "scans")
    return f"found: {kind.title}, {scans} of {_counted(people, 'person', 'people')}"


def _left_out(finding: Finding, damaged: dict[str, str], listing: Listing) -> list[str]:
    notes = list(finding.notes)
    if listing.broken:
        notes.append(f"{_counted(len(listing.broken), 'link', 'links')} to files that are not there (datalad get?)")
    if listing.closed:
        count = _counted(len(listing.closed), "folder", "folders")
        notes.append(f"{count} that may not be read or lie too deep: {_few(list(map(str, listing.closed)))}")
    if damaged:
        notes.append(
            f"{_counted(len(damaged), 'damaged scan', 'damaged scans')}, named in subjects.csv: {_few(list(damaged))}"
        )
    return [f"left out: {'; '.join(notes)}"] if notes else ["left out: no scan of this form"]


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MANY} more" if len(names) > _MANY else ""
    return ", ".join(names[:_MANY]) + more


# ---------------------------------------------------------------- people


def _owners(kind: Source, finding: Finding, subjects: pd.DataFrame | None) -> dict[str, str]:
    """Whose each scan is, {scan: person}; a table beside slices knows better than their case numbers."""
    known = {} if subjects is None else subjects["person"].to_dict()
    return {scan.name: known.get(scan.case, kind.person(scan.name)) for scan in finding.scans.values()}


def _deal(
    finding: Finding, counts: dict[str, int], owners: dict, people: pd.DataFrame, fractions: Sequence[float], seed: int
) -> dict[str, tuple[str, int]]:
    """A split and a case number for every scan that could be read."""
    scans = [scan for scan in finding.scans.values() if scan.name in counts]
    if all(scan.split for scan in scans):
        return {scan.name: (scan.split, scan.case) for scan in scans}
    sound = {owners[scan.name] for scan in scans}
    splits = assign_splits({name: age for name, age in people["age"].items() if name in sound}, fractions, seed)
    return number_cases({scan.name: owners[scan.name] for scan in scans}, splits)


def _write_subjects(
    file: Path, cases: dict, counts: dict, damaged: dict, owners: dict, people: pd.DataFrame, subjects: Path | None
) -> None:
    """Who is who; a set with fewer slices a scan says how many, and damaged scans have a row that says why."""
    if subjects is not None:
        file.write_bytes(subjects.read_bytes())
        return
    last = max(case for _, case in cases.values())
    rows = [(split, f"{case:03d}", owners[scan], *people.loc[owners[scan], ["sex", "age"]], counts[scan], scan, "")
            for scan, (split, case) in cases.items()]  # fmt: skip
    rows += [("", f"{last + 1 + n:03d}", owners[scan], *people.loc[owners[scan], ["sex", "age"]], 0, scan, why)
             for n, (scan, why) in enumerate(damaged.items())]  # fmt: skip
    write_subjects(rows, file, set(counts.values()) != {SLICES}, bool(damaged))


# ---------------------------------------------------------------- images


def _write_scans(
    kind: Source, finding: Finding, work: Path, masked: bool, progress: bool, skip_damaged: bool
) -> tuple[dict[str, int], dict[str, str], list[str]]:
    """Write the PNGs of every scan into a folder of its own.

    Returns how many slices each has, why others cannot be used, and a line for each thing that was done to some.
    """
    counts, damaged, done = {}, {}, Counter()
    for scan in _shown(finding, progress):
        try:
            slices = kind.read(scan, masked)
        except DataError as error:
            damaged[scan.name] = str(error)
            continue
        _save(slices, work / scan.name)
        counts[scan.name] = len(slices.images)
        done[slices.words] += 1
    if damaged and not (skip_damaged and counts):
        why = list(damaged.values())
        more = f". And {len(why) - _MANY} more" if len(why) > _MANY else ""
        go_on = "; to go on without them: prepare --skip-damaged" if counts else ""
        raise DataError(
            f"{len(why)} of {len(finding.scans)} scans cannot be used: {'. '.join(why[:_MANY])}{more}{go_on}"
        )
    return counts, damaged, [f"{_counted(count, 'scan', 'scans')}: {words}" for words, count in done.items() if words]


def _shown(finding: Finding, progress: bool) -> Iterator[Scan]:
    from tqdm.auto import tqdm

    return iter(tqdm(finding.scans.values(), desc="Volumes", unit=" scans", disable=not progress))


def _save(slices: Slices, folder: Path) -> None:
    from PIL import Image

    folder.mkdir()
    for prefix, images in (("case", slices.images), ("seg", slices.labels)):
        numbers = range(len(slices.images)) if slices.numbers is None else slices.numbers
        for number, image in zip(numbers, () if images is None else images, strict=False):
            Image.fromarray(np.ascontiguousarray(image)).save(folder / f"{prefix}_{number}.png", format="PNG")


def _move(folder: Path, root: Path, split: str, case: int) -> None:
    """Give a scan's files their names, in the folders of its split."""
    for file in folder.iterdir():
        prefix, _, number = file.stem.partition("_")
        target = f"keras_png_slices_{'seg_' if prefix == 'seg' else ''}{split}"
        os.rename(file, root / target / f"{prefix}_{case:03d}_slice_{number}.nii.png")
