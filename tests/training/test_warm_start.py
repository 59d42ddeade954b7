"""Beginning with the networks of another run: what is taken over, what is new, and what is refused."""

from oasis_helpers import Trainer, load_generator, save_generator
from oasis_helpers.engine import to_numpy
from oasis_helpers.errors import TrainingError
from oasis_helpers.training.folder import has_run
from oasis_helpers.training.state import Networks
from oasis_helpers.training.warm_start import continued_config
from oasis_helpers.weights import WeightsError

import numpy as np
import pytest
from helpers.tiny import BreakAt, random_slices, same_end, tiny

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def slices():
    return random_slices(size=16)


def larger(**changes):
    """A run that goes on where one of 8 px ended: 16 images at 8 px, then 16 px."""
    return tiny(**{"resolution": 16, "start_resolution": 8, **changes})


@pytest.fixture(scope="module")
def first(slices, tmp_path_factory):
    """A run that ended at 8 px."""
    trainer = Trainer(tiny(), slices, tmp_path_factory.mktemp("first") / "run")
    trainer.fit(progress=False)
    return trainer


def arrays_of(variables):
    return {v.path: to_numpy(v) for v in variables}


def networks_of(nets):
    return arrays_of([*nets.g.variables, *nets.d.variables, *nets.ema.variables])


def test_networks_are_taken_over_and_larger_levels_and_optimisers_are_new(first, slices, tmp_path):
    other = random_slices(seed=1, size=16)  # of other people
    trainer = Trainer(larger(), other, tmp_path / "run", start_from=first.folder)
    ours, theirs, fresh = (networks_of(n) for n in (trainer.nets, first.nets, Networks(larger())))
    assert set(theirs) < set(ours) and any("16" in name for name in set(ours) - set(theirs))
    for name, array in ours.items():
        assert np.array_equal(array, theirs[name] if name in theirs else fresh[name]), name
    assert not np.array_equal(theirs["g/synthesis/constant"], fresh["g/synthesis/constant"])
    for optimizer in (trainer.nets.g_optimizer, trainer.nets.d_optimizer):
        assert int(to_numpy(optimizer.iterations)) == 0
    assert trainer.images == 0 and trainer.origin == {"start_from": {"kimg": 0.064, "data": slices.source}}


def test_a_damaged_newest_state_is_passed_over_and_left_as_it_is(first, slices, tmp_path):
    newest = sorted(first.folder.glob("checkpoint-*"))[-1]
    whole = newest.read_bytes()
    try:
        newest.write_bytes(whole[:-20])
        trainer = Trainer(larger(), slices, tmp_path / "run", start_from=first.folder)
        assert trainer.origin["start_from"]["kimg"] < 0.064 and newest.is_file()
    finally:
        newest.write_bytes(whole)


def test_it_ends_the_same_when_it_is_stopped_on_the_way(first, slices, tmp_path):
    whole = Trainer(larger(), slices, tmp_path / "whole", start_from=first.folder)
    whole.fit(progress=False)
    halted = Trainer(larger(), slices, tmp_path / "halted", start_from=first.folder)
    with pytest.raises(KeyboardInterrupt):
        halted.fit([BreakAt(0.04)], progress=False)
    # The first run may be gone by then; the line that began the run is given again, as a batch system does.
    again = Trainer(larger(), slices, tmp_path / "halted", resume=True, start_from=tmp_path / "gone")
    again.fit(progress=False)
    assert same_end(whole, again)
    assert load_generator(again.folder).about["start_from"] == {"kimg": 0.064, "data": slices.source}


def test_stopped_before_its_first_state_it_still_begins_with_the_other(first, slices, tmp_path):
    Trainer(larger(), slices, tmp_path / "run", start_from=first.folder)
    again = Trainer(larger(), slices, tmp_path / "run", resume=True, start_from=first.folder)
    assert np.array_equal(*(to_numpy(t.nets.g.w_avg) for t in (again, first)))
    assert again.origin


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        (
            {"start_resolution": 16},
            TrainingError,
            "start_resolution: expected 8, the level .* has reached, but got 16; .*--set start_resolution=8",
        ),
        ({"channel_max": 4}, WeightsError, "start_from: run: expected .* of shape .*: another network"),
        ({"mapping_layers": 3}, WeightsError, "start_from: run: expected an array g/mapping/dense2"),
    ],
)
def test_what_does_not_fit_is_refused_before_a_folder_is_made(first, slices, tmp_path, changes, error, message):
    with pytest.raises(error, match=message):
        Trainer(larger(**changes), slices, tmp_path / "run", start_from=first.folder)
    assert not has_run(tmp_path / "run")


def test_a_level_that_has_only_begun_to_fade_in_is_not_reached(slices, tmp_path):
    half = larger(total_kimg=0.024)  # 16 images at 8 px, and 8 of the 16 in which 16 px fade in
    Trainer(half, slices, tmp_path / "first").fit(progress=False)
    with pytest.raises(TrainingError, match="start_resolution: expected 8"):
        Trainer(larger(start_resolution=16), slices, tmp_path / "run", start_from=tmp_path / "first")
    assert Trainer(larger(), slices, tmp_path / "run", start_from=tmp_path / "first").images == 0


def test_a_folder_without_a_state_is_refused(slices, tmp_path):
    with pytest.raises(TrainingError, match="start_from: expected the folder of a run with a saved state"):
        Trainer(larger(), slices, tmp_path / "run", start_from=tmp_path)


def test_a_discriminator_in_a_generators_file_is_taken_too(first, slices, tmp_path):
    d = {v.path.removeprefix("d/"): to_numpy(v) for v in first.nets.d.variables}
    save_generator(first.generator, tmp_path / "both.safetensors", discriminator=d, kimg=0.064, data="some slices")
    trainer = Trainer(larger(), slices, tmp_path / "run", start_from=tmp_path / "both.safetensors")
    ours, theirs = networks_of(trainer.nets), arrays_of(first.generator.variables)
    for net in ("g", "ema"):
        assert all(np.array_equal(ours[name.replace("ema/", f"{net}/", 1)], array) for name, array in theirs.items())
    assert trainer.origin == {"start_from": {"kimg": 0.064, "data": "some slices"}}
    assert all(np.array_equal(ours[f"d/{name}"], array) for name, array in d.items())
    again = load_generator(tmp_path / "both.safetensors")  # it draws as if it were alone
    assert all(np.array_equal(*map(to_numpy, p)) for p in zip(again.variables, first.generator.variables, strict=True))


def test_a_generator_without_its_discriminator_is_refused(first, slices, tmp_path):
    with pytest.raises(TrainingError, match="start_from: expected a generator with its discriminator"):
        Trainer(larger(), slices, tmp_path / "run", start_from=first.folder / "generator.safetensors")
    with pytest.raises(WeightsError, match="^start_from: expected .* there is none at .*gone"):
        Trainer(larger(), slices, tmp_path / "run", start_from=tmp_path / "gone.safetensors")
    assert not has_run(tmp_path / "run")


def test_a_configuration_goes_on_from_a_generator_with_its_networks():
    source = load_generator("cohort128").config
    config = continued_config("cohort128", learning_rate=1e-4)
    assert (config.start_resolution, config.resolution, config.total_kimg) == (128, 128, 10.0)
    for name in ("loss", "mapping_layers", "channel_base", "z_dim", "mbstd_group", "penalty_pixels"):
        assert getattr(config, name) == getattr(source, name), name
    assert config.learning_rate == {4: 1e-4}
    assert continued_config("cohort128", resolution=256, total_kimg=50).resolutions == [128, 256]


def test_a_run_is_gone_on_from_with_its_settings(first, slices, tmp_path):
    config = continued_config(first.folder, total_kimg=0.016)
    assert (config.start_resolution, config.resolution) == (8, 8)
    trainer = Trainer(config, slices, tmp_path / "run", start_from=first.folder)
    assert networks_of(trainer.nets).keys() == networks_of(first.nets).keys()
    assert all(np.array_equal(a, networks_of(first.nets)[name]) for name, a in networks_of(trainer.nets).items())
    trainer.fit(progress=False)
    assert trainer.images == 16


def test_a_source_that_holds_nothing_is_named(tmp_path):
    with pytest.raises(TrainingError, match="start_from: expected the folder of a run with a saved state"):
        continued_config(tmp_path)
