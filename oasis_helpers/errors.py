"""A mistake that the user can correct, told in one line (every notebook)."""

from __future__ import annotations

import difflib
import math
import numbers
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any


class UserError(ValueError):
    """An argument, a file or a setting that the caller can put right.

    The message is one line: which argument, what was expected, what came, what to do.
    The command line prints it and exits with 2; a notebook shows it without a traceback.
    """

    def _render_traceback_(self) -> list[str]:
        """IPython calls this in place of printing a traceback."""
        return [f"{type(self).__name__}: {self}"]


class ConfigError(UserError):
    """A knob that does not exist, or a value that it cannot take."""


class TrainingError(UserError):
    """A run that cannot start, or that had to stop."""


class ProcessLostError(TrainingError):
    """Another process of the run is gone; what was saved last is kept."""


class DataError(UserError):
    """A data folder, image or volume that is missing, damaged or of the wrong kind."""


# ---------------------------------------------------------------- what was probably meant


def close_name(name: Any, valid: Iterable[str]) -> str:
    """Return `` (did you mean 'laptop'?)`` where a valid name is close to this one, else nothing."""
    close = difflib.get_close_matches(str(name), list(valid), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def close_number(value: Any, low: float, high: float, whole: bool = False) -> str:
    """Return `` (did you mean 0.7?)`` for a number in quotes, with a wrong sign or with a fraction, else nothing."""
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        return ""
    guesses = (number, -number, round(number)) if whole else (number, -number)
    fitting = [guess for guess in guesses if low <= guess <= high and (not whole or guess == int(guess))]
    return f" (did you mean {int(fitting[0]) if whole else fitting[0]:.12g}?)" if fitting else ""


def close_switch(value: Any) -> str:
    """Return `` (did you mean True?)`` for yes, on, 1 and their opposites, else nothing."""
    known = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
    word = str(value).strip().lower()
    return f" (did you mean {known[word]}?)" if word in known else ""


@contextmanager
def called(**names: str) -> Iterator[None]:
    """Let errors speak of an argument by the name that the user gave its value: ``with called(path="data"):``."""
    try:
        yield
    except UserError as error:
        argument, _, rest = str(error).partition(":")
        if argument not in names:
            raise
        raise type(error)(f"{names[argument]}:{rest}") from None


# ---------------------------------------------------------------- numbers


def is_whole(value: Any) -> bool:
    """Return whether a value is a whole number: Python's or NumPy's, but no bool."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def check_whole(name: str, value: Any, low: int, high: int | None = None) -> int:
    """Return a value as int where it is a whole number in the range; raises UserError."""
    if not is_whole(value) or value < low or (high is not None and value > high):
        expected = f"of at least {low}" if high is None else f"from {low} to {high}"
        meant = close_number(value, low, math.inf if high is None else high, whole=True)
        raise UserError(f"{name}: expected a whole number {expected}, but got {value!r}{meant}; choose one there")
    return int(value)


def check_number(name: str, value: Any, low: float, high: float) -> float:
    """Return a value as float where it is a number in the range; raises UserError."""
    valid = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not valid or not low <= value <= high:
        meant = close_number(value, low, high)
        expected = f"a number from {low:g} to {high:g}"
        raise UserError(f"{name}: expected {expected}, but got {value!r}{meant}; choose one there")
    return float(value)


def check_share(name: str, value: float, advice: str, ends: bool = True) -> float:
    """Return a number from 0 to 1 as float, without the ends themselves where ``ends`` is false; raises UserError."""
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not number or not (0 <= value <= 1 if ends else 0 < value < 1):
        expected = "from 0 to 1" if ends else "between 0 and 1"
        raise UserError(f"{name}: expected a number {expected}, but got {value!r}; {advice}")
    return float(value)


def check_choice(name: str, value: Any, choices: Iterable[Any]) -> Any:
    """Return a value that is one of the choices; raises UserError."""
    choices = list(choices)
    if isinstance(value, bool) or not any(type(value) is type(choice) and value == choice for choice in choices):
        expected = ", ".join(map(repr, choices))
        meant = close_name(value, map(str, choices))
        raise UserError(f"{name}: expected one of {expected}, but got {value!r}{meant}; choose one of them")
    return value


def parse_numbers(name: str, text: str, example: str = "0-15 or 1,5,9") -> list[int]:
    """Return the whole numbers of a text like ``0-3,8``: [0, 1, 2, 3, 8].

    >>> parse_numbers("seeds", "0-3,8")
    [0, 1, 2, 3, 8]

    Raises:
        UserError: anything else, a range that runs backwards, or one of more than 4,096 numbers.
    """
    numbers: list[int] = []
    for part in text.split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        if not first.isdecimal() or (dash and not (last.isdecimal() and int(last) >= int(first))):
            raise UserError(f"{name}: expected something like {example}, but got {text!r}; use commas and dashes")
        end = int(last) if dash else int(first)
        if end - int(first) >= 4096:
            raise UserError(f"{name}: expected at most 4096 numbers, but got {part.strip()!r}; take fewer")
        numbers += range(int(first), end + 1)
    return numbers
