"""The figures of this folder that need only a generator: `cohort128`, unless another is asked for.

    python examples/figures.py samples truncation_sweep                  # these two; without a name, all of them
    python examples/figures.py --generator runs/laptop --out images    # of a run of yours, somewhere else

Each function below draws one figure, of the same name. Samples of the other generators stand in their model cards.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from oasis_helpers import load_data, load_generator, sampling
from oasis_helpers.images import save_gif, save_grid
from oasis_helpers.networks.generator import Generator
from oasis_helpers.view import latent
from oasis_helpers.view.figures import show_slices

import numpy as np

HERE = Path(__file__).resolve().parent


def samples(generator: Generator, folder: Path) -> Path:
    """The first seeds, not chosen, without truncation."""
    images = sampling.sample(generator, range(16), 1.0)
    return save_grid(images, folder / "samples.png", tile=max(128, generator.resolution))


def beside_slices(generator: Generator, folder: Path) -> Path:
    """Samples in the upper two rows, slices of the cohort's test people in the lower two, at the same size."""
    slices = load_data().split("test").level(generator.resolution)
    picked = slices[np.random.default_rng(0).choice(len(slices), 12, replace=False)]
    titles = ["sample"] * 12 + ["slice"] * 12
    images = np.concatenate([sampling.sample(generator, range(12), 1.0), picked])
    figure = show_slices(images, titles, columns=6, size=2.2, crop=True)
    figure.savefig(folder / "beside_slices.png", dpi=130)
    return folder / "beside_slices.png"


def truncation_sweep(generator: Generator, folder: Path) -> Path:
    """Three seeds in rows, psi growing from left to right."""
    latent.truncation_sweep(generator).savefig(folder / "truncation_sweep.png", dpi=110)
    return folder / "truncation_sweep.png"


def mixing_matrix(generator: Generator, folder: Path) -> Path:
    """Sources down the left, donors of the coarse styles along the top."""
    figure = latent.mixing_matrix(generator, range(4), range(10, 15), "coarse", 1.0)
    figure.savefig(folder / "mixing_matrix.png", dpi=110)
    return folder / "mixing_matrix.png"


def interpolation(generator: Generator, folder: Path) -> Path:
    """A walk through four seeds, in W."""
    return save_gif(sampling.walk(generator, [0, 5, 8, 2], 12, psi=0.7), folder / "interpolation.gif", seconds=4)


GENERATOR = "cohort128"  # the one that this page shows
DRAWN = (samples, beside_slices, truncation_sweep, mixing_matrix, interpolation)
FIGURES = {draw.__name__: draw for draw in DRAWN}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Draw the figures of this folder.")
    parser.add_argument("names", nargs="*", help=f"which of {', '.join(FIGURES)}; without a name, all")
    parser.add_argument("--generator", help="another than this page shows: a name, a file or a run folder; needs --out")
    parser.add_argument("--out", type=Path, default=HERE, help="folder for the figures")
    args = parser.parse_args()
    for name in args.names:
        if name not in FIGURES:
            parser.error(f"names: expected some of {', '.join(FIGURES)}, but got {name!r}")
    if args.generator and args.out.resolve() == HERE:
        parser.error("--out: expected a folder for another generator's figures; those here are of the page's own")
    args.out.mkdir(parents=True, exist_ok=True)
    for name in args.names or FIGURES:
        print(FIGURES[name](load_generator(args.generator or GENERATOR), args.out).name)


if __name__ == "__main__":
    main()
