"""Keras functions as one .tflite file, which small runtimes draw with; TensorFlow alone can write it (export)."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oasis_helpers.engine.quiet import quiet_stderr
from oasis_helpers.errors import UserError

import keras


@dataclass(frozen=True)
class Signature:
    """One function of a .tflite file.

    Attributes:
        function: takes float32 tensors by position; returns {name: tensor}.
        inputs: shape by name, in the order in which the function takes them.
    """

    function: Callable[..., dict[str, Any]]
    inputs: Mapping[str, tuple[int, ...]]


def to_tflite(signatures: Mapping[str, Signature], variables: Sequence[keras.Variable]) -> bytes:
    """Return a .tflite file with some functions, called by name; the variables become constants.

    Args:
        signatures: by name.
        variables: all that the functions read.

    Raises:
        UserError: Keras runs on another engine than TensorFlow.
    """
    if keras.backend.backend() != "tensorflow":
        found = keras.backend.backend()
        raise UserError(
            f"KERAS_BACKEND: expected 'tensorflow' to write a .tflite file, but got {found!r}; unset it and start again"
        )
    import tensorflow as tf

    # As variables they would be left out of a file that has more than one function.
    constants = [(v, tf.constant(v.value)) for v in variables]
    module = tf.Module()
    concrete = {}
    for name, signature in signatures.items():
        specs = [tf.TensorSpec(shape, tf.float32, name=key) for key, shape in signature.inputs.items()]
        traced = tf.function(_frozen(signature.function, constants), input_signature=specs, autograph=False)
        setattr(module, name, traced)
        concrete[name] = traced.get_concrete_function()
    with tempfile.TemporaryDirectory() as folder, quiet_stderr():
        tf.saved_model.save(module, folder, signatures=concrete)
        return tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=list(concrete)).convert()


def _frozen(function: Callable[..., Any], constants: list[tuple[keras.Variable, Any]]) -> Callable[..., Any]:
    """Return a function that reads constants where the given one reads variables."""

    def frozen(*inputs: Any) -> Any:
        with keras.StatelessScope(state_mapping=constants):
            return function(*inputs)

    return frozen
