"""What can go wrong in a run, noticed early and told in words that help (notebook 05)."""

from __future__ import annotations

import errno
import math
from pathlib import Path
from typing import Any

from oasis_helpers import engine
from oasis_helpers.errors import TrainingError
from oasis_helpers.training.schedule import Phase

import numpy as np

CHANGE = "to resume with other settings, force it (train --resume --force --set NAME=VALUE)"
# Below this share of the reals' variety a generator is repeating itself.
COLLAPSED = 0.25


def check_finite(values: dict[str, float], kimg: float, resolution: int, folder: Path) -> None:
    """Raise TrainingError where a logged value is no longer a finite number."""
    for name, value in values.items():
        if not math.isfinite(value):
            raise TrainingError(
                f"{name} is {value} at {kimg} kimg, {resolution} px: training stopped, and the last sound state is "
                f"kept in {folder.name}; try a lower learning_rate or a stronger penalty (r1_gamma, wgan_lambda); "
                f"{CHANGE}"
            )


def check_weights(variables: list[Any], kimg: float, resolution: int, folder: Path) -> None:
    """Raise TrainingError where a weight is no longer finite: the losses would show it one step later."""
    for variable in variables:
        values = engine.to_numpy(variable)
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            check_finite({f"the weight {variable.path}": math.nan}, kimg, resolution, folder)


def variety(pictures: np.ndarray, reals: np.ndarray) -> float:
    """Return how varied generated pictures are beside real ones: 1 is as varied, 0 is all the same.

    It is the standard deviation of each pixel over the pictures, averaged over the pixels, divided by the same
    for the reals.

    Args:
        pictures: (n, R, R) uint8, drawn without truncation.
        reals: (m, R, R) uint8.
    """
    return float(pictures.std(axis=0).mean() / max(reals.std(axis=0).mean(), 1e-6))


def collapse_warning(share: float, kimg: float, resolution: int) -> str | None:
    """Return what to say where the generator repeats itself, else None."""
    if share >= COLLAPSED:
        return None
    return (
        f"warning: at {kimg} kimg, {resolution} px, generated pictures differ from each other only {share:.0%} as much "
        "as real slices do: the generator may have collapsed. If this stays so, try a lower learning_rate or a "
        "stronger penalty (r1_gamma, wgan_lambda)"
    )


def disk_full(error: BaseException, folder: Path) -> TrainingError | None:
    """Return what to say where the error is a full disk, else None."""
    if not isinstance(error, OSError) or error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return None
    return TrainingError(
        f"folder: the disk of {folder} is full; the last state saved there is untouched. Free some space and resume"
    )


def memory_full(phase: Phase, fits: int, folder: Path) -> TrainingError:
    """Return what to say where a step did not fit into the memory; ``fits`` is a batch size that does, 0 if none."""
    size, batch = phase.resolution, phase.batch_size
    mend = f"batch_size={{{size}: {fits}}} fits" if fits else "not even the smallest fits: take fewer channels"
    return TrainingError(
        f"batch_size: out of memory at {size} px with batches of {batch}; {mend}. What was saved is in {folder}; "
        f"{CHANGE}"
    )
