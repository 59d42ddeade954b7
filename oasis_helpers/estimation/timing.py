"""Timing real training steps, level by level, and what else a run spends its time on (notebook 05)."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oasis_helpers import engine, weights
from oasis_helpers.config import Config
from oasis_helpers.data.pyramid import Pyramid
from oasis_helpers.engine import machine
from oasis_helpers.errors import UserError
from oasis_helpers.images import save_grid
from oasis_helpers.training import checkpoint, guards, plots
from oasis_helpers.training.cost import activations, conv_macs, step_units
from oasis_helpers.training.guards import can_be_shared
from oasis_helpers.training.history import History
from oasis_helpers.training.state import Networks
from oasis_helpers.training.step import TrainingStep

import numpy as np

CHUNKS = 5  # stretches of steps that are timed; their median counts
PLAIN, LAZY = 1, 0  # step numbers: lazy R1 has its turn in step 0, not in step 1


@dataclass(frozen=True)
class LevelTiming:
    """What was measured at one level. Times in seconds, memory in bytes.

    ``timed_batch`` images were in a step, which are fewer than ``batch_size`` where a step of the full batch
    would take too long, or too much memory. Its time and memory are then taken to grow with the images: a
    little too much, since Adam's part does not.
    """

    resolution: int  # pixels
    batch_size: int  # of the schedule
    timed_batch: int
    timed_step: float  # one step without lazy R1
    timed_r1: float  # one lazy R1 update; 0 where there is none
    step_compile: float  # what the first step took on top
    r1_compile: float  # what the first lazy R1 update took on top
    drawing: float  # sixteen images, drawn and written
    first_drawing: float  # what the first sixteen took on top
    held: int  # memory between steps
    peak: int  # memory at most, compiling included
    timed_memory: int  # what a step took on top of ``held``

    @property
    def scale(self) -> float:
        """How many times the timed images are in a step of the schedule."""
        return self.batch_size / self.timed_batch

    @property
    def step(self) -> float:
        """Seconds of one step of the schedule, without lazy R1."""
        return self.timed_step * self.scale

    @property
    def r1(self) -> float:
        """Seconds of one lazy R1 update of the schedule."""
        return self.timed_r1 * self.scale

    @property
    def memory(self) -> int:
        """Bytes at most with the schedule's batch."""
        return max(self.peak, round(self.held + self.timed_memory * self.scale))


@dataclass(frozen=True)
class Overheads:
    """Seconds that a run spends beside its steps and drawings."""

    setup: float  # making the networks, and first uses
    saving: float  # one saved state: weights looked over, generator and checkpoint written
    plotting: float  # one plot of the losses


def seconds_per_call(repeat: Callable[[int], Any], budget: float) -> float:
    """Return the median seconds of a call: a warm-up, then at least one and, in about ``budget`` s, more.

    ``repeat(n)`` makes n calls and waits for the device once, as training does once per log line.
    """
    once = _clock(lambda: repeat(1))
    count = max(1, int(budget / CHUNKS / once))
    chunks = max(1, min(CHUNKS, int(budget / (count * once))))
    return statistics.median(_clock(lambda: repeat(count)) / count for _ in range(chunks))


def _clock(call: Callable[[], Any]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _first_and_next(call: Callable[[], Any]) -> tuple[float, float]:
    """Return what the first call of something takes on top of the next, and what the next takes, in seconds."""
    first, second = _clock(call), _clock(call)
    return max(first - second, 0.0), second


def time_level(nets: Networks, resolution: int, timed_batch: int, seconds: float, data: Pyramid | None) -> LevelTiming:
    """Compile, warm up and time the step of one level, as training runs it.

    Args:
        nets: what is trained; its weights do change.
        resolution: pixels.
        timed_batch: images per step.
        seconds: about how long to time, compiling not counted.
        data: where the images come from; None are random ones.

    Raises:
        UserError: the GPU's memory is not enough.
    """
    config = nets.config
    batch = int(config.at("batch_size", resolution))
    nets.begin_phase(config.at("learning_rate", resolution), reset=True)
    nets.ema.grow_to(resolution)  # what is drawn below
    step, feed = TrainingStep(nets, resolution, timed_batch), _feed(config, resolution, timed_batch, data)

    def run(steps: int, count: int = 1) -> None:
        for _ in range(count):
            logs = step(feed(), 0.5, steps)
        engine.wait(logs)

    machine.reset_peak_memory()
    try:
        first = _compile(step, run, PLAIN)
        first_r1 = _compile(step, run, LAZY) if step.lazy_r1 else 0.0
        peak, held = machine.peak_memory(), machine.memory_in_use()
        machine.reset_peak_memory()
        share = seconds / 2 if step.lazy_r1 else seconds
        plain = seconds_per_call(lambda count: run(PLAIN, count), share)
        both = seconds_per_call(lambda count: run(LAZY, count), share) if step.lazy_r1 else plain
    except Exception as error:
        if engine.out_of_memory(error):
            raise _too_large(resolution, timed_batch) from None
        raise
    r1 = max(both - plain, 0.0)
    later = machine.peak_memory()
    first_drawing, drawing = _time_drawing(nets)
    return LevelTiming(
        resolution=resolution,
        batch_size=batch,
        timed_batch=timed_batch,
        timed_step=plain,
        timed_r1=r1,
        step_compile=max(first - plain, 0.0),
        r1_compile=max(first_r1 - r1, 0.0),
        drawing=drawing,
        first_drawing=first_drawing,
        held=held,
        peak=max(peak, later),
        timed_memory=max(later - held, 0),
    )


def _compile(step: TrainingStep, run: Callable[[int], None], number: int) -> float:
    """Run a step for the first time; returns the seconds that the function compiled in it took."""
    before = step.compile_seconds
    run(number)
    return step.compile_seconds - before


def _feed(config: Config, resolution: int, batch: int, data: Pyramid | None) -> Callable[[], np.ndarray]:
    """Return a function that gives the next images (batch, resolution, resolution), uint8."""
    if data is None:
        noise = np.random.default_rng(0).integers(0, 256, (batch, resolution, resolution), dtype=np.uint8)
        return lambda: noise
    position = 0

    def feed() -> np.ndarray:
        nonlocal position
        position += batch
        return data.uint8_batch(resolution, position, batch, config.seed, flip=config.flip)

    return feed


def _too_large(resolution: int, batch: int) -> UserError:
    smaller = f"; try --set 'batch_size={{{resolution}: {batch // 2}}}'" if batch > 1 else ""
    return UserError(
        f"batch_size: expected steps that fit into the memory of {engine.device_name()}, but got {batch} images "
        f"of {resolution} px, which do not{smaller}"
    )


def _time_drawing(nets: Networks) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / plots.SAMPLES_FILE
        return _first_and_next(lambda: save_grid(plots.fixed_samples(nets.ema), file))


def time_overheads(nets: Networks, setup: float) -> Overheads:
    """Time a saved state and a plot of the losses, in a temporary folder; ``setup`` seconds are added to."""
    row = {"kimg": 0.0, "resolution": 8, "d_loss": 1.0, "g_loss": 1.0, "real_logit": 0.0, "fake_logit": 0.0}
    history = History([{**row, "kimg": float(i)} for i in range(200)])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def save() -> None:
            guards.check_weights(nets.variables, 0.0, nets.ema.resolution, folder)
            weights.save_generator(nets.ema, folder / weights.GENERATOR_FILE)
            checkpoint.save_checkpoint(nets, folder, {"images": 0, "history": history.rows})

        first_saving, saving = _first_and_next(save)
        first_plot, plotting = _first_and_next(lambda: plots.save_losses(history, folder / plots.CURVES_FILE))
    return Overheads(setup + first_saving + first_plot, saving, plotting)


def fitting_batch(
    config: Config, resolution: int, rate: float, seconds: float, limit: int | None, before: LevelTiming | None
) -> int:
    """Return how many images to time: the schedule's batch, halved until a step should fit in time and memory.

    Args:
        config: what to train.
        resolution: pixels.
        rate: floating-point operations per second to expect, as `cost` counts them.
        seconds: what one step may take.
        limit: what memory there is, in bytes; None is not known.
        before: the level below, from which the memory is foreseen; None checks the time alone.

    Raises:
        UserError: not even the smallest batch will fit in memory.
    """
    operations = 2 * step_units(config, resolution) * conv_macs(config, resolution)
    batch = int(config.at("batch_size", resolution))
    while batch > 1 and can_be_shared(batch // 2, config):
        if batch * operations <= rate * seconds and _fits(foreseen_memory(config, resolution, batch, before), limit):
            break
        batch //= 2
    needed = foreseen_memory(config, resolution, batch, before)
    if not _fits(needed, limit):
        raise UserError(
            f"resolution: expected steps that fit into {limit / 1e9:.1f} GB of memory, but got {resolution} px, where "
            f"a batch of {batch} needs about {needed / 1e9:.1f} GB; take a smaller resolution or channel_base"
        )
    return batch


def foreseen_memory(config: Config, resolution: int, batch: int, before: LevelTiming | None) -> float:
    """Return the bytes that a step should need, from the level below: they grow with the feature maps."""
    if before is None:
        return 0.0
    ratio = activations(config, resolution) * batch / (activations(config, before.resolution) * before.timed_batch)
    return before.held + before.timed_memory * ratio


def _fits(needed: float, limit: int | None) -> bool:
    return limit is None or needed <= limit
