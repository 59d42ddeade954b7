"""Main memory: what this process holds, held at most, and may hold (notebook 05).

Bytes everywhere. The memory of a GPU is asked for in `oasis_helpers.engine`.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

_SYSTEM = Path("/")  # tests put a folder with files of their own in its place
UNLIMITED = 1 << 60  # version 1 of cgroups writes a number near 2^63 where there is no limit


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
    free = unused()
    return None if free is None else min([in_use() + free, *_group_limits(_SYSTEM)])


def unused() -> int | None:
    """Return the machine's memory that can still be given out; None where the system does not tell."""
    return _meminfo("MemAvailable", _SYSTEM)


def installed() -> int | None:
    """Return the machine's memory in all; None where the system does not tell."""
    with suppress(OSError, ValueError, AttributeError):  # not on Windows
        return _meminfo("MemTotal", _SYSTEM) or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return None


def group_limit() -> int | None:
    """Return the least memory limit of the process's cgroup and those around it; None where none is set."""
    return min(_group_limits(_SYSTEM), default=None)


def _meminfo(name: str, system: Path) -> int | None:
    try:
        lines = (system / "proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:")), None)


def _group_limits(system: Path) -> list[int]:
    """Return the limits of the process's cgroup and of those around it, where one is set; versions 2 and 1."""
    limits = []
    with suppress(OSError):
        for line in (system / "proc/self/cgroup").read_text().splitlines():
            _, controllers, own = line.split(":", 2)
            if controllers in ("", "memory"):
                root = system / "sys/fs/cgroup" / controllers
                group, name = root / own.lstrip("/"), "memory.limit_in_bytes" if controllers else "memory.max"
                # Inside a container the path may be that of the host: what the container sees lies at the root.
                for folder in (group, *(above for above in group.parents if above.is_relative_to(root))):
                    with suppress(OSError, ValueError):  # no such file at the top, or the word "max"
                        limits.append(int((folder / name).read_text()))
    return [limit for limit in limits if limit < UNLIMITED]
