"""Each layer against the plain NumPy reference: values, gradients, edges, odd sizes."""

from oasis_helpers import engine
from oasis_helpers.networks import layers
from oasis_helpers.networks.convolution import EqualizedConv2D
from oasis_helpers.networks.synthesis import SynthesisLayer

import keras
import numpy as np
import pytest
from helpers import reference as ref
from helpers.reference import normal, randomise
from keras import ops

array = engine.to_numpy


def close(actual, expected, tolerance=2e-5):
    np.testing.assert_allclose(array(actual), expected, rtol=tolerance, atol=tolerance)


def tensor(x, dtype="float32"):
    return ops.convert_to_tensor(np.asarray(x, dtype))


# ---------------------------------------------------------------- functions without weights


def test_leaky_relu_keeps_a_fifth_of_what_is_negative():
    close(layers.leaky_relu(tensor([-10.0, 0.0, 3.0])), [-2.0, 0.0, 3.0])


@pytest.mark.parametrize("batch", [1, 3])
def test_pixel_norm_makes_the_mean_square_one(batch):
    z = normal(batch, 17, scale=5)
    out = layers.pixel_norm(tensor(z))
    close(out, ref.pixel_norm(z))
    close(np.mean(array(out) ** 2, axis=-1), np.ones(batch))


def test_pixel_norm_has_epsilon_1e_8_under_the_root():
    # A vector whose mean square is 1e-8 itself: half of the sum under the root is epsilon.
    close(layers.pixel_norm(tensor(np.full((1, 4), 1e-4))), np.full((1, 4), 0.5**0.5))
    close(layers.pixel_norm(tensor(np.zeros((1, 4)))), np.zeros((1, 4)))


@pytest.mark.parametrize("shape", [(1, 4, 4, 3), (3, 5, 2, 1)])
def test_instance_norm_gives_every_map_mean_0_and_variance_1(shape):
    x = normal(*shape, scale=3) + 2
    out = layers.instance_norm(tensor(x))
    close(out, ref.instance_norm(x))
    close(array(out).mean((1, 2)), np.zeros((shape[0], shape[3])))
    close(array(out).var((1, 2)), np.ones((shape[0], shape[3])))


def test_instance_norm_has_epsilon_1e_8_under_the_root():
    x = np.array([1e-4, -1e-4, 1e-4, -1e-4]).reshape(1, 2, 2, 1)
    close(layers.instance_norm(tensor(x)), np.sign(x) * 0.5**0.5)


@pytest.mark.parametrize("size", [1e3, 6e4])
def test_instance_norm_of_float16_is_computed_in_float32(size):
    x = np.clip(np.random.default_rng(0).uniform(-size, size, (2, 8, 8, 3)), -65000, 65000).astype("float16")
    out = layers.instance_norm(tensor(x, "float16"))
    assert keras.backend.standardize_dtype(out.dtype) == "float16"
    close(out, ref.instance_norm(x.astype("float64")), tolerance=2e-3)


def test_instance_norm_of_a_small_float16_map_is_not_lost_below_its_steps():
    x = (np.sign(normal(1, 8, 8, 1)) * 2e-4).astype("float16")  # the square, 4e-8, is below what float16 can hold
    close(layers.instance_norm(tensor(x, "float16")), ref.instance_norm(x.astype("float64")), tolerance=2e-3)


def test_upsample_repeats_every_pixel():
    x = np.arange(6.0).reshape(1, 2, 3, 1)
    expected = [[0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 2, 2], [3, 3, 4, 4, 5, 5], [3, 3, 4, 4, 5, 5]]
    close(ops.squeeze(layers.upsample(tensor(x))), expected)
    x = normal(3, 2, 5, 4)
    close(layers.upsample(tensor(x)), ref.upsample(x))


def test_downsample_is_the_mean_of_four_pixels():
    x = np.arange(8.0).reshape(1, 2, 4, 1)
    close(ops.squeeze(layers.downsample(tensor(x))), [(0 + 1 + 4 + 5) / 4, (2 + 3 + 6 + 7) / 4])
    x = normal(3, 2, 6, 4)
    close(layers.downsample(tensor(x)), ref.downsample(x))


def test_downsample_undoes_upsample():
    x = normal(1, 4, 2, 3)
    close(layers.downsample(layers.upsample(tensor(x))), x)


@pytest.mark.parametrize("shape", [(1, 4, 4, 1), (3, 5, 2, 4)])
def test_blur_is_the_outer_product_of_1_2_1_with_zeros_outside(shape):
    x = normal(*shape)
    close(layers.blur(tensor(x)), ref.blur(x))


def test_blur_of_one_bright_pixel_is_its_own_kernel():
    x = np.zeros((1, 5, 5, 1))
    x[0, 2, 2, 0] = 16
    close(layers.blur(tensor(x))[0, 1:4, 1:4, 0], [[1, 2, 1], [2, 4, 2], [1, 2, 1]])


def test_blur_keeps_a_constant_inside_and_loses_a_quarter_at_each_border():
    out = array(layers.blur(tensor(np.full((1, 4, 6, 2), 8.0))))
    close(out[:, 1:-1, 1:-1], np.full((1, 2, 4, 2), 8.0))
    close(out[:, 0, 1:-1], np.full((1, 4, 2), 6.0))
    close(out[:, 0, 0], np.full((1, 2), 4.5))


# ---------------------------------------------------------------- minibatch standard deviation


def test_minibatch_stddev_by_hand():
    # Two groups of four, 0 2 4 6 and 1 3 5 7. The first holds 0, 0, 4, 4 (deviation 2), the second 3, 3, 3, 3.
    values = np.array([0, 3, 0, 3, 4, 3, 4, 3.0])
    x = np.broadcast_to(values[:, None, None, None], (8, 2, 3, 5))
    out = array(layers.minibatch_stddev(tensor(x), group=4))
    assert out.shape == (8, 2, 3, 6)
    close(out[..., :5], x)
    close(out[::2, ..., 5], np.full((4, 2, 3), 2.0))
    close(out[1::2, ..., 5], np.full((4, 2, 3), 1e-4), tolerance=1e-9)  # the root of epsilon


def test_minibatch_stddev_averages_the_deviations_of_pixels_and_channels():
    x = np.zeros((2, 1, 2, 2))
    x[1] = [[[2, 4], [6, 8]]]  # deviations 1, 2, 3, 4
    close(layers.minibatch_stddev(tensor(x), group=2)[..., 2], np.full((2, 1, 2), 2.5))


@pytest.mark.parametrize(
    ("batch", "group", "used"),
    [(8, 4, 4), (4, 4, 4), (12, 4, 4), (6, 4, 3), (3, 4, 3), (5, 4, 1), (2, 4, 2), (1, 4, 1)],
)
def test_minibatch_stddev_takes_the_largest_group_that_divides_the_batch(batch, group, used):
    x = normal(batch, 4, 4, 3)
    close(layers.minibatch_stddev(tensor(x), group), ref.minibatch_stddev(x, used))


def test_minibatch_stddev_groups_by_four_unless_told_otherwise():
    x = normal(8, 2, 2, 1)
    close(layers.minibatch_stddev(tensor(x)), ref.minibatch_stddev(x, 4))


def test_minibatch_stddev_of_one_image_is_the_root_of_epsilon():
    out = array(layers.minibatch_stddev(tensor(normal(1, 2, 2, 3))))
    close(out[..., 3], np.full((1, 2, 2), 1e-4), tolerance=1e-9)


def test_minibatch_stddev_of_large_float16_does_not_overflow():
    x = normal(4, 2, 2, 3, scale=1e4).astype("float16")
    out = layers.minibatch_stddev(tensor(x, "float16"))
    assert keras.backend.standardize_dtype(out.dtype) == "float16"
    close(out[..., 3], ref.minibatch_stddev(x.astype("float64"), 4)[..., 3], tolerance=2e-3)


def test_minibatch_stddev_passes_gradients_where_all_images_are_equal():
    # The root has no slope at 0; epsilon under it must keep the gradient finite.
    x = tensor(np.ones((4, 2, 2, 1)))
    grad = array(engine.input_grad(lambda x: ops.sum(layers.minibatch_stddev(x)[..., 1]), x))
    close(grad, np.zeros((4, 2, 2, 1)))


# ---------------------------------------------------------------- dense


def test_dense_equals_the_reference():
    layer = layers.EqualizedDense(3, gain=1.7, lr_multiplier=0.25)
    layer.build((None, 5))
    randomise([layer.kernel, layer.bias])
    x = normal(3, 5, seed=1)
    close(layer(tensor(x)), ref.equalized_dense(x, normal(5, 3, seed=[0, 0]), normal(3, seed=[0, 1]), 1.7, 0.25))


def test_dense_has_gain_root_2_and_multiplier_1_unless_told_otherwise():
    layer = layers.EqualizedDense(3)
    layer.build((None, 5))
    randomise([layer.kernel, layer.bias])
    x = normal(1, 5, seed=1)
    close(layer(tensor(x)), ref.equalized_dense(x, normal(5, 3, seed=[0, 0]), normal(3, seed=[0, 1])))


@pytest.mark.parametrize("multiplier", [1.0, 0.01])
def test_dense_weights_start_as_n01_divided_by_the_multiplier(multiplier):
    layer = layers.EqualizedDense(200, lr_multiplier=multiplier, seed=3)
    layer.build((None, 100))
    kernel = array(layer.kernel) * multiplier
    assert abs(kernel.mean()) < 0.03  # 20,000 draws: 4 standard errors
    assert abs(kernel.std() - 1) < 0.02
    assert 3.5 < np.abs(kernel).max() < 6.0  # not truncated, not uniform
    close(layer.bias, np.zeros(200))


def test_equal_seeds_make_equal_weights_and_others_do_not():
    kernels = []
    for seed in (5, 5, 6):
        layer = layers.EqualizedDense(4, seed=seed)
        layer.build((None, 4))
        kernels.append(array(layer.kernel))
    np.testing.assert_array_equal(kernels[0], kernels[1])
    assert np.abs(kernels[0] - kernels[2]).min() > 0


def effective(layer, n):
    """Return the weight matrix and bias that a dense layer applies."""
    bias = array(layer(tensor(np.zeros((1, n)))))
    return array(layer(tensor(np.eye(n)))) - bias, bias[0]


@pytest.mark.parametrize("multiplier", [1.0, 0.01])
def test_one_adam_step_moves_a_dense_layer_by_the_multiplier(multiplier):
    # Adam's first step is the learning rate whatever the gradient; the layer shrinks it by its multiplier.
    layer = layers.EqualizedDense(50, lr_multiplier=multiplier)
    layer.build((None, 40))
    weight, bias = effective(layer, 40)
    assert abs(weight.std() - (2 / 40) ** 0.5) < 0.02  # he_std, the same for every multiplier
    x, target = tensor(normal(8, 40, seed=1)), tensor(normal(8, 50, seed=2))
    variables = [layer.kernel, layer.bias]
    _, grads = engine.value_and_grad(lambda: ops.mean(ops.square(layer(x) - target)), variables)
    keras.optimizers.Adam(0.5, beta_1=0.0, beta_2=0.99, epsilon=1e-12).apply(grads, variables)
    moved = effective(layer, 40)
    close(np.abs(moved[0] - weight), np.full((40, 50), 0.5 * multiplier * (2 / 40) ** 0.5), tolerance=1e-5)
    close(np.abs(moved[1] - bias), np.full(50, 0.5 * multiplier), tolerance=1e-5)


# ---------------------------------------------------------------- convolution

CONVS = pytest.mark.parametrize("resample", [None, "up", "down"])


def make_conv(resample, channels=2, filters=3, **arguments):
    layer = EqualizedConv2D(filters, resample=resample, **arguments)
    layer.build((None, None, None, channels))
    randomise([layer.kernel])
    return layer, array(layer.kernel)


@CONVS
@pytest.mark.parametrize("shape", [(1, 4, 4, 2), (3, 2, 6, 2), (2, 8, 4, 1)])
def test_convolution_equals_the_two_plain_steps(resample, shape):
    layer, kernel = make_conv(resample, shape[-1])
    x = normal(*shape, seed=1)
    out = layer(tensor(x))
    assert tuple(out.shape) == layer.compute_output_shape(shape)
    close(out, ref.equalized_conv(x, kernel, resample=resample))


@CONVS
def test_convolution_takes_its_gain(resample):
    layer, kernel = make_conv(resample, gain=1.0)
    x = normal(1, 4, 4, 2, seed=1)
    close(layer(tensor(x)), ref.equalized_conv(x, kernel, gain=1.0, resample=resample))


def test_convolution_of_one_pixel_equals_the_reference():
    layer, kernel = make_conv(None, kernel_size=1)
    x = normal(3, 3, 5, 2, seed=1)
    assert kernel.shape == (1, 1, 2, 3)
    close(layer(tensor(x)), ref.equalized_conv(x, kernel))


@CONVS
def test_gradients_of_a_convolution_are_those_of_the_two_plain_steps(resample):
    layer, kernel = make_conv(resample)
    x = normal(2, 4, 2, 2, seed=1)
    out = ref.equalized_conv(x, kernel, resample=resample)
    weight = normal(*out.shape, seed=2)
    by_x = ref.jacobian(lambda x: ref.equalized_conv(x, kernel, resample=resample), x.shape).T @ weight.ravel()
    by_kernel = ref.jacobian(lambda k: ref.equalized_conv(x, k, resample=resample), kernel.shape).T @ weight.ravel()

    close(engine.input_grad(lambda x: ops.sum(layer(x) * weight), tensor(x)), by_x.reshape(x.shape))
    _, (grad,) = engine.value_and_grad(lambda: ops.sum(layer(tensor(x)) * weight), [layer.kernel])
    close(grad, by_kernel.reshape(kernel.shape), tolerance=5e-5)


@CONVS
def test_second_gradients_of_a_convolution_are_those_of_the_two_plain_steps(resample):
    # What R1 needs: |d(v . conv(x, k)) / dx|^2 = |M k|^2, and its gradient by k is 2 M'M k.
    layer, kernel = make_conv(resample)
    shape = (1, 4, 4, 2)
    v = normal(*ref.equalized_conv(np.zeros(shape), kernel, resample=resample).shape, seed=2)

    def by_x(k):
        return ref.jacobian(lambda x: ref.equalized_conv(x, k, resample=resample), shape).T @ v.ravel()

    matrix = ref.jacobian(by_x, kernel.shape)

    def penalty():
        return ops.sum(ops.square(engine.input_grad(lambda x: ops.sum(layer(x) * v), tensor(normal(*shape)))))

    value, (grad,) = engine.value_and_grad(penalty, [layer.kernel])
    close(value, np.sum((matrix @ kernel.ravel()) ** 2), tolerance=1e-4)
    close(grad, (2 * matrix.T @ matrix @ kernel.ravel()).reshape(kernel.shape), tolerance=2e-4)


def test_convolution_weights_start_as_n01():
    layer = EqualizedConv2D(60, seed=3)
    layer.build((None, 4, 4, 40))
    kernel = array(layer.kernel)
    assert kernel.shape == (3, 3, 40, 60)
    assert abs(kernel.mean()) < 0.03 and abs(kernel.std() - 1) < 0.02


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"resample": "sideways"}, "resample.*sideways"), ({"kernel_size": 1, "resample": "up"}, "kernel_size.*1")],
)
def test_convolution_rejects_what_it_cannot_do(arguments, message):
    with pytest.raises(ValueError, match=message):
        EqualizedConv2D(3, **arguments)


def test_layers_can_be_made_again_from_their_configuration():
    for layer in (
        layers.EqualizedDense(3, gain=1.0, lr_multiplier=0.5, seed=4),
        EqualizedConv2D(3, gain=1.0, resample="up", seed=4),
        EqualizedConv2D(3, kernel_size=1, seed=5),
        layers.AdaIN(seed=4),
    ):
        again = type(layer).from_config(layer.get_config())
        shapes = [(None, 4, 4, 2), (None, 6)] if isinstance(layer, layers.AdaIN) else [(None, 2)]
        shapes = [(None, 4, 4, 2)] if isinstance(layer, EqualizedConv2D) else shapes
        for each in (layer, again):
            each.build(*shapes)
        inputs = [tensor(normal(2, *shape[1:])) for shape in shapes]
        close(again(*inputs), array(layer(*inputs)))


# ---------------------------------------------------------------- bias, noise, style


def test_bias_adds_one_number_per_channel_and_starts_at_zero():
    layer, x = layers.Bias(), normal(2, 3, 5, 4)
    layer.build(x.shape)
    assert tuple(layer.bias.shape) == (4,)
    close(layer(tensor(x)), x)
    layer.bias.assign([1.0, -2.0, 0.0, 5.0])
    close(layer(tensor(x)), x + [1.0, -2.0, 0.0, 5.0])


def test_noise_starts_at_strength_zero():
    layer, x = layers.AddNoise(), normal(2, 3, 5, 4)
    layer.build(x.shape)
    close(layer(tensor(x), tensor(normal(2, 3, 5, 1, seed=1))), x)


def test_noise_is_one_map_for_all_channels_with_a_strength_for_each():
    layer, x, noise = layers.AddNoise(), normal(2, 3, 5, 4), normal(2, 3, 5, 1, seed=1)
    layer.build(x.shape)
    assert tuple(layer.strength.shape) == (4,)
    layer.strength.assign([1.0, -2.0, 0.0, 5.0])
    added = array(layer(tensor(x), tensor(noise))) - x
    for channel, strength in enumerate([1.0, -2.0, 0.0, 5.0]):
        close(added[..., channel], strength * noise[..., 0])


def make_adain(x, w_dim=6):
    layer = layers.AdaIN(seed=1)
    layer.build(x.shape, (None, w_dim))
    return layer


@pytest.mark.parametrize("shape", [(1, 4, 4, 3), (3, 2, 5, 2)])
def test_adain_scales_by_style_plus_1_and_shifts(shape):
    x, w = normal(*shape, scale=3) + 1, normal(shape[0], 6, seed=1)
    layer = make_adain(x)
    randomise([layer.affine.kernel, layer.affine.bias])
    kernel, bias = array(layer.affine.kernel), array(layer.affine.bias)
    assert kernel.shape == (6, 2 * shape[3])
    close(layer(tensor(x), tensor(w)), ref.adain(x, w, kernel, bias))


def test_adain_starts_at_scale_1_and_shift_0():
    x = normal(2, 4, 4, 3)
    layer = make_adain(x)
    close(layer.affine.bias, np.zeros(6))
    close(layer(tensor(x), tensor(np.zeros((2, 6)))), ref.instance_norm(x))


def test_adain_bias_is_the_style():
    x = normal(1, 4, 4, 2)
    layer = make_adain(x)
    layer.affine.kernel.assign(np.zeros((6, 4)))
    layer.affine.bias.assign([1.0, -1.0, 10.0, 20.0])  # scales 2 and 0, shifts 10 and 20
    out = array(layer(tensor(x), tensor(normal(1, 6))))
    close(out[..., 0], ref.instance_norm(x)[..., 0] * 2 + 10)
    close(out[..., 1], np.full((1, 4, 4), 20.0))


def test_adain_of_float16_features_stays_float16_and_finite():
    x, w = normal(2, 4, 4, 3, scale=1e4).astype("float16"), normal(2, 6, seed=1)
    layer = make_adain(x)
    kernel, bias = array(layer.affine.kernel), array(layer.affine.bias)
    out = ops.cast(layer.call(tensor(x, "float16"), tensor(w)), "float32")
    close(out, ref.adain(x, w, kernel, bias), tolerance=1e-2)


# ---------------------------------------------------------------- the styled layer: the order of operations


def synthesis_case(conv, batch=2):
    layer = SynthesisLayer(3, conv, w_dim=6)
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
        "style_kernel": array(layer.adain.affine.kernel),
        "style_bias": array(layer.adain.affine.bias),
    }
    return layer, weights, x, w, noise


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("conv", [None, "same", "up"])
def test_a_styled_layer_works_in_the_order_of_the_paper(conv, batch):
    layer, weights, x, w, noise = synthesis_case(conv, batch)
    out = layer(tensor(x), tensor(w), tensor(noise))
    close(out, ref.synthesis_layer(x, w, noise, weights, conv), tolerance=1e-4)


@pytest.mark.parametrize("conv", [None, "same", "up"])
def test_a_styled_layer_without_noise(conv):
    layer, weights, x, w, _ = synthesis_case(conv)
    close(layer(tensor(x), tensor(w)), ref.synthesis_layer(x, w, None, weights, conv), tolerance=1e-4)


@pytest.mark.parametrize("conv", ["same", "up"])
def test_the_gradient_of_a_styled_layer_agrees_with_differences(conv):
    layer, weights, x, w, noise = synthesis_case(conv)
    weight = normal(*noise.shape[:3], 3, seed=10)
    grad = engine.input_grad(lambda x: ops.sum(layer(x, tensor(w), tensor(noise)) * weight), tensor(x))
    for seed in range(3):
        direction = normal(*x.shape, seed=20 + seed)
        expected = ref.slope(
            lambda x: np.sum(ref.synthesis_layer(x, w, noise, weights, conv) * weight), x, direction, step=1e-6
        )
        close(np.sum(array(grad) * direction), expected, tolerance=2e-3)
