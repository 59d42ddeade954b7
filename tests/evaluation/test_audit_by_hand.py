"""What an audit counts, by scores that are made up: whom fakes resemble, what is chance, and the copies it plants."""

from types import SimpleNamespace

from oasis_helpers.evaluation.audit import audit as whole
from oasis_helpers.evaluation.audit.audit import Audit, _exposure, _in_short, _set_aside
from oasis_helpers.evaluation.audit.disguises import disguise
from oasis_helpers.evaluation.audit.nearest import Nearest
from oasis_helpers.evaluation.audit.one_distance import AuditImages, judge

import numpy as np
import pytest
from helpers.degrading import blobs


def near(scores, slices=None):
    """The nearest slices of some images, by their scores."""
    scores = np.asarray(scores, float)
    slices = np.zeros(len(scores), int) if slices is None else np.array(slices)
    return Nearest(scores, scores / 2, slices, np.zeros(len(scores), bool), np.zeros((len(scores), 2)))


# ---------------------------------------------------------------- people


def test_exposure_by_hand():
    """Slices 0 and 1 are Ann's, 2 to 4 Ben's, 5 is Cid's."""
    images = SimpleNamespace(names=np.array(["Ann", "Ben", "Cid"]), codes=np.array([0, 0, 1, 1, 1, 2]))
    fakes, new = near([0.2, 0.9, 0.8, 0.7, 0.6], [0, 0, 0, 1, 4]), near([0.9] * 7, [2, 2, 3, 5, 5, 0, 4])
    elsewhere = near([0.3, 0.9, 0.9, 0.9, 0.1], [3, 0, 0, 0, 4])
    pixel = SimpleNamespace(fakes=fakes, new=new, flagged=np.array([True, False, False, False, True]))
    other = SimpleNamespace(fakes=elsewhere, new=near([0.9], [5]), flagged=np.array([True, False, False, False, True]))
    table = _exposure(images, {"pixel": pixel, "other": other})
    # Flagged: the first fake as Ann's by pixels and as Ben's by the other distance, the last as Ben's by both.
    assert table.index.tolist() == ["Ben", "Ann", "Cid"] and table["flagged"].tolist() == [2, 1, 0]
    assert table["slices"].tolist() == [3, 2, 1] and table["nearest"].tolist() == [1, 4, 0]
    # Of 7 new slices 4 resemble Ben most, 1 Ann and 2 Cid; with one more for each, that makes 5, 2 and 3 of 10.
    assert table["expected"].tolist() == pytest.approx([5 * 0.5, 5 * 0.2, 5 * 0.3])
    assert table["closest"].tolist() == pytest.approx([0.6, 0.2, np.nan], nan_ok=True)


def test_the_closest_are_told_with_their_person_and_the_way_that_they_move():
    moved = np.array([[1.0, -2], [3, -4], [5, -6], [7, -8]])
    found = near([0.9, 0.2, 0.6, 0.4], [0, 3, 1, 2])
    found = Nearest(found.score, found.distance, found.slice, np.array([True, False, False, True]), moved)
    finding = SimpleNamespace(fakes=found, line=0.3, threshold=0.5, flagged=found.score < 0.5)
    people = np.array(["Ann", "Ann", "Ben", "Cid"])
    result = Audit({"pixel": finding}, None, "fail", (), (), people, 0.01)
    pairs = result.closest(3)
    assert pairs["fake"].tolist() == [1, 3, 2] and pairs["slice"].tolist() == [3, 2, 1]
    assert pairs["person"].tolist() == ["Cid", "Ben", "Ann"] and pairs["score"].tolist() == [0.2, 0.4, 0.6]
    assert pairs["flagged"].tolist() == [True, True, False]
    assert pairs["copy"].tolist() == [True, False, False]  # below the line; below the threshold may be chance
    assert pairs["flipped"].tolist() == [False, True, False]
    assert pairs[["down", "along"]].to_numpy().tolist() == [[3, -4], [7, -8], [5, -6]]  # rows, then columns


def test_whoever_stands_out_under_any_distance_is_set_aside_by_their_own_name():
    people = np.repeat([f"new {i}" for i in range(6)] + [f"train {i}" for i in range(6)], 2)  # two slices each
    plain = np.linspace(0.9, 1.1, 12)
    second_scan, twin = plain.copy(), plain.copy()
    second_scan[2:4] = 0.02  # new 1
    twin[8:10] = 0.02  # train 4
    near_by = {
        "pixel": {"held_out": near(second_scan), "left_out": near(plain)},
        "edges": {"held_out": near(plain), "left_out": near(twin)},
    }
    assert _set_aside(near_by, people) == ["new 1", "train 4"]


# ---------------------------------------------------------------- chance


def judged(new, people, fakes, planted=None, aside=(), left_out=0):
    """The verdict where these are the scores of new people; the last ones are of training people left out."""
    middle = len(new) - left_out
    found = {"held_out": near(new[:middle]), "left_out": near(new[middle:])}
    found |= {"fakes": near(fakes), "planted": near([0.1] * 20 if planted is None else planted)}
    return judge("pixel", found, np.asarray(people), aside, false_alarms=0.05, level=0.005)


ONE_EACH = 0.8 + 0.005 * np.arange(40)  # scores of forty people


@pytest.mark.parametrize("flagged", [2, 6, 12])
def test_five_slices_alike_of_each_person_are_worth_no_more_than_one(flagged):
    fakes = np.where(np.arange(60) < flagged, 0.801, 1.0)
    one = judged(ONE_EACH, np.arange(40), fakes)
    five = judged(np.repeat(ONE_EACH, 5), np.repeat(np.arange(40), 5), fakes)
    assert one.threshold == five.threshold and one.flagged.sum() == flagged
    assert five.p_value == pytest.approx(one.p_value, rel=1e-6) and 0 < one.p_value < 1


def test_rates_are_of_those_whom_their_names_say():
    """Sixty slices of held-out people and forty of training people; one of them is set aside."""
    new, people = np.linspace(0.6, 1.0, 100), np.arange(100) % 25
    new[people == 3] = 0.01
    verdict = judged(new, people, fakes=[1.0] * 30, planted=[0.1] * 18 + [0.9] * 2, aside=[3], left_out=40)
    kept = new[people != 3]
    assert verdict.threshold in kept and verdict.false_alarms == pytest.approx(np.mean(kept < verdict.threshold))
    assert verdict.false_alarms <= 0.05
    assert verdict.held_out_flagged == pytest.approx(np.mean(new[:60] < verdict.threshold))
    assert verdict.planted_found == 0.9 and np.array_equal(verdict.new.score, new)
    assert verdict.line == pytest.approx(kept.min() ** 2 / np.median(kept))


@pytest.mark.parametrize(
    ("fakes", "planted", "verdict", "why"),
    [
        ([1.0] * 60, 18, "pass", "within chance"),
        ([1.0] * 60, 17, "fail", "only 85% of the planted copies were found"),
        ([0.3] + [1.0] * 59, 18, "fail", "1 of the fakes lie below"),
        ([0.801] * 2 + [1.0] * 58, 18, "pass", "within chance"),
        ([0.801] * 30 + [1.0] * 30, 18, "fail", "more than chance"),
    ],
)
def test_an_audit_fails_by_one_copy_by_many_flags_or_where_it_is_blind(fakes, planted, verdict, why):
    found = judged(ONE_EACH, np.arange(40), fakes, [0.1] * planted + [0.95] * (20 - planted))
    assert found.verdict == verdict and why in " ".join(found.reasons)


def test_flags_and_copies_are_counted_apart():
    short = _in_short(judged(ONE_EACH, np.arange(40), [0.3] + [0.801] * 5 + [1.0] * 54))
    # Twice as far from the median as the lowest, in logarithms: 0.8 squared by 0.8975.
    assert short["line"] == pytest.approx(0.64 / 0.8975)
    assert (short["flagged"], short["copies"], short["new_slices"]) == (6, 1, 40)
    assert short["flagged_share"] == pytest.approx(0.1) and short["lowest_score"] == 0.3


def audited(monkeypatch, verdicts):
    """An audit whose distances have these verdicts, and the levels at which they were judged."""
    levels = []

    def judge(*how):
        levels.append(how[-1])
        verdict = verdicts[len(levels) - 1]
        return SimpleNamespace(verdict=verdict, reasons=(f"{verdict} {len(levels)}",))

    monkeypatch.setattr(whole, "search", lambda images, way: None)
    monkeypatch.setattr(whole, "_set_aside", lambda near, people: [])
    monkeypatch.setattr(whole, "_exposure", lambda images, findings: None)
    monkeypatch.setattr(whole, "judge", judge)
    people = np.repeat([f"p{i}" for i in range(30)], 4)
    held = blobs(120, side=16, seed=2), np.char.add("new ", people)
    ways = {f"way {i}": None for i in range(len(verdicts))}
    return whole.audit(blobs(3, side=16), blobs(120, side=16, seed=1), people, *held, distances=ways), levels


@pytest.mark.parametrize("count", [1, 2, 5])
def test_one_per_cent_of_false_verdicts_is_shared_among_the_distances(monkeypatch, count):
    _, levels = audited(monkeypatch, ["pass"] * count)
    assert levels == pytest.approx([0.01 / count] * count)


@pytest.mark.parametrize(
    ("verdicts", "verdict"),
    [
        (["pass"], "pass"),
        (["pass", "pass", "pass"], "pass"),
        (["fail", "pass", "pass"], "fail"),
        (["pass", "pass", "fail"], "fail"),
        (["fail", "fail"], "fail"),
    ],
)
def test_an_audit_passes_only_where_every_distance_does(monkeypatch, verdicts, verdict):
    result, _ = audited(monkeypatch, verdicts)
    assert result.verdict == verdict
    assert result.reasons == tuple(f"{way} {number}" for number, way in enumerate(verdicts, 1))


# ---------------------------------------------------------------- planted copies


def test_planted_copies_have_grain_in_every_pixel():
    flat = np.full((40, 64, 64), 120, np.uint8)
    inside = disguise(flat, np.random.default_rng(0), noise=10.0)[:, 8:-8, 8:-8].astype(float)
    assert inside.std(axis=(1, 2)) == pytest.approx(10, rel=0.1)
    grain = inside - inside.mean(axis=(1, 2), keepdims=True)
    assert abs(np.mean(grain[:, 1:] * grain[:, :-1])) < 2  # of 100: neighbours know nothing of each other
    assert abs(np.mean(grain[1:] * grain[:-1])) < 2
    still = disguise(flat, np.random.default_rng(0), noise=0.0)[:, 8:-8, 8:-8]
    assert not still.std(axis=(1, 2)).any()


def test_planted_copies_are_brighter_or_darker_by_as_much_as_it_says():
    flat = np.full((400, 16, 16), 100, np.uint8)
    levels = disguise(flat, np.random.default_rng(1), noise=0.0)[:, 8, 8].astype(int)
    assert 75 <= levels.min() < 80 and 120 < levels.max() <= 125  # 100 times 0.85 to 1.15, and 10 up or down


@pytest.mark.parametrize("size", [64, 128])
def test_planted_copies_are_moved_and_half_of_them_mirrored_left_to_right(size):
    rows, columns = np.indices((size, size)) * 64 / size
    spot = 200 * np.exp(-((rows - 20) ** 2 + (columns - 40) ** 2) / 18)  # on the left, and in front
    copies = disguise(np.repeat(spot[None], 200, axis=0).astype(np.uint8), np.random.default_rng(2), noise=0.0)
    peaks = np.array([np.unravel_index(copy.argmax(), copy.shape) for copy in copies]) * 64 / size
    mirrored = peaks[:, 0] > 32
    assert 70 <= mirrored.sum() <= 130
    off = peaks - np.where(mirrored[:, None], (63 - 20, 40), (20, 40))
    assert np.abs(off).max() <= 4 and (np.abs(off).max(axis=0) > 2).all() and np.abs(off.mean(axis=0)).max() < 0.6


def test_a_seed_chooses_the_copies_and_whom_they_are_compared_with():
    people = np.repeat([f"p{i}" for i in range(60)], 4)
    slices = blobs(240, side=32)
    sides = (blobs(3, side=32, seed=1), (slices, people), (blobs(150, side=32, seed=2), people[:150]))
    one, again, other = (AuditImages(*sides, seed, most=100) for seed in (0, 0, 1))
    for name in ("planted", "held_out"):
        first, second, third = (getattr(side, name).images for side in (one, again, other))
        assert np.array_equal(first, second) and not np.array_equal(first, third)
    assert np.array_equal(one.some, again.some) and not np.array_equal(one.some, other.some)
    assert (len(one.planted), len(one.held_out), len(one.some)) == (200, 100, 100)
    whose = {image.tobytes(): person for image, person in zip(*sides[2], strict=True)}
    new = one.new_people()
    assert new[:100].tolist() == [whose[image.tobytes()] for image in one.held_out.images]
    assert new[100:].tolist() == people[one.some].tolist()
