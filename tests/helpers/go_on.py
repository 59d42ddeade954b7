"""Start a tiny run and break it off, or resume it here: python -m helpers.go_on FOLDER [two]

test_engines.py crosses from one engine to the other, and from one device to two.
"""

import sys
from pathlib import Path

from helpers.one_step import two_processors
from helpers.tiny import random_slices, tiny
from oasis_helpers import Trainer, weights
from oasis_helpers.engine import to_numpy
from oasis_helpers.training import checkpoint
from oasis_helpers.training.callbacks import Callback
from oasis_helpers.training.folder import has_run

import numpy as np


class BreakOff(Callback):
    def on_log(self, trainer, row):
        if row["kimg"] >= 0.028:
            sys.exit(0)


folder = Path(sys.argv[1])
resume = has_run(folder)
if sys.argv[2:] == ["two"]:
    two_processors()
trainer = Trainer(tiny(batch_size=8), random_slices(), folder, resume=resume)
if not resume:
    trainer.fit([BreakOff()], progress=False)
arrays, _ = weights.read_arrays(checkpoint.checkpoints(folder)[0])
assert trainer.images == 24 and len(arrays) == len(trainer.nets.variables)
for variable in trainer.nets.variables:
    np.testing.assert_array_equal(to_numpy(variable), arrays[variable.path], err_msg=variable.path)
trainer.fit(progress=False)
assert trainer.images == 64 and len(trainer.history.rows) == 8
