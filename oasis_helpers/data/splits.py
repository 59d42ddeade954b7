"""Who goes to train, validate and test, when scans become slices: by person, evenly over the ages (notebook 01)."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from oasis_helpers.data.files import FIRST_CASE, SPLITS
from oasis_helpers.data.subjects import as_years, read_sheet
from oasis_helpers.errors import DataError, UserError
from oasis_helpers.paths import user_path

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

SCAN = re.compile(r"(OAS1_\d{4})_MR\d+")
_PERSON = r"(OAS[12]_\d{4}|OAS3\d{4})"
# What the same columns are called in OASIS-2's table, and in a participants.tsv of BIDS.
_COLUMNS = {"MRI ID": "ID", "participant_id": "ID", "sex": "M/F", "gender": "M/F", "age": "Age"}


def read_people(names: Iterable[str], demographics: str | os.PathLike | None) -> pd.DataFrame:
    """Sex ('' where unknown) and age (years, NaN where unknown) of everyone, by person."""
    import pandas as pd

    names = sorted(set(names))
    people = pd.DataFrame({"sex": "", "age": np.nan}, index=names)
    if demographics is None:
        return people
    try:
        table = read_sheet(user_path("demographics", demographics)).rename(columns=_COLUMNS)
        missing = [name for name in ("ID", "M/F", "Age") if name not in table]
        if missing:
            raise ValueError(f"column {missing[0]!r} is missing")
        table["person"] = table["ID"].str.extract(_PERSON, expand=False)
        table = table.dropna(subset=["person"]).sort_values("ID")
        table = table.drop_duplicates("person").set_index("person")  # the first scan's age
        table = pd.DataFrame({"sex": table["M/F"], "age": as_years(table["Age"])})
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else " ".join(str(error).split())
        raise DataError(
            f"demographics: {demographics} cannot be used: {reason}; save OASIS-1's table as CSV, with ID, M/F and Age"
        ) from error
    unknown = [name for name in names if name not in table.index]
    if unknown:
        warnings.warn(f"{demographics}: {len(unknown)} people are not in it, such as {unknown[0]}.", stacklevel=3)
    people.update(table)
    return people


def assign_splits(ages: dict[str, float], fractions: Sequence[float], seed: int) -> dict[str, str]:
    """Deal people out to the splits, {person: split}, evenly over the decades of age (NaN is one of its own).

    People are put in order of decade, at random within one, and dealt one by one to the split that lags most
    behind its share.
    """
    random = np.random.default_rng(seed)
    decades = {name: -1 if np.isnan(age) else int(age // 10) for name, age in ages.items()}
    shuffled = [sorted(ages)[i] for i in random.permutation(len(ages))]
    counts = _counts(len(ages), fractions)
    dealt, splits = np.zeros(3, int), {}
    for turn, name in enumerate(sorted(shuffled, key=decades.get)):
        lag = np.where(dealt < counts, counts * (turn + 1) / len(ages) - dealt, -np.inf)
        dealt[lag.argmax()] += 1
        splits[name] = SPLITS[lag.argmax()]
    return splits


def _counts(people: int, fractions: Sequence[float]) -> np.ndarray:
    """How many people train, validate and test."""
    if people < 3:
        return np.array([1, 0, people - 1])
    held = [max(1, round(people * fraction)) for fraction in fractions[1:]]
    while sum(held) >= people:  # a few people and large shares: one is left to train
        held[int(np.argmax(held))] -= 1
    return np.array([people - sum(held), *held])


def check_fractions(fractions: Sequence[float]) -> tuple[float, ...]:
    """Return the shares of train, validate and test; raises UserError where they are not three with sum 1."""
    try:
        numbers = tuple(map(float, fractions))
    except (TypeError, ValueError):
        numbers = ()
    if len(numbers) != 3 or not min(numbers) > 0 or abs(sum(numbers) - 1) > 1e-6:
        raise UserError(
            f"fractions: expected three positive numbers with sum 1, such as 0.85, 0.1, 0.05, but got {fractions!r}"
        )
    return numbers


def number_cases(owners: dict[str, str], splits: dict[str, str]) -> dict[str, tuple[str, int]]:
    """A split and a case number for every scan; where a split outgrows its numbers, the next one starts later.

    Args:
        owners: {scan: person}.
        splits: {person: split}.
    """
    cases, free = {}, 1
    for split in SPLITS:
        free = max(free, FIRST_CASE[split])
        for scan in sorted(scan for scan, person in owners.items() if splits[person] == split):
            cases[scan] = (split, free)
            free += 1
    return cases


def check_train(table: pd.DataFrame) -> None:
    """Raise DataError where nobody is in train."""
    if not (table["split"] == "train").any():
        raise DataError(
            f"data: expected people in the split train, but found only {_counted(table)}; copy keras_png_slices_train"
            " as well, or merge the splits (--merge-splits, merge_splits=True)"
        )


def check_held_out(table: pd.DataFrame, train: int, held_out: int) -> None:
    """Raise DataError where too few people are in train, or outside of it, to judge a generator by.

    Args:
        table: of all slices.
        train: people needed in train.
        held_out: people needed in validate and test together.
    """
    check_train(table)
    inside = table.loc[table["split"] == "train", "person"].nunique()
    outside = table.loc[table["split"] != "train", "person"].nunique()
    if outside < held_out:
        nobody = "nobody is" if outside == 0 else f"only {outside} {'person is' if outside == 1 else 'people are'}"
        raise DataError(
            f"data: {nobody} held out ({_counted(table)}), expected at least {held_out} people in validate and test:"
            " they show how alike different people are; add those folders, or let prepare split the people"
        )
    if inside < train:
        raise DataError(
            f"data: expected at least {train} people in train to judge a generator by, but found {_counted(table)};"
            " give a folder with more people"
        )


def _counted(table: pd.DataFrame) -> str:
    """``3 people in train, 1 in test``."""
    counts = table.groupby("split")["person"].nunique()
    here = [split for split in SPLITS if split in counts.index]
    words = [f"{counts[split]} {'person' if counts[split] == 1 else 'people'} in {split}" for split in here]
    return ", ".join(words)
