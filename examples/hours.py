"""What more hours buy: scores against hours of training, from a run of three minutes to the longest one.

    python examples/hours.py lab=runs/lab laptop=runs/laptop@0.2 default cohort128@2.9 cohort256

Each argument is an included generator, or NAME=RUN with a run folder. All must have learned from the synthetic cohort.
@HOURS replaces the run's own where those are too many (other work ran beside it) or too few (it began with another).
Writes ``hours.png`` and the numbers, ``hours.json``, beside this script; without arguments it draws the kept numbers.
"""

from __future__ import annotations

import argparse
import json
from itertools import cycle
from pathlib import Path

from oasis_helpers import load_data, load_generator
from oasis_helpers.data.pyramid import Pyramid
from oasis_helpers.evaluation.quick import FLOOR, quick_scores
from oasis_helpers.evaluation.scores.spectrum import spectrum_distance
from oasis_helpers.sampling import sample
from oasis_helpers.view.figures import subplots

HERE = Path(__file__).resolve().parent
# Where a label stands beside its point, in points and as Matplotlib aligns it: so that neighbours do not overlap.
LABELS = (((0, 16), "center"), ((0, 16), "center"), ((-7, 0), "right"), ((4, -16), "right"), ((7, 0), "left"))
COUNT = 1000  # images of each kind
SCORES = {"frechet(tissue)": "Fréchet distance of tissue features", "spectrum": "distance of the power spectrum"}


def scored(argument: str, data: Pyramid) -> dict[str, float | str]:
    """Score one generator and other people's slices, at the generator's resolution, against slices of train."""
    argument, _, hours = argument.partition("@")
    name, _, run = argument.partition("=")
    generator = load_generator(run or name)
    size, about = generator.resolution, generator.about
    table = quick_scores({name: generator}, data, COUNT)
    held_out = data.select((data.table["split"] != "train").to_numpy()).level(size)
    train = data.split("train").level(size)
    images = sample(generator, range(COUNT), psi=1.0, together=16)
    row = {"name": name, "px": size, "hours": float(hours or about["hours"])}
    row |= {"frechet(tissue)": table.loc[name, "frechet(tissue)"], "spectrum": spectrum_distance(train, images)}
    row |= {"floor of frechet(tissue)": table.loc[FLOOR, "frechet(tissue)"]}
    row |= {"floor of spectrum": spectrum_distance(train, held_out)}
    return row


def draw(rows: list[dict], file: Path) -> None:
    """Draw each score as a multiple of its floor: resolutions have floors of their own."""
    figure, axes = subplots(1, 2, figsize=(10, 3.8), sharex=True)
    for ax, (score, title) in zip(axes, SCORES.items(), strict=True):
        ax.axhline(1, color="0.5", label="slices of other people")
        for row, (shift, sideways) in zip(rows, cycle(LABELS), strict=False):
            times = row[score] / row[f"floor of {score}"]
            ax.plot(row["hours"], times, "C0o")
            text, place = f"{row['name']},\n{row['px']} px", (row["hours"], times)
            ax.annotate(text, place, shift, textcoords="offset points", ha=sideways, va="center")
        ax.set(xscale="log", yscale="log", xlabel="hours of training on two cores", title=title)
        ax.margins(x=0.35, y=0.25)
        ax.xaxis.set_major_formatter("{x:g}")
        ax.yaxis.set_major_formatter("{x:g}")
        ax.yaxis.set_minor_formatter("")
        ax.grid(alpha=0.3, which="both")
    axes[0].set_ylabel("times the floor")
    axes[0].legend()
    figure.savefig(file, dpi=110)


def main() -> None:
    """Score what is named, or draw again."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("generators", nargs="*", metavar="NAME[=RUN][@HOURS]")
    arguments = parser.parse_args()
    numbers = HERE / "hours.json"
    if arguments.generators:
        data = load_data()
        rows = [scored(argument, data) for argument in arguments.generators]
        numbers.write_text(json.dumps(rows, indent=1) + "\n")
    rows = json.loads(numbers.read_text())
    for row in rows:
        print({name: round(value, 4) if isinstance(value, float) else value for name, value in row.items()})
    draw(rows, HERE / "hours.png")


if __name__ == "__main__":
    main()
