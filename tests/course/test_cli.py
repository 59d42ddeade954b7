"""The commands, as a person types them."""

import subprocess
import sys
import time

from oasis_helpers import commands
from oasis_helpers.__main__ import main
from oasis_helpers.data.cohort.cohort import make_cohort
from oasis_helpers.errors import parse_numbers
from oasis_helpers.training.folder import read_config

import numpy as np
import pytest
from PIL import Image

SMALL = ["total_kimg=0.064", "stable_kimg=0.032", "fade_kimg=0.016", "log_kimg=0.032", "batch_size=8"]
SET = [part for item in SMALL for part in ("--set", item)]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    make_cohort(folder / "data", people=3, progress=False)
    return folder


@pytest.fixture(autouse=True)
def own_cache(home, monkeypatch):
    monkeypatch.setenv("OASIS_CACHE", str(home / "cache"))
    monkeypatch.setenv("OASIS_RUNS", str(home / "runs"))


def test_help_is_quick_and_lists_the_commands():
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "oasis_helpers", "--help"], capture_output=True, text=True, check=True)
    # Under a second on a free machine; a loaded one may take longer, TensorFlow would take eight.
    assert time.perf_counter() - started < 3
    names = ("doctor", "prepare", "estimate", "train", "sample", "export", "log")
    assert all(name in done.stdout for name in names)


@pytest.mark.parametrize("command", ["doctor", "prepare", "estimate", "train", "sample", "export", "log"])
def test_each_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0 and "--" in capsys.readouterr().out


@pytest.mark.slow
def test_train_then_resume_then_sample(home, capsys):
    run = home / "run"
    arguments = ["train", "--preset", "smoke", "--data", str(home / "data"), "--out", str(run), *SET]
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert "total_kimg             0.064 *" in out and "train 32" in out
    assert (run / "sample_output.png").is_file()
    assert main(["train", "--data", str(home / "data"), "--out", str(run), "--resume"]) == 0
    assert "resuming at 0.064 of 0.064 kimg" in capsys.readouterr().out
    assert main([*arguments, "--resume"]) == 0  # the same line as at the start, with --resume
    capsys.readouterr()
    assert main([*arguments, "--resume", "--set", "r1_gamma=3"]) == 2
    assert "r1_gamma: {4: 1.0} -> {4: 3.0}" in capsys.readouterr().err
    begun = [*arguments[:6], str(home / "second"), *SET, "--start-from", str(run)]
    assert main(begun) == 2 and "start_resolution: expected" in capsys.readouterr().err
    assert main([*begun, "--set", "start_resolution=16"]) == 0
    assert "starting with the networks of" in capsys.readouterr().out
    third = ["train", "--data", str(home / "data"), "--out", str(home / "third"), "--set", "total_kimg=0.016"]
    assert main([*third, "--start-from", str(run)]) == 0  # without a preset, with that run's settings
    assert read_config(home / "third").start_resolution == read_config(run).resolution
    assert main(["sample", str(run), "--seeds", "0-2,5", "--truncation", "0.5", "--out", str(home / "g.png")]) == 0
    assert np.asarray(Image.open(home / "g.png")).shape == (128, 4 * 128)


@pytest.mark.slow
def test_sample_mixes_walks_and_projects(tmp_path, capsys):
    out = tmp_path / "mix.png"
    assert main(["sample", "default", "--seeds", "0-1", "--mix", "8-9", "--layers", "coarse", "--out", str(out)]) == 0
    assert Image.open(out).width > 100
    gif = tmp_path / "walk.gif"
    assert main(["sample", "default", "--seeds", "3,5,7", "--interpolate", str(gif), "--steps", "4"]) == 0
    frames = Image.open(gif)
    assert frames.n_frames == 9 + 7  # there, and back without the ends
    size = np.asarray(Image.open(gif)).shape[0]
    assert size == 256
    slice_ = tmp_path / "slice.png"
    Image.fromarray(np.full((64, 64), 40, "uint8")).save(slice_)
    out = tmp_path / "projected.png"
    assert main(["sample", "default", "--project", str(slice_), "--steps", "2", "--out", str(out)]) == 0
    assert "grey values off" in capsys.readouterr().out and Image.open(out).width > 100


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "--preset", "smoke", "--set", "learning_rat=1"], "learning_rat: no such setting"),
        (["train", "--preset", "smoke", "--set", "resolution=100"], "resolution: expected a power of two"),
        (["train", "--preset", "smoke", "--set", "batch_size"], "--set: expected NAME=VALUE"),
        (["train", "--preset", "smoke", "--data", "nowhere"], "nowhere"),
        (["train", "--devices", "99"], "devices: expected a whole number from 1"),
        (["train", "--resume"], "--out: expected the run folder"),
        (["train", "--resume", "--out", "nowhere"], "holds no config.json"),
        (["log", "nowhere"], "nowhere"),
        (["sample", "nowhere"], "there is none"),
        (["sample", "nowhere", "--seeds", "5-1"], "--seeds: expected"),
        (["sample", "nowhere", "--seeds", "a"], "--seeds: expected"),
        (["sample", "nowhere", "--truncation", "-3"], "psi: expected"),
        (["sample", "nowhere", "--out", "grid.txt"], "--out: expected a name that ends in .png"),
        (["sample", "nowhere", "--out", "no/such/grid.png"], "--out: expected a folder that is there"),
        (["sample", "default", "--mix", "5-1"], "--mix: expected"),
        (["sample", "default", "--mix", "5", "--layers", "7-4"], "layers: expected"),
        (["sample", "default", "--mix", "5", "--layers", "finest"], "layers: expected coarse, middle, fine, all"),
        (["sample", "default", "--noise", "loud"], "noise: expected one of fixed, fresh, off"),
        (["sample", "default", "--interpolate", "walk.mp4"], "--interpolate: expected a name that ends in .gif"),
        (["sample", "default", "--interpolate", "w.gif", "--seeds", "3"], "seeds: expected at least two"),
        (["sample", "default", "--interpolate", "w.gif", "--steps", "0"], "steps: expected"),
        (["sample", "default", "--project", "nowhere.png"], "nowhere.png: there is no such file"),
        (["export", "default", "--out", "brain.onnx"], "--out: expected a name that ends in .tflite"),
        (["export", "nowhere", "--out", "brain.tflite"], "GENERATOR: expected 'default'"),
        (["prepare", "--data", "nowhere", "--out", "x"], "nowhere"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    err = capsys.readouterr().err.strip()
    assert err.startswith("error: ") and message in err and "\n" not in err and "Traceback" not in err


@pytest.mark.parametrize(
    ("why", "said"), [("", "interrupted; what had been saved is kept"), ("stopped at 3 kimg", "stopped at 3 kimg")]
)
def test_what_is_interrupted_ends_with_130_and_a_line(monkeypatch, capsys, why, said):
    def interrupted(arguments):
        raise KeyboardInterrupt(why)

    monkeypatch.setattr(commands, "log", interrupted)
    assert main(["log", "run"]) == 130  # 128 + 2, the number of SIGINT, as shells say of it
    assert capsys.readouterr().err == f"{said}\n"


def test_an_unknown_preset_is_exit_code_2(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["train", "--preset", "huge"])
    assert ended.value.code == 2 and "smoke" in capsys.readouterr().err


def test_seeds():
    assert parse_numbers("seeds", "0-3,8") == [0, 1, 2, 3, 8]
    assert parse_numbers("seeds", "5") == [5]


@pytest.mark.slow
def test_resume_before_there_is_a_run_starts_it(home, capsys, tmp_path):
    arguments = ["train", "--preset", "smoke", "--data", str(home / "data"), "--out", str(tmp_path / "new"), *SET]
    assert main([*arguments, "--resume"]) == 0
    assert "nothing to resume" in capsys.readouterr().out
    assert (tmp_path / "new" / "sample_output.png").is_file()
