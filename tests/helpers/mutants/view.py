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
    *mistakes_in(
        "view/figures.py",
        "view/test_figures.py",
        (
            "runs-by-their-names",
            'glob("generated_plot_e*.png"), key=lambda file: int(file.stem.rsplit("e", 1)[1])',
            'glob("generated_plot_e*.png")',
            "test_the_images_of_a_run_are_shown_as_bright_as_they_are_in_the_order_in_which_they_were_drawn",
        ),
        (
            "brains-upside-down",
            "ax.set_ylim(BRAIN_HEIGHT[1] * size - 0.5, BRAIN_HEIGHT[0] * size - 0.5)",
            "ax.set_ylim(BRAIN_HEIGHT[0] * size - 0.5, BRAIN_HEIGHT[1] * size - 0.5)",
            "test_the_axes_show_the_box_whatever_the_resolution",
        ),
    ),
    *mistakes_in(
        "view/live.py",
        "training/test_logs.py",
        ("minutes-taken-for-seconds", "duration(60 * left)} left", "duration(left)} left"),
        ("one-figure-for-two-runs", "self._display = None  # another", "pass  # another"),
    ),
    *mistakes_in(
        "view/audit_figures.py",
        "view/test_evaluation_figures.py",
        (
            "slice-less-fake",
            "bring_over(fake, real, pair.flipped, (pair.down, pair.along)) - real",
            "real - bring_over(fake, real, pair.flipped, (pair.down, pair.along))",
        ),
    ),
    *mistakes_in(
        "view/panel.py",
        "view/test_explorer.py",
        ("slow-images-at-every-move", "self.seconds < SLOW", "self.seconds > SLOW"),
        ("sliders-end-before-the-start", "low, high = min(low, value), max(high, value)", "pass"),
    ),
    *mistakes_in(
        "view/quiz.py",
        "view/test_quiz.py",
        ("all-of-them-samples", "of {last // 2} samples", "of {last} samples"),
    ),
    *mistakes_in(
        "view/explorer.py",
        "view/test_explorer.py",
        (
            "pinned-comes-first",
            "[self.settings] + ([self.pinned] if self.pinned is not None else [])",
            "([self.pinned] if self.pinned is not None else []) + [self.settings]",
        ),
        ("directions-from-1", "enumerate(self.amounts) if amount]", "enumerate(self.amounts, 1) if amount]"),
    ),
    *mistakes_in(
        "view/audit_figures.py",
        "view/test_evaluation_figures.py",
        (
            "copies-called-chance",
            'mark = "A COPY" if pair.copy else "flagged, may be chance" if pair.flagged else',
            'mark = "flagged, may be chance" if pair.flagged else "A COPY" if pair.copy else',
        ),
        ("copies-counted", "sum(pair.flagged for pair in pairs)", "sum(pair.copy for pair in pairs)"),
        ("mirrored-untold", '", mirrored" if pair.flipped', '", mirrored" if not pair.flipped'),
    ),
    *mistakes_in(
        "view/evaluation_figures.py",
        "view/test_evaluation_figures.py",
        ("areas-as-shares", "ax.plot(100 * values, np.linspace", "ax.plot(values, np.linspace"),
        ("one-bin-higher", 'np.digitize(rows["height"], edges) - 1', 'np.digitize(rows["height"], edges)'),
        ("samples-beside-their-band", "samples - base, color", "samples, color"),
    ),
    *mistakes_in(
        "view/latent.py",
        "sampling/test_latent_figures.py",
        (
            "colours-of-brighter-alone",
            "float(np.abs(difference).max())",
            "float(difference.max())",
            "test_no_difference_is_white_and_the_colours_reach_as_far_either_way",
        ),
        (
            "rounding-in-full-colours",
            "reach = max(10.0, float",
            "reach = max(1.0, float",
            "test_no_difference_is_white_and_the_colours_reach_as_far_either_way",
        ),
    ),
    *mistakes_in(
        "view/latent.py",
        "sampling/test_latent_space.py",
        (
            "another-is-the-same",
            "shown = (images[0], images[-1],",
            "shown = (images[0], images[0],",
            "test_the_noise_figure_shows_mean_and_spread",
        ),
    ),
    *mistakes_in(
        "view/costs.py",
        "estimate/test_costs.py",
        ("one-generator-draws", "count * (2 * drawing + 12 * features)", "count * (drawing + 12 * features)"),
        ("drawn-to-be-measured", "/ 16 - drawing", "/ 16"),
        ("one-projection", "seconds = count * steps *", "seconds = steps *"),
    ),
    *mistakes_in(
        "view/explorer.py",
        "view/test_explorer.py",
        (
            "frame-shown-twice",
            "[:-1, None, None]",
            "[:, None, None]",
            "test_every_frame_of_a_walk_is_shown_for_as_long",
        ),
    ),
    *mistakes_in(
        "view/figures.py",
        "view/test_figures.py",
        (
            "images-of-a-run-are-black",
            'ax.imshow(plt.imread(file), cmap="gray", vmin=0, vmax=1)',
            'ax.imshow(plt.imread(file), cmap="gray", vmin=0, vmax=255)',
            "test_the_images_of_a_run_are_shown_as_bright_as_they_are_in_the_order_in_which_they_were_drawn",
        ),
    ),
    *mistakes_in(
        "view/latent.py",
        "sampling/test_latent_figures.py",
        ("spread-of-noise-is-dark", '{"cmap": "viridis", "vmax": None}', '{"cmap": "viridis", "vmax": 255}'),
    ),
    *mistakes_in(
        "view/report.py",
        "view/test_report.py",
        (
            "closest-pairs-of-other-images",
            'closest_pairs(result.audit, result.sides.others["fakes"], result.train)',
            'closest_pairs(result.audit, result.sides.others["untrained"], result.train)',
        ),
    ),
]
