"""Each source by its own functions, with volumes in which left is not right, nor up down: as the template's brain is.

The whole way from a folder to slices is in `test_sources.py`; here a mark shows where each voxel goes.
"""

from oasis_helpers.data.files import read_any_image, resample_image
from oasis_helpers.data.inventory import look
from oasis_helpers.data.orientation import Turn
from oasis_helpers.data.sources import image_folder, neurite, neurite_2d, oasis1_nifti, oasis3, png_slices
from oasis_helpers.data.sources.registry import Scan, sources
from oasis_helpers.data.volumes import cut_slices, grey_values, slice_positions
from oasis_helpers.errors import DataError

import numpy as np
import pytest
from helpers import held
from PIL import Image

RNG = np.random.default_rng(0)
RSA = np.diag([1.0, 1, -1, 1])[[0, 2, 1, 3]]  # to the right, to the top, to the front


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return look(folder)


def tall(shape):
    """A block of random whole numbers, high enough to be cut into slices."""
    values = np.zeros(shape, np.int16)
    inside = values[20:-20, 20:-20, 30:-30]
    inside[:] = RNG.integers(1, 3000, inside.shape)
    return values


# ---------------------------------------------------------------- neurite-oasis


@pytest.mark.parametrize("codes", [True, False])
def test_a_neurite_volume_runs_to_the_right_to_the_front_and_to_the_top(tmp_path, monkeypatch, codes):
    monkeypatch.setattr(neurite, "turn_by_template", lambda values: Turn())  # these are no brains
    values = RNG.integers(
        0, 256, (160, 192, 224), dtype=np.uint8
    )  # as the file has it: to the left, down, to the front
    held.nifti(values, tmp_path / "v.nii", held.LIA, np.uint8, codes)
    upright, turn = neurite.read_upright(tmp_path / "v.nii")
    assert turn == Turn() and np.array_equal(upright, values[::-1, ::-1].transpose(0, 2, 1))


@pytest.mark.parametrize("codes", [True, False])
def test_a_neurite_slice_runs_to_the_right_and_to_the_top(tmp_path, codes):
    values = RNG.random((160, 192), dtype=np.float32)
    held.nifti(values[..., None], tmp_path / "s.nii", held.LIA, np.float32, codes)
    assert np.array_equal(neurite_2d._read_slice(tmp_path / "s.nii"), values[::-1, ::-1])
    upright = np.array([[1.0, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])  # to the right, to the top
    held.nifti(values[..., None], tmp_path / "t.nii", upright, np.float32)
    assert np.array_equal(neurite_2d._read_slice(tmp_path / "t.nii"), values)


def test_neurites_classes_become_those_of_the_course(tmp_path):
    unknown_cortex_deep_grey_white_fluid = np.arange(5)
    ours = neurite.seg4_to_course(unknown_cortex_deep_grey_white_fluid, tmp_path)
    assert ours.tolist() == [0, 2, 2, 3, 1]  # none, grey, grey, white, fluid


def test_a_whole_head_takes_the_slices_of_its_brain_in_every_form(tmp_path, monkeypatch):
    brain = tall((60, 70, 130))
    head = RNG.integers(1, 3000, brain.shape, dtype=np.int16)
    volumes = {"brain": brain, "head": head, "labels": np.zeros(brain.shape, np.uint8)}
    monkeypatch.setattr(neurite, "read_upright", lambda file, turn=None: (volumes[file], Turn()))
    scan = Scan("OAS1_0001_MR1", {name: name for name in volumes})
    for masked, shown in ((True, brain), (False, head)):
        images = neurite._read(scan, masked).images
        assert np.array_equal(images, cut_slices(grey_values(shown), slice_positions(brain)))


def test_masks_are_turned_as_the_brain_that_they_belong_to(monkeypatch):
    asked = []
    turn = Turn((0, 1, 2), (1, -1, -1))

    def read(file, turn_of=None):
        asked.append((file, turn_of))
        return (tall((60, 70, 130)) if file == "brain" else np.zeros((60, 70, 130), np.uint8)), turn

    monkeypatch.setattr(neurite, "read_upright", read)
    neurite._read(Scan("a", {"brain": "brain", "head": None, "labels": "labels"}), True)
    assert asked == [("brain", None), ("labels", turn)]


def test_whole_slices_are_read_only_where_they_are_asked_for(monkeypatch):
    slices = {name: np.full((160, 192), value, np.float32) for name, value in (("brain", 0.25), ("head", 0.75))}
    slices["brain"][0], slices["head"][0] = 1.0, 1.0
    monkeypatch.setattr(neurite_2d, "_read_slice", slices.get)
    scan = Scan("a", {"brain": "brain", "head": "head", "labels": None})
    greys = [neurite_2d._read(scan, masked).images[0, 128, 128] for masked in (True, False)]
    assert greys == [63, 191]


# ---------------------------------------------------------------- OASIS-1 as NIfTI, OASIS-3


def test_whole_heads_and_masks_of_nifti_are_files_of_their_own(monkeypatch, tmp_path):
    stem = "OAS1_0001_MR1_mpr_n4_anon_111_t88"
    listing = touch(tmp_path, *(f"{stem}{ending}.nii" for ending in ("_masked_gfc", "_gfc", "_masked_gfc_fseg")))
    scan = oasis1_nifti._find(listing).scans["OAS1_0001_MR1"]
    asked = []
    monkeypatch.setattr(oasis1_nifti, "_read_volume", lambda file: asked.append(file.name[len(stem) :]) or file.name)
    monkeypatch.setattr(oasis1_nifti, "t88_slices", lambda *parts: parts)
    file, brain, head, label_file, labels = oasis1_nifti._read(scan, masked=False)
    assert (brain, head, labels) == (f"{stem}_masked_gfc.nii", f"{stem}_gfc.nii", f"{stem}_masked_gfc_fseg.nii")
    assert (file.name, label_file.name) == (brain, labels)
    _, brain, head, *_ = oasis1_nifti._read(scan, masked=True)
    assert brain == head == f"{stem}_masked_gfc.nii"


def test_sessions_are_scans_runs_are_repeats_and_derivatives_are_left_out(tmp_path):
    anat = "sub-OAS30001/ses-d0129/anat/sub-OAS30001_ses-d0129"
    listing = touch(
        tmp_path,
        f"{anat}_run-01_T1w.nii.gz", f"{anat}_run-02_T1w.nii.gz", f"{anat}_T2w.nii.gz",
        "derivatives/fs/sub-OAS30001_ses-d0129_desc-brain_T1w.nii.gz",
        "sub-OAS30001/ses-d0757/anat/sub-OAS30001_ses-d0757_T1w.nii.gz",
    )  # fmt: skip
    finding = oasis3._find(listing)
    files = {name: scan.files.name for name, scan in finding.scans.items()}
    assert files == {
        "sub-OAS30001_ses-d0129": "sub-OAS30001_ses-d0129_run-01_T1w.nii.gz",
        "sub-OAS30001_ses-d0757": "sub-OAS30001_ses-d0757_T1w.nii.gz",
    }
    assert {oasis3._person(name) for name in files} == {"OAS30001"}
    assert sorted(note[0] for note in finding.notes) == ["1", "1", "1"]


@pytest.mark.parametrize(("fit", "poor"), [(0.59, True), (0.61, False)])
def test_sizes_of_voxels_go_with_their_axes_and_a_poor_fit_is_told(monkeypatch, tmp_path, fit, poor):
    from nibabel import Nifti1Image

    image = Nifti1Image(np.zeros((70, 80, 90), np.int16), None)
    image.header.set_zooms((1.0, 2.0, 3.0))
    laid = []
    monkeypatch.setattr(oasis3, "open_volume", lambda file: image)
    monkeypatch.setattr(oasis3, "volume_values", lambda file, image: np.asarray(image.dataobj))
    monkeypatch.setattr(oasis3, "has_affine", lambda image: False)
    monkeypatch.setattr(oasis3, "likely_turn", lambda values, affine: Turn((2, 0, 1)))
    monkeypatch.setattr(oasis3, "lay_on_template", lambda values, affine: laid.append(affine) or (np.eye(4), fit))
    monkeypatch.setattr(oasis3, "slices_of_head", lambda image, to_head: np.ones((32, 256, 256), np.float32))
    words = oasis3._read(Scan("sub-A", tmp_path / "a.nii"), True).words
    assert np.array_equal(np.diag(laid[0]), [3, 1, 2, 1])
    assert ("fits the template poorly (correlation 0.59)" in words) is poor and "turned" in words


# ---------------------------------------------------------------- pictures


def test_of_pictures_the_first_recordings_slices_are_taken_in_the_order_of_their_numbers(tmp_path):
    names = [f"OAS1_0001_MR1_mpr-2_{n}.jpg" for n in (2, 10, 9)] + [f"OAS1_0001_MR1_mpr-3_{n}.jpg" for n in range(5)]
    finding = image_folder._find(touch(tmp_path, *names, "OAS1_0001_MR2_100.JPG"))
    first = [file.name for file in finding.scans["OAS1_0001_MR1"].files.scans["OAS1_0001_MR1"]]
    assert first == [f"OAS1_0001_MR1_mpr-2_{n}.jpg" for n in (2, 9, 10)]
    assert list(finding.scans) == ["OAS1_0001_MR1", "OAS1_0001_MR2"]
    assert finding.notes == ["5 slices of repeated recordings (only the first of each scan is taken)"]
    many = list(range(100))
    spaced = image_folder.spaced(many)
    assert len(spaced) == 32 and (spaced[0], spaced[-1]) == (0, 99) and set(np.diff(spaced)) == {3, 4}


def test_sixteen_bits_of_a_stack_are_scaled_by_all_of_it(tmp_path):
    for name, grey in (("bright", 40_000), ("dim", 10_000)):
        values = np.full((256, 256), grey, np.uint16)
        Image.fromarray(values).save(tmp_path / f"{name}.png")
    bright, dim = image_folder.read_stack([tmp_path / "bright.png", tmp_path / "dim.png"])
    assert (bright == 255).all() and (dim == 63).all()


@pytest.mark.parametrize(
    ("size", "shown"), [((128, 256), (160, 256)), ((256, 128), (256, 160)), ((64, 64), (256, 256))]
)
def test_a_raw_slice_has_the_proportions_of_its_field(size, shown):
    image = resample_image(np.full(size, 255, np.uint8))
    assert image.shape == (256, 256)
    assert tuple((image > 0).any(axis=axis).sum() for axis in (1, 0)) == shown


def test_a_small_slice_is_enlarged_without_steps_and_its_mask_without_greys_between():
    ramp = np.tile(np.arange(32, dtype=np.uint8) * 8, (32, 1))
    inside = resample_image(ramp)[:, 16:-16]
    # Each pixel becomes 8 x 8, and between two middles the grey rises by 8: one from pixel to pixel.
    np.testing.assert_allclose(inside, np.tile(np.arange(16, 240) - 3.5, (256, 1)), atol=0.6)
    mask = 85 * (np.arange(32 * 32, dtype=np.uint8).reshape(32, 32) % 4)
    assert np.array_equal(resample_image(mask, labels=True), mask.repeat(8, axis=0).repeat(8, axis=1))


def test_a_large_slice_is_made_smaller_by_means():
    board = 255 * (np.indices((512, 512)).sum(axis=0) % 2).astype(np.uint8)
    smaller = resample_image(board)[8:-8, 8:-8]
    np.testing.assert_allclose(smaller, 127.5, atol=2)


def test_of_a_transparent_picture_the_grey_is_taken(tmp_path):
    clear = np.dstack([np.full((9, 9), 77, np.uint8), np.zeros((9, 9), np.uint8)])
    Image.fromarray(clear, "LA").save(tmp_path / "clear.png")
    assert (read_any_image(tmp_path / "clear.png") == 77).all()


def grey_with_red(share):
    """A grey picture of 100 x 100 pixels, some of them red, as Pillow's RGB."""
    picture = np.repeat(np.random.default_rng(1).integers(40, 200, (100, 100, 1), np.uint8), 3, axis=2)
    picture.reshape(-1, 3)[: round(share * 10_000)] = (200, 40, 40)
    return Image.fromarray(picture)


@pytest.mark.parametrize("share", [0.02, 0.1, 0.49, 1.0])
def test_a_picture_with_some_colour_is_no_scan(tmp_path, share):
    grey_with_red(share).save(tmp_path / "map.png")
    with pytest.raises(DataError, match=r"map\.png: expected a grey image, but got a coloured one; it is not a scan"):
        read_any_image(tmp_path / "map.png")


def test_a_mark_of_a_few_coloured_pixels_does_not_make_a_scan_coloured(tmp_path):
    grey_with_red(0.005).save(tmp_path / "marked.png")
    grey = np.asarray(grey_with_red(0))[..., 0]
    assert np.array_equal(read_any_image(tmp_path / "marked.png")[1:], grey[1:])


@pytest.mark.parametrize(("apart", "taken"), [(24, True), (25, False)])
def test_colours_may_lie_as_far_apart_as_jpeg_makes_them(tmp_path, apart, taken):
    Image.new("RGB", (64, 64), (100, 100 + apart, 110)).save(tmp_path / "a.png")
    if taken:
        assert read_any_image(tmp_path / "a.png").max() <= 100 + apart
    else:
        with pytest.raises(DataError, match="coloured"):
            read_any_image(tmp_path / "a.png")


def test_of_a_grey_palette_and_of_a_jpeg_in_three_colours_the_grey_is_taken(tmp_path):
    grey = np.asarray(Image.fromarray(RNG.integers(0, 256, (8, 8), np.uint8)).resize((64, 64)))
    Image.fromarray(grey).convert("P").save(tmp_path / "palette.png")
    Image.fromarray(grey).convert("RGB").save(tmp_path / "three.jpg", quality=75)
    assert np.array_equal(read_any_image(tmp_path / "palette.png"), grey)
    assert np.abs(read_any_image(tmp_path / "three.jpg").astype(int) - grey).mean() < 5


def test_a_slice_that_is_there_twice_and_a_case_in_two_splits_are_refused(tmp_path):
    train, test = (f"keras_png_slices_{split}" for split in ("train", "test"))
    listing = touch(tmp_path / "a", f"{train}/case_001_slice_0.nii.png", f"{train}/case_001_slice_0.png")
    with pytest.raises(DataError, match="are the same slice; remove one"):
        png_slices._find(listing)
    listing = touch(tmp_path / "b", f"{train}/case_001_slice_0.nii.png", f"{test}/case_001_slice_1.nii.png")
    with pytest.raises(DataError, match="case 001 is in .*; remove it from one of them"):
        png_slices._find(listing)


def test_two_files_of_one_scan_are_refused_by_every_source_of_volumes(tmp_path):
    by_name = {source.name: source for source in sources()}
    stem = "OAS1_0001_MR1_mpr_n4_anon_111_t88_masked_gfc.nii"
    neurite_file = "OAS1_0001_MR1/aligned_norm.nii"
    for name, file in (("oasis1-nifti", stem), ("neurite", neurite_file)):
        with pytest.raises(DataError, match="OAS1_0001_MR1 is there twice"):
            by_name[name].find(touch(tmp_path / name, f"a/{file}", f"b/{file}"))


def test_a_damaged_scan_does_not_hide_how_the_others_lie(monkeypatch):
    """It is refused by itself, when it is read."""

    def read_stack(files):
        if files[0] == "damaged":
            raise DataError("cut short")
        return np.full((2, 4, 4), files[0])

    asked = []
    monkeypatch.setattr(image_folder, "read_stack", read_stack)
    monkeypatch.setattr(image_folder, "slice_turn", lambda mean: asked.append(mean) or (3, ""))
    assert image_folder.Folder({"a": [1.0], "b": ["damaged"], "c": [3.0]}).turn == 3
    assert (asked[0] == 2).all()
    assert image_folder.Folder({"b": ["damaged"]}).turn == 0 and len(asked) == 1
