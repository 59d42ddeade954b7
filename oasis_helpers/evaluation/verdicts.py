"""One verdict for each question that a reader has: green, amber or red, by the null and never by taste (notebook 07).

A score is green where at most 95 % of the draws of people lie below it, so that samples differ from people no more than
people differ from people; red beyond all draws; amber between. A question is as red as the worst of its scores.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from oasis_helpers.evaluation.scores.bootstrap import LEAST_PEOPLE

COLOURS = ("green", "amber", "red")
QUESTIONS = {
    "texture": "Right texture?",
    "anatomy": "Right anatomy?",
    "variety": "As varied?",
    "copies": "Copied?",
}
# Which scores decide; "swd" stands for its finest level. The others are shown beside them.
DECIDES = {
    "texture": ("spectrum", "swd", "gap", "two-sample"),
    "anatomy": ("anatomy", "frechet(tissue)"),
    "variety": ("spread(tissue)", "recall(tissue)"),
}
UNITS = {"spectrum": " dB", "gap": " % of the pixels", "two-sample": " (AUC)"}
HIGHER = ("spread", "precision", "recall")  # is better
AUDIT_COLOURS = {"pass": "green", "fail": "red"}
WORDS = {"green": "within the null", "amber": "at its edge", "red": "beyond it"}


class Verdict(NamedTuple):
    """The answer to a question, and a line for each score that it rests on, the worst first."""

    colour: str
    reasons: list[str]


def colour(judged: Mapping[str, Any], better: str = "lower") -> str:
    """Return the colour of a score, see above.

    Args:
        judged: ``value``, ``limit``, ``most`` and ``people``, as in `Judged`.
        better: "lower" or "higher".
    """
    sign = 1 if better == "lower" else -1
    value, limit, most = (sign * judged[name] for name in ("value", "limit", "most"))
    if value > most:
        return "red"
    # Few people differ so much from other few that hardly anything lies beyond: that is no praise.
    return "amber" if value > limit or judged["people"] < LEAST_PEOPLE else "green"


def way(name: str) -> str:
    """Return which way a score is better, "lower" or "higher"."""
    return "higher" if name.startswith(HIGHER) else "lower"


def verdicts(scores: Mapping[str, Mapping[str, Mapping[str, Any]]], audit: str) -> dict[str, Verdict]:
    """Answer all questions.

    Args:
        scores: name -> "unseen" and "train" -> what `colour` takes.
        audit: the verdict of the memorisation audit.

    Returns:
        Question -> verdict, for the keys of `QUESTIONS`.
    """
    answers = {}
    for question, names in DECIDES.items():
        lines = []
        for name in names:
            name = finest(scores) if name == "swd" else name
            for reference, judged in scores.get(name, {}).items():
                shade = colour(judged, way(name))
                lines.append((shade, f"{name}, {_against(reference)}: {told(name, judged)}; {_word(shade, judged)}"))
        lines.sort(key=lambda line: -COLOURS.index(line[0]))  # stable: the unseen come first among equals
        worst = lines[0][0] if lines else "amber"
        answers[question] = Verdict(worst, [text for _, text in lines] or ["too few people to judge"])
    answers["copies"] = Verdict(AUDIT_COLOURS.get(audit, "amber"), [f"the audit says: {audit}"])
    return answers


def finest(scores: Mapping[str, Any]) -> str:
    """Return the name of the distance of the finest level among "swd 128 px", "swd 64 px", ..."""
    levels = [name for name in scores if name.startswith("swd ")]
    return max(levels, key=lambda name: int(name.split()[1]), default="swd")


def told(name: str, judged: Mapping[str, Any]) -> str:
    """Say a score beside what people get: ``1.28 dB, people 0.13 (limit 0.21)``."""
    value, floor, limit = (f"{judged[part]:.3g}" for part in ("value", "floor", "limit"))
    return f"{value}{UNITS.get(name, '')}, people {floor} (limit {limit})"


def _word(shade: str, judged: Mapping[str, Any]) -> str:
    few = shade == "amber" and judged["people"] < LEAST_PEOPLE
    return f"{judged['people']} people are too few to call it good" if few else WORDS[shade]


def _against(reference: str) -> str:
    return "against people never shown" if reference == "unseen" else "against train people"
