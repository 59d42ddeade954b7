"""Planted mistakes in estimates of time and memory."""

from helpers.mutants.table import mistakes_in

MUTANTS = [
    *mistakes_in(
        "estimation/budget.py",
        "estimate/test_costs.py",
        ("one-operation-per-multiply-add", "return 2 * macs / (FASTEST", "return macs / (FASTEST"),
        ("hours-taken-for-seconds", "most = 3600 * check_number", "most = 1 * check_number"),
    ),
    *mistakes_in(
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
            "(watched + work.phases) * timing.drawing",
            "watched * timing.drawing",
            "test_totals_by_hand",
        ),
        (
            "smallest-memory",
            "return max(row.memory for row in self.rows)",
            "return min(row.memory for row in self.rows)",
            "test_totals_by_hand test_the_table_has_a_line_per_level_and_says_what_is_short",
        ),
    ),
    *mistakes_in(
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
    *mistakes_in(
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
    *mistakes_in(
        "estimation/timing.py",
        "estimate/test_clocks.py",
        ("lazy-r1-timed-with-its-step", "r1 = max(both - plain, 0.0)", "r1 = max(both, 0.0)"),
        ("peak-without-compiling", "peak=max(peak, later),", "peak=later,"),
    ),
    *mistakes_in(
        "engine/machine.py",
        "estimate/test_clocks.py",
        (
            "compiling-timed-as-products",
            "    wait(run(a, b)[:1, :1])\n    times = []",
            "    times = []",
        ),
    ),
    *mistakes_in(
        "estimation/estimate.py",
        "estimate/test_timing.py",
        (
            "levels-timed-as-typed",
            "return [size for size in known if size in chosen]",
            "return chosen",
            "test_levels_are_timed_once_each_and_the_smallest_first",
        ),
    ),
    *mistakes_in(
        "estimation/timing.py",
        "estimate/test_timing.py",
        ("drawn-at-the-last-level", "nets.ema.grow_to(resolution)  #", "nets.ema.grow_to(config.resolution)  #"),
        ("drawn-by-g", "plots.fixed_samples(nets.ema)", "plots.fixed_samples(nets.g)"),
    ),
    *mistakes_in(
        "estimation/timing.py",
        "estimate/test_clocks.py",
        (
            "saving-and-plotting-swapped",
            "return Overheads(setup + first_saving + first_plot, saving, plotting)",
            "return Overheads(setup + first_saving + first_plot, plotting, saving)",
        ),
    ),
    *mistakes_in(
        "estimation/estimate.py",
        "estimate/test_timing.py",
        (
            "memory-foreseen-from-the-first-level",
            "timings[-1] if timings else None",
            "timings[0] if timings else None",
            "test_each_level_is_foreseen_from_the_one_that_was_timed_before_it",
        ),
    ),
]
