"""Did the augmentation leak? How heads lie, how large and how bright they are, in samples and in slices.

Augmentation (`networks.augment`) turns, moves, scales and brightens what the discriminator sees. A generator that
learned this as well draws heads that vary more than those of any people: tilted, off the centre, too bright (Karras et
al. 2020, arXiv 2006.06676, section 2.2). Training mirrors slices, so that samples lean to both sides where slices may
lean to one: to the left and right, spreads are counted from the middle of the image.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

HEAD_GREY = 25  # of 255; what is brighter is taken for the head
# A spread larger than that of real slices by this factor is named. A generator of the cohort that was trained without
# augmentation reached 1.5; slices of the cohort that are augmented with p = 0.2 reach 2.
WIDER = 1.6

POSES = {
    "tilt": "tilt of the middle line, degrees",
    "across": "middle, left to right, % of the side",
    "along": "middle, back to front, % of the side",
    "size": "size, % of its mean",
    "brightness": "mean grey value, % of its mean",
}


def poses(images: np.ndarray) -> pd.DataFrame:
    """Return where the head lies in each image, how large and how bright it is.

    Args:
        images: (n, R, R) uint8; rows run from the left of the head to the right, columns from back to front.

    Returns:
        One row per image with the columns of `POSES`; NaN for a black one. ``size`` is the root of the area in
        pixels, ``brightness`` a grey value; `spreads` has them in per cent.
    """
    return pd.DataFrame([_pose(image) for image in images], columns=list(POSES))


def _pose(image: np.ndarray) -> list[float]:
    inside = image > HEAD_GREY
    if not inside.any():
        return [float("nan")] * len(POSES)
    places = np.argwhere(inside)
    middle = places.mean(axis=0)
    across, along = (places - middle).T
    # The line through the middles between left and right. Unlike the long axis, a round head has one, too.
    tilt = np.degrees(np.arctan2((across * along).sum(), (along * along).sum()))
    return [
        float(tilt),
        *(100 * (middle + 0.5) / len(image)),
        float(np.sqrt(inside.sum())),
        float(image[inside].mean()),
    ]


def spreads(images: np.ndarray) -> dict[str, float]:
    """Return how far each pose spreads over the images, in the units of `POSES`.

    A standard deviation; of ``tilt`` and ``across`` from an upright head in the middle, not from their means.
    """
    frame = poses(images)
    result = frame.std(ddof=0)
    for name, upright in (("tilt", 0.0), ("across", 50.0)):
        result[name] = np.sqrt(((frame[name] - upright) ** 2).mean())
    for name in ("size", "brightness"):
        result[name] *= 100 / frame[name].mean()
    return {name: float(value) for name, value in result.items()}


def leaked(found: dict[str, dict[str, float]]) -> list[str]:
    """Return the poses in which the fakes vary `WIDER` times more than the reals do.

    Args:
        found: side -> `spreads`, for the sides ``fakes``, ``reference`` and ``other people``.
    """
    real = {name: max(found[side][name] for side in ("reference", "other people")) for name in POSES}
    fakes = {name: found["fakes"][name] for name in POSES}
    return [name for name, wide in fakes.items() if wide is not None and wide > WIDER * real[name]]  # None: no heads
