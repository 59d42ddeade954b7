"""What one step shows the discriminator: everything augmented, once, and no random number used for two things."""

from oasis_helpers import engine
from oasis_helpers.training import step as step_module
from oasis_helpers.training.state import Networks
from oasis_helpers.training.step import TrainingStep

import keras
import numpy as np
import pytest
from helpers.tiny import tiny
from keras import ops

pytestmark = pytest.mark.skipif(engine.BACKEND != "tensorflow", reason="only TensorFlow runs a step as plain Python")

BATCH, SIZE = 4, 8
MARK = 100.0  # added in the place of an augmentation
LOSSES = {"logistic": {"r1_gamma": 10.0}, "relativistic": {"loss": "relativistic"}, "wgan-gp": {"loss": "wgan-gp"}}


class Watched:
    """A step whose discriminator and random numbers are noted down.

    Attributes:
        step: the step; nothing is compiled.
        judged: the images of each call of D, in order.
        draws: what each set of fakes was drawn from: z, noise and crossover.
        augmented: of each augmentation, what it was given besides the images.
    """

    def __init__(self, patch, **changes):
        self.nets = Networks(tiny(jit_compile=False, r1_interval=1, **changes))
        self.step = TrainingStep(self.nets, SIZE, BATCH)
        self.judged, self.draws, self.augmented = [], [], []
        d, fakes = self.nets.d, self.step.fakes

        def judge(images, alpha, mixed=False):
            self.judged.append(engine.to_numpy(images))
            return d(images, alpha, mixed=mixed)

        def draw(drawn, crossover, alpha):
            self.draws.append((engine.to_numpy(drawn["z"]), [engine.to_numpy(n) for n in drawn["noise"]], crossover))
            return fakes(drawn, crossover, alpha)

        def mark(images, uniform, normal, p, value_range):
            self.augmented.append((engine.to_numpy(uniform), engine.to_numpy(normal), float(p), value_range))
            return images + MARK

        self.nets.d = judge
        patch.setattr(self.step, "fakes", draw)
        patch.setattr(step_module, "augment", mark)

    def update(self, grey=0):
        """Update both networks once, on reals of one grey value; returns what was logged."""
        real = np.full((BATCH, SIZE, SIZE, 1), grey, "uint8")
        logs = self.step.update_both(ops.convert_to_tensor(real), np.float32(1.0))
        return {name: float(value) for name, value in logs.items()}

    def penalise(self, grey=0):
        """Do one lazy R1 update."""
        real = np.full((BATCH, SIZE, SIZE, 1), grey, "uint8")
        self.step.update_r1(ops.convert_to_tensor(real), np.float32(1.0))


def share_equal(a, b):
    return np.mean(np.isclose(a, b, rtol=1e-6, atol=1e-9))


# ---------------------------------------------------------------- augmentation


@pytest.mark.parametrize("loss", LOSSES)
def test_everything_that_d_sees_is_augmented_once(monkeypatch, loss):
    watched = Watched(monkeypatch, augment_p=0.5, **LOSSES[loss])
    watched.update()
    if watched.step.loss.has_r1:
        watched.penalise()
    assert len(watched.judged) == {"logistic": 5, "relativistic": 8, "wgan-gp": 4}[loss]
    for images in watched.judged:
        assert 0.5 * MARK < images.min() and images.max() < 1.5 * MARK
    reals, fakes, *_ = watched.judged
    np.testing.assert_array_equal(reals, np.full_like(reals, MARK - 1))  # black, and augmented
    assert np.ptp(fakes) > 0


def test_nothing_is_augmented_where_that_is_off(monkeypatch):
    watched = Watched(monkeypatch, r1_gamma=10.0)
    watched.update()
    watched.penalise()
    assert not watched.augmented and max(images.max() for images in watched.judged) < 0.5 * MARK


def test_augmentation_follows_p_and_the_grey_values_of_the_run(monkeypatch):
    watched = Watched(monkeypatch, augment_p=0.25, value_range=(0.0, 1.0))
    watched.update()
    watched.nets.augment_p.assign(0.75)
    watched.update()
    assert [p for _, _, p, _ in watched.augmented] == [0.25] * 3 + [0.75] * 3
    assert {tuple(value_range) for *_, value_range in watched.augmented} == {(0.0, 1.0)}


def test_reals_and_both_sets_of_fakes_are_augmented_by_draws_of_their_own(monkeypatch):
    watched = Watched(monkeypatch, augment_p=0.5)
    watched.update()
    watched.update()
    assert len(watched.augmented) == 6  # reals, D's fakes and G's fakes of two steps
    for kind in (0, 1):  # the gates; how much
        draws = [drawn[kind] for drawn in watched.augmented]
        for i, one in enumerate(draws):
            assert len(np.unique(one)) == one.size  # each image has its own
            assert all(share_equal(one, other) == 0 for other in draws[:i])


@pytest.mark.parametrize(("grey", "sign"), [(255, 1.0), (0, -1.0)])
def test_the_sign_that_steers_p_is_that_of_the_reals(monkeypatch, grey, sign):
    watched = Watched(monkeypatch, augment_p=0.5, ada_target=0.6)
    watched.nets.d = lambda images, alpha, mixed=False: ops.mean(images - MARK, axis=(1, 2, 3))  # bright is real
    gray = watched.nets.g.synthesis.to_gray[-1]
    gray.bias.bias.assign([-100.0 * sign])  # the fakes are the opposite
    logs = watched.update(grey)
    assert logs["real_sign"] == sign
    assert logs["real_logit"] == pytest.approx(sign, rel=1e-3) and logs["fake_logit"] * sign < -50


# ---------------------------------------------------------------- black


def below_black(watched, bias):
    """Let G draw around a grey value below black; its images, as they are."""
    watched.nets.g.synthesis.to_gray[-1].bias.bias.assign([bias])


def test_d_sees_nothing_below_black_where_the_fakes_are_clipped(monkeypatch):
    bare, clipped = (Watched(monkeypatch, r1_gamma=0.0, clip_black=clip) for clip in (False, True))
    for watched in (bare, clipped):
        below_black(watched, -1.0)
        watched.update()
    for (_, *fakes), (_, *cut) in zip([bare.judged], [clipped.judged], strict=True):
        assert min(images.min() for images in fakes) < -1 and min(images.min() for images in cut) == -1
        np.testing.assert_allclose(cut[0], np.maximum(fakes[0], -1), atol=1e-5)  # the same else, before anything moved
        assert cut[0].max() > -1


def test_black_is_the_lower_end_of_the_range(monkeypatch):
    watched = Watched(monkeypatch, r1_gamma=0.0, clip_black=True, value_range=(0.0, 1.0))
    below_black(watched, 0.0)
    watched.update()
    assert all(images.min() == 0 for images in watched.judged[1:])


def test_what_g_draws_below_black_moves_nothing(monkeypatch):
    for clip in (False, True):
        watched = Watched(monkeypatch, r1_gamma=0.0, clip_black=clip)
        below_black(watched, -1000.0)  # all of it
        before = [engine.to_numpy(v) for v in watched.nets.g.trainable_variables]
        watched.update()
        after = [engine.to_numpy(v) for v in watched.nets.g.trainable_variables]
        assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True)) is clip


# ---------------------------------------------------------------- latents, noise and crossovers


def test_d_and_g_meet_fakes_of_their_own(monkeypatch):
    """With the same fakes in both updates G would learn from just those that D has been trained on."""
    watched = Watched(monkeypatch, r1_gamma=0.0)
    watched.update()
    reals, of_d, of_g = watched.judged
    assert share_equal(of_d, of_g) < 0.01
    assert all(share_equal(a, b) < 0.01 for fakes in (of_d, of_g) for a, b in zip(fakes, fakes[1:], strict=False))


def test_neither_latents_nor_noise_are_used_twice(monkeypatch):
    watched = Watched(monkeypatch, r1_gamma=0.0)
    watched.update()
    watched.update()
    latents, noise, _ = zip(*watched.draws, strict=True)
    assert len(latents) == 4  # D's and G's of two steps
    for i in range(4):
        assert len(np.unique(latents[i])) == latents[i].size
        for j in range(i):
            assert share_equal(latents[i], latents[j]) == 0
            assert all(share_equal(a, b) == 0 for a, b in zip(noise[i], noise[j], strict=True))


def test_d_and_g_have_crossovers_of_their_own(monkeypatch):
    watched = Watched(monkeypatch, style_mixing_prob=1.0)
    pairs = []
    monkeypatch.setattr(watched.step, "_update_networks", lambda batch, alpha, d, g: pairs.append((float(d), float(g))))
    monkeypatch.setattr(
        engine.devices, "on_each", lambda function, *args: function(*args) or ({}, watched.nets.g.w_avg)
    )
    for _ in range(40):
        watched.update()
    ours, theirs = zip(*pairs, strict=True)
    assert set(ours) == set(theirs) == {1.0, 2.0, 3.0}
    assert 0.1 < np.mean(np.equal(ours, theirs)) < 0.6  # a third, by chance


def test_wgans_penalty_mixes_each_pair_by_a_number_of_its_own(monkeypatch):
    watched = Watched(monkeypatch, loss="wgan-gp")
    watched.update(255)
    reals, fakes, between, _ = watched.judged
    shares = [((b - r) / (f - r)).mean() for r, f, b in zip(reals, fakes, between, strict=True)]
    assert len(np.unique(np.round(shares, 4))) == BATCH and 0 < min(shares) and max(shares) < 1


# ---------------------------------------------------------------- what belongs to a level


def test_a_step_trains_the_weights_of_its_level_with_the_levels_own_penalty():
    nets = Networks(tiny(resolution=16, r1_gamma={4: 0.0, 8: 3.0, 16: 5.0}, r1_interval=4))
    for level, gamma, scale in ((4, 0.0, 1 / 16), (8, 3.0, 1 / 4), (16, 5.0, 1.0)):
        step = TrainingStep(nets, level, BATCH)
        assert (step.r1_gamma, step.penalty_scale, step.lazy_r1) == (gamma, scale, gamma > 0)
        for net, variables in ((nets.d, step.d_variables), (nets.g, step.g_variables)):
            assert [v.path for v in variables] == [v.path for v in net.trainable_at(level)]
        assert any(f"from_gray{level}/" in v.path for v in step.d_variables)


# ---------------------------------------------------------------- seeds


@pytest.mark.parametrize("part", ["z", "noise", "augment", "mix"])
def test_what_a_step_draws_follows_from_the_runs_seed(part):
    def drawn(seed):
        step = TrainingStep(Networks(tiny(seed=seed, augment_p=0.2, jit_compile=False)), SIZE, BATCH)
        draws = [step.mix() if part == "mix" else step.draw()[0][part] for _ in range(2)]
        return [np.concatenate([engine.to_numpy(x).ravel() for x in keras.tree.flatten(draw)]) for draw in draws]

    first, again, other = drawn(0), drawn(0), drawn(1)
    assert np.array_equal(first, again) and share_equal(first[0], first[1]) < 0.01
    assert share_equal(first, other) < 0.01
