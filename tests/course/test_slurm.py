"""examples/train.slurm, run by bash as in a job; Python and scontrol are scripts, no Slurm is needed."""

import os
import shutil
import signal
import subprocess
import time

import pytest
from helpers.scripts import ROOT

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")


@pytest.fixture
def folder(tmp_path):
    """A clone whose Python writes down what it is asked for, beside an scontrol that does so too."""
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    return tmp_path


def script(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


SCONTROL = """case "$1 $2" in
"show hostnames") echo node7; echo node8;;
"show "*) ;;
*) echo "$@" > requeued;;
esac"""


def submit(folder, training="exit 0", more=(), **environment):
    """Start the job in a folder, with more arguments; returns the process."""
    script(folder / ".venv" / "bin" / "python", f'echo "$@" > asked\n{training}')
    script(folder / "scontrol", SCONTROL)
    script(folder / "srun", 'echo "$1 $2" > step\nshift 2\nSLURM_NODEID=1 exec "$@"')  # as on the second node
    job = {"SLURM_SUBMIT_DIR": str(folder), "SLURM_JOB_ID": "7", "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    command = ["bash", str(ROOT / "examples" / "train.slurm"), "slices here", "run 1", *more]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SLURM_")}
    return subprocess.Popen(command, env={**inherited, **job, **environment})


@pytest.mark.parametrize(("cards", "devices"), [("4", "4"), ("1", "1"), ("0", "1"), (None, "1")])
def test_all_cards_of_the_job_share_each_batch(folder, cards, devices):
    environment = {} if cards is None else {"SLURM_GPUS_ON_NODE": cards}
    assert submit(folder, **environment).wait(30) == 0
    asked = (folder / "asked").read_text().strip()
    paths = f"--data {folder / 'slices here'} --out {folder / 'run 1'}"  # whole, as they hold in any folder
    assert asked == f"-m oasis_helpers train --preset gpu {paths} --devices {devices} --resume"
    assert not (folder / "requeued").exists()


def test_a_preset_and_options_of_train_may_follow(folder):
    assert submit(folder, more=["laptop", "--set", "batch_size={64: 8}"]).wait(30) == 0
    asked = (folder / "asked").read_text()
    assert asked.startswith("-m oasis_helpers train --preset laptop --data ")
    assert asked.endswith(" --set batch_size={64: 8} --devices 1 --resume\n")


def test_a_job_of_several_nodes_trains_one_run_on_jax(folder):
    job = {"SLURM_NNODES": "2", "SLURM_JOB_NODELIST": "node[7-8]", "SLURM_GPUS_ON_NODE": "4", "KERAS_BACKEND": ""}
    assert submit(folder, 'echo "$KERAS_BACKEND" > engine; exit 130', **job).wait(30) == 130
    paths = f"--data {folder / 'slices here'} --out {folder / 'run 1'}"
    asked = (folder / "asked").read_text().strip()
    assert asked == f"-m oasis_helpers train --preset gpu {paths} --processes node7:20007,2,1 --resume"
    assert (folder / "engine").read_text() == "jax\n" and (folder / "requeued").read_text() == "requeue 7\n"
    assert (folder / "step").read_text() == "--ntasks-per-node=1 --kill-on-bad-exit=0\n"


@pytest.mark.parametrize(("code", "requeued"), [(130, True), (143, True), (2, False), (0, False)])
def test_a_run_that_was_stopped_goes_back_into_the_queue(folder, code, requeued):
    assert submit(folder, f"exit {code}").wait(30) == code
    assert (folder / "requeued").exists() == requeued
    assert not requeued or (folder / "requeued").read_text() == "requeue 7\n"


def test_the_signal_before_the_limit_reaches_the_training(folder):
    job = submit(folder, "trap 'echo saved > saved; exit 130' TERM\ntouch begun\nwhile :; do sleep 0.1; done")
    for _ in range(300):
        if (folder / "begun").exists():
            break
        time.sleep(0.1)
    job.send_signal(signal.SIGTERM)
    assert job.wait(30) == 130
    assert (folder / "saved").exists() and (folder / "requeued").read_text() == "requeue 7\n"
