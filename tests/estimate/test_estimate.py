"""The estimate: units, counts and totals against numbers made by hand, real timings of a tiny run, the command."""

import dataclasses
import subprocess
import sys

from oasis_helpers import engine, make_config
from oasis_helpers.__main__ import main
from oasis_helpers.doctor import memory
from oasis_helpers.engine import machine
from oasis_helpers.errors import UserError
from oasis_helpers.estimation import timing
from oasis_helpers.estimation.estimate import estimate, lay_out
from oasis_helpers.estimation.timing import LevelTiming, Overheads, fitting_batch, seconds_per_call
from oasis_helpers.estimation.workload import count_work
from oasis_helpers.training.cost import activations, conv_macs, duration, lone_penalty_units, step_units
from oasis_helpers.training.schedule import make_schedule
from oasis_helpers.training.state import Networks, lazy_interval

import pytest

TINY = {"resolution": 16, "z_dim": 8, "w_dim": 8, "channel_base": 32, "channel_max": 8, "batch_size": 4}
LEVEL = LevelTiming(
    resolution=8,
    batch_size=4,
    timed_batch=4,
    timed_step=0.5,
    timed_r1=0.25,
    step_compile=10.0,
    r1_compile=5.0,
    drawing=2.0,
    first_drawing=1.0,
    held=1000,
    peak=3000,
    timed_memory=1500,
)


def tiny(**changes):
    return make_config("smoke", **{**TINY, **changes})


@pytest.fixture(scope="module", autouse=True)
def small_product():
    """Matrices of 256: the real product takes seconds."""
    measure = machine.matmul_gflops
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine, "matmul_gflops", lambda: measure(256, trials=1))
        yield


@pytest.fixture(scope="module")
def measured(small_product):
    return estimate(tiny(r1_interval=4), seconds_per_level=0.05, progress=False)


# ---------------------------------------------------------------- counting


@pytest.mark.parametrize(
    ("changes", "step", "alone"),
    [
        ({"r1_interval": 16}, 12, 6),
        ({"r1_interval": 1}, 15, 6),
        ({"r1_interval": 1, "r1_gamma": 0.0}, 12, 6),
        ({"r1_interval": 16, "mbstd_group": 1}, 12, 4),
        ({"loss": "wgan-gp"}, 18, 6),
        ({"loss": "relativistic", "r1_interval": 16}, 13, 13),
        ({"loss": "relativistic", "r1_interval": 1}, 19, 13),
        ({"loss": "wgan-gp", "mbstd_group": 1}, 16, 4),
    ],
)
def test_units_of_a_step(changes, step, alone):
    config = tiny(**changes)
    assert (step_units(config, 8), lone_penalty_units(config)) == (step, alone)


def test_feature_maps_by_hand():
    config = tiny()  # 8 channels at 4 and 8 px, 4 at 16 px
    assert activations(config, 16) == 2 * (16 * 8 + 64 * 8 + 256 * 4)


def count_by_walking(config):
    """What the trainer's loop does, step by step."""
    levels, images, steps = {}, 0, 0
    snapshot = config.snapshot_kimg * 1000
    for phase in make_schedule(config):
        if images >= phase.end:
            continue
        interval = lazy_interval(config, phase.resolution)
        here = levels.setdefault(phase.resolution, [0, 0, 0, 0, 0])
        while images < phase.end:
            before = images
            images += phase.batch_size
            here[0] += phase.batch_size
            here[1] += 1
            here[2] += interval > 1 and steps % interval == 0
            here[3] += images // snapshot > before // snapshot and images < phase.end
            steps += 1
        here[3] += 1
        here[4] += 1
    return levels


@pytest.mark.parametrize(
    "config",
    [
        make_config("smoke"),
        make_config("laptop"),
        make_config("laptop", total_kimg=5.0, r1_interval=7, batch_size=96, snapshot_kimg=0.1),
        make_config("smoke", batch_size={8: 48, 16: 37}, snapshot_kimg=0.1, fade_kimg=0.02, stable_kimg=0.03),
        make_config("smoke", start_resolution=4, stable_kimg=0.0, r1_interval=1, snapshot_kimg=0.03),
        make_config("gpu", total_kimg=400.0, loss="wgan-gp"),
        make_config("smoke", r1_gamma={8: 0.0, 16: 1.0}),
    ],
    ids=["smoke", "laptop", "cut", "overshoot", "no stable", "wgan", "R1 late"],
)
def test_work_is_counted_as_the_trainer_does_it(config):
    work = {w.resolution: [w.images, w.steps, w.r1_steps, w.saves, w.phases] for w in count_work(config)}
    assert work == count_by_walking(config)


# ---------------------------------------------------------------- arithmetic


def by_hand():
    """8 px: 10 steps, R1 in steps 0, 4, 8. 16 px: a fade of 2 steps and 4 more, R1 in step 12."""
    config = tiny(r1_interval=4, stable_kimg=0.04, fade_kimg=0.008, total_kimg=0.064, snapshot_kimg=0.02)
    second = dataclasses.replace(LEVEL, resolution=16, timed_batch=2, peak=2000)
    return config, lay_out(config, [LEVEL, second], Overheads(7.0, 0.5, 0.25), "a machine", 0.001, 3500)


def test_totals_by_hand():
    config, result = by_hand()
    first, second = result.rows
    assert (first.images, second.images) == (40, 24)
    assert (first.step_seconds, first.r1_seconds, first.compile_seconds) == (10 * 0.5, 3 * 0.25, 15.0)
    # Saved after 20 and 40 images, and 64 images drawn (16 take 2 s); one image with its plot; a first drawing.
    assert first.saving_seconds == 2 * (0.5 + 4 * 2.0) + (2.0 + 0.25) + 1.0
    assert first.seconds == 5.0 + 0.75 + 15.0 + 20.25
    # Half of the batch was timed: twice the time and, on top of what is held, twice the memory.
    assert (second.step_seconds, second.r1_seconds, second.compile_seconds) == (6 * 1.0, 1 * 0.5, 15.0)
    assert second.saving_seconds == 3 * (0.5 + 4 * 2.0) + 2 * (2.0 + 0.25) + 1.0  # saved after 48, 60 and 64
    assert (first.memory, second.memory) == (3000, 4000)
    assert result.setup_seconds == 7.0 + 2.0
    assert result.seconds == 9.0 + first.seconds + second.seconds
    assert (result.images, result.memory, result.whole) == (64, 4000, True)


def test_rates_by_hand():
    config, result = by_hand()
    first = result.rows[0]
    step = 0.5 + 0.25 / 4  # R1 in every fourth step
    assert first.images_per_s == pytest.approx(4 / step)
    assert first.seconds_per_kimg == pytest.approx(250 * step)
    assert first.r1_share == pytest.approx(0.0625 / step)
    assert first.gflops == pytest.approx(2 * (12 + 6 / 4) * conv_macs(config, 8) * 4 / step / 1e9)
    assert first.matmul_share == pytest.approx(first.gflops / 0.001)


def test_no_lazy_r1_no_time_for_it():
    config = tiny(r1_interval=1, start_resolution=16)
    level = dataclasses.replace(LEVEL, resolution=16, timed_r1=0.0, r1_compile=0.0)
    (row,) = lay_out(config, [level], Overheads(0, 0, 0)).rows
    assert (row.r1_share, row.r1_seconds, row.compile_seconds) == (0, 0, 10.0)
    assert row.gflops == pytest.approx(2 * 15 * conv_macs(config, 16) * 4 / 0.5 / 1e9)


def test_the_table_has_a_line_per_level_and_says_what_is_short():
    _, result = by_hand()
    lines = str(result).splitlines()
    assert [line.split()[:3] for line in lines[3:5]] == [["8", "px", "4"], ["16", "px", "4*"]]
    assert len({len(line) for line in lines[2:5]}) == 1  # the columns line up
    assert "a machine" in lines[0] and "0.064 thousand images in 102 s" in lines[6]
    assert lines[7].startswith("* timed with a part")
    assert lines[8].startswith("Memory is not enough at 16 px")
    assert "a part" not in str(dataclasses.replace(result, rows=result.rows[:1]))


def test_markdown():
    _, result = by_hand()
    table = [line for line in result.to_markdown().splitlines() if line.startswith("|")]
    assert len(table) == 4 and len({line.count("|") for line in table}) == 1
    assert table[2].startswith("| 8 px | 4 | 0.04 |")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.123, "0.1 s"), (45, "45 s"), (119, "119 s"), (1008, "16.8 min"), (109_800, "30.5 h"), (1e6, "11.6 days")],
)
def test_times_for_people(seconds, text):
    assert duration(seconds) == text


# ---------------------------------------------------------------- what is timed


def test_the_median_of_several_stretches_counts():
    calls, clock = [], iter([0.0, 1.0, 0.0, 4.0, 0.0, 6.0, 0.0, 100.0, 0.0, 8.0, 0.0, 2.0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timing.time, "perf_counter", lambda: next(clock))
        assert seconds_per_call(calls.append, budget=10.0) == 3.0  # of 2, 3, 50, 4 and 1
    assert calls == [1, 2, 2, 2, 2, 2]  # the warm-up took a second, so two calls in each of five stretches


def test_a_slow_step_is_timed_once_after_its_warm_up():
    calls, clock = [], iter([0.0, 9.0, 0.0, 8.0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timing.time, "perf_counter", lambda: next(clock))
        assert seconds_per_call(calls.append, budget=5.0) == 8.0
    assert calls == [1, 1]


def test_the_batch_is_halved_until_a_step_fits():
    config = tiny(batch_size=64, r1_interval=1)
    full = 64 * 2 * 15 * conv_macs(config, 16)
    assert fitting_batch(config, 16, full, 1.0, None, None) == 64
    assert fitting_batch(config, 16, full / 4, 1.0, None, None) == 16
    assert fitting_batch(config, 16, 1.0, 1.0, None, None) == 1
    # Memory: what is held, and 1500 bytes for four images of 8 px.
    image = 1500 / 4 * activations(config, 16) / activations(config, 8)
    assert fitting_batch(config, 16, full, 1.0, round(1000 + 8.1 * image), LEVEL) == 8
    with pytest.raises(UserError, match=r"resolution: .* 16 px, where a batch of 1 needs"):
        fitting_batch(config, 16, full, 1.0, 1100, LEVEL)


def test_devices_keep_whole_groups(monkeypatch):
    monkeypatch.setattr(engine.devices, "count", 2)
    config = tiny(batch_size=32)
    assert fitting_batch(config, 16, 1.0, 1.0, None, None) == 8  # two groups of four
    with pytest.raises(UserError, match="batch_size: expected a multiple of 8"):
        estimate(tiny(batch_size=12), progress=False)


def test_a_device_without_enough_memory_is_a_users_error(monkeypatch):
    def full(self, *args):
        raise MemoryError

    monkeypatch.setattr(timing.TrainingStep, "__call__", full)
    nets = Networks(tiny())
    with pytest.raises(UserError, match=r"4 images of 8 px.*batch_size=\{8: 2\}"):
        timing.time_level(nets, 8, 4, 0.1, None)
    monkeypatch.setattr(timing.TrainingStep, "__call__", lambda *a: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        timing.time_level(nets, 8, 4, 0.1, None)


@pytest.mark.slow
def test_a_level_of_demodulated_layers_is_timed_as_well():
    level = timing.time_level(Networks(tiny(synthesis="demodulated")), 8, 4, 0.01, None)
    assert level.timed_step > 0 and level.timed_batch == 4


@pytest.mark.slow
def test_a_real_run_is_timed_at_every_level(measured):
    assert [row.resolution for row in measured.rows] == [8, 16]
    for row in measured.rows:
        for name in ("images_per_s", "gflops", "matmul_share", "memory", "step_seconds", "compile_seconds"):
            assert getattr(row, name) > 0, name
        assert 0 <= row.r1_share < 1 and row.timed_batch == 4
    assert measured.machine == engine.device_name() and measured.matmul_gflops > 0
    assert measured.whole and measured.preset == "smoke" and measured.images == 4000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"levels": [8, 64]}, "levels: expected some of the schedule's 8, 16 px, but got 64"),
        ({"levels": []}, "levels: .* got none"),
        ({"seconds_per_level": 0}, "seconds_per_level: expected a number of seconds above 0, but got 0"),
        ({"seconds_per_level": "6"}, "seconds_per_level"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_timed(arguments, message):
    with pytest.raises(UserError, match=message):
        estimate(tiny(), progress=False, **arguments)


def test_memory_of_the_process():
    before = memory.in_use()
    assert 0 < before <= memory.peak() * 1.01
    block = bytearray(300_000_000)
    held, peak = memory.in_use(), memory.peak()
    assert held - before > 250e6 and peak >= 0.99 * held
    del block
    memory.reset_peak()
    assert memory.peak() <= peak
    assert memory.limit() is None or memory.limit() > memory.in_use()


# ---------------------------------------------------------------- the command


@pytest.mark.slow
def test_the_command_prints_the_table(capsys):
    settings = [part for name, value in TINY.items() for part in ("--set", f"{name}={value}")]
    assert main(["estimate", "--preset", "smoke", "--levels", "8", "--seconds", "0.01", *settings]) == 0
    out = capsys.readouterr().out
    assert "8 px" in out and "16 px" not in out and "These levels: " in out and engine.device_name() in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--preset", "lptop"], "preset: expected one of smoke, lab, laptop, gpu, paper, but got 'lptop'"),
        (["--set", "batch_size=0"], "batch_size: expected"),
        (["--preset", "smoke", "--levels", "8;16"], "--levels: expected something like 8,16, but got '8;16'"),
        (["--preset", "smoke", "--levels", "64"], "levels: expected some of the schedule's 8, 16 px"),
        (["--preset", "smoke", "--seconds", "-1"], "seconds_per_level: expected"),
        (["--preset", "smoke", "--data", "nowhere"], "nowhere"),
        (["--preset", "smoke", "--devices", "0"], "devices: expected a whole number from 1"),
    ],
)
def test_a_mistake_is_one_line(arguments, message, capsys):
    assert main(["estimate", *arguments]) == 2
    err = capsys.readouterr().err.strip()
    assert err.startswith("error: ") and message in err and "\n" not in err


def test_its_help_imports_no_engine():
    code = "import sys, oasis_helpers.__main__ as m\ntry:\n m.main(['estimate', '--help'])\nexcept SystemExit:\n pass\n"
    code += "print(sorted({'tensorflow', 'keras', 'jax'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "--levels" in done.stdout and done.stdout.strip().endswith("[]")
