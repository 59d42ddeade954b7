"""Mistakes in one line each, and the tests that must notice them (run by tests/mutants.py).

Each is something that a hurried edit could do, chosen by reading the code and not the tests. An entry names the file,
the text as it stands there (once), what stands there instead, and the quickest tests that must fail then.
"""

from typing import NamedTuple


class Mutant(NamedTuple):
    """One mistake: ``old`` in ``file`` becomes ``new``; ``slow`` where a test marked slow has to notice it."""

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
    """Return the mutants of one file that the same tests must notice.

    Args:
        file: in the package.
        tests: files of tests, apart by spaces.
        changes: (name, old, new), or (name, old, new, tests of the first file, apart by spaces).
        slow: whether these tests are marked so.
    """
    files = [f"tests/{test}" for test in tests.split()]
    return [
        Mutant(name, f"oasis_helpers/{file}", old, new, tuple(_nodes(files, *only)), slow)
        for name, old, new, *only in changes
    ]


def _nodes(files, only=""):
    return [f"{files[0]}::{name}" for name in only.split()] or files


DATA = [
    *_mutants(
        "data/pyramid.py",
        "data/test_pyramid.py",
        (
            "flip-front-to-back",
            "images[mirrored] = images[mirrored, ::-1]",
            "images[mirrored] = images[mirrored, :, ::-1]",
        ),
        ("flip-always", "random.random(len(self)) < 0.5", "random.random(len(self)) < 1.5"),
        (
            "every-epoch-alike",
            'default_rng([check_whole("seed", seed, 0), epoch])',
            'default_rng([check_whole("seed", seed, 0), 0])',
        ),
        ("seed-of-the-order-unused", 'default_rng([check_whole("seed", seed, 0), epoch])', "default_rng([0, epoch])"),
        (
            "split-forgotten-in-batches",
            "self._stored(resolution)[self._rows[order]]",
            "self._stored(resolution)[order]",
        ),
        ("split-forgotten-in-levels", "return level[self._rows]", "return level[: len(self._rows)]"),
        ("selection-of-a-selection", "self.source, self._rows[mask])", "self.source, np.flatnonzero(mask))"),
        ("batches-overlap", "number * batch_size, batch_size, seed, flip)", "number, batch_size, seed, flip)"),
        ("last-batch-lost", "len(self) - batch_size + 1 if drop_last", "len(self) - batch_size if drop_last"),
    ),
    *_mutants(
        "data/store.py",
        "data/test_pyramid.py",
        ("half-rounded-down", "np.floor(mean[0] + 0.5)", "np.floor(mean[0])"),
        ("time-of-change-unseen", " {status.st_size} {status.st_mtime_ns}", " {status.st_size}"),
        ("newer-stores-opened", 'if meta["version"] != VERSION:', 'if meta["version"] < VERSION:'),
    ),
    *_mutants(
        "data/slices.py",
        "data/test_slices.py",
        ("person-in-two-splits", "splits.index[splits > 1]", "splits.index[splits > 2]"),
        (
            "slice-in-two-splits",
            'table.duplicated(["case", "slice"], keep=False)',
            'table.duplicated(["case", "slice", "split"], keep=False)',
        ),
        ("one-level-less-deep", "for _ in range(_DEPTH + 1):", "for _ in range(_DEPTH):"),
    ),
    *_mutants(
        "data/subjects.py",
        "data/test_slices.py",
        (
            "subjects-beside-unread",
            'for f in (root / "subjects.csv", root.parent / "subjects.csv")',
            'for f in (root / "subjects.csv",)',
        ),
    ),
    *_mutants("data/files.py", "data/test_slices.py", ("a-foreign-label", "if strange.size:", "if strange.size > 1:")),
    *_mutants(
        "data/splits.py",
        "data/test_oasis1.py",
        (
            "splits-uneven-in-age",
            "enumerate(sorted(shuffled, key=decades.get))",
            "enumerate(sorted(ages))",
            "test_splits_are_alike_in_age",
        ),
        (
            "cases-numbered-twice",
            "free = max(free, FIRST_CASE[split])",
            "free = FIRST_CASE[split]",
            "test_case_numbers_stay_unique_where_a_split_outgrows_its_band",
        ),
    ),
    *_mutants(
        "data/cohort/anatomy.py",
        "data/test_cohort.py",
        (
            "fields-too-strong",
            "unit = (151 / 315) ** 1.5",
            "unit = (151 / 315) ** 2",
            "test_smooth_field_has_the_asked_strength",
        ),
        ("jacobian-sign", "b[0] * c[1] - b[1] * c[0]", "b[1] * c[0] - b[0] * c[1]", "test_jacobian_of_a_known_map"),
    ),
    *_mutants(
        "data/cohort/person.py",
        "data/test_cohort.py",
        (
            "nobody-ages",
            "ageing = max(0.0, (age - 20) / 70)",
            "ageing = 0.0 * age",
            "test_age_widens_ventricles_and_sulci_step_by_step",
        ),
        (
            "everybody-alike",
            "np.random.default_rng([seed, case])",
            "np.random.default_rng([seed, 1])",
            "test_same_bits_again_and_another_person_for_another_seed_or_case",
        ),
    ),
]

IMAGES = [
    *_mutants(
        "images/values.py",
        "data/test_pyramid.py",
        (
            "greys-cut-not-rounded",
            "np.rint((images - np.float32(low))",
            "np.floor((images - np.float32(low))",
            "test_greys_there_and_back_exactly test_to_uint8_clips_and_refuses_nan test_grey_arguments",
        ),
        (
            "greys-wrap-around",
            "* np.float32(255 / (high - low))), 0, 255)",
            "* np.float32(255 / (high - low))), 0, 256)",
            "test_to_uint8_clips_and_refuses_nan",
        ),
    ),
    *_mutants(
        "images/values.py",
        "course/test_doctests.py",
        (
            "rescaled-to-0-1",
            "(images - low) * (2 / (high - low)) - 1",
            "(images - low) * (1 / (high - low))",
            "test_the_examples_of_small_functions_run",
        ),
    ),
    *_mutants(
        "images/blocks.py",
        "data/test_pyramid.py",
        (
            "blocks-summed",
            "/ kind.type(block**2)",
            "/ kind.type(block)",
            "test_box_filter_is_the_rounded_mean_of_the_original",
        ),
    ),
    *_mutants(
        "images/layout.py",
        "training/test_logs.py",
        (
            "forehead-down",
            "np.rot90(images, axes=(-2, -1))",
            "np.rot90(images, axes=(-1, -2))",
            "test_a_grid_is_filled_row_by_row_with_foreheads_up",
        ),
        (
            "grid-column-by-column",
            ".transpose(0, 2, 1, 3).reshape(rows * size",
            ".transpose(1, 2, 0, 3).reshape(rows * size",
            "test_a_grid_is_filled_row_by_row_with_foreheads_up",
        ),
    ),
    *_mutants(
        "images/files.py",
        "sampling/test_latent_space.py",
        (
            "gif-shows-its-turn-twice",
            "range(len(images) - 2, 0, -1)",
            "range(len(images) - 1, 0, -1)",
            "test_a_gif_moves_there_and_back",
        ),
        (
            "gif-too-fast",
            "round(1000 * seconds / len(images))",
            "round(1000 * seconds / len(order))",
            "test_a_gif_moves_there_and_back",
        ),
    ),
    *_mutants(
        "images/checks.py",
        "evaluation/test_registry.py",
        (
            "odd-sides-taken",
            "if side < smallest or side & (side - 1):",
            "if side < smallest:",
            "test_bad_input_is_one_clear_line",
        ),
    ),
]

NETWORKS = [
    *_mutants(
        "networks/layers.py",
        "networks/test_layers.py",
        ("relu-slope", "negative_slope=0.2", "negative_slope=0.1"),
        (
            "pixel-norm-over-the-batch",
            'ops.square(ops.cast(x, "float32")), axis=-1',
            'ops.square(ops.cast(x, "float32")), axis=0',
        ),
        ("instance-norm-keeps-the-mean", "x = x - ops.mean(x, axis=(1, 2), keepdims=True)", "x = x - 0.0"),
        ("blur-too-flat", "x = x[:, :-2] + 2.0 * x[:, 1:-1] + x[:, 2:]", "x = x[:, :-2] + x[:, 1:-1] + x[:, 2:]"),
        ("groups-of-neighbours", "ops.tile(y, (size,))", "ops.repeat(y, size)"),
        ("bias-without-multiplier", "+ self.bias * self.lr_multiplier", "+ self.bias"),
        ("weights-start-small", "normal(self.seed, 1.0 / self.lr_multiplier)", "normal(self.seed, 1.0)"),
        ("style-scale-without-1", "* (scale + 1.0) + shift", "* scale + shift"),
    ),
    *_mutants(
        "networks/convolution.py",
        "networks/test_layers.py",
        ("halving-sums", "k[:-1, :-1]) / 4.0", "k[:-1, :-1]) / 2.0"),
        ("doubling-mirrored", "ops.concatenate(quarters, axis=-1)", "ops.concatenate(quarters[::-1], axis=-1)"),
        ("gain-forgotten", "self.scale = self.gain / math.sqrt", "self.scale = 1.0 / math.sqrt"),
    ),
    *_mutants(
        "networks/synthesis.py",
        "networks/test_networks.py",
        ("no-blur-after-doubling", "if self.up:\n            x = blur(x)", "if not self.up:\n            x = blur(x)"),
        ("fade-turned-round", "return old + (image - old) * alpha", "return image + (old - image) * alpha"),
        (
            "one-noise-for-each-level",
            "None if noise is None else noise[i]",
            "None if noise is None else noise[i - i % 2]",
        ),
        ("every-layer-one-style", "x = layer(x, ws[:, i], None", "x = layer(x, ws[:, 0], None"),
        ("gray-with-gain", "kernel_size=1, gain=1.0, seed=seed", "kernel_size=1, seed=seed"),
    ),
    *_mutants(
        "networks/demodulation.py",
        "networks/test_demodulation.py",
        ("demodulated-without-the-style", "ops.matmul(ops.square(style), squares)", "ops.sum(squares, axis=0)[None]"),
        ("demodulated-by-scales-not-squares", "ops.matmul(ops.square(style), squares)", "ops.matmul(style, squares)"),
        ("demodulated-without-the-root", "ops.rsqrt(ops.matmul", "1 / (ops.matmul"),
        ("demodulated-epsilon", "epsilon: float = 1e-8", "epsilon: float = 1e-6"),
        ("style-starts-at-0", "style = self.affine(w) + 1.0", "style = self.affine(w)"),
        ("style-of-the-first-image", "style[:, None, None], x.dtype", "style[:1, None, None], x.dtype"),
        ("demodulated-gain-1", "gain = SQRT2", "gain = 1.0"),
        ("demodulated-constant-with-gain", "gain = 1.0  #", "gain = SQRT2  #"),
        (
            "demodulated-without-blur",
            "if self.up:\n            x = blur(x)",
            "if not self.up:\n            x = blur(x)",
        ),
    ),
    *_mutants(
        "networks/discriminator.py",
        "networks/test_networks.py",
        (
            "d-fade-turned-round",
            'x = old + (ops.cast(x, "float32") - old) * alpha',
            'x = ops.cast(x, "float32") + (old - ops.cast(x, "float32")) * alpha',
        ),
        (
            "d-without-deviation",
            "if self.group > 1:\n            x = minibatch_stddev(x, self.group)",
            "if self.group > 1:\n            x = minibatch_stddev(x, 1)",
        ),
        ("d-without-blur", "self.bias1(self.conv1(blur(x)))", "self.bias1(self.conv1(x))"),
        (
            "d-level-below-not-trained",
            "self.from_gray[max(level - 1, 0) : level + 1]",
            "self.from_gray[level : level + 1]",
        ),
    ),
    *_mutants(
        "networks/generator.py",
        "networks/test_networks.py",
        ("psi-none-is-off", "self.config.truncation_psi if psi is None else psi", "1.0 if psi is None else psi"),
        ("psi-0-is-none", "self.config.truncation_psi if psi is None else psi", "psi or self.config.truncation_psi"),
        (
            "cutoff-none-is-all",
            "self.config.truncation_cutoff if cutoff is None else cutoff",
            "self.num_styles if cutoff is None else cutoff",
        ),
        (
            "cutoff-0-is-none",
            "self.config.truncation_cutoff if cutoff is None else cutoff",
            "cutoff or self.config.truncation_cutoff",
        ),
        ("cutoff-one-layer-more", "np.arange(self.num_styles) < cutoff", "np.arange(self.num_styles) <= cutoff"),
        ("truncated-towards-0", "self.w_avg + (ws - self.w_avg) * weight", "ws * weight"),
        ("call-truncates", "psi: float = 1.0,\n        cutoff", "psi: float | None = None,\n        cutoff"),
        (
            "g-level-below-not-trained",
            "synthesis.to_gray[max(level - 2, 0) : level]",
            "synthesis.to_gray[level - 1 : level]",
        ),
        ("alpha-of-another-level", "self.alpha if size == self.resolution else 1.0", "self.alpha"),
    ),
    *_mutants(
        "networks/augment.py",
        "networks/test_augment.py",
        ("stretch-both-ways-alike", "for sign in (1, -1))", "for sign in (1, 1))"),
        ("stretch-forgotten", "ops.exp(scale + sign * stretch)", "ops.exp(scale + 0 * sign * stretch)"),
        ("stretch-turned-round", "for sign in (1, -1))", "for sign in (-1, 1))"),
        ("gates-turned-round", "uniform[:, :GATES] < p", "uniform[:, :GATES] > p"),
        ("flips-front-to-back", "+ ops.cos(angle) * x) * wide", "+ ops.cos(angle) * x) * wide * sign"),
        ("moves-as-it-gets-brighter", "MOVE * normal[:, 3:5]", "MOVE * normal[:, 4:6]"),
        ("turn-shears", "(ops.sin(angle) * y + ops.cos(angle) * x)", "(ops.cos(angle) * x)"),
        ("outside-repeats-the-rim", 'taken * weight * ops.cast(inside, "float32")', "taken * weight"),
        ("bend-and-turn-share-a-gate", "(gate[:, 4] * BEND)", "(gate[:, 1] * BEND)"),
        ("black-gets-brighter", "* value * (1 - value)", "* (1 - value)"),
    ),
]

TRAINING = [
    *_mutants(
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
    *_mutants(
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
    *_mutants(
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
    *_mutants(
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
    *_mutants(
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
    *_mutants(
        "training/schedule.py",
        "networks/test_facts.py",
        (
            "fade-as-long-as-what-is-left",
            "(images - self.start) / self.length",
            "(images - self.start) / (self.end - self.start)",
            "test_a_fade_that_the_run_cuts_short_ends_before_1",
        ),
        (
            "first-level-fades",
            'if kind == "fade" and size == config.start_resolution:',
            'if kind == "fade" and size == 4:',
            "test_the_schedule_of_the_paper",
        ),
        (
            "last-level-not-stretched",
            "end = total if last else min(start + length, total)",
            "end = min(start + length, total)",
            "test_the_schedule_of_the_paper",
        ),
    ),
    *_mutants(
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
    *_mutants(
        "training/trainer.py",
        "training/test_trainer.py",
        ("flip-not-passed-on", "self.config.seed, flip=self.config.flip", "self.config.seed"),
        ("log-of-the-last-step", "float(np.mean(v))", "float(v[-1])"),
        ("log-of-the-first-step", "float(np.mean(v))", "float(v[0])"),
        ("log-of-the-sum", "float(np.mean(v))", "float(np.sum(v))"),
        ("log-since-the-start", "self._pending = []\n        row", "row"),
        (
            "same-batch-again",
            "phase.resolution, self.images, phase.batch_size, self.config.seed",
            "phase.resolution, phase.start, phase.batch_size, self.config.seed",
        ),
    ),
    *_mutants(
        "training/trainer.py",
        "networks/test_facts.py",
        (
            "average-one-step-behind",
            "self.generator.grow_to(phase.resolution, phase.alpha(self.images))",
            "self.generator.grow_to(phase.resolution, alpha)",
            "test_after_each_step_the_averaged_generator_alone_knows_how_far_the_run_has_grown",
        ),
        (
            "adam-never-reset",
            "reset=phase.name != self.phase",
            "reset=False",
            "test_adam_starts_afresh_when_a_level_starts_to_fade_in_and_when_it_has",
        ),
    ),
    *_mutants(
        "training/trainer.py",
        "training/test_resume.py",
        (
            "unfinished-line-lost",
            'self.phase, self._pending = state["phase"], state["pending"]',
            'self.phase, self._pending = state["phase"], []',
            "test_a_run_that_was_stopped_is_saved_and_goes_on",
        ),
        (
            "steps-counted-anew",
            'state["images"], state["steps"], state["seconds"]',
            'state["images"], 0, state["seconds"]',
            "test_a_run_that_was_broken_off_ends_like_one_that_never_was",
        ),
        slow=True,
    ),
    *_mutants(
        "training/plots.py",
        "training/test_logs.py training/test_trainer.py",
        (
            "last-of-the-fixed-latents",
            "FIXED_SEEDS[:count], psi)",
            "FIXED_SEEDS[-count:], psi)",
            "test_samples_are_the_first_fixed_latents_at_the_level_and_alpha_of_the_generator",
        ),
    ),
    *_mutants(
        "training/plots.py",
        "training/test_trainer.py",
        ("psi-of-fixed-samples-unused", "FIXED_SEEDS[:count], psi)", "FIXED_SEEDS[:count])"),
    ),
    *_mutants(
        "training/variety.py",
        "training/test_variety.py training/test_trainer.py",
        ("variety-truncated", "range(WATCHED), psi=1.0)", "range(WATCHED))"),
        (
            "variety-of-grey-values",
            "rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)",
            "rows / 255",
        ),
        ("variety-with-grain", "block_mean(images, side).reshape", "images.reshape"),
        ("matches-of-the-slices", "nearest = (_directions(images)", "nearest = (_directions(slices)"),
        ("matches-counted-once", "-(shares * np.log(shares)).sum()", "np.log(len(shares))"),
        ("compared-with-itself", "reals[1::2][: len(images)]", "reals[::2][: len(images)]"),
        ("collapse-never-told", "if share >= COLLAPSED:", "if share <= COLLAPSED:"),
    ),
    *_mutants(
        "training/guards.py",
        "training/test_guards.py",
        (
            "infinity-is-fine",
            "if not math.isfinite(value):",
            "if math.isnan(value):",
            "test_a_logged_value_that_is_no_finite_number_is_named",
        ),
    ),
    *_mutants(
        "training/cost.py",
        "estimate/test_estimate.py",
        ("lazy-penalty-too-cheap", "(6 if config.mbstd_group > 1 else 4) * sets", "4 * sets", "test_units_of_a_step"),
        (
            "maps-counted-once",
            "sum(2 * size**2 * config.channels(size)",
            "sum(size**2 * config.channels(size)",
            "test_feature_maps_by_hand",
        ),
    ),
]

SAMPLING = [
    *_mutants(
        "sampling/drawing.py",
        "sampling/test_drawing.py",
        ("drawn-in-minus-1-to-1", "noise, together), generator.config.value_range)", "noise, together), (-1.0, 1.0))"),
        ("drawn-in-0-to-1", "noise, together), generator.config.value_range)", "noise, together), (0.0, 1.0))"),
        ("drawn-fully-grown", "alpha = np.float32(generator.alpha)", "alpha = np.float32(1.0)"),
        ("alpha-of-the-first-drawing", "list(noise), size, alpha)", "list(noise), size, generator.alpha)"),
        ("noise-not-drawn-with", "list(noise), size, alpha)", "None, size, alpha)"),
        ("psi-of-styles-unused", "ops.convert_to_tensor(ws), psi, cutoff)", "ops.convert_to_tensor(ws), None, cutoff)"),
        ("cutoff-of-styles-unused", "ops.convert_to_tensor(ws), psi, cutoff)", "ops.convert_to_tensor(ws), psi, None)"),
        (
            "cutoff-of-samples-unused",
            "ws = styles(generator, seeds, psi, cutoff)",
            "ws = styles(generator, seeds, psi)",
        ),
    ),
    *_mutants(
        "sampling/mixing.py",
        "sampling/test_drawing.py",
        ("slow-at-first-in-w", "ws = a + (b - a) * t[:, None, None]", "ws = a + (b - a) * t[:, None, None] ** 2"),
        ("slow-at-first-on-a-walk", "parts = [a + (b - a) * t for", "parts = [a + (b - a) * t * t for"),
        ("straight-in-z", "z = slerp(a, b, t)", "z = a + (b - a) * t[:, None]"),
        (
            "z-truncated-otherwise",
            "truncated_styles(generator, z, psi, None)",
            "truncated_styles(generator, z, None, None)",
        ),
        (
            "mix-truncated-otherwise",
            "rows, columns = styles(generator, sources, psi)",
            "rows, columns = styles(generator, sources)",
        ),
    ),
    *_mutants(
        "sampling/mixing.py",
        "sampling/test_sampling.py",
        ("donors-all-layers", "ws[:, :, layers] = columns[None][:, :, layers]", "ws[:] = columns[None]"),
        ("noise-of-the-donor", "[s for s in sources for _ in donors]", "[d for _ in sources for d in donors]"),
        ("walk-ends-early", "np.concatenate([*parts, ws[-1:]])", "np.concatenate([*parts, parts[-1][-1:]])"),
    ),
    *_mutants(
        "sampling/latents.py",
        "sampling/test_drawing.py sampling/test_sampling.py",
        ("slerp-keeps-the-length-of-a", "(length_a + (length_b - length_a) * t)", "length_a"),
        ("slerp-of-length-1", "(length_a + (length_b - length_a) * t)", "1.0"),
        ("slerp-turned-round", "(length_a + (length_b - length_a) * t)", "(length_b + (length_a - length_b) * t)"),
        (
            "one-latent-for-all",
            "np.random.default_rng(s).standard_normal",
            "np.random.default_rng(0 * s).standard_normal",
        ),
    ),
    *_mutants(
        "sampling/noise.py",
        "sampling/test_drawing.py sampling/test_sampling.py",
        ("noise-repeats-the-latent", "np.random.default_rng([seed, 1])", "np.random.default_rng(seed)"),
        (
            "fresh-noise-fixed",
            "np.random.default_rng([seed, 1]), np.random.default_rng()",
            "np.random.default_rng([seed, 1]), np.random.default_rng([seed, 2])",
        ),
        ("levels-not-named-off", 'kinds.get(level, "fixed")', 'kinds.get(level, "off")'),
    ),
    *_mutants(
        "sampling/ranges.py",
        "sampling/test_drawing.py sampling/test_sampling.py",
        ("ranges-overlap", "range(num_layers(low) - 2,", "range(num_layers(low) - 3,"),
        (
            "layers-not-reached",
            "last = num_layers(generator.resolution) - 1",
            "last = generator.num_styles - 1",
            "test_a_generator_that_has_not_grown_has_only_the_layers_that_it_draws_with",
        ),
    ),
    *_mutants(
        "sampling/projection.py",
        "sampling/test_search.py",
        ("noise-not-held-white", "if len(self.searched) > 1:", "if len(self.searched) < 1:"),
        ("noise-made-uneven", "total = total + NOISE_WEIGHT * sum", "total = total - NOISE_WEIGHT * sum"),
        ("scales-of-noise-uneven", "x = 2.0 * downsample(x)", "x = downsample(x)"),
        ("noise-only-along-rows", "for axis in (1, 2):", "for axis in (1, 1):"),
        ("one-scale-of-noise", "while x.shape[1] >= 8:", "while x.shape[1] >= 16:"),
        ("sizes-summed", "return sum(squared) / len(squared), squared[0]", "return sum(squared), squared[0]"),
        (
            "error-of-the-smallest",
            "return sum(squared) / len(squared), squared[0]",
            "return sum(squared) / len(squared), squared[-1]",
        ),
        ("errors-in-another-range", "* 255 / (high - low)", "* 255 / 2"),
        ("speed-never-falls", "rate = PROJECTION_RATE * falling *", "rate = PROJECTION_RATE *"),
        ("disturbed-to-the-end", "max(0.0, 1 - t / 0.75) ** 2", "(1 - t) ** 2"),
    ),
    *_mutants(
        "sampling/directions.py",
        "sampling/test_search.py sampling/test_latent_space.py",
        ("no-ridge", "np.linalg.solve(covariance + hold,", "np.linalg.solve(covariance + 1e-9 * hold,"),
        ("ridge-not-by-variance", "hold = ridge * total / len(mean) * np.eye", "hold = ridge * np.eye"),
        ("ridge-of-the-whole-variance", "hold = ridge * total / len(mean) * np.eye", "hold = ridge * total * np.eye"),
        (
            "direction-downwards",
            "component = slope / np.linalg.norm(slope)",
            "component = -slope / np.linalg.norm(slope)",
        ),
    ),
    *_mutants(
        "sampling/directions.py",
        "sampling/test_latent_space.py",
        (
            "components-of-any-sign",
            "components * np.sign(largest)[:, None]",
            "components * np.sign(-largest)[:, None]",
            "test_principal_directions_equal_the_eigenvectors_of_the_covariance",
        ),
        (
            "moves-in-whole-units",
            "(amounts * directions.scales) @ directions.components",
            "amounts @ directions.components",
            "test_moving_adds_deviations_to_the_chosen_layers_only",
        ),
        (
            "moves-every-layer",
            "moved[:, layer_range(generator, layers)] +=",
            "moved[:] +=",
            "test_moving_adds_deviations_to_the_chosen_layers_only",
        ),
    ),
]

EVALUATION = [
    *_mutants(
        "evaluation/scores/spectrum.py",
        "evaluation/test_spectrum.py",
        ("mirror-frequencies-once", "(columns == side // 2), 1.0, 2.0)", "(columns == side // 2), 1.0, 1.0)"),
        ("corners-of-the-spectrum-left-out", ".tocsr()[1:]", ".tocsr()[1 : side // 2 + 1]"),
        ("magnitudes-not-squared", "len(waves), -1).T) ** 2)", "len(waves), -1).T))"),
    ),
    *_mutants(
        "evaluation/scores/gap.py",
        "evaluation/test_spectrum.py",
        ("black-counts-as-nearly-black", "(image >= low) & (image <= high)", "image <= high"),
    ),
    *_mutants(
        "evaluation/scores/people.py",
        "evaluation/test_people.py",
        ("null-of-the-reference-itself", "people[:count], people[count : 2 * count]", "people[:count], people[:count]"),
        ("unseen-compared-with-train", "pool.unseen, people[:count]", "people[-count:], people[:count]"),
        ("pairs-of-one-person-counted", "(sums.sum() - np.trace(sums))", "(sums.sum())"),
        ("higher-never-better", 'sign = 1 if better == "lower" else -1', "sign = 1"),
        ("limit-at-the-middle", "np.quantile(ordered, 1 - SIGNIFICANCE)", "np.quantile(ordered, 0.5)"),
    ),
    *_mutants(
        "evaluation/scores/swd_people.py",
        "evaluation/test_people.py",
        (
            "sets-normalised-together",
            "/ spread * other_spread + other * shift",
            "+ mean * shift",
            "test_histograms_give_the_distance_that_sorting_gives",
        ),
    ),
    *_mutants(
        "evaluation/verdicts.py",
        "evaluation/test_verdicts.py",
        ("few-people-praised", ' or judged["people"] < LEAST_PEOPLE', ""),
        ("best-score-decides", "-COLOURS.index(line[0])", "COLOURS.index(line[0])"),
        ("coarsest-level-decides", "return max(levels,", "return min(levels,"),
    ),
    *_mutants(
        "evaluation/defects.py",
        "evaluation/test_defects.py",
        ("checkerboard-outside-too", "((i + j) % 2)) * (x > HEAD)", "((i + j) % 2))"),
        (
            "stretched-both-ways",
            "np.diag([1.0, 1 / (1 + percent / 100)])",
            "np.eye(2) / (1 + percent / 100)",
            "test_a_stretch_goes_from_back_to_front_alone",
        ),
    ),
    *_mutants(
        "evaluation/tissues/anatomy.py",
        "evaluation/test_tissues.py",
        (
            "width-for-length",
            "for axis in (1, 0)]",
            "for axis in (0, 1)]",
            "test_the_outline_by_hand",
        ),
    ),
    *_mutants(
        "evaluation/evaluate.py",
        "evaluation/test_evaluation_parts.py",
        ("path-of-truncated-styles", "range(2 * pairs), 1.0)", "range(2 * pairs), None)"),
        ("path-of-pulled-styles", "range(2 * pairs), 1.0)", "range(2 * pairs), 0.7)"),
        ("path-back-to-its-start", "ws[:pairs], ws[pairs:]", "ws[:pairs], ws[:pairs]"),
        ("path-in-another-range", "- low) * (2 / (high - low)) - 1", "+ 1) * (2 / 2) - 1"),
        ("intervals-not-centred", "score.value if centred else interval.low + half", "interval.low + half"),
        ("intervals-too-wide", "(interval.high - interval.low) / 2", "(interval.high - interval.low)"),
    ),
    *_mutants(
        "evaluation/scores/precision.py",
        "evaluation/test_feature_scores.py",
        ("no-guard-of-rounding", "squares > ROUNDING * lengths", "squares > 0"),
        ("no-guard-at-all", "np.where(squares > ROUNDING * lengths, squares, 0.0)", "squares"),
        ("one-neighbour-less", "squares[:, self.k, None]", "squares[:, self.k - 1, None]"),
        (
            "recall-by-few-balls",
            "_Balls(self.fake, self.real, self.k).hold(np.arange(len(self.fake)))",
            "_Balls(self.fake, self.real, self.k).hold(np.arange(self.k + 1))",
        ),
        ("far-from-the-origin", "middle = centres.mean(axis=0)", "middle = 0 * centres.mean(axis=0)"),
    ),
    *_mutants(
        "evaluation/scores/pairs.py",
        "evaluation/test_feature_scores.py",
        (
            "one-block-of-pairs",
            "yield slice(start, start + ROWS_AT_ONCE)",
            "yield slice(start, start + ROWS_AT_ONCE - 1)",
        ),
    ),
    *_mutants(
        "evaluation/scores/frechet.py",
        "evaluation/test_feature_scores.py",
        ("overlap-once", "- 2 * overlap", "- overlap"),
        ("divided-by-n", "np.sqrt(len(features) - 1)", "np.sqrt(len(features))"),
    ),
    *_mutants(
        "evaluation/scores/kid.py",
        "evaluation/test_feature_scores.py",
        ("rows-with-themselves", "in_real) - in_real @ self._of_real", "in_real)"),
        ("kid-biased", "(size * (size - 1))", "size**2"),
        ("kernel-not-by-width", "x @ y.T / x.shape[1] + 1", "x @ y.T + 1"),
        ("kid-squared", "return linear * linear * linear", "return linear * linear"),
    ),
    *_mutants(
        "evaluation/scores/ms_ssim.py",
        "evaluation/test_image_scores.py",
        ("structure-at-the-coarsest", "whole if scale == len(weights) - 1 else structure", "structure"),
        ("paired-with-itself", "rng.integers(1, n, pairs)) % n", "rng.integers(0, n, pairs)) % n"),
        ("constants-of-other-images", "(0.01 * 255) ** 2, (0.03 * 255) ** 2", "0.01**2, 0.03**2"),
        ("covariance-once", "(2 * covariance + C2)", "(covariance + C2)"),
    ),
    *_mutants(
        "evaluation/scores/swd.py",
        "evaluation/test_image_scores.py",
        ("distances-not-sorted", "    line.sort(axis=1)\n", ""),
        ("detail-not-taken-away", "yield here - enlarge @ below @ enlarge.T", "yield here"),
        (
            "first-images-kept",
            "np.sort(np.random.default_rng([seed, 0]).choice(len(images), count, replace=False))",
            "np.arange(count)",
        ),
        ("patches-not-normalised", "np.float32(spread or 1.0)", "np.float32(1.0)"),
        (
            "directions-not-of-length-1",
            "directions /= np.linalg.norm(directions, axis=1, keepdims=True)",
            "directions /= 1.0",
        ),
    ),
    *_mutants(
        "evaluation/scores/ppl.py",
        "evaluation/test_ppl.py",
        ("step-not-squared", "/ epsilon**2)", "/ epsilon)"),
        ("always-at-the-start", 'random(len(start)) * (way == "full")', 'random(len(start)) * (way == "end")'),
        ("tails-kept", "TAIL = 1.0 ", "TAIL = 0.0 "),
        ("one-seed-for-all", "np.random.default_rng(seed).random(len(start))", "np.full(len(start), 0.5)"),
    ),
    *_mutants(
        "evaluation/scores/bootstrap.py",
        "evaluation/test_registry.py",
        (
            "interval-beside-the-score",
            "- values.mean() + score",
            "+ 0 * score",
            "test_the_interval_lies_round_the_score_though_resamples_move_it",
        ),
        (
            "half-of-the-level",
            "[(1 - level) / 2, (1 + level) / 2]",
            "[1 - level, level]",
            "test_the_interval_of_a_mean_is_that_of_the_people_not_of_the_slices",
        ),
    ),
    *_mutants(
        "evaluation/scores/registry.py",
        "evaluation/test_registry.py",
        (
            "few-images-not-flagged",
            "if count < chosen.advised:",
            "if count > chosen.advised:",
            "test_flags_say_why_to_doubt_a_score",
        ),
        (
            "noise-not-flagged",
            "wild if value < 0.9 * reference",
            "wild if value > 0.9 * reference",
            "test_a_generator_that_draws_noise_is_flagged_as_too_varied",
        ),
    ),
    *_mutants(
        "evaluation/poses.py",
        "evaluation/test_poses.py",
        (
            "tilt-of-the-long-axis",
            "np.arctan2((across * along).sum(), (along * along).sum())",
            "np.arctan2((across * along).sum(), (across * across).sum())",
        ),
        ("spread-from-the-mean", "np.sqrt(((frame[name] - upright) ** 2).mean())", "frame[name].std(ddof=0)"),
        ("size-not-in-per-cent", "result[name] *= 100 / frame[name].mean()", "result[name] *= 1"),
        ("leak-of-the-less-varied", "max(found[side][name]", "min(found[side][name]"),
    ),
    *_mutants(
        "evaluation/audit/threshold.py",
        "evaluation/test_threshold.py",
        ("threshold-one-higher", "return float(scores[order[k - 1]])", "return float(scores[order[k]])"),
        ("line-once-as-far", "np.exp(2 * lowest - middle)", "np.exp(lowest)"),
        (
            "rate-taken-for-known",
            "fakes, hits + 0.5, worth - hits + 0.5",
            "fakes, 1e6 * (hits + 0.5), 1e6 * (worth - hits + 0.5)",
        ),
        ("people-not-left-out", "others = scores[codes != person]", "others = scores"),
        ("slices-independent", "return float(n / (1 + (size - 1) * alike))", "return float(n)"),
        ("nobody-set-aside", "FAR_OUT = 8.0", "FAR_OUT = 80.0"),
    ),
    *_mutants(
        "evaluation/audit/registration.py",
        "evaluation/test_registration.py",
        (
            "moved-the-wrong-way",
            "np.conj(fft.rfft2(moving)) * fft.rfft2(fixed)",
            "fft.rfft2(moving) * np.conj(fft.rfft2(fixed))",
        ),
        ("parabola-turned-round", "(before - after) / (2 * bend)", "(after - before) / (2 * bend)"),
        ("mirrored-front-to-back", "image[::-1] if flipped else image", "image[:, ::-1] if flipped else image"),
        ("noise-pulls-the-centre", "mask = np.clip(mask - 0.25, 0, None)", "mask = np.clip(mask, 0, None)"),
    ),
    *_mutants(
        "evaluation/audit/nearest.py",
        "evaluation/test_nearest.py",
        (
            "not-mirrored",
            "likeness, flips = np.maximum(straight, mirrored), mirrored > straight",
            "likeness, flips = straight, mirrored > np.inf",
        ),
        ("own-slices-stay", "if own is not None:\n            value", "if own is None:\n            value"),
        (
            "score-of-the-nearest-too",
            "people[:, 1 : self.others + 1].mean(axis=1)",
            "people[:, : self.others + 1].mean(axis=1)",
        ),
    ),
    *_mutants(
        "evaluation/tissues/measures.py",
        "evaluation/test_tissues.py",
        (
            "rim-counts-as-ventricle",
            "(depth > DEEP * depth.max())",
            "(depth > 0)",
            "test_csf_at_the_rim_is_no_ventricle test_areas_by_hand",
        ),
        (
            "mirror-front-to-back",
            "(label > 0).any(axis=1)",
            "(label > 0).any(axis=0)",
            "test_asymmetry_ignores_where_the_brain_lies_but_not_what_is_in_it",
        ),
        (
            "mirror-line-fixed",
            "for line in range(middle - reach, middle + reach + 1):",
            "for line in (len(label) - 1,):",
            "test_asymmetry_ignores_where_the_brain_lies_but_not_what_is_in_it",
        ),
        (
            "segmented-share",
            'float(1 - fake["segmented"].mean())',
            'float(fake["segmented"].mean())',
            "test_distances_are_scipys",
        ),
    ),
    *_mutants(
        "evaluation/comparison.py",
        "evaluation/test_evaluation_parts.py",
        ("better-turned-round", '(way == "lower") else "second"', '(way == "higher") else "second"'),
        ("told-where-intervals-meet", 'return "cannot be told"', 'return "first"'),
    ),
    *_mutants(
        "evaluation/corruptions.py",
        "evaluation/test_corruptions.py",
        (
            "shuffled-parts-lie-still",
            "np.roll(moved, 1, axis=1)",
            "np.roll(moved, 0, axis=1)",
            "test_shuffling_keeps_every_part_and_moves_the_share_asked_for",
        ),
        (
            "noise-added-not-mixed",
            "(1 - strength) * x + strength * 255",
            "x + strength * 255",
            "test_strength_goes_from_nothing_to_destruction",
        ),
        slow=True,
    ),
    *_mutants(
        "evaluation/sides.py",
        "evaluation/test_evaluate.py",
        (
            "people-on-both-sides",
            "for half in (first, ~first))",
            "for half in (first, first))",
            "test_no_person_is_on_both_sides",
        ),
        (
            "fakes-truncated",
            "range(count), psi, cutoff=generator.num_styles",
            "range(count), None, cutoff=generator.num_styles",
            "test_no_person_is_on_both_sides",
        ),
        slow=True,
    ),
]

ESTIMATION = [
    *_mutants(
        "estimation/budget.py",
        "estimate/test_costs.py",
        ("one-operation-per-multiply-add", "return 2 * macs / (FASTEST", "return macs / (FASTEST"),
        ("hours-taken-for-seconds", "most = 3600 * check_number", "most = 1 * check_number"),
    ),
    *_mutants(
        "estimation/estimate.py",
        "estimate/test_estimate.py",
        ("seconds-per-image", "seconds_per_kimg=1000 / rate", "seconds_per_kimg=1 / rate", "test_rates_by_hand"),
        (
            "lazy-r1-every-step-in-rates",
            "r1 = timing.r1 / interval if interval > 1 else 0.0",
            "r1 = timing.r1 if interval > 1 else 0.0",
            "test_rates_by_hand",
        ),
        (
            "drawings-not-counted",
            "(work.saves + work.phases) * timing.drawing",
            "work.saves * timing.drawing",
            "test_totals_by_hand",
        ),
        (
            "smallest-memory",
            "return max(row.memory for row in self.rows)",
            "return min(row.memory for row in self.rows)",
            "test_totals_by_hand test_the_table_has_a_line_per_level_and_says_what_is_short",
        ),
    ),
    *_mutants(
        "estimation/workload.py",
        "estimate/test_estimate.py",
        (
            "no-overshooting",
            "math.ceil((phase.end - shown) / phase.batch_size)",
            "(phase.end - shown) // phase.batch_size",
            "test_work_is_counted_as_the_trainer_does_it",
        ),
        (
            "lazy-r1-from-step-1",
            "return math.ceil(steps / interval)",
            "return steps // interval",
            "test_work_is_counted_as_the_trainer_does_it",
        ),
    ),
    *_mutants(
        "estimation/timing.py",
        "estimate/test_estimate.py",
        (
            "quickest-stretch",
            "statistics.median(_clock(lambda: repeat(count)) / count",
            "min(_clock(lambda: repeat(count)) / count",
            "test_the_median_of_several_stretches_counts",
        ),
        (
            "part-of-a-batch-for-the-whole",
            "return self.batch_size / self.timed_batch",
            "return 1.0",
            "test_totals_by_hand test_rates_by_hand",
        ),
    ),
]

VIEW = [
    *_mutants(
        "view/quiz.py",
        "view/test_quiz.py",
        ("slices-called-generated", "self.generated = order >= len(slices)", "self.generated = order < len(slices)"),
        ("coin-too-unlucky", "stats.binom.sf(right - 1, last, 0.5)", "stats.binom.sf(right, last, 0.5)"),
        ("order-without-seed", 'np.random.default_rng(check_whole("seed", seed, 0))', "np.random.default_rng()"),
        ("wrong-found", "(called & ~self.generated).sum()", "(~called & self.generated).sum()"),
    ),
    *_mutants(
        "view/explorer.py",
        "view/test_explorer.py",
        (
            "styles-of-the-donor",
            "own[:, self.ranges[name]] = donor",
            "donor[:, self.ranges[name]] = own",
            "test_the_image_is_that_of_sampling test_every_setting_changes_the_image",
        ),
        (
            "noise-of-seed-0",
            "sampling.noise_maps([s.seed] * len(ws)",
            "sampling.noise_maps([0] * len(ws)",
            "test_the_noise_is_that_of_the_seed_whatever_the_donor",
        ),
        ("pin-follows", "self.pinned = self.settings", "self.pinned = None", "test_pin_keeps_an_image_and_lets_it_go"),
        (
            "files-overwritten",
            'while (folder / f"{name}-{number:03d}{ending}").exists():',
            "while False:",
            "test_saved_files_never_overwrite",
        ),
    ),
    *_mutants(
        "view/latent.py",
        "sampling/test_latent_space.py",
        (
            "sweep-of-some-layers",
            "every = generator.num_styles",
            "every = None",
            "test_a_sweep_truncates_every_layer_whatever_the_configuration_says",
        ),
        (
            "spread-of-one-draw",
            "images.mean(0), images.std(0))",
            "images.mean(0), images[:1].std(0))",
            "test_the_noise_figure_shows_mean_and_spread",
        ),
        (
            "difference-turned-round",
            'difference = projection.image.astype("float32") - projection.target',
            'difference = projection.target.astype("float32") - projection.image',
            "test_the_projection_figure_shows_all_three",
        ),
    ),
    *_mutants(
        "view/costs.py",
        "estimate/test_costs.py",
        ("told-where-it-is-quick", "if seconds > QUIET:", "if seconds < QUIET:"),
        ("usual-time-turned-round", "seconds * usual / value", "seconds * value / usual"),
    ),
]

DOCTOR = [
    *_mutants(
        "doctor/cards.py",
        "doctor/test_cards.py",
        ("cards-after-a-gap", "            break\n", "            continue\n"),
        ("new-cards-fit", "TENSORFLOW_ENDS = (10, 0)", "TENSORFLOW_ENDS = (13, 0)"),
    ),
    *_mutants(
        "doctor/memory.py",
        "doctor/test_machine.py",
        ("no-limit-is-a-limit", "for limit in limits if limit < UNLIMITED]", "for limit in limits]"),
    ),
    *_mutants(
        "doctor/card_faults.py",
        "doctor/test_faults.py",
        ("old-driver-that-works", "int(major) < least and not facts.works(card)", "int(major) < least"),
    ),
    *_mutants(
        "doctor/step_faults.py",
        "doctor/test_faults.py",
        ("worked-is-a-fault", "        if not trial.worked:\n", "        if trial.text:\n"),
    ),
    *_mutants(
        "doctor/examination.py",
        "doctor/test_trial.py",
        ("one-card-for-all", "CUDA_VISIBLE_DEVICES=card.uuid", "CUDA_VISIBLE_DEVICES=cards[0].uuid"),
    ),
    *_mutants(
        "doctor/trial.py",
        "doctor/test_trial.py",
        ("silent-end-is-success", 'self.code == 0 and "seconds" in self.said', "self.code == 0"),
    ),
    *_mutants(
        "engine/guard.py",
        "training/test_gpu_guard.py",
        (
            "guard-on-a-processor",
            "    if not on_gpu():\n",
            "    if False:\n",
            "test_on_a_processor_nothing_is_tried",
        ),
        (
            "full-card-cannot-compile",
            "if problem.fault not in UNDECIDED:",
            "if True:",
            "test_a_card_that_this_process_holds_says_nothing",
        ),
        (
            "xla-all-the-same",
            "        engine.devices.give_up_xla()\n",
            "        pass\n",
            "test_then_the_compute_capability_decides",
        ),
    ),
]

MUTANTS = [*DOCTOR, *DATA, *IMAGES, *NETWORKS, *TRAINING, *SAMPLING, *EVALUATION, *ESTIMATION, *VIEW]
