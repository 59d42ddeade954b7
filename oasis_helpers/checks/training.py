"""The exercises of notebook 05: the schedule, an average that is too slow, the staircase of `paper`."""

from __future__ import annotations

from oasis_helpers.checks.core import Exercise


def _schedule(images: float, stable: float, fade: float, last: int) -> tuple[int, float]:
    resolution, start = 8, stable  # start: where the next fade begins
    while resolution < last and images >= start:
        resolution, alpha = 2 * resolution, min((images - start) / fade, 1.0)
        if alpha < 1:
            return resolution, alpha
        start += fade + stable
    return resolution, 1.0


def _fade_first(images: float, stable: float, fade: float, last: int) -> tuple[int, float]:
    return _schedule(images + fade, stable, fade, last)


def _old_level(images: float, stable: float, fade: float, last: int) -> tuple[int, float]:
    resolution, alpha = _schedule(images, stable, fade, last)
    return (resolution, 1.0) if alpha == 1 else (resolution // 2, alpha)


def _old_share(images: float, stable: float, fade: float, last: int) -> tuple[int, float]:
    resolution, alpha = _schedule(images, stable, fade, last)
    return resolution, alpha if alpha == 1 else 1 - alpha


def _never_ends(images: float, stable: float, fade: float, last: int) -> tuple[int, float]:
    return _schedule(images, stable, fade, 2**40)


def _no_fade(images: float, stable: float, fade: float, last: int) -> tuple[int, float]:
    return _schedule(images, stable, fade, last)[0], 1.0


check_schedule = Exercise(
    name="my_schedule",
    reference=_schedule,
    cases=[
        (0, 6, 2, 64),
        (5.5, 6, 2, 64),
        (6.5, 6, 2, 64),
        (8, 6, 2, 64),
        (13, 6, 2, 64),
        (15.5, 6, 2, 64),
        (23, 6, 2, 64),
        (100, 6, 2, 64),
        (1500, 600, 600, 256),
        (1950, 600, 600, 256),
    ],
    right="resolution and alpha follow from the number of images alone, so a resumed run knows where it is.",
    wrong=[
        (_no_fade, "the resolutions are right, but alpha is 1 everywhere. In a fade it rises from 0 to 1."),
        (_old_share, "in a fade yours falls from 1 to 0: that is the share of the old level."),
        (_old_level, "in a fade the networks already work at the new resolution: alpha mixes its image with the old."),
        (_fade_first, "8 px needs no fade: there is no level below it. The run starts with a stable phase."),
        (_never_ends, "yours goes on growing. After the level `last`, all images are shown at that resolution."),
    ],
    otherwise="Draw the staircase for stable = 6 and fade = 2, and read it off at 5.5, 6.5 and 13.",
)

check_slow_average = Exercise(
    name="draws",
    reference=lambda: 2.0,
    cases=[()],
    right="of its start value, 0.997 is left after 4 thousand images. G was trained, but its average does not show it.",
    wrong=[
        (
            lambda: 1.0,
            "that needs the average to have followed. What share of its start is left after 4 thousand images?",
        ),
        (
            lambda: 3.0,
            "that would be an even mean. What share of the trained weights is in the average after 4 thousand images?",
        ),
        (lambda: 4.0, "the average begins as a copy of G's start values, which draw something."),
    ],
    otherwise="Fill in the number of one of the four answers.",
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
