"""What a configuration asks of the data and of the devices, checked before a run begins (notebook 05)."""

from __future__ import annotations

from oasis_helpers import engine
from oasis_helpers.config import Config
from oasis_helpers.data.pyramid import Pyramid
from oasis_helpers.errors import TrainingError
from oasis_helpers.networks.layers import mbstd_size
from oasis_helpers.training.schedule import Phase


def check_devices(config: Config, phases: list[Phase]) -> None:
    """Refuse batches that the devices cannot share evenly, in whole groups of the minibatch standard deviation."""
    count = engine.device_count()
    for phase in phases:
        group = mbstd_size(phase.batch_size, config.mbstd_group)
        if count > 1 and phase.batch_size % (count * group):
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
