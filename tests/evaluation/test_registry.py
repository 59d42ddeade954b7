"""The list of metrics, what it refuses and flags, and intervals by person."""

import re
import subprocess
import sys

from oasis_helpers.errors import UserError
from oasis_helpers.evaluation import scores
from oasis_helpers.evaluation.corruptions import corrupt, mean_slice
from oasis_helpers.evaluation.scores import (
    METRICS,
    bootstrap,
    check_counts,
    compute,
    frechet,
    kid,
    metric,
    ms_ssim,
    ms_ssim_of_pairs,
    precision,
    recall,
    registry,
    score_name,
    swd,
)

import numpy as np
import pytest
from helpers.degrading import PatchExtractor, blobs

patch = PatchExtractor()


def test_no_engine_is_imported():
    code = "import sys, oasis_helpers.evaluation.{}; assert not {{'keras', 'tensorflow', 'jax'}} & set(sys.modules)"
    for name in ("scores", "scores.ppl", "corruptions"):
        subprocess.run([sys.executable, "-c", code.format(name)], check=True)


def test_the_folder_offers_functions_and_not_their_files():
    assert len(scores.__all__) == len(set(scores.__all__))
    assert all(callable(getattr(scores, name)) for name in scores.__all__ if name != "METRICS")


# ---------------------------------------------------------------- the list


def test_the_list_is_sound():
    assert list(METRICS) == ["swd", "ms_ssim", "spectrum", "gap", "frechet", "kid", "precision", "recall", "ppl"]
    for name, entry in METRICS.items():
        assert entry is metric(name) and entry.name == name
        assert entry.better in ("lower", "higher") and entry.needs in ("images", "features", "generator")
        assert 2 <= entry.minimum < entry.advised and callable(entry.function)
        assert entry.title and entry.reason and entry.source


def test_the_extractor_is_part_of_the_name():
    assert score_name("frechet", patch) == score_name("frechet", "patches") == "frechet(patches)"
    assert score_name("swd") == score_name("swd", patch) == "swd"


def test_compute_asks_the_functions():
    real, fake = blobs(120), blobs(100, seed=1)
    a, b = patch(real), patch(fake)
    computed = {name: compute(name, real, fake, patch, seed=2) for name in METRICS if name != "ppl"}
    assert computed["swd"].value == swd(real, fake, 2).mean
    assert computed["swd"].parts == {"32 px": swd(real, fake, 2).levels[32], "16 px": swd(real, fake, 2).levels[16]}
    assert computed["ms_ssim"].value == ms_ssim_of_pairs(fake, 5 * len(fake), seed=2)
    assert computed["ms_ssim"].parts == {"real": ms_ssim_of_pairs(real, 5 * len(real), seed=2)}
    assert computed["frechet"].value == frechet(a, b)
    distance = kid(a, b, seed=2)
    assert (computed["kid"].value, computed["kid"].parts) == (distance.mean, {"std": distance.std, "size": 50})
    assert computed["precision"].value == precision(a, b)
    assert computed["recall"].value == recall(a, b)
    for name, score in computed.items():
        assert score.name == score_name(name, patch)
        assert (score.count_real, score.count_fake, score.low, score.high) == (120, 100, None, None)


def test_large_sets_have_no_more_pairs_than_the_most(monkeypatch):
    real, fake = blobs(20), blobs(20, seed=1)
    monkeypatch.setattr(registry, "MOST_PAIRS", 30)
    assert compute("ms_ssim", real, fake, seed=2).value == ms_ssim_of_pairs(fake, 30, seed=2)
    assert ms_ssim_of_pairs(fake, 30, seed=2) != ms_ssim_of_pairs(fake, 200, seed=2)


def test_features_can_be_given_in_place_of_images():
    real, fake = blobs(60), blobs(60, seed=1)
    from_features = compute("kid", patch(real), patch(fake), extractor="patches")
    assert from_features == compute("kid", real[..., None], fake, extractor=patch)


def test_a_seed_gives_the_same_score_again():
    real, fake = blobs(60), blobs(50, seed=1)
    for name in ("swd", "kid"):
        assert compute(name, real, fake, patch, seed=1) == compute(name, real, fake, patch, seed=1)
        assert compute(name, real, fake, patch, seed=1).value != compute(name, real, fake, patch, seed=2).value


def test_flags_say_why_to_doubt_a_score():
    real, fake = blobs(64), blobs(64, seed=1)
    features = np.random.default_rng(0).standard_normal((2, 70, 70))
    cases = [
        (
            compute("swd", real, fake[:50]),
            ["64 real: swd wants 1000.*", "50 fake: .*", "50 images of each set: .*"],
        ),
        (compute("precision", real, fake[:50], patch), ["64 real: .*", "50 fake: .*", "64 reals and 50 fakes: .*"]),
        (compute("frechet", *features, "x"), ["70 real: .*2000.*", "70 fake: .*", "70 images for 70 features: .*"]),
        (compute("frechet", real, fake, patch), ["64 real: .*", "64 fake: .*"]),
    ]
    for score, expected in cases:
        assert len(score.flags) == len(expected)
        for flag, pattern in zip(score.flags, expected, strict=True):
            assert re.fullmatch(pattern, flag), flag
    for name, enough in (("kid", 500), ("precision", 1000), ("recall", 1000)):
        assert check_counts(name, real=enough, fake=enough) == []
        assert len(check_counts(name, real=enough - 1, fake=enough - 1)) == 2


def test_a_generator_that_draws_noise_is_flagged_as_too_varied():
    real = blobs(100)
    assert compute("ms_ssim", real, blobs(100, seed=1)).flags == []
    (flag,) = compute("ms_ssim", real, corrupt(real, "noise", 0.8)).flags
    assert flag.startswith("below the reals' 0.")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: metric("frechett"),
            "metric: expected one of swd, .*, ppl, but got 'frechett'; did you mean",
        ),
        (lambda: metric("zzz"), "got 'zzz'; choose one of these"),
        (lambda: compute("swd", None, blobs(50)), "real: expected images .* but got None"),
        (lambda: compute(3, blobs(50), blobs(50)), "metric: .*got 3"),
        (lambda: score_name("kid"), "extractor: .*kid compares features, but got None"),
        (lambda: compute("ppl", blobs(50), blobs(50)), "metric: .*'ppl'; call path_length"),
        (
            lambda: compute("frechet", blobs(50), blobs(20), patch),
            "fake: expected at least 50 for frechet, but got 20",
        ),
        (lambda: compute("swd", blobs(3), blobs(20)), "real: expected at least 16 for swd, but got 3"),
        (lambda: check_counts("ppl", pairs=9), "pairs: expected at least 100 for ppl, but got 9"),
        (
            lambda: compute("kid", blobs(20), blobs(20), "patches"),
            "real: expected features .*'patches' alone",
        ),
        (lambda: compute("kid", patch(blobs(20)), np.ones((20, 3)), "x"), "fake: expected 32 features .* but got 3"),
        (lambda: compute("kid", np.full((20, 2), np.nan), np.ones((20, 2)), "x"), "real: expected finite features"),
        (lambda: compute("swd", blobs(20) / 255, blobs(20)), "real: expected uint8 .* float64; .*to_uint8"),
        (lambda: compute("swd", blobs(20), blobs(20, 64)), "fake: expected images of 32 px .* but got 64 px"),
        (lambda: compute("swd", blobs(20, 8), blobs(20, 8)), "real: expected 16 px or a larger .* but got 8 px"),
        (lambda: compute("swd", *np.zeros((2, 20, 24, 24), "uint8")), "real: .* larger power of two .* but got 24 px"),
        (lambda: compute("swd", blobs(20)[:, :, :16], blobs(20)), r"real: expected square .*\(20, 32, 16\)"),
        (lambda: compute("swd", blobs(20), blobs(20), seed=-1), "seed: .*-1"),
        (lambda: ms_ssim(blobs(3), blobs(4)), "second: expected 3 images as in first, but got 4"),
        (lambda: ms_ssim_of_pairs(blobs(1)), "images: expected at least 2 image.*, but got 1"),
        (lambda: precision(np.ones((9, 2)), np.ones((3, 2))), "fake: expected at least 4 rows .* but got 3"),
        (lambda: recall(np.ones((9, 2)), np.ones((3, 2))), "fake: expected at least 4 rows .* but got 3"),
        (lambda: frechet(np.ones((1, 2)), np.ones((3, 2))), "real: expected at least 2 rows .* but got 1"),
        (lambda: kid(np.ones((9, 2)), np.ones((9, 2)), size=10), "size: .*from 2 to 9, (but )?got 10"),
        (lambda: corrupt(blobs(2), "melt", 1), "kind: expected one of blur, .*, but got 'melt'"),
        (lambda: corrupt(blobs(2), "blur", 1.5), "strength: .*1.5"),
        (lambda: corrupt(blobs(2), "blur", "strong"), "strength: .*'strong'"),
        (lambda: mean_slice(blobs(2), 0), "count: .*0"),
        (lambda: bootstrap(list("abcd"), len), "people: expected at least 5 people, but got 4"),
        (lambda: bootstrap(np.ones((5, 5)), len), r"people: .*\(5, 5\)"),
        (lambda: bootstrap(list("abcde"), len, level=95), "level: .*between 0 and 1, but got 95"),
        (lambda: bootstrap(list("abcde"), len, level="most"), "level: .*'most'"),
        (lambda: corrupt(blobs(2), "blur", True), "strength: .*from 0 to 1, but got True"),
        (lambda: bootstrap(list("abcde"), lambda rows: np.nan), "function: .*nan"),
    ],
)
def test_bad_input_is_one_clear_line(call, message):
    with pytest.raises(UserError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


# ---------------------------------------------------------------- intervals


def clustered(people, each, seed):
    """Values that are the same for all slices of a person, and the people's names."""
    values = np.random.default_rng(seed).standard_normal(people)
    return np.repeat(values, each), np.repeat([f"person {i}" for i in range(people)], each)


def test_the_interval_of_a_mean_is_that_of_the_people_not_of_the_slices():
    values, people = clustered(60, 10, seed=0)
    interval = bootstrap(people, lambda rows: values[rows].mean(), repeats=1000)
    expected = 2 * 1.96 * values.std() / np.sqrt(60)
    assert interval.high - interval.low == pytest.approx(expected, rel=0.1)
    assert (interval.high + interval.low) / 2 == pytest.approx(values.mean(), abs=0.1 * expected)
    assert (interval.people, interval.repeats, interval.flags) == (60, 1000, [])


def test_intervals_hold_the_truth_as_often_as_they_say():
    held = 0
    for seed in range(200):
        values, people = clustered(30, 3, seed)
        interval = bootstrap(people, lambda rows, values=values: values[rows].mean(), level=0.9, repeats=100, seed=seed)
        held += interval.low < 0 < interval.high
    assert 0.82 < held / 200 < 0.96


def test_a_person_is_drawn_with_all_slices():
    people = np.array(["e", "a", "b", "a", "c", "d", "a", "b"])
    seen = []
    bootstrap(people, lambda rows: seen.append(rows) or len(rows), repeats=50)
    assert np.array_equal(seen[0], np.arange(8)) and len(seen) == 51
    for rows in seen[1:]:
        times = np.bincount(rows, minlength=8)
        assert times[1] == times[3] == times[6] and times[2] == times[7]
        assert sum(times[[0, 1, 2, 4, 5]]) == 5  # as many people as there are
    assert any(np.bincount(rows).max() > 1 for rows in seen)


def test_the_interval_lies_round_the_score_though_resamples_move_it():
    real, fake = patch(blobs(60)), patch(blobs(60, seed=1))
    people = np.repeat(np.arange(30), 2).astype(str)
    interval = bootstrap(people, lambda rows: frechet(real[rows], fake), repeats=50, seed=1)
    assert interval.low < frechet(real, fake) < interval.high
    assert interval == bootstrap(people, lambda rows: frechet(real[rows], fake), repeats=50, seed=1)


def test_few_people_and_few_repeats_are_flagged():
    values, people = clustered(6, 2, seed=0)
    flags = bootstrap(people, lambda rows: values[rows].mean(), repeats=20).flags
    assert [flag.split(":")[0] for flag in flags] == ["6 people", "20 repeats"]


@pytest.mark.parametrize(
    ("repeats", "level", "few"),
    [(79, 0.95, True), (81, 0.95, False), (39, 0.9, True), (41, 0.9, False), (399, 0.99, True), (401, 0.99, False)],
)
def test_at_each_end_two_resamples_at_least_must_lie_outside(repeats, level, few):
    """Half of what is outside lies at either end: of 80 resamples at 95 %, two."""
    values, people = clustered(20, 1, seed=0)
    flags = bootstrap(people, lambda rows: values[rows].mean(), repeats=repeats, level=level).flags
    assert flags == ([f"{repeats} repeats: too few to tell the ends of {round(100 * level)} %"] if few else [])


def test_a_seed_draws_the_same_people_again_and_another_seed_others():
    values, people = clustered(30, 2, seed=0)
    one, again, other = (bootstrap(people, lambda rows: values[rows].mean(), repeats=50, seed=s) for s in (0, 0, 1))
    assert one == again and (one.low, one.high) != (other.low, other.high)
