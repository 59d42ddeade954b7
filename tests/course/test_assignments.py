"""Assignments for nbgrader (tools/assignments.py): what students get, what is graded, and a round trip."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.scripts import ROOT, load_script

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("jupytext")
pytest.importorskip("nbclient")

SOURCES = sorted((ROOT / "notebooks/source").glob("[0-9][0-9]_*.py"))
GRADED_HERE = "03_adain_synthesis"  # for the round trip: quick to run, and needs no cohort

FUNCTION = """
# %% tags=["exercise"]
def double(x):
    # <solution>
    return 2 * x
    # </solution>
    # <stub>
    # y = ...  # first
    # return y
    # </stub>


checks.check_double(
    double,
    places=2,
)
"""
NUMBER = """
# %% [markdown]
# ![A machine.](../docs/machine.svg) See [02](02_next.ipynb), [the paper](https://example.org) and
# [glossary](../docs/glossary.md).

# %% tags=["exercise"] points=5
# <solution>
size = 4  # four
# </solution>
# <stub>
# size = ...
# </stub>
checks.check_size(size)
"""


@pytest.fixture(scope="module")
def tool():
    return load_script("tools/assignments.py")


@pytest.fixture(scope="module")
def builder():
    return load_script("tools/build_notebooks.py")


def released(code, hint="# Your answer takes the place of the dots."):
    """What nbgrader leaves of an answer cell."""
    return re.sub(r"### BEGIN SOLUTION.*?### END SOLUTION", hint, code, flags=re.DOTALL)


def marks(cell):
    return cell.metadata.get("nbgrader", {})


def source_of(folder, text):
    path = folder / "notebooks/source/01_tiny.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.lstrip(), encoding="utf-8")
    return path


# ---------------------------------------------------------------- one exercise


def test_a_function_with_its_stub_below(tool, tmp_path):
    answer, grade = tool.assignment(source_of(tmp_path, FUNCTION))[0].cells
    assert answer.source == (
        "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION\n"
        "    y = ...  # first\n    return y"
    )
    assert "verdicts = [checks.check_double.judge(double, places=2)]" in grade.source
    assert marks(answer)["solution"] and not marks(answer)["grade"] and not marks(answer)["locked"]
    assert marks(grade)["grade"] and marks(grade)["locked"] and marks(grade)["points"] == 2


def test_a_number_with_its_stub_above_and_points_of_its_own(tool, tmp_path):
    _, answer, grade = tool.assignment(source_of(tmp_path, NUMBER))[0].cells
    assert answer.source == "size = ...\n### BEGIN SOLUTION\nsize = 4  # four\n### END SOLUTION"
    assert marks(grade)["points"] == 5


def test_a_notebook_that_travels_alone(tool, tmp_path):
    source = source_of(tmp_path, NUMBER)
    notebook, images = tool.assignment(source)
    text = notebook.cells[0].source
    assert text == "![A machine.](machine.svg) See 02, [the paper](https://example.org) and\nglossary."
    assert images == ["../docs/machine.svg"]
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/machine.svg").write_text("<svg/>", encoding="utf-8")
    tool.write_assignment(source, tmp_path / "out")
    assert (tmp_path / "out/source/01_tiny/machine.svg").read_text(encoding="utf-8") == "<svg/>"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [(NUMBER.replace("checks.check_size(size)", "print(size)"), "calls checks.check_"), ("stubless", "needs a <stub>")],
)
def test_an_exercise_that_cannot_be_graded_is_named(tool, tmp_path, wrong, message):
    stubless = NUMBER.replace("# <stub>\n# size = ...\n# </stub>\n", "")
    with pytest.raises(ValueError, match=rf"01_tiny.py, cell 1: .*{message}"):
        tool.assignment(source_of(tmp_path, stubless if wrong == "stubless" else wrong))


# ---------------------------------------------------------------- the course's notebooks


@pytest.fixture(params=SOURCES, ids=lambda path: path.stem)
def source(request):
    return request.param


def test_every_exercise_has_an_answer_and_a_graded_cell(tool, builder, source):
    notebook, _ = tool.assignment(source)
    answers = [cell for cell in notebook.cells if marks(cell).get("solution")]
    grades = [cell for cell in notebook.cells if marks(cell).get("grade")]
    students = [c.source for c in builder.read_source(source).cells if "exercise" in c.metadata.get("tags", [])]
    solved = [c.source for c in builder.read_source(source, True).cells if "exercise" in c.metadata.get("tags", [])]
    assert len(answers) == len(grades) == len(students) > 0
    for answer, grade, stub, solution in zip(answers, grades, students, solved, strict=True):
        assert without_checks(ast.parse(released(answer.source))) == without_checks(ast.parse(stub))
        merged = re.sub(r"\n *### (BEGIN|END) SOLUTION", "", answer.source)
        assert all(line in merged for line in solution.splitlines() if not line.startswith("checks.") and ")" != line)
        assert [name for name in checkers(stub)] == checkers(grade.source)
        ast.parse(answer.source)
    ids = [marks(cell)["grade_id"] for cell in [*answers, *grades]]
    assert len(set(ids)) == len(ids) and all(re.fullmatch(r"[\w-]+", name) for name in ids)


def without_checks(tree):
    """A cell's code without its calls of checkers, as text."""
    tree.body = [node for node in tree.body if not ast.unparse(node).startswith("checks.")]
    return ast.unparse(tree)


def checkers(code):
    return re.findall(r"checks\.(check_\w+)", code)


def test_nothing_is_answered_on_the_page(tool, source):
    notebook, images = tool.assignment(source)
    prose = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert "<summary>Solution" not in prose and "**What we see" not in prose
    assert not re.search(r"\]\(\.\./|\.ipynb\)", prose)
    assert all((ROOT / "notebooks" / image).is_file() for image in images)
    assert all(not cell.get("outputs") for cell in notebook.cells)


def test_an_assignment_that_a_lecturer_edited_stays(tool, tmp_path, capsys):
    source = source_of(tmp_path, FUNCTION)
    arguments = ["--sources", str(source.parent), "--out", str(tmp_path / "out")]
    assert tool.main(arguments) == 0
    written = tmp_path / "out/source/01_tiny/01_tiny.ipynb"
    source_of(tmp_path, FUNCTION.replace("2 * x", "x + x"))
    assert tool.main(arguments) == 0 and "x + x" in written.read_text(encoding="utf-8")
    edited = written.read_text(encoding="utf-8").replace("x + x", "x * 2")
    written.write_text(edited, encoding="utf-8")
    capsys.readouterr()
    assert tool.main(arguments) == 0 and written.read_text(encoding="utf-8") == edited
    assert "01_tiny: you edited it, so it stays as it is" in capsys.readouterr().out
    assert "| `01_tiny` | 1 | 2 |" in (tmp_path / "out/README.md").read_text(encoding="utf-8")


def test_an_unknown_name_is_refused(tool, tmp_path, capsys):
    assert tool.main(["09_typo", "--out", str(tmp_path / "out")]) == 1
    assert "but got '09_typo'" in capsys.readouterr().err and not (tmp_path / "out").exists()


# ---------------------------------------------------------------- with nbgrader


def nbgrader(folder, *arguments):
    """Run an nbgrader command in a course folder; it starts alembic, which it finds by the PATH."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "OASIS_PRESET": "smoke"}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-3000:]


def hand_in(folder, student, answers):
    """Fill the answer cells of what students get, by their ids, and hand it in."""
    target = shutil.copytree(folder / "release" / GRADED_HERE, folder / "submitted" / student / GRADED_HERE)
    notebook = nbformat.read(target / f"{GRADED_HERE}.ipynb", as_version=4)
    for cell in notebook.cells:
        cell.source = answers.get(marks(cell).get("grade_id"), cell.source)
    nbformat.write(notebook, target / f"{GRADED_HERE}.ipynb")


def wrong_answer(code):
    """A cell that gives the name that an answer cell defines a value that is wrong."""
    node = [node for node in ast.parse(code).body if isinstance(node, ast.FunctionDef | ast.Assign)][-1]
    if isinstance(node, ast.FunctionDef):
        return f"def {node.name}(*given):\n    return 12345.0"
    return f"{ast.unparse(node.targets[0])} = 12345.0"


@pytest.mark.slow
def test_released_and_autograded(tool, tmp_path):
    pytest.importorskip("nbgrader", reason="nbgrader is not installed")
    assert tool.main([GRADED_HERE, "--out", str(tmp_path)]) == 0
    nbgrader(tmp_path, "generate_assignment", GRADED_HERE)
    given = (tmp_path / "release" / GRADED_HERE / f"{GRADED_HERE}.ipynb").read_text(encoding="utf-8")
    assert "SOLUTION" not in given and given.count("Your answer takes the place of the dots.") > 1
    notebook, _ = tool.assignment(ROOT / f"notebooks/source/{GRADED_HERE}.py")
    solved = {marks(cell)["grade_id"]: cell.source for cell in notebook.cells if marks(cell).get("solution")}
    points = {marks(c)["grade_id"]: marks(c)["points"] for c in notebook.cells if marks(c).get("grade")}
    first = next(iter(points))
    hand_in(tmp_path, "ann", solved)
    hand_in(tmp_path, "ben", {**solved, f"{first}-answer": wrong_answer(solved[f"{first}-answer"])})
    hand_in(tmp_path, "cleo", {})
    nbgrader(tmp_path, "autograde", GRADED_HERE)
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as gradebook:
        marked = {student: gradebook.find_submission(GRADED_HERE, student) for student in ("ann", "ben", "cleo")}
        scores = {student: (submission.score, submission.max_score) for student, submission in marked.items()}
    total = sum(points.values())
    assert scores == {"ann": (total, total), "ben": (total - points[first], total), "cleo": (0, total)}
