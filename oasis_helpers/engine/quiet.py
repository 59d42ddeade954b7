"""Import Keras and its engine without the lines that TensorFlow prints at every start (all notebooks).

TensorFlow 2.21 writes to the process' standard error before its own log level counts, with process ids and times
that would clutter every notebook. They go to a file for as long as the import takes; if it fails, they are shown.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from oasis_helpers.errors import UserError


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Keep file descriptor 2, which compiled code writes to, off the screen; after an error show what came."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as caught:
        screen = os.dup(2)
        os.dup2(caught.fileno(), 2)
        try:
            yield
        except BaseException:
            caught.seek(0)
            os.write(screen, caught.read())
            raise
        finally:
            os.dup2(screen, 2)
            os.close(screen)


_ENGINES = ("tensorflow", "jax")
if (chosen := os.environ.get("KERAS_BACKEND", _ENGINES[0])) not in _ENGINES:
    raise UserError(
        f"KERAS_BACKEND: expected 'tensorflow' or 'jax', but got {chosen!r}; unset this variable, or set it so"
    )

if "keras" in sys.modules:
    import keras
else:
    with quiet_stderr():
        import keras

        if keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            tf.config.list_physical_devices()  # looks for a GPU once, and complains where there is none

# Whatever a keras.json of the user's own says: the networks are written for these.
keras.config.set_floatx("float32")
keras.config.set_epsilon(1e-7)
keras.config.set_image_data_format("channels_last")
