"""The configuration: presets build, mistakes are named, JSON keeps everything."""

import dataclasses
import json
import math

from oasis_helpers.commands import _settings
from oasis_helpers.config import PRESETS, Config, change_config, default_preset, make_config
from oasis_helpers.errors import ConfigError, UserError

import pytest

FIELDS = [field.name for field in dataclasses.fields(Config)]
PER_RESOLUTION = ["r1_gamma", "learning_rate", "batch_size", "stable_kimg", "fade_kimg"]
NUMBERS = [
    "resolution z_dim w_dim mapping_layers mapping_lr_multiplier channel_base channel_max mbstd_group",
    "style_mixing_prob w_avg_beta truncation_psi truncation_cutoff r1_interval label_smoothing wgan_lambda wgan_drift",
    "augment_p ada_target ada_kimg ada_interval_kimg",
    "rampdown_kimg",
    "adam_beta1 adam_beta2 adam_epsilon ema_kimg start_resolution total_kimg people log_kimg snapshot_kimg seed",
]
NUMBERS = " ".join(NUMBERS).split() + PER_RESOLUTION
WHOLE = "resolution z_dim w_dim mapping_layers channel_base channel_max mbstd_group truncation_cutoff r1_interval"
WHOLE = f"{WHOLE} start_resolution people seed batch_size".split()


# ---------------------------------------------------------------- presets


@pytest.mark.parametrize("preset", ["smoke", "lab", "laptop", "gpu", "paper"])
def test_every_preset_builds(preset):
    config = make_config(preset)
    assert config.preset == preset
    for name, value in PRESETS[preset].items():
        assert getattr(config, name) == value


def test_a_preset_is_no_setting_that_can_be_laid_over_others():
    with pytest.raises(ConfigError, match=r"preset: it cannot be laid over other settings; .*--preset"):
        change_config(make_config("smoke"), preset="gpu")
    with pytest.raises(ConfigError, match="config: no such setting"):
        make_config("smoke", config="x.json")
    with pytest.raises(UserError, match="--set: a preset is named by itself, but got 'preset=gpu'; write --preset gpu"):
        _settings(["total_kimg=4", "preset=gpu"])


def test_there_are_five_presets():
    assert list(PRESETS) == ["smoke", "lab", "laptop", "gpu", "paper"]


def test_the_paper_preset_is_the_default_of_every_field():
    assert make_config("paper") == Config()


def test_without_a_word_the_preset_is_laptop(monkeypatch):
    monkeypatch.delenv("OASIS_PRESET", raising=False)
    assert default_preset() == "laptop" and make_config().preset == "laptop"
    monkeypatch.setenv("OASIS_PRESET", "")
    assert make_config().preset == "laptop"


def test_the_environment_chooses_the_preset_but_an_argument_wins(monkeypatch):
    monkeypatch.setenv("OASIS_PRESET", "smoke")
    assert make_config() == make_config("smoke")
    assert make_config("gpu").preset == "gpu"


def test_a_misspelt_preset_is_told_the_close_one_and_all(monkeypatch):
    message = r"preset: expected one of smoke, lab, laptop, gpu, paper, but got 'labtop' \(did you mean 'laptop'\?\)"
    with pytest.raises(ConfigError, match=message):
        make_config("labtop")
    monkeypatch.setenv("OASIS_PRESET", "labtop")
    with pytest.raises(ConfigError, match=message):
        make_config()


def test_a_preset_like_no_other_gets_the_list_without_a_guess():
    with pytest.raises(ConfigError) as error:
        make_config("zzzzzz")
    assert "smoke, lab, laptop, gpu, paper" in str(error.value) and "did you mean" not in str(error.value)


# ---------------------------------------------------------------- fields


@pytest.mark.parametrize(
    ("changes", "augments"),
    [({}, False), ({"augment_p": 0.1}, True), ({"ada_target": 0.6}, True)],
)
def test_a_run_augments_where_p_is_set_and_where_it_is_adapted_from_0(changes, augments):
    assert make_config("smoke", **changes).augments is augments


def test_a_misspelt_field_is_told_the_close_one_and_all():
    with pytest.raises(ConfigError, match=r"learning_rat: no such setting \(did you mean 'learning_rate'\?\)") as error:
        make_config("smoke", learning_rat=1e-3)
    assert all(name in str(error.value) for name in FIELDS)


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", ["4", True, None, math.nan, math.inf, -1, 3e9, [8]], ids=repr)
def test_every_number_rejects_what_it_cannot_be(name, value):
    with pytest.raises(ConfigError, match=rf"^{name}: expected a (whole )?number from .* but got"):
        make_config("paper", **{name: value})


@pytest.mark.parametrize("name", WHOLE)
def test_whole_numbers_reject_fractions(name):
    with pytest.raises(ConfigError, match=rf"^{name}: expected a whole number .* but got 8.5"):
        make_config("paper", **{name: 8.5})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("flip", 1),
        ("flip", "yes"),
        ("mixed_precision", "bfloat16"),
        ("jit_compile", None),
        ("loss", "hinge"),
        ("loss", None),
        ("synthesis", "demodulate"),
        ("synthesis", None),
        ("value_range", (0, 255)),
        ("value_range", (1, -1)),
        ("value_range", -1),
        ("value_range", (-1, 0, 1)),
        ("value_range", "ab"),
        ("resolution", 96),
        ("resolution", 4),
        ("resolution", 2048),
        ("start_resolution", 12),
        ("start_resolution", 2),
        ("start_resolution", 512),  # above the paper preset's 256
        ("z_dim", 0),
        ("mapping_layers", 0),
        ("mapping_lr_multiplier", 0),
        ("channel_base", 64),  # half a channel at 256 px
        ("style_mixing_prob", 1.01),
        ("w_avg_beta", 1.01),
        ("label_smoothing", 0.51),
        ("r1_gamma", {8: -0.1}),
        ("r1_gamma", {12: 1.0}),
        ("truncation_psi", 2.5),
        ("r1_interval", 0),
        ("adam_beta1", 1.0),
        ("adam_beta2", 1.0),
        ("adam_epsilon", 0.0),
        ("total_kimg", 0),
        ("log_kimg", 0),
        ("snapshot_kimg", 0),
        ("people", 2),
        ("seed", 2**31),
        ("learning_rate", {}),
        ("learning_rate", {4: 0.0}),
        ("learning_rate", {12: 1e-3}),
        ("learning_rate", {"x": 1e-3}),
        ("batch_size", {8: 0}),
        ("batch_size", {8: "many"}),
        ("batch_size", {2: 8}),
        ("stable_kimg", {8: -1.0}),
        ("fade_kimg", {2048: 1.0}),
    ],
)
def test_an_impossible_value_is_an_error_that_names_the_field(name, value):
    with pytest.raises(ConfigError, match=rf"^{name}(\[\d+\])?: expected .*, but got "):
        make_config("paper", **{name: value})


@pytest.mark.parametrize("name", ["seed", "r1_gamma", "batch_size"])
def test_a_number_too_long_for_a_float_is_an_error_that_names_the_field(name):
    with pytest.raises(ConfigError, match=f"^{name}: expected a (whole )?number"):
        make_config("paper", **{name: 10**400})


def test_an_odd_digit_as_a_resolution_is_an_error_that_names_the_field():
    with pytest.raises(ConfigError, match="^batch_size: expected resolutions"):
        make_config("paper", batch_size={"\N{SUPERSCRIPT TWO}": 8})


@pytest.mark.parametrize("preset", ["papre", 7, ["smoke"], {"seed": 1}])
def test_a_preset_that_does_not_exist_is_named_wherever_it_comes_from(preset):
    with pytest.raises(ConfigError, match="^preset: expected one of"):
        Config.from_json(json.dumps({"preset": preset}))
    with pytest.raises(ConfigError, match="^preset: expected one of"):
        make_config(preset)


def test_no_field_escapes_these_tests():
    assert set(NUMBERS) | {
        "preset",
        "flip",
        "clip_black",
        "value_range",
        "loss",
        "penalty_pixels",
        "synthesis",
        "mixed_precision",
        "jit_compile",
    } == set(FIELDS)


@pytest.mark.parametrize("name", ["flip", "clip_black", "mixed_precision", "jit_compile"])
@pytest.mark.parametrize("value", [True, False])
def test_switches_take_both_positions(name, value):
    assert getattr(make_config("smoke", **{name: value}), name) is value


@pytest.mark.parametrize(("name", "low", "high"), [("r1_gamma", 0, 1e6), ("ema_kimg", 0, 1e6), ("adam_beta1", 0, 0.9)])
def test_limits_themselves_are_allowed(name, low, high):
    for value in (low, high):
        kept = getattr(make_config("smoke", **{name: value}), name)
        assert kept == ({4: value} if name in PER_RESOLUTION else value)


def test_a_configuration_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        make_config("smoke").seed = 1


# ---------------------------------------------------------------- values by resolution


def test_a_resolution_left_out_takes_the_nearest_smaller_one():
    config = Config(batch_size={16: 10, 64: 5})
    assert [config.at("batch_size", size) for size in (4, 8, 16, 32, 64, 128, 1024)] == [10, 10, 10, 10, 5, 5, 5]


def test_one_number_stands_for_all_resolutions():
    config = make_config("paper", batch_size=6, learning_rate=1e-4)
    assert {config.at("batch_size", size) for size in config.resolutions} == {6}
    assert {config.at("learning_rate", size) for size in config.resolutions} == {1e-4}


def test_an_override_by_resolution_is_laid_over_the_preset():
    preset = make_config("laptop").batch_size
    assert len(preset) > 1 and 64 not in preset and 1000 not in preset.values()
    assert make_config("laptop", batch_size={64: 1000}).batch_size == {**preset, 64: 1000}
    assert make_config("laptop", batch_size={4: 999, "128": 1000}).batch_size == {**preset, 4: 999, 128: 1000}
    assert make_config("laptop").batch_size == preset  # the preset itself is as it was


def test_levels_and_resolutions():
    config = make_config("paper", resolution=64, start_resolution=16)
    assert (config.levels, config.resolutions) == (6, [16, 32, 64])


def test_channels_never_exceed_the_maximum():
    config = make_config("smoke", channel_base=256, channel_max=24)
    assert [config.channels(size) for size in (4, 8, 16)] == [24, 24, 24]
    config = make_config("smoke", channel_base=256, channel_max=100)
    assert [config.channels(size) for size in (4, 8, 16)] == [100, 64, 32]


# ---------------------------------------------------------------- JSON


@pytest.mark.parametrize("preset", ["smoke", "lab", "laptop", "gpu", "paper"])
def test_json_keeps_everything(preset):
    config = make_config(preset, seed=7, value_range=(0, 1), batch_size={16: 3}, loss="wgan-gp")
    again = Config.from_json(config.to_json())
    assert again == config
    assert again.batch_size[16] == 3 and again.value_range == (0.0, 1.0)
    assert set(json.loads(config.to_json())) == set(FIELDS)


def test_json_with_an_unknown_or_impossible_field_is_named():
    fields = json.loads(make_config("smoke").to_json())
    with pytest.raises(ConfigError, match=r"resolutoin: no such setting \(did you mean 'resolution'\?\)"):
        Config.from_json(json.dumps({**fields, "resolutoin": 16}))
    with pytest.raises(ConfigError, match="^seed: expected a whole number .* but got -3"):
        Config.from_json(json.dumps({**fields, "seed": -3}))


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "7"])
def test_json_that_is_no_configuration_is_told_so(text):
    with pytest.raises(ConfigError, match="^configuration: expected"):
        Config.from_json(text)


def test_printing_marks_what_differs_from_the_preset():
    lines = str(make_config("smoke", seed=3, batch_size={8: 4})).splitlines()
    assert [line.split()[0] for line in lines] == FIELDS
    assert [line.split()[0] for line in lines if line.endswith(" *")] == ["batch_size", "seed"]
