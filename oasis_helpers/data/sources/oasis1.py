"""The raw OASIS-1 discs: ``disc1/OAS1_0001_MR1/PROCESSED/MPRAGE/T88_111``, Analyze 7.5 (notebook 01_data_loading)."""

from __future__ import annotations

from pathlib import Path

from oasis_helpers.data.inventory import Listing
from oasis_helpers.data.orientation import turn_by_template
from oasis_helpers.data.sources.registry import Finding, Scan, Slices, one_of_each, register
from oasis_helpers.data.splits import SCAN
from oasis_helpers.data.subjects import person_of
from oasis_helpers.data.volumes import (
    cut_slices,
    grey_values,
    label_greys,
    open_volume,
    slice_positions,
    volume_values,
)
from oasis_helpers.errors import DataError

import numpy as np

SHAPE = (176, 208, 176)  # voxels of 1 mm: left to right, back to front, bottom to top
T88 = "PROCESSED/MPRAGE/T88_111"


def _find(listing: Listing) -> Finding:
    """Scans whose volumes are Analyze, at any depth; those converted to NIfTI are another source's."""
    names: dict[Path, list[str]] = {}
    for file in listing.files:
        names.setdefault(file.parent, []).append(file.name)
    scans = []
    for folder in listing.folders:
        here = names.get(folder, [])
        converted = any(".nii" in name for name in here) and not any(name.endswith("_masked_gfc.hdr") for name in here)
        if folder.as_posix().endswith(f"/{T88}") and SCAN.fullmatch(folder.parents[2].name) and not converted:
            scans.append((folder.parents[2].name, folder.parents[2]))
    return Finding({name: Scan(name, folder) for name, folder in one_of_each(scans).items()})


def read_scan(scan: Scan, masked: bool = True) -> Slices:
    """The 32 slices of one scan on disc and their labels."""
    folder = scan.files
    brain_file = _volume_file(folder, f"{T88}/*_t88_masked_gfc.hdr")
    brain = _read_volume(brain_file)
    head = brain if masked else _read_volume(_volume_file(folder, f"{T88}/*_t88_gfc.hdr"))
    label_file = _volume_file(folder, "FSL_SEG/*_masked_gfc_fseg.hdr") if (folder / "FSL_SEG").is_dir() else None
    return t88_slices(brain_file, brain, head, label_file, None if label_file is None else _read_volume(label_file))


def t88_slices(
    brain_file: Path, brain: np.ndarray, head: np.ndarray, label_file: Path | None, labels: np.ndarray | None
) -> Slices:
    """Slices of volumes in OASIS-1's atlas space, (176, 208, 176) each, by the rule of `oasis_helpers.data.volumes`.

    Analyze files do not say which way they lie, so the brain is compared with the template.
    """
    turn = turn_by_template(brain)
    brain, head = turn.apply(brain), turn.apply(head)
    if brain.shape != SHAPE:
        raise DataError(f"{brain_file}: its orientation is not that of the disc ({turn.words}); take that file")
    try:
        positions = slice_positions(brain)  # of the brain, even for whole heads: the same slices either way
    except DataError as error:
        raise DataError(f"{brain_file}: {error}") from None
    masks = None if labels is None else cut_slices(turn.apply(label_greys(labels, label_file)), positions)
    return Slices(cut_slices(grey_values(head), positions), masks, turn.words)


def _volume_file(folder: Path, pattern: str) -> Path:
    """The one header that the pattern means, with its .img beside it."""
    headers = [file for file in sorted(folder.glob(pattern)) if not file.name.startswith(".")]
    if len(headers) != 1:
        raise DataError(f"{folder}: expected one file {pattern}, but found {len(headers)}; fetch the scan again")
    if not headers[0].with_suffix(".img").is_file():
        raise DataError(f"{headers[0]}: its .img is missing beside it; fetch the scan again")
    return headers[0]


def _read_volume(header: Path) -> np.ndarray:
    """An Analyze volume as stored, (176, 208, 176) whole numbers, in either byte order."""
    image = open_volume(header)
    check_t88_shape(header, image.shape)
    if image.get_data_dtype().kind not in "iu":
        raise DataError(
            f"{header}: expected whole numbers, but got {image.get_data_dtype().name}; use the file from the disc"
        )
    return volume_values(header, image)


def check_t88_shape(file: Path, shape: tuple[int, ...]) -> None:
    """Raise DataError unless a volume has the size of OASIS-1's atlas space; a fourth axis of one is fine."""
    if shape not in (SHAPE, (*SHAPE, 1)):
        size = " x ".join(map(str, shape))
        raise DataError(f"{file}: expected 176 x 208 x 176 voxels, but got {size}; take the volume from T88_111")


register("oasis1", "OASIS-1 discs", _find, person_of, read_scan)
