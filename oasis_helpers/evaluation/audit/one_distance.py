"""What one distance says about the fakes: a threshold, the flagged ones, and a verdict in words (notebook 07)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from oasis_helpers.evaluation.audit import threshold
from oasis_helpers.evaluation.audit.disguises import disguise
from oasis_helpers.evaluation.audit.nearest import Bank, Features, Heads, Nearest

import numpy as np

PLANTED = 200  # disguised copies by which the audit tests itself
MUST_FIND = 0.9  # share of them; an audit that finds fewer must not pass anything
NEW_SLICES = 3000  # slices of new people, of each of the two kinds, that the fakes are compared with


@dataclass(frozen=True)
class DistanceVerdict:
    """What one distance says.

    Attributes:
        fakes: the nearest training slice of each of n fakes, with scores.
        threshold: fakes that score below it are flagged.
        line: even one fake below it fails the audit.
        flagged: (n,) bool.
        new: the same for slices of new people, also those set aside: first all held-out ones, then training ones with
            their own person left out.
        false_alarms: share of the new people's slices, without those set aside, that score below the threshold.
        held_out_flagged: the same for the held-out people alone.
        planted_found: share of disguised copies of training slices that score below the threshold.
        p_value: probability of as many flags or more by chance.
        verdict: "pass" or "fail".
        reasons: the verdict in words, a sentence each.
    """

    fakes: Nearest
    threshold: float
    line: float
    flagged: np.ndarray
    new: Nearest
    false_alarms: float
    held_out_flagged: float
    planted_found: float
    p_value: float
    verdict: str
    reasons: tuple[str, ...]


class AuditImages:
    """Fakes, training slices and new people's slices, with the heads located once for all distances."""

    def __init__(
        self,
        fakes: np.ndarray,
        train: tuple[np.ndarray, ...],
        held_out: tuple[np.ndarray, ...],
        seed: int,
        most: int = NEW_SLICES,
    ) -> None:
        """Take images (n, R, R) uint8, for train and held out with their people (n,): (images, people).

        Of new people, held out or of train with their own slices left out, ``most`` slices each are drawn.
        """
        rng = np.random.default_rng(seed)
        kept = np.sort(rng.permutation(len(held_out[0]))[:most])
        (train, self.train_people), (held_out, self.held_people) = train, (part[kept] for part in held_out)
        self.names, self.codes = np.unique(self.train_people, return_inverse=True)
        self.some = np.sort(rng.permutation(len(train))[:most])  # training slices whose own person is left out
        copied = rng.permutation(len(train))[:PLANTED]
        planted = disguise(train[copied], rng)
        self.train, self.fakes, self.held_out, self.planted = map(Heads, (train, fakes, held_out, planted))
        self.left_out = self.train.part(self.some)

    def new_people(self) -> np.ndarray:
        """Whose each new slice is: the held-out ones', then the training ones'."""
        return np.concatenate([self.held_people, self.names[self.codes[self.some]]])


def search(images: AuditImages, features: Features | None) -> dict[str, Nearest]:
    """Find the nearest training slices under one distance: of fakes, held_out, left_out and planted."""
    bank = Bank(images.train, images.codes, features)
    nearest = {name: bank.search(getattr(images, name)) for name in ("fakes", "held_out", "planted")}
    return {**nearest, "left_out": bank.search_left_out(images.left_out, images.some, images.codes)}


def judge(
    name: str, near: dict[str, Nearest], people: np.ndarray, aside: Sequence[str], false_alarms: float, level: float
) -> DistanceVerdict:
    """Judge the fakes under one distance.

    Args:
        name: of the distance.
        near: from :func:`search`.
        people: whose each slice of ``held_out`` and ``left_out`` is, one after the other.
        aside: people whose slices are not compared with.
        false_alarms: share of new people's slices that may be flagged.
        level: of the test whether more fakes are flagged than that.
    """
    new = np.concatenate([near["held_out"].score, near["left_out"].score])
    kept = ~np.isin(people, aside)
    new, people, fakes = new[kept], people[kept], near["fakes"].score
    limit = threshold.flag_threshold(new, people, false_alarms)
    flagged, below = fakes < limit, int((new < limit).sum())
    worth = threshold.effective_size(new, people)
    result = DistanceVerdict(
        fakes=near["fakes"],
        threshold=limit,
        line=threshold.beyond_doubt(new),
        flagged=flagged,
        new=joined([near["held_out"], near["left_out"]]),
        false_alarms=below / len(new),
        held_out_flagged=float(np.mean(near["held_out"].score < limit)),
        planted_found=float(np.mean(near["planted"].score < limit)),
        p_value=threshold.excess(int(flagged.sum()), len(fakes), below, len(new), worth),
        verdict="pass",
        reasons=(),
    )
    return _with_verdict(name, result, len(new), level)


def joined(parts: list[Nearest]) -> Nearest:
    """Put several results into one, in their order."""
    return Nearest(*(np.concatenate([getattr(part, field) for part in parts]) for field in vars(parts[0])))


def _p(value: float) -> str:
    """A p-value in words; far below the smallest number that its computation can tell from 0, it says so."""
    return f"p = {value:.2g}" if value > 1e-12 else "p < 1e-12"


def _with_verdict(name: str, result: DistanceVerdict, compared: int, level: float) -> DistanceVerdict:
    """The same with its verdict, and why."""
    scores, flagged, copies = result.fakes.score, result.flagged.sum(), (result.fakes.score < result.line).sum()
    many, blind = result.p_value < level, result.planted_found < MUST_FIND
    reasons = [
        f"{name}: {flagged} of {len(scores)} fakes ({flagged / len(scores):.1%}) score below {result.threshold:.2f};"
        f" {result.false_alarms:.1%} of {compared} slices of new people do. That is {'more than' if many else 'within'}"
        f" chance ({_p(result.p_value)}, significance level {level:.2g})."
    ]
    if copies:
        reasons.append(
            f"{name}: {copies} of the fakes lie below {result.line:.2f}, twice as far from the median as the"
            f" lowest of {compared} new slices. One is enough to fail: the probability that a new slice scores so low"
            f" is about {compared**-2.0:.1g}."
        )
    if blind:
        reasons.append(
            f"{name}: only {result.planted_found:.0%} of the planted copies were found, so a pass would mean nothing."
        )
    return replace(result, verdict="fail" if many or copies or blind else "pass", reasons=tuple(reasons))
