"""The exercises of notebook 05: the fade's alpha, the moving average, the schedule."""

from __future__ import annotations

from oasis_helpers.checks.core import Exercise

check_alpha = Exercise(
    name="alpha",
    reference=lambda images, start, length: min(max((images - start) / length, 0.0), 1.0),
    cases=[(2500, 2000, 1000), (1000, 2000, 1000), (4000, 2000, 1000), (2900, 2000, 4000)],
    right="0 before, 1 after, and a straight line between.",
    wrong=[
        (
            lambda images, start, length: (images - start) / length,
            "inside the fade it is right, but before it yours is below 0 and after it above 1. Clip it.",
        ),
        (
            lambda images, start, length: min(max(images / length, 0.0), 1.0),
            "you count from the start of the run. Count from the start of the fade.",
        ),
        (
            lambda images, start, length: min(max(1 - (images - start) / length, 0.0), 1.0),
            "it falls from 1 to 0: that is the share of the old level.",
        ),
    ],
)


def _ema(average: float, weight: float, batch_size: int, half_life: float) -> float:
    beta = 0.5 ** (batch_size / half_life)
    return beta * average + (1 - beta) * weight


check_ema = Exercise(
    name="ema",
    reference=_ema,
    cases=[(0.0, 1.0, 16, 16), (2.0, 1.0, 16, 2000), (1.0, 3.0, 32, 100)],
    right="after one half-life, half of the old average is left.",
    wrong=[
        (
            lambda average, weight, batch_size, half_life: _ema(weight, average, batch_size, half_life),
            "average and weight have changed places: yours keeps beta of the new weight.",
        ),
        (
            lambda average, weight, batch_size, half_life: _ema(average, weight, 1, half_life),
            "you count steps. The half-life counts images, and a step shows batch_size of them.",
        ),
        (
            lambda average, weight, batch_size, half_life: (average + weight) / 2,
            "that halves at every step. Only after half_life images should half of the old average be gone.",
        ),
        (
            lambda average, weight, batch_size, half_life: 0.5 ** (batch_size / half_life) * average + weight,
            "the two shares must add up to 1: the new weight counts (1 - beta).",
        ),
    ],
)

check_grown_kimg = Exercise(
    name="kimg",
    reference=lambda: 2400.0,
    cases=[()],
    right="8 px stable, fade to 16, 16 px stable, fade to 32: four times 600 thousand.",
    wrong=[
        (lambda: 1200.0, "that is when 16 px has faded in; 32 px comes one level later."),
        (lambda: 1800.0, "then the fade to 32 px only begins. It is asked for when that fade is over."),
        (lambda: 3000.0, "that is the end of the stable phase at 32 px; the fade was over before."),
        (lambda: 3600.0, "training starts at 8 px, not at 4 px."),
        (lambda: 2_400_000.0, "that is the right number of images, but the question asks for thousands."),
    ],
)
