"""What people hold besides PNGs: each form is found, read the right way up, and people stay apart."""

from oasis_helpers.__main__ import main
from oasis_helpers.data import read_image, read_table
from oasis_helpers.data.alignment import lay_on_template, likely_turn, slices_of_head
from oasis_helpers.data.orientation import Turn, frame_mm, slice_turn, template_slices, turn_by_template
from oasis_helpers.data.prepare import prepare_slices
from oasis_helpers.data.sources.registry import sources
from oasis_helpers.errors import DataError, UserError

import nibabel
import numpy as np
import pytest
from helpers import held
from PIL import Image

RAS = np.eye(4)


def prepared(top, out, **options):
    """Prepare a folder and return its slices' table."""
    return read_table(prepare_slices(top, out, progress=False, **options))


def stack(table, column="image"):
    return np.stack([read_image(file) for file in table[column]])


def test_upright_knows_what_it_says():
    slices = template_slices()
    assert held.is_upright(slices) and held.is_upright(slices[:, ::-1])
    others = [slices[:, :, ::-1], *(np.rot90(slices, k, (1, 2)) for k in (1, 2, 3))]
    assert not any(held.is_upright(other) for other in others)


# ---------------------------------------------------------------- the list of sources


def test_every_source_has_the_three_functions_and_a_file():
    names = [source.name for source in sources()]
    assert names == ["oasis1", "oasis1-nifti", "neurite", "neurite-2d", "oasis3", "images", "slices"]
    for source in sources():
        assert source.title and callable(source.find) and callable(source.person) and callable(source.read)


@pytest.mark.parametrize(
    ("source", "scan", "person"),
    [
        ("oasis1", "OAS1_0080_MR2", "OAS1_0080"),
        ("neurite", "OAS1_0001_MR1", "OAS1_0001"),
        ("oasis3", "sub-OAS30001_ses-d0129", "OAS30001"),
        ("oasis3", "sub-OAS30001_sess-d0129", "OAS30001"),
        ("images", "OAS1_0001_MR2", "OAS1_0001"),
        ("images", "OAS30001_MR_D0129", "OAS30001"),
        ("images", "OAS2_0001_MR4", "OAS2_0001"),
    ],
)
def test_whose_scan_it_is(source, scan, person):
    assert {s.name: s for s in sources()}[source].person(scan) == person


# ---------------------------------------------------------------- OASIS-1


@pytest.fixture(scope="module")
def discs(tmp_path_factory):
    top = tmp_path_factory.mktemp("discs")
    for person in (1, 2):
        held.disc(top, person)
    return top


@pytest.fixture(scope="module")
def slices_of_discs(discs, tmp_path_factory):
    return prepared(discs, tmp_path_factory.mktemp("slices") / "out")


def test_discs_are_upright(slices_of_discs):
    assert held.is_upright(stack(slices_of_discs))


@pytest.mark.parametrize("flat", [True, False])
@pytest.mark.parametrize(
    "affine", [held.LAS, RAS, np.array([[0, 0, -1.0, 90], [1, 0, 0, -90], [0, 1, 0, -90], [0, 0, 0, 1]])]
)
def test_the_same_volumes_as_nifti_give_the_same_images(tmp_path, slices_of_discs, flat, affine):
    held.disc(tmp_path / "held", 1, as_nifti=affine, flat=flat)
    table = prepared(tmp_path / "held", tmp_path / "out")
    discs = slices_of_discs[slices_of_discs["person"] == "OAS1_0001"]
    for column in ("image", "label"):
        np.testing.assert_array_equal(stack(table, column), stack(discs, column))


def test_nifti_of_floats_gives_the_same_images(tmp_path, slices_of_discs):
    held.disc(tmp_path / "held", 1, as_nifti=held.LAS, values=held.whole(held.brain(1)).astype(np.float32))
    discs = slices_of_discs[slices_of_discs["person"] == "OAS1_0001"]
    np.testing.assert_array_equal(stack(prepared(tmp_path / "held", tmp_path / "out")), stack(discs))


def test_a_disc_volume_that_lies_another_way_is_turned_with_a_word(tmp_path, slices_of_discs):
    held.disc(tmp_path / "held", 1, values=held.whole(held.brain(1))[:, ::-1, ::-1])
    table = prepared(tmp_path / "held", tmp_path / "out")
    discs = slices_of_discs[slices_of_discs["person"] == "OAS1_0001"]
    np.testing.assert_array_equal(stack(table), stack(discs))
    np.testing.assert_array_equal(stack(table, "label"), stack(discs, "label"))
    assert "axis 2 backwards, bottom to top: axis 3 backwards" in (tmp_path / "out" / "prepared.txt").read_text()


def test_a_disc_volume_that_cannot_be_turned_into_the_frame_is_refused(tmp_path):
    values = np.zeros(held.DISC_SHAPE, np.int16)
    values[:, :176] = held.whole(held.brain(1))[:, 16:192].transpose(0, 2, 1)
    held.disc(tmp_path / "held", 1, values=values)
    with pytest.raises(DataError, match="its orientation is not that of the disc"):
        prepared(tmp_path / "held", tmp_path / "out")


def test_volumes_of_any_order_are_recognised():
    brain = held.brain(3)
    for axes in ((0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)):
        for step in (1, -1):
            lies = brain.transpose(axes)[:, ::step]
            turn = turn_by_template(lies)
            back = turn.apply(lies)
            assert back.shape == brain.shape and (np.array_equal(back, brain) or np.array_equal(back, brain[::-1]))


@pytest.mark.parametrize(
    "values", [np.zeros((9, 9, 9)), np.ones((30, 40, 30)), np.random.default_rng(0).random((40, 30, 20))]
)
def test_what_is_no_brain_is_not_turned(values):
    assert turn_by_template(values) == Turn()


# ---------------------------------------------------------------- neurite-oasis


def test_neurite_volumes(tmp_path):
    for person in (1, 2, 3):
        held.neurite(tmp_path / "held", person)
    table = prepared(tmp_path / "held", tmp_path / "out")
    assert table["person"].nunique() == 3 and len(table) == 96 and held.is_upright(stack(table))
    images, labels = stack(table), stack(table, "label")
    assert ((images > 0) == (labels > 0)).mean() > 0.98
    greys = [images[labels == value].mean() for value in (85, 170, 255)]  # fluid is dark, white matter bright
    assert greys[0] < greys[1] < greys[2]
    said = (tmp_path / "out" / "prepared.txt").read_text()
    assert "found: neurite-oasis volumes, 3 scans of 3 people" in said and "3 of neurite-oasis slices" in said


def test_neurite_volumes_show_what_the_discs_show(tmp_path, slices_of_discs):
    held.neurite(tmp_path / "held", 1)
    table = prepared(tmp_path / "held", tmp_path / "out")
    discs = slices_of_discs[slices_of_discs["person"] == "OAS1_0001"]
    difference = np.abs(stack(table).astype(int) - stack(discs))
    assert difference.mean() < 12 and not np.array_equal(stack(table), stack(discs)[:, ::-1])


def test_neurite_without_codes_is_taken_as_freesurfers(tmp_path):
    held.neurite(tmp_path / "held", 1, two=False)
    folder = tmp_path / "held" / "neurite-oasis.v1.0" / "OASIS_OAS1_0001_MR1"
    held.nifti(
        held.turned(held.brain(1, (160, 224, 192)), held.LIA), folder / "aligned_norm.nii.gz", held.LIA, "f4", False
    )
    assert held.is_upright(stack(prepared(tmp_path / "held", tmp_path / "out")))


def test_neurite_slices_have_the_top_of_the_head_up(tmp_path):
    for person in (1, 2, 3, 4):
        held.neurite(tmp_path / "held", person, three=False)
    for file in (tmp_path / "held").rglob("OASIS_OAS1_000[34]*/slice_*.nii.gz"):  # with two axes, or a third of one
        image = nibabel.load(file)
        held.nifti(np.asarray(image.dataobj)[..., 0], file, held.LIA, image.get_data_dtype())
    table = prepared(tmp_path / "held", tmp_path / "out")
    assert len(table) == 4 and table["person"].nunique() == 4 and table["label"].ne("").all()
    coronal = held.brain(1, (160, 224, 192))[:, 114]  # slice 109 of an axis to the front
    frame = np.pad(coronal, ((48, 48), (32, 32)))
    assert held.way_up(stack(table), frame[None]) in ((0, 0), (2, 1))
    assert "coronal" in (tmp_path / "out" / "prepared.txt").read_text()


def test_foreign_labels_of_neurite_are_refused(tmp_path):
    held.neurite(tmp_path / "held", 1, two=False)
    file = tmp_path / "held" / "neurite-oasis.v1.0" / "OASIS_OAS1_0001_MR1" / "aligned_seg4.nii.gz"
    held.nifti(np.full((160, 192, 224), 35), file, held.LIA, np.uint8)
    with pytest.raises(DataError, match=r"aligned_seg4\.nii\.gz: expected the labels 0 to 4"):
        prepared(tmp_path / "held", tmp_path / "out")


# ---------------------------------------------------------------- OASIS-3


def test_heads_in_bids_are_laid_upon_the_template(tmp_path):
    for session in ("d0129", "d0757"):
        held.bids(tmp_path / "held", 1, session)
    func = tmp_path / "held" / "sub-OAS30001" / "ses-d0129" / "func" / "sub-OAS30001_ses-d0129_task-rest_bold.nii.gz"
    held.nifti(np.zeros((8, 8, 8, 5)), func, RAS, np.int16)
    table = prepared(tmp_path / "held", tmp_path / "out")
    assert table["case"].nunique() == 2 and table["person"].unique().tolist() == ["OAS30001"]
    images = stack(table)[:32] / 255
    brain = template_slices() > 0
    inside = [np.corrcoef(images[n][brain[n]], template_slices()[n][brain[n]])[0, 1] for n in (0, 15, 31)]
    assert min(inside) > 0.8  # slice by slice: heights, sizes and directions are the template's
    said = (tmp_path / "out" / "prepared.txt").read_text()
    assert "left out: 1 NIfTI files that are no T1w" in said and "skulls on" in said


def test_a_head_of_unknown_orientation_is_turned():
    head = held.brain(2, (176, 256, 256), True)[::2, ::2, ::2]
    turn = likely_turn(head.transpose(2, 1, 0)[:, ::-1], np.diag([2.0, 2, 2, 1]))
    back = turn.apply(head.transpose(2, 1, 0)[:, ::-1])
    assert np.array_equal(back, head) or np.array_equal(back, head[::-1])


def test_between_the_voxels_of_a_head_greys_are_interpolated():
    """Greys that rise evenly over voxels of 6 mm rise evenly from pixel to pixel, of about 1 mm."""
    affine = np.diag([6.0, 6, 6, 1])
    affine[:3, 3] = -150, -170, -20
    x, y, z = (affine[axis, 3] + 6 * np.arange(count) for axis, count in enumerate((50, 55, 14)))
    rising = 500 + x[:, None, None] + 0.5 * y[:, None] - 2 * z
    slices = slices_of_head(nibabel.Nifti1Image(rising.astype(np.float32), affine), np.eye(4))
    rows, columns, heights = frame_mm()
    expected = 500 + rows[:, None] + 0.5 * columns - 2 * heights[:, None, None]
    np.testing.assert_allclose(slices, expected, atol=0.01)


def test_what_is_no_head_is_refused():
    with pytest.raises(DataError, match="expected a T1-weighted head, but got an empty volume"):
        lay_on_template(np.zeros((64, 64, 64)), np.diag([3.0, 3, 3, 1]))
    with pytest.raises(DataError, match="expected a T1-weighted head, but got one unlike the template"):
        lay_on_template(np.random.default_rng(0).random((64, 64, 64)), np.diag([3.0, 3, 3, 1]))


# ---------------------------------------------------------------- image files


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_jpeg_slices_are_resampled_and_turned_as_the_template(tmp_path, turns):
    for person in (1, 2, 3):
        held.pictures(tmp_path / "held", person, turns=turns)
    held.pictures(tmp_path / "held", 1, run=2, slices=range(100, 103))
    table = prepared(tmp_path / "held", tmp_path / "out")
    assert table.groupby("case").size().tolist() == [32] * 3 and held.is_upright(stack(table))
    said = (tmp_path / "out" / "prepared.txt").read_text()
    assert "3 slices of repeated recordings" in said and "24 slices beyond 32" in said
    assert (f"turned by {90 * (4 - turns)} degrees" in said) == (turns > 0)


@pytest.mark.parametrize(("size", "extent"), [((176, 208), (1, 1)), ((208, 208), (1, 1))])
def test_small_images_keep_their_proportions(tmp_path, size, extent):
    from oasis_helpers.data.files import resample_image

    image = np.zeros(size, np.uint8)
    image[40:80, 40:80] = 200
    rows, columns = (np.flatnonzero((resample_image(image) > 100).any(axis=axis)) for axis in (1, 0))
    assert len(rows) == len(columns)


def test_coloured_images_are_refused(tmp_path):
    held.pictures(tmp_path / "held", 1)
    file = next((tmp_path / "held").rglob("*_120.jpg"))
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (248, 496, 3), np.uint8)).save(file)
    with pytest.raises(DataError, match=r"_120\.jpg: expected a grey image, but got a coloured one"):
        prepared(tmp_path / "held", tmp_path / "out")


def test_pictures_without_ids_are_refused(tmp_path):
    held.pictures(tmp_path / "held", 1)
    for number, file in enumerate(sorted((tmp_path / "held").rglob("*.jpg"))):
        file.rename(file.with_name(f"mild_{number}.jpg"))
    with pytest.raises(DataError, match="holds 40 JPEGs; expected OASIS ids in their names"):
        prepared(tmp_path / "held", tmp_path / "out")


def test_one_way_is_found_from_many_people():
    mean = template_slices().mean(axis=0)
    assert [slice_turn(np.rot90(mean, k))[0] for k in range(4)] == [0, 3, 2, 1]
    assert slice_turn(np.zeros((256, 256)))[0] == 0 and slice_turn(np.ones((256, 256)))[0] == 0


# ---------------------------------------------------------------- several forms, damaged scans


def test_discs_and_their_conversions_side_by_side_are_taken_once(tmp_path, discs):
    held.links(discs, tmp_path / "held")
    held.disc(tmp_path / "held" / "nifti", 1, as_nifti=held.LAS)
    prepared(tmp_path / "held", tmp_path / "out")
    said = (tmp_path / "out" / "prepared.txt").read_text()
    assert "found: OASIS-1 discs, 2 scans of 2 people" in said and "1 of OASIS-1 volumes as NIfTI: the same" in said


def test_two_forms_with_other_people_need_a_name(tmp_path, discs):
    held.links(discs, tmp_path / "held")
    held.neurite(tmp_path / "held", 7, two=False)
    with pytest.raises(
        DataError, match="holds scans of 2 forms: 2 of OASIS-1 discs .--source oasis1.*--source neurite"
    ):
        prepared(tmp_path / "held", tmp_path / "out")
    assert prepared(tmp_path / "held", tmp_path / "out", source="neurite")["person"].unique().tolist() == ["OAS1_0007"]
    with pytest.raises(UserError, match="source: expected one of 'oasis1', .*but got 'neurit' .did you mean 'neurite'"):
        prepared(tmp_path / "held", tmp_path / "out2", source="neurit")


def test_a_damaged_scan_can_be_left_out_and_is_named(tmp_path, capsys):
    for person in (1, 2, 3, 4):
        held.neurite(tmp_path / "held", person, two=False)
    file = next((tmp_path / "held").rglob("OASIS_OAS1_0002_MR1/aligned_norm.nii.gz"))
    file.write_bytes(file.read_bytes()[:200_000])
    command = ["prepare", "--data", str(tmp_path / "held"), "--out", str(tmp_path / "out")]
    assert main(command) == 2
    assert "1 of 4 scans cannot be used: " in (error := capsys.readouterr().err) and "prepare --skip-damaged" in error
    assert not (tmp_path / "out").exists()
    assert main([*command, "--skip-damaged"]) == 0
    assert "left out: 1 damaged scan, named in subjects.csv: OAS1_0002_MR1" in capsys.readouterr().out
    rows = (tmp_path / "out" / "subjects.csv").read_text().splitlines()
    assert sum("OAS1_0002_MR1" in row and "cannot be read" in row for row in rows) == 1
    table = read_table(tmp_path / "out")
    assert table["person"].nunique() == 3 and table["split"].nunique() == 3


def test_nothing_sound_is_an_error_even_where_damage_is_skipped(tmp_path):
    held.neurite(tmp_path / "held", 1, two=False)
    next((tmp_path / "held").rglob("aligned_norm.nii.gz")).write_bytes(b"404 Not Found")
    with pytest.raises(DataError, match="1 of 1 scans cannot be used"):
        prepared(tmp_path / "held", tmp_path / "out", skip_damaged=True)
