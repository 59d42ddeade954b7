"""The folder of a run: made once, resumed by the configuration that made it, one trainer at a time (notebook 05)."""

from __future__ import annotations

import atexit
import dataclasses
import os
import shutil
import socket
import tempfile
from datetime import datetime
from pathlib import Path
from types import TracebackType

from oasis_helpers.config import Config
from oasis_helpers.errors import TrainingError, UserError
from oasis_helpers.paths import runs_dir, write_atomically

try:
    import fcntl
except ImportError:  # not on Windows, where the course runs inside WSL
    fcntl = None

CONFIG_FILE = "config.json"


def new_run(config: Config, folder: str | Path | None) -> Path:
    """Make a run folder and keep the configuration in it; None makes a name under `runs_dir`.

    Raises:
        TrainingError: it holds a run already.
    """
    if folder is None:
        folder = runs_dir() / f"{datetime.now():%Y%m%d-%H%M%S-%f}-{config.preset}-{config.resolution}px"
    folder = Path(folder).expanduser()
    if has_run(folder):
        raise TrainingError(f"folder: {folder} already holds a run; choose another name, or resume it")
    folder.mkdir(parents=True, exist_ok=True)
    write_config(config, folder)
    return folder


def has_run(folder: str | Path) -> bool:
    """Return whether a folder holds a run, be it one that was stopped before it saved anything."""
    return (Path(folder).expanduser() / CONFIG_FILE).is_file()


def write_config(config: Config, folder: Path) -> None:
    """Write ``config.json``, whole or not at all."""
    write_atomically(folder / CONFIG_FILE, config.to_json().encode())


def read_config(folder: str | Path) -> Config:
    """Read the configuration of a run. Raises TrainingError where there is none."""
    saved = Path(folder).expanduser() / CONFIG_FILE
    if not has_run(folder):
        raise TrainingError(f"folder: expected a run to resume, but {folder} holds no {CONFIG_FILE}")
    return Config.from_json(saved.read_text())


def differences(config: Config, run: Config) -> list[str]:
    """Return ``name: value in the run -> value asked for`` for each setting that differs.

    The preset's name is none of them. Nor is a longer run: to go on for longer changes nothing that was done.
    """
    asked, saved = dataclasses.asdict(config), dataclasses.asdict(run)
    names = [name for name in saved if name != "preset" and asked[name] != saved[name]]
    if config.total_kimg > run.total_kimg:
        names.remove("total_kimg")
    return [f"{name}: {saved[name]} -> {asked[name]}" for name in names]


def resumed_run(config: Config, folder: str | Path | None, force: bool) -> Path:
    """Return the folder of a run that this configuration may continue. Nothing in it is changed.

    Raises:
        TrainingError: no run there, or it has other settings and ``force`` is False.
    """
    if folder is None:
        raise TrainingError("folder: expected the run to resume, but got None; name its folder")
    folder = Path(folder).expanduser()
    run = read_config(folder)
    different = differences(config, run)
    if different and not force:
        raise TrainingError(
            f"config: it differs from the run in {folder} ({'; '.join(different)}); "
            "resume with the run's own settings, or force it (--force, force=True)"
        )
    return folder


def open_run(
    config: Config, folder: str | Path | None, resume: bool, force: bool, first: bool = True
) -> tuple[Path, Path]:
    """Make a run folder, or find the one to resume; see `new_run` and `resumed_run`.

    Of several processes (see `engine.processes`) the ``first`` writes it. The others write the same into a folder for
    temporary files, which goes when they end.

    Returns:
        (the folder to write to, the folder to resume from).
    """
    if first:
        run = resumed_run(config, folder, force) if resume else new_run(config, folder)
        return run, run
    copy = Path(tempfile.mkdtemp(prefix="oasis_run_"))
    atexit.register(shutil.rmtree, copy, ignore_errors=True)
    write_config(config, copy)
    return copy, resumed_run(config, folder, force) if resume else copy


class RunLock:
    """Held while a run is trained; the system frees it when the process ends, however it ends.

    Raises:
        UserError: on entering, when another trainer holds it.
    """

    def __init__(self, folder: Path) -> None:
        """Name the run folder; nothing is locked yet."""
        self._path = folder / ".lock"

    def __enter__(self) -> RunLock:
        """Take the lock and write down who holds it."""
        self._file = open(self._path, "a+")
        try:
            if fcntl is not None:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            raise UserError(
                f"folder: another trainer ({holder}) is using {self._path.parent}; "
                "wait for it, stop it, or train in another folder"
            ) from None
        except OSError:
            pass  # a file system without locks, as some clusters have: going on beats refusing everybody
        try:
            self._file.truncate(0)
            self._file.write(f"process {os.getpid()} on {socket.gethostname()}")
            self._file.flush()
        except OSError:
            self._file.close()  # frees the lock
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Free it. The empty file stays: to remove it could take away a lock that somebody just got."""
        self._file.truncate(0)
        self._file.close()
