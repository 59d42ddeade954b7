"""Mistakes in one line each, and the tests that must notice them (run by tests/mutants.py).

Each is something that a hurried edit could do, chosen by reading the code and not the tests. An entry names the file,
the text as it stands there (once), what stands there instead, and the quickest tests that must fail then.
"""

from typing import NamedTuple


class Mutant(NamedTuple):
    """One mistake: ``old`` in ``file`` becomes ``new``; ``slow`` where a test marked slow has to see it."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    slow: bool = False

    @property
    def area(self):
        """The room of the package that it is in."""
        return self.file.split("/")[1]


def _mutants(file, tests, *changes, slow=False):
    """Return the mutants of one file that the same tests must notice: (name, old, new) each."""
    tests = tuple(f"tests/{test}" for test in tests.split())
    return [Mutant(name, f"oasis_helpers/{file}", old, new, tests, slow) for name, old, new in changes]


MUTANTS = [
    # ---------------------------------------------------------------- training
    *_mutants(
        "training/step.py",
        "training/test_step.py",
        ("g-takes-ds-draw", "for_g, g_crossover = self.draw()", "for_g, g_crossover = for_d, d_crossover"),
        ("reals-share-augmentation", '"augment_real": self.augmentations()}\n        for_g',
         '"augment_real": for_d["augment"]}\n        for_g'),
        ("d-fakes-bare", 'ops.stop_gradient(self.seen(images, drawn["augment"]))', "ops.stop_gradient(images)"),
        ("g-fakes-bare", 'd(self.seen(fake, drawn["augment"]), alpha', "d(fake, alpha"),
        ("reals-bare", 'self.nets, self.seen(self.prepare(batch["real"], alpha), batch["d"]["augment_real"])',
         'self.nets, self.prepare(batch["real"], alpha)'),
        ("lazy-r1-of-bare-reals", 'self.seen(self.prepare(batch["real"], alpha), batch["augment_real"]), None',
         'self.prepare(batch["real"], alpha), None'),
        ("real-sign-of-fakes", "self.loss.sureness(real_logit, fake_logit)",
         "self.loss.sureness(fake_logit, real_logit)"),
    ),
    *_mutants(
        "training/step.py",
        "networks/test_facts.py",
        ("w-avg-once", "for w_mean in w_means:", "for w_mean in w_means[:1]:"),
        ("w-avg-beta-turned", "w_mean + (nets.g.w_avg - w_mean) * beta", "nets.g.w_avg + (w_mean - nets.g.w_avg) * beta"),
        ("ema-half-life-in-steps", "0.5 ** (self.batch_size / half_life)", "0.5 ** (1 / half_life)"),
        ("ema-w-avg-forgotten", "nets.ema.w_avg.assign(nets.g.w_avg)", "nets.ema.w_avg.assign(nets.ema.w_avg)"),
        ("lazy-r1-without-interval", "return self.config.r1_interval * penalty", "return penalty"),
        ("lazy-r1-every-step", "if self.lazy_r1 and steps % self.config.r1_interval == 0:", "if self.lazy_r1:"),
        ("mixing-never", "ops.where(u[1] < self.config.style_mixing_prob, crossover",
         "ops.where(u[1] > self.config.style_mixing_prob, crossover"),
        ("crossover-from-0", "crossover = 1.0 + ops.floor", "crossover = ops.floor"),
        ("reals-not-faded", "return coarse + (real - coarse) * alpha", "return real"),
        ("reals-of-another-range", "low, high = self.config.value_range", "low, high = -1.0, 1.0"),
        ("mixed-the-wrong-way", "mixed = ws[1] + (ws[0] - ws[1]) * first", "mixed = ws[0] + (ws[1] - ws[0]) * first"),
        ("w-mean-of-the-other-latent", "ops.mean(ws[0, :, 0], axis=0)", "ops.mean(ws[1, :, 0], axis=0)"),
    ),
]  # fmt: skip
