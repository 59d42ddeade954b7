"""What the device holds and how fast it multiplies: memory in bytes, plain matrix products in GFLOP/s (notebook 05)."""

from __future__ import annotations

import time
from typing import Any

from oasis_helpers.doctor import memory
from oasis_helpers.engine import _backend, compile_function, devices, wait

import keras
import numpy as np


def on_gpu() -> bool:
    """Say whether the tensors live on a GPU (or another device with a memory of its own)."""
    return bool(_backend.gpu_names())


def memory_in_use() -> int:
    """Return the bytes held now: the GPU's memory given to tensors, or else the process's main memory."""
    return _backend.gpu_memory()["current"] if on_gpu() else memory.in_use()


def peak_memory() -> int:
    """Return the most bytes held, as in `memory_in_use`, since the start or since `reset_peak_memory`."""
    return _backend.gpu_memory()["peak"] if on_gpu() else memory.peak()


def reset_peak_memory() -> None:
    """Begin a new peak, where that can be done: on Linux, and on a GPU with TensorFlow. Else it only rises."""
    if on_gpu():
        _backend.reset_gpu_peak()
    else:
        memory.reset_peak()


def memory_limit() -> int | None:
    """Return the bytes that can be held in all, as in `memory_in_use`; None where nothing tells."""
    return (_backend.gpu_memory()["limit"] or None) if on_gpu() else memory.limit()


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
    return products * 2 * size**3 / min(times) / 1e9 * (devices.count if on_gpu() else 1)
