"""The saved states of a run: everything that training changes, one file each, the last three kept (notebook 05)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from oasis_helpers import weights
from oasis_helpers.engine import processes, to_numpy
from oasis_helpers.training.state import Networks

import numpy as np

KEEP = 3


def checkpoints(folder: Path) -> list[Path]:
    """Return the checkpoints of a run, the newest first. Their names count the images shown."""
    return sorted(folder.glob(f"checkpoint-{10 * '[0-9]'}.safetensors"), reverse=True)


def images_of(path: Path) -> int:
    """Return how many images had been shown when a checkpoint was saved."""
    return int(path.stem.split("-")[1])


def _names(nets: Networks) -> list[str]:
    """Return the variables' full paths; the first part (g, d, ema, g_adam, ...) keeps them apart."""
    return [v.path for v in nets.variables]


def save_checkpoint(nets: Networks, folder: Path, state: dict[str, Any]) -> None:
    """Write networks, averages, optimisers and random state, with the run's place in its schedule.

    The file appears whole or not at all; the oldest goes only when the new one is safe on the disk.

    Args:
        nets: what is trained.
        folder: the run folder.
        state: JSON values, among them ``images``, the number of images shown.

    Raises:
        OSError: it cannot be written; the earlier checkpoints are untouched.
    """
    arrays = {name: to_numpy(v) for name, v in zip(_names(nets), nets.variables, strict=True)}
    weights.write_arrays(folder / f"checkpoint-{state['images']:010d}.safetensors", arrays, state)
    for old in checkpoints(folder)[KEEP:]:
        old.unlink(missing_ok=True)


class Saved(NamedTuple):
    """A state as it was read: arrays by variable, what was saved with them, and the damaged files passed over."""

    arrays: dict[str, np.ndarray]
    state: dict[str, Any]
    path: Path
    damaged: list[tuple[Path, weights.DamagedError]]


def read_newest(folder: Path) -> Saved | None:
    """Read the newest sound state of a run; None where nothing was saved yet.

    Raises:
        WeightsError: all are damaged.
    """
    files, damaged = checkpoints(folder), []
    for path in files:
        try:
            return Saved(*weights.read_arrays(path), path, damaged)
        except weights.DamagedError as error:
            damaged.append((path, error))
    if files:
        raise weights.WeightsError(
            f"folder: none of the {len(files)} checkpoints in {folder} can be read; its generator may still be good, "
            "but the run cannot be continued"
        )
    return None


def load_checkpoint(nets: Networks, folder: Path) -> dict[str, Any] | None:
    """Put the newest sound state back into the networks; a damaged one is named and the one before it taken.

    Returns:
        What was saved with it; None where nothing was saved yet.

    Raises:
        WeightsError: all are damaged, or they are of other networks.
    """
    saved = read_newest(folder)
    if saved is None:
        return None
    arrays = saved.arrays
    if nets.augment_p is not None and (nets.augment_p.path not in arrays or not nets.config.ada_target):
        # Forced to other settings: a run without augmentation has no strength, and a fixed one is the configuration's.
        arrays = {**arrays, nets.augment_p.path: np.asarray(nets.config.augment_p, nets.augment_p.dtype)}
    weights.assign_arrays(nets.variables, _names(nets), arrays, saved.path.name)
    processes.in_any(False)  # all have read the same file
    for bad, error in saved.damaged if processes.first else []:  # out of the way only now that there is a sound one
        aside = bad.rename(bad.with_suffix(".damaged"))
        print(f"warning: {error}. It is now {aside.name}; {saved.path.name}, from before it, is used.")
    return saved.state
