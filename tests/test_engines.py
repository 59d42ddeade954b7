"""TensorFlow and JAX: one step from the same weights, batch, latents and noise gives the same numbers."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

TESTS = Path(__file__).parent


@pytest.fixture(scope="module")
def steps(tmp_path_factory):
    """The step of one_step.py on each engine, each in a process of its own."""
    pytest.importorskip("jax", reason="needs both engines: pip install jax")
    folder, results = tmp_path_factory.mktemp("engines"), {}
    for name in ("tensorflow", "jax"):
        file = folder / f"{name}.npz"
        command = [sys.executable, str(TESTS / "one_step.py"), str(file)]
        done = subprocess.run(command, env={**os.environ, "KERAS_BACKEND": name}, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
        with np.load(file) as arrays:
            results[name] = dict(arrays)
    return results


def worst(steps, case, kind):
    """Return the largest |a - b| / |b| over the arrays of a kind, and how many there were."""
    names = [name for name in steps["jax"] if name.startswith(f"{case}: {kind} ")]
    assert set(steps["jax"]) == set(steps["tensorflow"])
    gaps = {}
    for name in names:
        a, b = (steps[engine][name].astype("float64") for engine in ("tensorflow", "jax"))
        gaps[name] = np.linalg.norm(a - b) / max(np.linalg.norm(b), 1e-12)
    return max(gaps.items(), key=lambda item: item[1]), len(names)


CASES = pytest.mark.parametrize("case", ["r1", "lazy", "wgan"])


@CASES
def test_both_start_from_the_same_numbers(steps, case):
    (name, gap), count = worst(steps, case, "before")
    assert gap == 0 and count > 100, name


@CASES
def test_losses_agree(steps, case):
    (name, gap), count = worst(steps, case, "log")
    assert gap < 1e-4 and count == {"r1": 5, "lazy": 5, "wgan": 4}[case], (name, gap)


@CASES
def test_gradients_agree_those_of_the_penalties_included(steps, case):
    (name, gap), count = worst(steps, case, "gradient")
    assert gap < 1e-4 and count > 60, (name, gap)


@CASES
def test_updated_weights_averages_and_moments_agree(steps, case):
    (name, gap), count = worst(steps, case, "after")
    assert gap < 1e-4 and count > 100, (name, gap)


@CASES
def test_the_updates_themselves_agree(steps, case):
    moved = 0
    for name in steps["jax"]:
        if name.startswith((f"{case}: after g/", f"{case}: after d/")):
            before = steps["jax"][name.replace(": after ", ": before ")].astype("float64")
            a, b = (steps[engine][name] - before for engine in ("tensorflow", "jax"))
            size = np.linalg.norm(b)
            moved += size > 0
            # A change of a thousandth of the weight, itself rounded to float32, is known to about 1e-4.
            assert np.linalg.norm(a - b) <= 2e-3 * size + 1e-12, name
    assert moved > 60


@pytest.mark.parametrize("engines", [("tensorflow", "jax"), ("jax", "tensorflow")], ids=" to ".join)
def test_a_run_of_one_engine_goes_on_with_the_other(engines, tmp_path):
    pytest.importorskip("jax", reason="needs both engines: pip install jax")
    for name in engines:
        command = [sys.executable, str(TESTS / "go_on.py"), str(tmp_path / "run")]
        done = subprocess.run(command, env={**os.environ, "KERAS_BACKEND": name}, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / "run" / "sample_output.png").is_file()
