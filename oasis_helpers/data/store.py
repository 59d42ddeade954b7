"""The pyramid store on disk: building it from images, whole or not at all, and opening it (notebook 01_data_loading).

A store is a folder with one array file per resolution, ``level_256.npy`` to ``level_004.npy``, each (N, R, R, 1) uint8,
a ``table.csv`` with a row for each of the N slices, and a ``meta.json``. The arrays stay on disk and are
mapped into memory, so that opening a store is immediate and only what is drawn is read.
"""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from oasis_helpers.data.advice import how_to_rewrite
from oasis_helpers.data.files import read_image
from oasis_helpers.data.pyramid import Pyramid
from oasis_helpers.data.slices import TABLE_COLUMNS
from oasis_helpers.data.suspicions import Look, look_at_image, suspicions_of
from oasis_helpers.errors import DataError, UserError, check_whole
from oasis_helpers.images import block_mean
from oasis_helpers.paths import atomic_folder, user_path

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

VERSION = 1  # of the store's layout; a store of another version is built again
RESOLUTIONS = (4, 8, 16, 32, 64, 128, 256)
_CHUNK = 128  # slices read by the threads before they are written: about 11 MB in memory


def box_levels(image: np.ndarray) -> list[np.ndarray]:
    """One slice at every resolution, ascending: a pixel is the mean of the original ones it covers, half rounded up.

    (256, 256) uint8 to a list of (R, R) uint8.
    """
    mean, levels = image[None].astype(np.float32), [image]
    while len(levels) < len(RESOLUTIONS):
        mean = block_mean(mean, mean.shape[1] // 2)  # exact, so that nothing is rounded twice
        levels.append(np.floor(mean[0] + 0.5).astype(np.uint8))
    return levels[::-1]


def fingerprint(table: pd.DataFrame) -> str:
    """A hash over the images' names, sizes and times of change, and over what the table says of them."""
    facts = table.drop(columns=["image", "label"]).assign(has_label=table["label"] != "")
    digest = hashlib.sha256(facts.to_csv().encode())
    for image in map(Path, table["image"]):
        try:
            status = image.stat()
        except OSError as error:
            raise DataError(f"{image}: cannot be read: {error.strerror}; check the folder") from error
        digest.update(f"{image.parent.name}/{image.name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def build_pyramid(
    table: pd.DataFrame, store: str | os.PathLike, progress: bool = True, workers: int = 2, source: str = ""
) -> Pyramid:
    """Read every image of a table once and write the store; an older store there is replaced when all went well.

    Args:
        table: from :func:`oasis_helpers.data.read_table`.
        store: the store's folder; it must not hold anything but an older store.
        progress: show a bar.
        workers: threads that read images.
        source: kept as :attr:`Pyramid.source`; by default the store's name.

    Raises:
        DataError: images that cannot be used (all are read first, then the first few are named), or a full disk.
    """
    workers, store = check_whole("workers", workers, 1), user_path("store", store)
    missing = [column for column in TABLE_COLUMNS if column not in table]
    if missing or not len(table):
        count = len(table)
        raise UserError(f"table: expected rows and the columns of read_table, but got {count} rows without {missing}")
    if store.exists() and not (store / "meta.json").is_file() and (store.is_file() or any(store.iterdir())):
        raise UserError(f"store: {store} exists and is no store, so it is left alone; give a new folder")
    meta = {
        "version": VERSION,
        "fingerprint": fingerprint(table),  # taken before reading: an image that changes meanwhile is noticed
        "source": source or store.name,
        "count": len(table),
        "people": int(table["person"].nunique()),
        "resolutions": RESOLUTIONS,
    }
    with atomic_folder(store) as folder:
        meta["warnings"] = suspicions_of(table, _write_levels(table, folder, progress, workers))
        table.to_csv(folder / "table.csv", index=False, encoding="utf-8", errors="surrogateescape")
        (folder / "meta.json").write_text(json.dumps(meta, indent=1))
        # Opened before it takes its place: another process may put its own there a moment later, and what is
        # mapped here stays.
        pyramid = open_pyramid(folder)
    return pyramid


def _write_levels(table: pd.DataFrame, folder: Path, progress: bool, workers: int) -> list[Look]:
    """Write the array files front to back: a full disk is an error here, in mapped memory it would be a crash.

    Returns what each image looks like.
    """
    from tqdm.auto import tqdm

    images, bad, looks = table["image"].tolist(), [], []
    with (
        ExitStack() as files,
        ThreadPoolExecutor(workers) as pool,
        tqdm(total=len(images), desc="Pyramid", unit=" slices", disable=not progress) as bar,
    ):
        outputs = [files.enter_context(open(folder / _level_name(r), "wb")) for r in RESOLUTIONS]
        for resolution, output in zip(RESOLUTIONS, outputs, strict=True):
            shape = (len(images), resolution, resolution, 1)
            header = {"descr": "|u1", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(output, header)
        for start in range(0, len(images), _CHUNK):
            for result in pool.map(_read_levels, images[start : start + _CHUNK]):
                if isinstance(result, DataError):
                    bad.append(str(result))
                else:
                    looks.append(look_at_image(result[-1]))
                    for output, level in zip(outputs, result, strict=True):
                        output.write(level.data)
                bar.update()
    if bad:
        more = f". And {len(bad) - 5} more" if len(bad) > 5 else ""
        advice = how_to_rewrite(Path(images[0]).parents[1])
        rewrite = f" ({advice})" if advice else ""
        raise DataError(f"{len(bad)} of {len(images)} images cannot be used{rewrite}: {'. '.join(bad[:5])}{more}")
    return looks


def _read_levels(path: str) -> list[np.ndarray] | DataError:
    try:
        return box_levels(read_image(path))
    except DataError as error:
        return error


def _level_name(resolution: int) -> str:
    return f"level_{resolution:03d}.npy"


def open_pyramid(store: str | os.PathLike) -> Pyramid:
    """Open a store; the arrays are mapped read-only, nothing is read yet.

    Raises:
        DataError: no store there, one of another version, or a damaged one.
    """
    import pandas as pd

    store = Path(store).expanduser().resolve()
    again = "build it again from the folder of slices: load_data(FOLDER, rebuild=True)"
    if not (store / "meta.json").is_file():
        raise DataError(f"store: {store} is not a store (it holds no meta.json); {again}")
    try:
        meta = json.loads((store / "meta.json").read_text())
        if meta["version"] != VERSION:
            raise DataError(f"store: {store} has version {meta['version']}, expected {VERSION}; {again}")
        text = {"person": str, "sex": str, "label": str}
        as_written = {"encoding": "utf-8", "encoding_errors": "surrogateescape"}  # paths need not be UTF-8
        table = pd.read_csv(
            store / "table.csv", **as_written, dtype=text, keep_default_na=False, na_values={"age": [""]}
        )
        if len(table) != meta["count"] or list(table) != TABLE_COLUMNS:
            raise ValueError(f"table.csv has {len(table)} rows, expected {meta['count']}")
        levels = {r: np.load(store / _level_name(r), mmap_mode="r") for r in meta["resolutions"]}
        for r, level in levels.items():
            if level.shape != (meta["count"], r, r, 1) or level.dtype != np.uint8:
                raise ValueError(f"{_level_name(r)} holds {level.shape} {level.dtype}")
        return Pyramid({r: level[..., 0] for r, level in levels.items()}, table, meta["source"])
    except DataError:
        raise
    except (OSError, ValueError, EOFError, KeyError, TypeError) as error:
        raise DataError(f"store: {store} is damaged ({error}); {again}") from error


def warn_of_images(store: Path, stacklevel: int = 3) -> None:
    """Warn of what was odd about the images when a store was made."""
    for line in json.loads((store / "meta.json").read_text()).get("warnings", []):
        warnings.warn(line, stacklevel=stacklevel)
