"""Take a trained generator into the package: half precision, a checksum, and a model card with its scores.

    python tools/ship.py RUN NAME --report FOLDER --command "train --preset laptop" --commit 1a2b3c4 \\
        --machine "two cores of ..." --terms "what one may do with it, and whom to thank"

RUN is a run folder or a generator's file, the commit is the one that it was trained with, and FOLDER holds
the report that `python -m oasis_helpers evaluate RUN` wrote. Of a run folder the discriminator ships too, so that
`train --start-from NAME` can go on from there.
A generator whose memorisation audit does not pass is refused, and a command that asks for other settings than it has.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from oasis_helpers.__main__ import command_line
from oasis_helpers.commands import run_config
from oasis_helpers.config import PER_RESOLUTION, Config
from oasis_helpers.errors import UserError
from oasis_helpers.evaluation.sides import other_data
from oasis_helpers.evaluation.summary import (
    flag_lines,
    judged_rows,
    leak_line,
    pose_rows,
    read_report,
    score_rows,
    tissue_rows,
    verdict_lines,
)

import numpy as np

MODELS = Path(__file__).resolve().parent.parent / "oasis_helpers" / "models"
WORDS = ("command", "commit", "machine", "terms")  # what the run itself does not know

CARD = """\
# Generator `{name}`

Draws slices of {size} by {size} pixels: `load_generator("{name}")`. A StyleGAN (Karras et al. 2018), trained by this
repository's code. **Not for clinical use: generated brains are no patients.**

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
from the reference people too, and one that copies them would show the same. The columns from *blurred* on are spoilt
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
- A pass of the audit says that no copied slice was found. It does not say that nobody could be recognised.
- The tissues above are averages. A single sample may be anatomically impossible.
- It was made to teach how such networks work. Do not diagnose with it, and train no clinical tool on its images.

## Configuration

```json
{config}
```
"""


def ship(run: str, name: str, report: str, about: dict[str, str], folder: Path = MODELS) -> Path:
    """Write ``NAME.safetensors`` and ``NAME.md`` into a folder; return the card.

    Args:
        run: run folder or file of the generator.
        name: what `load_generator` will call it.
        report: folder or file of its evaluation.
        about: ``command``, ``commit``, ``machine``, ``terms`` and, where there is one, ``note``: texts for the header
            and the card.
        folder: where the package keeps its generators.

    Raises:
        UserError: the report is of another generator or compares with other slices, or its audit does not pass; or
            the command is not that of the generator.
    """
    from oasis_helpers import load_generator, save_generator

    generator, values = cut(load_generator(run)), read_report(report)
    judged, data = values["about"]["generator"], values["about"]["data"]
    if judged["about"] != generator.about or judged["resolution"] != generator.resolution:
        raise UserError(f"report: expected one of {run}, but it is of {judged['about']}; evaluate {run} first")
    if caution := other_data(generator.about, data["source"], data["train"]):
        raise UserError(f"report: {caution}; do not ship")
    if values["audit"]["verdict"] != "pass":
        raise UserError(
            f"report: expected an audit that passes, but it says {values['audit']['verdict']!r}; do not ship"
        )
    check_command(about["command"], generator.config)
    about = {**generator.about, **about}
    file, d = folder / f"{name}.safetensors", discriminator(run, generator)
    save_generator(generator, file, half=True, discriminator=d, **about)
    facts = {
        "networks": "averaged generator" + (", and the discriminator to go on with" if d else ""),
        "largest": largest_change(generator, load_generator(file)),
    }
    card = folder / f"{name}.md"
    card.write_text(model_card(name, generator, about, values, file, facts), encoding="utf-8")
    return card


def check_command(command: str, config: Config, newer: Sequence[str] = ()) -> None:
    """Raise UserError where a command would not train with a generator's settings.

    Its resolution and total_kimg may be others: a run can be taken before its end. ``newer`` settings did not exist at
    the commit that the command belongs to, and are not compared.
    """
    if not command.startswith("train "):
        raise UserError(f"command: expected 'train ...' as one would type it, but got {command!r}")
    told = run_config(command_line().parse_args(shlex.split(command)))
    for name in [field for field in vars(config) if field not in ("resolution", "total_kimg", *newer)]:
        for size in config.resolutions if name in PER_RESOLUTION else [None]:
            ours, theirs = (getattr(c, name) if size is None else c.at(name, size) for c in (config, told))
            if ours != theirs:
                where = f" at {size} px" if size else ""
                raise UserError(
                    f"command: expected the generator's settings, but {name}{where} is {ours}, not {theirs} as it says"
                )


def cut(generator: Any) -> Any:
    """Return the generator without the levels that it has not grown to; it draws the same."""
    from oasis_helpers.config import change_config
    from oasis_helpers.engine import to_numpy
    from oasis_helpers.networks.generator import Generator
    from oasis_helpers.weights import assign_arrays, variable_names

    if generator.resolution == generator.config.resolution:
        return generator
    config = change_config(generator.config, resolution=generator.resolution)
    small = Generator(config, alpha=generator.alpha, about=generator.about)
    names = variable_names(generator.variables)
    arrays = {name: to_numpy(v) for name, v in zip(names, generator.variables, strict=True)}
    assign_arrays(small.variables, variable_names(small.variables), arrays, "generator")
    return small


def discriminator(run: str, generator: Any) -> dict[str, np.ndarray]:
    """Return the discriminator's arrays of the state that a run's generator was saved with; a lone file has none."""
    from oasis_helpers.networks.discriminator import Discriminator
    from oasis_helpers.training.checkpoint import read_newest
    from oasis_helpers.weights import variable_names

    saved = read_newest(Path(run)) if Path(run).is_dir() else None
    if saved is None:
        return {}
    if saved.state["images"] != round(1000 * generator.about["kimg"]):
        raise UserError(f"run: the last state in {run} is not that of its generator; let the run end, or resume it")
    names = variable_names(Discriminator(generator.config).variables)  # of the levels that have grown
    return {name: saved.arrays[f"d/{name}"] for name in names}


def largest_change(before: Any, after: Any, count: int = 64) -> int:
    """Return the largest difference, in grey values of 255, between samples of two generators."""
    from oasis_helpers import sampling

    first, second = (sampling.sample(g, range(count), 1.0).astype(int) for g in (before, after))
    return int(np.abs(first - second).max())


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
        config=json.dumps(json.loads(generator.config.to_json()), indent=1),
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


def main(argv: list[str] | None = None) -> int:
    """The command line; 0 when the files were written, 2 with one line when not."""
    parser = argparse.ArgumentParser(description="Take a trained generator into the package, with a model card.")
    parser.add_argument("run", help="run folder, or file of a generator")
    parser.add_argument("name", help="what load_generator will call it")
    parser.add_argument("--report", required=True, help="folder that evaluate wrote")
    for word in WORDS:
        parser.add_argument(f"--{word}", required=True)
    parser.add_argument("--note", help="what the command does not tell")
    args = parser.parse_args(argv)
    try:
        about = {word: getattr(args, word) for word in (*WORDS, "note") if getattr(args, word)}
        print(f"the card is {ship(args.run, args.name, args.report, about)}")
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
