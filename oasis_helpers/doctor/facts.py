"""What the doctor knows of a machine; every fault is a function of it (notebook 00)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from oasis_helpers.doctor.cards import Card
from oasis_helpers.doctor.system import FolderState, Processor
from oasis_helpers.doctor.trial import Trial


@dataclass(frozen=True)
class Facts:
    """A machine, as far as it could be asked; memory in bytes.

    Attributes:
        python: its version, such as (3, 12, 3).
        backend: what KERAS_BACKEND says.
        packages: {name: version} of what is installed.
        processor: name, architecture, cores, AVX.
        wsl: 1 or 2 inside the Windows Subsystem for Linux, else None.
        memory: the machine's; None where the system does not tell.
        memory_free: what can still be given out.
        memory_limit: of the container or the batch job around this process; None where none is set.
        folders: what the course writes to.
        cards: every NVIDIA card that nvidia-smi shows.
        seen: those of them that CUDA_VISIBLE_DEVICES lets a program see.
        nvidia_smi: what nvidia-smi complained of; empty where it is not there, or well.
        tools: {tool of XLA: its path, None where it was not found}.
        environment: the variables that decide about devices, as far as they are set.
        trials: how one compiled step went on each device; none where it would be of no use, or was not asked for.
    """

    python: tuple[int, int, int]
    backend: str
    packages: Mapping[str, str]
    processor: Processor
    wsl: int | None = None
    memory: int | None = None
    memory_free: int | None = None
    memory_limit: int | None = None
    folders: tuple[FolderState, ...] = ()
    cards: tuple[Card, ...] = ()
    seen: tuple[Card, ...] = ()
    nvidia_smi: str = ""
    tools: Mapping[str, str | None] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    trials: tuple[Trial, ...] = ()

    @property
    def told(self) -> dict[str, object]:
        """What the engine said of itself in the first trial that came so far; nothing where none did."""
        return next((trial.said for trial in self.trials if "devices" in trial.said), {})

    def works(self, card: Card) -> bool:
        """Return whether a step was computed on a card."""
        tried = [trial for trial in self.trials if trial.device == f"GPU {card.index}"]
        return any(trial.worked and trial.said["devices"] for trial in tried)
