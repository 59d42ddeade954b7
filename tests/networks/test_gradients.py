"""Gradients of every layer, by its input and by its weights, against differences of the NumPy reference in float64."""

from oasis_helpers import engine
from oasis_helpers.networks import layers
from oasis_helpers.networks.convolution import EqualizedConv2D

import numpy as np
import pytest
from helpers import reference as ref
from helpers.reference import normal, randomise, slope
from keras import ops

array = engine.to_numpy
BATCHES = pytest.mark.parametrize("batch", [1, 3])


def agree(grad, function, x, seed=20, tolerance=2e-3):
    """Assert that a gradient and the reference's slope agree along three random directions."""
    for i in range(3):
        direction = normal(*np.shape(x), seed=seed + i)
        expected = slope(function, x, direction, step=1e-6)
        np.testing.assert_allclose(np.sum(array(grad) * direction), expected, rtol=tolerance, atol=tolerance)


FUNCTIONS = {
    "leaky_relu": (layers.leaky_relu, ref.leaky_relu),
    "pixel_norm": (layers.pixel_norm, ref.pixel_norm),
    "instance_norm": (layers.instance_norm, ref.instance_norm),
    "upsample": (layers.upsample, ref.upsample),
    "downsample": (layers.downsample, ref.downsample),
    "blur": (layers.blur, ref.blur),
    "minibatch_stddev": (lambda x: layers.minibatch_stddev(x, 3), lambda x: ref.minibatch_stddev(x, len(x))),
}


@BATCHES
@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients_of_what_has_no_weights(name, batch):
    function, reference = FUNCTIONS[name]
    x = normal(batch, 4, 6, 3, scale=2)
    weight = normal(*reference(x).shape, seed=5)
    grad = engine.input_grad(lambda x: ops.sum(function(x) * weight), ops.convert_to_tensor(x))
    agree(grad, lambda x: np.sum(reference(np.asarray(x, "float64")) * weight), x)


def dense(batch):
    layer = layers.EqualizedDense(4, gain=1.3, lr_multiplier=0.5)
    return layer, [normal(batch, 5)], lambda x, k, b: ref.equalized_dense(x, k, b, 1.3, 0.5)


def bias(batch):
    return layers.Bias(), [normal(batch, 3, 5, 4)], lambda x, b: x + b


def noise(batch):
    return layers.AddNoise(), [normal(batch, 3, 5, 4), normal(batch, 3, 5, 1, seed=1)], lambda x, n, s: x + n * s


def adain(batch):
    return layers.AdaIN(), [normal(batch, 3, 5, 4), normal(batch, 6, seed=1)], ref.adain


def convolution(resample):
    def case(batch):
        layer = EqualizedConv2D(3, resample=resample)
        return layer, [normal(batch, 4, 2, 3)], lambda x, k: ref.equalized_conv(x, k, resample=resample)

    return case


LAYERS = {"dense": dense, "bias": bias, "noise": noise, "adain": adain}
LAYERS |= {f"convolution {resample}": convolution(resample) for resample in (None, "up", "down")}


@BATCHES
@pytest.mark.parametrize("name", LAYERS)
def test_gradients_of_a_layer_by_its_inputs_and_its_weights(name, batch):
    layer, inputs, reference = LAYERS[name](batch)
    layer.build(*[(None, *x.shape[1:]) for x in inputs])
    randomise(layer.trainable_variables, seed=2)
    values = [array(v) for v in layer.trainable_variables]
    tensors = [ops.convert_to_tensor(x) for x in inputs]
    weight = normal(*reference(*inputs, *values).shape, seed=5)

    def at(place, x):
        """The reference's weighted sum with one of its arguments replaced."""
        arguments = [*inputs, *values]
        arguments[place] = x
        return np.sum(reference(*[np.asarray(a, "float64") for a in arguments]) * weight)

    for i in range(len(inputs)):
        grad = engine.input_grad(lambda x, i=i: ops.sum(layer(*tensors[:i], x, *tensors[i + 1 :]) * weight), tensors[i])
        agree(grad, lambda x, i=i: at(i, x), inputs[i])
    _, grads = engine.value_and_grad(lambda: ops.sum(layer(*tensors) * weight), layer.trainable_variables)
    assert len(grads) == len(values) > 0
    for i, grad in enumerate(grads):
        agree(grad, lambda v, i=i: at(len(inputs) + i, v), values[i])


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("function", [layers.instance_norm, layers.minibatch_stddev, layers.pixel_norm])
def test_normalisations_of_short_floats_neither_overflow_nor_vanish(function, dtype):
    for scale in (3e-4, 1.0, 6e3):  # the squares of the first and last are out of float16's range
        x = normal(4, 4, 4, 3, scale=scale)
        short = ops.cast(ops.convert_to_tensor(x), dtype)
        exact = array(ops.cast(short, "float32"))
        out = array(ops.cast(function(short), "float32"))
        wanted = array(function(ops.convert_to_tensor(exact)))
        np.testing.assert_allclose(out, wanted, rtol=0.02, atol=0.02 * np.abs(wanted).max())
