"""Faults of the processor, the memory, the folders and the installation (notebook 00).

Each is a function that takes the facts and returns the problem, or None where all is well.
"""

from __future__ import annotations

from oasis_helpers.doctor.facts import Facts
from oasis_helpers.doctor.fixes import Problem, install, more_memory, size
from oasis_helpers.doctor.system import FolderState

NEEDED_MEMORY = 3e9  # what the preset laptop holds at its last level
NEEDED_DISK = 2e9  # cohort, slices at all sizes, and some runs
ENGINES = ("tensorflow", "jax")


def old_python(facts: Facts) -> Problem | None:
    """Python before 3.11, which Keras does not run on."""
    if facts.python >= (3, 11):
        return None
    version = ".".join(map(str, facts.python))
    return Problem(
        "old-python", True, f"Python {version}: 3.11 to 3.13 is needed", "make clean setup PYTHONS=python3.12"
    )


def no_avx(facts: Facts) -> Problem | None:
    """A processor without AVX: TensorFlow and JAX end with "Illegal instruction" when they are imported."""
    if facts.processor.avx is not False:
        return None
    text = f"the processor ({facts.processor.name}) has no AVX: TensorFlow and JAX end Python when they are imported"
    return Problem("no-avx", True, text, "take another computer; in a virtual machine, pass the host's processor on: "
                   "qemu-system-x86_64 -cpu host")  # fmt: skip


def unknown_engine(facts: Facts) -> Problem | None:
    """A KERAS_BACKEND that the course does not run on."""
    if facts.backend in ENGINES:
        return None
    text = f"KERAS_BACKEND: expected tensorflow or jax, but got {facts.backend!r}"
    return Problem("unknown-engine", True, text, "export KERAS_BACKEND=tensorflow")


def no_engine(facts: Facts) -> Problem | None:
    """The chosen engine, or Keras, is not installed."""
    missing = [name for name in (facts.backend, "keras") if name not in facts.packages]
    if facts.backend not in ENGINES or not missing:
        return None
    extra = "jax" if facts.backend == "jax" else ""
    return Problem("no-engine", True, f"{' and '.join(missing)}: not installed", install(extra))


def old_keras(facts: Facts) -> Problem | None:
    """Keras 2, whose layers are others."""
    version = facts.packages.get("keras", "3")
    if int(version.split(".")[0]) >= 3:
        return None
    return Problem("old-keras", True, f"Keras {version}: Keras 3 is needed", install())


def wsl_1(facts: Facts) -> Problem | None:
    """The first Windows Subsystem for Linux: no GPU, and slow files."""
    if facts.wsl != 1:
        return None
    text = "WSL 1: it has no GPU, and its files are slow; WSL 2 has both"
    return Problem("wsl-1", False, text, "in Windows: wsl.exe --list, then wsl.exe --set-version NAME 2")


def windows_disk(facts: Facts) -> Problem | None:
    """The cache or the runs on Windows' disk, which WSL reaches slowly."""
    slow = [folder for folder in facts.folders if facts.wsl and str(folder.path).startswith("/mnt/")]
    if not slow:
        return None
    text = f"{slow[0].path} is on Windows' disk, where WSL is slow at many small files"
    return Problem("windows-disk", False, text, _move(slow[0]))


def limited_memory(facts: Facts) -> Problem | None:
    """A container or a batch job that may hold less memory than a training needs."""
    if facts.memory_limit is None or facts.memory_limit >= NEEDED_MEMORY:
        return None
    have = "" if facts.memory is None else f" of the machine's {size(facts.memory)}"
    text = (
        f"the container or job may hold {size(facts.memory_limit)}{have}; the preset laptop needs "
        f"{size(NEEDED_MEMORY)}, and what needs more is killed without a message"
    )
    return Problem("memory-limit", True, text, more_memory(facts))


def little_memory(facts: Facts) -> Problem | None:
    """Less free memory than a training needs."""
    if facts.memory_free is None or facts.memory_free >= NEEDED_MEMORY or limited_memory(facts):
        return None
    text = f"{size(facts.memory_free)} of memory are free; the preset laptop needs {size(NEEDED_MEMORY)}"
    fix = "close other programs and notebooks, or take the small preset: export OASIS_PRESET=smoke"
    return Problem("little-memory", False, text, fix)


def folder_problems(facts: Facts) -> list[Problem]:
    """Folders that nothing can be written to, and disks that are nearly full."""
    found = []
    for folder in facts.folders:
        if folder.problem and folder.what == "cache" and folder.filled:
            continue  # made by somebody else, for everybody: it is read, not written
        if folder.problem:
            text = f"nothing can be written to {folder.path}, the {folder.what} folder: {folder.problem}"
            others = "; another folder takes what is new" if folder.what == "cache" else ""  # see paths.cache_places
            found.append(Problem("not-writable", not others, text + others, _move(folder)))
        elif folder.free is not None and folder.free < NEEDED_DISK:
            text = f"{size(folder.free)} are free on the disk of {folder.path}; {size(NEEDED_DISK)} are needed"
            found.append(Problem("disk-full", True, text, f"make room, or: {_move(folder)}"))
    return found


def _move(folder: FolderState) -> str:
    return f'export {folder.variable}="$HOME/oasis-{folder.what}"'


MACHINE_FAULTS = (old_python, no_avx, unknown_engine, no_engine, old_keras, wsl_1, windows_disk, limited_memory)
MACHINE_FAULTS += (little_memory,)
