"""How an exercise is judged: right, not yet, or wrong in a way that has a name (all notebooks).

An exercise knows the right answer and the usual wrong ones. An answer that behaves like a wrong one gets that
one's hint. Any other is told which kind of mistake gives such numbers, and never which numbers were expected.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    Attributes:
        name: what the student writes, as it stands in the notebook.
        reference: the right answer, a function.
        cases: the arguments of each trial.
        right: what to say when it is right; one sentence about what that means.
        wrong: usual wrong answers, each with its hint.
        tolerance: largest difference that still counts as equal, relative and absolute.
        otherwise: where to look for the answer, said to a wrong number that has no hint of its own.
    """

    name: str
    reference: Callable[..., Any]
    cases: Sequence[tuple[Any, ...]]
    right: str
    wrong: Sequence[tuple[Callable[..., Any], str]] = ()
    tolerance: float = 1e-4
    otherwise: str = ""

    def __call__(self, answer: Any) -> None:
        """Print the verdict on an answer: a function, or a plain value where the exercise asks for one."""
        print(self.judge(answer))

    def judge(self, answer: Any) -> str:
        """Return the verdict as one line that starts with "Right", "Not yet" or "Not quite"."""
        function = answer if callable(answer) else lambda *_: answer
        expected = [_array(self.outcome(self.reference, case)) for case in self.cases]
        results = []
        for case in self.cases:
            try:
                result = self.outcome(function, case)
            except Exception as error:  # whatever a student's code raises is theirs to read, in one line
                return f"Not yet: {self.name} stopped with {type(error).__name__}: {error}"
            if result is None or result is Ellipsis:
                return f"Not yet: {self.name} gives nothing so far. Fill it in and run the cell again."
            try:
                results.append(_array(result))
            except (TypeError, ValueError):
                return f"Not quite: {self.name} should give numbers, but gives a {type(result).__name__}."
        if self._same(results, expected):
            return f"Right: {self.right}"
        return f"Not quite: {self._hint(results, expected)}"

    def outcome(self, function: Callable[..., Any], case: tuple[Any, ...]) -> Any:
        """Return what is compared: here what an answer, right or wrong, returns in a case."""
        return function(*case)

    def _hint(self, results: list[np.ndarray], expected: list[np.ndarray]) -> str:
        for function, hint in self.wrong:
            if self._same(results, [_array(self.outcome(function, case)) for case in self.cases]):
                return hint
        for result, target in zip(results, expected, strict=True):
            if result.shape != target.shape:
                return f"the shape should be {target.shape}, but yours is {result.shape}."
        return " ".join(filter(None, [_kind_of_mistake(results, expected), self.otherwise]))

    def _same(self, results: list[np.ndarray], expected: list[np.ndarray]) -> bool:
        return all(
            a.shape == b.shape and np.allclose(a, b, rtol=self.tolerance, atol=self.tolerance)
            for a, b in zip(results, expected, strict=True)
        )


def _array(value: Any) -> np.ndarray:
    """Return numbers of any engine as float64."""
    return np.asarray(value, dtype="float64")


def _kind_of_mistake(results: list[np.ndarray], expected: list[np.ndarray]) -> str:
    """Say how wrong numbers differ from the right ones, without telling the right ones."""
    wrong, right = (np.concatenate([np.ravel(array) for array in arrays]) for arrays in (results, expected))
    if not np.isfinite(wrong).all():
        return "some numbers are not finite. Look for a division by 0, a logarithm of 0, or an overflow."
    if len(right) == 1:
        return f"the number is too {'large' if wrong[0] > right[0] else 'small'}."
    if np.allclose(wrong, -right, rtol=1e-3, atol=1e-6):
        return "the sizes are right, but every sign is the other way round."
    used = np.abs(right) > 1e-9 * np.abs(right).max()
    ratios, offsets = wrong[used] / right[used], wrong - right
    if used.any() and np.ptp(ratios) < 1e-3 * np.abs(ratios).max() and not wrong[~used].any():
        return f"all numbers are {ratios[0]:.5g} times as large as they should be. Look for a factor."
    if np.ptp(offsets) < 1e-3 * np.abs(offsets).max():
        return "all numbers are off by the same amount. Look for a summand that is missing, or one too many."
    if len(np.unique(wrong)) == 1:
        return "the answer is the same for every input. It should depend on all arguments."
    share = np.mean(np.isclose(wrong, right, rtol=1e-3, atol=1e-6))
    return f"the shape is right, but only {share:.0%} of the numbers are. Try it on an example that you can do by hand."
