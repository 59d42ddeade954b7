"""Quick scores: numbers equal to the registry's, the floor beside them, and settings that can be told apart."""

from oasis_helpers import load_data, load_generator, make_config, sampling
from oasis_helpers.errors import UserError
from oasis_helpers.evaluation import quick
from oasis_helpers.evaluation.scores import registry
from oasis_helpers.evaluation.tissues.segmenter import load_segmenter
from oasis_helpers.networks.generator import Generator

import numpy as np
import pytest
from helpers.tiny import random_slices


@pytest.fixture(scope="module")
def slices():
    return load_data(people=12)


@pytest.fixture(scope="module")
def table(slices):
    untrained = Generator(make_config("laptop", seed=1))
    untrained.grow_to(64, 1.0)
    return quick.quick_scores({"default": load_generator("default"), "untrained": untrained}, slices, count=64)


def test_there_is_a_row_for_each_and_one_for_the_floor(table):
    assert list(table.index) == ["default", "untrained", quick.FLOOR]
    assert list(table) == ["frechet(tissue)", "precision(tissue)", "recall(tissue)", "ms_ssim", "swd"]


def test_the_trained_one_is_nearer_than_the_untrained_one(table):
    for name in ("frechet(tissue)", "swd"):
        assert table[name]["default"] < table[name]["untrained"]
        assert table[name][quick.FLOOR] < table[name]["untrained"]
    assert table["precision(tissue)"]["untrained"] == 0


def test_the_numbers_are_the_registrys(table, slices):
    chosen = np.sort(np.random.default_rng(0).permutation(len(slices.split("train")))[:64])
    reference = slices.split("train").level(64)[chosen]
    generator = load_generator("default")
    fakes = np.concatenate([sampling.sample(generator, range(i, i + 16), 1.0) for i in range(0, 64, 16)])
    expected = registry.compute("swd", reference, fakes).value
    assert table["swd"]["default"] == pytest.approx(expected, rel=1e-3)  # one by one: a grey value may differ
    features = [load_segmenter().features(x) for x in (reference, fakes)]
    assert table["frechet(tissue)"]["default"] == pytest.approx(
        registry.compute("frechet", *features, "tissue").value, rel=1e-2
    )
    assert table.attrs["ms_ssim of slices"] == registry.compute("ms_ssim", reference, fakes).parts["real"]


def test_at_8_px_only_the_tissue_features_are_scored(slices):
    blobs = Generator(make_config("smoke"), resolution=8)
    table = quick.quick_scores({"blobs": blobs}, slices, count=64)
    assert list(table) == ["frechet(tissue)", "precision(tissue)", "recall(tissue)"]
    assert np.isfinite(table["frechet(tissue)"]).all() and np.isnan(table.attrs["ms_ssim of slices"])


def test_small_images_are_enlarged_and_large_ones_stay():
    small = np.arange(2 * 32 * 32, dtype="uint8").reshape(2, 32, 32)
    large = quick._enlarged(small)
    assert large.shape == (2, 64, 64) and (large[:, ::2, ::2] == small).all() and (large[:, 1::2, 1::2] == small).all()
    assert quick._enlarged(large) is not None and quick._enlarged(large).shape == (2, 64, 64)


@pytest.mark.parametrize("seed", [0, 7])
def test_the_reference_is_of_train_the_floor_of_people_held_out_and_the_seed_chooses(monkeypatch, seed):
    data, chosen, scored = random_slices(), [], []

    def some(images, count, rng):
        chosen.append((images, count, rng.integers(2**31)))
        return images[:count]

    def score(name, reference, fakes, extractor="none", seed=0):
        scored.append((name, reference, set(fakes), extractor, seed))
        return {side: registry.Score(name, float(len(images))) for side, images in fakes.items()}

    monkeypatch.setattr(quick, "_some", some)
    monkeypatch.setattr(quick, "_draw", lambda generator, count: np.zeros((count, 8, 8), np.uint8))
    monkeypatch.setattr(quick, "extractor", lambda name: lambda images: images)
    monkeypatch.setattr(registry, "compute_each", score)
    table = quick.quick_scores({"a": Generator(make_config("smoke"), resolution=8)}, data, count=60, seed=seed)
    (train, count, first), (held_out, _, second) = chosen
    assert np.array_equal(train, data.split("train").level(8)) and count == 60
    assert np.array_equal(held_out, data.select((data.table["split"] != "train").to_numpy()).level(8))
    rng = np.random.default_rng(seed)
    assert (first, second) == (rng.integers(2**31), rng.integers(2**31))
    reference = quick._enlarged(train)
    for _, real, sides, extractor, of_score in scored:
        assert np.array_equal(real, reference) and sides == {"a", quick.FLOOR}
        assert (extractor, of_score) == ("tissue", seed)
    assert table["frechet(tissue)"].to_dict() == {"a": len(train), quick.FLOOR: len(held_out)}


def test_some_slices_are_drawn_from_all_and_keep_their_order():
    images = np.arange(100)
    first, other = (quick._some(images, 10, np.random.default_rng(seed)) for seed in (0, 1))
    assert (
        len(set(first)) == 10 and (np.diff(first) > 0).all() and first.max() > 50 and not np.array_equal(first, other)
    )


def test_what_cannot_be_compared_is_refused(slices):
    first = Generator(make_config("smoke"))
    with pytest.raises(UserError, match="generators: expected all of one resolution, but got"):
        quick.quick_scores({"a": first, "b": load_generator("default")}, slices)
    with pytest.raises(UserError, match="count: expected"):
        quick.quick_scores({"a": first}, slices, count=10)
    with pytest.raises(UserError, match="data: expected people who are held out"):
        quick.quick_scores({"a": load_generator("default")}, slices.split("train"))
