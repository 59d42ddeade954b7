"""The explorer's random numbers are NumPy's: seed for seed, number for number."""

import json
import shutil
import subprocess

import numpy as np
import pytest
from helpers.scripts import ROOT

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(not NODE, reason="Node.js is not installed")

SCRIPT = """
import { standardNormal } from "%s";
const [seeds, count] = JSON.parse(process.argv[1]);
for (const seed of seeds) process.stdout.write(new Uint8Array(standardNormal(seed, count).buffer));
"""
SEEDS = [0, 1, 3, 12345, 2**31 - 1, 2**32 + 5, [3, 1], [0, 1], [2**33 + 7, 1], [1, 2, 3, 4, 5, 6]]
COUNT = 100_000


def test_they_are_numpys():
    script = SCRIPT % (ROOT / "site" / "explorer" / "random.js").as_uri()
    command = [NODE, "--input-type=module", "--eval", script, json.dumps([SEEDS, COUNT])]
    done = subprocess.run(command, capture_output=True, check=True)
    found = np.frombuffer(done.stdout, "<f4").reshape(len(SEEDS), COUNT)
    expected = np.stack([np.random.default_rng(s).standard_normal(COUNT, dtype="float32") for s in SEEDS])
    other = found != expected
    assert (np.abs(expected[other]) > 3.65).all()  # the tail, whose logarithm a machine may round otherwise
    assert other.sum() <= 20
    np.testing.assert_allclose(found, expected, rtol=3e-7)
    assert np.abs(expected).max() > 4.5  # the tail was reached
