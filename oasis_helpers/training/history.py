"""What happened in a run, line by line: kept in memory and in ``metrics.jsonl`` (notebook 05)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FILE = "metrics.jsonl"


class History:
    """The lines of a run's log, one per ``log_kimg``.

    Each line has ``kimg`` (thousand images shown), ``step``, ``resolution`` (pixels), ``alpha``,
    ``d_loss``, ``g_loss``, ``real_logit``, ``fake_logit`` (means since the line before), ``r1`` (where it was
    computed in that stretch), ``images_per_s`` and ``hours`` (training time so far).
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
    def read(cls, folder: Path) -> History:
        """Read the log of a run folder."""
        return cls([json.loads(line) for line in (Path(folder) / FILE).read_text().splitlines()])
