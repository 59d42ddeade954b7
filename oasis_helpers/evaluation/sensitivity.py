"""Which score sees which defect: ``python -m oasis_helpers.evaluation.sensitivity`` makes the table (notebook 07).

The people of the cohort's train split are cut into two halves. One is the reference, the other is degraded in one way
at a time. A score sees a defect where its value lies beyond all draws of people into halves.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from oasis_helpers.data import load_data
from oasis_helpers.errors import check_whole
from oasis_helpers.evaluation.defects import DEFECTS, degrade
from oasis_helpers.evaluation.judging import Looks, join, judged_by_interval, look_at_images, owner_scores
from oasis_helpers.evaluation.scores.people import Judged, OwnerScore, summarise
from oasis_helpers.evaluation.scores.swd import laplacian, patches
from oasis_helpers.evaluation.scores.swd_people import LevelHistograms
from oasis_helpers.evaluation.two_sample import TwoSampleTest, tell_apart
from oasis_helpers.evaluation.verdicts import way

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

SIZE = 128  # px
EVERY = 11  # a low, a middle and a high slice of each person: neighbours are alike
DRAWS = 400  # "beyond all draws" is then 1 in 400 by chance, for each of eight scores
FOLDS, STEPS = 2, 200
SHOWN = ("spectrum", "swd", "gap", "two-sample", "anatomy", "frechet(tissue)", "spread(tissue)", "recall(tissue)")
SEEN_FILE = Path(__file__).with_name("sensitivity.json")
UNTOUCHED = "untouched"
MOST_TIMES = 99  # more is told as this


class Bench:
    """The reference half of the people and its nulls, to try one set of images after another against it."""

    def __init__(self, images: np.ndarray, people: np.ndarray, seed: int = 0) -> None:
        """Take slices (n, R, R) uint8 and whose each is (n,); half of the people become the reference."""
        rng = np.random.default_rng([seed, 14])
        names, self.owner = np.unique(people, return_inverse=True)
        order = np.argsort(self.owner, kind="stable")
        self.images, self.owner, self.seed = images[order], self.owner[order], seed
        owners = rng.permutation(len(names))
        half = len(names) // 2
        self.reference, self.others = owners[:half], owners[half : 2 * half]
        self._looks = look_at_images(self.images)
        self._level = LevelHistograms(len(names) + half, images.shape[1], seed)
        for owner in range(len(names)):
            self._count_patches(owner, self.images[self.owner == owner])
        self._people_alone = self._scores(self._looks, self.owner)
        self._nulls: dict[int, tuple[dict[str, np.ndarray], TwoSampleTest]] = {}  # by how many people are judged

    def slices_of(self, owners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the slices of some people, and whose each is."""
        rows = np.isin(self.owner, owners)
        return self.images[rows], self.owner[rows]

    def look(self, images: np.ndarray, owner: np.ndarray) -> dict[str, Judged]:
        """Return all scores of images (m, R, R) uint8 beside their nulls; ``owner`` (m,) says whose each is."""
        first = self.owner[-1] + 1
        ids = first + np.unique(owner, return_inverse=True)[1]
        for new in np.unique(ids):
            self._count_patches(new, images[ids == new])
        looks, judged = join([self._looks, look_at_images(images)]), np.unique(ids)
        scores = self._scores(looks, np.concatenate([self.owner, ids]))
        nulls, floor = self._null(len(judged))
        result = {
            name: summarise(score(self.reference, judged), nulls[name], len(judged), way(name))
            for name, score in scores.items()
        }
        return result | {"two-sample": judged_by_interval(self._two_sample(images, owner), floor, len(judged))}

    def _scores(self, looks: Looks, owner: np.ndarray) -> dict[str, OwnerScore]:
        people = np.arange(len(owner)) < len(self.owner)
        scores = owner_scores(looks, owner, people) | {"swd": self._level.distance}
        return {name: scores[name] for name in SHOWN if name != "two-sample"}

    def _count_patches(self, owner: int, images: np.ndarray) -> None:
        """Count the patches of the finest level, in place of what this owner had."""
        self._level.counts[owner], self._level.moments[owner] = 0, 0
        self._level.add(owner, patches(next(laplacian(images)), np.random.default_rng([self.seed, 6, owner])))

    def _null(self, count: int) -> tuple[dict[str, np.ndarray], TwoSampleTest]:
        """What so many people get who are drawn, with another half of all as the reference."""
        if count not in self._nulls:
            rng, half = np.random.default_rng([self.seed, 15]), len(self.reference)
            everyone = np.concatenate([self.reference, self.others])
            drawn = [np.split(rng.permutation(everyone)[: half + count], [half]) for _ in range(DRAWS)]
            draws = {
                name: np.array([score(reference, judged) for reference, judged in drawn])
                for name, score in self._people_alone.items()
            }
            self._nulls[count] = draws, self._two_sample(*self.slices_of(self.others[:count]))
        return self._nulls[count]

    def _two_sample(self, images: np.ndarray, owner: np.ndarray) -> TwoSampleTest:
        return tell_apart(*self.slices_of(self.reference), images, owner, FOLDS, STEPS, self.seed)


def sensitivity(size: int = SIZE, every: int = EVERY, seed: int = 0, progress: bool = True) -> list[dict[str, Any]]:
    """Try every defect at every strength; return a row for each, the untouched first.

    Each row has ``defect``, ``strength``, ``question``, ``times`` (name of a score -> value over its limit; limit over
    value where higher is better) and ``seen_by``, the scores that lie beyond all draws of people.
    """
    data = load_data(seed=seed, progress=progress)
    data = data.select((data.table["slice"] % every == 0).to_numpy())
    held_out = data.select((data.table["split"] != "train").to_numpy())
    train = data.split("train")
    bench = Bench(train.level(size), train.table["person"].to_numpy().astype(str), seed)
    clean, owner = bench.slices_of(bench.others)
    trials = [(name, strength, defect) for name, defect in DEFECTS.items() for strength in defect.strengths]
    rows = [
        _row(UNTOUCHED, "other people of train", "", bench.look(clean, owner)),
        _row(UNTOUCHED, "people held out", "", bench.look(held_out.level(size), held_out.table["person"].to_numpy())),
    ]
    for name, strength, defect in tqdm(trials, desc="defects", disable=not progress):
        seen = bench.look(degrade(clean, name, strength, seed), owner)
        rows.append(_row(name, defect.unit.format(f"{strength:g}"), defect.question, seen))
    return rows


def _row(defect: str, strength: str, question: str, seen: dict[str, Judged]) -> dict[str, Any]:
    times, beyond = {}, []
    for name in SHOWN:
        judged, lower = seen[name], way(name) == "lower"
        times[name] = round(float(judged.value / judged.limit if lower else judged.limit / max(judged.value, 1e-9)), 3)
        if judged.value > judged.most if lower else judged.value < judged.most:
            beyond.append(name)
    return {"defect": defect, "strength": strength, "question": question, "times": times, "seen_by": beyond}


def read_sensitivity(strength: int = 1) -> pd.DataFrame:
    """Return the included table for one strength of each defect: 0 weak, 1 middle, 2 strong.

    Rows are defects, columns scores; a value is how many times the limit of people it is, at most 99, and NaN where a
    score does not see the defect. The untouched slices stand first.

    Raises:
        UserError: another strength.
    """
    check_whole("strength", strength, 0, 2)
    rows = json.loads(SEEN_FILE.read_text(encoding="utf-8"))
    untouched = [row for row in rows if row["defect"] == UNTOUCHED]
    degraded = [row for row in rows if row["defect"] != UNTOUCHED][strength::3]
    cells = {
        f"{row['defect']}, {row['strength']}": {
            name: min(value, MOST_TIMES) if name in row["seen_by"] else float("nan")
            for name, value in row["times"].items()
        }
        for row in [*untouched, *degraded]
    }
    return pd.DataFrame(cells).T


def as_markdown(rows: list[dict[str, Any]]) -> str:
    """Return the table as Markdown; what is seen is bold."""
    lines = [f"| defect | strength | {' | '.join(SHOWN)} |", "| --- | --- |" + " ---: |" * len(SHOWN)]
    for row in rows:
        cells = [
            f"**{_short(value)}**" if name in row["seen_by"] else _short(value) for name, value in row["times"].items()
        ]
        lines.append(f"| {row['defect']} | {row['strength']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _short(value: float) -> str:
    return f"above {MOST_TIMES}" if value > MOST_TIMES else f"{max(value, 0):.2g}"


def main() -> None:
    """Make the table and write it into the docs and beside this file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--docs", type=Path, default=Path("docs/scores.md"), help="the page; its table is replaced")
    parser.add_argument("--every", type=int, default=EVERY, help=f"take every so many slices (default {EVERY})")
    arguments = parser.parse_args()
    rows = sensitivity(every=arguments.every)
    SEEN_FILE.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    write_table(arguments.docs, as_markdown(rows))
    print(f"the table is in {arguments.docs} and {SEEN_FILE}")


START, END = "<!-- table: made by python -m oasis_helpers.evaluation.sensitivity -->", "<!-- end of the table -->"


def write_table(page: Path, table: str) -> None:
    """Replace what stands between the two marks of a page."""
    before, rest = page.read_text(encoding="utf-8").split(START)
    page.write_text(f"{before}{START}\n\n{table}\n\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
