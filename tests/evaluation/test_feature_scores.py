"""Each metric of features against a value found in another way: a closed form, a loop, another package."""

import importlib
import math
import tracemalloc

from oasis_helpers.errors import UserError
from oasis_helpers.evaluation.scores import (
    FrechetScore,
    KidScore,
    PrecisionScore,
    RecallScore,
    frechet,
    kid,
    pairs,
    precision,
    recall,
)

import numpy as np
import pytest
import scipy.linalg

kid_module = importlib.import_module("oasis_helpers.evaluation.scores.kid")  # the folder's own `kid` is the function
precision_module = importlib.import_module("oasis_helpers.evaluation.scores.precision")


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


# ---------------------------------------------------------------- Fréchet


def test_frechet_equals_the_formula_with_scipys_matrix_root():
    a, b = normal(300, 6) @ normal(6, 6, seed=1), normal(200, 6, seed=2) @ normal(6, 6, seed=3) + 0.5
    ca, cb = np.cov(a.T), np.cov(b.T)
    root = scipy.linalg.sqrtm(ca @ cb).real
    expected = np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(ca + cb - 2 * root)
    assert frechet(a, b) == pytest.approx(expected, rel=1e-9)
    assert frechet(b, a) == pytest.approx(expected, rel=1e-9)


def test_frechet_of_round_normal_distributions_is_known():
    x = normal(400, 5)
    x -= x.mean(0)
    x = x @ np.linalg.inv(np.linalg.cholesky(np.cov(x.T))).T  # mean 0 and covariance 1 to the last digit
    s, t, shift = np.array([1, 2, 3, 4, 5]), np.array([2, 2, 1, 0, 7]), np.array([0, 1, 0, 2, 0])
    assert frechet(s * x, t * x[::-1] + shift) == pytest.approx(np.sum((s - t) ** 2) + 5, rel=1e-12)


def test_frechet_holds_where_features_are_more_than_rows():
    few = 1000 * normal(6, 300)
    assert frechet(few, few[::-1]) <= 1e-12 * np.sum(few**2)
    assert frechet(few, few + 1) == pytest.approx(300, rel=1e-6)
    a, b = np.zeros((9, 40)), np.zeros((9, 40))
    a[:, 0], b[:, 1] = normal(9), normal(9, seed=1)  # each varies where the other does not
    expected = np.mean(a[:, 0]) ** 2 + np.mean(b[:, 1]) ** 2 + np.var(a[:, 0], ddof=1) + np.var(b[:, 1], ddof=1)
    assert frechet(a, b) == pytest.approx(expected, rel=1e-12)


def test_frechet_is_never_below_zero():
    """Its terms cancel for equal sets, but for rounding to either side."""
    assert min(frechet(normal(20, 5, seed=seed), normal(20, 5, seed=seed)) for seed in range(40)) == 0


# ---------------------------------------------------------------- KID


def mmd_by_loops(x, y):
    def kernel(p, q):
        return (sum(p * q) / len(p) + 1) ** 3

    def among(s):
        n = len(s)
        return sum(kernel(s[i], s[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))

    return among(x) + among(y) - 2 * np.mean([kernel(p, q) for p in x for q in y])


def test_kid_of_whole_sets_equals_loops(monkeypatch):
    monkeypatch.setattr(pairs, "ROWS_AT_ONCE", 4)
    x, y = normal(9, 3), normal(9, 3, seed=1) + 0.7
    distance = kid(x, y, subsets=2, size=9)
    assert distance.mean == pytest.approx(mmd_by_loops(x, y), rel=1e-10)
    assert distance.std == pytest.approx(0, abs=1e-10)
    assert kid(y, x, subsets=1, size=9).mean == pytest.approx(distance.mean, rel=1e-10)


def test_kid_of_subsets_equals_loops_over_these():
    x, y = normal(12, 3), normal(10, 3, seed=1)
    rng = np.random.default_rng(4)
    in_x, in_y = (kid_module._subsets(rng, n, 6, 4) for n in (12, 10))
    assert (in_x.sum(1) == 4).all() and len(np.unique(in_x, axis=0)) > 3
    values = [mmd_by_loops(x[a > 0], y[b > 0]) for a, b in zip(in_x, in_y, strict=True)]
    distance = kid(x, y, subsets=6, size=4, seed=4)
    assert distance[:2] == pytest.approx((np.mean(values), np.std(values)), rel=1e-10)


def test_kid_of_one_kind_is_zero_on_average_and_of_two_kinds_is_not():
    same = [kid(normal(40, 4, seed=s), normal(40, 4, seed=s + 500)) for s in range(100)]
    means = np.array([k.mean for k in same])
    assert abs(means.mean()) < 3 * means.std() / 10 and means.min() < 0
    assert {k.size for k in same} == {20}
    assert kid(normal(40, 4), normal(40, 4, seed=1) + 1).mean > 10 * means.std()


def test_subsets_of_large_sets_have_a_thousand_rows():
    assert kid(normal(2100, 1), normal(2050, 1, seed=1), subsets=1).size == 1000
    assert kid(normal(1900, 1), normal(2050, 1, seed=1), subsets=1).size == 950


# ---------------------------------------------------------------- precision and recall


def covered_by_loops(centres, points, k):
    radii = [sorted(math.dist(p, q) for q in centres)[k] for p in centres]
    inside = [any(math.dist(p, c) <= r for c, r in zip(centres, radii, strict=True)) for p in points]
    return np.mean(inside)


@pytest.mark.parametrize("k", [1, 3])
def test_precision_and_recall_equal_loops(k, monkeypatch):
    monkeypatch.setattr(pairs, "ROWS_AT_ONCE", 7)
    real, fake = normal(30, 2), 0.5 * normal(20, 2, seed=1) + 0.8
    quality, variety = precision(real, fake, k), recall(real, fake, k)
    assert quality == covered_by_loops(real, fake, k)
    assert variety == covered_by_loops(fake, real, k)
    assert quality > variety > 0  # few kinds, each of them good


def test_precision_and_recall_at_their_ends():
    x = normal(30, 3)
    assert precision(x, x) == recall(x, x) == 1
    assert precision(x, x + 100) == recall(x, x + 100) == 0
    copies = np.repeat(x[:1], 30, axis=0)
    assert precision(x, copies) == 1 and recall(x, copies) == pytest.approx(1 / 30)


def test_equal_rows_are_at_no_distance():
    x = 10 * normal(60, 50)
    squares = precision_module.squared_distances(x, x[::-1])
    assert (np.diag(squares[:, ::-1]) == 0).all() and np.count_nonzero(squares) == 60 * 59
    alike = np.repeat(x[:12], 5, axis=0)  # more copies of each than neighbours: the balls are points
    assert precision(alike, x[:12]) == recall(x[:12], alike) == 1
    assert precision(alike, x[:12] + 1e-3) == 0


def test_precision_and_recall_do_not_depend_on_where_the_origin_is():
    real, fake = normal(40, 3), normal(30, 3, seed=1) + 1.5
    assert precision(real + 1e7, fake + 1e7) == precision(real, fake) not in (0, 1)
    assert recall(real + 1e7, fake + 1e7) == recall(real, fake) not in (0, 1)


# ---------------------------------------------------------------- rows of the reals, and many rows


SCORES = {  # each as a plain function and as one of rows of the reals
    "frechet": (frechet, FrechetScore, {}),
    "kid": (lambda real, fake, **options: kid(real, fake, **options).mean, KidScore, {"seed": 5}),
    "precision": (precision, PrecisionScore, {}),
    "recall": (recall, RecallScore, {}),
}


@pytest.mark.parametrize("name", SCORES)
def test_the_score_of_all_rows_is_the_plain_score(name):
    plain, of_rows, options = SCORES[name]
    real, fake = normal(40, 4), normal(36, 4, seed=1) + 0.4
    score = of_rows(real, fake, **options)
    assert score() == score(np.arange(40)) == plain(real, fake, **options)
    assert score(np.arange(20)) != score() == score(np.arange(40)), "a call must leave nothing behind"


@pytest.mark.parametrize("name", SCORES)
@pytest.mark.parametrize("kept", [0, 2**24])
@pytest.mark.parametrize("block", [4, 1000])
def test_scores_of_rows_are_those_of_the_features_in_these_rows(monkeypatch, name, kept, block):
    monkeypatch.setattr(pairs, "ROWS_AT_ONCE", block)
    monkeypatch.setattr(pairs, "PAIRS_KEPT", kept)
    plain, of_rows, options = SCORES[name]
    real, fake = normal(30, 4), normal(26, 4, seed=1) + 0.4
    score = of_rows(real, fake, **options)
    for rows in (np.arange(30), np.random.default_rng(2).integers(0, 30, 27), np.repeat(np.arange(8), 3)):
        expected = plain(real[rows], fake, **options)
        close = {"frechet": 1e-10, "kid": 1e-8}.get(name, 0)  # precision and recall count images
        assert score(rows) == pytest.approx(expected, rel=close, abs=0)


@pytest.mark.parametrize(("k", "subsets", "size"), [(1, 3, 5), (5, 8, 2)])
def test_options_hold_for_rows_too(k, subsets, size):
    real, fake, rows = normal(30, 3), normal(26, 3, seed=1) + 0.4, np.random.default_rng(3).integers(0, 30, 24)
    assert PrecisionScore(real, fake, k)(rows) == precision(real[rows], fake, k)
    assert RecallScore(real, fake, k)(rows) == recall(real[rows], fake, k)
    expected = kid(real[rows], fake, subsets, size, seed=2)
    assert KidScore(real, fake, subsets, size, seed=2).over_subsets(rows) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("name", ["kid", "precision", "recall"])
def test_the_matrix_of_all_pairs_of_many_rows_is_never_whole(name, monkeypatch):
    monkeypatch.setattr(pairs, "ROWS_AT_ONCE", 20)
    plain, _, options = SCORES[name]
    real, fake = normal(1500, 3), normal(1400, 3, seed=1)
    options = options | ({"subsets": 2} if name == "kid" else {})
    peaks, values = [], []
    for kept in (0, 2**24):
        monkeypatch.setattr(pairs, "PAIRS_KEPT", kept)
        tracemalloc.start()
        values.append(plain(real, fake, **options))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    whole = 8 * 1500 * 1400
    assert peaks[0] < whole / 5 and peaks[1] > whole
    assert values[0] == pytest.approx(values[1], rel=1e-9)


@pytest.mark.parametrize("name", ["kid", "precision"])
def test_few_pairs_are_computed_once(name, monkeypatch):
    calls = []
    module, function = {
        "kid": (kid_module, "cubic_kernel"),
        "precision": (precision_module, "squared_distances"),
    }[name]
    original = getattr(module, function)
    monkeypatch.setattr(module, function, lambda x, y: calls.append(len(x)) or original(x, y))
    score = SCORES[name][1](normal(30, 3), normal(26, 3, seed=1))
    score()
    first = len(calls)
    score(np.arange(10).repeat(2))
    assert len(calls) == first == {"kid": 3, "precision": 2}[name]


def test_pairs_are_kept_up_to_the_limit(monkeypatch):
    calls = []

    def difference(x, y):
        calls.append(len(x))
        return x - y.T

    monkeypatch.setattr(pairs, "ROWS_AT_ONCE", 4)
    for kept, expected in ((30, [4, 2]), (29, [2, 3])):
        monkeypatch.setattr(pairs, "PAIRS_KEPT", kept)
        x, y = np.arange(6.0)[:, None], np.arange(5.0)[:, None]
        matrix = pairs.Pairs(difference, x, y)
        assert np.array_equal(matrix[1:3], (x - y.T)[1:3])
        assert np.array_equal(matrix[np.array([5, 0, 5])], (x - y.T)[[5, 0, 5]])
        assert calls == expected
        calls.clear()


@pytest.mark.parametrize("name", SCORES)
@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([0, 1, 2, 30], "rows: expected numbers from 0 to 29, but got 0 to 30"),
        ([-1, 1, 2, 3], "rows: expected numbers from 0 to 29, but got -1 to 3"),
        ([0], r"rows: expected at least \d, but got 1"),
        ([True] * 30, "rows: expected whole numbers .* but got bool"),
        ([[0, 1], [2, 3]], r"rows: expected whole numbers .* shape \(2, 2\)"),
    ],
)
def test_rows_that_are_not_there_are_refused(name, rows, message):
    score = SCORES[name][1](normal(30, 4), normal(26, 4, seed=1))
    with pytest.raises(UserError, match=message):
        score(np.array(rows))


@pytest.mark.parametrize(("name", "least"), [("frechet", 2), ("kid", 4), ("precision", 4), ("recall", 4)])
def test_the_fewest_rows_are_enough_and_one_less_is_not(name, least):
    of_rows, real, fake = SCORES[name][1], normal(9, 2), normal(8, 2, seed=1)
    assert np.isfinite(of_rows(real[:least], fake[:least])())
    assert np.isfinite(of_rows(real, fake)(np.arange(least)))
    for too_few in ((real[: least - 1], fake), (real, fake[: least - 1])):
        with pytest.raises(UserError, match=f"expected at least {least} rows of features, but got {least - 1}"):
            of_rows(*too_few)
    with pytest.raises(UserError, match=f"rows: expected at least {least}, but got {least - 1}"):
        of_rows(real, fake)(np.arange(least - 1))
