"""Two devices with half of the batch each make the update of one device with the whole of it."""

from importlib.util import find_spec

from oasis_helpers import Trainer, engine
from oasis_helpers.errors import TrainingError, UserError
from oasis_helpers.training.demands import check_devices
from oasis_helpers.training.schedule import make_schedule

import pytest
from stepping import check_updates, one_step, worst
from tiny import random_slices, tiny

CASES = pytest.mark.parametrize("case", ["r1", "lazy", "wgan"])


@pytest.fixture(scope="module", params=["tensorflow", "jax"])
def steps(request, tmp_path_factory):
    """The step of one_step.py on two virtual devices and on one."""
    if find_spec(request.param) is None:
        pytest.skip(f"needs {request.param}")
    folder = tmp_path_factory.mktemp("devices")
    return [one_step(request.param, folder / f"{two}.npz", two=two) for two in (True, False)]


@CASES
def test_the_same_batch_gives_the_same_losses(steps, case):
    (name, gap), count = worst(*steps, case, "log")
    assert gap < 1e-4 and count >= 4, (name, gap)


@CASES
def test_the_same_batch_gives_the_same_update(steps, case):
    (name, gap), count = worst(steps[0], steps[1], case, "after")
    assert gap < 1e-4 and count > 100, (name, gap)
    check_updates(*steps, case)


@pytest.mark.parametrize("count", [0, -1, 1000, 1.5, True, "2"])
def test_devices_that_are_not_there_are_refused(count):
    with pytest.raises(UserError, match=r"devices: expected a whole number from 1 to \d+, the devices here, but got"):
        engine.use_devices(count)
    assert engine.device_count() == 1


def test_batches_that_cannot_be_shared_are_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(engine, "_count", 2)
    with pytest.raises(TrainingError, match=r"batch_size: expected a multiple of 8 at 4 px, for 2 devices"):
        Trainer(tiny(), random_slices(), tmp_path / "run")
    check_devices(tiny(batch_size=8), make_schedule(tiny(batch_size=8)))
    check_devices(tiny(batch_size=6), make_schedule(tiny(batch_size=6)))  # two groups of three
