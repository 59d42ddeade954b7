"""Faults of NVIDIA's cards and driver, which are there before any step is tried (notebook 00)."""

from __future__ import annotations

from oasis_helpers.doctor.cards import Card, tensorflow_fits
from oasis_helpers.doctor.facts import Facts
from oasis_helpers.doctor.fixes import Problem, install, size, take_jax

# CUDA 12 runs on drivers from 525 on; the code for cards of compute capability 10 and 12 needs 570.
LEAST_DRIVER, LEAST_DRIVER_NEW = 525, 570
NEARLY_FULL = 0.25  # a card with less of its memory free is held by somebody else
OLDEST = (6, 0)  # the first that the packages of TensorFlow and JAX hold code for


def driver_fails(facts: Facts) -> Problem | None:
    """nvidia-smi is there but does not reach the driver."""
    if not facts.nvidia_smi or facts.cards:
        return None
    text = f"nvidia-smi does not reach the driver, so no GPU is used: {facts.nvidia_smi[:200]}"
    if "version mismatch" in facts.nvidia_smi:
        return Problem("driver-mismatch", False, f"{text} (the driver was updated while it ran)", "sudo reboot")
    if "No devices were found" in facts.nvidia_smi:
        return Problem("no-card", False, text, "on a cluster, ask for a card: srun --gres=gpu:1 ...")
    if facts.wsl:
        return Problem("driver-fails", False, text, "in Windows: wsl.exe --update, then wsl.exe --shutdown")
    return Problem("driver-fails", False, text, "sudo ubuntu-drivers install && sudo reboot")


def old_driver(facts: Facts) -> Problem | None:
    """A driver that the engines' CUDA does not run on."""
    for card in facts.seen:
        least = LEAST_DRIVER if tensorflow_fits(card) else LEAST_DRIVER_NEW
        major = card.driver.split(".")[0]
        if major.isdecimal() and int(major) < least and not facts.works(card):
            text = f"{card.name}: driver {card.driver} is older than the engines' CUDA needs, {least}"
            fix = (
                "in Windows, install NVIDIA's driver anew"
                if facts.wsl
                else "sudo ubuntu-drivers install && sudo reboot"
            )
            return Problem("old-driver", True, text, fix)
    return None


def hidden_cards(facts: Facts) -> Problem | None:
    """CUDA_VISIBLE_DEVICES hides every card."""
    if facts.seen or not facts.cards:
        return None
    chosen = facts.environment.get("CUDA_VISIBLE_DEVICES", "")
    text = f"nvidia-smi shows {_names(facts.cards)}, but CUDA_VISIBLE_DEVICES={chosen!r} hides it from every program"
    in_job = "SLURM_JOB_ID" in facts.environment
    return Problem("hidden-gpu", False, text, "srun --gres=gpu:1 ..." if in_job else "unset CUDA_VISIBLE_DEVICES")


def gpu_not_seen(facts: Facts) -> Problem | None:
    """The driver shows a card, and the engine computes on the processor: its CUDA packages are missing."""
    if not facts.seen or old_driver(facts) or "devices" not in facts.told or facts.told["devices"]:
        return None
    if facts.backend == "jax" or not all(map(tensorflow_fits, facts.seen)):
        fix = install("jax-gpu") if facts.backend == "jax" else take_jax()
    else:
        fix = install("gpu")
    text = (
        f"nvidia-smi shows {_names(facts.seen)}, but {facts.told['engine']} sees no GPU and computes on the processor"
    )
    return Problem("gpu-not-seen", False, text, fix)


def too_old(facts: Facts) -> Problem | None:
    """A card from before those that the engines hold code for."""
    unknown = [card for card in facts.seen if not facts.works(card)]
    old = [card for card in unknown if card.capability is not None and card.capability < OLDEST]
    if not old:
        return None
    text = (
        f"{old[0].name}: compute capability {capability(old[0])} is older than the engines' code ({capability(OLDEST)})"
    )
    return Problem("old-card", True, text, "compute on the processor: export CUDA_VISIBLE_DEVICES=-1")


def memory_held(facts: Facts) -> Problem | None:
    """A card whose memory somebody else holds."""
    full = [card for card in facts.seen if card.total and card.free < NEARLY_FULL * card.total]
    if not full:
        return None
    card, others = full[0], [other for other in facts.cards if other.total and other not in full]
    text = (
        f"GPU {card.index} ({card.name}): only {size(card.free)} of {size(card.total)} are free; other programs, or "
        "other notebooks of yours, hold the rest"
    )
    if others:
        freest = max(others, key=lambda other: other.free)
        return Problem("gpu-memory-held", False, text, f"export CUDA_VISIBLE_DEVICES={freest.index}")
    return Problem("gpu-memory-held", False, text, "see whose it is, and shut your own notebooks down: nvidia-smi")


def capability(card: Card | tuple[int, int] | None) -> str:
    """Return a compute capability for people: "8.6"."""
    pair = card.capability if isinstance(card, Card) else card
    return "unknown" if pair is None else f"{pair[0]}.{pair[1]}"


def _names(cards: tuple[Card, ...]) -> str:
    return " and ".join(dict.fromkeys(card.name for card in cards))


CARD_FAULTS = (driver_fails, old_driver, hidden_cards, gpu_not_seen, too_old, memory_held)
