"""Two reports side by side: ``python -m oasis_helpers compare A B`` (notebook 07)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from oasis_helpers.evaluation.scores.registry import metric
from oasis_helpers.evaluation.summary import read_report, verdicts_of, written
from oasis_helpers.evaluation.verdicts import QUESTIONS


def compare_reports(first: str | Path, second: str | Path) -> str:
    """Return a table of two reports' verdicts, scores, tissue distances and audits, and what to know to compare them.

    Args:
        first: a report's folder, or its JSON file.
        second: another.

    Raises:
        UserError: no report there.
    """
    a, b = read_report(first), read_report(second)
    rows = [["", Path(first).name, Path(second).name, "closer to the reals"]]
    answers = [verdicts_of(report) for report in (a, b)]
    rows += [[QUESTIONS[name], *(answer[name].colour for answer in answers), ""] for name in QUESTIONS]
    for name in dict.fromkeys([*a["judged"], *b["judged"]]):
        for reference in ("unseen", "train"):
            cells = [_beside_floor(report["judged"].get(name, {}).get(reference)) for report in (a, b)]
            rows.append([f"{name}, {reference}", *cells, ""])
    for name in dict.fromkeys([*a["scores"], *b["scores"]]):
        left, right = (report["scores"].get(name, {}).get("fakes") for report in (a, b))
        people = [report["scores"].get(name, {}).get("other people") for report in (a, b)]
        near = _nearer(left, right, people) if name == "ms_ssim" else None
        way = metric(name.split("(")[0]).better
        rows.append([name, written(left), written(right), _better(way, left, right) if near is None else near])
    for name in a["tissue_distances"]["fakes"]:
        left, right = (report["tissue_distances"]["fakes"].get(name) for report in (a, b))
        cells = ["" if value is None else f"{100 * value:.2f} %" for value in (left, right)]
        rows.append([f"tissues: {name}", *cells, ""])
    rows.append(["audit", a["audit"]["verdict"], b["audit"]["verdict"], ""])
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, *_warnings(a, b)])


def _beside_floor(judged: dict[str, Any] | None) -> str:
    return "" if judged is None else f"{judged['value']:.3g}, people {judged['floor']:.3g}"


def _better(way: str, left: dict[str, Any] | None, right: dict[str, Any] | None) -> str:
    """Say which is better, where their intervals, if both have one, lie apart."""
    if not left or not right or left["value"] is None or right["value"] is None or left["value"] == right["value"]:
        return ""
    if left["low"] is not None and right["low"] is not None:
        if left["low"] <= right["high"] and right["low"] <= left["high"]:
            return "cannot be told"
    return "first" if (left["value"] < right["value"]) == (way == "lower") else "second"


def _nearer(left: dict[str, Any] | None, right: dict[str, Any] | None, people: list[dict[str, Any] | None]) -> str:
    """Say which is as varied as slices: samples that are less alike than those are no nearer to them."""
    if any(score is None or score["value"] is None for score in (left, right, *people)):
        return ""
    apart = [abs(score["value"] - real["value"]) for score, real in zip((left, right), people, strict=True)]
    return "" if apart[0] == apart[1] else "first" if apart[0] < apart[1] else "second"


def _warnings(a: dict[str, Any], b: dict[str, Any]) -> list[str]:
    """Say where two reports must not be compared number by number."""
    left, right = a["about"], b["about"]
    lines = []
    if left["data"]["digest"] != right["data"]["digest"]:
        lines.append("note: judged against different slices; compare each with its own floor, not with the other")
    if left["images"] != right["images"] or left["seed"] != right["seed"]:
        lines.append("note: another number of images or seed; small differences mean nothing")
    if left["segmenter"]["version"] != right["segmenter"]["version"]:
        lines.append("note: another segmenter; scores and distances of tissues cannot be compared")
    if left["generator"]["resolution"] != right["generator"]["resolution"]:
        lines.append("note: another resolution; scores of images (swd, ms_ssim) cannot be compared")
    return lines
