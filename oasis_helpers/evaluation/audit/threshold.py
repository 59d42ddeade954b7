"""Where chance ends: a threshold from people who were never trained on, and a test of what lies below (notebook 07).

A person's slices resemble each other, so a hundred slices of three people are not a hundred findings. Everything
here therefore goes person by person.
"""

from __future__ import annotations

from oasis_helpers.errors import UserError

import numpy as np
from scipy import stats

# Robust standard deviations at which a person's scores are no new person's. Under "pixel", second scans in the OASIS-1
# sample lie at 13 or more (a seventh of the people have one, which itself widens the spread); nobody else came near 8.
FAR_OUT = 8.0


def set_aside(scores: np.ndarray, people: np.ndarray) -> list:
    """Return the people whose scores, as a whole, are far below everybody's.

    A second scan of a training person under another name, or a slice that sits in two splits, looks like a copy. If
    it stayed in, it would pull the threshold down until copies pass. The median over a person's slices is compared
    with those of all people, in logarithms, by median and median absolute deviation.

    Args:
        scores: (n,) above or equal to 0.
        people: (n,) whose slice each is.
    """
    names = np.unique(people)
    typical = np.array([np.median(_log(scores[people == name])) for name in names])
    middle = np.median(typical)
    spread = 1.4826 * np.median(np.abs(typical - middle))
    return names[typical < middle - FAR_OUT * max(spread, 0.01)].tolist()


def flag_threshold(scores: np.ndarray, people: np.ndarray, false_alarms: float) -> float:
    """Return the score below which a slice of a new person falls with at most the given probability.

    With n scores of new people it is the k-th smallest, k = false_alarms * (n + 1) rounded down: a further score
    from the same people lies below it with probability k / (n + 1). Then k is lowered until it also holds
    for people: each person's slices are judged by the threshold of all the others, and the mean share of them
    below it must not exceed the rate. Below the smallest score k cannot go; then the smallest is the threshold.

    Raises:
        UserError: too few scores for such a rate.
    """
    need = int(np.ceil(1 / false_alarms)) - 1
    if len(scores) < need:
        raise UserError(
            f"false_alarms: expected at least {need} slices of new people for a rate of {false_alarms:g}, but got"
            f" {len(scores)}; hold out more people or allow a higher rate"
        )
    _, codes = np.unique(people, return_inverse=True)
    order = np.argsort(scores, kind="stable")
    for k in range(int(false_alarms * (len(scores) + 1) + 1e-9), 0, -1):
        if k == 1 or _left_out_rate(scores[order], codes[order], k / (len(scores) + 1)) <= false_alarms:
            break
    return float(scores[order[k - 1]])


def _left_out_rate(scores: np.ndarray, codes: np.ndarray, rate: float) -> float:
    """The mean share of a person's scores (ascending) below the threshold that all other people give."""
    shares = []
    for person in range(codes.max() + 1):
        others = scores[codes != person]
        k = int(rate * (len(others) + 1) + 1e-9)
        shares.append(np.mean(scores[codes == person] < others[k - 1]) if k else 0.0)
    return float(np.mean(shares))


def effective_size(scores: np.ndarray, people: np.ndarray) -> float:
    """How many independent slices n slices of some people are worth, from their intraclass correlation.

    One-way analysis of variance of log scores; between the number of people and n.
    """
    _, codes, counts = np.unique(people, return_inverse=True, return_counts=True)
    n, persons = len(scores), len(counts)
    if persons < 2 or n == persons:
        return float(persons)
    values = _log(scores)
    means = np.bincount(codes, values) / counts
    between = (counts * (means - values.mean()) ** 2).sum() / (persons - 1)
    within = ((values - means[codes]) ** 2).sum() / (n - persons)
    size = (n - (counts**2).sum() / n) / (persons - 1)  # slices a person, where people differ in it
    alike = np.clip((between - within) / max(between + (size - 1) * within, 1e-12), 0, 1)
    return float(n / (1 + (size - 1) * alike))


def excess(flagged: int, fakes: int, below: int, scores: int, worth: float) -> float:
    """Return the probability that as many fakes or more are flagged by chance alone.

    A binomial test whose rate is not taken for known: ``below`` of ``scores`` null scores, worth ``worth``
    independent ones, lie below the threshold, so the rate is Beta(worth * below / scores + 1/2, the rest + 1/2).
    """
    hits = below * worth / scores
    return float(stats.betabinom.sf(flagged - 1, fakes, hits + 0.5, worth - hits + 0.5))


def beyond_doubt(scores: np.ndarray) -> float:
    """The score that even one fake must not fall below: twice as far from the median as any new person's.

    In logarithms. If the lowest of n scores lies as deep as one in n does, and the tail falls exponentially or
    faster, one more score lies below the line with a probability of about 1 in n squared.
    """
    lowest, middle = _log(np.array([scores.min(), np.median(scores)]))
    return float(np.exp(2 * lowest - middle))


def _log(scores: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(scores, 1e-4))
