"""StyleGAN on OASIS brain slices: the code behind the notebooks.

Nothing heavy is imported here, so that ``import oasis_helpers`` and the command line's help are quick.
"""

import importlib
import os

# Keras picks its engine once, at import. TensorFlow is the course's default; a choice already made stands.
os.environ["KERAS_BACKEND"] = os.environ.get("KERAS_BACKEND") or "tensorflow"
# TensorFlow greets with details of the machine, and with an "error" where there is no GPU. What really goes
# wrong is raised as an exception all the same.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

__version__ = "0.1.0"

# Public names and the module that holds each; imported at first use.
_WHERE = {
    "make_config": "config",
    "Config": "config",
    "load_data": "data",
    "Generator": "networks.generator",
    "Discriminator": "networks.discriminator",
    "Trainer": "training.trainer",
    "estimate": "estimation.estimate",
    "load_generator": "weights",
    "save_generator": "weights",
    "device_name": "engine",
}
__all__ = [*_WHERE, "__version__"]


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    """Names for tab completion."""
    return sorted([*globals(), *_WHERE])
