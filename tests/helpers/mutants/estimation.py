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
        "estimation/estimate.py",
        "estimate/test_timing.py estimate/test_estimate.py",
        ("plots-not-counted", "work.phases * overheads.plotting + drawing", "drawing"),
        ("r1-compiled-for-nothing", "(timing.r1_compile if work.r1_steps else 0.0)", "timing.r1_compile"),
        ("watching-not-counted", "work.saves * WATCHED / len(FIXED_SEEDS)", "work.saves"),
        ("setup-not-counted", "return self.setup_seconds + sum(", "return sum("),
        ("last-image-not-counted", "overheads.setup + timings[-1].drawing", "overheads.setup"),
        ("share-of-r1-per-step", "r1_share=r1 / (timing.step + r1)", "r1_share=r1 / timing.step"),
        ("flops-of-multiply-adds", "gflops = 2 * units", "gflops = units"),
        ("some-levels-are-all", "whole = [t.resolution for t in timings] == list(work)", "whole = True"),
        ("memory-of-what-fits", "if row.memory > self.memory_limit)", "if row.memory <= self.memory_limit)"),
        ("megabytes-called-gigabytes", 'f"{row.memory / 1e9:.1f} GB"', 'f"{row.memory / 1e6:.1f} GB"'),
        (
            "star-at-whole-batches",
            '("*" if row.timed_batch < row.batch_size else "")',
            '("*" if row.timed_batch >= row.batch_size else "")',
        ),
        ("kimg-in-images", 'f"{images / 1000:,.4g}" if', 'f"{images:,.4g}" if'),
    ),
    *mistakes_in(
        "estimation/timing.py",
        "estimate/test_timing.py estimate/test_estimate.py",
        ("memory-of-a-part-of-a-batch", "self.held + self.timed_memory * self.scale", "self.held + self.timed_memory"),
        ("multiply-adds-once", "operations = 2 * step_units", "operations = step_units"),
        (
            "memory-from-another-batch",
            "before.resolution) * before.timed_batch)",
            "before.resolution) * before.batch_size)",
        ),
        (
            "held-memory-forgotten",
            "return before.held + before.timed_memory * ratio",
            "return before.timed_memory * ratio",
        ),
        ("first-call-is-slower-or-not", "return max(first - second, 0.0), second", "return first, second"),
        ("warm-up-counts-for-all", "count = max(1, int(budget / CHUNKS / once))", "count = 1"),
    ),
    *mistakes_in(
        "estimation/budget.py",
        "estimate/test_costs.py estimate/test_timing.py",
        (
            "bound-called-an-estimate",
            '"at least" if cost is None else "about"',
            '"about" if cost is None else "at least"',
        ),
        ("enough-in-seconds", "* seconds / 3600)", "* seconds)"),
        ("cost-unused", "if cost is None else cost.seconds", "if cost is None else 0.0"),
        ("low-precision-unknown", "4.0 if config.mixed_precision else 1.0", "1.0 if config.mixed_precision else 1.0"),
        ("not-even-enough", "(2 if cost is None else 1.2) * seconds", "(0.5 if cost is None else 0.5) * seconds"),
    ),
    *mistakes_in(
        "estimation/timing.py",
        "estimate/test_timing.py estimate/test_estimate.py",
        ("timed-without-flips", "config.seed, flip=config.flip)", "config.seed)"),
        ("timed-with-one-batch", "        position += batch\n", "        position += 0 * batch\n"),
    ),
]
