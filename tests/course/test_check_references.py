"""What the checkers take for right, against something else: the package's own function, or a number from the formula.

A test is called after the checker that it judges.
"""

import re
import warnings

from oasis_helpers import checks, make_config, sampling
from oasis_helpers.data import read_table
from oasis_helpers.engine import to_numpy
from oasis_helpers.errors import DataError
from oasis_helpers.evaluation.audit.audit import audit
from oasis_helpers.evaluation.scores.frechet import frechet
from oasis_helpers.evaluation.scores.precision import precision, recall
from oasis_helpers.evaluation.tissues.measures import measure_classes, tissue_distances
from oasis_helpers.images import block_mean, to_float
from oasis_helpers.networks.generator import Generator
from oasis_helpers.networks.layers import AdaIN, pixel_norm
from oasis_helpers.networks.mapping import MappingNetwork
from oasis_helpers.networks.synthesis import num_layers
from oasis_helpers.sampling.latents import slerp
from oasis_helpers.sampling.noise import noise_maps
from oasis_helpers.training import losses
from oasis_helpers.training.schedule import Phase, make_schedule
from oasis_helpers.training.state import Networks
from oasis_helpers.training.step import TrainingStep

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


def test_check_box_filter():
    assert_agree(checks.check_box_filter, lambda images: block_mean(images, images.shape[1] // 2), 1e-12)


def test_check_to_float():
    assert_agree(checks.check_to_float, lambda images, low, high: to_float(images, (low, high)), 1e-6)


def test_check_shared_people(tmp_path):
    """By hand: Anna, Ben and Eve stand in more than one split; of the first five rows Anna and Ben; then nobody.

    And so many people make the package refuse a folder of slices.
    """
    assert [checks.check_shared_people.reference(*case) for case in checks.check_shared_people.cases] == [3, 2, 0]
    for number, (people, splits) in enumerate(checks.check_shared_people.cases):
        told = refused_people(tmp_path / str(number), people, splits)
        assert checks.check_shared_people.reference(people, splits) == told


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


def test_check_pixel_norm():
    assert_agree(checks.check_pixel_norm, lambda x: to_numpy(pixel_norm(x.astype("float32"))))


def test_check_truncate(generator):
    def truncated(w, w_avg, psi):
        generator.w_avg.assign(w_avg)
        ws = np.repeat(w[:, None], generator.num_styles, axis=1).astype("float32")
        first, *others = np.moveaxis(to_numpy(generator.truncate(ws, psi, cutoff=99)), 1, 0)
        assert all(np.array_equal(first, other) for other in others)
        return first

    try:
        assert_agree(checks.check_truncate, truncated)
    finally:
        generator.w_avg.assign(np.zeros(8))


def test_check_same_direction():
    mapping = MappingNetwork(make_config("laptop", z_dim=100), seed=3)
    z = np.random.default_rng(4).standard_normal((5, 100), dtype="float32")
    w, w_of_three = to_numpy(mapping(z)), to_numpy(mapping(3 * z))
    assert np.linalg.norm(w[0] - w[1]) > 0.1  # another direction is another w
    assert_close(np.full(5, checks.check_same_direction.reference()), np.linalg.norm(w_of_three - w, axis=1), 1e-4)


# ---------------------------------------------------------------- notebook 03


def test_check_adain():
    def by_layer(x, s, b):
        """Let the layer's own affine map be the identity, so that its w is the style."""
        layer, w = AdaIN(), np.concatenate([s, b], axis=1).astype("float32")
        layer.build(x.shape, w.shape)
        layer.affine.kernel.assign(np.eye(w.shape[1]) / layer.affine.scale)
        return to_numpy(layer(x.astype("float32"), w))

    assert_agree(checks.check_adain, by_layer, 1e-4)


def test_check_fade(generator):
    """The network fades its own images so."""
    z = np.random.default_rng(5).standard_normal((2, 8), dtype="float32")
    old, new = (to_numpy(generator(z, resolution=size)) for size in (8, 16))
    assert np.abs(new - old.repeat(2, axis=1).repeat(2, axis=2)).max() > 0.01
    for alpha in (0.0, 0.3, 0.5, 1.0):
        faded = to_numpy(generator(z, resolution=16, alpha=alpha))
        assert_close(checks.check_fade.reference(old, new, alpha), faded)


def test_check_num_styles():
    assert_agree(checks.check_num_styles, num_layers)
    assert checks.check_num_styles.reference(1024) == 18  # the paper's figure 1


# ---------------------------------------------------------------- notebook 04


def test_check_logistic_d():
    assert_agree(checks.check_logistic_d, lambda real, fake: to_numpy(losses.logistic_d(real, fake)))
    real, fake = np.log([1.0, 3.0]), np.log([7.0])
    # By hand: ln(1 + 1/1) and ln(1 + 1/3) have the mean ln(2 * 4/3) / 2; the fake adds ln(1 + 7).
    assert_close(checks.check_logistic_d.reference(real, fake), np.log(8 / 3) / 2 + np.log(8), 1e-12)


def test_check_logistic_g():
    assert_agree(checks.check_logistic_g, lambda fake: to_numpy(losses.logistic_g(fake)))
    # By hand: ln(1 + 1/1) and ln(1 + 1/3) have the mean ln(2 * 4/3) / 2.
    assert_close(checks.check_logistic_g.reference(np.log([1.0, 3.0])), np.log(8 / 3) / 2, 1e-12)


def test_check_r1():
    def of_a_linear_critic(g):
        """D(x) = g x has the gradient g, whatever the image is."""
        g = g.astype("float32")
        images = ops.convert_to_tensor(np.ones(g.shape, "float32"))
        return to_numpy(losses.r1_penalty(lambda x: ops.sum(x * g, axis=(1, 2, 3)), images))

    assert_agree(checks.check_r1, of_a_linear_critic)
    # By hand: two pixels of slope 3 in each of two images are 3^2 + 3^2 = 18 in each.
    assert checks.check_r1.reference(np.full((2, 1, 2, 1), 3.0)) == 18


# ---------------------------------------------------------------- notebook 05


def test_check_alpha():
    def in_phase(images, start, length):
        return Phase(16, "fade", start, start + length, 4, 1e-3, length).alpha(images)

    assert_agree(checks.check_alpha, in_phase, 1e-12)
    fade = next(phase for phase in make_schedule(make_config("laptop")) if phase.kind == "fade")
    for images in (fade.start, fade.start + fade.length // 3, fade.end):
        assert_close(checks.check_alpha.reference(images, fade.start, fade.length), fade.alpha(images), 1e-12)


def test_check_ema():
    def by_a_step(average, weight, batch_size, half_life):
        """Set a weight of both generators, and let the training step move the averaged one."""
        nets = Networks(tiny(ema_kimg=half_life / 1000))
        mean, now = (g.synthesis.constant for g in (nets.ema, nets.g))
        mean.assign(np.full(mean.shape, average)), now.assign(np.full(now.shape, weight))
        TrainingStep(nets, 8, batch_size)._update_ema()
        (moved,) = np.unique(to_numpy(mean))
        return moved

    assert_agree(checks.check_ema, by_a_step)


def test_check_grown_kimg():
    (fade,) = [p for p in make_schedule(make_config("paper")) if p.resolution == 32 and p.kind == "fade"]
    assert checks.check_grown_kimg.reference() == fade.end / 1000
    # By hand: 8 px stable, 16 px fade and stable, 32 px fade, 600 thousand images each (paper, appendix C).
    assert checks.check_grown_kimg.reference() == 4 * 600


# ---------------------------------------------------------------- notebook 06


def test_check_slerp():
    assert_agree(checks.check_slerp, slerp, 1e-12)
    # By hand: a third of the right angle between the axes is 30 degrees.
    a, b = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    assert_close(checks.check_slerp.reference(a, b, 1 / 3), [np.sqrt(3) / 2, 1 / 2], 1e-12)


@pytest.mark.parametrize(("first", "last"), [(0, 0), (1, 3), (2, 5), (5, 5), (0, 5)])
def test_check_mix(generator, first, last):
    """The styles that it mixes draw the images of the package's own mixing."""
    source, donor = sampling.styles(generator, [2, 9])
    mixed = checks.check_mix.reference(source, donor, first, last)
    image = sampling.draw(generator, mixed[None], noise_maps([2], 16))[0]
    assert np.array_equal(image, sampling.mix(generator, [2], [9], range(first, last + 1))[0, 0])


def test_check_zero_psi(generator):
    def count(psi):
        images = sampling.sample(generator, range(100), psi, noise="off", cutoff=generator.num_styles)
        return len(np.unique(images, axis=0))

    assert count(1.0) == 100
    assert checks.check_zero_psi.reference() == count(0.0)


# ---------------------------------------------------------------- notebook 07


def test_check_frechet():
    """The package divides variances by n - 1, so it is given numbers whose spread is smaller by just so much."""

    def narrowed(x):
        return (x.mean() + (x - x.mean()) * np.sqrt((len(x) - 1) / len(x)))[:, None]

    assert_agree(checks.check_frechet, lambda real, fake: frechet(narrowed(real), narrowed(fake)), 1e-9)
    # By hand: 0 .. 4 has mean 2 and variance 2. Three times that and 1 has mean 7 and deviation 3 sqrt(2):
    # (2 - 7)^2 + (sqrt(2) - 3 sqrt(2))^2 = 25 + 8.
    assert_close(checks.check_frechet.reference(np.arange(5.0), 3 * np.arange(5.0) + 1), 33, 1e-12)


def test_check_precision():
    rng = np.random.default_rng(6)
    for shift in (0.0, 1.0, 2.0):
        real, fake = rng.normal(size=(40, 2)), rng.normal(shift, 1.0, (50, 2))
        radius = np.sort(distances(real, real), axis=1)[:, 3]
        share = precision(real, fake, k=3)
        assert 0.02 < share < 0.98
        assert checks.check_precision.reference(distances(fake, real), radius) == share
    # By hand: the balls of 0, 1, 2, 3 reach the next number. 4 lies on the edge of the last, which belongs to it.
    real, fake = np.arange(4.0)[:, None], np.array([[4.0], [5.0]])
    assert checks.check_precision.reference(distances(fake, real), np.ones(4)) == 0.5 == precision(real, fake, k=1)


def distances(x, y):
    """Return the distance of each row of x from each of y."""
    return np.linalg.norm(x[:, None] - y[None], axis=-1)


def test_check_memoriser():
    """Copies of the training slices: every score finds them as good as new people, or better, and the audit fails."""
    (train, owners), (held_out, others), (new, _) = (made_up_slices(people) for people in (6, 4, 5))
    copies = train[::2]
    fails = {
        "the Frechet distance": score(frechet, train, copies) > score(frechet, train, new),
        "the audit": audit(copies, train, owners, held_out, others, most=100).verdict == "fail",
        "recall": score(recall, train, copies) < score(recall, train, new),
        "the areas of the tissues": tissues_apart(train, copies) > tissues_apart(train, new),
    }
    assert audit(new, train, owners, held_out, others, most=100).verdict == "pass"
    text = (ROOT / "notebooks" / "source" / "07_evaluation.py").read_text(encoding="utf-8")
    numbers = {what: int(number) for number, what in re.findall(rf"(\d) ({'|'.join(fails)})\b", text)}
    assert list(numbers.values()) == [1, 2, 3, 4]
    assert [checks.check_memoriser.reference()] == [numbers[what] for what, fail in fails.items() if fail]


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


def tissues_apart(real, fake):
    """Return how far the areas of three grades of grey lie apart, all measures together."""
    apart = tissue_distances(*(measure_classes(np.digitize(images, [1, 110, 150])) for images in (real, fake)))
    return sum(apart.values())
