"""What a training will cost on this machine, said before it starts (notebook 05).

`workload` says what a configuration asks for, `timing` times a few real steps at each level; here `lay_out` puts both
together into an `Estimate`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from oasis_helpers import engine
from oasis_helpers.config import Config
from oasis_helpers.data.pyramid import Pyramid
from oasis_helpers.engine import machine
from oasis_helpers.errors import UserError
from oasis_helpers.estimation.timing import LevelTiming, Overheads, fitting_batch, time_level, time_overheads
from oasis_helpers.estimation.workload import Work, count_work
from oasis_helpers.training.cost import conv_macs, duration, lone_penalty_units, step_units
from oasis_helpers.training.guards import check_devices, check_gpu, training_slices
from oasis_helpers.training.plots import FIXED_SEEDS
from oasis_helpers.training.schedule import make_schedule
from oasis_helpers.training.state import Networks, lazy_interval
from oasis_helpers.training.variety import WATCHED

from tqdm.auto import tqdm

# ---------------------------------------------------------------- what that costs


@dataclass(frozen=True)
class Row:
    """What one level costs. The rates count lazy R1 with its share of the steps."""

    resolution: int  # pixels
    batch_size: int
    timed_batch: int  # images per timed step; fewer than batch_size where a whole batch would be too slow
    images: int
    images_per_s: float
    seconds_per_kimg: float
    r1_share: float  # of the steps' time, 0 to 1
    gflops: float  # 10^9 floating-point operations per second, counted as in `cost`
    matmul_share: float  # of what a plain float32 matrix product reaches, 0 to 1 (or more with mixed precision)
    memory: int  # bytes at most
    step_seconds: float  # all steps of the level
    r1_seconds: float  # all its lazy R1 updates
    compile_seconds: float
    saving_seconds: float  # saved states, drawings and plots

    @property
    def seconds(self) -> float:
        """All that the level takes."""
        return self.step_seconds + self.r1_seconds + self.compile_seconds + self.saving_seconds


@dataclass(frozen=True)
class Estimate:
    """What a training costs on this machine: ``print`` it for a table, or read its rows.

    On a processor, memory is the process's; on a GPU it is the tensors' on the GPU. The slices are not in it.
    """

    preset: str
    machine: str
    matmul_gflops: float
    rows: tuple[Row, ...]
    setup_seconds: float  # making the networks, first uses, the last image
    memory_limit: int | None  # bytes; None where it is not known
    whole: bool = True  # False where only some levels were asked for

    @property
    def images(self) -> int:
        """Images shown in all."""
        return sum(row.images for row in self.rows)

    @property
    def seconds(self) -> float:
        """The whole run, from the start of training to its end."""
        return self.setup_seconds + sum(row.seconds for row in self.rows)

    @property
    def memory(self) -> int:
        """Bytes at most."""
        return max(row.memory for row in self.rows)

    def of(self, name: str) -> float:
        """Return a sum over the rows, such as ``of("compile_seconds")``."""
        return sum(getattr(row, name) for row in self.rows)

    def __str__(self) -> str:
        """Return a table with a line per level, then what holds for all."""
        cells = [list(HEADINGS), *(_cells(row) for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = ["  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in cells]
        return "\n".join([self._title(), "", *lines, "", *self._notes()])

    def to_markdown(self) -> str:
        """Return the same as a Markdown table with lines of text around it."""
        cells = [HEADINGS, ["---:"] * len(HEADINGS), *(_cells(row) for row in self.rows)]
        lines = ["| " + " | ".join(line) + " |" for line in cells]
        return "\n".join([f"{self._title()}:", "", *lines, "", *self._notes()])

    def _title(self) -> str:
        return f"`{self.preset}` with {self.machine}, {self.matmul_gflops:,.0f} GFLOP/s in plain matrix products"

    def _notes(self) -> list[str]:
        what = "In all" if self.whole else "These levels"
        steps, r1 = self.of("step_seconds"), self.of("r1_seconds")
        notes = [
            f"{what}: {_kimg(self.images)} thousand images in {duration(self.seconds)}: steps {duration(steps)}, "
            f"lazy R1 {duration(r1)}, compiling {duration(self.of('compile_seconds'))}, drawing and saving "
            f"{duration(self.of('saving_seconds'))}, setting up {duration(self.setup_seconds)}. "
            f"Memory: {self.memory / 1e9:.1f} GB."
        ]
        if any(row.timed_batch < row.batch_size for row in self.rows):
            notes.append("* timed with a part of the batch (a whole one is too slow here); time and memory follow it.")
        if self.memory_limit is not None and self.memory > self.memory_limit:
            sizes = ", ".join(f"{row.resolution} px" for row in self.rows if row.memory > self.memory_limit)
            notes.append(
                f"Memory is not enough at {sizes}: this machine has {self.memory_limit / 1e9:.1f} GB for it; "
                "lower batch_size there."
            )
        return notes


HEADINGS = (
    "level",
    "batch",
    "kimg",
    "images/s",
    "s per kimg",
    "lazy R1",
    "compiling",
    "memory",
    "GFLOP/s",
    "of product",
    "time",
)


def _kimg(images: int) -> str:
    """Return thousand images for people: ``1.008``, ``16``, ``25,000``."""
    return f"{images / 1000:,.4g}" if images < 1e6 else f"{images / 1000:,.0f}"


def _cells(row: Row) -> list[str]:
    return [
        f"{row.resolution} px",
        f"{row.batch_size}" + ("*" if row.timed_batch < row.batch_size else ""),
        _kimg(row.images),
        f"{row.images_per_s:,.3g}" if row.images_per_s < 100 else f"{row.images_per_s:,.0f}",
        f"{row.seconds_per_kimg:,.3g}" if row.seconds_per_kimg < 100 else f"{row.seconds_per_kimg:,.0f}",
        f"{row.r1_share:.0%}",
        duration(row.compile_seconds),
        f"{row.memory / 1e9:.1f} GB",
        f"{row.gflops:,.3g}" if row.gflops < 100 else f"{row.gflops:,.0f}",
        f"{row.matmul_share:.0%}",
        duration(row.seconds),
    ]


def lay_out(
    config: Config,
    timings: Sequence[LevelTiming],
    overheads: Overheads,
    machine: str = "",
    matmul_gflops: float = 1.0,
    memory_limit: int | None = None,
) -> Estimate:
    """Lay the schedule over measured times; levels that were not timed are left out."""
    work = {item.resolution: item for item in count_work(config)}
    rows = tuple(_row(config, work[t.resolution], t, overheads, matmul_gflops) for t in timings)
    setup = overheads.setup + timings[-1].drawing  # the run ends with one image more
    whole = [t.resolution for t in timings] == list(work)
    return Estimate(config.preset, machine, matmul_gflops, rows, setup, memory_limit, whole)


def _row(config: Config, work: Work, timing: LevelTiming, overheads: Overheads, matmul_gflops: float) -> Row:
    interval = lazy_interval(config, timing.resolution)
    r1 = timing.r1 / interval if interval > 1 else 0.0
    rate = timing.batch_size / (timing.step + r1)
    units = step_units(config, timing.resolution) + (lone_penalty_units(config) / interval if interval > 1 else 0)
    gflops = 2 * units * conv_macs(config, timing.resolution) * rate / 1e9
    watched = work.saves * WATCHED / len(FIXED_SEEDS)  # a saved state draws more, to watch their variety
    drawing = timing.first_drawing + (watched + work.phases) * timing.drawing
    return Row(
        resolution=timing.resolution,
        batch_size=timing.batch_size,
        timed_batch=timing.timed_batch,
        images=work.images,
        images_per_s=rate,
        seconds_per_kimg=1000 / rate,
        r1_share=r1 / (timing.step + r1),
        gflops=gflops,
        matmul_share=gflops / matmul_gflops,
        memory=timing.memory,
        step_seconds=work.steps * timing.step,
        r1_seconds=work.r1_steps * timing.r1,
        compile_seconds=timing.step_compile + (timing.r1_compile if work.r1_steps else 0.0),
        saving_seconds=work.saves * overheads.saving + work.phases * overheads.plotting + drawing,
    )


# ---------------------------------------------------------------- measure and lay out


def estimate(
    config: Config,
    seconds_per_level: float = 6.0,
    levels: Sequence[int] | None = None,
    data: Pyramid | None = None,
    progress: bool = True,
) -> Estimate:
    """Say what training this configuration would cost on this machine.

    >>> from oasis_helpers import make_config
    >>> cost = estimate(make_config("smoke"), seconds_per_level=0.1, levels=[8], progress=False)
    >>> cost.rows[0].resolution, cost.seconds > 0
    (8, True)

    A few real steps are timed at each level of the schedule, with all that they need; nothing is kept. The
    machine should be otherwise idle.

    Args:
        config: what would be trained.
        seconds_per_level: about how long to time each level; compiling and drawing come on top.
        levels: only these resolutions, in pixels; None is all that the schedule reaches.
        data: slices to feed, of their train split; None feeds random images.
        progress: show a bar.

    Returns:
        Seconds and memory in bytes, in all and for each level (``rows``); printed, it is a table.

    Raises:
        UserError: an argument that does not fit, or memory that is not enough.
    """
    if isinstance(seconds_per_level, bool | str) or not 0 < seconds_per_level < math.inf:
        raise UserError(f"seconds_per_level: expected a number of seconds above 0, but got {seconds_per_level!r}")
    sizes = _check_levels(levels, [work.resolution for work in count_work(config)])
    check_devices(config, make_schedule(config))
    check_gpu(config)
    data = None if data is None else training_slices(config, data)
    matmul, limit = machine.matmul_gflops(), machine.memory_limit()
    started = time.perf_counter()
    nets = Networks(config)
    setup = time.perf_counter() - started
    timings: list[LevelTiming] = []
    rate = 0.3 * matmul * 1e9  # a guess, for the first level
    for size in (bar := tqdm(sizes, disable=not progress, bar_format="{n_fmt}/{total_fmt} levels, {elapsed}{postfix}")):
        bar.set_postfix_str(f"{size} px: compiling and timing")
        batch = fitting_batch(config, size, rate, seconds_per_level, limit, timings[-1] if timings else None)
        timings.append(time_level(nets, size, batch, seconds_per_level, data))
        rate = max(rate, 2 * step_units(config, size) * conv_macs(config, size) * batch / timings[-1].timed_step)
    matmul = max(matmul, machine.matmul_gflops())  # the best of both ends of the run
    return lay_out(config, timings, time_overheads(nets, setup), engine.device_name(), matmul, limit)


def _check_levels(levels: Any, known: list[int]) -> list[int]:
    """Return the levels to time, in rising order; raises UserError."""
    chosen = known if levels is None else [levels] if isinstance(levels, int) else list(levels)
    wrong = [size for size in chosen if size not in known]
    if wrong or not chosen:
        refused = ", ".join(map(str, wrong)) or "none"
        raise UserError(f"levels: expected some of the schedule's {', '.join(map(str, known))} px, but got {refused}")
    return [size for size in known if size in chosen]
