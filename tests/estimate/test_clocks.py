"""What compiles is told apart from what is timed: by a clock that stands still but for what a test lets it pass."""

from types import SimpleNamespace

from oasis_helpers.engine import machine
from oasis_helpers.estimation import timing
from oasis_helpers.sampling import projection
from oasis_helpers.training.state import Networks
from oasis_helpers.training.step import TrainingStep
from oasis_helpers.view import costs

import numpy as np
import pytest
from helpers.tiny import tiny


class Clock:
    """Stands for the module `time`."""

    def __init__(self):
        self.now = 0.0

    def perf_counter(self):
        return self.now

    def taking(self, *seconds, value=None):
        """A function whose first calls take these seconds each, and every further one as long as the last."""
        left = list(seconds)

        def call(*_):
            self.now += left.pop(0) if len(left) > 1 else left[0]
            return value

        return call


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    for module in (timing, projection, costs, machine):
        monkeypatch.setattr(module, "time", clock)
    return clock


# ---------------------------------------------------------------- the first call of a function


def test_one_call_is_timed_after_a_first_that_may_compile(clock):
    assert costs.time_one(clock.taking(30.0, 2.0, 7.0)) == 2.0
    assert clock.now == 32.0  # no third one


@pytest.mark.parametrize("steps", [1, 5])
def test_steps_of_a_projection_are_timed_without_the_compiling_before_them(clock, monkeypatch, steps):
    step, asked = clock.taking(30.0, 0.5, value=np.float32(0)), []

    def search(generator, space, noise, rng):
        asked.append((space, noise))
        return SimpleNamespace(advance=step)

    monkeypatch.setattr(projection, "_Search", search)
    assert projection.seconds_per_step(SimpleNamespace(resolution=16), steps) == pytest.approx(0.5)
    assert asked == [("w+", True)]  # the costliest kind
    assert clock.now == 30 + steps * 0.5


def test_products_are_timed_without_the_compiling_before_them(clock, monkeypatch):
    product = clock.taking(30.0, 2.0, value=np.zeros((1, 1)))
    monkeypatch.setattr(machine, "compile_function", lambda function: product)
    monkeypatch.setattr(machine, "on_gpu", lambda: False)
    assert machine.matmul_gflops(100, trials=1) == pytest.approx(4 * 2 * 100**3 / 2.0 / 1e9)


def test_a_step_counts_as_compiling_what_the_first_call_of_each_function_took(clock, monkeypatch):
    monkeypatch.setattr("oasis_helpers.training.step.time", clock)
    step = TrainingStep(Networks(tiny()), 8, 4)
    step._both, step._r1 = clock.taking(10.0, 2.0, value={}), clock.taking(5.5, 0.5, value=np.float32(0))
    took = []
    for number in (1, 0, 0, 1):  # lazy R1 has its turn in step 0
        step(np.zeros((4, 8, 8), np.uint8), 0.5, number)
        took.append((clock.now, step.compile_seconds))
    assert step.lazy_r1 and took == [(10.0, 10.0), (17.5, 15.5), (20.0, 15.5), (22.0, 15.5)]


def test_a_saved_state_and_a_plot_are_timed_each_and_first_uses_belong_to_setting_up(clock, monkeypatch):
    monkeypatch.setattr(timing.guards, "check_weights", clock.taking(1.0))
    monkeypatch.setattr(timing.weights, "save_generator", clock.taking(30.0, 20.0))
    monkeypatch.setattr(timing.checkpoint, "save_checkpoint", clock.taking(50.0, 40.0))
    monkeypatch.setattr(timing.plots, "save_losses", clock.taking(5.0, 2.0))
    nets = SimpleNamespace(ema=SimpleNamespace(resolution=8), variables=[])
    found = timing.time_overheads(nets, 7.0)
    assert (found.saving, found.plotting) == (1 + 20 + 40, 2)
    assert found.setup == 7 + (30 - 20) + (50 - 40) + (5 - 2)


# ---------------------------------------------------------------- a level


class Machine:
    """A machine whose first step takes 10 s and further ones 2 s; lazy R1 at first 5.5 s more, then 0.5 s.

    Memory: 1000 bytes between steps; up to ``compiling`` while a function is compiled, 2500 in a step, 3200 with R1.
    """

    def __init__(self, clock, compiling, lazy):
        self.clock, self.compiling, self.lazy_r1 = clock, compiling, lazy
        self.compile_seconds, self.compiled, self.peak = 0.0, set(), 0

    def __call__(self, real, alpha, number):
        self.run("step", 10.0, 2.0, 2500)
        if self.lazy_r1 and number % 16 == 0:
            self.run("r1", 5.5, 0.5, 3200)
        return np.float32(0)

    def run(self, what, first, later, memory):
        new = what not in self.compiled
        self.compiled.add(what)
        self.clock.now += first if new else later
        self.compile_seconds += first if new else 0.0
        self.peak = max(self.peak, memory, self.compiling if new else 0)

    def reset_peak(self):
        self.peak = 1000


def timed(clock, monkeypatch, compiling=0, lazy=True):
    """What `time_level` says of such a machine."""
    simulated = Machine(clock, compiling, lazy)
    monkeypatch.setattr(timing, "TrainingStep", lambda *_: simulated)
    monkeypatch.setattr(timing, "_time_drawing", lambda nets: (4.0, 1.0))
    monkeypatch.setattr(machine, "memory_in_use", lambda: 1000)
    monkeypatch.setattr(machine, "peak_memory", lambda: simulated.peak)
    monkeypatch.setattr(machine, "reset_peak_memory", simulated.reset_peak)
    return timing.time_level(Networks(tiny(batch_size=8)), 8, 4, 20.0, None)


def test_lazy_r1_is_what_a_step_with_it_takes_longer(clock, monkeypatch):
    level = timed(clock, monkeypatch)
    assert (level.timed_step, level.timed_r1) == pytest.approx((2.0, 0.5))
    assert (level.step_compile, level.r1_compile) == pytest.approx((8.0, 5.0))
    assert (level.first_drawing, level.drawing) == (4.0, 1.0)
    assert (level.step, level.r1) == pytest.approx((4.0, 1.0))  # with 8 images, of which 4 were timed


def test_without_lazy_r1_nothing_is_taken_for_it(clock, monkeypatch):
    level = timed(clock, monkeypatch, lazy=False)
    assert (level.timed_step, level.timed_r1) == pytest.approx((2.0, 0.0))
    assert (level.step_compile, level.r1_compile) == pytest.approx((8.0, 0.0))


@pytest.mark.parametrize(
    ("compiling", "lazy", "peak", "whole"),
    [
        (9000, True, 9000, 9000),  # compiling takes more than steps of any batch
        (4000, True, 4000, 1000 + 2 * 2200),
        (0, True, 3200, 1000 + 2 * 2200),
        (0, False, 2500, 1000 + 2 * 1500),
    ],
)
def test_memory_is_the_most_of_compiling_and_of_steps_with_the_whole_batch(
    clock, monkeypatch, compiling, lazy, peak, whole
):
    level = timed(clock, monkeypatch, compiling, lazy)
    assert (level.held, level.peak, level.memory) == (1000, peak, whole)
