"""One report: HTML that opens anywhere without a network, and the same numbers as JSON (notebook 07)."""

from __future__ import annotations

import base64
import html
import io
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from oasis_helpers.errors import UserError
from oasis_helpers.evaluation import metrics, sides, tissue
from oasis_helpers.evaluation.evaluate import Evaluation
from oasis_helpers.evaluation.metrics import Score
from oasis_helpers.paths import write_atomically
from oasis_helpers.view import evaluation as figures

from matplotlib.figure import Figure

FORMAT = "oasis_helpers report 1"
JSON_NAME, HTML_NAME = "report.json", "report.html"

STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222;background:#fff}"
    "table{border-collapse:collapse;margin:1em 0;display:block;overflow-x:auto}td,th{padding:.25em .8em;"
    "border-bottom:1px solid #ccc;text-align:right}td:first-child,th:first-child{text-align:left}"
    "img{max-width:100%}.verdict{font-size:1.2em;padding:.5em 1em;border-left:.4em solid #555}small{color:#555}"
)


def to_dict(result: Evaluation) -> dict[str, Any]:
    """Return everything in an evaluation that is a number or a text, as JSON values."""
    return {
        "format": FORMAT,
        "about": result.about,
        "scores": {
            name: {side: _score(score) for side, score in by_side.items()} for name, by_side in result.scores.items()
        },
        "tissues": {
            side: {name: _number(value) for name, value in frame.mean(numeric_only=False).items()}
            for side, frame in result.tissues.items()
        },
        "tissue_distances": {
            side: {name: _number(value) for name, value in found.items()}
            for side, found in result.tissue_distances.items()
        },
        "audit": result.audit.summary(),
    }


def _score(score: Score) -> dict[str, Any]:
    parts = {name: _number(value) for name, value in score.parts.items()}
    ends = {"low": _number(score.low), "high": _number(score.high)}
    counts = {"count_real": score.count_real, "count_fake": score.count_fake}
    return {"value": _number(score.value), **ends, **counts, "flags": list(score.flags), "parts": parts}


def _number(value: Any) -> float | None:
    """JSON knows no NaN: None stands for it."""
    return None if value is None or not math.isfinite(value) else float(value)


def write_report(result: Evaluation, folder: str | Path) -> Path:
    """Write ``report.html`` and ``report.json`` into a folder, which is made where it is not there; return the HTML.

    The figures are inside of the HTML. Those of the audit show slices of training people: a report on real people
    must be kept as the slices themselves are.
    """
    folder = Path(folder).expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    values = to_dict(result)
    write_atomically(folder / JSON_NAME, (json.dumps(values, indent=2) + "\n").encode())
    write_atomically(folder / HTML_NAME, _html(result, values).encode())
    return folder / HTML_NAME


def read_report(path: str | Path) -> dict[str, Any]:
    """Read a report's JSON from its folder or file; raises UserError where it is none."""
    file = Path(path).expanduser()
    file = file / JSON_NAME if file.is_dir() else file
    try:
        values = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise UserError(f"report: expected a folder with {JSON_NAME}, but {file} cannot be read ({error})") from None
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise UserError(f"report: expected the format {FORMAT!r}, but {file} is another file; evaluate again")
    return values


# ---------------------------------------------------------------- tables


def score_rows(values: dict[str, Any]) -> list[list[str]]:
    """Return the table of scores: a line per score, a column per side."""
    names = list(sides.TITLES)
    rows = [["score", "better", *names]]
    for name, by_side in values["scores"].items():
        better = metrics.metric(name.split("(")[0]).better
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
    for measure, title in tissue.MEASURES.items():
        rows.append([title, *(_share(values["tissues"][side][measure]) for side in names)])
    unsegmented = [_share(1 - values["tissues"][side]["segmented"]) for side in names]
    rows.append(["no brain found, share of the pictures", *unsegmented])
    rows.append(["distance from the reference", *[""] * len(names)])
    for measure in tissue.MEASURES:
        found = [_share(values["tissue_distances"].get(side, {}).get(measure)) for side in names]
        rows.append([f"Wasserstein distance, {measure}", *found])
    return rows


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.2f} %"


def flag_lines(values: dict[str, Any]) -> list[str]:
    """Return what must be known to read the scores of the fakes, a line each."""
    return [f"{name}: {flag}" for name, by_side in values["scores"].items() for flag in by_side["fakes"]["flags"]]


# ---------------------------------------------------------------- HTML


def _html(result: Evaluation, values: dict[str, Any]) -> str:
    about, found = values["about"], values["audit"]
    trained = about["generator"]["about"]
    title = f"Evaluation of a generator of {about['generator']['resolution']} px"
    parts = [
        f"<h1>{title}</h1>",
        _lines(
            f"Trained with {trained.get('kimg', '?')} thousand images of: {trained.get('data', 'unknown data')}.",
            f"Judged against: {about['data']['source']} ({about['data']['slices']} slices; people: "
            f"{about['data']['people']}; checksum {about['data']['digest'][:16]}).",
            f"{about['pictures']} pictures of each kind, preset {about['preset']}, seed {about['seed']}, "
            f"{about['device']}, {about['seconds']:.0f} s.",
        ),
        _picture(figures.rows_of_sides(result), "Eight pictures of each kind that was compared"),
        "<h2>Scores</h2>",
        "<p>Each is a comparison with the reference, slices of one half of the training people. Read the generator's "
        "value between that of other real people (as good as it can get) and those of spoilt slices. In brackets: "
        "95 % intervals by drawing the people again.</p>",
        _table(score_rows(values)),
        *(f"<p><small>{html.escape(line)}</small></p>" for line in flag_lines(values)),
        "<h2>Tissues</h2>",
        _table(tissue_rows(values)),
        _picture(figures.tissue_areas(result), "Areas of the tissues, generated and real"),
        "<h2>Is anyone copied?</h2>",
        f"<p class='verdict'>The audit: <b>{found['verdict']}</b>, at {found['false_alarms']:.0%} false alarms.</p>",
        _lines(*found["reasons"]),
        _picture(figures.closest_pairs(result.audit, result.sides.others["fakes"], result.train), "The closest pairs"),
        "<h3>The ten most exposed people</h3>",
        _table(_exposure_rows(result)),
        "<h2>What this does not say</h2>",
        _lines(
            "A good score says that many pictures together resemble many slices. It says nothing about one picture.",
            "A pass says that no slice was copied as a whole. It does not say that nobody could be recognised.",
            "Generated brains are not patients. Never use them for a diagnosis.",
        ),
        "<h2>Configuration</h2>",
        f"<pre>{html.escape(about['generator']['config'])}</pre>",
    ]
    body = "\n".join(parts)
    head = f"<meta charset='utf-8'><meta name='viewport' content='width=device-width'><title>{title}</title>"
    return f"<!doctype html><html lang='en'><head>{head}<style>{STYLE}</style></head><body>\n{body}\n</body></html>\n"


def _lines(*lines: str) -> str:
    return "\n".join(f"<p>{html.escape(line)}</p>" for line in lines)


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = ([html.escape(str(cell)) for cell in row] for row in rows)
    lines = ["".join(f"<td>{cell}</td>" for cell in row) for row in body]
    top = "".join(f"<th>{cell}</th>" for cell in head)
    return f"<table><tr>{top}</tr>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


def _exposure_rows(result: Evaluation) -> list[list[str]]:
    table = result.audit.exposure.head(10).reset_index()
    cells = [[f"{v:.3g}" if isinstance(v, float) else str(v) for v in row] for row in table.itertuples(index=False)]
    return [list(table.columns), *cells]


def _picture(figure: Figure, alt: str) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=90)
    data = base64.b64encode(buffer.getvalue()).decode()
    return f"<p><img alt='{html.escape(alt)}' src='data:image/png;base64,{data}'></p>"
