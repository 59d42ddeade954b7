"""What the checkers take for right, against something else: the package's own function, or a number from the formula.

A test is called after the checker that it judges.
"""

import re
import warnings

from oasis_helpers import checks, load_data, load_generator, make_config, sampling
from oasis_helpers.checks.data import REFUSED
from oasis_helpers.data import read_label, read_table
from oasis_helpers.engine import to_numpy, value_and_grad
from oasis_helpers.errors import DataError
from oasis_helpers.evaluation.scores.frechet import frechet
from oasis_helpers.evaluation.scores.precision import recall
from oasis_helpers.evaluation.scores.spectrum import spectra
from oasis_helpers.images import block_mean, to_float, to_uint8
from oasis_helpers.networks.demodulation import demodulation
from oasis_helpers.networks.generator import Generator
from oasis_helpers.networks.layers import pixel_norm
from oasis_helpers.networks.mapping import MappingNetwork
from oasis_helpers.networks.synthesis import SynthesisLayer, noise_shapes
from oasis_helpers.sampling.latents import slerp
from oasis_helpers.training import losses
from oasis_helpers.training.schedule import make_schedule
from oasis_helpers.training.state import Networks
from oasis_helpers.training.step import TrainingStep

import keras
import nbformat
import numpy as np
import pytest
from helpers.scripts import ROOT
from helpers.tiny import tiny
from keras import ops
from scipy import ndimage


def assert_agree(exercise, other, tolerance=1e-5):
    """Assert that an exercise's right answer is that of another function, in each of the exercise's cases."""
    assert len(exercise.cases) > 0
    for case in exercise.cases:
        assert_close(exercise.reference(*case), other(*case), tolerance)


def assert_close(answer, other, tolerance=1e-5):
    """Assert that two numbers or arrays have one shape and are equal but for rounding."""
    np.testing.assert_allclose(np.asarray(answer, "float64"), np.asarray(other, "float64"), tolerance, tolerance)
    assert np.shape(answer) == np.shape(other)


@pytest.fixture(scope="module")
def generator():
    """Return a small generator of 16 px that no training has touched; its w has 8 numbers."""
    return Generator(tiny(resolution=16))


def test_no_checker_is_left_out():
    checkers = [name for name in checks.__all__ if name.startswith("check_")]
    assert len(checkers) > 20
    assert [name for name in checkers if f"test_{name}" not in globals()] == []


# ---------------------------------------------------------------- notebooks 00 and 01


def test_check_pixels():
    """By hand: 2^8 rows of 2^8 pixels are 2^16 = 65,536; and so many numbers come out of a generator of 256 px."""
    image = to_numpy(Generator(tiny(resolution=256, channel_base=512, channel_max=2))(np.ones((1, 8), "float32")))
    assert checks.check_pixels.reference() == 65_536 == image.size


def test_check_different_images(generator):
    images = sampling.sample(generator, [3, 5, 3, 5, 7])
    assert checks.check_different_images.reference() == len(np.unique(images, axis=0))


def test_check_guard(tmp_path):
    """By hand: the second case has Ben and the third Anna in two splits. The package refuses just these folders."""
    for number, (people, splits) in enumerate(checks.check_guard.cases):
        counts = checks.check_guard.reference(people, splits)
        told = refused_people(tmp_path / str(number), people, splits)
        assert (told > 0) == (tuple(counts) == REFUSED) == (number in (1, 2))
    assert list(checks.check_guard.reference(*checks.check_guard.cases[0])) == [3, 1, 1]


def test_a_guard_that_raises_another_error_is_not_a_refusal():
    def broken(people, splits):
        raise KeyError("train")

    assert checks.check_guard.judge(broken).startswith("Not yet: guard stopped with KeyError")


def test_check_wrong_range():
    there = to_float(np.array([[200]], "uint8"), (-1, 1))
    assert_close(checks.check_wrong_range.reference(), float(to_uint8(there, (0, 1))[0, 0]), 1e-9)


@pytest.mark.slow
def test_check_csf_at_80():
    """The mean share of CSF in slice 20 of the cohort's people of 75 to 85 years."""
    table = load_data(progress=False).table
    near = table[(table["slice"] == 20) & table["age"].between(75, 85)]
    classes = [read_label(file) for file in near["label"]]
    share = np.mean([100 * np.sum(c == 1) / np.sum(c > 0) for c in classes])
    assert abs(share - checks.check_csf_at_80.reference()) < 1.5


def refused_people(folder, people, splits):
    """Write a folder of slices, a case for each, and return of how many people in two splits its reader complains."""
    lines = ["case,person"]
    for case, (person, split) in enumerate(zip(people, splits, strict=True), start=1):
        file = folder / f"keras_png_slices_{split}" / f"case_{case:03d}_slice_0.nii.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
        lines.append(f"{case},{person}")
    (folder / "subjects.csv").write_text("\n".join(lines))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*without the expected 32 slices")
        try:
            read_table(folder)
        except DataError as error:
            return int(re.search(r"(\d+) such people", str(error))[1])
    return 0


# ---------------------------------------------------------------- notebook 02


def test_check_plain_weights():
    def packaged(z, kernels, biases, m):
        """Give the packaged network's layers these weights."""
        (z_dim, w_dim), *_ = (kernel.shape for kernel in kernels)
        mapping = MappingNetwork(tiny(z_dim=z_dim, w_dim=w_dim, mapping_layers=len(kernels), mapping_lr_multiplier=m))
        width = z_dim
        for layer, kernel, bias in zip(mapping.layers, kernels, biases, strict=True):
            layer.units = kernel.shape[1]
            layer.build((None, width))
            width = layer.units
            layer.kernel.assign(kernel), layer.bias.assign(bias)
        mapping.built = True
        return to_numpy(mapping(z.astype("float32")))

    exercise = checks.check_plain_weights
    for case in exercise.cases:
        assert_close(exercise.outcome(exercise.reference, case), packaged(*case), 1e-4)


def test_check_missing_multiplier():
    mapping = MappingNetwork(make_config("laptop", mapping_layers=8), seed=3)
    z = np.random.default_rng(4).standard_normal((5, mapping.z_dim), dtype="float32")
    w, x = to_numpy(mapping(z)), to_numpy(pixel_norm(z)).astype("float64")
    for layer in mapping.layers:
        y = x @ to_numpy(layer.kernel) * np.sqrt(2 / len(to_numpy(layer.kernel)))
        x = np.where(y > 0, y, 0.2 * y)
    grown = np.log10(np.linalg.norm(x) / np.linalg.norm(w))
    assert_close(checks.check_missing_multiplier.reference(), grown, 1e-4)


def test_check_times_as_long():
    """Compute the lengths of the notebook's figure again, and compare those of the leftmost dot."""
    trained = load_generator("default")
    first, second = (sampling.latents(range(start, start + 48), trained.config.z_dim) for start in (0, 1000))
    t = np.linspace(0, 1, 9)
    in_z = [to_numpy(trained.mapping(slerp(first, second, s))) for s in t]
    in_w = [(1 - s) * in_z[0] + s * in_z[-1] for s in t]

    def length(walk):
        ws = np.repeat(np.concatenate(walk)[:, None], trained.num_styles, axis=1).astype("float32")
        images = np.clip(sampling.draw_float(trained, ws, together=24), -1, 1).reshape(9, 48, 64, 64)
        return (np.diff(images, axis=0) ** 2).mean(axis=(2, 3)).sum(axis=0)

    leftmost = np.argmin(length(in_w))
    times = length(in_z)[leftmost] / length(in_w)[leftmost]
    assert checks.check_times_as_long.reference() == pytest.approx(times, rel=0.05)


# ---------------------------------------------------------------- notebook 03


def test_check_styled_layer():
    def packaged(x, noise, strength, bias, s, b):
        """Take the layer without a convolution, and let its affine map be the identity, so that its w is the style."""
        layer, w = SynthesisLayer(x.shape[-1], None, 2 * x.shape[-1]), np.concatenate([s, b], axis=1)
        layer.build(x.shape)
        layer.adain.affine.kernel.assign(np.eye(w.shape[1]) / layer.adain.affine.scale)
        layer.noise.strength.assign(strength), layer.bias.bias.assign(bias)
        return to_numpy(layer(*(a.astype("float32") for a in (x, w, noise))))

    assert_agree(checks.check_styled_layer, packaged, 1e-4)


def test_check_batch_norm():
    """The notebook's batch: an image, and the same image three times as strong."""
    first = np.random.default_rng(0).standard_normal((1, 16, 16, 1))
    first = (first - first.mean()) / first.std()
    batch = np.concatenate([first, 3 * first])
    broken = (batch - batch.mean()) / batch.std()
    assert_close(checks.check_batch_norm.reference(), broken[0].std(), 1e-9)


def test_check_noisiest_level():
    trained = load_generator("default")
    z = np.random.default_rng(0).standard_normal((1, trained.config.z_dim), dtype="float32").repeat(4, axis=0)
    spread = {}
    for level in (4, 8, 16, 32, 64):
        rng = np.random.default_rng(level)
        noise = [rng.standard_normal(s).astype("float32") if s[1] == level else None for s in noise_shapes(4, 64)]
        spread[level] = np.clip(to_numpy(trained(z, noise=noise)), -1, 1).std(axis=0).mean()
    largest, second = sorted(spread.values(), reverse=True)[:2]
    assert spread[int(checks.check_noisiest_level.reference())] == largest > 3 * second


# ---------------------------------------------------------------- notebook 04


def test_check_gan_step():
    def packaged(theta, a, learning_rate, gamma):
        """Let the engine differentiate the packaged losses, with images of one pixel."""
        theta, a = (keras.Variable(np.float32(value)) for value in (theta, a))
        real = ops.convert_to_tensor(np.zeros((1, 1, 1, 1), "float32"))

        def critic(x):
            return a * x[:, 0, 0, 0]

        def d_loss():
            fake = ops.reshape(theta, (1, 1, 1, 1))
            return losses.logistic_d(critic(real), critic(fake)) + gamma / 2 * losses.r1_penalty(critic, real)

        _, (slope,) = value_and_grad(d_loss, [a])
        a.assign(a - learning_rate * slope)
        _, (slope,) = value_and_grad(lambda: losses.logistic_g(critic(ops.reshape(theta, (1, 1, 1, 1)))), [theta])
        theta.assign(theta - learning_rate * slope)
        return to_numpy(theta), to_numpy(a)

    assert_agree(checks.check_gan_step, packaged, 1e-5)


def fake_over_time(gamma, steps=400):
    """Where the fake is after each step, as in the notebook."""
    theta, a, path = 1.0, 0.0, []
    for _ in range(steps):
        theta, a = checks.check_gan_step.reference(theta, a, 0.1, gamma)
        path.append(theta)
    return np.array(path)


def test_check_without_r1():
    """The second answer: it passes the real again and again, and its swings fall, but not to nothing."""
    path = fake_over_time(0.0)
    passes = np.flatnonzero(np.diff(np.sign(path)))
    assert checks.check_without_r1.reference() == 2 and len(passes) > 5
    assert 0.3 < abs(path[-100:]).max() < 0.7 * abs(path[:100]).max()


def test_check_steps_to_real():
    path = fake_over_time(1.0)
    last_outside = np.flatnonzero(abs(path) > 0.1)[-1] + 1  # steps are counted from 1
    assert abs(checks.check_steps_to_real.reference() - last_outside) <= 2
    assert abs(fake_over_time(10.0)[-1]) > 0.3  # too much of it is no good either
    assert_close(checks.fake_positions(1.0, 400, 0.1), [1.0, *path], 1e-9)  # what the notebook's figure shows


# ---------------------------------------------------------------- notebook 05


def test_check_schedule():
    """The package's own schedule, asked for every case."""

    def by_the_package(images, stable, fade, last):
        config = make_config("paper", resolution=last, stable_kimg=stable, fade_kimg=fade, total_kimg=1e5)
        phases = make_schedule(config)
        phase = next(p for p in phases if p.start <= images * 1000 < p.end)
        return phase.resolution, phase.alpha(int(images * 1000))

    assert_agree(checks.check_schedule, by_the_package, 1e-12)
    seen = [checks.check_schedule.reference(*case) for case in checks.check_schedule.cases]
    assert {resolution for resolution, _ in seen} >= {8, 16, 32, 64}
    assert {0.25, 0.5, 0.75, 1.0} <= {round(alpha, 2) for _, alpha in seen}


def test_check_slow_average():
    """A short run with a half-life of a million leaves the averaged generator where it started."""
    assert checks.check_slow_average.reference() == 2
    assert "0.997" in checks.check_slow_average.right and round(0.5 ** (4 / 1000), 3) == 0.997
    nets = Networks(tiny(ema_kimg=1000))
    at_start = [to_numpy(each) for each in nets.ema.trainable_variables]
    step, images = TrainingStep(nets, 8, 8), load_data().split("train")
    nets.begin_phase(learning_rate=1e-2, reset=True)
    for i in range(10):
        step(images.uint8_batch(8, 8 * i, 8, 0), 1.0, i)

    def moved(generator):
        pairs = zip(generator.trainable_variables, at_start, strict=True)
        return max(np.abs(to_numpy(now) - start).max() for now, start in pairs)

    assert moved(nets.g) > 0.01
    assert moved(nets.ema) < 1e-4


def test_check_grown_kimg():
    (fade,) = [p for p in make_schedule(make_config("paper")) if p.resolution == 32 and p.kind == "fade"]
    assert checks.check_grown_kimg.reference() == fade.end / 1000
    # By hand: 8 px stable, 16 px fade and stable, 32 px fade, 600 thousand images each (paper, appendix C).
    assert checks.check_grown_kimg.reference() == 4 * 600


# ---------------------------------------------------------------- notebook 06


def test_check_projection():
    """The engine's gradient of the sum of squares, step by step."""

    def by_the_engine(A, c, target, mean_w, steps, rate):
        w = keras.Variable(mean_w.astype("float32"))
        a, b = ops.convert_to_tensor(A.astype("float32")), (c - target).astype("float32")
        for _ in range(steps):
            _, (slope,) = value_and_grad(lambda: ops.sum(ops.square(ops.matmul(a, w[:, None])[:, 0] + b)), [w])
            w.assign(w - rate * slope)
        return to_numpy(w)

    assert_agree(checks.check_projection, by_the_engine, 1e-4)


@pytest.mark.slow
def test_check_negative_psi():
    """The third answer: a reflected w has the opposite slice height, read by the rule of the notebook."""
    trained, people = load_generator("default"), load_data(progress=False).split("train")
    x = np.c_[people.level(16).reshape(len(people), -1), np.ones(len(people))].astype("float64")
    rule = np.linalg.solve(x.T @ x + 1e5 * np.eye(x.shape[1]), x.T @ people.table["slice"])
    ws, mean = sampling.styles(trained, range(60), 1.0), sampling.styles(trained, range(2000), 1.0)[:, 0].mean(axis=0)
    heights = []
    for some in (ws, 2 * mean - ws):
        small = block_mean(sampling.draw(trained, some.astype("float32"), together=20), 16).reshape(60, -1)
        heights.append(np.c_[small, np.ones(60)] @ rule)
    assert checks.check_negative_psi.reference() == 3 and np.corrcoef(*heights)[0, 1] < -0.6


def test_check_ventricle_slope():
    """The notebook's own numbers, which stand under its figure's cell."""
    notebook = nbformat.read(ROOT / "notebooks" / "06_sampling.ipynb", as_version=4)
    text = "".join(o.get("text", "") for cell in notebook.cells for o in cell.get("outputs", []))
    low, high = map(float, re.search(r"ventricles +from ([\d.]+) at -3 to ([\d.]+) at \+3", text).groups())
    slope = checks.check_ventricle_slope.reference()
    assert abs(100 * (high - low) / 6 - slope) < checks.check_ventricle_slope.tolerance * slope


# ---------------------------------------------------------------- notebook 07


def test_check_recall():
    rng = np.random.default_rng(6)
    for shift in (0.0, 1.0, 2.0):
        real, fake = rng.normal(size=(40, 2)), rng.normal(shift, 1.0, (50, 2))
        share = recall(real, fake, k=3)
        assert 0.02 < share < 0.98
        assert checks.check_recall.reference(real, fake) == share
    # By hand: the balls of 0, 1, 2, 3 reach the next number. 4 lies on the edge of the last, which belongs to it.
    fake, real = np.arange(4.0)[:, None], np.array([[4.0], [5.0]])
    assert checks.check_recall.reference(real, fake, 1) == 0.5 == recall(real, fake, k=1)


def test_check_broken_floor():
    """Even and odd slices of the same people lie much nearer than other people, but are not equal."""
    (people, _), (others, _) = made_up_slices(12), made_up_slices(13)
    floor, broken = score(frechet, people, others), score(frechet, people[::2], people[1::2])
    falls = {"nothing": abs(broken / floor - 1) < 0.2, "it falls to less than half": 1e-6 < broken < floor / 2}
    falls |= {"it doubles": broken > 1.5 * floor, "it is exactly 0": broken < 1e-6}
    text = (ROOT / "notebooks" / "source" / "07_evaluation.py").read_text(encoding="utf-8")
    numbers = {what: int(number) for number, what in re.findall(rf"(\d) ({'|'.join(falls)})\b", text)}
    assert list(numbers.values()) == [1, 2, 3, 4]
    assert [checks.check_broken_floor.reference()] == [numbers[what] for what, holds in falls.items() if holds]


def test_check_half_power():
    """A blur by half a pixel takes 3 dB of white noise at that frequency, as a mean over all directions."""
    noise = 128 + 20 * np.random.default_rng(0).standard_normal((20, 128, 128))
    images = [values.round().astype("uint8") for values in (noise, ndimage.gaussian_filter(noise, (0, 0.5, 0.5)))]
    before, after = (spectra(these).mean(axis=0) for these in images)
    lost = 10 * np.log10(before / after)[:64]
    assert checks.check_half_power.reference() == pytest.approx(1 + np.argmin(abs(lost - 3)), rel=0.05)


def made_up_slices(people, slices=16, size=32):
    """Return round heads full of clouds, (people * slices, size, size) uint8, and whose each is; no two are alike."""
    rows, columns = np.indices((size, size)) - (size - 1) / 2
    images = []
    for person in range(people):
        rng = np.random.default_rng([people, person])
        clouds = ndimage.gaussian_filter(rng.standard_normal((slices, size, size)), (2.0, 1.5, 1.5))
        grey = np.clip(130 + 35 * clouds / clouds.std(), 40, 255)
        images.append(np.where(np.hypot(rows, columns) < 0.42 * size, grey, 0).astype("uint8"))
    return np.concatenate(images), np.repeat([f"person {people}-{person}" for person in range(people)], slices)


def score(function, real, fake):
    """Return a score of images by 16 features, their means over blocks."""
    return function(*(block_mean(images, 4).reshape(len(images), -1) for images in (real, fake)))


# ---------------------------------------------------------------- notebook 08


def test_check_demodulated():
    def packaged(x, kernel, style, strength):
        """To the package the strengths are part of the kernel, and the maps are given with standard deviation 1."""
        strong = kernel * strength[:, None]
        factor = to_numpy(demodulation(strong[None, None].astype("float32"), style.astype("float32")))
        return (x / strength * style[:, None, None]) @ strong * factor[:, None, None]

    assert_agree(checks.check_demodulated, packaged, 1e-4)
    shapes = [(len(kernel), kernel.shape[1]) for _, kernel, *_ in checks.check_demodulated.cases]
    assert all(inputs != outputs for inputs, outputs in shapes)  # else a sum over the wrong axis has the right shape
    rng, strength = np.random.default_rng(1), np.array([0.2, 1.0, 3.0])
    x = rng.standard_normal((2, 200, 200, 3)) * strength
    y = checks.check_demodulated.reference(x, rng.normal(size=(3, 4)), rng.normal(1, 1, (2, 3)), strength)
    np.testing.assert_allclose(y.std(axis=(1, 2)), 1, rtol=0.02)


def test_check_equal_maps():
    """The notebook's kernel of equal weights, on 64 equal maps and on 64 independent ones."""
    independent = np.random.default_rng(0).standard_normal((1, 64, 64, 64)).astype("float32")
    equal = np.repeat(independent[..., :1] / independent[..., 0].std(), 64, axis=-1)
    kernel, style = np.full((1, 1, 64, 1), 0.3, "float32"), np.ones((1, 64), "float32")
    factor = to_numpy(demodulation(kernel, style))[:, None, None]
    assert_close(checks.check_equal_maps.reference(), (equal @ kernel[0, 0] * factor).std(), 1e-4)
    assert abs((independent @ kernel[0, 0] * factor).std() - 1) < 0.05


def test_check_half_left():
    """The notebook's layer and maps: between which heights does AdaIN cross one half?"""
    rng = np.random.default_rng(0)
    rng.standard_normal((1, 64, 64, 1))  # the notebook has drawn these before
    incoming = rng.standard_normal((3, 32, 32, 4)).astype("float32")
    w = rng.standard_normal((3, 16)).astype("float32")
    layer = SynthesisLayer(8, "same", w_dim=16, seed=0)
    layer.build((None, 32, 32, 4))

    def rest(height):
        spotted = incoming.copy()
        spotted[:, 8, 8] += height
        return to_numpy(layer(spotted, w))[:, 16:].std(axis=(1, 2)).mean()

    target = checks.check_half_left.reference()
    assert rest(target / 1.1) > rest(0) / 2 > rest(target * 1.1)
