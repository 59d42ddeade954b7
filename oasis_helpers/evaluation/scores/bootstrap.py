"""How certain a score is: an interval from drawing the people, not the slices, again and again (notebook 07).

Slices of one person are alike. Drawn one by one they would pass for many independent images, and the interval
would be far too narrow; so a person is drawn with all slices or not at all (Field and Welsh 2007).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from oasis_helpers.errors import UserError, check_share, check_whole

import numpy as np

LEAST_PEOPLE = 5
ENOUGH_PEOPLE = 20


@dataclass(frozen=True)
class Interval:
    """From ``low`` to ``high``; how many people and repeats it rests on; ``flags`` say why to doubt it."""

    low: float
    high: float
    people: int
    repeats: int
    flags: list[str] = field(default_factory=list)


def bootstrap(
    people: Sequence[str],
    function: Callable[[np.ndarray], float],
    repeats: int = 200,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Confidence interval of a score for other people from the same population, the fakes staying as they are.

    The interval is the middle of the values that the resamples give, moved so that their mean lies on the score of
    the images themselves. A resample holds some people twice, which by itself raises a Fréchet distance and lowers
    precision: where the values lie says little, how far they spread is what counts. So an end may lie outside of
    what the score can be, such as below 0. For precision the interval is about a sixth too narrow (in a trial with 60
    people of five slices; the Fréchet distance, KID and recall were right to a tenth). ``function`` is called
    ``repeats`` + 1 times.

    Args:
        people: the name of the person on each real image, (n,).
        function: row numbers of real images (m,) int64, some more than once, to a score.
        repeats: how many resamples; 200 give an end to about a twentieth of the width, 1,000 to a fiftieth.
        level: the share of the values inside the interval, between 0 and 1.
        seed: of the draws.

    Raises:
        UserError: fewer than five people, a level outside 0..1, or a score that is not finite.
    """
    people = np.asarray(people)
    repeats, seed = check_whole("repeats", repeats, 20), check_whole("seed", seed, 0)
    level = check_share("level", level, "0.95 is usual", ends=False)
    if people.ndim != 1:
        raise UserError(f"people: expected one name per image (n,), but got shape {people.shape}; flatten them")
    names, owner = np.unique(people, return_inverse=True)
    if len(names) < LEAST_PEOPLE:
        raise UserError(
            f"people: expected at least {LEAST_PEOPLE} people, but got {len(names)}; too few for an interval"
        )
    rows = np.split(np.argsort(owner, kind="stable"), np.cumsum(np.bincount(owner))[:-1])  # of each person
    rng = np.random.default_rng(seed)
    draws = rng.integers(0, len(names), (repeats, len(names)))
    score = _finite(function(np.arange(len(people))))
    values = np.array([_finite(function(np.concatenate([rows[person] for person in draw]))) for draw in draws])
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2]) - values.mean() + score
    return Interval(float(low), float(high), len(names), repeats, _flags(len(names), repeats, level))


def _finite(value: float) -> float:
    if not np.isfinite(value):
        raise UserError(f"function: expected a finite score, but got {value}; look at the features behind it")
    return float(value)


def _flags(people: int, repeats: int, level: float) -> list[str]:
    flags = []
    if people < ENOUGH_PEOPLE:
        flags.append(f"{people} people: below {ENOUGH_PEOPLE} the interval is too narrow")
    if repeats * (1 - level) / 2 < 2:
        flags.append(f"{repeats} repeats: too few to tell the ends of {100 * level:g} %")
    return flags
