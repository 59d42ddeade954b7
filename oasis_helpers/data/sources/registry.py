"""The list of sources: what each is called, and the three functions that make it one (notebook 01_data_loading)."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from oasis_helpers.data.inventory import Listing
from oasis_helpers.errors import DataError

import numpy as np


@dataclass(frozen=True)
class Scan:
    """One scan in a folder.

    Attributes:
        name: such as ``OAS1_0001_MR1``.
        files: what the source reads it from, in a form of its own.
        split: where people are in splits already, the split of this one; else "".
        case: the case number that goes with it; else 0.
    """

    name: str
    files: Any
    split: str = ""
    case: int = 0


class Slices(NamedTuple):
    """What a scan becomes.

    Attributes:
        images: (n, 256, 256) uint8, n at most 32; rows from left to right, columns from back to front.
        labels: (n, 256, 256) uint8 of 0, 85, 170, 255; None where there are no masks.
        words: what was done to it besides, such as a turn; "" for nothing.
        numbers: which slices these are, where they have numbers of their own; None for 0 to n - 1.
    """

    images: np.ndarray
    labels: np.ndarray | None
    words: str = ""
    numbers: Sequence[int] | None = None


@dataclass
class Finding:
    """What a source finds in a folder: its scans by name, and a line for each kind of thing that it leaves out."""

    scans: dict[str, Scan] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Source:
    """A form in which people hold the data.

    Attributes:
        name: to ask for it by.
        title: for people.
        find: from a `Listing` to a `Finding`, by names alone; no scans where it holds nothing of this form.
        person: from a scan's name to the person's: scans of one person go to one split.
        read: from a `Scan`, and whether skulls shall be off, to `Slices`; raises DataError.
        remark: what to know of slices made in this way; "" for nothing.
        rank: of two sources that find the same scans the one of lower rank is taken.
    """

    name: str
    title: str
    find: Callable[[Listing], Finding]
    person: Callable[[str], str]
    read: Callable[[Scan, bool], Slices]
    remark: str = ""
    rank: int = 0


_SOURCES: dict[str, Source] = {}


def register(
    name: str,
    title: str,
    find: Callable[[Listing], Finding],
    person: Callable[[str], str],
    read: Callable[[Scan, bool], Slices],
    remark: str = "",
    rank: int = 0,
) -> None:
    """Add a source, see `Source`; its file calls this once."""
    _SOURCES[name] = Source(name, title, find, person, read, remark, rank)


def sources() -> list[Source]:
    """All sources, the preferred first."""
    folder = Path(__file__).parent
    for module in pkgutil.iter_modules([str(folder)]):
        importlib.import_module(f"{__package__}.{module.name}")
    return sorted(_SOURCES.values(), key=lambda source: (source.rank, source.name))


def one_of_each(files: Iterable[tuple[str, Path]]) -> dict[str, Path]:
    """{scan: file}; raises DataError where a scan has two."""
    found: dict[str, Path] = {}
    for scan, file in files:
        if scan in found:
            raise DataError(f"data: {scan} is there twice: {found[scan]} and {file}; remove one")
        found[scan] = file
    return dict(sorted(found.items()))
