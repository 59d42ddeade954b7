"""Mixed precision: bfloat16 only in the large blocks, float32 wherever it matters, and the same training."""

from oasis_helpers import engine
from oasis_helpers.config import make_config
from oasis_helpers.networks import discriminator as discriminator_module
from oasis_helpers.networks.discriminator import Discriminator, DownBlock, FromGray, Head
from oasis_helpers.networks.generator import Generator
from oasis_helpers.networks.layers import block_type, instance_norm
from oasis_helpers.networks.synthesis import SynthesisLayer
from oasis_helpers.training.state import Networks
from oasis_helpers.training.step import TrainingStep

import keras
import numpy as np
import pytest
from helpers.reference import normal, randomise

array = engine.to_numpy
SMALL = {"resolution": 64, "z_dim": 8, "w_dim": 8, "channel_base": 256, "channel_max": 8, "jit_compile": False}


def small(**changes):
    return make_config("smoke", **{**SMALL, **changes})


def type_of(x):
    return keras.backend.standardize_dtype(x.dtype)


def spy(monkeypatch, owner, name):
    """Note (height, type of the first input, type of the output) of every call."""
    notes, original = [], getattr(owner, name)

    def call(*args, **kwargs):
        out = original(*args, **kwargs)
        x = next(a for a in args if keras.ops.is_tensor(a))
        notes.append((x.shape[1], type_of(x), type_of(out)))
        return out

    monkeypatch.setattr(owner, name, call)
    return notes


def test_only_blocks_from_32_px_up_are_halved():
    assert [block_type(size, mixed=True) for size in (4, 16, 32, 256)] == ["float32"] * 2 + ["bfloat16"] * 2
    assert {block_type(size, mixed=False) for size in (4, 32, 256)} == {"float32"}


@pytest.mark.parametrize("alpha", [0.5, 1.0])
def test_the_generator_computes_its_large_layers_in_bfloat16(monkeypatch, alpha):
    g, notes = Generator(small()), spy(monkeypatch, SynthesisLayer, "call")
    image = g.draw(normal(2, 10, 8), None, 64, alpha, mixed=True)
    assert type_of(image) == "float32"
    assert [out for _, _, out in notes] == ["float32"] * 6 + ["bfloat16"] * 4
    notes.clear()
    g.draw(normal(2, 10, 8), None, 64, alpha)
    assert {out for _, _, out in notes} == {"float32"}  # images for people are drawn in float32


def test_the_discriminator_computes_its_large_blocks_in_bfloat16(monkeypatch):
    d = Discriminator(small())
    notes, heads = spy(monkeypatch, DownBlock, "call"), spy(monkeypatch, Head, "call")
    entries = spy(monkeypatch, FromGray, "call")
    deviations = spy(monkeypatch, discriminator_module, "minibatch_stddev")
    logits = d(normal(4, 64, 64, 1), alpha=0.5, mixed=True)
    assert type_of(logits) == "float32"
    assert [(size, out) for size, _, out in notes] == [
        (64, "bfloat16"),
        (32, "bfloat16"),
        (16, "float32"),
        (8, "float32"),
    ]
    assert entries[0] == (64, "bfloat16", "bfloat16")
    assert heads[0][1:] == ("float32", "float32")
    assert deviations == [(4, "float32", "float32")]


def test_normalisation_of_bfloat16_is_computed_in_float32():
    # Large mean, small deviation: sums of bfloat16 would lose it all.
    x = keras.ops.cast(1.0 + 0.0078125 * np.sign(normal(1, 64, 64, 1)), "bfloat16")
    exact = array(keras.ops.cast(x, "float32")).astype("float64")
    expected = (exact - exact.mean()) / exact.std()
    np.testing.assert_allclose(array(keras.ops.cast(instance_norm(x), "float32")), expected, rtol=0.01)


def test_a_mixed_image_is_nearly_the_float32_image():
    g = Generator(small())
    randomise(g.synthesis.trainable_variables)
    exact = array(g.draw(normal(4, 10, 8), None, 64))
    mixed = array(g.draw(normal(4, 10, 8), None, 64, mixed=True))
    assert 1e-4 < np.std(mixed - exact) / np.std(exact) < 0.02


@pytest.mark.parametrize("loss", ["logistic", "relativistic", "wgan-gp"])
def test_the_penalty_goes_through_the_large_blocks_in_float32(monkeypatch, loss):
    nets = Networks(small(resolution=32, mapping_layers=2, mixed_precision=True, loss=loss))
    step, images = (
        TrainingStep(nets, 32, 2),
        [keras.ops.convert_to_tensor(normal(2, 32, 32, 1, seed=i)) for i in (0, 1)],
    )
    notes = spy(monkeypatch, DownBlock, "call")
    step._penalty(np.float32(0.5), *images, np.full((2, 1, 1, 1), 0.5, "float32"))
    assert {(size, out) for size, _, out in notes} == {(size, "float32") for size in (32, 16, 8)}
    notes.clear()
    step._d_loss(*images, np.float32(0.5), np.full((2, 1, 1, 1), 0.5, "float32"))()
    assert (32, "bfloat16") in {(size, out) for size, _, out in notes}  # where the logits come from


def one_step(**changes):
    nets = Networks(small(resolution=32, mapping_layers=2, r1_interval=1, **changes))
    nets.begin_phase(1e-3, reset=False)
    step = TrainingStep(nets, 32, 4)
    real = np.random.default_rng(0).integers(0, 256, (4, 32, 32)).astype("uint8")
    return nets, {name: float(array(v)) for name, v in step(real, 0.5, 0).items()}


@pytest.mark.slow
def test_r1_weights_averages_and_moments_stay_float32():
    mixed_nets, mixed = one_step(mixed_precision=True)
    _, exact = one_step()
    assert mixed["r1"] == pytest.approx(exact["r1"], rel=1e-6)  # the penalty itself never sees bfloat16
    assert mixed["real_logit"] != exact["real_logit"]  # the logits do
    floats = {type_of(v) for v in mixed_nets.variables if "float" in type_of(v)}
    assert floats == {"float32"}


@pytest.mark.slow
def test_a_penalty_of_a_mixed_step_goes_through_the_large_blocks_in_float32(monkeypatch):
    notes = spy(monkeypatch, DownBlock, "call")
    one_step(mixed_precision=True, r1_gamma=0.0)
    assert {out for size, _, out in notes if size == 32} == {"bfloat16"}
    notes.clear()
    logs = one_step(mixed_precision=True, loss="wgan-gp")[1]
    assert {out for size, _, out in notes if size == 32} == {"bfloat16", "float32"}
    assert np.isfinite(logs["d_loss"])


def losses_of_100_steps(mixed):
    nets = Networks(small(resolution=32, mapping_layers=2, mixed_precision=mixed, r1_gamma=10.0, r1_interval=1))
    nets.begin_phase(2e-3, reset=True)
    step, rng = TrainingStep(nets, 32, 4), np.random.default_rng(0)
    rows = np.arange(32)
    logs = []
    for i in range(100):
        centre, width = rng.uniform(10, 22, (2, 4, 1)), rng.uniform(4, 9, (4, 1))
        bumps = [np.exp(-(((rows - c) / width) ** 2)) for c in centre]  # soft spots stand for brains
        real = (255 * bumps[0][:, :, None] * bumps[1][:, None, :]).astype("uint8")
        logs.append(step(real, 1.0, i))
    return np.array([[float(array(log[name])) for name in ("d_loss", "g_loss")] for log in logs])


@pytest.mark.slow
@pytest.mark.long
def test_a_hundred_mixed_steps_train_like_float32():
    exact, mixed = losses_of_100_steps(False), losses_of_100_steps(True)
    assert np.isfinite(mixed).all() and np.any(mixed != exact)
    moved = np.ptp(exact, axis=0)
    assert moved[0] > 0.5 and moved[1] > 2  # enough to make agreement mean something
    assert np.abs(mixed - exact)[0].max() < 0.01  # the first step, from equal weights
    # Adversarial training multiplies any rounding, so later steps are compared as means of 20.
    blocks = [losses.reshape(5, 20, 2).mean(axis=1) for losses in (mixed, exact)]
    assert np.all(np.abs(blocks[0] - blocks[1]) < 0.1 * moved)
