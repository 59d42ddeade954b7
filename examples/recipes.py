"""Our recipe and that of a student project that inspired the course, at equal budget on the same data and machine.

    python examples/recipes.py --kimg 58 --out runs/recipes

Trains three runs one after the other, scores each along the way, and draws ``recipes.png`` and ``recipes_samples.png``
beside this script. The scores are kept in ``recipes.json``; with ``--draw`` both are drawn again, from the scores and
the runs in ``--out``.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from oasis_helpers import Trainer, load_data, load_generator, make_config, sampling
from oasis_helpers.evaluation.extractors import extractor
from oasis_helpers.evaluation.scores import frechet, kid, ms_ssim_of_pairs
from oasis_helpers.images import save_grid
from oasis_helpers.training.callbacks import Callback
from oasis_helpers.view.figures import subplots

import numpy as np

HERE = Path(__file__).resolve().parent
SIZE, COUNT = 64, 256  # pixels; images of each kind per score

# What is known of it: one style for all layers of an image, cross-entropy with smoothed labels, Adam with beta1 0.5,
# full size from the start, no R1, no averaged generator, grey values 0 to 1, batches of 12. By how much it smoothed is
# not known (0.1 is usual), nor whether it looked at a batch's variety (not, here). All else is this course's.
SEED = {
    "start_resolution": SIZE,
    "batch_size": 12,
    "style_mixing_prob": 0.0,
    "label_smoothing": 0.1,
    "adam_beta1": 0.5,
    "r1_gamma": 0.0,
    "ema_kimg": 0.0,
    "value_range": (0.0, 1.0),
    "mbstd_group": 1,
}
# Its learning rates were 2e-7 and 1.5e-7, for weights used as they are stored; both networks get the larger one here.
# Our weights are stored as N(0, 1) and scaled by sqrt(2 / 576) = 0.059 where they are used (3 x 3 x 64 inputs, as in
# most layers). The same step in use is then 2e-7 / 0.059 = 3.4e-6.
RECIPES: dict[str, dict[str, Any]] = {
    "this course, preset laptop": {},
    "the project's recipe": {**SEED, "learning_rate": 3.4e-6},
    "the same, with our learning rate": {**SEED, "learning_rate": 1e-3},
}


class Scores(Callback):
    """Scores the averaged generator at every line of the history; the run's clock stands still meanwhile."""

    def __init__(self, reals: np.ndarray) -> None:
        """Take (n, SIZE, SIZE) uint8 slices."""
        self.tissue = extractor("tissue")
        self.reals = self.tissue(reals)
        self.rows: list[dict[str, float]] = []

    def on_log(self, trainer: Trainer, row: dict[str, Any]) -> None:
        """Draw COUNT images, enlarge those of a lower level to SIZE, and compare."""
        fakes = sampling.sample(trainer.generator, range(COUNT), 1.0)
        times = SIZE // fakes.shape[1]
        fakes = fakes.repeat(times, 1).repeat(times, 2)
        features = self.tissue(fakes)
        self.rows.append({
            "kimg": row["kimg"],
            "hours": row["hours"],
            **distances(self.reals, features),
            "ms_ssim": ms_ssim_of_pairs(fakes, 1000),
        })  # fmt: skip


def distances(real: np.ndarray, fake: np.ndarray) -> dict[str, float]:
    """Return both distances between features (n, d) and (m, d)."""
    return {"frechet": frechet(real, fake), "kid": kid(real, fake).mean}


def run_of(name: str, folder: Path) -> Path:
    """Return the run folder of a recipe."""
    return folder / name.replace(" ", "_").replace(",", "")


def train(kimg: float, folder: Path) -> dict[str, list[dict[str, float]]]:
    """Train every recipe with so many thousand images; return their scores along the way."""
    data = load_data()
    reals = data.split("train").level(SIZE)
    chosen = np.random.default_rng(0).permutation(len(reals))[: 2 * COUNT]
    floor = Scores(reals[chosen[:COUNT]])
    curves = {}
    for name, changes in RECIPES.items():
        config = make_config("laptop", **{"total_kimg": kimg, "log_kimg": 2.0, **changes})
        scores = Scores(reals[chosen[:COUNT]])
        Trainer(config, data, run_of(name, folder)).fit([scores])
        curves[name] = scores.rows
    others = reals[chosen[COUNT:]]
    curves["floor"] = [{**distances(floor.reals, floor.tissue(others)), "ms_ssim": ms_ssim_of_pairs(others, 1000)}]
    return curves


def draw(curves: dict[str, list[dict[str, float]]]) -> None:
    """Draw scores against images shown and against hours into ``recipes.png``."""
    titles = {"frechet": "Fréchet distance of tissue features", "kid": "KID of tissue features", "ms_ssim": "MS-SSIM"}
    figure, axes = subplots(2, 3, figsize=(12, 6.4), sharex="row", sharey="col")
    for column, (score, title) in enumerate(titles.items()):
        for line, (unit, word) in enumerate({"kimg": "thousand images shown", "hours": "hours of training"}.items()):
            ax = axes[line, column]
            for (name, rows), style in zip(curves.items(), ("-", "--", ":"), strict=False):
                ax.plot([row[unit] for row in rows], [row[score] for row in rows], style, marker=".", label=name)
            ax.axhline(curves["floor"][0][score], color="grey", lw=1, label="real slices of the same people")
            ax.set(xlabel=word, title=title if line == 0 else "")
            ax.grid(alpha=0.3)
            if score != "ms_ssim":
                ax.set_yscale("symlog", linthresh=1e-3)  # KID's floor is about 0 and may lie below
    axes[0, 0].legend(fontsize=8)
    figure.savefig(HERE / "recipes.png", dpi=110)


def draw_samples(folder: Path) -> None:
    """Draw eight seeds of each recipe's last generator, a row each, into ``recipes_samples.png``."""
    rows = [sampling.sample(load_generator(run_of(name, folder)), range(8), 1.0) for name in RECIPES]
    save_grid(np.concatenate(rows), HERE / "recipes_samples.png", columns=8)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Compare two recipes at equal budget.")
    parser.add_argument("--kimg", type=float, default=58.0, help="thousand images for each recipe")
    parser.add_argument("--out", type=Path, required=True, help="folder for the runs")
    parser.add_argument("--draw", action="store_true", help="only draw again what has been trained")
    args = parser.parse_args()
    file = HERE / "recipes.json"
    if not args.draw:
        file.write_text(json.dumps(train(args.kimg, args.out), indent=1) + "\n")
    draw(json.loads(file.read_text()))
    draw_samples(args.out)


if __name__ == "__main__":
    main()
