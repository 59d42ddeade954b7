"""The NVIDIA cards that ``nvidia-smi`` shows, and which extra of the course fits them (notebook 00).

The standard library alone: ``make setup EXTRAS=gpu`` runs ``python -m oasis_helpers.doctor.cards`` in an empty .venv.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

IN_WSL = Path("/usr/lib/wsl/lib/nvidia-smi")  # WSL does not always put it on PATH
COLUMNS = ["index", "uuid", "name", "driver_version", "memory.total", "memory.free"]
# TensorFlow 2.20 and 2.21 are built with CUDA 12.5, whose PTX 8.5 ends at compute capability 9; 10 and 12 need CUDA
# 12.8. JAX's CUDA packages are newer.
TENSORFLOW_ENDS = (10, 0)


class Card(NamedTuple):
    """One NVIDIA card.

    Attributes:
        index: of nvidia-smi.
        uuid: the name that CUDA_VISIBLE_DEVICES takes as well.
        name: such as "NVIDIA GeForce RTX 5060".
        driver: its version, such as "570.86.10".
        capability: compute capability, such as (8, 6); None where nvidia-smi is too old to tell.
        total: bytes of memory.
        free: bytes of it that nobody holds.
    """

    index: int
    uuid: str
    name: str
    driver: str
    capability: tuple[int, int] | None
    total: int
    free: int


def find_cards() -> tuple[list[Card], str]:
    """Ask nvidia-smi, whatever CUDA_VISIBLE_DEVICES says.

    Returns:
        (the cards, what nvidia-smi complained of; both empty where there is no nvidia-smi).
    """
    program = shutil.which("nvidia-smi") or (str(IN_WSL) if IN_WSL.exists() else None)
    if program is None:
        return [], ""
    code, text = _ask(program, [*COLUMNS, "compute_cap"])
    if code != 0 and "compute_cap" in text:  # drivers before 510 do not know it
        code, text = _ask(program, COLUMNS)
    if code != 0:
        return [], " ".join(text.split())
    cards = [_card([part.strip() for part in line.split(",")]) for line in text.splitlines() if line.count(",") >= 5]
    return cards, "" if cards else " ".join(text.split())


def _ask(program: str, columns: list[str]) -> tuple[int, str]:
    """Return nvidia-smi's exit code and text; one that hangs, as on a card that has fallen off the bus, is ended."""
    command = [program, f"--query-gpu={','.join(columns)}", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=10)
    except (OSError, subprocess.TimeoutExpired) as error:
        return 1, f"nvidia-smi did not answer: {error}"
    return done.returncode, done.stdout if done.returncode == 0 else done.stdout + done.stderr


def _card(parts: list[str]) -> Card:
    index, uuid, name, driver, total, free, *more = parts
    found = re.fullmatch(r"(\d+)\.(\d+)", more[0]) if more else None
    capability = (int(found[1]), int(found[2])) if found else None
    mebibytes = [int(text) if text.isdecimal() else 0 for text in (total, free)]  # "[N/A]" on some shared cards
    return Card(int(index), uuid, name, driver, capability, *(2**20 * number for number in mebibytes))


def visible(cards: Sequence[Card], chosen: str | None) -> list[Card]:
    """Return the cards that a program sees: all, or those that CUDA_VISIBLE_DEVICES (``chosen``) names.

    As CUDA does, it stops at the first entry that is no card: "-1", an empty text or a number too high.
    """
    if chosen is None:
        return list(cards)
    seen: list[Card] = []
    for entry in (part.strip() for part in chosen.split(",")):
        fitting = [card for card in cards if _names(entry, card)]
        if not fitting:
            break
        seen.append(fitting[0])
    return seen


def _names(entry: str, card: Card) -> bool:
    if entry.startswith("MIG-"):  # a part of a card; which card, nvidia-smi tells elsewhere
        return True
    return entry == str(card.index) or (entry.startswith("GPU-") and card.uuid.startswith(entry))


def tensorflow_fits(card: Card) -> bool:
    """Return whether TensorFlow's packages hold code for a card; where its capability is not told, they may."""
    return card.capability is None or card.capability < TENSORFLOW_ENDS


def main() -> int:
    """Print the extra that fits this machine's cards, ``gpu`` or ``jax-gpu``, and on standard error why."""
    cards, complaint = find_cards()
    seen = visible(cards, os.environ.get("CUDA_VISIBLE_DEVICES")) or cards
    unfit = [card for card in seen if not tensorflow_fits(card)]
    if unfit:
        capability = ".".join(map(str, unfit[0].capability or ()))
        print(
            f"{unfit[0].name} has compute capability {capability}, which TensorFlow cannot compile for yet: JAX is "
            "installed (EXTRAS=jax-gpu). Set KERAS_BACKEND=jax before you start Python; make lab sets it",
            file=sys.stderr,
        )
    elif not cards:
        why = f"nvidia-smi says: {complaint}" if complaint else "there is no nvidia-smi"
        print(f"no NVIDIA card was found ({why}): TensorFlow with CUDA is installed all the same", file=sys.stderr)
    print("jax-gpu" if unfit else "gpu")
    return 0


if __name__ == "__main__":
    sys.exit(main())
