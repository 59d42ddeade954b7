"""What is typed after `sample` reaches the images: seeds, truncation, noise, layers and steps."""

from types import SimpleNamespace

from oasis_helpers import make_config, sampling, save_generator
from oasis_helpers.__main__ import main
from oasis_helpers.engine import to_numpy
from oasis_helpers.images import image_grid, read_png
from oasis_helpers.networks.generator import Generator
from oasis_helpers.view import latent

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image


@pytest.fixture(scope="module")
def generator(tmp_path_factory):
    """An untrained generator of 16 px with a mean w, and noise that counts; and its file."""
    net = Generator(make_config("smoke"))
    rng = np.random.default_rng(0)
    net.w_avg.assign(to_numpy(net.mapping(rng.standard_normal((500, 32)).astype("float32"))).mean(0))
    for layer in net.synthesis.styled:
        layer.noise.strength.assign(0.1 * np.ones(layer.channels, "float32"))
    for gray in net.synthesis.to_gray:
        gray.conv.kernel.assign(0.3 * to_numpy(gray.conv.kernel))
    file = tmp_path_factory.mktemp("generator") / "mine.safetensors"
    save_generator(net, file)
    return net, str(file)


def frames(file):
    """The images of a GIF, turned back and in their own size."""
    images = []
    with Image.open(file) as gif:
        for i in range(gif.n_frames):
            gif.seek(i)
            images.append(np.rot90(np.asarray(gif.convert("L"))[8::16, 8::16], -1))
    return np.stack(images)


TRUNCATION = pytest.mark.parametrize(
    ("typed", "psi"), [([], None), (["--truncation", "0.3"], 0.3), (["--truncation", "1"], 1.0)]
)


@TRUNCATION
def test_a_walk_is_truncated_as_asked_and_shows_twelve_images_a_second(generator, tmp_path, typed, psi):
    net, file = generator
    gif = tmp_path / "WALK.GIF"
    assert main(["sample", file, "--seeds", "3,5,7", "--interpolate", str(gif), "--steps", "4", *typed]) == 0
    expected = sampling.walk(net, [3, 5, 7], 4, psi=psi)
    assert np.array_equal(frames(gif), np.concatenate([expected, expected[-2:0:-1]]))  # there and back
    with Image.open(gif) as moving:
        assert moving.info["duration"] == pytest.approx(1000 / 12, abs=10)  # twelve a second; a GIF counts in 10 ms
    for other in {None, 0.3, 1.0} - {psi}:
        assert not np.array_equal(expected, sampling.walk(net, [3, 5, 7], 4, psi=other))


@TRUNCATION
@pytest.mark.parametrize("noise", ["fixed", "off"])
def test_a_grid_is_truncated_as_asked_and_has_the_noise_asked_for(generator, tmp_path, typed, psi, noise):
    net, file = generator
    assert main(["sample", file, "--seeds", "0-2,9", "--noise", noise, "--out", str(tmp_path / "G.PNG"), *typed]) == 0
    assert np.array_equal(read_png(tmp_path / "G.PNG"), image_grid(sampling.sample(net, [0, 1, 2, 9], psi, noise)))


@TRUNCATION
def test_a_matrix_mixes_the_layers_asked_for(generator, tmp_path, monkeypatch, typed, psi):
    asked = []
    monkeypatch.setattr(latent, "mixing_matrix", lambda net, *how: asked.append(how) or Figure())
    arguments = ["--seeds", "0-9", "--mix", "11,12", "--layers", "middle", "--noise", "off", *typed]
    assert main(["sample", generator[1], *arguments, "--out", str(tmp_path / "mix.png")]) == 0
    assert asked == [([0, 1, 2, 3], [11, 12], "middle", psi, "off")]  # four sources fit
    assert (tmp_path / "mix.png").is_file()


@pytest.mark.parametrize(("typed", "steps"), [([], 300), (["--steps", "7"], 7)])
def test_a_projection_takes_as_many_steps_as_asked(generator, tmp_path, monkeypatch, capsys, typed, steps):
    target = np.random.default_rng(0).integers(0, 256, (16, 16), dtype=np.uint8)
    Image.fromarray(target).save(tmp_path / "slice.png")
    asked, found = [], SimpleNamespace(error=12.34)
    monkeypatch.setattr(sampling, "project", lambda net, image, count: asked.append((image.tolist(), count)) or found)
    monkeypatch.setattr(latent, "projection_figure", lambda result: Figure() if result is found else None)
    out = tmp_path / "projected.png"
    assert main(["sample", generator[1], "--project", str(tmp_path / "slice.png"), *typed, "--out", str(out)]) == 0
    assert asked == [(target.tolist(), steps)] and out.is_file()
    assert "12.3 grey values off on average" in capsys.readouterr().out
