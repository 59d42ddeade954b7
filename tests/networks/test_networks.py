"""Mapping, synthesis, generator and discriminator: whole networks against the reference, sizes, fades, start."""

from oasis_helpers import engine
from oasis_helpers.config import make_config
from oasis_helpers.errors import ConfigError
from oasis_helpers.networks.discriminator import Discriminator
from oasis_helpers.networks.generator import Generator
from oasis_helpers.networks.layers import blur, leaky_relu
from oasis_helpers.networks.mapping import MappingNetwork
from oasis_helpers.networks.synthesis import ToGray, noise_shapes, num_layers

import numpy as np
import pytest
from helpers import reference as ref
from helpers.reference import normal, randomise
from keras import ops

SMALL = {"z_dim": 5, "w_dim": 6, "channel_base": 48, "channel_max": 8}  # 8, 8 and 6 channels at 4, 8 and 16 px


array = engine.to_numpy


def close(actual, expected, tolerance=1e-4):
    np.testing.assert_allclose(array(actual), expected, rtol=tolerance, atol=tolerance)


def rms(x):
    return float(np.sqrt(np.mean(array(x) ** 2)))


def small(**overrides):
    return make_config("smoke", **{**SMALL, **overrides})


@pytest.fixture(scope="module", params=["adain", "demodulated"])
def generator(request):
    """16 px, every weight random: strengths and biases too."""
    g = Generator(small(synthesis=request.param))
    randomise(g.synthesis.trainable_variables)
    randomise([layer.bias for layer in g.mapping.layers], seed=1, scale=30)
    randomise([g.w_avg], seed=2)
    return g


@pytest.fixture(scope="module")
def discriminator():
    """16 px, every weight random."""
    d = Discriminator(small())
    randomise(d.trainable_variables)
    return d


def noise_maps(batch, resolution):
    return [normal(*shape, seed=[3, i]) for i, shape in enumerate(noise_shapes(batch, resolution))]


# ---------------------------------------------------------------- mapping


def mapping_weights(mapping):
    return [{"kernel": array(layer.kernel), "bias": array(layer.bias)} for layer in mapping.layers]


def test_mapping_normalises_z_then_applies_its_layers(generator):
    z = normal(3, 5, scale=4)
    weights = mapping_weights(generator.mapping)
    assert [w["kernel"].shape for w in weights] == [(5, 6)] + 7 * [(6, 6)]
    close(generator.mapping(z), ref.mapping(z, weights))


def test_mapping_does_not_see_the_length_of_z(generator):
    z = normal(1, 5)
    close(generator.mapping(z), array(generator.mapping(100 * z)), tolerance=1e-5)


def test_mapping_takes_its_multiplier_and_depth_from_the_configuration():
    mapping = MappingNetwork(small(mapping_layers=2, mapping_lr_multiplier=0.1))
    mapping.build()
    randomise([layer.bias for layer in mapping.layers])
    weights = mapping_weights(mapping)
    assert len(weights) == 2
    close(mapping(normal(3, 5)), ref.mapping(normal(3, 5), weights, lr_multiplier=0.1))


# ---------------------------------------------------------------- synthesis


def generator_weights(g):
    layers = []
    for layer in g.synthesis.styled:
        affine = layer.adain.affine if g.config.synthesis == "adain" else layer.affine
        weights = {"strength": layer.noise.strength, "bias": layer.bias.bias}
        weights |= {"style_kernel": affine.kernel, "style_bias": affine.bias}
        if layer.conv is not None:
            weights["conv"] = layer.conv.kernel
        layers.append({name: array(v) for name, v in weights.items()})
    grays = [(array(layer.conv.kernel), array(layer.bias.bias)) for layer in g.synthesis.to_gray]
    return array(g.synthesis.constant), layers, grays


def reference_image(g, ws, noise, resolution):
    constant, layers, grays = generator_weights(g)
    styled = {"adain": ref.synthesis_layer, "demodulated": ref.demodulated_layer}[g.config.synthesis]
    return ref.synthesis(constant, layers[: num_layers(resolution)], grays, ws, noise, styled)


@pytest.mark.parametrize(("resolution", "batch"), [(4, 1), (8, 3), (16, 2)])
def test_the_image_equals_the_reference(generator, resolution, batch):
    ws, noise = normal(batch, 6, 6, seed=4), noise_maps(batch, resolution)
    image = generator.draw(ws, noise, resolution)
    assert tuple(image.shape) == (batch, resolution, resolution, 1)
    close(image, reference_image(generator, ws, noise, resolution), tolerance=1e-3)


def test_every_layer_listens_to_its_own_style(generator):
    ws, noise = normal(1, 6, 6, seed=4), noise_maps(1, 16)
    before = array(generator.draw(ws, noise, 16))
    for i in range(6):
        changed = ws.copy()
        changed[:, i] += 1
        assert np.abs(array(generator.draw(changed, noise, 16)) - before).max() > 1e-2


def test_styles_beyond_the_resolution_are_not_used(generator):
    ws, noise = normal(1, 6, 6, seed=4), noise_maps(1, 8)
    changed = ws.copy()
    changed[:, 4:] = 0
    np.testing.assert_array_equal(array(generator.draw(ws, noise, 8)), array(generator.draw(changed, noise, 8)))


def test_the_constant_starts_at_one():
    constant = array(Generator(small()).synthesis.constant)
    np.testing.assert_array_equal(constant, np.ones((1, 4, 4, 8)))


def test_a_new_generator_has_neutral_noise_and_biases():
    g = Generator(small())
    for layer in g.synthesis.styled:
        for variable in (layer.noise.strength, layer.bias.bias):
            np.testing.assert_array_equal(array(variable), np.zeros(layer.channels))
        np.testing.assert_array_equal(array(layer.adain.affine.bias), np.zeros(2 * layer.channels))


def test_a_new_generator_ignores_noise():
    g, ws = Generator(small()), normal(2, 6, 6)
    np.testing.assert_array_equal(array(g.draw(ws, noise_maps(2, 16))), array(g.draw(ws)))


def test_to_gray_has_gain_1_and_nothing_that_bounds_it():
    layer = ToGray()
    layer.build((None, 2, 2, 4))
    layer.conv.kernel.assign(np.ones((1, 1, 4, 1)))
    layer.bias.bias.assign([0.5])
    for value in (-300.0, 7.0):  # 4 channels x value x 1 / sqrt(4), and the bias
        close(layer(ops.full((1, 2, 2, 4), value)), np.full((1, 2, 2, 1), 2 * value + 0.5))


def test_noise_shapes_double_every_second_layer():
    assert noise_shapes(3, 16) == [(3, s, s, 1) for s in (4, 4, 8, 8, 16, 16)]


# ---------------------------------------------------------------- growing


def test_a_level_that_has_not_faded_in_shows_the_old_image_doubled(generator):
    ws, noise = normal(2, 6, 6, seed=4), noise_maps(2, 16)
    old = array(generator.draw(ws, noise, 8, alpha=1.0))
    for alpha in (0.0, ops.convert_to_tensor(0.0)):
        np.testing.assert_allclose(array(generator.draw(ws, noise, 16, alpha=alpha)), ref.upsample(old), rtol=1e-6)


def test_a_level_that_has_faded_in_shows_only_the_new_image(generator):
    ws, noise = normal(2, 6, 6, seed=4), noise_maps(2, 16)
    new = array(generator.draw(ws, noise, 16))
    for alpha in (1, ops.convert_to_tensor(1.0)):
        close(generator.draw(ws, noise, 16, alpha=alpha), new, tolerance=1e-5)
    close(new, reference_image(generator, ws, noise, 16), tolerance=1e-3)


@pytest.mark.parametrize("alpha", [0.25, 0.5])
def test_a_fading_level_is_the_mean_of_both_by_alpha(generator, alpha):
    ws, noise = normal(1, 6, 6, seed=4), noise_maps(1, 16)
    old, new = array(generator.draw(ws, noise, 8)), array(generator.draw(ws, noise, 16))
    close(generator.draw(ws, noise, 16, alpha=alpha), (1 - alpha) * ref.upsample(old) + alpha * new, tolerance=1e-5)


def test_there_is_nothing_to_fade_at_4_px(generator, discriminator):
    ws = normal(1, 6, 6, seed=4)
    close(generator.draw(ws, None, 4, alpha=0.3), array(generator.draw(ws, None, 4, alpha=1.0)), tolerance=1e-6)
    images = normal(4, 4, 4, 1)
    close(discriminator(images, alpha=0.3), array(discriminator(images, alpha=1.0)), tolerance=1e-6)


def test_a_generator_remembers_how_far_it_has_grown():
    g = Generator(small())
    randomise(g.trainable_variables)
    assert (g.resolution, g.alpha) == (16, 1.0)
    g.grow_to(8, 0.25)
    assert (g.resolution, g.alpha) == (8, 0.25)

    def run(**arguments):
        return array(g(normal(4, 5), **arguments))

    close(run(), run(resolution=8, alpha=0.25), tolerance=1e-6)
    close(run(resolution=8), run(), tolerance=1e-6)
    assert np.abs(run() - run(resolution=8, alpha=1.0)).max() > 1e-3
    close(
        run(resolution=16), run(resolution=16, alpha=1.0), tolerance=1e-6
    )  # alpha belongs to the level it has reached
    g.grow_to(16)
    assert (g.resolution, g.alpha) == (16, 1.0)
    close(run(), run(resolution=16, alpha=1.0), tolerance=1e-6)


def test_a_generator_can_be_made_at_the_level_that_it_has_reached():
    g = Generator(small(), resolution=8, alpha=0.5)
    assert (g.resolution, g.alpha) == (8, 0.5)
    assert len(g.variables) == len(Generator(small()).variables)  # the levels above are there
    with pytest.raises(ConfigError, match="resolution: expected one of 4, 8, 16, but got 32"):
        Generator(small(), resolution=32)


@pytest.mark.parametrize(("name", "value"), [("resolution", 8), ("alpha", 0.5)])
def test_how_far_a_generator_has_grown_cannot_be_assigned(name, value):
    g = Generator(small())
    with pytest.raises(AttributeError, match=name):
        setattr(g, name, value)
    assert (g.resolution, g.alpha) == (16, 1.0)


def test_generators_do_not_share_how_far_they_have_grown():
    config = small()
    one, other = Generator(config), Generator(config)
    one.grow_to(8, 0.25)
    assert (other.resolution, other.alpha) == (16, 1.0)
    assert Generator(config).resolution == config.resolution == 16
    other.grow_to(4)
    assert (one.resolution, one.alpha) == (8, 0.25)


@pytest.mark.parametrize("resolution", [2, 12, 32, "16", None])
def test_a_generator_cannot_grow_to_a_level_that_it_lacks(resolution):
    g = Generator(small(), resolution=8, alpha=0.5)
    with pytest.raises(ConfigError, match=rf"resolution: expected one of 4, 8, 16, but got {resolution!r}"):
        g.grow_to(resolution)
    assert (g.resolution, g.alpha) == (8, 0.5)


def test_what_is_known_of_a_generator_is_what_was_given():
    about = {"kimg": 3, "data": "slices"}
    g = Generator(small(), about=about)
    assert g.about == {"kimg": 3, "data": "slices"}
    g.about["kimg"] = 4
    assert about["kimg"] == 3  # a copy
    assert Generator(small()).about == {} and Generator(small(), about=None).about == {}
    Generator(small()).about["kimg"] = 1
    assert Generator(small()).about == {}


def test_a_discriminator_has_no_level_of_its_own():
    """It judges what it is given: without an alpha, through the level of that size alone."""
    d = Discriminator(small())
    randomise(d.trainable_variables)
    for size in (8, 16):
        images = normal(4, size, size, 1)
        np.testing.assert_array_equal(array(d(images)), array(d(images, alpha=1.0)))
        assert np.abs(array(d(images)) - array(d(images, alpha=0.25))).max() > 1e-3
    assert not hasattr(d, "resolution") and not hasattr(d, "alpha")


@pytest.mark.parametrize("resolution", [2, 12, 32, "16"])
def test_a_resolution_that_the_networks_lack_is_named(generator, resolution):
    with pytest.raises(ConfigError, match=rf"resolution: expected one of 4, 8, 16, but got {resolution!r}"):
        generator(normal(1, 5), resolution=resolution)


def test_an_image_of_another_size_is_named(discriminator):
    with pytest.raises(ConfigError, match="resolution: expected one of 4, 8, 16, but got 32"):
        discriminator(normal(1, 32, 32, 1))


@pytest.mark.parametrize("resolution", [4, 8, 16])
def test_trainable_at_names_exactly_what_the_image_depends_on(generator, resolution):
    z, noise = normal(2, 5), noise_maps(2, resolution)
    weight = normal(2, resolution, resolution, 1, seed=5)

    def loss():
        return ops.sum(generator(z, noise=noise, resolution=resolution, alpha=0.5) * weight)

    assert depends_on(loss, generator) == {v.path for v in generator.trainable_at(resolution)}


@pytest.mark.parametrize("resolution", [4, 8, 16])
def test_trainable_at_names_exactly_what_the_judgement_depends_on(discriminator, resolution):
    images = normal(4, resolution, resolution, 1)

    def loss():
        return ops.sum(discriminator(images, alpha=0.5) * normal(4, seed=1))

    assert depends_on(loss, discriminator) == {v.path for v in discriminator.trainable_at(resolution)}


def depends_on(loss, net):
    _, grads = engine.value_and_grad(loss, net.trainable_variables)
    return {v.path for v, grad in zip(net.trainable_variables, grads, strict=True) if np.any(array(grad) != 0)}


# ---------------------------------------------------------------- styles and truncation


def test_styles_are_the_same_w_for_every_layer(generator):
    z = normal(3, 5)
    ws = array(generator.styles(z))
    assert ws.shape == (3, 6, 6)
    for i in range(6):
        close(ws[:, i], array(generator.mapping(z)), tolerance=1e-6)


def test_truncation_pulls_the_first_layers_towards_the_mean(generator):
    ws, mean = normal(2, 6, 6, seed=4), array(generator.w_avg)
    expected = ws.copy()
    expected[:, :4] = mean + 0.3 * (ws[:, :4] - mean)
    close(generator.truncate(ws, psi=0.3, cutoff=4), expected, tolerance=1e-5)


def test_truncation_takes_the_configurations_psi_and_cutoff_where_none_is_given():
    g = Generator(small(truncation_psi=0.4, truncation_cutoff=2))
    g.w_avg.assign(normal(6, seed=8))
    ws = normal(2, 6, 6, seed=4)
    close(g.truncate(ws), array(g.truncate(ws, psi=0.4, cutoff=2)), tolerance=1e-6)
    close(g.truncate(ws, psi=0.0), array(g.truncate(ws, psi=0.0, cutoff=2)), tolerance=1e-6)
    close(g.truncate(ws, cutoff=0), ws, tolerance=1e-5)
    free = np.abs(array(g.truncate(ws)) - ws).max(axis=(0, 2)) < 1e-5
    assert free.tolist() == [False, False, True, True, True, True]


def test_truncation_at_its_limits(generator):
    ws, mean = normal(2, 6, 6, seed=4), array(generator.w_avg)
    close(generator.truncate(ws, psi=1.0), ws, tolerance=1e-5)
    close(generator.truncate(ws, psi=0.0, cutoff=0), ws, tolerance=1e-5)
    close(generator.truncate(ws, psi=0.0, cutoff=6), np.broadcast_to(mean, ws.shape), tolerance=1e-5)


def test_at_psi_0_every_latent_draws_the_mean_image(generator):
    images = array(generator(normal(3, 5), psi=0.0))
    close(images[0], images[1], tolerance=1e-5)
    ws = np.broadcast_to(array(generator.w_avg), (1, 6, 6))
    close(images[:1], array(generator.draw(ws)), tolerance=1e-4)


def test_a_call_does_not_truncate_unless_asked(generator):
    z = normal(2, 5)
    close(generator(z), array(generator.draw(generator.styles(z))), tolerance=1e-4)
    truncated = generator.draw(generator.truncate(generator.styles(z), 0.5, 3))
    close(generator(z, psi=0.5, cutoff=3), array(truncated), tolerance=1e-4)


def test_w_avg_starts_at_zero_and_is_not_trained():
    g = Generator(small())
    np.testing.assert_array_equal(array(g.w_avg), np.zeros(6))
    assert not any(v is g.w_avg for v in g.trainable_variables)


# ---------------------------------------------------------------- discriminator


def discriminator_weights(d):
    grays = [(array(layer.conv.kernel), array(layer.bias.bias)) for layer in d.from_gray]
    blocks = [
        {"conv0": b.conv0.kernel, "bias0": b.bias0.bias, "conv1": b.conv1.kernel, "bias1": b.bias1.bias}
        for b in d.blocks
    ]
    h = d.head
    end = {"conv": h.conv.kernel, "bias": h.bias.bias, "dense_kernel": h.dense.kernel, "dense_bias": h.dense.bias}
    end |= {"out_kernel": h.out.kernel, "out_bias": h.out.bias}
    return grays, [{k: array(v) for k, v in b.items()} for b in blocks], {k: array(v) for k, v in end.items()}


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(("resolution", "batch", "group"), [(4, 8, 4), (8, 6, 3), (16, 1, 1)])
def test_the_judgement_equals_the_reference(discriminator, resolution, batch, group, alpha):
    images = normal(batch, resolution, resolution, 1)
    grays, blocks, end = discriminator_weights(discriminator)
    if resolution == 4:
        expected = ref.head(ref.from_gray(images, *grays[0]), end, group)
    else:
        expected = ref.discriminator(images, grays, blocks, end, group, alpha)
    out = discriminator(images, alpha=alpha)
    assert tuple(out.shape) == (batch,)
    close(out, expected, tolerance=1e-3)


@pytest.mark.parametrize("alpha", [0.0, ops.convert_to_tensor(0.0)], ids=["number", "tensor"])
def test_at_alpha_0_an_image_is_judged_by_its_half(discriminator, alpha):
    images = normal(4, 16, 16, 1)
    close(discriminator(images, alpha=alpha), array(discriminator(ref.downsample(images), alpha=1.0)), 1e-5)


def test_at_alpha_1_the_old_way_in_is_not_seen(discriminator):
    images = normal(4, 16, 16, 1)
    close(discriminator(images, alpha=ops.convert_to_tensor(1.0)), array(discriminator(images, alpha=1.0)), 1e-5)


def test_group_1_leaves_the_minibatch_deviation_out():
    d = Discriminator(small(mbstd_group=1))
    randomise(d.trainable_variables)
    assert d.head.conv.kernel.shape[2] == 8
    images = normal(4, 8, 8, 1)
    together, apart = array(d(images)), [array(d(images[i : i + 1]))[0] for i in range(4)]
    close(together, apart, tolerance=1e-4)
    close(together, ref.discriminator(images, *discriminator_weights(d), group=None), tolerance=1e-3)


@pytest.mark.parametrize("group", [2, 4, 8])
def test_an_image_is_compared_with_its_group_and_nobody_else(group):
    d = Discriminator(small(mbstd_group=group))
    randomise(d.trainable_variables)
    images = normal(8, 8, 8, 1)
    before = array(d(images))
    for changed in range(8):
        other = images.copy()
        other[changed] = -3 * other[changed]
        moved = abs(array(d(other)) - before) > 1e-6
        assert list(np.flatnonzero(moved)) == [i for i in range(8) if (i - changed) % (8 // group) == 0]


# ---------------------------------------------------------------- seeds


NETS = pytest.mark.parametrize(
    ("net", "changes"), [(Generator, {}), (Generator, {"synthesis": "demodulated"}), (Discriminator, {})]
)


@NETS
def test_the_seed_decides_all_weights(net, changes):
    one, same, other = net(small(**changes)), net(small(**changes)), net(small(**changes, seed=1))
    for a, b, c in zip(one.variables, same.variables, other.variables, strict=True):
        np.testing.assert_array_equal(array(a), array(b))
        if "kernel" in a.path:
            assert np.abs(array(a) - array(c)).max() > 0


@NETS
def test_no_two_kernels_start_alike(net, changes):
    scales = {"mapping": 100.0}  # its weights are drawn a hundred times as large
    variables = [v for v in net(small(**changes)).trainable_variables if "kernel" in v.path]
    firsts = [tuple(np.round(array(v).ravel()[:3] / scales.get(v.path.split("/")[1], 1), 4)) for v in variables]
    assert len(set(firsts)) == len(firsts)


# ---------------------------------------------------------------- the paper's widths


@pytest.fixture(scope="module")
def paper():
    """Networks of the paper's widths, new, at 64 px."""
    config = make_config("paper", resolution=64)
    return Generator(config), Discriminator(config)


def test_at_the_start_w_has_about_unit_scale(paper):
    # he_std keeps the mean square: leaky ReLU leaves (1 + 0.2^2) / 2 of it, the gain doubles that. 1.04^8 = 1.37.
    w = paper[0].mapping(normal(256, 512))
    assert 0.8 < rms(w) < 1.6


def test_at_the_start_each_layer_of_the_generator_keeps_the_scale(paper):
    g = paper[0]
    ws = array(g.styles(normal(2, 512)))
    x = np.ones((2, 4, 4, 512), "float32")
    for i, layer in enumerate(g.synthesis.styled):
        if layer.conv is not None:  # root 2 by its gain, less what the zeros around a small map take away
            assert 1.1 < rms(layer.conv(x)) / rms(x) < 1.55, layer.name
        randomise([layer.noise.strength], scale=0.5)  # without noise the first maps are flat
        size = 2 ** (i // 2 + 2)
        x = array(layer(x, ws[:, i], normal(2, size, size, 1, seed=i)))
        assert 1.0 < rms(x) < 2.5, layer.name  # scale s + 1 and shift b, each with deviation |w| ~ 1
        layer.noise.strength.assign(np.zeros(layer.channels))
    assert 0.6 < rms(g.synthesis.to_gray[-1](x)) / rms(x) < 1.5


def test_at_the_start_each_layer_of_the_discriminator_keeps_the_scale(paper):
    d = paper[1]
    x = d.from_gray[-1](normal(4, 64, 64, 1))
    assert 0.8 < rms(x) < 1.2
    for block in reversed(d.blocks):
        inner = leaky_relu(block.bias0(block.conv0(x)))
        assert 0.8 < rms(inner) / rms(x) < 1.2, block.name
        x = block(x)
        assert 0.8 < rms(x) / rms(blur(inner)) < 1.2, block.name
    assert 0.2 < rms(x) < 1.5  # blurring noise costs some, mostly at the first level
    assert 0.01 < rms(d.head(x)) < 3.0
