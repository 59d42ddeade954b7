"""Slices at every resolution, 256, 128, ... 4 pixels, and batches drawn from them (notebook 01_data_loading).

A `Pyramid` looks the same whatever the source is; `oasis_helpers.data.store` keeps it on disk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from oasis_helpers.errors import UserError, check_whole, close_name
from oasis_helpers.images import to_float

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


class Pyramid:
    """Slices at every resolution, with their table: all of a store, or a selection of it.

    Attributes:
        table: one row per slice, see :func:`oasis_helpers.data.read_table`.
        resolutions: the resolutions held, ascending.
        source: where the slices come from, for titles and reports.
    """

    def __init__(
        self, levels: dict[int, np.ndarray], table: pd.DataFrame, source: str = "", rows: np.ndarray | None = None
    ) -> None:
        """Wrap ``levels`` {R: (N, R, R) uint8}; ``rows`` are the rows of them that ``table`` describes."""
        self.table, self.source, self.resolutions = table, source, tuple(sorted(levels))
        self._levels = levels
        self._rows = np.arange(len(table)) if rows is None else rows
        self._last_epoch: tuple = (None, None, None)  # (seed, epoch), order, flips

    def __len__(self) -> int:
        """The number of slices."""
        return len(self._rows)

    def __repr__(self) -> str:
        """One line: slices, people, splits, resolutions, source."""
        splits = ", ".join(f"{name} {count}" for name, count in self.table["split"].value_counts(sort=False).items())
        return (
            f"Pyramid({len(self)} slices of {len(self.people)} people: {splits};"
            f" {self.resolutions[0]} to {self.resolutions[-1]} px; {self.source})"
        )

    @property
    def people(self) -> list[str]:
        """The people in it, each once, in the order of the table."""
        return self.table["person"].unique().tolist()

    def level(self, resolution: int) -> np.ndarray:
        """All slices at one resolution, (N, R, R) uint8, read-only; a whole split is mapped, not read."""
        level, first, last = self._stored(resolution), self._rows[0], self._rows[-1]
        if last - first + 1 == len(self._rows):  # rows ascend, so they are contiguous: a view costs no memory
            return level[first : last + 1]
        return level[self._rows]

    def split(self, name: str) -> Pyramid:
        """The slices of one split: 'train', 'validate' or 'test'."""
        here = self.table["split"].unique().tolist()
        if name not in here:
            splits, near = ", ".join(map(repr, here)), close_name(name, here)
            raise UserError(f"name: expected one of the splits {splits}, but got {name!r}{near}")
        return self.select(self.table["split"] == name)

    def select(self, mask: Sequence[bool]) -> Pyramid:
        """The slices where ``mask`` (N booleans, such as ``pyramid.table['age'] < 30``) is true."""
        mask = np.asarray(mask)
        if mask.dtype != bool or mask.shape != (len(self),):
            raise UserError(
                f"mask: expected {len(self)} booleans, one a slice, but got {mask.dtype} of shape {mask.shape}"
            )
        if not mask.any():
            raise UserError("mask: expected at least one True, but got none; it selects no slice")
        return Pyramid(self._levels, self.table[mask].reset_index(drop=True), self.source, self._rows[mask])

    def digest(self) -> str:
        """A checksum of who is in it and what they look like at the smallest resolution, to know it again."""
        columns = self.table[["person", "case", "slice"]].astype(str)
        text = columns.to_csv(index=False) + str(self.resolutions)
        return hashlib.sha256(text.encode() + self.level(self.resolutions[0]).tobytes()).hexdigest()

    def indices(self, position: int, count: int, seed: int) -> np.ndarray:
        """The rows of the table at ``position`` .. ``position + count`` of an endless shuffled stream, (count,) int64.

        The stream is one permutation of all slices after the other, each drawn from (seed, epoch) alone.
        So a run that knows how many images it has seen goes on where it stopped, at any batch size.
        """
        return self._draw(position, count, seed)[0]

    def uint8_batch(self, resolution: int, position: int, count: int, seed: int, flip: bool = False) -> np.ndarray:
        """The images at that position of the stream, (count, R, R) uint8.

        ``flip`` mirrors every image left to right with probability 1/2, drawn from (seed, epoch) as well.
        """
        order, mirrored = self._draw(position, count, seed)
        images = np.array(self._stored(resolution)[self._rows[order]])
        if flip:
            images[mirrored] = images[mirrored, ::-1]  # rows, not columns, run from the left of the head to the right
        return images

    def batch(
        self,
        resolution: int,
        batch_size: int,
        number: int,
        seed: int,
        flip: bool = False,
        value_range: tuple[float, float] = (-1.0, 1.0),
    ) -> np.ndarray:
        """Batch ``number`` (from 0), (batch_size, R, R) float32 in ``value_range``; depends on nothing else.

        (-1, 1) is the paper's range; (0, 1) is the other one in use, for networks that end in a sigmoid.
        """
        batch_size, number = check_whole("batch_size", batch_size, 1), check_whole("number", number, 0)
        return to_float(self.uint8_batch(resolution, number * batch_size, batch_size, seed, flip), value_range)

    def batches(
        self,
        resolution: int,
        batch_size: int,
        seed: int = 0,
        flip: bool = False,
        value_range: tuple[float, float] = (-1.0, 1.0),
        drop_last: bool = False,
        epochs: int = 1,
    ) -> Iterator[np.ndarray]:
        """Walk through all slices ``epochs`` times, batch by batch, (b, R, R) float32 in ``value_range``.

        Every epoch holds each slice once. Its last batch is smaller where the sizes do not divide;
        ``drop_last`` leaves that one out.
        """
        batch_size, epochs = check_whole("batch_size", batch_size, 1), check_whole("epochs", epochs, 1)
        starts = range(0, len(self) - batch_size + 1 if drop_last else len(self), batch_size)
        to_float(self.uint8_batch(resolution, 0, 1, seed), value_range)  # mistakes show here, not at the first next()
        return (
            to_float(
                self.uint8_batch(resolution, e * len(self) + s, min(batch_size, len(self) - s), seed, flip), value_range
            )
            for e in range(epochs)
            for s in starts
        )

    def _stored(self, resolution: int) -> np.ndarray:
        """All of the store at one resolution, whatever is selected."""
        if resolution not in self._levels:
            sizes = ", ".join(map(str, self.resolutions))
            raise UserError(f"resolution: expected one of {sizes}, but got {resolution!r}; choose one of them")
        return self._levels[resolution]

    def _draw(self, position: int, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Rows and flips, (count,) each, from ``position`` of the stream on."""
        position, count = check_whole("position", position, 0), check_whole("count", count, 1)
        epochs, offsets = np.divmod(np.arange(position, position + count), len(self))
        parts = [(self._epoch(seed, int(epoch)), offsets[epochs == epoch]) for epoch in np.unique(epochs)]
        rows = np.concatenate([order[here] for (order, _), here in parts])
        return rows, np.concatenate([flips[here] for (_, flips), here in parts])

    def _epoch(self, seed: int, epoch: int) -> tuple[np.ndarray, np.ndarray]:
        """One epoch's order and flips; the last one is kept, as most batches ask for it again."""
        key, order, flips = self._last_epoch
        if key != (seed, epoch):
            random = np.random.default_rng([check_whole("seed", seed, 0), epoch])
            order, flips = random.permutation(len(self)), random.random(len(self)) < 0.5
            self._last_epoch = ((seed, epoch), order, flips)
        return order, flips
