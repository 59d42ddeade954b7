"""Schedule, losses, one compiled step, runs that survive (notebooks 04 and 05)."""

from oasis_helpers import quiet  # noqa: F401  imports Keras without its greetings
