"""The volumes of the OASIS-1 discs as NIfTI, in the disc tree or in one flat folder (notebook 01_data_loading).

Whoever converted them may have turned them. Programs take the discs' order of axes as ``LAS``, and write that into the
NIfTI file, so a volume is brought there by its affine: the same scan gives the same PNGs from both forms. (On the discs
the first axis really runs to the right, see docs/data.md.)
"""

from __future__ import annotations

from pathlib import Path

from oasis_helpers.data.inventory import Listing
from oasis_helpers.data.orientation import has_affine, turn_by_affine
from oasis_helpers.data.sources.oasis1 import check_t88_shape, t88_slices
from oasis_helpers.data.sources.registry import Finding, Scan, Slices, one_of_each, register
from oasis_helpers.data.subjects import person_of
from oasis_helpers.data.volumes import open_volume, volume_values
from oasis_helpers.errors import DataError

import numpy as np

_NAME = r"(OAS1_\d{4}_MR\d+)_[^/]*_t88%s\.nii(\.gz)?$"
_PARTS = {"brain": "_masked_gfc", "head": "_gfc", "labels": "_masked_gfc_fseg"}
DISC_AXES = "LAS"  # as nibabel, FSL and FreeSurfer read Analyze files


def _find(listing: Listing) -> Finding:
    found = {part: _one_of_each(listing, ending) for part, ending in _PARTS.items()}
    lonely = [name for name in found["head"] if name not in found["brain"]]
    notes = [f"{len(lonely)} whole heads without their *_t88_masked_gfc, such as {lonely[0]}"] if lonely else []
    scans = {name: Scan(name, {part: found[part].get(name) for part in _PARTS}) for name in found["brain"]}
    return Finding(scans, notes)


def _one_of_each(listing: Listing, ending: str) -> dict[str, Path]:
    return one_of_each((match[1].upper(), file) for match, file in listing.matching(_NAME % ending))


def _read(scan: Scan, masked: bool) -> Slices:
    brain_file, head_file, label_file = (scan.files[part] for part in _PARTS)
    if not masked and head_file is None:
        raise DataError(f"{brain_file}: there is no *_t88_gfc.nii beside it; leave out --whole-head, or fetch it")
    brain = _read_volume(brain_file)
    head = brain if masked else _read_volume(head_file)
    return t88_slices(brain_file, brain, head, label_file, None if label_file is None else _read_volume(label_file))


def _read_volume(file: Path) -> np.ndarray:
    """A volume in the order of the discs' axes; where its file does not say how it lies, as it is."""
    image = open_volume(file)
    values = volume_values(file, image)
    if has_affine(image) and values.ndim == 3:
        values = turn_by_affine(values, image.affine, DISC_AXES)
    check_t88_shape(file, values.shape)
    return values


register("oasis1-nifti", "OASIS-1 volumes as NIfTI", _find, person_of, _read, rank=1)
