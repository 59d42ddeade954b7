"""Every exercise of the course: its solution is judged "Right", its stub "Not yet".

An exercise is run without its notebook: the cells before it that import, the parameters, and of all other cells only
those that define a name that it uses.
"""

import ast
import builtins
import contextlib
import io
import re
import shutil
import symtable
from pathlib import Path
from typing import NamedTuple

from oasis_helpers import checks

import pytest
from helpers.scripts import ROOT, load_script

pytest.importorskip("nbformat")
pytest.importorskip("jupytext")
pytest.importorskip("nbclient")

NOTEBOOKS = ROOT / "notebooks"
SOURCES = sorted((NOTEBOOKS / "source").glob("[0-9][0-9]_*.py"))
VERDICT = re.compile(r"^(Right|Not yet|Not quite): ", re.MULTILINE)
BUILDER = load_script("tools/build_notebooks.py")


class Exercise(NamedTuple):
    """An exercise cell: its notebook's source, its place among the code cells, and the checkers that it calls."""

    source: Path
    place: int
    checkers: tuple[str, ...]


# ---------------------------------------------------------------- finding exercises


def code_cells(source, solutions):
    """Return the code cells of a source with the solutions, or the stubs, in the exercises."""
    return BUILDER.code_cells(BUILDER.read_source(source, solutions))


def exercises_of(source):
    """Return the exercises of a source."""
    cells = enumerate(code_cells(source, solutions=True))
    return [Exercise(source, place, checkers_in(c.source)) for place, c in cells if "exercise" in tags(c)]


def tags(cell):
    return cell.metadata.get("tags", [])


def checkers_in(code):
    """Return the names of the checkers that a cell calls as ``checks.check_...``, in order."""
    calls = [node.func for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    calls = [call for call in calls if isinstance(call, ast.Attribute) and ast.unparse(call.value) == "checks"]
    return tuple(call.attr for call in sorted(calls, key=lambda call: call.lineno))


# ---------------------------------------------------------------- the cells that an exercise needs


def defined_and_used(code):
    """Return the names that a cell defines, and those that it uses and does not define before."""
    defined, used, used_later = set(), set(), set()
    for statement in ast.parse(code).body:
        table = symtable.symtable(ast.unparse(statement), "cell", "exec")
        own = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
        now = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced()}
        is_definition = isinstance(statement, ast.FunctionDef | ast.ClassDef)
        used |= now - defined - (own if is_definition else set())
        used_later |= globals_inside(table)
        defined |= own
    return defined, (used | (used_later - defined)) - set(dir(builtins))


def globals_inside(table):
    """Return the names outside of all functions that the functions and classes in a piece of code use."""
    found = set()
    for inner in table.get_children():
        symbols = [symbol for symbol in inner.get_symbols() if symbol.is_global() and symbol.is_referenced()]
        found |= {symbol.get_name() for symbol in symbols} | globals_inside(inner)
    return found


def is_preparation(cell):
    """Whether a cell holds the parameters, or nothing but imports: such cells are run in any case."""
    statements = ast.parse(cell.source).body
    return "parameters" in tags(cell) or all(isinstance(node, ast.Import | ast.ImportFrom) for node in statements)


def needed(cells, place, name):
    """Return the places of the cells to run before the cell at ``place``, in order.

    A name comes from the last cell above that defines it, and that cell needs its own names in turn. What a function
    uses counts as used where the function is defined.

    Raises:
        LookupError: no cell above defines a name.
    """
    wanted = {above for above in range(place) if is_preparation(cells[above])}
    waiting = [place]
    while waiting:
        here = waiting.pop()
        for used in defined_and_used(cells[here].source)[1]:
            above = [i for i in range(here) if used in defined_and_used(cells[i].source)[0]]
            if not above:
                raise LookupError(f"{name}, code cell {here}: it uses {used}, which no cell above defines")
            if above[-1] not in wanted:
                wanted.add(above[-1])
                waiting.append(above[-1])
    return sorted(wanted)


# ---------------------------------------------------------------- running


def printed_by(exercise, solutions):
    """Run an exercise after the cells that it needs; returns what it printed."""
    cells = code_cells(exercise.source, solutions)
    namespace, shown = {"__name__": "__main__"}, io.StringIO()
    for place in needed(cells, exercise.place, exercise.source.name):
        run(cells[place].source, f"{exercise.source.name}, code cell {place}", namespace, io.StringIO())
    run(cells[exercise.place].source, f"{exercise.source.name}, the exercise", namespace, shown)
    return shown.getvalue()


def run(code, name, namespace, output):
    with contextlib.redirect_stdout(output):
        exec(compile(code, f"<{name}>", "exec"), namespace)


def assert_judged(exercise, solutions, verdict):
    """Run an exercise and assert that each of its checkers gives this verdict, and no other."""
    printed = printed_by(exercise, solutions)
    assert exercise.checkers and VERDICT.findall(printed) == [verdict] * len(exercise.checkers), printed


EXERCISES = [exercise for source in SOURCES for exercise in exercises_of(source)]


@pytest.fixture(params=EXERCISES, ids=[f"{e.source.stem[:2]} {' '.join(e.checkers)}" for e in EXERCISES])
def exercise(request, monkeypatch):
    monkeypatch.chdir(NOTEBOOKS)
    return request.param


def test_the_solution_is_right(exercise):
    assert_judged(exercise, solutions=True, verdict="Right")


def test_the_stub_waits(exercise):
    assert_judged(exercise, solutions=False, verdict="Not yet")


def test_every_checker_judges_one_exercise():
    called = sorted(name for exercise in EXERCISES for name in exercise.checkers)
    assert called == sorted(name for name in checks.__all__ if name.startswith("check_"))


def test_every_notebook_has_exercises():
    assert {exercise.source for exercise in EXERCISES} == set(SOURCES) and len(SOURCES) == 9


# ---------------------------------------------------------------- a mistake is caught


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("02_mapping_network", "[m * bias for bias in biases]\n", "biases\n"),
        ("02_mapping_network", "return plain_kernels, [m * bias for bias in biases]\n", "return ...\n"),
        ("02_mapping_network", "return plain_kernels,", "return other_kernels,"),
        ("05_progressive_training", "kimg = 600 * 4", "kimg = 600 * 3"),
        ("07_evaluation", "checks.check_recall(my_recall)", "checks.check_recall"),
    ],
    ids=["wrong", "unsolved", "broken", "a wrong number", "never checked"],
)
def test_a_wrong_solution_is_caught(tmp_path, name, right, wrong):
    source = Path(shutil.copy(NOTEBOOKS / "source" / f"{name}.py", tmp_path))
    text = source.read_text(encoding="utf-8")
    assert text.count(right) == 1
    places = [exercise.place for exercise in EXERCISES if exercise.source.stem == name]
    source.write_text(text.replace(right, wrong), encoding="utf-8")
    results = {place: is_caught(Exercise(source, place, exercise_at(source, place).checkers)) for place in places}
    assert sorted(results.values()) == [False] * (len(places) - 1) + [True]  # the others are right as before


def exercise_at(source, place):
    return next(exercise for exercise in exercises_of(source) if exercise.place == place)


def is_caught(exercise):
    """Return whether the test of the solution fails."""
    try:
        test_the_solution_is_right(exercise)
    except (AssertionError, LookupError):
        return True
    return False


def test_a_stub_that_gives_the_answer_away_is_caught(tmp_path):
    source = Path(shutil.copy(NOTEBOOKS / "source" / "05_progressive_training.py", tmp_path))
    text = source.read_text(encoding="utf-8")
    assert text.count("# kimg = ...") == 1
    source.write_text(text.replace("# kimg = ...", "# kimg = 2400"), encoding="utf-8")
    with pytest.raises(AssertionError, match="Right: "):
        test_the_stub_waits(exercises_of(source)[-1])


# ---------------------------------------------------------------- the cells above

LONG = """
# %%
from oasis_helpers import checks

# %% tags=["parameters"]
rows = 256  # of an image

# %%
raise RuntimeError("nobody needs this cell")

# %%
columns = 1
columns = columns + 1

# %%
columns = columns * 128

# %%
def area():
    return side * columns

side = [r for r in [rows]][0]

# %% tags=["exercise"]
def count(a):
    return sum(a for a in [a])

# <solution>
pixels = count(area())
# </solution>
# <stub>
# pixels = ...
# </stub>
checks.check_pixels(pixels)
"""


@pytest.fixture
def long(tmp_path):
    source = tmp_path / "09_long.py"
    source.write_text(LONG.lstrip(), encoding="utf-8")
    return source


def test_only_the_cells_that_define_what_is_used_are_run(long):
    (exercise,) = exercises_of(long)
    cells = code_cells(long, solutions=True)
    assert needed(cells, exercise.place, "09_long.py") == [0, 1, 3, 4, 5]
    assert_judged(exercise, solutions=True, verdict="Right")
    assert_judged(exercise, solutions=False, verdict="Not yet")


def test_a_name_that_nobody_defines_is_told(long):
    long.write_text(long.read_text(encoding="utf-8").replace("side = [r for", "sides = [r for"), encoding="utf-8")
    (exercise,) = exercises_of(long)
    with pytest.raises(LookupError, match=r"09_long.py, code cell 5: it uses side, which no cell above defines"):
        assert_judged(exercise, solutions=True, verdict="Right")
