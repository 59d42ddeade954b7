"""StyleGAN on OASIS brain slices: the code behind the notebooks.

Nothing heavy is imported here, so that ``import oasis_helpers`` and the command line's help are quick.
"""

import os

# Keras picks its engine once, at import. TensorFlow is the course's default; a choice already made stands.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
# TensorFlow greets with machine details on every import; warnings and errors still show.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

__version__ = "0.1.0"
