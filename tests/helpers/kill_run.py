"""Kill a training run again and again, at random moments and inside of its writes, and see that it ends the same.

    python -m helpers.kill_run FOLDER KILLS [SEED]

Every process is forked from this one, so that the engine is imported only once, and killed with SIGKILL. A kill is
of one of four kinds: after a random time, with a file of weights half written, before such a file is renamed
into place, and right after that. Prints one line per run; the exit code is 1 if any end differs.
"""

import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path

from helpers.tiny import lines_of, random_slices, tiny
from oasis_helpers import Trainer, paths, weights
from oasis_helpers.training import checkpoint
from oasis_helpers.training.folder import has_run
from oasis_helpers.training.history import History

import numpy as np

KINDS = ("time", "half written", "before rename", "after rename")


def train(folder):
    """Do what ``train --out FOLDER --resume`` does."""
    trainer = Trainer(tiny(), random_slices(), folder, resume=has_run(folder))
    saved = checkpoint.checkpoints(folder)
    assert trainer.images == (checkpoint.images_of(saved[0]) if saved else 0)  # not from the beginning again
    trainer.fit(progress=False)


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def arm(kind, count):
    """Make this process kill itself at the count-th write of weights."""
    calls = [0]

    def due():
        calls[0] += 1
        return calls[0] == count

    if kind == "half written":

        def half(path, mode):
            file = open(path, mode)
            if not due():
                return file
            real = file.write

            class Half:
                def __enter__(self):
                    return self

                def __exit__(self, *_):
                    file.close()

                def write(self, data):
                    real(data[: len(data) // 2])
                    file.flush()
                    die()

            return Half()

        paths.open = half
    else:
        rename = os.replace

        def replace(source, target):
            kill = due()
            if kill and kind == "before rename":
                die()
            rename(source, target)
            if kill:
                die()

        os.replace = replace


def run_once(folder, kind=None, when=0.0):
    """Train in a process of its own; returns whether it was killed, and the seconds that it lived."""
    started = time.perf_counter()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            if kind not in (None, "time"):
                arm(kind, int(when))
            train(folder)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    if kind == "time":
        time.sleep(when)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status) and os.WEXITSTATUS(status) != 0:
        raise RuntimeError(f"training failed in {folder}")
    return os.WIFSIGNALED(status), time.perf_counter() - started


def end_of(folder):
    """Return the last checkpoint, the generator and the log of a run."""
    files = (checkpoint.checkpoints(folder)[0], folder / weights.GENERATOR_FILE)
    return [weights.read_arrays(file)[0] for file in files], lines_of(History.read(folder).rows)


def same(a, b):
    (nets_a, lines_a), (nets_b, lines_b) = a, b
    pairs = zip(nets_a, nets_b, strict=True)
    return lines_a == lines_b and all(np.array_equal(x[n], y[n]) for x, y in pairs for n in x | y)


def main(folder, kills, seed=0):
    rng = random.Random(seed)
    _, seconds = run_once(folder / "whole")
    expected = end_of(folder / "whole")
    done, number, wrong = dict.fromkeys(KINDS, 0), 0, 0
    while sum(done.values()) < kills:
        run, here = folder / f"killed{number}", []
        while True:
            kind = KINDS[sum(done.values()) % len(KINDS)]
            last = len(here) >= 6 or sum(done.values()) >= kills
            when = rng.uniform(0.1, seconds) if kind == "time" else rng.randint(1, 8)
            killed, _ = run_once(run, None if last else kind, when)
            if not killed:
                break
            done[kind] += 1
            here.append(kind)
        good = same(end_of(run), expected)
        wrong += not good
        number += 1
        told = "same end" if good else "ANOTHER END"
        print(f"run {number}: {len(here)} kills ({', '.join(here)}), {told}", flush=True)
    print(f"{sum(done.values())} kills in {number} runs: {done}; {wrong} ended otherwise")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0))
