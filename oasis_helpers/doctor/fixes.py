"""The commands that fix things, as they are typed on this machine (notebook 00)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

CLONE = Path(__file__).resolve().parents[2]


class Problem(NamedTuple):
    """Something that is wrong.

    Attributes:
        fault: its name, for bug reports: "no-avx".
        stops: whether nothing can be trained before it is fixed; else it is slower or smaller than it could be.
        text: what is wrong, for people.
        fix: the one command, or where no command helps, the one thing to do.
    """

    fault: str
    stops: bool
    text: str
    fix: str


def install(extra: str = "") -> str:
    """Return what installs the course with an extra: make, where its own .venv runs this, else pip."""
    if Path(sys.prefix).resolve() == (CLONE / ".venv").resolve():
        return f"make setup EXTRAS={extra}" if extra else "make setup"
    return f"python -m pip install -e '.[{extra}]'" if extra else "python -m pip install -e ."


def take_jax(extra: str = "jax-gpu") -> str:
    """Return what changes over to JAX."""
    return f"{install(extra)} && export KERAS_BACKEND=jax"


def reinstall(package: str) -> str:
    """Return what puts a damaged package in place again."""
    return f"{sys.executable} -m pip install --force-reinstall --no-deps {package}"


def size(number: float) -> str:
    """Return bytes for people: 7.5 GB (10^9 bytes)."""
    return f"{number / 1e9:.1f} GB"
