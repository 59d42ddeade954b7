"""Features of a part see that part alone, and those of the upright head are the same however it is turned."""

from oasis_helpers.evaluation.audit.parts import _mask, features_of_part, features_upright

import numpy as np
import pytest
from helpers.heads import ellipses
from scipy.ndimage import rotate


@pytest.fixture(scope="module")
def heads():
    """Four ellipses with folds of their own, longer from back to front than they are wide, at 64 pixels."""
    return ellipses(4, 64, (16, 23), fold=2)


@pytest.mark.parametrize(("name", "there", "elsewhere"), [("left", slice(0, 28), slice(36, 64)),
                                                          ("right", slice(36, 64), slice(0, 28))])  # fmt: skip
def test_a_half_is_seen_alone_and_the_left_is_the_first_rows(heads, name, there, elsewhere):
    seen = np.abs(features_of_part(heads, name).reshape(-1, 64, 64))
    assert (seen[:, there].sum(axis=(1, 2)) > 1).all() and not seen[:, elsewhere].any()
    other = heads.copy()
    other[:, elsewhere] = other[::-1, elsewhere]  # halves of other people
    both = np.stack([features_of_part(some, name).reshape(len(some), -1) for some in (heads, other)])
    alike = (both[0] * both[1]).sum(axis=1) / np.linalg.norm(both, axis=2).prod(axis=0)
    assert (alike > 0.8).all()


def test_the_deep_part_is_an_ellipse_that_is_longer_from_back_to_front():
    deep = _mask("deep", 64)
    assert deep[31, 31] == pytest.approx(1, abs=1e-3) and deep[31, 31 + 12] > 0.8  # 12 of 14 px to the front
    assert deep[31 + 13, 31] < 0.1 and not deep[:12].any() and not deep[:, :10].any()  # 11 px to either side
    assert np.allclose(deep, deep[::-1]) and np.allclose(deep, deep[:, ::-1])
    small = _mask("deep", 32)  # the same part of a smaller image
    assert small.sum() == pytest.approx(deep.sum() / 4, rel=0.05)


@pytest.mark.parametrize("angle", [-20, -7, 7, 20])
def test_a_head_that_is_turned_is_set_upright(heads, angle):
    turned = np.stack([rotate(image, angle, reshape=False, order=1) for image in heads])
    upright, again = features_upright(heads), features_upright(turned)
    alike, others = (upright * again).sum(axis=1), (upright * again[::-1]).sum(axis=1)
    assert (alike > 0.8).all() and (alike > others + 0.4).all()
