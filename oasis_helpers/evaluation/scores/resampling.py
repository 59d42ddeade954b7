"""Scores of features for many resamples of the reals, with what all of them share computed once (notebook 07).

A bootstrap asks for the same score dozens of times, of other rows of the same reals. Distances and kernel values of
pairs do not change with that, nor does anything of the fakes alone.
"""

from __future__ import annotations

from functools import cached_property

from oasis_helpers.evaluation.scores import distances
from oasis_helpers.evaluation.scores.features import check_feature_pair

import numpy as np

NEIGHBOUR = 3  # the default of `distances.precision`


class Resamples:
    """The scores of `distances`, as functions of rows of the reals (m,) int, of which some may come twice.

    All pairs are kept, five matrices: of 2,000 reals and 2,000 fakes they take 160 MB.
    """

    def __init__(self, real: np.ndarray, fake: np.ndarray, seed: int = 0) -> None:
        """Take features of reals (n, d) and fakes (m, d), more than three of each; ``seed`` is for kid's subsets.

        Raises:
            UserError: features of the wrong shape, not finite, or too few.
        """
        self.seed = seed
        self.real, self.fake = check_feature_pair(real, fake, least=NEIGHBOUR + 1)

    def frechet(self, rows: np.ndarray) -> float:
        """As `distances.frechet`."""
        return distances.frechet_of_moments(distances.moments(self.real[rows]), self._moments)

    def kid(self, rows: np.ndarray) -> float:
        """The mean of `distances.kid`."""
        in_rows, in_fake, size = distances.subsets_of(len(rows), len(self.fake), seed=self.seed)
        in_real = np.zeros((len(in_rows), len(self.real)))
        np.add.at(in_real.T, rows, in_rows.T)
        return float(distances.kid_of_kernels(*self._kernels, in_real, in_fake, size).mean())

    def precision(self, rows: np.ndarray) -> float:
        """As `distances.precision`."""
        once = np.unique(rows)
        radii = distances.radii(self._among_reals[np.ix_(once, rows)], NEIGHBOUR)
        return float((self._across[once] <= radii[:, None]).any(axis=0).mean())

    def recall(self, rows: np.ndarray) -> float:
        """As `distances.recall`."""
        return float(self._recalled[rows].mean())

    @cached_property
    def _moments(self) -> tuple[np.ndarray, np.ndarray]:
        return distances.moments(self.fake)

    @cached_property
    def _kernels(self) -> tuple:
        pairs = (self.real, self.real), (self.fake, self.fake), (self.real, self.fake)
        kernels = (list(distances.kernel(x, y)) for x, y in pairs)
        return *kernels, distances.self_kernel(self.real), distances.self_kernel(self.fake)

    @cached_property
    def _among_reals(self) -> np.ndarray:
        return np.concatenate(list(distances.squares(self.real, self.real)))

    @cached_property
    def _across(self) -> np.ndarray:
        return np.concatenate(list(distances.squares(self.real, self.fake)))

    @cached_property
    def _recalled(self) -> np.ndarray:
        """Which reals lie inside the ball of some fake (n,)."""
        reach = np.concatenate([distances.radii(far, NEIGHBOUR) for far in distances.squares(self.fake, self.fake)])
        return (self._across <= reach).any(axis=1)
