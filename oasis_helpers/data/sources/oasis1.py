"""From the raw OASIS-1 discs to the same PNGs: which slices, what padding, what greys (notebook 01_data_loading).

The rule was found by comparing volumes of two people with PNGs of the same two people. Labels come out bit-identical;
of the brain's grey values 98 in 100 are identical and none is off by more than 1 (those PNGs were made before the
volume was rounded to whole numbers).

* **Slices.** Those along the third axis in which more than 1% of the pixels are brain reach from z0 to z1.
  Slice M of 0..31 is at round(z0 + (0.4 + 0.3 M / 31) (z1 - z0)): from 40% to 70% of the brain's height.
* **Padding.** A slice of 176 x 208 is taken as stored (rows left to right, columns back to front), with 40 rows of
  zeros above and below and 24 columns on either side: 256 x 256.
* **Greys.** floor(255 min(v, w) / w), where w is the 99.8th percentile of the volume's voxels above zero.
* **Labels.** 85 times the class: 0, 85, 170, 255.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from oasis_helpers.data.files import LABEL_GREYS, SLICE_SIZE
from oasis_helpers.data.slices import SLICES, SPLITS
from oasis_helpers.data.splits import (
    SCAN,
    assign_splits,
    check_fractions,
    number_cases,
    person_of,
    read_people,
    write_subjects,
)
from oasis_helpers.errors import DataError, UserError
from oasis_helpers.paths import atomic_folder

import numpy as np

SHAPE = (176, 208, 176)  # voxels of 1 mm: left to right, back to front, bottom to top

_T88 = "PROCESSED/MPRAGE/T88_111"
_FEWEST_SLICES = 52  # 32 slices from 40% of the height on must fit into the brain


# ---------------------------------------------------------------- the rule


def slice_positions(brain: np.ndarray) -> np.ndarray:
    """Where the 32 slices are in a skull-stripped volume (X, Y, Z), zero outside the brain: (32,) int, ascending."""
    area = np.count_nonzero(brain > 0, axis=(0, 1))
    inside = np.flatnonzero(area > 0.01 * brain.shape[0] * brain.shape[1])
    height = inside[-1] - inside[0] if inside.size else 0
    if height < _FEWEST_SLICES:
        raise DataError(f"expected a brain at least {_FEWEST_SLICES} slices high, but got {height}; is it a head scan?")
    step = max(1.0, 0.3 * height / (SLICES - 1))  # never the same slice twice, even in a very small brain
    return np.rint(inside[0] + 0.4 * height + step * np.arange(SLICES)).astype(int)


def grey_values(volume: np.ndarray) -> np.ndarray:
    """Scale a volume of whole numbers to uint8, the 99.8th percentile of what is above zero becoming 255."""
    volume = np.maximum(volume.astype(np.int64), 0)
    white = max(int(np.percentile(volume[volume > 0], 99.8)), 1)
    return (np.minimum(volume, white) * 255 // white).astype(np.uint8)


def pad_slice(image: np.ndarray) -> np.ndarray:
    """Put a (176, 208) slice in the middle of (256, 256) zeros."""
    rows, columns = ((SLICE_SIZE - side) // 2 for side in image.shape)
    return np.pad(image, ((rows, rows), (columns, columns)))


# ---------------------------------------------------------------- the discs


def prepare_slices(
    raw: str | os.PathLike,
    out: str | os.PathLike,
    masked: bool = True,
    fractions: Sequence[float] = (0.85, 0.10, 0.05),
    seed: int = 0,
    demographics: str | os.PathLike | None = None,
    progress: bool = True,
) -> Path:
    """Turn the OASIS-1 discs into PNGs in the layout of :mod:`oasis_helpers.data.slices`.

    Args:
        raw: folder with ``disc1``, ``disc2``, ... or with folders ``OAS1_XXXX_MR1`` (up to three levels down).
        out: new or empty folder; gets ``keras_png_slices_data`` and ``subjects.csv``.
        masked: True takes the skull-stripped volumes ``*_t88_masked_gfc``, False the whole heads ``*_t88_gfc``.
        fractions: share of the people in train, validate and test. With three people or more none of them is empty;
            of two people one trains and one tests; a single one trains.
        seed: seed of the split. Scans of one person (MR1, MR2) always stay together.
        demographics: OASIS-1's table saved as CSV (columns ID, M/F, Age). Then the splits are alike in age,
            by decade, and sex and age go to ``subjects.csv``.
        progress: show a bar.

    Returns:
        The folder ``keras_png_slices_data``.

    Raises:
        DataError: no volumes found, volumes that cannot be used (all are tried first), a full disk.
        UserError: ``out`` is in use, or fractions that are not three positive numbers with sum 1.
    """
    fractions, out = check_fractions(fractions), Path(out).expanduser().resolve()
    if out.exists() and (out.is_file() or any(out.iterdir())):
        raise UserError(f"out: {out} is in use, expected a new or empty folder; choose another one")
    scans = find_scans(raw)
    people = read_people(scans, demographics)
    splits = assign_splits(people["age"].to_dict(), fractions, seed)
    cases = number_cases(scans, splits)
    with atomic_folder(out) as folder:
        root = folder / "keras_png_slices_data"
        _write_scans(scans, cases, root, masked, progress)
        rows = [(split, f"{case:03d}", person_of(scan), *people.loc[person_of(scan), ["sex", "age"]])
                for scan, (split, case) in cases.items()]  # fmt: skip
        write_subjects(rows, folder / "subjects.csv")
    return out / root.name


def find_scans(raw: str | os.PathLike) -> dict[str, Path]:
    """The scans on the discs as {OAS1_XXXX_MRn: folder}, by name."""
    top = Path(raw).expanduser().resolve()
    if not top.is_dir():
        raise DataError(f"raw: there is no folder {top}; give the folder that holds disc1, disc2, ...")
    scans: dict[str, Path] = {}
    for depth in range(4):
        for t88 in sorted(top.glob("*/" * depth + _T88)):
            folder = t88.parents[2]
            if not SCAN.fullmatch(folder.name):
                continue
            if folder.name in scans:
                raise DataError(f"raw: {folder.name} is there twice: {scans[folder.name]} and {folder}; remove one")
            scans[folder.name] = folder
    if not scans:
        raise DataError(f"raw: found no disc*/OAS1_XXXX_MRn/{_T88} in {top}, nor up to three levels below it")
    return dict(sorted(scans.items()))


def _write_scans(scans: dict[str, Path], cases: dict, root: Path, masked: bool, progress: bool) -> None:
    """Write the PNGs of every scan; the scans that cannot be used are gathered and told together."""
    from tqdm.auto import tqdm

    for split in SPLITS:
        (root / f"keras_png_slices_{split}").mkdir(parents=True)
        (root / f"keras_png_slices_seg_{split}").mkdir()
    bad = []
    for scan, folder in tqdm(scans.items(), desc="Volumes", unit=" scans", disable=not progress):
        split, case = cases[scan]
        try:
            images, labels = read_scan(folder, masked)
        except DataError as error:
            bad.append(str(error))
            continue
        _save(images, root / f"keras_png_slices_{split}", f"case_{case:03d}")
        if labels is not None:
            _save(labels, root / f"keras_png_slices_seg_{split}", f"seg_{case:03d}")
    if bad:
        more = f". And {len(bad) - 5} more" if len(bad) > 5 else ""
        raise DataError(f"{len(bad)} of {len(scans)} scans cannot be used: {'. '.join(bad[:5])}{more}")


def read_scan(folder: Path, masked: bool = True) -> tuple[np.ndarray, np.ndarray | None]:
    """The 32 slices of one scan and their labels, (32, 256, 256) uint8 both; None where there are no labels."""
    brain_file = _volume_file(folder, f"{_T88}/*_t88_masked_gfc.hdr")
    brain = _read_volume(brain_file)
    volume = brain if masked else _read_volume(_volume_file(folder, f"{_T88}/*_t88_gfc.hdr"))
    try:
        positions = slice_positions(brain)  # of the brain, even for whole heads: the same slices either way
    except DataError as error:
        raise DataError(f"{brain_file}: {error}") from None
    images = np.stack([pad_slice(image) for image in np.moveaxis(grey_values(volume), 2, 0)[positions]])
    if not (folder / "FSL_SEG").is_dir():
        return images, None
    label_file = _volume_file(folder, "FSL_SEG/*_masked_gfc_fseg.hdr")
    labels = _read_volume(label_file)
    strange = np.setdiff1d(labels, range(len(LABEL_GREYS)))
    if strange.size:
        raise DataError(
            f"{label_file}: expected the labels 0 to 3, but also got {strange[:5].tolist()}; it is not a label volume"
        )
    greys = np.array(LABEL_GREYS, np.uint8)[labels]
    return images, np.stack([pad_slice(image) for image in np.moveaxis(greys, 2, 0)[positions]])


def _volume_file(folder: Path, pattern: str) -> Path:
    """The one header that the pattern means, with its .img beside it."""
    headers = [file for file in sorted(folder.glob(pattern)) if not file.name.startswith(".")]
    if len(headers) != 1:
        raise DataError(f"{folder}: expected one file {pattern}, but found {len(headers)}; fetch the scan again")
    if not headers[0].with_suffix(".img").is_file():
        raise DataError(f"{headers[0]}: its .img is missing beside it; fetch the scan again")
    return headers[0]


def _read_volume(header: Path) -> np.ndarray:
    """An Analyze volume as stored, (176, 208, 176) whole numbers, in either byte order."""
    import nibabel
    from nibabel.filebasedimages import ImageFileError
    from nibabel.spatialimages import HeaderDataError

    try:
        image = nibabel.load(header)
        if image.shape not in (SHAPE, (*SHAPE, 1)):
            size = " x ".join(map(str, image.shape))
            raise DataError(f"{header}: expected 176 x 208 x 176 voxels, but got {size}; take the volume from T88_111")
        if image.get_data_dtype().kind not in "iu":
            raise DataError(
                f"{header}: expected whole numbers, but got {image.get_data_dtype().name}; take it as on the disc"
            )
        return np.asarray(image.dataobj.get_unscaled()).reshape(SHAPE, order="A")
    except DataError:
        raise
    except (OSError, EOFError, ValueError, ImageFileError, HeaderDataError) as error:
        reason = " ".join(str(error).split())
        raise DataError(
            f"{header}: cannot be read, its .img may be cut short ({reason}); fetch the scan again"
        ) from error


def _save(images: np.ndarray, folder: Path, name: str) -> None:
    from PIL import Image

    for number, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{name}_slice_{number}.nii.png", format="PNG")
