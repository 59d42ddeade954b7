"""The pyramid store: exact box filter, a stream that depends on seed and position alone, and nothing half-written."""

import errno
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import oasis_helpers.data.store as store_module
from oasis_helpers.data import Pyramid, build_pyramid, load_data, open_pyramid, read_image, read_table
from oasis_helpers.data.store import RESOLUTIONS, box_levels
from oasis_helpers.errors import DataError, UserError
from oasis_helpers.images import to_float, to_uint8

import numpy as np
import pandas as pd
import pytest
from PIL import Image

SAMPLE = Path(__file__).parents[3] / "shared" / "oasis1"
needs_sample = pytest.mark.skipif(not SAMPLE.is_dir(), reason="the OASIS-1 sample is not here")

PER_CASE = 3
SPLIT_CASES = {"train": (1, 2, 3), "validate": (402,), "test": (441,)}


@pytest.fixture(scope="module")
def images():
    """Fifteen different random images, (15, 256, 256)."""
    return np.random.default_rng(0).integers(0, 256, (15, 256, 256), dtype=np.uint8)


def make_slices(folder, images):
    images = iter(images)
    for split, cases in SPLIT_CASES.items():
        (folder / f"keras_png_slices_{split}").mkdir(parents=True)
        for case in cases:
            for number in range(PER_CASE):
                name = f"keras_png_slices_{split}/case_{case:03d}_slice_{number}.nii.png"
                Image.fromarray(next(images)).save(folder / name)
    return folder


@pytest.fixture(scope="module")
def slices(tmp_path_factory, images):
    return make_slices(tmp_path_factory.mktemp("slices") / "keras_png_slices_data", images)


def quiet_table(folder, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # three slices in a case
        return read_table(folder, **options)


@pytest.fixture(scope="module")
def table(slices):
    return quiet_table(slices)


@pytest.fixture(scope="module")
def store(tmp_path_factory, table):
    folder = tmp_path_factory.mktemp("stores") / "store"
    build_pyramid(table, folder, progress=False)
    return folder


@pytest.fixture
def pyramid(store):
    return open_pyramid(store)


def copy_of(store, tmp_path):
    import shutil

    return Path(shutil.copytree(store, tmp_path / "copy"))


# ---------------------------------------------------------------- grey values


@pytest.mark.parametrize("value_range", [(-1.0, 1.0), (0, 1), (-1, 0), (0.0, 255.0)])
def test_greys_there_and_back_exactly(value_range):
    greys = np.arange(256, dtype=np.uint8)
    floats = to_float(greys, value_range)
    assert floats.dtype == np.float32 and floats[0] == value_range[0] and floats[-1] == value_range[1]
    np.testing.assert_array_equal(to_uint8(floats, value_range), greys)


def test_to_uint8_clips_and_refuses_nan():
    assert to_uint8(np.array([-9.0, 0.0, 9.0])).tolist() == [0, 128, 255]
    for bad in (np.nan, np.inf):
        with pytest.raises(UserError, match="images: expected finite"):
            to_uint8(np.array([0.0, bad]))


def test_grey_arguments():
    with pytest.raises(UserError, match="images: expected uint8, but got float64"):
        to_float(np.zeros(3))
    for bad in ((1, -1), (0, 0), (0, np.inf), 3, (0, 1, 2), ("a", "b")):
        with pytest.raises(UserError, match="value_range: expected"):
            to_float(np.zeros(3, np.uint8), bad)


# ---------------------------------------------------------------- the levels


def test_box_filter_is_the_rounded_mean_of_the_original(images):
    for resolution, level in zip(RESOLUTIONS, box_levels(images[0]), strict=True):
        side = 256 // resolution
        means = images[0].reshape(resolution, side, resolution, side).astype(np.float64).mean((1, 3))
        assert level.dtype == np.uint8
        np.testing.assert_array_equal(level, np.floor(means + 0.5))


def test_box_filter_rounds_half_up_and_only_once():
    image = np.zeros((256, 256), np.uint8)
    image[0, :2] = 1  # a mean of 2/4 at 128 px, of 2/16 at 64 px
    levels = dict(zip(RESOLUTIONS, box_levels(image), strict=True))
    assert levels[128][0, 0] == 1
    image[2, :2] = image[0, 2:4] = image[2, 2:4] = 1  # 1 in every pixel at 128 px, yet 8/16 at 64 px
    image[2, 3] = 0
    levels = dict(zip(RESOLUTIONS, box_levels(image), strict=True))
    assert levels[64][0, 0] == 0  # 7/16; rounding twice would give 1
    assert box_levels(np.full((256, 256), 255, np.uint8))[0].max() == 255


def test_store_holds_every_image_in_the_order_of_the_table(pyramid, table, images):
    assert pyramid.resolutions == RESOLUTIONS and len(pyramid) == 15
    pd.testing.assert_frame_equal(pyramid.table, table)
    np.testing.assert_array_equal(pyramid.level(256), images)
    for resolution in RESOLUTIONS:
        assert pyramid.level(resolution).shape == (15, resolution, resolution)
        assert pyramid.level(resolution).dtype == np.uint8
    np.testing.assert_array_equal(pyramid.level(32)[7], box_levels(images[7])[3])


@pytest.mark.parametrize("names", [("001", "002", "1e3", "4", "7"), ("A", "B", "NA", "nan", "")])
def test_people_are_called_as_the_table_calls_them(table, tmp_path, names):
    """001 is a name and not the number 1, and NA is somebody."""
    renamed = table.assign(person=table["case"].map(dict(zip(table["case"].unique(), names, strict=True))))
    build_pyramid(renamed, tmp_path / "store", progress=False)
    pd.testing.assert_frame_equal(open_pyramid(tmp_path / "store").table, renamed)


def test_more_images_than_one_chunk(table, tmp_path, images, monkeypatch):
    monkeypatch.setattr(store_module, "_CHUNK", 4)
    built = build_pyramid(table, tmp_path / "store", progress=False, workers=3)
    np.testing.assert_array_equal(built.level(256), images)


# ---------------------------------------------------------------- selections


def test_splits_are_views(pyramid, images):
    test = pyramid.split("test")
    assert len(test) == PER_CASE and test.people == ["case_441"] and pyramid.people[:2] == ["case_001", "case_002"]
    assert test.table.index.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(test.level(256), images[-3:])
    assert np.shares_memory(test.level(256), pyramid.level(256))
    assert set(test.batch(256, 3, 0, seed=0).std((1, 2)) > 0) == {True}
    assert "15 slices of 5 people: train 9, validate 3, test 3; 4 to 256 px" in repr(pyramid)


def test_select_within_a_split(pyramid, images):
    train = pyramid.split("train")
    chosen = train.select(train.table["slice"] == 1)
    np.testing.assert_array_equal(chosen.level(256), images[[1, 4, 7]])
    drawn = chosen.uint8_batch(256, 0, 3, seed=5)
    np.testing.assert_array_equal(drawn, images[[1, 4, 7]][chosen.indices(0, 3, seed=5)])


def test_select_within_slices_that_are_not_the_first(pyramid, images):
    held_out = pyramid.select(pyramid.table["split"] != "train")
    chosen = held_out.select(held_out.table["slice"] != 1)
    np.testing.assert_array_equal(chosen.level(256), images[[9, 11, 12, 14]])
    drawn = chosen.uint8_batch(256, 0, 4, seed=5)
    np.testing.assert_array_equal(drawn, images[[9, 11, 12, 14]][chosen.indices(0, 4, seed=5)])


def test_bad_selections(pyramid):
    with pytest.raises(UserError, match="name: expected one of the splits 'train', 'validate', 'test', but got 'val'"):
        pyramid.split("val")
    with pytest.raises(UserError, match="mask: expected 15 booleans"):
        pyramid.select([True, False])
    with pytest.raises(UserError, match="mask: expected 15 booleans"):
        pyramid.select(np.arange(15))
    with pytest.raises(UserError, match="at least one True"):
        pyramid.select(np.zeros(15, bool))
    with pytest.raises(UserError, match="resolution: expected one of 4, 8, 16, 32, 64, 128, 256, but got 100"):
        pyramid.level(100)


# ---------------------------------------------------------------- drawing


def test_every_epoch_holds_each_slice_once_in_another_order(pyramid):
    drawn = pyramid.indices(0, 45, seed=3).reshape(3, 15)
    assert (np.sort(drawn) == np.arange(15)).all()
    assert len({tuple(epoch) for epoch in drawn}) == 3
    assert not np.array_equal(drawn[0], pyramid.indices(0, 15, seed=4))


def test_the_stream_depends_on_position_not_on_the_way_there(pyramid, store):
    whole = pyramid.indices(0, 60, seed=1)
    for start, count in ((0, 4), (44, 16), (14, 2), (3, 40), (15, 15)):
        np.testing.assert_array_equal(open_pyramid(store).indices(start, count, seed=1), whole[start : start + count])
    images = pyramid.uint8_batch(16, 0, 60, seed=1, flip=True)
    np.testing.assert_array_equal(open_pyramid(store).uint8_batch(16, 37, 11, seed=1, flip=True), images[37:48])


def test_batch_is_a_pure_function_of_seed_and_number(pyramid, store):
    first = [pyramid.batch(8, 4, number, seed=2, flip=True) for number in range(9)]
    other = open_pyramid(store)
    for number in (8, 0, 5):
        np.testing.assert_array_equal(other.batch(8, 4, number, seed=2, flip=True), first[number])
    assert first[0].shape == (4, 8, 8) and first[0].dtype == np.float32
    as_uint8 = pyramid.uint8_batch(8, 20, 4, seed=2, flip=True)
    np.testing.assert_array_equal(to_uint8(first[5]), as_uint8)
    np.testing.assert_array_equal(pyramid.batch(8, 4, 5, 2, flip=True, value_range=(0, 1)), to_float(as_uint8, (0, 1)))


def test_flip_mirrors_left_and_right_of_the_head(pyramid):
    plain = pyramid.uint8_batch(256, 0, 60, seed=1)
    flipped = pyramid.uint8_batch(256, 0, 60, seed=1, flip=True)
    mirrored = np.array([not np.array_equal(a, b) for a, b in zip(plain, flipped, strict=True)])
    assert 15 < mirrored.sum() < 45
    np.testing.assert_array_equal(flipped[mirrored], plain[mirrored][:, ::-1])  # rows run from left to right


def test_drawing_leaves_the_store_alone(pyramid, images):
    pyramid.uint8_batch(256, 0, 15, seed=0)[:] = 7
    np.testing.assert_array_equal(pyramid.level(256), images)


def test_batches_walk_through_everything(pyramid):
    sizes = [len(batch) for batch in pyramid.batches(8, 4, epochs=2)]
    assert sizes == [4, 4, 4, 3] * 2
    assert [len(b) for b in pyramid.batches(8, 4, drop_last=True)] == [4, 4, 4]
    assert [len(b) for b in pyramid.batches(8, 5, drop_last=True)] == [5, 5, 5]
    walked = np.concatenate(list(pyramid.batches(8, 4, seed=6, flip=True, epochs=2)))
    np.testing.assert_array_equal(walked, pyramid.batch(8, 30, 0, seed=6, flip=True))


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"batch_size": 0}, "batch_size: expected a whole number of at least 1, but got 0"),
        ({"batch_size": 2.0}, "batch_size"),
        ({"batch_size": True}, "batch_size"),
        ({"number": -1}, "number: expected a whole number of at least 0, but got -1"),
        ({"seed": -1}, "seed"),
        ({"seed": "x"}, "seed"),
        ({"resolution": 512}, "resolution: expected one of 4, 8"),
        ({"value_range": (1, 0)}, "value_range"),
    ],
)
def test_bad_arguments_of_batch(pyramid, options, match):
    with pytest.raises(UserError, match=match):
        pyramid.batch(**{"resolution": 8, "batch_size": 2, "number": 0, "seed": 0, **options})


@pytest.mark.parametrize(("name", "value"), [("batch_size", 0), ("epochs", 0), ("resolution", 5), ("seed", -3)])
def test_bad_arguments_of_batches_show_at_once(pyramid, name, value):
    with pytest.raises(UserError, match=name):
        pyramid.batches(**{"resolution": 8, "batch_size": 2, name: value})


def test_numpy_integers_are_whole_numbers(pyramid):
    np.testing.assert_array_equal(pyramid.batch(8, np.int64(2), np.int32(1), np.int64(0)), pyramid.batch(8, 2, 1, 0))


# ---------------------------------------------------------------- building


def test_all_bad_images_are_told_together(tmp_path, images):
    folder = make_slices(tmp_path / "keras_png_slices_data", images)
    train = folder / "keras_png_slices_train"
    Image.fromarray(images[0]).convert("RGB").save(train / "case_001_slice_0.nii.png")
    (train / "case_002_slice_1.nii.png").write_bytes((train / "case_002_slice_2.nii.png").read_bytes()[:999])
    (folder / "keras_png_slices_test" / "case_441_slice_2.nii.png").write_bytes(b"")
    with pytest.raises(DataError, match="3 of 15 images") as caught:
        build_pyramid(quiet_table(folder), tmp_path / "store", progress=False)
    for name in ("case_001_slice_0", "mode 'RGB'", "case_002_slice_1", "case_441_slice_2"):
        assert name in str(caught.value)
    assert "\n" not in str(caught.value)
    assert sorted(os.listdir(tmp_path)) == ["keras_png_slices_data"]


def test_many_bad_images_are_counted(table, tmp_path, monkeypatch):
    monkeypatch.setattr(store_module, "read_image", lambda path: (_ for _ in ()).throw(DataError(f"{path}: bad")))
    with pytest.raises(DataError, match=r"15 of 15 images.*And 10 more$"):
        build_pyramid(table, tmp_path / "store", progress=False)


class _FailingFile:
    """A file of a disk that is full, or during whose writing Ctrl-C is pressed."""

    def __init__(self, file, error):
        self.file, self.error = file, error

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def write(self, content):
        if memoryview(content).nbytes == 256 * 256:
            raise self.error
        return self.file.write(content)


@pytest.mark.parametrize("older", [True, False])
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), DataError),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), DataError),
        (OSError(errno.EIO, "Input/output error"), DataError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_full_disk_and_interrupt_leave_the_older_store(table, store, tmp_path, monkeypatch, error, expected, older):
    target = copy_of(store, tmp_path) if older else tmp_path / "copy"
    monkeypatch.setattr(store_module, "open", lambda path, mode: _FailingFile(open(path, mode), error), raising=False)
    with pytest.raises(expected) as caught:
        build_pyramid(table[:6], target, progress=False)
    if expected is DataError:
        full = error.errno != errno.EIO
        assert ("disk is full" in str(caught.value)) == full and str(target) in str(caught.value)
    monkeypatch.undo()
    assert os.listdir(tmp_path) == (["copy"] if older else [])
    if older:
        assert len(open_pyramid(target)) == 15


def test_an_interrupt_between_the_two_renames(table, store, tmp_path, monkeypatch):
    target, rename = copy_of(store, tmp_path), os.rename

    def interrupted(source, to):
        if str(source).endswith(".part"):
            raise KeyboardInterrupt
        rename(source, to)

    monkeypatch.setattr(os, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build_pyramid(table[:6], target, progress=False)
    assert os.listdir(tmp_path) == ["copy"] and len(open_pyramid(target)) == 15


def test_another_process_gets_in_between_the_two_renames(table, store, tmp_path, monkeypatch):
    target, rename, times = copy_of(store, tmp_path), os.rename, []

    def slow(source, to):
        if str(source).endswith(".part") and not times:
            times.append(1)
            target.mkdir()
            (target / "meta.json").write_text("the other's")
        rename(source, to)

    monkeypatch.setattr(os, "rename", slow)
    assert len(build_pyramid(table[:6], target, progress=False)) == 6
    assert os.listdir(tmp_path) == ["copy"] and times


def test_a_better_store_replaces_the_older_one(table, store, tmp_path):
    target = copy_of(store, tmp_path)
    assert len(build_pyramid(table[:6], target, progress=False)) == 6
    assert os.listdir(tmp_path) == ["copy"] and len(open_pyramid(target)) == 6


def test_a_folder_that_is_no_store_is_left_alone(table, tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(UserError, match="exists and is no store"):
        build_pyramid(table, tmp_path, progress=False)
    assert (tmp_path / "thesis.txt").read_text() == "precious"


def test_bad_arguments_of_build(table, tmp_path):
    with pytest.raises(UserError, match="workers"):
        build_pyramid(table, tmp_path / "store", workers=0)
    with pytest.raises(UserError, match="table: .*0 rows"):
        build_pyramid(table[:0], tmp_path / "store")
    with pytest.raises(UserError, match=r"without \['person'\]"):
        build_pyramid(table.drop(columns="person"), tmp_path / "store")


# ---------------------------------------------------------------- opening


def damage_meta(store, **changes):
    meta = json.loads((store / "meta.json").read_text())
    (store / "meta.json").write_text(json.dumps({**meta, **changes}))


DAMAGES = {
    "no meta": (lambda s: (s / "meta.json").unlink(), "is not a store"),
    "meta cut short": (lambda s: (s / "meta.json").write_text('{"version": 1,'), "damaged"),
    "meta without keys": (lambda s: (s / "meta.json").write_text('{"version": 1}'), "damaged"),
    "meta is a list": (lambda s: (s / "meta.json").write_text("[]"), "damaged"),
    "other version": (lambda s: damage_meta(s, version=99), "version 99, expected 1"),
    "other count": (lambda s: damage_meta(s, count=14), "table.csv has 15 rows"),
    "level missing": (lambda s: (s / "level_032.npy").unlink(), "level_032.npy"),
    "level cut short": (lambda s: os.truncate(s / "level_256.npy", 70_000), "damaged"),
    "level empty": (lambda s: os.truncate(s / "level_004.npy", 0), "damaged"),
    "level of another shape": (lambda s: np.save(s / "level_008.npy", np.zeros((15, 4, 4, 1), np.uint8)), "level_008"),
    "level of another type": (lambda s: np.save(s / "level_008.npy", np.zeros((15, 8, 8, 1))), "level_008.*float64"),
    "table missing": (lambda s: (s / "table.csv").unlink(), "table.csv"),
    "table cut short": (lambda s: os.truncate(s / "table.csv", 300), "damaged"),
}


@pytest.mark.parametrize("kind", DAMAGES)
def test_damaged_stores_say_how_to_build_them_again(store, tmp_path, kind):
    damage, match = DAMAGES[kind]
    target = copy_of(store, tmp_path)
    damage(target)
    with pytest.raises(DataError, match=rf"{match}.*rebuild=True"):
        open_pyramid(target)


# ---------------------------------------------------------------- load_data


@pytest.fixture
def load(monkeypatch, tmp_path):
    monkeypatch.setenv("OASIS_CACHE", str(tmp_path / "cache"))

    def quietly(*args, **options):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return load_data(*args, progress=False, **options)

    return quietly


def builds(monkeypatch):
    """Count the stores that load_data builds."""
    import oasis_helpers.data as data

    calls, build = [], data.build_pyramid
    monkeypatch.setattr(data, "build_pyramid", lambda *a, **k: calls.append(1) or build(*a, **k))
    return calls


def test_a_store_is_made_once_and_used_again(load, slices, monkeypatch, capsys):
    calls = builds(monkeypatch)
    first, second = load(slices), load(slices.parent)
    assert len(calls) == 1 and len(first) == len(second) == 15 and second.source == "keras_png_slices_data"
    assert load(slices, rebuild=True) is not None and len(calls) == 2
    merged = load(slices, merge_splits=True)
    assert len(calls) == 3 and len(merged.split("train")) == 15 and len(load(slices).split("train")) == 9
    assert len(calls) == 3 and capsys.readouterr().out == ""


@pytest.mark.parametrize("change", ["image", "removed", "time", "masks", "subjects"])
def test_changed_files_are_noticed(load, tmp_path, images, monkeypatch, capsys, change):
    folder, calls = make_slices(tmp_path / "mine", images), builds(monkeypatch)
    load(folder)
    file = folder / "keras_png_slices_train" / "case_001_slice_0.nii.png"
    if change == "image":
        Image.fromarray(images[0] // 2).save(file)
    elif change == "removed":
        file.unlink()
    elif change == "time":
        os.utime(file, (0, 0))
    elif change == "masks":
        mask = folder / "keras_png_slices_seg_train" / "seg_001_slice_0.nii.png"
        mask.parent.mkdir()
        Image.fromarray(85 * (images[0] % 4)).save(mask)
    else:
        (folder / "subjects.csv").write_text(
            "case,person,age\n" + "".join(f"{c},P{c},30\n" for c in (1, 2, 3, 402, 441))
        )
    again = load(folder)
    assert len(calls) == 2 and "The files of mine have changed" in capsys.readouterr().out
    assert len(again) == (14 if change == "removed" else 15)
    assert change != "image" or again.level(256)[0].max() < 128
    assert (again.table["label"] != "").sum() == (1 if change == "masks" else 0)
    assert change != "subjects" or again.people[0] == "P1"


def test_a_damaged_store_is_made_again(load, slices, tmp_path, monkeypatch, capsys):
    calls = builds(monkeypatch)
    load(slices)
    (damaged,) = (tmp_path / "cache" / "pyramids").iterdir()
    os.truncate(damaged / "level_256.npy", 1000)
    assert len(load(slices).batch(256, 15, 0, 0)) == 15
    assert len(calls) == 2 and "damaged" in capsys.readouterr().out


def test_load_data_takes_a_finished_store(load, store):
    assert len(load(store)) == 15 and load(str(store)).source == "store"
    with pytest.raises(UserError, match="is a finished store"):
        load(store, merge_splits=True)


def test_load_data_without_a_path_is_the_cohort(load, slices, monkeypatch):
    import types

    asked = []
    cohort = types.ModuleType("cohort")
    cohort.cohort_folder = lambda people=120, seed=0, progress=True: asked.append((people, seed, progress)) or slices
    monkeypatch.setitem(sys.modules, "oasis_helpers.data.cohort.cohort", cohort)
    assert load(people=5, seed=7).source == "synthetic cohort, 5 people, seed 7"
    assert asked == [(5, 7, False)]


def test_two_processes_at_once(slices, tmp_path):
    code = (
        "import sys, warnings; warnings.simplefilter('ignore')\n"
        "from oasis_helpers.data import load_data\n"
        "for _ in range(2): print(int(load_data(sys.argv[1], progress=False, rebuild=True).level(256).sum()))"
    )
    environment = {**os.environ, "OASIS_CACHE": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", code, str(slices)]
    both = [subprocess.Popen(command, env=environment, stdout=-1, stderr=-1, text=True) for _ in range(2)]
    outputs = [process.communicate(timeout=100) for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    assert len({line for out, _ in outputs for line in out.split()}) == 1
    assert len(os.listdir(tmp_path / "pyramids")) == 1


def test_the_data_floor_does_not_import_tensorflow():
    code = (
        "import sys, oasis_helpers.data; print({'tensorflow', 'keras', 'jax', 'pandas', 'nibabel'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr


# ---------------------------------------------------------------- the real sample


@needs_sample
def test_the_real_sample(load):
    pyramid = load(SAMPLE)
    assert len(pyramid) == 896 and len(pyramid.people) == 24 and len(pyramid.split("test")) == 96
    for index in (0, 500, 895):
        np.testing.assert_array_equal(pyramid.level(256)[index], read_image(pyramid.table["image"][index]))
    brain = pyramid.level(4).astype(float).mean(0)
    np.testing.assert_allclose(brain, brain[::-1], atol=4)  # the head is alike on its two sides: axis 0 is left-right
    assert np.abs(brain - brain[:, ::-1]).max() > 4


# ---------------------------------------------------------------- the checksum


def small(seed=0, **columns):
    """Six slices of 8 px, of three people."""
    images = np.random.default_rng(seed).integers(0, 256, (6, 8, 8), dtype=np.uint8)
    facts = {"person": list("aabbcc"), "case": [1, 1, 2, 2, 3, 3], "slice": [0, 1] * 3, "split": "train", "age": 20.0}
    levels = {8: images, 4: images.reshape(6, 4, 2, 4, 2).mean(axis=(2, 4)).astype(np.uint8)}
    return Pyramid(levels, pd.DataFrame({**facts, **columns}), "some slices")


def test_a_checksum_knows_slices_again_by_their_people_and_by_their_pixels():
    same = small()
    assert same.digest() == small().digest() == small(age=70.0).digest()  # ages may be corrected
    others = [small(seed=1), small(person=list("aabbbb")), small(case=[1, 1, 2, 2, 4, 4]), small(slice=[1, 0] * 3)]
    others += [same.select(np.arange(6) < 4), same.select(np.arange(6) >= 2)]
    assert len({pyramid.digest() for pyramid in (same, *others)}) == 7
    assert same.select(np.arange(6) < 4).digest() == small().select(np.arange(6) < 4).digest()
