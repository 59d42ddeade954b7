"""Exercise self-tests with messages that teach: ``check_…(answer)`` prints what is right or what is not."""

from oasis_helpers.checks.core import Exercise
from oasis_helpers.checks.data import (
    check_csf_at_80,
    check_different_images,
    check_guard,
    check_pixels,
    check_wrong_range,
)
from oasis_helpers.checks.demodulation import check_demodulated, check_equal_maps, check_half_left
from oasis_helpers.checks.evaluation import check_broken_floor, check_half_power, check_recall
from oasis_helpers.checks.losses import check_gan_step, check_steps_to_real, check_without_r1, fake_positions
from oasis_helpers.checks.mapping import check_missing_multiplier, check_plain_weights, check_times_as_long
from oasis_helpers.checks.sampling import check_negative_psi, check_projection, check_ventricle_slope
from oasis_helpers.checks.synthesis import check_batch_norm, check_noisiest_level, check_styled_layer
from oasis_helpers.checks.training import check_grown_kimg, check_schedule, check_slow_average

__all__ = [
    "check_broken_floor",
    "check_half_power",
    "check_recall",
    "check_csf_at_80",
    "check_different_images",
    "check_guard",
    "check_wrong_range",
    "check_pixels",
    "check_negative_psi",
    "check_projection",
    "check_ventricle_slope",
    "check_grown_kimg",
    "check_schedule",
    "check_slow_average",
    "Exercise",
    "check_missing_multiplier",
    "check_plain_weights",
    "check_times_as_long",
    "check_batch_norm",
    "check_noisiest_level",
    "check_styled_layer",
    "check_half_left",
    "check_demodulated",
    "check_equal_maps",
    "check_gan_step",
    "check_steps_to_real",
    "check_without_r1",
    "fake_positions",
]
