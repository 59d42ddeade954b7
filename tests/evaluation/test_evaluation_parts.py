"""Parts of an evaluation by themselves: what path lengths are taken of, and how intervals and reports are made."""

from types import SimpleNamespace

from oasis_helpers import make_config, sampling
from oasis_helpers.engine import to_numpy
from oasis_helpers.errors import DataError
from oasis_helpers.evaluation import comparison, evaluate, summary
from oasis_helpers.evaluation.evaluate import Evaluation
from oasis_helpers.evaluation.judging import judged_by_interval
from oasis_helpers.evaluation.scores.bootstrap import Interval
from oasis_helpers.evaluation.scores.ppl import PathLength
from oasis_helpers.evaluation.scores.registry import Score, check_counts, compute_each
from oasis_helpers.evaluation.two_sample import TwoSampleTest
from oasis_helpers.evaluation.verdicts import colour
from oasis_helpers.networks.generator import Generator

import numpy as np
import pandas as pd
import pytest
from helpers.reference import normal
from helpers.tiny import random_slices

SMALL = {"resolution": 16, "z_dim": 6, "w_dim": 6, "mapping_layers": 2, "channel_base": 64, "channel_max": 8}


@pytest.fixture(params=[(-1, 1), (0, 1)])
def generator(request):
    net = Generator(make_config("smoke", **SMALL, value_range=request.param, truncation_psi=0.5))
    net.w_avg.assign(normal(6, seed=3))
    return net


# ---------------------------------------------------------------- presets


@pytest.mark.parametrize("plan", evaluate.EVALUATION_PRESETS.values(), ids=evaluate.EVALUATION_PRESETS.keys())
def test_each_preset_has_as_many_as_its_scores_need(plan):
    check_counts("ppl", pairs=plan["pairs"])
    for name in (*evaluate.OF_IMAGES, *evaluate.OF_FEATURES):
        check_counts(name, real=plan["count"], fake=plan["count"])


@pytest.mark.parametrize(("slices", "enough"), [(50, False), (99, False), (100, True)])
def test_half_of_the_train_slices_are_as_many_as_a_frechet_distance_needs(slices, enough):
    """Fifty of each kind; the other half are the other people whom the reference is compared with."""
    people = [f"p{i % 10}" for i in range(slices)]
    table = pd.DataFrame({"person": [*people, "new", "newer"], "split": ["train"] * slices + ["validate", "test"]})
    if enough:
        return evaluate.check_people(table)
    with pytest.raises(DataError, match=f"expected at least 100 slices in train .* but found {slices};"):
        evaluate.check_people(table)


# ---------------------------------------------------------------- what a report says


def test_a_report_counts_the_people_of_the_splits_that_are_there(generator):
    data = random_slices()
    result = SimpleNamespace(sides=SimpleNamespace(reference=np.zeros(5)))
    two = data.select((data.table["split"] != "validate").to_numpy())
    for slices, people in ((data, {"train": 8, "validate": 1, "test": 1}), (two, {"train": 8, "test": 1})):
        assert evaluate._about(generator, slices, "smoke", 0, result, 1.0)["data"]["people"] == people


def test_a_report_tells_other_slices_of_the_same_name_by_their_checksum(generator):
    data, result = random_slices(), SimpleNamespace(sides=SimpleNamespace(reference=np.zeros(5)))
    said = {}
    for whose, digest in (("its own", data.split("train").digest()), ("others", random_slices(1).digest())):
        generator.about = {"data": data.source, "slices": digest}
        said[whose] = evaluate._about(generator, data, "smoke", 0, result, 1.0)["other_data"]
    assert said["its own"] == "" and f"but got others of the same name, {data.source!r}; scores" in said["others"]


# ---------------------------------------------------------------- path length


def path_of(monkeypatch, generator, still=0):
    """Return what `path_length` is called with, and the score that comes of it."""
    calls = []
    monkeypatch.setattr(evaluate, "load_segmenter", lambda: SimpleNamespace(features_of_floats="tissue features"))
    monkeypatch.setattr(
        evaluate, "path_length", lambda *args, **named: calls.append((args, named)) or PathLength(2.5, 98, still)
    )
    result = Evaluation()
    evaluate._add_path_length(result, generator, 100, seed=4)
    (call,) = calls
    return call, result.scores["ppl(tissue)"]["fakes"]


def test_path_lengths_are_taken_between_styles_that_are_not_truncated(monkeypatch, generator):
    ((_, features, start, end, *how), named), score = path_of(monkeypatch, generator)
    free = to_numpy(generator.mapping(sampling.latents(range(200), 6)))
    np.testing.assert_allclose(start, free[:100], atol=1e-5)
    np.testing.assert_allclose(end, free[100:], atol=1e-5)  # other seeds: no pair starts where it ends
    assert (features, how, named) == ("tissue features", ["w", "full"], {"seed": 4})
    assert (score.value, score.count_fake) == (2.5, 100)
    assert any("100 pairs: ppl wants 1000" in flag for flag in score.flags)


def test_path_lengths_are_taken_of_images_as_they_are_shown_but_not_rounded(monkeypatch, generator):
    ((draw, *_), _), _ = path_of(monkeypatch, generator)
    w = normal(3, 6, scale=3.0)
    low, high = generator.config.value_range
    floats = to_numpy(generator.draw(np.repeat(w[:, None], 6, axis=1)))[..., 0]  # without noise
    shown = 2 * (np.clip(floats, low, high) - low) / (high - low) - 1  # what lies below black is shown as black
    np.testing.assert_allclose(draw(w), shown, atol=1e-3)
    assert (draw(w) == -1).any() and (floats < low - 0.1 * (high - low)).any()


def test_pairs_that_stand_still_are_told(monkeypatch, generator):
    flags = path_of(monkeypatch, generator, still=7)[1].flags
    assert "7 of 100 pairs did not move at all" in flags
    assert not any("move" in flag for flag in path_of(monkeypatch, generator)[1].flags)


# ---------------------------------------------------------------- intervals


def with_interval(monkeypatch, centred, people):
    monkeypatch.setattr(evaluate, "bootstrap", lambda *_, **__: Interval(2.0, 3.0, 9, 20, ["narrow"]))
    result = Evaluation(scores={"swd": {"fakes": Score("swd", 10.0, flags=["few"])}})
    result.sides = SimpleNamespace(people=np.array(people))
    evaluate._add_intervals(result, "swd", 0, 20, {"fakes": lambda rows: 0.0}, centred)
    return result.scores["swd"]["fakes"]


def test_an_interval_is_of_the_score_that_it_stands_beside():
    """Fakes are all like one kind of real out of four: precision is high and recall is low."""
    rng = np.random.default_rng(0)
    real = rng.normal(size=(100, 3)) + 20 * (np.arange(100) % 4)[:, None]
    fake = rng.normal(size=(100, 3))
    everybody = np.arange(len(real))
    scores = {name: make(real, fake, 0)(everybody) for name, make in evaluate.OF_FEATURES.items()}
    for name, score in scores.items():
        shown = compute_each(name, real, {"fakes": fake}, "tissue", 0)["fakes"].value
        assert score == pytest.approx(shown, rel=1e-4), name
    assert scores["precision"] > 0.8 and scores["recall"] < 0.3


def test_an_interval_lies_where_the_bootstrap_puts_it_or_around_the_score(monkeypatch):
    people = [f"p{i}" for i in range(9)]
    score = with_interval(monkeypatch, False, people)
    assert (score.low, score.high, score.flags) == (2.0, 3.0, ["few", "narrow"])
    score = with_interval(monkeypatch, True, people)
    assert (score.low, score.high) == (9.5, 10.5)


def test_with_too_few_people_there_is_no_interval_and_it_says_so(monkeypatch):
    score = with_interval(monkeypatch, False, ["a", "b", "c", "d", "a"])
    assert (score.low, score.high) == (None, None)
    assert score.flags == ["few", "4 people in the reference: too few for an interval"]


# ---------------------------------------------------------------- tissues, the audit, the segmenter's people


def brains(count, side):
    """Grey values of images (count, 64, 64) of one square brain each, all of it grey matter; side 0 is none."""
    images = np.zeros((count, 64, 64), np.uint8)
    images[:, 32 - side // 2 : 32 + side // 2, 32 - side // 2 : 32 + side // 2] = 2
    return images


def test_tissues_are_measured_of_every_image_and_compared_with_the_reference(monkeypatch):
    looked = []

    def look(images):  # its classes are the grey values
        looked.append(len(images))
        return images, images.reshape(len(images), -1)[:, ::1000].astype(float)

    monkeypatch.setattr(evaluate, "load_segmenter", lambda: SimpleNamespace(classes_and_features=look))
    fakes = np.concatenate([brains(3, 30), brains(1, 0)])
    reference = np.concatenate([brains(3, 20), brains(2, 0)])
    result = Evaluation(sides=SimpleNamespace(reference=reference, others={"fakes": fakes, "mean": brains(6, 20)}))
    features = evaluate._look_at_tissues(result)
    assert looked == [5, 4, 1]  # six images that are one are looked at once
    assert {side: (len(rows), len(features[side])) for side, rows in result.tissues.items()} == {
        "reference": (5, 5), "fakes": (4, 4), "mean": (6, 6),
    }  # fmt: skip
    assert result.tissues["mean"]["brain"].tolist() == [400 / 4096] * 6
    assert set(result.tissue_distances) == {"fakes", "mean"}
    of_fakes, of_mean = result.tissue_distances["fakes"], result.tissue_distances["mean"]
    assert of_fakes["brain"] == pytest.approx(500 / 4096) and of_mean["brain"] == 0
    assert (of_fakes["unsegmented"], of_mean["unsegmented"]) == (0.25, 0)  # of the fakes, not of the reference


def test_the_audit_searches_all_of_train_and_is_judged_by_everybody_else(monkeypatch):
    data, asked = random_slices(), []
    monkeypatch.setattr(evaluate, "load_segmenter", lambda: SimpleNamespace(maps="maps of tissues"))
    monkeypatch.setattr(evaluate, "audit", lambda *sides, **how: asked.append((sides, how)) or "what it found")
    result = Evaluation(sides=SimpleNamespace(others={"fakes": "the fakes"}))
    evaluate._audit(result, SimpleNamespace(resolution=8), data, most=123, seed=7)
    ((fakes, train, owners, held_out, others), how), split = asked[0], data.table["split"].to_numpy()
    assert (fakes, result.audit) == ("the fakes", "what it found")
    for images, people, here in ((train, owners, split == "train"), (held_out, others, split != "train")):
        assert np.array_equal(images, data.level(8)[here])
        assert people.tolist() == data.table["person"][here].tolist()
    assert set(others) == {"p8", "p9"} and result.train is train  # of validate and of test
    assert (how["seed"], how["most"]) == (7, 123)
    assert [name for name in how["distances"] if name in ("pixel", "perceptual", "turned", "domain")] == [
        "pixel", "perceptual", "turned", "domain",
    ]  # fmt: skip


def test_a_segmenter_knows_the_people_where_it_was_trained_with_these_very_data(monkeypatch):
    data = random_slices()
    for digest, known in ((data.digest(), True), (data.split("train").digest(), False), ("", False)):
        about = {"version": 2, "data": "slices", "digest": digest}
        monkeypatch.setattr(evaluate, "load_segmenter", lambda about=about: SimpleNamespace(about=about))
        assert evaluate._about_segmenter(data) == {"version": 2, "data": "slices", "knows_the_people": known}


# ---------------------------------------------------------------- words and numbers


def value(number, low=None, high=None):
    return {"value": number, "low": low, "high": high}


@pytest.mark.parametrize(
    ("way", "left", "right", "said"),
    [
        ("lower", value(1.0), value(2.0), "first"),
        ("higher", value(1.0), value(2.0), "second"),
        ("lower", value(2.0), value(1.0), "second"),
        ("lower", value(1.0), value(1.0), ""),
        ("lower", value(1.0), None, ""),
        ("lower", value(None), value(1.0), ""),
        ("lower", value(1.0, 0.8, 1.2), value(2.0, 1.8, 2.2), "first"),
        ("lower", value(1.0, 0.8, 1.2), value(1.3, 1.1, 1.5), "cannot be told"),
        ("higher", value(1.3, 1.1, 1.5), value(1.0, 0.8, 1.2), "cannot be told"),
    ],
)
def test_the_better_of_two_scores_is_told_where_their_intervals_lie_apart(way, left, right, said):
    assert comparison._better(way, left, right) == said


def test_scores_are_written_for_people():
    assert summary.written(None) == summary.written(value(None)) == ""
    assert summary.written(value(3.2149)) == "3.21"
    assert summary.written(value(3.2149, 2.9, 3.5)) == "3.21 (2.9 to 3.5)"


# ---------------------------------------------------------------- beside people


def test_a_score_without_unseen_people_has_empty_cells():
    judged = {"value": 2.0, "floor": 1.0, "limit": 1.5, "most": 3.0, "people": 9}
    (_, row) = summary.judged_rows({"judged": {"gap": {"train": judged}}})
    assert row == ["gap % of the pixels", "lower", "", "", "", "", "2", "1", "1.5", "amber"]


def test_a_two_sample_test_is_red_where_its_interval_lies_above_that_of_people():
    people = TwoSampleTest(0.55, 0.45, 0.62)
    clear, near, none = (
        colour(judged_by_interval(TwoSampleTest(*test), people, 9)._asdict())
        for test in ((0.8, 0.7, 0.9), (0.65, 0.6, 0.7), (0.6, 0.5, 0.7))
    )
    assert (clear, near, none) == ("red", "amber", "green")
    below = judged_by_interval(TwoSampleTest(0.6, 0.59, 0.61), TwoSampleTest(0.4, 0.3, 0.45), 9)
    assert below.limit == 0.7  # people who are told the wrong way round are told, too


def test_an_interval_of_patches_takes_images_of_many_people(monkeypatch):
    """Slices of a person stand together: the first ones would be of a few people."""
    taken = []
    monkeypatch.setattr(
        evaluate, "swd", lambda real, fake, *_: taken.append(fake[:, 0, 0]) or SimpleNamespace(mean=1.0)
    )
    images = np.repeat(np.arange(100, dtype=np.uint8), 32)[:, None, None] * np.ones((1, 4, 4), np.uint8)
    score = evaluate._swd_scorer(images, images, seed=3)
    score(np.arange(500))
    score(np.arange(700))
    people = [len(np.unique(greys)) for greys in taken]
    assert min(people) > 80 and len(taken[0]) == 256 and np.array_equal(*taken)
