"""What callbacks need to look at a run without slowing it down (notebook 05)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from oasis_helpers import sampling
from oasis_helpers.training.cost import conv_macs, work_left
from oasis_helpers.training.trainer import FIXED_SEEDS, Trainer

import numpy as np


def fixed_samples(trainer: Trainer, alpha: float, count: int = len(FIXED_SEEDS)) -> np.ndarray:
    """Draw what the averaged generator makes of the first fixed latents at this moment.

    Nothing that training goes on from is changed: drawing has random numbers of its own.

    Args:
        trainer: the run.
        alpha: share of the present level, 0 to 1. The generator's own is that of the state saved last.
        count: pictures, 1 to 16.

    Returns:
        (count, R, R) uint8, R being the present level's pixels.
    """
    generator = trainer.generator
    saved = generator.alpha
    generator.alpha = float(alpha)
    try:
        return sampling.sample(generator, FIXED_SEEDS[:count])
    finally:
        generator.alpha = saved


def minutes_left(trainer: Trainer, row: dict[str, Any]) -> float:
    """Return about how many minutes the rest of the schedule takes, judged by the last line's speed."""
    speed = row["images_per_s"] * conv_macs(trainer.config, row["resolution"])
    return work_left(trainer.config, trainer.phases, trainer.images) / speed / 60


class Pace:
    """Keeps some work rare: never more often than given, and never more than a small share of the time.

    Args:
        seconds: between two times, at least.
        share: of all time, at most; 0.03 lets work of 1 second be done every 33 seconds. The shorter one of the
            last two times counts, because the first drawing of a level also compiles it.
    """

    def __init__(self, seconds: float, share: float = 0.03) -> None:
        """It is due from the start."""
        self.seconds, self.share = seconds, share
        self._next, self._took = -float("inf"), 0.0

    def due(self) -> bool:
        """Whether it is time again."""
        return time.monotonic() >= self._next

    @contextmanager
    def work(self) -> Iterator[None]:
        """Do the work inside of this; how long it took says when it is due again."""
        started = time.monotonic()
        try:
            yield
        finally:
            now = time.monotonic()
            took = now - started
            self._next = now + max(self.seconds, min(took, self._took) / self.share)
            self._took = took
