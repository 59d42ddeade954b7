"""What the figures of the latent space ask for: seeds, psi, noise, layers and amounts. Nothing is drawn for it."""

from types import SimpleNamespace

from oasis_helpers import sampling
from oasis_helpers.sampling import Directions
from oasis_helpers.view import latent

import numpy as np
import pytest

GENERATOR = SimpleNamespace(resolution=16, num_styles=8, config=SimpleNamespace(truncation_psi=0.7))


@pytest.fixture
def asked(monkeypatch):
    """Each call of a function of `sampling` by its name, and images that differ."""
    calls = {}

    def instead(name, answer):
        def call(generator, *args):
            calls.setdefault(name, []).append(args)
            return answer(*args)

        monkeypatch.setattr(sampling, name, call)

    def images(*shape):
        return np.random.default_rng(sum(shape)).integers(0, 256, (*shape, 16, 16), dtype=np.uint8)

    instead("sample", lambda seeds, *_: images(len(seeds)))
    instead("interpolate", lambda start, end, steps, *_: images(steps))
    instead("mix", lambda sources, donors, *_: images(len(sources), len(donors)))
    instead("styles", lambda seeds, *_: np.zeros((1, 8, 2), np.float32))
    instead("draw", lambda ws, noise: images(len(ws)))
    monkeypatch.setattr(sampling, "noise_maps", lambda *args: calls.setdefault("noise", []).append(args) or [])
    return calls


def titles(figure):
    return [ax.get_title() for ax in figure.axes if ax.get_title()]


def test_a_grid_is_drawn_with_its_noise_and_names_its_psi(asked):
    figure = latent.sample_grid(GENERATOR, [3, 4], 0.5, "off")
    assert asked["sample"] == [([3, 4], 0.5, "off")] and figure.get_suptitle() == "psi = 0.5, 16 px"
    assert latent.sample_grid(GENERATOR, [3]).get_suptitle() == "psi = 0.7, 16 px"  # the configuration's


def test_a_walk_is_truncated_as_told(asked):
    latent.interpolation_strip(GENERATOR, 1, 2, 5, ("w", "z"), psi=0.4)
    assert asked["interpolate"] == [(1, 2, 5, "w", 0.4), (1, 2, 5, "z", 0.4)]


def test_a_matrix_has_sources_down_donors_along_and_one_psi_and_noise_for_all(asked):
    latent.mixing_matrix(GENERATOR, [1, 2], [5, 6, 7], "coarse", 0.4, "fresh")
    assert asked["mix"] == [([1, 2], [5, 6, 7], [0, 1, 2, 3], 0.4, "fresh")]
    assert asked["sample"] == [([1, 2], 0.4, "fresh"), ([5, 6, 7], 0.4, "fresh")]


def test_amounts_rise_from_left_to_right_along_each_direction_in_the_chosen_layers(asked):
    directions = Directions(np.zeros(2), np.eye(2), np.array([2.0, 3.0]), np.array([0.6, 0.4]))
    figure = latent.direction_strip(GENERATOR, directions, 9, (-1, 0, 2), layers="middle", psi=0.3)
    ((moved, _),) = asked["draw"]
    steps = [(-2, 0), (0, 0), (4, 0), (0, -3), (0, 0), (0, 6)]  # in deviations
    for ws, step in zip(moved, steps, strict=True):
        assert (
            (ws[4:6] == step).all() and not ws[:4].any() and not ws[6:].any()
        )  # middle: what it draws with from 16 px on
    assert asked["styles"] == [(9, 0.3)] and asked["noise"] == [([9] * 6, 16)]  # one noise: the brain stays the same
    assert titles(figure) == ["-1 sd", "+0 sd", "+2 sd"]
    assert figure.axes[3].get_ylabel() == "direction 1\n40.0% of the\nvariance of w"


def test_what_noise_changes_is_shown_on_a_scale_of_its_own_beside_images_on_theirs():
    images = np.full((2, 16, 16), 100, np.uint8)
    images[:, 5, 5] = 90, 110
    one, other, mean, spread = (ax.get_images()[0] for ax in latent.noise_effect(images).axes[:4])
    assert [image.get_clim() for image in (one, other, mean)] == [(0, 255)] * 3
    assert [int(image.get_array().max()) for image in (one, other, mean)] == [100, 110, 100]
    assert spread.get_clim() == (0, 10) and spread.get_array().max() == 10


def test_each_layer_has_its_place_and_one_scale():
    spreads = [np.full((16, 16), value, "float32") for value in (1, 2, 3, 4, 5, 40)]
    figure = latent.style_effect(spreads)
    assert titles(figure)[:6] == [f"layer {k} ({size} px)\nmean {value:.1f}" for k, size, value in PLACES]
    assert {ax.images[0].get_clim() for ax in figure.axes[:6]} == {(0.0, 40.0)}


# In the order of the axes: the first layer of each level above the second.
PLACES = [(0, 4, 1), (2, 8, 3), (4, 16, 5), (1, 4, 2), (3, 8, 4), (5, 16, 40)]


@pytest.mark.parametrize(("greys", "reach"), [((100, 40), 60), ((100, 140), 40), ((100, 103), 10)])
def test_no_difference_is_white_and_the_colours_reach_as_far_either_way(greys, reach):
    target, image = (np.full((16, 16), grey, np.uint8) for grey in greys)
    image[0, 0] = target[0, 0] + 1  # brighter by 1 here, whatever the rest is
    found = SimpleNamespace(target=target, image=image, errors=np.array([9.0, 8.0]), error=7.5)
    figure = latent.projection_figure(found)
    assert figure.axes[2].get_images()[0].get_clim() == (-reach, reach)
    assert titles(figure)[3] == "end: 7.5" and figure.axes[3].lines[0].get_ydata().tolist() == [9.0, 8.0]


@pytest.mark.parametrize(
    ("layers", "text"), [([0, 1, 2, 3], "0-3"), ([0, 2], "0, 2"), ([4], "4"), ([1, 2, 4], "1, 2, 4")]
)
def test_layers_are_written_for_people(layers, text):
    assert latent._span(layers) == text
