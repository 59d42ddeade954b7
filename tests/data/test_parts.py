"""What looks at folders, tables, volumes and pixels, each asked by itself with a few made-up files."""

import gzip
import shlex
import struct
import subprocess
import tarfile

from oasis_helpers.data import inventory
from oasis_helpers.data.advice import nothing_found, prepare_command, unpack_command
from oasis_helpers.data.inventory import describe_listing, kinds, look
from oasis_helpers.data.orientation import has_affine
from oasis_helpers.data.subjects import person_of, read_subjects, write_subjects
from oasis_helpers.data.suspicions import look_at_image, suspicions_of
from oasis_helpers.data.volumes import grey_values, label_greys, open_volume, pad_slice, volume_values
from oasis_helpers.errors import DataError

import numpy as np
import pandas as pd
import pytest
from helpers import held

# ---------------------------------------------------------------- folders


def test_files_are_found_as_deep_as_it_says_and_no_deeper(tmp_path):
    folder = tmp_path
    for _ in range(inventory._DEPTH + 1):
        (folder := folder / "a").mkdir()
        (folder / "x.zip").touch()
    assert kinds(look(tmp_path)) == {"zip{s}": inventory._DEPTH}


def test_names_in_capitals_are_names(tmp_path):
    (tmp_path / "KERAS_PNG_SLICES_TRAIN").mkdir()
    (tmp_path / "KERAS_PNG_SLICES_TRAIN" / "CASE_001_SLICE_0.NII.PNG").touch()
    ((match, _),) = look(tmp_path).matching(r"/case_(\d+)_slice_(\d+)\.nii\.png$")
    assert match.groups() == ("001", "0")


def test_the_folder_that_is_given_counts_with_its_own_name(tmp_path):
    folder = tmp_path / "keras_png_slices_train"
    folder.mkdir()
    (folder / "case_001_slice_0.nii.png").touch()
    assert describe_listing(look(folder)) == "1 slice in keras_png_slices folders"


def test_kinds_beyond_six_are_told_by_their_files(tmp_path):
    counts = {"zip": 1, "tar": 2, "7z": 1, "parquet": 1, "npy": 1, "dcm": 3, "mgz": 4, "csv": 5}
    for ending, count in counts.items():
        for number in range(count):
            (tmp_path / f"{number}.{ending}").touch()
    assert describe_listing(look(tmp_path)) == (
        "1 zip, 2 tar archives, 1 packed file, 1 parquet file, 1 NumPy file, 3 DICOM files, 9 more files"
    )


def test_what_was_not_looked_at_is_told(tmp_path, monkeypatch):
    for name in "abc":
        (tmp_path / name).mkdir()
    whole = look(tmp_path)
    monkeypatch.setattr(inventory, "_MOST_FOLDERS", 2)
    assert "more than could be looked at" in nothing_found(look(tmp_path), "prepare")
    assert "more than could be looked at" not in nothing_found(whole, "prepare")


@pytest.mark.parametrize(
    "name", ["my data.tar.gz", "my data.tgz", "my data.tar", "my data.TAR.GZ", "my data.TGZ", "my data.TAR"]
)
def test_the_command_that_unpacks_works_whatever_the_names(tmp_path, name):
    (tmp_path / "x.txt").touch()
    archive = tmp_path / "held here" / name
    archive.parent.mkdir()
    with tarfile.open(archive, "w" if name.lower().endswith("tar") else "w:gz") as file:
        file.add(tmp_path / "x.txt", "x.txt")
    command, _, folder = unpack_command(archive).removeprefix("unpack it: ").partition(", then give ")
    subprocess.run(command, shell=True, check=True)
    assert (archive.parent / "my data" / "x.txt").is_file() and folder == str(archive.parent / "my data")


@pytest.mark.parametrize(
    "name", ["oasis.zip", "OASIS.ZIP", "disc1.tar.gz", "DISC1.TAR.GZ", "DISC1.TGZ", "disc1.tar.bz2"]
)
def test_an_archive_that_was_not_unpacked_is_told_with_the_command(tmp_path, name):
    (tmp_path / name).touch()
    said = nothing_found(look(tmp_path), "train")
    assert "; unpack it: " in said and f" {tmp_path / name} " in said


def test_a_file_that_is_no_archive_and_a_folder_with_a_space(tmp_path):
    gzip.open(tmp_path / "scan.nii.gz", "w").close()
    assert unpack_command(tmp_path / "scan.nii.gz") == "give the folder in which it lies"
    command = shlex.split(prepare_command(tmp_path / "my data"))
    assert command[4:6] == ["--data", str(tmp_path / "my data")]


# ---------------------------------------------------------------- tables


@pytest.mark.parametrize(
    ("scan", "person"),
    [
        ("OAS1_0001_MR2", "OAS1_0001"), (" OAS2_0007_MR1 ", "OAS2_0007"), ("oas1_0001_mr1", "oas1_0001"),
        ("OAS30001_MR_d0129", "OAS30001"), ("OAS30001_d0129", "OAS30001"), ("sub-OAS30001_ses-d0129", "OAS30001"),
        ("OAS30001_ses-d0129", "OAS30001"), ("OAS1_0001", "OAS1_0001"), ("Anna", "Anna"),
    ],
)  # fmt: skip
def test_whose_scan_it_is(scan, person):
    assert person_of(scan) == person


def test_who_is_who_is_written_by_case_with_no_more_than_is_needed(tmp_path):
    rows = [
        ("test", "441", "B", "F", 71.5, 32, "B_MR1", ""),
        ("train", "001", "A", "M", np.nan, 32, "A_MR1", ""),
    ]
    write_subjects(rows, tmp_path / "subjects.csv")
    lines = (tmp_path / "subjects.csv").read_text().splitlines()
    assert lines == ["split,case,person,sex,age", "train,001,A,M,", "test,441,B,F,71.5"]
    write_subjects(rows, tmp_path / "uneven.csv", uneven=True)
    assert read_subjects(tmp_path / "uneven.csv")["slices"].tolist() == [32, 32]
    write_subjects(rows, tmp_path / "damaged.csv", damaged=True)
    assert (tmp_path / "damaged.csv").read_text().splitlines()[0] == "split,case,person,sex,age,scan,left_out"


# ---------------------------------------------------------------- pixels


def suspicious(images, splits=None, cases=None):
    """What is odd about some images of 4 px; each is a list of the greys in it."""
    looks = [look_at_image(np.resize(np.array(greys, np.uint8), (4, 4))) for greys in images]
    table = pd.DataFrame(
        {
            "image": [f"image {i}" for i in range(len(images))],
            "split": splits or ["train"] * len(images),
            "case": cases or list(range(len(images))),
        }
    )
    return suspicions_of(table, looks)


def test_black_images_are_neither_masks_nor_copies():
    (line,) = suspicious([[0], [0], [0, 7, 200]], splits=["train", "test", "train"])
    assert line == "2 of 3 images are black, such as image 0; remove them"
    assert suspicious([[0, 255], [0, 255, 9]]) == []  # two greys are no mask yet
    (line,) = suspicious([[0, 9, 200], [0, 85, 170, 255], [0, 85, 255]])
    assert line.startswith("2 of 3 images hold the greys of masks alone") and "such as image 1:" in line


@pytest.mark.parametrize(("brightest", "dim"), [(4, True), (63, True), (64, False), (255, False)])
def test_images_below_64_of_255_look_black(brightest, dim):
    lines = suspicious([[0, 1, brightest], [0, 2, 3]])
    assert [f"brightest grey of all images is {brightest} of 255" in line for line in lines] == [True] * dim


@pytest.mark.parametrize("brightest", [1, 3])
def test_class_numbers_are_no_greys(brightest):
    with pytest.raises(DataError, match=f"brightest grey of all 2 images is {brightest}, expected up to 255"):
        suspicious([[0, 1], [0, brightest]])


# ---------------------------------------------------------------- volumes


def test_white_is_the_brightest_of_the_brain_not_of_the_black_around_it():
    whole = np.zeros((40, 40, 40), np.int16)
    whole[:5, :5, :5] = np.arange(1, 126).reshape(5, 5, 5)
    white = int(np.percentile(np.arange(1, 126), 99.8))
    expected = np.minimum(whole.astype(int), white) * 255 // white
    assert np.array_equal(grey_values(whole), expected)
    fractions = whole / 250  # none a whole number times 1
    white = np.percentile(fractions[fractions > 0], 99.8)
    greys = grey_values(fractions)
    assert np.array_equal(greys, np.floor(np.minimum(fractions, white) * 255 / white + 1e-6))
    assert greys.max() == 255 and (greys[whole == 62] == 126).all()  # cut, not rounded: 126.8


def test_what_is_below_zero_is_black():
    assert grey_values(np.array([-500, 0, 100], np.int16)).tolist() == [0, 0, 255]
    assert grey_values(np.array([-0.5, np.nan, 0.5, 0.25])).tolist() == [0, 0, 255, 127]


@pytest.mark.parametrize(("slope", "intercept"), [(2.0, 0.0), (1.0, 7.0), (0.5, -3.0)])
def test_the_scale_of_a_file_is_applied(tmp_path, slope, intercept):
    import nibabel

    stored = np.arange(60, dtype=np.int16).reshape(3, 4, 5)
    nibabel.save(nibabel.Nifti1Image(stored, np.eye(4)), tmp_path / "v.nii")
    content = bytearray((tmp_path / "v.nii").read_bytes())
    content[112:120] = struct.pack("<2f", slope, intercept)  # scl_slope and scl_inter of a NIfTI header
    (tmp_path / "v.nii").write_bytes(content)
    opened = open_volume(tmp_path / "v.nii")
    np.testing.assert_allclose(volume_values(tmp_path / "v.nii", opened), slope * stored + intercept)


def test_a_slice_lies_in_the_middle_of_its_frame():
    rows, columns = np.nonzero(pad_slice(np.ones((176, 207), np.uint8)))
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (40, 215, 24, 230)


def test_a_class_that_is_none_is_named(tmp_path):
    assert label_greys(np.array([0, 1, 2, 3]), tmp_path).tolist() == [0, 85, 170, 255]
    with pytest.raises(DataError, match=r"expected the labels 0 to 3, but also got \[4\]"):
        label_greys(np.array([0, 4]), tmp_path)


@pytest.mark.parametrize(("qform", "sform", "known"), [(1, 0, True), (0, 2, True), (0, 0, False), (1, 1, True)])
def test_one_code_is_enough_to_say_how_a_volume_lies(tmp_path, qform, sform, known):
    import nibabel

    image = nibabel.Nifti1Image(np.zeros((2, 2, 2), np.int16), held.LAS)
    image.header["qform_code"], image.header["sform_code"] = qform, sform
    assert has_affine(image) is known
    assert not has_affine(nibabel.AnalyzeImage(np.zeros((2, 2, 2), np.int16), None))
