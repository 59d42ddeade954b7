"""The raw OASIS-1 discs: the rule for slices, padding and greys, splits by person, every bad volume told by name."""

import dataclasses
import errno
import os
import warnings
from pathlib import Path

from oasis_helpers.data import read_image, read_label, read_table
from oasis_helpers.data.inventory import look
from oasis_helpers.data.prepare import prepare_slices
from oasis_helpers.data.sources.registry import Slices, sources
from oasis_helpers.data.splits import assign_splits, read_people
from oasis_helpers.data.volumes import grey_values, pad_slice, slice_positions
from oasis_helpers.errors import DataError, UserError

import nibabel
import numpy as np
import pandas as pd
import pytest
from PIL import Image

SAMPLE = Path(__file__).parents[3] / "shared" / "oasis1"
needs_sample = pytest.mark.skipif(not SAMPLE.is_dir(), reason="the OASIS-1 sample is not here")

SHAPE = (176, 208, 176)
T88 = "PROCESSED/MPRAGE/T88_111"


def make_brain():
    """A block of random greys in a dark volume, and labels of the same extent: 120 slices high, from 20 to 140."""
    random = np.random.default_rng(0)
    brain, labels = np.zeros(SHAPE, np.int16), np.zeros(SHAPE, np.uint8)
    brain[60:100, 70:130, 20:141] = random.integers(300, 4096, (40, 60, 121))
    labels[60:100, 70:130, 20:141] = random.integers(1, 4, (40, 60, 121))
    brain[5, 5, 170] = 4000  # a speck: not the brain's top
    return brain, labels


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """The Analyze files of one scan, to be hard-linked under the names of many."""
    folder = tmp_path_factory.mktemp("template")
    brain, labels = make_brain()
    write(folder / "masked.hdr", brain[..., None])
    write(folder / "head.hdr", (brain // 2 + 100)[..., None])
    write(folder / "labels.hdr", labels[..., None])
    return folder


def write(header, array, order=">"):
    """Write Analyze 7.5, big-endian by default as on the discs."""
    image = nibabel.AnalyzeImage(array, None, nibabel.AnalyzeHeader(endianness=order))
    image.set_data_dtype(array.dtype)
    nibabel.save(image, header.with_suffix(".img"))


def files_of(raw, scan, disc="disc1"):
    folder = raw / disc / scan
    name = f"{scan}_mpr_n4_anon_111_t88"
    return {
        "masked": folder / T88 / f"{name}_masked_gfc.hdr",
        "head": folder / T88 / f"{name}_gfc.hdr",
        "labels": folder / "FSL_SEG" / f"{name}_masked_gfc_fseg.hdr",
    }


def add_scan(template, raw, scan, disc="disc1", kinds=("masked", "head", "labels")):
    for kind, header in files_of(raw, scan, disc).items():
        if kind in kinds:
            header.parent.mkdir(parents=True, exist_ok=True)
            for suffix in (".hdr", ".img"):
                os.link(template / f"{kind}{suffix}", header.with_suffix(suffix))


@pytest.fixture
def raw(tmp_path, template):
    """One scan of one person."""
    add_scan(template, tmp_path / "raw", "OAS1_0001_MR1")
    return tmp_path / "raw"


@pytest.fixture
def no_images(monkeypatch):
    """Names without images, for tests that are about people."""
    (discs,) = (source for source in sources() if source.name == "oasis1")
    empty = dataclasses.replace(discs, read=lambda scan, masked: Slices(range(32), None))
    monkeypatch.setattr("oasis_helpers.data.prepare.sources", lambda: [empty])

    def touch(slices, folder):
        folder.mkdir()
        for number in slices.images:
            (folder / f"case_{number}.png").touch()

    monkeypatch.setattr("oasis_helpers.data.prepare._save", touch)


# ---------------------------------------------------------------- the rule


def test_rule_by_hand(raw, tmp_path):
    root = prepare_slices(raw, tmp_path / "out", progress=False)
    assert root == tmp_path / "out" / "keras_png_slices_data"
    table = read_table(root)
    assert table["case"].tolist() == [1] * 32 and table["person"].iloc[0] == "OAS1_0001"
    brain, labels = make_brain()
    white = np.percentile(brain[brain > 0], 99.8)
    for number in (0, 7, 31):
        z = round(20 + (0.4 + 0.3 * number / 31) * 120)
        image, label = read_image(table["image"][number]), read_label(table["label"][number])
        grey = np.floor(np.minimum(brain[:, :, z], white) * 255 / white)
        np.testing.assert_array_equal(image[40:216, 24:232], grey)
        np.testing.assert_array_equal(label[40:216, 24:232], labels[:, :, z])
        outside = np.ones((256, 256), bool)
        outside[40:216, 24:232] = False
        assert not image[outside].any() and not label[outside].any()


def test_whole_heads_take_the_slices_of_the_brain(raw, tmp_path):
    table = read_table(prepare_slices(raw, tmp_path / "out", masked=False, progress=False))
    head = grey_values(make_brain()[0] // 2 + 100)
    np.testing.assert_array_equal(read_image(table["image"][0])[40:216, 24:232], head[:, :, 68])
    assert read_label(table["label"][0]).max() == 3


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("shape", "memory"), [(SHAPE, "C"), ((*SHAPE, 1), "F")])
def test_byte_order_and_memory_order_do_not_matter(raw, tmp_path, order, shape, memory):
    header = files_of(raw, "OAS1_0001_MR1")["masked"]
    for suffix in (".hdr", ".img"):
        header.with_suffix(suffix).unlink()
    brain = np.array(make_brain()[0].reshape(shape), order=memory)
    write(header, brain, order)
    table = read_table(prepare_slices(raw, tmp_path / "out", progress=False))
    np.testing.assert_array_equal(read_image(table["image"][0]), pad_slice(grey_values(brain.reshape(SHAPE))[:, :, 68]))


def test_parts_of_the_rule():
    brain = make_brain()[0]
    assert slice_positions(brain)[[0, -1]].tolist() == [68, 104] and (np.diff(slice_positions(brain)) > 0).all()
    small = np.zeros(SHAPE, np.int16)
    small[60:100, 70:130, 20:80] = 5
    assert np.diff(slice_positions(small)).tolist() == [1] * 31  # never the same slice twice
    for height in (0, 40):
        with pytest.raises(DataError, match="at least 52 slices high"):
            slice_positions(np.where(np.arange(176) <= height, small.max(axis=2, keepdims=True) * (height > 0), 0))
    assert grey_values(np.array([-5, 0, 1, 500, 1000, 1000])).tolist() == [0, 0, 0, 127, 255, 255]
    assert grey_values(np.array([0, 2**40])).tolist() == [0, 255]  # no overflow


@pytest.fixture(scope="module")
def prepared_sample(tmp_path_factory):
    return prepare_slices(SAMPLE / "raw", tmp_path_factory.mktemp("sample") / "out", progress=False)


@needs_sample
@pytest.mark.parametrize(("person", "case", "same"), [("OAS1_0368", 441, 0.98), ("OAS1_0220", 443, 0.97)])
def test_the_rule_gives_the_pngs_of_the_same_people(person, case, same, prepared_sample):
    ours, theirs = read_table(prepared_sample), read_table(SAMPLE)
    ours, theirs = ours[ours["person"] == person], theirs[theirs["case"] == case]
    for read, column in ((read_image, "image"), (read_label, "label")):
        made = np.stack([read(file) for file in ours[column]]).astype(int)
        given = np.stack([read(file) for file in theirs[column]]).astype(int)
        if column == "label":
            np.testing.assert_array_equal(made, given)
        assert np.abs(made - given).max() <= 1
        np.testing.assert_array_equal(made > 0, given > 0)
        assert (made == given)[given > 0].mean() > same


# ---------------------------------------------------------------- people and splits


@pytest.fixture
def many(tmp_path, no_images):
    """Forty people on two discs, every fourth scanned twice; the images are left out."""
    for number in range(40):
        for visit in range(1, 3 if number % 4 == 0 else 2):
            (tmp_path / "raw" / f"disc{number // 20}" / f"OAS1_{number:04d}_MR{visit}" / T88).mkdir(parents=True)
    return tmp_path / "raw"


def test_scans_of_a_person_stay_together(many, tmp_path):
    table = read_table(prepare_slices(many, tmp_path / "out", progress=False))  # read_table checks it as well
    assert table["case"].nunique() == 50 and table["person"].nunique() == 40
    assert table.groupby("person")["split"].nunique().max() == 1
    people = table.groupby("split")["person"].nunique().to_dict()
    assert people == {"train": 34, "validate": 4, "test": 2}
    assert table.groupby("split")["case"].min().to_dict() == {"train": 1, "validate": 402, "test": 441}


def test_the_split_depends_on_the_seed_alone(many, tmp_path):
    people = pd.Series({f"OAS1_{n:04d}": np.nan for n in range(40)}).to_dict()
    splits = assign_splits(people, (0.85, 0.1, 0.05), 0)
    assert splits == assign_splits(dict(reversed(people.items())), (0.85, 0.1, 0.05), 0)
    assert splits != assign_splits(people, (0.85, 0.1, 0.05), 1)


@pytest.mark.parametrize(
    ("people", "fractions", "expected"),
    [
        (1, (0.85, 0.1, 0.05), (1, 0, 0)),
        (2, (0.85, 0.1, 0.05), (1, 0, 1)),
        (3, (0.85, 0.1, 0.05), (1, 1, 1)),
        (10, (0.85, 0.1, 0.05), (8, 1, 1)),
        (4, (0.02, 0.49, 0.49), (1, 2, 1)),
        (354, (302 / 354, 35 / 354, 17 / 354), (302, 35, 17)),
    ],
)
def test_sizes_of_the_splits(people, fractions, expected):
    splits = list(assign_splits({str(n): np.nan for n in range(people)}, fractions, 0).values())
    counts = tuple(splits.count(name) for name in ("train", "validate", "test"))
    assert sum(counts) == people and (counts == expected or sorted(counts) == sorted(expected) and people == 4)


def test_splits_are_alike_in_age():
    ages = {str(n): 20.0 + 10 * (n % 7) for n in range(280)}
    splits = assign_splits(ages, (0.5, 0.25, 0.25), seed=3)
    for decade in range(7):
        here = [splits[name] for name, age in ages.items() if age == 20 + 10 * decade]
        assert abs(here.count("train") - 20) <= 1 and abs(here.count("test") - 10) <= 1


def test_demographics_give_sex_and_age(many, tmp_path):
    rows = [f"OAS1_{n:04d}_MR{v},{'FM'[n % 2]},R,{20 + n + v / 10},," for n in range(39) for v in (2, 1)]
    (tmp_path / "oasis.csv").write_text("ID,M/F,Hand,Age,Educ,CDR\n" + "\n".join(rows) + "\n")
    with pytest.warns(UserWarning, match="1 people are not in it, such as OAS1_0039"):
        root = prepare_slices(many, tmp_path / "out", demographics=tmp_path / "oasis.csv", progress=False)
    subjects = pd.read_csv(root.parent / "subjects.csv")
    assert list(subjects) == ["split", "case", "person", "sex", "age"] and len(subjects) == 50
    table = read_table(root).drop_duplicates("person").set_index("person")
    assert table.loc["OAS1_0004", ["sex", "age"]].tolist() == ["F", 24.1]  # at the first visit
    assert np.isnan(table.loc["OAS1_0039", "age"]) and table.loc["OAS1_0039", "sex"] == ""


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"ID,Age\nOAS1_0001_MR1,20\n", "column 'M/F' is missing"),
        (b"Name\nx\n", "column .*ID"),
        (b"ID,M/F,Age\nOAS1_0001_MR1,F,old\n", "old"),
        (b"PK\x03\x04\xff\xfe\x00", "cannot be used: it is an Excel workbook, not a text; save it as CSV"),
        (b"", "cannot be used"),
        (None, "cannot be used.*No such file"),
    ],
)
def test_bad_demographics(raw, tmp_path, content, match):
    if content is not None:
        (tmp_path / "oasis.csv").write_bytes(content)
    with pytest.raises(DataError, match=rf"demographics: .*oasis\.csv.*{match}"):
        prepare_slices(raw, tmp_path / "out", demographics=tmp_path / "oasis.csv", progress=False)


ROWS = "ID{s}M/F{s} Age {s}CDR\nOAS1_0001_MR1{s}F{s}{age}{s}\nOAS1_0001_MR2{s}F{s}75{s}\nOAS1_0002_MR1{s}M{s}N/A{s}0\n"
SHEETS = {
    "Kaggle": ROWS.format(s=",", age=74).encode(),
    "Excel": b"\xef\xbb\xbf" + ROWS.format(s=",", age=74).replace("\n", "\r\n").encode(),
    "a German Excel": ROWS.format(s=";", age="74,0").encode("cp1252"),
    "UTF-16": ROWS.format(s="\t", age=74).encode("utf-16"),
    "OASIS-2": ROWS.format(s=",", age=74).replace("ID,", "MRI ID,").encode(),
    "R": b'"ID","M/F","Age"\n"OAS1_0001_MR1","F",74\n"OAS1_0002_MR1","M",NA\n',
    "BIDS": b"participant_id\tsex\tage\nsub-OAS1_0001\tF\t74\nsub-OAS1_0002\tM\tn/a\n",
}


@pytest.mark.parametrize("form", SHEETS)
def test_demographics_in_every_form_of_table(tmp_path, form):
    (tmp_path / "people.csv").write_bytes(SHEETS[form])
    people = read_people(["OAS1_0001", "OAS1_0002"], tmp_path / "people.csv")
    assert people["sex"].tolist() == ["F", "M"] and people["age"].iloc[0] == 74 and people["age"].isna().iloc[1]


def test_case_numbers_stay_unique_where_a_split_outgrows_its_band(tmp_path, no_images):
    for number in range(100):
        (tmp_path / "raw" / f"OAS1_{number:04d}_MR1" / T88).mkdir(parents=True)
    table = read_table(prepare_slices(tmp_path / "raw", tmp_path / "out", fractions=(0.4, 0.5, 0.1), progress=False))
    bands = table.groupby("split")["case"].agg(["min", "max"])
    assert bands.loc["validate"].tolist() == [402, 451] and bands.loc["test"].tolist() == [452, 461]


# ---------------------------------------------------------------- what can be wrong


def check_refused(raw, out, match, **options):
    """prepare_slices must refuse in one line and leave nothing behind."""
    before = sorted(os.listdir(out.parent))
    with pytest.raises((DataError, UserError), match=match) as caught:
        prepare_slices(raw, out, progress=False, **options)
    assert "\n" not in str(caught.value)
    assert sorted(os.listdir(out.parent)) == before


def replace(header, array, order=">"):
    for suffix in (".hdr", ".img"):
        header.with_suffix(suffix).unlink()
    write(header, array, order)


def cut_short(files):
    content = files["masked"].with_suffix(".img").read_bytes()[:100_000]
    files["masked"].with_suffix(".img").unlink()
    files["masked"].with_suffix(".img").write_bytes(content)


def damage_header(files):
    files["masked"].unlink()
    files["masked"].write_bytes(b"not a header")


def add_another(files):
    os.link(files["masked"], files["masked"].with_name("OAS1_0001_MR1_mpr_n3_anon_111_t88_masked_gfc.hdr"))


def damage_labels(files):
    labels = make_brain()[1]
    labels[0, 0, 0] = 7
    replace(files["labels"], labels)


BAD_SCANS = {
    "img missing": (lambda f: f["masked"].with_suffix(".img").unlink(), r"masked_gfc\.hdr: its \.img is missing"),
    "img of the labels missing": (
        lambda f: f["labels"].with_suffix(".img").unlink(),
        r"fseg\.hdr: its \.img is missing",
    ),
    "hdr missing": (lambda f: f["masked"].unlink(), r"expected one file .*_t88_masked_gfc\.hdr, but found 0"),
    "two of them": (add_another, r"expected one file .*_t88_masked_gfc\.hdr, but found 2"),
    "img cut short": (cut_short, r"masked_gfc\.hdr: cannot be read, its \.img may be cut short"),
    "header damaged": (damage_header, r"masked_gfc\.hdr: cannot be read"),
    "shape": (lambda f: replace(f["masked"], np.ones((176, 208, 160, 1), np.int16)), "got 176 x 208 x 160 x 1"),
    "shape of the labels": (lambda f: replace(f["labels"], np.ones((208, 176, 176), np.uint8)), "got 208 x 176 x 176"),
    "floats": (lambda f: replace(f["masked"], np.ones(SHAPE, np.float32)), "expected whole numbers, but got .*float32"),
    "empty": (lambda f: replace(f["masked"], np.zeros(SHAPE, np.int16)), r"masked_gfc\.hdr: expected a brain at least"),
    "label": (damage_labels, r"fseg\.hdr: expected the labels 0 to 3, but also got \[7\]"),
}


@pytest.mark.parametrize("kind", BAD_SCANS)
def test_bad_scans_are_named(raw, tmp_path, kind):
    damage, match = BAD_SCANS[kind]
    damage(files_of(raw, "OAS1_0001_MR1"))
    check_refused(raw, tmp_path / "out", rf"1 of 1 scans cannot be used: .*OAS1_0001_MR1.*{match}")


def test_whole_heads_that_are_missing(tmp_path, template):
    add_scan(template, tmp_path / "raw", "OAS1_0001_MR1", kinds=("masked",))
    check_refused(tmp_path / "raw", tmp_path / "out", r"T88_111/\*_t88_gfc\.hdr, but found 0", masked=False)
    assert (read_table(prepare_slices(tmp_path / "raw", tmp_path / "out", progress=False))["label"] == "").all()


def test_bad_scans_are_told_together(tmp_path, template):
    for number in (1, 2, 3):
        add_scan(template, tmp_path / "raw", f"OAS1_000{number}_MR1")
    files_of(tmp_path / "raw", "OAS1_0001_MR1")["masked"].with_suffix(".img").unlink()
    damage_labels(files_of(tmp_path / "raw", "OAS1_0003_MR1"))
    check_refused(tmp_path / "raw", tmp_path / "out", "2 of 3 scans cannot be used: .*OAS1_0001_MR1.*OAS1_0003_MR1")


def test_nowhere_nothing_and_twice(tmp_path, template):
    check_refused(tmp_path / "nowhere", tmp_path / "out", "data: there is no folder .*nowhere")
    (tmp_path / "raw" / "disc1" / "somebody" / T88).mkdir(parents=True)
    check_refused(tmp_path / "raw", tmp_path / "out", "data: .*raw holds no files; prepare reads OASIS-1 discs;")
    for disc in ("disc1", "disc2"):
        add_scan(template, tmp_path / "raw", "OAS1_0001_MR1", disc)
    check_refused(tmp_path / "raw", tmp_path / "out", "OAS1_0001_MR1 is there twice: .*disc1.*disc2")


@pytest.mark.parametrize("below", ["", "disc1", "disc1/OAS1_0001_MR1"])
def test_scans_are_found_from_each_level(raw, below):
    (discs,) = (source for source in sources() if source.name == "oasis1")
    assert list(discs.find(look(raw / below)).scans) == list(discs.find(look(raw.parent)).scans) == ["OAS1_0001_MR1"]


def test_out_in_use(raw, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("precious")
    check_refused(raw, tmp_path / "out", "out: .* is in use, expected a new or empty folder")
    check_refused(raw, tmp_path / "out" / "thesis.txt", "is in use")
    (tmp_path / "out" / "thesis.txt").unlink()
    assert prepare_slices(raw, tmp_path / "out", progress=False).is_dir()


@pytest.mark.parametrize(
    "fractions", [(0.9, 0.1), (0.5, 0.5, 0.5), (1.1, -0.2, 0.1), (1, 0, 0), 3, "abc", (np.nan,) * 3]
)
def test_bad_fractions(raw, tmp_path, fractions):
    check_refused(raw, tmp_path / "out", "fractions: expected three positive numbers with sum 1", fractions=fractions)


def test_full_disk(raw, tmp_path, monkeypatch):
    def full(self, file, **options):
        Path(file).touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    check_refused(raw, tmp_path / "out", "out: the disk is full, nothing was kept")


def test_interrupt_leaves_nothing(raw, tmp_path, monkeypatch):
    def interrupted(self, file, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(Image.Image, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        prepare_slices(raw, tmp_path / "out", progress=False)
    assert os.listdir(tmp_path) == ["raw"]


def test_what_prepare_writes_is_read_without_a_warning(raw, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_table(prepare_slices(raw, tmp_path / "out", progress=False))
