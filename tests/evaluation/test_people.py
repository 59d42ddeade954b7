"""People drawn again and again: a null holds people of the same kind, and nobody of another."""

from oasis_helpers.errors import UserError
from oasis_helpers.evaluation.scores.people import (
    PairMeans,
    euclidean,
    judge_by_people,
    make_pool,
    of_means,
    of_rows,
    summarise,
)
from oasis_helpers.evaluation.scores.swd import normalise, patches, sliced_distances
from oasis_helpers.evaluation.scores.swd_people import LINES, LevelHistograms, swd_of_owners

import numpy as np
import pytest
from helpers.degrading import blobs

PEOPLE, SLICES = 24, 4


def rows_of_people(shift=0.0, seed=0, people=PEOPLE, between=1.0):
    """Rows (people * SLICES, 3) of people who differ from each other more than their slices do."""
    rng = np.random.default_rng(seed)
    middle = between * rng.standard_normal((people, 1, 3)) + shift
    return (middle + 0.3 * rng.standard_normal((people, SLICES, 3))).reshape(-1, 3)


def pool(unseen=8):
    """A pool whose images are not looked at: the scores of these tests have rows of their own."""
    names = np.repeat([f"p{i:02d}" for i in range(PEOPLE)], SLICES)
    others = np.repeat([f"q{i:02d}" for i in range(unseen)], SLICES)
    slices = np.zeros((len(names), 16, 16), np.uint8)
    return make_pool((slices, names), (slices[: len(others)], others), slices)


def apart(first, second):
    return float(np.linalg.norm(first - second))


def judged(samples, reference="train", unseen_shift=0.0, repeats=100):
    people = pool()
    rows = np.concatenate([rows_of_people(), rows_of_people(unseen_shift, seed=1, people=8), samples])
    return judge_by_people(of_means(rows, people.owner, apart), reference, people, repeats)


@pytest.mark.parametrize("reference", ["train", "unseen"])
def test_samples_of_the_same_kind_are_within_the_null_and_others_beyond_it(reference):
    alike = judged(rows_of_people(seed=2), reference)
    assert alike.value <= alike.limit <= alike.most and alike.floor < alike.limit and alike.p > 0.05
    other = judged(rows_of_people(2.0, seed=2), reference)
    assert other.value > other.most and other.p == pytest.approx(1 / 101)
    assert (other.floor, other.limit) == (alike.floor, alike.limit)  # the null does not depend on the samples


def test_what_sets_the_unseen_apart_is_in_their_null():
    """Samples like the train people are not to blame for other people in validate and test."""
    older = judged(rows_of_people(seed=2), "unseen", unseen_shift=3.0)
    assert older.floor > 3 and older.value <= older.limit
    assert older.people == 8 and judged(rows_of_people(seed=2)).people == PEOPLE // 2


def test_false_alarms_are_as_rare_as_the_limit_says():
    """Over other people and other samples each time: a twentieth lies above the limit, give or take."""
    names = np.repeat([f"p{i:02d}" for i in range(PEOPLE)], SLICES)
    slices = np.zeros((len(names), 16, 16), np.uint8)
    people = make_pool((slices, names), (slices[:0], names[:0]), slices)
    alarms = []
    for seed in range(60):
        rows = np.concatenate([rows_of_people(seed=2 * seed), rows_of_people(seed=2 * seed + 1)])
        result = judge_by_people(of_means(rows, people.owner, apart), "train", people, 60, seed)
        alarms.append(result.value > result.limit)
    assert np.mean(alarms) <= 0.15


def test_higher_can_be_better():
    null = np.arange(100.0)
    result = summarise(-1.0, null, 5, "higher")
    assert (result.floor, result.most) == (49.5, 0.0) and result.limit == pytest.approx(4.95)
    assert result.p == pytest.approx(1 / 101)
    assert summarise(50.0, null, 5).p == pytest.approx(51 / 101)


def test_a_value_stands_beside_the_middle_the_limit_and_the_most_of_a_null():
    null = np.arange(1.0, 101) ** 2
    score = summarise(96.0**2, null, 7)
    assert (score.floor, score.most) == (pytest.approx((50**2 + 51**2) / 2), 100**2)  # the middle, not the mean
    assert score.limit == pytest.approx(np.quantile(null, 0.95)) and score.p == pytest.approx((1 + 5) / 101)
    assert (score.people, score.draws) == (7, 100)


def test_owners_are_people_and_blocks_of_samples():
    people = pool()
    assert (len(people.train), len(people.unseen), len(people.samples)) == (24, 8, 24)
    assert np.array_equal(np.concatenate([people.train, people.unseen, people.samples]), np.arange(56))
    assert np.array_equal(people.of(np.array([0, 24])), [0, 1, 2, 3, 96, 97, 98, 99])
    assert people.count("train") == 12 and people.count("unseen") == 8


def drawn(people, reference, seed):
    """Whom `judge_by_people` compares at 20 draws: a list of the people's pairs of sets, and one of the samples'."""
    calls = []
    judge_by_people(lambda *sides: calls.append(tuple(map(frozenset, sides))) or 0.0, reference, people, 20, seed)
    return calls[::2], calls[1::2]


@pytest.mark.parametrize("reference", ["train", "unseen"])
def test_samples_and_people_are_compared_with_the_same_reference_and_are_as_many(reference):
    people = pool()
    of_people, of_samples = drawn(people, reference, seed=0)
    for (base, others), (again, blocks) in zip(of_people, of_samples, strict=True):
        assert base == again and len(others) == len(blocks) == people.count(reference)
        assert others <= set(people.train) and blocks <= set(people.samples) and not base & others
        assert base == set(people.unseen) if reference == "unseen" else base <= set(people.train)
    for draws in (of_people, of_samples):
        assert len({side for _, side in draws}) > 10  # drawn anew
    assert drawn(people, reference, seed=1) != (of_people, of_samples) == drawn(people, reference, seed=0)


def test_at_most_half_of_the_train_people_are_drawn_at_a_time():
    """Draws of all of them would be one and the same draw, and any sample would lie beyond it."""
    slices, names = np.zeros((16, 16, 16), np.uint8), np.repeat([f"u{i}" for i in range(8)], 2)
    many = make_pool((slices[:8], names[8:]), (slices[:8], names[:8]), slices)
    assert (many.count("unseen"), len(many.train), len(many.samples)) == (2, 4, 8)
    more = make_pool((slices[:4], np.repeat(["a", "b"], 2)), (slices, names), slices)
    assert more.count("unseen") == 1


def test_slices_stay_with_their_person_in_any_order():
    names = np.array(["b", "a", "b", "a"])
    images = np.arange(4, dtype=np.uint8)[:, None, None] * np.ones((1, 16, 16), np.uint8)
    people = make_pool((images, names), (images[:0], names[:0]), images)
    assert people.images[:4, 0, 0].tolist() == [1, 3, 0, 2] and people.owner.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert len(people.unseen) == 0


def test_mistakes_are_told():
    images, names = np.zeros((4, 16, 16), np.uint8), np.array(["a", "a", "b", "b"])
    with pytest.raises(UserError, match="unseen: expected people who are not in train, but got b"):
        make_pool((images, names), (images[:1], names[3:]), images)
    with pytest.raises(UserError, match="samples: expected at least 2, as many as a person has, but got 1"):
        make_pool((images, names), (images[:0], names[:0]), images[:1])
    small = make_pool((images, names), (images[:0], names[:0]), images)
    with pytest.raises(UserError, match="pool: expected at least 2 people to compare with, but got 1"):
        judge_by_people(lambda a, b: 0.0, "train", small)
    with pytest.raises(UserError, match="reference: expected 'train' or 'unseen', but got 'test'"):
        judge_by_people(lambda a, b: 0.0, "test", small)


# ---------------------------------------------------------------- scores of owners


def test_means_and_rows_are_those_of_the_owners_images():
    rows, owner = rows_of_people(people=4), np.repeat(np.arange(4), SLICES)
    first, second = np.array([0, 2]), np.array([3])
    by_hand = apart(rows[[0, 1, 2, 3, 8, 9, 10, 11]].mean(axis=0), rows[12:].mean(axis=0))
    assert of_means(rows, owner, apart)(first, second) == pytest.approx(by_hand)
    of_both = of_rows(rows, owner, lambda a, b: apart(a.mean(axis=0), b.mean(axis=0)))
    assert of_both(first, second) == pytest.approx(by_hand)


def test_the_energy_distance_equals_sums_over_pairs_of_different_people():
    rows = rows_of_people(people=5)
    owner = np.repeat(np.arange(5), SLICES)
    pairs = PairMeans(rows, owner, euclidean)

    def mean(first, second):
        values = [
            np.linalg.norm(x - y)
            for x, a in zip(rows, owner, strict=True)
            for y, b in zip(rows, owner, strict=True)
            if a in first and b in second and a != b
        ]
        return np.mean(values)

    expected = 2 * mean({0, 1}, {2, 3, 4}) - mean({0, 1}, {0, 1}) - mean({2, 3, 4}, {2, 3, 4})
    assert pairs.energy(np.array([0, 1]), np.array([2, 3, 4])) == pytest.approx(expected)
    assert pairs.mmd(np.array([0, 1]), np.array([2, 3, 4])) == pytest.approx(-expected)


def test_every_image_of_many_is_in_the_pairs():
    rows = rows_of_people(people=150)  # more rows than are taken at a time
    pairs = PairMeans(rows, np.repeat(np.arange(150), SLICES), euclidean)
    last = rows[-SLICES:]
    expected = np.linalg.norm(rows[:SLICES, None] - last, axis=2).mean()
    assert pairs.between(np.array([0]), np.array([149])) == pytest.approx(expected)
    assert pairs.between(np.array([149]), np.array([0])) == pytest.approx(expected)
    within = np.linalg.norm(rows[512:516, None] - rows[516:520], axis=2).mean()
    assert pairs.within(np.array([128, 129])) == pytest.approx(within)


def test_the_energy_distance_is_zero_in_the_mean_for_people_of_one_kind():
    owner, half = np.repeat(np.arange(PEOPLE), SLICES), PEOPLE // 2
    distances = []
    for seed in range(60):
        pairs = PairMeans(rows_of_people(seed=seed), owner, euclidean)
        distances.append(pairs.energy(np.arange(half), np.arange(half, PEOPLE)))
    assert abs(np.mean(distances)) < 3 * np.std(distances) / np.sqrt(60)


# ---------------------------------------------------------------- SWD


def test_histograms_give_the_distance_that_sorting_gives():
    rng = np.random.default_rng(0)
    first, second = (patches(blobs(40, seed=seed).astype(np.float32), rng) for seed in (0, 1))
    second = 1.1 * second + 5  # each set is normalised by itself
    second[:, :20] += rng.standard_normal((len(second), 20)) * 20
    histograms = LevelHistograms(3, 32, 0)
    histograms.add(0, first[:2000])
    histograms.add(1, first[2000:])
    histograms.add(2, second)

    class Directions:
        """Hands out the histograms' directions, 32 at a time, as a random generator would."""

        def __init__(self):
            self.parts = list(histograms.directions.reshape(-1, 32, 49))

        def standard_normal(self, shape):
            return self.parts.pop(0)

    sets = [normalise(rows.astype(np.float32)) for rows in (first, second)]
    expected = 1e3 * sliced_distances(sets[0], sets[1:], Directions(), LINES // 32)[0]
    distance = histograms.distance(np.array([0, 1]), np.array([2]))
    assert distance == pytest.approx(expected, rel=0.02) and expected > 20
    assert histograms.distance(np.array([0, 1]), np.array([0, 1])) == pytest.approx(0, abs=1e-6)


def test_seed_and_level_decide_the_directions():
    first, again, seed, side = (LevelHistograms(1, *how).directions for how in ((32, 0), (32, 0), (32, 1), (16, 0)))
    assert np.array_equal(first, again) and not np.array_equal(first, seed) and not np.array_equal(first, side)


def test_the_seed_decides_the_places_of_the_patches_which_are_others_in_every_image(monkeypatch):
    seen = []
    monkeypatch.setattr(LevelHistograms, "add", lambda self, owner, rows: seen.append(rows))
    same = np.repeat(np.random.default_rng(0).integers(0, 256, (1, 32, 32), dtype=np.uint8), 8, axis=0)
    people = make_pool((same, np.repeat(["a", "b"], 4)), (same[:0], np.array([])), same)

    def taken(seed):
        seen.clear()
        swd_of_owners(people, seed)
        return list(seen)

    one, again, other = taken(0), taken(0), taken(1)
    assert len(one) == 2 * 4  # two levels of four owners: two people and as many blocks of samples
    for rows, repeated, another in zip(one, again, other, strict=True):
        assert np.array_equal(rows, repeated) and not np.array_equal(rows, another)
    assert not np.array_equal(one[0], one[2]) and not np.array_equal(one[0], one[-2])  # though the images are the same


def test_every_level_has_a_distance_and_sees_what_is_lost_there():
    names = np.repeat([f"p{i}" for i in range(8)], 4)
    slices = np.random.default_rng(0).integers(0, 256, (32, 32, 32), dtype=np.uint8)
    fine = np.indices((32, 32)).sum(axis=0) % 2 * 60
    people = make_pool((slices, names), (slices[:0], names[:0]), np.uint8(slices // 2 + fine))
    levels = swd_of_owners(people)
    assert list(levels) == [32, 16]
    half, other = people.train[:4], people.train[4:]
    assert levels[32](half, people.samples) > 2 * levels[32](half, other)
