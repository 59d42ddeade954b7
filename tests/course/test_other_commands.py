"""What is typed after `prepare`, `train` and `evaluate` reaches those who do the work."""

import shlex
import subprocess
import sys
from types import SimpleNamespace

from oasis_helpers import commands, make_config
from oasis_helpers.__main__ import command_line, main
from oasis_helpers.data.splits import check_train
from oasis_helpers.errors import UserError
from oasis_helpers.evaluation.evaluate import check_people
from oasis_helpers.training import warm_start
from oasis_helpers.training.folder import write_config

import pytest

# ---------------------------------------------------------------- prepare


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ([], {"masked": True, "skip_damaged": False, "seed": 0, "demographics": None, "source": None}),
        (["--whole-head"], {"masked": False}),
        (["--seed", "4", "--demographics", "t.csv"], {"seed": 4, "demographics": "t.csv", "masked": True}),
        (["--skip-damaged", "--source", "oasis3"], {"skip_damaged": True, "source": "oasis3", "seed": 0}),
    ],
)
def test_scans_are_prepared_as_is_typed(monkeypatch, capsys, typed, asked):
    calls = []
    monkeypatch.setattr("oasis_helpers.data.prepare.prepare_slices", lambda **how: calls.append(how) or "the folder")
    assert main(["prepare", "--data", "held", "--out", "here", *typed]) == 0
    assert len(calls) == 1 and calls[0] == {**calls[0], "data": "held", "out": "here", **asked}
    assert "now: train --data the folder" in capsys.readouterr().out


# ---------------------------------------------------------------- train


@pytest.fixture
def config_of(monkeypatch):
    """A function from what is typed to the configuration; what another run would give is words."""
    monkeypatch.setenv("OASIS_PRESET", "lab")
    monkeypatch.setattr(warm_start, "continued_config", lambda source, **changes: ("of", source, changes))
    return lambda *typed: commands.run_config(command_line().parse_args(["train", *map(str, typed)]))


@pytest.fixture
def run(tmp_path):
    """The folder of a run that was begun with settings of its own."""
    (tmp_path / "run").mkdir()
    write_config(make_config("smoke", seed=5, batch_size=2), tmp_path / "run")
    return tmp_path / "run"


def test_a_new_run_has_the_preset_and_the_settings_that_are_typed(config_of, tmp_path):
    assert config_of() == make_config("lab")
    typed = ("--set", "batch_size={16: 4}", "--set", "loss = wgan-gp", "--set", "flip=True")
    assert config_of("--preset", "smoke", *typed) == make_config("smoke", batch_size={16: 4}, loss="wgan-gp", flip=True)
    # The line that goes on with a run also begins it.
    assert config_of("--preset", "smoke", "--resume", "--out", tmp_path / "new") == make_config("smoke")


def test_a_run_that_is_resumed_has_its_own_settings_with_those_that_are_typed_over_them(config_of, run):
    own = make_config("smoke", seed=5, batch_size=2)
    assert config_of("--resume", "--out", run) == own
    changed = config_of("--resume", "--out", run, "--set", "total_kimg=9")
    assert (changed.total_kimg, changed.seed, changed.batch_size) == (9.0, 5, {4: 2})
    # With a preset the line says all; what differs from the run is refused later, by name.
    assert config_of("--resume", "--out", run, "--preset", "smoke") == make_config("smoke")


def test_a_run_that_begins_with_another_has_that_ones_settings_until_it_has_its_own(config_of, run, tmp_path):
    begins = ("--start-from", "cohort128", "--set", "seed=3")
    assert config_of(*begins, "--out", tmp_path / "new") == ("of", "cohort128", {"seed": 3})
    assert config_of(*begins) == ("of", "cohort128", {"seed": 3})
    assert config_of(*begins, "--resume", "--out", tmp_path / "new") == ("of", "cohort128", {"seed": 3})
    assert config_of(*begins, "--preset", "smoke") == make_config("smoke", seed=3)
    # As a batch system gives the line again: the other run may be gone by then.
    again = config_of("--start-from", "cohort128", "--resume", "--out", run)
    assert again == make_config("smoke", seed=5, batch_size=2)


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ([], (None, 120, False)),
        (["--set", "people=30"], (None, 30, False)),
        (["--data", "slices", "--merge-splits"], ("slices", 120, True)),
    ],
)
def test_a_training_learns_from_the_slices_or_as_many_virtual_people_as_are_typed(monkeypatch, capsys, typed, asked):
    def load(path, people=120, merge_splits=False, check=None):
        assert check is (None if merge_splits else check_train)
        raise UserError(f"these: {(path, people, merge_splits)}")

    monkeypatch.setattr("oasis_helpers.data.load_data", load)
    assert main(["train", "--preset", "smoke", *typed]) == 2
    assert f"these: {asked}" in capsys.readouterr().err


# ---------------------------------------------------------------- evaluate


@pytest.mark.parametrize(
    ("typed", "asked", "seed"),
    [
        ([], ("full", ("tissue",)), 0),
        (["--extractors", "tissue, inception", "--seed", "7"], ("full", ("tissue", "inception")), 7),
        (["--preset", "smoke", "--seed", "1"], ("smoke", ("tissue",)), 1),
    ],
)
def test_an_evaluation_has_the_preset_the_extractors_and_the_seed_that_are_typed(
    monkeypatch, tmp_path, capsys, typed, asked, seed
):
    calls = []
    found = SimpleNamespace(about={"other_data": ""}, audit=SimpleNamespace(verdict="pass"))

    def judge(generator, data, preset="none", extractors=(), seed=0):
        calls.append((generator, data, preset, extractors, seed))
        return found

    rows = [["score", "better", "fakes", "other people", "blurred"], ["swd", "lower", "3.5", "1.25", "9"]]
    instead = {
        "weights.load_generator": lambda path: f"generator {path}",
        "data.load_data": lambda path, check: (path, check),
        "evaluation.evaluate.evaluate": judge,
        "evaluation.summary.to_dict": lambda result: {"of": result},
        "evaluation.summary.verdict_lines": lambda values: ["Right texture? green"],
        "evaluation.summary.score_rows": lambda values: rows if values == {"of": found} else [],
        "view.report.write_report": lambda result, out: f"{out}/report.html" if result is found else None,
    }
    for name, function in instead.items():
        monkeypatch.setattr(f"oasis_helpers.{name}", function)
    assert main(["evaluate", "mine", "--data", "slices", "--out", str(tmp_path), *typed]) == 0
    assert calls == [("generator mine", ("slices", check_people), *asked, seed)]
    verdict, scores, last = capsys.readouterr().out.splitlines()
    assert verdict == "Right texture? green" and last == f"audit: pass. The report is in {tmp_path}/report.html"
    assert scores.split() == ["swd", "3.5", "real", "slices", "of", "other", "people:", "1.25"]


# ---------------------------------------------------------------- log


def test_a_reader_who_has_read_enough_is_no_error(tmp_path):
    """As ``log RUN | head -1``: nothing is said of a pipe that is closed."""
    lines = [f'{{"kimg": {n}, "d_loss": 1.0, "g_loss": 1.0}}\n' for n in range(1, 20_000)]
    (tmp_path / "metrics.jsonl").write_text("".join(lines))
    log = f"{shlex.quote(sys.executable)} -m oasis_helpers log {shlex.quote(str(tmp_path))} --lines 19999"
    done = subprocess.run(
        f"set -o pipefail; {log} | head -1", shell=True, executable="/bin/bash", capture_output=True, text=True
    )
    assert done.returncode == 141 and done.stderr == "" and len(done.stdout.splitlines()) == 1
