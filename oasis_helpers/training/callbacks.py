"""What wants to follow a run, without slowing it down (notebook 05)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from oasis_helpers.training.schedule import Phase


class Callback:
    """Called by a `Trainer`, which passes itself; override what you need."""

    def on_log(self, trainer: Any, row: dict[str, Any]) -> None:
        """After each line of the history."""

    def on_phase_end(self, trainer: Any, phase: Phase) -> None:
        """When a level has faded in, or has been trained for its share."""

    def on_train_end(self, trainer: Any) -> None:
        """When the schedule is done."""


class Pace:
    """Keeps some work rare: never more often than given, and never more than a small share of the time.

    Args:
        seconds: between two times, at least.
        share: of all time, at most; 0.03 lets work of 1 second be done every 33 seconds. The shorter one of the
            last two times counts, because the first drawing of a level also compiles it.
    """

    def __init__(self, seconds: float, share: float = 0.03) -> None:
        """It is due from the start."""
        self.seconds, self.share = seconds, share
        self._next, self._took = -float("inf"), 0.0

    def due(self) -> bool:
        """Whether it is time again."""
        return time.monotonic() >= self._next

    @contextmanager
    def work(self) -> Iterator[None]:
        """Do the work inside of this; how long it took says when it is due again."""
        started = time.monotonic()
        try:
            yield
        finally:
            now = time.monotonic()
            took = now - started
            self._next = now + max(self.seconds, min(took, self._took) / self.share)
            self._took = took
