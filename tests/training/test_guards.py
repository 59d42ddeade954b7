"""NaN and a full memory: noticed, explained, and nothing lost."""

import errno

from oasis_helpers import Trainer, load_generator
from oasis_helpers.engine import to_numpy
from oasis_helpers.errors import TrainingError
from oasis_helpers.training import checkpoint, guards
from oasis_helpers.training.callbacks import Callback
from oasis_helpers.training.step import TrainingStep

import numpy as np
import pytest
from helpers.tiny import random_slices, tiny


@pytest.fixture(scope="module")
def slices():
    return random_slices()


class Poison(Callback):
    """Makes one weight NaN (or infinite) at a line of the log."""

    def __init__(self, value, net="g"):
        self.value, self.net = value, net

    def on_log(self, trainer, row):
        if row["kimg"] >= 0.016:
            variable = {"g": trainer.nets.g, "ema": trainer.nets.ema}[self.net].synthesis.constant
            variable.assign(np.full(variable.shape, self.value, "float32"))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_loss_that_is_no_number_stops_the_run_within_a_line(slices, tmp_path, value):
    trainer = Trainer(tiny(start_resolution=8), slices, tmp_path / "run")
    with pytest.raises(
        TrainingError, match=r"^\w+ is (nan|inf) at 0\.024 kimg, 8 px: .*learning_rate.*r1_gamma.*--force"
    ):
        trainer.fit([Poison(value)], progress=False)
    generator = load_generator(tmp_path / "run")
    assert all(np.isfinite(to_numpy(v)).all() for v in generator.variables)
    assert Trainer(tiny(start_resolution=8), slices, tmp_path / "run", resume=True).images == 12


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_logged_value_that_is_no_finite_number_is_named(value, tmp_path):
    guards.check_finite({"d_loss": 1e30, "g_loss": -1e30}, 0.5, 8, tmp_path)
    with pytest.raises(TrainingError, match=rf"^g_loss is {value} at 0\.5 kimg, 8 px: training stopped"):
        guards.check_finite({"d_loss": 1.0, "g_loss": value}, 0.5, 8, tmp_path)


def test_a_weight_that_no_loss_shows_yet_is_not_saved(slices, tmp_path):
    trainer = Trainer(tiny(start_resolution=8), slices, tmp_path / "run")
    with pytest.raises(TrainingError, match=r"the weight ema/.*constant is nan at 0\.024 kimg"):
        trainer.fit([Poison(np.nan, "ema")], progress=False)
    assert [checkpoint.images_of(p) for p in checkpoint.checkpoints(tmp_path / "run")] == [12]


@pytest.mark.slow
def test_a_full_memory_names_level_and_batch_that_fits(slices, tmp_path, monkeypatch):
    call = TrainingStep.__call__

    def full(self, real, alpha, steps):
        if self.resolution == 8 and len(real) > 2:
            raise MemoryError
        return call(self, real, alpha, steps)

    monkeypatch.setattr(TrainingStep, "__call__", full)
    config = tiny(batch_size={4: 4, 8: 16})
    trainer = Trainer(config, slices, tmp_path / "run")
    with pytest.raises(TrainingError, match=r"out of memory at 8 px with batches of 16; batch_size=\{8: 2\} fits.*run"):
        trainer.fit(progress=False)
    assert Trainer(config, slices, tmp_path / "run", resume=True).images == 16


def test_a_memory_that_holds_not_even_one_image_says_so(slices, tmp_path, monkeypatch):
    def full(self, real, alpha, steps):
        raise MemoryError

    monkeypatch.setattr(TrainingStep, "__call__", full)
    with pytest.raises(TrainingError, match=r"at 4 px with batches of 4; not even the smallest fits"):
        Trainer(tiny(), slices, tmp_path / "run").fit(progress=False)


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True),  # as clusters say it
        (OSError(errno.ENOENT, "No such file or directory"), False),
        (ValueError("full"), False),
    ],
)
def test_a_full_disk_is_told_from_other_errors(error, full, tmp_path):
    told = guards.disk_full(error, tmp_path)
    assert (told is not None) is full and (not full or "Free some space and resume" in str(told))
