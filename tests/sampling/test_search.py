"""Searches in W: the noise of a projection stays white at every size, and a fitted direction is held back."""

from oasis_helpers import engine, make_config, sampling
from oasis_helpers.networks.generator import Generator
from oasis_helpers.sampling import projection
from oasis_helpers.sampling.projection import _correlation, _difference, _Search

import numpy as np
import pytest
from helpers.reference import normal
from keras import ops
from scipy import ndimage

SMALL = {"resolution": 16, "z_dim": 6, "w_dim": 6, "mapping_layers": 2, "channel_base": 64, "channel_max": 8}


@pytest.fixture(scope="module")
def generator():
    """Untrained: its noise has no strength yet."""
    return Generator(make_config("smoke", **SMALL))


# ---------------------------------------------------------------- projection


def halved(x):
    return x.reshape(x.shape[0] // 2, 2, x.shape[1] // 2, 2).mean(axis=(1, 3))


@pytest.mark.parametrize("size", [4, 8, 16, 32])
def test_the_correlation_of_noise_is_counted_at_every_size_down_to_8_px(size):
    x = normal(size, size)
    here, expected = x.astype("float64"), 0.0
    while len(here) >= 8:
        for axis in (0, 1):
            expected += np.mean(here * np.roll(here, 1, axis)) ** 2
        here = 2 * halved(here)  # so that what is white stays of deviation 1
    assert float(_correlation(ops.convert_to_tensor(x[None, ..., None]))) == pytest.approx(expected, rel=1e-4)


def test_blobs_of_noise_count_as_much_as_pixels():
    """Constant over 2 x 2 pixels and of deviation 1: at half of the size it is white, and of deviation 2."""
    stripes = np.sign(np.sin(np.arange(8) * 2.1))[None, :] * np.ones((8, 1))
    small = float(_correlation(ops.convert_to_tensor(stripes[None, ..., None].astype("float32"))))
    large = stripes.repeat(2, axis=0).repeat(2, axis=1)
    both = float(_correlation(ops.convert_to_tensor(large[None, ..., None].astype("float32"))))
    assert both > 16 * small > 8  # the mean product of the halved map is 4 times as large, squared


def test_noise_that_is_not_seen_becomes_white(generator):
    """The image says nothing of the noise here, so that only the penalty moves it."""
    search = _Search(generator, "w", True, np.random.default_rng(0))
    smooth = ndimage.gaussian_filter(normal(16, 16), 2, mode="wrap")
    search.noise[-1].assign((smooth / smooth.std())[None, ..., None])
    before = float(_correlation(search.noise[-1]))
    for step in range(30):
        search.advance(np.zeros((1, 16, 16, 1), "float32"), step / 60)
    noise = engine.to_numpy(search.noise[-1])
    assert before > 1 and float(_correlation(search.noise[-1])) < 0.1 * before
    assert abs(noise.mean()) < 1e-5 and noise.std() == pytest.approx(1, abs=1e-3)


def test_noise_that_is_left_out_stays_at_nothing(generator):
    search = _Search(generator, "w+", False, np.random.default_rng(0))
    for step in range(3):
        search.advance(np.zeros((1, 16, 16, 1), "float32"), step / 3)
    assert not any(engine.to_numpy(noise).any() for noise in search.noise)


def test_images_are_compared_at_every_size_down_to_4_px_and_the_error_is_that_of_the_largest():
    a, b = normal(16, 16), normal(16, 16, seed=1)
    squares, x, y = [], a, b
    while len(x) >= 4:
        squares.append(np.mean((x - y) ** 2))
        x, y = halved(x), halved(y)
    total, largest = _difference(*(ops.convert_to_tensor(z[None, ..., None]) for z in (a, b)))
    assert len(squares) == 3 and float(total) == pytest.approx(np.mean(squares), rel=1e-5)
    assert float(largest) == pytest.approx(squares[0], rel=1e-5)


@pytest.mark.parametrize("value_range", [(-1, 1), (0, 1)])
def test_the_errors_of_a_projection_are_in_grey_values(value_range):
    generator = Generator(make_config("smoke", **SMALL, value_range=value_range))
    low, high = value_range
    target = sampling.sample(generator, 3, 1.0, "off")[0]
    result = sampling.project(generator, target, 1, noise=False, progress=False, seed=2)
    # The first step begins at the mean w but for a disturbance of a twentieth of its deviation.
    z = np.random.default_rng([2, 3]).standard_normal((1024, 6), dtype="float32")
    mean = engine.to_numpy(generator.mapping(z)).mean(0)
    drawn = engine.to_numpy(generator.draw(np.broadcast_to(mean, (1, 6, 6))))[0, ..., 0]
    expected = np.sqrt(np.mean((255 * (drawn - low) / (high - low) - target) ** 2))
    assert result.errors[0] == pytest.approx(expected, rel=0.15)


def test_the_speed_rises_at_first_and_falls_to_nothing_at_the_end(generator):
    search, rates = _Search(generator, "w", False, np.random.default_rng(0)), []
    search._compiled = lambda target, jitter: rates.append(float(search.adam.learning_rate.value)) or jitter
    sizes = [np.abs(search.advance(None, t)).mean() for t in (0.0, 0.02, 0.3, 0.6, 0.875, 0.999)]
    assert rates[0] == pytest.approx(projection.PROJECTION_RATE / 10, rel=1e-4)
    assert rates[2] == rates[3] == pytest.approx(projection.PROJECTION_RATE)
    assert rates[4] == pytest.approx(projection.PROJECTION_RATE / 2, rel=1e-4) and rates[5] < 1e-3
    assert sizes[0] > sizes[3] > sizes[4] == sizes[5] == 0  # the disturbance ends after three quarters


# ---------------------------------------------------------------- directions


def fitted(ws, values, hold):
    """Least squares with ``hold`` times the squared slope added to the mean squared error, by rows that ask for 0."""
    x, y = ws - ws.mean(0), values - values.mean()
    rows = np.sqrt(len(x) * hold) * np.eye(x.shape[1])
    slope = np.linalg.lstsq(np.concatenate([x, rows]), np.concatenate([y, np.zeros(len(rows))]), rcond=None)[0]
    return slope / np.linalg.norm(slope)


@pytest.mark.parametrize("ridge", [0.01, 0.1, 1.0])
def test_a_direction_is_held_back_by_a_share_of_the_mean_variance(ridge):
    rng = np.random.default_rng(1)
    ws = rng.normal(size=(40, 12)) * np.geomspace(0.05, 5, 12)
    values = ws @ rng.normal(size=12) + rng.normal(size=40)
    expected = fitted(ws, values, ridge * ws.var(0).mean())
    free = fitted(ws, values, 0.0)
    found = sampling.fit_direction(ws, values, ridge)
    np.testing.assert_allclose(found.components[0], expected, atol=1e-4)
    assert abs(expected @ free) < 0.95  # the ridge can be told
    assert found.scales[0] == pytest.approx(((ws - ws.mean(0)) @ expected).std(), rel=1e-4)
    assert found.share[0] == pytest.approx(found.scales[0] ** 2 / ws.var(0).sum(), rel=1e-4)


def test_with_fewer_images_than_dimensions_a_direction_still_means_something():
    """Without a ridge the fit would go through every value, and mostly follow chance."""
    rng = np.random.default_rng(2)
    truth = rng.normal(size=30)
    ws = rng.normal(size=(32, 30))
    values = ws @ truth + 4.0 * rng.normal(size=32)
    cosines = [sampling.fit_direction(ws, values, ridge).components[0] @ truth for ridge in (1e-9, 0.1)]
    assert cosines[1] > 1.2 * cosines[0]
    default = sampling.fit_direction(ws, values)
    np.testing.assert_allclose(default.components, sampling.fit_direction(ws, values, 0.1).components)


def test_the_first_style_counts_and_moving_along_raises_the_value():
    rng = np.random.default_rng(3)
    ws = rng.normal(size=(50, 4, 6))
    values = ws[:, 0] @ np.arange(6.0)
    found = sampling.fit_direction(ws, values)
    assert found.components[0] @ np.arange(6.0) > 0
    np.testing.assert_allclose(found.components, sampling.fit_direction(ws[:, 0], values).components)
