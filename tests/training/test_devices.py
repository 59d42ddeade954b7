"""What several devices ask for; test_engines.py compares the update of two with that of one."""

from oasis_helpers import Trainer, engine
from oasis_helpers.errors import TrainingError, UserError
from oasis_helpers.training.guards import check_devices
from oasis_helpers.training.schedule import make_schedule

import pytest
from helpers.tiny import random_slices, tiny


@pytest.mark.parametrize("count", [0, -1, 1000, 1.5, True, "2"])
def test_devices_that_are_not_there_are_refused(count):
    with pytest.raises(UserError, match=r"devices: expected a whole number from 1 to \d+, the devices here, but got"):
        engine.devices.use(count)
    assert engine.devices.count == 1


def test_batches_that_cannot_be_shared_are_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(engine.devices, "count", 2)
    with pytest.raises(TrainingError, match=r"batch_size: expected a multiple of 8 at 4 px, for 2 devices"):
        Trainer(tiny(), random_slices(), tmp_path / "run")
    check_devices(tiny(batch_size=8), make_schedule(tiny(batch_size=8)))
    check_devices(tiny(batch_size=6), make_schedule(tiny(batch_size=6)))  # two groups of three
