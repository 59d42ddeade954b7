"""The house rules: a name once, imports that lead downstairs, one room with TensorFlow and JAX, no crowded folder.

All of it is read from the source, nothing is imported; each rule is a function of a folder that returns problems.
"""

import ast
import copy
import functools
import graphlib
import shutil
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import pytest
from helpers.scripts import ROOT

PACKAGE = ROOT / "oasis_helpers"

# The rooms of the package from the ground up; those of one floor may use each other. "" is the front door, __init__.py.
FLOORS = [
    [""],
    ["errors", "paths"],
    ["config"],
    ["images", "doctor"],
    ["engine"],
    ["data", "checks"],
    ["networks"],
    ["weights"],
    ["sampling"],
    ["training"],
    ["estimation"],
    ["evaluation"],
    ["view"],
    ["commands"],
    ["__main__"],
]
ENGINES = ("engine/_tensorflow.py", "engine/_jax.py")  # only one of them is ever imported, under the same names
COMMANDS = "commands.py"  # its functions are called as the commands are
FREE = {"main"}
MOST_ENTRIES = 19


class Import(NamedTuple):
    """A module that takes a name from another; ``name`` is empty where it takes the module itself."""

    importer: str
    imported: str
    name: str
    line: int


# ---------------------------------------------------------------- reading the source


def python_files(root):
    """Return {path below the root: syntax tree} of every Python file."""
    files = sorted(file for file in root.rglob("*.py") if "__pycache__" not in file.parts)
    return {file.relative_to(root).as_posix(): parsed(file.read_text(encoding="utf-8")) for file in files}


parsed = functools.cache(ast.parse)  # the copies below differ from the package in one file alone


def module_name(path):
    """Return ``view.panel`` for ``view/panel.py``, ``view`` for ``view/__init__.py``, "" for the front door."""
    parts = path.removesuffix(".py").split("/")
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def definitions(statements):
    """Yield (name, line, is a function) of all that a module defines at its top level."""
    for node in statements:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node.lineno, not isinstance(node, ast.ClassDef)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [name for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)]
            yield from ((name.id, node.lineno, False) for name in names if isinstance(name.ctx, ast.Store))
        else:
            for block in ("body", "orelse", "finalbody"):  # of an if, a with, a for, a try
                yield from definitions(getattr(node, block, []))
            for handler in getattr(node, "handlers", []):
                yield from definitions(handler.body)


def public(statements):
    """Yield the definitions without a leading underscore."""
    return (found for found in definitions(statements) if not found[0].startswith("_"))


def statements_that_run(node):
    """Yield every statement below a node, those inside of functions too, but not those for type checkers alone."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            for other in child.orelse:
                yield other
                yield from statements_that_run(other)
            continue
        yield child
        yield from statements_that_run(child)


def imports(root):
    """Return every `Import` of one file of the package by another.

    Python also runs the ``__init__.py`` of a folder whose file is imported; here it counts only where a name is taken
    from it.
    """
    files = python_files(root)
    modules = {module_name(path) for path in files}
    found = []
    for path, tree in files.items():
        importer = module_name(path)
        folder = path.split("/")[:-1]
        for node in statements_that_run(tree):
            if isinstance(node, ast.Import):
                below = [alias.name.removeprefix(root.name).strip(".") for alias in node.names if _inside(alias, root)]
                found += [Import(importer, module, "", node.lineno) for module in below if module in modules]
            elif isinstance(node, ast.ImportFrom):
                source = node.module or ""
                if node.level:  # a relative import starts in this file's folder, or above it
                    source = ".".join([*folder[: len(folder) - node.level + 1], source]).strip(".")
                elif source == root.name or source.startswith(f"{root.name}."):
                    source = source.removeprefix(root.name).strip(".")
                else:
                    continue
                for alias in node.names:
                    whole = f"{source}.{alias.name}".strip(".")
                    taken = (whole, "") if whole in modules else (source, alias.name)
                    found.append(Import(importer, *taken, node.lineno))
    return found


def _inside(alias, root):
    return alias.name == root.name or alias.name.startswith(f"{root.name}.")


# ---------------------------------------------------------------- the rules


def names_defined_twice(root):
    """A public name stands in one place, so that whoever reads it knows what it is."""
    where = defaultdict(list)
    for path, tree in python_files(root).items():
        for name, line, is_function in public(tree.body):
            if name not in FREE and path not in ENGINES and not (path == COMMANDS and is_function):
                where[name].append(f"{path}:{line}")
    return [f"{name} is defined in {' and in '.join(places)}" for name, places in where.items() if len(places) > 1]


def engines_that_differ(root):
    """Both engines have the same public names, and functions that are called alike."""
    ours, theirs = (_interface(python_files(root)[path]) for path in ENGINES)
    problems = []
    for name in sorted({*ours, *theirs}):
        if ours.get(name) != theirs.get(name):
            each = zip(ENGINES, (ours, theirs), strict=True)
            told = [f"{path}: {interface.get(name, 'no such name')}" for path, interface in each]
            problems.append(f"{name} differs: {'; '.join(told)}")
    return problems


def _interface(tree):
    """Return {public name: its arguments, or "a constant" or "a class"}; types differ from engine to engine."""
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    found = {}
    for name, *_ in public(tree.body):
        found[name] = "a class" if name in classes else "a constant"
        if name in functions:
            arguments = copy.deepcopy(functions[name].args)
            for argument in ast.walk(arguments):
                if isinstance(argument, ast.arg):
                    argument.annotation = None
            found[name] = f"({ast.unparse(arguments)})"
    return found


def imports_that_lead_up(root):
    """A room uses what lies below it, so that it can be read without what lies above."""
    floors = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
    rooms = {module_name(path).split(".")[0] for path in python_files(root)}
    problems = [f"{room} has no place in FLOORS" for room in sorted(rooms - set(floors))]
    at_the_door = {name for name, *_ in definitions(python_files(root)["__init__.py"].body)}
    for importer, imported, name, line in imports(root):
        from_room, to_room = importer.split(".")[0], imported.split(".")[0]
        what = f"{importer or 'the front door'}, line {line}, takes {name or 'all'} of {imported or 'the front door'}"
        if not imported and name not in at_the_door:
            problems.append(f"{what}: a name that is handed on there; take it from where it is defined")
        elif floors.get(from_room, 0) < floors.get(to_room, 0):
            problems.append(f"{what}, which lies above")
    return problems


def import_cycles(root):
    """No file needs, in any way, a file that needs it: the first ring that is found, with the names that tie it."""
    tied = defaultdict(list)
    for importer, imported, name, line in imports(root):
        tied[importer, imported].append(f"{name or 'the module'} (line {line})")
    sorter = graphlib.TopologicalSorter()
    for importer, imported in tied:
        sorter.add(importer, imported)
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        ring = error.args[1][::-1]  # graphlib names what is needed first
        steps = [(a, b, ", ".join(tied[a, b])) for a, b in zip(ring[:-1], ring[1:], strict=True)]
        return ["; ".join(f"{a} takes {names} from {b}" for a, b, names in steps)]
    return []


def engines_outside_of_their_room(root):
    """TensorFlow and JAX are named in one folder alone; everything else is Keras."""
    problems = []
    for path, tree in python_files(root).items():
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            engines = [name for name in names if name.split(".")[0] in ("tensorflow", "jax", "jaxlib")]
            if engines and not path.startswith("engine/"):
                problems.append(f"{path}:{node.lineno} imports {engines[0]}")
    return problems


def crowded_folders(root):
    """A folder is taken in at a glance."""
    problems = []
    for folder in [root, *(entry for entry in root.rglob("*") if entry.is_dir() and entry.name != "__pycache__")]:
        count = len([entry for entry in folder.iterdir() if not entry.name.startswith(("__pycache__", "."))])
        if count > MOST_ENTRIES:
            problems.append(f"{folder.relative_to(root.parent)} holds {count} entries, more than {MOST_ENTRIES}")
    return problems


def front_door_names_that_are_not_there(root):
    """What ``from oasis_helpers import NAME`` fetches from its module at first use is defined in that module."""
    files = python_files(root)
    by_module = {module_name(path): {name for name, *_ in definitions(tree.body)} for path, tree in files.items()}
    tables = [node.value for node in files["__init__.py"].body if _assigns(node, "_WHERE")]
    return [
        f"{name} is not defined in {module}"
        for table in tables
        for name, module in ast.literal_eval(table).items()
        if name not in by_module.get(module, ())
    ]


def _assigns(node, name):
    return isinstance(node, ast.Assign) and [target.id for target in node.targets if hasattr(target, "id")] == [name]


RULES = [
    names_defined_twice,
    engines_that_differ,
    imports_that_lead_up,
    import_cycles,
    engines_outside_of_their_room,
    crowded_folders,
    front_door_names_that_are_not_there,
]


@functools.cache
def problems_of_the_package(rule):
    return rule(PACKAGE)


@pytest.mark.parametrize("rule", RULES, ids=[rule.__name__ for rule in RULES])
def test_the_package_keeps_the_rule(rule):
    assert problems_of_the_package(rule) == []


# ---------------------------------------------------------------- the rules find what they are for


@pytest.fixture
def broken(tmp_path):
    """A copy of the package's source, to break a rule in."""
    ignored = shutil.ignore_patterns("__pycache__", "*.safetensors")
    return Path(shutil.copytree(PACKAGE, tmp_path / PACKAGE.name, ignore=ignored))


def plant(broken, path, text):
    """Write some lines at the end of a file; returns its path in the copy."""
    file = broken / path
    file.parent.mkdir(exist_ok=True)
    file.write_text((file.read_text(encoding="utf-8") if file.exists() else "") + f"\n\n{text}\n", encoding="utf-8")
    return file


def found(rule, broken, *words):
    """Return whether a rule finds one more problem in the copy than in the package, and tells it in these words."""
    new = set(rule(broken)) - set(problems_of_the_package(rule))
    return len(new) == 1 and all(word in next(iter(new)) for word in words)


@pytest.mark.parametrize(
    "text",
    ["def pixel_norm(x):\n    return x", "class pixel_norm:\n    pass", "pixel_norm: int = 3", "a, pixel_norm = 1, 2"],
    ids=["a function", "a class", "a constant", "one of two constants"],
)
def test_a_name_in_two_places_is_found(broken, text):
    plant(broken, "paths.py", text)
    assert found(names_defined_twice, broken, "pixel_norm", "paths.py:", "networks/layers.py:")


def test_a_name_inside_of_a_block_is_found(broken):
    plant(broken, "paths.py", "try:\n    MASK = 1\nexcept OSError:\n    SQRT2 = 1.4")
    assert found(names_defined_twice, broken, "SQRT2", "paths.py:", "networks/layers.py:")


def test_private_names_commands_and_main_may_repeat(broken):
    plant(broken, "paths.py", "def _plant():\n    pass\n\n\ndef main():\n    pass")
    plant(broken, "errors.py", "def _plant():\n    pass\n\n\ndef main():\n    pass")
    plant(broken, COMMANDS, "def pixel_norm():\n    pass")
    assert names_defined_twice(broken) == problems_of_the_package(names_defined_twice)


def test_an_engine_that_lacks_a_name_is_found(broken):
    plant(broken, ENGINES[1], "def planted(x):\n    return x")
    assert found(engines_that_differ, broken, "planted", "no such name", "(x)")


def test_engines_whose_functions_are_called_differently_are_found(broken):
    file = broken / ENGINES[0]
    text = file.read_text(encoding="utf-8")
    assert text.count("jit: bool, writes: bool") == 1
    file.write_text(text.replace("jit: bool, writes: bool", "jit: bool, writes: bool = True"), encoding="utf-8")
    assert found(engines_that_differ, broken, "compile_function", "writes=True")


@pytest.mark.parametrize(
    "text",
    [
        "from oasis_helpers.view.figures import show_slices",
        "from oasis_helpers.view import figures",
        "import oasis_helpers.view.figures",
        "from .view.figures import show_slices",
        "def planted():\n    from oasis_helpers.view.figures import show_slices",
        "class Planted:\n    def method(self):\n        if self:\n            import oasis_helpers.view.figures",
    ],
    ids=["a name", "a module", "by its whole name", "relative", "in a function", "in a method"],
)
def test_an_import_from_above_is_found(broken, text):
    plant(broken, "paths.py", text)
    assert found(imports_that_lead_up, broken, "paths, line ", "view.figures", "which lies above")


def test_an_import_for_type_checkers_alone_may_lead_up(broken):
    plant(broken, "paths.py", "if TYPE_CHECKING:\n    from oasis_helpers.view.figures import show_slices")
    assert imports_that_lead_up(broken) == problems_of_the_package(imports_that_lead_up)


def test_a_room_without_a_floor_is_found(broken):
    plant(broken, "attic/boxes.py", "")
    assert found(imports_that_lead_up, broken, "attic has no place in FLOORS")


def test_a_name_that_the_front_door_hands_on_is_found(broken):
    plant(broken, "view/figures.py", "from oasis_helpers import Generator")
    assert found(imports_that_lead_up, broken, "view.figures, line ", "Generator", "where it is defined")


def test_a_ring_of_imports_is_found(broken):
    plant(broken, "sampling/ranges.py", "def planted():\n    from oasis_helpers.sampling.mixing import walk")
    (problem,) = import_cycles(broken)
    assert "sampling.ranges takes walk (line " in problem and ") from sampling.mixing" in problem
    assert "sampling.mixing takes layer_range (line " in problem


def test_a_ring_through_a_folder_is_found(broken):
    plant(broken, "sampling/ranges.py", "from oasis_helpers import sampling")
    (problem,) = import_cycles(broken)
    assert "sampling.ranges takes the module (line " in problem and " from sampling" in problem


@pytest.mark.parametrize(
    "text",
    ["import tensorflow as tf", "from jax import numpy", "def planted():\n    import jax.numpy"],
    ids=["tensorflow", "a part of jax", "in a function"],
)
def test_an_engine_outside_of_its_room_is_found(broken, text):
    plant(broken, "networks/layers.py", text)
    assert found(engines_outside_of_their_room, broken, "networks/layers.py:")


def test_a_crowded_folder_is_found(broken):
    for number in range(MOST_ENTRIES):
        plant(broken, f"sampling/more_{number}.py", "")
    assert found(crowded_folders, broken, "oasis_helpers/sampling holds ", "entries")


def test_a_name_that_has_moved_is_found_at_the_front_door(broken):
    file = broken / "__init__.py"
    text = file.read_text(encoding="utf-8")
    assert '"networks.generator"' in text
    file.write_text(text.replace('"networks.generator"', '"networks.mapping"'), encoding="utf-8")
    assert found(front_door_names_that_are_not_there, broken, "Generator is not defined in networks.mapping")
