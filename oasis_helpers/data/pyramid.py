"""One store for every source: each slice at 256, 128, ... 4 pixels, ready to draw from (notebook 01_data_loading).

A store is a folder with one array file per resolution, ``level_256.npy`` to ``level_004.npy``, each (N, R, R, 1) uint8,
a ``table.csv`` with a row for each of the N slices, and a ``meta.json``. The arrays stay on disk and are
mapped into memory, so that opening a store is immediate and only what is drawn is read.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from oasis_helpers.data.slices import COLUMNS, read_image
from oasis_helpers.errors import DataError, UserError

if TYPE_CHECKING:
    import pandas as pd

VERSION = 1  # of the store's layout; a store of another version is built again
RESOLUTIONS = (4, 8, 16, 32, 64, 128, 256)
_CHUNK = 128  # slices read by the threads before they are written: about 11 MB in memory


# ---------------------------------------------------------------- grey values


def to_float(images: np.ndarray, value_range: tuple[float, float] = (-1.0, 1.0)) -> np.ndarray:
    """Map uint8 0..255 to float32 low..high; :func:`to_uint8` maps it back exactly."""
    low, high = _check_range(value_range)
    images = np.asarray(images)
    if images.dtype != np.uint8:
        raise UserError(f"images: expected uint8, got {images.dtype}. Floats are mapped back by to_uint8.")
    return np.linspace(low, high, 256, dtype=np.float32)[images]  # a look-up: both ends are met exactly


def to_uint8(images: np.ndarray, value_range: tuple[float, float] = (-1.0, 1.0)) -> np.ndarray:
    """Map float low..high to uint8 0..255, to the nearest grey; what lies outside becomes 0 or 255."""
    low, high = _check_range(value_range)
    images = np.asarray(images, dtype=np.float32)
    if not np.isfinite(images).all():
        raise UserError("images: expected finite numbers, got NaN or infinity. Has the training diverged?")
    return np.clip(np.rint((images - np.float32(low)) * np.float32(255 / (high - low))), 0, 255).astype(np.uint8)


def _check_range(value_range: tuple[float, float]) -> tuple[float, float]:
    try:
        low, high = map(float, value_range)
    except (TypeError, ValueError):
        low, high = 0.0, 0.0
    if not (np.isfinite([low, high]).all() and low < high):
        raise UserError(f"value_range: expected (low, high) with low < high, such as (-1, 1), got {value_range!r}.")
    return low, high


def _check_whole(name: str, value: int, least: int) -> int:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)) or value < least:
        raise UserError(f"{name}: expected a whole number of at least {least}, got {value!r}.")
    return int(value)


# ---------------------------------------------------------------- drawing


class Pyramid:
    """Slices at every resolution, with their table: all of a store, or a selection of it.

    Attributes:
        table: one row per slice, see :func:`oasis_helpers.data.read_table`.
        resolutions: the resolutions held, ascending.
        source: where the slices come from, for titles and reports.
    """

    def __init__(
        self, levels: dict[int, np.ndarray], table: pd.DataFrame, source: str = "", rows: np.ndarray | None = None
    ) -> None:
        """Wrap ``levels`` {R: (N, R, R, 1) uint8}; ``rows`` are the rows of them that ``table`` describes."""
        self.table, self.source, self.resolutions = table, source, tuple(sorted(levels))
        self._levels = levels
        self._rows = np.arange(len(table)) if rows is None else rows
        self._last_epoch: tuple = (None, None, None)  # (seed, epoch), order, flips

    def __len__(self) -> int:
        """The number of slices."""
        return len(self._rows)

    def __repr__(self) -> str:
        """One line: slices, people, splits, resolutions, source."""
        splits = ", ".join(f"{name} {count}" for name, count in self.table["split"].value_counts(sort=False).items())
        return (
            f"Pyramid({len(self)} slices of {len(self.people)} people: {splits};"
            f" {self.resolutions[0]} to {self.resolutions[-1]} px; {self.source})"
        )

    @property
    def people(self) -> list[str]:
        """The people in it, each once, in the order of the table."""
        return self.table["person"].unique().tolist()

    def level(self, resolution: int) -> np.ndarray:
        """All slices at one resolution, (N, R, R, 1) uint8, read-only; a whole split is mapped, not read."""
        level, first, last = self._stored(resolution), self._rows[0], self._rows[-1]
        if last - first + 1 == len(self._rows):  # rows ascend, so they are contiguous: a view costs no memory
            return level[first : last + 1]
        return level[self._rows]

    def split(self, name: str) -> Pyramid:
        """The slices of one split: 'train', 'validate' or 'test'."""
        here = self.table["split"].unique().tolist()
        if name not in here:
            raise UserError(f"name: expected one of the splits {', '.join(map(repr, here))}, got {name!r}.")
        return self.select(self.table["split"] == name)

    def select(self, mask: Sequence[bool]) -> Pyramid:
        """The slices where ``mask`` (N booleans, such as ``pyramid.table['age'] < 30``) is true."""
        mask = np.asarray(mask)
        if mask.dtype != bool or mask.shape != (len(self),):
            raise UserError(
                f"mask: expected {len(self)} booleans, one a slice, got {mask.dtype} of shape {mask.shape}."
            )
        if not mask.any():
            raise UserError("mask: expected at least one True, got none: it selects no slice.")
        return Pyramid(self._levels, self.table[mask].reset_index(drop=True), self.source, self._rows[mask])

    def indices(self, position: int, count: int, seed: int) -> np.ndarray:
        """The rows of the table at ``position`` .. ``position + count`` of an endless shuffled stream, (count,) int64.

        The stream is one permutation of all slices after the other, each drawn from (seed, epoch) alone.
        So a run that knows how many images it has seen goes on where it stopped, at any batch size.
        """
        return self._draw(position, count, seed)[0]

    def uint8_batch(self, resolution: int, position: int, count: int, seed: int, flip: bool = False) -> np.ndarray:
        """The images at that position of the stream, (count, R, R, 1) uint8.

        ``flip`` mirrors every image left to right with probability 1/2, drawn from (seed, epoch) as well.
        """
        order, mirrored = self._draw(position, count, seed)
        images = np.array(self._stored(resolution)[self._rows[order]])
        if flip:
            images[mirrored] = images[mirrored, ::-1]  # rows, not columns, run from the left of the head to the right
        return images

    def batch(
        self,
        resolution: int,
        batch_size: int,
        step: int,
        seed: int,
        flip: bool = False,
        value_range: tuple[float, float] = (-1.0, 1.0),
    ) -> np.ndarray:
        """Batch number ``step`` (from 0), (batch_size, R, R, 1) float32 in ``value_range``; depends on nothing else.

        (-1, 1) is the paper's range; (0, 1) is the other one in use, for networks that end in a sigmoid.
        """
        batch_size, step = _check_whole("batch_size", batch_size, 1), _check_whole("step", step, 0)
        return to_float(self.uint8_batch(resolution, step * batch_size, batch_size, seed, flip), value_range)

    def batches(
        self,
        resolution: int,
        batch_size: int,
        seed: int = 0,
        flip: bool = False,
        value_range: tuple[float, float] = (-1.0, 1.0),
        drop_last: bool = False,
        epochs: int = 1,
    ) -> Iterator[np.ndarray]:
        """Walk through all slices ``epochs`` times, batch by batch, (b, R, R, 1) float32 in ``value_range``.

        Every epoch holds each slice once. Its last batch is smaller where the sizes do not divide;
        ``drop_last`` leaves that one out.
        """
        batch_size, epochs = _check_whole("batch_size", batch_size, 1), _check_whole("epochs", epochs, 1)
        starts = range(0, len(self) - batch_size + 1 if drop_last else len(self), batch_size)
        to_float(self.uint8_batch(resolution, 0, 1, seed), value_range)  # mistakes show here, not at the first next()
        return (
            to_float(
                self.uint8_batch(resolution, e * len(self) + s, min(batch_size, len(self) - s), seed, flip), value_range
            )
            for e in range(epochs)
            for s in starts
        )

    def _stored(self, resolution: int) -> np.ndarray:
        """All of the store at one resolution, whatever is selected."""
        if resolution not in self._levels:
            raise UserError(f"resolution: expected one of {', '.join(map(str, self.resolutions))}, got {resolution!r}.")
        return self._levels[resolution]

    def _draw(self, position: int, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Rows and flips, (count,) each, from ``position`` of the stream on."""
        position, count = _check_whole("position", position, 0), _check_whole("count", count, 1)
        epochs, offsets = np.divmod(np.arange(position, position + count), len(self))
        parts = [(self._epoch(seed, int(epoch)), offsets[epochs == epoch]) for epoch in np.unique(epochs)]
        rows = np.concatenate([order[here] for (order, _), here in parts])
        return rows, np.concatenate([flips[here] for (_, flips), here in parts])

    def _epoch(self, seed: int, epoch: int) -> tuple[np.ndarray, np.ndarray]:
        """One epoch's order and flips; the last one is kept, as most batches ask for it again."""
        key, order, flips = self._last_epoch
        if key != (seed, epoch):
            random = np.random.default_rng([_check_whole("seed", seed, 0), epoch])
            order, flips = random.permutation(len(self)), random.random(len(self)) < 0.5
            self._last_epoch = ((seed, epoch), order, flips)
        return order, flips


# ---------------------------------------------------------------- building and opening a store


def box_levels(image: np.ndarray) -> list[np.ndarray]:
    """One slice at every resolution, ascending: a pixel is the mean of the original ones it covers, half rounded up.

    (256, 256) uint8 to a list of (R, R) uint8. The sums stay whole numbers, so that nothing is rounded twice.
    """
    total, levels = image.astype(np.uint32), [image]
    for k in range(1, len(RESOLUTIONS)):
        total = total[0::2, 0::2] + total[0::2, 1::2] + total[1::2, 0::2] + total[1::2, 1::2]
        levels.append(((total + (1 << (2 * k - 1))) >> (2 * k)).astype(np.uint8))
    return levels[::-1]


def fingerprint(table: pd.DataFrame) -> str:
    """A hash over the pictures' names, sizes and times of change, and over what the table says of them."""
    facts = table.drop(columns=["image", "label"]).assign(has_label=table["label"] != "")
    digest = hashlib.sha256(facts.to_csv().encode())
    for image in map(Path, table["image"]):
        try:
            status = image.stat()
        except OSError as error:
            raise DataError(f"{image}: cannot be read: {error.strerror}. Check the folder.") from error
        digest.update(f"{image.parent.name}/{image.name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def build_pyramid(
    table: pd.DataFrame, store: str | os.PathLike, progress: bool = True, workers: int = 2, source: str = ""
) -> Pyramid:
    """Read every picture of a table once and write the store; an older store there is replaced when all went well.

    Args:
        table: from :func:`oasis_helpers.data.read_table`.
        store: the store's folder; it must not hold anything but an older store.
        progress: show a bar.
        workers: threads that read pictures.
        source: kept as :attr:`Pyramid.source`; by default the store's name.

    Raises:
        DataError: pictures that cannot be used (all are read first, then the first few are named), or a full disk.
    """
    workers, store = _check_whole("workers", workers, 1), Path(store).expanduser().resolve()
    missing = [column for column in COLUMNS if column not in table]
    if missing or not len(table):
        raise UserError(f"table: expected rows and the columns of read_table, got {len(table)} rows without {missing}.")
    if store.exists() and not (store / "meta.json").is_file() and (store.is_file() or any(store.iterdir())):
        raise UserError(f"store: {store} exists and is no store, so it is left alone. Give a new folder.")
    meta = {
        "version": VERSION,
        "fingerprint": fingerprint(table),  # taken before reading: a picture that changes meanwhile is noticed
        "source": source or store.name,
        "count": len(table),
        "people": int(table["person"].nunique()),
        "resolutions": RESOLUTIONS,
    }
    with atomic_folder(store) as folder:
        _write_levels(table, folder, progress, workers)
        table.to_csv(folder / "table.csv", index=False)
        (folder / "meta.json").write_text(json.dumps(meta, indent=1))
    return open_pyramid(store)


def _write_levels(table: pd.DataFrame, folder: Path, progress: bool, workers: int) -> None:
    """Write the array files front to back: a full disk is an error here, in mapped memory it would be a crash."""
    from tqdm.auto import tqdm

    images, bad = table["image"].tolist(), []
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
                elif not bad:
                    for output, level in zip(outputs, result, strict=True):
                        output.write(level.data)
                bar.update()
    if bad:
        more = f" And {len(bad) - 5} more." if len(bad) > 5 else ""
        raise DataError(f"{len(bad)} of {len(images)} pictures cannot be used: {' '.join(bad[:5])}{more}")


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
    again = "Build it again: load_data(..., rebuild=True), or build_pyramid."
    if not (store / "meta.json").is_file():
        raise DataError(f"store: {store} is not a store (it holds no meta.json). {again}")
    try:
        meta = json.loads((store / "meta.json").read_text())
        if meta["version"] != VERSION:
            raise DataError(f"store: {store} has version {meta['version']}, expected {VERSION}. {again}")
        text = {"person": str, "sex": str, "label": str}
        table = pd.read_csv(store / "table.csv", dtype=text, keep_default_na=False, na_values={"age": [""]})
        if len(table) != meta["count"] or list(table) != COLUMNS:
            raise ValueError(f"table.csv has {len(table)} rows, expected {meta['count']}")
        levels = {r: np.load(store / _level_name(r), mmap_mode="r") for r in meta["resolutions"]}
        for r, level in levels.items():
            if level.shape != (meta["count"], r, r, 1) or level.dtype != np.uint8:
                raise ValueError(f"{_level_name(r)} holds {level.shape} {level.dtype}")
        return Pyramid(levels, table, meta["source"])
    except DataError:
        raise
    except (OSError, ValueError, EOFError, KeyError, TypeError) as error:
        raise DataError(f"store: {store} is damaged ({error}). {again}") from error


@contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """Give an empty folder beside ``target`` to write into, and put it in the target's place only when all went well.

    After an error, Ctrl-C or a full disk what was written is removed and an older target stands as it was.
    Two processes may do this at once: the names are unique and the last one to finish stays.
    """
    work = target.with_name(f".{target.name}.{uuid.uuid4().hex}.part")
    try:
        work.mkdir(parents=True)
        yield work
        for file in filter(Path.is_file, work.iterdir()):  # not thousands of pictures in folders below
            with open(file, "rb") as written:
                os.fsync(written.fileno())
        _take_place(work, target)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            reason = "the disk is full, nothing was kept. Free some space, or set OASIS_CACHE to a folder elsewhere"
        else:
            reason = f"cannot be written: {error}. Check the folder and its permissions"
        raise DataError(f"{target}: {reason}.") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _take_place(work: Path, target: Path) -> None:
    """Rename ``work`` to ``target``; an older target steps aside first, and comes back if that fails."""
    aside = work.with_suffix(".old")
    for _ in range(20):
        try:
            with suppress(FileNotFoundError):
                os.rename(target, aside)
            os.rename(work, target)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise  # those two: another process put its own target there in between, so try again
        finally:
            if aside.exists() and target.exists():
                shutil.rmtree(aside, ignore_errors=True)
            elif aside.exists():
                os.rename(aside, target)
    raise OSError(errno.EBUSY, "another process keeps writing to it")
