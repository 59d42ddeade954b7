"""TensorBoard's event files, written with the package ``tensorboard`` and without TensorFlow (notebook 05)."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path
from typing import Any

import numpy as np


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

    def picture(self, step: int, tag: str, picture: np.ndarray) -> None:
        """Write a grey picture (H, W) uint8."""
        from PIL import Image

        buffer = io.BytesIO()
        Image.fromarray(picture).save(buffer, format="PNG")
        height, width = picture.shape
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
