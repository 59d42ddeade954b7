"""Runs a notebook with other parameters, and says what it printed and how it ended (test_edits*.py)."""

import datetime
import math
import os
import random
import re
from pathlib import Path

import oasis_helpers
from helpers.edits import DRAWS_16, DRAWS_64, EDITS, PEOPLE_4, PEOPLE_16
from helpers.scripts import load_script

import nbformat
import papermill
import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
SEED = os.environ.get("OASIS_EDITS_SEED") or f"{datetime.date.today():%Y%m%d}"


def chosen(first, last):
    """The edits of notebooks first to last that are tried this time, as pytest's parameters.

    All of them where OASIS_EDITS is "all"; else a quarter, whose seed (OASIS_EDITS_SEED, or the date) is in the names.
    """
    every = os.environ.get("OASIS_EDITS") == "all"
    taken = EDITS if every else random.Random(SEED).sample(EDITS, math.ceil(len(EDITS) / 4))
    taken = [edit for edit in taken if first <= int(edit.notebook[:2]) <= last]
    mark = "all" if every else f"seed {SEED}"
    return [pytest.param(edit, id=f"{mark}: {edit.notebook[:2]} {describe(edit.changes)}") for edit in taken]


def describe(changes):
    """The changes in a few words."""
    words = ", ".join(f"{name}={value!r}" for name, value in changes.items())
    return words if len(words) < 80 else f"{words[:77]}..."


def made(value, folder):
    """The value itself, or the folder or file that its name in angle brackets stands for."""
    if value in ((PEOPLE_4, PEOPLE_16) if isinstance(value, str) else ()):
        from oasis_helpers.data.cohort.cohort import cohort_folder

        return str(cohort_folder(4 if value == PEOPLE_4 else 16, progress=False))
    if value in ((DRAWS_16, DRAWS_64) if isinstance(value, str) else ()):
        config = oasis_helpers.make_config("smoke" if value == DRAWS_16 else "laptop", channel_max=8, seed=1)
        file = folder / "generator.safetensors"
        # The name of the folder that PEOPLE_16 stands for: an evaluation warns of any other.
        oasis_helpers.save_generator(oasis_helpers.Generator(config), file, kimg=0, data="keras_png_slices_data")
        return str(file)
    return value


def run(edit, folder):
    """Run the notebook with the edit in ``folder``; returns its code cells' outputs, one after the other."""
    before, after = folder / "before.ipynb", folder / "after.ipynb"
    builder = load_script("tools/build_notebooks.py")
    nbformat.write(builder.read_source(NOTEBOOKS / "source" / f"{edit.notebook}.py"), before)
    parameters = {name: made(value, folder) for name, value in edit.changes.items()}
    try:
        papermill.execute_notebook(
            before,
            after,
            parameters,
            kernel_name="python3",
            cwd=NOTEBOOKS,
            progress_bar=False,
            execution_timeout=600,
            start_timeout=120,
        )
    except papermill.PapermillExecutionError:
        pass  # judged by what the notebook holds
    cells = builder.code_cells(nbformat.read(after, as_version=4))
    return [output for cell in cells for output in cell.outputs if not builder.is_progress(output)]


def printed(outputs):
    """All text that outputs show."""
    return "\n".join(output.get("text", "") or output.get("data", {}).get("text/plain", "") for output in outputs)


def check(edit, folder):
    """Run an edit and assert that it ends as the table says."""
    outputs = run(edit, folder)
    text, errors = printed(outputs), [output for output in outputs if output.output_type == "error"]
    warnings = [output.text for output in outputs if output.get("name") == "stderr"]
    assert not warnings, warnings
    assert "Traceback" not in text
    if edit.refused or edit.stops:
        assert len(errors) == 1, f"it was carried out:\n{text[-2000:]}"
        assert_one_line(errors[0], edit.refused or edit.stops)
        return
    assert not errors, errors[0].traceback
    for name, effect in edit.shows.items():
        assert re.search(effect, text, re.MULTILINE), f"{name}: {effect} is not in\n{text}"


def assert_one_line(error, message):
    """One line: the kind of error, then the message."""
    assert len(error.traceback) == 1 and "\n" not in error.traceback[0], error.traceback
    assert error.traceback[0] == f"{error.ename}: {error.evalue}"
    assert error.ename in kinds_of_user_error(), error.ename
    assert message in error.evalue


def kinds_of_user_error():
    """Names of UserError and of all that derive from it."""
    import oasis_helpers.weights  # noqa: F401  (it has an error of its own)
    from oasis_helpers.errors import UserError

    found, new = {UserError}, [UserError]
    while new:
        new = [kind for one in new for kind in one.__subclasses__()]
        found.update(new)
    return {kind.__name__ for kind in found}
