"""An exported generator draws what the package draws, without TensorFlow and Keras."""

import json
import runpy
import subprocess
import sys
import types

from oasis_helpers import load_generator, make_config, sampling, save_generator
from oasis_helpers.__main__ import main
from oasis_helpers.engine import BACKEND, to_numpy
from oasis_helpers.engine.tflite import to_tflite
from oasis_helpers.errors import UserError
from oasis_helpers.images import read_png, upright
from oasis_helpers.networks.generator import Generator
from oasis_helpers.networks.synthesis import noise_shapes
from oasis_helpers.sampling.export import describe_inputs, drawing_functions, export_generator
from oasis_helpers.sampling.export.files import _card, _short_list
from oasis_helpers.weights import shipped

import keras
import numpy as np
import pytest

runtime = pytest.importorskip("ai_edge_litert.interpreter", reason="the small runtime is not installed")
needs_tensorflow = pytest.mark.skipif(BACKEND != "tensorflow", reason="only TensorFlow writes .tflite files")


@pytest.fixture(scope="module", params=["adain", "demodulated"])
def growing(request):
    """An untrained generator halfway from 8 to 16 of 32 px, with a mean w, noise that counts and a cutoff."""
    config = make_config("smoke", resolution=32, truncation_psi=0.6, truncation_cutoff=2, synthesis=request.param)
    net = Generator(config, resolution=16, alpha=0.4, about={"kimg": 3})
    rng = np.random.default_rng(0)
    net.w_avg.assign(to_numpy(net.mapping(rng.standard_normal((500, 32)).astype("float32"))).mean(0))
    for layer in net.synthesis.styled:
        layer.noise.strength.assign(0.1 * np.ones(layer.channels, "float32"))
    for gray in net.synthesis.to_gray:
        gray.conv.kernel.assign(0.3 * to_numpy(gray.conv.kernel))  # keeps most pixels inside -1..1
    return net


@pytest.fixture(scope="module")
def exported(growing, tmp_path_factory):
    """Its file, with the others beside it."""
    if BACKEND != "tensorflow":
        pytest.skip("only TensorFlow writes .tflite files")
    folder = tmp_path_factory.mktemp("export")
    save_generator(growing, folder / "mine.safetensors", **growing.about)
    export_generator(folder / "mine.safetensors", folder / "small.tflite")
    return folder / "small.tflite"


def drawn(file, seeds, psi=None):
    """Return images (n, R, R) uint8 of an exported generator, from its two functions and its description."""
    about = json.loads(file.with_suffix(".json").read_text())
    model = runtime.Interpreter(str(file))
    styles, draw = (model.get_signature_runner(name) for name in ("styles", "draw"))
    psi = np.array([about["psi"] if psi is None else psi], "float32")
    images = []
    for seed in seeds:
        z = np.random.default_rng(seed).standard_normal((1, about["z_dim"]), dtype="float32")
        noise = np.random.default_rng([seed, 1]).standard_normal((1, about["noise"]), dtype="float32")
        images.append(draw(ws=styles(z=z, psi=psi)["ws"], noise=noise)["image"][0])
    assert all((image == image.astype("uint8")).all() for image in images)
    return np.stack(images).astype("uint8")


def largest_difference(a, b):
    assert a.shape == b.shape
    return int(np.abs(a.astype(int) - b.astype(int)).max())


def test_it_draws_what_the_package_draws(growing, exported):
    images = drawn(exported, range(6))
    assert images.shape == (6, 16, 16) and images.std() > 5  # not flat
    assert largest_difference(images, sampling.sample(growing, range(6))) <= 1


def test_truncation_is_by_layer(growing, exported):
    images = drawn(exported, range(6), psi=[0.0, 1.0, 0.5, 1.0, 1.0, 1.0])
    z = sampling.latents(range(6), growing.config.z_dim)
    ws = to_numpy(growing.styles(z))
    ws[:, 0] = to_numpy(growing.w_avg)
    ws[:, 2] = (ws[:, 2] + to_numpy(growing.w_avg)) / 2
    expected = sampling.draw(growing, ws, sampling.noise_maps(range(6), 16))
    assert largest_difference(images, expected) <= 1


def test_what_is_described_is_what_the_file_has(growing, exported):
    about = json.loads(exported.with_suffix(".json").read_text())
    assert about == json.loads(json.dumps(describe_inputs(growing)))
    assert about["resolution"] == 16 and about["layers"] == 6 and about["psi"] == [0.6] * 2 + [1.0] * 4
    model = runtime.Interpreter(str(exported))
    for name, function in about["functions"].items():
        runner = model.get_signature_runner(name)
        for told, found in (("inputs", runner.get_input_details()), ("outputs", runner.get_output_details())):
            assert {key: tuple(t["shape"]) for key, t in function[told].items()} == {
                key: tuple(t["shape"]) for key, t in found.items()
            }
            assert all(t["dtype"] == np.float32 for t in found.values())


def test_the_ranges_of_layers_are_told_with_both_ends(growing):
    assert describe_inputs(growing)["ranges"] == {"coarse": [0, 3], "middle": [4, 5]}


def test_a_range_from_0_to_1_is_exported_as_such():
    net = Generator(make_config("smoke", resolution=8, value_range=(0, 1)))
    for gray in net.synthesis.to_gray:
        gray.bias.bias.assign([0.5])
    ws, shapes = sampling.styles(net, [3], 1.0), noise_shapes(1, 8)
    noise = np.zeros((1, sum(map(np.prod, shapes))), "float32")
    image = to_numpy(drawing_functions(net)["draw"].function(ws, noise)["image"])
    assert largest_difference(image, sampling.draw(net, ws)) <= 1 and 20 < image.mean() < 235


def test_a_psi_for_each_layer_is_written_out_in_the_example():
    assert _short_list([0.6, 0.6, 1.0]) == "[0.6, 0.6, 1.0]" and _short_list([0.7, 0.7]) == "[0.7] * 2"


def test_a_generator_without_a_card_gets_what_its_file_says(exported):
    text = exported.with_suffix(".md").read_text()
    assert text.startswith("# Generator `small`") and "- kimg: 3" in text and '"truncation_cutoff": 2' in text


def test_a_card_beside_a_file_goes_with_it(growing, tmp_path, monkeypatch):
    monkeypatch.setattr("oasis_helpers.sampling.export.files.to_tflite", lambda *_: b"the network")
    save_generator(growing, tmp_path / "mine.safetensors")
    (tmp_path / "mine.md").write_text("Mine.")
    files = export_generator(tmp_path / "mine.safetensors", tmp_path / "small.tflite")
    assert [file.name for file in files] == ["small.tflite", "small.json", "small.py", "small.md"]
    assert files[0].read_bytes() == b"the network" and files[3].read_text() == "Mine."


def test_notes_beside_the_folder_of_a_run_are_not_its_card(growing, tmp_path, monkeypatch):
    monkeypatch.setattr("oasis_helpers.sampling.export.files.to_tflite", lambda *_: b"the network")
    (tmp_path / "mine").mkdir()
    save_generator(growing, tmp_path / "mine" / "generator.safetensors", kimg=3)
    (tmp_path / "mine.md").write_text("Ask Eve for the password.")
    files = export_generator(tmp_path / "mine", tmp_path / "small.tflite")
    assert files[3].read_text().startswith("# Generator `small`") and "- kimg: 3" in files[3].read_text()


def test_a_generator_that_comes_with_the_package_has_its_card_with_the_terms(tmp_path, monkeypatch):
    (tmp_path / "default").mkdir()  # a run's folder of the same name is meant by ./default
    monkeypatch.chdir(tmp_path)
    for name, file in shipped().items():
        assert _card(name) == file.with_suffix(".md").read_text(encoding="utf-8"), name
    assert _card("./default") is None and _card(tmp_path / "gone.safetensors") is None


def test_an_ending_in_capitals_is_written_as_it_is_asked_for(growing, tmp_path, monkeypatch):
    monkeypatch.setattr("oasis_helpers.sampling.export.files.to_tflite", lambda *_: b"the network")
    save_generator(growing, tmp_path / "mine.safetensors")
    files = export_generator(tmp_path / "mine.safetensors", tmp_path / "BRAIN.TFLITE")
    assert [file.name for file in files] == ["BRAIN.TFLITE", "BRAIN.json", "BRAIN.py", "BRAIN.md"]
    assert all(file.is_file() for file in files)


def test_the_example_draws_from_the_latent_and_the_noise_of_its_seed(growing, tmp_path, monkeypatch):
    monkeypatch.setattr("oasis_helpers.sampling.export.files.to_tflite", lambda *_: b"the network")
    save_generator(growing, tmp_path / "mine.safetensors")
    export_generator(tmp_path / "mine.safetensors", tmp_path / "brain.tflite")
    given, image = {}, np.random.default_rng(0).integers(0, 256, (16, 16)).astype("float32")

    class Interpreter:
        def __init__(self, file):
            given["file"] = file

        def get_signature_runner(self, name):
            answer = {"ws": "the styles"} if name == "styles" else {"image": image[None]}
            return lambda **inputs: given.update({name: inputs}) or answer

    stand_in = types.ModuleType("ai_edge_litert.interpreter")
    stand_in.Interpreter = Interpreter
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", stand_in)
    monkeypatch.chdir(tmp_path)
    runpy.run_path("brain.py")
    assert given["file"] == "brain.tflite" and given["draw"]["ws"] == "the styles"
    assert np.array_equal(given["styles"]["z"], sampling.latents([3], growing.config.z_dim))
    np.testing.assert_allclose(given["styles"]["psi"], [[0.6] * 2 + [1.0] * 4])
    maps = sampling.noise_maps([3], growing.resolution)  # one after the other, as the network takes them apart
    assert np.array_equal(given["draw"]["noise"], np.concatenate([noise.ravel() for noise in maps])[None])
    assert np.array_equal(read_png(tmp_path / "brain-seed3.png"), upright(image.astype("uint8")))


@needs_tensorflow
@pytest.mark.slow
def test_the_command_and_its_example(tmp_path, capsys):
    assert main(["export", "cohort128", "--out", str(tmp_path / "brain.tflite")]) == 0
    assert "brain.tflite (2.4 MB)" in capsys.readouterr().out
    assert (tmp_path / "brain.md").read_text() == shipped()["cohort128"].with_suffix(".md").read_text()
    example = (tmp_path / "brain.py").read_text()
    assert len([line for line in example.split('"""', 2)[2].splitlines() if line.strip()]) <= 12
    alone = "import sys; sys.modules.update(dict.fromkeys(('tensorflow', 'keras', 'jax', 'oasis_helpers')));"
    code = f"{alone} exec(open('brain.py').read())"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)
    expected = sampling.sample(load_generator("cohort128"), [3, *range(10, 18)])
    assert largest_difference(read_png(tmp_path / "brain-seed3.png"), upright(expected[0])) <= 1
    assert largest_difference(drawn(tmp_path / "brain.tflite", range(10, 18)), expected[1:]) <= 1


def test_another_engine_is_told(growing, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(UserError, match=r"KERAS_BACKEND: expected 'tensorflow'.*but got 'jax'"):
        to_tflite(drawing_functions(growing), growing.variables)
