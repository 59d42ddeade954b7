"""What a planted mistake is, and how the tables of this folder write one down."""

from typing import NamedTuple


class Mutant(NamedTuple):
    """One mistake: ``old`` in ``file`` becomes ``new``; ``slow`` where a test marked slow has to notice it."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    slow: bool = False

    @property
    def area(self):
        """The room of the package that it is in."""
        return self.file.split("/")[1]


def mistakes_in(file, tests, *changes, slow=False):
    """Return the mutants of one file that the same tests must notice.

    Args:
        file: in the package.
        tests: files of tests, apart by spaces.
        changes: (name, old, new), or (name, old, new, tests of the first file, apart by spaces).
        slow: whether these tests are marked so.
    """
    files = [f"tests/{test}" for test in tests.split()]
    return [
        Mutant(name, f"oasis_helpers/{file}", old, new, tuple(_nodes(files, *only)), slow)
        for name, old, new, *only in changes
    ]


def _nodes(files, only=""):
    return [f"{files[0]}::{name}" for name in only.split()] or files
