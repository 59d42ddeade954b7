"""Faults that show when the compiled step is tried, by what the engine wrote before it ended (notebook 00)."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable

from oasis_helpers.doctor.cards import Card, tensorflow_fits
from oasis_helpers.doctor.facts import Facts
from oasis_helpers.doctor.fixes import Problem, install, more_memory, reinstall, take_jax
from oasis_helpers.doctor.trial import Trial

PROCESSOR_ONLY = "compute on the processor: export CUDA_VISIBLE_DEVICES=-1"


def step_problems(facts: Facts) -> list[Problem]:
    """Return one problem for each device on which the step did not work; alike ones once."""
    found: dict[str, Problem] = {}
    for trial in facts.trials:
        if not trial.worked:
            problem = explain(trial, facts)
            found.setdefault(problem.fault, problem)
    return list(found.values())


def explain(trial: Trial, facts: Facts) -> Problem:
    """Say why a step did not work, and what to do."""
    card = next((card for card in facts.seen if trial.device == f"GPU {card.index}"), None)
    for fault, pattern, fix in KNOWN:
        found = re.search(pattern, trial.text)
        if found:
            what = EXPLAINED[fault]
            return Problem(fault, True, f"{trial.device}: {what} ({_line(trial.text, found)})", fix(facts, card))
    if trial.code == -signal.SIGILL:
        text = f"{trial.device}: the processor lacks an instruction that {facts.backend} uses"
        return Problem("illegal-instruction", True, text, "take another computer, or JAX: " + take_jax("jax"))
    if trial.code == -signal.SIGKILL:
        text = f"{trial.device}: the process was killed, as the system does when the memory is full"
        return Problem("killed", True, text, more_memory(facts))
    if card is not None and not tensorflow_fits(card) and facts.backend == "tensorflow":
        return Problem("card-too-new", True, f"{trial.device}: {EXPLAINED['card-too-new']}", take_jax())
    fix = PROCESSOR_ONLY if card is not None else install("jax" if facts.backend == "jax" else "")
    return Problem("step-fails", True, f"{trial.device}: the compiled step did not work: {trial.ending}", fix)


def _line(text: str, found: re.Match[str]) -> str:
    """Return the line around what was found, without the time and place that engines put before it."""
    line = text[text.rfind("\n", 0, found.start()) + 1 :].split("\n", 1)[0]
    return re.sub(r"^.*?\]\s+", "", line).strip()[:200]


# ---------------------------------------------------------------- what is known

Fix = Callable[[Facts, Card | None], str]

EXPLAINED = {
    "card-too-new": "this TensorFlow cannot compile for the card",
    "no-libdevice": "XLA does not find libdevice, its mathematics for GPUs",
    "no-ptxas": "XLA does not find ptxas, its assembler for GPUs",
    "other-cudnn": "another cuDNN than the engine's own is loaded",
    "no-cudnn": "cuDNN cannot be loaded",
    "gpu-memory-full": "the memory of the card is full",
    "gpu-busy": "another program has the card for itself",
    "old-driver": "the driver is older than the engine's CUDA",
    "driver-mismatch": "the driver was updated while it ran",
    "driver-asleep": "the driver does not answer, as after the computer slept",
    "old-card": "the engine holds no code for this card",
    "no-engine": "a package is not installed",
}


def _cuda_again(facts: Facts, card: Card | None) -> str:
    """Install the engine's CUDA packages, which bring libdevice and ptxas."""
    return install("jax-gpu" if facts.backend == "jax" else "gpu")


def _own_cudnn(facts: Facts, card: Card | None) -> str:
    """Let the engine find the cuDNN that was installed with it."""
    return "unset LD_LIBRARY_PATH" if facts.environment.get("LD_LIBRARY_PATH") else reinstall("nvidia-cudnn-cu12")


def _free_memory(facts: Facts, card: Card | None) -> str:
    others = [other for other in facts.cards if card is None or other.index != card.index]
    freest = max(others, key=lambda other: other.free, default=None)
    if freest is not None and card is not None and freest.free > max(card.free, 2 * 2**30):
        return f"export CUDA_VISIBLE_DEVICES={freest.index}"
    return "see whose it is, and shut your own notebooks down: nvidia-smi"


def _update_driver(facts: Facts, card: Card | None) -> str:
    return "in Windows, install NVIDIA's driver anew" if facts.wsl else "sudo ubuntu-drivers install && sudo reboot"


def _new_or_old(facts: Facts, card: Card | None) -> str:
    """A card without code for it is a new one or an old one."""
    return take_jax() if card is not None and not tensorflow_fits(card) else PROCESSOR_ONLY


def _always(command: str) -> Fix:
    return lambda facts, card: command


def _jax(facts: Facts, card: Card | None) -> str:
    """JAX; where that is JAX already, a newer one."""
    return take_jax() if facts.backend != "jax" else "python -m pip install --upgrade 'jax[cuda12]'"


# (fault, what the engine writes, what fixes it); the first that fits is told. Written down from reports of others.
KNOWN: tuple[tuple[str, str, Fix], ...] = (
    ("card-too-new", r"PTX version [\d.]+ does not support target|CUDA_ERROR_INVALID_PTX", _jax),
    ("no-engine", r"ModuleNotFoundError: No module named '(tensorflow|jax|jaxlib|keras|numpy)'",
     lambda facts, card: install("jax" if facts.backend == "jax" else "")),
    ("driver-mismatch", r"unsupported display driver / cuda driver combination|Driver/library version mismatch",
     _always("sudo reboot")),
    ("old-driver", r"CUDA driver version is insufficient|unsupported toolchain|CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
     _update_driver),
    ("gpu-busy", r"devices are busy or unavailable|CUDA_ERROR_DEVICE_UNAVAILABLE", _free_memory),
    ("driver-asleep", r"CUDA_ERROR_UNKNOWN", _always("sudo rmmod nvidia_uvm && sudo modprobe nvidia_uvm")),
    ("old-card", r"no kernel image is available", _new_or_old),
    ("gpu-memory-full", r"CUDA_ERROR_OUT_OF_MEMORY|RESOURCE_EXHAUSTED|ResourceExhaustedError|CUDNN_STATUS_ALLOC_FAILED",
     _free_memory),
    ("other-cudnn", r"Loaded runtime CuDNN library: \S+ but source was compiled with", _own_cudnn),
    ("no-cudnn", r"DNN library (is not found|initialization failed)|libcudnn\S*: cannot open"
     r"|Could not create cudnn handle|Could not load library libcudnn", _own_cudnn),
    ("no-ptxas", r"No PTX compilation provider|ptxas not found|Couldn't (get|find|invoke) ptxas|ptxas: No such file",
     _cuda_again),
    ("no-libdevice", r"libdevice not found|libdevice is required|Can't find libdevice", _cuda_again),
)  # fmt: skip
