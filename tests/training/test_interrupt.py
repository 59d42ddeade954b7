"""The stop button of a notebook, pressed in a real kernel: the run is saved and the kernel goes on."""

import time
from pathlib import Path

import pytest
from jupyter_client.manager import start_new_kernel

pytestmark = pytest.mark.slow

START = f"""
import sys
sys.path.insert(0, {str(Path(__file__).resolve().parents[1])!r})
from oasis_helpers import Trainer
from helpers.tiny import random_slices, tiny
config = tiny(total_kimg=50, start_resolution=8, snapshot_kimg=50)  # long enough to be stopped
trainer = Trainer(config, random_slices(), FOLDER)
class Tell:
    def on_log(self, trainer, row): print("line", flush=True)
    def on_phase_end(self, trainer, phase): pass
    def on_train_end(self, trainer): pass
"""


def run(client, code, on_line=None):
    """Run a cell; returns what it printed, and its error as (name, traceback lines) or None."""
    message, printed, error = client.execute(code), "", None
    while True:
        reply = client.get_iopub_msg(timeout=120)
        if reply["parent_header"].get("msg_id") != message:
            continue
        content = reply["content"]
        if reply["msg_type"] == "stream":
            printed += content["text"]
            if on_line and "line" in printed:
                on_line, stop = None, on_line
                stop()
        if reply["msg_type"] == "error":
            error = content["ename"], content["traceback"]
        if reply["msg_type"] == "status" and content["execution_state"] == "idle":
            return printed, error


def test_the_stop_button_saves_and_leaves_the_kernel_usable(tmp_path):
    manager, client = start_new_kernel(kernel_name="python3", extra_arguments=["--IPKernelApp.log_level=40"])
    try:
        assert run(client, f"FOLDER = {str(tmp_path / 'run')!r}\n" + START)[1] is None
        started = time.monotonic()
        _, (name, lines) = run(client, "trainer.fit([Tell()], progress=False)", on_line=manager.interrupt_kernel)
        assert name == "TrainingStopped" and len(lines) == 1 and "saved; fit(), or train" in lines[0]
        assert time.monotonic() - started < 100
        printed, error = run(client, "print(trainer.images, len(list(trainer.folder.glob('checkpoint-*'))))")
        images, checkpoints = map(int, printed.split())
        assert error is None and images > 0 and checkpoints == 1
        _, (name, _) = run(client, "trainer.fit([Tell()], progress=False)", on_line=manager.interrupt_kernel)
        assert name == "TrainingStopped"
        assert int(run(client, "print(trainer.images)")[0]) > images
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
