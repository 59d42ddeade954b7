"""What another run left to begin with, by states that are made up: its level, its settings and what is told of it."""

import dataclasses

from oasis_helpers.engine import to_numpy
from oasis_helpers.training import warm_start
from oasis_helpers.training.checkpoint import Saved
from oasis_helpers.training.state import Networks
from oasis_helpers.training.warm_start import continued_config, start_from
from oasis_helpers.weights import WeightsError

import pytest
from helpers.tiny import tiny


@pytest.fixture
def left(monkeypatch, tmp_path):
    """A function that gives a folder whose run has left such a state."""

    def leave(config, arrays=None, **changes):
        state = {"images": 64_000, "source": "some slices", "config": dataclasses.asdict(config)}
        state |= {"resolution": config.resolution, "alpha": 1.0, **changes}
        monkeypatch.setattr(warm_start.checkpoint, "read_newest", lambda folder: Saved(arrays or {}, state, folder, []))
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


def test_only_levels_above_the_one_that_was_reached_may_be_missing(left):
    other, nets = Networks(tiny()), Networks(tiny(resolution=16, start_resolution=8))
    arrays = {v.path: to_numpy(v) for net in (other.g, other.d, other.ema) for v in net.variables}
    assert start_from(nets, left(tiny(), arrays)) == {"kimg": 64.0, "data": "some slices"}
    of_g = ("synthesis/styled4_0/bias/bias", "synthesis/styled8_1/conv/kernel", "synthesis/to_gray8/bias/bias")
    names = [f"{net}/{name}" for net in ("g", "ema") for name in of_g]
    for name in (*names, "d/from_gray8/conv/kernel", "d/block8/conv0/kernel"):
        rest = {path: array for path, array in arrays.items() if path != name}
        with pytest.raises(WeightsError, match=f"expected an array {name}, but there is none"):
            start_from(nets, left(tiny(), rest))
