"""The bench that defects are tried on: whose slices are the reference, whose are degraded, and who makes the null.

The looks at the images are made up from their brightness, so that no network is asked and scores are known.
"""

import json

from oasis_helpers.evaluation import sensitivity
from oasis_helpers.evaluation.defects import Defect
from oasis_helpers.evaluation.judging import Looks
from oasis_helpers.evaluation.scores.people import Judged
from oasis_helpers.evaluation.two_sample import TwoSampleTest

import numpy as np
import pandas as pd
import pytest
from helpers.tiny import random_slices

PEOPLE, SLICES = 10, 3


def look_at(images):
    """Looks by which every image is known: its mean, in each of them."""
    mean = images.mean(axis=(1, 2))
    parts = [np.repeat(mean[:, None] + 1, 4, axis=1), mean / 255, np.stack([mean, mean**2 / 255], axis=1)]
    return Looks(*parts, pd.DataFrame({"brain": mean, "csf": np.sqrt(mean)}))


@pytest.fixture
def asked(monkeypatch):
    """The two-sample tests that are asked for: owners of both sides, seed."""
    calls = []

    def tell(real, people, fake, owners, folds, steps, seed):
        calls.append((set(people), set(owners), seed))
        return TwoSampleTest(0.5, 0.4, 0.6)

    monkeypatch.setattr(sensitivity, "tell_apart", tell)
    monkeypatch.setattr(sensitivity, "look_at_images", look_at)
    monkeypatch.setattr(sensitivity, "DRAWS", 30)
    return calls


def slices(seed=0):
    """Slices of 32 px, in no order, and whose each is; the last person is much brighter than the others."""
    rng = np.random.default_rng(seed)
    people = rng.permutation(np.repeat([f"p{i}" for i in range(PEOPLE)], SLICES))
    light = np.where(people == f"p{PEOPLE - 1}", 200, rng.integers(20, 60, len(people)))
    return rng.integers(0, 55, (len(people), 32, 32), dtype=np.uint8) + np.uint8(light)[:, None, None], people


def test_half_of_the_people_are_the_reference_and_the_others_are_degraded(asked):
    bench = sensitivity.Bench(*slices(), seed=0)
    assert len(bench.reference) == len(bench.others) == PEOPLE // 2
    assert not set(bench.reference) & set(bench.others)
    images, owner = bench.slices_of(bench.others)
    assert len(images) == len(bench.others) * SLICES and set(owner) == set(bench.others)
    halves = {tuple(sorted(sensitivity.Bench(*slices(), seed=seed).reference)) for seed in range(4)}
    assert len(halves) > 1


def test_what_is_looked_at_is_compared_with_the_reference_and_mixed_with_nobody(asked):
    bench = sensitivity.Bench(*slices())
    images, owner = bench.slices_of(bench.others)
    result = bench.look(images // 2, owner)
    reference = bench.slices_of(bench.reference)[0].mean() / 255
    assert set(result) == set(sensitivity.SHOWN)
    assert result["gap"].value == pytest.approx(100 * abs(reference - (images // 2).mean() / 255))
    assert all(score.people == PEOPLE // 2 for score in result.values())
    assert asked[-1][0] == asked[-2][0] == set(bench.reference) and asked[-1][1] == set(bench.others)


def test_where_higher_is_better_the_limit_lies_below_what_people_get(asked):
    bench = sensitivity.Bench(*slices())
    result = bench.look(*bench.slices_of(bench.others))
    spread = result["spread(tissue)"]
    assert spread.most <= spread.limit < spread.floor
    assert result["spectrum"].most >= result["spectrum"].limit > result["spectrum"].floor


def test_one_look_does_not_change_the_next(asked):
    bench, fresh = (sensitivity.Bench(*slices()) for _ in range(2))
    images, owner = bench.slices_of(bench.others)
    stripes = images // 2 + np.uint8(np.indices((32, 32)).sum(axis=0) % 2 * 60)
    bench.look(stripes, owner)
    again, alone = bench.look(images, owner), fresh.look(images, owner)
    assert {name: score.value for name, score in again.items()} == {name: s.value for name, s in alone.items()}


def test_the_null_draws_everybody_as_many_as_are_judged_beside_half_of_all(asked):
    bench = sensitivity.Bench(*slices())
    drawn = []
    bench._people_alone = {"gap": lambda reference, judged: drawn.append((set(reference), set(judged))) or 0.0}
    bench._null(2)
    assert len(drawn) == 30
    for reference, judged in drawn:
        assert len(reference) == PEOPLE // 2 and len(judged) == 2 and not reference & judged
    assert set.union(*(r for r, _ in drawn)) == set.union(*(j for _, j in drawn)) == set(range(PEOPLE))
    bench._null(2)
    assert len(drawn) == 30  # drawn once for so many people


def test_every_defect_is_tried_on_clean_slices_of_the_other_half(asked, monkeypatch):
    data, degraded, looked = random_slices(), [], []

    class Bench:
        others, reference = np.array([1, 2]), np.array([3])

        def __init__(self, images, people, seed):
            looked.append(("made of", images, sorted(set(people)), seed))

        def slices_of(self, owners):
            return f"slices of {owners}", owners

        def look(self, images, owner):
            looked.append((images, set(owner)))
            return dict.fromkeys(sensitivity.SHOWN, Judged(1.0, 0.5, 2.0, 3.0, 0.5, 9, 30))

    defects = {"blur": Defect(None, (0.5, 1, 2), "{} px", "texture")}
    monkeypatch.setattr(sensitivity, "Bench", Bench)
    monkeypatch.setattr(sensitivity, "DEFECTS", defects)
    monkeypatch.setattr(sensitivity, "load_data", lambda **_: data)
    monkeypatch.setattr(sensitivity, "degrade", lambda *how: degraded.append(how) or f"degraded by {how[2]}")
    rows = sensitivity.sensitivity(size=8, every=2, seed=5, progress=False)
    some = data.select((data.table["slice"] % 2 == 0).to_numpy())
    (_, images, people, seed), (clean, others), (held_out, strangers), *rest = looked
    assert np.array_equal(images, some.split("train").level(8)) and seed == 5 and len(people) == 8
    assert (clean, others) == ("slices of [1 2]", {1, 2})
    assert np.array_equal(held_out, some.select((some.table["split"] != "train").to_numpy()).level(8))
    assert strangers == {"p8", "p9"}
    assert degraded == [(clean, "blur", strength, 5) for strength in (0.5, 1, 2)]
    assert [images for images, _ in rest] == ["degraded by 0.5", "degraded by 1", "degraded by 2"]
    assert [row["strength"] for row in rows] == ["other people of train", "people held out", "0.5 px", "1 px", "2 px"]


def test_0_is_weak_and_2_is_strong(tmp_path, monkeypatch):
    names = [(sensitivity.UNTOUCHED, "other people"), *(("blur", f"{s} px") for s in (0.5, 1, 2))]
    rows = [{"defect": d, "strength": s, "seen_by": ["gap"], "times": {"gap": 2.0, "swd": 3.0}} for d, s in names]
    (tmp_path / "seen.json").write_text(json.dumps(rows))
    monkeypatch.setattr(sensitivity, "SEEN_FILE", tmp_path / "seen.json")
    for strength, told in enumerate(("0.5 px", "1 px", "2 px")):
        table = sensitivity.read_sensitivity(strength)
        assert list(table.index) == ["untouched, other people", f"blur, {told}"]
        assert (table["gap"] == 2).all() and table["swd"].isna().all()  # what a score does not see is left out
