"""Running scripts on chosen engines and devices, and comparing what they saved."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

TESTS = Path(__file__).resolve().parents[1]
TWO = "--xla_force_host_platform_device_count=2"


def run_script(name, backend, argument, two=False):
    """Run a module of this folder in a process of its own, on an engine, on one device or two virtual ones."""
    command = [sys.executable, "-m", f"helpers.{name}", str(argument), *(["two"] if two else [])]
    environment = {**os.environ, "KERAS_BACKEND": backend, **({"XLA_FLAGS": TWO} if two else {})}
    done = subprocess.run(command, env=environment, cwd=TESTS, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def one_step(backend, file, two=False):
    """Return the arrays of one_step.py."""
    run_script("one_step", backend, file, two)
    with np.load(file) as arrays:
        return dict(arrays)


def gap(a, b):
    """Return |a - b| / |b|."""
    a, b = a.astype("float64"), b.astype("float64")
    return np.linalg.norm(a - b) / max(np.linalg.norm(b), 1e-12)


def worst(a, b, case, kind):
    """Return the largest gap between the arrays of a kind with its name, and how many there were."""
    gaps = {name: gap(a[name], b[name]) for name in b if name.startswith(f"{case}: {kind} ")}
    return max(gaps.items(), key=lambda item: item[1]), len(gaps)


def check_updates(a, b, case):
    """Assert that the changes of the weights agree, not only the weights."""
    moved = 0
    for name in b:
        if name.startswith((f"{case}: after g/", f"{case}: after d/")):
            before = b[name.replace(": after ", ": before ")].astype("float64")
            one, other = a[name] - before, b[name] - before
            size = np.linalg.norm(other)
            moved += size > 0
            # A change of a thousandth of the weight, itself rounded to float32, is known to about 1e-4.
            assert np.linalg.norm(one - other) <= 2e-3 * size + 1e-12, name
    assert moved > 40
