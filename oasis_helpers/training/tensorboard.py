"""TensorBoard's view of a run, on either engine, where the package ``tensorboard`` is installed (notebook 05).

Look at it with ``tensorboard --logdir runs``. The package is optional: ``pip install oasis-helpers[tensorboard]``.
"""

from __future__ import annotations

import importlib.util
import io
import os
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from oasis_helpers.errors import UserError
from oasis_helpers.images import image_grid
from oasis_helpers.training.callbacks import Callback, Pace
from oasis_helpers.training.plots import fixed_samples
from oasis_helpers.training.schedule import Phase
from oasis_helpers.training.trainer import Trainer

import numpy as np

EVENTS_FOLDER = "tensorboard"
SAMPLES_TAG = "samples/fixed_latents"

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
        self.folder = Path(folder).expanduser() / EVENTS_FOLDER
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
            self._draw(trainer)

    def on_phase_end(self, trainer: Trainer, phase: Phase) -> None:
        """Write the samples."""
        self._draw(trainer)

    def on_train_end(self, trainer: Trainer) -> None:
        """Close the file; a run that is then made longer opens another."""
        self._close()

    def _draw(self, trainer: Trainer) -> None:
        if not self._failed:
            with self._pace.work():
                image = image_grid(fixed_samples(trainer.generator))
                self._write(trainer.images, lambda file: file.image(trainer.images, SAMPLES_TAG, image))

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


# ---------------------------------------------------------------- the file itself, without TensorFlow


def load_package() -> tuple[Any, Any, Any]:
    """Return from the package: the module of events, the module of summaries, the class that writes records.

    Raises:
        ImportError: it is not installed. A broken one may raise anything.
    """
    from tensorboard.compat.proto import event_pb2, summary_pb2
    from tensorboard.summary.writer.record_writer import RecordWriter

    return event_pb2, summary_pb2, RecordWriter


class EventFile:
    """One event file; when a call returns, the operating system has the event: a run that is killed loses none.

    The package's own EventFileWriter imports TensorFlow wherever that is installed: seconds at the start and,
    beside JAX, memory of the GPU. Its messages and its record format do not.

    Args:
        folder: made where there is none.
        step: of the first event, a whole number. Readers drop what older files of the folder have from there on.

    Raises:
        OSError: the file cannot be written; every method may raise it.
    """

    def __init__(self, folder: Path, step: int) -> None:
        """Start the file."""
        self._events, self._summaries, record_writer = load_package()
        folder.mkdir(parents=True, exist_ok=True)
        # Readers know such a file by "tfevents", and take them in the order of their names.
        self._records = record_writer(open(folder / f"events.out.tfevents.{time.time_ns()}.{os.getpid()}", "xb"))
        self._write(file_version="brain.Event:2")
        start = self._events.SessionLog(status=self._events.SessionLog.START)
        self._write(step=step, session_log=start)

    def scalars(self, step: int, numbers: dict[str, float]) -> None:
        """Write one number per tag."""
        value = self._summaries.Summary.Value
        self._summary(step, [value(tag=tag, simple_value=number) for tag, number in numbers.items()])

    def image(self, step: int, tag: str, image: np.ndarray) -> None:
        """Write a grey image (H, W) uint8."""
        from PIL import Image

        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, format="PNG")
        height, width = image.shape
        summary = self._summaries.Summary
        image = summary.Image(height=height, width=width, colorspace=1, encoded_image_string=buffer.getvalue())
        self._summary(step, [summary.Value(tag=tag, image=image)])

    def close(self) -> None:
        """No more events."""
        self._records.close()

    def _summary(self, step: int, values: list[Any]) -> None:
        self._write(step=step, summary=self._summaries.Summary(value=values))

    def _write(self, **fields: Any) -> None:
        self._records.write(self._events.Event(wall_time=time.time(), **fields).SerializeToString())
        self._records.flush()
