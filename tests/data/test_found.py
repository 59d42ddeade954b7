"""What `prepare` finds below a folder, what it tells of the rest, and that nothing is mixed up on the way."""

import os

from oasis_helpers.data import find_slices, load_data, prepare, read_table
from oasis_helpers.data.inventory import entries, look
from oasis_helpers.data.prepare import prepare_slices
from oasis_helpers.data.volumes import open_volume, volume_values
from oasis_helpers.errors import DataError, UserError
from oasis_helpers.paths import atomic_folder

import nibabel
import numpy as np
import pytest
from helpers import held
from PIL import Image

SUBJECTS = "case,person,sex,age\n1,P1,F,20\n2,P1,F,21\n3,P3,M,70\n402,P4,F,30\n441,P5,M,40\n"
CASES = {"train": (1, 2, 3), "validate": (402,), "test": (441,)}


def colourless(image):
    """Grey slices saved as colours: `prepare` is needed for them."""
    return image.convert("RGB")


def told(out):
    return (out / "prepared.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("place", ["unzipped/again", "unzipped/again/keras_png_slices_data"])
def test_who_is_who_is_found_where_the_slices_are(tmp_path, place):
    """P1 has two cases: as two people of their own they could be told apart, and come into two splits."""
    held.png_set(tmp_path / "held/unzipped/again/keras_png_slices_data", cases=CASES, slices=2, change=colourless)
    (tmp_path / "held" / place / "subjects.csv").write_text(SUBJECTS)
    prepare_slices(tmp_path / "held", tmp_path / "out", progress=False)
    assert (tmp_path / "out" / "subjects.csv").read_text() == SUBJECTS
    assert "5 scans of 4 people" in told(tmp_path / "out")
    with pytest.warns(UserWarning, match="without the expected 32"):
        table = read_table(tmp_path / "out")
    assert sorted(table["person"].unique()) == ["P1", "P3", "P4", "P5"]


def test_slices_keep_their_numbers(tmp_path):
    root = held.png_set(tmp_path / "keras_png_slices_data", cases=CASES, slices=4, change=colourless)
    for file in (root / "keras_png_slices_train" / "case_001_slice_1.nii.png", *root.rglob("seg_001_slice_1*")):
        file.unlink()
    with Image.open(root / "keras_png_slices_train" / "case_001_slice_3.nii.png") as image:
        before = np.array(image.convert("L"))
    prepare_slices(root, tmp_path / "out", progress=False)
    train = tmp_path / "out" / "keras_png_slices_data" / "keras_png_slices_train"
    assert sorted(file.name[9:16] for file in train.glob("case_001*")) == ["slice_0", "slice_2", "slice_3"]
    with Image.open(train / "case_001_slice_3.nii.png") as image:
        assert np.array_equal(np.array(image), before)


def test_slices_that_are_ready_are_named_by_the_folder_that_train_takes(tmp_path):
    root = held.png_set(tmp_path / "a/b/c/d/e/keras_png_slices_data", cases=CASES, slices=2)
    with pytest.raises(UserError, match=f"nothing to prepare: train --data {root}$"):
        prepare_slices(tmp_path, tmp_path / "out", progress=False)
    with pytest.raises(DataError, match="keras_png_slices_train, _validate or _test folder"):
        find_slices(tmp_path)  # too deep for it: the advice must not send people back there
    assert find_slices(root) == root


def test_all_that_lies_there_is_told(tmp_path):
    held.png_set(tmp_path / "held/keras_png_slices_data", cases=CASES, slices=2, change=colourless)
    (tmp_path / "held" / "more.zip").touch()
    deep = tmp_path / "held" / "/".join("123456789")
    deep.mkdir(parents=True)
    prepare_slices(tmp_path / "held", tmp_path / "out", progress=False)
    assert "the folder holds: 10 slices in keras_png_slices folders, 1 zip\n" in told(tmp_path / "out")
    assert f"left out: 1 folder that may not be read or lie too deep: {deep}" in told(tmp_path / "out")


def test_a_folder_that_may_not_be_read_is_told(tmp_path, monkeypatch):
    (tmp_path / "closed").mkdir()
    real = os.scandir

    def scandir(folder):
        if "closed" in str(folder):
            raise PermissionError(13, "Permission denied")
        return real(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    assert look(tmp_path).closed == (tmp_path / "closed",)


def test_more_than_can_be_looked_into_is_refused(tmp_path, monkeypatch):
    held.png_set(tmp_path / "held/keras_png_slices_data", cases=CASES, slices=2, change=colourless)
    monkeypatch.setattr("oasis_helpers.data.inventory._MOST_FOLDERS", 3)
    with pytest.raises(DataError, match="holds more folders than can be looked into; give a nearer folder"):
        prepare_slices(tmp_path / "held", tmp_path / "out", progress=False)


def test_a_link_in_a_circle_hides_nothing(tmp_path):
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    found = entries(tmp_path)
    assert [path.name for path in (*found.folders, *found.files, *found.broken)] == ["folder", "file", "circle"]
    assert found.readable


def test_split_folders_may_be_links_to_folders_that_were_met_before(tmp_path):
    held.png_set(tmp_path / "disk" / "set", cases=CASES, slices=2)
    (tmp_path / "disk" / "set" / "keras_png_slices_train").rename(tmp_path / "disk" / "a")
    (tmp_path / "disk" / "set").rename(tmp_path / "rest")
    linked = tmp_path / "zz" / "keras_png_slices_data"
    linked.mkdir(parents=True)
    (linked / "keras_png_slices_train").symlink_to(tmp_path / "disk" / "a")
    for folder in (tmp_path / "rest").iterdir():
        folder.rename(tmp_path / "disk" / folder.name[-6:])
    assert find_slices(tmp_path) == linked


def test_two_sets_of_one_name_are_not_mixed(tmp_path):
    held.bids(tmp_path / "held" / "london", 1)
    held.bids(tmp_path / "held" / "paris", 1)
    with pytest.raises(DataError, match=r"sub-OAS30001 is in .*london and in .*paris: two sets"):
        prepare_slices(tmp_path / "held", tmp_path / "out", progress=False)
    held.bids(tmp_path / "held" / "london", 1, "d0757")
    assert len(prepare._choose(look(tmp_path / "held" / "london"), None)[1].scans) == 2


def test_heads_of_fractions_keep_their_greys(tmp_path):
    held.bids(tmp_path / "held", 1)
    file = next((tmp_path / "held").rglob("*_T1w.nii.gz"))
    image = nibabel.load(file)
    values = image.get_fdata()
    nibabel.save(nibabel.Nifti1Image((values / values.max()).astype(np.float32), image.affine), file)
    prepare_slices(tmp_path / "held", tmp_path / "out", progress=False)
    slices = sorted((tmp_path / "out").rglob("case_*_slice_16.nii.png"))
    assert len(np.unique(np.array(Image.open(slices[0])))) > 100


@pytest.mark.parametrize(
    ("dtype", "what"), [(np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")]), "colours"), ("c8", "complex")]
)
def test_volumes_without_greys_are_refused(tmp_path, dtype, what):
    file = tmp_path / "x.nii"
    nibabel.save(nibabel.Nifti1Image(np.zeros((4, 4, 4), dtype), np.eye(4)), file)
    with pytest.raises(DataError, match=f"expected a volume of grey values, but got {what}"):
        volume_values(file, open_volume(file))


def test_an_empty_path_is_not_the_working_directory():
    with pytest.raises(UserError, match="path: expected a path, but got an empty text"):
        load_data("")


@pytest.mark.parametrize("reason", ["mount", "access"])
def test_a_folder_that_cannot_be_replaced_gets_a_new_one_in_it(tmp_path, monkeypatch, reason):
    """On clusters people own a folder of scratch, not the folder above it."""
    if reason == "mount":
        monkeypatch.setattr(os.path, "ismount", lambda path: True)
    else:
        monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path.parent)
    with pytest.raises(DataError, match=f"cannot be replaced as a whole; give a new folder in it, .* {tmp_path}/new"):
        with atomic_folder(tmp_path):
            pass
