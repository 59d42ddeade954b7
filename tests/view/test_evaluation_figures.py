"""Figures of an evaluation, by numbers that are made up: each curve and band is of those whom its name says."""

from types import SimpleNamespace

from oasis_helpers.evaluation.scores.people import Pool
from oasis_helpers.evaluation.scores.spectrum import decibels
from oasis_helpers.view import evaluation_figures as figures
from oasis_helpers.view.audit_figures import closest_pairs

import numpy as np
import pandas as pd
import pytest
from helpers.degrading import blobs

PEOPLE, BLOCKS, SLICES, RINGS = 40, 5, 4, 12  # the first 30 people are in train


@pytest.fixture(scope="module")
def result():
    """People with power and areas around a middle, samples far above them."""
    rng = np.random.default_rng(0)
    owner = np.repeat(np.arange(PEOPLE + BLOCKS), SLICES)
    pool = Pool(np.zeros((len(owner), 16, 16), np.uint8), owner, np.arange(30), np.arange(30, PEOPLE),
                np.arange(PEOPLE, PEOPLE + BLOCKS))  # fmt: skip
    of_samples = owner >= PEOPLE
    own = rng.uniform(0.5, 2, PEOPLE + BLOCKS)[owner]
    power = 100 * own[:, None] * np.where(of_samples, 50.0, 1.0)[:, None] * np.arange(1, RINGS + 1)
    height = np.tile([0.02, 0.4, 0.41, 1.0], PEOPLE + BLOCKS)
    share = np.where(of_samples, 0.5, 0.1 + 0.01 * own)
    anatomy = pd.DataFrame({"height": height, **{name: share for name in figures.CHART}})
    tissues = {
        kind: pd.DataFrame({name: rng.uniform(low, low + 0.1, 9) for name in figures.AREAS})
        for kind, low in (("reference", 0.1), ("other people", 0.3), ("fakes", 0.6))
    }
    looks = SimpleNamespace(spectra=power, anatomy=anatomy)
    return SimpleNamespace(tissues=tissues, judgement=SimpleNamespace(pool=pool, looks=looks))


def band_of(ax):
    """The lower and upper end of the band of an axes, by place."""
    (band,) = ax.collections
    points = band.get_paths()[0].vertices
    places = np.unique(points[:, 0])
    return places, *(np.array([f(points[points[:, 0] == x, 1]) for x in places]) for f in (np.min, np.max))


def test_the_spectrum_of_samples_lies_over_the_band_of_people(result):
    pool, power = result.judgement.pool, result.judgement.looks.spectra
    curves = decibels(power.reshape(PEOPLE + BLOCKS, SLICES, RINGS).mean(axis=1))
    plain, less = figures.spectrum_figure(result).axes
    low, middle, high = np.quantile(curves[:PEOPLE], [0.025, 0.5, 0.975], axis=0)
    places, bottom, top = band_of(plain)
    np.testing.assert_allclose(places, np.arange(1, RINGS + 1))
    np.testing.assert_allclose(bottom, low), np.testing.assert_allclose(top, high)
    _, bottom, top = band_of(less)
    np.testing.assert_allclose(bottom, low - middle), np.testing.assert_allclose(top, high - middle)
    samples = decibels(power[pool.owner >= PEOPLE].mean(axis=0))
    for ax, base in ((plain, 0), (less, middle)):
        x, y = ax.lines[0].get_data()
        np.testing.assert_allclose(x, np.arange(1, RINGS + 1)), np.testing.assert_allclose(y, samples - base)
        assert ax.lines[1].get_xdata()[0] == 8  # half of the side: 2 px from peak to peak


def test_the_chart_has_a_measure_by_slice_height_in_per_cent(result):
    rows, owner = result.judgement.looks.anatomy, result.judgement.pool.owner
    axes = figures.growth_chart(result).axes
    assert [ax.get_title() for ax in axes] == list(figures.CHART.values())
    bins = {1 / 16: [0], 7 / 16: [1, 2], 15 / 16: [3]}  # middle of a bin: the slices of each owner that fall into it
    for ax, name in zip(axes, figures.CHART, strict=True):
        x, y = ax.lines[0].get_data()
        shown = dict(zip(x[~np.isnan(y)], y[~np.isnan(y)], strict=True))
        assert shown == pytest.approx(dict.fromkeys(bins, 50.0))
        own = 100 * rows[name].to_numpy().reshape(-1, SLICES)[owner[::SLICES] < PEOPLE]
        (band,) = ax.collections
        points = np.concatenate([path.vertices for path in band.get_paths()])
        for middle, slices in bins.items():
            here = points[np.isclose(points[:, 0], middle), 1]
            ends = np.quantile(own[:, slices].mean(axis=1), [0.025, 0.975])
            assert [here.min(), here.max()] == pytest.approx(list(ends))


@pytest.mark.parametrize("count", [2, 8])
def test_the_images_of_a_row_are_spread_evenly_over_all_people(count):
    """Slices come person by person: the first few would all be one person's."""
    sides = {name: np.arange(size, dtype=np.uint8)[:, None, None] * np.ones((1, 16, 16), np.uint8)
             for name, size in (("reference", 29), ("other people", 57), ("fakes", 3))}  # fmt: skip
    others = {name: images for name, images in sides.items() if name != "reference"}
    result = SimpleNamespace(sides=SimpleNamespace(reference=sides["reference"], others=others))
    axes = figures.rows_of_sides(result, count).axes
    assert len(axes) == 3 * count
    assert [axes[row * count].get_ylabel() for row in range(3)] == ["reference", "other\npeople", "fakes"]
    for row, images in enumerate(sides.values()):
        shown = [int(np.asarray(ax.images[0].get_array())[0, 0]) for ax in axes[row * count : (row + 1) * count]]
        assert (shown[0], shown[-1]) == (0, len(images) - 1)
        assert np.abs(np.array(shown) - np.arange(count) * (len(images) - 1) / (count - 1)).max() < 1


def test_the_areas_of_tissues_are_curves_in_per_cent(result):
    axes = figures.tissue_areas(result).axes
    assert [ax.get_xlabel() for ax in axes] == [f"{title}, % of the brain" for title in figures.AREAS.values()]
    for ax, name in zip(axes, figures.AREAS, strict=True):
        assert [line.get_label() for line in ax.lines] == ["reference", "other people", "fakes"]
        for line in ax.lines:
            x, y = line.get_data()
            np.testing.assert_allclose(x, 100 * np.sort(result.tissues[line.get_label()][name]))
            assert (y[0], y[-1]) == (0, 1)


def test_a_pair_is_a_fake_its_slice_and_what_is_left_when_one_lies_on_the_other():
    train = blobs(6, side=64)
    fakes = np.stack([train[0], np.roll(train[4], (2, -3), (0, 1)), np.roll(train[2], (2, -3), (0, 1))])
    fakes[1, 30:34, 40:44] = 255  # a spot that the slice lacks: rows and columns of the fake
    pairs = pd.DataFrame(
        {"fake": [1, 2, 0], "slice": [4, 2, 3], "flipped": [False, False, True], "down": -2.0, "along": 3.0,
         "score": [0.1, 0.2, 0.3], "copy": [True, False, False], "flagged": [True, True, False]}
    )  # fmt: skip
    finding = SimpleNamespace(flagged=np.array([False, True, True]))
    audit = SimpleNamespace(closest=lambda n: pairs, findings={"pixel": finding}, people=np.arange(6), verdict="fail")
    figure = closest_pairs(audit, fakes, train)
    assert figure.get_suptitle() == "Closest pairs: 2 of 3 flagged\nAudit: fail"
    axes = figure.axes
    for column, (fake, real) in enumerate(((1, 4), (2, 2))):
        shown = [np.asarray(axes[3 * row + column].get_images()[0].get_array()) for row in range(3)]
        assert np.array_equal(shown[0], np.rot90(fakes[fake])) and np.array_equal(shown[1], np.rot90(train[real]))
        difference = np.rot90(shown[2], -1)
        spot = difference[28:32, 43:47]  # where the spot lies on the slice
        assert (spot.mean() > 60) == (column == 0)  # above 0, which is red: the fake is brighter
        inside = difference[8:56, 8:56].copy()
        inside[18:26, 33:41] = 0
        assert np.abs(inside).mean() < 12
    marks = [axes[6 + column].get_xlabel() for column in range(3)]
    assert marks == ["score 0.10\nA COPY", "score 0.20\nflagged, may be chance", "score 0.30, mirrored\nnot flagged"]
