"""Adaptive augmentation: p follows the signs of D's logits, and nothing else, however a run is logged and stopped."""

import os
import shutil
import signal

from oasis_helpers import Trainer, weights
from oasis_helpers.engine import to_numpy
from oasis_helpers.errors import ConfigError
from oasis_helpers.networks.augment import LARGEST_P
from oasis_helpers.training import checkpoint
from oasis_helpers.training.ada import AugmentControl
from oasis_helpers.training.schedule import Phase
from oasis_helpers.training.stop import TrainingStopped

import keras
import numpy as np
import pytest
from helpers.tiny import BreakAt, random_slices, same_end, tiny, weights_of

# ---------------------------------------------------------------- p alone


class Control:
    """A control whose p starts at 0.2 and may move by 0.1 with 1,000 images; it is adapted every 1,000 images."""

    def __init__(self, **changes):
        config = tiny(**{"augment_p": 0.2, "ada_target": 0.6, "ada_kimg": 10.0, "ada_interval_kimg": 1.0, **changes})
        self._p = keras.Variable(config.augment_p, trainable=False)
        self.control, self.images = AugmentControl(config, self._p), 0

    def show(self, *signs, kind="stable", batch=100):
        """Do a step for each sign; returns p after each."""
        phase, after = Phase(8, kind, 0, 1_000_000, batch, 1e-3, 1_000_000), []
        for sign in signs:
            before, self.images = self.images, self.images + batch
            self.control.after_step(phase, before, self.images, {"real_sign": keras.ops.convert_to_tensor(sign)})
            after.append(round(float(to_numpy(self._p)), 6))
        return after


@pytest.mark.parametrize(("sign", "expected"), [(0.9, 0.3), (0.1, 0.1)])
def test_p_rises_while_d_is_too_sure_and_falls_else(sign, expected):
    control = Control()
    assert control.show(*[sign] * 10) == [0.2] * 9 + [expected]  # only where the interval ends


def test_p_moves_by_the_images_that_were_shown():
    assert Control(ada_interval_kimg=0.5).show(*[1.0] * 10) == [0.2] * 4 + [0.25] * 5 + [0.3]
    assert Control(ada_kimg=2.0).show(*[1.0] * 10)[-1] == 0.7
    assert Control(ada_interval_kimg=0.25).show(*[1.0] * 5) == [0.2, 0.2, 0.23, 0.23, 0.25]  # 100 do not divide 250
    assert Control(ada_interval_kimg=0.05).show(1.0, -1.0, -1.0) == [0.21, 0.2, 0.19]  # a step is longer than that


def test_p_stays_where_d_is_exactly_as_sure_as_wanted():
    assert Control(ada_target=0.5).show(*[0.5] * 20) == [0.2] * 20


def test_the_mean_sign_of_the_interval_counts():
    assert Control().show(*[1.0] * 9, -1.0)[-1] == 0.3  # 0.8
    assert Control().show(*[-1.0] * 3, *[1.0] * 7)[-1] == 0.1  # 0.4


def test_every_interval_begins_anew():
    control = Control()
    assert control.show(*[-1.0] * 10)[-1] == 0.1
    assert control.show(*[1.0] * 10)[-1] == 0.2
    assert control.show(*[1.0] * 10)[-1] == 0.3
    assert control.control.signs == []


def test_p_stays_between_0_and_the_largest():
    control = Control()
    after = control.show(*[1.0] * 100)
    assert after[-1] == pytest.approx(LARGEST_P) == 0.8 and max(after) == after[-1]
    assert control.show(*[-1.0] * 100)[-1] == 0.0
    assert control.show(*[1.0] * 10)[-1] == 0.1  # it has not gone on below


def test_p_stays_in_a_fade():
    control = Control()
    assert control.show(*[1.0] * 50, kind="fade") == [0.2] * 50
    assert control.control.signs == []


def test_the_signs_of_a_fade_do_not_count():
    control = Control()
    control.show(*[1.0] * 15)  # an interval and a half: 0.3
    control.show(*[-1.0] * 27, kind="fade")
    assert control.show(*[1.0] * 8) == [0.3] * 7 + [0.43]  # 500 images before the fade and 800 after it


def test_a_batch_counts_by_its_images():
    """Levels have batches of their own, and an interval may begin in one level and end in the next."""
    control = Control()
    control.show(*[1.0] * 15)
    assert control.show(*[1.0] * 10, batch=50) == [0.3] * 9 + [0.4]
    control = Control()
    control.show(*[1.0] * 5)
    assert control.show(*[0.3] * 10, batch=50)[-1] == 0.3  # the mean over the images is 0.65, over the steps 0.53
    control = Control()
    control.show(*[1.0] * 5)
    assert control.show(*[0.1] * 10, batch=50)[-1] == 0.1  # 0.55


def test_without_a_target_p_stays():
    control = Control(ada_target=0.0)
    assert control.show(*[0.9] * 20) == [0.2] * 20
    assert control.control.signs == []


def test_a_run_that_does_not_augment_logs_no_sign_and_needs_no_p():
    control = AugmentControl(tiny(), None)
    control.after_step(Phase(8, "stable", 0, 100, 4, 1e-3, 100), 0, 4, {"d_loss": 1.0})
    assert control.signs == []


@pytest.mark.parametrize("changes", [{"ada_target": -0.1}, {"ada_kimg": 0}, {"ada_interval_kimg": 0}])
def test_impossible_values_are_one_line(changes):
    with pytest.raises(ConfigError, match=next(iter(changes))):
        tiny(**changes)


# ---------------------------------------------------------------- runs

# From 0.4 p has room to fall and to rise, and at this speed D changes its mind. It is adapted every third step: after
# 12 images of 4 px, then at 36, 48 and 60 of 8 px; from 16 to 32 the level fades in.
ADA = {"augment_p": 0.4, "ada_target": 0.2, "ada_kimg": 0.1, "ada_interval_kimg": 0.012, "learning_rate": 0.02}


def ada(**changes):
    return tiny(**{**ADA, "log_kimg": 0.004, **changes})  # a line for each step


@pytest.fixture(scope="module")
def slices():
    return random_slices()


@pytest.fixture(scope="module")
def whole(slices, tmp_path_factory):
    """A run that nobody disturbed."""
    trainer = Trainer(ada(), slices, tmp_path_factory.mktemp("whole") / "run")
    trainer.fit(progress=False)
    return trainer


def test_p_is_logged_and_moves_at_the_end_of_each_interval_but_for_the_fades(whole):
    p, signs, moves = 0.4, [], []
    for row in whole.history.rows:
        images = round(1000 * row["kimg"])
        assert -1 <= row["real_sign"] <= 1
        if not 16 < images <= 32:
            signs.append(row["real_sign"])
            if images % 12 == 0:
                moves.append((images, len(signs), np.sign(np.mean(signs) - 0.2)))
                p, signs = np.clip(p + moves[-1][2] * 4 * len(signs) / 100, 0, LARGEST_P), []
        assert row["augment_p"] == pytest.approx(p, abs=1e-5), images
    assert [move[:2] for move in moves] == [(12, 3), (36, 2), (48, 3), (60, 3)]
    assert {move[2] for move in moves} == {-1.0, 1.0}  # it fell and it rose
    assert float(to_numpy(whole.nets.augment_p)) == pytest.approx(p, abs=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("changes", [{"log_kimg": 0.02}, {"snapshot_kimg": 0.02}], ids=["log_kimg", "snapshot_kimg"])
def test_how_often_a_run_is_logged_or_saved_changes_no_weight(whole, slices, tmp_path, changes):
    other = Trainer(ada(**changes), slices, tmp_path / "run")
    other.fit(progress=False)
    lines, saves = (
        [[row["kimg"] for row in t.history.rows if name in row] for t in (other, whole)] for name in ("step", "variety")
    )
    assert (lines[0] != lines[1]) == ("log_kimg" in changes) and (saves[0] != saves[1]) == ("snapshot_kimg" in changes)
    for ours, theirs, variable in zip(weights_of(other), weights_of(whole), whole.nets.variables, strict=True):
        assert np.array_equal(ours, theirs), variable.path


@pytest.mark.slow
@pytest.mark.parametrize(("at", "signs"), [(8, 2), (44, 2)], ids=["in the first", "in a later one"])
def test_a_run_that_was_stopped_inside_of_an_interval_ends_the_same(whole, slices, tmp_path, at, signs):
    trainer = Trainer(ada(), slices, tmp_path / "run")
    feed = trainer.data.uint8_batch

    def stop(resolution, position, *rest, **more):
        if position == at - 4 == trainer.images:
            os.kill(os.getpid(), signal.SIGINT)
        return feed(resolution, position, *rest, **more)

    trainer.data.uint8_batch = stop
    with pytest.raises(TrainingStopped):
        trainer.fit(progress=False)
    trainer.data.uint8_batch = feed
    assert saved_signs(trainer.folder) == (at, signs)
    copy = shutil.copytree(trainer.folder, tmp_path / "copy")
    if at == 44:
        trainer.fit(progress=False)  # the same object, as in a notebook
        assert same_end(trainer, whole)
    again = Trainer(ada(), slices, copy, resume=True)  # and from the file, as after a restart
    again.fit(progress=False)
    assert same_end(again, whole)


def saved_signs(folder):
    """Return the images that the newest state was saved at, and how many signs are in it."""
    _, state = weights.read_arrays(checkpoint.checkpoints(folder)[0])
    return state["images"], len(state["augment_signs"])


@pytest.mark.slow
def test_a_run_that_was_broken_off_in_a_fade_goes_on_with_the_sign_from_before_it(whole, slices, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        Trainer(ada(), slices, tmp_path / "run").fit([BreakAt(0.028)], progress=False)
    assert saved_signs(tmp_path / "run") == (24, 1)
    again = Trainer(ada(), slices, tmp_path / "run", resume=True)
    again.fit(progress=False)
    assert same_end(again, whole)


def test_a_run_from_before_the_signs_were_saved_goes_on(whole, slices, tmp_path):
    folder = shutil.copytree(whole.folder, tmp_path / "run")
    newest = checkpoint.checkpoints(folder)[0]
    arrays, state = weights.read_arrays(newest)
    assert state.pop("augment_signs")
    weights.write_arrays(newest, arrays, state)
    again = Trainer(ada(), slices, folder, resume=True)
    assert again.images == 64 and again.augment.signs == []
