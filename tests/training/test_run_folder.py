"""The folder of a run, without training: whose it is, what is kept and removed, and what a resumed run takes up."""

import dataclasses
import os
import shutil
from types import SimpleNamespace

from oasis_helpers import load_generator
from oasis_helpers.errors import TrainingError, UserError
from oasis_helpers.images import save_grid
from oasis_helpers.paths import remove_leftovers
from oasis_helpers.training import guards
from oasis_helpers.training import trainer as trainer_module
from oasis_helpers.training.folder import RunLock, differences, new_run, open_run, read_config, resumed_run
from oasis_helpers.training.history import History
from oasis_helpers.training.schedule import Phase
from oasis_helpers.training.trainer import Trainer
from oasis_helpers.view.explorer import Explorer
from oasis_helpers.view.figures import show_run
from oasis_helpers.weights import save_generator

import numpy as np
import pytest
from helpers.tiny import random_slices, tiny

# ---------------------------------------------------------------- whose it is


def test_only_a_longer_run_is_no_difference():
    run = tiny(total_kimg=0.064)
    assert differences(run, run) == differences(tiny(total_kimg=1.0), run) == []
    assert differences(tiny(total_kimg=0.032), run) == ["total_kimg: 0.064 -> 0.032"]
    assert differences(dataclasses.replace(run, preset="laptop"), run) == []
    assert differences(tiny(total_kimg=1.0, seed=7), run) == ["seed: 0 -> 7"]


def test_another_setting_is_refused_by_name_unless_it_is_forced(tmp_path):
    folder = new_run(tiny(), tmp_path / "run")
    other = tiny(r1_gamma=2.0, seed=7)
    with pytest.raises(TrainingError, match=r"r1_gamma: \{4: 1\.0\} -> \{4: 2\.0\}; seed: 0 -> 7\); .*force"):
        resumed_run(other, folder, force=False)
    assert resumed_run(other, folder, force=True) == resumed_run(tiny(), folder, force=False) == folder
    assert read_config(folder) == tiny()  # nothing is changed yet
    with pytest.raises(TrainingError, match="already holds a run"):
        new_run(other, folder)


def test_a_folder_belongs_to_one_trainer_at_a_time_who_is_named(tmp_path):
    with RunLock(tmp_path):
        for _ in range(2):  # a refusal frees nothing
            with pytest.raises(UserError, match=rf"another trainer \(process {os.getpid()} on \S+\) is using"):
                RunLock(tmp_path).__enter__()
    with RunLock(tmp_path):
        pass
    with pytest.raises(RuntimeError), RunLock(tmp_path):
        raise RuntimeError  # one that fails frees it, too
    with RunLock(tmp_path):
        pass


@pytest.mark.parametrize("resume", [False, True])
def test_of_several_processes_all_begin_with_the_same_state_and_one_writes(tmp_path, resume):
    run = tmp_path / "run"
    if resume:
        new_run(tiny(), run)
    folder, source = open_run(tiny(), run, resume, force=False, first=False)
    try:
        assert folder != run and read_config(folder) == tiny()
        assert source == (run if resume else folder)
        assert run.exists() is resume  # the first process makes it
    finally:
        shutil.rmtree(folder)
    assert open_run(tiny(), run, resume, force=False, first=True) == (run, run)


# ---------------------------------------------------------------- what is removed


def test_half_written_files_are_removed_and_nothing_else(tmp_path):
    kept = [".lock", "config.json", "notes.tmp", "checkpoint-0000000012.safetensors", ".hidden", "a.tmp.png"]
    for name in (*kept, ".generator.safetensors.123.tmp", ".config.json.7.tmp"):
        (tmp_path / name).touch()
    remove_leftovers(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(kept)


# ---------------------------------------------------------------- what a run goes on from


def state_of(data, **changes):
    """A saved state, as the trainer writes it beside the networks."""
    state = {"images": 24, "steps": 6, "seconds": 1.5, "phase": "8px_fade", "pending": [{"d_loss": 2.0}]}
    state |= {"history": [{"kimg": 0.016}], "augment_signs": [[0.25, 4], [-0.5, 4]], "resolution": 8, "alpha": 0.5}
    state |= {"data": data.digest(), "source": data.source, "start_from": {"kimg": 64.0, "data": "others"}}
    return {**state, **changes}


def restored(monkeypatch, data, state, force=False):
    """What a trainer holds that has taken up a state."""
    grown = []
    run = SimpleNamespace(nets=None, data=data, folder="the run", augment=SimpleNamespace(signs=[]), origin={})
    run.generator = SimpleNamespace(grow_to=lambda *level: grown.append(level))
    run.images = 0
    monkeypatch.setattr(trainer_module.checkpoint, "load_checkpoint", lambda nets, source: state)
    Trainer._restore(run, None, force)
    return run, grown


def test_a_resumed_run_takes_up_all_that_was_saved_with_its_networks(monkeypatch):
    data = random_slices()
    run, grown = restored(monkeypatch, data, state_of(data))
    assert (run.images, run.steps, run.seconds, run.phase) == (24, 6, 1.5, "8px_fade")
    assert run._pending == [{"d_loss": 2.0}] and run.history.rows == [{"kimg": 0.016}]
    assert run.augment.signs == [[0.25, 4], [-0.5, 4]]  # else p would be adapted by half an interval
    assert run.origin == {"start_from": {"kimg": 64.0, "data": "others"}} and grown == [(8, 0.5)]
    older = {name: value for name, value in state_of(data).items() if name not in ("augment_signs", "start_from")}
    run, _ = restored(monkeypatch, data, older)
    assert (run.augment.signs, run.origin) == ([], {})


def test_a_run_goes_on_with_its_own_slices_unless_it_is_forced(monkeypatch):
    data, others = random_slices(), random_slices(seed=1)
    told = r"was trained on 'made for a test, seed 0', and these .*seed 1'\) differ; name those it began with \(--data"
    with pytest.raises(TrainingError, match=told):
        restored(monkeypatch, others, state_of(data))
    assert restored(monkeypatch, others, state_of(data), force=True)[0].images == 24
    assert restored(monkeypatch, data, None)[0].images == 0  # stopped before it saved anything


@pytest.mark.parametrize(
    ("saved", "images", "lost", "refused"),
    [
        ([], 0, False, ""),
        ([12, 24], 24, False, ""),
        ([12, 24], 28, False, ""),  # not saved yet
        ([12, 24], 12, False, "the run was continued after this trainer was made"),
        ([12, 24], 0, False, "the run was continued after this trainer was made"),
        ([12, 24], 24, True, "its last training failed"),
    ],
)
def test_a_trainer_that_was_overtaken_or_has_failed_does_not_go_on(tmp_path, saved, images, lost, refused):
    for count in saved:
        (tmp_path / f"checkpoint-{count:010d}.safetensors").touch()
    run = SimpleNamespace(folder=tmp_path, images=images, _lost=lost)
    if not refused:
        return Trainer._check_state(run)
    with pytest.raises(TrainingError, match=f"^trainer: {refused}; make it anew"):
        Trainer._check_state(run)


# ---------------------------------------------------------------- a memory that is full


@pytest.mark.parametrize(("room", "fits", "tried"), [(9, 8, [8]), (3, 2, [8, 4, 2]), (1, 1, [8, 4, 2, 1]),
                                                     (0, 0, [8, 4, 2, 1])])  # fmt: skip
def test_the_largest_batch_that_fits_is_found_by_halves_down_to_a_single_image(monkeypatch, room, fits, tried):
    asked = []
    monkeypatch.setattr(guards, "_fits", lambda config, data, size, batch: asked.append((size, batch)) or batch <= room)
    phase = Phase(8, "stable", 0, 64, 16, 1e-3, 64)
    assert guards.largest_that_fits(tiny(), None, phase) == fits
    assert asked == [(8, batch) for batch in tried]


def test_a_batch_fits_only_where_the_lazy_penalty_of_its_step_fits_too(monkeypatch):
    tried = []

    def run(step, function, real, *_):
        penalty = function is step._r1
        tried.append((len(real), penalty))
        if penalty and len(real) > 2:
            raise MemoryError
        return {}

    monkeypatch.setattr(guards.TrainingStep, "_run", run)
    phase = Phase(8, "stable", 0, 64, 8, 1e-3, 64)
    assert guards.largest_that_fits(tiny(r1_interval=4), random_slices(), phase) == 2
    assert tried == [(4, False), (4, True), (2, False), (2, True)]


def test_home_may_be_written_as_a_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "metrics.jsonl").write_text('{"kimg": 1.0}\n')
    save_grid(np.zeros((1, 8, 8), np.uint8), tmp_path / "run" / "generated_plot_e001.png")
    assert History.read("~/run").history["kimg"] == [1.0]
    assert len(show_run("~/run").axes) == 1
    assert Explorer(load_generator(), folder="~/run").save_png().parent == tmp_path / "run"
    save_generator(load_generator(), "~/run/mine.safetensors")
    assert (tmp_path / "run" / "mine.safetensors").is_file()


@pytest.mark.parametrize("total", ["100", None, True, 1e9])
def test_the_length_of_a_run_is_a_number(total):
    with pytest.raises(UserError, match="total_kimg: expected a number from 0 to 1e.06"):
        guards.lengthened(tiny(total_kimg=1.0), total)
