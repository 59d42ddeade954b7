"""Planted mistakes in an evaluation."""

from helpers.mutants.table import mistakes_in

MUTANTS = [
    *mistakes_in(
        "evaluation/verdicts.py",
        "evaluation/test_verdicts.py",
        ("few-people-praised", ' or judged["people"] < LEAST_PEOPLE', ""),
        ("best-score-decides", "-COLOURS.index(line[0])", "COLOURS.index(line[0])"),
        ("coarsest-level-decides", "return max(levels,", "return min(levels,"),
    ),
    *mistakes_in(
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
    *mistakes_in(
        "evaluation/evaluate.py",
        "evaluation/test_evaluation_parts.py",
        ("path-of-truncated-styles", "range(2 * pairs), 1.0)", "range(2 * pairs), None)"),
        ("path-of-pulled-styles", "range(2 * pairs), 1.0)", "range(2 * pairs), 0.7)"),
        ("path-back-to-its-start", "ws[:pairs], ws[pairs:]", "ws[:pairs], ws[:pairs]"),
        ("path-in-another-range", "- low) * (2 / (high - low)) - 1", "+ 1) * (2 / 2) - 1"),
        ("intervals-not-centred", "score.value if centred else interval.low + half", "interval.low + half"),
        ("intervals-too-wide", "(interval.high - interval.low) / 2", "(interval.high - interval.low)"),
    ),
    *mistakes_in(
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
    *mistakes_in(
        "evaluation/comparison.py",
        "evaluation/test_evaluation_parts.py",
        ("better-turned-round", '(way == "lower") else "second"', '(way == "higher") else "second"'),
        ("told-where-intervals-meet", 'return "cannot be told"', 'return "first"'),
    ),
    *mistakes_in(
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
    *mistakes_in(
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
