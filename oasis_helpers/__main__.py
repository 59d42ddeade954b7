"""The commands: ``python -m oasis_helpers prepare | estimate | train | ...``. Heavy imports wait for their command."""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from oasis_helpers.config import PRESETS, Config, change_config, make_config
from oasis_helpers.errors import UserError
from oasis_helpers.run_folder import has_run, read_config


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 2 a mistake of the user, 130 interrupted."""
    arguments = _parser().parse_args(argv)
    try:
        arguments.run(arguments)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:  # a missing folder, no permission, a full disk: the user's to mend as well
        print(f"error: {error.strerror or error}: {error.filename or ''}".rstrip(": "), file=sys.stderr)
        return 2
    except KeyboardInterrupt as stopped:
        print(str(stopped) or "interrupted; what had been saved is kept", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m oasis_helpers", description="StyleGAN on OASIS brain slices.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    prepare = commands.add_parser("prepare", help="turn raw OASIS-1 discs into PNG slices")
    prepare.add_argument("--data", required=True, metavar="DIR", help="the folder that holds disc1, disc2, ...")
    prepare.add_argument("--out", required=True, metavar="DIR", help="where to write keras_png_slices_data")
    prepare.add_argument("--whole-head", action="store_true", help="keep the skull (default: brain only)")
    prepare.add_argument("--demographics", metavar="CSV", help="OASIS-1's table of people, to split evenly by age")
    prepare.add_argument("--seed", type=int, default=0, help="of the split by person (default 0)")
    prepare.set_defaults(run=_prepare)

    # No choices for the preset: the configuration's own message is one line.
    estimate = commands.add_parser("estimate", help="say what a training would cost on this machine")
    estimate.add_argument("--preset", metavar="P", help=f"{', '.join(PRESETS)}; default: OASIS_PRESET, or laptop")
    estimate.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change one setting")
    estimate.add_argument("--data", metavar="DIR", help="feed these OASIS slices; default: random pictures")
    estimate.add_argument("--levels", metavar="R,R", help="time only these resolutions, such as 8,16")
    estimate.add_argument("--seconds", type=float, default=6.0, help="time each level for so long (default 6)")
    estimate.add_argument("--devices", type=int, default=1, metavar="N", help="GPUs that share each batch (default 1)")
    estimate.add_argument("--markdown", action="store_true", help="print a Markdown table")
    estimate.set_defaults(run=_estimate)

    train = commands.add_parser("train", help="train a generator")
    train.add_argument("--preset", choices=list(PRESETS), help="default: OASIS_PRESET, or laptop")
    train.add_argument("--data", metavar="DIR", help="OASIS slices; default: the embedded synthetic cohort")
    train.add_argument("--out", metavar="RUN", help="the run folder; default: a new one under runs/")
    train.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change one setting")
    train.add_argument("--merge-splits", action="store_true", help="train on all people; nothing is held out")
    train.add_argument("--resume", action="store_true", help="continue the run in --out, as if it had never stopped")
    train.add_argument("--force", action="store_true", help="resume even with other settings or data than the run's")
    train.add_argument("--devices", type=int, default=1, metavar="N", help="GPUs that share each batch (default 1)")
    train.set_defaults(run=_train)

    log = commands.add_parser("log", help="show the losses and the speed of a run")
    log.add_argument("path", metavar="RUN", help="a run folder; the run may still be going on")
    log.add_argument("--lines", type=int, default=20, metavar="N", help="show the last N lines (default 20)")
    log.add_argument("--csv", metavar="CSV", help="also write all lines and all columns to this file")
    log.set_defaults(run=_log)

    sample = commands.add_parser("sample", help="draw brains from a trained generator")
    sample.add_argument("path", metavar="RUN", help="a run folder, a generator's file, or 'default' (comes along)")
    sample.add_argument("--seeds", default="0-15", help="such as 0-15 or 1,5,9 (default 0-15)")
    sample.add_argument("--truncation", type=float, metavar="PSI", help="0 (mean brain) to 1 (off); default 0.7")
    sample.add_argument("--noise", default="fixed", help="fixed (by seed, the default), fresh or off")
    sample.add_argument("--out", default="grid.png", metavar="PNG", help="the picture to write (default grid.png)")
    also = sample.add_mutually_exclusive_group()
    also.add_argument("--mix", metavar="SEEDS", help="mix: the first four seeds take --layers from these donors")
    also.add_argument("--interpolate", metavar="GIF", help="walk through all seeds and back, into this moving picture")
    also.add_argument("--project", metavar="PNG", help="search the style that draws this slice")
    sample.add_argument("--layers", default="coarse", help="of --mix: coarse, middle, fine, or 0-3 (default coarse)")
    sample.add_argument(
        "--steps", type=int, help="pictures between two seeds (default 12), or steps of --project (300)"
    )
    sample.set_defaults(run=_sample)
    return parser


def _prepare(arguments: argparse.Namespace) -> None:
    from oasis_helpers.data.volumes import prepare

    masked = not arguments.whole_head
    folder = prepare(
        arguments.data, arguments.out, masked=masked, demographics=arguments.demographics, seed=arguments.seed
    )
    print(f"slices are in {folder}")


def _estimate(arguments: argparse.Namespace) -> None:
    config = make_config(arguments.preset, **_settings(arguments.set))
    levels = None if arguments.levels is None else _levels(arguments.levels)
    from oasis_helpers.data import load_data
    from oasis_helpers.engine import use_devices
    from oasis_helpers.training.estimate import estimate

    use_devices(arguments.devices)
    data = None if arguments.data is None else load_data(arguments.data)
    result = estimate(config, seconds_per_level=arguments.seconds, levels=levels, data=data)
    print(result.to_markdown() if arguments.markdown else result)


def _levels(text: str) -> list[int]:
    """Return the resolutions of a text like ``8,16``; raises UserError."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts):
        raise UserError(f"--levels: expected resolutions such as 8,16, but got {text!r}")
    return [int(part) for part in parts]


def _train(arguments: argparse.Namespace) -> None:
    config = _run_config(arguments)
    print(config)
    from oasis_helpers.data import load_data
    from oasis_helpers.engine import device_name, use_devices
    from oasis_helpers.training.tensorboard import TensorBoard
    from oasis_helpers.training.trainer import Trainer

    use_devices(arguments.devices)
    data = load_data(arguments.data, people=config.people, merge_splits=arguments.merge_splits)
    print(f"\n{data}\n{device_name()}\n")
    resume = arguments.resume and has_run(arguments.out)
    if arguments.resume and not resume:
        print(f"nothing to resume in {arguments.out} yet: the run starts from its beginning")
    trainer = Trainer(config, data, arguments.out, resume=resume, force=arguments.force)
    if resume:
        print(f"going on at {trainer.images / 1000} of {config.total_kimg} kimg")
    trainer.fit(TensorBoard.if_installed(trainer.folder))
    print(f"{trainer.seconds / 60:.1f} minutes; the run is in {trainer.folder}")


def _run_config(arguments: argparse.Namespace) -> Config:
    """Return the configuration asked for; a run that is resumed has its own, on which ``--set`` is laid.

    ``--resume`` with a preset may come before there is a run: the same line then starts it and goes on with it.
    """
    if arguments.resume and arguments.out is None:
        raise UserError("--out: expected the run folder to resume, but got none")
    if not arguments.resume or (arguments.preset and not has_run(arguments.out)):
        return make_config(arguments.preset, **_settings(arguments.set))
    saved = read_config(arguments.out)
    if arguments.preset:
        return make_config(arguments.preset, **_settings(arguments.set))
    return change_config(saved, **_settings(arguments.set))


def _settings(items: list[str]) -> dict[str, Any]:
    """Return {name: value} from NAME=VALUE texts; a value that is no Python literal stays a text."""
    settings = {}
    for item in items:
        name, equals, text = item.partition("=")
        if not equals:
            raise UserError(f"--set: expected NAME=VALUE, but got {item!r}")
        try:
            settings[name.strip()] = ast.literal_eval(text.strip())
        except (ValueError, SyntaxError, TypeError):
            settings[name.strip()] = text.strip()
    return settings


def _log(arguments: argparse.Namespace) -> None:
    from oasis_helpers.training.history import History

    if arguments.lines < 1:
        raise UserError(f"--lines: expected a whole number from 1 up, but got {arguments.lines}")
    history = History.read(Path(arguments.path).expanduser())
    if not history.rows:
        raise UserError(f"RUN: {arguments.path} has no whole line yet; the first comes after log_kimg thousand images")
    print(history.table(arguments.lines))
    if arguments.csv is not None:
        print(f"{len(history.rows)} lines are in {history.to_csv(arguments.csv)}")


def _sample(arguments: argparse.Namespace) -> None:
    from oasis_helpers.pictures import check_name

    if arguments.interpolate is None:  # a mistyped name is told before the work, not after it
        check_name(arguments.out, ".png", "--out")
    else:
        check_name(arguments.interpolate, ".gif", "--interpolate")
    from oasis_helpers import sampling
    from oasis_helpers.weights import load_generator

    seeds, psi = sampling.parse_seeds(arguments.seeds), sampling.check_psi(arguments.truncation)
    generator = load_generator(arguments.path)
    if arguments.mix is not None:
        _mix(arguments, generator, seeds[:4], psi)
    elif arguments.interpolate is not None:
        _interpolate(arguments, generator, seeds, psi)
    elif arguments.project is not None:
        _project(arguments, generator)
    else:
        from oasis_helpers.pictures import save_grid

        pictures = sampling.sample(generator, seeds, psi, arguments.noise)
        save_grid(pictures, arguments.out)
        print(f"{len(seeds)} pictures of {pictures.shape[1]} px are in {arguments.out}")


def _mix(arguments: argparse.Namespace, generator: Any, sources: list[int], psi: float | None) -> None:
    from oasis_helpers.sampling import parse_seeds
    from oasis_helpers.view.latent import mixing_matrix

    donors = parse_seeds(arguments.mix)
    mixing_matrix(generator, sources, donors, arguments.layers, psi, arguments.noise).savefig(arguments.out, dpi=110)
    print(f"seeds {sources} with the {arguments.layers} styles of {donors} are in {arguments.out}")


def _interpolate(arguments: argparse.Namespace, generator: Any, seeds: list[int], psi: float | None) -> None:
    from oasis_helpers.pictures import save_gif
    from oasis_helpers.sampling import walk

    steps = 12 if arguments.steps is None else arguments.steps
    pictures = walk(generator, seeds, steps, psi=psi)
    save_gif(pictures, arguments.interpolate, seconds=len(pictures) / 12)
    print(f"a walk through {len(seeds)} seeds, {len(pictures)} pictures, is in {arguments.interpolate}")


def _project(arguments: argparse.Namespace, generator: Any) -> None:
    from oasis_helpers.pictures import read_slice
    from oasis_helpers.sampling import project
    from oasis_helpers.view.latent import projection_figure

    result = project(generator, read_slice(arguments.project), 300 if arguments.steps is None else arguments.steps)
    projection_figure(result).savefig(arguments.out, dpi=110)
    print(f"{result.error:.1f} grey values off on average; the slice and its projection are in {arguments.out}")


if __name__ == "__main__":
    sys.exit(main())
