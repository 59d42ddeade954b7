"""Growing by images shown: which resolution, how far faded in, at which batch size and speed (notebook 05).

Paper, section 2, and the official release: training starts at 8 px; each level is trained for a while, then
the next one fades in, counted in images. All numbers here follow from the configuration alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from oasis_helpers.config import Config


@dataclass(frozen=True)
class Phase:
    """A stretch of the run at one resolution.

    ``start`` and ``end`` count images shown. In a "fade" alpha rises from 0 to 1 by images; in a "stable"
    phase it is 1.
    """

    resolution: int
    kind: str  # "fade" or "stable"
    start: int
    end: int
    batch_size: int
    learning_rate: float
    length: int  # images that were planned; fewer are shown where the run ends before

    def alpha(self, images: int) -> float:
        """Return the share of the new level after so many images: 0 at the fade's start, 1 at its planned end."""
        if self.kind == "stable":
            return 1.0
        return min(max((images - self.start) / self.length, 0.0), 1.0)

    @property
    def name(self) -> str:
        """For example ``64px_fade``."""
        return f"{self.resolution}px_{self.kind}"


def make_schedule(config: Config) -> list[Phase]:
    """Return the phases of a run in order.

    The last one is stable at the full resolution and takes what is left of ``total_kimg``. A total that ends
    before all levels have grown cuts the list there. A phase of length 0 is left out.
    """
    phases: list[Phase] = []
    start, total = 0, round(config.total_kimg * 1000)
    for size in config.resolutions:
        for kind in ("fade", "stable"):
            if kind == "fade" and size == config.start_resolution:
                continue
            length = round(config.at(f"{kind}_kimg", size) * 1000)
            last = size == config.resolution and kind == "stable"
            end = total if last else min(start + length, total)
            if end > start:
                batch, rate = int(config.at("batch_size", size)), config.at("learning_rate", size)
                phases.append(Phase(size, kind, start, end, batch, rate, length))
            start = max(start, end)
    return phases


def learning_rate(config: Config, phase: Phase, images: int) -> float:
    """Return the learning rate after so many images: the phase's, but falling to 0 at the run's end if that is on.

    A straight line over the last ``rampdown_kimg`` thousand images. Adam's steps are as long as the rate, however small
    the gradients get, so at a fixed rate the weights never come to rest.
    """
    length, left = config.rampdown_kimg * 1000, config.total_kimg * 1000 - images
    return phase.learning_rate * min(max(left / length, 0.0), 1.0) if length > 0 else phase.learning_rate


def schedule_table(config: Config) -> str:
    """Return the phases as a table: resolution, kind, images, batch size, learning rate."""
    lines = ["resolution  phase   from kimg    to kimg  batch  learning rate"]
    for p in make_schedule(config):
        lines.append(
            f"{p.resolution:10d}  {p.kind:6s}  {p.start / 1000:9,.1f}  {p.end / 1000:9,.1f}"
            f"  {p.batch_size:5d}  {p.learning_rate:13.4g}"
        )
    return "\n".join(lines)
