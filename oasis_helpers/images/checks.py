"""Is it an image? Looked at once, where a user hands arrays over, before anything is computed (notebook 07)."""

from __future__ import annotations

from oasis_helpers.errors import UserError

import numpy as np


def check_square_images(name: str, images: np.ndarray, fewest: int = 1) -> np.ndarray:
    """Return images as (n, R, R) uint8, a view where it can be one; (n, R, R, 1) is taken as well.

    Args:
        name: of the argument, for the error.
        images: (n, R, R) or (n, R, R, 1), uint8 0..255.
        fewest: images that the caller needs at the least.

    Raises:
        UserError: another type, another shape, too few.
    """
    images = np.asarray(images)
    if images.dtype != np.uint8:
        raise UserError(f"{name}: expected uint8 images 0..255, but got {images.dtype}; map them with to_uint8")
    if images.ndim == 4 and images.shape[-1] == 1:
        images = images[..., 0]
    if images.ndim != 3 or images.shape[1] != images.shape[2]:
        raise UserError(f"{name}: expected square images (n, R, R), but got shape {images.shape}; reshape them")
    if len(images) < fewest:
        noun = "image" if fewest == 1 else "images"
        raise UserError(f"{name}: expected at least {fewest} {noun}, but got {len(images)}; give more")
    return images


def check_images(name: str, images: np.ndarray, smallest: int = 4, fewest: int = 1) -> np.ndarray:
    """Return images as `check_square_images` does, of a side that is a power of two and at least ``smallest``.

    Raises:
        UserError: as there, or another size.
    """
    images = check_square_images(name, images, fewest)
    side = images.shape[1]
    if side < smallest or side & (side - 1):
        raise UserError(
            f"{name}: expected {smallest} px or a larger power of two a side, but got {side} px; take another size"
        )
    return images


def check_image_pair(
    real: np.ndarray, fake: np.ndarray, smallest: int = 4, names: tuple[str, str] = ("real", "fake")
) -> tuple[np.ndarray, np.ndarray]:
    """Return two sets of images of one size, checked by `check_images`; raises UserError."""
    real, fake = check_images(names[0], real, smallest), check_images(names[1], fake, smallest)
    if real.shape[1] != fake.shape[1]:
        raise UserError(
            f"{names[1]}: expected images of {real.shape[1]} px as in {names[0]}, but got {fake.shape[1]} px; "
            "take both at one resolution"
        )
    return real, fake
