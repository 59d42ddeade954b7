"""What is timed, and how it is counted: products, batches that are fed, first calls, parts of batches, projections."""

import dataclasses
import itertools
from types import SimpleNamespace

from oasis_helpers import make_config
from oasis_helpers.engine import machine
from oasis_helpers.estimation import budget, estimate, timing
from oasis_helpers.estimation.estimate import Estimate, Row, _check_levels, lay_out
from oasis_helpers.estimation.timing import LevelTiming, Overheads, foreseen_memory
from oasis_helpers.training.cost import activations
from oasis_helpers.training.state import Networks
from oasis_helpers.view import costs

import numpy as np
import pytest
from helpers.tiny import random_slices, tiny

LEVEL = LevelTiming(8, 16, 4, 0.5, 0.25, 10.0, 5.0, 2.0, 1.0, 1000, 3000, 1500)  # 4 of 16 images were timed


# ---------------------------------------------------------------- plain products


@pytest.mark.parametrize(("gpu", "count"), [(False, 1), (True, 3)])
def test_the_best_of_the_trials_counts_by_its_multiplications_and_additions(monkeypatch, gpu, count):
    took = iter([7.0, 2.0, 5.0])  # seconds of the trials
    clock = itertools.chain.from_iterable((0.0, seconds) for seconds in took)
    monkeypatch.setattr(machine, "time", SimpleNamespace(perf_counter=lambda: next(clock)))
    monkeypatch.setattr(machine, "compile_function", lambda function: lambda a, b: np.zeros((1, 1)))
    monkeypatch.setattr(machine, "on_gpu", lambda: gpu)
    monkeypatch.setattr(machine.devices, "count", 3)  # processors share one memory: they are measured together
    assert machine.matmul_gflops(100, trials=3) == pytest.approx(4 * 2 * 100**3 / 2.0 / 1e9 * count)


# ---------------------------------------------------------------- steps


@pytest.mark.parametrize("flip", [True, False])
def test_steps_are_fed_one_batch_after_the_other_as_in_training(flip):
    data = random_slices().split("train")
    config = tiny(flip=flip, seed=3)
    feed = timing._feed(config, 8, 4, data)
    for number in (1, 2, 3):
        assert np.array_equal(feed(), data.uint8_batch(8, 4 * number, 4, 3, flip=flip))
    noise = timing._feed(config, 8, 4, None)()
    assert noise.shape == (4, 8, 8) and noise.dtype == np.uint8 and noise.std() > 50


def test_what_is_drawn_at_a_level_has_its_size(monkeypatch):
    drawn = []
    monkeypatch.setattr(timing, "save_grid", lambda images, file: drawn.append(images.shape[1:]))
    nets = Networks(tiny(resolution=16, start_resolution=8, jit_compile=False))
    for resolution in (8, 16):
        timing.time_level(nets, resolution, 4, 0.0, None)
    assert set(drawn[: len(drawn) // 2]) == {(8, 8)} and set(drawn[len(drawn) // 2 :]) == {(16, 16)}


def test_what_a_first_call_takes_on_top_is_told_apart(monkeypatch):
    for first, second, expected in ((5.0, 2.0, (3.0, 2.0)), (1.0, 2.0, (0.0, 2.0))):
        clock = iter([0.0, first, 10.0, 10.0 + second])
        monkeypatch.setattr(timing, "time", SimpleNamespace(perf_counter=lambda clock=clock: next(clock)))
        assert timing._first_and_next(lambda: None) == expected


def test_memory_is_foreseen_from_the_images_that_were_timed():
    config = tiny(resolution=16)
    times = activations(config, 16) / activations(config, 8)
    assert foreseen_memory(config, 16, 8, LEVEL) == pytest.approx(1000 + 1500 * times * 8 / 4)
    assert foreseen_memory(config, 16, 8, None) == 0


def test_an_update_that_never_comes_is_not_compiled():
    config = tiny(r1_interval=100, resolution=16, start_resolution=8, stable_kimg=0.016, fade_kimg=0.016)
    second = dataclasses.replace(LEVEL, resolution=16)
    rows = lay_out(config, [LEVEL, second], Overheads(0, 0, 0)).rows
    assert [row.r1_seconds > 0 for row in rows] == [True, False]  # its turn is in step 0 alone
    assert [row.compile_seconds for row in rows] == [15.0, 10.0]


def test_each_level_is_foreseen_from_the_one_that_was_timed_before_it(monkeypatch):
    foreseen = []

    def fitting_batch(config, size, rate, seconds, limit, before):
        foreseen.append((size, before and before.resolution))
        return 4

    monkeypatch.setattr(estimate, "fitting_batch", fitting_batch)
    monkeypatch.setattr(estimate, "time_level", lambda nets, size, *_: dataclasses.replace(LEVEL, resolution=size))
    monkeypatch.setattr(estimate, "time_overheads", lambda *_: Overheads(0, 0, 0))
    monkeypatch.setattr(estimate, "Networks", lambda config: None)
    monkeypatch.setattr(machine, "matmul_gflops", lambda: 1.0)
    estimate.estimate(tiny(resolution=16), progress=False)
    assert foreseen == [(4, None), (8, 4), (16, 8)]


@pytest.mark.parametrize(
    ("asked", "timed"), [(None, [4, 8, 16]), ([16, 4], [4, 16]), ((8, 8), [8]), (16, [16]), (range(8, 9), [8])]
)
def test_levels_are_timed_once_each_and_the_smallest_first(asked, timed):
    """The memory of a level is foreseen from the one that was timed before it."""
    assert _check_levels(asked, [4, 8, 16]) == timed


# ---------------------------------------------------------------- what is said of it


def row(**changes):
    values = {field.name: 1 for field in dataclasses.fields(Row)} | {"memory": 2_500_000_000}
    return Row(**{**values, **changes})


def test_some_levels_are_not_called_all():
    config = tiny()  # 4 and 8 px
    first, second = dataclasses.replace(LEVEL, resolution=4), LEVEL
    for levels, whole in (([first, second], True), ([second], False), ([first], False)):
        cost = lay_out(config, levels, Overheads(0, 0, 0))
        assert (
            cost.whole is whole and ("In all: " in str(cost)) is whole and ("These levels: " in str(cost)) is not whole
        )


def test_memory_is_told_in_gigabytes():
    text = str(Estimate("smoke", "a machine", 1.0, (row(),), 0.0, None))
    assert text.count("2.5 GB") == 2  # in the line of the level and in all


def test_the_bound_knows_that_low_precision_is_quicker():
    config = make_config("laptop")
    low = dataclasses.replace(config, mixed_precision=True)
    assert budget.least_seconds(low, 10.0) == pytest.approx(budget.least_seconds(config, 10.0) / 4)


# ---------------------------------------------------------------- costly parameters


def test_each_of_several_projections_is_counted(capsys, monkeypatch):
    monkeypatch.setattr("oasis_helpers.sampling.projection.seconds_per_step", lambda generator: 0.1)
    costs.announce_projections(None, 1000, 6)
    told = "steps: 1000 steps in each of 6 projections will take about 10.0 min here; 150 take 90 s\n"
    assert capsys.readouterr().out == told


def test_an_evaluation_draws_and_measures_every_image_of_every_kind(capsys, monkeypatch):
    def time_one(function):
        function()
        return 8.0 if calls[-1] == "features" else 1.6  # of 16 images: 0.1 s to draw one, 0.4 s to measure it

    calls = []
    monkeypatch.setattr(costs, "time_one", time_one)
    monkeypatch.setattr("oasis_helpers.sampling.sample", lambda *_: calls.append("draw") or np.zeros((16, 4, 4)))
    monkeypatch.setattr(
        "oasis_helpers.evaluation.extractors.extractor", lambda name: lambda images: calls.append("features")
    )
    costs.announce_evaluation(None, 1000)
    assert "will take about 83.3 min here; 300 take 25.0 min" in capsys.readouterr().out  # 1000 * (2 * 0.1 + 12 * 0.4)
