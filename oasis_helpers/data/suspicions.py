"""What the pixels of a data set give away: black images, masks, copies of training images (notebook 01_data_loading).

Building a store reads every image anyway, so each is looked at once there; what is found is kept in the store and told
whenever it is opened, before anything trains.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from oasis_helpers.data.files import LABEL_GREYS, SPLITS
from oasis_helpers.errors import DataError

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

_CLASSES = len(LABEL_GREYS) - 1  # nothing brighter: fractions or class numbers, saved as whole numbers
DARK = 64  # no image brighter: they would look black beside the course's
_MOST = 3  # pairs of cases named


class Look(NamedTuple):
    """What one image looks like: its brightest grey, whether its greys are those of masks, and a hash of its pixels."""

    brightest: int
    mask: bool
    digest: bytes


def look_at_image(image: np.ndarray) -> Look:
    """Look at an image (R, R) uint8."""
    greys = np.flatnonzero(np.bincount(image.ravel(), minlength=256))
    mask = len(greys) > 2 and set(greys.tolist()) <= set(LABEL_GREYS)
    return Look(int(greys[-1]), mask, hashlib.blake2b(image.tobytes(), digest_size=16).digest())


def suspicions_of(table: pd.DataFrame, looks: Sequence[Look]) -> list[str]:
    """Say what is odd about the images of a table, a line for each kind of thing.

    Raises:
        DataError: no image has anything to learn from.
    """
    brightest = max(look.brightest for look in looks)
    if brightest == 0:
        raise DataError(f"data: all {len(looks)} images are black; make them again from the scans")
    if brightest <= _CLASSES:
        raise DataError(
            f"data: the brightest grey of all {len(looks)} images is {brightest}, expected up to 255: fractions or"
            " class numbers were saved as whole numbers; make them again from the scans, times 255"
        )
    lines = []
    if brightest < DARK:
        lines.append(
            f"the brightest grey of all images is {brightest} of 255, so they look black; the command prepare writes"
            " them again with 255 as white"
        )
    black = [i for i, look in enumerate(looks) if look.brightest == 0]
    if black:
        lines.append(
            f"{len(black)} of {len(looks)} images are black, such as {table['image'].iloc[black[0]]}; remove them"
        )
    masks = [i for i, look in enumerate(looks) if look.mask]
    if masks:
        lines.append(
            f"{len(masks)} of {len(looks)} images hold the greys of masks alone (0, 85, 170, 255), such as"
            f" {table['image'].iloc[masks[0]]}: images of brains belong here, masks into keras_png_slices_seg folders"
        )
    return lines + _copies(table, looks)


def _copies(table: pd.DataFrame, looks: Sequence[Look]) -> list[str]:
    """Cases that hold the same images: across splits they falsify every test, within one they count a person twice."""
    owners: dict[bytes, list[tuple[int, int]]] = defaultdict(list)  # (place of the split, case), train first
    places = table["split"].map(SPLITS.index).tolist()
    for place, case, look in zip(places, table["case"].tolist(), looks, strict=True):
        if look.brightest:
            owners[look.digest].append((place, case))
    pairs = Counter(
        (first, other) for cases in owners.values() for first in [min(cases)] for other in set(cases) if other != first
    )
    lines = []
    for across in (True, False):
        some = sorted(pair for pair in pairs if (pair[0][0] != pair[1][0]) == across)
        if some:
            told = "; ".join(
                f"case {other[1]:03d} in {SPLITS[other[0]]} holds {pairs[first, other]} images of case {first[1]:03d}"
                f" in {SPLITS[first[0]]}"
                for first, other in some[:_MOST]
            )
            more = f" ({len(some)} such cases)" if len(some) > _MOST else ""
            harm = "held-out slices were then seen in training" if across else "one scan then counts twice"
            lines.append(f"copies: {told}{more}; {harm}: remove one of each")
    return lines
