"""The threshold's false alarms, what people's likeness does to it, and the test of what lies below."""

from oasis_helpers.errors import UserError
from oasis_helpers.evaluation.audit import threshold

import numpy as np
import pytest
from scipy import stats


def scores(rng, people, slices, alike):
    """Lognormal scores around 0.85; ``alike`` is the share of their variance between people. Scores and people."""
    person = np.repeat(rng.normal(size=people), slices)
    values = np.sqrt(alike) * person + np.sqrt(1 - alike) * rng.normal(size=people * slices)
    return 0.85 * np.exp(0.06 * values), np.repeat(np.arange(people), slices)


def test_the_threshold_of_independent_scores_is_the_kth_smallest():
    values = np.random.default_rng(0).permutation(np.arange(1.0, 400.0))  # n + 1 = 400
    assert threshold.flag_threshold(values, np.arange(399), 0.05) in (19, 20)  # others' thresholds may ask for one less
    assert threshold.flag_threshold(values, np.arange(399), 1 / 400) == 1


@pytest.mark.parametrize("alike", [0.0, 0.5])
def test_new_people_are_flagged_at_the_rate_or_less(alike):
    rng, rates = np.random.default_rng(1), []
    for _ in range(150):
        null, fresh = scores(rng, 40, 20, alike), scores(rng, 200, 1, alike)
        rates.append(np.mean(fresh[0] < threshold.flag_threshold(*null, 0.05)))
    assert np.mean(rates) < 0.05 + 3 * np.std(rates) / np.sqrt(150) and np.mean(rates) > 0.02


def test_one_person_far_below_lowers_the_threshold():
    """All low scores are one person's: judged by the others' threshold, that person alone is 1 / 20 of false alarms."""
    values, people = scores(np.random.default_rng(2), 20, 30, 0.0)
    values[people == 3] *= 0.7
    assert threshold.flag_threshold(values, people, 0.04) == values.min()
    assert threshold.flag_threshold(values, people, 0.1) > values[people != 3].min()


def test_too_few_slices_are_told():
    with pytest.raises(UserError, match="false_alarms: expected at least 99 slices .* got 98"):
        threshold.flag_threshold(np.ones(98), np.arange(98), 0.01)
    assert threshold.flag_threshold(np.arange(1.0, 100.0), np.arange(99), 0.01) == 1


def test_effective_size_lies_between_people_and_slices():
    rng = np.random.default_rng(3)
    assert threshold.effective_size(*scores(rng, 50, 20, 0.0)) > 700
    assert threshold.effective_size(*scores(rng, 50, 20, 1.0)) == pytest.approx(50)
    some = threshold.effective_size(*scores(rng, 50, 20, 0.5))
    assert 50 < some < 150  # 1000 / (1 + 19 / 2) = 95
    assert threshold.effective_size(np.ones(30), np.arange(30)) == 30


def test_excess_knows_that_the_rate_is_estimated():
    sure = threshold.excess(10, 200, 10_000, 1_000_000, 1_000_000)
    assert sure == pytest.approx(stats.binom.sf(9, 200, 0.01), rel=0.01)  # a binomial test where the rate is known
    unsure = threshold.excess(10, 200, 5, 500, 100)
    assert sure < 1e-4 < unsure < 0.1
    assert threshold.excess(0, 200, 5, 500, 100) == pytest.approx(1)


def test_excess_rarely_cries_wolf():
    rng, p = np.random.default_rng(4), []
    for _ in range(300):
        null, people = scores(rng, 40, 20, 0.3)
        limit = threshold.flag_threshold(null, people, 0.05)
        fakes = scores(rng, 200, 1, 0.3)[0]
        worth = threshold.effective_size(null, people)
        p.append(threshold.excess((fakes < limit).sum(), 200, (null < limit).sum(), len(null), worth))
    assert np.mean(np.array(p) < 0.05) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


def test_second_scans_are_set_aside():
    values, people = scores(np.random.default_rng(5), 30, 20, 0.3)
    assert threshold.set_aside(values, people) == []
    values[np.isin(people, [4, 17])] *= 0.4
    assert threshold.set_aside(values, people) == [4, 17]


def test_one_copied_slice_does_not_set_a_person_aside():
    values, people = scores(np.random.default_rng(6), 30, 20, 0.3)
    values[45] = 0.05
    assert threshold.set_aside(values, people) == []


def test_the_line_is_twice_as_far_out():
    assert threshold.beyond_doubt(np.array([0.6, 0.8, 0.8, 0.8, 1.0])) == pytest.approx(0.6**2 / 0.8)
    assert threshold.beyond_doubt(np.array([0.0, 0.8, 0.9])) < 1e-4
