"""The exercises of notebook 04: both logistic losses, and R1."""

from __future__ import annotations

from oasis_helpers.checks.core import Exercise

import numpy as np

_rng = np.random.default_rng(4)


def _softplus(x: np.ndarray) -> np.ndarray:
    """Return ln(1 + e^x)."""
    return np.logaddexp(0.0, x)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + e^-x)."""
    return 1.0 / (1.0 + np.exp(-x))


def _squares(g: np.ndarray) -> np.ndarray:
    """Return the squared length of each image's gradient: (n, h, w, 1) -> (n,)."""
    return np.sum(g**2, axis=(1, 2, 3))


check_logistic_d = Exercise(
    name="logistic_d",
    reference=lambda real, fake: _softplus(-real).mean() + _softplus(fake).mean(),
    cases=[(_rng.normal(1.0, 2.0, 6), _rng.normal(-0.5, 2.0, 4)), (np.zeros(3), np.zeros(3))],
    right="it is small when reals score high and fakes low, and 1.386 when every logit is 0.",
    wrong=[
        (
            lambda real, fake: _softplus(real).mean() + _softplus(-fake).mean(),
            "both signs are swapped: your loss is small when reals score low. It should be small when they score high.",
        ),
        (
            lambda real, fake: _softplus(-real).mean() + _softplus(-fake).mean(),
            "you want a high score for fakes too. The fakes' part has the other sign.",
        ),
        (
            lambda real, fake: (_softplus(-real).mean() + _softplus(fake).mean()) / 2,
            "you halve it. The two means are added, so a loss at logits 0 is 2 ln 2, twice as large as yours.",
        ),
        (
            lambda real, fake: _softplus(-real).sum() + _softplus(fake).sum(),
            "you add up the images. Take the mean, so that the loss does not grow with the batch.",
        ),
        (
            lambda real, fake: fake.mean() - real.mean(),
            "that is the WGAN loss. The logistic one sends each logit through softplus before the mean.",
        ),
        (
            lambda real, fake: _softplus(-real).mean(),
            "only the reals count so far. The fakes' part, softplus(D(G(z))), is missing.",
        ),
    ],
)

check_logistic_g = Exercise(
    name="logistic_g",
    reference=lambda fake: _softplus(-fake).mean(),
    cases=[(_rng.normal(-2.0, 2.0, 7),), (np.zeros(2),)],
    right="it pushes hardest where the discriminator is sure that it sees a fake.",
    wrong=[
        (
            lambda fake: -_softplus(fake).mean(),
            "that is the saturating loss: it pushes least where the fakes are worst. Use softplus of minus the logit.",
        ),
        (
            lambda fake: _softplus(fake).mean(),
            "that is the discriminator's part: it rewards fakes that score low. The generator wants the other sign.",
        ),
        (
            lambda fake: -fake.mean(),
            "that is the WGAN loss of the generator. Send minus the logit through softplus before the mean.",
        ),
        (
            lambda fake: _softplus(-fake).sum(),
            "you add up the images. Take the mean, so that the loss does not grow with the batch.",
        ),
        (
            lambda fake: _sigmoid(-fake).mean(),
            "that is how sure D is of a fake, and the size of the push. The loss is softplus of minus the logit.",
        ),
    ],
)

check_r1 = Exercise(
    name="r1",
    reference=lambda g: _squares(g).mean(),
    cases=[(_rng.normal(0.0, 0.5, (5, 4, 4, 1)),), (np.full((2, 1, 2, 1), 3.0),)],
    right="it is the squared length of each image's gradient, averaged over the images.",
    wrong=[
        (
            lambda g: np.mean(g**2),
            "you take the mean over pixels too. Add up the pixels of an image, and average over images only.",
        ),
        (
            lambda g: np.sum(g**2),
            "you add up all images. Add up the pixels of each, then take the mean over the images.",
        ),
        (
            lambda g: np.sqrt(_squares(g)).mean(),
            "that is the mean length. R1 has no square root: the length is squared.",
        ),
        (
            lambda g: ((np.sqrt(_squares(g)) - 1) ** 2).mean(),
            "that is the penalty of WGAN-GP, which wants length 1. R1 wants length 0.",
        ),
        (
            lambda g: np.sum(g.mean(axis=0) ** 2),
            "you average the gradients before you square, so that opposite ones cancel. Square first, average last.",
        ),
        (
            lambda g: 5.0 * _squares(g).mean(),
            "the factor gamma / 2 comes later. R1 alone is the mean squared length.",
        ),
    ],
)
