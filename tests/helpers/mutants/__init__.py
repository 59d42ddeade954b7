"""Mistakes in one line each, and the tests that must notice them (run by tests/mutants.py).

Each is something that a hurried edit could do, chosen by reading the code and not the tests. An entry names the file,
the text as it stands there (once), what stands there instead, and the quickest tests that must fail then.
"""

import importlib

AREAS = (
    "data",
    "sources",
    "found",
    "arguments",
    "images",
    "networks",
    "steps",
    "training",
    "sampling",
    "scores",
    "evaluation",
    "tissues",
    "audit",
)
AREAS += ("course", "estimation", "view", "doctor", "engine")

MUTANTS = [mutant for area in AREAS for mutant in importlib.import_module(f"helpers.mutants.{area}").MUTANTS]
