"""Where the course keeps what it makes, and folders that appear whole or not at all (notebooks 00 and 05)."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from oasis_helpers.errors import DataError, UserError

import platformdirs

_TOLD: set[tuple[Path, Path]] = set()  # caches that cannot be written to, and what takes their place: said once


def user_path(name: str, path: str | os.PathLike) -> Path:
    """Return a path of a user, absolute, ``~`` and links followed; raises UserError under the argument's name."""
    if str(path) == "":  # would be the folder that one happens to be in
        raise UserError(f"{name}: expected a path, but got an empty text; for this folder write '.'")
    try:
        full = Path(path).expanduser().resolve()
        full.exists()  # a name that is too long is an error here, and nowhere later
        return full
    except (RuntimeError, OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        shown = str(path) if len(str(path)) < 80 else f"{str(path)[:60]}..."
        raise UserError(f"{name}: {shown!r} cannot be used: {reason}; give another path") from error


def check_out_folder(name: str, path: str | os.PathLike) -> Path:
    """Return a folder that can be written to, or made later; raises UserError under the argument's name."""
    folder = user_path(name, path)
    nearest = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        what = "is a file" if nearest.is_file() else "cannot be written to"
        raise UserError(f"{name}: expected a folder to write to, but {nearest} {what}; choose another one")
    return folder


def cache_dir() -> Path:
    """The folder for things that can be made again: the cohort and the pyramid stores.

    The environment variable ``OASIS_CACHE`` moves it; without it, it is the user's cache folder.
    """
    return cache_places()[0]


def cache_candidates() -> list[Path]:
    """All folders that come into question for a cache, the preferred first, whether they can be written to or not."""
    chosen = os.environ.get("OASIS_CACHE")
    places = [user_path("OASIS_CACHE", chosen)] if chosen else []
    with suppress(RuntimeError):  # a user whom the system does not know has no home folder
        places.append(Path(platformdirs.user_cache_dir("oasis_helpers")).absolute())
    return [*places, Path(tempfile.gettempdir()) / f"oasis_helpers_{os.getuid() if hasattr(os, 'getuid') else ''}"]


def cache_places() -> list[Path]:
    """Where things that can be made again may lie: read from the first on, written to the last.

    A lecturer may share a cache that others can only read, and some accounts have no home folder, or one that is
    read-only. Then the user's own cache folder takes what is new, or else one in the folder for temporary files; a
    line says so.

    Raises:
        DataError: none can be written to.
    """
    places = cache_candidates()
    writable = next((count for count, place in enumerate(places, 1) if _can_write(place)), 0)
    if not writable:
        named = ", ".join(map(str, places))
        raise DataError(f"OASIS_CACHE: none of {named} can be written to; set it to a folder of yours")
    first, last = places[0], places[writable - 1]
    if first != last and (first, last) not in _TOLD:
        _TOLD.add((first, last))
        print(f"OASIS_CACHE: {first} cannot be written to; what is new goes to {last} (set it to a folder of yours)")
    return places[:writable]


def _can_write(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError as error:
        return error.errno in (errno.ENOSPC, errno.EDQUOT)  # a full disk is told by who fills it


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


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file under a temporary name, flush it to the disk and rename it: it appears whole or not at all.

    Raises:
        OSError: the disk is full or not writable; an older file of that name is untouched.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        _sync_names(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _sync_names(folder: Path) -> None:
    """Flush a folder's list of names, so that a rename outlives a power cut; network drives may not be able to."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def remove_leftovers(folder: Path) -> None:
    """Remove the half-written files of a process that was killed."""
    for file in folder.glob(".*.tmp"):
        file.unlink(missing_ok=True)


@contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """Give an empty folder beside ``target`` to write into, and put it in the target's place only when all went well.

    After an error, Ctrl-C or a full disk what was written is removed and an older target stands as it was.
    Two processes may do this at once: the names are unique and the last one to finish stays.

    Raises:
        DataError: the disk is full, or ``target`` cannot be written or replaced.
    """
    if os.path.ismount(target) or (target.is_dir() and not os.access(target.parent, os.W_OK)):
        raise DataError(f"{target}: cannot be replaced as a whole; give a new folder in it, such as {target / 'new'}")
    work = target.with_name(f".{target.name[:40]}.{uuid.uuid4().hex}.part")  # a long name stays within what disks allow
    try:
        work.mkdir(parents=True)
        yield work
        for file in filter(Path.is_file, work.iterdir()):  # not thousands of images in folders below
            with open(file, "rb") as written:
                os.fsync(written.fileno())
        _take_place(work, target)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            reason = "the disk is full, nothing was kept; free some space, or set OASIS_CACHE to a folder elsewhere"
        else:
            reason = f"cannot be written: {error}; check the folder and its permissions"
        raise DataError(f"{target}: {reason}") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _take_place(work: Path, target: Path) -> None:
    """Rename ``work`` to ``target``; an older target steps aside first, and comes back if that fails."""
    aside = work.with_suffix(".old")
    for _ in range(20):
        try:
            with suppress(FileNotFoundError):
                os.rename(target, aside)
            os.rename(work, target)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise  # those two: another process put its own target there in between, so try again
        finally:
            if aside.exists() and target.exists():
                shutil.rmtree(aside, ignore_errors=True)
            elif aside.exists():
                os.rename(aside, target)
    raise OSError(errno.EBUSY, "another process keeps writing to it")
