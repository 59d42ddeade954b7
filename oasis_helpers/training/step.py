"""One training step, compiled: one discriminator and one generator update, EMA and w_avg (notebook 05)."""

from __future__ import annotations

import time
from typing import Any

from oasis_helpers import engine
from oasis_helpers.networks.augment import augment, draw_shapes
from oasis_helpers.networks.layers import Tensor, downsample, upsample
from oasis_helpers.networks.synthesis import noise_shapes, num_layers
from oasis_helpers.training import losses
from oasis_helpers.training.trained import Networks, lazy_interval

import keras
import numpy as np
from keras import ops


class Step:
    """The compiled functions of one resolution and batch size. alpha is an input: nothing recompiles.

    Args:
        nets: what is trained.
        resolution: pixels.
        batch_size: pictures per step.
    """

    def __init__(self, nets: Networks, resolution: int, batch_size: int) -> None:
        """Prepare; compilation happens at the first call."""
        self.nets, self.config = nets, nets.config
        self.resolution, self.batch_size = resolution, batch_size
        self.g_variables = nets.g.trainable_at(resolution)
        self.d_variables = nets.d.trainable_at(resolution)
        jit = self.config.jit_compile
        self._step = engine.compile_function(self.step, nets.variables, jit)
        self._r1 = engine.compile_function(self.r1_step, nets.variables, jit)
        self.compile_seconds = 0.0  # what the first call of each function took
        self._compiled: list[Any] = []
        self.r1_gamma = self.config.at("r1_gamma", resolution)
        self.lazy_r1 = lazy_interval(self.config, resolution) > 1

    def __call__(self, real: np.ndarray, alpha: float, step: int) -> dict[str, Tensor]:
        """Update D and G once, and apply lazy R1 when its turn has come.

        Args:
            real: uint8 pictures (batch_size, resolution, resolution, 1).
            alpha: fade of this resolution, 0 to 1.
            step: steps done so far in the whole run.

        Returns:
            Scalars still on the device: ``d_loss``, ``g_loss``, ``real_logit``, ``fake_logit`` and, where it
            was computed, ``r1`` (squared gradient length, without gamma).
        """
        alpha = np.float32(alpha)
        result = dict(self._run(self._step, real, alpha))
        if self.lazy_r1 and step % self.config.r1_interval == 0:
            result["r1"] = self._run(self._r1, real, alpha)
        return result

    def _run(self, function: Any, *args: Any) -> Any:
        """Call a compiled function; the first call, which compiles it, is timed apart."""
        if function in self._compiled:
            return function(*args)
        started = time.perf_counter()
        result = function(*args)
        engine.wait(result)
        self.compile_seconds += time.perf_counter() - started
        self._compiled.append(function)
        return result

    # ------------------------------------------------------------ inside the compiled functions

    def step(self, real: Tensor, alpha: Tensor) -> dict[str, Tensor]:
        """One D update, one G update, EMA and w_avg."""
        nets, beta = self.nets, self.config.w_avg_beta
        for_d, d_crossover = self.draw()
        for_d |= {"mix": self.mix(), "augment_real": self.augmentations()}
        for_g, g_crossover = self.draw()
        batch = {"real": real, "d": for_d, "g": for_g}
        logs, w_mean = engine.each_device(self._update, batch, alpha, d_crossover, g_crossover)
        nets.g.w_avg.assign(w_mean + (nets.g.w_avg - w_mean) * beta)
        self._update_ema()
        return logs

    def draw(self) -> tuple[dict[str, Any], Tensor]:
        """Return what one update draws at random: what has one entry per picture, and the crossover."""
        z, crossover = self.latents()
        return {"z": ops.transpose(z, (1, 0, 2)), "noise": self.noise(), "augment": self.augmentations()}, crossover

    def augmentations(self) -> tuple[Tensor, ...]:
        """Return what `augment` draws for a batch; nothing where it is off."""
        if self.nets.augment_p is None:
            return ()
        uniform, normal = draw_shapes(self.batch_size)
        seed = self.nets.random
        return keras.random.uniform(uniform, seed=seed), keras.random.normal(normal, seed=seed)

    def seen(self, pictures: Tensor, drawn: tuple[Tensor, ...]) -> Tensor:
        """Return pictures as the discriminator sees them: augmented where that is on."""
        if not drawn:
            return pictures
        return augment(pictures, *drawn, ops.convert_to_tensor(self.nets.augment_p), self.config.value_range)

    def _update(
        self, batch: dict[str, Any], alpha: Tensor, d_crossover: Tensor, g_crossover: Tensor
    ) -> tuple[dict[str, Tensor], Tensor]:
        """Update both networks from (one device's share of) a batch; returns the logs and the mean w."""
        nets, real = self.nets, self.seen(self.prepare(batch["real"], alpha), batch["d"]["augment_real"])
        (d_loss, logs), grads = engine.value_and_grad(
            self._d_loss(real, alpha, batch["d"], d_crossover), self.d_variables
        )
        nets.d_optimizer.apply(grads, self.d_variables)
        (g_loss, w_mean), grads = engine.value_and_grad(
            self._g_loss(real, alpha, batch["g"], g_crossover), self.g_variables
        )
        nets.g_optimizer.apply(grads, self.g_variables)
        return {"d_loss": d_loss, "g_loss": g_loss, **logs}, w_mean

    def prepare(self, real: Tensor, alpha: Tensor) -> Tensor:
        """Turn uint8 pictures into grey values, faded as the generator's are: nothing finer than G can draw.

        At alpha 0 they are halved and doubled again, at 1 untouched (release: ``process_reals``).
        """
        low, high = self.config.value_range
        real = ops.cast(real, "float32") * ((high - low) / 255.0) + low
        if self.resolution == 4:
            return real
        coarse = upsample(downsample(real))
        return coarse + (real - coarse) * alpha

    def latents(self) -> tuple[Tensor, Tensor]:
        """Return two batches of z and where the second takes over (a layer number; past the end: never).

        With probability ``style_mixing_prob`` one crossover, uniform in 1 .. layers - 1, for the whole batch.
        """
        seed, layers = self.nets.random, num_layers(self.resolution)
        z = keras.random.normal((2, self.batch_size, self.config.z_dim), seed=seed)
        u = keras.random.uniform((2,), seed=seed)
        crossover = 1.0 + ops.floor(u[0] * (layers - 1))  # u < 1, so at most layers - 1
        return z, ops.where(u[1] < self.config.style_mixing_prob, crossover, float(layers))

    def noise(self) -> list[Tensor]:
        """Return fresh N(0, 1) maps, one per layer."""
        return [keras.random.normal(s, seed=self.nets.random) for s in noise_shapes(self.batch_size, self.resolution)]

    def mix(self) -> Tensor:
        """Return where between real and fake the penalty of WGAN-GP is taken: (b, 1, 1, 1), uniform in 0..1."""
        return keras.random.uniform((self.batch_size, 1, 1, 1), seed=self.nets.random)

    def fakes(self, z: Tensor, crossover: Tensor, noise: list[Tensor], alpha: Tensor) -> tuple[Tensor, Tensor]:
        """Draw pictures with the mixed styles of z (b, 2, z_dim); also return the mean w of the batch."""
        g = self.nets.g
        ws = ops.stack([g.styles(z[:, 0]), g.styles(z[:, 1])])  # (2, b, layers, w)
        first = ops.cast(np.arange(g.num_styles, dtype="float32") < crossover, "float32")[:, None]
        mixed = ws[1] + (ws[0] - ws[1]) * first
        pictures = g.draw(mixed, noise, self.resolution, alpha, mixed=self.config.mixed_precision)
        return pictures, ops.mean(ws[0, :, 0], axis=0)

    def _d_loss(self, real: Tensor, alpha: Tensor, drawn: dict[str, Any], crossover: Tensor) -> Any:
        """Return the discriminator's loss as a function of reals as it sees them; what is random was drawn before."""
        config, d = self.config, self.nets.d
        fake, _ = self.fakes(drawn["z"], crossover, drawn["noise"], alpha)
        fake = ops.stop_gradient(self.seen(fake, drawn["augment"]))

        def critic(x: Tensor) -> Tensor:
            return d(x, alpha)  # the penalties need gradients of gradients: float32 throughout

        def loss() -> tuple[Tensor, dict[str, Tensor]]:
            real_logit, fake_logit = (d(x, alpha, mixed=config.mixed_precision) for x in (real, fake))
            logs = {"real_logit": ops.mean(real_logit), "fake_logit": ops.mean(fake_logit)}
            if drawn["augment"]:
                # In pairs, only the difference means something: both logits may drift far from 0.
                surer = real_logit - fake_logit if config.loss == "relativistic" else real_logit
                logs["real_sign"] = ops.mean(ops.sign(ops.cast(surer, "float32")))
            if config.loss == "wgan-gp":
                penalty = losses.gradient_penalty(critic, real, fake, drawn["mix"])
                total = losses.wgan_d(real_logit, fake_logit, config.wgan_drift) + config.wgan_lambda * penalty
                return total, logs
            if config.loss == "relativistic":
                total = losses.relativistic_d(real_logit, fake_logit)
            else:
                total = losses.logistic_d(real_logit, fake_logit, config.label_smoothing)
            if self.r1_gamma > 0 and config.r1_interval == 1:
                penalty, logs["r1"] = self._penalty(critic, real, fake)
                total = total + penalty
            return total, logs

        return loss

    def _penalty(self, critic: losses.Critic, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """Return gamma / 2 times R1, and R1 itself; the relativistic loss adds the same for fakes (R2).

        R2 is what keeps that loss stable (Huang et al. 2024, section 2.2).
        """
        r1 = losses.r1_penalty(critic, real)
        both = r1 + losses.r1_penalty(critic, fake) if self.config.loss == "relativistic" else r1
        return self.r1_gamma / 2 * both, r1

    def _g_loss(self, real: Tensor, alpha: Tensor, drawn: dict[str, Any], crossover: Tensor) -> Any:
        """Return the generator's loss as a function; the relativistic one needs the reals that D has just seen."""
        config, d = self.config, self.nets.d
        if config.loss == "relativistic":
            real_logit = ops.stop_gradient(d(real, alpha, mixed=config.mixed_precision))

        def loss() -> tuple[Tensor, Tensor]:
            pictures, w_mean = self.fakes(drawn["z"], crossover, drawn["noise"], alpha)
            fake_logit = d(self.seen(pictures, drawn["augment"]), alpha, mixed=config.mixed_precision)
            if config.loss == "relativistic":
                return losses.relativistic_g(real_logit, fake_logit), w_mean
            wanted = losses.wgan_g if config.loss == "wgan-gp" else losses.logistic_g
            return wanted(fake_logit), w_mean

        return loss

    def r1_step(self, real: Tensor, alpha: Tensor) -> Tensor:
        """One D update by R1 alone, its weight multiplied by the steps that it stands for (StyleGAN2)."""
        batch, crossover = {"real": real, "augment_real": self.augmentations()}, None
        if self.config.loss == "relativistic":
            batch["d"], crossover = self.draw()
        return engine.each_device(self._r1_update, batch, alpha, crossover)

    def _r1_update(self, batch: dict[str, Any], alpha: Tensor, crossover: Tensor | None) -> Tensor:
        config, d = self.config, self.nets.d
        real, fake = self.seen(self.prepare(batch["real"], alpha), batch["augment_real"]), None
        if config.loss == "relativistic":
            fake, _ = self.fakes(batch["d"]["z"], crossover, batch["d"]["noise"], alpha)
            fake = ops.stop_gradient(self.seen(fake, batch["d"]["augment"]))

        def loss() -> tuple[Tensor, Tensor]:
            penalty, r1 = self._penalty(lambda x: d(x, alpha), real, fake)
            return config.r1_interval * penalty, r1

        (_, r1), grads = engine.value_and_grad(loss, self.d_variables)
        self.nets.d_optimizer.apply(grads, self.d_variables)
        return r1

    def _update_ema(self) -> None:
        """Move the averaged generator: beta = 0.5^(batch / half-life in images) (release: ``Gs_beta``)."""
        images = self.config.ema_kimg * 1000
        beta = 0.5 ** (self.batch_size / images) if images > 0 else 0.0
        nets = self.nets
        averaged = nets.ema.trainable_at(self.resolution)
        for mean, now in zip(averaged, self.g_variables, strict=True):
            mean.assign(now + (mean - now) * beta)
        nets.ema.w_avg.assign(nets.g.w_avg)
