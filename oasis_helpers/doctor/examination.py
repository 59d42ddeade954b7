"""What computes here and whether it will work, in lines for people and as JSON for bug reports (notebook 00)."""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from oasis_helpers import __version__
from oasis_helpers.doctor import memory, packages, system
from oasis_helpers.doctor.card_faults import CARD_FAULTS, capability
from oasis_helpers.doctor.cards import Card, find_cards, visible
from oasis_helpers.doctor.facts import Facts
from oasis_helpers.doctor.fixes import Problem, size
from oasis_helpers.doctor.machine_faults import MACHINE_FAULTS, folder_problems
from oasis_helpers.doctor.step_faults import step_problems
from oasis_helpers.doctor.trial import Trial, try_step
from oasis_helpers.paths import cache_candidates, runs_dir

VARIABLES = ("CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH", "XLA_FLAGS", "SLURM_JOB_ID", "SLURM_NTASKS", "OASIS_PRESET")
AT_ONCE = 4  # cards that are tried side by side
RULED_OUT = {"no-avx", "unknown-engine", "no-engine", "old-python"}  # nothing can be computed: not even tried


class Examination:
    """Facts of a machine and what is wrong with it; printed, it is what ``doctor`` shows.

    Attributes:
        facts: what was found.
        problems: what is wrong, the worst first.
    """

    def __init__(self, facts: Facts) -> None:
        """Judge the facts."""
        self.facts = facts
        self.problems = diagnose(facts)

    @property
    def ready(self) -> bool:
        """Whether nothing stands in the way of a training."""
        return not any(problem.stops for problem in self.problems)

    @property
    def verdict(self) -> str:
        """One line that says whether it will work."""
        if not self.ready:
            count = sum(problem.stops for problem in self.problems)
            return f"Not ready yet: {count} problem{'s' if count > 1 else ''} to fix first."
        return "This machine is ready." if not self.problems else "This machine is ready, but could do more: see above."

    def __str__(self) -> str:
        """Return a line for each fact, two for each problem, and the verdict."""
        lines = [f"{name:10s} {text}" for name, text in _lines(self.facts)]
        for problem in self.problems:
            lines += [
                "",
                f"{'PROBLEM' if problem.stops else 'note':10s} {problem.text}",
                f"{'  fix':10s} {problem.fix}",
            ]
        return "\n".join([*lines, "", self.verdict])

    def short(self) -> str:
        """Return the problems and the verdict alone."""
        problems = [f"{problem.text}\n  fix: {problem.fix}" for problem in self.problems]
        return "\n".join([*problems, self.verdict])

    def to_json(self) -> str:
        """Return everything as JSON, for bug reports: the texts of the engine too."""
        facts = dataclasses.asdict(self.facts)
        for name in ("cards", "seen", "folders", "trials"):
            facts[name] = [item._asdict() for item in getattr(self.facts, name)]
        facts["processor"] = self.facts.processor._asdict()
        problems = [problem._asdict() for problem in self.problems]
        whole = {"course": __version__, "ready": self.ready, "problems": problems, "facts": facts}
        return json.dumps(whole, indent=2, default=str)


def examine(try_steps: bool | None = None) -> Examination:
    """Look at this machine, and try one compiled step on each of its devices.

    Args:
        try_steps: False tries none, which takes no second; None tries some only where there is an NVIDIA card, since
            what can end Python without a word is a card.
    """
    facts = gather_facts()
    if try_steps is None:
        try_steps = bool(facts.seen)
    if try_steps and not RULED_OUT.intersection(problem.fault for problem in diagnose(facts)):
        facts = dataclasses.replace(facts, trials=tuple(_try_each(facts.seen)))
    return Examination(facts)


def gather_facts() -> Facts:
    """Return what can be found out without an engine; nothing is tried."""
    cards, complaint = find_cards()
    chosen = {name: os.environ[name] for name in VARIABLES if name in os.environ}
    return Facts(
        python=sys.version_info[:3],
        backend=os.environ.get("KERAS_BACKEND", "tensorflow"),
        packages=packages.versions(),
        processor=system.processor(),
        wsl=system.wsl(),
        memory=memory.installed(),
        memory_free=memory.unused(),
        memory_limit=memory.group_limit(),
        folders=(
            system.folder("cache", cache_candidates()[0], "OASIS_CACHE"),
            system.folder("runs", runs_dir(), "OASIS_RUNS"),
        ),
        cards=tuple(cards),
        seen=tuple(visible(cards, chosen.get("CUDA_VISIBLE_DEVICES"))),
        nvidia_smi=complaint,
        tools=packages.xla_tools(),
        environment=chosen,
    )


def _try_each(cards: Sequence[Card]) -> list[Trial]:
    """Try a step on each card, or on what the engine finds where no card is seen."""
    if not cards:
        return [try_step()]

    def on_card(card: Card) -> Trial:
        return try_step(f"GPU {card.index}", CUDA_VISIBLE_DEVICES=card.uuid)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(on_card, cards))


def diagnose(facts: Facts) -> list[Problem]:
    """Return all that is wrong, what stops a training first; each fault once."""
    found = [problem for fault in (*MACHINE_FAULTS, *CARD_FAULTS) if (problem := fault(facts))]
    found += folder_problems(facts)
    known = {problem.fault for problem in found}
    found += [problem for problem in step_problems(facts) if problem.fault not in known]
    return sorted(found, key=lambda problem: not problem.stops)


def _lines(facts: Facts) -> list[tuple[str, str]]:
    """Return (what, text) of all that is known."""
    engine = facts.told.get("engine") or f"{facts.backend} {facts.packages.get(facts.backend, 'not installed')}"
    python = ".".join(map(str, facts.python))
    keras = facts.packages.get("keras", "not installed")
    core = facts.processor
    avx = {True: "AVX", False: "no AVX", None: "AVX not asked"}[core.avx]
    within = f", {size(facts.memory_limit)} for this container or job" if facts.memory_limit else ""
    lines = [
        ("engine", f"{engine}, Keras {keras}, Python {python}"),
        ("system", f"{platform.system()}{f', WSL {facts.wsl}' if facts.wsl else ''}"),
        ("processor", f"{core.name} ({core.architecture}), {core.cores} cores, {avx}"),
    ]
    if facts.memory and facts.memory_free:
        lines.append(("memory", f"{size(facts.memory)}, {size(facts.memory_free)} free{within}"))
    for folder in facts.folders:
        free = "" if folder.free is None else f", {size(folder.free)} free"
        state = f"not writable ({folder.problem})" if folder.problem else "writable"
        lines.append((folder.what, f"{folder.path}: {state}{free}"))
    lines += [(f"GPU {card.index}", _card_line(card, card in facts.seen)) for card in facts.cards]
    if facts.cards:
        found = [f"{tool} {'in ' + path if path else 'not found'}" for tool, path in facts.tools.items()]
        lines.append(("XLA tools", ", ".join(found)))
    elif not facts.nvidia_smi:
        lines.append(("GPU", "none (there is no nvidia-smi)"))
    return lines + [("step", _trial_line(trial)) for trial in facts.trials]


def _card_line(card: Card, seen: bool) -> str:
    shown = "" if seen else ", hidden by CUDA_VISIBLE_DEVICES"
    memory_text = f"{size(card.free)} of {size(card.total)} free" if card.total else "memory not told"
    return f"{card.name}, driver {card.driver}, compute capability {capability(card)}, {memory_text}{shown}"


def _trial_line(trial: Trial) -> str:
    if not trial.worked:
        return f"{trial.device}: did not work"
    devices = trial.said["devices"]
    where = f"{trial.device} ({devices[0]})" if devices else "CPU"
    return f"{where}: compiled and computed in {trial.said['seconds']:.1f} s"
