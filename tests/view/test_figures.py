"""How brains are shown: the box that they are cropped to holds all of every brain, L is left, bars have a unit."""

from oasis_helpers import load_data, make_config
from oasis_helpers.images import upright
from oasis_helpers.training.folder import write_config
from oasis_helpers.view.figures import (
    BRAIN_HEIGHT,
    BRAIN_WIDTH,
    crop_to_brain,
    show_mixing,
    show_run,
    show_slices,
    subplots,
)

import matplotlib.pyplot as plt
import numpy as np
import pytest


@pytest.mark.parametrize("resolution", [64, 256])
def test_no_pixel_of_a_brain_is_cropped_away(resolution):
    images = upright(load_data(people=4, progress=False).level(resolution))
    rows, columns = (slice(*(round(share * resolution) for share in box)) for box in (BRAIN_HEIGHT, BRAIN_WIDTH))
    inside = np.zeros_like(images[0], bool)
    inside[rows, columns] = True
    assert images[:, ~inside].max() == 0 < images[:, inside].max()


def test_the_axes_show_the_box_whatever_the_resolution():
    for size in (16, 64):
        _, ax = subplots()
        ax.imshow(np.zeros((size, size)))
        crop_to_brain(ax)
        assert np.allclose((np.array(ax.get_xlim()) + 0.5) / size, BRAIN_WIDTH)
        assert np.allclose((np.array(ax.get_ylim()) + 0.5) / size, BRAIN_HEIGHT[::-1])  # rows count downwards


def test_left_is_left():
    """The data's first rows are the left of the head; L stands where they are shown."""
    image = np.zeros((64, 64), "uint8")
    image[:32] = 255
    figure = show_slices(image[None], crop=True)
    (ax,) = figure.axes
    shown = ax.get_images()[0].get_array()
    assert shown[:, :32].min() == 255 and shown[:, 32:].max() == 0
    left, right = ax.texts
    assert (left.get_text(), right.get_text()) == ("L", "R") and left.get_position()[0] < right.get_position()[0]


def test_only_the_first_image_is_marked_and_only_where_it_is_a_brain():
    images = np.zeros((3, 16, 16), "uint8")
    assert [len(ax.texts) for ax in show_slices(images, crop=True).axes] == [2, 0, 0]
    assert [len(ax.texts) for ax in show_slices(images).axes] == [0, 0, 0]


def test_a_colour_bar_names_its_quantity():
    *_, bar = show_slices(np.zeros((2, 16, 16)), colorbar="grey values").axes
    assert bar.get_ylabel() == "grey values"


def test_a_mixing_table_names_sources_and_donors():
    images = np.zeros((2, 16, 16), "uint8")
    names = (["seed 1", "seed 2"], ["seed 8", "seed 9"])
    axes = np.reshape(show_mixing(images, images, np.stack([images, images]), names=names).axes, (3, 3))
    assert [ax.get_title() for ax in axes[0, 1:]] == names[1]
    assert [ax.get_ylabel() for ax in axes[1:, 0]] == names[0]


def test_a_runs_images_name_their_phase(tmp_path):
    config = make_config("smoke", resolution=16, total_kimg=9.0, stable_kimg=4.0, fade_kimg=2.0)
    for kimg in (4, 6, 7, 9):  # after 7 no phase ends
        plt.imsave(tmp_path / f"generated_plot_e{kimg:03d}.png", np.zeros((4, 4)))
    titles = [ax.get_title() for ax in show_run(tmp_path).axes]
    assert titles == [f"{kimg} thousand images" for kimg in (4, 6, 7, 9)]
    write_config(config, tmp_path)
    phases = [ax.get_title().split("\n")[0] for ax in show_run(tmp_path).axes]
    assert phases == ["8 px, stable", "16 px, fade", "7 thousand images", "16 px, stable"]
