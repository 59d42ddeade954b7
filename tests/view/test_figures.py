"""How brains are shown: the box that they are cropped to holds all of every brain, L is left, bars have a unit."""

from oasis_helpers import load_data, make_config
from oasis_helpers.images import png_bytes, upright
from oasis_helpers.training.folder import write_config
from oasis_helpers.view.figures import (
    BRAIN_HEIGHT,
    BRAIN_WIDTH,
    crop_to_brain,
    show_mixing,
    show_run,
    show_slices,
    show_tissues,
    subplots,
)

import matplotlib.pyplot as plt
import numpy as np
import pytest


def shown(ax):
    """The one image of an axes."""
    (image,) = ax.get_images()
    return np.asarray(image.get_array())


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


def test_a_mixing_table_has_every_image_in_its_place():
    grey = np.arange(6, dtype="uint8")[:, None, None] * np.ones((1, 16, 16), "uint8")  # six images of one grey each
    mixed = np.stack([100 + grey[:3], 110 + grey[:3]])
    axes = np.reshape(show_mixing(10 + grey[:2], 20 + grey[:3], mixed).axes, (3, 4))
    assert not axes[0, 0].get_images()
    assert [int(shown(ax)[0, 0]) for ax in axes[0, 1:]] == [20, 21, 22]  # donors along the top
    assert [int(shown(ax)[0, 0]) for ax in axes[1:, 0]] == [10, 11]
    assert [[int(shown(ax)[0, 0]) for ax in line] for line in axes[1:, 1:]] == [[100, 101, 102], [110, 111, 112]]


def test_titles_belong_to_their_images_and_black_and_white_are_those_of_the_data():
    images = np.arange(3, dtype="uint8")[:, None, None] * np.ones((1, 8, 8), "uint8")
    axes = show_slices(images, ["a", "b", "c"], columns=2).axes
    assert [(ax.get_title(), int(shown(ax)[0, 0])) for ax in axes[:3]] == [("a", 0), ("b", 1), ("c", 2)]
    assert axes[0].get_images()[0].get_clim() == (0, 255)  # a dark slice stays dark
    assert show_slices(images / 2.0).axes[0].get_images()[0].get_clim() == (0, 1)
    assert show_slices(images, value_range=(1, 2)).axes[0].get_images()[0].get_clim() == (1, 2)


def test_a_slice_lies_as_its_classes_do_and_the_bar_names_them():
    label = np.zeros((8, 8), "uint8")
    label[0, 1], label[5] = 1, 3
    image, classes, bar = show_tissues(60 * label, label).axes
    assert np.array_equal(shown(image), np.rot90(60 * label)) and np.array_equal(shown(classes), np.rot90(label))
    assert [text.get_text() for text in bar.get_yticklabels()] == ["background", "CSF", "grey matter", "white matter"]
    assert classes.get_images()[0].get_clim() == (-0.5, 3.5)  # a class a colour
    with pytest.warns(UserWarning, match="label: it marks no tissue"):
        assert show_tissues(60 * label, 0 * label).axes[1].get_title() == "no mask"


def test_the_images_of_a_run_are_shown_as_bright_as_they_are_in_the_order_in_which_they_were_drawn(tmp_path):
    for kimg in (9, 80, 300, 1200):  # by their names, 1200 would come before 300
        (tmp_path / f"generated_plot_e{kimg:03d}.png").write_bytes(png_bytes(np.full((4, 4), kimg % 251, "uint8")))
    axes = show_run(tmp_path).axes
    assert [ax.get_title() for ax in axes] == [f"{kimg} thousand images" for kimg in (9, 80, 300, 1200)]
    brightness = [ax.get_images()[0].norm(shown(ax)[0, 0]) for ax in axes]  # of 0 to 1, as drawn
    assert [round(255 * float(share)) for share in brightness] == [9, 80, 300 % 251, 1200 % 251]
