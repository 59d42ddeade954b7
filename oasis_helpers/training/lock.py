"""One trainer at a time in a run folder (notebook 05)."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from types import TracebackType

from oasis_helpers.errors import UserError

try:
    import fcntl
except ImportError:  # not on Windows, where the course runs inside WSL
    fcntl = None


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
                f"folder: another trainer ({holder}) is at work on {self._path.parent}; "
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
