"""Main memory: what this process holds, held at most, and may hold (notebook 05).

Bytes everywhere. The memory of a GPU is asked for in `engine`.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path


def in_use() -> int:
    """Return what the process holds now (resident memory); where that is not told, the most that it held."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return peak()


def peak() -> int:
    """Return the most that the process held since it began, or since `reset_peak`."""
    import resource  # not on Windows, where the course runs inside WSL

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def reset_peak() -> None:
    """Begin a new peak. Only Linux can; elsewhere nothing happens, and the peak only ever rises."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def limit() -> int | None:
    """Return what the process can hold in all: what it holds and what is free, within its cgroup's bound.

    Batch systems such as Slurm set that bound. None where the system does not tell.
    """
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    free = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)
    return None if free is None else min([in_use() + free, *_group_limits()])


def _group_limits() -> list[int]:
    """Return ``memory.max`` of the process's cgroup (version 2) and of those around it, where one is set."""
    root = Path("/sys/fs/cgroup")
    limits = []
    with suppress(OSError, IndexError):
        own = [line for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::")][0]
        group = root / own.removeprefix("0::").lstrip("/")
        for folder in (group, *group.parents):
            with suppress(OSError, ValueError):  # no such file at the top, or the word "max"
                limits.append(int((folder / "memory.max").read_text()))
    return limits
