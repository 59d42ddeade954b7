"""Each metric of features against a value found in another way: a closed form, a loop, another package."""

import math

from oasis_helpers.errors import UserError
from oasis_helpers.evaluation.scores import distances
from oasis_helpers.evaluation.scores.resampling import Resamples

import numpy as np
import pytest
import scipy.linalg


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


# ---------------------------------------------------------------- Frechet


def test_frechet_equals_the_formula_with_scipys_matrix_root():
    a, b = normal(300, 6) @ normal(6, 6, seed=1), normal(200, 6, seed=2) @ normal(6, 6, seed=3) + 0.5
    ca, cb = np.cov(a.T), np.cov(b.T)
    root = scipy.linalg.sqrtm(ca @ cb).real
    expected = np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(ca + cb - 2 * root)
    assert distances.frechet(a, b) == pytest.approx(expected, rel=1e-9)
    assert distances.frechet(b, a) == pytest.approx(expected, rel=1e-9)


def test_frechet_of_round_normal_distributions_is_known():
    x = normal(400, 5)
    x -= x.mean(0)
    x = x @ np.linalg.inv(np.linalg.cholesky(np.cov(x.T))).T  # mean 0 and covariance 1 to the last digit
    s, t, shift = np.array([1, 2, 3, 4, 5]), np.array([2, 2, 1, 0, 7]), np.array([0, 1, 0, 2, 0])
    assert distances.frechet(s * x, t * x[::-1] + shift) == pytest.approx(np.sum((s - t) ** 2) + 5, rel=1e-12)


def test_frechet_holds_where_features_are_more_than_rows():
    few = 1000 * normal(6, 300)
    assert distances.frechet(few, few[::-1]) <= 1e-12 * np.sum(few**2)
    assert distances.frechet(few, few + 1) == pytest.approx(300, rel=1e-6)
    a, b = np.zeros((9, 40)), np.zeros((9, 40))
    a[:, 0], b[:, 1] = normal(9), normal(9, seed=1)  # each varies where the other does not
    expected = np.mean(a[:, 0]) ** 2 + np.mean(b[:, 1]) ** 2 + np.var(a[:, 0], ddof=1) + np.var(b[:, 1], ddof=1)
    assert distances.frechet(a, b) == pytest.approx(expected, rel=1e-12)


# ---------------------------------------------------------------- KID


def mmd_by_loops(x, y):
    def kernel(p, q):
        return (sum(p * q) / len(p) + 1) ** 3

    def among(s):
        n = len(s)
        return sum(kernel(s[i], s[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))

    return among(x) + among(y) - 2 * np.mean([kernel(p, q) for p in x for q in y])


def test_kid_of_whole_sets_equals_loops(monkeypatch):
    monkeypatch.setattr(distances, "BLOCK", 4)
    x, y = normal(9, 3), normal(9, 3, seed=1) + 0.7
    found = distances.kid(x, y, subsets=2, size=9)
    assert found.mean == pytest.approx(mmd_by_loops(x, y), rel=1e-10)
    assert found.std == pytest.approx(0, abs=1e-10)
    assert distances.kid(y, x, subsets=1, size=9).mean == pytest.approx(found.mean, rel=1e-10)


def test_kid_of_subsets_equals_loops_over_these():
    x, y = normal(12, 3), normal(10, 3, seed=1)
    rng = np.random.default_rng(4)
    in_x, in_y = (distances._choices(rng, n, 6, 4) for n in (12, 10))
    assert (in_x.sum(1) == 4).all() and len(np.unique(in_x, axis=0)) > 3
    values = [mmd_by_loops(x[a > 0], y[b > 0]) for a, b in zip(in_x, in_y, strict=True)]
    found = distances.kid(x, y, subsets=6, size=4, seed=4)
    assert found[:2] == pytest.approx((np.mean(values), np.std(values)), rel=1e-10)


def test_kid_of_one_kind_is_zero_on_average_and_of_two_kinds_is_not():
    same = [distances.kid(normal(40, 4, seed=s), normal(40, 4, seed=s + 500)) for s in range(100)]
    means = np.array([k.mean for k in same])
    assert abs(means.mean()) < 3 * means.std() / 10 and means.min() < 0
    assert {k.size for k in same} == {20}
    assert distances.kid(normal(40, 4), normal(40, 4, seed=1) + 1).mean > 10 * means.std()


# ---------------------------------------------------------------- precision and recall


def covered_by_loops(centres, points, k):
    radii = [sorted(math.dist(p, q) for q in centres)[k] for p in centres]
    inside = [any(math.dist(p, c) <= r for c, r in zip(centres, radii, strict=True)) for p in points]
    return np.mean(inside)


@pytest.mark.parametrize("k", [1, 3])
def test_precision_and_recall_equal_loops(k, monkeypatch):
    monkeypatch.setattr(distances, "BLOCK", 7)
    real, fake = normal(30, 2), 0.5 * normal(20, 2, seed=1) + 0.8
    precision, recall = distances.precision(real, fake, k), distances.recall(real, fake, k)
    assert precision == covered_by_loops(real, fake, k)
    assert recall == covered_by_loops(fake, real, k)
    assert precision > recall > 0  # few kinds, each of them good


def test_precision_and_recall_at_their_ends():
    x = normal(30, 3)
    assert distances.precision(x, x) == distances.recall(x, x) == 1
    assert distances.precision(x, x + 100) == distances.recall(x, x + 100) == 0
    copies = np.repeat(x[:1], 30, axis=0)
    assert distances.precision(x, copies) == 1 and distances.recall(x, copies) == pytest.approx(1 / 30)


@pytest.mark.parametrize("block", [4, 1000])
def test_scores_of_resamples_are_those_of_the_rows_themselves(monkeypatch, block):
    monkeypatch.setattr(distances, "BLOCK", block)
    x, y = normal(30, 4), normal(26, 4, seed=1) + 0.4
    resamples = Resamples(x, y, seed=5)
    for rows in (np.arange(30), np.random.default_rng(2).integers(0, 30, 27), np.repeat(np.arange(8), 3)):
        reals = x[rows]
        assert resamples.frechet(rows) == pytest.approx(distances.frechet(reals, y), rel=1e-10)
        assert resamples.kid(rows) == pytest.approx(distances.kid(reals, y, seed=5).mean, rel=1e-8)
        assert resamples.precision(rows) == distances.precision(reals, y)
        assert resamples.recall(rows) == distances.recall(reals, y)
    with pytest.raises(UserError, match="real: expected at least 4 rows"):
        Resamples(x[:3], y)
