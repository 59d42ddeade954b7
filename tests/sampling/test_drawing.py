"""What is drawn: in the generator's own grey values and at its own alpha; and ways between seeds that are even."""

from oasis_helpers import make_config, sampling
from oasis_helpers.engine import to_numpy
from oasis_helpers.errors import UserError
from oasis_helpers.networks.generator import Generator
from oasis_helpers.sampling import mixing

import numpy as np
import pytest
from helpers.reference import normal


def make_generator(**changes):
    """An untrained generator whose mean w is not 0, whose noise counts and whose images lie about half in range."""
    small = {"resolution": 16, "z_dim": 6, "w_dim": 6, "mapping_layers": 2, "channel_base": 64, "channel_max": 8}
    net = Generator(make_config("smoke", **{**small, **changes}))
    net.w_avg.assign(normal(6, seed=3, scale=0.3))
    for i, layer in enumerate(net.synthesis.styled):
        layer.noise.strength.assign(normal(layer.channels, seed=[9, i], scale=0.2))
    for gray in net.synthesis.to_gray:
        gray.conv.kernel.assign(0.3 * to_numpy(gray.conv.kernel))
    return net


@pytest.fixture(scope="module")
def generator():
    return make_generator()


def by_hand(generator, ws, noise=None, **options):
    """What the network itself draws of styles: floats (n, R, R), not cut."""
    return to_numpy(generator.draw(ws, noise, **options))[..., 0]


# ---------------------------------------------------------------- grey values and alpha


@pytest.mark.parametrize("value_range", [(-1, 1), (0, 1)])
def test_black_and_white_are_the_ends_of_the_generators_own_range(value_range):
    generator, (low, high) = make_generator(value_range=value_range), value_range
    ws = sampling.styles(generator, range(6), 1.0)
    floats = by_hand(generator, ws)
    assert floats.min() < low < 0.8 * high < floats.max()  # some of it must be cut
    grey = np.clip(np.rint(255 * (floats - low) / (high - low)), 0, 255)
    images = sampling.draw(generator, ws)
    assert images.dtype == np.uint8 and np.abs(images - grey).max() <= 1
    np.testing.assert_allclose(sampling.draw_float(generator, ws), floats, atol=1e-4)  # neither cut nor mapped


@pytest.mark.parametrize("alpha", [0.0, 0.25, 1.0])
def test_a_generator_draws_the_level_and_the_alpha_that_it_has_grown_to(alpha):
    generator = make_generator()
    ws, maps = sampling.styles(generator, range(3), 1.0), sampling.noise_maps(range(3), 8)
    generator.grow_to(8, 0.5)
    sampling.draw(generator, ws)  # what was compiled for another alpha must not be kept
    generator.grow_to(8, alpha)
    old = by_hand(generator, ws, maps, resolution=4).repeat(2, axis=1).repeat(2, axis=2)
    new = by_hand(generator, ws, maps, resolution=8, alpha=1.0)
    assert np.abs(new - old).max() > 0.1
    drawn = sampling.draw_float(generator, ws, maps)
    np.testing.assert_allclose(drawn, (1 - alpha) * old + alpha * new, atol=1e-4)
    np.testing.assert_allclose(sampling.draw(generator, ws, maps), 127.5 * (np.clip(drawn, -1, 1) + 1), atol=0.51)


def test_the_noise_that_is_given_is_drawn_with_and_none_is_none(generator):
    ws, maps = sampling.styles(generator, range(3), 1.0), sampling.noise_maps([5, 6, 7], 16)
    np.testing.assert_allclose(sampling.draw_float(generator, ws, maps), by_hand(generator, ws, maps), atol=1e-4)
    np.testing.assert_allclose(sampling.draw_float(generator, ws), by_hand(generator, ws), atol=1e-4)
    assert np.abs(by_hand(generator, ws, maps) - by_hand(generator, ws)).max() > 0.1
    others = sampling.styles(generator, [5, 6, 7], 1.0)
    assert np.array_equal(sampling.sample(generator, [5, 6, 7], 1.0), sampling.draw(generator, others, maps))


def test_the_noise_of_a_seed_repeats_none_of_the_numbers_of_its_latent():
    for seed in range(4):
        noise = np.concatenate([layer.ravel() for layer in sampling.noise_maps([seed], 16)])
        assert not np.isin(sampling.latents(seed, 512), noise).any()


def test_fixed_noise_is_the_same_at_every_call_and_fresh_noise_never_is():
    fixed, again = (sampling.noise_maps([3, 4], 8) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(fixed, again, strict=True))
    # Fresh noise has no seed: single values may agree by chance (1 run of 300 does), a tenth of a map does not.
    fresh, other = (sampling.noise_maps([3, 4], 8, "fresh") for _ in range(2))
    assert all(np.isclose(a, b).mean() < 0.1 for a, b in zip(fresh, other, strict=True))
    assert all(np.isclose(a[0], a[1]).mean() < 0.1 for a in (*fixed, *fresh))  # each image has its own


def test_a_generator_that_has_not_grown_has_only_the_layers_that_it_draws_with():
    generator = make_generator()
    generator.grow_to(8)
    assert sampling.layer_range(generator, "all") == [0, 1, 2, 3] and "middle" not in sampling.ranges_of(generator)
    with pytest.raises(UserError, match=r"layers: .* from 0 to 3 .*\[4\]"):
        sampling.layer_range(generator, [4])


# ---------------------------------------------------------------- truncation


def test_psi_and_cutoff_that_are_not_given_are_the_configurations():
    generator = make_generator(truncation_psi=0.3, truncation_cutoff=4)
    free, mean = to_numpy(generator.styles(sampling.latents([1, 2], 6))), to_numpy(generator.w_avg)

    def pulled(psi, cutoff):
        return np.concatenate([mean + psi * (free[:, :cutoff] - mean), free[:, cutoff:]], axis=1)

    for given, wanted in (
        ({}, pulled(0.3, 4)),
        ({"psi": 0.8}, pulled(0.8, 4)),
        ({"cutoff": 1}, pulled(0.3, 1)),
        ({"psi": 0.0, "cutoff": 6}, pulled(0.0, 6)),
        ({"psi": 0.0}, pulled(0.0, 4)),  # 0 is not None
        ({"cutoff": 0}, free),
    ):
        np.testing.assert_allclose(sampling.styles(generator, [1, 2], **given), wanted, atol=1e-5, err_msg=str(given))
        images = sampling.sample(generator, [1, 2], noise="off", **given)
        assert np.abs(images.astype(int) - sampling.draw(generator, wanted.astype("float32"))).max() <= 1


def test_mixing_and_walks_truncate_as_told(generator):
    for psi in (None, 0.0, 0.5):
        ws = sampling.styles(generator, [1, 2], psi)
        first = sampling.draw(generator, ws[:1], sampling.noise_maps([1], 16))[0].astype(int)
        for images in (
            sampling.interpolate(generator, 1, 2, 2, psi=psi),
            sampling.interpolate(generator, 1, 2, 2, "z", psi=psi),
            sampling.walk(generator, [1, 2], 1, psi=psi),
            sampling.mix(generator, [1], [1], "coarse", psi=psi)[0],
        ):
            assert np.abs(images[0] - first).max() <= 1


# ---------------------------------------------------------------- ways from seed to seed


@pytest.fixture
def drawn(monkeypatch):
    """The styles that walks would draw, in place of their images."""
    monkeypatch.setattr(mixing, "draw", lambda generator, ws, noise: ws)


def test_an_interpolation_in_w_goes_straight_and_at_one_speed(generator, drawn):
    ws = sampling.interpolate(generator, 1, 2, 5, "w", psi=0.8)
    a, b = sampling.styles(generator, [1, 2], 0.8)
    np.testing.assert_allclose(ws, [a + (b - a) * t for t in (0, 0.25, 0.5, 0.75, 1)], atol=1e-5)


def test_an_interpolation_in_z_turns_at_one_speed(generator, drawn, monkeypatch):
    monkeypatch.setattr(mixing, "truncated_styles", lambda generator, z, psi, cutoff: z)
    z = sampling.interpolate(generator, 1, 2, 5, "z")
    units = z / np.linalg.norm(z, axis=1, keepdims=True)
    angles = np.arccos(np.sum(units[1:] * units[:-1], axis=1))
    np.testing.assert_allclose(angles, angles.mean(), rtol=1e-3)
    whole = np.arccos(units[0] @ units[-1])
    assert angles.sum() == pytest.approx(whole, rel=1e-3) and whole > 0.5  # on the great circle: no way round


def test_a_walk_goes_straight_and_at_one_speed_from_each_seed_to_the_next(generator, drawn):
    ws = sampling.walk(generator, [1, 2, 3], steps=4, psi=0.8)
    corners = sampling.styles(generator, [1, 2, 3], 0.8)
    t = np.arange(9) / 4
    wanted = [corners[min(int(s), 1)] + (corners[min(int(s), 1) + 1] - corners[min(int(s), 1)]) * (s - min(int(s), 1))
              for s in t]  # fmt: skip
    np.testing.assert_allclose(ws, wanted, atol=1e-5)


@pytest.mark.parametrize(("a", "b"), [([3.0, 0.0], [0.0, 1.0]), ([0.0, 0.5], [2.0, 2.0]), ([1.0, 1.0], [3.0, 3.0])])
def test_slerp_changes_the_length_evenly_from_that_of_a_to_that_of_b(a, b):
    lengths = np.linalg.norm([a, b], axis=1)
    for t in (0.0, 0.25, 0.5, 0.75, 1.0):
        assert np.linalg.norm(sampling.slerp(np.array(a), np.array(b), t)) == pytest.approx(lengths @ [1 - t, t])
    rows = sampling.slerp(np.array([a, b]), np.array([b, a]), np.array([0.25, 0.75]))
    np.testing.assert_allclose(rows[0], rows[1], atol=1e-9)  # each row at its own t, and the same way back
    np.testing.assert_allclose(sampling.slerp(np.array(a), np.array(b), 1.0), b, atol=1e-9)
