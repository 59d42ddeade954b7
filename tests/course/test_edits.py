"""Safe edits: the table covers every parameter both ways; notebooks 00 to 04 with other parameters."""

import os
import re

import pytest

pytest.importorskip("papermill")
editing = pytest.importorskip("helpers.editing")

import nbformat  # noqa: E402
from helpers.edits import EDITS  # noqa: E402


def parameters(notebook):
    """Names in the parameters cell."""
    source = (editing.NOTEBOOKS / "source" / f"{notebook}.py").read_text()
    cell = source.split('# %% tags=["parameters"]\n')[1].split("\n# %%")[0]
    return re.findall(r"^(\w+) = ", cell, re.MULTILINE)


NAMES = sorted(path.stem for path in (editing.NOTEBOOKS / "source").glob("*.py"))


def test_the_table_is_long_and_names_only_what_exists():
    assert len(EDITS) >= 60
    assert {edit.notebook for edit in EDITS} == set(NAMES)
    for edit in EDITS:
        assert edit.changes.keys() <= set(parameters(edit.notebook)), edit
        assert bool(edit.refused) + bool(edit.shows) + bool(edit.stops) == 1, edit
        assert edit.shows.keys() <= edit.changes.keys(), edit


@pytest.mark.parametrize("notebook", NAMES)
def test_every_parameter_is_edited_both_ways(notebook):
    here = [edit for edit in EDITS if edit.notebook == notebook]
    shown = {name for edit in here for name in edit.shows} | {next(iter(e.changes)) for e in here if e.stops}
    refused = {name for edit in here for name in edit.changes if edit.refused.startswith(f"{name}:")}
    assert set(parameters(notebook)) == shown
    assert set(parameters(notebook)) == refused


@pytest.mark.parametrize("notebook", NAMES)
def test_what_an_edit_shows_is_not_there_without_it(notebook):
    if notebook.startswith("05"):
        pytest.skip("its stored outputs are those of another preset than the tests'")
    stored = nbformat.read(editing.NOTEBOOKS / f"{notebook}.ipynb", as_version=4)
    text = editing.printed([output for cell in stored.cells for output in cell.get("outputs", [])])
    for edit in EDITS:
        for name, effect in edit.shows.items() if edit.notebook == notebook else ():
            assert not re.search(effect, text, re.MULTILINE), (name, effect)


def test_a_quarter_is_the_same_for_the_same_seed(monkeypatch):
    monkeypatch.setenv("OASIS_EDITS", "")
    quarter = editing.chosen(0, 7)
    assert len(quarter) == -(-len(EDITS) // 4) and [p.id for p in quarter] == [p.id for p in editing.chosen(0, 7)]
    monkeypatch.setenv("OASIS_EDITS", "all")
    assert len(editing.chosen(0, 7)) == len(EDITS)


@pytest.mark.parametrize("edit", editing.chosen(0, 4))
def test_an_edit_is_carried_out_or_refused_in_one_line(edit, tmp_path, monkeypatch):
    monkeypatch.setenv("OASIS_PRESET", "smoke")
    monkeypatch.setenv("OASIS_RUNS", os.fspath(tmp_path / "runs"))
    editing.check(edit, tmp_path)
