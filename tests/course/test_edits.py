"""Edits of the parameters cells: the table covers every parameter both ways, and what a student may type is tried."""

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


def test_the_quarter_has_every_notebook_and_both_kinds():
    assert {edit.notebook for edit in editing.quarter()} == set(NAMES)
    assert {bool(edit.refused) for edit in editing.quarter()} == {True, False}


@pytest.fixture(scope="module")
def process():
    process = editing.NotebookProcess()
    yield process
    process.close()


def cases():
    """Every edit: those of the quarter for `make test`, the others marked slow, and long where they are carried out."""
    for edit in EDITS:
        others = [pytest.mark.slow, pytest.mark.long] if edit.shows else [pytest.mark.slow]
        marks = [] if edit in editing.quarter() else others
        yield pytest.param(edit, id=f"{edit.notebook[:2]} {editing.describe(edit.changes)}", marks=marks)


@pytest.mark.notebooks
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork, which Windows lacks")
@pytest.mark.parametrize("edit", list(cases()))
def test_an_edit_is_carried_out_or_refused_in_one_line(edit, process, tmp_path):
    changes = {name: editing.made(value, tmp_path) for name, value in edit.changes.items()}
    editing.check(edit, process.run(edit.notebook, changes, tmp_path / "runs"))


@pytest.mark.notebooks
@pytest.mark.slow
@pytest.mark.parametrize("edit", [next(edit for edit in EDITS if edit.refused), next(e for e in EDITS if e.shows)])
def test_a_real_kernel_says_the_same(edit, process, tmp_path, monkeypatch):
    monkeypatch.setenv("OASIS_PRESET", "smoke")
    monkeypatch.setenv("OASIS_RUNS", os.fspath(tmp_path / "runs"))
    outputs = editing.run_in_kernel(edit, tmp_path)
    editing.check(edit, outputs)
    changes = {name: editing.made(value, tmp_path) for name, value in edit.changes.items()}
    quick = process.run(edit.notebook, changes, tmp_path / "runs")
    assert [output.get("evalue") for output in outputs] == [output.get("evalue") for output in quick] or edit.shows
