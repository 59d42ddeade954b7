"""Real or generated? A quiz for the eye: slices and samples mixed up, and how good a guess is (notebook 06)."""

from __future__ import annotations

from collections.abc import Iterable

from oasis_helpers.errors import UserError, check_whole, is_whole
from oasis_helpers.view.figures import BRAIN_ASPECT, show_slices

import numpy as np
from matplotlib.figure import Figure
from scipy import stats

WIDTH = 11.2  # of the figure, in inches


class Quiz:
    """As many slices as samples, in an order that the seed decides, numbered from 1.

    Attributes:
        images: (2 n, R, R) uint8, as shown.
        generated: (2 n,) bool, which of them are samples. Look only afterwards.
    """

    def __init__(self, slices: np.ndarray, samples: np.ndarray, seed: int = 0) -> None:
        """Mix them up.

        Args:
            slices: (n, R, R) uint8, real slices.
            samples: (n, R, R) uint8, what a generator drew, at the same size.
            seed: of the order, a whole number from 0.

        Raises:
            UserError: other numbers or sizes of slices and samples, none at all, or not uint8.
        """
        slices, samples = np.asarray(slices), np.asarray(samples)
        for name, given in (("slices", slices), ("samples", samples)):
            if given.dtype != np.uint8 or given.ndim != 3 or len(given) == 0:
                got = f"{given.dtype} of shape {given.shape}"
                raise UserError(f"{name}: expected uint8 images (n, R, R), but got {got}; turn them into such")
        if slices.shape != samples.shape:
            shape, got = slices.shape, samples.shape
            raise UserError(f"samples: expected the slices' shape {shape}, but got {got}; take as many, of one size")
        order = np.random.default_rng(check_whole("seed", seed, 0)).permutation(2 * len(slices))
        self.images = np.concatenate([slices, samples])[order]
        self.generated = order >= len(slices)

    def show(self, answers: bool = False, columns: int = 8) -> Figure:
        """Show the images with their numbers; with ``answers`` also what each is. Fewer columns, larger images."""
        words = np.where(self.generated, ": generated", ": slice") if answers else [""] * len(self.images)
        titles = [f"{i}{word}" for i, word in enumerate(words, 1)]
        return show_slices(self.images, titles, columns, size=WIDTH / columns / BRAIN_ASPECT, crop=True)

    def mark(self, guess: Iterable[int]) -> str:
        """Say how good a guess is.

        Args:
            guess: the numbers of the images taken for generated, each from 1 to the last, none twice.

        Returns:
            How many images were put right, and how likely that many or more are by tossing a coin for each
            (binomial distribution with one half).

        Raises:
            UserError: a number that no image has, or one named twice.
        """
        numbers = [guess] if is_whole(guess) else list(guess)
        last = len(self.images)
        for number in numbers:
            check_whole("guess", number, 1, last)
            if numbers.count(number) > 1:
                raise UserError(f"guess: expected each image once, but got {number} twice; take one out")
        called = np.isin(np.arange(1, last + 1), numbers)
        right = int((called == self.generated).sum())
        chance = stats.binom.sf(right - 1, last, 0.5)
        caught, wronged = int((called & self.generated).sum()), int((called & ~self.generated).sum())
        return (
            f"{right} of {last} right: {caught} of {last // 2} samples found, {wronged} slices taken for samples. "
            f"A coin does as well in {100 * chance:.2g} % of all cases."
        )
