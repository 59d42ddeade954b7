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
