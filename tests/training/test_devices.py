"""Which devices there are, and what several ask for; test_engines.py compares the update of two with that of one."""

from types import SimpleNamespace

from oasis_helpers import Trainer, engine
from oasis_helpers.engine import machine
from oasis_helpers.engine.processes import Processes
from oasis_helpers.errors import TrainingError, UserError
from oasis_helpers.training.guards import check_devices
from oasis_helpers.training.schedule import make_schedule

import keras
import numpy as np
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


# ---------------------------------------------------------------- what several processes ask each other


@pytest.mark.parametrize(("job", "count", "index"), [("node1:12345,3,0", 3, 0), ("10.0.0.7:80,3,2", 3, 2)])
def test_one_of_several_processes_writes_and_what_holds_in_any_holds_in_all(job, count, index):
    joined = []
    others = SimpleNamespace(in_any_process=lambda flag: True, process_lost=lambda error: True)
    others.join_processes = lambda *how: joined.append(how)
    processes = Processes(others)
    alone = (processes.first, processes.in_any(False), processes.lost(ValueError()))
    assert alone == (True, False, False)  # nobody is asked
    processes.join(job)
    assert joined == [(job.split(",")[0], count, index)]
    assert (processes.count, processes.index, processes.first) == (count, index, index == 0)
    assert processes.in_any(False) and processes.lost(ValueError())


@pytest.mark.parametrize("flags", [[False, False, True], [True, True], [False, False], [False]])
def test_jax_asks_whether_any_of_the_processes_has_the_flag(monkeypatch, flags):
    multihost = pytest.importorskip("jax.experimental.multihost_utils")
    backend = pytest.importorskip("oasis_helpers.engine._jax")
    monkeypatch.setattr(multihost, "process_allgather", lambda own: np.array(flags))
    assert backend.in_any_process(flags[0]) is any(flags)


# ---------------------------------------------------------------- what several of TensorFlow's devices share


class Strategy:
    """Devices that compute one after the other, in the place of TensorFlow's own."""

    def __init__(self, count):
        self.count, self.own = count, None

    def run(self, function, args):
        results = []
        for own in range(self.count):
            self.own = own
            results.append(function(*args))
        return {name: SimpleNamespace(parts=[float(result[name]) for result in results]) for name in results[0]}

    def reduce(self, how, values, axis):
        return {"MEAN": np.mean}[how](values.parts)


@pytest.mark.skipif(engine.BACKEND != "tensorflow", reason="asks TensorFlow")
@pytest.mark.parametrize("count", [2, 4])
def test_every_image_of_a_batch_goes_to_one_device_and_the_means_are_those_of_all(monkeypatch, count):
    backend, strategy, shares = engine._backend, Strategy(count), []
    here = SimpleNamespace
    monkeypatch.setattr(
        backend.tf.distribute, "get_replica_context", lambda: here(replica_id_in_sync_group=strategy.own)
    )

    def step(batch, factor):
        shares.append([int(number) for number in batch["real"]])
        return {"mean": factor * keras.ops.mean(batch["real"]), "other": keras.ops.mean(batch["mix"])}

    batch = {"real": np.arange(8, dtype="float32"), "mix": np.arange(8, dtype="float32") ** 2}
    means = backend.on_each(strategy, count, step, batch, (10.0,))
    # Every n-th image: in groups of 8 / n the minibatch deviation puts those together, on one device as on n.
    assert shares == [list(range(own, 8, count)) for own in range(count)]
    assert means == {"mean": pytest.approx(35.0), "other": pytest.approx(140 / 8)}  # 0 + 1 + 4 + ... + 49


@pytest.mark.skipif(engine.BACKEND != "tensorflow", reason="asks TensorFlow")
@pytest.mark.parametrize("count", [1, 2, 4])
def test_gradients_of_several_devices_add_up_to_those_of_the_whole_batch(count):
    """The optimiser adds up what all devices have; each loss is a mean over a device's share."""
    weight, unused = keras.Variable([1.0, -3.0]), keras.Variable([5.0])
    images = np.arange(8, dtype="float32").reshape(8, 1)

    def loss_of(share):
        return lambda: keras.ops.mean(share * keras.ops.square(weight))

    found = [
        engine._backend.value_and_grad(loss_of(images[own::count]), [weight, unused], count) for own in range(count)
    ]
    whole = 2 * np.array([1.0, -3.0]) * 3.5 / 2  # the mean over two weights; the images' mean is 3.5
    np.testing.assert_allclose(sum(engine.to_numpy(grads[0]) for _, grads in found), whole, rtol=1e-6)
    assert all(engine.to_numpy(grads[1]) == 0 for _, grads in found)
    assert np.mean([float(loss) for loss, _ in found]) == pytest.approx(3.5 * 10 / 2)  # the losses are not divided


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


@pytest.mark.skipif(engine.BACKEND != "tensorflow", reason="asks TensorFlow")
def test_tensorflows_error_of_a_full_memory_is_known_and_no_other_is_taken_for_it():
    errors = engine._backend.tf.errors
    full = errors.ResourceExhaustedError(None, None, "OOM when allocating tensor with shape[64,512,64,64]")
    others = (errors.InvalidArgumentError(None, None, "OOM"), errors.OutOfRangeError(None, None, "end"), ValueError())
    assert engine.out_of_memory(full) and engine.out_of_memory(MemoryError())
    assert not any(map(engine.out_of_memory, others))


def test_jaxs_error_of_a_full_memory_is_known_and_no_other_is_taken_for_it():
    errors = pytest.importorskip("jax").errors
    backend = pytest.importorskip("oasis_helpers.engine._jax")
    assert backend.out_of_memory(errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory while trying to allocate"))
    assert not backend.out_of_memory(errors.JaxRuntimeError("INTERNAL: the program ended"))
    assert not backend.out_of_memory(ValueError("RESOURCE_EXHAUSTED"))


@pytest.mark.parametrize("names", [[], ["NVIDIA T4"]])
def test_memory_is_that_of_the_card_where_there_is_one(monkeypatch, names):
    monkeypatch.setattr(machine._backend, "gpu_names", lambda: names)
    monkeypatch.setattr(machine._backend, "gpu_memory", lambda: {"current": 5, "peak": 7, "limit": 0})
    for function, answer in (("in_use", 50), ("peak", 70), ("limit", 90)):
        monkeypatch.setattr(machine.memory, function, lambda answer=answer: answer)
    assert machine.on_gpu() is bool(names)
    found = (machine.memory_in_use(), machine.peak_memory(), machine.memory_limit())
    assert found == ((5, 7, None) if names else (50, 70, 90))
