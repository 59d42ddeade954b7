"""What a folder holds, looked at by names alone and told in a line (notebook 01_data_loading).

Every refusal of data says what was found, so that nobody has to guess what the course saw.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

_DEPTH = 8  # folders down: a scan's own folders (PROCESSED/MPRAGE/T88_111) lie below disc, scan and zip
_MOST_FOLDERS = 20_000  # folders looked into before giving up
_MOST_NAMED = 6  # kinds named in a line

_NIFTI = r"\.nii(\.gz)?$"
_PICTURE = r"\.(png|jpe?g|bmp|tiff?|gif)$"
# What a file is taken for, by its path: the first pattern that fits. {s} is the plural's ending; "" is not told.
_KINDS = tuple(
    (re.compile(pattern, re.IGNORECASE), noun)
    for pattern, noun in (
        (r"keras_png_slices_seg_(train|validate|test)/[^/]*\.png$", "mask{s} in keras_png_slices folders"),
        (r"keras_png_slices_(train|validate|test)/[^/]*\.png$", "slice{s} in keras_png_slices folders"),
        (r"OAS2_\d{4}_MR\d+/RAW/[^/]*\.hdr$", "raw scan{s} of OASIS-2"),
        (r"/RAW/[^/]*\.hdr$", "raw scan{s} (RAW) as on the OASIS-1 discs"),
        (r"OAS1_\d{4}_MR\d[^/]*_t88[^/]*\.hdr$", "Analyze volume{s} named like OASIS-1"),
        (r"\.hdr$", "Analyze volume{s}"),
        (r"OAS1_\d{4}_MR\d[^/]*_t88[^/]*" + _NIFTI, "NIfTI file{s} named like OASIS-1"),
        (r"OASIS_OAS1_\d{4}_MR\d/[^/]*" + _NIFTI, "NIfTI file{s} of neurite-oasis"),
        (r"(images|labels)T[rs]/OASIS_\d{4}_\d{4}" + _NIFTI, "NIfTI file{s} of Learn2Reg's OASIS"),
        (r"sub-[^/]*_T1w" + _NIFTI, "T1w NIfTI file{s} in BIDS"),
        (r"sub-[^/]*" + _NIFTI, "other NIfTI file{s} in BIDS"),
        (_NIFTI, "NIfTI file{s}"),
        (r"OAS[123]_?\d{4}[^/]*\.jpe?g$", "JPEG{s} with OASIS ids in their names"),
        (r"OAS[123]_?\d{4}[^/]*_\d+\.png$", "PNG{s} with OASIS ids in their names"),
        (r"\.jpe?g$", "JPEG{s}"),
        (r"\.png$", "PNG{s}"),
        (r"\.zip$", "zip{s}"),
        (r"\.(tar|tgz|tar\.(gz|bz2|xz))$", "tar archive{s}"),
        (r"\.(7z|rar|gz|bz2|xz)$", "packed file{s}"),
        (r"\.parquet$", "parquet file{s}"),
        (r"\.(npz|npy)$", "NumPy file{s}"),
        (r"\.(dcm|ima)$", "DICOM file{s}"),
        (r"\.mg[hz]$", "FreeSurfer volume{s}"),
        (r"\.(csv|tsv|xlsx?)$", "table{s}"),
        (_PICTURE, ""),
        (r"(\.img|\.DS_Store|Thumbs\.db|\.json|\.txt|\.xml|\.md)$", ""),
        (r".", "other file{s}"),
    )
)


@dataclass(frozen=True)
class Listing:
    """The files and folders below one folder.

    Attributes:
        top: the folder that was looked at.
        files: every file, hidden ones and what macOS adds to zips left out, in order of their paths.
        folders: every folder, ``top`` first.
        complete: False where there was too much to look at all of it.
        broken: links that lead nowhere, such as those of files that datalad has not fetched yet.
        closed: folders that may not be read or lie too deep; what they hold is unknown.
    """

    top: Path
    files: tuple[Path, ...]
    folders: tuple[Path, ...]
    complete: bool = True
    broken: tuple[Path, ...] = ()
    closed: tuple[Path, ...] = ()

    def matching(self, pattern: str) -> list[tuple[re.Match[str], Path]]:
        """Return every file whose path, with ``/`` between its parts, fits the pattern somewhere."""
        search = re.compile(pattern, re.IGNORECASE).search
        return [(match, file) for file in self.files if (match := search(file.as_posix()))]


def look(folder: str | os.PathLike) -> Listing:
    """List what lies in a folder and below it; each folder once, even where links lead to it again."""
    top = Path(folder)
    files: list[Path] = []
    broken: list[Path] = []
    closed: list[Path] = []
    folders, level, seen = [top], [top], {identity(top)}
    for _ in range(_DEPTH + 1):
        below = []
        for here in level:
            found = entries(here)
            files += found.files
            broken += found.broken
            closed += [] if found.readable else [here]
            below += first_seen(found.folders, seen)
        folders += below
        if len(folders) > _MOST_FOLDERS:
            return Listing(top, tuple(sorted(files)), tuple(folders), False, tuple(broken), tuple(closed))
        level = below
    return Listing(top, tuple(sorted(files)), tuple(folders), True, tuple(broken), (*closed, *level))


def first_seen(folders: Iterable[Path], seen: set) -> list[Path]:
    """The folders that were not met before, by whatever name; they are added to what was seen."""
    new = []
    for folder in folders:
        if (known := identity(folder)) not in seen:
            seen.add(known)
            new.append(folder)
    return new


def identity(folder: Path) -> tuple[int, int] | Path:
    """What tells a folder from others, by whatever name it is reached."""
    try:
        status = folder.stat()
        return (status.st_dev, status.st_ino)
    except OSError:
        return folder


class Entries(NamedTuple):
    """What a folder holds, by name: folders, files, and links that lead nowhere or in a circle.

    ``readable`` is False of a folder that may not be read; it seems to be empty.
    """

    folders: list[Path]
    files: list[Path]
    broken: list[Path]
    readable: bool = True


def entries(folder: Path) -> Entries:
    """What lies in a folder; hidden files and what macOS adds to zips are left out."""
    found = Entries([], [], [])
    try:
        with os.scandir(folder) as inside:
            shown = sorted((e for e in inside if not e.name.startswith((".", "__MACOSX"))), key=lambda e: e.name)
    except OSError:
        return found._replace(readable=False)
    for entry in shown:  # which knows its kind without another look at the disk
        path = folder / entry.name
        with suppress(OSError):  # of a link in a circle
            if entry.is_dir():
                found.folders.append(path)
            elif entry.is_file():
                found.files.append(path)
        if entry.is_symlink() and not os.path.exists(path):
            found.broken.append(path)
    return found


def kinds(listing: Listing) -> Counter[str]:
    """Count the files by what they seem to be, in the order of the list above."""
    found: Counter[str] = Counter()
    for file in listing.files:
        path = f"{listing.top.name}/{file.relative_to(listing.top).as_posix()}"
        found[next(noun for pattern, noun in _KINDS if pattern.search(path))] += 1
    return Counter({noun: found[noun] for _, noun in _KINDS if noun and found[noun]})


def describe_listing(listing: Listing) -> str:
    """Say what a folder holds: ``12 NIfTI files named like OASIS-1, 2 zips, 40 JPEGs``."""
    counts = list(kinds(listing).items())
    named = [f"{count:,} {noun.format(s='' if count == 1 else 's')}" for noun, count in counts[:_MOST_NAMED]]
    more = sum(count for _, count in counts[_MOST_NAMED:])
    if lost := len(listing.broken):
        named.append(f"{lost:,} link{'' if lost == 1 else 's'} to files that are not there")
    if not named:
        return "nothing that the course knows" if listing.files else "no files"
    return ", ".join(named) + (f", {more:,} more file{'' if more == 1 else 's'}" if more else "")
