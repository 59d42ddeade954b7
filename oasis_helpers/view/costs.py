"""What a costly parameter will take, said in one line before it runs (notebooks 00, 01, 06 and 07)."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from oasis_helpers.data.cohort.cohort import cohort_home
from oasis_helpers.networks.generator import Generator
from oasis_helpers.training.cost import duration

USUAL_PEOPLE = 120
QUIET = 120.0  # seconds; what takes less is not worth a line
PERSON = 0.5  # seconds for one virtual person on two cores, with their images at every size


def announce(name: str, value: float, what: str, seconds: float, usual: float) -> None:
    """Print one line where something takes more than `QUIET` seconds.

    Args:
        name: of the parameter.
        value: that it has.
        what: is counted by it, such as "images of each kind".
        seconds: that it will take.
        usual: a value that is quick; the time is taken to grow with the value.
    """
    if seconds > QUIET:
        quick = duration(seconds * usual / value)
        print(f"{name}: {value:g} {what} will take about {duration(seconds)} here; {usual:g} take {quick}")


def time_one(function: Callable[[], object]) -> float:
    """Return the seconds of a second call: the first may compile."""
    function()
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def announce_people(data: str | Path | None, people: int) -> None:
    """Say what a large synthetic cohort takes, where it has still to be made; and that a folder has its own people."""
    if data is not None and people != USUAL_PEOPLE:
        print(f"people: {people} is not used, since data names a folder with people of its own")
    elif data is None and not cohort_home(people).is_dir():
        announce("people", people, "virtual people", PERSON * people, USUAL_PEOPLE)


def announce_projections(generator: Generator, steps: int, count: int) -> None:
    """Say what so many projections of so many steps take."""
    from oasis_helpers.sampling.projection import seconds_per_step

    if steps > 150:  # else quick on every machine that was tried, and not worth the compiling
        seconds = count * steps * seconds_per_step(generator)
        announce("steps", steps, f"steps in each of {count} projections", seconds, 150)


def announce_evaluation(generator: Generator, count: int) -> None:
    """Say what an evaluation with so many images of each kind takes."""
    from oasis_helpers.evaluation.extractors import extractor
    from oasis_helpers.sampling import sample

    if count <= 300:
        return
    tissues = extractor("tissue")
    drawing = time_one(lambda: sample(generator, range(16))) / 16
    features = time_one(lambda: tissues(sample(generator, range(16)))) / 16 - drawing
    # Two generators draw. Eight kinds and the memoriser are measured once; three kinds once more, for their tissues.
    announce("count", count, "images of each kind", count * (2 * drawing + 12 * features), 300)
