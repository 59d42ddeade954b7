"""One training step, compiled: one discriminator and one generator update, EMA and w_avg (notebook 05)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from oasis_helpers import engine
from oasis_helpers.networks.augment import augment, draw_shapes
from oasis_helpers.networks.layers import Tensor, downsample, upsample
from oasis_helpers.networks.synthesis import noise_shapes, num_layers
from oasis_helpers.training.losses import LOSSES
from oasis_helpers.training.state import Networks, lazy_interval

import keras
import numpy as np
from keras import ops


class TrainingStep:
    """The compiled functions of one resolution and batch size. alpha is an input: nothing recompiles.

    Args:
        nets: what is trained.
        resolution: pixels.
        batch_size: images per step.
    """

    def __init__(self, nets: Networks, resolution: int, batch_size: int) -> None:
        """Prepare; compilation happens at the first call."""
        self.nets, self.config = nets, nets.config
        self.loss = LOSSES[self.config.loss](self.config)
        self.resolution, self.batch_size = resolution, batch_size
        self.r1_gamma = self.config.at("r1_gamma", resolution)
        self.penalty_scale = self.config.penalty_scale(resolution)
        self.lazy_r1 = lazy_interval(self.config, resolution) > 1
        self.g_variables = nets.g.trainable_at(resolution)
        self.d_variables = nets.d.trainable_at(resolution)
        jit = self.config.jit_compile
        self._both = engine.compile_function(self.update_both, nets.variables, jit)
        self._r1 = engine.compile_function(self.update_r1, nets.variables, jit)
        self.compile_seconds = 0.0  # what the first call of each function took
        self._compiled: list[Any] = []

    def __call__(self, real: np.ndarray, alpha: float, steps: int) -> dict[str, Tensor]:
        """Update D and G once, and apply lazy R1 when its turn has come.

        Args:
            real: uint8 images (batch_size, resolution, resolution).
            alpha: fade of this resolution, 0 to 1.
            steps: steps done so far in the whole run.

        Returns:
            Scalars still on the device: ``d_loss``, ``g_loss``, ``real_logit``, ``fake_logit`` and, where they were
            computed, ``real_sign`` (see `ada`) and ``r1`` (squared gradient length, without gamma).
        """
        real, alpha = real[..., None], np.float32(alpha)  # the networks' images have a channel axis: (b, r, r, 1)
        logs = dict(self._run(self._both, real, alpha))
        if self.lazy_r1 and steps % self.config.r1_interval == 0:
            logs["r1"] = self._run(self._r1, real, alpha)
        return logs

    def _run(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call a compiled function; the first call, which compiles it, is timed apart."""
        if function in self._compiled:
            return function(*args)
        started = time.perf_counter()
        result = function(*args)
        engine.wait(result)
        self.compile_seconds += time.perf_counter() - started
        self._compiled.append(function)
        return result

    # ------------------------------------------------------------ what is compiled

    def update_both(self, real: Tensor, alpha: Tensor) -> dict[str, Tensor]:
        """One D update, one G update, EMA and w_avg. real: uint8 (b, r, r, 1)."""
        nets, beta = self.nets, self.config.w_avg_beta
        for_d, d_crossover = self.draw()
        for_d |= {"mix": self.mix(), "augment_real": self.augmentations()}
        for_g, g_crossover = self.draw()
        batch = {"real": real, "d": for_d, "g": for_g}
        logs, *w_means = engine.devices.on_each(self._update_networks, batch, alpha, d_crossover, g_crossover)
        for w_mean in w_means:  # the release moves w_avg in D's pass and again in G's
            nets.g.w_avg.assign(w_mean + (nets.g.w_avg - w_mean) * beta)  # (w_dim,)
        self._update_ema()
        return logs

    def _update_networks(
        self, batch: dict[str, Any], alpha: Tensor, d_crossover: Tensor, g_crossover: Tensor
    ) -> tuple[dict[str, Tensor], Tensor, Tensor]:
        """Update both networks from (one device's share of) a batch; return the logs and the mean w, D's pass first.

        Both means: (w_dim,).
        """
        nets, real = self.nets, self.seen(self.prepare(batch["real"], alpha), batch["d"]["augment_real"])
        fake, d_w_mean = self.fakes_for_d(batch["d"], d_crossover, alpha)
        (d_loss, logs), grads = engine.value_and_grad(
            self._d_loss(real, fake, alpha, batch["d"]["mix"]), self.d_variables
        )
        nets.d_optimizer.apply(grads, self.d_variables)
        (g_loss, g_w_mean), grads = engine.value_and_grad(
            self._g_loss(real, alpha, batch["g"], g_crossover), self.g_variables
        )
        nets.g_optimizer.apply(grads, self.g_variables)
        return {"d_loss": d_loss, "g_loss": g_loss, **logs}, d_w_mean, g_w_mean

    def update_r1(self, real: Tensor, alpha: Tensor) -> Tensor:
        """One D update by R1 alone, its weight multiplied by the steps that it stands for (StyleGAN2)."""
        batch, crossover = {"real": real, "augment_real": self.augmentations()}, None
        if self.loss.penalised_sets > 1:
            batch["d"], crossover = self.draw()
        return engine.devices.on_each(self._update_by_penalty, batch, alpha, crossover)

    def _update_by_penalty(self, batch: dict[str, Any], alpha: Tensor, crossover: Tensor | None) -> Tensor:
        real, fake = self.seen(self.prepare(batch["real"], alpha), batch["augment_real"]), None
        if "d" in batch:
            fake, _ = self.fakes_for_d(batch["d"], crossover, alpha)

        def loss() -> tuple[Tensor, Tensor]:
            penalty, logs = self._penalty(alpha, real, fake)
            return self.config.r1_interval * penalty, logs["r1"]

        (_, r1), grads = engine.value_and_grad(loss, self.d_variables)
        self.nets.d_optimizer.apply(grads, self.d_variables)
        return r1

    def _update_ema(self) -> None:
        """Move the averaged generator: beta = 0.5^(batch / half-life in images) (release: ``Gs_beta``)."""
        half_life = self.config.ema_kimg * 1000
        beta = 0.5 ** (self.batch_size / half_life) if half_life > 0 else 0.0
        nets = self.nets
        # All of them, as in the release: the way out to grey of a finished level no longer learns, but its average
        # still comes closer to it.
        for mean, now in zip(nets.ema.trainable_variables, nets.g.trainable_variables, strict=True):
            mean.assign(now + (mean - now) * beta)
        nets.ema.w_avg.assign(nets.g.w_avg)

    # ------------------------------------------------------------ the losses, as functions of the weights

    def _d_loss(self, real: Tensor, fake: Tensor, alpha: Tensor, mix: Tensor) -> Callable[[], Any]:
        """Return D's loss as a function, of reals and fakes as D sees them: (b, r, r, 1) both."""
        config = self.config

        def loss() -> tuple[Tensor, dict[str, Tensor]]:
            real_logit, fake_logit = (self.nets.d(x, alpha, mixed=config.mixed_precision) for x in (real, fake))  # (b,)
            logs = {"real_logit": ops.mean(real_logit), "fake_logit": ops.mean(fake_logit)}
            if config.augments:
                sureness = self.loss.sureness(real_logit, fake_logit)
                logs["real_sign"] = ops.mean(ops.sign(ops.cast(sureness, "float32")))
            total = self.loss.d(real_logit, fake_logit)
            if not self.loss.has_r1 or (self.r1_gamma > 0 and config.r1_interval == 1):
                penalty, more = self._penalty(alpha, real, fake, mix)
                total, logs = total + penalty, {**logs, **more}
            return total, logs

        return loss

    def _g_loss(self, real: Tensor, alpha: Tensor, drawn: dict[str, Any], crossover: Tensor) -> Callable[[], Any]:
        """Return G's loss as a function; the relativistic one needs the reals that D has just seen."""
        config, d, real_logit = self.config, self.nets.d, None
        if self.loss.in_pairs:
            real_logit = ops.stop_gradient(d(real, alpha, mixed=config.mixed_precision))  # (b,)

        def loss() -> tuple[Tensor, Tensor]:
            fake, w_mean = self.fakes(drawn, crossover, alpha)
            fake_logit = d(self.seen(fake, drawn["augment"]), alpha, mixed=config.mixed_precision)  # (b,)
            return self.loss.g(real_logit, fake_logit), w_mean

        return loss

    def _penalty(
        self, alpha: Tensor, real: Tensor, fake: Tensor | None, mix: Tensor | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return D's weighted penalty and what to log; gradients of gradients, so in float32 throughout."""

        def critic(x: Tensor) -> Tensor:
            return self.nets.d(x, alpha)

        return self.loss.penalty(critic, real, fake, mix, self.r1_gamma, self.penalty_scale)

    # ------------------------------------------------------------ reals and fakes

    def prepare(self, real: Tensor, alpha: Tensor) -> Tensor:
        """Turn uint8 images (b, r, r, 1) into grey values, faded as the generator's are: no finer than G can draw.

        At alpha 0 they are halved and doubled again, at 1 untouched (release: ``process_reals``).
        """
        low, high = self.config.value_range
        real = ops.cast(real, "float32") * ((high - low) / 255.0) + low
        if self.resolution == 4:
            return real
        coarse = upsample(downsample(real))
        return coarse + (real - coarse) * alpha

    def seen(self, images: Tensor, drawn: tuple[Tensor, ...]) -> Tensor:
        """Return images (b, r, r, 1) as the discriminator sees them: augmented where that is on."""
        if not drawn:
            return images
        return augment(images, *drawn, ops.convert_to_tensor(self.nets.augment_p), self.config.value_range)

    def fakes(self, drawn: dict[str, Any], crossover: Tensor, alpha: Tensor) -> tuple[Tensor, Tensor]:
        """Draw images (b, r, r, 1) with mixed styles from what `draw` drew; also return the mean w of the batch."""
        g, z = self.nets.g, drawn["z"]  # (b, 2, z_dim)
        ws = ops.stack([g.styles(z[:, 0]), g.styles(z[:, 1])])  # (2, b, layers, w_dim)
        first = ops.cast(np.arange(g.num_styles, dtype="float32") < crossover, "float32")[:, None]  # (layers, 1)
        mixed = ws[1] + (ws[0] - ws[1]) * first  # (b, layers, w_dim)
        images = g.draw(mixed, drawn["noise"], self.resolution, alpha, mixed=self.config.mixed_precision)
        if self.config.clip_black:  # what lies below has no gradient: G need not come to exactly black
            images = ops.maximum(images, self.config.value_range[0])
        return images, ops.mean(ws[0, :, 0], axis=0)  # the second: (w_dim,)

    def fakes_for_d(self, drawn: dict[str, Any], crossover: Tensor, alpha: Tensor) -> tuple[Tensor, Tensor]:
        """Draw images (b, r, r, 1) as D sees them, without a gradient into G; also return the mean w of the batch."""
        images, w_mean = self.fakes(drawn, crossover, alpha)
        return ops.stop_gradient(self.seen(images, drawn["augment"])), w_mean

    # ------------------------------------------------------------ random numbers

    def draw(self) -> tuple[dict[str, Any], Tensor]:
        """Return what one update draws at random: what has one entry per image, and the crossover."""
        z, crossover = self.latents()
        return {"z": ops.transpose(z, (1, 0, 2)), "noise": self.noise(), "augment": self.augmentations()}, crossover

    def latents(self) -> tuple[Tensor, Tensor]:
        """Return two batches of z (2, b, z_dim) and the layer at which the second takes over; past the end: never.

        With probability ``style_mixing_prob`` one crossover, uniform in 1 .. layers - 1, for the whole batch.
        """
        seed, layers = self.nets.random, num_layers(self.resolution)
        z = keras.random.normal((2, self.batch_size, self.config.z_dim), seed=seed)
        u = keras.random.uniform((2,), seed=seed)
        crossover = 1.0 + ops.floor(u[0] * (layers - 1))  # u < 1, so at most layers - 1
        return z, ops.where(u[1] < self.config.style_mixing_prob, crossover, float(layers))

    def noise(self) -> list[Tensor]:
        """Return fresh N(0, 1) maps, one per layer: (b, h, w, 1)."""
        return [keras.random.normal(s, seed=self.nets.random) for s in noise_shapes(self.batch_size, self.resolution)]

    def mix(self) -> Tensor:
        """Return where between real and fake the penalty of WGAN-GP is taken: (b, 1, 1, 1), uniform in 0..1."""
        return keras.random.uniform((self.batch_size, 1, 1, 1), seed=self.nets.random)

    def augmentations(self) -> tuple[Tensor, ...]:
        """Return what `augment` draws for a batch; nothing where it is off."""
        if self.nets.augment_p is None:
            return ()
        uniform, normal = draw_shapes(self.batch_size)
        seed = self.nets.random
        return keras.random.uniform(uniform, seed=seed), keras.random.normal(normal, seed=seed)
