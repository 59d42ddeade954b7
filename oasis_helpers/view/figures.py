"""Figures of slices and samples; each function returns the Figure and shows nothing (all notebooks)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure


def subplots(rows: int = 1, columns: int = 1, **kwargs: Any) -> tuple[Figure, Any]:
    """Make a figure as ``plt.subplots`` does, closed: a notebook then shows it once, when it is returned."""
    figure, axes = plt.subplots(rows, columns, layout="constrained", **kwargs)
    plt.close(figure)
    return figure, axes


def show_slices(
    pictures: np.ndarray,
    titles: Sequence[str] | None = None,
    columns: int = 8,
    title: str | None = None,
    size: float = 1.4,
    cmap: str = "gray",
    value_range: tuple[float, float] | None = None,
) -> Figure:
    """Show pictures side by side with the forehead up, as a radiologist would.

    Args:
        pictures: (n, R, R) or (n, R, R, 1), any number type.
        titles: one per picture.
        columns: pictures in a row.
        title: of the whole figure.
        size: of one picture in inches.
        cmap: Matplotlib's colour map.
        value_range: what is black and what is white; None is 0 to 255 for uint8, else the data's own.
    """
    pictures = np.asarray(pictures)
    pictures = pictures[..., 0] if pictures.ndim == 4 else pictures
    n = len(pictures)
    columns = min(columns, n)
    rows = math.ceil(n / columns)
    if value_range is None:
        value_range = (0, 255) if pictures.dtype == np.uint8 else (float(pictures.min()), float(pictures.max()))
    extra = 0.25 if titles is not None else 0.0
    height = rows * (size + extra) + (0.4 if title else 0.0)
    figure, axes = subplots(rows, columns, figsize=(columns * size, height), squeeze=False)
    for i, ax in enumerate(axes.flat):
        ax.set_axis_off()
        if i < n:
            # The data's rows run from the left of the head to the right, its columns from back to front.
            ax.imshow(np.rot90(pictures[i]), cmap=cmap, vmin=value_range[0], vmax=value_range[1])
            if titles is not None:
                ax.set_title(titles[i], fontsize=9)
    if title:
        figure.suptitle(title, fontsize=11)
    return figure
