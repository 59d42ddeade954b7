"""Pictures as files: one PNG of many, a moving GIF, and a slice read back (notebooks 05 and 06)."""

from __future__ import annotations

import io
import math
from pathlib import Path

from oasis_helpers.errors import DataError, UserError
from oasis_helpers.paths import write_atomically

import numpy as np


def grid(pictures: np.ndarray, columns: int = 4, tile: int = 128, gap: int = 0) -> np.ndarray:
    """Return pictures (n, R, R) uint8 side by side as one (H, W) uint8, foreheads up as in all our figures.

    Args:
        pictures: what to show; what is left of the last row stays black.
        columns: pictures in a row.
        tile: small pictures are enlarged to about this many pixels, each pixel a square.
        gap: white pixels between pictures.
    """
    n, size, _ = pictures.shape
    columns = min(columns, n)
    rows = math.ceil(n / columns)
    full = np.zeros((rows * columns, size, size), "uint8")
    full[:n] = np.rot90(pictures, axes=(1, 2))
    factor = max(1, tile // size)
    full = full.repeat(factor, axis=1).repeat(factor, axis=2)
    full = np.pad(full, ((0, 0), (0, gap), (0, gap)), constant_values=255)
    size = size * factor + gap
    joined = full.reshape(rows, columns, size, size).transpose(0, 2, 1, 3).reshape(rows * size, columns * size)
    return joined[: rows * size - gap, : columns * size - gap]


def save_grid(pictures: np.ndarray, path: str | Path, columns: int = 4, tile: int = 128) -> Path:
    """Write pictures as one grey PNG and return its path; the arguments are those of `grid`."""
    path = check_name(path, ".png")
    write_atomically(path, png_bytes(grid(pictures, columns, tile)))
    return path


def save_gif(pictures: np.ndarray, path: str | Path, seconds: float = 3.0, back: bool = True, tile: int = 256) -> Path:
    """Write pictures (n, R, R) uint8 as one moving GIF, foreheads up, and return its path.

    Args:
        pictures: the frames, at least two.
        path: the file to write, ending in ``.gif``.
        seconds: how long one way takes.
        back: run back to the first frame, so that nothing jumps where it begins again.
        tile: small pictures are enlarged to about this many pixels.

    Raises:
        UserError: another ending, fewer than two frames, or a time that is not above 0.
    """
    from PIL import Image

    path = check_name(path, ".gif")
    if len(pictures) < 2:
        raise UserError(f"pictures: expected at least two frames, but got {len(pictures)}")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= 600:
        raise UserError(f"seconds: expected a number above 0, at most 600, but got {seconds!r}")
    order = [*range(len(pictures)), *(range(len(pictures) - 2, 0, -1) if back else [])]
    frames = [Image.fromarray(grid(pictures[i : i + 1], tile=tile)) for i in order]
    duration = max(20, round(1000 * seconds / len(pictures)))  # milliseconds; browsers slow down what is below 20
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], duration=duration, loop=0)
    write_atomically(path, buffer.getvalue())
    return path


def png_bytes(picture: np.ndarray) -> bytes:
    """Return a picture (H, W) uint8 as the bytes of a PNG."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()


def read_slice(path: str | Path) -> np.ndarray:
    """Read an 8-bit grey PNG of any size, as stored: (H, W) uint8.

    Raises:
        DataError: missing, damaged, or not an 8-bit grey PNG.
    """
    from PIL import Image

    try:
        with Image.open(path) as picture:
            if picture.format != "PNG" or picture.mode != "L":
                came = f"{picture.format} of mode {picture.mode!r}"
                raise DataError(f"{path}: expected a PNG of 8-bit grey (mode 'L'), but got {came}; convert it")
            return np.array(picture)
    except FileNotFoundError:
        raise DataError(f"{path}: expected a picture, but there is no such file; check the name") from None
    except (OSError, SyntaxError, EOFError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path}: is damaged or no picture ({error}); fetch it again") from None


def check_name(path: str | Path, ending: str, name: str = "path") -> Path:
    """Return a path that ends as it should, in a folder that is there; raises UserError under the argument's name."""
    path = Path(path).expanduser()
    if path.suffix.lower() != ending:
        raise UserError(f"{name}: expected a name that ends in {ending}, but got {path.name!r}")
    if not path.parent.is_dir():
        raise UserError(f"{name}: expected a folder that is there, but there is no {path.parent}; make it first")
    return path
