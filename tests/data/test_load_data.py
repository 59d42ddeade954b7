"""`load_data`: whoever asks for slices may look at their table first, wherever the slices come from."""

import sys
import types
import warnings

from oasis_helpers.data import build_pyramid, find_slices, load_data, read_table
from oasis_helpers.errors import DataError

import numpy as np
import pytest
from PIL import Image

CASES = {"train": (1, 2), "validate": (402,), "test": (441,)}

pytestmark = pytest.mark.filterwarnings("ignore")  # one slice a person


class NotTheseError(Exception):
    """What a check may raise."""


@pytest.fixture
def slices(tmp_path, monkeypatch):
    """Four people with one slice each; what is made of them lies in a cache of its own."""
    monkeypatch.setenv("OASIS_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "keras_png_slices_data"
    for split, cases in CASES.items():
        (folder / f"keras_png_slices_{split}").mkdir(parents=True)
        for case in cases:
            image = np.random.default_rng(case).integers(0, 256, (256, 256), dtype=np.uint8)
            Image.fromarray(image).save(folder / f"keras_png_slices_{split}" / f"case_{case:03d}_slice_0.nii.png")
    return folder


def place(way, slices, monkeypatch):
    """What is given to `load_data` so that it takes these slices."""
    if way == "a finished store":
        build_pyramid(read_table(find_slices(slices)), slices.parent / "store", progress=False)
        return slices.parent / "store"
    if way == "the cohort":
        cohort = types.ModuleType("cohort")
        cohort.cohort_folder = lambda **_: slices
        monkeypatch.setitem(sys.modules, "oasis_helpers.data.cohort.cohort", cohort)
        return None
    return slices


WAYS = pytest.mark.parametrize("way", ["a folder", "the cohort", "a finished store"])


@WAYS
def test_the_check_is_given_the_table_of_what_is_loaded(slices, monkeypatch, way):
    seen = []
    data = load_data(place(way, slices, monkeypatch), progress=False, check=seen.append)
    (table,) = seen
    assert table["split"].tolist() == ["train", "train", "validate", "test"]
    assert table.equals(data.table)


@WAYS
def test_what_the_check_raises_ends_the_loading(slices, monkeypatch, way):
    def refuse(table):
        raise NotTheseError

    with pytest.raises(NotTheseError):
        load_data(place(way, slices, monkeypatch), progress=False, check=refuse)
    assert not (slices.parent / "cache" / "pyramids").exists()  # nothing was made of them


def test_the_check_comes_before_any_image_is_read(slices):
    next(slices.glob("*_train/*.png")).write_bytes(b"no image")

    def refuse(table):
        raise NotTheseError

    with pytest.raises(NotTheseError):
        load_data(slices, progress=False, check=refuse)
    with pytest.raises(DataError, match="case_00"):
        load_data(slices, progress=False)


@WAYS
def test_without_a_check_everything_is_taken(slices, monkeypatch, way):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert len(load_data(place(way, slices, monkeypatch), progress=False)) == 4
