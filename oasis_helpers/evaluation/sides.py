"""What is compared with what: fakes, other people, degraded slices, an untrained generator, the mean (notebook 07).

A score means something only beside others of the same kind. So the people of train are cut in two halves that share
nobody. One half is the reference. The other half shows how good a score can get (reals of other people), and,
degraded in known ways, how bad.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

from oasis_helpers import sampling
from oasis_helpers.data.pyramid import Pyramid
from oasis_helpers.errors import UserError
from oasis_helpers.evaluation.corruptions import corrupt, mean_slice
from oasis_helpers.networks.generator import Generator

import numpy as np

CORRUPTION_STRENGTH = 0.25  # of each corruption: plain to see, and still a brain
TITLES = {
    "fakes": "the generator",
    "other people": "real slices of other people",
    "blurred": "those, blurred",
    "noisy": "those, with noise",
    "shuffled": "those, in shuffled pieces",
    "untrained": "an untrained generator",
    "mean slice": "the mean slice",
}


@dataclass(frozen=True)
class Sides:
    """Images for an evaluation, all of one size and of one count.

    Attributes:
        reference: (n, R, R) uint8, what everything is compared with.
        people: (n,) whose slice each reference is.
        others: name -> (n, R, R) uint8; the names are those of `TITLES`.
    """

    reference: np.ndarray
    people: np.ndarray
    others: dict[str, np.ndarray]


def other_data(about: dict[str, Any], source: str, digest: str = "") -> str:
    """Return what to say where a generator did not learn from the slices that it is judged against; else "".

    Args:
        about: the generator's ``about``. ``slices``, the checksum of what it learned from, decides; files without one
            are known by ``data``, the name of their source. Without either nothing is known, and nothing is said.
        source: of the slices that it is judged against.
        digest: checksum of the split ``train`` of those.
    """
    learned = about.get("data", source)
    known = digest and about.get("slices")
    if (about["slices"] == digest) if known else (learned == source):
        return ""
    judged = f"others of the same name, {source!r}" if learned == source else repr(source)
    doubt = "" if known else "unless these are the same under another name, "
    return (
        f"data: expected the slices that the generator learned from, {learned!r}, but got {judged}; {doubt}scores "
        "compare two kinds of slices, and the audit looks for copies of the wrong people"
    )


def make_sides(generator: Generator, data: Pyramid, count: int, seed: int = 0, psi: float = 1.0) -> Sides:
    """Draw and pick all images of an evaluation.

    Args:
        generator: what is judged.
        data: slices with their people; only the split ``train`` is used.
        count: images of each kind; fewer where half of the people have fewer slices.
        seed: of the choice of people and slices, and of the corruptions. The fakes have the seeds 0, 1, 2, ...
        psi: truncation of the fakes. 1, since truncation hides what a generator does badly.

    Warns where the generator learned from other slices.
    """
    size, train = generator.resolution, data.split("train")
    if caution := other_data(generator.about, data.source, train.digest()):
        warnings.warn(caution, stacklevel=2)
    rng = np.random.default_rng([seed, 7])
    people = rng.permutation(train.people)
    if len(people) < 4:
        raise UserError(f"data: expected at least 4 people in train, but got {len(people)}; give a larger folder")
    first = np.isin(train.table["person"], people[: len(people) // 2])
    count = min(count, int(first.sum()), int((~first).sum()))
    chosen, other = (np.sort(rng.permutation(np.flatnonzero(half))[:count]) for half in (first, ~first))
    level = train.level(size)
    reals = level[other]
    untrained = Generator(generator.config, name="untrained", resolution=size)
    others = {
        "fakes": sampling.sample(generator, range(count), psi, cutoff=generator.num_styles, together=16),
        "other people": reals,
        "blurred": corrupt(reals, "blur", CORRUPTION_STRENGTH, seed),
        "noisy": corrupt(reals, "noise", CORRUPTION_STRENGTH, seed),
        "shuffled": corrupt(reals, "shuffle", CORRUPTION_STRENGTH, seed),
        "untrained": sampling.sample(untrained, range(count), 1.0, together=16),
        "mean slice": mean_slice(level[chosen], count),
    }
    return Sides(level[chosen], train.table["person"].to_numpy()[chosen], others)
