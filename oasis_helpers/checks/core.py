"""How an exercise is judged: right, not yet, or wrong in a way that has a name (all notebooks).

An exercise knows the right answer and the usual wrong ones. An answer that behaves like a wrong one gets that
one's hint; any other gets told how its numbers differ.
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
    """

    name: str
    reference: Callable[..., Any]
    cases: Sequence[tuple[Any, ...]]
    right: str
    wrong: Sequence[tuple[Callable[..., Any], str]] = ()
    tolerance: float = 1e-4

    def __call__(self, answer: Any) -> None:
        """Print the verdict on an answer: a function, or a plain value where the exercise asks for one."""
        print(self.judge(answer))

    def judge(self, answer: Any) -> str:
        """Return the verdict as one line that starts with "Right", "Not yet" or "Not quite"."""
        function = answer if callable(answer) else lambda *_: answer
        expected = [_array(self.reference(*case)) for case in self.cases]
        results = []
        for case in self.cases:
            try:
                result = function(*case)
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

    def _hint(self, results: list[np.ndarray], expected: list[np.ndarray]) -> str:
        for function, hint in self.wrong:
            if self._same(results, [_array(function(*case)) for case in self.cases]):
                return hint
        for result, target in zip(results, expected, strict=True):
            if result.shape != target.shape:
                return f"the shape should be {target.shape}, but yours is {result.shape}."
        result, target = results[0], expected[0]
        if target.ndim == 0:
            return f"the value should be near {target:.4g}, but yours is {result:.4g}."
        return (
            f"the shape is right; its mean should be {target.mean():.3f} and its standard deviation "
            f"{target.std():.3f}, but yours are {result.mean():.3f} and {result.std():.3f}."
        )

    def _same(self, results: list[np.ndarray], expected: list[np.ndarray]) -> bool:
        return all(
            a.shape == b.shape and np.allclose(a, b, rtol=self.tolerance, atol=self.tolerance)
            for a, b in zip(results, expected, strict=True)
        )


def _array(value: Any) -> np.ndarray:
    """Return numbers of any engine as float64."""
    return np.asarray(value, dtype="float64")
