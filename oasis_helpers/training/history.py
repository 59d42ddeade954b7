"""What happened in a run, line by line: kept in memory and in ``metrics.jsonl`` (notebook 05)."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from oasis_helpers.errors import UserError

import numpy as np

FILE = "metrics.jsonl"

# The columns of the CSV view, in order; a field that is not named here comes after them.
CSV_COLUMNS = ("kimg", "step", "resolution", "alpha", "d_loss", "g_loss", "real_logit", "fake_logit", "r1", "variety")
CSV_COLUMNS += ("images_per_s", "hours")

# The columns of the printed table: field, heading, format.
_TABLE = (
    ("kimg", "kimg", ",.2f"),
    ("resolution", "px", "d"),
    ("alpha", "alpha", ".2f"),
    ("d_loss", "d_loss", ".3f"),
    ("g_loss", "g_loss", ".3f"),
    ("real_logit", "real_logit", ".3f"),
    ("fake_logit", "fake_logit", ".3f"),
    ("r1", "r1", ".4g"),
    ("variety", "variety", ".2f"),
    ("images_per_s", "images/s", ",.1f"),
    ("hours", "hours", ".3f"),
)


class History:
    """The lines of a run's log, one per ``log_kimg`` thousand images and one at the end of each phase.

    In ``metrics.jsonl`` every line is one JSON object. Its fields, each a number:

    - ``kimg``: thousand real images shown to the discriminator since the start of the run.
    - ``step``: training steps since the start; each updates both networks once.
    - ``resolution``: pixels of the level that is trained.
    - ``alpha``: share of that level in the images at the last step, 0 to 1; 1 outside of a fade.
    - ``d_loss``, ``g_loss``: the losses of both networks, means over the steps since the line before. ``d_loss``
      contains the penalty where that is part of every step (``r1_interval`` 1, ``wgan-gp``), not the lazy one.
    - ``real_logit``, ``fake_logit``: what the discriminator gives to real and to generated images, means over
      the same steps; above 0 it says "real".
    - ``r1``: squared length of the discriminator's gradient on real images, by the pixels that
      ``penalty_pixels`` says, without gamma / 2. Only in lines in whose steps it was computed.
    - ``real_sign``, ``augment_p``: with augmentation, how confident the discriminator is on reals (see `ada`), and
      the probability that follows from it.
    - ``variety``: how many different slices the generator's images look like, divided by the same for real slices
      (:func:`oasis_helpers.training.variety.variety`). Near 1 the images differ as real ones do, near 0 they are all
      the same. Only in lines at a saved state and at the end of a phase.
    - ``images_per_s``: images shown per second since the line before; compiling, saving and drawing do not count.
    - ``hours``: training time since the start, on the same clock.

    A field without a value is left out of its line.
    """

    def __init__(self, rows: list[dict[str, Any]] | None = None, folder: Path | None = None) -> None:
        """Start with some rows; with a folder, write them there and append what follows."""
        self.rows = list(rows or [])
        self._file = folder / FILE if folder is not None else None
        if self._file is not None:
            self._file.write_text("".join(json.dumps(row) + "\n" for row in self.rows))

    def append(self, row: dict[str, Any]) -> None:
        """Add a line, in memory and in the file."""
        self.rows.append(row)
        if self._file is not None:
            with open(self._file, "a") as file:
                file.write(json.dumps(row) + "\n")

    @property
    def history(self) -> dict[str, list[Any]]:
        """Columns, as Keras' ``History.history``: name -> one value per line (None where there was none)."""
        names = dict.fromkeys(name for row in self.rows for name in row)
        return {name: [row.get(name) for row in self.rows] for name in names}

    @classmethod
    def read(cls, folder: str | Path) -> History:
        """Read the log of a run folder, also while the run is going on.

        A last line that is not whole, because it is being written or the run was killed, is left out.

        Raises:
            UserError: there is no log in the folder, or another line of it is damaged.
        """
        file = Path(folder).expanduser() / FILE
        if not file.is_file():
            raise UserError(f"folder: expected a run with a log, but {folder} holds no {FILE}; train first")
        # Not splitlines(), which also cuts at characters that a damaged file may hold.
        lines = file.read_bytes().decode("utf-8", "replace").split("\n")
        numbered = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
        rows = []
        for number, line in numbered:
            row = _parse(line)
            if row is not None:
                rows.append(row)
            elif number != numbered[-1][0]:
                shown = line if len(line) <= 60 else f"{line[:60]}..."
                raise UserError(f"{file.name}, line {number}: expected a JSON object, but got {shown!r}; fix that line")
        return cls(rows)

    def to_csv(self, path: str | Path) -> Path:
        """Write all lines as a CSV file with a heading; empty where a line has no value.

        Args:
            path: the file to write; one that is there already is replaced.

        Returns:
            The path.

        Raises:
            OSError: the file cannot be written.
        """
        path = Path(path).expanduser()
        names = list(dict.fromkeys([*CSV_COLUMNS, *self.history]))
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names, restval="")
            writer.writeheader()
            writer.writerows(self.rows)
        return path

    def table(self, lines: int = 20) -> str:
        """Return the last lines as a table for people; a column in which none of them has a value is left out.

        Args:
            lines: how many, from 1 up.

        Raises:
            UserError: not a whole number from 1 up.
        """
        if not isinstance(lines, int) or isinstance(lines, bool) or lines < 1:
            raise UserError(f"lines: expected a whole number from 1 up, but got {lines!r}")
        rows = self.rows[-lines:]
        columns = []
        for name, heading, form in _TABLE:
            cells = [_cell(row.get(name), form) for row in rows]
            if any(cells):
                width = max(map(len, [heading, *cells]))
                columns.append([text.rjust(width) for text in (heading, *cells)])
        return "\n".join("  ".join(line) for line in zip(*columns, strict=True))


def means_of(logs: list[dict[str, float]]) -> dict[str, float]:
    """Mean of each logged value over the steps that have it (a lazy penalty is not in every step)."""
    values: dict[str, list[float]] = {}
    for step in logs:
        for name, value in step.items():
            values.setdefault(name, []).append(value)
    return {name: float(np.mean(v)) for name, v in values.items()}


def in_short(row: dict[str, Any]) -> str:
    """What the progress bar shows of a line of the log."""
    return (
        f"{row['resolution']} px, alpha {row['alpha']:.2f}, D {row['d_loss']:.2f}, G {row['g_loss']:.2f}, "
        f"{row['images_per_s']:.0f} img/s"
    )


def _parse(line: str) -> dict[str, Any] | None:
    """Return the row of a line, or None where it is not a whole JSON object."""
    try:
        row = json.loads(line)
    except json.JSONDecodeError:
        return None
    return row if isinstance(row, dict) else None


def _cell(value: Any, form: str) -> str:
    """Return a value as the table shows it; nothing where there is none."""
    if value is None:
        return ""
    try:
        return format(value, form)
    except (ValueError, TypeError):  # not the kind of number that this field has: shown as it is
        return str(value)
