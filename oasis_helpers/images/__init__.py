"""What an image is, everywhere outside of the networks (notebook 01).

An array (n, R, R) uint8: black is 0, white is 255, and there is no channel axis (the networks add and drop theirs).
An image lies on its side: rows run from the left of the head to the right, columns from the back of the head to the
front. `upright` turns it so that the forehead points up, for people to look at. R is 4, 8, ... 1024 pixels.

The files of this folder: `values` (grey values to floats and back), `blocks` (averaging down), `checks` (is it an
image?), `layout` (upright, side by side) and `files` (PNG and GIF).
"""

from oasis_helpers.images.blocks import block_mean
from oasis_helpers.images.checks import check_image_pair, check_images, check_square_images
from oasis_helpers.images.files import check_file_name, png_bytes, read_png, save_gif, save_grid
from oasis_helpers.images.layout import image_grid, upright
from oasis_helpers.images.values import rescale, to_float, to_uint8

__all__ = [
    "block_mean",
    "check_file_name",
    "check_image_pair",
    "check_images",
    "check_square_images",
    "image_grid",
    "png_bytes",
    "read_png",
    "rescale",
    "save_gif",
    "save_grid",
    "to_float",
    "to_uint8",
    "upright",
]
