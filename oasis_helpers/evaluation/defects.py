"""Slices degraded in one way each, as generators and file formats degrade them: which score sees what? (notebook 07)

`corrupt` ruins images step by step; a defect stays small, so that eyes may miss it. Each has three strengths in its
own unit and belongs to one question: is the texture wrong, the anatomy, or the variety?
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import NamedTuple

from oasis_helpers.errors import UserError, check_whole
from oasis_helpers.evaluation.tissues.measures import DEEP
from oasis_helpers.evaluation.tissues.segmenter import load_segmenter
from oasis_helpers.images import check_images

import numpy as np
from PIL import Image
from scipy import ndimage

EDGE_SHARE = 0.08  # of the head's pixels, those with the steepest slope, count as edges
TO_ANOTHER_PERSON = 96  # images further: the same height of another person, with 32, 16, 8, 4 or 3 slices of each
HEAD = 0  # of 255; what is brighter belongs to the head


class Defect(NamedTuple):
    """One way to degrade slices.

    Attributes:
        apply: images (n, R, R) float32 0..255, a strength and a random generator, to images of the same shape.
        strengths: three, weak to strong.
        unit: how a strength is read; "{}" stands for it.
        question: "texture", "anatomy" or "variety", the kind of score that must see it.
    """

    apply: Callable[[np.ndarray, float, np.random.Generator], np.ndarray]
    strengths: tuple[float, float, float]
    unit: str
    question: str


def degrade(images: np.ndarray, defect: str, strength: float, seed: int = 0) -> np.ndarray:
    """Return images with a defect.

    Args:
        images: (n, R, R) uint8, R of 64 or a larger power of two.
        defect: a name in `DEFECTS`.
        strength: in the defect's own unit, see `Defect.strengths` for three that make sense.
        seed: of whatever the defect draws.

    Returns:
        (n, R, R) uint8, new.

    Raises:
        UserError: an unknown defect, other images.
    """
    images = check_images("images", images, smallest=64)
    if defect not in DEFECTS:
        raise UserError(f"defect: expected one of {', '.join(DEFECTS)}, but got {defect!r}; choose one of these")
    rng = np.random.default_rng(check_whole("seed", seed, 0))
    degraded = DEFECTS[defect].apply(images.astype(np.float32), strength, rng)
    return np.clip(np.rint(degraded), 0, 255).astype(np.uint8)


# ---------------------------------------------------------------- texture


def _blur(x: np.ndarray, sigma: float, _: np.random.Generator) -> np.ndarray:
    return ndimage.gaussian_filter(x, (0, sigma, sigma))


def _down_and_up(x: np.ndarray, factor: float, _: np.random.Generator) -> np.ndarray:
    side = x.shape[1]
    small = round(side / factor)
    return np.stack([_resize(_resize(image, small, Image.BOX), side, Image.BILINEAR) for image in x])


def _resize(image: np.ndarray, side: int, how: int) -> np.ndarray:
    return np.asarray(Image.fromarray(image, "F").resize((side, side), how))


def _jpeg(x: np.ndarray, quality: float, _: np.random.Generator) -> np.ndarray:
    degraded = np.empty_like(x)
    for i, image in enumerate(x):
        buffer = io.BytesIO()
        Image.fromarray(image.astype(np.uint8)).save(buffer, "JPEG", quality=int(quality))
        degraded[i] = np.asarray(Image.open(buffer))
    return degraded


def _sharpen(x: np.ndarray, amount: float, _: np.random.Generator) -> np.ndarray:
    return x + amount * (x - ndimage.gaussian_filter(x, (0, 1, 1))) * (x > HEAD)


def _checkerboard(x: np.ndarray, grey: float, _: np.random.Generator) -> np.ndarray:
    i, j = np.indices(x.shape[1:])
    return x + grey * (1 - 2 * ((i + j) % 2)) * (x > HEAD)


def _edge_dots(x: np.ndarray, grey: float, _: np.random.Generator) -> np.ndarray:
    i, j = np.indices(x.shape[1:])
    slope = np.hypot(*(ndimage.sobel(x, axis) for axis in (1, 2)))
    bound = np.quantile(slope.reshape(len(x), -1), 1 - EDGE_SHARE * (x > HEAD).mean(), axis=1)
    dotted = (slope > bound[:, None, None]) & (i % 2 == 0) & (j % 2 == 0)
    return x + grey * dotted


def _noise(x: np.ndarray, grey: float, rng: np.random.Generator) -> np.ndarray:
    return x + grey * rng.standard_normal(x.shape, np.float32) * (x > HEAD)


def _glow(x: np.ndarray, grey: float, _: np.random.Generator) -> np.ndarray:
    near = ndimage.gaussian_filter((x > HEAD).astype(np.float32), (0, 4, 4))
    return np.where(x > HEAD, x, 2 * grey * near)  # about 1 beside the head, 0 far away


def _few_greys(x: np.ndarray, count: float, _: np.random.Generator) -> np.ndarray:
    step = 255 / (count - 1)
    return np.rint(x / step) * step


def _smooth_deep_grey(x: np.ndarray, sigma: float, _: np.random.Generator) -> np.ndarray:
    classes, depth = _anatomy(x)
    where = ((classes == 2) & (depth > DEEP)).astype(np.float32)
    soft = ndimage.gaussian_filter(where, (0, 1, 1))  # no seam at its rim
    return x + soft * (ndimage.gaussian_filter(x, (0, sigma, sigma)) - x)


# ---------------------------------------------------------------- anatomy


def _stretch(x: np.ndarray, percent: float, _: np.random.Generator) -> np.ndarray:
    return _affine(x, np.diag([1.0, 1 / (1 + percent / 100)]))  # from back to front


def _tilt(x: np.ndarray, degrees: float, _: np.random.Generator) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return _affine(x, np.array([[c, -s], [s, c]]))


def _shrink(x: np.ndarray, percent: float, _: np.random.Generator) -> np.ndarray:
    return _affine(x, np.eye(2) / (1 - percent / 100))


def _affine(x: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Move each pixel's value from where ``matrix`` (2, 2), seen from the middle, says."""
    middle = (np.array(x.shape[1:]) - 1) / 2
    offset = middle - matrix @ middle
    return np.stack([ndimage.affine_transform(image, matrix, offset, order=3, prefilter=True) for image in x])


def _filled_ventricle(x: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Fill the deep fluid with white matter, from the left side on: 0.5 fills the left ventricle."""
    classes, depth = _anatomy(x)
    degraded = x.copy()
    for image, label, deep in zip(degraded, classes, depth, strict=True):
        fluid = ndimage.binary_dilation((label == 1) & (deep > DEEP), iterations=max(1, len(image) // 64))
        rows = np.nonzero(fluid)[0]
        if not len(rows) or not (label == 3).any():
            continue
        fluid[np.arange(len(image)) > np.quantile(rows, share)] = False
        white = np.median(image[label == 3])
        grain = rng.choice(image[label == 3], fluid.sum()) - white
        soft = ndimage.gaussian_filter(fluid.astype(np.float32), 0.7)
        filled = image.copy()
        filled[fluid] = white + 0.25 * grain
        image += soft * (filled - image)
    return degraded


def _mirrored_halves(x: np.ndarray, share: float, _: np.random.Generator) -> np.ndarray:
    """Replace one half by the mirror image of the other, up to that share of its width from the middle."""
    degraded = x.copy()
    for image in degraded:
        rows = np.nonzero((image > HEAD).any(axis=1))[0]
        if not len(rows):
            continue
        first, last = rows[0], rows[-1]
        reach = round(share * (last - first + 1) / 2)
        twice = first + last  # row r lies across from row twice - r
        for row in range((twice + 1) // 2 - reach, (twice + 1) // 2):
            if 0 <= row < len(image) and 0 <= twice - row < len(image):
                image[row] = image[twice - row]
    return degraded


def _two_people(x: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Give that share of the images the right half of the image that lies 96 places further in the set."""
    degraded, middle = x.copy(), x.shape[1] // 2
    partner = np.roll(np.arange(len(x)), -TO_ANOTHER_PERSON)
    chosen = rng.random(len(x)) < share
    degraded[chosen, middle:] = x[partner[chosen], middle:]
    return degraded


def _anatomy(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Classes (n, R, R) of the tissues, and how deep each pixel lies (n, R, R), 1 for the deepest of its image."""
    images = np.clip(np.rint(x), 0, 255).astype(np.uint8)
    classes = load_segmenter().classes(images)
    depth = np.stack([ndimage.distance_transform_edt(ndimage.binary_fill_holes(label > 0)) for label in classes])
    depth /= np.maximum(depth.max(axis=(1, 2), keepdims=True), 1)
    times = x.shape[1] // classes.shape[1]
    return tuple(values.repeat(times, axis=1).repeat(times, axis=2) for values in (classes, depth))


# ---------------------------------------------------------------- variety


def _fewer_slices(x: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Repeat that share of the images, drawn at random, until there are as many as before."""
    kept = rng.permutation(len(x))[: max(1, round(share * len(x)))]
    return x[np.resize(kept, len(x))]


def _fewer_people(x: np.ndarray, share: float, _: np.random.Generator) -> np.ndarray:
    """Repeat the first images, which are those of the first people, until there are as many as before."""
    return x[np.resize(np.arange(max(1, round(share * len(x)))), len(x))]


DEFECTS: dict[str, Defect] = {
    "blur": Defect(_blur, (0.5, 1, 2), "{} px", "texture"),
    "smaller and larger again": Defect(_down_and_up, (1.5, 2, 4), "{} times", "texture"),
    "JPEG": Defect(_jpeg, (60, 40, 20), "quality {}", "texture"),
    "sharpened": Defect(_sharpen, (0.25, 0.5, 1), "amount {}", "texture"),
    "checkerboard of 1 px": Defect(_checkerboard, (2, 4, 8), "{} grey values", "texture"),
    "dots along edges": Defect(_edge_dots, (8, 16, 32), "{} grey values", "texture"),
    "noise": Defect(_noise, (2, 4, 8), "{} grey values", "texture"),
    "glow around the head": Defect(_glow, (2, 4, 8), "{} grey values", "texture"),
    "few grey values": Defect(_few_greys, (64, 32, 16), "{}", "texture"),
    "smoothed deep grey matter": Defect(_smooth_deep_grey, (0.75, 1, 2), "{} px", "texture"),
    "stretched": Defect(_stretch, (5, 10, 15), "{} %", "anatomy"),
    "shrunken": Defect(_shrink, (5, 10, 15), "{} %", "anatomy"),
    "tilted": Defect(_tilt, (5, 10, 20), "{} degrees", "anatomy"),
    "filled ventricle": Defect(_filled_ventricle, (0.25, 0.5, 1), "{} of it", "anatomy"),
    "mirrored halves": Defect(_mirrored_halves, (0.33, 0.67, 1), "{} of a half", "anatomy"),
    "halves of two people": Defect(_two_people, (0.25, 0.5, 1), "{} of the images", "anatomy"),
    "fewer people": Defect(_fewer_people, (0.2, 0.1, 0.04), "{} of them", "variety"),
    "fewer slices": Defect(_fewer_slices, (0.1, 0.03, 0.01), "{} of them", "variety"),
}
