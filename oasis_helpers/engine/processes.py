"""Several processes that train one run together, on one machine or on several (docs/clusters.md)."""

from __future__ import annotations

import re
from types import ModuleType

from oasis_helpers.errors import UserError

_JOB = re.compile(r"(?P<address>[^,\s]+:\d+),(?P<count>\d+),(?P<index>\d+)")


class Processes:
    """The processes that share this run; one until `join` is called.

    All run the same program with the same seeds. So all hold the same weights and read the same batches, and each
    computes its devices' share of every step. The first one writes the run folder.

    Attributes:
        count: how many there are.
        index: which one this is, from 0.
    """

    def __init__(self, backend: ModuleType) -> None:
        """Take the engine's module, `_tensorflow` or `_jax`."""
        self.count, self.index = 1, 0
        self._backend = backend

    @property
    def first(self) -> bool:
        """Whether this is the process that writes and prints."""
        return self.index == 0

    def join(self, job: str) -> None:
        """Wait for all others and find each other's devices; call it before anything is computed.

        Args:
            job: where the first process listens, how many there are and which one this is: ``node1:12345,2,0``.

        Raises:
            UserError: it is something else, the engine is not JAX, or the others did not come.
        """
        match = _JOB.fullmatch(job)
        if match is None or not int(match["index"]) < int(match["count"]):
            raise UserError(
                "processes: expected ADDRESS:PORT,COUNT,INDEX with an index from 0, such as node1:12345,2,0, but got"
                f" {job!r}"
            )
        count, index = int(match["count"]), int(match["index"])
        self._backend.join_processes(match["address"], count, index)
        self.count, self.index = count, index

    def in_any(self, flag: bool) -> bool:
        """Return whether something holds in any process. All must ask, and wait here for each other."""
        return flag if self.count == 1 else self._backend.in_any_process(flag)

    def lost(self, error: BaseException) -> bool:
        """Return whether an error says that another process is gone."""
        return self.count > 1 and self._backend.process_lost(error)
