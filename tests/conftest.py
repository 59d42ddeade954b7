"""The files that take longest come first, so that no worker sits with one at the end while the other has nothing."""

LONGEST = [
    "test_engines",
    "test_resume",
    "test_edits",
    "test_walk",
    "test_edits_late",
    "test_evaluate",
    "test_kill",
    "test_precision",
    "test_memorisation",
    "test_cli",
]


def pytest_collection_modifyitems(items):
    """Sort tests by their file's place in the list; the order inside of a file stays."""
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))
