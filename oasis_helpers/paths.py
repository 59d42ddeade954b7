"""Where the course keeps what it makes: caches and runs (notebooks 00 and 05)."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def cache_dir() -> Path:
    """The folder for things that can be made again: the cohort and the pyramid stores.

    The environment variable ``OASIS_CACHE`` moves it; without it, it is the user's cache folder.
    """
    chosen = os.environ.get("OASIS_CACHE")
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_cache_dir("oasis_helpers"))


def runs_dir() -> Path:
    """The folder for training runs: ``runs/`` of the clone one works in, else of the working directory.

    Notebooks and the command line then find each other's runs. ``OASIS_RUNS`` moves it.
    """
    chosen = os.environ.get("OASIS_RUNS")
    if chosen:
        return Path(chosen).expanduser()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "oasis_helpers" / "paths.py").is_file():
            return folder / "runs"
    return here / "runs"
