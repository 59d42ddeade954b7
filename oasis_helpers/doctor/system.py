"""The processor, the system around it and the folders that the course writes to (notebook 00)."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_SYSTEM = Path("/")  # tests put a folder with files of their own in its place
INTEL = ("x86_64", "amd64", "i386", "i686")


class Processor(NamedTuple):
    """The processor.

    Attributes:
        name: such as "AMD EPYC 7763"; the architecture where the system does not tell more.
        architecture: such as "x86_64" or "aarch64".
        cores: that this process may use.
        avx: whether it has AVX, without which neither TensorFlow nor JAX can be imported; None where that is not
            asked (other architectures) or not told.
    """

    name: str
    architecture: str
    cores: int
    avx: bool | None


class FolderState(NamedTuple):
    """A folder that the course writes to.

    Attributes:
        what: it is for, such as "cache".
        path: of it.
        variable: the environment variable that moves it.
        free: bytes on its disk; None where the system does not tell.
        problem: why nothing can be written there; empty where something can.
        filled: whether something lies in it already.
    """

    what: str
    path: Path
    variable: str
    free: int | None
    problem: str
    filled: bool


def processor() -> Processor:
    """Describe the processor without importing an engine."""
    architecture, told = platform.machine(), _cpuinfo()
    flags = told.get("flags", "").split()
    avx = "avx" in flags if flags and architecture.lower() in INTEL else None
    name = told.get("model name") or platform.processor() or architecture
    return Processor(name, architecture, _cores(), avx)


def _cpuinfo() -> dict[str, str]:
    """Return what Linux tells of the first core; nothing elsewhere."""
    found: dict[str, str] = {}
    with suppress(OSError):
        for line in (_SYSTEM / "proc/cpuinfo").read_text(errors="replace").splitlines():
            name, _, value = line.partition(":")
            found.setdefault(name.strip(), value.strip())
    return found


def _cores() -> int:
    """Return the cores of this process: all, or those that it is bound to."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # only Linux has it
        return os.cpu_count() or 1


def wsl() -> int | None:
    """Return 1 or 2, the version of the Windows Subsystem for Linux that this is; None elsewhere."""
    with suppress(OSError):
        release = (_SYSTEM / "proc/sys/kernel/osrelease").read_text()
        if "microsoft" in release.lower():
            return 2 if "WSL2" in release or (_SYSTEM / "run/WSL").exists() else 1
    return None


def folder(what: str, path: Path, variable: str) -> FolderState:
    """Look at a folder, or where it is not there yet, at the one above that it would be made in. Writes nothing."""
    there = next((above for above in (path, *path.absolute().parents) if above.exists()), _SYSTEM)
    problem, free = "", None
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        problem = error.strerror or str(error)
    with suppress(OSError):
        free = shutil.disk_usage(there).free
    with suppress(OSError):
        return FolderState(what, path, variable, free, problem, filled=path.is_dir() and any(path.iterdir()))
    return FolderState(what, path, variable, free, problem, filled=False)
