"""The small download of neurite-oasis: one coronal slice of each of 414 people (notebook 01_data_loading).

``slice_norm.nii.gz`` (160 x 192, greys 0 to 1) is slice 109 of the aligned volume, seen from the front; its axes point
left and down. The course shows columns upwards, so they are made to run from bottom to top: the top of the head is up
where other slices have the forehead.
"""

from __future__ import annotations

from pathlib import Path

from oasis_helpers.data.inventory import Listing
from oasis_helpers.data.orientation import has_affine
from oasis_helpers.data.sources.neurite import AXES_OF_FREESURFER, find_neurite, seg4_to_course, whole_head
from oasis_helpers.data.sources.registry import Finding, Scan, Slices, register
from oasis_helpers.data.subjects import person_of
from oasis_helpers.data.volumes import grey_values, label_greys, open_volume, pad_slice, volume_values
from oasis_helpers.errors import DataError

import numpy as np


def _find(listing: Listing) -> Finding:
    return find_neurite(listing, "slice", "norm", "seg4", "orig")


def _read(scan: Scan, masked: bool) -> Slices:
    image = pad_slice(grey_values(_read_slice(scan.files["brain"] if masked else whole_head(scan))))
    file, labels = scan.files["labels"], None
    if file is not None:
        labels = pad_slice(label_greys(seg4_to_course(_read_slice(file), file), file))[None]
    return Slices(image[None], labels)


def _read_slice(file: Path) -> np.ndarray:
    """A slice whose rows run to the right and whose columns run to the top, (160, 192)."""
    import nibabel

    image = open_volume(file)
    values = volume_values(file, image)
    if values.shape != (160, 192):
        size = " x ".join(map(str, image.shape))
        raise DataError(f"{file}: expected 160 x 192 pixels as in neurite-oasis, but got {size}; fetch it again")
    right, top, *_ = nibabel.aff2axcodes(image.affine if has_affine(image) else AXES_OF_FREESURFER)
    if right not in "LR" or top not in "IS":
        raise DataError(f"{file}: expected a coronal slice, left to right by top to bottom, but got {right}{top}")
    return values[:: -1 if right == "L" else 1, :: -1 if top == "I" else 1]


_REMARK = (
    "one coronal slice a person, the top of the head where other slices have the forehead; the tissue measures of"
    " `evaluate` were made for axial slices"
)
register("neurite-2d", "neurite-oasis slices", _find, person_of, _read, _REMARK, rank=3)
