"""Distances between two sets of features: Frechet, KID, precision and recall (notebook 07).

Features are rows (n, d), one per picture, from whatever extractor; both sets from the same one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from oasis_helpers.errors import check_whole
from oasis_helpers.evaluation.inputs import check_two_features

import numpy as np

BLOCK = 1000  # rows of a matrix of all pairs at a time: with 2,000 columns 16 MB
ROUNDING = 1e-12  # of the squared lengths of two rows: below it their squared distance is nothing but rounding


# ---------------------------------------------------------------- Frechet


def frechet(real: np.ndarray, fake: np.ndarray) -> float:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), of the means and covariances (Heusel et al. 2017, eq. 6).

    It is the squared distance of two normal distributions, and too high where rows are few. The covariances divide
    by n - 1.

    Args:
        real: (n, d), at least two rows.
        fake: (m, d), at least two rows.

    Raises:
        UserError: features of the wrong shape, not finite, or fewer than two.
    """
    real, fake = check_two_features(real, fake, least=2)
    a, b = _root(real), _root(fake)
    gap = real.mean(axis=0) - fake.mean(axis=0)
    # With C1 = a'a and C2 = b'b the eigenvalues of C1^(1/2) C2 C1^(1/2) are the squares of the singular values of
    # ab'. So no root of a matrix is taken, nor of an eigenvalue that is 0 but for rounding: it holds for n < d too.
    overlap = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    return max(0.0, float(np.sum(gap**2) + np.sum(a**2) + np.sum(b**2) - 2 * overlap))


def _root(features: np.ndarray) -> np.ndarray:
    """A matrix a (min(n, d), d) with a'a the covariance of the rows."""
    return np.linalg.qr((features - features.mean(axis=0)) / np.sqrt(len(features) - 1), mode="r")


# ---------------------------------------------------------------- KID


class Kid(NamedTuple):
    """Mean and standard deviation over the subsets, and how many rows each subset had."""

    mean: float
    std: float
    size: int


def kid(real: np.ndarray, fake: np.ndarray, subsets: int = 100, size: int | None = None, seed: int = 0) -> Kid:
    """Unbiased MMD^2 with the kernel (x.y / d + 1)^3, a mean over random subsets (Binkowski et al. 2018).

    Its expectation is 0 for two sets of the same kind, whatever their counts; so it can fall below 0.

    Args:
        real: (n, d).
        fake: (m, d).
        subsets: how many pairs of subsets.
        size: rows of a subset, drawn without replacement; None is 1,000, or half the smaller set where that is less:
            subsets that are the whole set would not differ.
        seed: of the choice.

    Raises:
        UserError: features of the wrong shape, not finite, or fewer than four; a size that is not there.
    """
    real, fake = check_two_features(real, fake, least=4)
    subsets, seed = check_whole("subsets", subsets, 1), check_whole("seed", seed, 0)
    fewest = min(len(real), len(fake))
    size = min(1000, fewest // 2) if size is None else check_whole("size", size, 2, fewest)
    rng = np.random.default_rng(seed)
    in_real, in_fake = _choices(rng, len(real), subsets, size), _choices(rng, len(fake), subsets, size)
    # A picture compared with itself says nothing of the distribution: leaving it out makes the mean unbiased.
    among_real = _kernel_sums(real, real, in_real, in_real) - in_real @ _self_kernel(real)
    among_fake = _kernel_sums(fake, fake, in_fake, in_fake) - in_fake @ _self_kernel(fake)
    across = _kernel_sums(real, fake, in_real, in_fake)
    values = (among_real + among_fake) / (size * (size - 1)) - 2 * across / size**2
    return Kid(float(values.mean()), float(values.std()), size)


def _choices(rng: np.random.Generator, count: int, subsets: int, size: int) -> np.ndarray:
    """Which rows are in which subset, (subsets, count), 1.0 or 0.0."""
    chosen = np.zeros((subsets, count))
    np.put_along_axis(chosen, rng.random((subsets, count)).argsort(axis=1)[:, :size], 1.0, axis=1)
    return chosen


def _kernel_sums(x: np.ndarray, y: np.ndarray, in_x: np.ndarray, in_y: np.ndarray) -> np.ndarray:
    """The kernel's sum over all pairs of each subset, (subsets,).

    Every kernel value is computed once for all subsets, and a matrix product adds up those of each.
    """
    total = np.zeros(len(in_x))
    for start in range(0, len(x), BLOCK):
        rows = slice(start, start + BLOCK)
        kernel = x[rows] @ y.T / x.shape[1] + 1
        total += np.sum((in_x[:, rows] @ (kernel * kernel * kernel)) * in_y, axis=1)
    return total


def _self_kernel(x: np.ndarray) -> np.ndarray:
    return (np.sum(x**2, axis=1) / x.shape[1] + 1) ** 3


# ---------------------------------------------------------------- precision and recall


def precision(real: np.ndarray, fake: np.ndarray, k: int = 3) -> float:
    """The share of fakes that look real: inside the ball of some real, which reaches its k-th nearest real.

    Kynkaanniemi et al. 2019, eq. 1 and 2. Balls shrink as pictures are added, so compare at equal counts only. Where
    a person has many slices, the neighbours of a slice are the next slices of the same person, and the balls small.

    Args:
        real: (n, d), more than k rows.
        fake: (m, d), more than k rows.
        k: the neighbour that a ball reaches, not counting its own centre.

    Returns:
        0..1, higher is better.

    Raises:
        UserError: features of the wrong shape, not finite, or not more than k.
    """
    real, fake = _check_neighbours(real, fake, k)
    return _covered(real, fake, k)


def recall(real: np.ndarray, fake: np.ndarray, k: int = 3) -> float:
    """The share of reals that the fakes cover: :func:`precision` with the sets exchanged.

    Fakes that lie far apart have wide balls: a little disorder among them can raise recall.
    """
    real, fake = _check_neighbours(real, fake, k)
    return _covered(fake, real, k)


def _check_neighbours(real: np.ndarray, fake: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    return check_two_features(real, fake, least=check_whole("k", k, 1) + 1)  # as many neighbours, and the centre


def _covered(centres: np.ndarray, points: np.ndarray, k: int) -> float:
    # The smallest of a row is the centre itself, at distance 0, so the k-th neighbour is in place k.
    radii = np.concatenate([np.partition(far, k, axis=1)[:, k] for far in _squares(centres, centres)])
    return float(np.concatenate([(far <= radii).any(axis=1) for far in _squares(points, centres)]).mean())


def _squares(x: np.ndarray, y: np.ndarray) -> Iterator[np.ndarray]:
    """Squared distances (rows of x, rows of y), in blocks of rows; equal rows are at 0."""
    middle = y.mean(axis=0)  # numbers near 0 lose the fewest digits in the difference below
    x, y = x - middle, y - middle
    of_x, of_y = np.sum(x**2, axis=1), np.sum(y**2, axis=1)
    for start in range(0, len(x), BLOCK):
        rows = slice(start, start + BLOCK)
        both = of_x[rows, None] + of_y
        far = both - 2 * (x[rows] @ y.T)  # ten times as quick as summing squared differences
        yield np.where(far > ROUNDING * both, far, 0.0)
