"""Distances between two sets of features: Frechet, KID, precision and recall (notebook 07).

Features are rows (n, d), one per image, from whatever extractor; both sets from the same one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from oasis_helpers.errors import check_whole
from oasis_helpers.evaluation.scores.features import check_feature_pair

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
    real, fake = check_feature_pair(real, fake, least=2)
    return frechet_of_moments(moments(real), moments(fake))


def moments(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean (d,) of the rows (n, d), and a matrix a (min(n, d), d) with a'a their covariance."""
    mean = features.mean(axis=0)
    return mean, np.linalg.qr((features - mean) / np.sqrt(len(features) - 1), mode="r")


def frechet_of_moments(real: tuple[np.ndarray, np.ndarray], fake: tuple[np.ndarray, np.ndarray]) -> float:
    """The same from `moments`."""
    (mean, a), (other, b) = real, fake
    # With C1 = a'a and C2 = b'b the eigenvalues of C1^(1/2) C2 C1^(1/2) are the squares of the singular values of
    # ab'. So no root of a matrix is taken, nor of an eigenvalue that is 0 but for rounding: it holds for n < d too.
    overlap = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    return max(0.0, float(np.sum((mean - other) ** 2) + np.sum(a**2) + np.sum(b**2) - 2 * overlap))


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
    real, fake = check_feature_pair(real, fake, least=4)
    in_real, in_fake, size = subsets_of(len(real), len(fake), subsets, size, seed)
    pairs = kernel(real, real), kernel(fake, fake), kernel(real, fake)
    values = kid_of_kernels(*pairs, self_kernel(real), self_kernel(fake), in_real, in_fake, size)
    return Kid(float(values.mean()), float(values.std()), size)


def subsets_of(
    reals: int, fakes: int, subsets: int = 100, size: int | None = None, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, int]:
    """Which of so many reals and fakes are in which subset, (subsets, count) of 1.0 or 0.0 each, and the size."""
    subsets, seed, fewest = check_whole("subsets", subsets, 1), check_whole("seed", seed, 0), min(reals, fakes)
    size = min(1000, fewest // 2) if size is None else check_whole("size", size, 2, fewest)
    rng = np.random.default_rng(seed)
    return _choices(rng, reals, subsets, size), _choices(rng, fakes, subsets, size), size


def _choices(rng: np.random.Generator, count: int, subsets: int, size: int) -> np.ndarray:
    chosen = np.zeros((subsets, count))
    np.put_along_axis(chosen, rng.random((subsets, count)).argsort(axis=1)[:, :size], 1.0, axis=1)
    return chosen


def kernel(x: np.ndarray, y: np.ndarray) -> Iterator[np.ndarray]:
    """Kernel values (rows of x, rows of y), in blocks of rows."""
    for start in range(0, len(x), BLOCK):
        linear = x[start : start + BLOCK] @ y.T / x.shape[1] + 1
        yield linear * linear * linear


def self_kernel(x: np.ndarray) -> np.ndarray:
    """Kernel value of each row with itself."""
    return (np.sum(x**2, axis=1) / x.shape[1] + 1) ** 3


def kid_of_kernels(
    among_real: Iterable[np.ndarray],
    among_fake: Iterable[np.ndarray],
    across: Iterable[np.ndarray],
    self_real: np.ndarray,
    self_fake: np.ndarray,
    in_real: np.ndarray,
    in_fake: np.ndarray,
    size: int,
) -> np.ndarray:
    """MMD^2 of each subset from kernel values in blocks; ``in_real`` holds how often each image is in each."""
    # An image compared with itself says nothing of the distribution: leaving it out makes the mean unbiased.
    real = _kernel_sums(among_real, in_real, in_real) - in_real @ self_real
    fake = _kernel_sums(among_fake, in_fake, in_fake) - in_fake @ self_fake
    return (real + fake) / (size * (size - 1)) - 2 * _kernel_sums(across, in_real, in_fake) / size**2


def _kernel_sums(blocks: Iterable[np.ndarray], in_x: np.ndarray, in_y: np.ndarray) -> np.ndarray:
    """The kernel's sum over all pairs of each subset, (subsets,).

    Every kernel value is computed once for all subsets, and a matrix product adds up those of each.
    """
    total, start = np.zeros(len(in_x)), 0
    for block in blocks:
        total += np.sum((in_x[:, start : start + len(block)] @ block) * in_y, axis=1)
        start += len(block)
    return total


# ---------------------------------------------------------------- precision and recall


def precision(real: np.ndarray, fake: np.ndarray, k: int = 3) -> float:
    """The share of fakes that look real: inside the ball of some real, which reaches its k-th nearest real.

    Kynkaanniemi et al. 2019, eq. 1 and 2. Balls shrink as images are added, so compare at equal counts only. Where
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
    return check_feature_pair(real, fake, least=check_whole("k", k, 1) + 1)  # as many neighbours, and the centre


def _covered(centres: np.ndarray, points: np.ndarray, k: int) -> float:
    reach = np.concatenate([radii(far, k) for far in squares(centres, centres)])
    return float(np.concatenate([(far <= reach).any(axis=1) for far in squares(points, centres)]).mean())


def radii(far: np.ndarray, k: int) -> np.ndarray:
    """Squared radius of each row's ball, from its squared distances to all rows, its own among them."""
    return np.partition(far, k, axis=1)[:, k]  # the smallest is the centre itself, at distance 0


def squares(x: np.ndarray, y: np.ndarray) -> Iterator[np.ndarray]:
    """Squared distances (rows of x, rows of y), in blocks of rows; equal rows are at 0."""
    middle = y.mean(axis=0)  # numbers near 0 lose the fewest digits in the difference below
    x, y = x - middle, y - middle
    of_x, of_y = np.sum(x**2, axis=1), np.sum(y**2, axis=1)
    for start in range(0, len(x), BLOCK):
        rows = slice(start, start + BLOCK)
        both = of_x[rows, None] + of_y
        far = both - 2 * (x[rows] @ y.T)  # ten times as quick as summing squared differences
        yield np.where(far > ROUNDING * both, far, 0.0)
