"""Planted mistakes in a whole run."""

from helpers.mutants.table import mistakes_in

MUTANTS = [
    *mistakes_in(
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
    *mistakes_in(
        "training/trainer.py",
        "training/test_trainer.py",
        ("flip-not-passed-on", "self.config.seed, flip=self.config.flip", "self.config.seed"),
        ("log-since-the-start", "self._pending = []\n        row", "row"),
        (
            "same-batch-again",
            "phase.resolution, self.images, phase.batch_size, self.config.seed",
            "phase.resolution, phase.start, phase.batch_size, self.config.seed",
        ),
        (
            "time-before-a-stop-lost",
            "        self.seconds += self._clock() - since\n",
            "",
            "test_time_up_to_a_stop_between_two_lines_counts",
        ),
        (
            "generator-forgets-its-origin",
            "weights.GENERATOR_FILE, **about, **self.origin)",
            "weights.GENERATOR_FILE, **about)",
            "test_a_generator_tells_which_run_its_networks_began_with",
        ),
    ),
    *mistakes_in(
        "training/history.py",
        "training/test_trainer.py",
        ("log-of-the-last-step", "float(np.mean(v))", "float(v[-1])"),
        ("log-of-the-first-step", "float(np.mean(v))", "float(v[0])"),
        ("log-of-the-sum", "float(np.mean(v))", "float(np.sum(v))"),
    ),
    *mistakes_in(
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
    *mistakes_in(
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
    *mistakes_in(
        "training/plots.py",
        "training/test_logs.py training/test_trainer.py",
        (
            "last-of-the-fixed-latents",
            "FIXED_SEEDS[:count], psi)",
            "FIXED_SEEDS[-count:], psi)",
            "test_samples_are_the_first_fixed_latents_at_the_level_and_alpha_of_the_generator",
        ),
    ),
    *mistakes_in(
        "training/plots.py",
        "training/test_trainer.py",
        ("psi-of-fixed-samples-unused", "FIXED_SEEDS[:count], psi)", "FIXED_SEEDS[:count])"),
    ),
    *mistakes_in(
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
    *mistakes_in(
        "training/guards.py",
        "training/test_guards.py",
        (
            "infinity-is-fine",
            "if not math.isfinite(value):",
            "if math.isnan(value):",
            "test_a_logged_value_that_is_no_finite_number_is_named",
        ),
    ),
    *mistakes_in(
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
    *mistakes_in(
        "training/stop.py",
        "training/test_stop.py",
        (
            "second-sigterm-breaks-off",
            "if self.wanted and number == signal.SIGINT:",
            "if self.wanted:",
            "test_a_second_sigterm_lets_the_run_be_saved",
        ),
        (
            "second-ctrl-c-waits",
            "if self.wanted and number == signal.SIGINT:",
            "if self.wanted and number == signal.SIGTERM:",
            "test_a_second_ctrl_c_breaks_off_at_once",
        ),
    ),
    *mistakes_in(
        "training/cost.py",
        "training/test_training.py",
        (
            "later-phases-counted-from-now",
            "max(phase.end - max(phase.start, images), 0)",
            "max(phase.end - images, 0)",
            "test_the_work_left_by_hand",
        ),
    ),
    *mistakes_in(
        "weights.py",
        "training/test_states.py",
        (
            "unreadable-now-is-damaged",
            'raise WeightsError(f"path: {path} cannot be read now',
            'raise DamagedError(f"path: {path} cannot be read now',
            "test_a_state_that_cannot_be_read_now_is_neither_passed_over_nor_put_aside",
        ),
    ),
    *mistakes_in(
        "training/folder.py",
        "training/test_run_folder.py",
        (
            "shorter-run-is-no-difference",
            "if config.total_kimg > run.total_kimg:",
            "if config.total_kimg != run.total_kimg:",
        ),
        ("lock-for-two", "fcntl.LOCK_EX | fcntl.LOCK_NB", "fcntl.LOCK_SH | fcntl.LOCK_NB"),
        ("holder-of-a-lock-forgotten", 'open(self._path, "a+")', 'open(self._path, "w+")'),
        (
            "others-begin-anew",
            "return copy, resumed_run(config, folder, force) if resume else copy",
            "return copy, copy",
        ),
    ),
    *mistakes_in(
        "training/checkpoint.py",
        "training/test_states.py",
        ("two-states-kept", "KEEP = 3", "KEEP = 2", "test_the_last_three_states_are_kept"),
    ),
    *mistakes_in(
        "training/warm_start.py",
        "training/test_begun.py",
        ("half-faded-is-reached", 'if state["alpha"] >= 1 else', 'if state["alpha"] >= 0.5 else'),
        ("kimg-in-images", '"kimg": state["images"] / 1000', '"kimg": state["images"]'),
        ("own-length-forgotten", "**{**base, **changes}", "**{**changes, **base}"),
        ("reached-level-may-be-missing", "_size(v.path) > begun.reached}", "_size(v.path) >= begun.reached}"),
    ),
    *mistakes_in(
        "training/trainer.py",
        "training/test_run_folder.py",
        ("signs-lost-on-the-way", 'self.augment.signs = state.get("augment_signs", [])', "self.augment.signs = []"),
        ("overtaken-goes-on", "if self._lost or (saved and saved[0] > self.images):", "if self._lost:"),
        ("hours-before-the-break-lost", 'state["steps"], state["seconds"]', 'state["steps"], 0.0'),
    ),
    *mistakes_in(
        "training/guards.py",
        "training/test_run_folder.py",
        ("single-image-not-tried", "while batch >= engine.devices.count:", "while batch > engine.devices.count:"),
        (
            "batch-that-fits-without-r1",
            "TrainingStep(Networks(config), resolution, batch_size)(real, 1.0, 0)",
            "TrainingStep(Networks(config), resolution, batch_size)(real, 1.0, 1)",
            "test_a_batch_fits_only_where_the_lazy_penalty_of_its_step_fits_too",
        ),
    ),
    *mistakes_in(
        "paths.py",
        "training/test_run_folder.py",
        ("other-files-are-leftovers", 'folder.glob(".*.tmp")', 'folder.glob("*.tmp")'),
    ),
    *mistakes_in(
        "training/history.py",
        "training/test_logs.py",
        ("csv-as-the-rows-came", "[*CSV_COLUMNS, *self.history]", "[*self.history, *CSV_COLUMNS]"),
        (
            "resumed-line-glued",
            '"".join(json.dumps(row) + "\\n" for row in self.rows)',
            '"\\n".join(json.dumps(row) for row in self.rows)',
        ),
    ),
    *mistakes_in(
        "training/plots.py",
        "training/test_logs.py",
        (
            "levels-a-line-late",
            """(row["kimg"], f"{new['resolution']} px")""",
            """(new["kimg"], f"{new['resolution']} px")""",
        ),
    ),
    *mistakes_in(
        "training/callbacks.py",
        "training/test_logs.py",
        ("paced-by-the-longer", "min(took, self._took) / self.share", "max(took, self._took) / self.share"),
    ),
    *mistakes_in(
        "training/tensorboard.py",
        "training/test_logs.py",
        ("earlier-points-dropped", "EventFile(self.folder, images)", "EventFile(self.folder, 0)"),
        ("axis-of-steps", "file.scalars(trainer.images, scalars)", "file.scalars(trainer.steps, scalars)"),
        ("full-disk-told-at-each-line", "            self._failed = True", "            self._failed = False"),
    ),
    *mistakes_in(
        "training/trainer.py",
        "training/test_trainer.py",
        ("speed-from-the-start", "(self.images - shown) / seconds", "self.images / seconds"),
    ),
    *mistakes_in(
        "training/tensorboard.py",
        "training/test_logs.py",
        ("samples-half-as-rare", "Pace(60.0, share=0.02)", "Pace(60.0)", "test_samples_between_phases_are_rare"),
        (
            "samples-at-every-minute",
            "Pace(60.0, share=0.02)",
            "Pace(60.0, 1.0)",
            "test_samples_between_phases_are_rare",
        ),
        (
            "samples-at-every-second",
            "Pace(60.0, share=0.02)",
            "Pace(1.0, 0.02)",
            "test_samples_between_phases_are_rare",
        ),
    ),
    *mistakes_in(
        "training/guards.py",
        "training/test_guards.py",
        (
            "quota-is-no-full-disk",
            "(errno.ENOSPC, errno.EDQUOT)",
            "(errno.ENOSPC,)",
            "test_a_full_disk_is_told_from_other_errors",
        ),
    ),
    *mistakes_in(
        "training/folder.py",
        "training/test_run_folder.py",
        ("name-of-a-preset-is-a-setting", 'if name != "preset" and asked', "if asked"),
    ),
    *mistakes_in(
        "training/trainer.py",
        "training/test_trainer.py",
        ("half-the-reals-watched", "0, 2 * WATCHED, self.config.seed)", "0, WATCHED, self.config.seed)"),
    ),
]
