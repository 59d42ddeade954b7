"""Each fault that the doctor knows, on a machine simulated by helpers/machines.py: the right cure is printed."""

from pathlib import Path

from oasis_helpers.doctor import fixes
from oasis_helpers.doctor.examination import Examination
from oasis_helpers.doctor.step_faults import KNOWN
from oasis_helpers.doctor.system import FolderState, Processor
from oasis_helpers.doctor.trial import Trial

import pytest
from helpers.machines import CARD, GB, NEW_CARD, SAID, TEXTS, WELL, machine, with_card

HELD = CARD._replace(free=GB // 2)
SECOND = CARD._replace(index=1, uuid="GPU-bbbb")
THREE = (HELD, SECOND._replace(free=6 * GB), CARD._replace(index=2, uuid="GPU-cccc", free=12 * GB))
OLD = CARD._replace(name="Tesla K80", capability=(3, 7))
OLD_DRIVER = with_card(CARD._replace(driver="470.1"))  # it works all the same
CACHE = FolderState("cache", Path("/data/cache"), "OASIS_CACHE", 90 * GB, "", False)
BLIND = Trial("GPU 0", {**SAID, "devices": [], "seconds": 2.0}, 0, "")
OURS = {"LD_LIBRARY_PATH": "/opt/cudnn8"}
HIDDEN, IN_SLURM = {"CUDA_VISIBLE_DEVICES": "-1"}, {"SLURM_JOB_ID": "1", "CUDA_VISIBLE_DEVICES": ""}
READ_ONLY = CACHE._replace(problem="Read-only file system")
RUNS = FolderState("runs", Path("/data/runs"), "OASIS_RUNS", 90 * GB, "Read-only file system", True)
DRIVER, RUNNING = "sudo ubuntu-drivers install && sudo reboot", "NVML: Driver/library version mismatch"
SILENT = "NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver"
TAKE_JAX = "make setup EXTRAS=jax-gpu && export KERAS_BACKEND=jax"
JAX = {"backend": "jax", "packages": {"jax": "0.10.2", "keras": "3.15.1"}}

# (fault, whether it stops a training, the machine, its cure)
FAULTS = [
    ("gpu-not-seen", False, with_card(trials=(BLIND,)), "make setup EXTRAS=gpu"),
    ("gpu-not-seen", False, with_card(trials=(BLIND,), **JAX), "make setup EXTRAS=jax-gpu"),
    ("gpu-not-seen", False, with_card(NEW_CARD, trials=(BLIND,)), TAKE_JAX),
    ("hidden-gpu", False, machine(cards=(CARD,), environment=HIDDEN), "unset CUDA_VISIBLE_DEVICES"),
    ("hidden-gpu", False, machine(cards=(CARD,), environment=IN_SLURM), "srun --gres=gpu:1 ..."),
    ("card-too-new", True, with_card(NEW_CARD, text=TEXTS["new card"], code=-6), "export KERAS_BACKEND=jax"),
    ("card-too-new", True, with_card(NEW_CARD, text=TEXTS["new card, no kernels"], code=1), "EXTRAS=jax-gpu"),
    ("card-too-new", True, with_card(NEW_CARD, code=None), "export KERAS_BACKEND=jax"),  # compiled for half an hour
    ("no-libdevice", True, with_card(text=TEXTS["libdevice"], code=1), "make setup EXTRAS=gpu"),
    ("no-ptxas", True, with_card(text=TEXTS["ptxas"], code=1), "make setup EXTRAS=gpu"),
    ("no-ptxas", True, with_card(text=TEXTS["ptxas"], code=1, **JAX), "make setup EXTRAS=jax-gpu"),
    ("no-cudnn", True, with_card(text=TEXTS["cudnn"], code=1), "--force-reinstall --no-deps nvidia-cudnn-cu12"),
    ("other-cudnn", True, with_card(text=TEXTS["other cudnn"], code=1, environment=OURS), "unset LD_LIBRARY_PATH"),
    ("gpu-memory-held", False, with_card(HELD), "nvidia-smi"),
    ("gpu-memory-held", False, with_card(HELD, cards=(HELD, SECOND)), "export CUDA_VISIBLE_DEVICES=1"),
    ("gpu-memory-held", False, with_card(HELD, cards=THREE), "export CUDA_VISIBLE_DEVICES=2"),
    ("gpu-memory-full", True, with_card(text=TEXTS["memory"], code=1), "nvidia-smi"),
    ("gpu-memory-full", True, with_card(HELD, text=TEXTS["memory"], code=1, cards=THREE),
     "export CUDA_VISIBLE_DEVICES=2"),
    ("gpu-memory-full", True, with_card(HELD, text=TEXTS["memory"], code=1, cards=(HELD, SECOND)),
     "export CUDA_VISIBLE_DEVICES=1"),
    ("gpu-memory-full", True, with_card(HELD, text=TEXTS["memory"], code=1, cards=(HELD, SECOND._replace(free=GB))),
     "nvidia-smi"),  # the other has more, but not enough
    ("gpu-memory-full", True, with_card(HELD, text=TEXTS["memory"], code=1, cards=(HELD, SECOND._replace(free=3 * GB))),
     "export CUDA_VISIBLE_DEVICES=1"),
    ("gpu-busy", True, with_card(text=TEXTS["busy"], code=1), "nvidia-smi"),
    ("old-driver", True, with_card(CARD._replace(driver="470.1"), trials=(BLIND,)), DRIVER),
    ("old-driver", True, with_card(NEW_CARD._replace(driver="550.1"), trials=(), **JAX), DRIVER),
    ("old-driver", True, with_card(text=TEXTS["driver"], code=1), DRIVER),
    ("driver-mismatch", True, with_card(text=TEXTS["mismatch"], code=1), "sudo reboot"),
    ("driver-mismatch", False, machine(nvidia_smi=RUNNING), "sudo reboot"),
    ("driver-fails", False, machine(nvidia_smi=SILENT), DRIVER),
    ("driver-fails", False, machine(nvidia_smi=SILENT, wsl=2), "wsl.exe --update"),
    ("no-card", False, machine(nvidia_smi="No devices were found"), "srun --gres=gpu:1 ..."),
    ("driver-asleep", True, with_card(text=TEXTS["asleep"], code=1), "sudo modprobe nvidia_uvm"),
    ("old-card", True, with_card(OLD, trials=()), "export CUDA_VISIBLE_DEVICES=-1"),
    ("old-card", True, with_card(text=TEXTS["old card"], code=1), "export CUDA_VISIBLE_DEVICES=-1"),
    ("step-fails", True, with_card(text="something new\n", code=-6), "export CUDA_VISIBLE_DEVICES=-1"),
    ("step-fails", True, machine(trials=(Trial("CPU", {}, 1, "ImportError: torn file\n"),)), "make setup"),
    ("killed", True, machine(trials=(Trial("CPU", {}, -9, ""),)), "docker run --memory=8g"),
    ("killed", True, machine(trials=(Trial("CPU", {}, -9, ""),), environment={"SLURM_JOB_ID": "1"}), "sbatch --mem=8G"),
    ("illegal-instruction", True, machine(trials=(Trial("CPU", {}, -4, ""),)), "take another computer"),
    ("no-avx", True, machine(processor=Processor("QEMU Virtual CPU", "x86_64", 2, False)), "-cpu host"),
    ("wsl-1", False, machine(wsl=1), "wsl.exe --set-version NAME 2"),
    ("windows-disk", False, machine(wsl=2, folders=(CACHE._replace(path=Path("/mnt/c/cache")),)),
     'export OASIS_CACHE="$HOME/oasis-cache"'),
    ("memory-limit", True, machine(memory_limit=2 * GB), "docker run --memory=8g ..."),
    ("memory-limit", True, machine(memory_limit=2 * GB, environment={"SLURM_JOB_ID": "1"}), "sbatch --mem=8G ..."),
    ("little-memory", False, machine(memory_free=GB), "export OASIS_PRESET=smoke"),
    ("disk-full", True, machine(folders=(CACHE._replace(free=GB),)), 'export OASIS_CACHE="$HOME/oasis-cache"'),
    ("not-writable", False, machine(folders=(READ_ONLY,)), 'export OASIS_CACHE="$HOME'),
    ("not-writable", True, machine(folders=(RUNS,)), 'export OASIS_RUNS="$HOME/oasis-runs"'),  # though filled
    ("unknown-engine", True, machine(backend="torch"), "export KERAS_BACKEND=tensorflow"),
    ("no-engine", True, machine(packages={"keras": "3.15.1"}), "make setup"),
    ("no-engine", True, machine(backend="jax"), "make setup EXTRAS=jax"),
    ("no-engine", True, machine(trials=(Trial("CPU", {}, 1, TEXTS["no package"]),)), "make setup"),
    ("old-keras", True, machine(packages={"tensorflow": "2.15", "keras": "2.15.0"}), "make setup"),
    ("old-python", True, machine(python=(3, 10, 2)), "PYTHONS=python3.12"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def in_the_clones_own_venv(monkeypatch):
    monkeypatch.setattr(fixes.sys, "prefix", str(fixes.CLONE / ".venv"))


@pytest.mark.parametrize(
    ("fault", "stops", "facts", "cure"), FAULTS, ids=[f"{i}-{row[0]}" for i, row in enumerate(FAULTS)]
)
def test_a_simulated_fault_is_told_with_its_cure(fault, stops, facts, cure):
    examination = Examination(facts)
    assert fault in [problem.fault for problem in examination.problems]
    problem = next(problem for problem in examination.problems if problem.fault == fault)
    assert (problem.stops, cure in problem.fix) == (stops, True), problem
    assert "\n" not in problem.text and "\n" not in problem.fix
    printed = str(examination)
    assert problem.text in printed and f"fix      {problem.fix}" in printed
    assert examination.ready == (not any(problem.stops for problem in examination.problems))


@pytest.mark.parametrize(
    ("fault", "stops", "facts", "cure"), FAULTS, ids=[f"{i}-{row[0]}" for i, row in enumerate(FAULTS)]
)
def test_a_fault_brings_no_false_ones_along(fault, stops, facts, cure):
    expected = {fault} | ({"gpu-memory-held"} if facts.seen[:1] == (HELD,) else set())
    assert {problem.fault for problem in Examination(facts).problems} == expected


def test_every_text_that_is_known_is_in_the_table():
    assert {fault for fault, _, _ in KNOWN} <= {row[0] for row in FAULTS}


@pytest.mark.parametrize(
    "facts",
    [
        WELL,
        with_card(),
        with_card(NEW_CARD, **JAX),
        with_card(OLD),  # it works all the same
        with_card(CARD._replace(capability=(6, 0)), trials=()),  # the oldest that there is code for
        with_card(CARD._replace(driver="525.60.13"), trials=()),
        OLD_DRIVER,
        machine(memory_limit=8 * GB),
        machine(python=(3, 11, 0)),
        machine(python=(3, 13, 5)),
        machine(processor=Processor("Neoverse-N1", "aarch64", 8, None)),  # not asked for AVX
        machine(folders=(CACHE._replace(path=Path("/mnt/cluster/cache")),)),  # no WSL
    ],
)
def test_a_machine_on_which_all_is_well_is_ready(facts):
    examination = Examination(facts)
    assert examination.problems == [] and examination.short() == "This machine is ready."


def test_a_warning_of_the_engine_is_no_fault_where_the_step_worked():
    assert Examination(with_card(text=TEXTS["libdevice"])).problems == []


def test_a_cache_that_a_lecturer_made_for_all_may_be_read_only():
    shared = CACHE._replace(problem="Permission denied", filled=True)
    assert Examination(machine(folders=(shared,))).problems == []


def test_the_line_of_the_engine_is_shown_without_times_and_files():
    (problem,) = Examination(with_card(text=TEXTS["ptxas"], code=1)).problems
    assert "(OP_REQUIRES failed at xla_ops.cc:590 : UNAVAILABLE: No PTX compilation provider" in problem.text
    (problem,) = Examination(with_card(NEW_CARD, text=TEXTS["new card"], code=-6)).problems
    assert "(LLVM ERROR: PTX version 8.5 does not support target 'sm_120'" in problem.text


def test_outside_of_the_clones_venv_pip_is_named(monkeypatch):
    monkeypatch.setattr(fixes.sys, "prefix", "/opt/conda/envs/oasis-stylegan")
    (problem,) = Examination(with_card(NEW_CARD, text=TEXTS["new card"], code=-6)).problems
    assert problem.fix == "python -m pip install -e '.[jax-gpu]' && export KERAS_BACKEND=jax"


def test_what_stops_a_training_is_told_first():
    examination = Examination(machine(wsl=1, memory_limit=2 * GB))
    assert [problem.fault for problem in examination.problems] == ["memory-limit", "wsl-1"]
    assert str(examination).endswith("Not ready yet: 1 problem to fix first.")
