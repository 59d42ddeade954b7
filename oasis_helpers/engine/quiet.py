"""Import Keras and its engine without the lines that TensorFlow prints at every start (all notebooks).

TensorFlow 2.21 writes to the process' standard error before its own log level counts, with process ids and times
that would spoil every notebook. They go to a file for as long as the import takes; if it fails, they are shown.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


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


if "keras" not in sys.modules:
    with quiet_stderr():
        import keras

        if keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            tf.config.list_physical_devices()  # looks for a GPU once, and complains where there is none
