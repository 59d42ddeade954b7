"""Begin a run with the networks of another: on few slices, or one size larger (notebook 05)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from oasis_helpers import weights
from oasis_helpers.config import Config, change_config
from oasis_helpers.engine import to_numpy
from oasis_helpers.errors import TrainingError
from oasis_helpers.training import checkpoint
from oasis_helpers.training.state import Networks

import numpy as np

SHORT_KIMG = 10.0  # of a run that goes on from another, where nobody says how long


def start_from(nets: Networks, source: str | Path) -> dict[str, Any]:
    """Put G, D and the averaged G of another run, or those of a generator's file, into new networks.

    Optimisers and the random state stay new: the schedule starts again. Levels above those of the source stay new
    too, so that a run of 64 px can be grown to 128 px. That networks trained on many images are a better start on
    few than random ones: Wang et al. 2018, "Transferring GANs".

    Args:
        nets: the new networks; their ``start_resolution`` must be the level that the source has reached.
        source: folder of the other run, whose last checkpoint is taken; or what `load_generator` takes: a name of
            `shipped`, or a file, that holds the discriminator too.

    Returns:
        What to tell of the source: ``kimg`` shown and ``data``.

    Raises:
        TrainingError: no such state, it has reached another level, or a discriminator is missing.
        WeightsError: its networks have other widths, or the file is missing or damaged.
    """
    begun = _of_run(Path(source).expanduser()) if _is_folder(source) else _of_generator(source)
    asked = nets.config.start_resolution
    if asked != begun.reached:
        raise TrainingError(
            f"start_resolution: expected {begun.reached}, the level that {source} has reached, but got {asked}; "
            f"set it to {begun.reached} (--set start_resolution={begun.reached})"
        )
    variables = [v for net in (nets.g, nets.d, nets.ema) for v in net.variables]
    names = [v.path for v in variables]
    fresh = {v.path: to_numpy(v) for v in variables if v.path not in begun.arrays and _size(v.path) > begun.reached}
    weights.assign_arrays(variables, names, {**fresh, **begun.arrays}, f"start_from: {Path(source).name}")
    return begun.about


def continued_config(source: str | Path, **changes: Any) -> Config:
    """Return the configuration of a run that begins with the networks of another: its settings, from its level on.

    >>> continued_config("cohort128", total_kimg=20).start_resolution
    128

    Args:
        source: what `start_from` takes.
        **changes: fields of `Config`, as in `make_config`. Without ``total_kimg`` the run has 10 thousand images, about
            eight minutes at 128 px on two cores; ``resolution`` may be larger than the level that was reached.

    Raises:
        ConfigError: an unknown setting, or an impossible value.
        TrainingError, WeightsError: as `start_from`.
    """
    begun = _of_run(Path(source).expanduser()) if _is_folder(source) else _of_generator(source)
    base = {"start_resolution": begun.reached, "resolution": begun.reached, "total_kimg": SHORT_KIMG}
    return change_config(begun.config, **{**base, **changes})


class _Begun(NamedTuple):
    """What another run left: arrays by variable, the level it has reached, what to tell of it."""

    arrays: dict[str, np.ndarray]
    reached: int
    about: dict[str, Any]
    config: Config


def _is_folder(source: str | Path) -> bool:
    return not (isinstance(source, str) and source in weights.shipped()) and Path(source).expanduser().is_dir()


def _of_run(folder: Path) -> _Begun:
    """Read a run's last checkpoint."""
    saved = checkpoint.read_newest(folder)
    if saved is None:
        raise TrainingError(f"start_from: expected the folder of a run with a saved state, but {folder} holds none")
    state = saved.state
    about, config = {"kimg": state["images"] / 1000, "data": state["source"]}, json.dumps(state["config"])
    return _Begun(saved.arrays, _reached(state), about, Config.from_json(config))


def _of_generator(source: str | Path) -> _Begun:
    """Read a generator's file; G and the averaged G begin as the same."""
    try:
        arrays, header = weights.read_generator(source)
    except weights.WeightsError as error:  # it speaks of its own argument
        raise type(error)(f"start_from: {str(error).removeprefix('path: ')}") from None
    g, d = weights.split_networks(arrays)
    if not d:
        raise TrainingError(
            f"start_from: expected a generator with its discriminator, but {source} has none; a new one "
            "has learned nothing yet. Take the folder of a run"
        )
    nets = {f"{net}/{name}": array for net, of in (("g", g), ("ema", g), ("d", d)) for name, array in of.items()}
    about = {name: header["about"].get(name) for name in ("kimg", "data")}
    return _Begun(nets, _reached(header), about, Config.from_json(header["config"]))


def _reached(state: dict[str, Any]) -> int:
    """Return the last level that has faded in: half is not reached."""
    return state["resolution"] if state["alpha"] >= 1 else state["resolution"] // 2


def _size(path: str) -> int:
    """Return the level in a variable's path, such as 64 in ``g/synthesis/styled64_0/bias/bias``; 0 for all others."""
    match = re.search(r"/(?:block|from_gray|to_gray|styled)(\d+)", path)
    return int(match.group(1)) if match else 0
