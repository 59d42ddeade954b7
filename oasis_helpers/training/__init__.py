"""Schedule, losses, one compiled step, runs that survive (notebooks 04 and 05)."""
