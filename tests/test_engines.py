"""TensorFlow and JAX: one step from the same weights, batch, latents and noise gives the same numbers."""

import os
import subprocess
import sys

import pytest
from stepping import TESTS, check_updates, one_step, worst

pytest.importorskip("jax", reason="needs both engines: pip install jax")


@pytest.fixture(scope="module")
def steps(tmp_path_factory):
    """The step of one_step.py on each engine."""
    folder = tmp_path_factory.mktemp("engines")
    steps = [one_step(name, folder / f"{name}.npz") for name in ("tensorflow", "jax")]
    assert set(steps[0]) == set(steps[1])
    return steps


CASES = pytest.mark.parametrize("case", ["r1", "lazy", "wgan"])


@CASES
def test_both_start_from_the_same_numbers(steps, case):
    (name, gap), count = worst(*steps, case, "before")
    assert gap == 0 and count > 100, name


@CASES
def test_losses_agree(steps, case):
    (name, gap), count = worst(*steps, case, "log")
    assert gap < 1e-4 and count == {"r1": 5, "lazy": 5, "wgan": 4}[case], (name, gap)


@CASES
def test_gradients_agree_those_of_the_penalties_included(steps, case):
    (name, gap), count = worst(*steps, case, "gradient")
    assert gap < 1e-4 and count > 50, (name, gap)


@CASES
def test_updated_weights_averages_and_moments_agree(steps, case):
    (name, gap), count = worst(*steps, case, "after")
    assert gap < 1e-4 and count > 100, (name, gap)
    check_updates(*steps, case)


@pytest.mark.parametrize("engines", [("tensorflow", "jax"), ("jax", "tensorflow")], ids=" to ".join)
def test_a_run_of_one_engine_goes_on_with_the_other(engines, tmp_path):
    for name in engines:
        command = [sys.executable, str(TESTS / "go_on.py"), str(tmp_path / "run")]
        done = subprocess.run(command, env={**os.environ, "KERAS_BACKEND": name}, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / "run" / "sample_output.png").is_file()
