"""The model card of a generator: what it is, how it was made, how good it is, what it is not for."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from oasis_helpers.evaluation.summary import (
    flag_lines,
    judged_rows,
    leak_line,
    pose_rows,
    score_rows,
    tissue_rows,
    verdict_lines,
)

CARD = """\
# Generator `{name}`

Draws slices of {size} by {size} pixels: `load_generator("{name}")`. A StyleGAN (Karras et al. 2018), trained by this
repository's code. **Not for clinical use: generated brains are no patients.**

{image}

## How it was made

{made}

Half precision changes no pixel of 64 samples by more than {largest} of 255 grey values.

## How good it is

{verdicts}

Green: samples differ from people no more than people differ from people (the 95 % limit of many draws of people). Red:
beyond all draws. Amber: between, or too few people to tell. All scores, against people whom the generator was never
shown and against those it learned from, with as many people on each side: *people* is what slices of other people get
(the middle of the draws), *limit* what a twentieth of the draws exceeds. swd stands for each level by itself; the
largest number of pixels is the finest detail. The two-sample test saturates: read it as yes or no. The segmenter behind
scores of tissues learned from {judged[segmenter][data]} (version {judged[segmenter][version]}).

{beside}

How bad can it get? {judged[images]} images of each kind, without truncation, against {judged[data][source]} (preset
`{judged[preset]}` of `evaluate`, seed {judged[seed]}). Each score compares with slices of one half of the training
people. *Other people* are slices of the other half. A generator that scores better is not better than real: it learned
from the reference people too, and one that copies them would show the same. The columns from *blurred* on are degraded
slices, a generator before its training, and one mean slice. In brackets: 95 % intervals of the expected score, by
drawing the people again; for people from elsewhere they are too narrow.

{scores}

{cautions}

Tissues, as found by the course's segmenter:

{tissues}

Heads, how far they spread in samples and in slices. Augmentation that leaked would show as a larger spread.

{poses}

{leak}

## Does it copy people?

The memorisation audit says: **{audit[verdict]}**, at {audit[false_alarms]:.0%} false alarms.

{reasons}

"New people" are those who were held out of the training, and its own people, each compared with all others but
themselves. Slices of one person are alike, so that many slices of a few people tell little about chance: p allows for
that. The fewer people, the weaker a pass.

## Limits

- It knows the data that it was trained on and nothing else: one way of taking images, and these people.
- A pass of the audit says that no copied slice was found. In a test with planted copies (at 64 px, docs/scores.md) it
  missed two in ten copied halves and six in ten copied deep parts; smaller parts were not tried. It does not say that
  nobody could be recognised.
- The tissues above are averages. A single sample may be anatomically impossible.
- It was made to teach how such networks work. Do not diagnose with it, and train no clinical tool on its images.

## Configuration

```json
{config}
```
"""


def model_card(
    name: str, generator: Any, about: dict[str, Any], values: dict[str, Any], file: Path, facts: dict[str, Any]
) -> str:
    """Return the card as Markdown: what it is, how it was made, how good it is, what it is not for."""
    audit, judged, tissues = values["audit"], values["about"], tissue_rows(values)
    made = [
        ["what", ""],
        ["data", str(about["data"])],
        ["terms", about["terms"]],
        ["command", f"`python -m oasis_helpers {about['command']}`"],
        ["commit", about["commit"]],
        ["machine", about["machine"]],
        *([["note", about["note"]]] if about.get("note") else []),
        ["images shown", f"{1000 * about['kimg']:,.0f}{_before(about)}"],
        ["hours", f"{about['hours']:.2f}, without compiling"],
        ["weights", f"{facts['networks']}, half precision, {file.stat().st_size / 1e6:.1f} MB"],
        ["SHA-256 of the file", f"`{hashlib.sha256(file.read_bytes()).hexdigest()}`"],
    ]
    return CARD.format(
        name=name,
        size=generator.resolution,
        made=_table(made),
        image=facts["image"],
        largest=facts["largest"],
        judged=judged,
        verdicts=_list(verdict_lines(values)),
        beside=_table(judged_rows(values)),
        scores=_table(score_rows(values)),
        cautions=_list(flag_lines(values)),
        tissues=_table([row + [""] * (len(tissues[0]) - len(row)) for row in tissues]),
        poses=_table(pose_rows(values)),
        leak=leak_line(values),
        audit=audit,
        reasons=_list(audit["reasons"]),
        config=json.dumps(json.loads(facts["config"]), indent=1),
    )


def _before(about: dict[str, Any]) -> str:
    """Say what the networks had seen before this run, where it began with those of another."""
    if "start_from" not in about:
        return ""
    kimg, data = about["start_from"]["kimg"], about["start_from"]["data"]
    return f", after {1000 * kimg:,.0f} of {data} in the run it began with"


def _list(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(rows: list[list[str]]) -> str:
    """Return rows as a Markdown table; the first is the heading."""
    written = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([written[0], "|" + " --- |" * len(rows[0]), *written[1:]])
