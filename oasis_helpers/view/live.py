"""One figure that follows a run while it trains, in a notebook (notebook 05)."""

from __future__ import annotations

import base64
import io
import sys
from typing import Any

from oasis_helpers.errors import UserError
from oasis_helpers.images import image_grid
from oasis_helpers.training.callbacks import Callback, Pace
from oasis_helpers.training.cost import duration, minutes_left
from oasis_helpers.training.history import History
from oasis_helpers.training.plots import FIXED_SEEDS, draw_losses, fixed_samples
from oasis_helpers.training.trainer import Trainer

import numpy as np
from matplotlib.figure import Figure

DPI = 100


class LiveFigure(Callback):
    """Shows where a run stands: samples, losses, logits, level, speed and time left, in one figure that is redrawn.

    It follows the lines of the history, so it appears after the first one. Drawing takes at most 3 % of the
    time, and the samples are drawn with the figure; a last one is drawn at the end. The stored notebook keeps
    only that one. Outside of a notebook it does nothing.

    Args:
        seconds: between two updates, at least.
        samples: images of the fixed latents, 1 to 16.

    Raises:
        UserError: an argument that is out of range.
    """

    def __init__(self, seconds: float = 5.0, samples: int = 8) -> None:
        """See the class."""
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds >= 0:
            raise UserError(f"seconds: expected a number from 0 up, but got {seconds!r}")
        if isinstance(samples, bool) or not isinstance(samples, int) or not 1 <= samples <= len(FIXED_SEEDS):
            raise UserError(f"samples: expected a whole number from 1 to {len(FIXED_SEEDS)}, but got {samples!r}")
        self.samples = samples
        self._pace = Pace(seconds)
        self._display: Any = None  # IPython's handle, from the first update on

    def on_log(self, trainer: Trainer, row: dict[str, Any]) -> None:
        """Redraw the figure when it is time."""
        if self._pace.due() and in_notebook():
            with self._pace.work():
                self._update(trainer, row, status(trainer, row))

    def on_train_end(self, trainer: Trainer) -> None:
        """Draw the figure that stays."""
        if trainer.history.rows and in_notebook():
            row = trainer.history.rows[-1]
            self._update(trainer, row, status(trainer, row, done=True))
            self._display = None  # another `fit` gets a figure of its own

    def _update(self, trainer: Trainer, row: dict[str, Any], title: str) -> None:
        """Show the figure, in the place of the one before."""
        from IPython.display import display

        figure = run_figure(trainer.history, fixed_samples(trainer.generator, self.samples), title)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=DPI)
        data = {"image/png": base64.b64encode(buffer.getvalue()).decode(), "text/plain": title}
        if self._display is None:
            self._display = display(data, raw=True, display_id=True)
        else:
            self._display.update(data, raw=True)


def run_figure(history: History, images: np.ndarray, title: str) -> Figure:
    """Return samples above the losses and the logits, under one line of text.

    The figure belongs to no window and to no notebook cell: nobody has to close it.

    Args:
        history: of the run so far.
        images: (n, R, R) uint8, shown in one row.
        title: the line of text.
    """
    figure = Figure(figsize=(9.6, 4.9), layout="constrained")
    height = 9.6 / len(images)
    top, bottom = figure.subfigures(2, 1, height_ratios=[min(height, 2.0), 3.2])
    row = top.subplots()
    shown = image_grid(images, columns=len(images), gap=max(8, images.shape[1] // 16))
    row.imshow(shown, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    row.set_axis_off()
    draw_losses(history, *bottom.subplots(1, 2))
    figure.suptitle(title, fontsize=11)
    return figure


def status(trainer: Trainer, row: dict[str, Any], done: bool = False) -> str:
    """Say in one line where a run stands: level, alpha, images, speed, time left (or taken, when it is done)."""
    total = trainer.phases[-1].end / 1000
    fading = f"fading in, alpha {row['alpha']:.2f}" if row["alpha"] < 1 else "alpha 1"
    left = minutes_left(trainer.config, trainer.phases, trainer.images, row)
    time = f"trained for {duration(row['hours'] * 3600)} + compiling" if done else f"{duration(60 * left)} left"
    parts = (f"{row['resolution']} px, {fading}", f"{row['kimg']:,.1f} of {total:,.1f} thousand images")
    return "  |  ".join((*parts, f"{row['images_per_s']:,.0f} images/s", time))


def in_notebook() -> bool:
    """Whether this Python belongs to a notebook, in which a display can be updated."""
    ipython = sys.modules.get("IPython")  # a notebook's Python has imported it; nobody else needs to
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None
