"""Stopping and going on: the end is the same to the last bit, and what does not fit together is refused."""

import dataclasses
import errno
import os
import shutil
import signal

from oasis_helpers import Trainer, sampling, weights
from oasis_helpers.errors import TrainingError, UserError
from oasis_helpers.training import checkpoint
from oasis_helpers.training.folder import RunLock, differences, has_run
from oasis_helpers.training.stop import TrainingStopped

import numpy as np
import pytest
from helpers.tiny import BreakAt, random_slices, same_end, tiny

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def slices():
    return random_slices()


@pytest.fixture(scope="module")
def whole(slices, tmp_path_factory):
    """A run that nobody disturbed."""
    trainer = Trainer(tiny(), slices, tmp_path_factory.mktemp("whole") / "run")
    trainer.fit(progress=False)
    return trainer


def broken(slices, folder, kimg):
    """Return the folder of a run that was broken off."""
    trainer = Trainer(tiny(), slices, folder)
    with pytest.raises(KeyboardInterrupt):
        trainer.fit([BreakAt(kimg)], progress=False)
    return folder


@pytest.fixture(scope="module")
def original(slices, tmp_path_factory):
    return broken(slices, tmp_path_factory.mktemp("broken") / "run", 0.04)


@pytest.fixture
def folder(original, tmp_path):
    """A run of its own for each test, broken off after 40 images; checkpoints at 36, 32 and 24."""
    return shutil.copytree(original, tmp_path / "run")


def resumed(slices, folder, config=None, **arguments):
    return Trainer(config or tiny(), slices, folder, resume=True, **arguments)


# ---------------------------------------------------------------- the same end


@pytest.mark.parametrize(("kimg", "at"), [(0.008, 0), (0.028, 24)])
def test_a_run_that_was_broken_off_ends_like_one_that_never_was(whole, slices, tmp_path, kimg, at):
    trainer = resumed(slices, broken(slices, tmp_path / "run", kimg))
    assert trainer.images == at  # what was saved last; 0: nothing was
    trainer.fit(progress=False)
    assert same_end(trainer, whole)
    ours, theirs = (weights.read_arrays(t.folder / weights.GENERATOR_FILE)[0] for t in (trainer, whole))
    assert all(np.array_equal(ours[name], theirs[name]) for name in theirs)


# In the fade and in the middle of a line of the log; and where a lazy R1 is due.
@pytest.mark.parametrize(("number", "at"), [(signal.SIGINT, 24), (signal.SIGTERM, 44)])
def test_a_run_that_was_stopped_is_saved_and_goes_on(whole, slices, tmp_path, number, at):
    trainer = Trainer(tiny(), slices, tmp_path / "run")
    feed = trainer.data.uint8_batch

    def stop(resolution, position, *rest, **more):
        if position == at and trainer.images == at:
            os.kill(os.getpid(), number)
        return feed(resolution, position, *rest, **more)

    trainer.data.uint8_batch = stop
    before = signal.getsignal(number)
    with pytest.raises(TrainingStopped, match=r"stopped at 0\.0\d+ kimg and saved; fit"):
        trainer.fit(progress=False)
    assert trainer.images == at + 4  # the step was finished
    assert signal.getsignal(number) == before
    trainer.data.uint8_batch = feed
    copy = shutil.copytree(trainer.folder, tmp_path / "copy")
    trainer.fit(progress=False)  # the same object, as in a notebook
    again = resumed(slices, copy)  # and from the file, as after a restart
    again.fit(progress=False)
    assert same_end(trainer, whole) and same_end(again, whole)


@pytest.mark.parametrize(("way", "total"), [("fit", 0.048), ("resume", 0.024)])  # 24: in the middle of the fade
def test_a_finished_run_can_be_made_longer(whole, slices, tmp_path, way, total):
    short = Trainer(tiny(total_kimg=total), slices, tmp_path / "run")
    short.fit(progress=False)
    if way == "fit":
        short.fit(progress=False, total_kimg=0.064)
        assert same_end(short, whole)
    else:
        longer = resumed(slices, tmp_path / "run")
        longer.fit(progress=False)
        assert same_end(longer, whole)
    assert resumed(slices, tmp_path / "run").images == 64  # its configuration is the longer one now


def test_the_bar_ends_at_its_end_where_the_last_batch_goes_past_it(slices, tmp_path, capsys):
    trainer = Trainer(tiny(total_kimg=0.018), slices, tmp_path / "run")
    trainer.fit()
    shown = capsys.readouterr().err
    assert trainer.images == 20 and "18/18 images" in shown and "/?" not in shown


def test_a_finished_run_stays_as_it_is_and_says_so(whole, slices, capsys):
    before = sorted(p.name for p in whole.folder.iterdir())
    again = resumed(slices, whole.folder)
    again.fit()
    assert capsys.readouterr().out.startswith("nothing left to train: this run ended at ")
    assert same_end(again, whole)
    assert sorted(p.name for p in whole.folder.iterdir()) == before


# ---------------------------------------------------------------- checkpoints


def test_the_last_three_checkpoints_are_kept(whole):
    names = [path.name for path in checkpoint.checkpoints(whole.folder)]
    assert names == [f"checkpoint-{images:010d}.safetensors" for images in (64, 60, 48)]


def damage(path):
    data = bytearray(path.read_bytes())
    data[-100] ^= 1
    path.write_bytes(data)


def rewrite_history(path):
    data = path.read_bytes()
    assert b'\\"images\\": 36' in data
    path.write_bytes(data.replace(b'\\"images\\": 36', b'\\"images\\": 35'))


def cut(path):
    path.write_bytes(path.read_bytes()[:-50])


def empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("harm", [damage, rewrite_history, cut, empty])
def test_a_damaged_checkpoint_is_named_and_the_one_before_it_used(whole, slices, folder, capsys, harm):
    newest, before = checkpoint.checkpoints(folder)[:2]
    harm(newest)
    half = folder / ".checkpoint-0000000040.safetensors.99.tmp"
    half.write_bytes(b"of a process that was killed")
    trainer = resumed(slices, folder)
    out = capsys.readouterr().out
    assert newest.name in out and "\n" not in out.strip()
    assert trainer.images == checkpoint.images_of(before) == 32
    if harm is cut:  # once is enough to see the end
        trainer.fit(progress=False)
        assert same_end(trainer, whole) and not half.exists()


def test_a_run_whose_checkpoints_are_all_damaged_is_an_error(slices, folder):
    for path in checkpoint.checkpoints(folder):
        damage(path)
    for _ in range(2):  # the second time must not begin the run anew
        with pytest.raises(weights.WeightsError, match="none of the 3 checkpoints"):
            resumed(slices, folder)


def test_the_state_has_everything_that_training_changes(whole):
    arrays, state = weights.read_arrays(checkpoint.checkpoints(whole.folder)[0])
    firsts = {name.split("/")[0] for name in arrays}
    assert {"g", "d", "ema", "g_adam", "d_adam", "random"} <= firsts
    assert {"g/w_avg", "ema/w_avg"} <= set(arrays)
    assert state["history"] == whole.history.rows and state["images"] == 64 and state["steps"] == 16
    assert state["config"]["total_kimg"] == 0.064


# ---------------------------------------------------------------- a full disk


def test_a_full_disk_keeps_what_was_saved_and_the_run_goes_on_later(whole, slices, tmp_path, monkeypatch):
    flush = os.fsync

    def full(handle):
        if len(checkpoint.checkpoints(tmp_path / "run")) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        return flush(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        trainer = Trainer(tiny(), slices, tmp_path / "run")
        with pytest.raises(TrainingError, match=r"the disk of .*run is full.*[Ff]ree some space and resume"):
            trainer.fit(progress=False)
        with pytest.raises(TrainingError, match=r"make it anew with Trainer\(config, data, folder, resume=True\)"):
            trainer.fit(progress=False)
    assert [checkpoint.images_of(p) for p in checkpoint.checkpoints(tmp_path / "run")] == [16, 12]
    assert not list((tmp_path / "run").glob(".*.tmp"))
    again = resumed(slices, tmp_path / "run")
    again.fit(progress=False)
    assert same_end(again, whole)


# ---------------------------------------------------------------- what is refused


def test_another_configuration_is_shown_as_a_difference_and_refused(slices, folder):
    other = tiny(r1_gamma=2.0, batch_size={4: 4, 8: 2})
    with pytest.raises(TrainingError) as error:
        resumed(slices, folder, other)
    message = str(error.value)
    assert "r1_gamma: {4: 1.0} -> {4: 2.0}" in message and "batch_size: {4: 4} -> {4: 4, 8: 2}" in message
    assert "force" in message and "z_dim" not in message
    forced = resumed(slices, folder, other, force=True)
    forced.fit(progress=False)
    assert forced.config.r1_gamma == {4: 2.0} and len(forced.history.rows) > 8
    assert resumed(slices, folder, other).images == 64  # the run's configuration is the new one


def test_only_a_longer_run_is_no_difference():
    config = tiny()
    assert differences(tiny(total_kimg=1.0), config) == []
    assert differences(tiny(total_kimg=0.032), config) == ["total_kimg: 0.064 -> 0.032"]
    assert differences(dataclasses.replace(config, preset="laptop"), config) == []


@pytest.mark.parametrize("changes", [{"channel_max": 4}, {"synthesis": "demodulated"}])
def test_other_networks_are_refused_even_by_force(slices, folder, changes):
    with pytest.raises(weights.WeightsError, match="another network"):
        resumed(slices, folder, tiny(**changes), force=True)
    assert resumed(slices, folder).images == 36  # the run keeps its own settings


def test_other_slices_are_refused(slices, folder):
    with pytest.raises(TrainingError, match=r"data: .*'made for a test, seed 0'.*'made for a test, seed 1'"):
        resumed(random_slices(seed=1), folder)
    assert resumed(random_slices(seed=1), folder, force=True).images == 36


def test_a_resumed_trainer_draws_at_the_level_it_had_reached(slices, tmp_path):
    trainer = Trainer(tiny(total_kimg=0.024), slices, tmp_path / "run")  # ends in the middle of the fade
    trainer.fit(progress=False)
    again = resumed(slices, tmp_path / "run", tiny(total_kimg=0.024))
    assert (again.generator.resolution, again.generator.alpha) == (8, 0.5)
    assert np.array_equal(sampling.sample(again.generator, range(4)), sampling.sample(trainer.generator, range(4)))
    before = (tmp_path / "run" / "sample_output.png").read_bytes()
    again.fit(progress=False)
    assert (tmp_path / "run" / "sample_output.png").read_bytes() == before


def test_a_folder_that_holds_a_run_is_not_overwritten(whole, slices):
    with pytest.raises(TrainingError, match="already holds a run"):
        Trainer(tiny(), slices, whole.folder)


def test_resuming_nothing_is_refused(slices, tmp_path):
    with pytest.raises(TrainingError, match=r"holds no config\.json"):
        resumed(slices, tmp_path / "nothing")
    with pytest.raises(TrainingError, match="name its folder"):
        resumed(slices, None)
    assert not has_run(tmp_path / "nothing")


def test_a_shorter_run_than_the_one_done_is_refused(slices, tmp_path):
    trainer = Trainer(tiny(), slices, tmp_path / "run")
    with pytest.raises(TrainingError, match=r"total_kimg: expected at least the run's 0\.064, but got 0\.01"):
        trainer.fit(progress=False, total_kimg=0.01)


def test_two_trainers_in_one_folder_are_one_too_many(slices, tmp_path):
    trainer = Trainer(tiny(), slices, tmp_path / "run")
    with RunLock(trainer.folder):
        with pytest.raises(UserError, match=rf"another trainer \(process {os.getpid()} on .*\) is using"):
            trainer.fit(progress=False)
    with RunLock(trainer.folder):  # free again
        pass


def test_a_trainer_that_was_overtaken_does_not_go_on(slices, folder):
    old, new = resumed(slices, folder), resumed(slices, folder)
    new.fit(progress=False)
    with pytest.raises(TrainingError, match="was continued after this trainer was made"):
        old.fit(progress=False)
