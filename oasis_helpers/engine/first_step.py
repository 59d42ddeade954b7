"""The tiny step that `oasis_helpers.doctor.trial` runs in a process of its own (notebook 00).

It takes what a training step takes of the machine: a convolution (cuDNN), a matrix product (cuBLAS), softplus and
normal numbers (libdevice), a gradient of a gradient, an update, all compiled. What it knows is told line by line.
"""

from __future__ import annotations

import time
from typing import Any

from oasis_helpers import engine
from oasis_helpers.doctor.trial import clock, say

import keras
import numpy as np
from keras import ops


def main(jit: bool) -> None:
    """Tell engine and devices, then compile and run the step, with XLA or without, and tell the seconds it took."""
    say(engine=engine._backend.NAME, keras=keras.__version__, cuda=engine._backend.cuda_version())
    say(devices=engine._backend.gpu_names(), floatx=keras.config.floatx(), images=keras.config.image_data_format())
    started = time.perf_counter()
    norm = tiny_step(jit)
    if not np.isfinite(norm):
        raise FloatingPointError(f"the step computed {norm}, where a finite number belongs")
    say(seconds=clock(started))


def tiny_step(jit: bool) -> float:
    """Update a small critic once with a gradient penalty; returns the penalty."""
    seed = keras.random.SeedGenerator(0)
    rng = np.random.default_rng(0)
    kernel = keras.Variable(rng.normal(0, 0.3, (3, 3, 1, 8)), dtype="float32", name="kernel")
    weight = keras.Variable(rng.normal(0, 1, (8, 1)), dtype="float32", name="weight")

    def critic(x: Any) -> Any:
        features = ops.softplus(ops.conv(x, kernel, padding="same"))  # (b, h, w, 8)
        return ops.sum(ops.matmul(ops.mean(features, axis=(1, 2)), weight))

    def step(x: Any) -> Any:
        noisy = x + keras.random.normal(ops.shape(x), seed=seed)

        def penalty() -> Any:
            return ops.sum(engine.input_grad(critic, noisy) ** 2)

        value, grads = engine.value_and_grad(penalty, [kernel, weight])
        for variable, grad in zip((kernel, weight), grads, strict=True):
            variable.assign(variable - 0.01 * grad)
        return value

    compiled = engine.compile_function(step, [kernel, weight, seed.state], jit)
    return float(engine.to_numpy(compiled(np.zeros((2, 8, 8, 1), "float32"))))
