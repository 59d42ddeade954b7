"""Augmentation: each change alone, what it leaves alone, its share and its gradient (test_ada.py: what p follows)."""

import math

from oasis_helpers import engine
from oasis_helpers.engine import input_grad
from oasis_helpers.errors import ConfigError
from oasis_helpers.networks import augment as augmentation
from oasis_helpers.networks.augment import BEND, FIRST, GATES, augment, draw_shapes
from oasis_helpers.training.state import Networks
from oasis_helpers.training.step import TrainingStep

import numpy as np
import pytest
from helpers.tiny import random_slices, tiny
from keras import ops
from scipy import ndimage

SIZE = 32
NAMES = ["flip", "turn", "scale", "move", "bend", "grey"]


def numbers(count, seed=0):
    rng = np.random.default_rng(seed)
    uniform, normal = draw_shapes(count)
    return rng.random(uniform).astype("float32"), rng.standard_normal(normal).astype("float32")


def blobs(count=3, size=SIZE, low=0.0):
    """Smooth grey spots in black, none of them symmetric; (count, size, size, 1) from low to 1."""
    rng = np.random.default_rng(1)
    noise = ndimage.gaussian_filter(rng.random((count, size, size)), (0, 2, 2))
    noise = (noise - noise.min()) / np.ptp(noise)
    noise *= np.hypot(*np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]) < 0.6
    return (noise * (1 - low) + low).astype("float32")[..., None]


def changed(images, open_gates, normal=None, coin=0.0, value_range=(0.0, 1.0)):
    """Augment with just these gates open."""
    uniform = np.ones((len(images), GATES + 1), "float32")
    uniform[:, [NAMES.index(name) for name in open_gates]] = 0
    uniform[:, GATES] = coin
    if normal is None:
        normal = numbers(len(images))[1]
    return engine.to_numpy(augment(images, uniform, normal, np.float32(0.5), value_range))


def test_at_p_0_nothing_changes():
    images = blobs()
    np.testing.assert_array_equal(engine.to_numpy(augment(images, *numbers(3), np.float32(0), (0.0, 1.0))), images)


def test_the_flip_exchanges_left_and_right_which_are_rows():
    images = blobs()
    np.testing.assert_allclose(changed(images, ["flip"]), images[:, ::-1], atol=1e-6)
    np.testing.assert_array_equal(changed(images, ["flip"], coin=0.7), images)


def test_turn_scale_and_move_are_those_of_scipy():
    """One deviation turns by 5 degrees, scales by e^0.05 and moves by a fiftieth of a side."""
    images, normal = blobs(1), np.zeros((1, draw_shapes(1)[1][1]), "float32")
    normal[0, [0, 1, 3, 4]] = 2.0, -1.5, 1.0, -2.0
    angle, scale = math.radians(2 * 5), math.exp(-1.5 * 0.05)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    matrix, centre = turn * scale, np.full(2, (SIZE - 1) / 2)
    offset = centre - matrix @ centre + SIZE / 50 * np.array([1.0, -2.0])
    expected = ndimage.affine_transform(images[0, ..., 0], matrix, offset, order=1)
    found = changed(images, ["turn", "scale", "move"], normal)[0, ..., 0]
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("amount", [-3.0, 3.0])
def test_a_stretch_makes_heads_narrower_one_way_by_what_it_makes_them_wider_the_other(amount):
    normal = np.zeros((1, draw_shapes(1)[1][1]), "float32")
    normal[0, 2] = amount
    images, factor = blobs(1), math.exp(amount * 0.03)
    centre = np.full(2, (SIZE - 1) / 2)
    matrix = np.diag([factor, 1 / factor])  # where a pixel is taken from: a larger factor, a smaller head
    expected = ndimage.affine_transform(images[0, ..., 0], matrix, centre - matrix @ centre, order=1)
    found = changed(images, ["scale"], normal)[0, ..., 0]
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert np.abs(found - images[0, ..., 0]).max() > 0.02


def test_a_bend_is_smooth_and_of_the_size_it_says():
    places = augmentation._places(SIZE, *bend_only(numbers(400)[1]))
    rest = augmentation._places(SIZE, *bend_only(np.zeros((400, draw_shapes(1)[1][1]), "float32")))
    moved = np.stack([engine.to_numpy(a) - engine.to_numpy(b) for a, b in zip(places, rest, strict=True)]) / SIZE
    assert 0.8 * BEND < moved.std() < 3 * BEND
    assert np.abs(np.diff(moved, axis=-1)).max() < 1 / SIZE  # nothing folds over


@pytest.mark.parametrize("axis", [0, 1])
def test_a_bend_moves_rows_and_columns_by_hills_of_their_own(axis):
    """Gaussian hills around 4 x 4 points, half a step from the edges, which are 0.4 of a side wide (twice 0.2)."""
    images, normal = blobs(1), np.zeros((1, draw_shapes(1)[1][1]), "float32")
    heights = 2 * np.random.default_rng(2).standard_normal((4, 4))
    normal[0, FIRST + 16 * axis : FIRST + 16 * (axis + 1)] = heights.ravel()
    centres, places = np.array([0.125, 0.375, 0.625, 0.875]), (np.arange(SIZE) + 0.5) / SIZE
    hills = [
        [np.exp(-((places[:, None] - row) ** 2 + (places - column) ** 2) / (2 * 0.2**2)) for column in centres]
        for row in centres
    ]
    taken = np.mgrid[:SIZE, :SIZE].astype(float)
    taken[axis] += SIZE * BEND * np.einsum("rc,rcyx->yx", heights, hills)
    expected = ndimage.map_coordinates(images[0, ..., 0], taken, order=1)
    found = changed(images, ["bend"], normal)[0, ..., 0]
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert np.abs(found - images[0, ..., 0]).max() > 0.02


def bend_only(normal):
    gate = np.zeros((len(normal), GATES), "float32")
    gate[:, NAMES.index("bend")] = 1
    return gate, np.zeros(len(normal), "float32"), normal


@pytest.mark.parametrize("value_range", [(-1.0, 1.0), (0.0, 1.0)])
def test_grey_values_change_and_black_and_the_outline_stay(value_range):
    low = value_range[0]
    images = blobs(low=low)
    found = changed(images, ["grey"], value_range=value_range)
    assert np.abs(found - images).max() > 0.02
    np.testing.assert_allclose(found[images == low], low, atol=1e-6)
    order = np.argsort(images[0].ravel())
    assert (np.diff(found[0].ravel()[order]) > -1e-6).all()  # what is brighter stays brighter


@pytest.mark.parametrize(("gain", "curve"), [(2.0, 0.0), (0.0, -1.5), (-1.0, 3.0)])
def test_a_gain_multiplies_and_a_curve_lifts_mid_grey(gain, curve):
    """Of 0.25, a gain of two deviations makes 0.25 e^0.2; of mid grey a curve of -1.5 makes 0.5 - 1.5 / 16."""
    images, normal = blobs(1), np.zeros((1, draw_shapes(1)[1][1]), "float32")
    normal[0, 5:7] = gain, curve
    v = images.astype("float64") * math.exp(0.1 * gain)
    found = changed(2 * images - 1, ["grey"], normal, value_range=(-1.0, 1.0))
    np.testing.assert_allclose(found, 2 * (v + 0.25 * curve * v * (1 - v)) - 1, atol=1e-5)


def test_what_comes_in_from_outside_is_black():
    white = np.ones((1, SIZE, SIZE, 1), "float32")
    normal = np.zeros((1, draw_shapes(1)[1][1]), "float32")
    normal[0, 3] = 5.0
    found = changed(white, ["move"], normal, value_range=(-1.0, 1.0))[0, ..., 0]
    np.testing.assert_allclose(found[-3:], -1.0, atol=1e-6)
    np.testing.assert_allclose(found[: SIZE - 5], 1.0, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_each_change_has_its_own_gate(name):
    images = blobs()
    assert np.abs(changed(images, [name]) - images).max() > 1e-3
    others = [other for other in NAMES if other != name]
    assert np.abs(changed(images, others) - changed(images, NAMES)).max() > 1e-3


def test_the_share_of_changed_images_is_p():
    images = np.repeat(blobs(1, 8), 2000, axis=0)
    found = engine.to_numpy(augment(images, *numbers(2000), np.float32(0.1), (0.0, 1.0)))
    unchanged = (np.abs(found - images).max(axis=(1, 2, 3)) < 1e-6).mean()
    assert unchanged == pytest.approx(0.9**5 * 0.95, abs=0.03)  # the flip's coin leaves half of the flips out


def test_the_gradient_is_that_of_differences():
    images, (uniform, normal) = blobs(2, 8), numbers(2)
    weights = np.random.default_rng(3).standard_normal((2, 8, 8, 1)).astype("float32")

    def total(x):
        return ops.sum(augment(x, uniform, normal, np.float32(0.8), (0.0, 1.0)) * weights)

    grads = engine.to_numpy(input_grad(total, ops.convert_to_tensor(images)))
    rng = np.random.default_rng(4)
    for _ in range(5):
        way = rng.standard_normal(images.shape).astype("float32")
        up, down = (float(engine.to_numpy(total(images + sign * 1e-2 * way))) for sign in (1, -1))
        assert (up - down) / 2e-2 == pytest.approx(float((grads * way).sum()), rel=2e-3, abs=1e-3)


# ---------------------------------------------------------------- p


def test_it_is_off_in_the_paper_and_then_costs_nothing():
    assert Networks(tiny()).augment_p is None
    on = Networks(tiny(augment_p=0.2))
    assert len(on.variables) == len(Networks(tiny()).variables) + 1


@pytest.mark.parametrize("changes", [{"augment_p": 0.9}, {"augment_p": -0.1}, {"augment_p": "high"}])
def test_impossible_values_are_one_line(changes):
    with pytest.raises(ConfigError, match=next(iter(changes))):
        tiny(**changes)


def test_the_discriminator_sees_augmented_images_and_the_data_are_as_they_were(monkeypatch):
    nets = Networks(tiny(augment_p=0.8))
    step = TrainingStep(nets, 8, 4)
    images = blobs(4, 8)
    drawn = tuple(np.zeros(shape, "float32") for shape in draw_shapes(4))
    np.testing.assert_allclose(engine.to_numpy(step.seen(images, drawn)), images[:, ::-1], atol=1e-6)
    assert step.seen(images, ()) is images
    assert FIRST + 32 == draw_shapes(4)[1][1]


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["logistic", "relativistic"])
def test_how_sure_d_is_counts_in_pairs_where_the_loss_does(loss):
    """Two logits far from 0 say nothing to the relativistic loss, and p must not follow them."""
    signs = []
    for offset in (100, -100):
        nets = Networks(tiny(augment_p=0.5, loss=loss))
        nets.d.head.out.bias.assign(nets.d.head.out.bias + offset)
        logs = TrainingStep(nets, 8, 8)(random_slices(8).level(8)[:8], 1.0, 0)
        signs.append(float(logs["real_sign"]))
    assert (signs[0] == signs[1]) if loss == "relativistic" else (signs == [1, -1])
