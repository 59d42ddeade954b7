"""The exercises of notebooks 00 and 01: pixels and seeds, box filter, grey values, people in two splits."""

from __future__ import annotations

from collections.abc import Sequence

from oasis_helpers.checks.core import Exercise

import numpy as np

_rng = np.random.default_rng(1)

# ---- notebook 00

check_pixels = Exercise(
    name="pixels",
    reference=lambda: 256 * 256,
    cases=[()],
    right="65,536 grey values, all of them written by the generator from a short list of random numbers.",
    wrong=[
        (lambda: 256, "256 is one side of the image. How many rows of 256 pixels are there?"),
        (lambda: 512, "that is one side plus the other. An image has a pixel for each pair of row and column."),
        (lambda: 1024, "that is once around the edge. Count the inside as well: rows times columns."),
        (lambda: 3 * 256 * 256, "that would be red, green and blue. An MRI slice has one grey value per pixel."),
    ],
)

check_different_images = Exercise(
    name="images",
    reference=lambda: 3,
    cases=[()],
    right="a seed is an image's name: 3, 5 and 7, however often they are called.",
    wrong=[
        (lambda: 5, "five images are drawn, but some of them are the same. What does the same seed give twice?"),
        (lambda: 1, "the seeds 3, 5 and 7 are different numbers, so their latents and images differ."),
        (lambda: 2, "two seeds come twice, but the one that comes once gives an image as well."),
        (lambda: 7, "7 is the largest seed. Seeds are names, not amounts: count the different ones."),
    ],
)

# ---- notebook 01


def _box_filter(images: np.ndarray) -> np.ndarray:
    n, size, _ = images.shape
    return images.reshape(n, size // 2, 2, size // 2, 2).mean(axis=(2, 4))


def _wrong_axes(images: np.ndarray) -> np.ndarray:
    n, size, _ = images.shape
    return images.reshape(n, 2, size // 2, 2, size // 2).mean(axis=(1, 3))


check_box_filter = Exercise(
    name="box_filter",
    reference=_box_filter,
    cases=[(_rng.uniform(0, 255, (3, 8, 8)),), (_rng.uniform(0, 255, (1, 4, 4)),)],
    right="every new pixel is the mean of the four it covers, and the mean grey of an image stays what it was.",
    wrong=[
        (
            lambda x: x[:, ::2, ::2],
            "you keep one pixel of each four and drop the others. The new pixel should be the mean of all four.",
        ),
        (
            lambda x: 4 * _box_filter(x),
            "you add the four pixels, so the image is four times too bright. Divide by 4: take the mean.",
        ),
        (
            lambda x: np.maximum.reduce([x[:, i::2, j::2] for i in (0, 1) for j in (0, 1)]),
            "you take the brightest of four pixels. That is max pooling; the box filter takes their mean.",
        ),
        (
            _wrong_axes,
            "you average pixels that lie half an image apart. Split each side into (R/2, 2), not (2, R/2).",
        ),
        (
            lambda x: (x[:, ::2] + x[:, 1::2]) / 2,
            "you halve the rows, but not the columns: the image is no longer square. Do the same along axis 2.",
        ),
    ],
)


def _to_float(images: np.ndarray, low: float, high: float) -> np.ndarray:
    return low + (high - low) * (images / 255)


_GREYS = _rng.integers(20, 200, (2, 4, 4)).astype(np.uint8)
_ENDS = np.array([[0, 1], [254, 255]], np.uint8)

check_to_float = Exercise(
    name="to_float",
    reference=_to_float,
    cases=[(_GREYS, -1, 1), (_ENDS, -1, 1), (_GREYS, 0, 1)],
    right="0 becomes low, 255 becomes high, and equal steps of grey stay equal steps.",
    wrong=[
        (
            lambda x, low, high: x / 255,
            "you map to 0..1 whatever is asked for. Stretch by (high - low) and move by low.",
        ),
        (
            lambda x, low, high: x / 127.5 - 1,
            "you map to -1..1 whatever is asked for. Use low and high, so that 0..1 works too.",
        ),
        (
            lambda x, low, high: low + (high - low) * (x / 256),
            "white stays a little below high: the largest grey is 255, not 256.",
        ),
        (
            lambda x, low, high: (high - low) * (x / 255),
            "the width is right, but black is 0 instead of low. Add low.",
        ),
        (
            lambda x, low, high: low + (high - low) * ((x.astype(float) - x.min()) / (float(x.max()) - x.min())),
            "you stretch every image by its own darkest and brightest pixel, so the same grey means something else "
            "in each. Divide by 255.",
        ),
        (
            lambda x, low, high: low + x * np.uint8(high - low) / 255,
            "bright pixels come out dark: 2 * 200 does not fit into uint8 and wraps around. Divide by 255 first.",
        ),
        (
            lambda x, low, high: high - (high - low) * (x / 255),
            "black and white are swapped: 0 should become low, and yours becomes high.",
        ),
    ],
)


def _splits_of(people: Sequence[str], splits: Sequence[str]) -> dict[str, set[str]]:
    """The splits in which each person stands."""
    found: dict[str, set[str]] = {}
    for person, split in zip(people, splits, strict=True):
        found.setdefault(person, set()).add(split)
    return found


def _count_shared(people: Sequence[str], splits: Sequence[str]) -> int:
    return sum(len(where) > 1 for where in _splits_of(people, splits).values())


# Anna and Ben stand in two splits, Eve in three; Cleo, Dan and Finn in one each.
_PEOPLE = np.array("Anna Anna Anna Ben Ben Cleo Cleo Cleo Dan Eve Eve Eve Finn".split())
_SPLITS = np.array("train train test train validate train train train test train validate test validate".split())

check_shared_people = Exercise(
    name="shared_people",
    reference=_count_shared,
    cases=[(_PEOPLE, _SPLITS), (_PEOPLE[:5], _SPLITS[:5]), (_PEOPLE[5:9], _SPLITS[5:9])],
    right="so a table can be checked in one line before it is trained on. The answer for a sound one is 0.",
    wrong=[
        (
            lambda people, splits: len(set(people)),
            "that is how many people there are in all. Count only those who stand in more than one split.",
        ),
        (
            lambda people, splits: sum(len(_splits_of(people, splits)[person]) > 1 for person in people),
            "you count slices. A person with many slices is still one person: count each name once.",
        ),
        (
            lambda people, splits: sum(len(where) - 1 for where in _splits_of(people, splits).values()),
            "a person in three splits counts twice in yours. Ask of each person only: more than one split, yes or no?",
        ),
        (
            lambda people, splits: sum(len(where) == 1 for where in _splits_of(people, splits).values()),
            "those are the people who stand in one split only. It is the others that leak.",
        ),
        (
            lambda people, splits: len(set(people[splits == "train"]) & set(people[splits == "test"])),
            "you compare train with test, but the people of validate count as well: use all splits.",
        ),
    ],
)
