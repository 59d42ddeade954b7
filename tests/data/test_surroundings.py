"""Folders, accounts and settings as people have them: links, odd names, shared caches, foreign settings, clones."""

import errno
import os
import re
import runpy
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

from oasis_helpers import paths
from oasis_helpers.__main__ import main
from oasis_helpers.data import load_data, read_table
from oasis_helpers.data.prepare import prepare_slices
from oasis_helpers.engine import quiet
from oasis_helpers.errors import DataError, UserError

import keras
import pytest
from helpers import held
from helpers.scripts import ROOT

NOBODY = 12345  # a user whom no system knows


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("OASIS_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    root = tmp_path_factory.mktemp("good") / "keras_png_slices_data"
    return held.png_set(root, cases={"train": (1,), "test": (441,)}, slices=32)


def count(path):
    return len(load_data(path, progress=False))


# ---------------------------------------------------------------- links


def test_a_second_name_for_the_same_folder_is_no_second_folder(tmp_path, good):
    held.links(good, tmp_path / "project" / good.name)
    (tmp_path / "project" / "data").symlink_to(good.name)
    (tmp_path / "project" / "keras_png_slices_data" / "up").symlink_to("..")
    assert count(tmp_path / "project") == 64
    assert load_data(tmp_path / "project", progress=False).source == "keras_png_slices_data"


def test_folders_and_files_may_be_links_and_what_leads_nowhere_is_named(tmp_path, good):
    root = tmp_path / "keras_png_slices_data"
    (root / "keras_png_slices_train").mkdir(parents=True)
    (root / "keras_png_slices_test").symlink_to(good / "keras_png_slices_test")
    for file in (good / "keras_png_slices_train").iterdir():
        (root / "keras_png_slices_train" / file.name).symlink_to(file)
    assert count(tmp_path) == 64
    (root / "keras_png_slices_train" / "case_009_slice_1.nii.png").symlink_to(tmp_path / "nowhere")
    with pytest.warns(
        UserWarning, match=r"left out 1 link\(s\) to files that are not there.*case_009_slice_1\.nii\.png"
    ):
        assert len(read_table(tmp_path)) == 64


# ---------------------------------------------------------------- names of folders

NAMES = {
    "spaces and quotes": 'My Drive\'s "data" $HOME',
    "not ASCII": "Gehirne Ärztin 脳",
    "not UTF-8": os.fsdecode(b"gehirn_\xe4\xff"),
    "long": "n" * 200,
    "like an option": "--data",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_folders_of_any_name(tmp_path, good, name):
    held.links(good, tmp_path / name / good.name)
    shutil.rmtree(tmp_path / name / good.name / "keras_png_slices_test")
    for _ in range(2):  # made, then opened
        data = load_data(tmp_path / name, progress=False)
    assert len(data) == 32 and os.path.isfile(data.table["image"][0])


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_prepare_from_and_into_folders_of_any_name(tmp_path, name):
    held.pictures(tmp_path / "held" / name, 1, slices=range(100, 102))
    out = prepare_slices(tmp_path / "held" / name, tmp_path / name, progress=False)
    assert len(read_table(out)) == 2


@pytest.mark.parametrize(
    "locale", [{"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"LC_ALL": "C.UTF-8"}]
)
def test_names_that_the_locale_cannot_write_are_printed_all_the_same(tmp_path, locale):
    command = [sys.executable, "-m", "oasis_helpers", "prepare", "--out", tmp_path / NAMES["not UTF-8"], "--data"]
    held.pictures(tmp_path / NAMES["not ASCII"], 1, slices=(100,))
    environment = {**os.environ, **locale, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([*command, tmp_path / NAMES["not ASCII"]], capture_output=True, env=environment)
    assert done.returncode == 0 and b"slices are in" in done.stdout, done.stderr
    done = subprocess.run([*command, tmp_path / NAMES["not UTF-8"]], capture_output=True, env=environment)
    assert done.returncode == 2 and done.stderr.count(b"\n") == 1 and b"is in use" in done.stderr


def test_names_that_no_disk_takes_are_told(tmp_path):
    with pytest.raises(UserError, match=r"^path: .*\.\.\.' cannot be used: File name too long"):
        load_data(tmp_path / ("n" * 5000), progress=False)
    with pytest.raises(UserError, match="^data: .*File name too long"):
        prepare_slices("n" * 5000, tmp_path / "out", progress=False)


def test_home_is_written_as_a_tilde(tmp_path, good, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    extracted = tmp_path / ".keras" / "datasets" / "keras_png_slices_data_extracted" / good.name
    held.links(good, extracted)
    assert count("~/.keras/datasets") == 64
    with pytest.raises(DataError, match="hidden folders are not searched"):
        load_data("~", progress=False)
    held.pictures(tmp_path / "held", 1, slices=(100,))
    assert (
        main(["prepare", "--data", "~/held", "--out", "~/out"]) == 0 and (tmp_path / "out" / "subjects.csv").is_file()
    )


def test_what_macos_and_windows_leave_is_passed_by(tmp_path):
    held.disc(tmp_path / "DISCS", 1)
    for file in list((tmp_path / "DISCS").rglob("*")):
        if file.is_file():
            twin = tmp_path / "DISCS" / "__MACOSX" / file.relative_to(tmp_path / "DISCS").parent / f"._{file.name}"
            twin.parent.mkdir(parents=True, exist_ok=True)
            for other in (
                twin,
                file.with_name(f"._{file.name}"),
                file.with_name("Thumbs.db"),
                file.with_name(".DS_Store"),
            ):
                other.write_bytes(b"\0\5\x16\7")
    assert len(read_table(prepare_slices(tmp_path / "DISCS", tmp_path / "out", progress=False))) == 32


# ---------------------------------------------------------------- disks and accounts


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOTSUP, errno.EIO])
def test_a_drive_that_cannot_sync_a_folder_is_fine(tmp_path, monkeypatch, code):
    sync, folders = os.fsync, []

    def refuse(opened):
        if stat.S_ISDIR(os.fstat(opened).st_mode):
            folders.append(opened)
            raise OSError(code, os.strerror(code))
        sync(opened)

    monkeypatch.setattr(os, "fsync", refuse)
    paths.write_atomically(tmp_path / "a.txt", b"content")
    assert (tmp_path / "a.txt").read_bytes() == b"content" and len(folders) == 1


def test_a_cautious_umask_is_fine(tmp_path, good):
    before = os.umask(0o077)
    try:
        assert count(good) == 64
    finally:
        os.umask(before)
    assert stat.S_IMODE(next((tmp_path / "cache" / "pyramids").iterdir()).stat().st_mode) == 0o700


def as_nobody(code, *arguments, **environment):
    """Run Python code as a user whom the system does not know, who can read everything and write almost nothing."""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("needs to be root, to become somebody else")
    rights = [f"--{kind}=-all,+dac_read_search" for kind in ("inh-caps", "ambient-caps", "bounding-set")]
    command = [
        "setpriv",
        f"--reuid={NOBODY}",
        f"--regid={NOBODY}",
        "--clear-groups",
        *rights,
        sys.executable,
        "-c",
        code,
    ]
    kept = {name: value for name, value in os.environ.items() if name not in ("HOME", "OASIS_CACHE", "XDG_CACHE_HOME")}
    environment = {**kept, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True, cwd="/", env=environment)


LOAD = "import sys; from oasis_helpers import load_data; print(load_data(*sys.argv[1:], progress=False))"


@pytest.mark.parametrize("home", [{}, {"HOME": "/nonexistent"}])
def test_without_a_home_the_cache_goes_to_temporary_files(good, tmp_path_factory, home):
    temporary = tmp_path_factory.mktemp("tmp")
    temporary.chmod(0o777)
    done = as_nobody(LOAD, good, TMPDIR=str(temporary), **home)
    assert done.returncode == 0, done.stderr
    assert "Pyramid(64 slices" in done.stdout and (temporary / f"oasis_helpers_{NOBODY}" / "pyramids").is_dir()
    assert ("OASIS_CACHE: /nonexistent" in done.stdout) == bool(home) and done.stdout.count("\n") == 1 + bool(home)


def test_a_cache_that_a_lecturer_shares_is_read(good, tmp_path, tmp_path_factory):
    load_data(good, progress=False)
    before = sorted((tmp_path / "cache").rglob("*"))
    home = tmp_path_factory.mktemp("home")
    os.chown(home, NOBODY, NOBODY)
    shared = {"OASIS_CACHE": str(tmp_path / "cache"), "HOME": str(home)}
    done = as_nobody(LOAD, good, **shared)
    assert done.returncode == 0 and "Pyramid(64 slices" in done.stdout, done.stderr
    assert not list(home.rglob("level_256.npy"))  # read where it is, not made again
    other = done.stdout
    assert f"OASIS_CACHE: {tmp_path / 'cache'} cannot be written to; what is new goes to {home}" in other
    done = as_nobody(LOAD.replace("progress", "merge_splits=True, progress"), good, **shared)  # what nobody shares
    assert done.returncode == 0 and list(home.rglob("level_256.npy")), done.stderr
    assert sorted((tmp_path / "cache").rglob("*")) == before


def test_a_cohort_that_a_lecturer_made_is_not_made_again(tmp_path, tmp_path_factory):
    load_data(people=3, progress=False)
    home = tmp_path_factory.mktemp("home")
    os.chown(home, NOBODY, NOBODY)
    code = "from oasis_helpers import load_data; print(load_data(people=3, progress=False))"
    done = as_nobody(code, OASIS_CACHE=str(tmp_path / "cache"), HOME=str(home))
    assert done.returncode == 0 and "synthetic cohort, 3 people" in done.stdout, done.stderr
    assert not list(home.rglob("*.png")) and not list(home.rglob("*.npy"))


@pytest.mark.parametrize("hidden", ["cache", "cache/pyramids"])
def test_a_cache_that_only_its_owner_may_read_counts_as_none(good, hidden, monkeypatch):
    if os.geteuid() != 0:
        pytest.skip("needs to be root, to become somebody else")
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folders are closed to others
        top = Path(folder)
        top.chmod(0o755)
        shutil.copytree(good, top / good.name)
        (top / "home").mkdir()
        os.chown(top / "home", NOBODY, NOBODY)
        monkeypatch.setenv("OASIS_CACHE", str(top / "cache"))
        monkeypatch.setenv("HOME", str(top / "home"))
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
        load_data(top, progress=False)  # the lecturer's
        (top / hidden).chmod(0o700)
        os.seteuid(NOBODY)
        try:
            assert count(top) == 64
        finally:
            os.seteuid(0)
        assert list((top / "home").rglob("level_256.npy"))


def test_a_home_that_is_not_known_is_told_in_a_line(tmp_path):
    done = as_nobody(
        "import sys; from oasis_helpers.__main__ import main; sys.exit(main(sys.argv[1:]))", "log", "~/run"
    )
    assert done.returncode == 2 and done.stderr.startswith("error: ~: your home folder is not known here")
    assert done.stderr.count("\n") == 1


def test_nowhere_to_write_is_told(monkeypatch):
    monkeypatch.setattr(paths, "_can_write", lambda folder: False)
    with pytest.raises(DataError, match="^OASIS_CACHE: none of .* can be written to; set it to a folder of yours"):
        paths.cache_dir()


# ---------------------------------------------------------------- settings of the user's own


def run_module(*arguments, **environment):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    command = [sys.executable, "-m", "oasis_helpers", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment)


@pytest.mark.parametrize("backend", ["torch", "numpy", "theano"])
def test_an_engine_that_the_course_does_not_have_is_told_in_a_line(tmp_path, backend):
    done = run_module("evaluate", "default", "--out", tmp_path / "report", KERAS_BACKEND=backend)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    said = f"error: KERAS_BACKEND: expected 'tensorflow' or 'jax', but got '{backend}'; unset this variable"
    assert done.stderr.splitlines()[-1].startswith(said)


def test_an_empty_engine_is_none():
    code = "import oasis_helpers, os; print(os.environ['KERAS_BACKEND'])"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "KERAS_BACKEND": ""}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.stdout == "tensorflow\n"


@pytest.mark.parametrize("content", ["__version__ = '1.16.4'", "raise ImportError('built for another Python')"])
def test_an_old_numpy_on_the_path_is_named(tmp_path, content):
    (tmp_path / "numpy").mkdir()
    (tmp_path / "numpy" / "__init__.py").write_text(content)
    done = run_module("log", tmp_path, PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    assert done.returncode == 2 and done.stderr.startswith("error: PYTHONPATH: expected NumPy 2 or newer, but got")
    assert str(tmp_path) in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONWARNINGS": "error"},
        {"MPLBACKEND": "QtAgg"},
        {"TMPDIR": "/nonexistent"},
        {
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "MPLCONFIGDIR": "/proc",
            "TF_USE_LEGACY_KERAS": "1",
        },
    ],
)
def test_variables_that_others_set_change_nothing(tmp_path, variables):
    held.pictures(tmp_path / "held", 1, slices=(100, 101))
    done = run_module("prepare", "--data", tmp_path / "held", "--out", tmp_path / "out", **variables)
    assert done.returncode == 0 and len(read_table(tmp_path / "out")) == 2, done.stderr
    code = (
        "import os, warnings; from oasis_helpers.__main__ import _settle_output; _settle_output();"
        "warnings.warn('of somebody else', DeprecationWarning); warnings.warn('of the course');"
        "import matplotlib.pyplot as plt; plt.figure(); print(plt.get_backend())"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.stdout == "agg\n" and "warning: of the course" in done.stderr, done.stderr


KERAS_JSONS = {
    "channels first, half floats": '{"floatx": "float16", "epsilon": 0.001, "image_data_format": "channels_first"}',
    "Theano": '{"image_dim_ordering": "th", "epsilon": 1e-07, "floatx": "float64", "backend": "theano"}',
    "torch": '{"floatx": "float32", "epsilon": 1e-07, "backend": "torch", "image_data_format": "channels_last"}',
    "cut short": '{"floatx": "flo',
}


@pytest.mark.slow
@pytest.mark.parametrize("text", KERAS_JSONS.values(), ids=KERAS_JSONS)
def test_a_keras_json_of_ones_own_changes_nothing(tmp_path, text):
    (tmp_path / ".keras").mkdir()
    (tmp_path / ".keras" / "keras.json").write_text(text)
    code = (
        "from oasis_helpers import Generator, make_config; import keras; g = Generator(make_config('smoke'));"
        "print(keras.backend.backend(), keras.config.floatx(), keras.config.epsilon(), end=' ');"
        "print(keras.config.image_data_format(), {str(v.dtype) for v in g.variables})"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "KERAS_BACKEND": ""}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    kinds = done.stdout.strip().removeprefix("tensorflow float32 1e-07 channels_last ")
    assert done.returncode == 0 and "float32" in kinds and "float16" not in kinds and "float64" not in kinds, (
        done.stderr
    )


def test_the_engine_sets_what_the_networks_are_written_for_whatever_keras_was_told():
    def told():
        return keras.config.floatx(), keras.config.epsilon(), keras.config.image_data_format()

    def tell(floats, epsilon, order):
        keras.config.set_floatx(floats)
        keras.config.set_epsilon(epsilon)
        keras.config.set_image_data_format(order)

    before = told()
    try:
        tell("float16", 1e-3, "channels_first")
        runpy.run_path(quiet.__file__)
        assert told() == ("float32", 1e-7, "channels_last")
    finally:
        tell(*before)


# ---------------------------------------------------------------- clones and Slurm


@pytest.fixture(scope="module")
def windows_clone(tmp_path_factory):
    """What Git for Windows, which writes Windows line endings, makes of this repository."""
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("no Git repository here")
    folder = tmp_path_factory.mktemp("clone") / "course"
    subprocess.run(["git", "-c", "core.autocrlf=true", "clone", "-q", str(ROOT), str(folder)], check=True)
    return folder


def test_a_clone_from_windows_keeps_the_line_endings(windows_clone):
    files = [windows_clone / "Makefile", *(windows_clone / "examples").glob("*.slurm"), windows_clone / ".ci" / "run"]
    files += [*windows_clone.rglob("*.py"), *windows_clone.rglob("*.ipynb"), *windows_clone.rglob("*.md")]
    assert len(files) > 100 and not [file.name for file in files if b"\r" in file.read_bytes()]
    image = "examples/samples.png"
    assert (windows_clone / image).read_bytes() == (ROOT / image).read_bytes()


@pytest.fixture
def course(tmp_path):
    """A folder with the Slurm script and a Python that writes down how it was called."""
    course = tmp_path / "the course"
    (course / "examples").mkdir(parents=True)
    shutil.copy(ROOT / "examples" / "train.slurm", course / "examples")
    python = course / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\npwd\nprintf "%s\\n" "$@"\n')
    python.chmod(0o755)
    return course


@pytest.mark.parametrize("submitted_from", ["the course", "elsewhere"])
def test_the_slurm_script_finds_the_course(tmp_path, course, submitted_from):
    (tmp_path / "elsewhere").mkdir()
    here = tmp_path / submitted_from
    environment = {**os.environ, "SLURM_SUBMIT_DIR": str(here), "SLURM_JOB_ID": "1", "HOME": str(tmp_path)}
    command = ["bash", course / "examples" / "train.slurm", "my data", "~/run", "smoke"]
    done = subprocess.run(command, cwd=here, env=environment, capture_output=True, text=True)
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and lines[0] == str(course), done.stderr
    assert lines[lines.index("--data") + 1] == str(here / "my data")
    assert lines[lines.index("--out") + 1] == str(tmp_path / "run")


def test_the_slurm_script_without_a_course_says_so(tmp_path, course):
    shutil.copy(course / "examples" / "train.slurm", tmp_path / "slurm_script")  # as Slurm keeps it
    environment = {**os.environ, "SLURM_SUBMIT_DIR": str(tmp_path), "SLURM_JOB_ID": "1"}
    command = ["bash", tmp_path / "slurm_script", "data", "run", "smoke"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 1 and re.fullmatch(
        "error: there is no .venv here: submit from the course's.*\n", done.stderr
    )
