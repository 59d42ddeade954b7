"""What wants to follow a run (notebook 05)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oasis_helpers.training.schedule import Phase

if TYPE_CHECKING:
    from oasis_helpers.training.trainer import Trainer


class Callback:
    """Called by the trainer; override what you need."""

    def on_log(self, trainer: Trainer, row: dict[str, Any]) -> None:
        """After each line of the history."""

    def on_phase_end(self, trainer: Trainer, phase: Phase) -> None:
        """When a level has faded in, or has been trained for its share."""

    def on_train_end(self, trainer: Trainer) -> None:
        """When the schedule is done."""
