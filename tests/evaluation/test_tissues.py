"""The segmenter, and what is measured with it."""

from oasis_helpers import engine
from oasis_helpers.data import load_data
from oasis_helpers.data.cohort.cohort import make_cohort
from oasis_helpers.errors import UserError
from oasis_helpers.evaluation.extractors import extractor
from oasis_helpers.evaluation.tissues import measures
from oasis_helpers.evaluation.tissues import train_segmenter as training
from oasis_helpers.evaluation.tissues.anatomy import OUTLINE, anatomy_rows, standardised
from oasis_helpers.evaluation.tissues.segmenter import (
    CLASSES,
    SEGMENTER_SEED,
    SEGMENTER_VERSION,
    Segmenter,
    _cells,
    build_segmenter,
    load_segmenter,
    network_input,
    save_segmenter,
)
from oasis_helpers.evaluation.tissues.train_segmenter import dice, fit_height, labels_at, train_segmenter
from oasis_helpers.weights import WeightsError

import keras
import numpy as np
import pandas as pd
import pytest
from scipy import stats


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """Six people whom the segmenter has never seen: another seed of the cohort."""
    folder = tmp_path_factory.mktemp("cohort")
    make_cohort(folder, people=6, seed=77, progress=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OASIS_CACHE", str(folder / "cache"))
        return load_data(folder, progress=False)


def a_brain(size=64):
    """Classes of a simple brain: a ring of grey around white, CSF in the middle."""
    y, x = np.mgrid[:size, :size]
    radius = np.hypot(x - 31.5, y - 31.5)
    label = np.zeros((size, size), "uint8")
    label[radius < 24], label[radius < 18], label[radius < 5] = 2, 3, 1
    return label


# ---------------------------------------------------------------- the segmenter


def test_the_shipped_segmenter_knows_tissues_of_new_people(people):
    segmenter = load_segmenter()
    found = segmenter.classes(people.level(64))
    scores = dice(found, labels_at(people))
    assert found.shape == (len(people), 64, 64) and found.dtype == np.uint8
    assert scores["background"] > 0.98 and min(scores[name] for name in CLASSES[1:]) > 0.7, scores
    assert set(segmenter.about["dice"]) == set(CLASSES)


def test_features_do_not_depend_on_the_batch(people):
    images = people.level(64)[:70]
    features = load_segmenter().features(images)
    assert features.shape == (70, 224) and np.isfinite(features).all()
    assert np.allclose(load_segmenter().features(images[66:]), features[66:], atol=1e-4)
    floats = images.astype("float32") / 127.5 - 1
    assert np.allclose(load_segmenter().features_of_floats(floats[:5]), features[:5], atol=1e-3)


def test_maps_are_shares_of_fluid_grey_and_white_in_cells_of_4_px():
    label = np.zeros((2, 64, 64), "uint8")
    label[0, 8:12, 20:24], label[0, 40:44, 0:2], label[1, 60:61, 60:64] = 1, 2, 3
    logits = np.float32(50) * (label[..., None] == np.arange(4))
    found = engine.to_numpy(_cells(logits))
    expected = np.zeros((2, 16, 16, 3))
    expected[0, 2, 5, 0], expected[0, 10, 0, 1], expected[1, 15, 15, 2] = 1, 0.5, 0.25  # the black around has none
    assert found.shape == (2, 768)
    np.testing.assert_allclose(found.reshape(2, 16, 16, 3), expected, atol=1e-5)


def test_larger_images_are_averaged():
    large = np.random.default_rng(0).integers(0, 256, (2, 128, 128)).astype("uint8")
    small = np.rint(large.reshape(2, 64, 2, 64, 2).mean(axis=(2, 4)))
    assert np.allclose((network_input(large)[..., 0] + 1) * 127.5, small, atol=1e-3)


@pytest.mark.parametrize("shape", [(2, 32, 32), (2, 64, 32), (64, 64), (2, 96, 96)])
def test_images_that_cannot_be_segmented(shape):
    with pytest.raises(UserError, match="images: expected"):
        network_input(np.zeros(shape, "uint8"))
    with pytest.raises(UserError, match="images: expected .*float64"):
        network_input(np.zeros((2, 64, 64)))


def test_a_foreign_file_is_refused(tmp_path):
    (tmp_path / "x.safetensors").write_text("no")
    with pytest.raises(WeightsError, match="no readable safetensors"):
        load_segmenter(tmp_path / "x.safetensors")


def test_saved_and_loaded_is_the_same(tmp_path):
    model = build_segmenter(3)
    save_segmenter(model, tmp_path / "s.safetensors", steps=0)
    loaded = load_segmenter(tmp_path / "s.safetensors")
    x = np.random.default_rng(0).integers(0, 256, (3, 64, 64)).astype("uint8")
    wanted = keras.ops.convert_to_numpy(model(network_input(x))[1])
    assert loaded.about == {"steps": 0} and np.allclose(loaded.features(x), wanted, atol=1e-4)


def test_the_shipped_segmenter_tells_the_height_of_a_slice(people):
    told = load_segmenter().heights(load_segmenter().features(people.level(64)))
    height = people.table["slice"].to_numpy() / 31
    assert np.sqrt(np.mean((told - height) ** 2)) < 0.1 < 0.28 < height.std()


def test_the_shipped_segmenter_learned_from_a_cohort_of_its_own():
    about = load_segmenter().about
    assert f"seed {SEGMENTER_SEED}" in about["data"] and about["version"] == SEGMENTER_VERSION
    assert SEGMENTER_SEED != 0  # the seed of the cohort that the generators learn from


def test_heights_are_a_line_in_the_features_and_fitted_ones_fit(people):
    model = build_segmenter(3)
    weights, error = fit_height(model, people)
    segmenter = Segmenter(model, {}, weights)
    rows = segmenter.features(people.level(64)[:4])
    np.testing.assert_allclose(segmenter.heights(rows), rows @ weights[:-1] + weights[-1], rtol=1e-5)
    assert weights.shape == (225,) and 0 < error < 0.29  # better than the middle height for all
    off = {}
    for name in ("train", "validate"):
        part = people.split(name)
        off[name] = segmenter.heights(segmenter.features(part.level(64))) - part.table["slice"].to_numpy() / 31
    assert abs(off["train"].mean()) < 1e-3  # a line with a constant, fitted to these
    assert error == pytest.approx(np.sqrt(np.mean(off["validate"] ** 2)), rel=1e-3)
    assert error != pytest.approx(np.sqrt(np.mean(off["train"] ** 2)), rel=0.05)
    with pytest.raises(UserError, match="segmenter: expected one that tells heights"):
        Segmenter(model, {}).heights(rows)


@pytest.mark.slow
def test_training_learns_the_outline_in_a_few_steps(people):
    model, after = train_segmenter(people, steps=20, progress=False)
    untrained = dice(Segmenter(build_segmenter(), {}).classes(people.level(64)), labels_at(people))
    assert after["background"] > untrained["background"] + 0.3


def test_labels_are_those_of_most_pixels(people):
    labels = labels_at(people, 64)
    assert labels.shape == (len(people), 64, 64) and set(np.unique(labels)) == {0, 1, 2, 3}
    whole = labels_at(people, 256)
    blocks = whole.reshape(-1, 64, 4, 64, 4).transpose(0, 1, 3, 2, 4).reshape(len(people), 64, 64, 16)
    assert np.array_equal(labels[0], stats.mode(np.sort(blocks[0], axis=-1), axis=-1).mode)


def test_what_is_told_of_a_training_is_the_overlap_on_people_held_out(people, monkeypatch):
    compile_function, shown = engine.compile_function, []

    def learns_nothing(function, *how):
        step = function.__name__ == "step"
        return (lambda *pair: shown.append(pair) or np.float32(0)) if step else compile_function(function, *how)

    monkeypatch.setattr(engine, "compile_function", learns_nothing)
    model, told = train_segmenter(people, steps=1, progress=False)
    segmenter, held_out = Segmenter(model, {}), people.split("validate")
    ((images, labels),) = shown
    assert images.shape == (32, 64, 64, 1) and labels.shape == (32, 64, 64)
    assert told == dice(segmenter.classes(held_out.level(64)), labels_at(held_out))
    assert told != dice(segmenter.classes(people.split("train").level(64)), labels_at(people.split("train")))


def test_the_loss_of_a_segmenter_is_the_cross_entropy_of_the_softmax_of_its_logits(people, monkeypatch):
    shown, losses = [], []

    def run_as_it_is(step, *how):
        return lambda *pair: shown.append(pair) or step(*pair)

    def lay_down(loss, variables):
        losses.append(loss())
        return losses[0], None

    inputs = keras.Input((64, 64, 1))
    layer = keras.layers.Conv2D(4, 1)
    monkeypatch.setattr(training, "build_segmenter", lambda seed: keras.Model(inputs, [layer(inputs), inputs]))
    monkeypatch.setattr(engine, "compile_function", run_as_it_is)
    monkeypatch.setattr(engine, "value_and_grad", lay_down)
    monkeypatch.setattr(keras.optimizers.Adam, "apply", lambda *_: None)
    monkeypatch.setattr(Segmenter, "classes", lambda segmenter, images: np.zeros((len(images), 64, 64), "uint8"))
    train_segmenter(people, steps=1, progress=False)
    ((images, labels),) = shown
    logits = images.astype("float64") @ engine.to_numpy(layer.kernel)[0, 0]
    shares = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    right = np.take_along_axis(shares, labels[..., None].astype(int), axis=-1)
    assert float(engine.to_numpy(losses[0])) == pytest.approx(-np.log(right).mean(), rel=1e-4)


# ---------------------------------------------------------------- measures


def test_areas_by_hand():
    label = a_brain()
    row = measures.measure_one(label)
    brain = (label > 0).sum()
    assert row["brain"] == pytest.approx(brain / 64**2) and row["segmented"]
    for name, k in (("csf", 1), ("grey", 2), ("white", 3)):
        assert row[name] == pytest.approx((label == k).sum() / brain)
    assert row["ventricles"] == row["csf"] > 0  # all of it lies deep
    assert row["asymmetry"] == 0


def test_csf_at_the_rim_is_no_ventricle():
    label = a_brain()
    label[label == 1] = 3
    label[(label == 2) & (np.hypot(*(np.mgrid[:64, :64] - 31.5)) > 22)] = 1
    row = measures.measure_one(label)
    assert row["csf"] > 0.1 and row["ventricles"] == 0


def test_asymmetry_ignores_where_the_brain_lies_but_not_what_is_in_it():
    label = a_brain()
    assert measures.asymmetry(np.roll(label, 6, axis=0)) == 0
    label[40:46, 28:36] = 1  # on one side only
    share = 2 * 48 / (label > 0).sum()
    assert measures.asymmetry(label) == pytest.approx(share, rel=0.05)


def test_a_hole_in_the_brain_is_no_rim():
    label = a_brain()
    label[np.hypot(*(np.mgrid[:64, :64] - 31.5)) < 3] = 0  # the middle of the fluid is taken for background
    row = measures.measure_one(label)
    assert row["ventricles"] == row["csf"] > 0


def test_the_mirror_line_need_not_be_half_way_between_the_ends():
    label = a_brain()
    label[56:60, 31:33] = 2  # a spur on one side moves one end by four rows
    assert measures.asymmetry(label) == pytest.approx(2 * 8 / (np.count_nonzero(label) + 8), rel=0.05)


@pytest.mark.parametrize("what", ["nothing", "a dot", "two pieces", "only fluid"])
def test_what_is_no_brain(what):
    label = np.zeros((64, 64), "uint8")
    if what == "a dot":
        label[30:33, 30:33] = 3
    elif what == "two pieces":
        label[5:25, 5:25], label[40:60, 40:60] = 3, 3
    elif what == "only fluid":
        label[20:40, 20:40] = 1
    row = measures.measure_one(label)
    assert row["segmented"] is False and np.isnan(row["grey"])


@pytest.mark.parametrize(("apart", "sound"), [(0, True), (36, True), (44, False), (200, False)])
def test_less_than_a_tenth_of_a_brain_may_lie_apart_from_it(apart, sound):
    """A tenth of both is 40 px."""
    label = np.zeros((64, 64), "uint8")
    label[10:28, 10:30] = 3  # 360 px
    label[40:60, 40:60].flat[:apart] = 3
    assert measures.measure_one(label)["segmented"] is sound


def test_distances_are_scipys():
    rng = np.random.default_rng(0)
    real, fake = (
        pd.DataFrame({name: rng.random(30) for name in measures.MEASURES} | {"segmented": True}) for _ in range(2)
    )
    fake.loc[:9, list(measures.MEASURES)] = np.nan
    fake["segmented"] = [False] * 10 + [True] * 20
    found = measures.tissue_distances(real, fake)
    assert found["grey"] == pytest.approx(stats.wasserstein_distance(real["grey"], fake["grey"][10:]))
    assert found["unsegmented"] == pytest.approx(1 / 3)
    assert measures.tissue_distances(real, real)["white"] == 0


# ---------------------------------------------------------------- extractors


def test_extractors_by_name(monkeypatch):
    assert extractor("tissue").name == "tissue"
    with pytest.raises(UserError, match="extractor: expected one of tissue, inception, but got 'resnet'"):
        extractor("resnet")


def test_inception_without_a_network_is_one_clear_line(monkeypatch):
    def offline(*_, **__):
        raise Exception("URL fetch failure on https://storage.example/inception.h5: None")

    monkeypatch.setattr(keras.applications, "InceptionV3", offline)
    with pytest.raises(UserError, match="inception's weights .* cannot be downloaded here .*'tissue'") as caught:
        extractor("inception")
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_inception_runs_with_weights_at_hand(monkeypatch):
    real = keras.applications.InceptionV3
    monkeypatch.setattr(keras.applications, "InceptionV3", lambda **kw: real(**{**kw, "weights": None}))
    features = extractor("inception")(np.random.default_rng(0).integers(0, 256, (3, 64, 64)).astype("uint8"))
    extractor.cache_clear()
    assert features.shape == (3, 2048) and np.isfinite(features).all()


# ---------------------------------------------------------------- anatomy


def anatomy_of(label, height=0.5):
    image = np.uint8(80 * label)
    return anatomy_rows(image[None], label[None], np.array([height])).iloc[0]


def test_the_outline_by_hand():
    row = anatomy_of(a_brain(), 0.25)
    assert (row["height"], row["width"], row["length"], row["sides"]) == (0.25, 48 / 64, 48 / 64, 0)
    assert row["tilt"] == pytest.approx(0, abs=0.1) and row["grey"] == measures.measure_one(a_brain())["grey"]
    wide = np.zeros((64, 64), "uint8")
    wide[20:30, 10:50] = 3
    assert (anatomy_of(wide)["width"], anatomy_of(wide)["length"]) == (10 / 64, 40 / 64)


def test_a_ventricle_on_one_side_alone_is_an_imbalance():
    label = a_brain()
    label[(label == 1) & (np.arange(64)[:, None] < 32)] = 3
    assert anatomy_of(label)["sides"] == 1


def test_a_symmetric_brain_has_equal_halves_wherever_it_lies():
    for moved in (-7, 0, 6):
        row = anatomy_of(np.roll(a_brain(), moved, axis=0))
        assert (row["halves"], row["contour"], row["ends"]) == (0, 0, 0)


def test_halves_are_compared_by_hand():
    label = np.zeros((64, 64), "uint8")
    label[20:30, 10:50] = 3
    label[20:22, 10:20] = 2  # 20 pixels of another tissue on the left, seen from both sides
    row = anatomy_of(label)
    assert (row["halves"], row["contour"], row["ends"]) == (40 / 400, 0, 0)
    label[20:25, 10:13] = 0  # the left half ends 3 pixels later at the back
    label[25:30, 49] = 0  # and the right half one pixel earlier at the front
    row = anatomy_of(label)
    assert row["ends"] == 4 / 64 and row["contour"] == 2 * (15 + 5) / (400 - 20)


def test_no_column_of_the_anatomy_hides_another():
    assert not set(measures.MEASURES) & set(OUTLINE)
    assert list(anatomy_of(a_brain()).index.sort_values()) == sorted([*measures.MEASURES, *OUTLINE])


def test_a_row_in_the_middle_hides_no_end():
    label = np.zeros((64, 64), "uint8")
    label[20:31, 10:50] = 3  # 11 rows: row 25 is the middle
    for half in (slice(20, 25), slice(26, 31)):
        shorter = label.copy()
        shorter[half, 10:14] = 0
        assert anatomy_of(shorter)["ends"] == 4 / 64
    label[:] = 0
    label[20, 10:50] = 3
    assert anatomy_of(label)["ends"] == 0


def test_sides_are_those_of_the_brain_and_only_deep_fluid_counts():
    away = np.roll(a_brain(), 7, axis=0)
    assert anatomy_of(away)["sides"] == 0
    y, x = np.mgrid[:64, :64] - 31.5
    away[np.roll((np.hypot(y, x) > 22) & (np.hypot(y, x) < 24) & (y < 0), 7, axis=0)] = 1  # a rim on the left
    assert anatomy_of(away)["sides"] == 0


def test_a_head_that_lies_across_is_tilted_by_45_degrees_and_no_more():
    y, x = np.mgrid[:64, :64] - 31.5
    c, s = np.cos(np.radians(60)), np.sin(np.radians(60))
    across = np.where(np.hypot((c * x + s * y) / 27, (c * y - s * x) / 9) < 1, 2, 0).astype("uint8")
    assert anatomy_of(across)["tilt"] == 45


def test_a_tilt_has_no_sign_and_no_brain_has_no_anatomy():
    y, x = np.mgrid[:64, :64] - 31.5
    c, s = np.cos(np.radians(10)), np.sin(np.radians(10))
    tilted = np.where(np.hypot((c * y - s * x) * 1.5, c * x + s * y) < 25, 2, 0).astype("uint8")
    tilts = [anatomy_of(label)["tilt"] for label in (tilted, tilted[::-1])]
    assert tilts[0] == pytest.approx(tilts[1]) and 5 < tilts[0] < 30
    assert anatomy_of(np.zeros((64, 64), "uint8"), 0.5).drop("height").eq(0).all()


def test_rows_are_measured_in_deviations_of_people():
    rows = np.array([[1.0, 5.0], [3.0, 5.0], [7.0, 6.0]])
    result = standardised(rows, np.array([True, True, False]))
    np.testing.assert_allclose(result, [[-1, 0], [1, 0], [5, 1]])  # what people all share is not blown up
