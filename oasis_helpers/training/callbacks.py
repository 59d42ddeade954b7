"""What wants to follow a run (notebook 05)."""

from __future__ import annotations

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
