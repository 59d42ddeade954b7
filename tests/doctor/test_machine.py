"""Processor, memory limits, WSL and folders, read from files of the tests' own; the real ones differ by machine."""

from oasis_helpers.doctor import memory, packages, system

import pytest


@pytest.fixture
def root(tmp_path, monkeypatch):
    """An empty system in the place of "/"."""
    monkeypatch.setattr(system, "_SYSTEM", tmp_path)
    monkeypatch.setattr(memory, "_SYSTEM", tmp_path)
    return tmp_path


def write(root, path, text):
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(("flags", "avx"), [("fpu sse4_2 avx avx2", True), ("fpu sse4_2", False), ("fpu avx2", False)])
def test_avx_is_read_from_the_flags(root, monkeypatch, flags, avx):
    monkeypatch.setattr(system.platform, "machine", lambda: "x86_64")
    write(
        root,
        "proc/cpuinfo",
        f"processor\t: 0\nmodel name\t: Old CPU\nflags\t\t: {flags}\nprocessor\t: 1\nflags\t: avx\n",
    )
    found = system.processor()
    assert (found.name, found.avx) == ("Old CPU", avx) and found.cores >= 1


def test_other_processors_are_not_asked_for_avx(root, monkeypatch):
    monkeypatch.setattr(system.platform, "machine", lambda: "aarch64")
    write(root, "proc/cpuinfo", "processor : 0\nFeatures : fp asimd\nflags : fp\n")
    assert system.processor().avx is None


def test_only_the_cores_that_the_process_is_bound_to_count_where_that_is_told(monkeypatch):
    monkeypatch.setattr(system.os, "cpu_count", lambda: 64)
    monkeypatch.setattr(system.os, "sched_getaffinity", lambda process: {3, 7}, raising=False)
    assert system.processor().cores == 2
    monkeypatch.delattr(system.os, "sched_getaffinity")
    assert system.processor().cores == 64


@pytest.mark.parametrize(
    ("release", "folder", "version"),
    [
        ("4.4.0-19041-Microsoft", False, 1),
        ("5.15.153.1-microsoft-standard-WSL2", True, 2),
        ("5.15.153.1-microsoft-standard-WSL2", False, 2),
        ("6.6.36.3-microsoft-mine", True, 2),  # a kernel of one's own need not say WSL2
        ("6.8.0-45-generic", False, None),
        ("6.8.0-45-generic", True, None),
    ],
)
def test_wsl_is_known_by_its_kernel_and_its_folder(root, release, folder, version):
    write(root, "proc/sys/kernel/osrelease", f"{release}\n")
    if folder:
        (root / "run/WSL").mkdir(parents=True)
    assert system.wsl() == version


def test_where_no_kernel_is_told_there_is_no_wsl(root):
    assert system.wsl() is None


@pytest.mark.parametrize(
    ("own", "files", "limit"),
    [
        ("0::/", {"sys/fs/cgroup/memory.max": "2000000000"}, 2_000_000_000),  # inside a container
        ("0::/", {"sys/fs/cgroup/memory.max": "max"}, None),
        ("0::/job/step", {"sys/fs/cgroup/job/memory.max": "9", "sys/fs/cgroup/job/step/memory.max": "max"}, 9),
        ("0::/job/step", {"sys/fs/cgroup/job/memory.max": "9", "sys/fs/cgroup/job/step/memory.max": "7"}, 7),
        ("5:memory:/docker/1", {"sys/fs/cgroup/memory/memory.limit_in_bytes": "8"}, 8),  # version 1, in a container
        ("5:memory:/job", {"sys/fs/cgroup/memory/job/memory.limit_in_bytes": "6"}, 6),
        ("5:memory:/", {"sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712"}, None),
        ("5:cpu:/", {"sys/fs/cgroup/memory/memory.limit_in_bytes": "8"}, None),
    ],
)
def test_the_limit_of_a_container_or_job_is_found(root, own, files, limit):
    write(root, "proc/self/cgroup", f"3:pids:/\n{own}\n")
    write(root, "proc/meminfo", "MemTotal: 32000000 kB\nMemAvailable: 30000000 kB\n")
    for path, text in files.items():
        write(root, path, f"{text}\n")
    assert memory.group_limit() == limit
    assert (memory.installed(), memory.unused()) == (32_768_000_000, 30_720_000_000)
    assert memory.limit() == limit if limit else memory.limit() > 30_000_000_000


def test_a_process_can_have_what_it_holds_and_what_is_free(root, monkeypatch):
    monkeypatch.setattr(memory, "in_use", lambda: 3_000_000_000)
    write(root, "proc/meminfo", "MemTotal: 8000000 kB\nMemFree: 100000 kB\nMemAvailable: 4000000 kB\n")
    assert memory.limit() == 3_000_000_000 + 4_096_000_000
    write(root, "proc/self/cgroup", "0::/\n")
    write(root, "sys/fs/cgroup/memory.max", "5000000000\n")
    assert memory.limit() == 5_000_000_000


def test_a_folder_that_is_not_there_is_judged_by_the_one_above(tmp_path):
    found = system.folder("cache", tmp_path / "a" / "b", "OASIS_CACHE")
    assert (found.problem, found.filled) == ("", False) and found.free > 0 and list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path, monkeypatch):
    def refuse(dir):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(system.tempfile, "TemporaryFile", refuse)  # root may write everywhere, so it is simulated
    (tmp_path / "cohort").mkdir()
    found = system.folder("cache", tmp_path, "OASIS_CACHE")
    assert (found.problem, found.filled) == ("Read-only file system", True)


def test_xlas_tools_are_found_where_pip_puts_them(tmp_path, monkeypatch):
    monkeypatch.setattr(packages, "CUDA_FOLDERS", ())
    monkeypatch.setattr(packages.sys, "path", [str(tmp_path)])
    monkeypatch.setattr(packages.site, "getsitepackages", list)
    monkeypatch.setattr(packages.sysconfig, "get_path", lambda name: str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("CUDA_HOME", "CUDA_PATH", "CUDA_DIR", "XLA_FLAGS"):
        monkeypatch.delenv(name, raising=False)
    assert packages.xla_tools() == {"libdevice": None, "ptxas": None}
    write(tmp_path, "nvidia/cuda_nvcc/bin/ptxas", "")
    write(tmp_path, "elsewhere/nvvm/libdevice/libdevice.10.bc", "")
    monkeypatch.setenv("XLA_FLAGS", f"--xla_a=1 --xla_gpu_cuda_data_dir={tmp_path}/elsewhere")
    assert packages.xla_tools() == {
        "libdevice": f"{tmp_path}/elsewhere/nvvm/libdevice/libdevice.10.bc",
        "ptxas": f"{tmp_path}/nvidia/cuda_nvcc/bin/ptxas",
    }


def test_xlas_tools_are_found_in_cudas_own_folder_and_on_path(tmp_path, monkeypatch):
    monkeypatch.setattr(packages, "cuda_folders", list)
    monkeypatch.setenv("PATH", str(tmp_path))
    write(tmp_path, "ptxas", "")
    (tmp_path / "ptxas").chmod(0o755)
    assert packages.xla_tools() == {"libdevice": None, "ptxas": str(tmp_path / "ptxas")}
    monkeypatch.undo()
    for name in ("CUDA_HOME", "CUDA_PATH", "CUDA_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
        assert packages.cuda_folders().count(tmp_path) == 1
        monkeypatch.delenv(name)
