"""What a step costs, counted in multiply-adds: from it follows the time left (notebook 05)."""

from __future__ import annotations

from typing import Any

from oasis_helpers.config import Config
from oasis_helpers.training.schedule import Phase


def conv_macs(config: Config, resolution: int) -> float:
    """Multiply-adds of the 3x3 convolutions of one generator or discriminator pass, per picture.

    Counted as the paper describes them, on the full picture; the two networks cost the same.
    """
    total = 9 * 16 * config.channels(4) ** 2
    size = 8
    while size <= resolution:
        c, below = config.channels(size), config.channels(size // 2)
        total += 9 * size**2 * (c * below + c * c)
        size *= 2
    return float(total)


def work_left(config: Config, phases: list[Phase], images: int) -> float:
    """Multiply-adds of one pass over all images still to be shown; only its ratios mean something."""
    left = 0.0
    for phase in phases:
        left += max(phase.end - max(phase.start, images), 0) * conv_macs(config, phase.resolution)
    return left


def minutes_left(config: Config, phases: list[Phase], images: int, row: dict[str, Any]) -> float:
    """Return about how many minutes the rest of a schedule takes, judged by a history line's speed and level."""
    speed = row["images_per_s"] * conv_macs(config, row["resolution"])
    return work_left(config, phases, images) / speed / 60
