"""What is compared with what, without a network: whose slices are on which side, and how strongly they are degraded."""

from types import SimpleNamespace

from oasis_helpers.evaluation import sides
from oasis_helpers.evaluation.corruptions import corrupt

import numpy as np
import pytest
from helpers.degrading import blobs
from helpers.tiny import random_slices
from scipy.ndimage import gaussian_filter


@pytest.fixture
def make(monkeypatch):
    """A function that makes the sides of some slices; ``make.drawn`` notes what networks are asked for."""
    drawn = []

    def sample(generator, seeds, psi, **how):
        drawn.append((generator.name, list(seeds), psi, how))
        return np.zeros((len(seeds), 8, 8), np.uint8)

    monkeypatch.setattr(sides.sampling, "sample", sample)
    monkeypatch.setattr(sides, "Generator", lambda config, name, resolution: SimpleNamespace(name=name))

    def run(data, count, seed=0, **how):
        generator = SimpleNamespace(name="trained", resolution=8, num_styles=6, about={}, config=None)
        return sides.make_sides(generator, data, count, seed, **how)

    run.drawn = drawn
    return run


def owners_of(images, train):
    """Whose slices these are, by their pixels: no two are alike."""
    owner = {image.tobytes(): who for image, who in zip(train.level(8), train.table["person"], strict=True)}
    return [owner[image.tobytes()] for image in images]


def test_the_people_are_those_of_the_reference_and_none_of_them_is_on_the_other_side(make):
    data = random_slices()
    train = data.split("train")
    for seed in range(4):
        made = make(data, 100, seed)
        assert made.people.tolist() == owners_of(made.reference, train)
        others = owners_of(made.others["other people"], train)
        assert len(set(made.people)) == len(set(others)) == 4 and not set(made.people) & set(others)
        assert len(others) == len(made.reference) == 16  # all that half of eight people have


def test_every_kind_has_as_many_images_as_the_smaller_half_of_the_people(make):
    data = random_slices()
    fewer = data.select(np.arange(len(data)) >= 3)  # the first person has one slice left
    for seed in range(4):
        made = make(fewer, 100, seed)
        assert {len(images) for images in (made.reference, made.people, *made.others.values())} == {13}


def test_slices_are_drawn_from_all_of_a_half_and_the_seed_draws_them(make):
    data = random_slices()
    one, again, other = (make(data, 9, seed) for seed in (3, 3, 4))
    assert np.array_equal(one.reference, again.reference) and not np.array_equal(one.reference, other.reference)
    assert all(np.array_equal(images, again.others[name]) for name, images in one.others.items())
    # The first nine of sixteen would be those of three people, four each.
    assert max(len(set(make(data, 9, seed).people)) for seed in range(5)) == 4


def test_degraded_are_the_slices_of_the_other_people_and_the_mean_is_that_of_the_reference(make):
    made = make(random_slices(), 16, seed=2)
    reals = made.others["other people"]
    for name, kind in (("blurred", "blur"), ("noisy", "noise"), ("shuffled", "shuffle")):
        assert np.array_equal(made.others[name], corrupt(reals, kind, 0.25, 2)), name
    mean = np.rint(made.reference.mean(axis=0))
    assert all(np.array_equal(image, mean) for image in made.others["mean slice"])
    assert list(made.others) == list(sides.TITLES)


@pytest.mark.parametrize("psi", [1.0, 0.7])
def test_fakes_have_the_first_seeds_and_the_truncation_asked_for_in_every_layer(make, psi):
    make(random_slices(), 5, psi=psi)
    trained, untrained = make.drawn
    assert trained == ("trained", [0, 1, 2, 3, 4], psi, {"cutoff": 6, "together": 16})
    assert untrained[:3] == ("untrained", [0, 1, 2, 3, 4], 1.0)


@pytest.mark.parametrize(
    ("about", "digest", "said"),
    [
        ({}, "a", ""),
        ({"data": "oasis"}, "a", ""),
        ({"data": "oasis", "slices": "a"}, "a", ""),
        ({"data": "elsewhere", "slices": "a"}, "a", ""),  # the same slices under another name
        ({"data": "oasis", "slices": "b"}, "", ""),  # no checksum to compare with
        ({"data": "oasis", "slices": "b"}, "a", "'oasis', but got others of the same name, 'oasis'; scores compare"),
        ({"data": "cohort", "slices": "b"}, "a", "'cohort', but got 'oasis'; scores compare"),
        ({"data": "cohort"}, "a", "'cohort', but got 'oasis'; unless these are the same under another name, scores"),
    ],
)
def test_slices_that_a_generator_did_not_learn_from_are_told_by_checksum_or_else_by_name(about, digest, said):
    told = sides.other_data(about, "oasis", digest)
    assert said in told and bool(told) is bool(said)


# ---------------------------------------------------------------- degraded


def test_a_blur_is_as_wide_as_the_squared_strength_times_half_of_the_side():
    square = np.zeros((2, 64, 64), np.uint8)
    square[0, 24:40, 24:40], square[1, 10:30, 40:50] = 255, 200
    for strength, sigma in ((0.25, 2.0), (0.5, 8.0)):  # of 64 px: 32 times 1/16, and 32 times 1/4
        wide = gaussian_filter(square.astype(float), (0, sigma, sigma))
        assert np.abs(corrupt(square, "blur", strength) - wide).max() <= 1


def test_brightness_goes_half_of_the_way_to_white_at_half_of_the_strength():
    greys = np.resize(np.uint8([0, 99, 201, 255]), (1, 8, 8))
    brighter = corrupt(greys, "brightness", 0.5)[0, 0, :4]
    assert np.abs(brighter - np.array([127.5, 177, 228, 255])).max() <= 0.5


def test_noise_mixes_in_an_even_grey_of_every_size():
    flat = np.full((4, 64, 64), 100, np.uint8)
    noisy = corrupt(flat, "noise", 0.4).astype(float)
    assert noisy.mean() == pytest.approx(0.6 * 100 + 0.4 * 127.5, abs=1)
    assert noisy.std() == pytest.approx(0.4 * 255 / np.sqrt(12), rel=0.03)  # of an even distribution
    assert noisy.min() == 60 and noisy.max() == 162


def test_the_seed_decides_noise_and_places_and_nothing_else():
    images = blobs(5)
    for kind, drawn in (("blur", False), ("noise", True), ("shuffle", True), ("brightness", False)):
        one, again, other = (corrupt(images, kind, 0.5, seed) for seed in (0, 0, 1))
        assert np.array_equal(one, again) and np.array_equal(one, other) is not drawn, kind
