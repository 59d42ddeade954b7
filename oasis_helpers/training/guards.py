"""What a run must not start with or go on with, noticed early and told in words that help (notebook 05)."""

from __future__ import annotations

import dataclasses
import errno
import math
from pathlib import Path
from typing import Any

from oasis_helpers import engine
from oasis_helpers.config import Config
from oasis_helpers.data.pyramid import Pyramid
from oasis_helpers.data.splits import check_train
from oasis_helpers.engine.guard import guard_gpu
from oasis_helpers.errors import ProcessLostError, TrainingError, check_number
from oasis_helpers.networks.layers import mbstd_size
from oasis_helpers.training.schedule import Phase
from oasis_helpers.training.state import Networks
from oasis_helpers.training.step import TrainingStep

import numpy as np
from tqdm.auto import tqdm

CHANGE = "to resume with other settings, force it (train --resume --force --set NAME=VALUE)"


# ---------------------------------------------------------------- before it starts


def can_be_shared(batch_size: int, config: Config) -> bool:
    """Return whether the devices can share a batch evenly, in whole groups of the minibatch standard deviation."""
    count = engine.devices.count
    return count == 1 or batch_size % (count * mbstd_size(batch_size, config.mbstd_group)) == 0


def check_devices(config: Config, phases: list[Phase]) -> None:
    """Refuse batches that the devices cannot share evenly, in whole groups of the minibatch standard deviation."""
    count = engine.devices.count
    for phase in phases:
        group = mbstd_size(phase.batch_size, config.mbstd_group)
        if not can_be_shared(phase.batch_size, config):
            raise TrainingError(
                f"batch_size: expected a multiple of {count * group} at {phase.resolution} px, for {count} devices and "
                f"groups of {group}, but got {phase.batch_size}; change batch_size, mbstd_group or the devices"
            )


def check_gpu(config: Config) -> None:
    """Try a first step where there is a GPU, before the networks take its memory; warn if XLA does not work there.

    Raises:
        UserError: no step works on it.
    """
    if warning := guard_gpu(config.jit_compile):
        tqdm.write(warning)


def training_slices(config: Config, data: Pyramid) -> Pyramid:
    """Return the train split; raises TrainingError where a level is missing, DataError where nobody is in it."""
    missing = [size for size in config.resolutions if size not in data.resolutions]
    if missing:
        raise TrainingError(
            f"resolution: the data hold {data.resolutions} px, but the configuration trains {missing} too; "
            f"set resolution to at most {max(data.resolutions)}"
        )
    check_train(data.table)
    return data.split("train")


def check_same_slices(state: dict[str, Any], data: Pyramid, folder: Path) -> None:
    """Refuse to resume a saved state with other slices than it was trained on."""
    if state["data"] != data.digest():
        raise TrainingError(
            f"data: the run in {folder} was trained on {state['source']!r}, and these slices ({data.source!r}) differ;"
            " name those it began with (--data, or data= in Python), or use these all the same (--force, or force=True)"
        )


def lengthened(config: Config, total_kimg: float) -> Config:
    """Return the configuration with a longer schedule; a shorter one raises TrainingError."""
    total_kimg = check_number("total_kimg", total_kimg, 0, 1e6)
    if total_kimg < config.total_kimg:
        raise TrainingError(f"total_kimg: expected at least the run's {config.total_kimg}, but got {total_kimg}")
    return dataclasses.replace(config, total_kimg=total_kimg)


def largest_that_fits(config: Config, data: Pyramid, phase: Phase) -> int:
    """Return the largest smaller batch whose step fits into the memory, found by trying halves; 0 if none does."""
    batch = phase.batch_size // 2
    while batch >= engine.devices.count:
        if can_be_shared(batch, config) and _fits(config, data, phase.resolution, batch):
            return batch
        batch //= 2
    return 0


def _fits(config: Config, data: Pyramid, resolution: int, batch_size: int) -> bool:
    """Try one step on networks of its own."""
    real = data.uint8_batch(resolution, 0, batch_size, config.seed)
    try:
        engine.wait(TrainingStep(Networks(config), resolution, batch_size)(real, 1.0, 0))
    except Exception as error:
        if not engine.out_of_memory(error):
            raise
        return False
    return True


# ---------------------------------------------------------------- while it goes on


def check_finite(values: dict[str, float], kimg: float, resolution: int, folder: Path) -> None:
    """Raise TrainingError where a logged value is no longer a finite number."""
    for name, value in values.items():
        if not math.isfinite(value):
            raise TrainingError(
                f"{name} is {value} at {kimg} kimg, {resolution} px: training stopped, and the last good state is "
                f"kept in {folder.name}; try a lower learning_rate or a stronger penalty (r1_gamma, wgan_lambda); "
                f"{CHANGE}"
            )


def check_weights(variables: list[Any], kimg: float, resolution: int, folder: Path) -> None:
    """Raise TrainingError where a weight is no longer finite: the losses would show it one step later."""
    for variable in variables:
        values = engine.to_numpy(variable)
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            check_finite({f"the weight {variable.path}": math.nan}, kimg, resolution, folder)


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
    advice = f"batch_size={{{size}: {fits}}} fits" if fits else "not even the smallest fits: take fewer channels"
    return TrainingError(
        f"batch_size: out of memory at {size} px with batches of {batch}; {advice}. What was saved is in {folder}; "
        f"{CHANGE}"
    )


def process_gone(error: BaseException, folder: Path) -> ProcessLostError:
    """Return what to say where another process of the run is gone."""
    reason = " ".join(str(error).split())[:200]
    return ProcessLostError(
        f"processes: another process of this run has ended ({reason}). What was saved last is in {folder}; start all of"
        " them again with --resume"
    )
