"""A mistake that the user can mend, told in one line (every notebook)."""

from __future__ import annotations


class UserError(ValueError):
    """An argument, a file or a setting that the caller can put right.

    The message is one line: which argument, what was expected, what came, what to do.
    The command line prints it and exits with 2; a notebook shows it without a traceback.
    """

    def _render_traceback_(self) -> list[str]:
        """IPython calls this in place of printing a traceback."""
        return [f"{type(self).__name__}: {self}"]


class ConfigError(UserError):
    """A knob that does not exist, or a value that it cannot take."""


class TrainingError(UserError):
    """A run that cannot start, or that had to stop."""


class DataError(UserError):
    """A data folder, picture or volume that is missing, damaged or of the wrong kind."""
