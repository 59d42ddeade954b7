"""The tiny step takes what a training takes of a machine, and what it finds is told."""

import json

from oasis_helpers import engine
from oasis_helpers.doctor.trial import MARK
from oasis_helpers.engine import first_step

import keras
import numpy as np
import pytest


@pytest.fixture
def told(capsys):
    """A function that returns what was said so far."""
    lines = []

    def read():
        lines.extend(capsys.readouterr().out.splitlines())
        said = {}
        for line in lines:
            said |= json.loads(line.removeprefix(MARK)) if line.startswith(MARK) else {}
        return said

    return read


def test_engine_and_cards_are_told_before_the_step_and_its_seconds_after_it(monkeypatch, told):
    asked = []
    monkeypatch.setattr(engine._backend, "gpu_names", lambda: ["NVIDIA RTX A4000"])
    monkeypatch.setattr(first_step, "tiny_step", lambda jit: asked.append((jit, told())) or 0.5)
    first_step.main(jit=False)
    ((jit, before),) = asked
    assert jit is False and "seconds" not in before
    assert before["devices"] == ["NVIDIA RTX A4000"] and before["engine"] == engine._backend.NAME
    assert told()["seconds"] >= 0


@pytest.mark.parametrize("norm", [np.inf, -np.inf, np.nan])
def test_a_step_that_computes_no_number_has_not_worked(monkeypatch, told, norm):
    monkeypatch.setattr(first_step, "tiny_step", lambda jit: norm)
    with pytest.raises(FloatingPointError, match="where a finite number belongs"):
        first_step.main(jit=True)
    assert "seconds" not in told()


@pytest.mark.parametrize("jit", [False, True])
def test_it_draws_normal_numbers_differentiates_a_gradient_and_updates_compiled_as_asked(monkeypatch, jit):
    made, gradients = [], []
    input_grad, normal = engine.input_grad, keras.random.normal

    def compile_function(function, variables, jit):
        made.append((variables, [engine.to_numpy(v).copy() for v in variables], jit))
        return function  # here it is run as it is

    def asked_for(*args, **named):
        gradients.append(input_grad(*args, **named))
        return gradients[-1]

    monkeypatch.setattr(engine, "compile_function", compile_function)
    monkeypatch.setattr(engine, "input_grad", asked_for)
    drawn = []
    monkeypatch.setattr(keras.random, "normal", lambda *a, **k: drawn.append(1) or normal(*a, **k))
    penalty = first_step.tiny_step(jit)
    ((variables, before, asked),) = made
    assert asked is jit and drawn
    assert penalty == pytest.approx(np.sum(engine.to_numpy(gradients[-1]).astype(float) ** 2), rel=1e-4)
    moved = [not np.array_equal(engine.to_numpy(v), old) for v, old in zip(variables, before, strict=True)]
    assert moved[:2] == [True, True]  # a gradient of a gradient reaches both the kernel and the matrix
