"""The audit finds copies in disguise, leaves new people alone, and says why; on the cohort and on real slices."""

import json
from pathlib import Path

from oasis_helpers.data import find_slices, read_image, read_table
from oasis_helpers.data.store import box_levels
from oasis_helpers.errors import UserError
from oasis_helpers.evaluation.audit.audit import audit
from oasis_helpers.evaluation.audit.nearest import Heads
from oasis_helpers.evaluation.audit.registration import align, folds
from oasis_helpers.images import block_mean
from oasis_helpers.view.audit_figures import closest_pairs

import numpy as np
import pytest
from helpers.heads import DISGUISES, FRESH, HELD_OUT, TRAIN, disguised, slices

pytestmark = pytest.mark.slow

REAL = Path(__file__).parents[3] / "shared" / "oasis1"


@pytest.fixture(scope="module")
def train():
    return slices(TRAIN)


@pytest.fixture(scope="module")
def held_out():
    return slices(HELD_OUT)


@pytest.fixture(scope="module")
def fresh():
    """Slices of people who are neither in train nor held out."""
    return slices(FRESH)[0]


@pytest.fixture(scope="module")
def with_copies(fresh, train):
    """Two hundred fakes, every twentieth a disguised copy, and which training slice each copies."""
    rng = np.random.default_rng(3)
    fakes, source = fresh[rng.integers(0, len(fresh), 200)].copy(), rng.permutation(len(train[0]))[:10]
    fakes[::20] = disguised(train[0][source], "everything")
    return fakes, source


@pytest.fixture(scope="module")
def found(with_copies, train, held_out):
    return audit(with_copies[0], *train, *held_out)


# ---- copies and new people ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", DISGUISES)
def test_copies_are_found_in_every_disguise(train, held_out, how):
    """At least 99 % of 128 copies under either distance, at 1 % false alarms, and each with its own slice."""
    copied = np.arange(0, 384, 3)
    result = audit(disguised(train[0][copied], how), *train, *held_out)
    for finding in result.findings.values():
        assert finding.flagged.mean() >= 0.99 and finding.verdict == "fail"
        assert (finding.fakes.slice == copied).mean() >= 0.99
    assert result.verdict == "fail"


def test_new_people_are_not_flagged(fresh, train, held_out):
    """Of 128 slices, also of the held-out ones, at most 5: at a rate of 1 % more have a chance of 1 in 500."""
    result = audit(fresh, *train, *held_out)
    assert result.verdict == "pass" and result.set_aside == ()
    for finding in result.findings.values():
        assert finding.flagged.sum() <= 5
        assert 0 < finding.false_alarms <= 0.01 and finding.held_out_flagged <= 5 / 128
        assert finding.fakes.score.min() > finding.line and finding.planted_found >= 0.99


def test_held_out_slices_pass(train, held_out):
    assert audit(held_out[0], *train, *held_out).verdict == "pass"


def test_one_copy_in_twenty_fails(found, with_copies):
    assert found.verdict == "fail"
    for name, finding in found.findings.items():
        assert finding.verdict == "fail" and finding.flagged[::20].all()
        assert np.array_equal(finding.fakes.slice[::20], with_copies[1])
        assert any("One is enough to fail: the probability" in reason for reason in finding.reasons)
        assert all(reason.startswith(name) for reason in finding.reasons)


def test_a_single_copy_fails(fresh, train, held_out):
    fakes = fresh.copy()
    fakes[70] = disguised(train[0][[11]], "flip and noise")[0]
    result = audit(fakes, *train, *held_out)
    assert result.verdict == "fail" and result.closest(1)["fake"].tolist() == [70]
    assert result.closest(2)["copy"].tolist() == [True, False]


def test_images_without_a_head_are_like_nobody(train, held_out):
    fakes = np.zeros((3, 64, 64), np.uint8)
    fakes[1], fakes[2] = 255, np.random.default_rng(0).integers(0, 256, (64, 64))
    result = audit(fakes, *train, *held_out)
    assert result.verdict == "pass"
    for finding in result.findings.values():
        assert np.isfinite(finding.fakes.score).all() and not finding.flagged.any()


def test_nobody_hides_behind_a_second_name(fresh, train, held_out):
    """A training person whose copy is held out under another name does not lower the threshold."""
    images = np.concatenate([held_out[0], disguised(train[0][:32], "everything")])
    people = np.append(held_out[1], ["SYN_9999"] * 32)
    result = audit(fresh, *train, images, people)
    assert result.set_aside == ("SYN_9999",) and "set_aside" in result.reasons[-1]
    plain = audit(fresh, *train, *held_out)
    for name, finding in result.findings.items():
        assert finding.threshold == pytest.approx(plain.findings[name].threshold, rel=0.05)


def test_too_few_pixels_do_not_pass(fresh, train, held_out):
    """At 16 pixels disguised copies are lost, and the audit says so instead of passing."""
    small = [block_mean(images, 16).astype(np.uint8) for images in (fresh, train[0], held_out[0])]
    result = audit(small[0], small[1], train[1], small[2], held_out[1])
    assert result.verdict == "fail"
    assert any("a pass would mean nothing" in reason for reason in result.reasons)


# ---- what it tells --------------------------------------------------------------------------------------------------


def test_exposure_has_a_row_per_person(found, train, with_copies):
    table = found.exposure
    assert sorted(table.index) == sorted(set(train[1])) and (table["slices"] == 32).all()
    assert table["nearest"].sum() == 200 and table["expected"].sum() == pytest.approx(200)
    near = train[1][found.findings["pixel"].fakes.slice]
    copied = train[1][with_copies[1]]
    for person, row in table.iterrows():
        scores = found.findings["pixel"].fakes.score[near == person]
        assert row["nearest"] == len(scores)
        assert row["closest"] == scores.min() if len(scores) else np.isnan(row["closest"])
        assert row["flagged"] >= (copied == person).sum()
    assert (np.diff(table["flagged"]) <= 0).all()
    pairs = {
        (fake, train[1][finding.fakes.slice[fake]])
        for finding in found.findings.values()
        for fake in np.flatnonzero(finding.flagged)
    }
    assert table["flagged"].to_dict() == {p: sum(person == p for _, person in pairs) for p in table.index}


def test_closest_pairs_are_in_order_and_say_how_they_were_laid(found, with_copies, train):
    pairs = found.closest()
    assert len(pairs) == 10 and pairs["score"].is_monotonic_increasing
    assert sorted(pairs["fake"]) == list(range(0, 200, 20))
    assert pairs["flagged"].all() and pairs["copy"].all() and pairs["flipped"].all()
    assert pairs["person"].tolist() == train[1][pairs["slice"]].tolist()
    assert len(found.closest(1000, "perceptual")) == 200


def test_the_move_is_the_one_that_was_made(train, held_out):
    rolled = np.roll(train[0][[5, 100]], (2, -3), (1, 2))
    pairs = audit(rolled, *train, *held_out).closest().sort_values("fake")
    assert pairs["slice"].tolist() == [5, 100] and not pairs["flipped"].any()
    assert np.allclose(pairs[["down", "along"]], [[-2, 3], [-2, 3]], atol=0.05)


def test_a_copy_with_a_part_cut_off_is_laid_right(train, held_out):
    """What is missing moves the head's centre by more than half a pixel; the close look moves it back."""
    cut = train[0][[5, 100]].copy()
    cut[:, :, 48:] = 0
    assert np.abs(Heads(cut).place.centre - Heads(train[0][[5, 100]]).place.centre).max() > 0.5
    result = audit(np.roll(cut, (2, -3), (1, 2)), *train, *held_out)
    pairs = result.closest().sort_values("fake")
    assert pairs["slice"].tolist() == [5, 100] and pairs["flagged"].all()
    likeness = align(folds(cut, Heads(cut).place), folds(train[0][[5, 100]], Heads(train[0][[5, 100]]).place))[0]
    assert np.allclose(result.findings["pixel"].fakes.distance, 1 - likeness, atol=0.01)
    assert np.allclose(pairs[["down", "along"]], [[-2, 3], [-2, 3]], atol=0.2)


def test_the_summary_is_json_and_names_nobody(found):
    text = json.dumps(found.summary())
    assert "SYN_" not in text
    back = json.loads(text)
    assert back["verdict"] == "fail" and back["fakes"] == 200 and back["training_people"] == len(TRAIN)
    assert back["distances"]["pixel"]["flagged"] >= back["distances"]["pixel"]["copies"] == 10


def test_same_seed_same_audit(with_copies, train, held_out):
    # With 150 of the 384 slices, chance decides which of them count.
    one, again, other = (audit(with_copies[0], *train, *held_out, seed=seed, most=150) for seed in (4, 4, 5))
    assert again.summary() == one.summary() and again.exposure.equals(one.exposure)
    assert other.summary() != one.summary()
    assert np.array_equal(other.findings["pixel"].fakes.score, one.findings["pixel"].fakes.score)


def test_most_limits_the_slices_of_new_people_and_not_the_search(with_copies, train, held_out):
    few = audit(with_copies[0], *train, *held_out, most=100)
    finding = few.findings["pixel"]
    assert len(finding.new.score) == 200 and finding.flagged[::20].all()
    with pytest.raises(UserError, match="most: expected a whole number of at least 100"):
        audit(with_copies[0], *train, *held_out, most=10)


def test_the_order_of_the_training_slices_does_not_matter(found, with_copies, train, held_out):
    order = np.random.default_rng(0).permutation(len(train[0]))
    mixed = audit(with_copies[0], train[0][order], train[1][order], *held_out)
    near = mixed.findings["pixel"].fakes
    assert np.array_equal(order[near.slice], found.findings["pixel"].fakes.slice)
    assert np.allclose(near.score, found.findings["pixel"].fakes.score, atol=1e-5)


def test_an_extractor_gets_framed_images(with_copies, train, held_out):
    seen = []

    def halves(images):
        seen.append(images)
        return block_mean(images, 32).reshape(len(images), -1)

    result = audit(with_copies[0], *train, *held_out, distances={"domain": halves})
    assert list(result.findings) == ["domain"] and result.findings["domain"].flagged[::20].all()
    assert all(images.dtype == np.uint8 and images.shape[1:] == (64, 64) for images in seen)
    assert result.closest(distance="domain").equals(result.closest())


def test_the_figure_shows_the_pairs_in_words(found, with_copies, train):
    figure = closest_pairs(found, with_copies[0], train[0], n=12)
    words = [ax.get_xlabel() for ax in figure.axes]
    assert sum("A COPY" in text for text in words) == 10
    assert sum("not flagged" in text or "may be chance" in text for text in words) == 2
    assert "Audit: fail" in figure.get_suptitle()
    images = [image for ax in figure.axes for image in ax.images if image.get_cmap().name == "RdBu_r"]
    assert len(images) == 12 and all(image.norm.vmin == -image.norm.vmax for image in images)
    best = found.closest(1).iloc[0]
    assert np.array_equal(figure.axes[0].images[0].get_array(), np.rot90(with_copies[0][best["fake"]]))
    assert np.abs(images[0].get_array()).mean() < 15  # noise is left, no anatomy


# ---- mistakes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fakes": np.zeros((0, 64, 64), np.uint8)}, "fakes: expected at least 1 image, but got 0"),
        ({"fakes": np.zeros((3, 64, 64))}, "fakes: .*float64"),
        ({"fakes": np.zeros((3, 32, 32), np.uint8)}, "one size, but got 32, 64, 64"),
        ({"held_out": np.zeros((128, 64, 60), np.uint8)}, r"held_out: .*\(128, 64, 60\)"),
        ({"train_people": ["a"] * 5}, r"train_people: expected 384 names.*\(5,\)"),
        ({"train_people": ["a"] * 384}, "train_people: expected at least 4 people, but got 1"),
        ({"held_out_people": [None] * 128}, "held_out_people: .*empty"),
        ({"held_out_people": ["SYN_0001"] * 64 + ["x"] * 64}, "held_out_people: .*SYN_0001"),
        ({"false_alarms": 0}, "false_alarms: .*got 0;"),
        ({"false_alarms": 0.5}, "false_alarms: .*0.5"),
        ({"false_alarms": 0.001}, "false_alarms: expected at least 999 slices"),
        ({"seed": -1}, "seed: .*-1"),
        ({"distances": {}}, r"distances: .*\{\}"),
        ({"distances": {"domain": 3}}, "distances: .*3"),
        ({"distances": {"domain": lambda x: x}}, r"distances: .*expected an extractor.*shape \(384, 64, 64\)"),
        ({"distances": {"domain": lambda x: np.full((len(x), 2), np.nan)}}, "distances: .*finite"),
    ],
)
def test_bad_input_is_one_clear_line(train, held_out, change, message):
    arguments = {"fakes": train[0][:3], "train": train[0], "train_people": train[1]}
    arguments |= {"held_out": held_out[0], "held_out_people": held_out[1]}
    with pytest.raises(UserError, match=message) as caught:
        audit(**(arguments | change))
    assert "\n" not in str(caught.value)


def test_wrong_calls_of_a_result(found, with_copies, train):
    with pytest.raises(UserError, match="n: .*got 0"):
        found.closest(0)
    with pytest.raises(UserError, match="distance: expected one of pixel, perceptual, but got 'dmain'"):
        found.closest(3, "dmain")
    with pytest.raises(UserError, match="200 fakes and 384 slices .* but got 3 and 384"):
        closest_pairs(found, with_copies[0][:3], train[0])


# ---- real slices ----------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not REAL.is_dir(), reason="the real OASIS-1 sample is not here")
def test_real_copies_are_found_and_real_people_left_alone():
    """All but 1 % of the copies. Of the 96 slices of three held-out scans at most 4: more has a chance of 1 in 300."""
    table = read_table(find_slices(REAL))
    images = np.stack([box_levels(read_image(path))[4] for path in table["image"]])
    people, split = table["person"].to_numpy(), table["split"].to_numpy()
    train, held_out, fresh = (split == name for name in ("train", "validate", "test"))
    sides = (images[train], people[train], images[held_out], people[held_out])
    for how in ("exact", "everything"):
        result = audit(disguised(images[train][::5], how), *sides)
        assert all(finding.flagged.mean() >= 0.99 for finding in result.findings.values())
    result = audit(images[fresh], *sides)
    assert result.verdict == "pass"
    assert all(finding.flagged.sum() <= 4 for finding in result.findings.values())
