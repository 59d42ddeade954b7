"""Planted mistakes in settings, presets, commands and exercises."""

from helpers.mutants.table import mistakes_in

MUTANTS = [
    *mistakes_in(
        "config/__init__.py",
        "networks/test_facts.py",
        (
            "no-rate-of-512-px",
            "256: 2e-3, 512: 3e-3}",
            "256: 2e-3, 512: 2e-3}",
            "test_learning_rates_and_batches_of_the_paper",
        ),
        (
            "no-batch-of-512-px",
            "256: 8, 512: 4}",
            "256: 8, 512: 8}",
            "test_learning_rates_and_batches_of_the_paper",
        ),
    ),
    *mistakes_in(
        "config/presets.py",
        "course/test_presets.py",
        ("average-lags-in-short-runs", '"ema_kimg": 1.0,', '"ema_kimg": 20.0,'),
        ("laptop-of-another-length", '"total_kimg": 66.0,', '"total_kimg": 98.0,'),
    ),
    *mistakes_in(
        "commands.py",
        "course/test_sample_command.py",
        (
            "walks-truncated-otherwise",
            "walk(generator, seeds, steps, psi=psi)",
            "walk(generator, seeds, steps)",
        ),
        (
            "grids-truncated-otherwise",
            "sampling.sample(generator, seeds, psi, arguments.noise)",
            "sampling.sample(generator, seeds, None, arguments.noise)",
        ),
        (
            "noise-of-a-matrix-fixed",
            "arguments.layers, psi, arguments.noise)",
            'arguments.layers, psi, "fixed")',
        ),
    ),
    *mistakes_in(
        "commands.py",
        "course/test_other_commands.py",
        (
            "resumed-begins-with-another",
            "if arguments.start_from and not arguments.preset and not begun:",
            "if arguments.start_from and not arguments.preset:",
        ),
        ("seed-of-evaluate-unused", "arguments.preset, extractors, arguments.seed)", "arguments.preset, extractors)"),
    ),
    *mistakes_in(
        "config/__init__.py",
        "course/test_config.py",
        (
            "adapted-from-0-is-off",
            "return self.augment_p > 0 or self.ada_target > 0",
            "return self.augment_p > 0",
            "test_a_run_augments_where_p_is_set_and_where_it_is_adapted_from_0",
        ),
    ),
    *mistakes_in(
        "commands.py",
        "course/test_other_commands.py",
        (
            "seed-of-prepare-unused",
            'options = ("data", "out", "demographics", "seed", "source")',
            'options = ("data", "out", "demographics", "source")',
        ),
        ("heads-for-brains-typed", "masked=not arguments.whole_head", "masked=arguments.whole_head"),
    ),
    *mistakes_in(
        "checks/core.py",
        "course/test_checks.py",
        (
            "sign-of-a-number-passed-over",
            "'large' if wrong[0] > right[0]",
            "'large' if abs(wrong[0]) > abs(right[0])",
            "test_a_negative_number_is_the_smaller_one",
        ),
        (
            "noughts-passed-over",
            " and not wrong[~used].any()",
            "",
            "test_a_factor_is_told_only_where_nothing_stands_in_place_of_a_nought",
        ),
        (
            "factor-turned-round",
            "ratios, offsets = wrong[used] / right[used]",
            "ratios, offsets = right[used] / wrong[used]",
        ),
        ("any-shape-is-right", "a.shape == b.shape and np.allclose(", "np.allclose("),
    ),
    *mistakes_in(
        "config/__init__.py",
        "training/test_penalty_pixels.py",
        (
            "older-runs-by-final-pixels",
            '{"penalty_pixels": "level", "ada',
            '{"penalty_pixels": "final", "ada',
            "test_a_run_from_before_this_setting_keeps_its_rule",
        ),
    ),
    *mistakes_in(
        "config/__init__.py",
        "course/test_config.py",
        ("no-channel-is-enough", "self.channels(size) >= 1", "self.channels(size) >= 0"),
    ),
    *mistakes_in(
        "config/__init__.py",
        "course/test_config.py",
        ("stars-beside-the-paper", "base = PRESETS.get(self.preset, {})", "base = {}"),
    ),
    *mistakes_in(
        "commands.py",
        "course/test_config.py",
        ("preset-as-a-setting", 'if name.strip() == "preset":', "if False:"),
    ),
    *mistakes_in(
        "commands.py",
        "course/test_other_commands.py",
        (
            "people-typed-are-not-made",
            "load_data(arguments.data, config.people, merge_splits=arguments.merge_splits, check=check)",
            "load_data(arguments.data, merge_splits=arguments.merge_splits, check=check)",
            "test_a_training_learns_from_the_slices_or_as_many_virtual_people_as_are_typed",
        ),
    ),
    *mistakes_in(
        "commands.py",
        "course/test_sample_command.py",
        (
            "walks-of-a-frame-a-second",
            "save_gif(images, arguments.interpolate, seconds=len(images) / 12)",
            "save_gif(images, arguments.interpolate, seconds=len(images))",
            "test_a_walk_is_truncated_as_asked_and_shows_twelve_images_a_second",
        ),
    ),
    *mistakes_in(
        "__main__.py",
        "course/test_cli.py",
        ("interrupted-is-done", "return 130", "return 0", "test_what_is_interrupted_ends_with_130_and_a_line"),
    ),
    *mistakes_in(
        "config/__init__.py",
        "networks/test_facts.py",
        (
            "p-rises-ten-times-as-fast",
            "ada_kimg: float = _within(500.0,",
            "ada_kimg: float = _within(50.0,",
            "test_the_constants_of_adaptive_augmentation",
        ),
    ),
    *mistakes_in(
        "config/presets.py",
        "course/test_presets.py",
        (
            "short-runs-truncate-some-layers",
            '    "truncation_cutoff": 18,  # all layers: there are few\n    "clip_black"',
            '    "truncation_cutoff": 8,  # all layers: there are few\n    "clip_black"',
            "test_the_short_runs_truncate_every_layer",
        ),
    ),
]
