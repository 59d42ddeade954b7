"""Quick scores: numbers equal to the registry's, the floor beside them, and settings that can be told apart."""

from oasis_helpers import load_data, load_generator, make_config, sampling
from oasis_helpers.errors import UserError
from oasis_helpers.evaluation import quick
from oasis_helpers.evaluation.scores import registry
from oasis_helpers.evaluation.tissues.segmenter import load_segmenter
from oasis_helpers.networks.generator import Generator

import numpy as np
import pytest


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


def test_what_cannot_be_compared_is_refused(slices):
    first = Generator(make_config("smoke"))
    with pytest.raises(UserError, match="generators: expected all of one resolution, but got"):
        quick.quick_scores({"a": first, "b": load_generator("default")}, slices)
    with pytest.raises(UserError, match="count: expected"):
        quick.quick_scores({"a": first}, slices, count=10)
    with pytest.raises(UserError, match="data: expected people who are held out"):
        quick.quick_scores({"a": load_generator("default")}, slices.split("train"))
