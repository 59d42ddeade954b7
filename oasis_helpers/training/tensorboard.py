"""TensorBoard's view of a run, on either engine, where the package ``tensorboard`` is installed (notebook 05).

Look at it with ``tensorboard --logdir runs``. The package is optional: ``pip install oasis-helpers[tensorboard]``.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from oasis_helpers.errors import UserError
from oasis_helpers.pictures import grid
from oasis_helpers.training.callbacks import Callback
from oasis_helpers.training.events import EventFile, load_package
from oasis_helpers.training.schedule import Phase
from oasis_helpers.training.trainer import Trainer
from oasis_helpers.training.watching import Pace, fixed_samples

FOLDER = "tensorboard"
SAMPLES = "samples/fixed_latents"

# TensorBoard puts what stands before the slash into one section. A field that is not named here gets "more".
_SECTIONS = {
    "d_loss": "loss",
    "g_loss": "loss",
    "real_logit": "logit",
    "fake_logit": "logit",
    "r1": "penalty",
    "variety": "quality",
    "resolution": "progress",
    "alpha": "progress",
    "step": "progress",
    "images_per_s": "speed",
    "hours": "speed",
}


class TensorBoard(Callback):
    """Writes a run's numbers and samples as TensorBoard event files into ``tensorboard/`` of the run folder.

    The horizontal axis counts images shown. Every line of the history becomes one point per field. The samples, a
    grid of the fixed latents, are written at the end of each phase, and in between now and then, for at most
    2 % of the time. A run that is resumed starts a new file, and what older files say of the images that
    are shown again is dropped by TensorBoard.

    Args:
        folder: the run folder.

    Raises:
        UserError: the package is not installed, or cannot be used.
    """

    def __init__(self, folder: str | Path) -> None:
        """See the class; nothing is written before the first line."""
        try:
            load_package()
        except Exception as error:
            raise UserError(
                f"tensorboard: expected the package to be installed, but got {error}; pip install tensorboard"
            ) from error
        self.folder = Path(folder) / FOLDER
        self._file: EventFile | None = None
        self._failed = False
        self._pace = Pace(60.0, share=0.02)

    @classmethod
    def if_installed(cls, folder: str | Path) -> list[TensorBoard]:
        """Return the callback in a list for `fit`, or an empty list where the package is not installed.

        A package that is installed and broken is told in one warning; it is no reason not to train.
        """
        if importlib.util.find_spec("tensorboard") is None:
            return []
        try:
            return [cls(folder)]
        except UserError as error:
            warnings.warn(f"no event files are written: {error}", stacklevel=2)
            return []

    def on_log(self, trainer: Trainer, row: dict[str, Any]) -> None:
        """Write a line's numbers, and the samples when it is time."""
        numbers = {name: value for name, value in row.items() if name != "kimg" and isinstance(value, int | float)}
        scalars = {f"{_SECTIONS.get(name, 'more')}/{name}": float(value) for name, value in numbers.items()}
        self._write(trainer.images, lambda file: file.scalars(trainer.images, scalars))
        if self._pace.due():
            self._draw(trainer, row["alpha"])

    def on_phase_end(self, trainer: Trainer, phase: Phase) -> None:
        """Write the samples."""
        self._draw(trainer, phase.alpha(trainer.images))

    def on_train_end(self, trainer: Trainer) -> None:
        """Close the file; a run that is then made longer opens another."""
        self._close()

    def _draw(self, trainer: Trainer, alpha: float) -> None:
        if not self._failed:
            with self._pace.work():
                picture = grid(fixed_samples(trainer, alpha))
                self._write(trainer.images, lambda file: file.picture(trainer.images, SAMPLES, picture))

    def _write(self, images: int, write: Callable[[EventFile], None]) -> None:
        """Write an event into the file, which is opened by the first; after a failure no more."""
        if self._failed:
            return
        try:
            if self._file is None:
                self._file = EventFile(self.folder, images)
            write(self._file)
        except OSError as error:
            # Curves are no reason to stop: if the disk is full, the trainer says so when it saves.
            self._failed = True
            self._close()
            warnings.warn(f"no more event files are written: {error}", stacklevel=2)

    def _close(self) -> None:
        if self._file is not None:
            with suppress(OSError):  # what could not be written before
                self._file.close()
            self._file = None
