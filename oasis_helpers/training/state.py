"""What a training step changes: networks, their optimisers, the averaged generator, the random state (notebook 05)."""

from __future__ import annotations

from oasis_helpers.config import Config
from oasis_helpers.networks.discriminator import Discriminator
from oasis_helpers.networks.generator import Generator
from oasis_helpers.training.losses import LOSSES

import keras
import numpy as np


class Networks:
    """Everything that training changes: G, D, the averaged G, two optimisers and the random state.

    Attributes:
        g: the generator that is trained.
        d: the discriminator.
        ema: the averaged generator, the one to sample from; it alone knows how far the run has grown.
        random: the seed generator of all that is drawn in a step.
        augment_p: probability of each augmentation, a variable; None where nothing is augmented.
    """

    def __init__(self, config: Config) -> None:
        """Make all of it from the configuration's seed."""
        self.config = config
        self.g = Generator(config, name="g")
        self.d = Discriminator(config, name="d")
        self.ema = Generator(config, name="ema")  # same seed, so it starts as a copy
        self.g_optimizer = self._adam(1, "g_adam")
        self.d_optimizer = self._adam(lazy_interval(config), "d_adam")
        self.g_optimizer.build(self.g.trainable_variables)
        self.d_optimizer.build(self.d.trainable_variables)
        self.random = keras.random.SeedGenerator(config.seed, name="random")
        # A variable, so that it can change without compiling anew, and is saved with the rest.
        self.augment_p = None
        if config.augments:
            self.augment_p = keras.Variable(config.augment_p, trainable=False, name="augment_p")

    def _adam(self, interval: int, name: str) -> keras.optimizers.Adam:
        """Return Adam; with lazy regularisation its speed and memory are corrected (StyleGAN2, appendix B)."""
        c = lazy_correction(interval)
        config = self.config
        return keras.optimizers.Adam(
            learning_rate=1e-3 * c,  # set for each level by `begin_phase`
            beta_1=config.adam_beta1**c,
            beta_2=config.adam_beta2**c,
            epsilon=config.adam_epsilon,
            name=name,
        )

    @property
    def variables(self) -> list[keras.Variable]:
        """Every variable, in a fixed order."""
        nets = [*self.g.variables, *self.d.variables, *self.ema.variables]
        rest = [self.random.state] if self.augment_p is None else [self.random.state, self.augment_p]
        return [*nets, *self.g_optimizer.variables, *self.d_optimizer.variables, *rest]

    def begin_phase(self, learning_rate: float, reset: bool) -> None:
        """Set a phase's learning rate, and (``reset``) Adam's moments back to the start.

        The release resets them when a level starts to fade in and when it has faded in.
        """
        self.set_learning_rate(learning_rate)
        for optimizer in (self.g_optimizer, self.d_optimizer):
            for variable in optimizer.variables if reset else []:
                if variable is not optimizer.learning_rate:
                    variable.assign(np.zeros(variable.shape, variable.dtype))

    def set_learning_rate(self, learning_rate: float) -> None:
        """Set both networks' learning rate; D's is corrected for lazy R1."""
        self.g_optimizer.learning_rate.assign(learning_rate)
        self.d_optimizer.learning_rate.assign(learning_rate * lazy_correction(lazy_interval(self.config)))


def lazy_interval(config: Config, resolution: int | None = None) -> int:
    """Return the steps between two lazy R1 updates; 1 where R1 is off, or part of every step.

    With a resolution in pixels, at that level; else for the run, whose optimiser is made once for all levels.
    """
    levels = config.resolutions if resolution is None else [resolution]
    penalised = LOSSES[config.loss].has_r1 and any(config.at("r1_gamma", level) > 0 for level in levels)
    return config.r1_interval if penalised else 1


def lazy_correction(interval: int) -> float:
    """Return c = n / (n + 1) for R1 every n-th step, 16/17 for 16; 1 where it is part of every step."""
    return interval / (interval + 1) if interval > 1 else 1.0
