"""The paper's networks in `keras.ops` alone (notebooks 02, 03 and 04; what came after: 08)."""

from oasis_helpers.engine import quiet  # noqa: F401  imports Keras without its greetings
