"""Does the generator copy people? Its slices against the training people's, judged by people held out (notebook 07).

Under each distance a fake gets a score, see :mod:`oasis_helpers.evaluation.audit.nearest`: about 1 for anybody new,
near 0 for a copy. People whom the generator never saw get the same score, and so does every training person with
their own slices left out. What is new to the training slices scores like them; what scores lower is flagged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from oasis_helpers.errors import UserError, check_whole
from oasis_helpers.evaluation.audit import threshold
from oasis_helpers.evaluation.audit.edges import edges
from oasis_helpers.evaluation.audit.nearest import Features, Nearest
from oasis_helpers.evaluation.audit.one_distance import NEW_SLICES, AuditImages, DistanceVerdict, judge, search
from oasis_helpers.evaluation.audit.registration import check_frame_images

import numpy as np
import pandas as pd
from scipy import fft

BUILT_IN = MappingProxyType({"pixel": None, "perceptual": edges})
WORKERS = 2  # processor cores that transform images at the same time
LEVEL = 0.01  # of the test behind the verdict, shared among the distances
FEWEST_PEOPLE = {"train": 4, "held_out": 2}


@dataclass(frozen=True)
class Audit:
    """What :func:`audit` found.

    Attributes:
        findings: one :class:`oasis_helpers.evaluation.audit.one_distance.DistanceVerdict` per distance.
        exposure: a row per training person, the most exposed first: ``slices``; ``nearest``, how many fakes' nearest
            slice is theirs, ``expected``, how many that would be going by new people's slices, and ``closest``, the
            lowest score among them (NaN for none), all under the first distance; ``flagged``, how many fakes were
            flagged as theirs under any distance.
        verdict: "pass" where every distance passes, else "fail".
        reasons: why, a sentence each.
        set_aside: people left out of the comparison under every distance, see
            :func:`oasis_helpers.evaluation.audit.threshold.set_aside`.
        people: (N,) the training slices' people.
        false_alarms: the rate that was asked for.
    """

    findings: Mapping[str, DistanceVerdict]
    exposure: pd.DataFrame
    verdict: str
    reasons: tuple[str, ...]
    set_aside: tuple[str, ...]
    people: np.ndarray
    false_alarms: float

    def closest(self, n: int = 10, distance: str | None = None) -> pd.DataFrame:
        """Return the ``n`` fakes of lowest score, lowest first, with the training slice each resembles.

        Args:
            n: how many, at least 1; there may be fewer.
            distance: one of the audit's; the first by default.

        Returns:
            Columns ``fake`` and ``slice`` (indices), ``person``, ``score``, ``flagged``, ``copy`` (closer than chance
            gets even once), ``flipped`` (mirrored left to right), then ``down`` and ``along``, the pixels that the
            fake moves along rows and columns to lie on the slice.
        """
        n, name = check_whole("n", n, 1), next(iter(self.findings)) if distance is None else distance
        if name not in self.findings:
            raise UserError(f"distance: expected one of {', '.join(self.findings)}, but got {name!r}; choose one")
        verdict, near = self.findings[name], self.findings[name].fakes
        first = np.argsort(near.score, kind="stable")[:n]
        return pd.DataFrame(
            {
                "fake": first,
                "slice": near.slice[first],
                "person": self.people[near.slice[first]],
                "score": near.score[first],
                "flagged": verdict.flagged[first],
                "copy": near.score[first] < verdict.line,
                "flipped": near.flipped[first],
                "down": near.moved[first, 0],
                "along": near.moved[first, 1],
            }
        )

    def summary(self) -> dict[str, Any]:
        """Return the outcome in plain numbers and words, ready for ``json.dumps``; it names no person."""
        return {
            "verdict": self.verdict,
            "reasons": list(self.reasons),
            "fakes": len(next(iter(self.findings.values())).flagged),
            "training_slices": len(self.people),
            "training_people": len(self.exposure),
            "set_aside": len(self.set_aside),
            "false_alarms": self.false_alarms,
            "distances": {name: _in_short(finding) for name, finding in self.findings.items()},
        }


def _in_short(finding: DistanceVerdict) -> dict[str, Any]:
    return {
        "verdict": finding.verdict,
        "threshold": finding.threshold,
        "line": finding.line,
        "flagged": int(finding.flagged.sum()),
        "flagged_share": float(finding.flagged.mean()),
        "copies": int((finding.fakes.score < finding.line).sum()),
        "lowest_score": float(finding.fakes.score.min()),
        "p_value": finding.p_value,
        "new_slices": len(finding.new.score),
        "false_alarms": finding.false_alarms,
        "held_out_flagged": finding.held_out_flagged,
        "planted_found": finding.planted_found,
    }


def audit(
    fakes: np.ndarray,
    train: np.ndarray,
    train_people: Sequence,
    held_out: np.ndarray,
    held_out_people: Sequence,
    distances: Mapping[str, Features | None] = BUILT_IN,
    false_alarms: float = 0.01,
    seed: int = 0,
    most: int = NEW_SLICES,
) -> Audit:
    """Look for training people's slices among the fakes.

    It finds copies, also mirrored, moved by a few of 64 pixels, noisy or of other brightness. With `parts.OF_PARTS`
    among the distances it also finds most copied halves, some copied deep parts, and copies that were turned. It
    cannot find smaller parts or what is strongly bent, and a pass does not say that nobody could be recognised.

    Args:
        fakes: (n, R, R) uint8, what the generator draws.
        train: (N, R, R) uint8, everything that it was trained on.
        train_people: (N,) whose slice each is.
        held_out: (m, R, R) uint8, slices of people it was not trained on.
        held_out_people: (m,) whose slice each is.
        distances: by name, a function from images (n, R, R) uint8 to features (n, d), which are compared by their
            correlation; None compares the registered images themselves.
        false_alarms: share of new people's slices that may be flagged, above 0 and at most 0.2.
        seed: of the planted copies and of the slices chosen for comparison.
        most: of how many held-out slices, and of how many training slices with their own person left out, the scores
            of new people are made. All training slices are searched for copies in any case.

    Raises:
        UserError: sizes that differ, too few people or slices, a person on both sides.
    """
    if not (isinstance(false_alarms, float | np.floating) and 0 < false_alarms <= 0.2):
        raise UserError(f"false_alarms: expected a share above 0, at most 0.2, but got {false_alarms!r}; 0.01 is usual")
    _check_distances(distances)
    train, held_out = _side("train", train, train_people), _side("held_out", held_out, held_out_people)
    fakes = check_frame_images("fakes", fakes)
    _check_together(fakes, train, held_out)
    images = AuditImages(fakes, train, held_out, check_whole("seed", seed, 0), check_whole("most", most, 100))
    with fft.set_workers(WORKERS):
        near = {name: search(images, way) for name, way in distances.items()}
    people = images.new_people()
    aside = _set_aside(near, people)
    findings = {
        name: judge(name, nearest, people, aside, float(false_alarms), LEVEL / len(near))
        for name, nearest in near.items()
    }
    reasons = [reason for finding in findings.values() for reason in finding.reasons]
    if aside:
        reasons.append(
            f"{len(aside)} people were left out: they are as close to a training person as a second scan would be; see"
            " set_aside, and split the data by person."
        )
    verdict = "fail" if any(finding.verdict == "fail" for finding in findings.values()) else "pass"
    exposure = _exposure(images, findings)
    return Audit(findings, exposure, verdict, tuple(reasons), tuple(aside), train[1], float(false_alarms))


def _set_aside(near: Mapping[str, Mapping[str, Nearest]], people: np.ndarray) -> list[str]:
    """People who stand out under any distance."""
    scores = [np.concatenate([nearest["held_out"].score, nearest["left_out"].score]) for nearest in near.values()]
    return sorted({name for score in scores for name in threshold.set_aside(score, people)})


def _check_distances(distances: Mapping[str, Features | None]) -> None:
    valid = isinstance(distances, Mapping) and all(way is None or callable(way) for way in distances.values())
    if not valid or not distances:
        raise UserError(
            f"distances: expected names with None or a function each, but got {distances!r}; leave it out for pixel and"
            " perceptual"
        )


def _side(name: str, images: np.ndarray, people: Sequence) -> tuple[np.ndarray, np.ndarray]:
    """Images and names, checked."""
    images, people = check_frame_images(name, images), np.asarray(people)
    if people.shape != (len(images),) or pd.isna(people).any():
        raise UserError(
            f"{name}_people: expected {len(images)} names, one a slice, but got shape {people.shape} or empty ones;"
            " take the column person of the slices' table"
        )
    people = people.astype(str)
    count, fewest = len(np.unique(people)), FEWEST_PEOPLE[name]
    if count < fewest:
        raise UserError(f"{name}_people: expected at least {fewest} people, but got {count}; take more")
    return images, people


def _check_together(fakes: np.ndarray, train: tuple[np.ndarray, ...], held_out: tuple[np.ndarray, ...]) -> None:
    sizes = [images.shape[1] for images in (fakes, train[0], held_out[0])]
    if len(set(sizes)) > 1:
        raise UserError(
            f"fakes, train, held_out: expected images of one size, but got {', '.join(map(str, sizes))} pixels; take"
            " the slices at the generator's resolution"
        )
    both = np.intersect1d(train[1], held_out[1])
    if len(both):
        raise UserError(
            f"held_out_people: expected people who are not in train, but got {len(both)} who are, such as {both[0]};"
            " split by person"
        )


def _exposure(images: AuditImages, findings: Mapping[str, DistanceVerdict]) -> pd.DataFrame:
    """The table of :class:`Audit`."""
    first, people = next(iter(findings.values())), len(images.names)
    nearest, usual = (np.bincount(images.codes[side.slice], minlength=people) for side in (first.fakes, first.new))
    lowest = np.full(people, np.inf)
    np.minimum.at(lowest, images.codes[first.fakes.slice], first.fakes.score)
    pairs = {
        (int(fake), int(images.codes[finding.fakes.slice[fake]]))
        for finding in findings.values()
        for fake in np.flatnonzero(finding.flagged)
    }
    table = pd.DataFrame(
        {
            "slices": np.bincount(images.codes, minlength=people),
            "nearest": nearest,
            "expected": nearest.sum() * (usual + 1) / (usual.sum() + people),  # one more each: nobody is impossible
            "closest": np.where(np.isfinite(lowest), lowest, np.nan),
            "flagged": np.bincount([person for _, person in pairs], minlength=people),
        },
        index=pd.Index(images.names, name="person"),
    )
    return table.sort_values(["flagged", "closest"], ascending=[False, True], kind="stable")
