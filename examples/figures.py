"""The figures of this folder that need only a generator.

    python examples/figures.py samples truncation_sweep     # these two; without a name, all of them
    python examples/figures.py --generator runs/laptop      # of a run of yours

Each function below draws one figure, of the same name.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from oasis_helpers import load_data, load_generator, sampling
from oasis_helpers.networks.generator import Generator
from oasis_helpers.pictures import save_gif, save_grid
from oasis_helpers.view import latent
from oasis_helpers.view.figures import show_slices

import numpy as np

HERE = Path(__file__).resolve().parent


def samples(generator: Generator) -> Path:
    """Sixteen seeds, not chosen, without truncation."""
    return save_grid(sampling.sample(generator, range(16), 1.0), HERE / "samples.png")


def samples_oasis128(_: Generator) -> Path:
    """Sixteen seeds of the generator that knows real people, whichever other was asked for."""
    return save_grid(sampling.sample(load_generator("oasis128"), range(16), 1.0), HERE / "samples_oasis128.png")


def beside_slices(generator: Generator) -> Path:
    """Samples in the upper two rows, slices of the cohort's test people in the lower two, at the same size."""
    slices = load_data().split("test").level(generator.resolution)[..., 0]
    picked = slices[np.random.default_rng(0).choice(len(slices), 12, replace=False)]
    titles = ["sample"] * 12 + ["slice"] * 12
    figure = show_slices(np.concatenate([sampling.sample(generator, range(12), 1.0), picked]), titles, columns=6)
    figure.savefig(HERE / "beside_slices.png", dpi=130)
    return HERE / "beside_slices.png"


def truncation_sweep(generator: Generator) -> Path:
    """Three seeds in rows, psi growing from left to right."""
    latent.truncation_sweep(generator).savefig(HERE / "truncation_sweep.png", dpi=110)
    return HERE / "truncation_sweep.png"


def mixing_matrix(generator: Generator) -> Path:
    """Sources down the left, donors of the coarse styles along the top."""
    latent.mixing_matrix(generator, range(4), range(10, 15), "coarse", 1.0).savefig(HERE / "mixing_matrix.png", dpi=110)
    return HERE / "mixing_matrix.png"


def interpolation(generator: Generator) -> Path:
    """A walk through four seeds, in W."""
    return save_gif(sampling.walk(generator, [0, 5, 8, 2], 12, psi=0.7), HERE / "interpolation.gif", seconds=4)


DRAWN = (samples, samples_oasis128, beside_slices, truncation_sweep, mixing_matrix, interpolation)
FIGURES = {draw.__name__: draw for draw in DRAWN}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Draw the figures of this folder.")
    parser.add_argument("names", nargs="*", help=f"which of {', '.join(FIGURES)}; without a name, all")
    parser.add_argument("--generator", default="cohort128", help="a name, a file or a run folder")
    args = parser.parse_args()
    for name in args.names:
        if name not in FIGURES:
            parser.error(f"names: expected some of {', '.join(FIGURES)}, but got {name!r}")
    generator = load_generator(args.generator)
    for name in args.names or FIGURES:
        print(FIGURES[name](generator).name)


if __name__ == "__main__":
    main()
