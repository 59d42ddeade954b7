"""The closest pairs of an audit as an image: fake, training slice, and what differs (notebook 07)."""

from __future__ import annotations

from oasis_helpers.errors import UserError
from oasis_helpers.evaluation.audit.audit import Audit
from oasis_helpers.evaluation.audit.registration import bring_over, check_frame_images
from oasis_helpers.images import upright
from oasis_helpers.view.figures import BRAIN_ASPECT, crop_to_brain, subplots

import numpy as np
from matplotlib.figure import Figure

DIFFERENCE_GREYS = 80  # grey values at the ends of the map of differences
PAIRS_IN_A_ROW = 5  # pairs side by side
PAIR_INCHES = 1.5  # width of an image of a pair


def closest_pairs(audit: Audit, fakes: np.ndarray, train: np.ndarray, n: int = 10) -> Figure:
    """Show the fakes that lie closest to a training slice, each above that slice and what differs.

    The difference is taken after the fake was laid on the slice: mirrored where that fits better, moved, and matched
    in brightness. White is no difference, red is where the fake is brighter.

    Args:
        audit: from :func:`oasis_helpers.evaluation.audit.audit.audit`.
        fakes: (n, R, R) uint8, the same as were audited.
        train: (N, R, R) uint8, the same as were audited.
        n: how many pairs, at least 1.

    Raises:
        UserError: images of another number than were audited.
    """
    fakes, train = check_frame_images("fakes", fakes), check_frame_images("train", train)
    _check_numbers(audit, fakes, train)
    pairs = list(audit.closest(n).itertuples())
    columns = min(PAIRS_IN_A_ROW, len(pairs))
    blocks = -(-len(pairs) // columns)
    figure, axes = subplots(
        3 * blocks,
        columns,
        figsize=(PAIR_INCHES * columns + 1.1, (3 * PAIR_INCHES / BRAIN_ASPECT + 0.6) * blocks + 0.4),
        squeeze=False,
    )
    for ax in axes.flat:
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
    for i, pair in enumerate(pairs):
        block, column = divmod(i, columns)
        shown = _draw(axes[3 * block : 3 * block + 3, column], pair, fakes[pair.fake], train[pair.slice])
    crop_to_brain(axes[0, 0], sides=True)
    for block in range(blocks):
        for row, name in enumerate(("fake", "nearest training slice", "difference")):
            axes[3 * block + row, 0].set_ylabel(name, fontsize=8)
    bar = figure.colorbar(shown, ax=axes, shrink=0.5 / blocks, extend="both")
    bar.set_label("fake minus slice, grey values", fontsize=8)
    bar.ax.tick_params(labelsize=8)
    flagged = sum(pair.flagged for pair in pairs)
    figure.suptitle(f"Closest pairs: {flagged} of {len(pairs)} flagged\nAudit: {audit.verdict}", fontsize=10)
    return figure


def _draw(axes: np.ndarray, pair: object, fake: np.ndarray, real: np.ndarray) -> object:
    """Draw one pair into three axes and return the difference's image."""
    difference = bring_over(fake, real, pair.flipped, (pair.down, pair.along)) - real
    axes[0].imshow(upright(fake), cmap="gray", vmin=0, vmax=255)
    axes[0].set_title(f"fake {pair.fake}", fontsize=8)
    axes[1].imshow(upright(real), cmap="gray", vmin=0, vmax=255)
    shown = axes[2].imshow(upright(difference), cmap="RdBu_r", vmin=-DIFFERENCE_GREYS, vmax=DIFFERENCE_GREYS)
    for ax in axes:
        crop_to_brain(ax)
    mark = "A COPY" if pair.copy else "flagged, may be chance" if pair.flagged else "not flagged"
    mirrored = ", mirrored" if pair.flipped else ""
    axes[2].set_xlabel(f"score {pair.score:.2f}{mirrored}\n{mark}", fontsize=8, weight="bold" if pair.copy else None)
    return shown


def _check_numbers(audit: Audit, fakes: np.ndarray, train: np.ndarray) -> None:
    audited = len(next(iter(audit.findings.values())).flagged), len(audit.people)
    if (len(fakes), len(train)) != audited:
        raise UserError(
            f"fakes, train: expected the {audited[0]} fakes and {audited[1]} slices of the audit, but got {len(fakes)}"
            f" and {len(train)}; pass the same images"
        )
