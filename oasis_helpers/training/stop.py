"""Stopping between two steps, never inside one (notebook 05)."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

AGREE_EVERY = 8  # steps: the devices wait while processes ask each other


class TrainingStopped(KeyboardInterrupt):
    """Somebody stopped the run; it was saved first."""

    def _render_traceback_(self) -> list[str]:
        """IPython calls this in place of printing a traceback."""
        return [str(self)]


class StopSignals:
    """Turns Ctrl-C, a notebook's stop button and SIGTERM into a wish that the training loop looks up.

    A step changes the networks in several places. To be broken off in the middle would leave a state that no
    run without the interruption ever had. A second Ctrl-C does break off at once.
    """

    def __init__(self) -> None:
        """See the class."""
        self.wanted = False
        self._before: dict[int, Any] = {}

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.wanted and number == signal.SIGINT:
            raise KeyboardInterrupt
        if not self.wanted:
            print("\nstopping after this step, then saving (a second time stops at once)", flush=True)
        self.wanted = True

    def agreed(self, steps: int) -> bool:
        """Return whether to stop after this many steps. Several processes ask each other, every few steps."""
        from oasis_helpers.engine import processes  # the command line reads this file without an engine

        if processes.count == 1:
            return self.wanted
        return steps % AGREE_EVERY == 0 and processes.in_any(self.wanted)

    def __enter__(self) -> StopSignals:
        """Listen. Only a program's main thread can; elsewhere nothing changes."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put back what was there before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
