"""JAX's side of `oasis_helpers.engine`: pure functions, so every variable is passed in and out of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from oasis_helpers.errors import UserError

import jax
import keras
import numpy as np

NAME = f"JAX {jax.__version__}"
SPLITS_WITH_JIT = True  # one program for all devices: XLA splits the work as the batch is split

# The variables of the function that is being traced. A nested scope must be given all of them, because a variable that
# it does not know would be read as a constant.
_traced: ContextVar[Sequence[keras.Variable]] = ContextVar("_traced", default=())


# ---------------------------------------------------------------- gradients and compilation


def value_and_grad(
    loss: Callable[[], Any], variables: Sequence[keras.Variable], device_count: int
) -> tuple[Any, list[Any]]:
    """See `oasis_helpers.engine.value_and_grad`; the loss is the mean over all devices, whatever their count."""

    def pure(values: list[Any]) -> tuple[Any, Any]:
        with _scope(list(zip(variables, values, strict=True))):
            result = loss()
        return (result[0] if isinstance(result, tuple) else result), result

    (_, result), grads = jax.value_and_grad(pure, has_aux=True)([v.value for v in variables])
    return result, grads


def _scope(changed: Sequence[tuple[keras.Variable, Any]]) -> keras.StatelessScope:
    """Open a scope in which every known variable has its current value, or the one given here."""
    values = {id(v): (v, v.value) for v in _traced.get()}
    values.update({id(v): (v, value) for v, value in changed})
    return keras.StatelessScope(state_mapping=list(values.values()))


def input_grad(function: Callable[[Any], Any], x: Any) -> Any:
    """See `oasis_helpers.engine.input_grad`."""
    return jax.grad(function)(x)


def compile_function(
    function: Callable[..., Any], variables: Sequence[keras.Variable], jit: bool, writes: bool
) -> Callable[..., Any]:
    """See `oasis_helpers.engine.compile_function`; always with XLA."""

    def pure(values: list[Any], *args: Any) -> tuple[Any, list[Any]]:
        mapping = list(zip(variables, values, strict=True))
        with _tracing(variables), keras.StatelessScope(state_mapping=mapping):
            result = function(*args)
            return result, [v.value for v in variables]

    jitted = jax.jit(pure, donate_argnums=0 if writes else ())  # what is donated is overwritten

    def call(*args: Any) -> Any:
        result, values = jitted([v.value for v in variables], *args)
        for variable, value in zip(variables, values if writes else [], strict=writes):
            variable.assign(value)
        return result

    return call


@contextmanager
def _tracing(variables: Sequence[keras.Variable]) -> Iterator[None]:
    """Note which variables a function that is traced inside of this may read."""
    token = _traced.set(variables)
    try:
        yield
    finally:
        _traced.reset(token)


# ---------------------------------------------------------------- devices


def device_names() -> list[str]:
    """Return the devices that can share a batch: the GPUs, or else the processors."""
    return keras.distribution.list_devices()


def distribute(names: list[str]) -> keras.distribution.DataParallel:
    """Let networks that are made from now on live on all of these devices."""
    layout = keras.distribution.DataParallel(devices=names)
    keras.distribution.set_distribution(layout)
    return layout


def on_each(
    strategy: keras.distribution.DataParallel, count: int, function: Callable[..., Any], batch: Any, shared: Any
) -> Any:
    """Call a function on a batch that is split over the devices; the means are over the whole batch already."""

    def split(x: Any) -> Any:
        return keras.distribution.distribute_tensor(x, strategy.get_data_layout(x.shape))

    return function(keras.tree.map_structure(split, batch), *shared)


def local(x: Any) -> Any:
    """Return a tensor as it is: JAX reads it from wherever it lies."""
    return x


# ---------------------------------------------------------------- processes

_EXCHANGE = re.compile(r"Gloo|NCCL|heartbeat|coordination service|distributed service", re.IGNORECASE)
_PATIENCE = 60  # seconds without a sign of life after which a process counts as lost


def join_processes(address: str, count: int, index: int) -> None:
    """Join the other processes; each brings all devices that it sees."""
    jax.config.update("jax_enable_preemption_service", False)  # it takes SIGTERM, which is the trainer's
    own = {"cluster_detection_method": "deactivate"}  # in a Slurm job JAX would take one card only
    patience = {"heartbeat_timeout_seconds": _PATIENCE, "shutdown_timeout_seconds": _PATIENCE}
    try:
        jax.distributed.initialize(address, count, index, **own, **patience)
    except (RuntimeError, ValueError) as error:
        raise UserError(
            f"processes: the processes did not find each other ({' '.join(str(error).split())[:300]}); start all of"
            " them with the same address and count"
        ) from error


def in_any_process(flag: bool) -> bool:
    """Return whether the flag is set in any process."""
    from jax.experimental.multihost_utils import process_allgather

    return bool(process_allgather(np.array(flag)).any())


def process_lost(error: BaseException) -> bool:
    """Return whether an error is one of the exchange between processes; JAX has no class of its own for them."""
    return isinstance(error, ValueError | jax.errors.JaxRuntimeError) and bool(_EXCHANGE.search(str(error)))


# ---------------------------------------------------------------- the GPU


def gpu_names() -> list[str]:
    """Return the names of the GPUs; none where tensors live in the processor's memory."""
    return [device.device_kind for device in jax.devices() if device.platform != "cpu"]


def cuda_version() -> str | None:
    """Return None: CUDA comes with a plugin of JAX's own version."""
    return None


def gpu_memory() -> dict[str, int]:
    """Return the bytes of the first GPU here that are in use now, were at most, and can be: current, peak, limit."""
    counters = jax.local_devices()[0].memory_stats() or {}
    names = {"current": "bytes_in_use", "peak": "peak_bytes_in_use", "limit": "bytes_limit"}
    return {name: counters.get(theirs, 0) for name, theirs in names.items()}


def reset_gpu_peak() -> None:
    """Nothing: JAX has no such call, and the peak only ever rises."""


def out_of_memory(error: BaseException) -> bool:
    """Return whether an error says that the memory is full."""
    return isinstance(error, jax.errors.JaxRuntimeError) and "RESOURCE_EXHAUSTED" in str(error)
