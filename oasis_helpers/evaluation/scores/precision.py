"""Precision and recall: are the fakes like the reals, and are the reals all there (notebook 07)?

Kynkäänniemi et al. 2019 (arXiv 1904.06991), section 2. Every image has a ball that reaches to its k-th neighbour of
its own kind; precision asks which fakes lie in the balls of the reals, recall which reals lie in those of the fakes.
"""

from __future__ import annotations

from functools import cached_property

from oasis_helpers.errors import check_whole
from oasis_helpers.evaluation.scores.features import check_feature_pair, check_row_numbers
from oasis_helpers.evaluation.scores.pairs import Pairs, row_blocks

import numpy as np

NEIGHBOUR = 3  # the k of the paper
ROUNDING = 1e-12  # of the squared lengths of two rows: below it their squared distance is nothing but rounding


class PrecisionScore:
    """The :func:`precision` of the fakes by chosen rows of the reals."""

    def __init__(self, real: np.ndarray, fake: np.ndarray, k: int = NEIGHBOUR) -> None:
        """Take features (n, d) and (m, d); arguments and errors are those of :func:`precision`."""
        self.k = check_whole("k", k, 1)
        self.real, self.fake = check_feature_pair(real, fake, least=self.k + 1)  # the neighbours, and the centre
        self._balls = _Balls(self.real, self.fake, self.k)

    def __call__(self, rows: np.ndarray | None = None) -> float:
        """Return the share of fakes in the balls of these rows (r,) of the reals, some more than once; None is all.

        Raises:
            UserError: numbers of rows that are not there, or not more than k.
        """
        rows = check_row_numbers(rows, len(self.real), least=self.k + 1)
        return float(self._balls.hold(rows).mean())


class RecallScore:
    """The :func:`recall` of chosen rows of the reals by the fakes."""

    def __init__(self, real: np.ndarray, fake: np.ndarray, k: int = NEIGHBOUR) -> None:
        """Take features (n, d) and (m, d); arguments and errors are those of :func:`recall`."""
        self.k = check_whole("k", k, 1)
        self.real, self.fake = check_feature_pair(real, fake, least=self.k + 1)

    def __call__(self, rows: np.ndarray | None = None) -> float:
        """Return the share of these rows (r,) of the reals in the balls of the fakes, some more than once; None is all.

        Raises:
            UserError: numbers of rows that are not there, or not more than k.
        """
        rows = check_row_numbers(rows, len(self.real), least=self.k + 1)
        return float(self._held[rows].mean())

    @cached_property
    def _held(self) -> np.ndarray:
        return _Balls(self.fake, self.real, self.k).hold(np.arange(len(self.fake)))


def precision(real: np.ndarray, fake: np.ndarray, k: int = NEIGHBOUR) -> float:
    """The share of fakes that look real: inside the ball of some real, which reaches its k-th nearest real.

    Kynkäänniemi et al. 2019, eq. 1 and 2. Balls shrink as images are added, so compare at equal counts only. Where
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
    return PrecisionScore(real, fake, k)()


def recall(real: np.ndarray, fake: np.ndarray, k: int = NEIGHBOUR) -> float:
    """The share of reals that the fakes cover: :func:`precision` with the sets exchanged.

    Kynkäänniemi et al. 2019, eq. 1 and 2. Fakes that lie far apart have wide balls: a little disorder among them can
    raise recall. Arguments, range and errors are those of :func:`precision`.
    """
    return RecallScore(real, fake, k)()


def squared_distances(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the squared distances (n, m) of rows (n, d) and (m, d); equal rows are at 0 to the last digit."""
    lengths = np.sum(x**2, axis=1)[:, None] + np.sum(y**2, axis=1)
    squares = lengths - 2 * (x @ y.T)  # ten times as quick as summing squared differences
    return np.where(squares > ROUNDING * lengths, squares, 0.0)


class _Balls:
    """A ball around each centre, and which points lie in it."""

    def __init__(self, centres: np.ndarray, points: np.ndarray, k: int) -> None:
        """Take centres (n, d), points (m, d), and which neighbour among the centres a ball reaches."""
        middle = centres.mean(axis=0)  # numbers near 0 lose the fewest digits in a difference of squares
        centres, points = centres - middle, points - middle
        self.k, self.count = k, len(points)
        self._among = Pairs(squared_distances, centres, centres)
        self._across = Pairs(squared_distances, centres, points)

    def hold(self, rows: np.ndarray) -> np.ndarray:
        """Which points are in some ball (m,) bool, with these rows (r,) for centres; twice the same are neighbours."""
        held = np.zeros(self.count, bool)
        centres = np.unique(rows)  # the same centre twice has the same ball twice
        for block in row_blocks(len(centres)):
            squares = self._among[centres[block]][:, rows]
            squares.partition(self.k, axis=1)  # a copy; its smallest is the centre itself, at 0
            held |= (self._across[centres[block]] <= squares[:, self.k, None]).any(axis=0)
        return held
