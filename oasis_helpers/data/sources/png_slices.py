"""Slices in the course's own folders whose pixels are of another kind or size (notebook 01_data_loading).

16 bits, colours that are grey, palettes, JPEG under the name of a PNG, 128 x 128 pixels, ``.png`` without ``.nii``:
they are written again as the course reads them. Splits, case numbers and ``subjects.csv`` stay.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from oasis_helpers.data.files import LABEL_GREYS, read_any_image, resample_image
from oasis_helpers.data.inventory import Listing
from oasis_helpers.data.sources.image_folder import read_stack
from oasis_helpers.data.sources.registry import Finding, Scan, Slices, register
from oasis_helpers.data.suspicions import DARK
from oasis_helpers.data.volumes import grey_values
from oasis_helpers.errors import DataError

import numpy as np

_NAME = r"keras_png_slices_(seg_)?(train|validate|test)/(?:case|seg)_(\d{3,})_slice_(\d+)(?:\.nii)?\.(?:png|jpe?g)$"


def _find(listing: Listing) -> Finding:
    files: dict[tuple[str, int], dict[str, dict[int, Path]]] = defaultdict(lambda: {"image": {}, "label": {}})
    for match, file in listing.matching(_NAME):
        part = files[match[2].lower(), int(match[3])]["label" if match[1] else "image"]
        if int(match[4]) in part:
            raise DataError(f"data: {part[int(match[4])]} and {file} are the same slice; remove one")
        part[int(match[4])] = file
    cases: dict[int, str] = {}
    for split, case in sorted(files):
        if cases.setdefault(case, split) != split:
            raise DataError(f"data: case {case:03d} is in {cases[case]} and in {split}; remove it from one of them")
    scans = {
        f"case_{case:03d}": Scan(f"case_{case:03d}", parts, split, case)
        for (split, case), parts in sorted(files.items())
        if parts["image"]
    }
    return Finding(scans)


def _person(name: str) -> str:
    """Every case is taken for a person; a ``subjects.csv`` beside the slices knows better."""
    return name


def _read(scan: Scan, masked: bool) -> Slices:
    numbers = sorted(scan.files["image"])
    images = read_stack([scan.files["image"][n] for n in numbers])
    if len(LABEL_GREYS) <= images.max() < DARK:
        images = grey_values(images)
    if not all(n in scan.files["label"] for n in numbers):
        return Slices(images, None, "masks left out, since some are missing" if scan.files["label"] else "", numbers)
    return Slices(images, np.stack([_read_mask(scan.files["label"][n]) for n in numbers]), numbers=numbers)


def _read_mask(file: Path) -> np.ndarray:
    """A mask, whose greys must be those of classes: nothing is mixed where it is resampled."""
    greys = read_any_image(file)
    if not np.isin(greys, LABEL_GREYS).all():
        raise DataError(f"{file}: expected the label values 0, 85, 170, 255, but got others; it is not a mask")
    return resample_image(greys.astype(np.uint8), labels=True)


register("slices", "slices in keras_png_slices folders", _find, _person, _read, rank=6)
