"""Images as files: PNG read and written, and an animated GIF (notebooks 01, 05 and 06)."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

from oasis_helpers.errors import DataError, UserError
from oasis_helpers.images.layout import image_grid
from oasis_helpers.paths import write_atomically

import numpy as np

# What Pillow raises where a file is cut short or is something else.
_DAMAGED = (OSError, SyntaxError, EOFError, ValueError, zlib.error, struct.error)


def read_png(path: str | os.PathLike) -> np.ndarray:
    """Read an 8-bit grey PNG of any size, exactly as stored: (H, W) uint8.

    Raises:
        DataError: missing, damaged, not a PNG, or not 8-bit grey (Pillow's mode 'L').
    """
    from PIL import Image

    try:
        with Image.open(path) as file:
            if file.format != "PNG":
                raise DataError(f"{path}: expected a PNG, but got a {file.format} file; convert it, or fetch it again")
            if file.mode != "L":
                deep = file.mode.startswith(("I", "F"))  # Pillow's convert("L") alone cuts those off at 255
                advice = "scale its values to 0..255, then save it as 8-bit grey" if deep else "save it as 8-bit grey"
                raise DataError(f"{path}: expected 8-bit grey (mode 'L'), but got mode '{file.mode}'; {advice}")
            return np.array(file)
    except DataError:
        raise
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file; check the name, or fetch the file again") from None
    except (*_DAMAGED, Image.DecompressionBombError) as error:
        raise DataError(f"{path}: is damaged or not a PNG ({what_it_is(path, error)}); fetch the file again") from error


def what_it_is(path: str | os.PathLike, error: BaseException) -> str:
    """Say what lies where a file cannot be read: what failed downloads leave is known; else what the error says."""
    try:
        with open(path, "rb") as file:
            start = file.read(200).lstrip().lower()
    except OSError:
        return str(error)
    if not start:
        return "it is empty"
    if start.startswith(b"version https://git-lfs"):
        return "it is a pointer of Git LFS: git lfs pull gets the file"
    if start.startswith((b"<!doctype", b"<html")):
        return "it is a web page, as a failed download leaves it"
    return " ".join(str(error).split())


def png_bytes(image: np.ndarray) -> bytes:
    """Return an image (H, W) uint8 as the bytes of a PNG."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def save_grid(images: np.ndarray, path: str | Path, columns: int = 4, tile: int = 128) -> Path:
    """Write images as one grey PNG and return its path; the arguments are those of `image_grid`.

    Raises:
        UserError: another ending than ``.png``, or a folder that is not there.
    """
    path = check_file_name(path, ".png")
    write_atomically(path, png_bytes(image_grid(images, columns, tile)))
    return path


def save_gif(images: np.ndarray, path: str | Path, seconds: float = 3.0, back: bool = True, tile: int = 256) -> Path:
    """Write images (n, R, R) uint8 as one animated GIF, foreheads up, and return its path.

    Args:
        images: the frames, at least two.
        path: the file to write, ending in ``.gif``.
        seconds: how long one way takes.
        back: run back to the first frame, so that nothing jumps where it begins again.
        tile: small images are enlarged to about this many pixels.

    Raises:
        UserError: another ending, fewer than two frames, or a time that is not above 0.
    """
    from PIL import Image

    path = check_file_name(path, ".gif")
    if len(images) < 2:
        raise UserError(f"images: expected at least two frames, but got {len(images)}; give more")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= 600:
        raise UserError(f"seconds: expected a number above 0, at most 600, but got {seconds!r}; choose one there")
    order = [*range(len(images)), *(range(len(images) - 2, 0, -1) if back else [])]
    frames = [Image.fromarray(image_grid(images[i : i + 1], tile=tile)) for i in order]
    duration = max(20, round(1000 * seconds / len(images)))  # milliseconds; browsers slow down what is below 20
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], duration=duration, loop=0)
    write_atomically(path, buffer.getvalue())
    return path


def check_file_name(path: str | Path, ending: str, name: str = "path") -> Path:
    """Return a path that ends as it should, in a folder that is there; raises UserError under the argument's name."""
    path = Path(path).expanduser()
    if path.suffix.lower() != ending:
        raise UserError(f"{name}: expected a name that ends in {ending}, but got {path.name!r}; change the ending")
    if not path.parent.is_dir():
        raise UserError(f"{name}: expected a folder that is there, but there is no {path.parent}; make it first")
    return path
