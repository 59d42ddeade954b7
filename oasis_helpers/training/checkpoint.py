"""The saved state of a run: everything that training changes, in one file (notebook 05)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from oasis_helpers import weights
from oasis_helpers.engine import to_numpy
from oasis_helpers.training.step import Networks

FILE = "checkpoint.safetensors"


def _names(nets: Networks) -> list[str]:
    """Return the variables' full paths; the first part (g, d, ema, g_adam, ...) keeps them apart."""
    return [v.path for v in nets.variables]


def save_checkpoint(nets: Networks, folder: Path, state: dict[str, Any]) -> None:
    """Write networks, averages, optimisers and random state, with the run's place in its schedule.

    Args:
        nets: what is trained.
        folder: the run folder.
        state: JSON values: images shown, steps, hours, the history's rows.
    """
    arrays = {name: to_numpy(v) for name, v in zip(_names(nets), nets.variables, strict=True)}
    weights.write_arrays(folder / FILE, arrays, state)


def load_checkpoint(nets: Networks, folder: Path) -> dict[str, Any]:
    """Put a saved state back into the networks; returns what was saved with it.

    Raises:
        WeightsError: no checkpoint there, damaged, or of another network.
    """
    arrays, state = weights.read_arrays(folder / FILE)
    weights.assign_arrays(nets.variables, _names(nets), arrays, FILE)
    return state
