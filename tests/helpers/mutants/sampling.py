"""Planted mistakes in sampling."""

from helpers.mutants.table import mistakes_in

MUTANTS = [
    *mistakes_in(
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
    *mistakes_in(
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
    *mistakes_in(
        "sampling/mixing.py",
        "sampling/test_sampling.py",
        ("donors-all-layers", "ws[:, :, layers] = columns[None][:, :, layers]", "ws[:] = columns[None]"),
        ("noise-of-the-donor", "[s for s in sources for _ in donors]", "[d for _ in sources for d in donors]"),
        ("walk-ends-early", "np.concatenate([*parts, ws[-1:]])", "np.concatenate([*parts, parts[-1][-1:]])"),
    ),
    *mistakes_in(
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
    *mistakes_in(
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
    *mistakes_in(
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
    *mistakes_in(
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
    *mistakes_in(
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
    *mistakes_in(
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
    *mistakes_in(
        "sampling/projection.py",
        "estimate/test_clocks.py",
        (
            "compiling-timed-as-steps",
            "    search.advance(target, 0.0)\n    started = time.perf_counter()",
            "    started = time.perf_counter()",
        ),
    ),
    *mistakes_in(
        "sampling/export/files.py",
        "sampling/test_export.py",
        (
            "example-draws-other-noise",
            "np.random.default_rng([seed, 1])",
            "np.random.default_rng([seed, 2])",
            "test_the_example_draws_from_the_latent_and_the_noise_of_its_seed",
        ),
        (
            "example-lies-on-its-side",
            "Image.fromarray(np.rot90(image))",
            "Image.fromarray(image)",
            "test_the_example_draws_from_the_latent_and_the_noise_of_its_seed",
        ),
    ),
    *mistakes_in(
        "sampling/export/files.py",
        "sampling/test_export.py",
        (
            "exported-without-its-terms",
            "known[path] if isinstance(path, str) and path in known else Path(path).expanduser()",
            "Path(path).expanduser()",
            "test_a_generator_that_comes_with_the_package_has_its_card_with_the_terms",
        ),
    ),
    *mistakes_in(
        "sampling/projection.py",
        "sampling/test_search.py",
        ("deviation-around-one-mean", "float(np.sqrt(w.var(0).mean()))", "float(w.std())"),
        ("speed-falls-at-first", "min(1.0, (1 - t) / 0.25)", "min(1.0, t / 0.25)"),
    ),
    *mistakes_in(
        "sampling/directions.py",
        "sampling/test_latent_space.py",
        ("shares-of-those-shown", "scales**2 / (scales**2).sum()", "scales**2 / (scales[:count] ** 2).sum()"),
    ),
    *mistakes_in(
        "sampling/export/functions.py",
        "sampling/test_export.py",
        ("one-layer-more-truncated", "if i < config.truncation_cutoff", "if i <= config.truncation_cutoff"),
    ),
    *mistakes_in(
        "sampling/mixing.py",
        "sampling/test_sampling.py",
        (
            "noise-in-another-order",
            "[s for s in sources for _ in donors]",
            "[s for _ in donors for s in sources]",
            "test_every_image_of_a_mixing_table_is_that_of_its_pair_alone",
        ),
        (
            "columns-first",
            "return images.reshape(len(sources), len(donors), *images.shape[1:])",
            "return images.reshape(len(donors), len(sources), *images.shape[1:]).swapaxes(0, 1)",
            "test_every_image_of_a_mixing_table_is_that_of_its_pair_alone",
        ),
    ),
]
