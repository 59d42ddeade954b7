"""Exercise self-tests with messages that teach: ``check_…(answer)`` prints what is right or what is not."""

from oasis_helpers.checks.core import Exercise
from oasis_helpers.checks.data import (
    check_box_filter,
    check_different_images,
    check_pixels,
    check_shared_people,
    check_to_float,
)
from oasis_helpers.checks.evaluation import check_frechet, check_memoriser, check_precision
from oasis_helpers.checks.losses import check_logistic_d, check_logistic_g, check_r1
from oasis_helpers.checks.mapping import check_pixel_norm, check_same_direction, check_truncate
from oasis_helpers.checks.sampling import check_mix, check_slerp, check_zero_psi
from oasis_helpers.checks.synthesis import check_adain, check_fade, check_num_styles
from oasis_helpers.checks.training import check_alpha, check_ema, check_grown_kimg

__all__ = [
    "check_frechet",
    "check_memoriser",
    "check_precision",
    "check_box_filter",
    "check_different_images",
    "check_pixels",
    "check_shared_people",
    "check_to_float",
    "check_mix",
    "check_slerp",
    "check_zero_psi",
    "check_alpha",
    "check_ema",
    "check_grown_kimg",
    "Exercise",
    "check_pixel_norm",
    "check_same_direction",
    "check_truncate",
    "check_adain",
    "check_fade",
    "check_num_styles",
    "check_logistic_d",
    "check_logistic_g",
    "check_r1",
]
