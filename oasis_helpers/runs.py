"""Finding a trained generator, or making a small one (notebooks 00 and 06)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from oasis_helpers.paths import runs_dir
from oasis_helpers.weights import GENERATOR_FILE, load_generator

if TYPE_CHECKING:
    from oasis_helpers.networks.generator import Generator


def newest_run(folder: str | Path | None = None) -> Path | None:
    """Return the run folder with the newest generator under ``folder`` (default: `runs_dir`), or None."""
    folder = runs_dir() if folder is None else Path(folder)
    files = sorted(folder.glob(f"*/{GENERATOR_FILE}"), key=lambda file: file.stat().st_mtime)
    return files[-1].parent if files else None


def any_generator(progress: bool = True) -> Generator:
    """Load the newest run's generator; where there is no run, train a small one first (about half a minute).

    The small one is the ``smoke`` preset on the embedded cohort: 16 px, good enough to try every function on.
    """
    run = newest_run()
    if run is None:
        from oasis_helpers.config import make_config
        from oasis_helpers.data import load_data
        from oasis_helpers.training.trainer import Trainer

        config = make_config("smoke")
        trainer = Trainer(config, load_data(people=config.people, progress=progress))
        trainer.fit(progress=progress)
        run = trainer.folder
    return load_generator(run)
