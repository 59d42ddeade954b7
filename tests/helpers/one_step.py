"""One training step with every random number given, saved to a file: python -m helpers.one_step FILE [two] [JOB] [CASE]

test_engines.py runs it on both engines, on one device and on two; test_processes.py in several processes (JOB).
"""

import sys

from helpers.reference import normal, randomise
from oasis_helpers import engine
from oasis_helpers.config import make_config
from oasis_helpers.networks.synthesis import noise_shapes
from oasis_helpers.training.state import Networks
from oasis_helpers.training.step import TrainingStep

import numpy as np

SIZE, BATCH, ALPHA = 8, 8, np.float32(0.4)
CASES = {
    "r1": {"r1_interval": 1},
    "lazy": {"r1_interval": 4},
    "wgan": {"loss": "wgan-gp"},
    "relativistic": {"loss": "relativistic", "r1_interval": 4},
    "demodulated": {"synthesis": "demodulated", "r1_interval": 4},
}


class GivenStep(TrainingStep):
    """A step whose latents, noise and mixing points are given, since each engine draws its own."""

    draws = 0

    def given(self, *shape):
        self.draws += 1
        return normal(*shape, seed=self.draws)

    def latents(self):
        return self.given(2, BATCH, self.config.z_dim), np.float32(3.0)

    def noise(self):
        return [self.given(*shape) for shape in noise_shapes(BATCH, SIZE)]

    def mix(self):
        return np.linspace(0.1, 0.9, BATCH, dtype="float32")[:, None, None, None]


def prepared(**changes):
    """Return networks in the middle of a training: no weight, average or moment is neutral."""
    nets = Networks(
        make_config(
            "smoke", resolution=SIZE, z_dim=8, w_dim=8, mapping_layers=2, channel_base=48, channel_max=8, **changes
        )
    )
    randomise(nets.g.synthesis.trainable_variables, seed=1, scale=0.7)
    randomise(nets.d.trainable_variables, seed=2, scale=0.7)
    randomise(nets.ema.trainable_variables, seed=3, scale=0.7)
    for optimizer in (nets.g_optimizer, nets.d_optimizer):
        for i, variable in enumerate(v for v in optimizer.variables if "velocity" in v.path):
            variable.assign(np.abs(normal(*variable.shape, seed=[4, i])) + 0.1)
        optimizer.iterations.assign(500)
    nets.begin_phase(1e-3, reset=False)
    return nets


def run(**changes):
    """Return losses, gradients and updated variables of one step, by name."""
    nets = prepared(**changes)
    step = GivenStep(nets, SIZE, BATCH)
    real = np.random.default_rng(0).integers(0, 256, (BATCH, SIZE, SIZE)).astype("uint8")

    def gradients(real, alpha):
        (for_d, crossover), (for_g, _) = step.draw(), step.draw()
        for_d["mix"] = step.mix()
        seen = step.prepare(real[..., None], alpha)
        fake, _ = step.fakes_for_d(for_d, crossover, alpha)
        loss = step._d_loss(seen, fake, alpha, for_d["mix"])
        _, d_grads = engine.value_and_grad(loss, step.d_variables)
        _, g_grads = engine.value_and_grad(step._g_loss(seen, alpha, for_g, crossover), step.g_variables)
        return d_grads, g_grads

    result = {}
    if engine.devices.count == 1:  # with several, no gradient is seen whole outside of the step
        d_grads, g_grads = engine.compile_function(gradients, nets.variables, jit=False)(real, ALPHA)
        result |= {f"gradient {v.path}": g for v, g in zip(step.d_variables, d_grads, strict=True)}
        result |= {f"gradient {v.path}": g for v, g in zip(step.g_variables, g_grads, strict=True)}
        step.draws = 0
    for name, before in [(v.path, engine.to_numpy(v).copy()) for v in nets.variables]:
        result[f"before {name}"] = before
    result |= {f"log {name}": value for name, value in step(real, ALPHA, 0).items()}
    random = nets.random.state.path  # the engines' own generators; nothing was drawn from them
    result |= {f"after {v.path}": v for v in nets.variables if v.path != random}
    return {name: engine.to_numpy(value) for name, value in result.items()}


def two_processors():
    """Show the processor as two devices and train on both. XLA_FLAGS must say the same for JAX."""
    if engine.BACKEND == "tensorflow":
        import tensorflow as tf

        half = tf.config.LogicalDeviceConfiguration()
        tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], [half, half])
    engine.devices.use(2)


if __name__ == "__main__":
    chosen = [name for name in sys.argv[2:] if name in CASES] or list(CASES)
    if "two" in sys.argv[2:]:
        two_processors()
    for job in (name for name in sys.argv[2:] if "," in name):
        engine.processes.join(job)
        engine.devices.use_all()
    np.savez(sys.argv[1], **{f"{case}: {name}": a for case in chosen for name, a in run(**CASES[case]).items()})
