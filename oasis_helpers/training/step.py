"""One training step, compiled: one discriminator and one generator update, EMA and w_avg (notebook 05)."""

from __future__ import annotations

import time
from typing import Any

from oasis_helpers import engine
from oasis_helpers.config import Config
from oasis_helpers.networks.augment import MOST, augment, draw_shapes
from oasis_helpers.networks.discriminator import Discriminator
from oasis_helpers.networks.generator import Generator
from oasis_helpers.networks.layers import Tensor, downsample, upsample
from oasis_helpers.networks.synthesis import noise_shapes, num_layers
from oasis_helpers.training import losses

import keras
import numpy as np
from keras import ops


class Networks:
    """Everything that training changes: G, D, the averaged G, two optimisers and the random state."""

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
            learning_rate=1e-3 * c,  # set for each level by `set_level`
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

    def adjust_augment(self, sign: float, images: int) -> None:
        """Raise p while D tells the reals too well, else lower it (ADA, section 3.1; a step towards r_t's target).

        Args:
            sign: mean sign of D's logits for reals over the last ``images`` images, -1 to 1.
            images: real images shown since the last call.
        """
        config = self.config
        if config.ada_target > 0:
            step = np.sign(sign - config.ada_target) * images / (config.ada_kimg * 1000)
            self.augment_p.assign(float(np.clip(engine.to_numpy(self.augment_p) + step, 0.0, MOST)))

    def set_level(self, resolution: int, learning_rate: float, reset: bool) -> None:
        """Go to a level: its learning rate, and (``reset``) Adam's moments back to the start.

        The release resets them when a level starts to fade in and when it has faded in.
        """
        self.g_optimizer.learning_rate.assign(learning_rate)
        self.d_optimizer.learning_rate.assign(learning_rate * lazy_correction(lazy_interval(self.config)))
        for optimizer in (self.g_optimizer, self.d_optimizer):
            for variable in optimizer.variables if reset else []:
                if variable is not optimizer.learning_rate:
                    variable.assign(np.zeros(variable.shape, variable.dtype))
        for net in (self.g, self.d, self.ema):
            net.resolution = resolution


def lazy_interval(config: Config, resolution: int | None = None) -> int:
    """Return the steps between two lazy R1 updates; 1 where R1 is off, or part of every step.

    With a resolution in pixels, at that level; else for the run, whose optimiser is made once for all levels.
    """
    levels = config.resolutions if resolution is None else [resolution]
    penalised = config.loss == "logistic" and any(config.at("r1_gamma", level) > 0 for level in levels)
    return config.r1_interval if penalised else 1


def lazy_correction(interval: int) -> float:
    """Return c = n / (n + 1) for R1 every n-th step, 16/17 for 16; 1 where it is part of every step."""
    return interval / (interval + 1) if interval > 1 else 1.0


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
        nets, real = self.nets, self.prepare(batch["real"], alpha)
        (d_loss, logs), grads = engine.value_and_grad(
            self._d_loss(real, alpha, batch["d"], d_crossover), self.d_variables
        )
        nets.d_optimizer.apply(grads, self.d_variables)
        (g_loss, w_mean), grads = engine.value_and_grad(self._g_loss(alpha, batch["g"], g_crossover), self.g_variables)
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
        """Return the discriminator's loss as a function; everything random was drawn before."""
        config, d = self.config, self.nets.d
        fake, _ = self.fakes(drawn["z"], crossover, drawn["noise"], alpha)
        fake = ops.stop_gradient(self.seen(fake, drawn["augment"]))
        real = self.seen(real, drawn.get("augment_real", ()))

        def critic(x: Tensor) -> Tensor:
            return d(x, alpha)  # the penalties need gradients of gradients: float32 throughout

        def loss() -> tuple[Tensor, dict[str, Tensor]]:
            real_logit, fake_logit = (d(x, alpha, mixed=config.mixed_precision) for x in (real, fake))
            logs = {"real_logit": ops.mean(real_logit), "fake_logit": ops.mean(fake_logit)}
            if drawn["augment"]:
                logs["real_sign"] = ops.mean(ops.sign(ops.cast(real_logit, "float32")))
            if config.loss == "wgan-gp":
                penalty = losses.gradient_penalty(critic, real, fake, drawn["mix"])
                total = losses.wgan_d(real_logit, fake_logit, config.wgan_drift) + config.wgan_lambda * penalty
                return total, logs
            total = losses.logistic_d(real_logit, fake_logit, config.label_smoothing)
            if self.r1_gamma > 0 and config.r1_interval == 1:
                logs["r1"] = losses.r1_penalty(critic, real)
                total = total + self.r1_gamma / 2 * logs["r1"]
            return total, logs

        return loss

    def _g_loss(self, alpha: Tensor, drawn: dict[str, Any], crossover: Tensor) -> Any:
        """Return the generator's loss as a function; everything random was drawn before."""
        wanted = losses.wgan_g if self.config.loss == "wgan-gp" else losses.logistic_g

        def loss() -> tuple[Tensor, Tensor]:
            pictures, w_mean = self.fakes(drawn["z"], crossover, drawn["noise"], alpha)
            pictures = self.seen(pictures, drawn["augment"])
            return wanted(self.nets.d(pictures, alpha, mixed=self.config.mixed_precision)), w_mean

        return loss

    def r1_step(self, real: Tensor, alpha: Tensor) -> Tensor:
        """One D update by R1 alone, its weight multiplied by the steps that it stands for (StyleGAN2)."""
        return engine.each_device(self._r1_update, {"real": real, "augment_real": self.augmentations()}, alpha)

    def _r1_update(self, batch: dict[str, Any], alpha: Tensor) -> Tensor:
        config, d = self.config, self.nets.d
        real = self.seen(self.prepare(batch["real"], alpha), batch["augment_real"])

        def loss() -> tuple[Tensor, Tensor]:
            r1 = losses.r1_penalty(lambda x: d(x, alpha), real)
            return self.r1_gamma / 2 * config.r1_interval * r1, r1

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
