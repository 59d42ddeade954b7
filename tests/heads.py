"""Slices of a few virtual people at 64 pixels, and ways to disguise a copy, for tests of the audit."""

from concurrent.futures import ThreadPoolExecutor

from oasis_helpers.data.person import virtual_person
from oasis_helpers.data.store import box_levels

import numpy as np
from scipy import ndimage

TRAIN, HELD_OUT, FRESH = range(1, 13), range(402, 406), range(441, 445)


def slices(cases):
    """Return slices (32 a person, 64, 64) uint8 and whose they are."""
    with ThreadPoolExecutor(2) as pool:
        people = list(pool.map(virtual_person, cases))
    pictures = np.stack([box_levels(image)[4] for person in people for image in person.images])
    return pictures, np.repeat([person.person for person in people], 32)


def _each(pictures, change):
    return np.stack([change(picture) for picture in pictures])


def _shift(pictures, rng):
    return _each(pictures, lambda picture: ndimage.shift(picture, rng.uniform(-3, 3, 2), order=1))


def _whole_shift(pictures, rng):
    return _each(pictures, lambda picture: np.roll(picture, rng.integers(-3, 4, 2), (0, 1)))


def _noise(pictures, rng):
    return pictures + rng.normal(0, 10, pictures.shape)


def _brightness(pictures, rng):
    shape = (len(pictures), 1, 1)
    return pictures * rng.uniform(0.85, 1.15, shape) + rng.uniform(-15, 15, shape)


def _flip(pictures, _):
    return pictures[:, ::-1]


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


def disguised(pictures, how, seed=0):
    """Return copies of pictures, uint8, in one of the DISGUISES."""
    rng, copies = np.random.default_rng(seed), pictures.astype(np.float64)
    for change in DISGUISES[how]:
        copies = change(copies, rng)
    return np.clip(np.rint(copies), 0, 255).astype(np.uint8)
