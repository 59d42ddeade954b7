"""What a schedule asks for, level by level, before any of it is timed (notebook 05)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from oasis_helpers.config import Config
from oasis_helpers.training.schedule import make_schedule
from oasis_helpers.training.state import lazy_interval


@dataclass(frozen=True)
class Work:
    """What a run does at one level, its fade and its stable phase together."""

    resolution: int  # pixels
    images: int
    steps: int
    r1_steps: int  # lazy R1 updates
    saves: int  # saved states; at each, images are drawn to watch their variety
    phases: int  # each ends with an image of progress and a plot of the losses


def count_work(config: Config) -> list[Work]:
    """Return what a run will do, level by level, counted as the trainer does: a batch may overshoot its phase."""
    snapshot = config.snapshot_kimg * 1000
    levels: dict[int, list[int]] = {}
    shown = done = 0
    for phase in make_schedule(config):
        if shown >= phase.end:
            continue
        steps = math.ceil((phase.end - shown) / phase.batch_size)
        interval = lazy_interval(config, phase.resolution)
        r1_steps = _turns(done + steps, interval) - _turns(done, interval) if interval > 1 else 0
        before_last = shown + (steps - 1) * phase.batch_size
        saves = 1 + min(steps - 1, int(before_last // snapshot - shown // snapshot))
        counted = (steps * phase.batch_size, steps, r1_steps, saves, 1)
        levels[phase.resolution] = [a + b for a, b in zip(levels.get(phase.resolution, [0] * 5), counted, strict=True)]
        shown, done = shown + steps * phase.batch_size, done + steps
    return [Work(size, *counts) for size, counts in levels.items()]


def _turns(steps: int, interval: int) -> int:
    """Return how many of the steps 0, 1, ... ``steps`` - 1 the interval divides."""
    return math.ceil(steps / interval)
