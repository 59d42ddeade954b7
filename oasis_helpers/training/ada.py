"""Adaptive augmentation: where p, the probability of each change, is raised and lowered (ADA; notebook 05).

Karras et al. 2020 (arXiv 2006.06676), section 3.1: while D is too confident on the reals, it is learning them by heart,
and p rises; else it falls. What the changes are is in `oasis_helpers.networks.augment`.
"""

from __future__ import annotations

from oasis_helpers import engine
from oasis_helpers.config import Config
from oasis_helpers.networks.augment import LARGEST_P
from oasis_helpers.networks.layers import Tensor
from oasis_helpers.training.schedule import Phase

import keras
import numpy as np


class AugmentControl:
    """Adapts p by the mean sign of D's logits for reals, every ``ada_interval_kimg`` thousand images of stable phases.

    In a fade D is confident on new pixels, which is no sign that it knows the people: p stays, and its signs do not
    count.

    Attributes:
        signs: of each step since p was last adapted, with its number of images: levels have batches of their own.
            Saved with the run, so that a resumed one ends the same.
    """

    def __init__(self, config: Config, p: keras.Variable | None) -> None:
        """Take the variable p that the training step reads; None where nothing is augmented."""
        self.config, self._p = config, p
        self.signs: list[tuple[Tensor | float, int]] = []

    def after_step(self, phase: Phase, before: int, images: int, logs: dict[str, Tensor]) -> None:
        """Note a step of a phase that showed the images from ``before`` up to ``images``; adapt p when it is due."""
        if self.config.ada_target == 0 or phase.kind != "stable":
            return
        self.signs.append((logs["real_sign"], phase.batch_size))
        interval = self.config.ada_interval_kimg * 1000
        if images // interval > before // interval:
            self.settle()
            signs, counts = zip(*self.signs, strict=True)
            self._adapt(float(np.average(signs, weights=counts)), sum(counts))
            self.signs = []

    def settle(self) -> None:
        """Bring the signs from the device: as floats they can be saved."""
        self.signs = [(float(engine.to_numpy(sign)), count) for sign, count in self.signs]

    def _adapt(self, sign: float, images: int) -> None:
        """Raise p where the mean sign, -1 to 1, of so many images is above the target, else lower it."""
        step = np.sign(sign - self.config.ada_target) * images / (self.config.ada_kimg * 1000)
        self._p.assign(float(np.clip(engine.to_numpy(self._p) + step, 0.0, LARGEST_P)))
