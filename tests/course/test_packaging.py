"""What a fresh clone promises: versions that agree, light imports, nothing of one machine in git."""

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import oasis_helpers

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# Built so that this line does not match itself.
MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(?:home|root|work|Users)/\w")


def requirements(lines):
    """Requirements by name, e.g. {"keras": Requirement("keras>=3.15.1")}."""
    packaging = pytest.importorskip("packaging.requirements")
    return {item.name: item for item in map(packaging.Requirement, lines)}


def git(*arguments, feed=None):
    """The names that a git command prints; the test is skipped where the folder is not a clone."""
    if not (ROOT / ".git").exists():
        pytest.skip("needs a git clone")
    command = ["git", "-c", "safe.directory=*", *arguments, "-z"]
    done = subprocess.run(command, cwd=ROOT, input=feed, capture_output=True, text=True, check=True)
    return [name for name in done.stdout.split("\0") if name]


def run_python(code, **variables):
    """What ``code`` prints in a fresh Python that imports this folder's package."""
    environment = {key: value for key, value in os.environ.items() if key != "KERAS_BACKEND"}
    environment |= {"PYTHONPATH": str(ROOT), **variables}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_floors_are_there_and_met():
    floors = requirements(PROJECT["dependencies"])
    assert str(floors["keras"].specifier) == ">=3.15.1"
    assert str(floors["tensorflow"].specifier) == ">=2.20"
    for name, floor in floors.items():
        assert floor.specifier.contains(version(name), prereleases=True), f"{name} {version(name)} is not {floor}"


def test_extras_are_there():
    extras = PROJECT["optional-dependencies"]
    assert {"gpu", "jax", "jax-gpu", "tensorboard", "grading", "test"} <= set(extras)
    assert set(extras["tensorboard"]) <= set(extras["test"]), "what TensorBoard needs is tested in CI"
    on_gpu, jax = requirements(extras["jax-gpu"])["jax"], requirements(extras["jax"])["jax"]
    assert on_gpu.extras == {"cuda12"} and on_gpu.specifier == jax.specifier
    gpu = requirements(extras["gpu"])["tensorflow"]
    assert gpu.extras == {"and-cuda"}
    assert gpu.specifier == requirements(PROJECT["dependencies"])["tensorflow"].specifier


def test_python_range():
    specifiers = pytest.importorskip("packaging.specifiers")
    allowed = specifiers.SpecifierSet(PROJECT["requires-python"])
    assert [minor for minor in range(8, 20) if f"3.{minor}" in allowed] == [11, 12, 13]


def test_conda_reads_the_same_versions():
    yaml = pytest.importorskip("yaml")
    specifiers = pytest.importorskip("packaging.specifiers")
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    python, pip, through_pip = environment["dependencies"]
    assert python.removeprefix("python=") in specifiers.SpecifierSet(PROJECT["requires-python"])
    assert pip == "pip"
    assert through_pip == {"pip": ["-e .[test]"]}, "versions belong in pyproject.toml alone"


def test_citation_agrees():
    yaml = pytest.importorskip("yaml")
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == oasis_helpers.__version__
    # Of the code; a generator that was trained on people has terms of its own.
    assert citation["license"] == PROJECT["license"].split(" AND ")[0]


@pytest.mark.parametrize("module", ["oasis_helpers", "oasis_helpers.data"])
def test_import_is_light(module):
    heavy = "sorted({'tensorflow', 'keras', 'jax', 'torch'} & set(sys.modules))"
    assert run_python(f"import sys, {module}; print({heavy})") == "[]"


def test_tensorflow_is_the_default_engine_and_a_choice_stands():
    show = "import os, oasis_helpers; print(os.environ['KERAS_BACKEND'])"
    assert run_python(show) == "tensorflow"
    assert run_python(show, KERAS_BACKEND="jax") == "jax"


def test_nothing_of_one_machine_in_git():
    found = []
    for name in git("ls-files"):
        path = ROOT / name
        content = path.read_bytes() if path.is_file() else b""
        if b"\0" not in content:  # text, not an image
            text = re.sub(r'"image/(?:png|jpeg)": "[^"]*"', "", content.decode("utf-8"))
            found += [f"{name}: {match.group()}" for match in MACHINE_PATH.finditer(text)]
    assert found == []


def test_no_large_file_in_git():
    sizes = {name: (ROOT / name).stat().st_size for name in git("ls-files") if (ROOT / name).is_file()}
    models = {name: size for name, size in sizes.items() if name.startswith("oasis_helpers/") and "safetensors" in name}
    assert {name: size for name, size in sizes.items() if size > 2e6 and name not in models} == {}
    assert 0 < sum(models.values()) < 40e6  # the generators and the segmenter that come along


def test_what_the_course_makes_stays_out_of_git():
    made = [".venv/x", "my-course/00_x.ipynb", "data/x.png", "runs/a/x.json", "notebooks/runs/x", "x.safetensors"]
    made += ["assignments/source/x.ipynb", "tests/__pycache__/x"]
    kept = ["oasis_helpers/data/slices.py", "oasis_helpers/models/x.safetensors", "notebooks/source/00_x.py"]
    assert git("check-ignore", "--no-index", "--stdin", feed="\0".join(made + kept)) == made
