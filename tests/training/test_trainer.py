"""What the trainer hands to a step and writes of it, without training: slices, flips, means, variety."""

import dataclasses
import json
import re
from pathlib import Path
from types import SimpleNamespace

from oasis_helpers import load_generator, sampling
from oasis_helpers.training import trainer as trainer_module
from oasis_helpers.training.callbacks import Callback
from oasis_helpers.training.schedule import Phase, learning_rate, make_schedule
from oasis_helpers.training.state import Networks
from oasis_helpers.training.stop import TrainingStopped
from oasis_helpers.training.trainer import Trainer
from oasis_helpers.training.variety import variety

import numpy as np
import pytest
from helpers.tiny import random_slices, tiny

PLAIN = {"start_resolution": 8, "total_kimg": 0.064, "log_kimg": 0.016, "snapshot_kimg": 0.032}  # four steps a line


class Steps:
    """In the place of compiled steps: notes what it is given, and logs numbers that are known."""

    compile_seconds = 0.0

    def __init__(self, nets, resolution, batch_size):
        self.resolution, self.batch_size = resolution, batch_size
        self.nets = nets
        nets.given, nets.rates = getattr(nets, "given", []), getattr(nets, "rates", [])

    def __call__(self, real, alpha, steps):
        self.nets.given.append((real, float(alpha), steps))
        self.nets.rates.append([float(a.learning_rate.numpy()) for a in (self.nets.g_optimizer, self.nets.d_optimizer)])
        logs = {"d_loss": steps**2, "g_loss": -(steps**3), "real_logit": 1.0, "fake_logit": 2.0 * (steps % 2)}
        return {name: np.float32(value) for name, value in ({**logs, "r1": steps} if steps % 3 == 0 else logs).items()}


@pytest.fixture
def train(monkeypatch, tmp_path):
    """A function that runs the trainer with such steps and returns it."""
    monkeypatch.setattr(trainer_module, "TrainingStep", Steps)

    def run(callbacks=(), **changes):
        trainer = Trainer(tiny(**{**PLAIN, **changes}), random_slices(), tmp_path / "run")
        trainer.fit(callbacks, progress=False)
        return trainer

    return run


def test_a_line_of_the_log_has_the_means_over_the_steps_since_the_line_before(train):
    trainer = train()
    rows = [json.loads(line) for line in (trainer.folder / "metrics.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [4, 8, 12, 16]
    for i, row in enumerate(rows):
        steps = np.arange(4 * i, 4 * i + 4)
        penalised = steps[steps % 3 == 0]
        assert row["d_loss"] == pytest.approx(np.mean(steps**2))
        assert row["g_loss"] == pytest.approx(-np.mean(steps**3))
        assert row["fake_logit"] == 1.0
        assert row["r1"] == pytest.approx(np.mean(penalised))  # over those that computed it


def test_every_slice_of_train_is_shown_once_an_epoch(train):
    trainer = train()  # 64 images of 32 slices
    train_slices = {image.tobytes() for image in random_slices().split("train").level(8)}
    shown = [image.tobytes() for real, _, _ in trainer.nets.given for image in real]
    assert len(shown) == 64 and set(shown[:32]) == set(shown[32:]) == train_slices


@pytest.mark.parametrize("flip", [False, True])
def test_slices_are_mirrored_half_of_the_time_where_the_configuration_says_so(train, flip):
    trainer = train(flip=flip)
    straight = {image.tobytes() for image in random_slices().split("train").level(8)}
    mirrored = {image[::-1].tobytes() for image in random_slices().split("train").level(8)}  # rows: left to right
    shown = [image.tobytes() for real, _, _ in trainer.nets.given for image in real]
    assert set(shown) <= straight | mirrored
    share = np.mean([image in mirrored for image in shown])
    assert 0.25 < share < 0.75 if flip else share == 0


def test_variety_is_that_of_samples_that_are_not_truncated(train):
    trainer = train(truncation_psi=0.0)
    reals = trainer.data.uint8_batch(8, 0, 128, trainer.config.seed)

    def share(psi):
        return variety(sampling.sample(trainer.generator, range(64), psi), reals)

    logged = [row["variety"] for row in trainer.history.rows if "variety" in row]
    assert len(logged) == 2 and logged[-1] == pytest.approx(share(1.0), abs=1e-3)
    assert share(1.0) - share(0.0) > 0.05  # so that it can be told


def test_the_batch_of_a_level_and_the_number_of_the_step_reach_the_step(train):
    trainer = train(start_resolution=4, batch_size={4: 8, 8: 4}, stable_kimg=0.016, fade_kimg=0.016)
    sizes = [real.shape for real, _, _ in trainer.nets.given]
    assert sizes == [(8, 4, 4)] * 2 + [(4, 8, 8)] * 12
    assert [alpha for _, alpha, _ in trainer.nets.given] == [1.0, 1.0, 0.0, 0.25, 0.5, 0.75] + [1.0] * 8
    assert [steps for *_, steps in trainer.nets.given] == list(range(14))


def test_the_learning_rate_falls_to_0_over_the_last_images_and_to_no_other_end(train):
    rates = np.array(train(learning_rate=1e-3, rampdown_kimg=0.032, r1_gamma=0.0).nets.rates)  # 16 steps of 4 images
    assert rates[:9, 0] == pytest.approx(1e-3)  # up to the step that starts at image 32
    assert rates[8:, 0] == pytest.approx(1e-3 * (64 - np.arange(32, 64, 4)) / 32)
    assert rates[:, 1] == pytest.approx(rates[:, 0])


def test_both_networks_come_to_rest_alike_where_r1_is_lazy(train):
    rates = np.array(train(learning_rate=1e-3, rampdown_kimg=0.064, r1_gamma=1.0, r1_interval=4).nets.rates)
    assert rates[-1, 0] == pytest.approx(1e-3 * 4 / 64)
    assert rates[:, 1] == pytest.approx(rates[:, 0] * 4 / 5)


def test_without_it_the_learning_rate_is_that_of_the_level_to_the_end(train):
    rates = np.array(train(learning_rate=1e-3, r1_gamma=0.0).nets.rates)
    assert (rates == np.float32(1e-3)).all()


def test_a_run_that_is_resumed_goes_on_at_the_rate_that_its_images_have_reached(monkeypatch, tmp_path):
    monkeypatch.setattr(trainer_module, "TrainingStep", Steps)
    config = tiny(**{**PLAIN, "learning_rate": 1e-3, "rampdown_kimg": 0.032, "r1_gamma": 0.0})
    first = Trainer(config, random_slices(), tmp_path / "run")
    first.phases = [dataclasses.replace(first.phases[0], end=48)]
    first.fit(progress=False)
    second = Trainer(config, random_slices(), tmp_path / "run", resume=True)
    second.fit(progress=False)
    assert second.nets.rates[0][0] == pytest.approx(1e-3 * (64 - 48) / 32)
    assert len(second.nets.rates) == 4


# ---------------------------------------------------------------- speed, time and warnings


@pytest.fixture
def clock(monkeypatch):
    """A clock of the trainer's own; a step takes 0.9 seconds on it."""
    clock = SimpleNamespace(now=50.0)
    call = Steps.__call__

    def step(self, *args):
        clock.now += 0.9
        return call(self, *args)

    monkeypatch.setattr(Steps, "__call__", step)
    monkeypatch.setattr(trainer_module, "time", SimpleNamespace(perf_counter=lambda: clock.now))
    return clock


class Slow(Callback):
    """Takes a minute at every line."""

    def __init__(self, clock):
        self.clock = clock

    def on_log(self, trainer, row):
        self.clock.now += 60.0


def test_speed_is_that_of_a_lines_own_steps_and_time_is_added_up_also_over_a_break(train, clock, tmp_path):
    train([Slow(clock)], total_kimg=0.032)  # two lines of four steps of four images
    trainer = Trainer(tiny(**PLAIN), random_slices(), tmp_path / "run", resume=True)
    rows = trainer.fit([Slow(clock)], progress=False).rows
    assert [row["images_per_s"] for row in rows] == [round(16 / 3.6, 3)] * 4  # what callbacks take is not counted
    assert [row["hours"] for row in rows] == [0.001, 0.002, 0.003, 0.004]
    about = load_generator(trainer.folder).about
    assert (about["kimg"], about["hours"]) == (0.064, 0.004)
    assert [file.name for file in trainer.folder.glob("generated_plot_*.png")] == ["generated_plot_e000.png"]


def test_time_up_to_a_stop_between_two_lines_counts(train, clock, monkeypatch, tmp_path):
    monkeypatch.setattr(trainer_module.StopSignals, "agreed", lambda self, steps: steps == 6)
    with pytest.raises(TrainingStopped):
        train()
    assert load_generator(tmp_path / "run").about["hours"] == 0.0015  # 6 steps of 0.9 seconds


def test_a_generator_tells_which_run_its_networks_began_with(monkeypatch, tmp_path):
    monkeypatch.setattr(trainer_module, "TrainingStep", Steps)
    about = {"kimg": 64.0, "data": "slices of other people"}
    monkeypatch.setattr(trainer_module.warm_start, "start_from", lambda nets, source: about)
    config = tiny(**{**PLAIN, "total_kimg": 0.004})
    Trainer(config, random_slices(), tmp_path / "run", start_from="another").fit(progress=False)
    assert load_generator(tmp_path / "run").about["start_from"] == about


def test_the_bar_tells_level_losses_speed_and_minutes(monkeypatch):
    monkeypatch.setattr(trainer_module, "minutes_left", lambda *_: 7.4)
    row = {"resolution": 8, "alpha": 0.5, "d_loss": 1.234, "g_loss": 5.0, "images_per_s": 90.2}
    text = Trainer._bar_text(SimpleNamespace(config=None, phases=[], images=0), row)
    assert text == "8 px, alpha 0.50, D 1.23, G 5.00, 90 img/s, about 7 min left"


@pytest.mark.parametrize(
    ("kind", "images", "told"), [("stable", 519, False), ("stable", 520, True), ("fade", 900, False)]
)
def test_a_collapse_is_told_only_where_a_level_has_been_trained_for_a_while(monkeypatch, capsys, kind, images, told):
    monkeypatch.setattr(trainer_module, "varied_samples", lambda generator: None)
    monkeypatch.setattr(trainer_module, "variety", lambda images, reals: 0.01)
    run = SimpleNamespace(data=random_slices(), config=tiny(), generator=None, images=images)
    phase = Phase(8, kind, 20, 2000, 4, 1e-3, 1980)
    assert Trainer._watch(run, phase) == 0.01
    said = capsys.readouterr()
    assert (f"at {images / 1000} kimg, 8 px" in said.out + said.err) is told


def test_a_longer_run_is_longer_in_all_that_tells_of_it(tmp_path):
    trainer = Trainer(tiny(**PLAIN), random_slices(), tmp_path / "run")
    trainer._lengthen(0.1)
    assert trainer.config.total_kimg == trainer.generator.config.total_kimg == 0.1  # the second goes into its file
    assert trainer.phases[-1].end == 100


def test_the_loop_that_notebook_05_shows_is_the_loop_of_the_trainer(train):
    changes = {"start_resolution": 4, "rampdown_kimg": 0.02, "learning_rate": {4: 1e-3, 8: 5e-4}, "total_kimg": 0.1}
    trainer = train(**changes)
    source = Path(__file__).parents[2] / "notebooks/source/05_progressive_training.py"
    (block,) = re.findall(r"# ```python\n((?:# .*\n)*?# for phase in .*\n(?:# .*\n)*?)# ```", source.read_text())
    names = {"Networks": Networks, "TrainingStep": Steps, "make_schedule": make_schedule}
    names |= {"learning_rate": learning_rate, "config": trainer.config, "train": trainer.data}
    exec(re.sub(r"^# ", "", block, flags=re.MULTILINE), names)
    assert names["images"] == trainer.images and len(names["nets"].given) == 25
    np.testing.assert_equal(names["nets"].given, trainer.nets.given)
    np.testing.assert_equal(names["nets"].rates, trainer.nets.rates)
