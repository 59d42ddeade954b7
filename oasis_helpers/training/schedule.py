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

    ``start`` and ``end`` count images shown. In a "fade" alpha rises from 0 to 1 by images; else it is 1. In a
    "d_only" phase the generator stands still while the discriminator learns. The phase after it has a ``g_rise``.
    """

    resolution: int
    kind: str  # "d_only", "fade" or "stable"
    start: int
    end: int
    batch_size: int
    learning_rate: float
    length: int  # images that were planned; fewer are shown where the run ends before
    g_rise: int = 0  # images over which the generator's learning rate rises from 0 to that of the phase

    def alpha(self, images: int) -> float:
        """Return the share of the new level after so many images: 0 at the fade's start, 1 at its planned end."""
        if self.kind != "fade":
            return 1.0
        return min(max((images - self.start) / self.length, 0.0), 1.0)

    def g_share(self, images: int) -> float:
        """Return the share of the learning rate that the generator takes after so many images, 0 to 1.

        A discriminator that has only seen one generator is fooled by the first steps of a fast one, and goes blind.
        """
        if self.kind == "d_only":
            return 0.0
        return min((images - self.start) / self.g_rise, 1.0) if self.g_rise else 1.0

    @property
    def name(self) -> str:
        """For example ``64px_fade``."""
        return f"{self.resolution}px_{self.kind}"


def make_schedule(config: Config) -> list[Phase]:
    """Return the phases of a run in order.

    The last one is stable at the full resolution and takes what is left of ``total_kimg``. A total that ends
    before all levels have grown cuts the list there. A phase of length 0 is left out. Only the first level has a
    "d_only" phase, and it alone has no fade.
    """
    phases: list[Phase] = []
    start, total = 0, round(config.total_kimg * 1000)
    for size in config.resolutions:
        for kind in ("d_only" if size == config.start_resolution else "fade", "stable"):
            kimg = config.d_only_kimg if kind == "d_only" else config.at(f"{kind}_kimg", size)
            length = round(kimg * 1000)
            last = size == config.resolution and kind == "stable"
            end = total if last else min(start + length, total)
            if end > start:
                batch, rate = int(config.at("batch_size", size)), config.at("learning_rate", size)
                rise = phases[-1].length if phases and phases[-1].kind == "d_only" else 0
                phases.append(Phase(size, kind, start, end, batch, rate, length, rise))
            start = max(start, end)
    return phases


def schedule_table(config: Config) -> str:
    """Return the phases as a table: resolution, kind, images, batch size, learning rate."""
    lines = ["resolution  phase   from kimg    to kimg  batch  learning rate"]
    for p in make_schedule(config):
        lines.append(
            f"{p.resolution:10d}  {p.kind:6s}  {p.start / 1000:9,.1f}  {p.end / 1000:9,.1f}"
            f"  {p.batch_size:5d}  {p.learning_rate:13.4g}"
        )
    return "\n".join(lines)
