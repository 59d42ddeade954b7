"""Planted mistakes in one training step: losses, augmentation, optimisers."""

from helpers.mutants.table import mistakes_in

MUTANTS = [
    *mistakes_in(
        "training/step.py",
        "training/test_step.py",
        ("g-takes-ds-draw", "for_g, g_crossover = self.draw()", "for_g, g_crossover = for_d, d_crossover"),
        (
            "g-takes-ds-crossover",
            "for_g, g_crossover = self.draw()",
            "for_g, g_crossover = self.draw()[0], d_crossover",
        ),
        (
            "g-takes-ds-noise",
            "for_g, g_crossover = self.draw()",
            'for_g, g_crossover = {**self.draw()[0], "noise": for_d["noise"]}, self.latents()[1]',
        ),
        (
            "reals-share-augmentation",
            '"augment_real": self.augmentations()}\n        for_g',
            '"augment_real": for_d["augment"]}\n        for_g',
        ),
        ("d-fakes-bare", 'ops.stop_gradient(self.seen(images, drawn["augment"]))', "ops.stop_gradient(images)"),
        ("g-fakes-bare", 'd(self.seen(fake, drawn["augment"]), alpha', "d(fake, alpha"),
        (
            "reals-bare",
            'self.nets, self.seen(self.prepare(batch["real"], alpha), batch["d"]["augment_real"])',
            'self.nets, self.prepare(batch["real"], alpha)',
        ),
        (
            "lazy-r1-of-bare-reals",
            'self.seen(self.prepare(batch["real"], alpha), batch["augment_real"]), None',
            'self.prepare(batch["real"], alpha), None',
        ),
        (
            "real-sign-of-fakes",
            "self.loss.sureness(real_logit, fake_logit)",
            "self.loss.sureness(fake_logit, real_logit)",
        ),
        (
            "p-of-the-start",
            "ops.convert_to_tensor(self.nets.augment_p)",
            "ops.convert_to_tensor(self.config.augment_p)",
        ),
        ("one-mix-for-all", "uniform((self.batch_size, 1, 1, 1)", "uniform((1, 1, 1, 1)"),
    ),
    *mistakes_in(
        "training/step.py",
        "networks/test_facts.py",
        (
            "w-avg-once",
            "for w_mean in w_means:",
            "for w_mean in w_means[:1]:",
            "test_the_mean_of_w_remembers_995_thousandths",
        ),
        (
            "w-avg-turned-round",
            "w_mean + (nets.g.w_avg - w_mean) * beta",
            "nets.g.w_avg + (w_mean - nets.g.w_avg) * beta",
            "test_the_mean_of_w_remembers_995_thousandths",
        ),
        (
            "half-life-in-steps",
            "0.5 ** (self.batch_size / half_life)",
            "0.5 ** (1 / half_life)",
            "test_after_its_half_life_in_images_the_average_has_closed_half_of_the_gap",
        ),
        (
            "average-of-w-stays",
            "nets.ema.w_avg.assign(nets.g.w_avg)",
            "nets.ema.w_avg.assign(nets.ema.w_avg)",
            "test_the_mean_of_w_remembers_995_thousandths",
        ),
        (
            "lazy-r1-without-interval",
            "return self.config.r1_interval * penalty",
            "return penalty",
            "test_lazy_r1_weighs_the_steps_that_it_stands_for",
        ),
        (
            "lazy-r1-every-step",
            "if self.lazy_r1 and steps % self.config.r1_interval == 0:",
            "if self.lazy_r1:",
            "test_lazy_r1_comes_every_so_many_steps",
        ),
        (
            "mixing-turned-round",
            "ops.where(u[1] < self.config.style_mixing_prob, crossover",
            "ops.where(u[1] > self.config.style_mixing_prob, crossover",
            "test_nine_batches_in_ten_mix_styles",
        ),
        (
            "crossover-from-0",
            "crossover = 1.0 + ops.floor",
            "crossover = ops.floor",
            "test_the_crossover_is_uniform_from_1_to_layers_minus_1",
        ),
        (
            "reals-not-faded",
            "return coarse + (real - coarse) * alpha",
            "return real",
            "test_real_images_are_faded_like_the_generated_ones",
        ),
        (
            "reals-in-another-range",
            "low, high = self.config.value_range\n        real",
            "low, high = -1.0, 1.0\n        real",
            "test_real_images_are_faded_like_the_generated_ones",
        ),
        (
            "styles-mixed-turned-round",
            "mixed = ws[1] + (ws[0] - ws[1]) * first",
            "mixed = ws[0] + (ws[1] - ws[0]) * first",
            "test_the_second_latent_takes_over_at_the_crossover",
        ),
        (
            "w-mean-of-the-second",
            "ops.mean(ws[0, :, 0], axis=0)",
            "ops.mean(ws[1, :, 0], axis=0)",
            "test_the_second_latent_takes_over_at_the_crossover test_the_mean_of_w_takes_the_mean_over_the_batch",
        ),
    ),
    *mistakes_in(
        "training/losses.py",
        "training/test_losses.py",
        ("smoothing-not-passed-on", "logistic_d(real, fake, self.config.label_smoothing)", "logistic_d(real, fake)"),
        ("smoothing-of-fakes", "smoothing * ops.mean(real)", "smoothing * ops.mean(fake)"),
        (
            "r1-summed-over-the-batch",
            "ops.mean(ops.sum(ops.square(grads), axis=(1, 2, 3)))",
            "ops.sum(ops.sum(ops.square(grads), axis=(1, 2, 3)))",
        ),
        ("drift-of-fakes", "drift * ops.mean(ops.square(real))", "drift * ops.mean(ops.square(fake))"),
        ("penalty-of-reals", "between = real + (fake - real) * mix", "between = real + 0 * (fake - real) * mix"),
        ("drift-not-passed-on", "wgan_d(real, fake, self.config.wgan_drift)", "wgan_d(real, fake)"),
        (
            "means-in-place-of-pairs",
            "return ops.mean(ops.softplus(fake - real))",
            "return ops.softplus(ops.mean(fake - real))",
        ),
        ("g-saturates", "return ops.mean(ops.softplus(-fake))", "return -ops.mean(ops.softplus(fake))"),
    ),
    *mistakes_in(
        "training/losses.py",
        "networks/test_facts.py",
        (
            "gamma-whole",
            'return gamma / 2 * r1, {"r1": r1}',
            'return gamma * r1, {"r1": r1}',
            "test_one_step_updates_each_network_once_and_d_has_half_of_gamma_times_r1",
        ),
        (
            "r1-twice-and-no-r2",
            "(r1 + scale * r1_penalty(critic, fake))",
            "(r1 + scale * r1_penalty(critic, real))",
            "test_the_relativistic_step_penalises_reals_and_fakes_and_compares_pairs",
        ),
        (
            "lambda-fixed",
            "self.config.wgan_lambda * gradient_penalty",
            "10.0 * gradient_penalty",
            "test_the_wgan_loss_of_a_step_has_its_drift_and_lambda_times_its_penalty",
        ),
    ),
    *mistakes_in(
        "training/ada.py",
        "training/test_ada.py",
        (
            "p-falls-in-place-of-rising",
            "np.sign(sign - self.config.ada_target)",
            "np.sign(self.config.ada_target - sign)",
            "test_p_rises_while_d_is_too_sure_and_falls_else",
        ),
        (
            "signs-by-steps",
            "np.average(signs, weights=counts)",
            "np.average(signs)",
            "test_a_batch_counts_by_its_images",
        ),
        ("p-above-its-largest", "0.0, LARGEST_P)", "0.0, 1.0)", "test_p_stays_between_0_and_the_largest"),
        (
            "fades-count",
            'self.config.ada_target == 0 or phase.kind != "stable"',
            "self.config.ada_target == 0",
            "test_p_stays_in_a_fade test_the_signs_of_a_fade_do_not_count",
        ),
        (
            "signs-kept",
            "            self.signs = []",
            "            self.signs = self.signs[-1:]",
            "test_every_interval_begins_anew",
        ),
    ),
    *mistakes_in(
        "training/state.py",
        "networks/test_facts.py",
        (
            "adam-not-corrected",
            "beta_2=config.adam_beta2**c",
            "beta_2=config.adam_beta2",
            "test_lazy_r1_corrects_the_adam_of_the_discriminator_only",
        ),
        (
            "rate-not-corrected",
            "learning_rate * lazy_correction(lazy_interval(self.config))",
            "learning_rate",
            "test_lazy_r1_corrects_the_adam_of_the_discriminator_only",
        ),
        (
            "reset-forgotten",
            "optimizer.variables if reset else []",
            "optimizer.variables if not reset else []",
            "test_a_reset_clears_all_of_adam_but_the_learning_rate",
        ),
        (
            "average-of-another-seed",
            'self.ema = Generator(config, name="ema")',
            'self.ema = Generator(config, 1 + config.seed, name="ema")',
            "test_the_average_starts_as_a_copy_of_the_generator",
        ),
    ),
]
