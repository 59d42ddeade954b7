"""Exercise self-tests with messages that teach: ``check_…(answer)`` prints what is right or what is not."""

from oasis_helpers.checks.core import Exercise
from oasis_helpers.checks.mapping import check_pixel_norm, check_same_direction, check_truncate

__all__ = ["Exercise", "check_pixel_norm", "check_same_direction", "check_truncate"]
