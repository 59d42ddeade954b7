"""The exercises of notebooks 00 and 01: pixels and seeds, the guard of a split, a wrong range, a scatter plot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from oasis_helpers.checks.core import Exercise

import numpy as np

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
    right="a seed determines the image: 3, 5 and 7 give one each, however often they are drawn.",
    wrong=[
        (lambda: 5, "five images are drawn, but some of them are the same. What does the same seed give twice?"),
        (lambda: 1, "the seeds 3, 5 and 7 are different numbers, so their latents and images differ."),
        (lambda: 2, "two seeds come twice, but the one that comes once gives an image as well."),
        (lambda: 7, "7 is the largest seed. Seeds are labels, not amounts: count the different ones."),
    ],
)

# ---- notebook 01

SPLIT_NAMES = ("train", "validate", "test")
REFUSED = (-1.0, -1.0, -1.0)  # what stands for a ValueError


class GuardExercise(Exercise):
    """An exercise whose answer may refuse its input: a ValueError counts as the result `REFUSED`."""

    def outcome(self, function: Callable[..., Any], case: tuple[Any, ...]) -> Any:
        """See `Exercise.outcome`."""
        try:
            return function(*case)
        except ValueError:
            return REFUSED


def _members(people: np.ndarray, splits: np.ndarray) -> list[set[str]]:
    return [set(people[splits == name]) for name in SPLIT_NAMES]


def _counts(people: np.ndarray, splits: np.ndarray) -> list[int]:
    return [len(names) for names in _members(people, splits)]


def _is_sound(people: np.ndarray, splits: np.ndarray) -> bool:
    return sum(_counts(people, splits)) == len(set(people))


def _guard(people: np.ndarray, splits: np.ndarray) -> Sequence[float]:
    return _counts(people, splits) if _is_sound(people, splits) else REFUSED


def _train_against_test(people: np.ndarray, splits: np.ndarray) -> Sequence[float]:
    train, _, test = _members(people, splits)
    return REFUSED if train & test else _counts(people, splits)


def _no_repeats(people: np.ndarray, splits: np.ndarray) -> Sequence[float]:
    return _counts(people, splits) if len(set(people)) == len(people) else REFUSED


def _split_case(text: str) -> tuple[np.ndarray, np.ndarray]:
    """Return people and splits of slices written as ``Anna:train Ben:test``."""
    people, splits = zip(*(item.split(":") for item in text.split()), strict=True)
    return np.array(people), np.array(splits)


check_guard = GuardExercise(
    name="guard",
    reference=_guard,
    cases=[
        _split_case("Anna:train Anna:train Ben:validate Ben:validate Cleo:train Dan:test Eve:train Eve:train"),
        _split_case("Anna:train Anna:train Ben:validate Ben:test Cleo:train Dan:test"),
        _split_case("Anna:train Anna:test Ben:validate Cleo:train"),
        _split_case("Finn:test Gil:test Anna:train Ben:validate"),
    ],
    right="it counts people, not slices, and nobody gets past it in two splits.",
    wrong=[
        (
            _counts,
            "it counts, but lets everything pass. Some of these splits have a person in two of them: refuse them.",
        ),
        (
            _train_against_test,
            "a person in validate and in test gets past yours. Compare all pairs of splits.",
        ),
        (
            _no_repeats,
            "yours refuses a person who has two slices in one split. That is allowed; only two splits are not.",
        ),
        (
            lambda people, splits: (
                [int(np.sum(splits == name)) for name in SPLIT_NAMES] if _is_sound(people, splits) else REFUSED
            ),
            "you count slices. A person with many slices is still one person: count each name once.",
        ),
        (
            lambda people, splits: sorted(_guard(people, splits)),
            "the numbers are right, but their order is not: train, validate, test.",
        ),
        (
            lambda people, splits: np.roll(_guard(people, splits), 1),
            "the order is alphabetical, as np.unique gives it. Asked is train, validate, test.",
        ),
        (
            lambda people, splits: _counts(people, splits) if not _is_sound(people, splits) else REFUSED,
            "it is the wrong way round: yours refuses the sound splits and lets the others pass.",
        ),
        (lambda people, splits: REFUSED, "yours refuses every split, the sound ones too."),
    ],
    otherwise="Try it on a split of three people that you write down yourself.",
)

check_wrong_range = Exercise(
    name="grey",
    reference=lambda: 145.0,
    cases=[()],
    right="and everything up to a medium grey becomes black, so the fluid and much of the grey matter are gone.",
    wrong=[
        (lambda: 200.0, "that would need both parts to agree on one range."),
        (lambda: 227.5, "that maps 0..1 to -1..1 and not the other way round."),
        (lambda: 100.0, "halving is not it: what is 200 in the range from -1 to 1, and what is that number of 255?"),
        (lambda: 0.0, "black is what becomes of values below 0. Is 200 below the middle?"),
        (lambda: 255.0, "white is what becomes of values above 1. Is 200 one of them?"),
        (lambda: 0.57, "that is the number in between. Map it back to a grey value."),
    ],
    tolerance=0.006,
    otherwise="Write down the number that the first part makes of 200, and what the second makes of that.",
)

check_csf_at_80 = Exercise(
    name="csf_at_80",
    reference=lambda: 28.3,
    cases=[()],
    right="and the dots around that age spread by several points, so one person's share tells little about the age.",
    wrong=[
        (lambda: 0.28, "that looks like a share. The axis counts per cent."),
        (lambda: 80.0, "that is the age, on the horizontal axis."),
        (lambda: 22.0, "that is about what people of 20 years have. Does the cloud rise or fall?"),
        (lambda: 40.0, "hardly a dot lies so high. Take the middle of the dots, not the highest one."),
    ],
    tolerance=0.1,
    otherwise="Go up from 80 years to the middle of the dots, and from there to the left.",
)
