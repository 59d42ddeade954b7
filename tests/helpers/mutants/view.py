"""Planted mistakes in figures and the explorer."""

from helpers.mutants.table import mistakes_in

MUTANTS = [
    *mistakes_in(
        "view/quiz.py",
        "view/test_quiz.py",
        ("slices-called-generated", "self.generated = order >= len(slices)", "self.generated = order < len(slices)"),
        ("coin-too-unlucky", "stats.binom.sf(right - 1, last, 0.5)", "stats.binom.sf(right, last, 0.5)"),
        ("order-without-seed", 'np.random.default_rng(check_whole("seed", seed, 0))', "np.random.default_rng()"),
        ("wrong-found", "(called & ~self.generated).sum()", "(~called & self.generated).sum()"),
    ),
    *mistakes_in(
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
    *mistakes_in(
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
    *mistakes_in(
        "view/costs.py",
        "estimate/test_costs.py",
        ("told-where-it-is-quick", "if seconds > QUIET:", "if seconds < QUIET:"),
        ("usual-time-turned-round", "seconds * usual / value", "seconds * value / usual"),
    ),
    *mistakes_in(
        "view/costs.py",
        "estimate/test_clocks.py",
        (
            "first-call-is-timed",
            "    function()\n    started = time.perf_counter()",
            "    started = time.perf_counter()",
        ),
    ),
    *mistakes_in(
        "view/evaluation_figures.py",
        "view/test_evaluation_figures.py",
        (
            "a-row-of-one-person",
            "np.linspace(0, len(images) - 1, count).astype(int)",
            "np.arange(count)",
            "test_the_images_of_a_row_are_spread_evenly_over_all_people",
        ),
    ),
    *mistakes_in(
        "view/report.py",
        "view/test_report.py",
        ("least-exposed-people", "result.audit.exposure.head(10)", "result.audit.exposure.tail(10)"),
        ("known-people-untold", 'known if about["segmenter"]', 'known if not about["segmenter"]'),
    ),
]
