"""What each command does; `oasis_helpers.__main__` reads the line. Heavy imports wait for their command."""

from __future__ import annotations

import argparse
import ast
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from oasis_helpers.config import Config, change_config, make_config
from oasis_helpers.errors import ProcessLostError, UserError, called, parse_numbers
from oasis_helpers.paths import check_out_folder
from oasis_helpers.training.folder import has_run, read_config


def doctor(arguments: argparse.Namespace) -> int:
    """Say what computes here and whether it will work; returns 1 where something must be fixed first."""
    from oasis_helpers.doctor.examination import examine

    examination = examine(try_steps=True)
    print(examination.to_json() if arguments.json else examination)
    return 0 if examination.ready else 1


def prepare(arguments: argparse.Namespace) -> None:
    """Turn scans, in the form in which they are held, into PNG slices."""
    from oasis_helpers.data.prepare import prepare_slices

    options = ("data", "out", "demographics", "seed", "source")
    with called(**{name: f"--{name}" for name in options}):
        folder = prepare_slices(
            **{name: getattr(arguments, name) for name in options},
            masked=not arguments.whole_head,
            skip_damaged=arguments.skip_damaged,
        )
    print(f"slices are in {folder}; now: train --data {folder}")


def estimate(arguments: argparse.Namespace) -> None:
    """Say what a training would cost here."""
    config = make_config(arguments.preset, **_settings(arguments.set))
    levels = None if arguments.levels is None else parse_numbers("--levels", arguments.levels, "8,16")
    from oasis_helpers.data import load_data
    from oasis_helpers.engine import devices
    from oasis_helpers.estimation.estimate import estimate

    devices.use(arguments.devices)
    with called(path="--data", data="--data"):
        data = None if arguments.data is None else load_data(arguments.data)
    result = estimate(config, seconds_per_level=arguments.seconds, levels=levels, data=data)
    print(result.to_markdown() if arguments.markdown else result)


def train(arguments: argparse.Namespace) -> None:
    """Train, or go on with a run."""
    config = run_config(arguments)
    if arguments.processes is not None:
        _join(arguments)
    print(config)
    from oasis_helpers.data import load_data
    from oasis_helpers.data.splits import check_train
    from oasis_helpers.engine import device_name, devices, processes
    from oasis_helpers.training.tensorboard import TensorBoard
    from oasis_helpers.training.trainer import Trainer

    if processes.count == 1:
        devices.use(arguments.devices)
    check = None if arguments.merge_splits else check_train
    with called(path="--data", data="--data"):
        data = load_data(arguments.data, config.people, merge_splits=arguments.merge_splits, check=check)
    print(f"\n{data}\n{device_name()}\n")
    resume = processes.in_any(arguments.resume and has_run(arguments.out))
    if arguments.resume and not resume:
        print(f"nothing to resume in {arguments.out} yet: starting a new run")
    trainer = Trainer(config, data, arguments.out, resume, arguments.force, arguments.start_from)
    if trainer.images == 0 and trainer.origin:
        shown = trainer.origin["start_from"]["kimg"]
        print(f"starting with the networks of {arguments.start_from}, trained with {shown} kimg")
    if resume:
        print(f"resuming at {trainer.images / 1000} of {config.total_kimg} kimg")
    try:
        trainer.fit(TensorBoard.if_installed(trainer.folder), progress=processes.first)
    except ProcessLostError as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        if not processes.first:
            shutil.rmtree(trainer.folder, ignore_errors=True)  # its copy
        os._exit(2)  # JAX would wait for the others when Python ends, then abort with pages of text
    print(f"{trainer.seconds / 60:.1f} minutes; the run is in {trainer.folder}")


def _join(arguments: argparse.Namespace) -> None:
    """Join the other processes of a job; all but the first are silent from then on, except for errors."""
    if arguments.out is None:
        raise UserError("--out: several processes train one run: give its folder, the same in all of them")
    from oasis_helpers.engine import devices, processes

    with called(processes="--processes"):
        processes.join(arguments.processes)
    devices.use_all()
    if not processes.first:
        sys.stdout = open(os.devnull, "w")


def run_config(arguments: argparse.Namespace) -> Config:
    """Return the configuration asked for; a run that is resumed has its own, on which ``--set`` is laid.

    One that starts from another run takes that run's, unless a preset is named.

    ``--resume`` with a preset may come before there is a run: the same line then starts it and goes on with it.
    """
    if arguments.resume and arguments.out is None:
        raise UserError("--out: expected the run folder to resume, but got none")
    begun = arguments.out is not None and has_run(arguments.out)
    if arguments.start_from and not arguments.preset and not begun:
        from oasis_helpers.training.warm_start import continued_config

        return continued_config(arguments.start_from, **_settings(arguments.set))
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
        if name.strip() == "preset":
            raise UserError(f"--set: a preset is named by itself, but got {item!r}; write --preset {text.strip()}")
        try:
            settings[name.strip()] = ast.literal_eval(text.strip())
        except (ValueError, SyntaxError, TypeError):
            settings[name.strip()] = text.strip()
    return settings


def log(arguments: argparse.Namespace) -> None:
    """Show the lines of a run."""
    from oasis_helpers.training.history import History

    if arguments.lines < 1:
        raise UserError(f"--lines: expected a whole number from 1 up, but got {arguments.lines}")
    history = History.read(Path(arguments.path).expanduser())
    if not history.rows:
        raise UserError(f"RUN: {arguments.path} has no whole line yet; the first comes after log_kimg thousand images")
    print(history.table(arguments.lines))
    if arguments.csv is not None:
        print(f"{len(history.rows)} lines are in {history.to_csv(arguments.csv)}")


def sample(arguments: argparse.Namespace) -> None:
    """Draw brains: a grid, a mixing matrix, a walk or a projection."""
    from oasis_helpers.images import check_file_name

    if arguments.interpolate is None:  # a mistyped name is told before the work, not after it
        check_file_name(arguments.out, ".png", "--out")
    else:
        check_file_name(arguments.interpolate, ".gif", "--interpolate")
    from oasis_helpers import sampling
    from oasis_helpers.weights import load_generator

    seeds, psi = parse_numbers("--seeds", arguments.seeds), sampling.check_psi(arguments.truncation)
    generator = load_generator(arguments.path)
    if arguments.mix is not None:
        _mix(arguments, generator, seeds[:4], psi)
    elif arguments.interpolate is not None:
        _interpolate(arguments, generator, seeds, psi)
    elif arguments.project is not None:
        _project(arguments, generator)
    else:
        from oasis_helpers.images import save_grid

        images = sampling.sample(generator, seeds, psi, arguments.noise)
        save_grid(images, arguments.out)
        print(f"{len(seeds)} images of {images.shape[1]} px are in {arguments.out}")


def _mix(arguments: argparse.Namespace, generator: Any, sources: list[int], psi: float | None) -> None:
    from oasis_helpers.view.latent import mixing_matrix

    donors = parse_numbers("--mix", arguments.mix)
    mixing_matrix(generator, sources, donors, arguments.layers, psi, arguments.noise).savefig(arguments.out, dpi=110)
    print(f"seeds {sources} with the {arguments.layers} styles of {donors} are in {arguments.out}")


def _interpolate(arguments: argparse.Namespace, generator: Any, seeds: list[int], psi: float | None) -> None:
    from oasis_helpers.images import save_gif
    from oasis_helpers.sampling import walk

    steps = 12 if arguments.steps is None else arguments.steps
    images = walk(generator, seeds, steps, psi=psi)
    save_gif(images, arguments.interpolate, seconds=len(images) / 12)
    print(f"a walk through {len(seeds)} seeds, {len(images)} images, is in {arguments.interpolate}")


def _project(arguments: argparse.Namespace, generator: Any) -> None:
    from oasis_helpers.images import read_png
    from oasis_helpers.sampling import project
    from oasis_helpers.view.latent import projection_figure

    result = project(generator, read_png(arguments.project), 300 if arguments.steps is None else arguments.steps)
    projection_figure(result).savefig(arguments.out, dpi=110)
    print(f"{result.error:.1f} grey values off on average; the slice and its projection are in {arguments.out}")


def export(arguments: argparse.Namespace) -> None:
    """Write a generator for programs without TensorFlow."""
    from oasis_helpers.errors import called
    from oasis_helpers.images import check_file_name

    check_file_name(arguments.out, ".tflite", "--out")  # before TensorFlow starts
    from oasis_helpers.sampling.export import export_generator

    with called(path="GENERATOR", out="--out"):
        file, *others = export_generator(arguments.path, arguments.out)
    print(f"the network is in {file} ({file.stat().st_size / 1e6:.1f} MB); its inputs, an example and its card are in")
    print(f"{', '.join(str(other) for other in others)}")


def evaluate(arguments: argparse.Namespace) -> None:
    """Judge a generator and write a report."""
    from oasis_helpers.data import load_data
    from oasis_helpers.evaluation.evaluate import check_people
    from oasis_helpers.evaluation.evaluate import evaluate as judge
    from oasis_helpers.evaluation.summary import score_rows, to_dict, verdict_lines
    from oasis_helpers.view.report import write_report
    from oasis_helpers.weights import load_generator

    check_out_folder("--out", arguments.out)  # before minutes of work
    generator = load_generator(arguments.path)
    with called(path="--data", data="--data"):
        data = load_data(arguments.data, check=check_people)
    extractors = tuple(name.strip() for name in arguments.extractors.split(","))
    result = judge(generator, data, arguments.preset, extractors, arguments.seed)
    path = write_report(result, arguments.out)
    values = to_dict(result)
    print("\n".join(verdict_lines(values)))
    for name, _, fakes, others, *_ in score_rows(values)[1:]:
        print(f"{name:20s} {fakes:28s} real slices of other people: {others}")
    of = " of other slices than the generator learned from" if result.about["other_data"] else ""
    print(f"audit{of}: {result.audit.verdict}. The report is in {path}")


def compare(arguments: argparse.Namespace) -> None:
    """Put two reports side by side."""
    from oasis_helpers.evaluation.comparison import compare_reports as side_by_side

    print(side_by_side(arguments.first, arguments.second))
