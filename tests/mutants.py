"""Plants known mistakes in a copy of the repository, one at a time, and says which test notices each.

    python tests/mutants.py             all of helpers/mutants/
    python tests/mutants.py NAME ...    some of them, by name or by the beginning of a name
    python tests/mutants.py --list

One process imports what takes long and forks for each mistake. The working tree is never touched. Ends with 0 where
every mistake was noticed, with 1 where one survived or its text is no longer there, with 2 where the tests fail
without any.
"""

import argparse
import gc
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from compileall import compile_dir
from pathlib import Path
from py_compile import PycInvalidationMode

from helpers.mutants import MUTANTS

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 300  # for the tests of one mistake; one that makes them run longer is noticed too
QUICK = ("-m", "not slow and not browser and not notebooks")
OWN = ("helpers", "oasis_helpers")  # what a fork must import from its copy
SLOW_TO_IMPORT = (
    "keras",
    "pandas",
    "matplotlib.pyplot",
    "scipy.stats",
    "scipy.ndimage",
    "scipy.optimize",
    "ipywidgets",
)
SLOW_TO_IMPORT += ("nilearn.datasets", "nilearn.image", "nbformat", "tqdm.auto", "xdist.plugin", "pytest")


def main():
    """Check the table, see the tests pass, plant one mistake after the other; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these, or those that begin so")
    parser.add_argument("--list", action="store_true", help="show the table and plant nothing")
    parser.add_argument("--workers", type=int, default=2, help="how many at a time, each in a copy of its own")
    parser.add_argument("--why", action="store_true", help="also show the message of the test that noticed it")
    arguments = parser.parse_args()
    chosen = choose(arguments.names)
    if arguments.list:
        print("\n".join(f"{mutant.name:28s} {mutant.file}: {mutant.old!r} -> {mutant.new!r}" for mutant in chosen))
        return 0
    outdated = [(mutant, problem) for mutant in chosen if (problem := problem_of(mutant, ROOT))]
    for mutant, problem in outdated:
        print(f"{mutant.name:28s} OUT OF DATE: {problem}", flush=True)
    planted = [mutant for mutant in chosen if mutant not in dict(outdated)]
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        folders = [copy_repository(Path(name) / str(i)) for i in range(max(1, min(arguments.workers, len(planted))))]
        prepare(Path(name))
        failed = failing(planted, folders)
        if failed:
            print(f"these fail without any mistake planted, so they would prove nothing: {', '.join(failed)}")
            return 2
        results = run_all(planted, folders, arguments.why)
    caught = sum(results.values())
    areas = Counter(mutant.area for mutant in chosen)
    print(", ".join(f"{area} {count}" for area, count in areas.items()))
    print(f"{caught} of {len(chosen)} caught")
    return 0 if caught == len(chosen) else 1


def choose(names):
    """Return the mutants of these names, or all; an unknown name ends the program."""
    unknown = [name for name in names if not any(mutant.name.startswith(name) for mutant in MUTANTS)]
    if unknown:
        sys.exit(f"no mutant is called {', '.join(unknown)}; --list shows them all")
    exact = {mutant.name for mutant in MUTANTS} & set(names)
    return [
        mutant
        for mutant in MUTANTS
        if not names or mutant.name in exact or any(mutant.name.startswith(n) for n in names if n not in exact)
    ]


def problem_of(mutant, root):
    """Return why a mutant cannot be planted, or '' where it can."""
    file = root / mutant.file
    text = file.read_text() if file.is_file() else ""
    if text.count(mutant.old) != 1:
        return f"its text occurs {text.count(mutant.old)} times in {mutant.file}"
    missing = [test for test in mutant.tests if not (root / test.partition("::")[0]).is_file()]
    if missing:
        return f"there is no {', '.join(missing)}"
    try:
        compile(text.replace(mutant.old, mutant.new), mutant.file, "exec")
    except SyntaxError as error:
        return f"what it puts in is no Python: {error}"
    return ""


def copy_repository(folder):
    """Copy what git tracks and what it does not ignore, as it is now; returns the folder."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    # Checked by the text itself: by second and size, as is usual, two mistakes could share their byte code.
    compile_dir(folder / "oasis_helpers", quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH)
    return folder


def prepare(folder):
    """Set what the tests expect, and import what takes long and is not this repository's own."""
    sys.dont_write_bytecode = True  # see `copy_repository`
    os.environ |= {"PYTHONDONTWRITEBYTECODE": "1", "OASIS_PRESET": "smoke", "OASIS_RUNS": str(folder / "runs")}
    os.environ |= {"MPLBACKEND": "agg", "TF_CPP_MIN_LOG_LEVEL": "3"}
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    screen, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)  # the engine greets
    for name in SLOW_TO_IMPORT:
        __import__(name)
    os.dup2(screen, 2)
    gc.collect()
    gc.freeze()  # else every fork looks through all of that again and again


def run_all(mutants, folders, why=False):
    """Plant and test all, as many at a time as there are folders; returns {mutant: whether it was caught}."""
    waiting, free, busy, results = list(mutants), list(folders), {}, {}
    while waiting or busy:
        while waiting and free:
            mutant, folder = waiting.pop(0), free.pop()
            file = folder / mutant.file
            text = file.read_text()
            file.write_text(text.replace(mutant.old, mutant.new))
            busy[start(folder, mutant.tests, mutant.slow)] = mutant, folder, text, time.monotonic()
        pid, status = os.wait()
        mutant, folder, text, started = busy.pop(pid)
        (folder / mutant.file).write_text(text)
        free.append(folder)
        verdict = verdict_of(status, noticed_in(folder), why)
        results[mutant] = verdict.startswith("caught")
        print(f"{mutant.name:28s} {verdict}  ({time.monotonic() - started:.0f} s)", flush=True)
    return results


def failing(mutants, folders):
    """Return the test files of some mutants that fail as they are."""
    jobs = sorted({(test, mutant.slow) for mutant in mutants for test in mutant.tests})
    groups = [jobs[i :: len(folders)] for i in range(len(folders))]
    failed = []
    for slow in (False, True):
        started = {}
        for folder, group in zip(folders, groups, strict=True):
            tests = [test for test, marked in group if marked == slow]
            if tests:
                started[start(folder, tests, slow, ("--maxfail=1000",), limit=0)] = folder
        while started:
            pid, status = os.wait()
            folder = started.pop(pid)
            if status:
                failed.append(noticed_in(folder).splitlines()[0] if noticed_in(folder) else log_of(folder)[-2000:])
    return failed


def verdict_of(status, noticed, why):
    """Say in words how a run of tests ended."""
    test, _, message = noticed.partition("\n")
    reason = f": {message}" if why and message else ""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return "caught by the time limit" if number == signal.SIGALRM else f"caught by a crash (signal {number})"
    code = os.WEXITSTATUS(status)
    if code in (1, 2) and test:
        return f"caught by {test}{reason}"
    return "SURVIVED" if code == 0 else f"NO TEST RAN (pytest ended with {code})"


# ---------------------------------------------------------------- in a fork


def start(folder, tests, slow, options=("-x",), limit=SECONDS):
    """Fork, run tests in a copy of the repository, and return the fork's number."""
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        signal.alarm(limit)
        code = run_tests(folder, [*tests, *options, *([] if slow else QUICK)])
    except BaseException as error:
        noted(folder).write_text(f"the fork itself\n{error!r}")
    finally:
        os._exit(code)


def run_tests(folder, arguments):
    """Run pytest in a copy, with the copy's package; returns pytest's exit code."""
    os.chdir(folder)
    log = os.open(folder / "mutants.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    for name in [name for name in sys.modules if name.partition(".")[0] in OWN]:
        del sys.modules[name]
    sys.path[:] = [str(folder), *(path for path in sys.path if Path(path or ".").resolve() != ROOT / "tests")]
    os.environ["PYTHONPATH"] = str(folder)
    noted(folder).unlink(missing_ok=True)
    import pytest

    code = pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:nbval", *arguments], plugins=[Noticed(noted(folder))])
    import oasis_helpers

    assert Path(oasis_helpers.__file__).is_relative_to(folder), oasis_helpers.__file__
    return int(code)


class Noticed:
    """A plugin that keeps the first failure: the test, and the last line of its error."""

    def __init__(self, file):
        self.file = file

    def _keep(self, report):
        if report.failed and not self.file.exists():
            crash = getattr(report.longrepr, "reprcrash", None)
            message = crash.message if crash else str(report.longrepr)
            self.file.write_text(f"{report.nodeid}\n{' '.join(message.split())[:160]}")

    pytest_runtest_logreport = pytest_collectreport = _keep


def noted(folder):
    return folder / "mutants.noticed"


def noticed_in(folder):
    return noted(folder).read_text() if noted(folder).is_file() else ""


def log_of(folder):
    return (folder / "mutants.log").read_text(errors="replace")


if __name__ == "__main__":
    sys.exit(main())
