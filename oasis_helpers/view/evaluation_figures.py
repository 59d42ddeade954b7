"""Figures of an evaluation: what was compared, the tissues, the closest pairs (notebook 07)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oasis_helpers.evaluation.scores.spectrum import decibels
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


def spectrum_figure(result: Evaluation) -> Figure:
    """Show the power at every frequency: one curve of samples, and the band in which people's own curves lie."""
    judgement = result.judgement
    pool, power = judgement.pool, judgement.looks.spectra
    curves = decibels(np.stack([power[pool.owner == owner].mean(axis=0) for owner in range(pool.owner[-1] + 1)]))
    people = curves[[*pool.train, *pool.unseen]]
    frequency = np.arange(1, curves.shape[1] + 1)
    low, middle, high = np.quantile(people, [0.025, 0.5, 0.975], axis=0)
    samples = decibels(power[np.isin(pool.owner, pool.samples)].mean(axis=0))
    figure, axes = subplots(1, 2, figsize=(9, 3.2))
    for ax, base in zip(axes, (0, middle), strict=True):
        ax.fill_between(frequency, low - base, high - base, color="C0", alpha=0.3, label="95 % of people")
        ax.plot(frequency, samples - base, color="C1", label="samples")
        ax.axvline(pool.images.shape[1] / 2, color="0.6", linewidth=0.8)  # 2 px from peak to peak
        ax.set(xlabel="cycles a side: coarse to fine", xlim=(1, frequency[-1]))
        ax.grid(alpha=0.3)
    axes[0].set(ylabel="power, dB")
    axes[1].set(ylabel="less the middle of people, dB")
    axes[0].legend(fontsize=8)
    return figure


CHART = {"brain": "brain, % of the image", "csf": "CSF, % of the brain", "ventricles": "ventricles, % of the brain"}
CHART |= {"asymmetry": "asymmetry, % of the brain"}
CHART_BINS = 8  # of slice heights


def growth_chart(result: Evaluation) -> Figure:
    """Show measures of anatomy by slice height: the mean of samples over the band in which people's means lie."""
    judgement = result.judgement
    pool, rows = judgement.pool, judgement.looks.anatomy
    edges = np.linspace(0, 1, CHART_BINS + 1)
    place = np.clip(np.digitize(rows["height"], edges) - 1, 0, CHART_BINS - 1)
    of_samples = np.isin(pool.owner, pool.samples)
    middles = (edges[1:] + edges[:-1]) / 2
    figure, axes = subplots(1, len(CHART), figsize=(11, 2.9))
    for ax, (name, title) in zip(axes, CHART.items(), strict=True):
        values = 100 * rows[name]
        people = values[~of_samples].groupby([pool.owner[~of_samples], place[~of_samples]]).mean().unstack()
        band = people.quantile([0.025, 0.975]).reindex(columns=range(CHART_BINS))
        ax.fill_between(middles, *band.to_numpy(), color="C0", alpha=0.3, label="95 % of people")
        mean = values[of_samples].groupby(place[of_samples]).mean().reindex(range(CHART_BINS))
        ax.plot(middles, mean, "o-", color="C1", markersize=3, label="samples")
        ax.set(xlabel="height of the slice", title=title)
        ax.title.set_fontsize(9)
        ax.grid(alpha=0.3)
    axes[0].legend(fontsize=8)
    return figure
