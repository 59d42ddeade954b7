"""The commands: ``python -m oasis_helpers prepare | estimate | train | ...``. Heavy imports wait for their command."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from typing import Any

from oasis_helpers import commands
from oasis_helpers.config import PRESETS
from oasis_helpers.errors import UserError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 1 not ready (doctor), 2 a user's mistake, 130 interrupted.

    141 stands for a reader that is gone, as of ``log RUN | head``.
    """
    arguments = command_line().parse_args(argv)
    _settle_output()
    try:
        _check_numpy()
        code = arguments.run(arguments) or 0
        sys.stdout.flush()  # here, where a reader who is gone can be told from other errors
        return code
    except BrokenPipeError:  # of `log RUN | head`, which has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing more can be said there at the end
        return 141  # as a shell says of a program that its reader has left
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except RuntimeError as error:  # pathlib's, of a user whom the system does not know
        if "home directory" not in str(error):
            raise
        print("error: ~: your home folder is not known here; set HOME, or give the whole path", file=sys.stderr)
        return 2
    except OSError as error:  # a missing folder, no permission, a full disk: the user's to fix as well
        print(f"error: {error.strerror or error}: {error.filename or ''}".rstrip(": "), file=sys.stderr)
        return 2
    except KeyboardInterrupt as stopped:
        print(str(stopped) or "interrupted; what had been saved is kept", file=sys.stderr)
        return 130


def _settle_output() -> None:
    """Print what a locale cannot write in its escaped form, and warnings in a line; draw into files alone."""
    if any("error" in option for option in sys.warnoptions):  # PYTHONWARNINGS: other packages' warnings end no run
        warnings.resetwarnings()
        for kind in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
            warnings.simplefilter("ignore", kind)
    warnings.formatwarning = lambda message, *_: f"warning: {message}\n"
    os.environ["MPLBACKEND"] = "agg"  # whatever a notebook or an editor has set for its own windows
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _check_numpy() -> None:
    """Raise UserError where a folder on PYTHONPATH hides the course's NumPy: what comes of that is hard to read."""
    try:
        import numpy

        found = f"version {numpy.__version__} in {os.path.dirname(numpy.__file__)}"
        good = int(numpy.__version__.split(".")[0]) >= 2 and hasattr(numpy, "ndarray")
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        found, good = " ".join(str(error).split())[:200], False
    if not good:
        paths = os.environ.get("PYTHONPATH", "")
        raise UserError(
            f"PYTHONPATH: expected NumPy 2 or newer, but got {found}; unset PYTHONPATH ({paths!r}), or make setup"
        )


def command_line() -> argparse.ArgumentParser:
    """Return what reads the command line; the arguments it gives have a function ``run``."""
    parser = argparse.ArgumentParser(prog="python -m oasis_helpers", description="StyleGAN on OASIS brain slices.")
    groups = parser.add_subparsers(required=True, metavar="COMMAND")
    adders = (
        _add_doctor, _add_prepare, _add_estimate, _add_train, _add_log, _add_sample, _add_export, _add_evaluate,
        _add_compare,
    )  # fmt: skip
    for add in adders:
        add(groups)
    return parser


def _add_doctor(groups: Any) -> None:
    parser = groups.add_parser("doctor", help="check devices, memory and packages, and say how to fix what is wrong")
    parser.add_argument("--json", action="store_true", help="print everything as JSON, for a bug report")
    parser.set_defaults(run=commands.doctor)


def _add_prepare(groups: Any) -> None:
    parser = groups.add_parser("prepare", help="turn OASIS scans, in the form that you have, into PNG slices")
    parser.add_argument("--data", required=True, metavar="DIR", help="discs, NIfTI, neurite-oasis, BIDS or image files")
    parser.add_argument("--out", required=True, metavar="DIR", help="where to write keras_png_slices_data")
    parser.add_argument("--whole-head", action="store_true", help="keep the skull (default: brain only)")
    parser.add_argument("--demographics", metavar="CSV", help="OASIS-1's table of people, to split evenly by age")
    parser.add_argument("--seed", type=int, default=0, help="of the split by person (default 0)")
    parser.add_argument("--skip-damaged", action="store_true", help="go on without scans that cannot be read")
    parser.add_argument("--source", metavar="NAME", help="which form to take, where a folder holds several")
    parser.set_defaults(run=commands.prepare)


def _add_estimate(groups: Any) -> None:
    # No choices for the preset: the configuration's own message is one line.
    parser = groups.add_parser("estimate", help="estimate the time and memory of a training on this machine")
    parser.add_argument("--preset", metavar="P", help=f"{', '.join(PRESETS)}; default: OASIS_PRESET, or laptop")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change one setting")
    parser.add_argument("--data", metavar="DIR", help="use these OASIS slices; default: random images")
    parser.add_argument("--levels", metavar="R,R", help="time only these resolutions, such as 8,16")
    parser.add_argument("--seconds", type=float, default=6.0, help="seconds of timing for each level (default 6)")
    parser.add_argument("--devices", type=int, default=1, metavar="N", help="GPUs that share each batch (default 1)")
    parser.add_argument("--markdown", action="store_true", help="print a Markdown table")
    parser.set_defaults(run=commands.estimate)


def _add_train(groups: Any) -> None:
    parser = groups.add_parser("train", help="train a generator")
    parser.add_argument("--preset", choices=list(PRESETS), help="default: OASIS_PRESET, or laptop")
    parser.add_argument("--data", metavar="DIR", help="OASIS slices; default: the synthetic cohort")
    parser.add_argument("--out", metavar="RUN", help="the run folder; default: a new one under runs/")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change one setting")
    parser.add_argument("--start-from", metavar="RUN", help="begin with the networks of a run or generator")
    parser.add_argument("--merge-splits", action="store_true", help="train on all people; nothing is held out")
    parser.add_argument("--resume", action="store_true", help="continue the run in --out, as if it had never stopped")
    parser.add_argument("--force", action="store_true", help="resume even with other settings or data than the run's")
    parser.add_argument("--devices", type=int, default=1, metavar="N", help="GPUs that share each batch (default 1)")
    parser.add_argument(
        "--processes", metavar="ADDRESS:PORT,COUNT,INDEX", help="train one run with other processes (JAX only)"
    )
    parser.set_defaults(run=commands.train)


def _add_log(groups: Any) -> None:
    parser = groups.add_parser("log", help="show the losses and the speed of a run")
    parser.add_argument("path", metavar="RUN", help="a run folder; it may still be running")
    parser.add_argument("--lines", type=int, default=20, metavar="N", help="show the last N lines (default 20)")
    parser.add_argument("--csv", metavar="CSV", help="also write all lines and all columns to this file")
    parser.set_defaults(run=commands.log)


def _add_sample(groups: Any) -> None:
    parser = groups.add_parser("sample", help="draw brains from a trained generator")
    parser.add_argument("path", metavar="RUN", help="a run folder, a generator's file, or 'default' (included)")
    parser.add_argument("--seeds", default="0-15", help="such as 0-15 or 1,5,9 (default 0-15)")
    parser.add_argument("--truncation", type=float, metavar="PSI", help="0 (mean brain) to 1 (off); default 0.7")
    parser.add_argument("--noise", default="fixed", help="fixed (by seed, the default), fresh or off")
    parser.add_argument("--out", default="grid.png", metavar="PNG", help="the image to write (default grid.png)")
    also = parser.add_mutually_exclusive_group()
    also.add_argument("--mix", metavar="SEEDS", help="mix: the first four seeds take --layers from these donors")
    also.add_argument("--interpolate", metavar="GIF", help="walk through all seeds and back, into this animated GIF")
    also.add_argument("--project", metavar="PNG", help="search for the style that draws this slice")
    parser.add_argument("--layers", default="coarse", help="of --mix: coarse, middle, fine, or 0-3 (default coarse)")
    parser.add_argument("--steps", type=int, help="images between two seeds (default 12), or steps of --project (300)")
    parser.set_defaults(run=commands.sample)


def _add_export(groups: Any) -> None:
    parser = groups.add_parser("export", help="write a generator as .tflite, for programs without TensorFlow")
    parser.add_argument("path", metavar="GENERATOR", help="a run folder, a generator's file, or 'default'")
    parser.add_argument("--out", required=True, metavar="FILE", help="the .tflite file; three more come beside it")
    parser.set_defaults(run=commands.export)


def _add_evaluate(groups: Any) -> None:
    parser = groups.add_parser("evaluate", help="judge a generator: scores with floors, tissues, copies of people")
    parser.add_argument("path", metavar="RUN", help="a run folder, a generator's file, or 'default'")
    parser.add_argument("--data", metavar="DIR", help="the slices it was trained on; default: the synthetic cohort")
    parser.add_argument("--out", required=True, metavar="DIR", help="where to write report.html and report.json")
    parser.add_argument("--preset", default="full", metavar="P", help="full (minutes, the default) or smoke (a test)")
    parser.add_argument("--extractors", default="tissue", metavar="E,E", help="tissue, inception (default tissue)")
    parser.add_argument("--seed", type=int, default=0, help="of everything random (default 0)")
    parser.set_defaults(run=commands.evaluate)


def _add_compare(groups: Any) -> None:
    parser = groups.add_parser("compare", help="compare two reports")
    parser.add_argument("first", metavar="A", help="the folder of a report")
    parser.add_argument("second", metavar="B", help="the folder of another")
    parser.set_defaults(run=commands.compare)


if __name__ == "__main__":
    sys.exit(main())
