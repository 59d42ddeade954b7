"""A number for each pair of two sets of rows, a block at a time: 50,000 x 50,000 of them would fill 20 GB."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

import numpy as np

ROWS_AT_ONCE = 1000  # rows of a matrix of all pairs: 16 MB with 2,000 columns, 400 MB with 50,000
PAIRS_KEPT = 2**24  # pairs that are remembered: 128 MB, enough for 4,096 x 4,096


def row_blocks(count: int) -> Iterator[slice]:
    """Yield slices of at most `ROWS_AT_ONCE` that together go through so many rows."""
    for start in range(0, count, ROWS_AT_ONCE):
        yield slice(start, start + ROWS_AT_ONCE)


class Pairs:
    """The values of a function of all pairs of rows, as a matrix (n, m) that is read by rows: ``pairs[:100]``.

    Up to `PAIRS_KEPT` pairs are computed when the first are asked for, and remembered: a bootstrap asks for the same
    ones again and again. Of more pairs, those asked for are computed each time.
    """

    def __init__(self, function: Callable[[np.ndarray, np.ndarray], np.ndarray], x: np.ndarray, y: np.ndarray) -> None:
        """Take a function of rows (b, d) and (m, d) that returns (b, m), and both sets of rows, (n, d) and (m, d)."""
        self.function, self.x, self.y = function, x, y

    def __getitem__(self, rows: slice | np.ndarray) -> np.ndarray:
        """Return the values of some rows of x with every row of y, (b, m); a slice may be a view."""
        if len(self.x) * len(self.y) > PAIRS_KEPT:
            return self.function(self.x[rows], self.y)
        return self._matrix[rows]

    @cached_property
    def _matrix(self) -> np.ndarray:
        values = np.empty((len(self.x), len(self.y)))
        for block in row_blocks(len(values)):
            values[block] = self.function(self.x[block], self.y)
        return values
