"""The nearest training slice, and how much nearer it is than other people's (notebook 07).

A distance alone says little: blurred images lie near everything, odd ones near nothing. So the score is a ratio,
the distance to the nearest person over the mean distance to the ten next people: about 1 for anybody new, near 0
for a copy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from oasis_helpers.errors import UserError
from oasis_helpers.evaluation.audit.registration import Place, align, folds, in_frame, locate, unit
from oasis_helpers.images import block_mean

import numpy as np

OTHERS = 10  # people whose mean distance the nearest one's is divided by; fewer where there are fewer
MORE = 3  # further slices of the nearest person that get a close look: neighbours are alike
_CHUNK = 512  # images at a time, to keep memory small
FRAMED_KEPT = 2**28  # bytes of images whose framed ones are kept: 16,384 slices of 128 px; those of more are made anew

Features = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Nearest:
    """The nearest training slice of each of n images.

    Attributes:
        score: (n,) distance to it over the mean distance to the next people's nearest slices; 0 for the same image.
        distance: (n,) the distance itself, 1 - correlation, 0 to 2.
        slice: (n,) its index among the training slices.
        flipped: (n,) whether the image had to be mirrored left to right.
        moved: (n, 2) pixels by which it then had to be moved onto that slice: rows, columns.
    """

    score: np.ndarray
    distance: np.ndarray
    slice: np.ndarray
    flipped: np.ndarray
    moved: np.ndarray


class Heads:
    """Images with the head in each located; in one frame, as extractors see them, they are made once for all distances.

    Attributes:
        images: (n, R, R) uint8.
        place: where each head lies.
    """

    def __init__(self, images: np.ndarray, place: Place | None = None) -> None:
        """Take images, and where their heads lie if that is known."""
        self.images = images
        self.place = _located(images) if place is None else place
        self._framed: dict[tuple[float, float], np.ndarray] = {}

    def __len__(self) -> int:
        """How many images."""
        return len(self.images)

    def part(self, rows: np.ndarray) -> Heads:
        """Return some of them."""
        return Heads(self.images[rows], self.place.part(rows))

    @cached_property
    def mirrored(self) -> Heads:
        """The same, left to right."""
        place = self.place
        centre = place.centre * np.float32([-1, 1])
        return Heads(self.images[:, ::-1], Place(place.background, place.mean, place.spread, centre))

    def framed(self, rows: slice, mean: float, spread: float) -> np.ndarray:
        """Return some rows in one frame, see `registration.in_frame`."""
        if self.images.nbytes > FRAMED_KEPT:
            return in_frame(self.images[rows], self.place.part(rows), mean, spread)
        if (mean, spread) not in self._framed:
            parts = [in_frame(self.images[c], self.place.part(c), mean, spread) for c in _chunks(len(self))]
            self._framed = {(mean, spread): np.concatenate(parts)}
        return self._framed[mean, spread][rows]


class Bank:
    """The training slices, ready for being searched under one distance."""

    def __init__(self, train: Heads, people: np.ndarray, features: Features | None) -> None:
        """Prepare the N slices of ``people`` (N,) numbers from 0; ``features`` None compares pixels.

        There must be three people or more.
        """
        self.order = np.argsort(people, kind="stable")  # a person's slices side by side
        self.starts = np.flatnonzero(np.diff(people[self.order], prepend=-1))
        self.ends = np.append(self.starts[1:], len(people))
        self.others = min(OTHERS, len(self.starts) - 2)  # the same number where an image's own person is left out
        self.features, self.centres = features, train.place.centre[self.order]
        self.grey = float(np.mean(train.place.mean)), float(np.mean(train.place.spread))
        self.known = np.concatenate([self._vectors(train, rows) for rows in _chunks(len(train))])  # (N, r, r) or (N, d)
        raw = self.known[self.order]
        if features is None:
            self.images, self.centre = raw, None
            self.vectors = _coarse(raw)  # (N, d)
        else:
            self.images, self.centre = None, raw.mean(axis=0)
            self.vectors = unit(raw - self.centre)  # (N, d)

    def _vectors(self, heads: Heads, rows: slice) -> np.ndarray:
        """What is compared of some of the images: their folds (n, r, r), or features (n, d)."""
        if self.features is None:
            return folds(heads.images[rows], heads.place.part(rows))
        return _extract(self.features, heads.framed(rows, *self.grey))

    def search(self, heads: Heads) -> Nearest:
        """Find the nearest training slice of each image."""
        parts = [self._search(heads, rows, self._vectors(heads, rows), None) for rows in _chunks(len(heads))]
        return Nearest(*(np.concatenate(field) for field in zip(*parts, strict=True)))

    def search_left_out(self, heads: Heads, some: np.ndarray, people: np.ndarray) -> Nearest:
        """Find the same for the training slices number ``some`` (n,), each with its own person's slices left out.

        ``heads`` are these slices, ``people`` (N,) those that the bank was made of. What it knows is not computed anew.
        """
        parts = [self._search(heads, rows, self.known[some[rows]], people[some[rows]]) for rows in _chunks(len(some))]
        return Nearest(*(np.concatenate(field) for field in zip(*parts, strict=True)))

    def _search(
        self, heads: Heads, rows: slice, straight: np.ndarray, own: np.ndarray | None
    ) -> tuple[np.ndarray, ...]:
        """Fields of :class:`Nearest`; ``own`` (n,) is the person whose slices are left out, None leaves nobody out."""
        both = [straight, self._vectors(heads.mirrored, rows)]
        if self.features is None:
            vectors = [_coarse(folded) for folded in both]  # two of (n, d)
        else:
            vectors = [unit(values - self.centre) for values in both]
        found, flipped, likeness = self._rank(vectors, own)  # (n, k) each
        centres = heads.place.centre[rows], heads.mirrored.place.centre[rows]
        centre = np.where(flipped[..., None], centres[1][:, None], centres[0][:, None])
        moved = self.centres[found] - centre  # (n, k, 2)
        if self.features is None:
            likeness, more = self._close_look(both, found, flipped)
            moved = moved + more * (heads.images.shape[1] / both[0].shape[1])
        return self._scored(found, flipped, moved, np.maximum(1 - likeness, 0))

    def _rank(self, vectors: list[np.ndarray], own: np.ndarray | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Candidates (n, k): row, flip, likeness; further slices of the nearest person, then each person's best one."""
        straight, mirrored = (values @ self.vectors.T for values in vectors)  # (n, N)
        likeness, flips = np.maximum(straight, mirrored), mirrored > straight
        best = np.empty((len(likeness), len(self.starts)), np.int64)  # (n, people): each person's best slice
        for person, (start, end) in enumerate(zip(self.starts, self.ends, strict=True)):
            best[:, person] = start + likeness[:, start:end].argmax(axis=1)
        value = np.take_along_axis(likeness, best, 1)
        if own is not None:
            value[np.arange(len(value)), own] = -np.inf
        nearest = np.argsort(-value, axis=1)[:, : min(self.others + 2, len(self.starts) - (own is not None))]
        further = np.empty((len(best), MORE), np.int64)  # (n, MORE)
        for i, (start, end) in enumerate(zip(self.starts[nearest[:, 0]], self.ends[nearest[:, 0]], strict=True)):
            further[i] = start + np.resize(np.argsort(-likeness[i, start:end])[: MORE + 1], MORE + 1)[1:]
        rows = np.concatenate([further, np.take_along_axis(best, nearest, 1)], axis=1)
        return rows, np.take_along_axis(flips, rows, 1), np.take_along_axis(likeness, rows, 1)

    def _close_look(self, both: list[np.ndarray], rows: np.ndarray, flipped: np.ndarray) -> tuple[np.ndarray, ...]:
        """Likeness (n, k) and moves (n, k, 2) at full resolution, each pair brought onto each other."""
        straight, mirrored = both
        likeness, moved = np.empty(rows.shape, np.float32), np.empty((*rows.shape, 2), np.float32)
        for column in range(rows.shape[1]):
            moving = np.where(flipped[:, column, None, None], mirrored, straight)
            likeness[:, column], moved[:, column] = align(moving, self.images[rows[:, column]])
        return likeness, moved

    def _scored(
        self, rows: np.ndarray, flipped: np.ndarray, moved: np.ndarray, distance: np.ndarray
    ) -> tuple[np.ndarray, ...]:
        """The fields of :class:`Nearest` from the candidates (n, k)."""
        first = np.arange(len(rows)), distance.argmin(axis=1)
        # Of the slices of the person whom the rough choice put first, the best one stands for that person.
        people = np.column_stack([distance[:, : MORE + 1].min(axis=1), distance[:, MORE + 1 :]])
        people.sort(axis=1)
        score = people[:, 0] / np.maximum(people[:, 1 : self.others + 1].mean(axis=1), 1e-6)
        return score, people[:, 0], self.order[rows[first]], flipped[first], moved[first]


def _coarse(folded: np.ndarray) -> np.ndarray:
    """Half the resolution, flat, of length 1: enough to choose whom to look at closely."""
    size = folded.shape[1] // 2 if folded.shape[1] > 32 else folded.shape[1]
    return unit(block_mean(folded, size).reshape(len(folded), -1))


def _extract(features: Features, images: np.ndarray) -> np.ndarray:
    """Features (n, d) float32 of images, checked."""
    values = np.asarray(features(images), np.float32)
    if values.ndim != 2 or len(values) != len(images) or not np.isfinite(values).all():
        raise UserError(
            f"distances: expected an extractor that returns ({len(images)}, d) finite numbers, but got shape"
            f" {values.shape}; flatten its features"
        )
    return values


def _chunks(count: int) -> list[slice]:
    return [slice(start, start + _CHUNK) for start in range(0, count, _CHUNK)]


def _located(images: np.ndarray) -> Place:
    """Locate the head in images (n, R, R) uint8, a part at a time."""
    parts = [locate(images[rows]) for rows in _chunks(len(images))]
    fields = ("background", "mean", "spread", "centre")
    return Place(*(np.concatenate([getattr(part, field) for part in parts]) for field in fields))
