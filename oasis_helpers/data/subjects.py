"""Who is who: ``subjects.csv`` by case number, read as spreadsheets write it (notebook 01_data_loading)."""

from __future__ import annotations

import io
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from oasis_helpers.errors import DataError

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

# Scan ids of which the first part is the person's: OAS1_0001_MR2, OAS2_0001_MR1, OAS30001_MR_d0129, sub-X_ses-Y.
_SCAN_ID = re.compile(r"(OAS[12]_\d{4})_MR\d+.*|(OAS3\d{4})_(?:MR_)?d\d{4}.*|(?:sub-)?(\w+?)_sess?-.*", re.IGNORECASE)


def person_of(scan: str) -> str:
    """Whose scan it is: OAS1_0001 of OAS1_0001_MR2; a name that is no scan's stays as it is."""
    match = _SCAN_ID.fullmatch(scan.strip())
    return next(filter(None, match.groups())) if match else scan


def subjects_file(root: Path) -> Path | None:
    """The table of people in a folder of slices, or beside it; None where there is none."""
    return next((f for f in (root / "subjects.csv", root.parent / "subjects.csv") if f.is_file()), None)


def read_subjects(file: Path) -> pd.DataFrame:
    """``subjects.csv`` by case number, with the columns person, sex and age, and slices where the file has it.

    Excel writes it with semicolons or in another encoding: both are read, and a decimal comma as well.

    Raises:
        DataError: it cannot be read, lacks a column, or has two rows of one case.

    Warns:
        Scan ids in place of person ids: MR1 and MR2 are scans of one person, and are taken as such.
    """
    try:
        subjects = read_sheet(file).rename(columns={"oasis_id": "person"})
        kept = [name for name in ("sex", "age", "slices") if name in subjects]
        subjects = subjects.reindex(columns=["case", "person", *kept])
        if subjects[["case", "person"]].isna().any(axis=None) or (subjects["person"] == "").any():
            raise ValueError("it needs the columns case and person (or oasis_id), filled in every row")
        subjects["case"] = subjects["case"].astype(int)
        subjects["age"] = as_years(subjects["age"]) if "age" in subjects else np.nan
        subjects["sex"] = subjects.get("sex", "")
        if "slices" in subjects:
            subjects["slices"] = subjects["slices"].astype(int)
    except (OSError, ValueError) as error:  # pandas' own errors are ValueErrors
        reason = " ".join(str(error).split())
        raise DataError(f"{file}: cannot be read as a table of people: {reason}; fix or remove the file") from error
    twice = subjects.loc[subjects["case"].duplicated(), "case"]
    if len(twice):
        raise DataError(f"{file}: case {twice.iloc[0]} has more than one row, expected one per case; remove the others")
    people = subjects["person"].map(person_of)
    scans = subjects.loc[people != subjects["person"], "person"]
    if len(scans):
        warnings.warn(
            f"{file}: holds scan ids, such as {scans.iloc[0]}, where person ids are meant; taken as"
            f" {person_of(scans.iloc[0])}: MR1 and MR2 are one person",
            stacklevel=5,
        )
        subjects["person"] = people
    return subjects.set_index("case")


def read_sheet(file: Path) -> pd.DataFrame:
    """A table of texts as spreadsheets write it: commas, semicolons or tabs, spaces around names and values.

    Raises:
        OSError, ValueError: there is no such file, or it is no such table.
    """
    import pandas as pd

    text = _text_of(file)
    separator = max(",;\t", key=text.partition("\n")[0].count)
    table = pd.read_csv(io.StringIO(text), sep=separator, dtype=str, keep_default_na=False)
    return table.rename(columns=str.strip).apply(lambda column: column.str.strip())


def as_years(ages: pd.Series) -> pd.Series:
    """Ages as numbers, NaN where there is none; a decimal comma is fine. Raises ValueError where one is no number."""
    import pandas as pd

    return pd.to_numeric(ages.str.strip().replace({"N/A": "", "NA": "", "n/a": ""}).str.replace(",", ".")).astype(float)


def _text_of(file: Path) -> str:
    """The text of a table in the encodings that spreadsheets write."""
    content = file.read_bytes()
    if content.startswith(b"PK"):
        raise ValueError("it is an Excel workbook, not a text; save it as CSV in Excel")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def write_subjects(rows: list[tuple], file: Path, uneven: bool = False, damaged: bool = False) -> None:
    """Write who is who, by case number, as the slices' reader takes it.

    Args:
        rows: (split, case, person, sex, age, slices, scan, why it was left out).
        file: to write.
        uneven: keep how many slices each case has, where that is not 32.
        damaged: keep which scan each case is, and why some were left out.
    """
    import pandas as pd

    columns = ["split", "case", "person", "sex", "age", "slices", "scan", "left_out"]
    table = pd.DataFrame(rows, columns=columns).sort_values("case")
    kept = columns[:5] + ["slices"] * uneven + ["scan", "left_out"] * damaged
    table[kept].to_csv(file, index=False, encoding="utf-8", errors="backslashreplace")
