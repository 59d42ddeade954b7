"""Two processes on this machine train one run on JAX: the update is that of one, they stop together, one writes."""

import os
import re
import signal
import socket
import subprocess
import sys
import time

from oasis_helpers import engine
from oasis_helpers.errors import UserError
from oasis_helpers.training.checkpoint import checkpoints, images_of

import numpy as np
import pytest
from helpers.scripts import ROOT
from helpers.stepping import TESTS, check_updates, worst
from PIL import Image

pytest.importorskip("jax", reason="needs JAX: pip install jax")

# One level of 4 px without R1, which compiles soon and goes on until it is stopped.
SETTINGS = {
    "resolution": 8,
    "start_resolution": 4,
    "z_dim": 8,
    "w_dim": 8,
    "mapping_layers": 2,
    "channel_base": 32,
    "channel_max": 8,
    "batch_size": 8,
    "r1_gamma": {4: 0.0},
    "stable_kimg": 100000,
    "total_kimg": 100000,
    "log_kimg": 0.128,
    "snapshot_kimg": 0.128,
}


@pytest.fixture
def job():
    """Where the first of two processes may listen."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]},2"


def start(command, folder, name):
    """Start a process on JAX; returns it, with its file of errors as ``said``."""
    environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "PYTHONPATH": str(ROOT)}
    environment["OASIS_CACHE"] = str(folder / "cache")
    said = folder / f"{name}.log"
    with said.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, *map(str, command)],
            env=environment,
            cwd=TESTS,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    process.said = said
    return process


def wait_for(condition, processes, seconds=900):
    """Wait until something holds, as long as all processes go on."""
    for _ in range(5 * seconds):
        if condition():
            return
        ended = [process for process in processes if process.poll() is not None]
        assert not ended, ended[0].said.read_text()[-3000:]
        time.sleep(0.2)
    raise AssertionError("it took too long")


@pytest.mark.slow
def test_the_update_is_that_of_one_process_with_the_whole_batch(tmp_path, job):
    commands = [["-m", "helpers.one_step", tmp_path / f"{i}.npz", f"{job},{i}", "lazy"] for i in range(2)]
    commands.append(["-m", "helpers.one_step", tmp_path / "one.npz", "lazy"])
    processes = [start(command, tmp_path, f"step{i}") for i, command in enumerate(commands)]
    for process in processes:
        assert process.wait(900) == 0, process.said.read_text()[-3000:]
    first, second, one = (dict(np.load(tmp_path / f"{name}.npz")) for name in ("0", "1", "one"))
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name], err_msg=name)  # both hold the same run
    one = {name: array for name, array in one.items() if ": gradient " not in name}
    for kind, most in (("before", 0), ("log", 1e-4), ("after", 1e-4)):
        (name, gap), count = worst(first, one, "lazy", kind)
        assert gap <= most and count > 4, (name, gap)
    check_updates(first, one, "lazy")


@pytest.fixture
def slices(tmp_path):
    """Two people of random greys."""
    random = np.random.default_rng(0)
    folder = tmp_path / "keras_png_slices_data" / "keras_png_slices_train"
    folder.mkdir(parents=True)
    for case in (1, 2):
        for number in range(32):
            greys = random.integers(0, 256, (256, 256), dtype=np.uint8)
            Image.fromarray(greys).save(folder / f"case_{case:03d}_slice_{number}.nii.png")
    return tmp_path


@pytest.mark.slow
@pytest.mark.long
def test_all_stop_and_resume_together_and_a_killed_one_ends_the_run_with_its_state_saved(tmp_path, slices, job):
    run = tmp_path / "run"
    changes = [word for name, value in SETTINGS.items() for word in ("--set", f"{name}={value}")]
    command = ["-m", "oasis_helpers", "train", "--preset", "smoke", *changes, "--data", slices, "--out", run]

    def both(name):
        return [start([*command, "--resume", "--processes", f"{job},{i}"], tmp_path, f"{name}{i}") for i in range(2)]

    def newest():
        return images_of(checkpoints(run)[0]) if checkpoints(run) else 0

    processes = both("begin")
    wait_for(lambda: newest() > 0, processes)
    processes[1].send_signal(signal.SIGTERM)  # not the one that writes
    assert [process.wait(120) for process in processes] == [130, 130], processes[0].said.read_text()[-3000:]
    stopped = newest()
    said = processes[0].said.read_text()
    assert f"stopped at {stopped / 1000} kimg and saved" in said and "2 processes" in said
    assert "kimg" not in processes[1].said.read_text().split("stopped at")[0]  # only the first one prints
    processes = both("resume")
    wait_for(lambda: newest() > stopped, processes)
    assert f"resuming at {stopped / 1000} of" in processes[0].said.read_text()
    processes[1].kill()
    assert processes[0].wait(300) == 2
    *_, said = processes[0].said.read_text().splitlines()
    assert said.startswith("error: processes: another process of this run has ended")
    kept = newest()
    third = start([*command, "--resume"], tmp_path, "alone")  # one device alone reads what two have saved
    wait_for(lambda: newest() > kept, [third])
    third.send_signal(signal.SIGTERM)
    assert third.wait(120) == 130 and f"resuming at {kept / 1000} of" in third.said.read_text()


@pytest.mark.parametrize("job", ["slurm", "node1,2,0", "node1:123,2", "node1:123,2,2", "node1:123,0,0", "a b:1,2,0"])
def test_a_job_that_is_none_is_refused(job):
    with pytest.raises(UserError, match=re.escape("processes: expected ADDRESS:PORT,COUNT,INDEX")):
        engine.processes.join(job)
    assert engine.processes.count == 1 and engine.processes.first


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("UNKNOWN: Gloo AllGather failed: Read error [127.0.0.1]:51393: Connection reset by peer", True),
        ("UNAVAILABLE: Task 1 heartbeat timeout", True),
        ("cannot reshape array of size 3", False),
    ],
)
def test_the_errors_of_a_lost_process_are_known(text, lost):
    from oasis_helpers.engine import _jax

    assert _jax.process_lost(ValueError(text)) == lost and not _jax.process_lost(KeyError(text))


@pytest.mark.skipif(engine.BACKEND != "tensorflow", reason="JAX can")
def test_tensorflow_says_that_it_needs_jax():
    processes = type(engine.processes)(engine._backend)
    with pytest.raises(UserError, match="several processes need JAX; export KERAS_BACKEND=jax"):
        processes.join("127.0.0.1:1,2,0")
