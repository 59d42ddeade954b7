"""Gradients, compilation and devices, alike on TensorFlow and on JAX: only this package imports either (notebook 05).

The networks and losses are the same Keras code on both. `_tensorflow` and `_jax` hold the same functions, each for
its engine; `devices` says how many of them share each batch; `machine` measures memory and speed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from oasis_helpers.engine import quiet  # noqa: F401  imports Keras without its greetings
from oasis_helpers.engine.devices import Devices
from oasis_helpers.engine.processes import Processes

import keras
import numpy as np

BACKEND = keras.backend.backend()

if BACKEND == "tensorflow":
    from oasis_helpers.engine import _tensorflow as _backend
else:
    from oasis_helpers.engine import _jax as _backend

processes = Processes(_backend)  # that train this run; `processes.join(...)` before anything is computed
devices = Devices(_backend)  # of this process; `devices.use(2)` lets two of them share each batch


def value_and_grad(loss: Callable[[], Any], variables: Sequence[keras.Variable]) -> tuple[Any, list[Any]]:
    """Return a loss and its gradients.

    Args:
        loss: takes nothing, returns a scalar or (scalar, extras). It must not change any variable.
        variables: what to differentiate by.

    Returns:
        (what loss returned, one gradient per variable; zeros where the loss does not depend on it). Where several
        devices share a batch, the gradients are each device's part of those of the whole batch.
    """
    return _backend.value_and_grad(loss, list(variables), devices.count)


def input_grad(function: Callable[[Any], Any], x: Any) -> Any:
    """Return the gradient of a scalar function by its input; it can be differentiated again (R1 needs that)."""
    return _backend.input_grad(function, x)


def compile_function(
    function: Callable[..., Any], variables: Sequence[keras.Variable] = (), jit: bool = True, writes: bool = True
) -> Callable[..., Any]:
    """Compile a function that may read and change the given variables.

    Args:
        function: takes and returns tensors (nested tuples and dictionaries allowed).
        variables: everything that it reads or changes: weights, optimiser, averages, seeds.
        jit: compile with XLA. JAX always does; TensorFlow does not where several devices share a batch.
        writes: whether it changes variables. Where it only reads them, an interruption cannot harm them.

    Returns:
        A function with the same arguments, which may be NumPy arrays. It is traced once per shape.
    """
    return _backend.compile_function(function, list(variables), jit and devices.can_jit, writes)


def device_name() -> str:
    """Name the engine and the devices that it computes on: ``TensorFlow 2.21.0 on CPU (2 cores)``.

    >>> device_name().split()[0] in ("TensorFlow", "JAX")
    True
    """
    names = _backend.gpu_names()
    shared = f", {processes.count} processes" if processes.count > 1 else ""
    return f"{_backend.NAME} on {', '.join(names) if names else f'CPU ({os.cpu_count()} cores)'}{shared}"


def out_of_memory(error: BaseException) -> bool:
    """Return whether an error of the engine, or Python's own, says that the memory is full."""
    return isinstance(error, MemoryError) or _backend.out_of_memory(error)


def to_numpy(x: Any) -> np.ndarray:
    """Return a tensor or variable as a NumPy array; waits until it is computed."""
    return keras.ops.convert_to_numpy(_backend.local(x.value if isinstance(x, keras.Variable) else x))


def wait(x: Any) -> None:
    """Wait until everything in a tensor, or in a dictionary of tensors, is computed."""
    keras.tree.map_structure(to_numpy, x)
