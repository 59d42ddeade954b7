"""Saved states that cannot be read: the damaged are passed over, those that do not answer are not."""

import errno

from oasis_helpers import engine, weights
from oasis_helpers.training import checkpoint
from oasis_helpers.training.state import Networks, lazy_interval

import numpy as np
import pytest
from helpers.tiny import tiny

FIRST, SECOND = 12, 24  # images shown


@pytest.fixture(scope="module")
def nets():
    return Networks(tiny())


@pytest.fixture
def folder(nets, tmp_path):
    """Two states of a run, told apart by the mean of w."""
    for images in (FIRST, SECOND):
        nets.ema.w_avg.assign(np.full(nets.ema.w_avg.shape, images, "float32"))
        checkpoint.save_checkpoint(nets, tmp_path, {"images": images})
    nets.ema.w_avg.assign(np.zeros(nets.ema.w_avg.shape, "float32"))
    return tmp_path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def mean_of(nets):
    return engine.to_numpy(nets.ema.w_avg)[0]


def test_the_newest_state_is_put_back(nets, folder):
    assert checkpoint.load_checkpoint(nets, folder) == {"images": SECOND} and mean_of(nets) == SECOND


def test_a_state_that_cannot_be_read_now_is_neither_passed_over_nor_put_aside(nets, folder, monkeypatch):
    """A network drive that does not answer says nothing of the file: the run must not go back to an older state."""
    before = names(folder)

    def refuse(*_, **__):
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr("safetensors.safe_open", refuse)
        with pytest.raises(weights.WeightsError, match="cannot be read now .*Input/output error.*check the disk") as e:
            checkpoint.load_checkpoint(nets, folder)
        assert not isinstance(e.value, weights.DamagedError)
    assert names(folder) == before and mean_of(nets) == 0
    assert checkpoint.load_checkpoint(nets, folder) == {"images": SECOND}  # it answers again


@pytest.mark.parametrize("harm", ["one bit", "half of it", "nothing left", "another file"])
def test_a_damaged_state_is_passed_over_and_put_aside(nets, folder, capsys, harm):
    newest = checkpoint.checkpoints(folder)[0]
    data = bytearray(newest.read_bytes())
    data[-100] ^= 1
    left = {"one bit": data, "half of it": data[: len(data) // 2], "nothing left": b"", "another file": b"<html>" * 99}
    newest.write_bytes(left[harm])
    assert checkpoint.load_checkpoint(nets, folder) == {"images": FIRST} and mean_of(nets) == FIRST
    assert names(folder) == ["checkpoint-0000000012.safetensors", "checkpoint-0000000024.damaged"]
    assert newest.name in capsys.readouterr().out


def test_the_last_three_states_are_kept(nets, tmp_path, monkeypatch):
    saved = []
    monkeypatch.setattr(checkpoint.weights, "write_arrays", lambda path, *_: saved.append(path.name) or path.touch())
    for images in (8, 12, 100, 1000):
        checkpoint.save_checkpoint(nets, tmp_path, {"images": images})
        assert names(tmp_path) == sorted(saved[-3:])
    newest = [checkpoint.images_of(path) for path in checkpoint.checkpoints(tmp_path)]
    assert newest == [1000, 100, 12]


def test_where_nothing_was_saved_there_is_nothing_to_put_back(nets, tmp_path):
    assert checkpoint.load_checkpoint(nets, tmp_path) is None


def test_a_file_that_is_not_there_is_missing_and_not_damaged(tmp_path):
    with pytest.raises(weights.WeightsError, match="there is none") as e:
        weights.read_arrays(tmp_path / "none.safetensors")
    assert not isinstance(e.value, weights.DamagedError)


# ---------------------------------------------------------------- lazy R1


def test_one_penalised_level_is_enough_for_a_corrected_optimiser():
    """The optimiser is made once for all levels; the penalty's own steps are those of its level."""
    config = tiny(resolution=16, loss="logistic", r1_interval=16, r1_gamma={4: 0.0, 16: 1.0})
    assert [lazy_interval(config), lazy_interval(config, 8), lazy_interval(config, 16)] == [16, 1, 16]
    nets = Networks(config)
    nets.set_learning_rate(0.017)
    assert float(nets.d_optimizer.learning_rate) == pytest.approx(0.016)
    assert lazy_interval(tiny(resolution=16, loss="logistic", r1_interval=16, r1_gamma=0.0)) == 1


def test_augmentation_can_be_switched_on_and_changed_where_it_is_forced(nets, folder):
    augmented, adaptive = Networks(tiny(augment_p=0.3)), Networks(tiny(augment_p=0.3, ada_target=0.6))
    for other in (augmented, adaptive):
        assert checkpoint.load_checkpoint(other, folder) == {"images": SECOND}  # a run without
        assert engine.to_numpy(other.augment_p) == pytest.approx(0.3)
    augmented.augment_p.assign(0.1)
    checkpoint.save_checkpoint(augmented, folder, {"images": 36})
    checkpoint.load_checkpoint(augmented, folder)
    assert engine.to_numpy(augmented.augment_p) == pytest.approx(0.3)  # fixed: the configuration's
    checkpoint.load_checkpoint(adaptive, folder)
    assert engine.to_numpy(adaptive.augment_p) == pytest.approx(0.1)  # found on the way: the run's
