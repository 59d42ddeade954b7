"""The neurite-oasis release: 414 people of OASIS-1, skulls off, in FreeSurfer's space (notebook 01_data_loading).

A folder ``OASIS_OAS1_0001_MR1`` holds ``aligned_norm.nii.gz`` (160 x 192 x 224, greys 0 to 1, without the skull),
``aligned_orig.nii.gz`` (with it) and ``aligned_seg4.nii.gz``. Its axes point left, down and to the front (``LIA``).
Shapes and files: A. Hoopes et al., arXiv 2101.01035; the labels' names stand in ``seg4_labels.txt``.
"""

from __future__ import annotations

from pathlib import Path

from oasis_helpers.data.inventory import Listing
from oasis_helpers.data.orientation import Turn, has_affine, turn_by_affine, turn_by_template
from oasis_helpers.data.sources.registry import Finding, Scan, Slices, one_of_each, register
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

# Their classes by number: unknown, cortex, subcortical grey matter, white matter, CSF; ours: none, CSF, grey, white.
SEG4_CLASSES = np.array([0, 2, 2, 3, 1], np.uint8)
AXES_OF_FREESURFER = np.array([[-1.0, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]])
_NAME = r"(OAS1_\d{4}_MR\d+)/%s\.nii(\.gz)?$"
_SHAPE = (160, 224, 192)  # to the right, to the front, to the top


def find_neurite(listing: Listing, prefix: str, needed: str, masks: str, whole: str) -> Finding:
    """Find scans whose folder holds ``PREFIX_norm``; its masks and its image with the skull may be there, too."""
    names = {"brain": f"{prefix}_{needed}", "head": f"{prefix}_{whole}", "labels": f"{prefix}_{masks}"}
    found = {
        part: one_of_each((match[1].upper(), file) for match, file in listing.matching(_NAME % name))
        for part, name in names.items()
    }
    return Finding({n: Scan(n, {part: found[part].get(n) for part in names}) for n in found["brain"]})


def _find(listing: Listing) -> Finding:
    finding = find_neurite(listing, "aligned", "norm", "seg4", "orig")
    if finding.scans:
        others = len(listing.matching(_NAME % r"(norm|orig|seg4|seg35|aligned_seg35|slice_\w+)"))
        finding.notes += [f"{others} files of other spaces and labels (norm, orig, seg35, slices)"] if others else []
    return finding


def _read(scan: Scan, masked: bool) -> Slices:
    brain, turn = read_upright(scan.files["brain"])
    head = brain if masked else read_upright(whole_head(scan))[0]
    try:
        positions = slice_positions(brain)
    except DataError as error:
        raise DataError(f"{scan.files['brain']}: {error}") from None
    images, labels = cut_slices(grey_values(head), positions), None
    if scan.files["labels"] is not None:
        values, _ = read_upright(scan.files["labels"], turn)
        labels = cut_slices(label_greys(seg4_to_course(values, scan.files["labels"]), scan.files["labels"]), positions)
    return Slices(images, labels, turn.words)


def whole_head(scan: Scan) -> Path:
    """The file with the skull on; raises DataError where there is none."""
    if scan.files["head"] is None:
        raise DataError(f"{scan.files['brain']}: there is no *_orig beside it; leave out --whole-head, or fetch it")
    return scan.files["head"]


def read_upright(file: Path, turn: Turn | None = None) -> tuple[np.ndarray, Turn]:
    """A volume that runs to the right, to the front and to the top, and how it was turned besides.

    Where the file does not say how it lies, it is taken as FreeSurfer's and compared with the template, or turned as
    the brain that it belongs to.
    """
    image = open_volume(file)
    values = volume_values(file, image)
    known = has_affine(image)
    if values.ndim == 3:
        values = turn_by_affine(values, image.affine if known else AXES_OF_FREESURFER)
        turn = Turn() if known else (turn or turn_by_template(values))
        values = turn.apply(values)
    if values.shape != _SHAPE:
        size = " x ".join(map(str, image.shape))
        raise DataError(f"{file}: expected 160 x 192 x 224 voxels as in neurite-oasis, but got {size}; fetch it again")
    return values, turn


def seg4_to_course(labels: np.ndarray, file: Path) -> np.ndarray:
    """Turn their classes 0 to 4 into the course's 0 to 3; raises DataError where there are others."""
    strange = np.setdiff1d(labels, range(len(SEG4_CLASSES)))
    if strange.size:
        raise DataError(f"{file}: expected the labels 0 to 4, but also got {strange[:5].tolist()}; take seg4")
    return SEG4_CLASSES[labels.astype(np.uint8)]


register("neurite", "neurite-oasis volumes", _find, person_of, _read, rank=2)
