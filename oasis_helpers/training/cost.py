"""What a step costs, counted in multiply-adds: from it follows the time left (notebook 05).

Only convolutions are counted. The unit is one forward pass of G for one image, which costs the same as one of
D: `conv_macs` multiply-adds, 2 floating-point operations each. Through a convolution, the gradient by its input
and the gradient by its kernel cost as much again as the forward pass, each.

============================================  =====================================================  =====
part of a step                                what is computed                                       units
============================================  =====================================================  =====
D update, fakes                               G forward                                                  1
D update, reals and fakes                     twice D forward 1, gradients 2                             6
G update                                      G forward 1, gradients 2; D forward 1, by its input 1      5
**a step without a penalty**                                                                            12
R1 in the same step as the loss               gradient by the image 1, that gradient's gradients 2     3
**a step with R1**                                                                                      15
R1 on its own (lazy), or WGAN-GP's penalty    forward 1, gradient by the image 1, back through both    6
============================================  =====================================================  =====

R1 in the loss shares the forward pass on the reals, and the way back through it, with the loss. On its own, or
on other images as in WGAN-GP, it has to do both itself: 1 + 2 units more. The way back through the forward pass
(2) is there only because of the minibatch standard deviation: the other layers are linear in pieces, so their
gradient does not depend on what went through them. Without it (``mbstd_group`` 1) these penalties take 4. The
relativistic loss judges the reals again in G's update (1 more) and has its penalty twice, for reals and for fakes; on
its own that one has to draw the fakes first (1 more).
Counting the convolutions in the traced functions gives 12.2 for a step, 6.0 and 4.0 for lazy R1. A step with R1
is counted as 15 whether or not the engine finds everything that can be shared; traced as written it is 18.2. The
relativistic loss's traced step has 1.08 times the convolutions of the logistic one, its lazy R1 2.17 times.
"""

from __future__ import annotations

from typing import Any

from oasis_helpers.config import Config
from oasis_helpers.training.losses import LOSSES
from oasis_helpers.training.schedule import Phase


def conv_macs(config: Config, resolution: int) -> float:
    """Multiply-adds of the 3x3 convolutions of one generator or discriminator pass, per image.

    Counted as the paper describes them, on the full image; the two networks cost the same.
    """
    total = 9 * 16 * config.channels(4) ** 2
    size = 8
    while size <= resolution:
        c, below = config.channels(size), config.channels(size // 2)
        total += 9 * size**2 * (c * below + c * c)
        size *= 2
    return float(total)


def work_left(config: Config, phases: list[Phase], images: int) -> float:
    """Multiply-adds of one pass over all images still to be shown; only its ratios mean something."""
    left = 0.0
    for phase in phases:
        left += max(phase.end - max(phase.start, images), 0) * conv_macs(config, phase.resolution)
    return left


def minutes_left(config: Config, phases: list[Phase], images: int, row: dict[str, Any]) -> float:
    """Return about how many minutes the rest of a schedule takes, judged by a history line's speed and level."""
    speed = row["images_per_s"] * conv_macs(config, row["resolution"])
    return work_left(config, phases, images) / speed / 60


def step_units(config: Config, resolution: int) -> int:
    """Units of one step, without lazy R1: 12, or 15 with R1 in every step (see the table and the text above)."""
    loss = LOSSES[config.loss]
    if not loss.has_r1:
        return 12 + lone_penalty_units(config)
    penalised = config.at("r1_gamma", resolution) > 0 and config.r1_interval == 1
    return 12 + loss.in_pairs + (3 * loss.penalised_sets if penalised else 0)


def lone_penalty_units(config: Config) -> int:
    """Units of a gradient penalty that shares nothing with the loss: one lazy R1 update (see the table above)."""
    sets = LOSSES[config.loss].penalised_sets
    return (6 if config.mbstd_group > 1 else 4) * sets + (sets - 1)


def activations(config: Config, resolution: int) -> int:
    """Numbers in the feature maps of one generator or discriminator pass, per image: memory grows with them."""
    sizes = [2**k for k in range(2, resolution.bit_length())]
    return sum(2 * size**2 * config.channels(size) for size in sizes)


def duration(seconds: float) -> str:
    """Return a time for people: ``45 s``, ``16.8 min``, ``30.5 h``, ``12.0 days``."""
    for size, unit in ((86400.0, "days"), (3600.0, "h"), (60.0, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:,.1f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
