"""Scores of sets of people, and how far apart people lie by chance: the null of a score (notebook 07).

A score is a function of two sets of owners: whose slices are the reference, and whose are judged. The owner of a slice
is a person; samples have nobody, so blocks of them stand for people. What has to be computed once for each owner is
computed once; then people can be drawn hundreds of times.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from oasis_helpers.errors import UserError, check_whole

import numpy as np

OwnerScore = Callable[[np.ndarray, np.ndarray], float]
SIGNIFICANCE = 0.05  # of the draws lie above the limit


@dataclass(frozen=True)
class Pool:
    """Images of people and samples, sorted by owner.

    Attributes:
        images: (n, R, R) uint8.
        owner: (n,) int, ascending: 0, 1, 2, ... for the owner of each image.
        train: owners (t,) int who are people that the generator learned from.
        unseen: owners (u,) int who are people it was never shown.
        samples: owners (s,) int that are blocks of samples.
    """

    images: np.ndarray
    owner: np.ndarray
    train: np.ndarray
    unseen: np.ndarray
    samples: np.ndarray

    def of(self, owners: np.ndarray) -> np.ndarray:
        """Return the rows (r,) int of the images of some owners."""
        return np.flatnonzero(np.isin(self.owner, owners))

    def count(self, reference: str) -> int:
        """Return how many owners stand on each side of a comparison with "train" or "unseen" people.

        At most half of the train people: draws of nearly all of them would be too much alike for a null.

        Raises:
            UserError: another reference.
        """
        if reference not in ("train", "unseen"):
            raise UserError(f"reference: expected 'train' or 'unseen', but got {reference!r}; choose one")
        half = len(self.train) // 2
        return min(half if reference == "train" else min(half, len(self.unseen)), len(self.samples))


def make_pool(train: tuple[np.ndarray, np.ndarray], unseen: tuple[np.ndarray, np.ndarray], samples: np.ndarray) -> Pool:
    """Put people and samples together.

    Args:
        train: slices (n, R, R) uint8 of the people that the generator learned from, and whose each is (n,) str.
        unseen: the same of people that it was never shown; none may be none.
        samples: (m, R, R) uint8; a block has as many as a train person has slices on average.

    Raises:
        UserError: a person in both, fewer samples than one block.
    """
    both = np.intersect1d(train[1], unseen[1])
    if len(both):
        raise UserError(f"unseen: expected people who are not in train, but got {both[0]}; split by person")
    parts, owners, counts = [], [], []
    for images, names in (train, unseen):
        order = np.argsort(names, kind="stable")
        _, ids = np.unique(np.asarray(names)[order], return_inverse=True)
        parts.append(images[order])
        owners.append(ids + sum(counts))
        counts.append(int(ids.max() + 1) if len(ids) else 0)
    block = max(1, round(len(train[0]) / counts[0]))
    blocks = len(samples) // block
    if not blocks:
        raise UserError(f"samples: expected at least {block}, as many as a person has, but got {len(samples)}")
    parts.append(samples[: blocks * block])
    owners.append(np.repeat(np.arange(blocks), block) + sum(counts))
    ends = np.cumsum([0, *counts, blocks])
    ids = [np.arange(first, last) for first, last in zip(ends[:-1], ends[1:], strict=True)]
    return Pool(np.concatenate(parts), np.concatenate(owners), *ids)


class Judged(NamedTuple):
    """The score of samples beside what people get who are drawn at random.

    Attributes:
        value: of the samples.
        floor: the middle (median) of what people get.
        limit: what only a twentieth of the draws exceed.
        most: the largest of the draws.
        p: the share of draws that are at least as large as the value; the value counts as one of them.
        people: how many stood on each side.
        draws: how often they were drawn.
    """

    value: float
    floor: float
    limit: float
    most: float
    p: float
    people: int
    draws: int


def judge_by_people(
    score: OwnerScore, reference: str, pool: Pool, repeats: int = 200, seed: int = 0, better: str = "lower"
) -> Judged:
    """Compare samples and people with a reference, with as many owners on each side.

    "train": the train people are cut into two random halves again and again. One is the reference; the other half
    gives the null, and as many blocks of samples the value. "unseen": the reference are all unseen people; as many
    train people, drawn again and again, give the null. So the null holds whatever sets unseen people apart from train
    people, such as their age. The value is a mean over the draws.

    Args:
        score: (owners of the reference, owners judged) to a number.
        reference: "train" or "unseen".
        pool: whose owners these are.
        repeats: how often people are drawn.
        seed: of the draws.
        better: "lower" or "higher". Where higher is better, limit and most lie below the floor.

    Raises:
        UserError: fewer than two people on either side, another reference.
    """
    repeats, rng = check_whole("repeats", repeats, 1), np.random.default_rng([check_whole("seed", seed, 0), 11])
    count = pool.count(reference)
    if count < 2:
        raise UserError(f"pool: expected at least 2 people to compare with, but got {count}; give more people")
    values, null = [], []
    for _ in range(repeats):
        people, blocks = rng.permutation(pool.train), rng.permutation(pool.samples)[:count]
        if reference == "train":
            base, others = people[:count], people[count : 2 * count]
        else:
            base, others = pool.unseen, people[:count]
        null.append(score(base, others))
        values.append(score(base, blocks))
    return summarise(float(np.mean(values)), np.array(null), count, better)


def summarise(value: float, null: np.ndarray, people: int, better: str = "lower") -> Judged:
    """Return a value beside a null (k,), see `Judged`."""
    sign = 1 if better == "lower" else -1
    ordered = sign * np.asarray(null)
    p = (1 + np.sum(ordered >= sign * value)) / (1 + len(ordered))
    limit = sign * np.quantile(ordered, 1 - SIGNIFICANCE)
    return Judged(
        value, float(np.median(null)), float(limit), float(sign * ordered.max()), float(p), people, len(ordered)
    )


# ---------------------------------------------------------------- scores of owners


def of_means(rows: np.ndarray, owner: np.ndarray, distance: Callable[[np.ndarray, np.ndarray], float]) -> OwnerScore:
    """Return the distance of two means over the images of owners, of rows (n, d), one per image."""
    counts = np.bincount(owner)
    sums = np.zeros((len(counts), rows.shape[1]))
    np.add.at(sums, owner, rows)

    def score(reference: np.ndarray, judged: np.ndarray) -> float:
        first, second = (sums[ids].sum(axis=0) / counts[ids].sum() for ids in (reference, judged))
        return distance(first, second)

    return score


def of_rows(rows: np.ndarray, owner: np.ndarray, distance: Callable[[np.ndarray, np.ndarray], float]) -> OwnerScore:
    """Return the distance of the rows of two sets of owners, of rows (n, d), one per image."""

    def score(reference: np.ndarray, judged: np.ndarray) -> float:
        return distance(rows[np.isin(owner, reference)], rows[np.isin(owner, judged)])

    return score


class PairMeans:
    """The mean of a kernel over all pairs of images of two owners, for scores that are made of such means."""

    def __init__(
        self, rows: np.ndarray, owner: np.ndarray, kernel: Callable[[np.ndarray, np.ndarray], np.ndarray]
    ) -> None:
        """Go through all pairs of rows (n, d) once; ``kernel`` takes (b, d) and (n, d) to (b, n)."""
        self.counts = np.bincount(owner)
        belongs = np.zeros((len(owner), len(self.counts)))
        belongs[np.arange(len(owner)), owner] = 1
        self.sums = np.zeros((len(self.counts),) * 2)
        for i in range(0, len(rows), 512):
            self.sums += belongs[i : i + 512].T @ (kernel(rows[i : i + 512], rows) @ belongs)

    def between(self, first: np.ndarray, second: np.ndarray) -> float:
        """Return the mean over pairs of two sets of owners who share nobody."""
        pairs = self.counts[first].sum() * self.counts[second].sum()
        return float(self.sums[np.ix_(first, second)].sum() / pairs)

    def within(self, owners: np.ndarray) -> float:
        """Return the mean over pairs of images of two different owners of one set: slices of one person are alike."""
        counts, sums = self.counts[owners], self.sums[np.ix_(owners, owners)]
        return float((sums.sum() - np.trace(sums)) / (counts.sum() ** 2 - (counts**2).sum()))

    def energy(self, reference: np.ndarray, judged: np.ndarray) -> float:
        """Return the energy distance, where the kernel is a distance: 2 E|x - y| - E|x - x'| - E|y - y'|.

        Székely and Rizzo 2013, eq. 5. It is 0 in the mean for sets of one kind, and can fall below 0.
        """
        return 2 * self.between(reference, judged) - self.within(reference) - self.within(judged)

    def mmd(self, reference: np.ndarray, judged: np.ndarray) -> float:
        """Return the squared maximum mean discrepancy, where the kernel is a similarity: minus the energy distance."""
        return -self.energy(reference, judged)


def euclidean(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the distances (n, m) of rows (n, d) and (m, d)."""
    squares = np.sum(x**2, axis=1)[:, None] + np.sum(y**2, axis=1) - 2 * (x @ y.T)
    return np.sqrt(np.maximum(squares, 0))
