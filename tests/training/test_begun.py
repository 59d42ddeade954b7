"""What another run left to begin with, by states that are made up: its level, its settings and what is told of it."""

import dataclasses

from oasis_helpers.training import warm_start
from oasis_helpers.training.checkpoint import Saved
from oasis_helpers.training.warm_start import continued_config

import pytest
from helpers.tiny import tiny


@pytest.fixture
def left(monkeypatch, tmp_path):
    """A function that gives a folder whose run has left such a state."""

    def leave(config, **changes):
        state = {"images": 64_000, "source": "some slices", "config": dataclasses.asdict(config)}
        state |= {"resolution": config.resolution, "alpha": 1.0, **changes}
        monkeypatch.setattr(warm_start.checkpoint, "read_newest", lambda folder: Saved({}, state, folder, []))
        return tmp_path

    return leave


@pytest.mark.parametrize(
    ("resolution", "alpha", "reached"), [(16, 1.0, 16), (16, 0.99, 8), (16, 0.5, 8), (16, 0.0, 8), (8, 1.0, 8)]
)
def test_a_level_is_reached_when_it_has_faded_in_as_a_whole(left, resolution, alpha, reached):
    folder = left(tiny(resolution=16), resolution=resolution, alpha=alpha)
    config = continued_config(folder, resolution=32)
    assert (config.start_resolution, config.resolutions[0], config.resolution) == (reached, reached, 32)


def test_it_goes_on_with_the_settings_of_the_other_run_and_with_those_that_are_asked_for(left):
    other = tiny(resolution=16, mapping_layers=3, seed=9, batch_size={4: 4, 16: 2}, value_range=(0, 1), total_kimg=99)
    config = continued_config(left(other))
    begins = {"start_resolution": 16, "resolution": 16, "total_kimg": 10.0}  # ten thousand images where nothing is said
    assert dataclasses.asdict(config) == dataclasses.asdict(dataclasses.replace(other, **begins))
    asked = continued_config(left(other), total_kimg=3.0, resolution=64, learning_rate=1e-4, seed=0)
    assert (asked.total_kimg, asked.resolution, asked.learning_rate, asked.seed) == (3.0, 64, {4: 1e-4}, 0)
    assert (asked.start_resolution, asked.mapping_layers) == (16, 3)


def test_what_is_told_of_the_other_run_is_in_thousand_images(left):
    begun = warm_start._of_run(left(tiny()))
    assert begun.about == {"kimg": 64.0, "data": "some slices"} and begun.config == tiny()
