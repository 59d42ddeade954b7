"""From files to uint8 batches at every resolution, split by person (notebook 01_data_loading).

``load_data()`` gives the synthetic cohort, ``load_data("/path/to/oasis")`` the real slices, in the same shape.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from oasis_helpers.data.files import read_image, read_label
from oasis_helpers.data.pyramid import Pyramid
from oasis_helpers.data.slices import find_slices, read_table
from oasis_helpers.data.store import build_pyramid, fingerprint, open_pyramid, warn_of_images
from oasis_helpers.errors import DataError, UserError
from oasis_helpers.paths import cache_places, user_path

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Pyramid",
    "build_pyramid",
    "find_slices",
    "load_data",
    "open_pyramid",
    "read_image",
    "read_label",
    "read_table",
]


def load_data(
    path: str | os.PathLike | None = None,
    people: int = 120,
    seed: int = 0,
    merge_splits: bool = False,
    progress: bool = True,
    rebuild: bool = False,
    check: Callable[[pd.DataFrame], None] | None = None,
) -> Pyramid:
    """Load slices at every resolution, from a store in the cache that is made when it is first asked for.

    >>> data = load_data(people=4, progress=False)  # four virtual people, 32 slices each
    >>> data.level(64).shape, data.level(64).dtype
    ((128, 64, 64), dtype('uint8'))

    Args:
        path: a folder with the OASIS slices (see :func:`find_slices`) or a finished store;
            None is the synthetic cohort, made on this machine.
        people: size of the synthetic cohort; not used with a path.
        seed: seed of the synthetic cohort; not used with a path.
        merge_splits: put everything into one split 'train'. Nothing is then held out.
        progress: show a bar while a store is made.
        rebuild: make the store again even where it seems up to date.
        check: is given the table before any image is read, and may raise.

    Returns:
        All n slices as uint8 images (n, R, R), 0 to 255, R = 4, 8, ... 256 px; `Pyramid.split` gives train, validate
        and test.

    Raises:
        DataError: no slices there, images that cannot be used, a person in two splits, a full disk.
        UserError: an argument that does not fit.
    """
    if not (path is None or isinstance(path, str | os.PathLike)):
        raise DataError(f"path: expected a folder with slices, or None for the synthetic cohort, but got {path!r}")
    if path is None:
        from oasis_helpers.data.cohort.cohort import cohort_folder

        folder = find_slices(cohort_folder(people=people, seed=seed, progress=progress))
        source = f"synthetic cohort, {people} people, seed {seed}"
    elif ((store := user_path("path", path)) / "meta.json").is_file():
        if merge_splits or rebuild:
            raise UserError(f"path: {path} is a finished store; for merge_splits or rebuild give the folder of slices")
        pyramid = open_pyramid(store)
        if check is not None:
            check(pyramid.table)
        warn_of_images(store)
        return pyramid
    else:
        folder = find_slices(path)
        source = folder.name
    table = read_table(folder, merge_splits)
    if check is not None:
        check(table)
    name = hashlib.sha256(f"{folder}\n{merge_splits}".encode(errors="surrogateescape")).hexdigest()[:16]
    stores = [place / "pyramids" / name for place in cache_places()]
    for store in stores:
        held = None if rebuild else _open_if_current(store, table, source)
        if held is not None:
            break
    else:
        held = build_pyramid(table, store, progress=progress, source=source)  # in the last place, which can be written
    warn_of_images(store)
    return held


def _open_if_current(store: Path, table: pd.DataFrame, source: str) -> Pyramid | None:
    """The store, if there is a sound one that was made from just these files."""
    if not os.path.isfile(store / "meta.json"):  # or it may not be read
        return None
    try:
        pyramid = open_pyramid(store)
    except DataError as error:
        print(f"{error}; doing so now")
        return None
    meta = json.loads((store / "meta.json").read_text())
    if "warnings" not in meta:  # made before images were looked at
        return None
    if meta["fingerprint"] == fingerprint(table):
        return pyramid
    print(f"The files of {source} have changed: making the store again.")
    return None
