"""The smallest run that has every part: two levels, a fade, lazy R1, snapshots; 16 steps of 4 images of 8 px."""

from oasis_helpers import make_config
from oasis_helpers.data import Pyramid
from oasis_helpers.engine import to_numpy
from oasis_helpers.images import block_mean
from oasis_helpers.training.callbacks import Callback

import numpy as np

TINY = {
    "resolution": 8,
    "start_resolution": 4,
    "z_dim": 8,
    "w_dim": 8,
    "mapping_layers": 2,
    "channel_base": 32,
    "channel_max": 8,
    "batch_size": 4,
    "stable_kimg": 0.016,
    "fade_kimg": 0.016,
    "total_kimg": 0.064,
    "log_kimg": 0.008,
    "snapshot_kimg": 0.012,
    "ema_kimg": 0.02,
}


def tiny(**changes):
    return make_config("smoke", **{**TINY, **changes})


def random_slices(seed=0, size=8):
    """Return forty random images of ten people, eight of them in train, and their smaller sizes down to 4 px."""
    import pandas as pd

    rng = np.random.default_rng(seed)
    full = rng.integers(0, 256, (40, size, size), dtype=np.uint8)
    case = np.repeat(np.arange(10), 4)
    table = pd.DataFrame(
        {
            "person": [f"p{c}" for c in case],
            "case": case,
            "slice": np.tile(np.arange(4), 10),
            "split": np.where(case < 8, "train", np.where(case < 9, "validate", "test")),
            "image": "",
            "label": "",
            "age": np.nan,
            "sex": "",
        }
    )
    levels = {size: full}
    while size > 4:
        size //= 2
        levels[size] = block_mean(levels[2 * size], size).astype(np.uint8)
    return Pyramid(levels, table, f"made for a test, seed {seed}")


class BreakAt(Callback):
    """Breaks off as a power cut would: nothing is saved at that moment."""

    def __init__(self, kimg):
        self.kimg = kimg

    def on_log(self, trainer, row):
        if row["kimg"] >= self.kimg:
            raise KeyboardInterrupt


def weights_of(trainer):
    return [to_numpy(v) for v in trainer.nets.variables]


def lines_of(rows):
    """Return the rows of a history without what depends on the clock."""
    return [{name: value for name, value in row.items() if name not in ("images_per_s", "hours")} for row in rows]


def same_end(a, b):
    """Return whether two trainers ended in the same state, to the last bit, and wrote the same lines."""
    equal = all(np.array_equal(x, y) for x, y in zip(weights_of(a), weights_of(b), strict=True))
    return equal and lines_of(a.history.rows) == lines_of(b.history.rows)
