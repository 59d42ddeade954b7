"""OASIS-3 in BIDS: T1-weighted heads as they came from the scanner (notebook 01_data_loading).

``sub-OAS30001/ses-d0129/anat/sub-OAS30001_ses-d0129_run-01_T1w.nii.gz``. These heads lie in nobody's common space and
have their skulls on. Each is laid upon the template brain (see `oasis_helpers.data.alignment`) and resampled at the
template's 32 slices, so that slice 16 is the same height in everybody.
"""

from __future__ import annotations

from pathlib import Path

from oasis_helpers.data.alignment import DOUBTFUL, lay_on_template, likely_turn, slices_of_head
from oasis_helpers.data.inventory import Listing
from oasis_helpers.data.orientation import has_affine
from oasis_helpers.data.sources.registry import Finding, Scan, Slices, register
from oasis_helpers.data.volumes import grey_values, open_volume, volume_values
from oasis_helpers.errors import DataError

import numpy as np

_T1W = r"/(sub-[A-Za-z0-9]+)(?:_(sess?-[A-Za-z0-9]+))?[^/]*_T1w\.nii(\.gz)?$"


def _find(listing: Listing) -> Finding:
    finding, repeated, derived, sets = Finding(), 0, 0, {}
    for match, file in listing.matching(_T1W):  # in order of their names: run-01 before run-02
        name = "_".join(filter(None, (match[1], match[2])))
        if "derivatives" in file.relative_to(listing.top).parts:
            derived += 1
        elif sets.setdefault(match[1], home := _set_of(file, match[1])) != home:
            raise DataError(
                f"data: {match[1]} is in {sets[match[1]]} and in {home}: two sets, perhaps two people of one name;"
                " give the folder of one set"
            )
        elif name in finding.scans:
            repeated += 1
        else:
            finding.scans[name] = Scan(name, file)
    others = len(listing.matching(r"/sub-[^/]*\.nii(\.gz)?$")) - len(finding.scans) - repeated - derived
    for count, what in ((repeated, "further T1w runs of the same sessions"), (derived, "T1w files in derivatives"),
                        (others, "NIfTI files that are no T1w")):  # fmt: skip
        if count and finding.scans:
            finding.notes.append(f"{count} {what}")
    return finding


def _set_of(file: Path, person: str) -> Path:
    """The folder of a BIDS set: above the person's folder, else the one in which the file lies."""
    return next((parent.parent for parent in file.parents if parent.name == person), file.parent)


def _person(name: str) -> str:
    """All sessions of a person are theirs: OAS30001 of sub-OAS30001_ses-d0129."""
    return name.partition("_")[0].removeprefix("sub-")


def _read(scan: Scan, masked: bool) -> Slices:
    """Slices of the whole head, whatever ``masked`` says: there is no volume without the skull."""
    import nibabel

    image = open_volume(scan.files)
    values = volume_values(scan.files, image)
    if values.ndim != 3 or min(values.shape) < 64:
        size = " x ".join(map(str, image.shape))
        raise DataError(f"{scan.files}: expected a T1w volume of a whole head, but got {size}; remove it")
    affine, words = image.affine, ""
    if not has_affine(image):
        zooms = np.abs(image.header.get_zooms()[:3])
        turn = likely_turn(values, np.diag([*zooms, 1.0]))
        values, affine = turn.apply(values), np.diag([*zooms[list(turn.axes)], 1.0])
        words = (
            turn.words
            or "the file does not say which way it lies: taken as left to right, back to front, bottom to top"
        )
    try:
        to_head, fit = lay_on_template(values, affine)
    except DataError as error:
        raise DataError(f"{scan.files}: {error}; {words or 'look at it, and remove it'}") from None
    if fit < DOUBTFUL:
        words = f"{words}; " * bool(words) + f"{scan.name} fits the template poorly (correlation {fit:.2f}): look at it"
    slices = slices_of_head(nibabel.Nifti1Image(values.astype(np.float32), affine), to_head)
    whole = values.dtype.kind in "iu" or (values == np.rint(values)).all()
    return Slices(grey_values(np.rint(slices) if whole else slices), None, words)


register(
    "oasis3",
    "T1w heads in BIDS, as in OASIS-3",
    _find,
    _person,
    _read,
    "heads with their skulls on, shifted, turned and sized to lie upon the template; not bent to fit it",
    rank=4,
)
