"""The losses against NumPy, and the penalties on critics whose gradient is known."""

import dataclasses

from oasis_helpers import engine
from oasis_helpers.config import Config, make_config
from oasis_helpers.training import losses

import keras
import numpy as np
import pytest
from helpers import reference as ref
from helpers.reference import normal
from keras import ops

array = engine.to_numpy
SHAPE = (3, 4, 2, 1)  # images; not square, so that no axis can stand for another


def close(actual, expected, tolerance=1e-5):
    np.testing.assert_allclose(array(actual), expected, rtol=tolerance, atol=tolerance)


def length(x):
    return np.sqrt(np.sum(x**2, axis=(1, 2, 3)))


# ---------------------------------------------------------------- logistic and WGAN


@pytest.mark.parametrize("batch", [1, 5])
def test_logistic_losses_equal_the_formula(batch):
    real, fake = normal(batch, scale=3), normal(batch, seed=1, scale=3)
    close(losses.logistic_d(real, fake), np.mean(ref.softplus(-real)) + np.mean(ref.softplus(fake)))
    close(losses.logistic_g(fake), np.mean(ref.softplus(-fake)))


@pytest.mark.parametrize("smoothing", [0.1, 0.5])
def test_smoothed_labels_are_the_cross_entropy_with_reals_called_a_little_false(smoothing):
    real, fake = normal(5, scale=3), normal(5, seed=1, scale=3)
    for_reals = (1 - smoothing) * ref.softplus(-real) + smoothing * ref.softplus(real)
    close(losses.logistic_d(real, fake, smoothing), np.mean(for_reals) + np.mean(ref.softplus(fake)))


def test_logistic_losses_of_an_undecided_critic():
    zero = np.zeros(4, "float32")
    close(losses.logistic_d(zero, zero), 2 * np.log(2))
    close(losses.logistic_g(zero), np.log(2))


def test_relativistic_losses_compare_each_real_with_its_fake():
    real, fake = normal(5, scale=3), normal(5, seed=1, scale=3)
    close(losses.relativistic_d(real, fake), np.mean(ref.softplus(fake - real)))
    close(losses.relativistic_g(real, fake), np.mean(ref.softplus(real - fake)))
    close(losses.relativistic_d(real, real), np.log(2))
    assert float(array(losses.relativistic_d(real, fake[::-1]))) != pytest.approx(
        float(array(losses.relativistic_d(real, fake))), rel=1e-3
    )  # pairs, not means


def test_the_generator_loss_does_not_saturate():
    # Where the critic is sure that an image is false, the loss still rises by 1 for each unit of the logit.
    grad = engine.input_grad(losses.logistic_g, ops.convert_to_tensor([-30.0]))
    close(grad, [-1.0])
    close(losses.logistic_g(ops.convert_to_tensor([-200.0])), 200.0)


def test_wgan_losses_equal_the_formula():
    real, fake = normal(5, scale=3), normal(5, seed=1, scale=3)
    expected = np.mean(fake) - np.mean(real) + 0.25 * np.mean(real**2)
    close(losses.wgan_d(real, fake, drift=0.25), expected)
    close(losses.wgan_g(fake), -np.mean(fake))


def test_drift_is_a_thousandth_unless_told_otherwise_and_on_reals_only():
    hundred, zero = ops.full((2,), 100.0), ops.zeros((2,))
    close(losses.wgan_d(hundred, zero), -100 + 1e-3 * 100**2)
    close(losses.wgan_d(zero, hundred), 100.0)


# ---------------------------------------------------------------- R1


def test_r1_of_a_linear_critic_is_the_squared_length_of_its_slope():
    slope = normal(*SHAPE[1:])

    def critic(x):
        return ops.sum(x * slope, axis=(1, 2, 3)) + 7.0

    close(losses.r1_penalty(critic, ops.convert_to_tensor(normal(*SHAPE, seed=1))), np.sum(slope**2))


def test_r1_of_a_quadratic_critic_is_the_mean_over_images():
    x = normal(*SHAPE) * np.array([1, 2, 3], "float32")[:, None, None, None]

    def critic(x):
        return 1.5 * ops.sum(ops.square(x), axis=(1, 2, 3))  # slope 3 x

    close(losses.r1_penalty(critic, ops.convert_to_tensor(x)), np.mean(9 * length(x) ** 2))


@pytest.mark.parametrize("batch", [1, 3])
def test_r1_can_be_differentiated_by_the_weights_of_the_critic(batch):
    # D(x) = sum w x^2 / 2 has slope w x; the penalty is mean sum (w x)^2, its gradient by w is 2 w mean x^2.
    x, w = normal(batch, *SHAPE[1:]), normal(*SHAPE[1:], seed=1)
    weight = keras.Variable(w)

    def critic(x):
        return ops.sum(weight * ops.square(x), axis=(1, 2, 3)) / 2

    value, (grad,) = engine.value_and_grad(lambda: losses.r1_penalty(critic, ops.convert_to_tensor(x)), [weight])
    close(value, np.mean(np.sum((w * x) ** 2, axis=(1, 2, 3))))
    close(grad, 2 * w * np.mean(x**2, axis=0))


# ---------------------------------------------------------------- WGAN-GP


def test_gradient_penalty_of_a_linear_critic_is_its_distance_from_slope_1():
    slope = normal(*SHAPE[1:])

    def critic(x):
        return ops.sum(x * slope, axis=(1, 2, 3))

    real, fake, mix = normal(*SHAPE), normal(*SHAPE, seed=1), np.full((3, 1, 1, 1), 0.5, "float32")
    value = losses.gradient_penalty(critic, *map(ops.convert_to_tensor, (real, fake, mix)))
    close(value, (np.sqrt(np.sum(slope**2)) - 1) ** 2)


def test_gradient_penalty_is_taken_between_reals_and_fakes():
    def critic(x):
        return ops.sum(ops.square(x), axis=(1, 2, 3)) / 2  # slope x

    real, fake = normal(*SHAPE), normal(*SHAPE, seed=1, scale=3)
    mix = np.array([0.0, 0.3, 1.0], "float32")[:, None, None, None]
    value = losses.gradient_penalty(critic, *map(ops.convert_to_tensor, (real, fake, mix)))
    close(value, np.mean((length((1 - mix) * real + mix * fake) - 1) ** 2))


def test_gradient_penalty_can_be_differentiated_by_the_weights_of_the_critic():
    # D(x) = w |x|^2 / 2: the penalty is mean (w |x| - 1)^2, its gradient by w is mean 2 (w |x| - 1) |x|.
    x, mix, weight = normal(*SHAPE), np.zeros((3, 1, 1, 1), "float32"), keras.Variable(0.7)

    def penalty():
        return losses.gradient_penalty(
            lambda x: weight * ops.sum(ops.square(x), axis=(1, 2, 3)) / 2, *map(ops.convert_to_tensor, (x, x, mix))
        )

    _, (grad,) = engine.value_and_grad(penalty, [weight])
    close(grad, np.mean(2 * (0.7 * length(x) - 1) * length(x)))


def test_gradient_penalty_of_a_flat_critic_is_finite():
    weight, x = keras.Variable(0.0), ops.convert_to_tensor(normal(*SHAPE))
    mix = ops.zeros((3, 1, 1, 1))

    def penalty():
        return losses.gradient_penalty(lambda x: weight * ops.sum(x, axis=(1, 2, 3)), x, x, mix)

    value, (grad,) = engine.value_and_grad(penalty, [weight])
    close(value, 1.0)
    assert np.isfinite(array(grad))


# ---------------------------------------------------------------- losses by name


def test_there_is_a_loss_for_each_choice_of_the_configuration_and_no_other():
    (field,) = (field for field in dataclasses.fields(Config) if field.name == "loss")
    assert set(losses.LOSSES) == set(field.metadata["choices"])
    for name, kind in losses.LOSSES.items():
        config = make_config("smoke", loss=name)
        assert kind.name == name and kind(config).config is config


def terms(name, **changes):
    """D's and G's loss by name, of logits that are given, with the configuration's weights."""
    real, fake = normal(5, scale=3), normal(5, seed=1, scale=3)
    loss = losses.LOSSES[name](make_config("smoke", loss=name, **changes))
    return real, fake, loss.d(real, fake), loss.g(real if loss.in_pairs else None, fake)


def test_each_loss_by_name_is_its_formula_with_the_weights_of_the_configuration():
    real, fake, d, g = terms("logistic", label_smoothing=0.25)
    close(d, array(losses.logistic_d(real, fake, 0.25)))
    close(g, array(losses.logistic_g(fake)))
    real, fake, d, g = terms("relativistic")
    close(d, array(losses.relativistic_d(real, fake)))
    close(g, array(losses.relativistic_g(real, fake)))
    real, fake, d, g = terms("wgan-gp", wgan_drift=0.5)
    close(d, array(losses.wgan_d(real, fake, 0.5)))
    close(g, array(losses.wgan_g(fake)))


def test_a_critic_is_sure_of_reals_and_in_pairs_of_reals_before_fakes():
    real, fake = normal(5), normal(5, seed=1)
    for name, sure in (("logistic", real), ("relativistic", real - fake), ("wgan-gp", real)):
        close(losses.LOSSES[name](make_config("smoke", loss=name)).sureness(real, fake), sure)
