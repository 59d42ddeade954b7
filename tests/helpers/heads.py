"""Slices of a few virtual people at 64 pixels, and ways to disguise a copy, for tests of the audit."""

from concurrent.futures import ThreadPoolExecutor

from oasis_helpers.data.cohort.person import virtual_person
from oasis_helpers.data.store import box_levels

import numpy as np
from scipy import ndimage

TRAIN, HELD_OUT, FRESH = range(1, 13), range(402, 406), range(441, 445)


def slices(cases):
    """Return slices (32 a person, 64, 64) uint8 and whose they are."""
    with ThreadPoolExecutor(2) as pool:
        people = list(pool.map(virtual_person, cases))
    images = np.stack([box_levels(image)[4] for person in people for image in person.images])
    return images, np.repeat([person.person for person in people], 32)


def _each(images, change):
    return np.stack([change(image) for image in images])


def _shift(images, rng):
    return _each(images, lambda image: ndimage.shift(image, rng.uniform(-3, 3, 2), order=1))


def _whole_shift(images, rng):
    return _each(images, lambda image: np.roll(image, rng.integers(-3, 4, 2), (0, 1)))


def _noise(images, rng):
    return images + rng.normal(0, 10, images.shape)


def _brightness(images, rng):
    shape = (len(images), 1, 1)
    return images * rng.uniform(0.85, 1.15, shape) + rng.uniform(-15, 15, shape)


def _flip(images, _):
    return images[:, ::-1]


DISGUISES = {
    "exact": (),
    "noise": (_noise,),
    "flip": (_flip,),
    "shift": (_shift,),
    "whole shift": (_whole_shift,),
    "brightness": (_brightness,),
    "flip and noise": (_flip, _noise),
    "shift and brightness": (_shift, _brightness),
    "everything": (_flip, _shift, _brightness, _noise),
}


def disguised(images, how, seed=0):
    """Return copies of images, uint8, in one of the DISGUISES."""
    rng, copies = np.random.default_rng(seed), images.astype(np.float64)
    for change in DISGUISES[how]:
        copies = change(copies, rng)
    return np.clip(np.rint(copies), 0, 255).astype(np.uint8)


def ellipses(
    count: int, side: int, half_axes: tuple[float, float], fold: float, depth: float = 180, seed: int = 0
) -> np.ndarray:
    """Heads (count, side, side) uint8: ellipses with folds of their own, grey 120 to 250 on black, centred.

    ``half_axes`` lie along rows and columns; they and ``fold``, the width of the folds, are in pixels.
    """
    rows, columns = np.indices((side, side)) - (side - 1) / 2
    texture = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(count, side, side)), (0, fold, fold))
    inside = (rows / half_axes[0]) ** 2 + (columns / half_axes[1]) ** 2 < 1
    return np.where(inside, 185 + np.clip(texture * depth, -65, 65), 0).astype(np.uint8)
