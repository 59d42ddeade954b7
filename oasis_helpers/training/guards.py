"""What can go wrong in a run, noticed early and told in words that help (notebook 05)."""

from __future__ import annotations

import errno
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from oasis_helpers import engine
from oasis_helpers.errors import TrainingError
from oasis_helpers.training.schedule import Phase

import numpy as np

# Below this share of the reals' variety a generator is repeating itself.
COLLAPSED = 0.25


def check_finite(values: dict[str, float], kimg: float, resolution: int, folder: Path) -> None:
    """Raise TrainingError where a logged value is no longer a finite number."""
    for name, value in values.items():
        if not math.isfinite(value):
            raise TrainingError(
                f"{name} is {value} at {kimg} kimg, {resolution} px: training stopped, and the last sound state is "
                f"kept in {folder.name}; try a lower learning_rate or a higher r1_gamma"
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
        "as real slices do: the generator may have collapsed. If this stays so, try a lower learning_rate, a higher "
        "r1_gamma, or an earlier state of the run"
    )


@contextmanager
def told(phase: Phase, fits: Callable[[Phase, int], bool], folder: Path) -> Iterator[None]:
    """Turn a full memory or a full disk into a TrainingError that says what to do.

    Args:
        phase: what is being trained.
        fits: tells whether a step of the phase runs with another batch size.
        folder: the run folder.
    """
    try:
        yield
        return
    except TrainingError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise TrainingError(
                f"folder: the disk of {folder} is full; the last state saved there is untouched. "
                "Free some space and resume"
            ) from error
        if not engine.out_of_memory(error):
            raise
        full = f"batch_size: out of memory at {phase.resolution} px with batches of {phase.batch_size}"
    batch = phase.batch_size // 2  # tried outside of the handler, where the error no longer holds memory
    while batch and not fits(phase, batch):
        batch //= 2
    mend = f"batch_size={{{phase.resolution}: {batch}}} fits" if batch else "not even 1 fits: try fewer channels"
    raise TrainingError(f"{full}; {mend}. What was saved is in {folder}")
