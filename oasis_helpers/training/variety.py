"""How many different slices a generator's images look like, to notice that it repeats itself (notebook 05)."""

from __future__ import annotations

from oasis_helpers import sampling
from oasis_helpers.images import block_mean
from oasis_helpers.networks.generator import Generator

import numpy as np

WATCHED = 64  # images that are drawn, and slices in each of the two sets that they are compared with
COMPARED_SIDE = 16  # pixels of the images that are compared: enough for outline and ventricles, too few for grain
# Below this share of the reals' variety a generator is repeating itself.
COLLAPSED = 0.25
NOTICED_FROM = 500  # images at a level; a generator that has hardly begun draws one blob, and that is no collapse


def different_slices(images: np.ndarray, slices: np.ndarray) -> float:
    """Return how many different ones of some slices the images are nearest to, from 1 to the number of slices.

    Every image is matched with the nearest slice. Matches that are spread evenly over n slices count as n; in general
    the count is exp(H), H being the entropy of the shares of the matches. Images are compared at 16 px, each brought to
    mean 0 and length 1. So neither brightness nor contrast nor grain makes two images of one head different, as they
    do where the pixels' standard deviation over the images is taken.

    Args:
        images: (n, R, R) uint8.
        slices: (m, R, R) uint8.
    """
    nearest = (_directions(images) @ _directions(slices).T).argmax(axis=1)  # (n,)
    shares = np.unique(nearest, return_counts=True)[1] / len(images)
    return float(np.exp(-(shares * np.log(shares)).sum()))


def variety(images: np.ndarray, reals: np.ndarray) -> float:
    """Return how varied generated images are beside real ones: 1 is as varied, near 0 is all the same.

    It is `different_slices` of the images, divided by the same for as many slices. What both are matched with is every
    other slice of ``reals``; the rest stands beside the images.

    Args:
        images: (n, R, R) uint8, drawn without truncation.
        reals: (2 n, R, R) uint8 or more, in random order.
    """
    slices, others = reals[::2], reals[1::2][: len(images)]
    return different_slices(images, slices) / different_slices(others, slices)


def varied_samples(generator: Generator) -> np.ndarray:
    """Draw what `variety` looks at: (64, R, R) uint8, without truncation, at the level that the generator has reached.

    Nothing that training goes on from is changed: drawing has random numbers of its own.
    """
    return sampling.sample(generator, range(WATCHED), psi=1.0)


def collapse_warning(share: float, kimg: float, resolution: int) -> str | None:
    """Return what to say where the generator repeats itself, else None. ``share`` is what `variety` returned."""
    if share >= COLLAPSED:
        return None
    return (
        f"warning: at {kimg} kimg, {resolution} px, generated images look like {share:.0%} as many different slices as "
        "real ones do: the generator may have collapsed. If this continues, try a lower learning_rate, a stronger "
        "penalty (r1_gamma, wgan_lambda) or loss=relativistic"
    )


def _directions(images: np.ndarray) -> np.ndarray:
    """Return images (n, R, R) as rows of mean 0 and length 1: (n, side^2)."""
    side = min(COMPARED_SIDE, images.shape[1])
    rows = block_mean(images, side).reshape(len(images), -1)
    rows = rows - rows.mean(axis=1, keepdims=True)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
