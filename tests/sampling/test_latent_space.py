"""Directions in W, projection, and the figures of the latent space."""

from oasis_helpers import make_config, sampling
from oasis_helpers.engine import to_numpy
from oasis_helpers.errors import DataError, UserError
from oasis_helpers.images import read_png, save_gif, save_grid
from oasis_helpers.networks.generator import Generator
from oasis_helpers.sampling.projection import _correlation, check_target
from oasis_helpers.view import latent

import numpy as np
import pytest
from keras import ops
from PIL import Image


@pytest.fixture(scope="module")
def generator():
    """An untrained generator with a mean w, and with noise that counts a little."""
    net = Generator(make_config("smoke", resolution=16))
    rng = np.random.default_rng(0)
    net.w_avg.assign(to_numpy(net.mapping(rng.standard_normal((500, 32)).astype("float32"))).mean(0))
    for layer in net.synthesis.styled:
        layer.noise.strength.assign(0.05 * np.ones(layer.channels, "float32"))
    for gray in net.synthesis.to_gray:
        gray.conv.kernel.assign(0.3 * to_numpy(gray.conv.kernel))  # keeps most pixels inside -1..1
    return net


# ---------------------------------------------------------------- directions


def test_principal_directions_equal_the_eigenvectors_of_the_covariance(generator):
    found = sampling.principal_directions(generator, 3, 600, seed=4)
    z = np.random.default_rng([4, 2]).standard_normal((600, 32), dtype="float32")
    covariance = np.cov(to_numpy(generator.mapping(z)), rowvar=False)
    values, vectors = np.linalg.eigh(covariance)
    assert np.allclose(found.scales**2, values[::-1][:3], rtol=1e-3)
    assert np.allclose(found.share, values[::-1][:3] / values.sum(), rtol=1e-3)
    assert np.allclose(np.abs((found.components * vectors[:, ::-1][:, :3].T).sum(1)), 1, atol=1e-3)
    assert (found.components[np.arange(3), np.abs(found.components).argmax(1)] > 0).all()
    again = sampling.principal_directions(generator, 3, 600, seed=4)
    assert np.array_equal(found.components, again.components)


def test_a_fitted_direction_is_the_one_that_made_the_values():
    rng = np.random.default_rng(0)
    w, truth = rng.normal(size=(400, 12)), rng.normal(size=12)
    found = sampling.fit_direction(w, 3 + w @ truth + 0.1 * rng.normal(size=400))
    assert len(found) == 1 and np.isclose(np.linalg.norm(found.components[0]), 1)
    assert found.components[0] @ truth / np.linalg.norm(truth) > 0.99
    assert np.isclose(found.scales[0], 1, atol=0.1)  # these w have a standard deviation of 1 in every direction


def test_moving_adds_deviations_to_the_chosen_layers_only(generator):
    directions = sampling.principal_directions(generator, 2, 100)
    ws = sampling.styles(generator, [1, 2])
    moved = sampling.move(generator, ws, directions, [0.0, 1.5], "middle")
    assert np.array_equal(moved[:, :4], ws[:, :4])
    assert np.allclose(moved[:, 4:] - ws[:, 4:], 1.5 * directions.scales[1] * directions.components[1], atol=1e-6)
    assert np.array_equal(sampling.move(generator, ws, directions, [0, 0]), ws)


# ---------------------------------------------------------------- projection


def test_projection_finds_an_image_of_its_own(generator):
    target = sampling.sample(generator, 5, 1.0, "off")[0]
    mean = sampling.sample(generator, 5, 0.0, "off", generator.num_styles)[0]
    result = sampling.project(generator, target, 120, noise=False, progress=False)
    at_start = np.sqrt(np.mean((mean.astype(float) - target) ** 2))
    assert result.error < at_start / 3  # an untrained generator is rough ground
    assert result.errors.shape == (120,) and result.errors[-1] < result.errors[0] / 3
    redrawn = sampling.draw(generator, result.ws, result.noise)[0]
    assert np.array_equal(redrawn, result.image) and np.array_equal(result.target, target)
    assert not any(noise.any() for noise in result.noise)


@pytest.mark.slow
def test_projection_is_repeatable_and_leaves_the_generator_alone(generator):
    before = [to_numpy(v) for v in generator.variables]
    target = sampling.sample(generator, 5, 1.0)[0]
    first, second = (sampling.project(generator, target, 5, progress=False) for _ in range(2))
    assert np.array_equal(first.image, second.image) and np.array_equal(first.errors, second.errors)
    assert all(np.array_equal(a, to_numpy(b)) for a, b in zip(before, generator.variables, strict=True))


@pytest.mark.slow
def test_a_style_for_each_layer_and_noise_come_closer(generator):
    target = np.random.default_rng(0).integers(90, 160, (16, 16)).astype("uint8")  # nothing that it would draw
    one = sampling.project(generator, target, 60, "w", noise=False, progress=False)
    each = sampling.project(generator, target, 60, "w+", noise=False, progress=False)
    noisy = sampling.project(generator, target, 60, "w+", noise=True, progress=False)
    assert each.error < one.error and noisy.error < each.error
    assert np.ptp(one.ws, axis=1).max() == 0 and np.ptp(each.ws, axis=1).max() > 0
    for noise in noisy.noise:
        assert abs(noise.mean()) < 1e-5 and abs(noise.std() - 1) < 1e-3


def test_white_noise_has_no_correlation_and_a_stripe_has_it():
    rng = np.random.default_rng(0)
    white = rng.standard_normal((1, 64, 64, 1)).astype("float32")
    stripes = np.sign(np.sin(np.arange(64) / 3))[None, :, None, None] * np.ones((1, 1, 64, 1))
    assert float(_correlation(ops.convert_to_tensor(white))) < 0.05
    assert float(_correlation(ops.convert_to_tensor(stripes.astype("float32")))) > 1


def test_a_larger_slice_is_averaged_down():
    large = np.arange(64 * 64, dtype="uint32").reshape(64, 64) % 251
    small = check_target(large.astype("uint8"), 16)
    assert small.shape == (16, 16) and small[2, 3] == np.rint(large[8:12, 12:16].mean())
    assert np.array_equal(check_target(small[..., None], 16), small)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda g: sampling.project(g, np.zeros((20, 20), "uint8")), r"image: expected 16 x 16 .*\(20, 20\)"),
        (lambda g: sampling.project(g, np.zeros((48, 48), "uint8")), r"image: .*\(48, 48\)"),
        (lambda g: sampling.project(g, np.zeros((8, 8), "uint8")), r"image: .*\(8, 8\)"),
        (lambda g: sampling.project(g, np.zeros((16, 16))), "image: .*float64"),
        (lambda g: sampling.project(g, "brain.png"), "image: expected .*uint8"),
        (lambda g: sampling.project(g, np.zeros((16, 16, 3), "uint8")), r"image: .*square.*\(1, 16, 16, 3\)"),
        (lambda g: sampling.project(g, np.zeros((2, 16, 16), "uint8")), r"image: .*square.*\(1, 2, 16, 16\)"),
        (lambda g: sampling.project(g, np.zeros(16, "uint8")), r"image: .*square.*\(1, 16\)"),
        (lambda g: sampling.project(g, np.zeros((16, 16), "uint8"), steps=0), "steps: .*0"),
        (lambda g: sampling.project(g, np.zeros((16, 16), "uint8"), space="z"), "space: .*'z'"),
        (lambda g: sampling.principal_directions(g, 99), "count: .*99"),
        (lambda g: sampling.principal_directions(g, 4, 4), "samples: .*4"),
        (lambda g: sampling.fit_direction(np.zeros((9, 4)), np.ones(9)), "values: .*differ"),
        (lambda g: sampling.fit_direction(np.zeros((9, 4)), np.ones(8)), r"values: .*\(8,\)"),
        (
            lambda g: sampling.move(g, sampling.styles(g, 0), sampling.principal_directions(g, 2, 64), [1]),
            "amounts: expected 2",
        ),
        (
            lambda g: sampling.move(g, sampling.styles(g, 0), sampling.principal_directions(g, 2, 64), ["much"]),
            r"amounts: expected a number per direction, but got \['much'\]",
        ),
        (
            lambda g: latent.direction_strip(g, sampling.principal_directions(g, 2, 64), count=3),
            "count: expected a whole number from 1 to 2, but got 3",
        ),
    ],
)
def test_bad_input_is_one_clear_line(generator, call, message):
    with pytest.raises(UserError, match=message) as caught:
        call(generator)
    assert "\n" not in str(caught.value)


# ---------------------------------------------------------------- figures and files


def shown(figure):
    """Return the images of a figure, colour bars left out."""
    return [image.get_array() for ax in figure.axes if ax.get_label() != "<colorbar>" for image in ax.images]


def test_a_grid_shows_the_samples(generator):
    figure = latent.sample_grid(generator, [3, 4], psi=0.5)
    assert np.array_equal(shown(figure)[1], np.rot90(sampling.sample(generator, 4, 0.5)[0]))


def test_a_sweep_begins_at_the_mean_brain_and_ends_free(generator):
    images = shown(latent.truncation_sweep(generator, [0, 1], (0.0, 0.5, 1.0)))
    assert len(images) == 6 and np.array_equal(images[0], images[3])
    assert np.array_equal(images[5], np.rot90(sampling.sample(generator, 1, 1.0, "off")[0]))


def test_a_sweep_truncates_every_layer_whatever_the_configuration_says():
    net = Generator(make_config("smoke", resolution=16, truncation_cutoff=2))
    images = shown(latent.truncation_sweep(net, [0, 1], (0.0, 1.0)))
    assert np.array_equal(images[0], images[2])  # the mean brain has nothing of its seed
    assert not np.array_equal(images[1], images[3])


def test_a_matrix_has_sources_donors_and_mixes(generator):
    images = shown(latent.mixing_matrix(generator, [0, 1], [2, 3, 4], "middle", 1.0))
    assert len(images) == 3 + 2 * 4
    wanted = sampling.mix(generator, [1], [3], "middle", 1.0, "off")[0, 0]
    assert np.array_equal(images[3 + 4 + 2], np.rot90(wanted))


def test_strips(generator):
    assert len(shown(latent.interpolation_strip(generator, 0, 1, 5))) == 10
    directions = sampling.principal_directions(generator, 3, 64)
    images = shown(latent.direction_strip(generator, directions, seed=2, amounts=(-2, 0, 2), count=2))
    assert len(images) == 6
    assert np.array_equal(images[1], np.rot90(sampling.sample(generator, 2)[0]))


def test_the_noise_figure_shows_mean_and_spread(generator):
    ws = np.repeat(sampling.styles(generator, 1), 12, axis=0)
    drawn = sampling.draw(generator, ws, sampling.noise_maps(range(12), 16))
    images, drawn = shown(latent.noise_effect(drawn)), drawn.astype("float32")
    assert np.array_equal(images[0], np.rot90(drawn[0])) and np.array_equal(images[1], np.rot90(drawn[-1]))
    assert np.allclose(images[2], np.rot90(drawn.mean(0))) and np.allclose(images[3], np.rot90(drawn.std(0)))
    assert images[3].max() > 0


def test_the_projection_figure_shows_all_three(generator):
    target = sampling.sample(generator, 2)[0]
    result = sampling.project(generator, target, 3, progress=False)
    images = shown(latent.projection_figure(result))
    difference = result.image.astype("float32") - target
    assert [p.shape for p in images] == [(16, 16)] * 3 and np.array_equal(images[2], np.rot90(difference))


def test_a_gif_moves_there_and_back(tmp_path):
    frames = np.stack([np.full((8, 8), grey, "uint8") for grey in (0, 100, 200)])
    gif = Image.open(save_gif(frames, tmp_path / "w.gif", seconds=0.6))
    greys = []
    for i in range(gif.n_frames):
        gif.seek(i)
        greys.append(int(np.asarray(gif.convert("L"))[0, 0]))
        assert gif.info["duration"] == 200
    assert greys == [0, 100, 200, 100] and gif.size == (256, 256)
    assert gif.info["loop"] == 0  # it begins again without end


@pytest.mark.parametrize(("save", "names"), [(save_gif, ("W.GIF", "w.Gif")), (save_grid, ("G.PNG", "g.Png"))])
def test_an_ending_in_capitals_is_that_ending(tmp_path, save, names):
    frames = np.stack([np.full((8, 8), grey, "uint8") for grey in (0, 100)])
    for name in names:
        assert save(frames, tmp_path / name) == tmp_path / name
        assert Image.open(tmp_path / name).format == name[-3:].upper()
    with pytest.raises(UserError, match=rf"ends in \.{names[0][-3:].lower()}, but got 'W'; change the ending"):
        save(frames, tmp_path / "W")


def test_files_refuse_what_they_cannot_write_or_read(tmp_path):
    frames = np.zeros((2, 8, 8), "uint8")
    (tmp_path / "text.png").write_text("no image")
    Image.new("RGB", (8, 8)).save(tmp_path / "colour.png")
    for call, message in (
        (lambda: save_gif(frames, tmp_path / "w.png"), "ends in .gif"),
        (lambda: save_gif(frames[:1], tmp_path / "w.gif"), "two frames"),
        (lambda: save_gif(frames, tmp_path / "w.gif", seconds=0), "seconds"),
        (lambda: save_grid(frames, tmp_path / "no" / "g.png"), "folder that is there"),
        (lambda: read_png(tmp_path / "none.png"), "no such file"),
        (lambda: read_png(tmp_path / "text.png"), "damaged or not a PNG"),
        (lambda: read_png(tmp_path / "colour.png"), "8-bit grey"),
    ):
        with pytest.raises((UserError, DataError), match=message):
            call()
    assert not (tmp_path / "w.gif").exists()
