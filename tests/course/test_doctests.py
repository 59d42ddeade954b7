"""The examples in docstrings are true: every public name of the top level has one, and each runs."""

import doctest
import importlib
import inspect

import oasis_helpers
from oasis_helpers.errors import parse_numbers
from oasis_helpers.images import blocks, values
from oasis_helpers.sampling.latents import slerp

import pytest

TOP = [name for name in oasis_helpers.__all__ if name != "__version__"]
PIECES = [values.to_float, values.to_uint8, values.rescale, blocks.block_mean, slerp, parse_numbers]


def run(thing):
    """Run the examples in one docstring; returns how many there were and how many failed."""
    module = importlib.import_module(thing.__module__)
    finder, runner = doctest.DocTestFinder(recurse=False), doctest.DocTestRunner(verbose=False)
    for test in finder.find(thing, thing.__name__, module=module):
        runner.run(test)
    return runner.tries, runner.failures


@pytest.mark.parametrize("name", TOP)
def test_the_examples_of_the_top_level_run(name):
    tries, failures = run(getattr(oasis_helpers, name))
    assert tries > 0 and failures == 0


@pytest.mark.parametrize("function", PIECES, ids=lambda function: function.__name__)
def test_the_examples_of_small_functions_run(function):
    tries, failures = run(function)
    assert tries > 0 and failures == 0


def test_a_wrong_example_is_noticed():
    def wrong():
        """Say two.

        >>> 1 + 2
        2
        """

    wrong.__module__ = __name__
    assert inspect.getdoc(wrong) and run(wrong) == (1, 1)
