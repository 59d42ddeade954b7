"""One tiny compiled step in a process of its own, so that an abort is a line and not a dead kernel (notebook 00)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

# Given as text: to import it here would import TensorFlow. Keras goes first, so that what it says is not kept quiet.
CHILD = "import oasis_helpers, keras; from oasis_helpers.engine import first_step; first_step.main(jit={jit})"
MARK = "first step: "  # begins the lines that the child says; engines print lines of their own
SECONDS = 120  # a card's first compilation can take half a minute


class Trial(NamedTuple):
    """How a step went.

    Attributes:
        device: what it was tried on: "CPU", or "GPU 0".
        said: what the process told before it ended: ``engine``, ``devices``, ``cuda`` (that the engine was built
            with) and last ``seconds``, which the compiled step took.
        code: its exit code, negative for a signal; None where it took longer than `SECONDS`.
        text: what it wrote on standard error.
    """

    device: str
    said: dict[str, Any]
    code: int | None
    text: str

    @property
    def worked(self) -> bool:
        """Whether the step was compiled and computed."""
        return self.code == 0 and "seconds" in self.said

    @property
    def ending(self) -> str:
        """How the process ended, for people: its signal, or the last line of its error."""
        if self.code is None:
            return f"it had not ended after {SECONDS} seconds"
        if self.code < 0:
            return f"the process was ended by {_signal_name(-self.code)}{_last_line(self.text, ': ')}"
        return _last_line(self.text) or f"the process ended with exit code {self.code}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _last_line(text: str, before: str = "") -> str:
    """Return the line that tells most: the last that names an error, else the last."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "error" in line.lower() or "fatal" in line.lower()]
    return before + (telling or lines)[-1][:300] if lines else ""


def try_step(device: str = "CPU", jit: bool = True, **environment: str) -> Trial:
    """Compile and run one tiny step in a new process; never raises, whatever happens to it.

    Args:
        device: a name for it.
        jit: compile with XLA; JAX always does.
        **environment: variables for the process, such as CUDA_VISIBLE_DEVICES.
    """
    arguments = [sys.executable, "-c", CHILD.format(jit=jit)]
    # On a shared card, and beside a notebook that holds its memory already, it must not ask for all that is free.
    frugal = {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    whole = _with_package({**os.environ, **frugal, "TF_CPP_MIN_LOG_LEVEL": "0", **environment})
    try:
        done = subprocess.run(
            arguments, env=whole, capture_output=True, text=True, errors="replace", timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired as late:
        return Trial(device, _said(_text(late.stdout)), None, _text(late.stderr))
    except OSError as error:
        return Trial(device, {}, 1, f"no process could be started: {error}")
    return Trial(device, _said(done.stdout), done.returncode, done.stderr)


def _with_package(environment: Mapping[str, str]) -> dict[str, str]:
    """Let the process find this package, wherever it was started."""
    folder = str(Path(__file__).resolve().parents[2])
    paths = [folder, *filter(None, [environment.get("PYTHONPATH")])]
    return {**environment, "PYTHONPATH": os.pathsep.join(paths)}


def _text(output: str | bytes | None) -> str:
    """Return what a process that ran out of time had written; Python gives it as bytes."""
    return output.decode(errors="replace") if isinstance(output, bytes) else output or ""


def _said(output: str) -> dict[str, Any]:
    """Return the child's lines, laid over each other."""
    said: dict[str, Any] = {}
    for line in output.splitlines():
        if line.startswith(MARK):
            said |= json.loads(line.removeprefix(MARK))
    return said


def say(**facts: Any) -> None:
    """Tell the process that started this one; at once, so that it is known if the next line aborts."""
    print(f"{MARK}{json.dumps(facts)}", flush=True)


def clock(started: float) -> float:
    """Return the seconds since a moment of `time.perf_counter`, rounded for people."""
    return round(time.perf_counter() - started, 2)
