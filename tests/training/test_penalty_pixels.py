"""By which pixels D's gradient penalty is taken: the release's full-size ones, or those of the level."""

import json

from oasis_helpers import make_config
from oasis_helpers.config import Config
from oasis_helpers.engine import to_numpy
from oasis_helpers.networks.discriminator import Discriminator
from oasis_helpers.networks.layers import downsample, upsample
from oasis_helpers.training import losses
from oasis_helpers.training.state import Networks
from oasis_helpers.training.step import TrainingStep

import numpy as np
import pytest
from helpers import reference as ref
from helpers.reference import randomise
from keras import ops

SMALL = {"z_dim": 5, "w_dim": 6, "channel_base": 1024, "channel_max": 6, "mapping_layers": 2, "jit_compile": False}


def small(**changes):
    """The paper's configuration, with few channels."""
    return make_config("paper", **{**SMALL, **changes})


# ---------------------------------------------------------------- both ways of writing it


@pytest.mark.parametrize(("level", "final"), [(8, 8), (8, 16), (8, 32), (4, 32)])
def test_by_the_large_pixels_r1_is_r_over_f_squared_of_that_by_the_small_ones(level, final):
    d = Discriminator(small(resolution=8 if level == 8 else 16, start_resolution=level))
    randomise(d.trainable_variables, scale=3.0)
    real = ref.normal(3, level, level, 1)
    large = ops.convert_to_tensor(real.repeat(final // level, axis=1).repeat(final // level, axis=2))

    def judge_large(x):
        while x.shape[1] > level:
            x = downsample(x)
        return d(x)

    by_large = float(to_numpy(losses.r1_penalty(judge_large, large)))
    by_small = float(to_numpy(losses.r1_penalty(d, ops.convert_to_tensor(real))))
    assert by_small > 0.1
    assert by_large == pytest.approx(by_small * (level / final) ** 2, rel=1e-4)
    assert small(resolution=final).penalty_scale(level) == (level / final) ** 2
    assert small(resolution=final, penalty_pixels="level").penalty_scale(level) == 1


def test_wgans_penalty_wants_the_length_by_the_large_pixels_to_be_1():
    a = ref.normal(4, 4, 1)
    linear = lambda x: ops.sum(x * a, axis=(1, 2, 3))  # noqa: E731
    large = lambda x: linear(downsample(x))  # noqa: E731
    real, fake, mix = ref.normal(2, 4, 4, 1), ref.normal(2, 4, 4, 1, seed=1), np.full((2, 1, 1, 1), 0.5, "float32")
    real, fake = (ops.convert_to_tensor(x) for x in (real, fake))
    by_small = float(to_numpy(losses.gradient_penalty(linear, real, fake, mix, scale=1 / 4)))
    by_large = float(to_numpy(losses.gradient_penalty(large, upsample(real), upsample(fake), mix)))
    length = np.sqrt(np.sum(a**2))
    assert by_small == pytest.approx(by_large, rel=1e-4)
    assert by_small == pytest.approx((length / 2 - 1) ** 2, rel=1e-4)


@pytest.mark.parametrize("name", losses.LOSSES)
def test_every_part_of_a_losss_penalty_is_scaled(name):
    a, real, fake = ref.normal(4, 4, 1), ref.normal(3, 4, 4, 1), ref.normal(3, 4, 4, 1, seed=1, scale=2.0)
    loss = losses.LOSSES[name](make_config("smoke", loss=name, wgan_lambda=7.0))

    def curved(x):
        return ops.sum(x * x * a, axis=(1, 2, 3)) / 2  # its gradient is x a

    mix = np.full((3, 1, 1, 1), 0.25, "float32")
    penalty, logs = loss.penalty(curved, *map(ops.convert_to_tensor, (real, fake)), mix, 10.0, 1 / 16)
    r1, r2 = (np.mean(np.sum((x * a) ** 2, axis=(1, 2, 3))) / 16 for x in (real, fake))
    between = np.sqrt(np.sum(((0.75 * real + 0.25 * fake) * a) ** 2, axis=(1, 2, 3)) / 16)
    expected = {"logistic": 5 * r1, "relativistic": 5 * (r1 + r2), "wgan-gp": 7 * np.mean((between - 1) ** 2)}
    assert float(to_numpy(penalty)) == pytest.approx(expected[name], rel=1e-4)
    assert {key: float(to_numpy(v)) for key, v in logs.items()} == pytest.approx({"r1": r1} if loss.has_r1 else {})


# ---------------------------------------------------------------- in a step


def reference_weights(d):
    """A discriminator's weights as `reference.discriminator` takes them."""
    array = to_numpy
    grays = [(array(layer.conv.kernel), array(layer.bias.bias)) for layer in d.from_gray]
    names = ("conv0", "bias0", "conv1", "bias1")
    parts = [(b.conv0.kernel, b.bias0.bias, b.conv1.kernel, b.bias1.bias) for b in d.blocks]
    blocks = [dict(zip(names, map(array, part), strict=True)) for part in parts]
    h = d.head
    end = {"conv": h.conv.kernel, "bias": h.bias.bias, "dense_kernel": h.dense.kernel, "dense_bias": h.dense.bias}
    end |= {"out_kernel": h.out.kernel, "out_bias": h.out.bias}
    return grays, blocks, {name: array(v) for name, v in end.items()}


def release_r1(d, real, full):
    """R1 as the release writes it, in NumPy: the gradient by full-size reals that D averages down (release: loss.py).

    The gradient of each small pixel, by central differences, is handed to all the large pixels that it is the mean of.
    """
    weights, level = reference_weights(d), real.shape[1]
    block = full // level
    small = np.zeros(real.shape)
    for place in np.ndindex(real.shape[1:3]):
        nudge = np.zeros(real.shape)
        nudge[(slice(None), *place)] = 1e-4
        up, down = (ref.discriminator(x, *weights, group=None) for x in (real + nudge, real - nudge))
        small[(slice(None), *place)] = ((up - down) / 2e-4)[:, None]
    large = small.repeat(block, axis=1).repeat(block, axis=2) / block**2
    return float(np.mean(np.sum(large**2, axis=(1, 2, 3))))


@pytest.mark.parametrize("pixels", ["final", "level"])
def test_a_step_at_8_px_of_256_has_the_releases_r1(pixels):
    # Without the minibatch deviation each logit is of one image alone, and so are the differences above.
    config = small(penalty_pixels=pixels, mbstd_group=1)
    assert (config.resolution, config.loss, config.at("r1_gamma", 8), config.r1_interval) == (256, "logistic", 10.0, 1)
    nets = Networks(config)
    randomise(nets.d.trainable_variables, scale=2.0)
    before = Discriminator(config)
    for a, b in zip(before.variables, nets.d.variables, strict=True):
        a.assign(to_numpy(b))
    real = np.random.default_rng(0).integers(0, 256, (2, 8, 8)).astype("uint8")
    logs = {name: float(to_numpy(v)) for name, v in TrainingStep(nets, 8, 2)(real, 1.0, 0).items()}
    grey = real[..., None] / 127.5 - 1
    expected = release_r1(before, grey, full=256 if pixels == "final" else 8)
    assert logs["r1"] == pytest.approx(expected, rel=1e-3)
    logits = ref.discriminator(grey, *reference_weights(before), group=None)
    assert logs["real_logit"] == pytest.approx(logits.mean(), rel=1e-3, abs=1e-3)
    # With one logit for each image the loss is not that of the mean logit; the penalty's part is what is left.
    with_r1, without = logs["d_loss"], d_loss_without_r1(config, before, nets, real)
    assert with_r1 - without == pytest.approx(10 / 2 * expected, rel=1e-2, abs=1e-5)


def d_loss_without_r1(config, before, nets, real):
    """The loss of the same step from the same weights and random numbers, with gamma 0."""
    plain = Networks(make_config("paper", **{**SMALL, "mbstd_group": 1, "r1_gamma": 0.0}))
    for a, b in zip(plain.d.variables, before.variables, strict=True):
        a.assign(to_numpy(b))
    return float(to_numpy(TrainingStep(plain, 8, 2)(real, 1.0, 0)["d_loss"]))


def test_the_lazy_step_has_the_same_scale():
    values = {}
    for pixels in ("final", "level"):
        nets = Networks(small(resolution=32, penalty_pixels=pixels, r1_interval=4))
        randomise(nets.d.trainable_variables, scale=2.0)
        real = np.random.default_rng(0).integers(0, 256, (2, 8, 8)).astype("uint8")
        values[pixels] = float(to_numpy(TrainingStep(nets, 8, 2)(real, 1.0, 0)["r1"]))
    assert values["final"] == pytest.approx(values["level"] / 16, rel=1e-3)


# ---------------------------------------------------------------- runs from before


def test_a_run_from_before_this_setting_keeps_its_rule():
    fields = json.loads(make_config("laptop", log_kimg=0.75).to_json())
    newer = ("penalty_pixels", "ada_interval_kimg", "clip_black")
    old = {name: value for name, value in fields.items() if name not in newer}
    config = Config.from_json(json.dumps(old))
    assert (config.penalty_pixels, config.ada_interval_kimg) == ("level", 0.75)
    assert "penalty_pixels         level *" in str(config)
    assert not config.clip_black and "clip_black             False *" in str(config)  # today's laptop clips
    assert Config.from_json(json.dumps(fields)).penalty_pixels == "final"


def test_the_included_generators_say_by_which_rule_they_were_trained():
    from oasis_helpers.weights import read_generator, shipped

    for name in shipped():
        config = Config.from_json(read_generator(name)[1]["config"])
        assert config.penalty_pixels in ("final", "level")
