"""Machines that are not here, simulated: facts, a fake nvidia-smi on PATH, and texts of engines from others' reports.

No GPU was at hand when this was written. What engines write was taken down from public bug reports of TensorFlow and
JAX, shortened; what nvidia-smi writes follows its own help.
"""

import dataclasses
import os
import stat

from oasis_helpers.doctor.cards import Card
from oasis_helpers.doctor.facts import Facts
from oasis_helpers.doctor.system import Processor
from oasis_helpers.doctor.trial import Trial

GB = 10**9
CARD = Card(0, "GPU-aaaa", "NVIDIA RTX A4000", "570.86.10", (8, 6), 16 * GB, 15 * GB)
NEW_CARD = CARD._replace(name="NVIDIA GeForce RTX 5060", capability=(12, 0))
SAID = {"engine": "TensorFlow 2.21.0", "keras": "3.15.1", "cuda": "12.5.1", "devices": ["NVIDIA RTX A4000"]}
WELL = Facts(
    python=(3, 12, 3),
    backend="tensorflow",
    packages={"tensorflow": "2.21.0", "keras": "3.15.1"},
    processor=Processor("AMD EPYC", "x86_64", 8, True),
    memory=32 * GB,
    memory_free=30 * GB,
)

# What an engine had written when the step did not work.
TEXTS = {
    "new card": "2026-03-09 10:00:00.000001: I service.cc:161] StreamExecutor device (0): NVIDIA GeForce RTX 5060\n"
    "LLVM ERROR: PTX version 8.5 does not support target 'sm_120' (or 'sm_120a'). Minimum required PTX version is 8.7"
    "\n",
    "new card, no kernels": "'cuModuleLoadData(&module, data)' failed with 'CUDA_ERROR_INVALID_PTX'\n",
    "libdevice": "W gpu_backend_lib.cc:504] Can't find libdevice directory ${CUDA_DIR}/nvvm/libdevice. This may result "
    "in compilation or runtime failures\nINTERNAL: libdevice not found at ./libdevice.10.bc\n",
    "ptxas": "W op_kernel.cc:1855] OP_REQUIRES failed at xla_ops.cc:590 : UNAVAILABLE: No PTX compilation provider is "
    "available. Neither ptxas/nvlink nor nvjtlink is available.\n",
    "cudnn": "E cuda_dnn.cc:532] Could not create cudnn handle: CUDNN_STATUS_NOT_INITIALIZED\n"
    "FAILED_PRECONDITION: DNN library initialization failed. Look at the errors above for more details.\n",
    "other cudnn": "E cuda_dnn.cc:499] Loaded runtime CuDNN library: 8.5.0 but source was compiled with: 9.3.0. CuDNN "
    "library needs to have matching major version\nDNN library is not found.\n",
    "memory": "E cuda_driver.cc:1] failed to allocate 7.5GiB: CUDA_ERROR_OUT_OF_MEMORY: out of memory\n",
    "busy": "failed call to cuInit: all CUDA-capable devices are busy or unavailable\n",
    "driver": "INTERNAL: CUDA driver version is insufficient for CUDA runtime version\n",
    "mismatch": "Internal: system has unsupported display driver / cuda driver combination\n",
    "asleep": "failed call to cuInit: CUDA_ERROR_UNKNOWN: unknown error\n",
    "old card": "no kernel image is available for execution on the device\n",
    "no package": "Traceback (most recent call last):\nModuleNotFoundError: No module named 'tensorflow'\n",
}


def machine(**changes):
    """Return a machine on which all is well, but for what is named here."""
    return dataclasses.replace(WELL, **changes)


def with_card(card=CARD, *, text="", code=0, **changes):
    """Return a machine with one card, on which the step worked, or ended with a code and this text."""
    said = {**SAID, "devices": [card.name], **({"seconds": 2.0} if code == 0 else {})}
    trial = Trial("GPU 0", said, code, text)
    return machine(**{"cards": (card,), "seen": (card,), "trials": (trial,), **changes})


def fake_nvidia_smi(folder, text="", code=0, error="", old=False):
    """Write an nvidia-smi that prints a text; an old one does not know compute_cap. Returns PATH with it in front."""
    folder.mkdir(parents=True, exist_ok=True)
    refuse = 'case "$*" in *compute_cap*) echo \'Field "compute_cap" is not a valid field to query.\'; exit 2;; esac'
    lines = [
        "#!/bin/sh",
        *([refuse] if old else []),
        f"cat <<'END'\n{text}\nEND",
        f"echo '{error}' >&2",
        f"exit {code}",
    ]
    program = folder / "nvidia-smi"
    program.write_text("\n".join(lines) + "\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"
