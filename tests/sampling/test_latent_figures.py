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


def test_only_the_noise_differs_where_its_effect_is_shown(asked):
    figure = latent.noise_effect(GENERATOR, 4, draws=5, psi=0.2)
    drawn = np.random.default_rng(5).integers(0, 256, (5, 16, 16), dtype=np.uint8)  # as `asked` draws five
    for ax, image in zip(figure.axes, (drawn[0], drawn[-1], drawn.mean(0), drawn.std(0)), strict=False):
        np.testing.assert_allclose(ax.get_images()[0].get_array(), np.rot90(image), rtol=1e-5)
    ((ws, _),) = asked["draw"]
    assert len(ws) == 5 and asked["noise"] == [(range(5), 16)] and asked["styles"] == [(4, 0.2)]


def test_each_layer_takes_the_styles_of_other_brains_one_at_a_time(asked):
    figure = latent.style_effect(GENERATOR, 4, donors=3, psi=0.2)
    assert asked["mix"] == [([4], [5, 6, 7], layer, 0.2, "off") for layer in range(6)]
    sizes = {title.split("\n")[0] for title in titles(figure)}
    assert sizes == {f"layer {layer} ({size} px)" for layer, size in enumerate((4, 4, 8, 8, 16, 16))}


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
