"""Left and right: rows run from the patient's left to the right, whatever form the data had."""

import csv
import re
import shutil
from collections import defaultdict
from pathlib import Path

from oasis_helpers.data import read_image, read_table
from oasis_helpers.data.prepare import prepare_slices

import nibabel
import numpy as np
import pytest
from helpers import held

SAMPLE = Path(__file__).parents[3] / "shared" / "oasis1"
needs_sample = pytest.mark.skipif(not SAMPLE.is_dir(), reason="the OASIS-1 sample is not here")
RAS, LPS = np.eye(4), np.diag([-1.0, -1, 1, 1])
BANDS = 12  # from the back of the head to the front


def nifti_of_a_disc(top, change):
    """A disc whose volumes were read and written again with nibabel."""
    held.disc(top / "raw", 1)
    for header in list((top / "raw").rglob("*_masked_gfc.hdr")):
        image = nibabel.load(header)
        image = nibabel.Nifti1Image(np.asarray(image.dataobj)[..., 0], image.affine)
        nibabel.save(change(image), top / header.with_suffix(".nii").name)
    shutil.rmtree(top / "raw")


FORMS = {
    "discs": lambda top: held.disc(top, 1),
    "discs, read and written with nibabel": lambda top: nifti_of_a_disc(top, lambda image: image),
    "the same, turned to RAS": lambda top: nifti_of_a_disc(top, nibabel.as_closest_canonical),
    "neurite 3-D": lambda top: held.neurite(top, 1, two=False),
    "neurite 2-D": lambda top: held.neurite(top, 1, three=False),
    "BIDS": lambda top: held.bids(top, 1),
    "BIDS, other axes": lambda top: held.bids(top, 1, affine=LPS),
    "JPEGs": lambda top: held.pictures(top, 1),
    "JPEGs on their side": lambda top: held.pictures(top, 1, turns=1),
    "PNGs of another size": lambda top: held.png_set(
        top, cases={"train": (1,)}, change=lambda image: image.resize((128, 128))
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_patients_left_comes_out_in_the_first_rows(tmp_path, monkeypatch, form):
    """The left half of this brain is darker; an array that runs to the right, to the front and up holds it first."""
    symmetric = held.brain

    def lopsided(*arguments):
        values = symmetric(*arguments).copy()
        values[: len(values) // 2] *= 0.6
        return values

    monkeypatch.setattr(held, "brain", lopsided)
    FORMS[form](tmp_path / "held")
    table = read_table(prepare_slices(tmp_path / "held", tmp_path / "out", progress=False))
    images = np.stack([read_image(file) for file in table["image"]]).astype(float)
    left, right = images[:, :128].mean(), images[:, 128:].mean()
    assert left < 0.8 * right


# ---------------------------------------------------------------- which side real discs show first


def outline_of_fsaverage():
    """How much further the left hemisphere of FreeSurfer's average reaches to its side than the right one, by band."""
    from nilearn.datasets import fetch_surf_fsaverage

    surfaces = fetch_surf_fsaverage("fsaverage5")  # comes with nilearn; its x runs to the right in mm
    left, right = (nibabel.load(surfaces[f"pial_{side}"]).agg_data("pointset") for side in ("left", "right"))
    assert left[:, 0].mean() < 0 < right[:, 0].mean()
    both = np.concatenate([left, right])
    edges = np.linspace(both[:, 1].min(), both[:, 1].max(), BANDS + 1)

    def reach(points):
        points = points[(points[:, 2] > -5) & (points[:, 2] < 30)]  # about as high as the lower slices
        band = np.digitize(points[:, 1], edges[1:-1])
        return np.array([np.percentile(np.abs(points[band == b, 0]), 97) for b in range(BANDS)])

    return reach(left) - reach(right)


def outlines_of_people():
    """The same of real people, first rows against last rows, (people, bands)."""
    people = {int(row["case"]): row["oasis_id"] for row in csv.DictReader((SAMPLE / "subjects.csv").open())}
    scans = defaultdict(list)
    for file in (SAMPLE / "keras_png_slices_data").glob("keras_png_slices_seg_*/*.png"):
        case, number = map(int, re.search(r"seg_(\d+)_slice_(\d+)", file.name).groups())
        if number < 16:
            scans[people[case]].append(read_image(file) > 0)
    found = []
    for inside in map(np.stack, scans.values()):
        columns = np.flatnonzero(inside.any(axis=(0, 1)))
        edges = np.linspace(columns[0], columns[-1] + 1, BANDS + 1).astype(int)
        bands = [inside[:, :, a:b].any(axis=2) for a, b in zip(edges[:-1], edges[1:], strict=True)]
        found.append([np.mean([_wider(rows) for rows in band if rows.any()]) for band in bands])
    return np.array(found)


def _wider(rows):
    """How much further the first rows reach from the middle of the frame than the last ones."""
    where = np.flatnonzero(rows)
    return (127.5 - where[0]) - (where[-1] - 127.5)


@needs_sample
def test_real_discs_begin_with_the_patients_left():
    """Brains are not symmetric: the left is wider at the back, the right at the front. So are the first and last rows.

    The Analyze files of the discs do not say which way they lie, so this is what is known (see docs/data.md).
    """
    known, people = outline_of_fsaverage(), outlines_of_people()
    assert np.corrcoef(known, people.mean(axis=0))[0, 1] > 0.5
    alike = np.array([np.corrcoef(known, one)[0, 1] > 0 for one in people])
    assert len(alike) >= 20 and alike.mean() > 2 / 3
