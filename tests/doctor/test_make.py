"""`make setup EXTRAS=gpu` asks which engine fits the card: with a nvidia-smi and a .venv that are scripts."""

import os
import shutil
import subprocess
import sys

import pytest
from helpers.machines import fake_nvidia_smi
from helpers.scripts import ROOT

OLDER = "0, GPU-aaaa, NVIDIA RTX A4000, 570.86.10, 16376, 15000, 8.6"
NEWER = "0, GPU-bbbb, NVIDIA GeForce RTX 5060, 570.86.10, 8151, 8000, 12.0"
# Installs nothing: writes down what it was to install, and the engine that JupyterLab is started with.
PYTHON = f"""#!/bin/sh
case "$*" in
  *doctor.cards*) exec {sys.executable} -S "$@";;
  *) echo "$KERAS_BACKEND: $*" >> "$(dirname "$0")/calls";;
esac
"""

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@pytest.fixture
def venv(tmp_path):
    """A .venv whose Python writes down what it is asked for."""
    folder = tmp_path / ".venv"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").write_text(PYTHON, encoding="utf-8")
    (folder / "bin" / "python").chmod(0o755)
    (folder / ".made").touch()
    return folder


def make(venv, *arguments, card=OLDER):
    """Run make; returns (what was asked of the .venv's Python, what make printed)."""
    path = fake_nvidia_smi(venv.parent / "smi", card)
    environment = {name: value for name, value in os.environ.items() if name not in ("KERAS_BACKEND", "MAKEFLAGS")}
    command = ["make", "--no-print-directory", *arguments, f"VENV={venv}"]
    done = subprocess.run(command, cwd=ROOT, env={**environment, "PATH": path}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    calls = venv / "bin" / "calls"
    return (calls.read_text() if calls.exists() else ""), done.stdout + done.stderr


@pytest.mark.parametrize(
    ("extras", "card", "installed"),
    [
        ("gpu", OLDER, ".[gpu]"),
        ("gpu", NEWER, ".[jax-gpu]"),
        ("jax-gpu", OLDER, ".[jax-gpu]"),
        ("jax", NEWER, ".[jax]"),
    ],
)
def test_the_engine_that_fits_is_installed(venv, extras, card, installed):
    calls, printed = make(venv, "setup", f"EXTRAS={extras}", card=card)
    assert calls.rstrip().endswith(f"-e {installed}")
    assert ("which TensorFlow cannot compile for yet" in printed) == (extras == "gpu" and card == NEWER)


def test_without_extras_the_course_alone_is_installed(venv):
    calls, _ = make(venv, "setup")
    assert calls.rstrip().endswith("-e .")


@pytest.mark.parametrize(("card", "engine"), [(OLDER, "tensorflow"), (NEWER, "jax")])
def test_lab_starts_with_the_engine_that_was_installed_for_the_card(venv, card, engine):
    make(venv, "setup", "EXTRAS=gpu", card=card)
    calls, _ = make(venv, "lab", card=card)  # without EXTRAS, as on the next day
    assert calls.splitlines()[-1].startswith(f"{engine}: -m jupyterlab")


def test_lab_takes_tensorflow_where_no_card_was_asked_for(venv):
    calls, _ = make(venv, "lab")
    assert calls.splitlines()[-1].startswith("tensorflow: -m jupyterlab")
