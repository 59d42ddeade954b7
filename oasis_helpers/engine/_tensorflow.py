"""TensorFlow's side of `oasis_helpers.engine`: variables stay in place, tapes record gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from oasis_helpers.errors import UserError

import keras
import tensorflow as tf

NAME = f"TensorFlow {tf.__version__}"
SPLITS_WITH_JIT = False  # XLA cannot hold the exchange between devices


# ---------------------------------------------------------------- gradients and compilation


def value_and_grad(
    loss: Callable[[], Any], variables: Sequence[keras.Variable], device_count: int
) -> tuple[Any, list[Any]]:
    """See `oasis_helpers.engine.value_and_grad`."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch([v.value for v in variables])
        result = loss()
    scalar = result[0] if isinstance(result, tuple) else result
    zero = tf.UnconnectedGradients.ZERO
    grads = tape.gradient(scalar, [v.value for v in variables], unconnected_gradients=zero)
    if device_count > 1:  # the loss is a mean over one device's share, and the optimiser adds up all devices
        grads = [grad / device_count for grad in grads]
    return result, grads


def input_grad(function: Callable[[Any], Any], x: Any) -> Any:
    """See `oasis_helpers.engine.input_grad`."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        y = function(x)
    return tape.gradient(y, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)


def compile_function(
    function: Callable[..., Any], variables: Sequence[keras.Variable], jit: bool, writes: bool
) -> Callable[..., Any]:
    """See `oasis_helpers.engine.compile_function`; variables are found by TensorFlow itself."""
    compiled = tf.function(function, jit_compile=jit, autograph=False)  # no Python loops over tensors here
    return lambda *args: compiled(*[tf.convert_to_tensor(a) for a in args])


# ---------------------------------------------------------------- devices


def device_names() -> list[str]:
    """Return the devices that can share a batch: the GPUs, or else the processors."""
    logical = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    return [device.name for device in logical]


def distribute(names: list[str]) -> tf.distribute.Strategy:
    """Let networks that are made from now on live on all of these devices."""
    strategy = tf.distribute.MirroredStrategy(names)
    tf.distribute.experimental_set_strategy(strategy)
    return strategy


def on_each(strategy: tf.distribute.Strategy, count: int, function: Callable[..., Any], batch: Any, shared: Any) -> Any:
    """Call a function on every device's share of a batch; return the means over the devices."""

    def local(batch: Any, *shared: Any) -> Any:
        own = tf.distribute.get_replica_context().replica_id_in_sync_group

        def share(x: Any) -> Any:
            # Every n-th image: the groups of the minibatch standard deviation stay whole.
            return tf.ensure_shape(tf.convert_to_tensor(x)[own::count], (x.shape[0] // count, *x.shape[1:]))

        return function(keras.tree.map_structure(share, batch), *shared)

    results = strategy.run(local, args=(batch, *shared))
    return tf.nest.map_structure(lambda x: strategy.reduce("MEAN", x, axis=None), results)


def local(x: Any) -> Any:
    """Return the first device's copy of what all devices hold."""
    return x.values[0] if isinstance(x, tf.distribute.DistributedValues) else x


# ---------------------------------------------------------------- processes


def join_processes(address: str, count: int, index: int) -> None:
    """Refuse: TensorFlow's strategy for several processes needs another kind of program."""
    raise UserError("processes: several processes need JAX; export KERAS_BACKEND=jax in all of them")


def in_any_process(flag: bool) -> bool:
    """Return the flag: there is one process."""
    return flag


def process_lost(error: BaseException) -> bool:
    """Return False: there is one process."""
    return False


# ---------------------------------------------------------------- the GPU


def gpu_names() -> list[str]:
    """Return the names of the GPUs; none where tensors live in the processor's memory."""
    gpus = tf.config.list_physical_devices("GPU")
    return [tf.config.experimental.get_device_details(gpu).get("device_name", "GPU") for gpu in gpus]


def cuda_version() -> str | None:
    """Return the CUDA that the engine was built with, such as "12.5.1"; None where it was built without."""
    return tf.sysconfig.get_build_info().get("cuda_version")


def gpu_memory() -> dict[str, int]:
    """Return the bytes of the first GPU that are in use now, were at most, and can be: current, peak, limit."""
    return {"limit": 0, **tf.config.experimental.get_memory_info("GPU:0")}


def reset_gpu_peak() -> None:
    """Begin a new peak."""
    tf.config.experimental.reset_memory_stats("GPU:0")


def out_of_memory(error: BaseException) -> bool:
    """Return whether an error says that the memory is full."""
    return isinstance(error, tf.errors.ResourceExhaustedError)
