"""Versions of what is installed, and XLA's tools for GPUs; nothing is imported for it (notebook 00)."""

from __future__ import annotations

import os
import re
import shutil
import site
import sys
import sysconfig
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("tensorflow", "jax", "jaxlib", "keras", "numpy", "nvidia-cudnn-cu12", "jax-cuda12-plugin")
CUDA_FOLDERS = ("/usr/local/cuda", "/opt/cuda", "/usr/lib/cuda")
LIBDEVICE, PTXAS = "nvvm/libdevice/libdevice.10.bc", "bin/ptxas"


def versions() -> dict[str, str]:
    """Return {package: version} of the packages that compute, as far as they are installed."""
    found = {}
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def xla_tools() -> dict[str, str | None]:
    """Return where XLA finds libdevice (its mathematics) and ptxas (its assembler); None where it does not."""
    folders = cuda_folders()
    libdevice = next((str(folder / LIBDEVICE) for folder in folders if (folder / LIBDEVICE).is_file()), None)
    ptxas = next((str(folder / PTXAS) for folder in folders if (folder / PTXAS).is_file()), None)
    return {"libdevice": libdevice, "ptxas": ptxas or shutil.which("ptxas")}


def cuda_folders() -> list[Path]:
    """Return the folders that XLA looks through: that of XLA_FLAGS, pip's NVIDIA packages, the system's CUDA."""
    told = re.search(r"--xla_gpu_cuda_data_dir=(\S+)", os.environ.get("XLA_FLAGS", ""))
    folders = [Path(told[1])] if told else []
    for packages in dict.fromkeys([sysconfig.get_path("purelib"), *site.getsitepackages(), *sys.path]):
        folders += sorted(Path(packages or ".", "nvidia").glob("cu*"))  # cuda_nvcc (CUDA 12), cu13
    folders += [Path(os.environ[name]) for name in ("CUDA_HOME", "CUDA_PATH", "CUDA_DIR") if os.environ.get(name)]
    return [*folders, *map(Path, CUDA_FOLDERS)]
