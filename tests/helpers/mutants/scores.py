"""Planted mistakes in scores."""

from helpers.mutants.table import mistakes_in

MUTANTS = [
    *mistakes_in(
        "evaluation/scores/spectrum.py",
        "evaluation/test_spectrum.py",
        ("mirror-frequencies-once", "(columns == side // 2), 1.0, 2.0)", "(columns == side // 2), 1.0, 1.0)"),
        ("corners-of-the-spectrum-left-out", ".tocsr()[1:]", ".tocsr()[1 : side // 2 + 1]"),
        ("magnitudes-not-squared", "len(waves), -1).T) ** 2)", "len(waves), -1).T))"),
    ),
    *mistakes_in(
        "evaluation/scores/gap.py",
        "evaluation/test_spectrum.py",
        ("black-counts-as-nearly-black", "(image >= low) & (image <= high)", "image <= high"),
    ),
    *mistakes_in(
        "evaluation/scores/people.py",
        "evaluation/test_people.py",
        ("null-of-the-reference-itself", "people[:count], people[count : 2 * count]", "people[:count], people[:count]"),
        ("unseen-compared-with-train", "pool.unseen, people[:count]", "people[-count:], people[:count]"),
        ("pairs-of-one-person-counted", "(sums.sum() - np.trace(sums))", "(sums.sum())"),
        ("higher-never-better", 'sign = 1 if better == "lower" else -1', "sign = 1"),
        ("limit-at-the-middle", "np.quantile(ordered, 1 - SIGNIFICANCE)", "np.quantile(ordered, 0.5)"),
    ),
    *mistakes_in(
        "evaluation/scores/swd_people.py",
        "evaluation/test_people.py",
        (
            "sets-normalised-together",
            "/ spread * other_spread + other * shift",
            "+ mean * shift",
            "test_histograms_give_the_distance_that_sorting_gives",
        ),
    ),
    *mistakes_in(
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
    *mistakes_in(
        "evaluation/scores/pairs.py",
        "evaluation/test_feature_scores.py",
        (
            "one-block-of-pairs",
            "yield slice(start, start + ROWS_AT_ONCE)",
            "yield slice(start, start + ROWS_AT_ONCE - 1)",
        ),
    ),
    *mistakes_in(
        "evaluation/scores/frechet.py",
        "evaluation/test_feature_scores.py",
        ("overlap-once", "- 2 * overlap", "- overlap"),
        ("divided-by-n", "np.sqrt(len(features) - 1)", "np.sqrt(len(features))"),
    ),
    *mistakes_in(
        "evaluation/scores/kid.py",
        "evaluation/test_feature_scores.py",
        ("rows-with-themselves", "in_real) - in_real @ self._of_real", "in_real)"),
        ("kid-biased", "(size * (size - 1))", "size**2"),
        ("kernel-not-by-width", "x @ y.T / x.shape[1] + 1", "x @ y.T + 1"),
        ("kid-squared", "return linear * linear * linear", "return linear * linear"),
    ),
    *mistakes_in(
        "evaluation/scores/ms_ssim.py",
        "evaluation/test_image_scores.py",
        ("structure-at-the-coarsest", "whole if scale == len(weights) - 1 else structure", "structure"),
        ("paired-with-itself", "rng.integers(1, n, pairs)) % n", "rng.integers(0, n, pairs)) % n"),
        ("constants-of-other-images", "(0.01 * 255) ** 2, (0.03 * 255) ** 2", "0.01**2, 0.03**2"),
        ("covariance-once", "(2 * covariance + C2)", "(covariance + C2)"),
    ),
    *mistakes_in(
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
    *mistakes_in(
        "evaluation/scores/ppl.py",
        "evaluation/test_ppl.py",
        ("step-not-squared", "/ epsilon**2)", "/ epsilon)"),
        ("always-at-the-start", 'random(len(start)) * (way == "full")', 'random(len(start)) * (way == "end")'),
        ("tails-kept", "TAIL = 1.0 ", "TAIL = 0.0 "),
        ("one-seed-for-all", "np.random.default_rng(seed).random(len(start))", "np.full(len(start), 0.5)"),
    ),
    *mistakes_in(
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
    *mistakes_in(
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
]
