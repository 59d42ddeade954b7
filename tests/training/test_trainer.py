"""What the trainer hands to a step and writes of it, without training: slices, flips, means, variety."""

import json

from oasis_helpers import sampling
from oasis_helpers.training import trainer as trainer_module
from oasis_helpers.training.trainer import Trainer

import numpy as np
import pytest
from helpers.tiny import random_slices, tiny

PLAIN = {"start_resolution": 8, "total_kimg": 0.064, "log_kimg": 0.016, "snapshot_kimg": 0.032}  # four steps a line


class Steps:
    """In the place of compiled steps: notes what it is given, and logs numbers that are known."""

    compile_seconds = 0.0

    def __init__(self, nets, resolution, batch_size):
        self.resolution, self.batch_size = resolution, batch_size
        nets.given = getattr(nets, "given", [])
        self.given = nets.given

    def __call__(self, real, alpha, steps):
        self.given.append((real, float(alpha), steps))
        logs = {"d_loss": steps**2, "g_loss": -(steps**3), "real_logit": 1.0, "fake_logit": 2.0 * (steps % 2)}
        return {name: np.float32(value) for name, value in ({**logs, "r1": steps} if steps % 3 == 0 else logs).items()}


@pytest.fixture
def train(monkeypatch, tmp_path):
    """A function that runs the trainer with such steps and returns it."""
    monkeypatch.setattr(trainer_module, "TrainingStep", Steps)

    def run(**changes):
        trainer = Trainer(tiny(**{**PLAIN, **changes}), random_slices(), tmp_path / "run")
        trainer.fit(progress=False)
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
    trainer = train(truncation_psi=0.2)
    reals = trainer.data.uint8_batch(8, 0, 64, trainer.config.seed)  # two epochs: each of the 32 slices twice

    def share(psi):
        return sampling.sample(trainer.generator, range(16), psi).std(axis=0).mean() / reals.std(axis=0).mean()

    logged = [row["variety"] for row in trainer.history.rows if "variety" in row]
    assert len(logged) == 2 and logged[-1] == pytest.approx(share(1.0), abs=1e-3)
    assert abs(share(1.0) - share(0.2)) > 0.05  # so that it can be told


def test_the_batch_of_a_level_and_the_number_of_the_step_reach_the_step(train):
    trainer = train(start_resolution=4, batch_size={4: 8, 8: 4}, stable_kimg=0.016, fade_kimg=0.016)
    sizes = [real.shape for real, _, _ in trainer.nets.given]
    assert sizes == [(8, 4, 4)] * 2 + [(4, 8, 8)] * 12
    assert [alpha for _, alpha, _ in trainer.nets.given] == [1.0, 1.0, 0.0, 0.25, 0.5, 0.75] + [1.0] * 8
    assert [steps for *_, steps in trainer.nets.given] == list(range(14))
