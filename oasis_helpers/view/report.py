"""One report: HTML that opens anywhere without a network, and the same numbers as JSON (notebook 07)."""

from __future__ import annotations

import base64
import html
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from oasis_helpers.evaluation.evaluate import Evaluation
from oasis_helpers.evaluation.summary import (
    JSON_NAME,
    flag_lines,
    judged_rows,
    leak_line,
    pose_rows,
    score_rows,
    tissue_rows,
    to_dict,
    verdicts_of,
)
from oasis_helpers.evaluation.verdicts import QUESTIONS
from oasis_helpers.paths import write_atomically
from oasis_helpers.view import evaluation_figures as figures
from oasis_helpers.view.audit_figures import closest_pairs

from matplotlib.figure import Figure

HTML_NAME = "report.html"

STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222;background:#fff}"
    "table{border-collapse:collapse;margin:1em 0;display:block;overflow-x:auto}td,th{padding:.25em .8em;"
    "border-bottom:1px solid #ccc;text-align:right}td:first-child,th:first-child{text-align:left}"
    "img{max-width:100%}.verdict{font-size:1.2em;padding:.5em 1em;border-left:.4em solid #555}"
    "small{color:#555;font-size:.8em}"
    ".green{border-color:#2a7d3f}.amber{border-color:#d99000}.red{border-color:#b3261e}"
)


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


def _html(result: Evaluation, values: dict[str, Any]) -> str:
    about, found = values["about"], values["audit"]
    title = f"Evaluation of a generator of {about['generator']['resolution']} px"
    parts = [
        f"<h1>{title}</h1>",
        _lines(*_about_lines(about)),
        "<h2>In short</h2>",
        _verdicts(values),
        "<p>Green: samples differ from people no more than people differ from people (the 95 % limit of draws of "
        "people). Red: beyond all draws. Amber: between, or too few people to tell.</p>",
        _image(figures.rows_of_sides(result), "Eight images of each kind that was compared"),
        "<h2>Beside people</h2>",
        "<p>Every score twice, with as many people on each side: against people whom the generator was never shown, "
        "and against those it learned from. <i>People</i> is what slices of other people get, the middle of many "
        "draws; a twentieth of the draws lies beyond the <i>limit</i>. swd stands for each level by itself: the "
        "largest number of pixels is the finest detail. The two-sample test saturates: read it as yes or no.</p>",
        _table(judged_rows(values)),
        _image(figures.spectrum_figure(result), "Power spectrum of samples over the band of people"),
        _image(figures.growth_chart(result), "Anatomy by slice height, samples over the band of people"),
        "<h2>How bad can it get?</h2>",
        "<p>Each is a comparison with the reference, slices of one half of the training people. Read the generator's "
        "value between that of other real people and those of degraded slices. Better than other people is not "
        "better than real: the generator learned from the reference people too. In brackets: 95 % intervals of the "
        "expected score, by drawing the people again. For people from elsewhere they are too narrow.</p>",
        _table(score_rows(values)),
        *(f"<p><small>{html.escape(line)}</small></p>" for line in flag_lines(values)),
        "<h2>Tissues</h2>",
        _table(tissue_rows(values)),
        _image(figures.tissue_areas(result), "Areas of the tissues, generated and real"),
        "<h2>Did augmentation leak?</h2>",
        "<p>How heads lie, and how large and bright they are: a generator must not vary more than people do.</p>",
        _table(pose_rows(values)),
        _lines(leak_line(values)),
        "<h2>Is anyone copied?</h2>",
        f"<p class='verdict'>The audit: <b>{found['verdict']}</b>, at {found['false_alarms']:.0%} false alarms.</p>",
        _lines(*found["reasons"]),
        _image(closest_pairs(result.audit, result.sides.others["fakes"], result.train), "The closest pairs"),
        "<h3>The ten most exposed people</h3>",
        _table(_exposure_rows(result)),
        "<h2>What this does not say</h2>",
        _lines(
            "A good score says that many images together resemble many slices. It says nothing about one image.",
            "A pass says that no slice was copied as a whole. It does not say that nobody could be recognised.",
            "Generated brains are not patients. Never use them for a diagnosis.",
        ),
        "<h2>Configuration</h2>",
        f"<pre>{html.escape(about['generator']['config'])}</pre>",
    ]
    body = "\n".join(parts)
    head = f"<meta charset='utf-8'><meta name='viewport' content='width=device-width'><title>{title}</title>"
    return f"<!doctype html><html lang='en'><head>{head}<style>{STYLE}</style></head><body>\n{body}\n</body></html>\n"


def _about_lines(about: dict[str, Any]) -> list[str]:
    trained = about["generator"]["about"]
    people = ", ".join(f"{split} {count}" for split, count in about["data"]["people"].items())
    known = "The segmenter learned from the very people who are compared here: scores of tissues are too good."
    return [
        f"Trained with {trained.get('kimg', '?')} thousand images of: {trained.get('data', 'unknown data')}.",
        f"Judged against: {about['data']['source']} ({about['data']['slices']} slices; people: "
        f"{people}; checksum {about['data']['digest'][:16]}).",
        f"{about['images']} images of each kind, preset {about['preset']}, seed {about['seed']}, "
        f"{about['device']}, {about['seconds']:.0f} s.",
        about["other_data"],
        known if about["segmenter"]["knows_the_people"] else "",
    ]


def _verdicts(values: dict[str, Any]) -> str:
    return "\n".join(
        f"<p class='verdict {verdict.colour}'>{QUESTIONS[question]} <b>{verdict.colour}</b><br>"
        f"<small>{'<br>'.join(map(html.escape, verdict.reasons))}</small></p>"
        for question, verdict in verdicts_of(values).items()
    )


def _lines(*lines: str) -> str:
    return "\n".join(f"<p>{html.escape(line)}</p>" for line in lines if line)


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = ([html.escape(str(cell)) for cell in row] for row in rows)
    lines = ["".join(f"<td>{cell}</td>" for cell in row) for row in body]
    top = "".join(f"<th>{cell}</th>" for cell in head)
    return f"<table><tr>{top}</tr>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


def _exposure_rows(result: Evaluation) -> list[list[str]]:
    table = result.audit.exposure.head(10).reset_index()
    cells = [[f"{v:.3g}" if isinstance(v, float) else str(v) for v in row] for row in table.itertuples(index=False)]
    return [list(table.columns), *cells]


def _image(figure: Figure, alt: str) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=90)
    data = base64.b64encode(buffer.getvalue()).decode()
    return f"<p><img alt='{html.escape(alt)}' src='data:image/png;base64,{data}'></p>"
