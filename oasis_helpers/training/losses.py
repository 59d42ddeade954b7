"""What each network minimises: the logistic loss with R1, the relativistic one, and WGAN-GP (notebook 04).

First the terms, each a mean over the batch; then one class a loss, which is all that the training step, the cost and
the state ask. ``critic`` is a function from images (b, r, r, 1) to logits (b,).
"""

from __future__ import annotations

from collections.abc import Callable

from oasis_helpers.config import Config
from oasis_helpers.engine import input_grad
from oasis_helpers.networks.layers import Tensor

from keras import ops

Critic = Callable[[Tensor], Tensor]


# ---------------------------------------------------------------- terms


def logistic_d(real: Tensor, fake: Tensor, smoothing: float = 0.0) -> Tensor:
    """softplus(-D(x)) + softplus(D(G(z))): the discriminator's cross-entropy (Goodfellow et al. 2014).

    Logits real (b,) and fake (b,); returns a scalar. At logits 0 it is 2 ln 2 = 1.386. With one-sided label
    smoothing s (Salimans et al. 2016, section 3.4) the label of reals is 1 - s, not 1:
    (1 - s) softplus(-D(x)) + s softplus(D(x)), which is softplus(-D(x)) + s D(x).
    """
    doubt = smoothing * ops.mean(real) if smoothing > 0 else 0.0
    return ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake)) + doubt


def logistic_g(fake: Tensor) -> Tensor:
    """softplus(-D(G(z))): the non-saturating generator loss. Logits (b,); returns a scalar."""
    return ops.mean(ops.softplus(-fake))


def relativistic_d(real: Tensor, fake: Tensor) -> Tensor:
    """softplus(D(G(z)) - D(x)): each real must look more real than its fake (Jolicoeur-Martineau 2018, RpGAN).

    Logits real (b,) and fake (b,), taken in pairs; returns a scalar, ln 2 where D cannot tell. A generator that leaves
    out a kind of image keeps losing to the reals of that kind: the loss has no minimum there (Sun et al. 2020).
    """
    return ops.mean(ops.softplus(fake - real))


def relativistic_g(real: Tensor, fake: Tensor) -> Tensor:
    """softplus(D(x) - D(G(z))): the same, seen by the generator. Logits (b,) in pairs; returns a scalar."""
    return ops.mean(ops.softplus(real - fake))


def r1_penalty(critic: Critic, real: Tensor) -> Tensor:
    """Mean over the images of the squared length of dD/dx, on reals only (Mescheder et al. 2018, eq. 9).

    The caller multiplies it by gamma / 2. Images (b, r, r, 1); returns a scalar.
    """
    # The sum of the logits has, for each image, the gradient of its own logit. (The minibatch standard
    # deviation couples images of a group a little; the official release takes the same sum.)
    grads = input_grad(lambda x: ops.sum(critic(x)), real)  # (b, r, r, 1)
    return ops.mean(ops.sum(ops.square(grads), axis=(1, 2, 3)))


def wgan_d(real: Tensor, fake: Tensor, drift: float = 1e-3) -> Tensor:
    """D(G(z)) - D(x) + drift D(x)^2 (Karras et al. 2017, appendix A.1). Returns a scalar."""
    return ops.mean(fake) - ops.mean(real) + drift * ops.mean(ops.square(real))


def wgan_g(fake: Tensor) -> Tensor:
    """-D(G(z)). Returns a scalar."""
    return -ops.mean(fake)


def gradient_penalty(critic: Critic, real: Tensor, fake: Tensor, mix: Tensor, scale: float = 1.0) -> Tensor:
    """Mean of (|dD/dx| - 1)^2 on random points between reals and fakes (Gulrajani et al. 2017).

    The caller multiplies it by lambda. mix (b, 1, 1, 1) is uniform in 0..1; returns a scalar. ``scale`` multiplies the
    squared length of dD/dx, see `Config.penalty_scale`.
    """
    between = real + (fake - real) * mix  # (b, r, r, 1)
    grads = input_grad(lambda x: ops.sum(critic(x)), between)  # (b, r, r, 1)
    length = ops.sqrt(scale * ops.sum(ops.square(grads), axis=(1, 2, 3)) + 1e-12)  # (b,)
    return ops.mean(ops.square(length - 1.0))


# ---------------------------------------------------------------- losses


class Loss:
    """What D and G minimise, and D's gradient penalty.

    Attributes:
        name: the value of `Config.loss`.
        in_pairs: G's loss needs the logits of the reals that D has just seen.
        has_r1: its penalty is R1, weighted by ``r1_gamma`` and applied every ``r1_interval`` steps.
        penalised_sets: 1 where the penalty is taken on one set of images, 2 where on reals and on fakes.
    """

    name: str
    in_pairs = False
    has_r1 = True
    penalised_sets = 1

    def __init__(self, config: Config) -> None:
        """Take the configuration, whose weights it uses."""
        self.config = config

    def d(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return D's loss, a scalar, of the logits of reals (b,) and fakes (b,); without a penalty."""
        raise NotImplementedError

    def g(self, real: Tensor | None, fake: Tensor) -> Tensor:
        """Return G's loss, a scalar; ``real`` (b,) is None unless `in_pairs`."""
        raise NotImplementedError

    def penalty(
        self, critic: Critic, real: Tensor, fake: Tensor, mix: Tensor | None, gamma: float, scale: float = 1.0
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return D's weighted penalty, a scalar, and what to log of it.

        Args:
            critic: D at the present level.
            real: (b, r, r, 1), as D sees them.
            fake: (b, r, r, 1), as D sees them, without a gradient.
            mix: (b, 1, 1, 1) uniform in 0..1, for WGAN-GP alone.
            gamma: weight of R1 at this level.
            scale: what squared gradient lengths are multiplied by, see `Config.penalty_scale`.
        """
        r1 = scale * r1_penalty(critic, real)
        return gamma / 2 * r1, {"r1": r1}

    def sureness(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return (b,) numbers above 0 where D is right about a real; their mean sign steers ADA."""
        return real


class LogisticLoss(Loss):
    """The paper's: non-saturating logistic loss with R1 on reals (appendix C)."""

    name = "logistic"

    def d(self, real: Tensor, fake: Tensor) -> Tensor:
        """See `logistic_d`, with the configuration's label smoothing."""
        return logistic_d(real, fake, self.config.label_smoothing)

    def g(self, real: Tensor | None, fake: Tensor) -> Tensor:
        """See `logistic_g`."""
        return logistic_g(fake)


class RelativisticLoss(Loss):
    """In pairs, with R1 on reals and the same on fakes (R2), which keeps it stable (Huang et al. 2024, section 2.2)."""

    name = "relativistic"
    in_pairs = True
    penalised_sets = 2

    def d(self, real: Tensor, fake: Tensor) -> Tensor:
        """See `relativistic_d`."""
        return relativistic_d(real, fake)

    def g(self, real: Tensor | None, fake: Tensor) -> Tensor:
        """See `relativistic_g`."""
        return relativistic_g(real, fake)

    def penalty(
        self, critic: Critic, real: Tensor, fake: Tensor, mix: Tensor | None, gamma: float, scale: float = 1.0
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return gamma / 2 times the sum of R1 and R2, and R1 for the log."""
        r1 = scale * r1_penalty(critic, real)
        return gamma / 2 * (r1 + scale * r1_penalty(critic, fake)), {"r1": r1}

    def sureness(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return by how much each real is above its fake: both logits may drift far from 0."""
        return real - fake


class WassersteinLoss(Loss):
    """WGAN-GP with drift: its penalty is part of every step, and not R1."""

    name = "wgan-gp"
    has_r1 = False

    def d(self, real: Tensor, fake: Tensor) -> Tensor:
        """See `wgan_d`, with the configuration's drift."""
        return wgan_d(real, fake, self.config.wgan_drift)

    def g(self, real: Tensor | None, fake: Tensor) -> Tensor:
        """See `wgan_g`."""
        return wgan_g(fake)

    def penalty(
        self, critic: Critic, real: Tensor, fake: Tensor, mix: Tensor | None, gamma: float, scale: float = 1.0
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return lambda times `gradient_penalty`; nothing is logged."""
        return self.config.wgan_lambda * gradient_penalty(critic, real, fake, mix, scale), {}


LOSSES: dict[str, type[Loss]] = {loss.name: loss for loss in (LogisticLoss, RelativisticLoss, WassersteinLoss)}
