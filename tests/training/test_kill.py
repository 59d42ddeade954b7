"""Killed with SIGKILL, a run still ends as if nothing had happened; kill_run.py does the killing."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("OASIS_KILLS", "8"))  # OASIS_KILLS=40 for the long run


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork, which Windows lacks")
def test_a_killed_run_ends_bit_identical(tmp_path):
    command = [sys.executable, "-m", "helpers.kill_run", str(tmp_path), str(KILLS)]
    done = subprocess.run(command, cwd=Path(__file__).resolve().parents[1], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    kills, kinds = re.search(r"(\d+) kills in \d+ runs: (\{.*?\}); 0 ended otherwise", done.stdout).groups()
    assert int(kills) >= KILLS and min(map(int, re.findall(r": (\d+)", kinds))) >= KILLS // 4
