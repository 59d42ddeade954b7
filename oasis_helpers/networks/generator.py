"""The whole generator: mapping, truncation, synthesis, and the running mean of w (notebooks 02, 03 and 06)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from oasis_helpers.config import Config
from oasis_helpers.errors import ConfigError
from oasis_helpers.networks.layers import Tensor
from oasis_helpers.networks.mapping import MappingNetwork
from oasis_helpers.networks.synthesis import SynthesisNetwork, num_layers

import keras
import numpy as np
from keras import ops


class Generator(keras.Model):
    """z -> w -> one style per layer -> image.

    >>> from oasis_helpers import make_config
    >>> generator = Generator(make_config("smoke"))
    >>> tuple(generator(np.zeros((2, 32), "float32")).shape)  # two latents of length 32, images of 16 px
    (2, 16, 16, 1)

    It takes latents z (b, z_dim), drawn from N(0, 1), and gives images (b, R, R, 1) float32, about in the
    configuration's value range; nothing clips them.

    A call without ``resolution`` and ``alpha`` draws what the generator has grown to. It is made so, and only a run
    whose generator grows changes it (`grow_to`).

    Args:
        config: sizes and seed.
        seed: seed of the start values; None takes the configuration's.
        resolution: pixels that it has grown to; None is the configuration's, fully grown.
        alpha: how far that level has faded in, 0 to 1.
        about: what is known of its training, such as ``kimg`` and ``data``, as JSON values.

    Attributes:
        config: as given.
        about: as given; empty where nothing is known.

    Raises:
        ConfigError: a resolution that the network does not have.
    """

    def __init__(
        self,
        config: Config,
        seed: int | None = None,
        name: str = "generator",
        resolution: int | None = None,
        alpha: float = 1.0,
        about: dict[str, Any] | None = None,
    ) -> None:
        """See the class."""
        super().__init__(name=name)
        seeds = np.random.default_rng([config.seed if seed is None else seed, 1]).integers(2**31, size=2)
        self.config = config
        self.about = dict(about or {})
        self.grow_to(config.resolution if resolution is None else resolution, alpha)
        self.mapping = MappingNetwork(config, seed=int(seeds[0]), name="mapping")
        self.synthesis = SynthesisNetwork(config, seed=int(seeds[1]), name="synthesis")
        self.build()

    def build(self, input_shape: tuple | None = None) -> None:
        """Make all weights; nothing is run."""
        self.w_avg = self.add_weight(shape=(self.config.w_dim,), initializer="zeros", trainable=False, name="w_avg")
        self.mapping.build((None, self.config.z_dim))
        self.synthesis.build()
        self.built = True

    def grow_to(self, resolution: int, alpha: float = 1.0) -> None:
        """Say how far it has grown: pixels, and how far that level has faded in, 0 to 1; raises ConfigError."""
        self._grown = (check_resolution(resolution, self.config), float(alpha))

    @property
    def resolution(self) -> int:
        """Pixels a side of what it draws."""
        return self._grown[0]

    @property
    def alpha(self) -> float:
        """How far that level has faded in, 0 to 1."""
        return self._grown[1]

    @property
    def num_styles(self) -> int:
        """Styles (and layers) of the full network: 14 at 256 px."""
        return num_layers(self.config.resolution)

    def styles(self, z: Tensor) -> Tensor:
        """Map z to the same w for every layer. (b, z_dim) -> (b, num_styles, w_dim)."""
        w = self.mapping(z)
        return ops.broadcast_to(w[:, None], (ops.shape(w)[0], self.num_styles, self.config.w_dim))

    def truncate(self, ws: Tensor, psi: float | None = None, cutoff: int | None = None) -> Tensor:
        """Pull the first ``cutoff`` styles towards the mean: w_avg + psi (w - w_avg) (paper, appendix B).

        psi 0 gives the mean image for every z, psi 1 changes nothing. None takes the configuration's
        values (0.7 on the first 8 layers). Shape kept: (b, num_styles, w_dim).
        """
        psi = self.config.truncation_psi if psi is None else psi
        cutoff = self.config.truncation_cutoff if cutoff is None else cutoff
        weight = np.where(np.arange(self.num_styles) < cutoff, psi, 1.0).astype("float32")[:, None]
        return self.w_avg + (ws - self.w_avg) * weight

    def call(
        self,
        z: Tensor,
        psi: float = 1.0,
        cutoff: int | None = None,
        noise: Sequence[Tensor | None] | None = None,
        resolution: int | None = None,
        alpha: Tensor | float | None = None,
    ) -> Tensor:
        """Draw images from latents.

        Args:
            z: (b, z_dim), drawn from N(0, 1).
            psi: truncation; 1 is off, as in training.
            cutoff: how many layers are truncated; None takes the configuration's.
            noise: one map per layer, see `SynthesisNetwork`; None is no noise.
            resolution: pixels; None is as far as the generator has grown.
            alpha: fade of that resolution, 0 to 1; None is the generator's own.

        Returns:
            Images (b, resolution, resolution, 1) in the configuration's value range, not clipped.
        """
        ws = self.truncate(self.styles(z), psi, cutoff)
        return self.draw(ws, noise, resolution, alpha)

    def draw(
        self,
        ws: Tensor,
        noise: Sequence[Tensor | None] | None = None,
        resolution: int | None = None,
        alpha: Tensor | float | None = None,
        mixed: bool = False,
    ) -> Tensor:
        """Draw images from styles (b, num_styles, w_dim); the other arguments are those of ``call``.

        ``mixed`` computes the blocks from 32 px up in bfloat16, as training does with ``mixed_precision``.
        """
        size = self.resolution if resolution is None else check_resolution(resolution, self.config)
        if alpha is None:
            alpha = self.alpha if size == self.resolution else 1.0
        return self.synthesis(ws, noise=noise, resolution=size, alpha=alpha, mixed=mixed)

    def trainable_at(self, resolution: int) -> list[keras.Variable]:
        """Return the variables that take part in drawing at a resolution, its fade from below included."""
        synthesis = self.synthesis
        used = list(self.mapping.trainable_variables) + [synthesis.constant]
        for layer in synthesis.styled[: num_layers(resolution)]:
            used += layer.trainable_variables
        level = num_layers(resolution) // 2
        for layer in synthesis.to_gray[max(level - 2, 0) : level]:
            used += layer.trainable_variables
        return used

    def summary_table(self) -> str:
        """Return a table of the network: level, resolution, channels, styles, parameters."""
        lines = ["level  resolution  channels  styles  parameters"]
        mapping = self.mapping.count_params()
        lines.append(f"{'z to w':>5s}  {'-':>9s}  {self.config.w_dim:8d}  {'-':>6s}  {mapping:10,d}")
        for level in range(2, self.config.levels + 1):
            i = level - 2
            layers = [*self.synthesis.styled[2 * i : 2 * i + 2], self.synthesis.to_gray[i]]
            count = sum(layer.count_params() for layer in layers)
            count += int(np.prod(self.synthesis.constant.shape)) if level == 2 else 0
            size = 2**level
            styles = f"{2 * i}-{2 * i + 1}"
            lines.append(f"{level:6d}  {size:10d}  {self.config.channels(size):8d}  {styles:>6s}  {count:10,d}")
        total = sum(int(np.prod(v.shape)) for v in self.trainable_variables)
        lines.append(f"{'all':>6s}  {'':>10s}  {'':>8s}  {self.num_styles:6d}  {total:10,d}")
        return "\n".join(lines)


def check_resolution(resolution: Any, config: Config) -> int:
    """Return the resolution where the network has it; raises ConfigError."""
    valid = [2**k for k in range(2, config.levels + 1)]
    if resolution not in valid:
        raise ConfigError(f"resolution: expected one of {', '.join(map(str, valid))}, but got {resolution!r}")
    return int(resolution)
