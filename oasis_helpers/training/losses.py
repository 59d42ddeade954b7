"""What each network wants: the logistic loss with R1, and WGAN-GP as the other choice (notebook 04).

Every loss is a mean over the batch. ``critic`` is a function from pictures (b, r, r, 1) to logits (b,).
"""

from __future__ import annotations

from collections.abc import Callable

from oasis_helpers.engine import input_grad
from oasis_helpers.networks.layers import Tensor

from keras import ops

Critic = Callable[[Tensor], Tensor]


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
    out a kind of picture keeps losing to the reals of that kind: the loss has no minimum there (Sun et al. 2020).
    """
    return ops.mean(ops.softplus(fake - real))


def relativistic_g(real: Tensor, fake: Tensor) -> Tensor:
    """softplus(D(x) - D(G(z))): the same, seen by the generator. Logits (b,) in pairs; returns a scalar."""
    return ops.mean(ops.softplus(real - fake))


def r1_penalty(critic: Critic, real: Tensor) -> Tensor:
    """Mean over the pictures of the squared length of dD/dx, on reals only (Mescheder et al. 2018, eq. 9).

    The caller multiplies it by gamma / 2. Pictures (b, r, r, 1); returns a scalar.
    """
    # The sum of the logits has, for each picture, the gradient of its own logit. (The minibatch standard
    # deviation couples pictures of a group a little; the official release takes the same sum.)
    grads = input_grad(lambda x: ops.sum(critic(x)), real)
    return ops.mean(ops.sum(ops.square(grads), axis=(1, 2, 3)))


def wgan_d(real: Tensor, fake: Tensor, drift: float = 1e-3) -> Tensor:
    """D(G(z)) - D(x) + drift D(x)^2 (Karras et al. 2017, appendix A.1). Returns a scalar."""
    return ops.mean(fake) - ops.mean(real) + drift * ops.mean(ops.square(real))


def wgan_g(fake: Tensor) -> Tensor:
    """-D(G(z)). Returns a scalar."""
    return -ops.mean(fake)


def gradient_penalty(critic: Critic, real: Tensor, fake: Tensor, mix: Tensor) -> Tensor:
    """Mean of (|dD/dx| - 1)^2 on random points between reals and fakes (Gulrajani et al. 2017).

    The caller multiplies it by lambda. mix (b, 1, 1, 1) is uniform in 0..1; returns a scalar.
    """
    between = real + (fake - real) * mix
    grads = input_grad(lambda x: ops.sum(critic(x)), between)
    length = ops.sqrt(ops.sum(ops.square(grads), axis=(1, 2, 3)) + 1e-12)
    return ops.mean(ops.square(length - 1.0))
