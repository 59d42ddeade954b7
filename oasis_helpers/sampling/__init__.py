"""From seeds to pictures, and back from a picture to a style (notebook 06)."""

from oasis_helpers.sampling.directions import Directions, fit_direction, move, principal_directions
from oasis_helpers.sampling.drawing import draw, draw_float, sample, styles
from oasis_helpers.sampling.layers import RANGES, layer_range, ranges_of
from oasis_helpers.sampling.mixing import interpolate, mix, slerp, walk
from oasis_helpers.sampling.noise import NOISE, noise_maps
from oasis_helpers.sampling.projection import Projection, project
from oasis_helpers.sampling.seeds import check_psi, check_seeds, latents, parse_seeds, seed_range

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
    "parse_seeds",
    "principal_directions",
    "project",
    "ranges_of",
    "sample",
    "seed_range",
    "slerp",
    "styles",
    "walk",
]
