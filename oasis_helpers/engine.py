"""Gradients, compilation and the device on TensorFlow and on JAX: the only file that imports either (notebook 05).

The networks and losses are the same Keras code on both. TensorFlow keeps variables in place and records
gradients on tapes; JAX wants pure functions, so every variable is passed in and out through a
`keras.StatelessScope`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import Any

from oasis_helpers import (
    memory,
    quiet,  # noqa: F401  imports Keras without its greetings
)
from oasis_helpers.errors import UserError

import keras
import numpy as np

BACKEND = keras.backend.backend()

if BACKEND == "tensorflow":
    import tensorflow as tf
elif BACKEND == "jax":
    import jax
else:
    raise ImportError(f"KERAS_BACKEND: expected 'tensorflow' or 'jax', but got {BACKEND!r}; set it before the start")

# More than one device, where `use_devices` was called; else None.
_strategy: Any = None  # TensorFlow
_count = 1

# On JAX, the variables of the function being compiled. A nested scope must be given all of them, because a
# variable that it does not know would be read as a constant.
_state: list[keras.Variable] = []


def _scope(changed: Sequence[tuple[keras.Variable, Any]]) -> keras.StatelessScope:
    """Open a scope in which every known variable has its current value, or the one given here."""
    values = {id(v): (v, v.value) for v in _state}
    values.update({id(v): (v, value) for v, value in changed})
    return keras.StatelessScope(state_mapping=list(values.values()))


def value_and_grad(loss: Callable[[], Any], variables: Sequence[keras.Variable]) -> tuple[Any, list[Any]]:
    """Return a loss and its gradients.

    Args:
        loss: takes nothing, returns a scalar or (scalar, extras). It must not change any variable.
        variables: what to differentiate by.

    Returns:
        (what loss returned, one gradient per variable; zeros where the loss does not depend on it).
    """
    variables = list(variables)
    if BACKEND == "tensorflow":
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([v.value for v in variables])
            result = loss()
        scalar = result[0] if isinstance(result, tuple) else result
        zero = tf.UnconnectedGradients.ZERO
        grads = tape.gradient(scalar, [v.value for v in variables], unconnected_gradients=zero)
        if _count > 1:  # the loss is a mean over one device's share, and the optimiser adds up all devices
            grads = [grad / _count for grad in grads]
        return result, grads

    def pure(values: list[Any]) -> tuple[Any, Any]:
        with _scope(list(zip(variables, values, strict=True))):
            result = loss()
        return (result[0] if isinstance(result, tuple) else result), result

    (_, result), grads = jax.value_and_grad(pure, has_aux=True)([v.value for v in variables])
    return result, grads


def input_grad(function: Callable[[Any], Any], x: Any) -> Any:
    """Return the gradient of a scalar function by its input; it can be differentiated again (R1 needs that)."""
    if BACKEND == "tensorflow":
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            y = function(x)
        return tape.gradient(y, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return jax.grad(function)(x)


def compile_function(
    function: Callable[..., Any], variables: Sequence[keras.Variable] = (), jit: bool = True, writes: bool = True
) -> Callable[..., Any]:
    """Compile a function that may read and change the given variables.

    Args:
        function: takes and returns tensors (nested tuples and dictionaries allowed).
        variables: everything that it reads or changes: weights, optimiser, averages, seeds.
        jit: compile with XLA. JAX always does.
        writes: whether it changes variables. Where it only reads them, an interruption cannot harm them.

    Returns:
        A function with the same arguments, which may be NumPy arrays. It is traced once per shape.
    """
    variables = list(variables)
    if BACKEND == "tensorflow":
        jit = jit and _strategy is None  # XLA cannot hold the exchange between devices
        compiled = tf.function(function, jit_compile=jit, autograph=False)  # no Python loops over tensors here
        return lambda *args: compiled(*[tf.convert_to_tensor(a) for a in args])

    def pure(values: list[Any], *args: Any) -> tuple[Any, list[Any]]:
        global _state
        before, _state = _state, variables
        try:
            with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
                result = function(*args)
                return result, [v.value for v in variables]
        finally:
            _state = before

    jitted = jax.jit(pure, donate_argnums=0 if writes else ())  # what is donated is overwritten

    def call(*args: Any) -> Any:
        result, values = jitted([v.value for v in variables], *args)
        for variable, value in zip(variables, values if writes else [], strict=writes):
            variable.assign(value)
        return result

    return call


def use_devices(count: int) -> None:
    """Train on several devices side by side; call it before any network is made, once in a process.

    Every device holds all weights and gets an equal share of each batch (data parallel): on JAX through
    `keras.distribution.DataParallel`, on TensorFlow through `tf.distribute.MirroredStrategy`. The update is that
    of one device with the whole batch.

    Raises:
        UserError: there are not so many devices.
    """
    global _strategy, _count
    if BACKEND == "tensorflow":
        found = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
        names = [device.name for device in found]
    else:
        names = keras.distribution.list_devices()
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= len(names):
        raise UserError(f"devices: expected a whole number from 1 to {len(names)}, the devices here, but got {count!r}")
    _count = count
    if count == 1:
        return
    if BACKEND == "tensorflow":
        _strategy = tf.distribute.MirroredStrategy(names[:count])
        tf.distribute.experimental_set_strategy(_strategy)
    else:
        keras.distribution.set_distribution(keras.distribution.DataParallel(devices=names[:count]))


def device_count() -> int:
    """Return how many devices share each batch."""
    return _count


def each_device(function: Callable[..., Any], batch: Any, *shared: Any) -> Any:
    """Call a function on every device's share of a batch; with one device, just call it.

    Args:
        function: takes the share and what is shared, and returns means over the share's pictures (nested
            dictionaries and tuples allowed). It may update networks through Keras optimisers.
        batch: tensors, nested, whose first axis counts the pictures of the whole batch.
        *shared: what every device gets whole.

    Returns:
        What the function returns, as means over the whole batch.
    """
    if _count == 1:
        return function(batch, *shared)
    if BACKEND == "jax":  # one program for all devices: XLA splits the work as the batch is split
        layout = keras.distribution.distribution().get_data_layout
        share = keras.tree.map_structure(lambda x: keras.distribution.distribute_tensor(x, layout(x.shape)), batch)
        return function(share, *shared)

    def local(batch: Any, *shared: Any) -> Any:
        own = tf.distribute.get_replica_context().replica_id_in_sync_group

        def share(x: Any) -> Any:
            # Every n-th picture: the groups of the minibatch standard deviation stay whole.
            return tf.ensure_shape(tf.convert_to_tensor(x)[own::_count], (x.shape[0] // _count, *x.shape[1:]))

        return function(keras.tree.map_structure(share, batch), *shared)

    results = _strategy.run(local, args=(batch, *shared))
    return tf.nest.map_structure(lambda x: _strategy.reduce("MEAN", x, axis=None), results)


def device_name() -> str:
    """Name what the tensors live on, for people: ``TensorFlow 2.21.0 on CPU (2 cores)``."""
    if BACKEND == "tensorflow":
        gpus = tf.config.list_physical_devices("GPU")
        names = [tf.config.experimental.get_device_details(gpu).get("device_name", "GPU") for gpu in gpus]
        engine = f"TensorFlow {tf.__version__}"
    else:
        names = [d.device_kind for d in jax.devices() if d.platform != "cpu"]
        engine = f"JAX {jax.__version__}"
    return f"{engine} on {', '.join(names) if names else f'CPU ({os.cpu_count()} cores)'}"


def out_of_memory(error: BaseException) -> bool:
    """Return whether an error of the engine, or Python's own, says that the memory is full."""
    if isinstance(error, MemoryError):
        return True
    if BACKEND == "tensorflow":
        return isinstance(error, tf.errors.ResourceExhaustedError)
    return isinstance(error, jax.errors.JaxRuntimeError) and "RESOURCE_EXHAUSTED" in str(error)


def to_numpy(x: Any) -> np.ndarray:
    """Return a tensor or variable as a NumPy array; waits until it is computed."""
    x = x.value if isinstance(x, keras.Variable) else x
    if _strategy is not None:  # all devices hold the same
        x = _strategy.experimental_local_results(x)[0]
    return keras.ops.convert_to_numpy(x)


def wait(x: Any) -> None:
    """Wait until everything in a tensor, or in a dictionary of tensors, is computed."""
    keras.tree.map_structure(to_numpy, x)


# ---------------------------------------------------------------- what the device holds and how fast it is


def on_gpu() -> bool:
    """Say whether the tensors live on a GPU (or another device with a memory of its own)."""
    if BACKEND == "tensorflow":
        return bool(tf.config.list_physical_devices("GPU"))
    return jax.devices()[0].platform != "cpu"


def memory_in_use() -> int:
    """Return the bytes held now: the GPU's memory given to tensors, or else the process's main memory."""
    return _gpu_memory("current", "bytes_in_use") if on_gpu() else memory.in_use()


def peak_memory() -> int:
    """Return the most bytes held, as in `memory_in_use`, since the start or since `reset_peak_memory`."""
    return _gpu_memory("peak", "peak_bytes_in_use") if on_gpu() else memory.peak()


def reset_peak_memory() -> None:
    """Begin a new peak, where that can be done: on Linux, and on a GPU with TensorFlow. Else it only rises."""
    if not on_gpu():
        memory.reset_peak()
    elif BACKEND == "tensorflow":
        tf.config.experimental.reset_memory_stats("GPU:0")


def memory_limit() -> int | None:
    """Return the bytes that can be held in all, as in `memory_in_use`; None where nothing tells."""
    return (_gpu_memory("limit", "bytes_limit") or None) if on_gpu() else memory.limit()


def _gpu_memory(tf_name: str, jax_name: str) -> int:
    """Return one of the first GPU's counters in bytes, by its name in either engine; 0 where there is none."""
    if BACKEND == "tensorflow":
        return tf.config.experimental.get_memory_info("GPU:0").get(tf_name, 0)
    return (jax.devices()[0].memory_stats() or {}).get(jax_name, 0)


def matmul_gflops(size: int | None = None, trials: int = 5) -> float:
    """Measure plain float32 matrix products (size x size): the best of some trials, in GFLOP/s (10^9 per second).

    It says what the machine reaches under this engine, compiled as the training step is and with the same
    threads. GPUs may compute float32 products in TF32; where several share each batch, one is measured and
    counted so many times. None takes 2048, on a GPU 8192.
    """
    size = size or (8192 if on_gpu() else 2048)
    products = 4

    def chain(a: Any, b: Any) -> Any:
        for _ in range(products):
            b = keras.ops.matmul(a, b)
        return b

    run = compile_function(chain)
    rng = np.random.default_rng(0)
    a = rng.standard_normal((size, size), dtype="float32") / np.sqrt(size, dtype="float32")  # keeps b's size
    b = rng.standard_normal((size, size), dtype="float32")
    a, b = keras.ops.convert_to_tensor(a), keras.ops.convert_to_tensor(b)
    wait(run(a, b)[:1, :1])
    times = []
    for _ in range(trials):
        started = time.perf_counter()
        wait(run(a, b)[:1, :1])  # one number: no time is lost on copying the product to the host
        times.append(time.perf_counter() - started)
    return products * 2 * size**3 / min(times) / 1e9 * (_count if on_gpu() else 1)
