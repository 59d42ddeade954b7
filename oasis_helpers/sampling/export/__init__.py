"""A generator that draws without TensorFlow or Keras: in a small program, or in a web page (docs/export.md)."""

from oasis_helpers.sampling.export.files import export_generator
from oasis_helpers.sampling.export.functions import describe_inputs, drawing_functions

__all__ = ["describe_inputs", "drawing_functions", "export_generator"]
