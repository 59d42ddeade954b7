"""The pictures that a run leaves in its folder (notebook 05)."""

from __future__ import annotations

import math
from pathlib import Path

from oasis_helpers.training.history import History

import numpy as np
from matplotlib.figure import Figure

# The seed project's names, so that anyone who knows its folder finds their way in ours.
SAMPLES = "sample_output.png"
LOSSES = "model_loss.png"


def progress_name(kimg: float) -> str:
    """Name the fixed-latent picture after so many thousand images: ``generated_plot_e080.png``."""
    return f"generated_plot_e{round(kimg):03d}.png"


def save_grid(pictures: np.ndarray, path: str | Path, columns: int = 4, tile: int = 128) -> Path:
    """Write pictures (n, R, R) uint8 side by side as one grey PNG, foreheads up as in all our figures.

    Args:
        pictures: what to show.
        path: the file to write.
        columns: pictures in a row.
        tile: small pictures are enlarged to about this many pixels, each pixel a square.
    """
    from PIL import Image

    n, size, _ = pictures.shape
    columns = min(columns, n)
    rows = math.ceil(n / columns)
    full = np.zeros((rows * columns, size, size), "uint8")
    full[:n] = np.rot90(pictures, axes=(1, 2))
    grid = full.reshape(rows, columns, size, size).transpose(0, 2, 1, 3).reshape(rows * size, columns * size)
    factor = max(1, tile // size)
    path = Path(path)
    Image.fromarray(grid.repeat(factor, axis=0).repeat(factor, axis=1)).save(path)
    return path


def loss_figure(history: History) -> Figure:
    """Both losses and the logits against thousand images shown; vertical lines where a level begins."""
    columns = history.history
    kimg = columns.get("kimg", [])
    figure = Figure(figsize=(8, 5), layout="constrained")
    losses, logits = figure.subplots(2, 1, sharex=True)
    for axes, names, title in (
        (losses, (("d_loss", "discriminator", "-"), ("g_loss", "generator", "--")), "Loss"),
        (logits, (("real_logit", "real slices", "-"), ("fake_logit", "generated", "--")), "Mean logit of D"),
    ):
        for name, label, line in names:
            axes.plot(kimg, columns.get(name, []), line, label=label)
        axes.set_ylabel(title)
        axes.grid(alpha=0.3)
        axes.legend(loc="upper right")
    seen = None
    for x, size in zip(kimg, columns.get("resolution", []), strict=True):
        if size != seen:
            losses.axvline(x, color="0.6", linewidth=0.8)
            logits.axvline(x, color="0.6", linewidth=0.8)
            losses.text(x, 1.01, f"{size} px", transform=losses.get_xaxis_transform(), fontsize=8)
            seen = size
    logits.set_xlabel("thousand images shown (kimg)")
    return figure


def save_losses(history: History, path: str | Path) -> None:
    """Write the loss plot as a PNG."""
    loss_figure(history).savefig(path, dpi=110)
