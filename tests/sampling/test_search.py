"""Searches in W: the noise of a projection stays white at every size, and a fitted direction is held back."""

from types import SimpleNamespace

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


def test_noise_stays_as_white_as_drawn_noise_though_it_could_hold_the_image(generator):
    """What is drawn is the last noise map and nothing else. Of white noise, 16 and 8 px give 2 / 256 and 2 / 64."""
    search = _Search(generator, "w", True, np.random.default_rng(0))
    search._styles = ops.mean
    search.generator = SimpleNamespace(config=generator.config, draw=lambda w, noise: 0.3 * noise[-1] + 0 * w)
    smooth = ndimage.gaussian_filter(normal(16, 16), 2, mode="wrap")
    wanted = ((smooth - smooth.mean()) / smooth.std())[None, ..., None].astype("float32")
    for step in range(60):
        search.advance(0.3 * wanted, step / 60)
    assert float(_correlation(search.noise[-1])) < 2 / 256 + 2 / 64 < 1 < float(_correlation(wanted))
    assert np.mean(engine.to_numpy(search.noise[-1]) * wanted) > 0.2  # it does look for the image


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
    expected = np.sqrt(np.mean((255 * (np.clip(drawn, low, high) - low) / (high - low) - target) ** 2))
    assert result.errors[0] == pytest.approx(expected, rel=0.15)


def search_of_one_grey(grey, value_range=(-1, 1)):
    """A search whose generator draws one grey everywhere, plus the first number of w's offset."""
    generator = Generator(make_config("smoke", **SMALL, value_range=value_range))
    search = _Search(generator, "w", False, np.random.default_rng(0))
    search._styles = lambda offset: ops.mean(offset)
    search.generator = SimpleNamespace(
        config=generator.config, draw=lambda w, noise: ops.zeros((1, 16, 16, 1)) + grey + w
    )
    return search


@pytest.mark.parametrize(("value_range", "black"), [((-1, 1), -1), ((0, 1), 0)])
def test_what_is_drawn_below_black_counts_as_black(value_range, black):
    search, target = search_of_one_grey(black - 3.0, value_range), np.full((1, 16, 16, 1), black, "float32")
    assert [float(search.advance(target, 0.8)) for _ in range(3)] == [0, 0, 0]  # and nothing moves
    assert not engine.to_numpy(search.offset).any()


def test_what_is_drawn_too_dark_can_get_lighter():
    search, target = search_of_one_grey(-1.5), np.zeros((1, 16, 16, 1), "float32")
    first = float(search.advance(target, 0.8))
    for _ in range(20):
        last = float(search.advance(target, 0.8))
    assert first == pytest.approx(1) and last < 0.5  # of the image as it is shown


def test_the_speed_rises_at_first_and_falls_to_nothing_at_the_end(generator):
    search, rates = _Search(generator, "w", False, np.random.default_rng(0)), []
    search._compiled = lambda target, jitter: rates.append(float(search.adam.learning_rate.value)) or jitter
    sizes = [np.abs(search.advance(None, t)).mean() for t in (0.0, 0.02, 0.3, 0.6, 0.875, 0.999)]
    assert rates[0] == pytest.approx(projection.PROJECTION_RATE / 10, rel=1e-4)
    assert rates[2] == rates[3] == pytest.approx(projection.PROJECTION_RATE)
    assert rates[4] == pytest.approx(projection.PROJECTION_RATE / 2, rel=1e-4) and rates[5] < 1e-3
    assert sizes[0] > sizes[3] > sizes[4] == sizes[5] == 0  # the disturbance ends after three quarters


@pytest.mark.parametrize("value_range", [(-1, 1), (0, 1)])
def test_a_projection_looks_for_what_it_is_given_and_draws_what_it_found_with_its_noise(monkeypatch, value_range):
    generator = SimpleNamespace(resolution=16, config=SimpleNamespace(value_range=value_range))
    searches, drawn = [], []

    class Search:
        def __init__(self, *how):
            *self.how, rng = how
            self.first, self.targets = rng.integers(2**31), []
            searches.append(self)

        def advance(self, target, t):
            self.targets.append((target, t))
            return np.float32(0.1)

        def found(self):
            return "styles", "maps"

        def distance(self):
            return 1.5

    target = np.random.default_rng(0).integers(0, 256, (16, 16), dtype=np.uint8)
    monkeypatch.setattr(projection, "_Search", Search)
    monkeypatch.setattr(projection, "draw", lambda *how: drawn.append(how) or target[None] + np.uint8(0))
    for seed in (0, 5):
        result = sampling.project(generator, target, 4, "w+", noise=False, seed=seed, progress=False)
        assert searches[-1].first == np.random.default_rng([seed, 3]).integers(2**31)
    assert searches[0].how == [generator, "w+", False] and drawn == [(generator, "styles", "maps")] * 2
    low, high = value_range
    looked_for, times = zip(*searches[0].targets, strict=True)
    np.testing.assert_allclose(looked_for[0][0, ..., 0], low + (high - low) * (target / 255.0), atol=1e-6)
    assert times == (0, 0.25, 0.5, 0.75)
    assert result.errors == pytest.approx(0.1 * 255 / (high - low)) and (result.distance, result.error) == (1.5, 0)


def test_the_error_of_a_projection_is_the_root_of_the_mean_square_in_grey_values():
    target, image = np.array([[255, 12], [7, 7]], np.uint8), np.array([[0, 10], [7, 8]], np.uint8)
    found = sampling.Projection(target, image, np.zeros((1, 1, 1)), [], np.zeros(1), 0.0)
    assert found.error == pytest.approx(np.sqrt((255**2 + 2**2 + 1) / 4))


def test_a_search_begins_at_the_mean_w_and_counts_in_its_deviations(generator):
    one, each = (_Search(generator, space, False, np.random.default_rng(0)) for space in ("w", "w+"))
    assert one.offset.shape == (1, 1, 6) and each.offset.shape == (1, 6, 6)
    z = np.random.default_rng(0).standard_normal((1024, 6), dtype="float32")
    w = engine.to_numpy(generator.mapping(z))
    np.testing.assert_allclose(one.found()[0], np.broadcast_to(w.mean(0), (1, 6, 6)), atol=1e-5)
    one.offset.assign(np.full((1, 1, 6), 2.0))
    assert one.distance() == pytest.approx(2)
    np.testing.assert_allclose(one.found()[0][0, 0], w.mean(0) + 2 * np.sqrt(w.var(0).mean()), rtol=1e-4, atol=1e-5)


def test_what_is_drawn_on_the_way_is_disturbed(generator):
    search, drawn = _Search(generator, "w", False, np.random.default_rng(0)), []
    styles = search._styles
    search._styles = lambda offset: drawn.append(engine.to_numpy(offset)) or styles(offset)
    jitter = np.full((1, 1, 6), 0.25, "float32")
    search._descend(np.zeros((1, 16, 16, 1), "float32"), jitter)
    np.testing.assert_allclose(drawn[0], jitter)  # the offset is 0 at the start


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
