"""A folder of JPEG or PNG slices that have OASIS ids in their names (notebook 01_data_loading).

Such as ``OAS1_0001_MR1_mpr-1_100.jpg``: scan ``OAS1_0001_MR1``, its first recording, slice 100. Of each scan the first
recording is taken, and of that 32 slices, evenly spaced.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from pathlib import Path

from oasis_helpers.data.files import SLICES, read_any_image, resample_image
from oasis_helpers.data.inventory import Listing
from oasis_helpers.data.orientation import slice_turn
from oasis_helpers.data.sources.registry import Finding, Scan, Slices, register
from oasis_helpers.data.volumes import grey_values
from oasis_helpers.errors import DataError

import numpy as np

_NAME = r"/(OAS[123]_?\d{4}_(?:MR\d+|(?:MR_)?d\d{4}))(?:[^/]*?(?:mpr|run)-?(\d+))?[^/]*?_(\d+)\.(png|jpe?g)$"
_LOOKED_AT = 40  # scans whose slices tell how all of them lie, and of these every fifth slice
_EVERY = 5


class Folder:
    """All scans of a folder, which lie in one way."""

    def __init__(self, scans: dict[str, list[Path]]) -> None:
        """Keep the slices' files by scan."""
        self.scans = scans

    @functools.cached_property
    def turn(self) -> int:
        """Right angles by which every slice has to be turned, see `slice_turn`."""
        every = list(self.scans)
        chosen = every[:: max(1, len(every) // _LOOKED_AT)]
        means = []
        for name in chosen:
            try:
                means.append(read_stack(self.scans[name][::_EVERY]).mean(axis=0))
            except DataError:  # a damaged scan is refused by itself, when it is read
                continue
        return slice_turn(np.mean(means, axis=0))[0] if means else 0


def _find(listing: Listing) -> Finding:
    runs: dict[str, dict[int, list[tuple[int, Path]]]] = defaultdict(lambda: defaultdict(list))
    for match, file in listing.matching(_NAME):
        runs[match[1].upper()][int(match[2] or 1)].append((int(match[3]), file))
    folder, unused, repeated = Folder({}), 0, 0
    for name in sorted(runs):
        first = min(runs[name])
        numbered = dict(sorted(runs[name][first]))  # a slice that is there twice counts once
        chosen = spaced(list(numbered.values()))
        folder.scans[name] = chosen
        repeated += sum(len(slices) for run, slices in runs[name].items() if run != first)
        unused += len(runs[name][first]) - len(chosen)
    notes = [f"{repeated} slices of repeated recordings (only the first of each scan is taken)"] if repeated else []
    notes += [f"{unused} slices beyond {SLICES} of a scan"] if unused else []
    return Finding({name: Scan(name, folder) for name in folder.scans}, notes)


def spaced(files: list[Path]) -> list[Path]:
    """At most 32 of the slices, evenly spaced."""
    if len(files) <= SLICES:
        return files
    return [files[i] for i in np.rint(np.linspace(0, len(files) - 1, SLICES)).astype(int)]


def _person(name: str) -> str:
    """OAS1_0001 of OAS1_0001_MR2, OAS30001 of OAS30001_MR_d0129."""
    return re.match(r"OAS[123]_?\d{4}", name)[0]


def _read(scan: Scan, masked: bool) -> Slices:
    """The slices as they are drawn: whether skulls are on was decided by whoever drew them."""
    turn = scan.files.turn
    images = np.rot90(read_stack(scan.files.scans[scan.name]), turn, axes=(1, 2))
    return Slices(
        np.ascontiguousarray(images), None, f"turned by {90 * turn} degrees to lie as the template does" if turn else ""
    )


def read_stack(files: list[Path]) -> np.ndarray:
    """Image files of any size and kind as (n, 256, 256) uint8; 16 bits are scaled by all of them together."""
    images = [read_any_image(file) for file in files]
    if any(image.dtype != np.uint8 for image in images):
        greys = grey_values(np.concatenate([image.ravel() for image in images]))
        cuts = np.cumsum([image.size for image in images])[:-1]
        images = [part.reshape(image.shape) for part, image in zip(np.split(greys, cuts), images, strict=True)]
    return np.stack([resample_image(image) for image in images])


register("images", "slices as JPEG or PNG, with OASIS ids in their names", _find, _person, _read, rank=5)
