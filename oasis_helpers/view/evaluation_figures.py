"""Figures of an evaluation: what was compared, the tissues, the closest pairs (notebook 07)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oasis_helpers.images import upright
from oasis_helpers.view.figures import subplots

import numpy as np
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from oasis_helpers.evaluation.evaluate import Evaluation

AREAS = {"csf": "CSF", "grey": "grey matter", "white": "white matter", "ventricles": "ventricles"}


def rows_of_sides(result: Evaluation, count: int = 8) -> Figure:
    """Show some images of each kind that was compared, a row per kind."""
    rows = {"reference": result.sides.reference, **result.sides.others}
    figure, axes = subplots(len(rows), count, figsize=(1.15 * count + 1.0, 1.15 * len(rows)), squeeze=False)
    for line, (name, images) in zip(axes, rows.items(), strict=True):
        chosen = np.linspace(0, len(images) - 1, count).astype(int)
        for ax, image in zip(line, images[chosen], strict=True):
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set_visible(False)
            ax.imshow(upright(image), cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        line[0].set_ylabel(name.replace(" ", "\n"), fontsize=9, rotation=0, ha="right", va="center")
    return figure


def tissue_areas(result: Evaluation) -> Figure:
    """Show how large the tissues are in the fakes and in real slices: a cumulative curve per kind and tissue."""
    figure, axes = subplots(1, len(AREAS), figsize=(11, 2.9), sharey=True)
    kinds = (("reference", "-", "C0"), ("other people", ":", "C0"), ("fakes", "-", "C1"))
    for ax, (name, title) in zip(axes, AREAS.items(), strict=True):
        for kind, line, colour in kinds:
            values = np.sort(result.tissues[kind][name].dropna())
            ax.plot(100 * values, np.linspace(0, 1, len(values)), line, color=colour, label=kind)
        ax.set(xlabel=f"{title}, % of the brain")
        ax.grid(alpha=0.3)
    axes[0].set_ylabel("share of the slices below")
    axes[0].legend(fontsize=8)
    return figure
