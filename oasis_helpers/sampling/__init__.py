"""From seeds to images, and back from an image to a style (notebook 06)."""

from oasis_helpers.sampling.directions import Directions, fit_direction, move, principal_directions
from oasis_helpers.sampling.drawing import draw, draw_float, sample, styles
from oasis_helpers.sampling.latents import check_psi, check_seeds, latents, seed_range, slerp
from oasis_helpers.sampling.mixing import interpolate, mix, walk
from oasis_helpers.sampling.noise import NOISE, noise_maps
from oasis_helpers.sampling.projection import Projection, project
from oasis_helpers.sampling.ranges import RANGES, layer_range, ranges_of

__all__ = [
    "NOISE",
    "RANGES",
    "Directions",
    "Projection",
    "check_psi",
    "check_seeds",
    "draw",
    "draw_float",
    "fit_direction",
    "interpolate",
    "latents",
    "layer_range",
    "mix",
    "move",
    "noise_maps",
    "principal_directions",
    "project",
    "ranges_of",
    "sample",
    "seed_range",
    "slerp",
    "styles",
    "walk",
]
