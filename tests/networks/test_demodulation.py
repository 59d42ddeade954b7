"""Weight demodulation against equations 1 to 3, written image by image in NumPy; and what it is for."""

from oasis_helpers import engine
from oasis_helpers.config import Config, make_config
from oasis_helpers.networks.demodulation import DemodulatedLayer, demodulation
from oasis_helpers.networks.generator import Generator
from oasis_helpers.networks.synthesis import SynthesisLayer
from oasis_helpers.weights import read_generator, shipped

import keras
import numpy as np
import pytest
from helpers import reference as ref
from helpers.reference import normal, randomise
from keras import ops

array = engine.to_numpy
CONVS = pytest.mark.parametrize("conv", [None, "same", "up"])


def close(actual, expected, tolerance=1e-4):
    np.testing.assert_allclose(array(actual), expected, rtol=tolerance, atol=tolerance)


def case(conv, batch=2, **changes):
    """A layer with random weights, its weights as arrays, and inputs for it."""
    layer = DemodulatedLayer(3, conv, w_dim=6, **changes)
    channels = 3 if conv is None else 4
    layer.build((None, None, None, channels))
    randomise(layer.trainable_variables)
    x, w = normal(batch, 3, 5, channels, seed=7), normal(batch, 6, seed=8)
    scale = 2 if conv == "up" else 1
    noise = normal(batch, 3 * scale, 5 * scale, 1, seed=9)
    weights = {
        "conv": None if conv is None else array(layer.conv.kernel),
        "strength": array(layer.noise.strength),
        "bias": array(layer.bias.bias),
        "style_kernel": array(layer.affine.kernel),
        "style_bias": array(layer.affine.bias),
    }
    return layer, weights, x, w, noise


# ---------------------------------------------------------------- the equations


def test_the_factor_by_hand():
    kernel = np.zeros((1, 1, 2, 2), "float32")
    kernel[0, 0] = [[3, 1], [4, 0]]  # to the first map 3 and 4, to the second 1 and 0
    factor = demodulation(ops.convert_to_tensor(kernel), ops.convert_to_tensor([[1.0, 1.0], [2.0, 0.0]]))
    close(factor, [[1 / 5, 1], [1 / 6, 1 / 2]], tolerance=1e-6)


def test_epsilon_is_1e_8_under_the_root():
    kernel = ops.convert_to_tensor(np.full((1, 1, 1, 1), 1e-4, "float32"))  # its square is 1e-8 itself
    close(demodulation(kernel, ops.ones((1, 1))), [[1e4 * 0.5**0.5]], tolerance=1e-5)
    close(demodulation(kernel, ops.zeros((1, 1))), [[1e4]], tolerance=1e-5)


@pytest.mark.parametrize("batch", [1, 3])
@CONVS
def test_a_layer_follows_the_equations_image_by_image(conv, batch):
    layer, weights, x, w, noise = case(conv, batch)
    out = layer(x, w, noise)
    assert tuple(out.shape) == (batch, *noise.shape[1:3], 3)
    close(out, ref.demodulated_layer(x, w, noise, weights, conv))
    close(layer(x, w), ref.demodulated_layer(x, w, None, weights, conv))


def test_scaling_the_maps_equals_one_grouped_convolution():
    """The release's other form: all images as one, each group of maps with its image's own kernel."""
    x, style, kernel = normal(3, 4, 5, 2), normal(3, 2, seed=1), normal(3, 3, 2, 4, seed=2)
    one, blocks = np.zeros((1, 4, 5, 6)), np.zeros((3, 3, 6, 12))
    for b in range(3):
        own = kernel * style[b][:, None]
        one[..., 2 * b : 2 * b + 2] = x[b]
        blocks[:, :, 2 * b : 2 * b + 2, 4 * b : 4 * b + 4] = own / np.sqrt((own**2).sum((0, 1, 2)) + 1e-8)
    grouped = np.stack(np.split(ref.conv(one, blocks)[0], 3, axis=-1))  # (3, 4, 5, 4)
    factor = array(demodulation(ops.convert_to_tensor(kernel), ops.convert_to_tensor(style)))
    scaled = ref.conv(x * style[:, None, None], kernel) * factor[:, None, None]
    np.testing.assert_allclose(scaled, grouped, rtol=1e-5, atol=1e-5)


# ---------------------------------------------------------------- what it is for


def test_maps_of_unit_variance_come_out_with_unit_variance_whatever_the_style():
    layer = DemodulatedLayer(8, "same", w_dim=6)
    layer.build((None, 64, 64, 16))
    layer.affine.kernel.assign(normal(6, 16, seed=1, scale=5.0))  # scales from far below 0 to far above 1
    x, w = normal(8, 64, 64, 16, seed=2), normal(8, 6, seed=3)
    style = layer.affine(w) + 1.0
    factor = demodulation(layer.conv.kernel * layer.conv.scale, style)
    assert array(style).std() > 3
    out = array(layer.conv(x * array(style)[:, None, None])) * array(factor)[:, None, None]
    assert np.abs(out.std(axis=(1, 2)) - 1).max() < 0.08  # 4,096 pixels, and fewer at the rim
    bent = array(layer(x, w))
    assert 0.95 < (bent**2).mean() < 1.1  # (1 + 0.2^2) / 2 of it, times the gain's 2: 1.04


def test_without_demodulation_the_style_would_set_the_size():
    layer, _, x, w, _ = case("same")
    bare = array(layer.conv(x * (array(layer.affine(w)) + 1)[:, None, None]))
    for scale in (1.0, 100.0):
        layer.affine.kernel.assign(scale * array(layer.affine.kernel))
    layer.affine.bias.assign(100 * (array(layer.affine.bias) + 1) - 1)  # all styles a hundred times as large
    large = array(layer.conv(x * (array(layer.affine(w)) + 1)[:, None, None]))
    np.testing.assert_allclose(large, 100 * bare, rtol=1e-3, atol=1e-2)
    fresh, _, _, _, _ = case("same")
    close(layer(x, w), array(fresh(x, w)), tolerance=1e-3)


def test_one_bright_spot_does_not_weaken_the_rest():
    """AdaIN divides by the map's deviation, which a spot raises; demodulation looks at weights only."""
    x, w = normal(1, 16, 16, 4, seed=7), normal(1, 6, seed=8)
    spot = x.copy()
    spot[0, 8, 8] += 1000
    for kind, far in ((DemodulatedLayer, 1.0), (SynthesisLayer, 0.2)):
        layer = kind(3, "same", w_dim=6)
        layer.build((None, None, None, 4))
        plain, spotted = array(layer(x, w))[0], array(layer(spot, w))[0]
        corner = (slice(0, 5), slice(0, 5))
        sizes = spotted[corner].std(axis=(0, 1)) / plain[corner].std(axis=(0, 1))
        assert np.allclose(sizes, 1, atol=1e-4) if far == 1 else (sizes < far).all()


@CONVS
def test_the_style_of_one_image_does_not_touch_another(conv):
    layer, _, x, w, noise = case(conv, batch=3)
    other = w.copy()
    other[1] += 1.0
    before, after = array(layer(x, w, noise)), array(layer(x, other, noise))
    np.testing.assert_array_equal(before[[0, 2]], after[[0, 2]])
    assert np.abs(before[1] - after[1]).max() > 1e-2


def test_the_style_starts_at_1_and_noise_and_bias_at_0():
    layer = DemodulatedLayer(3, "same", w_dim=6, seed=3)
    layer.build((None, None, None, 4))
    for variable in (layer.affine.bias, layer.noise.strength, layer.bias.bias):
        np.testing.assert_array_equal(array(variable), np.zeros(variable.shape))
    x = normal(2, 4, 4, 4)
    plain = ref.demodulated_conv(x, np.ones((2, 4)), array(layer.conv.kernel))
    close(layer(x, np.zeros((2, 6), "float32"), normal(2, 4, 4, 1)), ref.leaky_relu(plain) * 2**0.5)


def test_the_constant_is_scaled_and_not_normalised():
    layer = DemodulatedLayer(3, None, w_dim=6)
    layer.build((None, None, None, 3))
    x = 5 + np.abs(normal(1, 4, 4, 3))
    close(layer(x, np.zeros((1, 6), "float32")), x)


# ---------------------------------------------------------------- gradients, types, engines


@CONVS
def test_gradients_agree_with_differences(conv):
    layer, weights, x, w, noise = case(conv)
    weight = normal(*noise.shape[:3], 3, seed=10)
    out = lambda x, w, weights: np.sum(ref.demodulated_layer(x, w, noise, weights, conv) * weight)  # noqa: E731
    by_x = engine.input_grad(lambda x: ops.sum(layer(x, w, noise) * weight), ops.convert_to_tensor(x))
    by_w = engine.input_grad(lambda w: ops.sum(layer(x, w, noise) * weight), ops.convert_to_tensor(w))
    kernel = layer.affine.kernel if conv is None else layer.conv.kernel
    name = "style_kernel" if conv is None else "conv"
    _, (by_kernel,) = engine.value_and_grad(lambda: ops.sum(layer(x, w, noise) * weight), [kernel])
    for seed in range(3):
        along = [normal(*a.shape, seed=20 + seed) for a in (x, w, weights[name])]
        slopes = [
            ref.slope(lambda a: out(a, w, weights), x, along[0]),
            ref.slope(lambda a: out(x, a, weights), w, along[1]),
            ref.slope(lambda a: out(x, w, {**weights, name: a}), weights[name], along[2]),
        ]
        for grad, direction, expected in zip((by_x, by_w, by_kernel), along, slopes, strict=True):
            np.testing.assert_allclose(np.sum(array(grad) * direction), expected, rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("jit", [False, True])
def test_the_gradient_of_a_gradient_agrees_with_differences(jit):
    """As path length regularisation needs it: the length of the slope by w, and its gradient by the kernel."""
    layer, _, x, w, noise = case("up")
    weight = normal(*noise.shape[:3], 3, seed=10)
    kernel = layer.conv.kernel

    def length():
        slope = engine.input_grad(lambda w: ops.sum(layer(x, w, noise) * weight), ops.convert_to_tensor(w))
        return ops.sum(ops.square(slope))

    twice = engine.compile_function(lambda: engine.value_and_grad(length, [kernel]), [kernel], jit=jit)
    start, direction, step = array(kernel), normal(*kernel.shape, seed=5), 1e-2
    value, (grad,) = twice()
    sides = []
    for sign in (1, -1):
        kernel.assign(start + sign * step * direction)
        sides.append(float(array(twice()[0])))
    assert float(array(value)) > 1
    assert np.sum(array(grad) * direction) == pytest.approx((sides[0] - sides[1]) / (2 * step), rel=2e-2)


def test_compiled_with_xla_it_is_the_same():
    layer, weights, x, w, noise = case("up")
    variables = layer.trainable_variables
    compiled = engine.compile_function(lambda x, w, noise: layer(x, w, noise), variables, jit=True)
    close(compiled(x, w, noise), ref.demodulated_layer(x, w, noise, weights, "up"))


def test_bfloat16_maps_stay_bfloat16():
    layer, weights, x, w, noise = case("same")
    out = layer(ops.cast(x, "bfloat16"), ops.convert_to_tensor(w), ops.convert_to_tensor(noise))
    assert keras.backend.standardize_dtype(out.dtype) == "bfloat16"
    close(ops.cast(out, "float32"), ref.demodulated_layer(x, w, noise, weights, "same"), tolerance=0.05)


# ---------------------------------------------------------------- the setting


def test_the_setting_decides_the_layers_and_nothing_else_of_the_network():
    adain, demodulated = (Generator(make_config("smoke", synthesis=kind)) for kind in ("adain", "demodulated"))
    assert Config().synthesis == "adain"
    assert {type(layer) for layer in adain.synthesis.styled} == {SynthesisLayer}
    assert {type(layer) for layer in demodulated.synthesis.styled} == {DemodulatedLayer}
    assert adain.num_styles == demodulated.num_styles
    ours, theirs = ({v.path: array(v) for v in net.trainable_variables} for net in (demodulated, adain))
    shared = set(ours) & set(theirs)
    assert all(np.array_equal(ours[name], theirs[name]) for name in shared)  # the same random start
    assert {name.split("/")[-2] for name in set(ours) ^ set(theirs)} == {"affine"}


def test_generators_from_before_this_setting_are_adain():
    for name in shipped():
        arrays, header = read_generator(name)
        assert "synthesis/styled4_0/adain/affine/kernel" in arrays
        assert Config.from_json(header["config"]).synthesis == "adain"
