"""The presets are what the pages say of them, and their average keeps up with runs that are short."""

import math
import re

from oasis_helpers.config import PRESETS, make_config
from oasis_helpers.training.schedule import make_schedule

import pytest
from helpers.scripts import ROOT

BENCHMARKS = (ROOT / "docs/benchmarks.md").read_text(encoding="utf-8")
SUMMARY = re.findall(
    r"^\| `(\w+)` \| (\d+) px \| ([\d to]+) \| ([\d.]+) (thousand|million) \|", BENCHMARKS, re.MULTILINE
)
QUICK = ("lab", "laptop")
RECIPE = {
    "loss": "relativistic",
    "mapping_layers": 2,
    "mbstd_group": 8,
    "r1_gamma": {4: 0.3},
    "r1_interval": 16,
    "learning_rate": {4: 3e-3},
    "batch_size": {4: 16, 32: 8},
    "clip_black": True,
    "ema_kimg": 1.0,
}


def levels_of(preset):
    """The rows of a preset's table of levels: pixels, batch, thousand images."""
    table = BENCHMARKS.split(f"<summary><code>{preset}</code>")[1].split("</details>")[0]
    rows = re.findall(r"^\| (\d+) px \| (\d+)\*? \| ([\d.,]+) \|", table, re.MULTILINE)
    return [(int(size), int(batch), float(kimg.replace(",", ""))) for size, batch, kimg in rows]


@pytest.mark.parametrize(("preset", "size", "widths", "shown", "unit"), SUMMARY, ids=[row[0] for row in SUMMARY])
def test_size_widths_and_length_are_those_of_the_page(preset, size, widths, shown, unit):
    config = make_config(preset)
    assert config.resolution == int(size)
    assert config.total_kimg == float(shown) * {"thousand": 1, "million": 1000}[unit]
    first, last = config.channels(4), config.channels(config.resolution)
    assert widths.strip() == (f"{first}" if first == last else f"{first} to {last}")


@pytest.mark.parametrize("preset", [row[0] for row in SUMMARY])
def test_batches_and_images_of_each_level_are_those_of_the_page(preset):
    phases = make_schedule(make_config(preset))
    rows = levels_of(preset)
    assert [size for size, *_ in rows] == sorted({phase.resolution for phase in phases})
    for size, batch, kimg in rows:
        level = [phase for phase in phases if phase.resolution == size]
        assert {phase.batch_size for phase in level} == {batch}
        # A level ends with a whole batch, so that up to one batch more or less is shown.
        assert sum(phase.end - phase.start for phase in level) == pytest.approx(1000 * kimg, abs=batch)


def test_the_page_tells_of_every_preset_but_that_of_a_lesson():
    assert [row[0] for row in SUMMARY] == [preset for preset in PRESETS if preset != "lab"]


@pytest.mark.parametrize("preset", QUICK)
def test_the_short_runs_have_the_recipe_that_was_chosen(preset):
    config = make_config(preset)
    assert {name: getattr(config, name) for name in RECIPE} == RECIPE


@pytest.mark.parametrize("preset", ["smoke", *QUICK])
def test_the_short_runs_truncate_every_layer(preset):
    """Two layers at 4 px, and two more each time that the size doubles."""
    config = make_config(preset)
    assert config.truncation_cutoff >= 2 + 2 * round(math.log2(config.resolution / 4))


@pytest.mark.parametrize(("preset", "kimg", "rampdown"), [("lab", 20, 6), ("laptop", 66, 10)])
def test_the_short_runs_are_as_long_as_was_found_enough(preset, kimg, rampdown):
    config = make_config(preset)
    assert (config.total_kimg, config.rampdown_kimg) == (kimg, rampdown)


@pytest.mark.parametrize("preset", ["gpu", "paper"])
def test_a_card_trains_by_the_papers_recipe(preset):
    config, paper = make_config(preset), make_config("paper")
    same = ("loss", "r1_gamma", "learning_rate", "batch_size", "mapping_layers", "mbstd_group", "ema_kimg")
    assert all(getattr(config, name) == getattr(paper, name) for name in (*same, "clip_black", "rampdown_kimg"))


@pytest.mark.parametrize("preset", PRESETS)
def test_the_average_has_forgotten_its_beginning_when_the_run_ends(preset):
    """What it holds of an earlier state is halved every ``ema_kimg`` thousand images."""
    config = make_config(preset)
    assert 0.5 ** (config.total_kimg / config.ema_kimg) < 0.01
    grown = next(p.end for p in make_schedule(config) if (p.resolution, p.kind) == (config.resolution, "fade"))
    assert 0.5 ** ((config.total_kimg - grown / 1000) / config.ema_kimg) < 0.125  # and the sizes before the last
