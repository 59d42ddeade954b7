"""Every form that people hold, through the three commands: prepare, train, evaluate. Brains come out upright."""

import functools
import json

from oasis_helpers.__main__ import main
from oasis_helpers.data import load_data, read_image, read_table
from oasis_helpers.data.orientation import template_slices

import numpy as np
import pytest
from helpers import held

pytestmark = pytest.mark.slow

PEOPLE = 6  # four train, one validates, one tests
SETTINGS = {"resolution": 64, "start_resolution": 64, "batch_size": 4, "total_kimg": 0.008}  # two steps of one level
TINY = ["--preset", "smoke", *(word for name, value in SETTINGS.items() for word in ("--set", f"{name}={value}"))]


def png_folder(top, person):
    """Slices as PNG in one folder, 176 x 208."""
    held.pictures(top / "JPEG", person, size=(160, 256))
    from PIL import Image

    for file in (top / "JPEG").rglob("*.jpg"):
        Image.open(file).convert("L").save(top / file.with_suffix(".png").name)
        file.unlink()


FORMS = {
    "discs": held.disc,
    "discs as NIfTI, in their tree": functools.partial(held.disc, as_nifti=held.LAS),
    "discs as NIfTI, flat": functools.partial(held.disc, as_nifti=held.LAS, flat=True),
    "neurite 3-D": functools.partial(held.neurite, two=False),
    "neurite 2-D": functools.partial(held.neurite, three=False),
    "OASIS-3 in BIDS": held.bids,
    "JPEG": held.pictures,
    "PNG": png_folder,
}
PREPARED_ALONE = ("discs", "discs as NIfTI, flat", "PNG")  # their slices are those of another form
IN_CI = ("OASIS-3 in BIDS",)
SLICES = {"neurite 2-D": 1}
WITH_SKULL = ("OASIS-3 in BIDS",)


@pytest.fixture
def people_at_little_cost(monkeypatch):
    """Everybody is the first person, moved a few voxels: to stretch the template for each takes seconds."""
    first = held.brain

    def moved(person, *rest):
        return np.roll(first(1, *rest), (person % 5 - 2, person % 3 - 1), (0, 1))

    monkeypatch.setattr(held, "brain", moved)


def cases():
    """Every form; CI takes one through all three commands, `make test-all` all of them."""
    for form in FORMS:
        often = form in PREPARED_ALONE or form in IN_CI
        yield pytest.param(form, marks=[] if often else [pytest.mark.long])


@pytest.mark.usefixtures("people_at_little_cost")
@pytest.mark.parametrize("form", cases())
def test_prepare_train_and_evaluate(tmp_path, form, monkeypatch, capsys):
    people = 120 if form == "neurite 2-D" else PEOPLE  # a slice each, and 100 must train
    monkeypatch.setenv("OASIS_CACHE", str(tmp_path / "cache"))
    for person in range(1, people + 1):
        FORMS[form](tmp_path / "held", person)
    data, run, report = (str(tmp_path / name) for name in ("out", "run", "report"))
    assert main(["prepare", "--data", str(tmp_path / "held"), "--out", data]) == 0
    check_slices(form, read_table(data), people)
    if form in PREPARED_ALONE:
        assert load_data(data, progress=False).split("train").people
        return
    assert main(["train", *TINY, "--data", data, "--out", run]) == 0
    assert main(["evaluate", run, "--preset", "smoke", "--data", data, "--out", report]) == 0
    found = json.loads((tmp_path / "report" / "report.json").read_text())
    assert found["scores"]["swd"]["fakes"]["value"] > 0


def check_slices(form, table, people):
    """All people are there, in splits of their own, and lie as the template does."""
    images = np.stack([read_image(file) for file in table["image"]])
    assert table["person"].nunique() == people and (table.groupby("person").size() == SLICES.get(form, 32)).all()
    assert table.groupby("person")["split"].nunique().max() == 1 and table["split"].nunique() == 3
    if form == "neurite 2-D":
        frame = np.pad(held.brain(1, (160, 224, 192))[:, 114], ((48, 48), (32, 32)))  # slice 109 of another axis
        assert held.way_up(images, frame[None]) in ((0, 0), (2, 1))
    elif form in WITH_SKULL:
        brain = template_slices() > 0
        inside = [np.corrcoef(images[n][brain[n]], template_slices()[n][brain[n]])[0, 1] for n in (0, 15, 31)]
        assert min(inside) > 0.8
    else:
        assert held.is_upright(images)
