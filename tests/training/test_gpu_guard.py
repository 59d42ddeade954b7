"""A GPU that cannot compile does not end the run. No GPU is at hand: the processes end for real, as on such a card."""

import json

from oasis_helpers import Trainer, engine
from oasis_helpers.doctor import examination, trial
from oasis_helpers.doctor.trial import MARK
from oasis_helpers.engine import guard
from oasis_helpers.errors import UserError
from oasis_helpers.training import guards

import pytest
from helpers.machines import CARD, NEW_CARD, TEXTS
from helpers.tiny import random_slices, tiny


@pytest.fixture(autouse=True)
def afresh(monkeypatch):
    guard._tried.cache_clear()
    monkeypatch.setattr(engine.devices, "_xla", True)
    yield
    guard._tried.cache_clear()


def gpu(monkeypatch, card, with_xla, without=("", "pass")):
    """Simulate a card: what a step writes and how it ends, with XLA and without."""
    lines = ["import os, time", f"print({MARK!r} + {json.dumps({'devices': [card.name]})!r}, flush=True)"]
    done = f"print({MARK!r} + {json.dumps({'seconds': 1.0})!r})"
    for condition, (text, end) in (("JIT", with_xla), ("not JIT", without)):
        lines.append(f"if {condition}:\n    os.write(2, {text.encode()!r})\n    {end}\n    {done}")
    code = "\n".join(lines).replace("{", "{{").replace("}", "}}")
    monkeypatch.setattr(trial, "CHILD", "JIT = {jit}\n" + code)
    monkeypatch.setattr(examination, "find_cards", lambda: ([card], ""))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(guard, "on_gpu", lambda: True)


ABORTS = (TEXTS["new card"], "os.abort()")
FULL = (TEXTS["memory"], "raise SystemExit(1)")
BUSY = (TEXTS["busy"], "raise SystemExit(1)")  # in exclusive mode a card takes one process
KILLED = ("", "os.kill(os.getpid(), 9)")


def test_on_a_processor_nothing_is_tried(monkeypatch):
    monkeypatch.setattr(guard, "try_step", lambda *a: pytest.fail("a process was started"))
    monkeypatch.setattr(guard, "gather_facts", lambda: pytest.fail("nvidia-smi was asked"))
    assert guard.guard_gpu(True) == "" and engine.devices.can_jit


def test_a_card_that_works_is_tried_once(monkeypatch):
    gpu(monkeypatch, CARD, ("", "pass"))
    assert guard.guard_gpu(True) == ""
    monkeypatch.setattr(guard, "try_step", lambda *a: pytest.fail("a second process was started"))
    assert guard.guard_gpu(True) == "" and engine.devices.can_jit


@pytest.mark.skipif(engine.BACKEND != "tensorflow", reason="JAX always compiles with XLA")
def test_where_xla_aborts_the_run_goes_on_without_it(monkeypatch, tmp_path, capsys):
    gpu(monkeypatch, NEW_CARD, ABORTS)
    asked = []
    compile_function = engine._backend.compile_function
    monkeypatch.setattr(engine._backend, "compile_function", lambda *a: asked.append(a[2]) or compile_function(*a))
    trainer = Trainer(tiny(jit_compile=True), random_slices(), tmp_path / "run")
    trainer.fit(progress=False)
    out = capsys.readouterr().out
    assert "warning: GPU 0: this TensorFlow cannot compile for the card (LLVM ERROR: PTX version 8.5" in out
    assert "Going on without XLA, which is slower; to have it: " in out and "export KERAS_BACKEND=jax" in out
    assert asked and not any(asked)
    assert trainer.images == 64 and trainer.config.jit_compile  # the run's own setting stays: it may go on elsewhere


def test_where_no_step_works_the_run_does_not_begin(monkeypatch, tmp_path):
    gpu(monkeypatch, NEW_CARD, ABORTS, ABORTS)
    with pytest.raises(UserError, match="device: expected a GPU that can train, but got GPU 0: .*jax"):
        Trainer(tiny(jit_compile=True), random_slices(), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.skipif(engine.BACKEND != "tensorflow", reason="JAX always compiles with XLA")
def test_a_run_without_xla_tries_a_step_without_xla(monkeypatch):
    gpu(monkeypatch, NEW_CARD, ABORTS)
    assert guard.guard_gpu(False) == "" and engine.devices.can_jit


@pytest.mark.skipif(engine.BACKEND != "tensorflow", reason="JAX always compiles with XLA")
@pytest.mark.parametrize("why", ["given up", "several devices"])
def test_where_xla_is_not_used_it_is_not_tried(monkeypatch, why):
    """Such a card would abort with XLA: it is not asked, so nothing is warned of a second time."""
    gpu(monkeypatch, NEW_CARD, ABORTS)
    if why == "given up":
        engine.devices.give_up_xla()
    else:
        monkeypatch.setattr(engine.devices, "count", 2)  # TensorFlow cannot split a step that XLA compiles
    tried = []
    monkeypatch.setattr(
        guard, "try_step", lambda device, jit: tried.append((device, jit)) or trial.try_step(device, jit)
    )
    assert guard.guard_gpu(True) == "" and tried == [("GPU", False)]
    assert not engine.devices.can_jit


@pytest.mark.parametrize("found", [FULL, BUSY, KILLED])
def test_a_card_that_this_process_holds_says_nothing(monkeypatch, found):
    gpu(monkeypatch, CARD, found, found)
    assert guard.guard_gpu(True) == "" and engine.devices.can_jit


@pytest.mark.skipif(engine.BACKEND != "tensorflow", reason="JAX fits such cards")
def test_then_the_compute_capability_decides(monkeypatch):
    gpu(monkeypatch, NEW_CARD, FULL, FULL)
    assert "this TensorFlow cannot compile for the card. Going on without XLA" in guard.guard_gpu(True)
    assert not engine.devices.can_jit


def test_jax_cannot_do_without_xla(monkeypatch):
    gpu(monkeypatch, CARD, (TEXTS["ptxas"], "raise SystemExit(1)"))
    monkeypatch.setattr(engine, "BACKEND", "jax")
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    with pytest.raises(UserError, match="XLA does not find ptxas.*jax-gpu"):
        guard.guard_gpu(True)


def test_an_estimate_is_guarded_too(monkeypatch):
    from oasis_helpers.estimation.estimate import estimate

    def refuse(jit):
        raise UserError("device: tried")

    monkeypatch.setattr(guards, "guard_gpu", refuse)
    with pytest.raises(UserError, match="device: tried"):
        estimate(tiny(), progress=False)
