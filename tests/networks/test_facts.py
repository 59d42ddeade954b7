"""The paper's numbers (Karras et al. 2018 and its release), one by one: who changes one hears of it here."""

import math

from oasis_helpers import engine
from oasis_helpers.config import make_config
from oasis_helpers.networks.discriminator import Discriminator
from oasis_helpers.networks.generator import Generator
from oasis_helpers.training import losses, trainer
from oasis_helpers.training.callbacks import Callback
from oasis_helpers.training.schedule import make_schedule, schedule_table
from oasis_helpers.training.state import Networks
from oasis_helpers.training.step import TrainingStep

import numpy as np
import pandas as pd
import pytest
from helpers import reference as ref
from helpers.reference import normal, randomise
from keras import ops

array = engine.to_numpy
PAPER = make_config("paper")
SIZES = [4, 8, 16, 32, 64, 128, 256, 512, 1024]


def close(actual, expected, tolerance=1e-5):
    np.testing.assert_allclose(array(actual), expected, rtol=tolerance, atol=tolerance)


# ---------------------------------------------------------------- networks: sizes


def paper_channels(size):
    return min(8192 / 2 ** (math.log2(size) - 1), 512)


def test_channels_of_the_paper():
    config = make_config("paper", resolution=1024)
    assert [config.channels(size) for size in SIZES] == [512, 512, 512, 512, 256, 128, 64, 32, 16]
    assert [config.channels(size) for size in SIZES] == [paper_channels(size) for size in SIZES]


def test_the_mapping_network_of_the_paper():
    assert (PAPER.z_dim, PAPER.w_dim, PAPER.mapping_layers, PAPER.mapping_lr_multiplier) == (512, 512, 8, 0.01)


def test_the_paper_draws_256_px_with_channels_like_the_configuration():
    assert PAPER.resolution == 256
    assert PAPER.resolutions == [8, 16, 32, 64, 128, 256]


@pytest.mark.parametrize(("resolution", "styles"), [(8, 4), (16, 6), (64, 10), (256, 14), (1024, 18)])
def test_there_are_two_styles_per_resolution(resolution, styles):
    g = Generator(make_config("smoke", resolution=resolution, channel_base=2048, channel_max=2))
    assert (g.num_styles, len(g.synthesis.styled)) == (styles, styles)
    assert styles == 2 * math.log2(resolution) - 2


def size_of_paper_generator():
    """Count the weights of the release's generator at 1024 px, with one grey channel out of each toRGB."""
    total = 8 * (512 * 512 + 512) + 4 * 4 * 512  # mapping and constant
    before = 512
    for size in SIZES:
        c = int(paper_channels(size))
        for i in range(2):
            if (size, i) != (4, 0):  # the first layer has no convolution
                total += 3 * 3 * before * c
            before = c
            total += c + c + 512 * 2 * c + 2 * c  # noise strengths, bias, style affine with its bias
        total += c + 1  # toRGB
    return total


def size_of_paper_discriminator():
    total = 0
    for size in SIZES:
        c = int(paper_channels(size))
        total += c + c  # fromRGB with its bias
        if size > 4:
            below = int(paper_channels(size // 2))
            total += 9 * c * c + c + 9 * c * below + below
    total += 9 * 513 * 512 + 512  # the last convolution also sees the minibatch deviation
    return total + 16 * 512 * 512 + 512 + 512 + 1


def count(net):
    return sum(int(np.prod(v.shape)) for v in net.trainable_variables)


def test_the_generator_of_the_paper_has_26_million_weights():
    config = make_config("paper", resolution=1024)
    g = Generator(config)
    assert count(g) == size_of_paper_generator()
    assert round(count(g) / 1e6, 1) == 26.2
    _, mapping, *levels, last = (line.split() for line in g.summary_table().splitlines())
    assert mapping == ["z", "to", "w", "-", "512", "-", f"{8 * (512 * 512 + 512):,}"]
    assert last == ["all", "18", f"{size_of_paper_generator():,}"]  # the mean of w is not trained
    told = [int(row[-1].replace(",", "")) for row in (mapping, *levels)]
    assert sum(told) == size_of_paper_generator()
    styles = [f"{2 * i}-{2 * i + 1}" for i in range(9)]
    assert [row[1:4] for row in levels] == [
        [str(size), str(int(paper_channels(size))), style] for size, style in zip(SIZES, styles, strict=True)
    ]


def test_the_discriminator_of_the_paper_has_as_many_weights_as_its_layers():
    d = Discriminator(make_config("paper", resolution=1024))
    assert count(d) == size_of_paper_discriminator()


def test_the_minibatch_deviation_of_the_paper_has_groups_of_four():
    d = Discriminator(make_config("smoke"))
    assert d.head.group == PAPER.mbstd_group == 4
    assert d.head.conv.kernel.shape[2] == d.config.channels(4) + 1


# ---------------------------------------------------------------- training: constants and schedule


def test_the_constants_of_the_paper():
    assert (PAPER.loss, PAPER.r1_gamma, PAPER.r1_interval) == ("logistic", {4: 10.0}, 1)
    assert (PAPER.wgan_lambda, PAPER.wgan_drift) == (10.0, 1e-3)
    assert (PAPER.adam_beta1, PAPER.adam_beta2, PAPER.adam_epsilon) == (0.0, 0.99, 1e-8)
    assert (PAPER.style_mixing_prob, PAPER.w_avg_beta) == (0.9, 0.995)
    assert (PAPER.truncation_psi, PAPER.truncation_cutoff) == (0.7, 8)
    assert (PAPER.ema_kimg, PAPER.start_resolution, PAPER.total_kimg) == (10.0, 8, 25_000.0)


def test_the_constants_of_adaptive_augmentation():
    """Karras et al. 2020 (arXiv 2006.06676): p may rise from 0 to 1 in 500 thousand images, looked at every 4 x 64."""
    assert (PAPER.augment_p, PAPER.ada_target, PAPER.ada_kimg) == (0.0, 0.0, 500.0)  # off
    assert 1000 * PAPER.ada_interval_kimg == 4 * 64


def test_learning_rates_and_batches_of_the_paper():
    rates = {4: 1e-3, 8: 1e-3, 16: 1e-3, 32: 1e-3, 64: 1e-3, 128: 1.5e-3, 256: 2e-3, 512: 3e-3, 1024: 3e-3}
    batches = {4: 128, 8: 128, 16: 128, 32: 64, 64: 32, 128: 16, 256: 8, 512: 4, 1024: 4}
    assert list(rates) == list(batches) == SIZES
    assert {size: PAPER.at("learning_rate", size) for size in rates} == rates
    assert {size: PAPER.at("batch_size", size) for size in batches} == batches


def test_the_schedule_of_the_paper():
    phases = [(p.resolution, p.kind, p.start / 1000, p.end / 1000) for p in make_schedule(PAPER)]
    expected, kimg = [(8, "stable", 0, 600)], 600
    for size in (16, 32, 64, 128, 256):
        expected += [(size, "fade", kimg, kimg + 600), (size, "stable", kimg + 600, kimg + 1200)]
        kimg += 1200
    expected[-1] = (256, "stable", 6000, 25_000)
    assert phases == expected


def test_the_schedule_carries_batch_and_learning_rate():
    for phase in make_schedule(PAPER):
        assert phase.batch_size == PAPER.at("batch_size", phase.resolution)
        assert phase.learning_rate == PAPER.at("learning_rate", phase.resolution)


def test_alpha_rises_linearly_by_images():
    fade = make_schedule(PAPER)[1]
    assert [fade.alpha(kimg * 1000) for kimg in (600, 750, 900, 1200)] == [0.0, 0.25, 0.5, 1.0]
    assert (fade.alpha(0), fade.alpha(2_000_000)) == (0.0, 1.0)
    assert make_schedule(PAPER)[0].alpha(0) == 1.0  # the first level has nothing to fade from


def test_a_short_run_cuts_the_schedule_and_a_phase_of_no_length_is_left_out():
    config = make_config("smoke", resolution=32, total_kimg=2.5)
    assert [(p.name, p.start, p.end) for p in make_schedule(config)] == [
        ("8px_stable", 0, 1000),
        ("16px_fade", 1000, 2000),
        ("16px_stable", 2000, 2500),
    ]
    config = make_config("smoke", fade_kimg=0.0, total_kimg=3.0)
    assert [(p.name, p.end) for p in make_schedule(config)] == [("8px_stable", 1000), ("16px_stable", 3000)]
    config = make_config("smoke", resolution=8, stable_kimg=0.0)
    assert [(p.name, p.end) for p in make_schedule(config)] == [("8px_stable", 4000)]


def test_a_fade_that_the_run_cuts_short_ends_before_1():
    fade = make_schedule(make_config("smoke", resolution=16, total_kimg=1.5))[-1]
    assert (fade.name, fade.start, fade.end, fade.length) == ("16px_fade", 1000, 1500, 1000)
    assert (fade.alpha(1250), fade.alpha(1500)) == (0.25, 0.5)


def test_the_schedule_table_has_a_line_per_phase():
    lines = schedule_table(PAPER).splitlines()[1:]
    assert [line.split()[:2] for line in lines] == [[str(p.resolution), p.kind] for p in make_schedule(PAPER)]
    assert lines[-1].split() == ["256", "stable", "6,000.0", "25,000.0", "8", "0.002"]


# ---------------------------------------------------------------- training: optimisers


def networks(**overrides):
    small = {"z_dim": 5, "w_dim": 6, "channel_base": 48, "channel_max": 6, "mapping_layers": 2, "r1_interval": 1}
    config = make_config("paper", **{"resolution": 16, "jit_compile": False, **small, **overrides})
    return Networks(config)


@pytest.fixture(scope="module")
def shared():
    """Networks for tests that do not train."""
    return networks()


def moments(optimizer):
    """Return the squared-gradient averages, by the variable that each belongs to."""
    return {v.path.split("/")[-1].removesuffix("_velocity"): v for v in optimizer.variables if "velocity" in v.path}


def test_adam_of_the_paper(shared):
    for optimizer in (shared.g_optimizer, shared.d_optimizer):
        assert type(optimizer).__name__ == "Adam"
        assert (optimizer.beta_1, optimizer.beta_2, optimizer.epsilon) == (0.0, 0.99, 1e-8)


def test_lazy_r1_corrects_the_adam_of_the_discriminator_only():
    nets = networks(r1_interval=16, adam_beta1=0.5, resolution=8)
    c = 16 / 17
    nets.begin_phase(1e-3, reset=False)
    d, g = nets.d_optimizer, nets.g_optimizer
    close([d.beta_1, d.beta_2], [0.5**c, 0.99**c], tolerance=1e-9)
    close(d.learning_rate, 1e-3 * c, tolerance=1e-9)
    assert (g.beta_1, g.beta_2) == (0.5, 0.99)
    close(g.learning_rate, 1e-3, tolerance=1e-9)


def test_the_learning_rate_of_a_phase_is_set_for_both(shared):
    for rate in (8e-4, 16e-4):
        shared.begin_phase(rate, reset=False)
        for optimizer in (shared.g_optimizer, shared.d_optimizer):
            close(optimizer.learning_rate, rate, tolerance=1e-9)


def test_a_reset_clears_all_of_adam_but_the_learning_rate():
    nets = networks(resolution=8)
    for reset in (False, True):
        for optimizer in (nets.g_optimizer, nets.d_optimizer):
            for variable in optimizer.variables:
                variable.assign(np.ones(variable.shape))
        nets.begin_phase(0.25, reset=reset)
        for optimizer in (nets.g_optimizer, nets.d_optimizer):
            assert len(optimizer.variables) > 10
            for variable in optimizer.variables:
                rate = variable is optimizer.learning_rate
                np.testing.assert_array_equal(array(variable), 0.25 if rate else 1 - reset, err_msg=variable.path)


class FakeData:
    """Images without a cohort."""

    resolutions, source = [8, 16], "nothing"
    table = pd.DataFrame({"split": ["train"]})

    def split(self, name):
        return self

    def uint8_batch(self, resolution, images, batch_size, seed, flip):
        return np.zeros((batch_size, resolution, resolution), "uint8")


class FakeStep:
    """It counts Adam's steps, and notes at which step (resolution, alpha, is Adam new?)."""

    compile_seconds = 0.0

    def __init__(self, nets, resolution, batch_size):
        self.resolution, self.batch_size = resolution, batch_size
        self.counters = [nets.g_optimizer.iterations, nets.d_optimizer.iterations]
        nets.notes = getattr(nets, "notes", [])
        self.notes = nets.notes

    def __call__(self, real, alpha, step):
        self.notes.append((self.resolution, alpha, [int(c) == 0 for c in self.counters] == [True, True]))
        for counter in self.counters:
            counter.assign(counter + 1)
        return {"d_loss": np.float32(0), "g_loss": np.float32(0)}


def notes_of_a_run(batch, monkeypatch, folder, follow=None):
    """Run the trainer without training: 1,000 images at 8 px, 1,000 fading 16 px in, 1,500 more."""
    monkeypatch.setattr(trainer, "TrainingStep", FakeStep)
    monkeypatch.setattr(trainer.plots, "fixed_samples", lambda *_, **__: None)
    monkeypatch.setattr(trainer, "save_grid", lambda *_, **__: None)
    monkeypatch.setattr(trainer.Trainer, "_save", lambda *_, **__: None)
    monkeypatch.setattr(trainer.Trainer, "_watch", lambda *_, **__: 1.0)
    config = make_config("smoke", batch_size=batch, total_kimg=3.5, channel_max=2, log_kimg=0.001)  # a line each step
    run = trainer.Trainer(config, FakeData(), folder / "run")
    run.fit([follow] if follow else [], progress=False)
    return run.nets.notes


@pytest.mark.parametrize("batch", [50, 48], ids=["divides the phase", "overshoots the phase"])
def test_the_run_grows_and_fades_by_images_shown(batch, monkeypatch, tmp_path):
    sizes, alphas, _ = zip(*notes_of_a_run(batch, monkeypatch, tmp_path), strict=True)
    shown = np.arange(0, 3500, batch)
    assert list(sizes) == [8 if images < 1000 else 16 for images in shown]
    close(alphas, np.where(shown < 1000, 1.0, np.clip((shown - 1000) / 1000, 0, 1)))


class Follow(Callback):
    """Notes after each step (images, resolution and alpha of the averaged generator, those of G)."""

    def __init__(self):
        self.notes = []

    def on_log(self, trainer, row):
        grown = [(g.resolution, g.alpha) for g in (trainer.generator, trainer.nets.g)]
        self.notes.append((trainer.images, *grown))


@pytest.mark.parametrize("batch", [50, 48], ids=["divides the phase", "overshoots the phase"])
def test_after_each_step_the_averaged_generator_alone_knows_how_far_the_run_has_grown(batch, monkeypatch, tmp_path):
    follow = Follow()
    steps = len(notes_of_a_run(batch, monkeypatch, tmp_path, follow))
    shown, averaged, trained = zip(*follow.notes, strict=True)
    assert list(shown) == [batch * (i + 1) for i in range(steps)]
    first = math.ceil(1000 / batch) * batch  # images when 8 px are done
    close([r for r, _ in averaged], [8 if images <= first else 16 for images in shown])
    close([a for _, a in averaged], [1.0 if i <= first else np.clip((i - 1000) / 1000, 0, 1) for i in shown])
    assert set(trained) == {(16, 1.0)}  # the one that is trained is told by each call


@pytest.mark.parametrize("batch", [pytest.param(50, id="divides the phase"), pytest.param(48, id="overshoots it")])
def test_adam_starts_afresh_when_a_level_starts_to_fade_in_and_when_it_has(batch, monkeypatch, tmp_path):
    notes = notes_of_a_run(batch, monkeypatch, tmp_path)
    fresh = [i for i, (_, _, new) in enumerate(notes) if new]
    assert fresh == [0, math.ceil(1000 / batch), math.ceil(2000 / batch)]


# ---------------------------------------------------------------- training: what goes into a step


def uint8_images(batch, size, seed=0):
    """Images as the networks see them, (batch, size, size, 1); the rest of the package has no channel axis."""
    return np.random.default_rng(seed).integers(0, 256, (batch, size, size, 1)).astype("uint8")


@pytest.mark.parametrize(("low", "high"), [(-1, 1), (0, 1)])
@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_real_images_are_faded_like_the_generated_ones(low, high, alpha):
    step = TrainingStep(networks(value_range=(low, high)), 16, 3)
    real = uint8_images(3, 16)
    grey = low + real / 255 * (high - low)
    coarse = ref.upsample(ref.downsample(grey))
    close(step.prepare(real, alpha), (1 - alpha) * coarse + alpha * grey)


def test_real_images_of_4_px_have_nothing_to_fade():
    step = TrainingStep(networks(start_resolution=4, resolution=8), 4, 2)
    real = uint8_images(2, 4)
    close(step.prepare(real, 0.0), real / 127.5 - 1)


@pytest.fixture(scope="module")
def crossovers(shared):
    """Where the second latent took over in 600 batches, at 8 px (4 layers) of a 16 px network."""
    step = TrainingStep(shared, 8, 1)
    return np.array([int(step.latents()[1]) for _ in range(600)])


def test_nine_batches_in_ten_mix_styles(crossovers):
    assert abs(np.mean(crossovers < 4) - 0.9) < 0.035  # 600 draws: 3 standard deviations


def test_the_crossover_is_uniform_from_1_to_layers_minus_1(crossovers):
    assert set(crossovers) == {1, 2, 3, 4}  # 4, the number of layers: not mixed
    for layer in (1, 2, 3):
        assert abs(np.mean(crossovers == layer) - 0.3) < 0.06


@pytest.mark.parametrize(("probability", "mixed"), [(0.0, set()), (1.0, {1, 2, 3, 4, 5})])
def test_mixing_can_be_off_or_always_on(probability, mixed):
    step = TrainingStep(networks(style_mixing_prob=probability), 16, 1)
    crossovers = {int(step.latents()[1]) for _ in range(60)}
    assert crossovers == (mixed or {6})


def test_latents_and_noise_are_fresh_and_standard_normal(shared):
    step = TrainingStep(shared, 16, 200)
    z, _ = step.latents()
    draws = [array(z[0]), array(z[1]), array(step.latents()[0][0])]
    for i, a in enumerate(draws):
        assert a.shape == (200, 5)
        assert abs(a.mean()) < 0.12 and abs(a.std() - 1) < 0.09
        assert all(abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 0.12 for b in draws[:i])
    maps = [array(m) for m in step.noise()]
    assert [m.shape for m in maps] == [(200, s, s, 1) for s in (4, 4, 8, 8, 16, 16)]
    for a, b in zip(maps, [array(m) for m in step.noise()], strict=True):
        assert abs(a.mean()) < 0.08 and abs(a.std() - 1) < 0.06
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 0.08
    assert abs(np.corrcoef(maps[0].ravel(), maps[1].ravel())[0, 1]) < 0.08  # one map per layer


def drawn(z, noise):
    """What a step draws for fakes, of given latents (2, b, z_dim) and noise; nothing is augmented."""
    return {"z": ops.convert_to_tensor(z.transpose(1, 0, 2)), "noise": noise, "augment": ()}


@pytest.mark.parametrize("crossover", [1, 3, 6])
def test_the_second_latent_takes_over_at_the_crossover(shared, crossover):
    step, g = TrainingStep(shared, 16, 2), shared.g
    z, noise = normal(2, 2, 5), step.noise()
    fake, w_mean = step.fakes(drawn(z, noise), ops.convert_to_tensor(float(crossover)), 0.5)
    first, second = array(g.styles(z[0])), array(g.styles(z[1]))
    ws = np.concatenate([first[:, :crossover], second[:, crossover:]], axis=1)
    close(fake, array(g.draw(ws, noise, 16, 0.5)), tolerance=1e-4)
    close(w_mean, first[:, 0].mean(0))


def test_fakes_are_not_truncated(shared):
    step, g = TrainingStep(shared, 16, 2), shared.g
    given = drawn(normal(2, 2, 5), step.noise())
    before = array(step.fakes(given, 6.0, 1.0)[0])
    g.w_avg.assign(np.full(6, 50.0))
    after = array(step.fakes(given, 6.0, 1.0)[0])
    g.w_avg.assign(np.zeros(6))
    np.testing.assert_array_equal(before, after)


# ---------------------------------------------------------------- training: the averaged generator


def test_the_average_starts_as_a_copy_of_the_generator():
    nets = networks(resolution=8)
    for mean, now in zip(nets.ema.variables, nets.g.variables, strict=True):
        np.testing.assert_array_equal(array(mean), array(now))


@pytest.mark.parametrize(("ema_kimg", "batch"), [(0.4, 25), (0.4, 100), (0.05, 50)])
def test_after_its_half_life_in_images_the_average_has_closed_half_of_the_gap(ema_kimg, batch):
    nets = networks(resolution=8, ema_kimg=ema_kimg)
    step = TrainingStep(nets, 8, batch)
    randomise(nets.g.variables)
    gaps = [array(m) - array(n) for m, n in zip(nets.ema.variables, nets.g.variables, strict=True)]
    for _ in range(round(ema_kimg * 1000 / batch)):
        step._update_ema()
    for gap, mean, now in zip(gaps, nets.ema.variables, nets.g.variables, strict=True):
        used = any(mean is v for v in nets.ema.trainable_at(8))
        left = 0.5 * gap if used else 0 * gap  # the mean w is not averaged twice: it is copied
        close(array(mean) - array(now), left, tolerance=1e-5)


def test_without_a_half_life_the_average_is_the_generator():
    nets = networks(resolution=8, ema_kimg=0.0)
    randomise(nets.g.variables)
    TrainingStep(nets, 8, 4)._update_ema()
    for mean, now in zip(nets.ema.variables, nets.g.variables, strict=True):
        close(mean, array(now), tolerance=1e-6)


def test_the_ways_out_of_finished_levels_are_averaged_on():
    """As in the release: they no longer learn, but the average had not reached them yet."""
    nets = networks(ema_kimg=0.004)  # half of the gap is closed in one step of 4 images
    randomise(nets.g.variables)
    finished = nets.ema.synthesis.to_gray[0].conv.kernel  # of 4 px; a step at 16 px does not draw with it
    assert not any(finished is v for v in nets.ema.trainable_at(16))
    before, target = array(finished).copy(), array(nets.g.synthesis.to_gray[0].conv.kernel)
    TrainingStep(nets, 16, 4)._update_ema()
    close(finished, (before + target) / 2)


# ---------------------------------------------------------------- training: one step


def run_step(nets, size, batch, alpha=0.5):
    """Do one step; TensorFlow runs it as plain Python, JAX through the compiled function as in training."""
    step = TrainingStep(nets, size, batch)
    real = uint8_images(batch, size)
    eager = engine.BACKEND == "tensorflow"
    update = step.update_both if eager else step._both
    logs = update(ops.convert_to_tensor(real) if eager else real, np.float32(alpha))
    return step, real, {name: float(array(v)) for name, v in logs.items()}


def logit_loss(real, fake):
    return np.log1p(np.exp(-real)) + np.log1p(np.exp(fake))


def copy_of(net, kind):
    copy = kind(net.config)
    for a, b in zip(copy.variables, net.variables, strict=True):
        a.assign(array(b))
    return copy


def test_one_step_updates_each_network_once_and_d_has_half_of_gamma_times_r1():
    nets = networks(resolution=8, r1_gamma=600.0)
    randomise(nets.d.trainable_variables)
    old_d, old_g = copy_of(nets.d, Discriminator), copy_of(nets.g, Generator)
    step, real, logs = run_step(nets, 8, batch=1)  # of one image, the mean logit is the logit
    assert [int(o.iterations) for o in (nets.d_optimizer, nets.g_optimizer)] == [1, 1]

    grey = step.prepare(real, 0.5)
    r1 = float(array(losses.r1_penalty(lambda x: old_d(x, alpha=0.5), grey)))
    assert 600 / 2 * r1 > 1  # large enough to be seen
    assert logs["r1"] == pytest.approx(r1, rel=1e-4)
    assert logs["real_logit"] == pytest.approx(float(old_d(grey, alpha=0.5)[0]), rel=1e-4, abs=1e-4)
    expected = logit_loss(logs["real_logit"], logs["fake_logit"]) + 600 / 2 * r1
    assert logs["d_loss"] == pytest.approx(expected, rel=1e-4)
    for old, new in ((old_d, nets.d), (old_g, nets.g)):
        moved = [np.any(array(a) != array(b)) for a, b in zip(old.variables, new.variables, strict=True)]
        assert np.mean(moved) > 0.8


@pytest.fixture(scope="module")
def lazy():
    """One lazy step with a generator that cannot vary: w is 1 ... 6 for every z, and noise has no strength."""
    nets = networks(resolution=8, r1_gamma=1e6, r1_interval=16)
    last = nets.g.mapping.layers[-1]
    last.kernel.assign(np.zeros(last.kernel.shape))
    last.bias.assign(np.arange(1, 7) / 0.01)
    nets.g.w_avg.assign(np.full(6, 100.0))
    fake = nets.g(normal(1, 5), resolution=8, alpha=0.5)
    nets.d_optimizer.learning_rate.assign(0.1)  # enough to see D move
    before = float(nets.d(fake, alpha=0.5)[0])
    logs = run_step(nets, 8, batch=1)[2]
    return nets, logs, before, float(nets.d(fake, alpha=0.5)[0])


def test_a_lazy_step_leaves_r1_out_of_the_loss(lazy):
    _, logs, before, _ = lazy
    assert set(logs) == {"d_loss", "g_loss", "real_logit", "fake_logit"}
    assert logs["fake_logit"] == pytest.approx(before, rel=1e-4, abs=1e-5)
    assert logs["d_loss"] == pytest.approx(logit_loss(logs["real_logit"], before), rel=1e-4)


def test_the_generator_wants_to_look_real_to_the_updated_discriminator(lazy):
    _, logs, before, after = lazy
    assert abs(after - before) > 0.01
    assert logs["g_loss"] == pytest.approx(np.log1p(np.exp(-after)), rel=1e-4)


def test_the_mean_of_w_remembers_995_thousandths(lazy):
    nets = lazy[0]
    # Moved in D's pass and again in G's, as in the release; this generator's w is 1 ... 6 in both.
    close(nets.g.w_avg, 0.995**2 * 100 + (1 - 0.995**2) * np.arange(1, 7))
    close(nets.ema.w_avg, array(nets.g.w_avg), tolerance=1e-7)


def test_the_mean_of_w_takes_the_mean_over_the_batch(shared):
    _, w_mean = TrainingStep(shared, 16, 7).fakes(drawn(normal(2, 7, 5), [None] * 6), 6.0, 1.0)
    close(w_mean, array(shared.g.mapping(normal(2, 7, 5)[0])).mean(0))


def test_the_wgan_loss_of_a_step_has_its_drift_and_lambda_times_its_penalty():
    penalties = []
    for weight in (10.0, 20.0):
        nets = networks(resolution=8, loss="wgan-gp", wgan_lambda=weight, wgan_drift=0.5)
        randomise(nets.d.trainable_variables)
        logs = run_step(nets, 8, batch=1)[2]
        real, fake = logs["real_logit"], logs["fake_logit"]
        penalties.append(logs["d_loss"] - (fake - real + 0.5 * real**2))
        assert "r1" not in logs
    assert penalties[0] > 0.1  # lambda times the same penalty: both runs drew the same images
    assert penalties[1] == pytest.approx(2 * penalties[0], rel=1e-3)


def test_the_relativistic_step_penalises_reals_and_fakes_and_compares_pairs():
    nets = networks(resolution=8, loss="relativistic", r1_gamma=600.0, r1_interval=1)
    randomise(nets.d.trainable_variables)
    old_d, old_g = copy_of(nets.d, Discriminator), copy_of(nets.g, Generator)
    last = old_g.mapping.layers[-1]
    for g in (nets.g, old_g):  # a generator that draws the same for every z, so that its fakes are known
        g.mapping.layers[-1].kernel.assign(np.zeros(last.kernel.shape))
    fake = old_g(normal(1, 5), resolution=8, alpha=0.5)
    step, real, logs = run_step(nets, 8, batch=1)
    grey = step.prepare(real, 0.5)
    both = [float(array(losses.r1_penalty(lambda x: old_d(x, alpha=0.5), x))) for x in (grey, fake)]
    assert min(both) * 300 > 1
    assert logs["r1"] == pytest.approx(both[0], rel=1e-4)
    assert logs["fake_logit"] == pytest.approx(float(old_d(fake, alpha=0.5)[0]), rel=1e-4, abs=1e-4)
    gap = logs["fake_logit"] - logs["real_logit"]
    assert logs["d_loss"] == pytest.approx(np.log1p(np.exp(gap)) + 300 * sum(both), rel=1e-4)
    # G meets the updated discriminator, on the same real.
    gap = float(nets.d(grey, alpha=0.5)[0]) - float(nets.d(fake, alpha=0.5)[0])
    assert logs["g_loss"] == pytest.approx(np.log1p(np.exp(gap)), rel=1e-3)


def test_every_level_has_its_own_weight_of_r1():
    squares = {}
    for gamma in ({4: 3.0, 16: 100.0}, {4: 6.0, 16: 100.0}, {4: 100.0, 8: 3.0}):
        nets = networks(resolution=8, r1_gamma=gamma, r1_interval=16)
        randomise(nets.d.trainable_variables)
        step = TrainingStep(nets, 8, 4)
        r1 = step.update_r1 if engine.BACKEND == "tensorflow" else step._r1
        r1(ops.convert_to_tensor(uint8_images(4, 8)), np.float32(0.5))
        squares[str(gamma)] = sum(float(np.sum(array(v))) for v in moments(nets.d_optimizer).values())
    three, six, again = squares.values()
    assert six == pytest.approx(4 * three, rel=1e-3) and again == pytest.approx(three, rel=1e-3)


def test_lazy_r1_weighs_the_steps_that_it_stands_for():
    interval = 16
    nets = networks(resolution=8, r1_gamma=3.0, r1_interval=interval)
    randomise(nets.d.trainable_variables)
    step, real = TrainingStep(nets, 8, 4), uint8_images(4, 8)
    grey = step.prepare(real, 0.5)

    def loss():
        return 3.0 / 2 * interval * losses.r1_penalty(lambda x: nets.d(x, alpha=0.5), grey)

    value, grads = engine.value_and_grad(loss, step.d_variables)
    eager = engine.BACKEND == "tensorflow"
    r1 = (step.update_r1 if eager else step._r1)(ops.convert_to_tensor(real), np.float32(0.5))
    assert float(array(r1)) == pytest.approx(float(array(value)) / (1.5 * interval), rel=1e-4)
    # Adam's first squared-gradient average is (1 - beta2) g^2.
    squares = sum(float(np.sum(array(v))) for v in moments(nets.d_optimizer).values())
    expected = sum(float(np.sum(array(g) ** 2)) for g in grads) * (1 - 0.99 ** (interval / (interval + 1)))
    assert squares == pytest.approx(expected, rel=1e-3)
    assert [int(o.iterations) for o in (nets.d_optimizer, nets.g_optimizer)] == [1, 0]


def lazy_turns(**overrides):
    """Return the steps of 20 at which R1 is applied on its own, without computing anything."""
    step = TrainingStep(networks(resolution=8, **overrides), 8, 2)
    step._both, step._r1 = lambda real, alpha: {"d_loss": 0.0}, lambda real, alpha: 1.0
    return [i for i in range(20) if "r1" in step(uint8_images(2, 8)[..., 0], 1.0, i)]


def test_lazy_r1_comes_every_so_many_steps():
    assert lazy_turns(r1_interval=16) == [0, 16]
    assert lazy_turns(r1_interval=8) == [0, 8, 16]


def test_lazy_r1_is_off_where_it_is_part_of_every_step_or_of_none():
    assert lazy_turns(r1_interval=1) == []
    assert lazy_turns(r1_interval=16, r1_gamma=0.0) == []
    assert lazy_turns(r1_interval=16, r1_gamma={4: 0.0, 16: 1.0}) == []  # this one is of 8 px
    assert lazy_turns(r1_interval=16, loss="wgan-gp") == []


def test_a_step_as_the_trainer_calls_it():
    nets = networks(resolution=8, r1_interval=2)
    step = TrainingStep(nets, 8, 4)
    logs = [step(uint8_images(4, 8, seed=i)[..., 0], 0.5, i) for i in range(2)]
    assert [set(log) - {"r1"} for log in logs] == [{"d_loss", "g_loss", "real_logit", "fake_logit"}] * 2
    assert ["r1" in log for log in logs] == [True, False]
    assert [int(o.iterations) for o in (nets.d_optimizer, nets.g_optimizer)] == [3, 2]
    assert all(np.isfinite(float(array(v))) for log in logs for v in log.values())
