"""What is told before anything trains: what a folder holds, what helps, and what is odd about the images."""

import re
import shlex
import shutil
import subprocess
import sys
import warnings
import zipfile

from oasis_helpers.__main__ import main
from oasis_helpers.data import load_data, read_image, read_table
from oasis_helpers.data.inventory import describe_listing, look
from oasis_helpers.errors import DataError, called

import numpy as np
import pytest
from helpers import held
from PIL import Image

FEW = ["--preset", "smoke", "--set", "total_kimg=0.032", "--set", "start_resolution=16"]


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("OASIS_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def good(tmp_path_factory):
    """A sound set of eleven people; tests copy it and degrade the copy."""
    cases = {"train": range(1, 5), "validate": (402,), "test": (441,)}
    root = tmp_path_factory.mktemp("good") / "keras_png_slices_data"
    return held.png_set(root, cases=cases, slices=32)


@pytest.fixture
def root(tmp_path, good):
    held.links(good, tmp_path / "held" / good.name)
    return tmp_path / "held" / good.name


def told(capsys, *command):
    """What a refused command says: one line, and the exit code 2."""
    assert main(list(map(str, command))) == 2
    *_, error = capsys.readouterr().err.splitlines(keepends=True)  # a bar may stand before it
    assert error.startswith("error: ")
    return error


def degrade(root, change, which="*", **options):
    """Write files again, changed; hard links to the sound ones are cut first."""
    for file in sorted(root.rglob(f"{which}.png")):
        image = change(Image.open(file))
        file.unlink()
        image.save(file, **{"format": "PNG", **options})


# ---------------------------------------------------------------- what a folder holds


def test_a_folder_in_words(tmp_path):
    for number in range(12):
        (tmp_path / f"OAS1_{number:04d}_MR1_mpr_n4_anon_111_t88_masked_gfc.nii.gz").touch()
    for number in range(40):
        (tmp_path / f"picture{number}.JPG").touch()
    for name in ("a.zip", "b.zip", "t.parquet", "people.csv", "v.hdr", "v.img", ".hidden.zip", "x.dcm"):
        (tmp_path / name).touch()
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX" / "c.zip").touch()
    said = "1 Analyze volume, 12 NIfTI files named like OASIS-1, 40 JPEGs, 2 zips, 1 parquet file, 1 DICOM file"
    assert describe_listing(look(tmp_path)) == f"{said}, 1 more file"


def test_an_empty_folder_in_words(tmp_path):
    assert describe_listing(look(tmp_path)) == "no files"
    (tmp_path / "notes.txt").touch()
    assert describe_listing(look(tmp_path)) == "nothing that the course knows"


def test_a_loop_of_links_is_walked_once(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.zip").touch()
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert describe_listing(look(tmp_path)) == "1 zip"


def test_links_to_files_that_were_not_fetched_are_named(tmp_path, capsys):
    """As datalad leaves them: the names are there, their contents are elsewhere."""
    folder = tmp_path / "held" / "sub-OAS30001" / "anat"
    folder.mkdir(parents=True)
    for name in ("sub-OAS30001_T1w.nii.gz", "sub-OAS30001_T2w.nii.gz"):
        (folder / name).symlink_to(tmp_path / "annex" / name)
    (tmp_path / "held" / "README").symlink_to(tmp_path / "annex" / "README")
    said = told(capsys, "prepare", "--data", tmp_path / "held", "--out", tmp_path / "out")
    assert "holds 3 links to files that are not there; fetch them (datalad get)" in said


def test_links_that_were_not_fetched_are_told_beside_those_that_were(tmp_path):
    held.pictures(tmp_path / "held", 1, slices=(100, 101))
    (tmp_path / "held" / "OAS1_0002_MR1_mpr-1_100.jpg").symlink_to(tmp_path / "annex")
    assert main(["prepare", "--data", str(tmp_path / "held"), "--out", str(tmp_path / "out")]) == 0
    said = (tmp_path / "out" / "prepared.txt").read_text()
    assert "1 scan of 1 person" in said and "left out: 1 link to files that are not there" in said


def make_zip(folder):
    with zipfile.ZipFile(folder / "keras_png_slices_data.zip", "w") as archive:
        archive.writestr("keras_png_slices_data/readme.txt", "x")


HELD = {
    "discs": (lambda top: held.disc(top, 1), "these are OASIS-1 discs: python -m oasis_helpers prepare --data "),
    "nifti": (
        lambda top: held.disc(top, 1, as_nifti=held.LAS),
        "these are OASIS-1 volumes as NIfTI: .*prepare --data ",
    ),
    "neurite": (lambda top: held.neurite(top, 1, three=False), "these are neurite-oasis slices: .*prepare --data "),
    "JPEGs": (lambda top: held.pictures(top, 1, slices=(100,)), "these are slices as JPEG or PNG.*prepare --data "),
    "only a zip": (make_zip, "holds 1 zip; unpack it: unzip -q .*keras_png_slices_data.zip' -d "),
    "nothing": (lambda top: None, r"holds no files; give the folder that holds keras_png_slices_data.*hidden folders"),
}


@pytest.mark.parametrize("kind", HELD)
@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_other_data_name_the_command_that_helps(tmp_path, capsys, kind, command):
    make, match = HELD[kind]
    (tmp_path / "my data").mkdir()
    make(tmp_path / "my data")
    out = ["--out", tmp_path / "run"]
    arguments = ["train", *FEW, *out] if command == "train" else ["evaluate", "default", *out]
    assert re.search(f"error: --data: .*{match}", told(capsys, *arguments, "--data", tmp_path / "my data"))
    with pytest.raises(DataError, match=f"^slices: .*{match}"), called(path="slices"):  # as a notebook says it
        load_data(tmp_path / "my data", progress=False)


@pytest.mark.parametrize("kind", ["discs", "only a zip"])
def test_the_advised_command_works(tmp_path, capsys, kind):
    (tmp_path / "my data").mkdir()
    HELD[kind][0](tmp_path / "my data")
    error = told(capsys, "train", *FEW, "--out", tmp_path / "run", "--data", tmp_path / "my data")
    if kind == "discs":
        line = re.search(r"python -m (oasis_helpers prepare .*?) makes", error)[1].replace("DIR", str(tmp_path / "out"))
        assert main(shlex.split(line)[1:]) == 0 and len(read_table(tmp_path / "out")) == 32
    elif shutil.which("unzip"):
        line, folder = re.search(r"unpack it: (.*), then give (.*)\n", error).groups()
        subprocess.run(shlex.split(line), check=True)
        assert list((tmp_path / "my data").rglob("readme.txt")) and "keras_png_slices_data" in folder


def test_prepare_refuses_a_seed_before_it_looks_at_anything(tmp_path, capsys):
    error = told(capsys, "prepare", "--data", tmp_path / "nowhere", "--out", tmp_path / "out", "--seed", "-1")
    assert "--seed: expected" in error and not (tmp_path / "out").exists()


def test_prepare_refuses_in_the_words_of_its_options(tmp_path, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "x").touch()
    assert "error: --data: there is no folder" in told(
        capsys, "prepare", "--data", tmp_path / "no", "--out", tmp_path / "o"
    )
    held.disc(tmp_path / "raw", 1)
    assert "error: --out: " in told(capsys, "prepare", "--data", tmp_path / "raw", "--out", tmp_path / "out")
    again = ["prepare", "--data", tmp_path / "raw", "--out", tmp_path / "o", "--source", "disc"]
    assert "error: --source: expected one of" in told(capsys, *again)
    for folder in ("PROCESSED", "FSL_SEG"):
        shutil.rmtree(tmp_path / "raw" / "disc1" / "OAS1_0001_MR1" / folder)
    (tmp_path / "raw" / "disc1" / "OAS1_0001_MR1" / "RAW").mkdir()
    (tmp_path / "raw" / "disc1" / "OAS1_0001_MR1" / "RAW" / "OAS1_0001_MR1_mpr-1_anon.hdr").touch()
    error = told(capsys, "prepare", "--data", tmp_path / "raw", "--out", tmp_path / "o")
    assert "holds 1 raw scan (RAW)" in error and "only RAW was unpacked" in error


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("OASIS/imagesTr/OASIS_0001_0000.nii.gz", "1 NIfTI file of Learn2Reg's OASIS; .* in neurite-oasis"),
        ("OAS2_RAW_PART1/OAS2_0001_MR1/RAW/mpr-1.nifti.hdr", "1 raw scan of OASIS-2; OASIS-2 holds raw scans alone"),
        ("hf/data/train-00000-of-00001.parquet", "1 parquet file"),
        ("AD_NC/train/AD/218391_78.jpeg", "1 JPEG; expected OASIS ids in their names"),
        ("keras_slices_data/keras_slices_train/case_004_week_0_slice_0.nii.gz", "1 NIfTI file"),
        ("OASIS/npz/OASIS_OAS1_0001_MR1.npz", "1 NumPy file"),
    ],
)
def test_what_is_not_read_is_named(tmp_path, capsys, name, found):
    file = tmp_path / "held" / name
    file.parent.mkdir(parents=True)
    file.touch()
    error = told(capsys, "prepare", "--data", tmp_path / "held", "--out", tmp_path / "out")
    assert re.search(f"holds {found}", error)


# ---------------------------------------------------------------- right names, other pixels


def deep(image):
    return Image.fromarray(np.array(image).astype(np.uint16) * 257)


KINDS = {
    "128 px": (lambda image: image.resize((128, 128)), {}),
    "RGB": (lambda image: image.convert("RGB"), {}),
    "RGBA": (lambda image: image.convert("RGBA"), {}),
    "16 bit": (deep, {}),
    "palette": (lambda image: image.convert("P"), {}),
    "JPEG inside": (lambda image: image, {"format": "JPEG", "quality": 95}),
}


@pytest.mark.parametrize("kind", [*KINDS, "short name"])
def test_other_pixels_are_refused_and_the_advice_keeps_them(root, good, tmp_path, kind):
    """The command in the refusal is run, and what it writes shows the same brains."""
    if kind == "short name":
        for file in list(root.rglob("*.nii.png")):
            file.rename(file.with_name(file.name.replace(".nii.png", ".png")))
    else:
        change, options = KINDS[kind]
        degrade(root, change, **options)
    (root.parent / "subjects.csv").write_text(
        "case,person,age\n" + "".join(f"{c},P{c},7\n" for c in (1, 2, 3, 4, 402, 441))
    )
    with pytest.raises(
        DataError, match="to write them again as 8-bit grey PNGs of 256 x 256: python -m oasis_helpers prepare"
    ) as caught:
        load_data(root.parent, progress=False)
    line = re.search(r"oasis_helpers (prepare .*? --out DIR)", str(caught.value))[1].replace(
        "DIR", str(tmp_path / "out")
    )
    assert main(shlex.split(line)) == 0
    ours, theirs = read_table(tmp_path / "out"), read_table(good)
    assert ours[["case", "slice", "split"]].equals(theirs[["case", "slice", "split"]]) and ours["person"][0] == "P1"
    for row in range(0, len(ours), 40):
        image, original = read_image(ours["image"][row]).astype(int), read_image(theirs["image"][row]).astype(int)
        limit = {"128 px": 12, "16 bit": 6, "JPEG inside": 3}.get(kind, 0)  # 16 bits: 99.8 % becomes white
        assert np.abs(image - original).mean() <= limit and image.max() > 200


def test_masks_are_written_again_as_masks(root, tmp_path):
    for file in list(root.rglob("case*.png")):
        labels = np.array([0, 85, 170, 255], np.uint8)[held.classes(np.array(Image.open(file)) / 250)]
        folder = file.parent.with_name(file.parent.name.replace("slices_", "slices_seg_"))
        folder.mkdir(exist_ok=True)
        Image.fromarray(labels[::2, ::2]).save(folder / file.name.replace("case", "seg"))
    degrade(root, lambda image: image.resize((128, 128), Image.Resampling.BOX), "case*")
    assert main(["prepare", "--data", str(root), "--out", str(tmp_path / "out")]) == 0
    table = read_table(tmp_path / "out")
    assert (table["label"] != "").all() and set(np.unique(read_image(table["label"][9]))) == {0, 85, 170, 255}


FAILED = {
    "cut short": (None, "image file is truncated"),
    "nothing": (b"", "it is empty"),
    "Git LFS": (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n", "git lfs pull gets the file"),
    "web page": (b"\n<!DOCTYPE html><html>404</html>", "it is a web page, as a failed download leaves it"),
}


@pytest.mark.parametrize("left", FAILED)
def test_what_a_failed_download_leaves_is_told_and_can_be_left_out(root, tmp_path, capsys, left):
    content, match = FAILED[left]
    file = root / "keras_png_slices_train" / "case_002_slice_5.nii.png"
    whole = file.read_bytes()
    file.unlink()
    file.write_bytes(whole[:2000] if content is None else content)
    with pytest.raises(DataError, match=rf"1 of 192 images cannot be used .*case_002_slice_5.*{match}"):
        load_data(root, progress=False)
    command = ["prepare", "--data", root, "--out", tmp_path / "out"]
    assert "prepare --skip-damaged" in (error := told(capsys, *command)) and match in error
    assert main([*map(str, command), "--skip-damaged"]) == 0
    assert sorted(read_table(tmp_path / "out")["case"].unique()) == [1, 3, 4, 402, 441]


def test_one_slice_of_another_size_among_sound_ones_is_written_again(root, tmp_path):
    degrade(root, lambda image: image.resize((128, 128)), "case_441_slice_31.nii")
    with pytest.raises(DataError, match="1 of 192 images cannot be used .*prepare"):
        load_data(root, progress=False)
    assert main(["prepare", "--data", str(root), "--out", str(tmp_path / "out")]) == 0
    assert len(load_data(tmp_path / "out", progress=False)) == 192


def test_slices_that_are_ready_need_no_preparing(root, tmp_path, capsys):
    error = told(capsys, "prepare", "--data", root.parent, "--out", tmp_path / "out")
    assert "holds slices that are ready already" in error and "train --data" in error


# ---------------------------------------------------------------- nothing wrong trains in silence


def warned(path, **options):
    """The warnings of loading, one text, whether the store is made or only opened."""
    texts = []
    for _ in range(2):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            load_data(path, progress=False, **options)
        texts.append("\n".join(str(warning.message) for warning in caught))
    assert texts[0] == texts[1]
    return texts[0]


def test_sound_images_load_without_a_word(root):
    assert warned(root) == ""


@pytest.mark.parametrize(
    ("scale", "match"), [(0, "all 192 images are black"), (1, "brightest grey of all 192 images is 1")]
)
def test_black_and_zero_one_images_are_refused(root, tmp_path, capsys, scale, match):
    degrade(root, lambda image: Image.fromarray((np.array(image) > 100).astype(np.uint8) * scale))
    assert match in told(capsys, "train", *FEW, "--data", root, "--out", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_dim_images_are_warned_of_and_can_be_made_bright(root, tmp_path):
    degrade(root, lambda image: Image.fromarray((np.array(image) // 7).astype(np.uint8)))
    assert "the brightest grey of all images is 34 of 255" in warned(root)
    assert main(["prepare", "--data", str(root), "--out", str(tmp_path / "out")]) == 0
    assert read_image(read_table(tmp_path / "out")["image"][9]).max() == 255


def test_one_black_image_is_named(root):
    degrade(root, lambda image: Image.fromarray(np.zeros((256, 256), np.uint8)), "case_003_slice_7.nii")
    assert "1 of 192 images are black, such as " in (text := warned(root)) and "case_003_slice_7" in text


def test_masks_under_the_names_of_images_are_warned_of(root):
    greys = np.array([0, 85, 170, 255], np.uint8)
    degrade(root, lambda image: Image.fromarray(greys[held.classes(np.array(image) / 250)]))
    assert "192 of 192 images hold the greys of masks alone" in warned(root)


def test_copies_of_training_images_are_warned_of(root):
    train, test = root / "keras_png_slices_train", root / "keras_png_slices_test"
    for number in range(32):
        source = train / f"case_001_slice_{number}.nii.png"
        for target in (test / f"case_441_slice_{number}.nii.png", train / f"case_002_slice_{number}.nii.png"):
            target.unlink()
            shutil.copy(source, target)
    text = warned(root)
    assert "case 441 in test holds 32 images of case 001 in train" in text and "seen in training" in text
    assert "case 002 in train holds 32 images of case 001 in train; one scan then counts twice" in text


ROWS = "case{s}oasis_id{s}sex{s}age\n1{s}OAS1_0080{a}{s}F{s}{t}\n2{s}OAS1_0002{s}F{s}20\n441{s}OAS1_0080{b}{s}F{s}{t}\n"
TABLES = {
    "as Excel saves it": ("﻿" + ROWS.format(s=",", a="", b="", t=70).replace("\n", "\r\n")).encode(),
    "semicolons": ROWS.format(s=";", a="", b="", t="70,5").encode(),
    "tabs": ROWS.format(s="\t", a="", b="", t="70").encode(),
    "utf-16": ROWS.format(s=",", a="", b="", t=70).encode("utf-16"),
    "scan ids": ROWS.format(s=",", a="_MR1", b="_MR2", t=70).encode(),
    "spaces": ROWS.format(s=",", a="", b=" ", t=70).encode(),
}


@pytest.mark.filterwarnings("ignore:.*are not in it", "ignore:.*holds scan ids")
@pytest.mark.parametrize("form", TABLES)
def test_one_person_in_two_splits_is_seen_in_every_form_of_table(root, form):
    (root.parent / "subjects.csv").write_bytes(TABLES[form])
    with pytest.raises(DataError, match="OAS1_0080 is in more than one split .case 001 in train, case 441 in test"):
        read_table(root)


@pytest.mark.filterwarnings("ignore:.*are not in it")
def test_scan_ids_are_taken_as_the_person_with_a_warning(root):
    (root.parent / "subjects.csv").write_text('case,person,age\n1,OAS1_0080_MR1,"70,5"\n2,OAS1_0080_MR2,71\n')
    with pytest.warns(UserWarning, match="holds scan ids, such as OAS1_0080_MR1, .* MR1 and MR2 are one person"):
        table = read_table(root).drop_duplicates("case")
    assert table["person"].tolist()[:2] == ["OAS1_0080"] * 2 and table["age"].tolist()[:2] == [70.5, 71]


# ---------------------------------------------------------------- who is there


def only(root, *keep):
    for folder in list(root.iterdir()):
        if folder.name.removeprefix("keras_png_slices_") not in keep:
            shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("keep", "match"),
    [
        (("train",), "nobody is held out (4 people in train), expected at least 2 people in validate and test"),
        (("train", "test"), "only 1 person is held out (4 people in train, 1 person in test)"),
        (
            ("validate", "test"),
            "expected people in the split train, but found only 1 person in validate, 1 person in test",
        ),
    ],
)
def test_evaluate_tells_who_is_missing_before_any_image_is_read(root, tmp_path, capsys, monkeypatch, keep, match):
    only(root, *keep)
    monkeypatch.setattr("oasis_helpers.data.store.read_image", lambda path: pytest.fail("an image was read"))
    error = told(capsys, "evaluate", "default", "--data", root, "--out", tmp_path / "report", "--preset", "smoke")
    assert f"error: --data: {match}" in error


def test_evaluate_needs_more_than_one_person_in_train(root, tmp_path, capsys):
    for case in (2, 3, 4):
        for file in root.rglob(f"case_{case:03d}_*"):
            file.unlink()
    error = told(capsys, "evaluate", "default", "--data", root, "--out", tmp_path / "report", "--preset", "smoke")
    assert "expected at least 4 people in train to judge a generator by, but found 1 person in train" in error


def test_evaluate_tells_too_few_slices_before_any_image_is_read(root, tmp_path, capsys, monkeypatch):
    for file in root.rglob("case_*_slice_*.png"):
        if file.name.split("_")[-1] != "7.nii.png" and "validate" not in file.parent.name:
            file.unlink()
    monkeypatch.setattr("oasis_helpers.data.store.read_image", lambda path: pytest.fail("an image was read"))
    error = told(capsys, "evaluate", "default", "--data", root, "--out", tmp_path / "report", "--preset", "smoke")
    assert "--data: expected at least 100 slices in train to judge a generator by, but found 4;" in error


def test_train_without_a_train_split_is_told_before_any_image_is_read(root, tmp_path, capsys, monkeypatch):
    only(root, "validate", "test")
    monkeypatch.setattr("oasis_helpers.data.store.read_image", lambda path: pytest.fail("an image was read"))
    error = told(capsys, "train", *FEW, "--data", root, "--out", tmp_path / "run")
    assert "error: --data: expected people in the split train" in error and "--merge-splits" in error


def test_the_reading_room_needs_no_engine():
    """Data are looked at without TensorFlow, whose start takes longer than the answer."""
    code = "import sys, oasis_helpers.data.prepare, oasis_helpers.data.suspicions; print('keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_data_without_masks_are_told_where_tissues_are_shown(root):
    from oasis_helpers.view.figures import show_tissues

    image = read_image(read_table(root)["image"][9])
    with pytest.warns(UserWarning, match="label: it marks no tissue: this slice has no mask"):
        figure = show_tissues(image, np.zeros_like(image))
    assert figure.axes[1].get_title() == "no mask"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert show_tissues(image, held.classes(image / 250)).axes[1].get_title() == "its tissue classes"
