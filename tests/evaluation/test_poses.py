"""Leaks of the augmentation: poses are measured right, and a leak is found in the pose in which it is."""

from oasis_helpers.evaluation import summary
from oasis_helpers.evaluation.poses import POSES, leaked, poses, spreads
from oasis_helpers.networks.augment import augment, draw_shapes

import numpy as np
import pytest
from scipy import ndimage

SIZE = 64
STEP = 100 / SIZE  # a pixel, in per cent of the side


def head(tilt=0.0, across=0.0, along=0.0, size=1.0, bright=120.0):
    """An egg that is longer from back to front, with a midline turned by ``tilt`` degrees."""
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    y, x = y - across, x - along
    angle = np.radians(tilt)
    y, x = np.cos(angle) * y - np.sin(angle) * x, np.sin(angle) * y + np.cos(angle) * x
    return np.where((y / 18) ** 2 + (x / 24) ** 2 < size**2, bright, 0).astype("uint8")


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(0)
    return np.stack([
        head(*rng.normal(0, (1.5, 0.3, 0.5)), rng.normal(1, 0.03), rng.normal(120, 6)) for _ in range(300)
    ])  # fmt: skip


def changed(people, p):
    rng = np.random.default_rng(1)
    uniform, normal = (
        f(s).astype("float32") for f, s in zip((rng.random, rng.standard_normal), draw_shapes(300), strict=True)
    )
    result = augment(people[..., None].astype("float32") / 127.5 - 1, uniform, normal, p, (-1.0, 1.0))
    return np.clip((np.asarray(result)[..., 0] + 1) * 127.5, 0, 255).astype("uint8")


def test_poses_follow_what_is_done_to_a_head():
    frame = poses(np.stack([head(), head(across=3), head(along=-4), head(size=1.2), head(bright=150), head(tilt=5)]))
    first = frame.iloc[0]
    assert abs(first["tilt"]) < 0.2 and abs(first["across"] - 50) < 1 and first["brightness"] == 120
    assert frame["across"][1] - first["across"] == pytest.approx(3 * STEP, abs=0.05)
    assert frame["along"][2] - first["along"] == pytest.approx(-4 * STEP, abs=0.05)
    assert frame["size"][3] / first["size"] == pytest.approx(1.2, abs=0.01)
    assert frame["brightness"][4] == 150
    # Half axes a, b, turned by t: the middles lie on a line of slope
    # (a^2 - b^2) sin t cos t / (a^2 cos^2 t + b^2 sin^2 t).
    sine, cosine = np.sin(np.radians(5)), np.cos(np.radians(5))
    slope = (24**2 - 18**2) * sine * cosine / (24**2 * cosine**2 + 18**2 * sine**2)
    assert abs(frame["tilt"][5]) == pytest.approx(np.degrees(np.arctan(slope)), abs=0.2)


def test_a_black_image_has_no_pose_and_changes_no_spread(people):
    black = np.zeros((1, SIZE, SIZE), "uint8")
    assert poses(black).isna().all(axis=None)
    assert spreads(np.concatenate([people, black])) == pytest.approx(spreads(people))


def test_spreads_are_in_the_units_that_they_are_shown_in():
    heads = [head(size=size, bright=bright) for size, bright in ((0.9, 90.0), (1.1, 110.0))]
    spread = spreads(np.stack(heads))
    assert spread["size"] == pytest.approx(10, abs=1) and spread["brightness"] == pytest.approx(10, abs=0.1)
    spread = spreads(np.stack([head(along=-4), head(along=4), head(along=-4), head(along=4)]))
    assert spread["along"] == pytest.approx(4 * STEP, abs=0.05)  # per cent of the side


def test_the_fakes_may_vary_as_the_more_varied_half_of_the_people_does():
    halves = {"reference": dict.fromkeys(POSES, 1.0), "other people": dict.fromkeys(POSES, 2.0)}
    for sides in (halves, dict(zip(halves, reversed(halves.values()), strict=True))):
        assert leaked({**sides, "fakes": dict.fromkeys(POSES, 3.1)}) == []
        assert leaked({**sides, "fakes": dict.fromkeys(POSES, 3.3)}) == list(POSES)


def test_mirroring_is_no_leak(people):
    leaning = np.roll(people, 2, axis=1)  # all of them 2 pixels off to one side
    found = dict.fromkeys(("reference", "other people"), spreads(leaning))
    half = np.random.default_rng(4).random(300) < 0.5
    mirrored = np.where(half[:, None, None], leaning[:, ::-1], leaning)
    assert poses(mirrored)["across"].std() > 3 * poses(leaning)["across"].std()
    assert leaked({**found, "fakes": spreads(mirrored)}) == []


def test_nothing_leaked_where_the_fakes_vary_as_people_do(people):
    found = {"reference": spreads(people[:100]), "other people": spreads(people[100:200])}
    assert leaked({**found, "fakes": spreads(people[200:])}) == []
    assert leaked({**found, "fakes": spreads(changed(people, 0.0))}) == []


def test_all_of_it_is_found_where_all_of_it_leaked(people):
    found = {"reference": spreads(people[:150]), "other people": spreads(people[150:])}
    assert leaked({**found, "fakes": spreads(changed(people, 0.8))}) == list(POSES)


@pytest.mark.parametrize(
    ("name", "harm"),
    [
        ("tilt", lambda x, n: ndimage.rotate(x, 6 * n, reshape=False, order=0)),
        ("across", lambda x, n: np.roll(x, round(2 * n), 0)),
        ("along", lambda x, n: np.roll(x, round(2 * n), 1)),
        ("brightness", lambda x, n: np.clip(x * (1 + 0.12 * n), 0, 255).astype("uint8")),
    ],
)
def test_one_leak_is_found_where_it_is(people, name, harm):
    numbers = np.random.default_rng(2).standard_normal(300)
    found = dict.fromkeys(("reference", "other people"), spreads(people))
    found["fakes"] = spreads(np.stack([harm(x, n) for x, n in zip(people, numbers, strict=True)]))
    assert leaked(found) == [name]


def test_fakes_without_heads_leak_nothing_and_are_told():
    """A generator that draws only black has no poses; its report says so."""
    sides = dict.fromkeys(["reference", "other people"], dict.fromkeys(POSES, 1.0))
    sides["fakes"] = dict.fromkeys(POSES, None)
    assert leaked(sides) == []
    assert [row[-1] for row in summary.pose_rows({"spreads": sides})] == ["fakes", *["no heads"] * len(POSES)]
