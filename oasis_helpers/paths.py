"""Where the course keeps what it makes, and folders that appear whole or not at all (notebooks 00 and 05)."""

from __future__ import annotations

import errno
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from oasis_helpers.errors import DataError, UserError

import platformdirs


def user_path(name: str, path: str | os.PathLike) -> Path:
    """Return a path of a user, absolute, ``~`` and links followed; raises UserError under the argument's name."""
    try:
        full = Path(path).expanduser().resolve()
        full.exists()  # a name that is too long is an error here, and nowhere later
        return full
    except (RuntimeError, OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        shown = str(path) if len(str(path)) < 80 else f"{str(path)[:60]}..."
        raise UserError(f"{name}: {shown!r} cannot be used: {reason}; give another path") from error


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
        folder = os.open(path.parent, os.O_RDONLY)  # its list of names too, so that the rename outlives a power cut
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        temporary.unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> None:
    """Remove the half-written files of a process that was killed."""
    for file in folder.glob(".*.tmp"):
        file.unlink(missing_ok=True)


@contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """Give an empty folder beside ``target`` to write into, and put it in the target's place only when all went well.

    After an error, Ctrl-C or a full disk what was written is removed and an older target stands as it was.
    Two processes may do this at once: the names are unique and the last one to finish stays.
    """
    work = target.with_name(f".{target.name}.{uuid.uuid4().hex}.part")
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
