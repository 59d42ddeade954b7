"""Images as arrays and as files: how they stand side by side, what a PNG has to be, and which arrays are images."""

from oasis_helpers.errors import DataError, UserError
from oasis_helpers.images import block_mean, check_image_pair, check_images, image_grid, read_png, save_grid

import numpy as np
import pytest
from PIL import Image

RNG = np.random.default_rng(0)


def greys(*shape):
    return RNG.integers(0, 256, shape, dtype=np.uint8)


# ---------------------------------------------------------------- side by side


def test_images_that_are_larger_than_a_tile_keep_their_pixels(tmp_path):
    images = greys(3, 32, 32)
    grid = image_grid(images, columns=2, tile=20)
    assert grid.shape == (64, 64)
    assert np.array_equal(grid[:32, 32:], np.rot90(images[1])) and np.array_equal(grid[32:, :32], np.rot90(images[2]))
    file = save_grid(images[:1], tmp_path / "large.png", tile=8)
    assert np.array_equal(np.asarray(Image.open(file)), np.rot90(images[0]))


@pytest.mark.parametrize(("columns", "shape"), [(1, (40, 8)), (2, (24, 16)), (5, (8, 40)), (8, (8, 40))])
def test_a_file_has_as_many_images_in_a_row_as_were_asked_for(tmp_path, columns, shape):
    images = greys(5, 8, 8)
    saved = np.asarray(Image.open(save_grid(images, tmp_path / "row.png", columns=columns, tile=8)))
    assert saved.shape == shape and np.array_equal(saved, image_grid(images, columns, 8))


@pytest.mark.parametrize(("side", "tile", "shown"), [(16, 16, 16), (16, 31, 16), (16, 32, 32), (8, 30, 24)])
def test_a_small_image_is_enlarged_by_whole_pixels_to_at_most_a_tile(side, tile, shown):
    assert image_grid(greys(1, side, side), tile=tile).shape == (shown, shown)


# ---------------------------------------------------------------- files


@pytest.mark.parametrize(
    ("mode", "scaled"), [("I;16", True), ("RGB", False), ("RGBA", False), ("LA", False), ("P", False), ("1", False)]
)
def test_greys_beyond_255_are_to_be_scaled_and_others_only_saved_again(tmp_path, mode, scaled):
    """To convert 16 bits without scaling would make white of nearly every pixel."""
    Image.new(mode, (8, 8)).save(tmp_path / "a.png")
    with pytest.raises(DataError) as refused:
        read_png(tmp_path / "a.png")
    advice = "scale its values to 0..255, then save it as 8-bit grey" if scaled else "save it as 8-bit grey"
    assert str(refused.value).endswith(f"a.png: expected 8-bit grey (mode 'L'), but got mode '{mode}'; {advice}")


@pytest.mark.parametrize(
    ("content", "known"),
    [
        (b"<!DOCTYPE html><p>404", "it is a web page, as a failed download leaves it"),
        (b"\n <HTML><head>", "it is a web page, as a failed download leaves it"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "it is a pointer of Git LFS"),
        (b" \n", "it is empty"),
    ],
)
def test_what_a_failed_download_leaves_is_named(tmp_path, content, known):
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(DataError, match=rf"a\.png: is damaged or not a PNG \({known}"):
        read_png(tmp_path / "a.png")


# ---------------------------------------------------------------- is it an image?


def test_the_smallest_side_and_the_fewest_images_are_enough():
    assert check_images("x", greys(2, 16, 16), smallest=16, fewest=2).shape == (2, 16, 16)
    with pytest.raises(UserError, match=r"^x: expected 16 px or a larger power of two a side, but got 8 px"):
        check_images("x", greys(2, 8, 8), smallest=16)
    with pytest.raises(UserError, match=r"^x: expected at least 3 images, but got 2; give more"):
        check_images("x", greys(2, 16, 16), fewest=3)


@pytest.mark.parametrize(("sides", "wrong"), [((16, 8), "fake"), ((8, 16), "real"), ((8, 8), "real")])
def test_each_of_two_sets_must_be_large_enough(sides, wrong):
    real, fake = (greys(1, side, side) for side in sides)
    with pytest.raises(UserError, match=rf"^{wrong}: expected 16 px or a larger power of two a side, but got 8 px"):
        check_image_pair(real, fake, smallest=16)


def test_sets_of_two_sizes_are_refused():
    with pytest.raises(UserError, match=r"^b: expected images of 16 px as in a, but got 32 px"):
        check_image_pair(greys(1, 16, 16), greys(1, 32, 32), names=("a", "b"))


# ---------------------------------------------------------------- blocks


def test_the_mean_of_blocks_keeps_double_precision():
    small = np.array([[[1e-12, 2e-12], [3e-12, 6e-12]]])
    assert block_mean(1 + small, 1).dtype == np.float64 and block_mean(1 + small, 1)[0, 0, 0] > 1 + 2e-12
    assert block_mean(greys(1, 4, 4), 2).dtype == block_mean(np.zeros((1, 4, 4), "float16"), 2).dtype == np.float32


@pytest.mark.parametrize(
    ("images", "options", "message"),
    [
        (np.zeros((2, 8, 8), np.float32), {}, "images: expected uint8 images"),
        (np.zeros((8, 8), np.uint8), {}, "images: expected square images"),
        (np.zeros((0, 8, 8), np.uint8), {}, "images: expected at least 1 image"),
        (np.zeros((2, 8, 8), np.uint8), {"columns": 0}, "columns: expected a whole number of at least 1, but got 0"),
        (np.zeros((2, 8, 8), np.uint8), {"tile": 2.5}, "tile: expected a whole number from 1 to 4096"),
        (np.zeros((2, 8, 8), np.uint8), {"gap": -1}, "gap: expected a whole number from 0 to 4096"),
    ],
)
def test_what_cannot_stand_side_by_side_is_refused(images, options, message):
    with pytest.raises(UserError, match=message):
        image_grid(images, **options)
