"""Begin a run with the networks of another: on few slices, or one size larger (notebook 05)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from oasis_helpers import weights
from oasis_helpers.engine import to_numpy
from oasis_helpers.errors import TrainingError
from oasis_helpers.training import checkpoint
from oasis_helpers.training.trained import Networks


def start_from(nets: Networks, run: str | Path) -> dict[str, Any]:
    """Put G, D and the averaged G of a run's last checkpoint into new networks.

    Optimisers and the random state stay new: the schedule starts again. Levels above those of the other run stay new
    too, so that a run of 64 px can be grown to 128 px. That networks trained on many pictures are a better start on
    few than random ones: Wang et al. 2018, "Transferring GANs".

    Args:
        nets: the new networks; their ``start_resolution`` must be the level that the other run has reached.
        run: folder of the other run.

    Returns:
        What to tell of the other run: ``kimg`` shown and ``data``.

    Raises:
        TrainingError: no such state, or the run has reached another level.
        WeightsError: its networks have other widths.
    """
    folder = Path(run).expanduser()
    saved = checkpoint.read_newest(folder)
    if saved is None:
        raise TrainingError(f"start_from: expected the folder of a run with a saved state, but {folder} holds none")
    arrays, state = saved.arrays, saved.state
    reached = state["resolution"] if state["alpha"] >= 1 else state["resolution"] // 2  # half faded in is not reached
    asked = nets.config.start_resolution
    if asked != reached:
        raise TrainingError(
            f"start_resolution: expected {reached}, the level that the run in {folder} has reached, but got {asked}; "
            f"set it to {reached} (--set start_resolution={reached})"
        )
    variables = [v for net in (nets.g, nets.d, nets.ema) for v in net.variables]
    names = [v.path for v in variables]
    new = {v.path: to_numpy(v) for v in variables if v.path not in arrays and _size(v.path) > reached}
    weights.assign_arrays(variables, names, {**new, **arrays}, f"start_from: {folder.name}")
    return {"kimg": state["images"] / 1000, "data": state["source"]}


def _size(path: str) -> int:
    """Return the level in a variable's path, such as 64 in ``g/synthesis/styled64_0/bias/bias``; 0 for all others."""
    found = re.search(r"/(?:block|from_gray|to_gray|styled)(\d+)", path)
    return int(found.group(1)) if found else 0
