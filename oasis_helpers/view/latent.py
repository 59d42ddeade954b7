"""Figures of the latent space, one call each: truncation, mixing, walks, noise, styles, projection (notebook 06)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from oasis_helpers import sampling
from oasis_helpers.errors import check_whole
from oasis_helpers.images import upright
from oasis_helpers.networks.generator import Generator
from oasis_helpers.sampling import Directions, Projection
from oasis_helpers.view.figures import BRAIN_ASPECT, crop_to_brain, show_mixing, show_slices, subplots

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure


def sample_grid(
    generator: Generator,
    seeds: int | Sequence[int] = range(16),
    psi: float | None = None,
    noise: str | Mapping[int, str] = "fixed",
    columns: int = 8,
) -> Figure:
    """Show one brain per seed; the arguments are those of `oasis_helpers.sampling.sample`."""
    seeds = sampling.check_seeds(seeds)
    images = sampling.sample(generator, seeds, psi, noise)
    title = f"psi = {_psi(generator, psi):g}, {generator.resolution} px"
    return show_slices(images, [f"seed {seed}" for seed in seeds], columns, title, size=1.7, crop=True)


def truncation_sweep(
    generator: Generator,
    seeds: int | Sequence[int] = (0, 1, 2),
    psis: Sequence[float] = (0.0, 0.25, 0.5, 0.7, 1.0, 1.25),
    noise: str = "off",
) -> Figure:
    """Show one row per seed with psi growing from left to right, all layers truncated."""
    seeds = sampling.check_seeds(seeds)
    every = generator.num_styles
    rows = np.stack([sampling.sample(generator, seeds, psi, noise, every) for psi in psis], axis=1)
    figure = _table(rows, [f"psi {psi:g}" for psi in psis], [f"seed {seed}" for seed in seeds])
    return figure


def mixing_matrix(
    generator: Generator,
    sources: Sequence[int],
    donors: Sequence[int],
    layers: str | int | Iterable[int] = "coarse",
    psi: float | None = None,
    noise: str | Mapping[int, str] = "off",
) -> Figure:
    """Show sources down the left, donors along the top, and between them the source with the donor's ``layers``.

    See `oasis_helpers.sampling.mix`. The noise is off, so that only the styles count, where nothing else is said.
    """
    chosen = sampling.layer_range(generator, layers)
    mixed = sampling.mix(generator, sources, donors, chosen, psi, noise)
    left, top = (sampling.sample(generator, seeds, psi, noise) for seeds in (sources, donors))
    name = f"{layers} styles" if isinstance(layers, str) and layers.isalpha() else "styles"
    title = f"{name} of the donor (layers {_span(chosen)}),\nall others of the source"
    return show_mixing(left, top, mixed, title, ([f"seed {s}" for s in sources], [f"seed {s}" for s in donors]))


def interpolation_strip(
    generator: Generator, start: int, end: int, steps: int = 8, spaces: Sequence[str] = ("w", "z"), psi: float = 0.7
) -> Figure:
    """Show the walk from one seed to another, a row for each space: straight in W, on the great circle in Z."""
    rows = np.stack([sampling.interpolate(generator, start, end, steps, space, psi) for space in spaces])
    return _table(rows, [f"t = {t:.2f}" for t in np.linspace(0, 1, steps)], [f"in {space.upper()}" for space in spaces])


def direction_strip(
    generator: Generator,
    directions: Directions,
    seed: int = 0,
    amounts: Sequence[float] = (-3, -2, -1, 0, 1, 2, 3),
    count: int | None = None,
    layers: str | int | Iterable[int] = "all",
    psi: float | None = None,
) -> Figure:
    """Show one brain moved along each of the first ``count`` directions, by amounts in standard deviations."""
    count = len(directions) if count is None else check_whole("count", count, 1, len(directions))
    ws = sampling.styles(generator, seed, psi)
    steps = [np.eye(len(directions))[k] * amount for k in range(count) for amount in amounts]
    moved = np.concatenate([sampling.move(generator, ws, directions, step, layers) for step in steps])
    noise = sampling.noise_maps([seed] * len(moved), generator.resolution)
    images = sampling.draw(generator, moved, noise)
    rows = images.reshape(count, len(amounts), *images.shape[1:])
    shares = [f"{share:.1%} of the\nvariance of w" for share in directions.share[:count]]
    names = [f"direction {k}\n{share}" for k, share in enumerate(shares)] if len(directions) > 1 else shares
    return _table(rows, [f"{amount:+g} sd" for amount in amounts], names)


def noise_effect(images: np.ndarray) -> Figure:
    """Show what only the noise changes in one brain: two of the images, the mean and the standard deviation of all.

    Args:
        images: (n, R, R) of one style and n draws of the noise, grey values from 0 to 255.
    """
    images = np.asarray(images, "float32")
    figure, axes = subplots(1, 4, figsize=(9.6, 3.0))
    titles = ("one noise", "another", f"mean of {len(images)}", f"std of {len(images)}")
    shown = (images[0], images[-1], images.mean(0), images.std(0))
    for ax, image, title in zip(axes, shown, titles, strict=True):
        gray = title != titles[-1]
        drawn = _image(ax, image, sides=ax is axes[0], **({} if gray else {"cmap": "viridis", "vmax": None}))
        ax.set_title(title, fontsize=9)
    figure.colorbar(drawn, ax=axes[-1], label="standard deviation (grey values)")
    return figure


def style_effect(spreads: Sequence[np.ndarray]) -> Figure:
    """Show what each layer's style changes in one brain, on one colour scale.

    Args:
        spreads: for each layer from the first (two a level, from 4 px on) an image (R, R): the standard deviation of
            each pixel, in grey values, while only that layer takes the styles of other brains.
    """
    columns = len(spreads) // 2
    figure, axes = subplots(2, columns, figsize=(1.6 * columns + 0.8, 4.6), squeeze=False)
    top = max(1.0, float(np.quantile(spreads, 0.999)))
    for layer, spread in enumerate(spreads):
        ax = axes[layer % 2, layer // 2]
        drawn = _image(ax, spread, cmap="viridis", vmax=top, sides=layer == 0)
        ax.set_title(f"layer {layer} ({2 ** (layer // 2 + 2)} px)\nmean {spread.mean():.1f}", fontsize=9)
    figure.colorbar(drawn, ax=axes, label="standard deviation, grey values", shrink=0.8)
    return figure


def projection_figure(projection: Projection, title: str | None = None) -> Figure:
    """Show a target, its projection, their difference, and how the error fell."""
    figure, axes = subplots(1, 4, figsize=(10.6, 3.2), width_ratios=[1, 1, 1.3, 1.9])
    _image(axes[0], projection.target, sides=True).axes.set_title("the target", fontsize=9)
    _image(axes[1], projection.image).axes.set_title("its projection", fontsize=9)
    difference = projection.image.astype("float32") - projection.target
    reach = max(10.0, float(np.abs(difference).max()))
    drawn = _image(axes[2], difference, cmap="RdBu_r", vmin=-reach, vmax=reach)
    axes[2].set_title("projection minus target", fontsize=9)
    figure.colorbar(drawn, ax=axes[2], label="grey values")
    axes[3].plot(projection.errors)
    axes[3].set(xlabel="step", ylabel="error (rms grey values)", ylim=(0, None))
    axes[3].set_title(f"end: {projection.error:.1f}", fontsize=9)
    axes[3].grid(alpha=0.3)
    if title:
        figure.suptitle(title, fontsize=11)
    return figure


def _psi(generator: Generator, psi: float | None) -> float:
    return generator.config.truncation_psi if psi is None else psi


def _span(layers: Sequence[int]) -> str:
    """Write layer numbers for people: ``0-3`` or ``0, 2``."""
    whole = list(layers) == list(range(layers[0], layers[-1] + 1)) and len(layers) > 1
    return f"{layers[0]}-{layers[-1]}" if whole else ", ".join(map(str, layers))


def _image(
    ax: Axes, image: np.ndarray, cmap: str = "gray", vmin: float = 0, vmax: float | None = 255, sides: bool = False
) -> object:
    """Draw one brain with the forehead up, cropped and without axes, its sides marked where asked for.

    Returns what a colour bar needs.
    """
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    drawn = ax.imshow(upright(image), cmap=cmap, vmin=vmin, vmax=vmax, interpolation="nearest")
    crop_to_brain(ax, sides)
    return drawn


def _table(images: np.ndarray, columns: Sequence[str], rows: Sequence[str]) -> Figure:
    """Show images (rows, columns, R, R) with a title over each column and a name left of each row."""
    size = min(1.7, 10.0 / len(columns) / BRAIN_ASPECT)  # the height of a tile
    width, height = size * BRAIN_ASPECT * len(columns) + 0.5, size * len(rows) + 0.3
    figure, axes = subplots(len(rows), len(columns), figsize=(width, height), squeeze=False)
    for r, row in enumerate(rows):
        for c, column in enumerate(columns):
            _image(axes[r, c], images[r, c], sides=r == c == 0)
            if r == 0:
                axes[r, c].set_title(column, fontsize=9)
        axes[r, 0].set_ylabel(row, fontsize=9)
    return figure
