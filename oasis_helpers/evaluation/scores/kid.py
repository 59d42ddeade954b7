"""KID: how far apart two sets of features are, however few there are of each (notebook 07).

Bińkowski et al. 2018 (arXiv 1801.01401), section 4: the squared maximum mean discrepancy (MMD) with a cubic kernel.
"""

from __future__ import annotations

from typing import NamedTuple

from oasis_helpers.errors import check_whole
from oasis_helpers.evaluation.scores.features import check_feature_pair, check_row_numbers
from oasis_helpers.evaluation.scores.pairs import Pairs, row_blocks

import numpy as np

LARGEST_SUBSET = 1000  # rows, as in the authors' code
FEWEST_FEATURES = 4  # rows of a set: half of them make the smallest subset that has a pair


class Kid(NamedTuple):
    """Mean and standard deviation over the subsets, and how many rows each subset had."""

    mean: float
    std: float
    size: int


class KidScore:
    """The :func:`kid` of the fakes against chosen rows of the reals."""

    def __init__(
        self, real: np.ndarray, fake: np.ndarray, subsets: int = 100, size: int | None = None, seed: int = 0
    ) -> None:
        """Take features (n, d) and (m, d); arguments and errors are those of :func:`kid`."""
        self.real, self.fake = check_feature_pair(real, fake, least=FEWEST_FEATURES)
        self.subsets, self.size, self.seed = check_whole("subsets", subsets, 1), size, check_whole("seed", seed, 0)
        # The kernel does not depend on which rows are chosen.
        self._among_real, self._of_real = Pairs(cubic_kernel, self.real, self.real), _self_kernel(self.real)
        self._among_fake, self._of_fake = Pairs(cubic_kernel, self.fake, self.fake), _self_kernel(self.fake)
        self._across = Pairs(cubic_kernel, self.real, self.fake)

    def __call__(self, rows: np.ndarray | None = None) -> float:
        """Return the mean of :meth:`over_subsets`, with the same argument and errors."""
        return self.over_subsets(rows).mean

    def over_subsets(self, rows: np.ndarray | None = None) -> Kid:
        """Return the KID against these rows (r,) of the reals, some of them more than once; None is all.

        Raises:
            UserError: numbers of rows that are not there, or fewer than four; fewer than a subset has.
        """
        rows = check_row_numbers(rows, len(self.real), least=FEWEST_FEATURES)
        fewest = min(len(rows), len(self.fake))
        size = min(LARGEST_SUBSET, fewest // 2) if self.size is None else check_whole("size", self.size, 2, fewest)
        rng = np.random.default_rng(self.seed)
        in_rows, in_fake = (_subsets(rng, count, self.subsets, size) for count in (len(rows), len(self.fake)))
        in_real = np.zeros((self.subsets, len(self.real)))  # how often each real is in each subset
        np.add.at(in_real.T, rows, in_rows.T)
        # A row with itself says nothing of the distribution: leaving these pairs out makes the estimate unbiased.
        real = _kernel_sums(self._among_real, in_real, in_real) - in_real @ self._of_real
        fake = _kernel_sums(self._among_fake, in_fake, in_fake) - in_fake @ self._of_fake
        across = _kernel_sums(self._across, in_real, in_fake)
        values = (real + fake) / (size * (size - 1)) - 2 * across / size**2
        return Kid(float(values.mean()), float(values.std()), size)


def kid(real: np.ndarray, fake: np.ndarray, subsets: int = 100, size: int | None = None, seed: int = 0) -> Kid:
    """Unbiased MMD^2 with the kernel (x.y / d + 1)^3, a mean over random subsets (Bińkowski et al. 2018, section 4).

    The estimate is that of Gretton et al. 2012, lemma 6. Its expectation is 0 for two sets of the same kind, whatever
    their counts; so it can fall below 0.

    Args:
        real: (n, d), at least four rows.
        fake: (m, d), at least four rows.
        subsets: how many pairs of subsets.
        size: rows of a subset, drawn without replacement; None is 1,000, or half the smaller set where that is less:
            subsets that are the whole set would not differ.
        seed: of the choice.

    Returns:
        Mean and spread, in units of the kernel; lower is better.

    Raises:
        UserError: features of the wrong shape, not finite, or fewer than four; a size that is not there.
    """
    return KidScore(real, fake, subsets, size, seed).over_subsets()


def cubic_kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return (x.y / d + 1)^3 for all pairs of rows (n, d) and (m, d), (n, m); Bińkowski et al. 2018, section 4."""
    linear = x @ y.T / x.shape[1] + 1
    return linear * linear * linear  # many times as quick as a power


def _self_kernel(x: np.ndarray) -> np.ndarray:
    return (np.sum(x**2, axis=1) / x.shape[1] + 1) ** 3


def _subsets(rng: np.random.Generator, count: int, subsets: int, size: int) -> np.ndarray:
    """Which of so many rows are in which random subset, (subsets, count) of 1.0 or 0.0."""
    chosen = np.zeros((subsets, count))
    np.put_along_axis(chosen, rng.random((subsets, count)).argsort(axis=1)[:, :size], 1.0, axis=1)
    return chosen


def _kernel_sums(kernels: Pairs, in_x: np.ndarray, in_y: np.ndarray) -> np.ndarray:
    """The kernel's sum over all pairs of each subset, (subsets,).

    Every kernel value is computed once for all subsets, and a matrix product adds up those of each.
    """
    total = np.zeros(len(in_x))
    for block in row_blocks(in_x.shape[1]):
        total += np.sum((in_x[:, block] @ kernels[block]) * in_y, axis=1)
    return total
