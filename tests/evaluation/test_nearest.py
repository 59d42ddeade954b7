"""The nearest slice and its score against a search that tries every pair, one by one."""

from oasis_helpers.evaluation.audit import nearest, registration
from oasis_helpers.evaluation.audit.nearest import Bank, Heads

import numpy as np
import pytest
from helpers.heads import disguised, ellipses
from scipy.ndimage import gaussian_filter

PEOPLE = np.array([3, 0, 1, 2, 3, 0, 4, 5, 1, 2, 4, 5, 5])  # not in order, and not equally many slices each


@pytest.fixture(scope="module")
def images():
    """Thirteen training slices and five others: ellipses with folds of their own, 32 pixels."""
    heads = ellipses(18, 32, (9, 11), fold=1.2, depth=120, seed=1)
    return heads[:13], np.concatenate([heads[13:], disguised(heads[:2], "flip and noise")])


def pixels(some):
    return some.reshape(len(some), -1)[:, 200:800].astype(float)


def distances_of_pixels(bank, train, others):
    """From each of the others to each training slice (n, N), mirrored where that is nearer."""

    def framed(some):
        return pixels(registration.in_frame(some, registration.locate(some), *bank.grey))

    middle = framed(train).mean(axis=0)
    unit = [registration.unit(framed(some) - middle) for some in (train, others, others[:, ::-1])]
    return np.minimum(1 - unit[1] @ unit[0].T, 1 - unit[2] @ unit[0].T)


def by_pairs(distances, own=None):
    """Score, distance and slice of each row of distances (n, N), the loops spelt out."""
    found = []
    for i, row in enumerate(distances):
        best = sorted((row[PEOPLE == p].min(), p) for p in range(6) if own is None or p != own[i])
        slices = [k for k in range(13) if row[k] == best[0][0] and PEOPLE[k] == best[0][1]]
        found.append((best[0][0] / np.mean([distance for distance, _ in best[1:5]]), best[0][0], slices[0]))
    return tuple(np.array(column) for column in zip(*found, strict=True))


@pytest.mark.parametrize(("chunk", "kept"), [(512, 2**28), (2, 2**28), (2, 0)])
@pytest.mark.parametrize("leave_out", [False, True])
def test_features_are_searched_as_by_hand(images, monkeypatch, leave_out, chunk, kept):
    monkeypatch.setattr(nearest, "_CHUNK", chunk)
    monkeypatch.setattr(nearest, "FRAMED_KEPT", kept)
    train, others = images
    bank, own = Bank(Heads(train), PEOPLE, pixels), None
    if leave_out:  # the training slices themselves, each without its own person
        some = np.array([0, 1, 3, 5, 8, 12, 4])
        got, own = bank.search_left_out(Heads(train[some]), some, PEOPLE), PEOPLE[some]
        others = train[some]
    else:
        got = bank.search(Heads(others))

    score, distance, near = by_pairs(distances_of_pixels(bank, train, others), own)
    assert np.allclose(got.score, score, atol=1e-4) and np.allclose(got.distance, distance, atol=1e-4)
    assert np.array_equal(got.slice, near)
    if not leave_out:
        assert got.slice[5:].tolist() == [0, 1] and got.flipped[5:].all()


def test_a_distance_is_divided_by_the_mean_of_those_of_the_ten_next_people():
    """Of fourteen people with one slice each; without their own slice, of thirteen."""
    heads = ellipses(18, 32, (9, 11), fold=1.2, depth=120, seed=1)
    train, others, people = heads[:14], heads[14:], np.arange(14)
    bank = Bank(Heads(train), people, pixels)
    distances = np.sort(distances_of_pixels(bank, train, others))
    expected = distances[:, 0] / distances[:, 1:11].mean(axis=1)
    np.testing.assert_allclose(bank.search(Heads(others)).score, expected, atol=1e-4)
    distances = np.sort(distances_of_pixels(bank, train, train))[:, 1:]  # the first is that to itself
    expected = distances[:, 0] / distances[:, 1:11].mean(axis=1)
    np.testing.assert_allclose(bank.search_left_out(Heads(train), people, people).score, expected, atol=1e-4)


def test_pixels_are_searched_as_by_hand(images):
    """Copies exactly so. Whom others resemble is first chosen roughly, so they are never nearer than by hand."""
    train, others = images
    got = Bank(Heads(train), PEOPLE, None).search(Heads(others))
    folds = [registration.folds(some, registration.locate(some)) for some in (train, others, others[:, ::-1])]
    distances = np.empty((len(others), 13))
    for i in range(len(others)):
        for k in range(13):
            pair = [registration.align(turned[[i]], folds[0][[k]])[0][0] for turned in folds[1:]]
            distances[i, k] = 1 - max(pair)
    score, distance, near = by_pairs(distances)
    assert got.slice[5:].tolist() == near[5:].tolist() == [0, 1]
    assert np.allclose(got.distance[5:], distance[5:], atol=1e-4) and np.abs(got.score - score).max() < 0.1
    assert (got.distance > distance - 1e-4).all() and (got.distance < distance + 0.1).all()


def test_moves_are_in_pixels_of_the_images_though_they_are_compared_at_half_of_their_size():
    """A part is cut off, so that the close look has to move the head back by what its middle is off."""
    rng = np.random.default_rng(3)
    rows, columns = np.indices((128, 128)) - 63.5
    texture = gaussian_filter(rng.normal(size=(6, 128, 128)), (0, 4, 4))
    inside = (rows / 34) ** 2 + (columns / 44) ** 2 < 1
    heads = np.where(inside, 185 + np.clip(texture * 400, -65, 65), 0).astype(np.uint8)
    cut = heads[[1, 4]].copy()
    cut[:, :, 96:] = 0
    off = registration.locate(cut).centre - registration.locate(heads[[1, 4]]).centre
    assert (np.abs(off[:, 1]) > 2).all()
    found = Bank(Heads(heads), np.arange(6), None).search(Heads(np.roll(cut, (4, -6), (1, 2))))
    assert found.slice.tolist() == [1, 4] and not found.flipped.any()
    np.testing.assert_allclose(found.moved, [[-4, 6], [-4, 6]], atol=0.7)
