"""What a configuration asks of the data and of the devices, checked before a run begins (notebook 05)."""

from __future__ import annotations

from oasis_helpers import engine
from oasis_helpers.config import Config
from oasis_helpers.data.pyramid import Pyramid
from oasis_helpers.errors import TrainingError
from oasis_helpers.networks.layers import mbstd_size
from oasis_helpers.training.schedule import Phase
from oasis_helpers.training.step import Step
from oasis_helpers.training.trained import Networks


def can_be_shared(batch_size: int, config: Config) -> bool:
    """Return whether the devices can share a batch evenly, in whole groups of the minibatch standard deviation."""
    count = engine.device_count()
    return count == 1 or batch_size % (count * mbstd_size(batch_size, config.mbstd_group)) == 0


def check_devices(config: Config, phases: list[Phase]) -> None:
    """Refuse batches that the devices cannot share evenly, in whole groups of the minibatch standard deviation."""
    count = engine.device_count()
    for phase in phases:
        group = mbstd_size(phase.batch_size, config.mbstd_group)
        if not can_be_shared(phase.batch_size, config):
            raise TrainingError(
                f"batch_size: expected a multiple of {count * group} at {phase.resolution} px, for {count} devices and "
                f"groups of {group}, but got {phase.batch_size}; change batch_size, mbstd_group or the devices"
            )


def training_slices(config: Config, data: Pyramid) -> Pyramid:
    """Return the train split; raises TrainingError where a level is missing."""
    missing = [size for size in config.resolutions if size not in data.resolutions]
    if missing:
        raise TrainingError(
            f"resolution: the data hold {data.resolutions} px, but the configuration trains {missing} too; "
            f"set resolution to at most {max(data.resolutions)}"
        )
    return data.split("train")


def largest_that_fits(config: Config, data: Pyramid, phase: Phase) -> int:
    """Return the largest smaller batch whose step fits into the memory, found by trying halves; 0 if none does."""
    batch = phase.batch_size // 2
    while batch >= engine.device_count():
        if can_be_shared(batch, config) and _fits(config, data, phase.resolution, batch):
            return batch
        batch //= 2
    return 0


def _fits(config: Config, data: Pyramid, resolution: int, batch_size: int) -> bool:
    """Try one step on networks of its own."""
    real = data.uint8_batch(resolution, 0, batch_size, config.seed)
    try:
        engine.wait(Step(Networks(config), resolution, batch_size)(real, 1.0, 0))
    except Exception as error:
        if not engine.out_of_memory(error):
            raise
        return False
    return True
