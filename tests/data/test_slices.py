"""The PNG slices: finding the folder, the table split by person, and every bad file told by name."""

import os
import warnings
from pathlib import Path

from oasis_helpers.data import find_slices, read_image, read_label, read_table
from oasis_helpers.data.files import LABEL_GREYS
from oasis_helpers.errors import DataError

import numpy as np
import pytest
from PIL import Image

SAMPLE = Path(__file__).parents[3] / "shared" / "oasis1"
needs_sample = pytest.mark.skipif(not SAMPLE.is_dir(), reason="the OASIS-1 sample is not here")

SPLIT_CASES = {"train": (1, 2), "validate": (402,), "test": (441,)}


def save(file, pixels):
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(file, format="PNG")


def image_file(root, split, case, number):
    return root / f"keras_png_slices_{split}" / f"case_{case:03d}_slice_{number}.nii.png"


def label_file(root, split, case, number):
    return root / f"keras_png_slices_seg_{split}" / f"seg_{case:03d}_slice_{number}.nii.png"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """One random image and one mask, hard-linked under every name that a test needs."""
    folder, random = tmp_path_factory.mktemp("template"), np.random.default_rng(0)
    save(folder / "image.png", random.integers(0, 256, (256, 256), dtype=np.uint8))
    save(folder / "label.png", random.choice(np.array(LABEL_GREYS, np.uint8), (256, 256)))
    return folder


@pytest.fixture
def root(tmp_path, template):
    """Four complete cases with masks, in the OASIS layout."""
    root = tmp_path / "keras_png_slices_data"
    for split, cases in SPLIT_CASES.items():
        for case in cases:
            for number in range(32):
                add(template, root, split, case, number)
    return root


def add(template, root, split, case, number, mask=True):
    for source, file in (("image.png", image_file), ("label.png", label_file))[: 1 + mask]:
        target = file(root, split, case, number)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(template / source, target)


# ---------------------------------------------------------------- finding the folder


@pytest.mark.parametrize("nest", [".", "keras_png_slices_data", "a/b/keras_png_slices_data"])
def test_find_slices_from_above_and_from_inside(tmp_path, nest):
    root = tmp_path / nest
    (root / "keras_png_slices_train").mkdir(parents=True)
    assert find_slices(tmp_path) == find_slices(root) == find_slices(root / "keras_png_slices_train") == root.resolve()
    assert find_slices(str(tmp_path)) == root.resolve()


def test_find_slices_unpacked_twice_and_macos_folder(tmp_path):
    root = tmp_path / "keras_png_slices_data" / "keras_png_slices_data"
    (root / "keras_png_slices_test").mkdir(parents=True)
    (tmp_path / "__MACOSX" / "keras_png_slices_data" / "keras_png_slices_test").mkdir(parents=True)
    assert find_slices(tmp_path) == root.resolve()


def test_find_slices_lists_all_candidates(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name / "keras_png_slices_train").mkdir(parents=True)
    with pytest.raises(DataError, match=r"2 folders.*one, .*two"):
        find_slices(tmp_path)


def test_find_slices_missing_empty_file_and_too_deep(tmp_path):
    with pytest.raises(DataError, match="there is no folder .*nowhere"):
        find_slices(tmp_path / "nowhere")
    with pytest.raises(DataError, match="found no keras_png_slices_train"):
        find_slices(tmp_path)
    (tmp_path / "slices.zip").touch()
    with pytest.raises(DataError, match="is a file.*unzip"):
        find_slices(tmp_path / "slices.zip")
    (tmp_path / "1/2/3/4/5/keras_png_slices_train").mkdir(parents=True)
    with pytest.raises(DataError, match="found no"):
        find_slices(tmp_path)
    assert find_slices(tmp_path / "1").name == "5"


def test_find_slices_gives_up_in_a_huge_tree(tmp_path, monkeypatch):
    monkeypatch.setattr("oasis_helpers.data.slices._MOST_FOLDERS", 10)
    for number in range(20):
        (tmp_path / str(number)).mkdir()
    with pytest.raises(DataError, match="gave up after 10 folders"):
        find_slices(tmp_path)


# ---------------------------------------------------------------- the table


def test_table_of_a_complete_folder(root):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = read_table(root.parent)
    assert list(table) == ["person", "case", "slice", "split", "image", "label", "age", "sex"]
    assert table["split"].drop_duplicates().tolist() == ["train", "validate", "test"]
    assert table["case"].drop_duplicates().tolist() == [1, 2, 402, 441]
    assert table["slice"].tolist() == list(range(32)) * 4  # 2 before 10
    assert table["person"].iloc[0] == "case_001"
    assert table["image"].iloc[10] == str(image_file(root, "train", 1, 10).resolve())
    assert table["label"].iloc[-1] == str(label_file(root, "test", 441, 31).resolve())
    assert table["age"].isna().all() and (table["sex"] == "").all()


@pytest.mark.parametrize("column", ["person", "oasis_id"])
@pytest.mark.parametrize("beside", [True, False])
def test_people_come_from_subjects_csv(root, column, beside):
    text = f"split,case,{column},sex,age\ntrain,001,A,F,20\ntrain,2,A,F,21\nvalidate,402,B,M,\ntest,441,C,F,75.5\n"
    ((root.parent if beside else root) / "subjects.csv").write_text(text)
    table = read_table(root).drop_duplicates("case")
    assert table["person"].tolist() == ["A", "A", "B", "C"]  # A was scanned twice
    assert table["sex"].tolist() == ["F", "F", "M", "F"]
    np.testing.assert_array_equal(table["age"], [20, 21, np.nan, 75.5])


def test_subjects_csv_without_a_case_warns(root):
    (root / "subjects.csv").write_text("case,person\n1,A\n2,B\n402,C\n")
    with pytest.warns(UserWarning, match=r"1 case\(s\) .* case_441"):
        table = read_table(root)
    assert table["person"].iloc[-1] == "case_441"


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("case,name\n1,A\n", "needs the columns case and person"),
        ("case,person\n1,\n", "filled in every row"),
        ("case,person,age\n1,A,old\n", "old"),
        ("case,person\nfirst,A\n", "first"),
        ("case,person\n1,A\n001,B\n", "case 1 has more than one row"),
        ("", "cannot be read"),
    ],
)
def test_bad_subjects_csv(root, text, match):
    (root / "subjects.csv").write_text(text)
    with pytest.raises(DataError, match=rf"subjects\.csv.*{match}"):
        read_table(root)


def test_one_person_in_two_splits_is_an_error(root):
    (root / "subjects.csv").write_text("case,person\n1,A\n2,B\n402,C\n441,A\n")
    with pytest.raises(
        DataError, match="A is in more than one split .case 001 in train, case 441 in test.*merge_splits"
    ):
        read_table(root)


def test_one_file_in_two_splits_is_an_error(root, template):
    add(template, root, "test", 2, 7)
    with pytest.raises(DataError, match=r"case_002_slice_7\.nii\.png is in the splits train and test"):
        read_table(root)


def test_one_slice_under_two_names_is_an_error(root, template):
    os.link(template / "image.png", root / "keras_png_slices_train" / "case_0002_slice_7.nii.png")
    with pytest.raises(DataError, match="case_0002_slice_7.*are the same slice"):
        read_table(root)


def test_merge_splits_holds_nothing_out_and_says_so(root):
    (root / "subjects.csv").write_text("case,person\n1,A\n2,B\n402,C\n441,A\n")
    with pytest.warns(UserWarning, match="nothing is held out"):
        table = read_table(root, merge_splits=True)
    assert set(table["split"]) == {"train"} and len(table) == 128


def test_only_masks_and_no_images(tmp_path, template):
    root = tmp_path / "keras_png_slices_data"
    (root / "keras_png_slices_train").mkdir(parents=True)
    with pytest.raises(DataError, match="holds no images"):
        read_table(tmp_path)
    (root / "keras_png_slices_train" / "brain.png").touch()
    with pytest.raises(DataError, match=r"holds no images.*do not fit: keras_png_slices_train/brain\.png"):
        read_table(tmp_path)
    (root / "keras_png_slices_train" / "brain.png").unlink()
    label_file(root, "train", 1, 0).parent.mkdir()
    os.link(template / "label.png", label_file(root, "train", 1, 0))
    with pytest.raises(DataError, match=r"only masks \(1 of them\)"):
        read_table(tmp_path)


def test_missing_masks_and_missing_images_are_counted_and_named(root):
    label_file(root, "train", 2, 5).unlink()
    label_file(root, "test", 441, 6).unlink()
    image_file(root, "validate", 402, 9).unlink()
    with pytest.warns(UserWarning) as caught:
        table = read_table(root)
    told = "\n".join(str(w.message) for w in caught)
    assert "2 image(s) without a mask: test case 441 slice 6, train case 002 slice 5." in told
    assert "1 mask(s) without an image, left out: validate case 402 slice 9." in told
    assert "1 case(s) without the expected 32 slices: case_402 (31)." in told
    assert len(table) == 127 and (table["label"] == "").sum() == 2


def test_no_masks_at_all_is_fine(tmp_path, template):
    for number in range(32):
        add(template, tmp_path, "train", 1, number, mask=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (read_table(tmp_path)["label"] == "").all()


def test_names_that_do_not_fit_are_counted_and_hidden_files_ignored(root):
    for name in (".DS_Store", "._case_001_slice_0.nii.png", "case_001_slice_0.png", "case_001_slice_0 (1).nii.png"):
        (root / "keras_png_slices_train" / name).touch()
    with pytest.warns(UserWarning) as caught:
        table = read_table(root)
    assert len(caught) == 1 and len(table) == 128
    assert "left out 2 file(s)" in str(caught[0].message) and "slice_0 (1).nii.png" in str(caught[0].message)


# ---------------------------------------------------------------- images


def test_read_image_gives_the_pixels(template, tmp_path):
    pixels = np.random.default_rng(1).integers(0, 256, (256, 256), dtype=np.uint8)
    save(tmp_path / "a.png", pixels)
    read = read_image(tmp_path / "a.png")
    assert read.dtype == np.uint8 and read.flags.writeable
    np.testing.assert_array_equal(read, pixels)


def grey(shape=(256, 256), dtype=np.uint8):
    return np.random.default_rng(2).integers(0, 256, shape).astype(dtype)


BAD_IMAGES = {
    "rgb": (lambda f: save(f, grey((256, 256, 3))), "mode 'RGB'"),
    "rgba": (lambda f: save(f, grey((256, 256, 4))), "mode 'RGBA'"),
    "palette": (lambda f: Image.fromarray(grey()).convert("P").save(f), "mode 'P'"),
    "one bit": (lambda f: Image.fromarray(grey()).convert("1").save(f), "mode '1'"),
    "16 bit": (lambda f: save(f, grey(dtype=np.uint16)), "mode 'I;16'"),
    "size": (lambda f: save(f, grey((208, 176))), "got 208 x 176"),
    "jpeg": (lambda f: Image.fromarray(grey()).save(f, format="JPEG"), "got a JPEG file"),
    "text": (lambda f: f.write_text("404 Not Found"), "damaged or not a PNG"),
    "empty": (lambda f: f.touch(), "damaged or not a PNG"),
    "missing": (lambda f: None, "there is no such file"),
    "folder": (lambda f: f.mkdir(), "damaged or not a PNG"),
}


@pytest.mark.parametrize("kind", BAD_IMAGES)
def test_bad_images_are_named(tmp_path, kind):
    make, match = BAD_IMAGES[kind]
    make(tmp_path / "case_001_slice_0.nii.png")
    with pytest.raises(DataError, match=rf"case_001_slice_0\.nii\.png: .*{match}"):
        read_image(tmp_path / "case_001_slice_0.nii.png")


@pytest.mark.parametrize("keep", [8, 20, 33, 45, 1000, -5000])
def test_truncated_png(template, tmp_path, keep):
    (tmp_path / "a.png").write_bytes((template / "image.png").read_bytes()[:keep])
    with pytest.raises(DataError, match=r"a\.png: is damaged"):
        read_image(tmp_path / "a.png")


@pytest.mark.parametrize("where", [20, 60, 30_000])
def test_png_with_a_flipped_byte(template, tmp_path, where):
    content = bytearray((template / "image.png").read_bytes())
    content[where] ^= 0xFF
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.png"):
        read_image(tmp_path / "a.png")


def test_read_label_gives_classes(tmp_path):
    classes = np.random.default_rng(3).integers(0, 4, (256, 256))
    save(tmp_path / "a.png", np.array([0, 85, 170, 255], np.uint8)[classes])
    read = read_label(tmp_path / "a.png")
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, classes)


@pytest.mark.parametrize("value", [1, 84, 86, 254])
def test_a_value_that_is_no_label(tmp_path, value):
    pixels = np.zeros((256, 256), np.uint8)
    pixels[3, 4] = value
    save(tmp_path / "seg.png", pixels)
    with pytest.raises(DataError, match=rf"seg\.png: .*but also got {value};"):
        read_label(tmp_path / "seg.png")


# ---------------------------------------------------------------- the real sample


@needs_sample
def test_the_real_sample():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = read_table(SAMPLE)
    assert table["split"].value_counts().to_dict() == {"train": 672, "validate": 128, "test": 96}
    assert table["person"].nunique() == 24 and table["case"].nunique() == 28
    assert table.loc[table["case"] == 443, ["person", "sex", "age"]].iloc[0].tolist() == ["OAS1_0220", "F", 75.0]
    image, label = read_image(table["image"][5]), read_label(table["label"][5])
    assert image.shape == label.shape == (256, 256)
    assert ((image > 0) == (label > 0)).mean() > 0.99
