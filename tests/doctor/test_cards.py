"""nvidia-smi and what becomes of its answer; a script of that name on PATH stands in its place, no card is needed."""

import os
import subprocess
import sys

from oasis_helpers.doctor import cards
from oasis_helpers.doctor.cards import Card, find_cards, tensorflow_fits, visible

import pytest
from helpers.machines import CARD, NEW_CARD, fake_nvidia_smi
from helpers.scripts import ROOT

TWO = """0, GPU-aaaa, NVIDIA RTX A4000, 570.86.10, 16376, 15000, 8.6
1, GPU-bbbb, NVIDIA GeForce RTX 5060, 570.86.10, 8151, [N/A], 12.0"""


@pytest.fixture(autouse=True)
def not_in_wsl(monkeypatch, tmp_path):
    monkeypatch.setattr(cards, "IN_WSL", tmp_path / "nowhere")


def test_cards_are_read(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", fake_nvidia_smi(tmp_path, TWO))
    (first, second), complaint = find_cards()
    assert first == Card(0, "GPU-aaaa", "NVIDIA RTX A4000", "570.86.10", (8, 6), 16376 * 2**20, 15000 * 2**20)
    assert (second.capability, second.total, second.free, complaint) == ((12, 0), 8151 * 2**20, 0, "")


def test_an_old_driver_does_not_tell_the_compute_capability(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", fake_nvidia_smi(tmp_path, TWO.replace(", 8.6", "").replace(", 12.0", ""), old=True))
    (first, _), _ = find_cards()
    assert (first.driver, first.capability) == ("570.86.10", None) and tensorflow_fits(first)


def test_a_complaint_is_kept(tmp_path, monkeypatch):
    text = "NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver."
    monkeypatch.setenv("PATH", fake_nvidia_smi(tmp_path, text, code=9))
    assert find_cards() == ([], text)
    monkeypatch.setenv("PATH", fake_nvidia_smi(tmp_path, "No devices were found"))
    assert find_cards() == ([], "No devices were found")


def test_no_nvidia_smi_is_no_complaint(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_cards() == ([], "")


def test_in_wsl_it_is_found_outside_of_path(tmp_path, monkeypatch):
    fake_nvidia_smi(tmp_path / "lib", TWO)
    monkeypatch.setattr(cards, "IN_WSL", tmp_path / "lib" / "nvidia-smi")
    monkeypatch.setenv("PATH", os.pathsep.join(p for p in os.environ["PATH"].split(os.pathsep) if p != str(tmp_path)))
    assert [card.index for card in find_cards()[0]] == [0, 1]


@pytest.mark.parametrize(
    ("chosen", "indices"),
    [(None, [0, 1]), ("0,1", [0, 1]), ("1", [1]), ("1,0", [1, 0]), ("-1", []), ("", []), ("0,-1,1", [0]), ("7", [])]
    + [("GPU-bbbb", [1]), ("GPU-b", [1]), ("MIG-1234", [0])],
)
def test_visible_cards_are_those_that_cuda_shows(chosen, indices):
    both = [CARD, NEW_CARD._replace(index=1, uuid="GPU-bbbb")]
    assert [card.index for card in visible(both, chosen)] == indices


@pytest.mark.parametrize(("capability", "fits"), [((7, 5), True), ((9, 0), True), ((10, 0), False), ((12, 0), False)])
def test_tensorflow_fits_up_to_compute_capability_9(capability, fits):
    assert tensorflow_fits(CARD._replace(capability=capability)) is fits


@pytest.mark.parametrize(
    ("text", "extra", "why"),
    [
        (TWO.splitlines()[0], "gpu", ""),
        (TWO.splitlines()[1], "jax-gpu", "RTX 5060 has compute capability 12.0, which TensorFlow cannot compile for"),
        (TWO, "jax-gpu", "RTX 5060"),
        ("No devices were found", "gpu", "no NVIDIA card was found (nvidia-smi says: No devices were found)"),
    ],
)
def test_make_asks_which_extra_fits_before_anything_is_installed(text, extra, why, tmp_path):
    environment = {"PATH": fake_nvidia_smi(tmp_path, text), "PYTHONPATH": str(ROOT)}
    # -S leaves site-packages out: as in an empty .venv, there is the standard library alone.
    command = [sys.executable, "-S", "-m", "oasis_helpers.doctor.cards"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == f"{extra}\n" and why in done.stderr and bool(why) == bool(done.stderr)


@pytest.mark.parametrize(("chosen", "extra"), [("0", "gpu"), ("1", "jax-gpu"), ("-1", "jax-gpu")])
def test_of_several_cards_the_one_that_programs_see_decides_and_all_where_none_is_seen(chosen, extra, tmp_path):
    path = fake_nvidia_smi(tmp_path, TWO)
    environment = {"PATH": path, "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": chosen}
    command = [sys.executable, "-S", "-m", "oasis_helpers.doctor.cards"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == f"{extra}\n"
