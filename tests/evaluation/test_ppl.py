"""Perceptual path length of generators whose length is known."""

import math

from oasis_helpers.errors import UserError
from oasis_helpers.evaluation.scores import ppl
from oasis_helpers.evaluation.scores.ppl import path_length
from oasis_helpers.sampling.latents import slerp

import numpy as np
import pytest


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def squared(first, second):
    return np.sum((first - second) ** 2, axis=1)


def flat(images):
    return images.reshape(len(images), -1)


def linear(matrix):
    return lambda w: flat(w @ matrix)[:, :16].reshape(-1, 4, 4)


def test_path_length_of_a_linear_generator_is_that_of_its_slope():
    start, end, matrix, look = normal(150, 3, 5), normal(150, 3, 5, seed=1), normal(5, 8, seed=2), normal(16, 4, seed=3)
    length = path_length(linear(matrix), lambda p: flat(p) @ look, start, end, distance=squared)
    expected = squared(flat(linear(matrix)(end)) @ look, flat(linear(matrix)(start)) @ look)
    assert length.mean == pytest.approx(ppl.trim(expected).mean(), rel=1e-6)
    assert (length.kept, length.still) == (148, 0)


def test_path_length_on_the_sphere_is_the_squared_angle():
    z = normal(2, 40, 16)
    z *= 4 / np.linalg.norm(z, axis=-1, keepdims=True)
    angles = np.arccos(np.sum(z[0] * z[1], axis=1) / 16)
    length = path_length(lambda z: z.reshape(-1, 4, 4), flat, *z, space="z", distance=squared)
    assert length.mean == pytest.approx(ppl.trim(16 * angles**2).mean(), rel=1e-6)
    unit = path_length(lambda z: z.reshape(-1, 4, 4), flat, *(7 * z), space="z")  # the features' length is lost
    assert unit.mean == pytest.approx(ppl.trim(angles**2).mean(), rel=1e-6)


def test_walks_pass_through_both_ends():
    a, b = normal(5, 4), 3 * normal(5, 4, seed=1)
    for walk in (ppl.lerp, slerp):
        np.testing.assert_allclose(walk(a, b, np.zeros(5)), a)
        np.testing.assert_allclose(walk(a, b, np.ones(5)), b)
        np.testing.assert_allclose(walk(a, a, np.full(5, 0.3)), a)
    halfway = slerp(np.array([[2.0, 0]]), np.array([[0, 4.0]]), np.array([0.5]))
    np.testing.assert_allclose(halfway, [[3 * math.sqrt(0.5)] * 2])


def test_the_way_end_starts_at_the_start_and_full_anywhere():
    start, end = normal(8, 16), normal(8, 16, seed=1)
    seen = []
    for way in ("end", "full"):
        path_length(lambda w: seen.append(w) or w.reshape(-1, 4, 4), flat, start, end, way=way)
    assert np.array_equal(seen[0][:8], start) and np.allclose(seen[0][8:], start + 1e-4 * (end - start))
    share = (seen[1][:8] - start) / (end - start)
    assert np.ptp(share, axis=1).max() < 1e-9 and 0 <= share.min() < 0.5 < share.max() < 1


def test_places_on_the_way_are_spread_evenly_and_follow_from_the_seed():
    def places(seed):
        seen = []
        ends = np.zeros((400, 16)), np.ones((400, 16))
        path_length(lambda w: seen.append(w) or w.reshape(-1, 4, 4), flat, *ends, batch=400, seed=seed)
        return seen[0][:400, 0]

    t = np.sort(places(1))
    assert np.abs(t - np.arange(400) / 400).max() < 0.08  # chance alone: beyond it once in a hundred times
    assert np.array_equal(places(1), places(1)) and not np.isclose(places(1), places(2)).any()


def test_the_tails_are_cut():
    assert np.array_equal(ppl.trim(np.arange(200)[::-1]), np.arange(198, 0, -1))
    assert len(ppl.trim(np.arange(20))) == 20  # fewer than 100 have no tails


def test_float32_is_enough_and_grey_values_are_not():
    start, end, matrix = normal(200, 1, 30), normal(200, 1, 30, seed=1), normal(30, 16, seed=2) / 6
    exact = path_length(linear(matrix), flat, start, end, distance=squared).mean
    single = path_length(lambda w: linear(matrix.astype("f4"))(w.astype("f4")), flat, start, end, distance=squared)
    assert single.mean == pytest.approx(exact, rel=1e-2) and single.still == 0
    rounded = path_length(lambda w: np.rint(127 * linear(matrix)(w)) / 127, flat, start, end, distance=squared)
    assert rounded.still > 100 and not 0.5 < rounded.mean / exact < 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"space": "x"}, "space: expected one of w, z, but got 'x'"),
        ({"way": "half"}, "way: expected one of full, end, but got 'half'"),
        ({"epsilon": 0}, "epsilon: .*0"),
        ({"end": normal(3, 16)}, r"end: .*\(4, 16\) and \(3, 16\)"),
        ({"start": normal(4, 2, 8), "end": normal(4, 2, 8), "space": "z"}, r"start: expected z .*\(4, 2, 8\)"),
        ({"draw": lambda w: w.reshape(-1, 4, 4).astype("uint8")}, "draw: .*uint8"),
        ({"draw": lambda w: w.reshape(-1, 4, 4).astype("float16")}, "draw: .*float16"),
        ({"draw": lambda w: w[1:].reshape(-1, 4, 4)}, "draw: expected 8 images, .*7"),
        ({"batch": 0}, "batch: .*0"),
    ],
)
def test_bad_path_arguments_are_one_clear_line(options, message):
    good = {"draw": lambda w: w.reshape(-1, 4, 4), "features": flat, "start": normal(4, 16), "end": normal(4, 16)}
    with pytest.raises(UserError, match=message) as caught:
        path_length(**{**good, **options})
    assert "\n" not in str(caught.value)
