"""Fréchet distance: how far apart two sets of features are, by their means and covariances (notebook 07).

Heusel et al. 2017 (arXiv 1706.08500), eq. 6; with the features of Inception it is called FID.
"""

from __future__ import annotations

from functools import cached_property

from oasis_helpers.evaluation.scores.features import check_feature_pair, check_row_numbers

import numpy as np


class FrechetScore:
    """The :func:`frechet` distance of the fakes from chosen rows of the reals."""

    def __init__(self, real: np.ndarray, fake: np.ndarray) -> None:
        """Take features (n, d) and (m, d); arguments and errors are those of :func:`frechet`."""
        self.real, self.fake = check_feature_pair(real, fake, least=2)

    def __call__(self, rows: np.ndarray | None = None) -> float:
        """Return the distance from these rows (r,) of the reals, some of them more than once; None is all.

        Raises:
            UserError: numbers of rows that are not there, or fewer than two.
        """
        rows = check_row_numbers(rows, len(self.real), least=2)
        (mean, a), (other, b) = _moments(self.real[rows]), self._moments_of_fake
        # With C1 = a'a and C2 = b'b the eigenvalues of C1^(1/2) C2 C1^(1/2) are the squares of the singular values of
        # ab'. So no root of a matrix is taken, nor of an eigenvalue that is 0 but for rounding: it holds for n < d too.
        overlap = np.linalg.svd(a @ b.T, compute_uv=False).sum()
        return max(0.0, float(np.sum((mean - other) ** 2) + np.sum(a**2) + np.sum(b**2) - 2 * overlap))

    @cached_property
    def _moments_of_fake(self) -> tuple[np.ndarray, np.ndarray]:
        return _moments(self.fake)


def frechet(real: np.ndarray, fake: np.ndarray) -> float:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), of the means and covariances (Heusel et al. 2017, eq. 6).

    It is the squared distance of two normal distributions, and too high where rows are few. The covariances divide
    by n - 1.

    Args:
        real: (n, d), at least two rows.
        fake: (m, d), at least two rows.

    Returns:
        From 0 up, lower is better, in squared units of the features.

    Raises:
        UserError: features of the wrong shape, not finite, or fewer than two.
    """
    return FrechetScore(real, fake)()


def _moments(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean (d,) of rows (n, d), and a matrix a (min(n, d), d) with a'a their covariance."""
    mean = features.mean(axis=0)
    return mean, np.linalg.qr((features - mean) / np.sqrt(len(features) - 1), mode="r")
