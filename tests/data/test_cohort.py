"""The embedded cohort: layout, labels, bit-identity, no folds, ageing, and how it compares with real slices."""

import csv
import errno
import multiprocessing
from pathlib import Path

from oasis_helpers.data.cohort import cohort
from oasis_helpers.data.cohort import person as making
from oasis_helpers.data.cohort.anatomy import (
    jacobian_min,
    load_anatomy,
    smooth_field,
    spline_basis,
    ventricle_flow,
)
from oasis_helpers.errors import DataError, UserError

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

REAL = Path(__file__).parents[3] / "shared" / "oasis1" / "keras_png_slices_data"
FLUID, GREY, WHITE = 85, 170, 255


@pytest.fixture(scope="module")
def person():
    return making.virtual_person(1, seed=0, age=25)


@pytest.fixture(scope="module")
def four(tmp_path_factory):
    return cohort.make_cohort(tmp_path_factory.mktemp("four") / "cohort", people=4, workers=2, progress=False)


def read_all(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*/*.png"))}


def fake_person(case, seed=0, age=None):
    """A person who costs nothing, for tests of the files alone."""
    empty = np.zeros((making.SLICES, making.SLICE_SIZE, making.SLICE_SIZE), np.uint8)
    empty[:, 0, 0] = (case + seed) % 256
    return making.Person(case, f"SYN_{case:04d}", "F", 20, empty, empty, 1.0)


# ---- one person -----------------------------------------------------------------------------------------------------


def test_person_has_the_documented_arrays(person):
    for stack in (person.images, person.labels):
        assert stack.shape == (32, 256, 256) and stack.dtype == np.uint8
    assert set(np.unique(person.labels)) == {0, FLUID, GREY, WHITE}
    assert (person.case, person.person, person.age) == (1, "SYN_0001", 25)
    assert person.sex in ("F", "M")


def test_background_is_exactly_zero_and_the_brain_never_is(person):
    assert np.array_equal(person.images > 0, person.labels > 0)


def test_brain_lies_clear_of_the_frame_it_is_computed_in(person):
    brain = (person.labels > 0).any(axis=0)
    rows, columns = np.flatnonzero(brain.any(axis=1)), np.flatnonzero(brain.any(axis=0))
    assert making.HEAD_ROWS.start < rows[0] and rows[-1] < making.HEAD_ROWS.stop - 1
    assert making.HEAD_COLUMNS.start < columns[0] and columns[-1] < making.HEAD_COLUMNS.stop - 1


def test_forehead_points_right(person):
    """The lowest slices cut the cerebellum, which lies behind: its dark cisterns are left of the middle."""
    fluid = (person.labels[0] == FLUID)[110:146]  # the rows near the midline
    assert fluid[:, 60:120].sum() > 2 * fluid[:, 130:190].sum()


def test_same_bits_again_and_another_person_for_another_seed_or_case(person):
    again = making.virtual_person(1, seed=0, age=25)
    assert np.array_equal(again.images, person.images) and np.array_equal(again.labels, person.labels)
    for other in (making.virtual_person(2, seed=0, age=25), making.virtual_person(1, seed=1, age=25)):
        assert (other.labels != person.labels).mean() > 0.05


def test_warp_folds_nowhere_even_in_the_oldest(person):
    assert person.jacobian_min >= making.LEAST_JACOBIAN > 0
    assert making.virtual_person(402, age=96).jacobian_min >= making.LEAST_JACOBIAN


def test_a_warp_that_is_too_strong_is_weakened(monkeypatch):
    monkeypatch.setattr(making, "WARPS", ((20, 9.0),))
    assert making.virtual_person(1, age=25).jacobian_min >= making.LEAST_JACOBIAN


def test_age_widens_ventricles_and_sulci_step_by_step(person):
    fluid, ventricles = [], []
    for someone in (person, making.virtual_person(1, age=60), making.virtual_person(1, age=90)):
        brain = (someone.labels > 0).sum()
        fluid.append((someone.labels == FLUID).sum() / brain)
        ventricles.append((someone.labels[14:24, 100:156, 90:180] == FLUID).sum() / brain)
    assert fluid[0] < fluid[1] < fluid[2]
    assert ventricles[0] < ventricles[1] < ventricles[2] and ventricles[2] > 1.5 * ventricles[0]


def test_the_fluid_is_darker_than_grey_and_grey_darker_than_white(person):
    means = [person.images[person.labels == value].mean() for value in (FLUID, GREY, WHITE)]
    assert means[0] + 40 < means[1] and means[1] + 40 < means[2]


def test_contrast_fades_with_age():
    """Of equal blocks of fluid, grey and white matter, in grey values lost from 20 years to 90."""
    axes = tuple(np.arange(side, dtype=float) for side in (24, 24, 32))
    score = np.repeat(np.float32([0, 1, 2]), 8)[:, None, None] * np.ones((1, 24, 32), np.float32)
    young, old = (making._scan(np.random.default_rng(3), axes, score, ageing) for ageing in (0.0, 1.0))
    lost = (young - old).reshape(3, -1).mean(axis=1)
    assert lost == pytest.approx([0, 4, 6], abs=0.5)


def test_age_only_ever_takes_tissue_away():
    """Sulci widen and white blades thin, wherever a point lies."""
    raw, fold, depth = (a.ravel() for a in np.meshgrid(np.linspace(0, 2, 9), np.linspace(0, 8, 33), [0.5, 2, 4, 9]))
    young, middle, old = (making._carve(raw, fold, depth, np.ones_like(raw), ageing) for ageing in (0.0, 0.5, 1.0))
    assert (old <= middle).all() and (middle <= young).all()
    deep = (depth > 8) & (raw > 0.5) & (raw < 1.5)  # no limit by the outline
    for part in (deep & (fold > 0.3) & (fold < 2), deep & (fold > 5)):  # in a sulcus, and in a blade
        assert (young - old)[part].mean() > 0.05


def test_neighbouring_slices_resemble_each_other(person):
    image = person.images.astype(np.float32)
    near = np.square(image[1:] - image[:-1]).mean()
    assert 0 < near < 0.35 * np.square(image[16:] - image[:16]).mean()


def test_drawn_ages_span_the_range_of_oasis():
    ages = [making._draw_age(np.random.default_rng(seed)) for seed in range(500)]
    assert min(ages) == 18 and 90 < max(ages) <= 96
    assert 0.3 < np.mean(np.array(ages) < 32) < 0.6


@pytest.mark.parametrize("score", [0.5, 1.0, 2.0])
def test_the_grain_of_a_scan_is_smooth_and_of_three_to_four_grey_values_in_every_tissue(score):
    axes = (np.arange(-40, 40, 1.1), np.arange(-50, 50, 1.1), np.arange(0, 30, 1.4))
    even = np.full([len(axis) for axis in axes], score, np.float32)
    grey = making._scan(np.random.default_rng(0), axes, even, 0.0)
    grain = grey - gaussian_filter(grey, 6)  # less the bias field
    assert 3 < grain.std() < 4
    assert 0.5 < np.corrcoef(grain[1:].ravel(), grain[:-1].ravel())[0, 1] < 0.95  # neighbours resemble each other
    assert abs(np.corrcoef(grain[8:].ravel(), grain[:-8].ravel())[0, 1]) < 0.1


def test_a_scan_of_one_tissue_is_slowly_brighter_and_darker_by_three_per_cent_over_the_head():
    """A bias field of 0.03 rms around 1; less some of it within one head, of which the mean counts as its contrast."""
    axes = (np.arange(-70, 70, 4.0), np.arange(-90, 90, 4.0), np.arange(-10, 40, 4.0))
    white = np.full([len(axis) for axis in axes], 2, np.float32)
    slow = [gaussian_filter(making._scan(np.random.default_rng(seed), axes, white, 0.0), 3) for seed in range(8)]
    spread = np.sqrt(np.mean([np.var(field / field.mean()) for field in slow]))
    assert 0.015 < spread < 0.03


# ---- the warps ------------------------------------------------------------------------------------------------------


def test_splines_sum_to_one():
    basis = spline_basis(np.linspace(-50, 50, 33), spacing=9.0, start=-70.0, count=17)
    np.testing.assert_allclose(basis.sum(axis=1), 1, atol=1e-5)


def test_smooth_field_has_the_asked_strength():
    axes = (np.arange(-70, 70, 4.0), np.arange(-90, 90, 4.0), np.arange(0, 40, 4.0))
    fields = [smooth_field(np.random.default_rng(seed), axes, 15, 2.0) for seed in range(6)]
    assert 1.8 < np.sqrt(np.mean(np.square(fields))) < 2.2


def test_jacobian_of_a_known_map():
    x, y, z = np.meshgrid(np.arange(5.0), np.arange(6.0), np.arange(4.0), indexing="ij")
    assert jacobian_min(np.stack([2 * x, y, 3 * z]), (1, 1, 1)) == pytest.approx(6)
    assert jacobian_min(np.stack([x, y, z]), (2, 1, 0.5)) == pytest.approx(1)
    assert jacobian_min(np.stack([x, -y, z]), (1, 1, 1)) == pytest.approx(-1)
    matrix = np.random.default_rng(0).normal(size=(3, 3))
    mixed = np.einsum("ij,jabc->iabc", matrix, np.stack([x, y, z]))
    assert jacobian_min(mixed, (1, 1, 1)) == pytest.approx(np.linalg.det(matrix))


def test_ventricle_flow_is_invertible_on_its_own():
    for growth in (-4, 8):
        flow = ventricle_flow(load_anatomy(), growth)
        steps = np.indices(flow.shape[1:]) * 4.0
        assert jacobian_min(steps + flow, (4, 4, 4)) > 0


# ---- the folder -----------------------------------------------------------------------------------------------------


def test_folder_has_the_oasis_layout(four):
    assert four.name == "keras_png_slices_data"
    assert sorted(path.name for path in four.parent.iterdir()) == ["README.txt", four.name, "subjects.csv"]
    expected = set()
    for split, cases in (("train", ("001", "002")), ("validate", ("402",)), ("test", ("441",))):
        for case in cases:
            for k in range(32):
                expected.add(f"keras_png_slices_{split}/case_{case}_slice_{k}.nii.png")
                expected.add(f"keras_png_slices_seg_{split}/seg_{case}_slice_{k}.nii.png")
    assert {path.relative_to(four).as_posix() for path in four.rglob("*.png")} == expected


def test_images_are_the_persons_arrays(four):
    someone = making.virtual_person(402)
    for kind, prefix, stack in (("", "case", someone.images), ("seg_", "seg", someone.labels)):
        with Image.open(four / f"keras_png_slices_{kind}validate" / f"{prefix}_402_slice_7.nii.png") as image:
            assert image.mode == "L" and image.size == (256, 256)
            assert np.array_equal(np.asarray(image), stack[7])


def test_subjects_table_and_readme_say_synthetic(four):
    with open(four.parent / "subjects.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["split", "case", "person", "sex", "age"]
    assert [(row["split"], row["case"], row["person"]) for row in rows] == [
        ("train", "001", "SYN_0001"),
        ("train", "002", "SYN_0002"),
        ("validate", "402", "SYN_0402"),
        ("test", "441", "SYN_0441"),
    ]
    assert all(row["sex"] in "FM" and 18 <= int(row["age"]) <= 96 for row in rows)
    assert "SYNTHETIC" in (four.parent / "README.txt").read_text()


@pytest.mark.slow
def test_smaller_cohort_is_a_part_and_workers_change_nothing(four, tmp_path):
    three = read_all(cohort.make_cohort(tmp_path / "three", people=3, workers=1, progress=False))
    all_four = read_all(four)
    assert len(three) == 3 * 64 and all(all_four[name] == three[name] for name in three)


@pytest.mark.parametrize(
    ("people", "counts"), [(3, (1, 1, 1)), (120, (102, 12, 6)), (cohort.MAX_PEOPLE, (290, 35, 17))]
)
def test_splits_by_person_within_the_bands(people, counts):
    cases = list(cohort.cohort_cases(people))
    bands = {"train": range(1, 402), "validate": range(402, 441), "test": range(441, 458)}
    assert tuple(sum(split == name for split, _ in cases) for name in bands) == counts
    assert len({case for _, case in cases}) == people
    assert all(case in bands[split] for split, case in cases)


def test_each_cohort_extends_the_smaller_one():
    largest = list(cohort.cohort_cases(cohort.MAX_PEOPLE))
    assert all(list(cohort.cohort_cases(n)) == largest[:n] for n in range(3, cohort.MAX_PEOPLE))


def test_an_interrupt_leaves_nothing(tmp_path, monkeypatch):
    def stop(case, seed):
        if case == 402:
            raise KeyboardInterrupt
        return fake_person(case, seed)

    monkeypatch.setattr(cohort, "virtual_person", stop)
    with pytest.raises(KeyboardInterrupt):
        cohort.make_cohort(tmp_path / "made", people=30, workers=2, progress=False)
    assert list(tmp_path.iterdir()) == []


def test_an_occupied_folder_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(DataError, match="out_dir: expected a new or empty folder"):
        cohort.make_cohort(tmp_path, people=3)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_cached_cohort_is_made_once(tmp_path, monkeypatch):
    monkeypatch.setenv("OASIS_CACHE", str(tmp_path))
    monkeypatch.setattr(cohort, "virtual_person", fake_person)
    first = cohort.cohort_folder(people=3, progress=False)
    stamp = (first.parent / "subjects.csv").stat().st_mtime_ns
    assert cohort.cohort_folder(people=3, progress=False) == first
    assert (first.parent / "subjects.csv").stat().st_mtime_ns == stamp
    assert cohort.cohort_folder(people=3, seed=1, progress=False) != first
    assert first.parent.parent == tmp_path and not list(tmp_path.glob(".*"))


def test_losing_the_race_for_the_cache_is_no_error(tmp_path, monkeypatch):
    """Another process finishes the same cohort while this one still writes."""
    monkeypatch.setenv("OASIS_CACHE", str(tmp_path))
    monkeypatch.setattr(cohort, "virtual_person", fake_person)
    write = cohort._write_cohort

    def slow_write(folder, *rest):
        write(folder, *rest)
        write(tmp_path / f"cohort_3_people_seed_0_v{cohort.COHORT_VERSION}", *rest)

    monkeypatch.setattr(cohort, "_write_cohort", slow_write)
    assert len(read_all(cohort.cohort_folder(people=3, progress=False))) == 3 * 64
    assert len(list(tmp_path.iterdir())) == 1


def test_a_full_disk_is_told(tmp_path, monkeypatch):
    def fail(*arguments):
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setenv("OASIS_CACHE", str(tmp_path))
    monkeypatch.setattr(cohort, "_write_cohort", fail)
    with pytest.raises(DataError, match="the disk is full, nothing was kept; free some space, or set OASIS_CACHE"):
        cohort.cohort_folder(people=3, progress=False)
    with pytest.raises(DataError, match="made: the disk is full"):
        cohort.make_cohort(tmp_path / "made", people=3, progress=False)
    assert list(tmp_path.iterdir()) == []


def test_a_cohort_of_which_files_were_removed_is_made_again(tmp_path, monkeypatch):
    """Clusters clean up files that were not read for weeks, and leave their folders."""
    monkeypatch.setenv("OASIS_CACHE", str(tmp_path))
    monkeypatch.setattr(cohort, "virtual_person", fake_person)
    slices = cohort.cohort_folder(people=3, progress=False)
    (slices / "keras_png_slices_validate" / "case_402_slice_7.nii.png").unlink()
    assert cohort.cohort_folder(people=3, progress=False) == slices
    assert len(read_all(slices)) == 3 * 64 and len(list(tmp_path.iterdir())) == 1


@pytest.mark.slow
def test_works_in_a_spawned_process(four):
    """Notebooks and data loaders start processes afresh; the bits are the same there."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        there = pool.apply(making.virtual_person, (441,))
    with Image.open(four / "keras_png_slices_test" / "case_441_slice_9.nii.png") as image:
        assert np.array_equal(there.images[9], np.asarray(image))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"people": 2}, "people: expected a whole number from 3 to 342, but got 2"),
        ({"people": 343}, "people: expected"),
        ({"people": 12.0}, "people: expected"),
        ({"people": True}, "people: expected"),
        ({"seed": -1}, "seed: expected a whole number of at least 0, but got -1"),
        ({"seed": True}, "seed: expected"),
        ({"workers": 0}, "workers: expected"),
    ],
)
def test_wrong_arguments_are_named(tmp_path, arguments, message):
    with pytest.raises(UserError, match=message):
        cohort.make_cohort(tmp_path / "never", **arguments)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [(0,), (458,), (1, -1), (1, 0, 17), (1, 0, 97), ("1",)])
def test_wrong_person_is_refused(arguments):
    with pytest.raises(UserError, match="expected a whole number"):
        making.virtual_person(*arguments)


# ---- beside real slices ---------------------------------------------------------------------------------------------


@pytest.mark.skipif(not REAL.is_dir(), reason="the real OASIS-1 sample is not here")
def test_the_cohort_looks_like_the_real_sample():
    """Brain area, tissue shares and mean greys at one level lie near those of 21 real scans."""
    real, fake = [], []
    for path in sorted((REAL / "keras_png_slices_train").glob("case_*_slice_16.nii.png")):
        label = REAL / "keras_png_slices_seg_train" / path.name.replace("case", "seg")
        real.append(describe(np.asarray(Image.open(path)), np.asarray(Image.open(label))))
    for case, age in enumerate((20, 25, 22, 54), start=1):
        someone = making.virtual_person(case, age=age)
        fake.append(describe(someone.images[16], someone.labels[16]))
    difference = np.abs(np.mean(fake, axis=0) - np.mean(real, axis=0))
    assert difference[0] < 1500  # pixels of brain, of about 17,000
    assert (difference[1:4] < 0.07).all()  # shares of fluid, grey and white matter
    assert (difference[4:] < 15).all()  # mean greys


def describe(image, label):
    area = (label > 0).sum()
    shares = [(label == value).sum() / area for value in (FLUID, GREY, WHITE)]
    return [area, *shares, *(image[label == value].mean() for value in (FLUID, GREY, WHITE))]
