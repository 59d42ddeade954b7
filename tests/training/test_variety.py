"""Mode collapse: noticed whatever the brightness and grain of the repeated image, told, and logged."""

import math

from oasis_helpers import load_data
from oasis_helpers.training import trainer as trainer_module
from oasis_helpers.training.callbacks import Callback
from oasis_helpers.training.trainer import Trainer
from oasis_helpers.training.variety import collapse_warning, different_slices, variety

import numpy as np
import pytest
from helpers.tiny import random_slices, tiny


@pytest.fixture(scope="module")
def brains():
    """256 slices of the cohort at 64 px, of all training people."""
    train = load_data().split("train")
    return train.uint8_batch(64, 0, 256, seed=0)


@pytest.fixture(scope="module")
def slices():
    return random_slices()


def test_matches_count_by_their_entropy():
    slices = np.random.default_rng(0).integers(0, 256, (8, 16, 16), "uint8")
    assert different_slices(slices, slices) == pytest.approx(8)
    assert different_slices(slices[:1].repeat(5, axis=0), slices) == pytest.approx(1)
    assert different_slices(slices[[0, 0, 1, 1]], slices) == pytest.approx(2)
    quarter = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert different_slices(slices[[3, 3, 3, 5]], slices) == pytest.approx(math.exp(quarter))


def test_other_real_slices_are_as_varied_as_real_slices(brains):
    assert 0.8 < variety(brains[128:192], brains[:128]) < 1.25


def test_detail_below_16_px_makes_no_head_another(brains):
    """One head's coarse shape with the fine detail of many others is one head."""
    slices = brains[:256:4]
    coarse = slices.reshape(-1, 16, 4, 16, 4).mean(axis=(2, 4)).repeat(4, axis=1).repeat(4, axis=2)
    images = np.clip(coarse[40] + 2 * (slices - coarse), 0, 255).round().astype("uint8")
    assert different_slices(slices, slices) > 50
    assert different_slices(images, slices) < 3


def test_one_head_at_other_brightness_contrast_and_grain_is_one_head(brains):
    rng = np.random.default_rng(0)
    light = rng.uniform(0.5, 1.2, (64, 1, 1))
    grain = rng.normal(0, 20, (64, 64, 64)) * (brains[200] > 5)
    equal = np.clip(brains[200] * light + grain, 0, 255).astype("uint8")
    spread = equal.std(axis=0).mean() / brains.std(axis=0).mean()
    assert spread > 0.5  # the pixels' standard deviation takes them for varied
    assert variety(equal, brains[:128]) < 0.1


def test_four_heads_are_an_eighth_as_varied_as_64_slices_and_a_warning(brains):
    four = brains[[200, 210, 220, 230] * 16]
    share = variety(four, brains[:128])
    assert 0.05 < share < 0.2
    assert collapse_warning(share, 1.0, 64)


def test_a_level_of_8_px_is_compared_as_it_is():
    images = np.random.default_rng(0).integers(0, 256, (64, 8, 8), "uint8")
    assert different_slices(images, images) == pytest.approx(64)
    assert different_slices(images, np.zeros((4, 8, 8), "uint8")) == pytest.approx(1)  # not a division by zero


def test_collapse_is_told_with_level_and_count():
    assert collapse_warning(0.9, 12.0, 64) is None
    text = collapse_warning(0.1, 12.0, 64)
    assert "12.0 kimg, 64 px" in text and "10%" in text and "learning_rate" in text


@pytest.mark.slow
def test_a_generator_that_repeats_itself_is_warned_about_and_the_variety_logged(slices, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(trainer_module, "NOTICED_FROM", 4)

    class Repeat(Callback):
        def on_log(self, trainer, row):
            for net in (trainer.nets.g, trainer.nets.ema):
                for layer in net.synthesis.styled:
                    # Noise too: instance norm makes the smallest noise large where a feature map is flat.
                    for variable in (layer.adain.affine.kernel, layer.noise.strength):
                        variable.assign(np.zeros(variable.shape))

    # So slow that little comes back between two lines: how much is another number on another machine.
    trainer = Trainer(tiny(learning_rate=1e-6), slices, tmp_path / "run")
    trainer.fit([Repeat()], progress=False)
    out = capsys.readouterr()
    assert "may have collapsed" in out.out + out.err
    with_variety = [row for row in trainer.history.rows if "variety" in row]
    assert [round(1000 * row["kimg"]) for row in with_variety] == [12, 16, 24, 32, 36, 48, 60, 64]
    assert with_variety[-1]["variety"] < 0.25
