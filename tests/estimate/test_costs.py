"""What a value costs is said before it runs, and what was probably meant is said where a value is impossible."""

import dataclasses

from oasis_helpers import make_config
from oasis_helpers.errors import ConfigError, UserError, called, check_choice, check_number, check_whole
from oasis_helpers.estimation import budget
from oasis_helpers.training.cost import conv_macs
from oasis_helpers.view import costs

import pytest


def told(function, *arguments):
    """The message of the UserError that a call raises."""
    with pytest.raises(UserError) as error:
        function(*arguments)
    return str(error.value)


# ---------------------------------------------------------------- lines about time


def test_a_costly_value_is_told_with_its_time_and_that_of_a_usual_one(capsys):
    costs.announce("count", 2000, "images of each kind", 720, 300)
    assert capsys.readouterr().out == "count: 2000 images of each kind will take about 12.0 min here; 300 take 108 s\n"


def test_what_is_quick_is_not_told(capsys):
    costs.announce("count", 400, "images", 120, 300)
    assert capsys.readouterr().out == ""


def test_people_are_told_only_where_they_must_be_made(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("OASIS_CACHE", str(tmp_path))
    costs.announce_people(None, 120)
    assert capsys.readouterr().out == ""
    costs.announce_people(None, 342)
    assert capsys.readouterr().out.startswith("people: 342 virtual people will take about 2.9 min here; 120 take ")
    costs.cohort_home(342).mkdir(parents=True)
    costs.announce_people(None, 342)
    assert capsys.readouterr().out == ""


def test_people_without_effect_are_told(capsys):
    costs.announce_people("a folder", 120)
    assert capsys.readouterr().out == ""
    costs.announce_people("a folder", 5)
    assert capsys.readouterr().out.startswith("people: 5 is not used")


def test_usual_values_are_neither_measured_nor_told(capsys):
    costs.announce_projections(None, 150, 7)  # no generator is needed for it
    costs.announce_evaluation(None, 300)
    assert capsys.readouterr().out == ""


def test_projections_are_told_by_a_step_of_their_own(capsys, monkeypatch):
    monkeypatch.setattr("oasis_helpers.sampling.projection.seconds_per_step", lambda generator: 0.1)
    costs.announce_projections(None, 400, 4)
    line = "steps: 400 steps in each of 4 projections will take about 2.7 min here; 150 take 60 s\n"
    assert capsys.readouterr().out == line  # 400 x 4 x 0.1 s


def test_an_evaluation_draws_twice_and_measures_twelve_times(capsys, monkeypatch):
    """16 images are drawn in 1.6 s; drawn and measured in 3.2 s: 0.1 s an image for each."""
    seconds = iter((1.6, 3.2))
    monkeypatch.setattr("oasis_helpers.evaluation.extractors.extractor", lambda name: None)
    monkeypatch.setattr(costs, "time_one", lambda function: next(seconds))
    costs.announce_evaluation(None, 1000)
    line = "count: 1000 images of each kind will take about 23.3 min here; 300 take 7.0 min\n"
    assert capsys.readouterr().out == line  # 1000 x (2 x 0.1 + 12 x 0.1) s


# ---------------------------------------------------------------- hours


def test_the_bound_is_the_count_of_the_convolutions_by_hand():
    config = make_config("smoke", resolution=8, total_kimg=1.6, batch_size=16)
    seconds = budget.least_seconds(config, gflops=2.0)
    assert seconds == pytest.approx(2 * 12 * 1600 * conv_macs(config, 8) / (budget.FASTEST * 2e9))


@pytest.mark.parametrize("preset", ["gpu", "paper"])
def test_a_run_of_days_is_refused_at_a_glance(preset, monkeypatch):
    monkeypatch.setattr(budget.machine, "matmul_gflops", lambda trials: 180.0)
    line = told(budget.check_hours, make_config(preset), 3)
    assert line.startswith(f"most_hours: preset {preset} with") and " days here" in line and "most_hours = " in line
    enough = int(line.split("most_hours = ")[1].split()[0])
    budget.check_hours(make_config(preset), enough)


def test_a_measured_run_may_take_as_long_as_allowed(monkeypatch):
    cost = dataclasses.make_dataclass("Cost", ["seconds"])
    config = make_config("laptop")
    budget.check_hours(config, 2, cost(7199.0))
    line = told(budget.check_hours, config, 2, cost(7300.0))
    assert "would take about 2.0 h here, but 2 h are allowed" in line and "most_hours = 3 " in line


@pytest.mark.parametrize("wrong", [0, -1, "a night", None, True, float("nan"), float("inf")])
def test_hours_are_a_number_above_zero(wrong):
    assert told(budget.check_hours, make_config("smoke"), wrong).startswith("most_hours: expected a number from 1e-06")


# ---------------------------------------------------------------- what was probably meant


@pytest.mark.parametrize(
    ("changes", "meant"),
    [
        ({"resolution": 100}, "128"),
        ({"resolution": 65}, "64"),
        ({"resolution": "64"}, "64"),
        ({"learning_rate": -0.001}, "0.001"),
        ({"truncation_psi": "0.7"}, "0.7"),
        ({"seed": 1.6}, "2"),
        ({"flip": "yes"}, "True"),
        ({"flip": 0}, "False"),
    ],
)
def test_a_setting_says_what_was_probably_meant(changes, meant):
    with pytest.raises(ConfigError) as error:
        make_config("laptop", **changes)
    assert str(error.value).endswith(f"(did you mean {meant}?)")


@pytest.mark.parametrize(
    "changes", [{"batch_size": 0}, {"truncation_psi": "high"}, {"seed": None}, {"flip": "perhaps"}]
)
def test_no_guess_where_there_is_none(changes):
    with pytest.raises(ConfigError) as error:
        make_config("laptop", **changes)
    assert "did you mean" not in str(error.value)


def test_numbers_and_choices_are_checked():
    assert check_number("psi", 1, 0, 2) == 1.0 and check_choice("group", 2, (1, 2, 4)) == 2
    assert "got -0.5 (did you mean 0.5?)" in told(check_number, "psi", -0.5, 0, 2)
    assert "got '60' (did you mean 60?)" in told(check_whole, "count", "60", 1, 100)
    for wrong in (True, None, "x", [1], 2.5, float("nan"), 10**400):
        assert told(check_number, "psi", wrong, 0, 2).startswith("psi: expected a number from 0 to 2")
        assert told(check_choice, "group", wrong, (1, 2, 4)).startswith("group: expected one of 1, 2, 4")


def test_an_error_takes_the_name_that_the_user_knows():
    with pytest.raises(ConfigError, match="^psi: too: high"), called(path="data", value="psi"):
        raise ConfigError("value: too: high")
    with pytest.raises(UserError, match="^other: wrong"), called(path="data"):
        raise UserError("other: wrong")
    with pytest.raises(KeyError), called(path="data"):
        raise KeyError("path")
