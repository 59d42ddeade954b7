"""Write a course folder in nbgrader's format, for lecturers: make assignments.

    python tools/assignments.py [01_data_loading ...] --out assignments

Each notebook becomes an assignment below source/. An exercise there is two cells: the answer, whose solution nbgrader
takes out of what students get, and a locked cell that calls the notebook's own checker and is worth points. A function
is worth 2 points, a number 1; ``# %% tags=["exercise"] points=3`` in a source says otherwise.
"""

from __future__ import annotations

import argparse
import ast
import re
import shutil
import sys
import textwrap
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))  # the neighbours, however this file was loaded
from build_notebooks import MARK, METADATA, PERCENT  # noqa: E402
from student_edition import EDITION, fingerprint, fold, is_untouched, without_claims, write  # noqa: E402

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"  # what nbgrader looks for
RELATIVE_IMAGE = re.compile(r"(!\[[^\]]*\])\((?!https?:)([^)]+)\)")
RELATIVE_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:|#)[^)]+\)")
GRADED = """\
from oasis_helpers import checks

{verdicts}
assert all(verdict.startswith("Right") for verdict in verdicts)"""
CONFIG = '''\
"""Settings of nbgrader for this course. Everything else is in nbgrader's manual."""

import os

os.environ.setdefault("OASIS_PRESET", "smoke")  # grading runs whole notebooks; the training of 05 then takes a minute

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "stylegan"
c.ClearSolutions.code_stub = {"python": "# Your answer takes the place of the dots."}
c.ExecutePreprocessor.timeout = 1800
'''
README = """\
# Assignments for nbgrader

`make assignments` wrote this folder from the notebooks of the course. Run nbgrader from here, in the course's own
environment: `source ../.venv/bin/activate`.

| folder | what is in it |
| --- | --- |
| `source/` | the assignments with their solutions: for you alone |
| `release/` | what students get; made from `source/` by `nbgrader generate_assignment NAME` |
| `submitted/STUDENT/NAME/` | what students hand in |
| `autograded/`, `gradebook.db` | marks; `nbgrader autograde NAME` |

A function is worth 2 points, a number 1. A cell is right when the checker says "Right", so students see the same hints
as in the course. An assignment that you edited in `source/` stays as it is when `make assignments` runs again.

Students need the course installed (`make setup`). The exercises can be read in public, so give marks for what students
say about figures and predictions too.

{table}
"""


# ---- one exercise ----


def ends_in_return(lines: list[str]) -> bool:
    """Whether the last statement of some lines of a function is a return."""
    body = textwrap.dedent("\n".join(lines))
    try:
        return isinstance(ast.parse("def f():\n" + textwrap.indent(body, "    ")).body[0].body[-1], ast.Return)
    except (SyntaxError, IndexError):
        return False


def merge(solution: list[str], stub: list[str]) -> list[str]:
    """Stub and solution in one cell that runs as the solution does, and as the stub once nbgrader took that out.

    A stub that returns stands below the solution, which has returned by then; any other above it, to be overwritten.
    """
    indent = re.match(r"\s*", (solution or stub or [""])[0]).group()
    marked = [indent + BEGIN, *solution, indent + END]
    return [*marked, *stub] if ends_in_return(stub) else [*stub, *marked]


def with_solution(code: str) -> str:
    """An exercise cell of a source, with nbgrader's marks in place of the course's."""
    lines, blocks, block = [], {}, ""
    for line in code.splitlines():
        mark = MARK.match(line)
        if mark:
            closing, name = mark.groups()
            block = "" if closing else name
            if not closing:
                blocks[name] = []
            elif len(blocks) == 2:
                lines += merge(blocks.pop("solution"), blocks.pop("stub"))
        elif block:
            blocks[block].append(re.sub(r"^(\s*)# ?", r"\1", line) if block == "stub" else line)
        else:
            lines.append(line)
    if blocks:
        raise ValueError("an exercise needs a <stub> beside its <solution>")
    return "\n".join(lines)


def checks_in(code: str) -> list[ast.Expr]:
    """The statements of a cell that call a checker, in order."""
    calls = [node for node in ast.parse(code).body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]
    return [node for node in calls if ast.unparse(node.value.func).startswith("checks.check_")]


def graded(calls: list[ast.Expr]) -> str:
    """The code of a locked cell: the same checkers, and an error unless all say "Right"."""
    judged = [f"{ast.unparse(call.value.func)}.judge({arguments(call)})" for call in calls]
    verdicts = f"verdicts = [{', '.join(judged)}]\n" + 'print("\\n".join(verdicts))'
    return GRADED.format(verdicts=verdicts)


def arguments(call: ast.Expr) -> str:
    """What stands between the brackets of a call."""
    given = [ast.unparse(argument) for argument in call.value.args]
    return ", ".join(given + [f"{keyword.arg}={ast.unparse(keyword.value)}" for keyword in call.value.keywords])


def exercise_cells(cell: NotebookNode) -> list[NotebookNode]:
    """The answer and the graded cell of one exercise."""
    calls = checks_in(cell.source)
    if not calls:
        raise ValueError("an exercise needs a line that calls checks.check_...")
    name = calls[0].value.func.attr
    called = {line for call in calls for line in range(call.lineno, call.end_lineno + 1)}
    without = [line for number, line in enumerate(cell.source.splitlines(), 1) if number not in called]
    answer = with_solution("\n".join(without)).strip()
    is_function = any(isinstance(node, ast.FunctionDef) for node in ast.parse(cell.source).body)
    points = cell.metadata.get("points", 2 if is_function else 1)
    return [
        new_cell(answer, grade_id=f"{name}-answer", grade=False, solution=True, locked=False),
        new_cell(graded(calls), grade_id=name, grade=True, solution=False, locked=True, points=points),
    ]


def new_cell(code: str, **marks: object) -> NotebookNode:
    """A code cell with nbgrader's marks."""
    return nbformat.v4.new_code_cell(code, metadata={"nbgrader": {"schema_version": 3, "task": False, **marks}})


# ---- one notebook ----


def plain(markdown: str) -> tuple[str, list[str]]:
    """Prose for a notebook that travels alone: links to neighbours become words, images lie beside it."""
    images = [path for _, path in RELATIVE_IMAGE.findall(markdown)]
    text = RELATIVE_IMAGE.sub(lambda found: f"{found[1]}({Path(found[2]).name})", markdown)
    return fold(RELATIVE_LINK.sub(r"\1", text)), images


def assignment(source: Path) -> tuple[NotebookNode, list[str]]:
    """The assignment of one source file, with solutions, and the images that it shows."""
    draft = jupytext.reads(source.read_text(encoding="utf-8"), fmt=PERCENT)
    cells, images = [], []
    for number, cell in enumerate(draft.cells):
        if "exercise" in cell.metadata.get("tags", []):
            try:
                cells += exercise_cells(cell)
            except ValueError as error:
                raise ValueError(f"{source.name}, cell {number}: {error}") from None
            continue
        if cell.cell_type == "markdown":
            cell.source, shown = plain(cell.source)
            images += shown
        else:
            cell.source = without_claims(cell.source)
        cell.metadata = {"tags": cell.metadata["tags"]} if "tags" in cell.metadata else {}
        cells.append(cell)
    for position, cell in enumerate(cells):
        cell.id = f"{source.stem[:56]}-{position:02d}"
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=METADATA)
    notebook.nbformat_minor = 5
    notebook.metadata[EDITION] = fingerprint(notebook)
    nbformat.validate(notebook)
    return notebook, images


def points_of(notebook: NotebookNode) -> list[int]:
    """The points of each graded cell."""
    marks = [cell.metadata.get("nbgrader", {}) for cell in notebook.cells]
    return [mark["points"] for mark in marks if mark.get("grade")]


def write_assignment(source: Path, folder: Path) -> str:
    """Write one assignment below ``folder``, unless somebody edited it there; returns its row in the table."""
    notebook, images = assignment(source)
    target = folder / "source" / source.stem / f"{source.stem}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists() or is_untouched(target):
        write(notebook, target)
    else:
        print(f"{source.stem}: you edited it, so it stays as it is; delete it to get the new one")
    for image in images:
        shutil.copy(source.parent.parent / image, target.parent)
    points = points_of(notebook)
    return f"| `{source.stem}` | {len(points)} | {sum(points)} |"


def main(argv: list[str] | None = None) -> int:
    """The command line; 0 when the folder is ready, 1 with one line when not."""
    parser = argparse.ArgumentParser(description="Write the notebooks as assignments in nbgrader's format.")
    parser.add_argument("names", nargs="*", help="e.g. 01_data_loading; all of them if left out")
    parser.add_argument("--sources", type=Path, default=ROOT / "notebooks/source", help="where the sources are")
    parser.add_argument("--out", type=Path, default=ROOT / "assignments", help="nbgrader's course folder")
    args = parser.parse_args(argv)
    sources = {path.stem: path for path in sorted(args.sources.glob("[0-9][0-9]_*.py"))}
    try:
        if unknown := [name for name in args.names if name not in sources]:
            raise ValueError(f"names: expected some of {', '.join(sources)}, but got {unknown[0]!r}")
        rows = [write_assignment(sources[name], args.out) for name in args.names or sources]
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    table = "\n".join(["| assignment | exercises | points |", "| --- | ---: | ---: |", *rows])
    (args.out / "README.md").write_text(README.format(table=table), encoding="utf-8")
    if not (args.out / "nbgrader_config.py").exists():
        (args.out / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    print(f"{args.out.name}: {len(rows)} assignments with their solutions in source/; see README.md there")
    return 0


if __name__ == "__main__":
    sys.exit(main())
