"""Take a trained generator into the package: half precision, a checksum, and a model card with its scores.

    python tools/ship.py RUN NAME --report FOLDER --command "train --preset laptop" --commit 1a2b3c4 \\
        --machine "two cores of ..." --terms "what one may do with it, and whom to thank"
    python tools/ship.py NAME --report FOLDER

RUN is a run folder or a generator's file, the commit is the one that it was trained with, and FOLDER holds
the report that `python -m oasis_helpers evaluate RUN` wrote. Of a run folder the discriminator ships too, so that
`train --start-from NAME` can go on from there. The second form writes the card of a generator that is in the package
already from a newer report; the generator's file stays as it is.
A generator whose memorisation audit does not pass is refused, and a command that asks for other settings than it has.
"""

from __future__ import annotations

import argparse
import re
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
from oasis_helpers.evaluation.summary import read_report

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from card_image import card_image
from model_card import model_card

MODELS = Path(__file__).resolve().parent.parent / "oasis_helpers" / "models"
WORDS = ("command", "commit", "machine", "terms")  # what the run itself does not know


def ship(run: str, name: str, report: str, about: dict[str, str], folder: Path = MODELS) -> Path:
    """Write ``NAME.safetensors``, ``NAME.md`` and ``NAME.png`` into a folder; return the card.

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

    generator = cut(load_generator(run))
    values = checked_report(report, generator, run)
    check_command(about["command"], generator.config)
    about = {**generator.about, **about}
    file, d = folder / f"{name}.safetensors", discriminator(run, generator)
    save_generator(generator, file, half=True, discriminator=d, **about)
    facts = {
        "networks": networks(d),
        "largest": largest_change(generator, load_generator(file)),
        "config": generator.config.to_json(),
        "image": card_image(load_generator(file), folder / f"{name}.png"),
    }
    card = folder / f"{name}.md"
    card.write_text(model_card(name, generator, about, values, file, facts), encoding="utf-8")
    return card


def renew_card(name: str, report: str, folder: Path = MODELS) -> Path:
    """Write the card, and its image, of a generator that is in the package already from a newer report.

    Raises:
        UserError: there is no such generator, or the report is refused as by `ship`.
    """
    from oasis_helpers import load_generator
    from oasis_helpers.weights import read_generator, split_networks

    file, card = (folder / f"{name}{ending}" for ending in (".safetensors", ".md"))
    if not (file.exists() and card.exists()):
        raise UserError(
            f"name: expected a generator of the package, but there is no {name!r}; ship it from its run first"
        )
    arrays, header = read_generator(file)
    generator, (_, d) = load_generator(file), split_networks(arrays)
    values = checked_report(report, generator, name)
    largest = re.search(r"by more than (\d+) of 255", card.read_text(encoding="utf-8"))[1]  # needs the run to be told
    facts = {
        "networks": networks(d),
        "largest": largest,
        "config": header["config"],  # without newer settings
        "image": card_image(generator, folder / f"{name}.png"),
    }
    card.write_text(model_card(name, generator, generator.about, values, file, facts), encoding="utf-8")
    return card


def checked_report(report: str, generator: Any, run: str) -> dict[str, Any]:
    """Read a report; UserError where it is of another generator or of other slices, or its audit does not pass."""
    values = read_report(report)
    judged, data = values["about"]["generator"], values["about"]["data"]
    if judged["about"] != generator.about or judged["resolution"] != generator.resolution:
        raise UserError(f"report: expected one of {run}, but it is of {judged['about']}; evaluate {run} first")
    if caution := other_data(generator.about, data["source"], data["train"]):
        raise UserError(f"report: {caution}; do not ship")
    if values["audit"]["verdict"] != "pass":
        raise UserError(
            f"report: expected an audit that passes, but it says {values['audit']['verdict']!r}; do not ship"
        )
    return values


def networks(d: dict[str, np.ndarray]) -> str:
    """Say in words what the file holds; ``d`` are the discriminator's arrays, if any."""
    return "averaged generator" + (", and the discriminator to go on with" if d else "")


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


def main(argv: list[str] | None = None) -> int:
    """The command line; 0 when the files were written, 2 with one line when not."""
    parser = argparse.ArgumentParser(description="Take a trained generator into the package, with a model card.")
    parser.add_argument("run", help="run folder, or file of a generator; alone, the name of one of the package")
    parser.add_argument("name", nargs="?", help="what load_generator will call it")
    parser.add_argument("--report", required=True, help="folder that evaluate wrote")
    for word in WORDS:
        parser.add_argument(f"--{word}")
    parser.add_argument("--note", help="what the command does not tell")
    args = parser.parse_args(argv)
    about = {word: getattr(args, word) for word in (*WORDS, "note") if getattr(args, word)}
    if args.name and (missing := [f"--{word}" for word in WORDS if word not in about]):
        parser.error(f"the following arguments are required: {', '.join(missing)}")
    try:
        card = ship(args.run, args.name, args.report, about) if args.name else renew_card(args.run, args.report)
        print(f"the card is {card}")
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
