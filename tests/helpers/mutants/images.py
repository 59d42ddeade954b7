"""Planted mistakes in images."""

from helpers.mutants.table import mistakes_in

MUTANTS = [
    *mistakes_in(
        "images/values.py",
        "data/test_pyramid.py",
        (
            "greys-cut-not-rounded",
            "np.rint((images - np.float32(low))",
            "np.floor((images - np.float32(low))",
            "test_greys_there_and_back_exactly test_to_uint8_clips_and_refuses_nan test_grey_arguments",
        ),
        (
            "greys-wrap-around",
            "* np.float32(255 / (high - low))), 0, 255)",
            "* np.float32(255 / (high - low))), 0, 256)",
            "test_to_uint8_clips_and_refuses_nan",
        ),
    ),
    *mistakes_in(
        "images/values.py",
        "course/test_doctests.py",
        (
            "rescaled-to-0-1",
            "(images - low) * (2 / (high - low)) - 1",
            "(images - low) * (1 / (high - low))",
            "test_the_examples_of_small_functions_run",
        ),
    ),
    *mistakes_in(
        "images/blocks.py",
        "data/test_pyramid.py",
        (
            "blocks-summed",
            "/ kind.type(block**2)",
            "/ kind.type(block)",
            "test_box_filter_is_the_rounded_mean_of_the_original",
        ),
    ),
    *mistakes_in(
        "images/layout.py",
        "training/test_logs.py",
        (
            "forehead-down",
            "np.rot90(images, axes=(-2, -1))",
            "np.rot90(images, axes=(-1, -2))",
            "test_a_grid_is_filled_row_by_row_with_foreheads_up",
        ),
        (
            "grid-column-by-column",
            ".transpose(0, 2, 1, 3).reshape(rows * size",
            ".transpose(1, 2, 0, 3).reshape(rows * size",
            "test_a_grid_is_filled_row_by_row_with_foreheads_up",
        ),
    ),
    *mistakes_in(
        "images/files.py",
        "sampling/test_latent_space.py",
        (
            "gif-shows-its-turn-twice",
            "range(len(images) - 2, 0, -1)",
            "range(len(images) - 1, 0, -1)",
            "test_a_gif_moves_there_and_back",
        ),
        (
            "gif-too-fast",
            "round(1000 * seconds / len(images))",
            "round(1000 * seconds / len(order))",
            "test_a_gif_moves_there_and_back",
        ),
    ),
    *mistakes_in(
        "images/checks.py",
        "evaluation/test_registry.py",
        (
            "odd-sides-taken",
            "if side < smallest or side & (side - 1):",
            "if side < smallest:",
            "test_bad_input_is_one_clear_line",
        ),
    ),
    *mistakes_in(
        "images/files.py",
        "sampling/test_latent_space.py",
        ("gif-stops", "duration=duration, loop=0)", "duration=duration, loop=1)", "test_a_gif_moves_there_and_back"),
        (
            "endings-in-capitals-refused",
            "if path.suffix.lower() != ending:",
            "if path.suffix != ending:",
            "test_an_ending_in_capitals_is_that_ending",
        ),
    ),
    *mistakes_in(
        "images/layout.py",
        "images/test_images.py",
        ("large-images-vanish", "factor = max(1, tile // size)", "factor = tile // size"),
        ("enlarged-beyond-a-tile", "factor = max(1, tile // size)", "factor = max(1, -(-tile // size))"),
    ),
    *mistakes_in(
        "images/layout.py",
        "training/test_logs.py",
        (
            "gaps-are-black",
            "constant_values=255",
            "constant_values=0",
            "test_a_grid_is_filled_row_by_row_with_foreheads_up",
        ),
    ),
    *mistakes_in(
        "images/files.py",
        "images/test_images.py",
        ("16-bits-cut-off", 'file.mode.startswith(("I", "F"))', 'file.mode == "I"'),
        ("colours-to-be-scaled", 'file.mode.startswith(("I", "F"))', 'file.mode != "1"'),
        ("web-pages-in-small-letters", "file.read(200).lstrip().lower()", "file.read(200).lstrip()"),
        ("web-pages-at-once", "file.read(200).lstrip().lower()", "file.read(200).lower()"),
    ),
    *mistakes_in(
        "images/files.py",
        "sampling/test_latent_space.py",
        ("gif-plays-once", "duration=duration, loop=0)", "duration=duration)", "test_a_gif_moves_there_and_back"),
    ),
    *mistakes_in(
        "images/checks.py",
        "images/test_images.py",
        ("fakes-of-any-size", "check_images(names[1], fake, smallest)", "check_images(names[1], fake)"),
        ("reals-of-any-size", "check_images(names[0], real, smallest)", "check_images(names[0], real)"),
        ("names-of-sets-swapped", "expected images of {real.shape[1]} px", "expected images of {fake.shape[1]} px"),
        ("smallest-refused", "if side < smallest or", "if side <= smallest or"),
        ("any-number-is-enough", "check_square_images(name, images, fewest)", "check_square_images(name, images)"),
        ("fewest-refused", "if len(images) < fewest:", "if len(images) <= fewest:"),
    ),
    *mistakes_in(
        "images/blocks.py",
        "images/test_images.py",
        ("double-precision-lost", "np.result_type(images.dtype, np.float32)", "np.dtype(np.float32)"),
        ("half-precision-kept", "np.result_type(images.dtype, np.float32)", "np.result_type(images.dtype, np.float16)"),
    ),
    *mistakes_in(
        "images/files.py",
        "images/test_images.py",
        ("four-in-a-row-always", "image_grid(images, columns, tile)", "image_grid(images, tile=tile)"),
        ("tile-of-a-file-ignored", "image_grid(images, columns, tile)", "image_grid(images, columns)"),
    ),
]
