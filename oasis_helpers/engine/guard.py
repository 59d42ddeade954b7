"""A first step on a GPU in a process of its own, so that a card that cannot compile is a warning (notebook 05).

TensorFlow with XLA ends the whole process on a card that is newer than it: a notebook's kernel would be gone, and
nobody told why.
"""

from __future__ import annotations

import dataclasses
import functools

from oasis_helpers import engine
from oasis_helpers.doctor.cards import tensorflow_fits
from oasis_helpers.doctor.examination import gather_facts
from oasis_helpers.doctor.facts import Facts
from oasis_helpers.doctor.fixes import Problem
from oasis_helpers.doctor.step_faults import explain
from oasis_helpers.doctor.trial import Trial, try_step
from oasis_helpers.engine.machine import on_gpu
from oasis_helpers.errors import UserError

# A second process may find no room on a card that this one holds already: that says nothing about compiling.
UNDECIDED = ("gpu-memory-full", "gpu-busy", "killed")


def guard_gpu(jit: bool) -> str:
    """Try one tiny step before a training begins; call it before networks take the card's memory.

    Nothing is tried where there is no GPU; on one it takes some ten seconds, once in a process. If XLA does not work
    there, TensorFlow goes on without it, from now on.

    Args:
        jit: whether the training step is to be compiled with XLA.

    Returns:
        A warning, empty where the step worked.

    Raises:
        UserError: no step works on this GPU; it says what to do.
    """
    if not on_gpu():
        return ""
    jit = engine.devices.can_jit and jit
    problem = _problem(jit)
    if problem is None:
        return ""
    if engine.BACKEND == "tensorflow" and jit and _problem(False) is None:
        engine.devices.give_up_xla()
        return f"warning: {problem.text}. Going on without XLA, which is slower; to have it: {problem.fix}"
    raise UserError(f"device: expected a GPU that can train, but got {problem.text}; fix it: {problem.fix}")


def _problem(jit: bool) -> Problem | None:
    """Return why a step does not work; None where it does, or where nothing speaks against it."""
    trial, facts = _tried(jit), gather_facts()
    if trial.worked:
        return None
    if facts.seen:
        trial = trial._replace(device=f"GPU {facts.seen[0].index}")
    facts = dataclasses.replace(facts, trials=(trial,))
    problem = explain(trial, facts)
    if problem.fault not in UNDECIDED:
        return problem
    return _by_capability(trial, facts) if jit else None


def _by_capability(trial: Trial, facts: Facts) -> Problem | None:
    """Judge by the card's compute capability alone, as if the step had said nothing."""
    if engine.BACKEND != "tensorflow" or all(map(tensorflow_fits, facts.seen)):
        return None
    return explain(trial._replace(text="", code=1), facts)


@functools.cache
def _tried(jit: bool) -> Trial:
    return try_step("GPU", jit)
