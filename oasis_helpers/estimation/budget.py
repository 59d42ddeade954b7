"""A run that would take more hours than its owner wants does not start (notebook 05)."""

from __future__ import annotations

import math

from oasis_helpers.config import Config
from oasis_helpers.engine import machine
from oasis_helpers.errors import UserError, check_number
from oasis_helpers.estimation.estimate import Estimate
from oasis_helpers.estimation.workload import count_work
from oasis_helpers.training.cost import conv_macs, duration, step_units

FASTEST = 1.5  # of plain matrix products: no level was ever measured to do more, see docs/benchmarks.md


def least_seconds(config: Config, gflops: float) -> float:
    """Return a time, in seconds, that a run cannot fall below where plain matrix products reach so many GFLOP/s."""
    macs = sum(
        step_units(config, work.resolution) * work.images * conv_macs(config, work.resolution)
        for work in count_work(config)
    )
    share = 4.0 if config.mixed_precision else 1.0  # bfloat16 is that much faster than float32, at the most
    return 2 * macs / (FASTEST * share * gflops * 1e9)


def check_hours(config: Config, most_hours: float, cost: Estimate | None = None) -> None:
    """Refuse a run that would take too long here.

    Args:
        config: what would be trained.
        most_hours: how long it may take, in hours, above 0.
        cost: what `oasis_helpers.estimation.estimate.estimate` measured. None takes a bound from below, in seconds: it
            spares the minutes that measuring a run of weeks would take.

    Raises:
        UserError: the run would take longer, or ``most_hours`` is no such number.
    """
    most = 3600 * check_number("most_hours", most_hours, 1e-6, 1e9)
    seconds = least_seconds(config, machine.matmul_gflops(trials=2)) if cost is None else cost.seconds
    if seconds > most:
        about = "at least" if cost is None else "about"
        enough = math.ceil((2 if cost is None else 1.2) * seconds / 3600)
        raise UserError(
            f"most_hours: preset {config.preset} with {config.total_kimg:,.10g} thousand images would take {about} "
            f"{duration(seconds)} here, but {most_hours:g} h are allowed; take a smaller preset or total_kimg, or set "
            f"most_hours = {enough} to start it all the same"
        )
