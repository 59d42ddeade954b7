"""Figures of slices and samples; each function returns the Figure and shows nothing (all notebooks)."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from oasis_helpers.errors import UserError
from oasis_helpers.images import upright
from oasis_helpers.training.folder import has_run, read_config
from oasis_helpers.training.schedule import make_schedule

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

# What a brain can reach of the square, in shares of its side: left to right, and forehead to neck.
BRAIN_WIDTH, BRAIN_HEIGHT = (3 / 16, 13 / 16), (3 / 32, 29 / 32)
BRAIN_ASPECT = (BRAIN_WIDTH[1] - BRAIN_WIDTH[0]) / (BRAIN_HEIGHT[1] - BRAIN_HEIGHT[0])


def subplots(rows: int = 1, columns: int = 1, **kwargs: Any) -> tuple[Figure, Any]:
    """Make a figure as ``plt.subplots`` does, closed: a notebook then shows it once, when it is returned."""
    figure, axes = plt.subplots(rows, columns, layout="constrained", **kwargs)
    plt.close(figure)
    return figure, axes


def show_slices(
    images: np.ndarray,
    titles: Sequence[str] | None = None,
    columns: int = 8,
    title: str | None = None,
    size: float = 1.4,
    cmap: str = "gray",
    value_range: tuple[float, float] | None = None,
    crop: bool = False,
    colorbar: str | None = None,
) -> Figure:
    """Show images side by side, the forehead up and the patient's left on the left (neurological convention).

    Args:
        images: (n, R, R) or (n, R, R, 1), any number type.
        titles: one per image.
        columns: images in a row.
        title: of the whole figure.
        size: of one image in inches.
        cmap: Matplotlib's colour map.
        value_range: what is black and what is white; None is 0 to 255 for uint8, else the data's own.
        crop: show only the fixed central box that a brain can reach, and mark left and right on the first image.
        colorbar: the quantity and its unit, for a colour bar; None draws no bar.
    """
    images = np.asarray(images)
    images = images[..., 0] if images.ndim == 4 else images
    n = len(images)
    columns = min(columns, n)
    rows = math.ceil(n / columns)
    if value_range is None:
        value_range = (0, 255) if images.dtype == np.uint8 else (float(images.min()), float(images.max()))
    lines = max((name.count("\n") + 1 for name in titles), default=0) if titles is not None else 0
    height = rows * (size + 0.08 + 0.17 * lines) + (0.4 if title else 0.0)
    width = columns * (size * BRAIN_ASPECT if crop else size) + (0.9 if colorbar else 0.0)
    figure, axes = subplots(rows, columns, figsize=(width, height), squeeze=False)
    for i, ax in enumerate(axes.flat):
        ax.set_axis_off()
        if i < n:
            shown = ax.imshow(
                upright(images[i]), cmap=cmap, vmin=value_range[0], vmax=value_range[1], interpolation="nearest"
            )
            if crop:
                crop_to_brain(ax, sides=i == 0)
            if titles is not None:
                ax.set_title(titles[i], fontsize=9)
    if colorbar:
        figure.colorbar(shown, ax=axes, label=colorbar, shrink=0.9)
    if title:
        figure.suptitle(title, fontsize=11)
    return figure


def crop_to_brain(ax: Axes, sides: bool = False) -> None:
    """Show only the box that a brain can reach of the one upright, square image that stands on an axes.

    Args:
        ax: with the image, drawn by ``imshow``.
        sides: also write L and R where the left and the right of the head are.
    """
    (shown,) = (artist for artist in ax.get_children() if isinstance(artist, AxesImage))
    size = shown.get_array().shape[0]
    ax.set_xlim(BRAIN_WIDTH[0] * size - 0.5, BRAIN_WIDTH[1] * size - 0.5)
    ax.set_ylim(BRAIN_HEIGHT[1] * size - 0.5, BRAIN_HEIGHT[0] * size - 0.5)
    if sides:
        mark_sides(ax)


def mark_sides(ax: Axes) -> None:
    """Write L and R into the upper corners of an axes with an upright image, where left and right of the head are."""
    for name, x in (("L", 0.04), ("R", 0.96)):
        words = ax.text(x, 0.97, name, color="white", fontsize=8, transform=ax.transAxes, va="top", ha="center")
        words.set_bbox({"facecolor": "black", "alpha": 0.5, "linewidth": 0, "pad": 0.8})


def show_run(folder: str | Path) -> Figure:
    """Show what a run drew from the same latents at the end of each phase, in order.

    Args:
        folder: a run folder with its ``generated_plot_eNNN.png`` (NNN thousand images shown). Where it holds the run's
            configuration too, titles name the phase.

    Raises:
        UserError: no such image in the folder.
    """
    files = sorted(
        Path(folder).expanduser().glob("generated_plot_e*.png"), key=lambda file: int(file.stem.rsplit("e", 1)[1])
    )
    if not files:
        raise UserError(f"folder: expected a run with images, but {Path(folder).name} holds none; train first")
    phases = make_schedule(read_config(folder)) if has_run(folder) else []
    ended = {round(phase.end / 1000): f"{phase.resolution} px, {phase.kind}\n" for phase in phases}
    columns = min(len(files), 4)
    rows = math.ceil(len(files) / columns)
    figure, axes = subplots(rows, columns, figsize=(3 * columns, 3.4 * rows), squeeze=False)
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, file in zip(axes.flat, files, strict=False):
        ax.imshow(plt.imread(file), cmap="gray", vmin=0, vmax=1)
        kimg = int(file.stem.rsplit("e", 1)[1])
        ax.set_title(f"{ended.get(kimg, '')}{kimg} thousand images", fontsize=10)
    return figure


def show_mixing(
    sources: np.ndarray,
    donors: np.ndarray,
    mixed: np.ndarray,
    title: str | None = None,
    names: tuple[Sequence[str], Sequence[str]] | None = None,
) -> Figure:
    """Show a style-mixing matrix: sources down the left, donors along the top, the mixes between.

    Args:
        sources: (rows, R, R) uint8.
        donors: (columns, R, R) uint8.
        mixed: (rows, columns, R, R) uint8.
        title: of the whole figure.
        names: of the sources and of the donors, such as their seeds.
    """
    rows, columns = mixed.shape[:2]
    left, top = names or (["source"] * rows, ["donor"] * columns)
    width, height = 1.7 * BRAIN_ASPECT * (columns + 1), 1.75 * (rows + 1) + 0.4
    figure, axes = subplots(rows + 1, columns + 1, figsize=(width, height), squeeze=False)
    for ax in axes.flat:
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
    for r in range(rows + 1):
        for c in range(columns + 1):
            if r == c == 0:
                continue
            image = donors[c - 1] if r == 0 else sources[r - 1] if c == 0 else mixed[r - 1, c - 1]
            axes[r, c].imshow(upright(image), cmap="gray", vmin=0, vmax=255, interpolation="nearest")
            crop_to_brain(axes[r, c], sides=(r, c) == (0, 1))
    for ax, name in zip(axes[0, 1:], top, strict=True):
        ax.set_title(name, fontsize=9)
    for ax, name in zip(axes[1:, 0], left, strict=True):
        ax.set_ylabel(name, fontsize=9)
    if title:
        figure.suptitle(title, fontsize=11)
    return figure


def show_tissues(image: np.ndarray, label: np.ndarray) -> Figure:
    """Show a slice beside its tissue classes, with a bar that names them.

    Args:
        image: (R, R) uint8.
        label: (R, R) class numbers: 0 background, 1 CSF, 2 grey matter, 3 white matter.

    Warns where a slice has no tissue, as where a data set has no masks.
    """
    masked = bool(np.any(label))
    if not masked and np.any(image):
        warnings.warn(
            "label: it marks no tissue: this slice has no mask. Training needs none, but nothing that is said of"
            " tissues holds for these data",
            stacklevel=2,
        )
    figure, axes = subplots(1, 2, figsize=(7.4, 3.1))
    axes[0].imshow(upright(image), cmap="gray", vmin=0, vmax=255)
    four = plt.get_cmap("cividis", 4)
    shown = axes[1].imshow(upright(label), cmap=four, vmin=-0.5, vmax=3.5, interpolation="nearest")
    bar = figure.colorbar(shown, ax=axes, ticks=range(4))
    bar.ax.set_yticklabels(["background", "CSF", "grey matter", "white matter"])
    mark_sides(axes[0])
    for ax, title in zip(axes, ("the slice", "its tissue classes" if masked else "no mask"), strict=True):
        ax.set_axis_off()
        ax.set_title(title, fontsize=10)
    return figure
