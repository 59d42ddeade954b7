"""Seeds to images, truncation, mixing, walks, and files of weights."""

import json
import struct
from types import SimpleNamespace

from oasis_helpers import load_generator, make_config, sampling, save_generator
from oasis_helpers.engine import to_numpy
from oasis_helpers.errors import UserError
from oasis_helpers.networks.generator import Generator
from oasis_helpers.weights import WeightsError, read_arrays, write_arrays

import numpy as np
import pytest
from helpers.edits import SHIPPED


@pytest.fixture(scope="module")
def generator():
    """An untrained generator with a mean w, and with noise that counts."""
    net = Generator(make_config("smoke", resolution=16))
    rng = np.random.default_rng(0)
    net.w_avg.assign(to_numpy(net.mapping(rng.standard_normal((500, 32)).astype("float32"))).mean(0))
    for layer in net.synthesis.styled:
        layer.noise.strength.assign(0.1 * np.ones(layer.channels, "float32"))
    for gray in net.synthesis.to_gray:
        gray.conv.kernel.assign(0.3 * to_numpy(gray.conv.kernel))  # keeps most pixels inside -1..1
    return net


def test_one_seed_is_one_image_in_every_batch(generator):
    alone = sampling.sample(generator, 7)
    assert alone.shape == (1, 16, 16) and alone.dtype == np.uint8
    for seeds in ([7, 1], range(3, 14), [1, 2, 7]):
        among = sampling.sample(generator, seeds)[list(seeds).index(7)]
        assert np.array_equal(among, alone[0])


def test_several_at_a_time_differ_by_a_rounding_at_most(generator):
    alone, together = (sampling.sample(generator, range(7), psi=1.0, together=n).astype(int) for n in (1, 3))
    assert alone.shape == together.shape and np.abs(alone - together).max() <= 1
    with pytest.raises(UserError, match="together: expected a whole number of at least 1"):
        sampling.sample(generator, [0], together=0)


def test_ranges_of_seeds():
    assert sampling.seed_range(3, 2) == [3, 4]


def test_seeds_differ(generator):
    images = sampling.sample(generator, range(20), psi=1.0)
    assert len({p.tobytes() for p in images}) == 20


def test_latents_are_normal_and_do_not_share_numbers_with_the_noise():
    z = sampling.latents(range(400), 64)
    assert abs(z.mean()) < 0.02 and abs(z.std() - 1) < 0.02
    noise = sampling.noise_maps([5], 16)[2].ravel()[:32]
    assert not np.isclose(z[5][:32], noise).any()


def test_psi_zero_is_the_mean_image_and_psi_one_changes_nothing(generator):
    mean = sampling.sample(generator, range(5), psi=0.0, noise="off")
    assert all(np.array_equal(p, mean[0]) for p in mean)
    free = to_numpy(generator.styles(sampling.latents([3], 32)))
    assert np.allclose(sampling.styles(generator, 3, psi=1.0), free, atol=1e-6)


def test_the_cutoff_says_how_many_layers_are_truncated(generator):
    free, some = sampling.styles(generator, 3, 1.0), sampling.styles(generator, 3, 0.5, cutoff=2)
    mean = to_numpy(generator.w_avg)
    assert np.allclose(some[:, :2], mean + 0.5 * (free[:, :2] - mean), atol=1e-5)
    assert np.allclose(some[:, 2:], free[:, 2:], atol=1e-6)


def test_noise_kinds(generator):
    fixed = sampling.sample(generator, range(3), noise="fixed")
    assert np.array_equal(fixed, sampling.sample(generator, range(3), noise="fixed"))
    fresh = sampling.sample(generator, range(3), noise="fresh")
    assert not np.array_equal(fixed, fresh)
    assert not np.array_equal(fixed, sampling.sample(generator, range(3), noise="off"))


def test_mixing_takes_the_chosen_layers(generator):
    layers = generator.num_styles
    everything = sampling.mix(generator, [1, 2], [3], range(layers), psi=1.0)
    assert everything.shape == (2, 1, 16, 16)
    donor = sampling.draw(generator, sampling.styles(generator, 3, 1.0), sampling.noise_maps([1], 16))
    assert np.array_equal(everything[0, 0], donor[0])
    by_hand = sampling.styles(generator, [1], 1.0)
    by_hand[:, 2:4] = sampling.styles(generator, [3], 1.0)[:, 2:4]
    wanted = sampling.draw(generator, by_hand, sampling.noise_maps([1], 16))
    assert np.array_equal(sampling.mix(generator, [1], [3], [2, 3], psi=1.0)[0, 0], wanted[0])


def test_every_image_of_a_mixing_table_is_that_of_its_pair_alone(generator):
    table = sampling.mix(generator, [1, 2], [3, 4, 5], "coarse", psi=1.0)
    assert table.shape == (2, 3, 16, 16) and len({image.tobytes() for row in table for image in row}) == 6
    for row, source in zip(table, [1, 2], strict=True):
        for image, donor in zip(row, [3, 4, 5], strict=True):
            assert np.array_equal(image, sampling.mix(generator, [source], [donor], "coarse", psi=1.0)[0, 0])


@pytest.mark.parametrize("space", ["w", "z"])
def test_walks_start_and_end_at_the_seeds(generator, space):
    walk = sampling.interpolate(generator, 1, 2, 5, space, psi=0.8)
    ends = sampling.draw(generator, sampling.styles(generator, [1, 2], 0.8), sampling.noise_maps([1, 1], 16))
    assert walk.shape == (5, 16, 16)
    assert np.abs(walk[[0, -1]].astype(int) - ends).max() <= 1  # the walk's ends round once more
    assert len({p.tobytes() for p in walk}) == 5


def test_slerp_keeps_the_length_and_the_angle():
    a, b = np.array([3.0, 0.0]), np.array([0.0, 3.0])
    for t in (0.0, 0.25, 0.5, 1.0):
        angle = t * np.pi / 2
        assert np.allclose(sampling.slerp(a, b, t), 3 * np.array([np.cos(angle), np.sin(angle)]))
    assert np.allclose(sampling.slerp(a, a, 0.3), a)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda g: sampling.sample(g, "seven"), "seeds: .*'seven'"),
        (lambda g: sampling.sample(g, -1), "seeds: .*-1"),
        (lambda g: sampling.sample(g, [0, 1.5]), "seeds: .*1.5"),
        (lambda g: sampling.sample(g, 2.5), "seeds: .*2.5"),
        (lambda g: sampling.sample(g, []), "seeds: .*none"),
        (lambda g: sampling.sample(g, True), "seeds: .*True"),
        (lambda g: sampling.sample(g, 0, psi=-3), "psi: .*-3"),
        (lambda g: sampling.sample(g, 0, psi="high"), "psi: .*'high'"),
        (lambda g: sampling.sample(g, 0, psi=float("nan")), "psi: .*nan"),
        (lambda g: sampling.sample(g, 0, noise="loud"), "noise: expected one of fixed, fresh, off, .*'loud'"),
        (lambda g: sampling.sample(g, 0, cutoff=-1), "cutoff: .*-1"),
        (lambda g: sampling.sample(g, 0, noise={99: "off"}), "noise: expected levels among 4, 8, 16 .*99"),
        (lambda g: sampling.sample(g, 0, noise={8: "loud"}), "noise: .*'loud'"),
        (lambda g: sampling.mix(g, [0], [1], range(5, 2)), r"layers: .*range\(5, 2\)"),
        (lambda g: sampling.mix(g, [0], [1], "5-2"), "layers: .*'5-2'"),
        (lambda g: sampling.mix(g, [0], [1], [99]), r"layers: .*\[99\]"),
        (lambda g: sampling.mix(g, [0], [1], "finest"), "layers: expected coarse, middle, all, or .*'finest'"),
        (lambda g: sampling.mix(g, [0], [1], "fine"), "layers: .*'fine'"),  # a 16 px generator has none
        (lambda g: sampling.mix(g, [0], [1], None), "layers: .*None"),
        (lambda g: sampling.walk(g, [4]), "seeds: expected at least two"),
        (lambda g: sampling.interpolate(g, 0, 1, steps=1), "steps: .*1"),
        (lambda g: sampling.seed_range(0, 0), "count: .*0"),
        (lambda g: sampling.seed_range("a", 3), "seeds: .*'a'"),
        (lambda g: sampling.interpolate(g, 0, 1, space="x"), "space: .*'x'"),
    ],
)
def test_bad_input_is_one_clear_line(generator, call, message):
    with pytest.raises(UserError, match=message) as caught:
        call(generator)
    assert "\n" not in str(caught.value)


def test_ranges_of_layers_are_the_papers(generator):
    assert sampling.ranges_of(generator) == {"coarse": range(4), "middle": range(4, 6)}
    assert sampling.layer_range(generator, "middle") == [4, 5]
    assert sampling.layer_range(generator, "0-2, 5") == [0, 1, 2, 5]
    assert sampling.layer_range(generator, 3) == [3] and sampling.layer_range(generator, (5, 1, 1)) == [1, 5]
    full = SimpleNamespace(resolution=1024)
    assert sampling.ranges_of(full) == {"coarse": range(4), "middle": range(4, 8), "fine": range(8, 18)}
    grown = SimpleNamespace(resolution=8)  # a generator that has only grown to 8 px draws with four layers
    assert sampling.layer_range(grown, "all") == [0, 1, 2, 3]


def test_noise_by_level(generator):
    fixed = sampling.noise_maps([3], 16)
    mixed = sampling.noise_maps([3], 16, {8: "off", 16: "fresh"})
    assert all(np.array_equal(a, b) for a, b in zip(fixed[:2], mixed[:2], strict=True))
    assert not any(m.any() for m in mixed[2:4])
    assert not any(np.isclose(a, b).all() for a, b in zip(fixed[4:], mixed[4:], strict=True))
    with_8 = sampling.sample(generator, 3)
    assert not np.array_equal(sampling.sample(generator, 3, noise={8: "off"}), with_8)
    assert np.array_equal(sampling.sample(generator, 3, noise={8: "fixed"}), with_8)


def test_a_walk_passes_through_every_seed(generator):
    walk = sampling.walk(generator, [1, 2, 3], steps=3, psi=0.8)
    at_seeds = sampling.draw(generator, sampling.styles(generator, [1, 2, 3], 0.8), sampling.noise_maps([1] * 3, 16))
    assert walk.shape == (7, 16, 16)
    assert np.array_equal(walk[[0, 3, 6]], at_seeds)


# ---------------------------------------------------------------- files


def test_saved_and_loaded_draws_the_same(generator, tmp_path):
    generator.grow_to(16, 0.5)
    try:
        save_generator(generator, tmp_path / "g.safetensors", kimg=3)
        loaded = load_generator(tmp_path / "g.safetensors")
        assert (loaded.resolution, loaded.alpha, loaded.about) == (16, 0.5, {"kimg": 3})
        assert loaded.config == generator.config
        assert np.array_equal(sampling.sample(loaded, range(3)), sampling.sample(generator, range(3)))
    finally:
        generator.grow_to(16)


def damaged(path, tmp_path):
    data = bytearray(path.read_bytes())
    data[-5] ^= 0xFF
    (tmp_path / "damaged.safetensors").write_bytes(data)
    return tmp_path / "damaged.safetensors"


def foreign(tmp_path):
    header = json.dumps({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    (tmp_path / "foreign.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + b"\0\0\0\0")
    return tmp_path / "foreign.safetensors"


def test_wrong_files_are_clear_errors(generator, tmp_path):
    good = tmp_path / "g.safetensors"
    save_generator(generator, good)
    text = tmp_path / "text.safetensors"
    text.write_text("hello")
    half = tmp_path / "half.safetensors"
    half.write_bytes(good.read_bytes()[:1000])
    other = tmp_path / "other.safetensors"
    arrays, header = read_arrays(good)
    write_arrays(other, {k: a for k, a in arrays.items() if k != "w_avg"}, header)
    shape = tmp_path / "shape.safetensors"
    write_arrays(shape, {**arrays, "w_avg": np.zeros(3, "float32")}, header)
    cases = [
        (tmp_path / "none.safetensors", "there is none"),
        (tmp_path, r"holds no generator\.safetensors"),
        (text, "no readable safetensors"),
        (half, "no readable safetensors"),
        (damaged(good, tmp_path), "damaged"),
        (foreign(tmp_path), "format"),
        (other, "expected an array w_avg"),
        (shape, r"expected w_avg of shape \(32,\), but got \(3,\)"),
    ]
    for path, message in cases:
        with pytest.raises(WeightsError, match=message) as caught:
            load_generator(path)
        assert "\n" not in str(caught.value)


def test_the_default_generator_comes_with_the_package():
    shipped = load_generator()
    assert shipped.resolution == 64 and shipped.alpha == 1.0 and shipped.about["data"].startswith("synthetic cohort")
    named = load_generator("default")
    assert np.array_equal(sampling.sample(named, 3), sampling.sample(shipped, 3))
    images = sampling.sample(shipped, range(8), 1.0)
    assert images[:, :4].mean() < 10 < images[:, 24:40, 24:40].mean()  # black outside, brain in the middle


def test_a_name_that_is_nothing_lists_the_shipped_ones():
    for path in ("defualt", "", None, 3):
        with pytest.raises(WeightsError, match=f"path: expected {SHIPPED}, a file or a run folder") as caught:
            load_generator(path)
        assert "\n" not in str(caught.value)


def test_a_full_disk_leaves_the_old_file(generator, tmp_path, monkeypatch):
    path = tmp_path / "g.safetensors"
    save_generator(generator, path)
    before = path.read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        save_generator(generator, path, kimg=9)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_the_same_weights_make_the_same_file(tmp_path):
    arrays = {"b": np.arange(6, dtype="float16").reshape(2, 3), "a": np.ones((), "float32"), "e": np.zeros((0, 2))}
    for i in range(8):  # by chance, one order of three would come again and again only once in 280 thousand times
        write_arrays(tmp_path / f"{i}.safetensors", arrays, {"z": "é", "y": [1]})
    files = [(tmp_path / f"{i}.safetensors").read_bytes() for i in range(8)]
    assert len(set(files)) == 1
    again, header = read_arrays(tmp_path / "0.safetensors")
    assert header == {"z": "é", "y": [1]} and list(again) == ["a", "b", "e"]
    assert all(np.array_equal(again[n], a) and again[n].dtype == a.dtype for n, a in arrays.items())
