"""Which devices there are, and what several ask for; test_engines.py compares the update of two with that of one."""

from types import SimpleNamespace

from oasis_helpers import Trainer, engine
from oasis_helpers.engine import machine
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


# ---------------------------------------------------------------- what there is


@pytest.mark.parametrize("platform", ["gpu", "cuda", "rocm", "METAL", "tpu"])
def test_whatever_is_no_processor_is_a_card_for_jax(monkeypatch, platform):
    """JAX calls a card of NVIDIA gpu or cuda, by its version; others by names of their own."""
    _jax = pytest.importorskip("oasis_helpers.engine._jax", reason="needs JAX: pip install jax")
    names = ["NVIDIA RTX A4000", "NVIDIA T4"]
    monkeypatch.setattr(_jax.jax, "devices", lambda: [SimpleNamespace(platform=platform, device_kind=k) for k in names])
    assert _jax.gpu_names() == names
    monkeypatch.setattr(_jax.jax, "devices", lambda: [SimpleNamespace(platform="cpu", device_kind="cpu")])
    assert _jax.gpu_names() == []


def test_memory_of_a_card_is_told_by_jax_in_bytes_or_as_nothing(monkeypatch):
    _jax = pytest.importorskip("oasis_helpers.engine._jax", reason="needs JAX: pip install jax")
    told = {"bytes_in_use": 5, "peak_bytes_in_use": 7, "bytes_limit": 90, "num_allocs": 3}
    for stats, expected in ((told, (5, 7, 90)), (None, (0, 0, 0))):
        monkeypatch.setattr(
            _jax.jax, "local_devices", lambda stats=stats: [SimpleNamespace(memory_stats=lambda: stats)]
        )
        assert _jax.gpu_memory() == dict(zip(("current", "peak", "limit"), expected, strict=True))


@pytest.mark.skipif(engine.BACKEND != "tensorflow", reason="asks TensorFlow")
def test_the_cards_of_tensorflow_have_their_names_where_it_tells_them(monkeypatch):
    config = engine._backend.tf.config
    details = {"a": {"device_name": "NVIDIA T4"}, "b": {}}
    monkeypatch.setattr(config, "list_physical_devices", lambda kind: list(details) if kind == "GPU" else ["cpu"])
    monkeypatch.setattr(config.experimental, "get_device_details", details.get)
    assert engine._backend.gpu_names() == ["NVIDIA T4", "GPU"]


@pytest.mark.parametrize("names", [[], ["NVIDIA T4"]])
def test_memory_is_that_of_the_card_where_there_is_one(monkeypatch, names):
    monkeypatch.setattr(machine._backend, "gpu_names", lambda: names)
    monkeypatch.setattr(machine._backend, "gpu_memory", lambda: {"current": 5, "peak": 7, "limit": 0})
    for function, answer in (("in_use", 50), ("peak", 70), ("limit", 90)):
        monkeypatch.setattr(machine.memory, function, lambda answer=answer: answer)
    assert machine.on_gpu() is bool(names)
    found = (machine.memory_in_use(), machine.peak_memory(), machine.memory_limit())
    assert found == ((5, 7, None) if names else (50, 70, 90))
