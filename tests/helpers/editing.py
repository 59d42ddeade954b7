"""Runs a notebook with other parameters, and says what it printed and how it ended (test_edits*.py)."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import oasis_helpers
from helpers.edits import DRAWS_16, DRAWS_64, EDITS, PEOPLE_4, PEOPLE_16
from helpers.scripts import load_script

import nbformat
import papermill

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"


def quarter():
    """The edits that `make test` tries: every fourth of the table, the same every day, but for the slow.

    Edits of 05 to 08 that are carried out run the whole notebook, which `make test` does anyway, unedited.
    """
    return [edit for edit in EDITS[::4] if not (edit.shows and edit.notebook[:2] in ("05", "06", "07", "08"))]


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


class NotebookProcess:
    """Runs notebooks in forks of one process, which has the engine imported; see notebook_process.py."""

    def __init__(self):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OASIS_PRESET": "smoke"}
        command = [sys.executable, "-m", "helpers.notebook_process"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._process = subprocess.Popen(command, cwd=ROOT / "tests", env=environment, **pipes)

    def run(self, notebook, parameters, runs):
        """Run a notebook with parameters, its training runs in a folder; returns all outputs, nbformat's kind."""
        builder = load_script("tools/build_notebooks.py")
        source = builder.read_source(NOTEBOOKS / "source" / f"{notebook}.py")
        cells = [[cell.source, list(cell.metadata.get("tags", []))] for cell in builder.code_cells(source)]
        given = {name: repr(value) for name, value in parameters.items()}
        request = {"cells": cells, "parameters": given, "folder": str(NOTEBOOKS)}
        self._process.stdin.write(json.dumps({**request, "environment": {"OASIS_RUNS": str(runs)}}) + "\n")
        self._process.stdin.flush()
        outputs = [nbformat.from_dict(output) for output in json.loads(self._process.stdout.readline())]
        return [output for output in outputs if not builder.is_progress(output)]

    def close(self):
        """End the process."""
        self._process.stdin.close()
        self._process.wait(30)


def run_in_kernel(edit, folder):
    """Run the notebook with the edit in a real kernel; returns its code cells' outputs, one after the other."""
    before, after = folder / "before.ipynb", folder / "after.ipynb"
    builder = load_script("tools/build_notebooks.py")
    nbformat.write(builder.read_source(NOTEBOOKS / "source" / f"{edit.notebook}.py"), before)
    parameters = {name: made(value, folder) for name, value in edit.changes.items()}
    limits = {"execution_timeout": 600, "start_timeout": 120}
    try:
        papermill.execute_notebook(
            before, after, parameters, kernel_name="python3", cwd=NOTEBOOKS, progress_bar=False, **limits
        )
    except papermill.PapermillExecutionError:
        pass  # judged by what the notebook holds
    cells = builder.code_cells(nbformat.read(after, as_version=4))
    return [output for cell in cells for output in cell.outputs if not builder.is_progress(output)]


def printed(outputs):
    """All text that outputs show."""
    return "\n".join(output.get("text", "") or output.get("data", {}).get("text/plain", "") for output in outputs)


def check(edit, outputs):
    """Assert that an edit ended as the table says."""
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
