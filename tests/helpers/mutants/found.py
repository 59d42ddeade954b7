"""Planted mistakes in what `prepare` finds and tells."""

from helpers.mutants.table import mistakes_in

TESTS = "data/test_found.py"
MUTANTS = [
    *mistakes_in(
        "data/prepare.py",
        TESTS,
        ("people-only-at-the-top", "for place in (*places, top)", "for place in (top,)"),
        ("ready-slices-by-their-file", "train --data {file.parents[1]}", "train --data {listing.top}"),
        ("cases-counted-as-people", "len(set(owners.values()))", "len(owners)"),
        ("slices-numbered-anew", "if slices.numbers is None else slices.numbers", "if True else slices.numbers"),
        ("closed-folders-untold", "    if listing.closed:", "    if not listing.closed:"),
        ("half-a-folder-prepared", "    if not listing.complete:", "    if False:"),
    ),
    *mistakes_in(
        "data/inventory.py",
        TESTS,
        ("deep-folders-untold", "(*closed, *level))", "tuple(closed))"),
        ("unreadable-folders-untold", "closed += [] if found.readable else [here]", "closed += []"),
        ("a-circle-not-told", "entry.is_symlink() and not os.path.exists(path)", "False"),
    ),
    *mistakes_in(
        "data/slices.py",
        TESTS,
        (
            "linked-splits-passed-by",
            "            children = entries(folder).folders\n",
            "            children = first_seen(entries(folder).folders, seen)\n",
        ),
    ),
    *mistakes_in(
        "data/sources/oasis3.py",
        TESTS,
        ("two-sets-mixed", "_set_of(file, match[1])) != home:", "_set_of(file, match[1])) == Path():"),
        ("fractions-made-black-and-white", "np.rint(slices) if whole else slices", "np.rint(slices)"),
    ),
    *mistakes_in("data/volumes.py", TESTS, ("colours-as-greys", 'kind not in "iuf"', 'kind not in "iufVc"')),
    *mistakes_in(
        "paths.py",
        TESTS,
        ("nothing-is-here", '    if str(path) == "":', "    if False:"),
        ("mounts-renamed", "if os.path.ismount(target) or (", "if ("),
        ("not-ones-own-parent", "os.access(target.parent, os.W_OK)", "True"),
    ),
    *mistakes_in(
        "data/cohort/cohort.py",
        "data/test_cohort.py",
        ("purged-cohort-believed", "return count >= people * SLICES", "return count >= people"),
    ),
]
