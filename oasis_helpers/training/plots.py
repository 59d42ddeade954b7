"""What a run leaves to look at: samples of fixed latents, and the curves of losses and logits (notebook 05)."""

from __future__ import annotations

import math
from pathlib import Path

from oasis_helpers import sampling
from oasis_helpers.networks.generator import Generator
from oasis_helpers.training.history import History

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# The seed project's names, so that anyone who knows its folder finds their way in ours.
SAMPLES_FILE = "sample_output.png"
CURVES_FILE = "model_loss.png"

FIXED_SEEDS = range(16)  # the same latents in every progress image


def progress_name(kimg: float) -> str:
    """Name the fixed-latent image after so many thousand images: ``generated_plot_e080.png``."""
    return f"generated_plot_e{round(kimg):03d}.png"


def fixed_samples(generator: Generator, count: int = len(FIXED_SEEDS), psi: float | None = None) -> np.ndarray:
    """Draw what a generator makes of the first fixed latents, at the level and fade that it has reached.

    Nothing that training goes on from is changed: drawing has random numbers of its own.

    Args:
        generator: of a run.
        count: images, 1 to 16.
        psi: truncation, 0 to 2; None takes the configuration's.

    Returns:
        (count, R, R) uint8, R being the pixels that the generator has grown to.
    """
    return sampling.sample(generator, FIXED_SEEDS[:count], psi)


def loss_figure(history: History) -> Figure:
    """Both losses and the logits against thousand images shown; vertical lines where a level begins."""
    figure = Figure(figsize=(8, 5), layout="constrained")
    losses, logits = figure.subplots(2, 1, sharex=True)
    draw_losses(history, losses, logits)
    losses.set_xlabel("")
    return figure


def draw_losses(history: History, losses: Axes, logits: Axes) -> None:
    """Draw what `loss_figure` shows into two axes that are there already.

    Of a long run every point is the mean of neighbouring lines, so that the curves stay readable.
    """
    columns = history.history
    kimg = _thinned(columns.get("kimg", []))
    for axes, names, title in (
        (losses, (("d_loss", "discriminator", "-"), ("g_loss", "generator", "--")), "Loss"),
        (logits, (("real_logit", "real slices", "-"), ("fake_logit", "generated", "--")), "Mean logit of D"),
    ):
        for name, label, line in names:
            values = _thinned(columns.get(name, [None] * len(history.rows)))
            axes.plot(kimg, values, line, label=label, marker="." if len(kimg) < 3 else "")
        low, high = axes.get_ylim()
        axes.set_ylim(low, high + 0.17 * (high - low))  # room for the legend
        axes.legend(loc="upper right", ncols=2)
        axes.set_xlabel("thousand images shown (kimg)")
        axes.set_ylabel(title)
        axes.locator_params(axis="x", nbins=6)
        axes.grid(alpha=0.3)
    before = [{"resolution": 0, "kimg": 0.0}, *history.rows]  # a level begins where the line before it ends
    levels = [
        (row["kimg"], f"{new['resolution']} px")
        for row, new in zip(before, history.rows, strict=False)
        if row["resolution"] != new["resolution"]
    ]
    for axes in (losses, logits):
        _mark_levels(axes, levels)


def _thinned(values: list[float | None], points: int = 400) -> np.ndarray:
    """Return means of neighbours, at most so many; NaN where there is no value."""
    numbers = np.array([math.nan if value is None else value for value in values])
    if len(numbers) <= points:
        return numbers
    known = [part[~np.isnan(part)] for part in np.array_split(numbers, points)]
    return np.array([part.mean() if part.size else math.nan for part in known])


def _mark_levels(axes: Axes, levels: list[tuple[float, str]]) -> None:
    """Draw a line where a level begins, and its name above where there is room for it."""
    left, right = axes.get_xlim()
    letter = 0.07 * (right - left) / (axes.get_window_extent().width / axes.figure.dpi)  # its width, 0.07 inches
    taken = math.inf
    for kimg, name in reversed(levels):  # from the newest level, whose name matters most
        axes.axvline(kimg, color="0.6", linewidth=0.8)
        if kimg + letter * (len(name) + 1) <= taken:
            axes.text(kimg, 1.01, name, transform=axes.get_xaxis_transform(), fontsize=8)
            taken = kimg


def save_losses(history: History, path: str | Path) -> None:
    """Write the loss plot as a PNG."""
    loss_figure(history).savefig(path, dpi=110)
