"""An evaluation as plain numbers and texts: the JSON of a report, and its tables (notebook 07)."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from oasis_helpers.errors import UserError
from oasis_helpers.evaluation import poses, sides
from oasis_helpers.evaluation.evaluate import Evaluation
from oasis_helpers.evaluation.scores import registry
from oasis_helpers.evaluation.scores.registry import Score
from oasis_helpers.evaluation.tissues import measures
from oasis_helpers.evaluation.verdicts import QUESTIONS, UNITS, Verdict, colour, verdicts, way

REPORT_FORMAT = "oasis_helpers report 4"
JSON_NAME = "report.json"


def to_dict(result: Evaluation) -> dict[str, Any]:
    """Return everything in an evaluation that is a number or a text, as JSON values."""
    return {
        "format": REPORT_FORMAT,
        "about": result.about,
        "scores": {
            name: {side: _score(score) for side, score in by_side.items()} for name, by_side in result.scores.items()
        },
        "tissues": {
            side: {name: _number(value) for name, value in frame.mean(numeric_only=False).items()}
            for side, frame in result.tissues.items()
        },
        "tissue_distances": _numbers(result.tissue_distances),
        "spreads": _numbers(result.spreads),
        "audit": result.audit.summary(),
        "judged": {
            name: {reference: _plain(judged._asdict()) for reference, judged in by_reference.items()}
            for name, by_reference in result.judgement.scores.items()
        },
    }


def _score(score: Score) -> dict[str, Any]:
    parts = {name: _number(value) for name, value in score.parts.items()}
    ends = {"low": _number(score.low), "high": _number(score.high)}
    counts = {"count_real": score.count_real, "count_fake": score.count_fake}
    return {"value": _number(score.value), **ends, **counts, "flags": list(score.flags), "parts": parts}


def _numbers(by_side: dict[str, dict[str, float]]) -> dict[str, dict[str, float | None]]:
    return {side: {name: _number(value) for name, value in values.items()} for side, values in by_side.items()}


def _plain(values: dict[str, float]) -> dict[str, float | int | None]:
    return {name: value if isinstance(value, int) else _number(value) for name, value in values.items()}


def _number(value: Any) -> float | None:
    """JSON knows no NaN: None stands for it."""
    return None if value is None or not math.isfinite(value) else float(value)


def read_report(path: str | Path) -> dict[str, Any]:
    """Read a report's JSON from its folder or file; raises UserError where it is none."""
    file = Path(path).expanduser()
    file = file / JSON_NAME if file.is_dir() else file
    try:
        values = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise UserError(
            f"report: expected a folder with {JSON_NAME}, but got {file}, which cannot be read ({error}); "
            "give the folder that an evaluation has written"
        ) from None
    if not isinstance(values, dict) or values.get("format") != REPORT_FORMAT:
        raise UserError(f"report: expected the format {REPORT_FORMAT!r}, but got another in {file}; evaluate again")
    return values


# ---------------------------------------------------------------- verdicts


def verdicts_of(values: dict[str, Any]) -> dict[str, Verdict]:
    """Answer the questions of `verdicts.QUESTIONS` from a report's values."""
    return verdicts(values["judged"], values["audit"]["verdict"])


def verdict_lines(values: dict[str, Any]) -> list[str]:
    """Return a line per question: ``Right texture? red: spectrum, against ...``; the worst score stands first."""
    return [
        f"{QUESTIONS[question]} {verdict.colour}: {verdict.reasons[0]}"
        for question, verdict in verdicts_of(values).items()
    ]


def judged_rows(values: dict[str, Any]) -> list[list[str]]:
    """Return the table of scores beside their nulls: people never shown first, then train people."""
    head = ["samples", "people", "limit", "verdict"]
    rows = [["score", "better", *(f"{against}: {part}" for against in ("unseen", "train") for part in head)]]
    for name, by_reference in values["judged"].items():
        cells = [cell for reference in ("unseen", "train") for cell in _judged(name, by_reference.get(reference))]
        rows.append([name + UNITS.get(name, ""), way(name), *cells])
    return rows


def _judged(name: str, judged: dict[str, Any] | None) -> list[str]:
    if judged is None:
        return [""] * 4
    return [*(f"{judged[part]:.3g}" for part in ("value", "floor", "limit")), colour(judged, way(name))]


# ---------------------------------------------------------------- tables


def score_rows(values: dict[str, Any]) -> list[list[str]]:
    """Return the table of scores: a line per score, a column per side."""
    names = list(sides.TITLES)
    rows = [["score", "better", *names]]
    for name, by_side in values["scores"].items():
        better = registry.metric(name.split("(")[0]).better
        rows.append([name, better, *(written(by_side.get(side)) for side in names)])
    return rows


def written(score: dict[str, Any] | None) -> str:
    """Write a score for people: ``3.21 (2.9 to 3.5)``; empty where there is none."""
    if score is None or score["value"] is None:
        return ""
    text = f"{score['value']:.3g}"
    return text if score["low"] is None else f"{text} ({score['low']:.3g} to {score['high']:.3g})"


def tissue_rows(values: dict[str, Any]) -> list[list[str]]:
    """Return the table of tissues: means, and below them the distances from the reference."""
    names = ["reference", *sides.TITLES]
    rows = [["mean", *names]]
    for measure, title in measures.MEASURES.items():
        rows.append([title, *(_share(values["tissues"][side][measure]) for side in names)])
    unsegmented = [_share(1 - values["tissues"][side]["segmented"]) for side in names]
    rows.append(["no brain found, share of the images", *unsegmented])
    rows.append(["distance from the reference", *[""] * len(names)])
    for measure in measures.MEASURES:
        distances = [_share(values["tissue_distances"].get(side, {}).get(measure)) for side in names]
        rows.append([f"Wasserstein distance, {measure}", *distances])
    return rows


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.2f}\u00a0%"


def pose_rows(values: dict[str, Any]) -> list[list[str]]:
    """Return the table of standard deviations of poses: a line per pose, a column per side."""
    spreads = values["spreads"]
    return [["spread", *spreads]] + [
        [title, *("no heads" if of[name] is None else f"{of[name]:.3g}" for of in spreads.values())]
        for name, title in poses.POSES.items()
    ]


def leak_line(values: dict[str, Any]) -> str:
    """Say in which poses the generator varies more than people do."""
    names = poses.leaked(values["spreads"])
    bound = f"{poses.WIDER} times as much as the more varied half of the real slices"
    if not names:
        return f"In none of them do the fakes vary more than {bound}: no sign of a leak."
    return f"The fakes vary more than {bound} in: {', '.join(names)}. If that was augmented in training, it leaked."


def flag_lines(values: dict[str, Any]) -> list[str]:
    """Return what must be known to read the scores of the fakes, a line for each score."""
    flags = {name: by_side["fakes"]["flags"] for name, by_side in values["scores"].items()}
    return [f"{name}: {'; '.join(of_score)}." for name, of_score in flags.items() if of_score]
