"""Planted mistakes in what reads the data that people hold."""

from helpers.mutants.table import mistakes_in

MUTANTS = [
    *mistakes_in(
        "data/sources/oasis1_nifti.py",
        "data/test_reading.py data/test_sources.py",
        (
            "nifti-heads-for-brains",
            "head = brain if masked else _read_volume(head_file)",
            "head = brain if not masked else _read_volume(head_file)",
        ),
        ("nifti-masks-are-brains", '"labels": "_masked_gfc_fseg"}', '"labels": "_masked_gfc"}'),
    ),
    *mistakes_in(
        "data/sources/neurite.py",
        "data/test_reading.py data/test_sources.py",
        ("fluid-is-white", "np.array([0, 2, 2, 3, 1], np.uint8)", "np.array([0, 2, 2, 1, 3], np.uint8)"),
        ("freesurfer-mirrored", "np.array([[-1.0, 0, 0, 0]", "np.array([[1.0, 0, 0, 0]"),
        ("masks-of-their-own-turn", 'read_upright(scan.files["labels"], turn)', 'read_upright(scan.files["labels"])'),
        (
            "whole-heads-of-neurite-unused",
            "cut_slices(grey_values(head), positions), None",
            "cut_slices(grey_values(brain), positions), None",
        ),
        ("slices-by-the-head", "positions = slice_positions(brain)", "positions = slice_positions(head)"),
    ),
    *mistakes_in(
        "data/sources/neurite_2d.py",
        "data/test_reading.py data/test_sources.py",
        ("coronal-mirrored", '-1 if right == "L" else 1', '1 if right == "L" else -1'),
        ("chin-up", '-1 if top == "I" else 1', '1 if top == "I" else -1'),
        (
            "whole-slices-unused",
            'scan.files["brain"] if masked else whole_head(scan)',
            'whole_head(scan) if masked else scan.files["brain"]',
        ),
    ),
    *mistakes_in(
        "data/sources/image_folder.py",
        "data/test_reading.py data/test_sources.py",
        ("last-recording-taken", "first = min(runs[name])", "first = max(runs[name])"),
    ),
    *mistakes_in(
        "data/sources/neurite_2d.py",
        "data/test_reading.py",
        ("whole-slices-never", 'scan.files["brain"] if masked else whole_head(scan)', 'scan.files["brain"]'),
    ),
    *mistakes_in(
        "data/sources/oasis3.py",
        "data/test_reading.py",
        ("voxels-not-turned", "np.diag([*zooms[list(turn.axes)], 1.0])", "np.diag([*zooms, 1.0])"),
    ),
    *mistakes_in(
        "data/sources/oasis1.py",
        "data/test_oasis1.py",
        ("heads-at-heights-of-their-own", "positions = slice_positions(brain)", "positions = slice_positions(head)"),
    ),
    *mistakes_in(
        "data/sources/png_slices.py",
        "data/test_refusals.py",
        (
            "masks-mixed",
            "resample_image(greys.astype(np.uint8), labels=True)",
            "resample_image(greys.astype(np.uint8))",
            "test_masks_are_written_again_as_masks",
        ),
    ),
    *mistakes_in(
        "data/subjects.py",
        "data/test_sources.py",
        (
            "columns-of-the-other-kind",
            '["slices"] * uneven + ["scan", "left_out"] * damaged',
            '["slices"] * damaged + ["scan", "left_out"] * uneven',
        ),
    ),
    *mistakes_in(
        "data/inventory.py",
        "data/test_parts.py",
        (
            "kinds-for-files",
            "sum(count for _, count in counts[_MOST_NAMED:])",
            "len(counts[_MOST_NAMED:])",
            "test_kinds_beyond_six_are_told_by_their_files",
        ),
        (
            "seven-kinds-named",
            "in counts[:_MOST_NAMED]]",
            "in counts[: _MOST_NAMED + 1]]",
            "test_kinds_beyond_six_are_told_by_their_files",
        ),
    ),
    *mistakes_in(
        "data/splits.py",
        "data/test_oasis1.py",
        ("age-of-some-scan", '.dropna(subset=["person"]).sort_values("ID")', '.dropna(subset=["person"])'),
    ),
    *mistakes_in(
        "data/alignment.py",
        "data/test_sources.py",
        (
            "heads-cut-by-the-nearest-voxel",
            'interpolation="linear"',
            'interpolation="nearest"',
            "test_between_the_voxels_of_a_head_greys_are_interpolated",
        ),
    ),
    *mistakes_in(
        "data/subjects.py",
        "data/test_oasis1.py",
        (
            "ages-as-r-writes-them-refused",
            '{"N/A": "", "NA": "", "n/a": ""}',
            '{"N/A": "", "n/a": ""}',
            "test_demographics_in_every_form_of_table",
        ),
    ),
    *mistakes_in(
        "data/advice.py",
        "data/test_refusals.py",
        ("no-folder-to-unpack-into", 'if kind == ".tar" else ""\n    return', 'if kind == ".zip" else ""\n    return'),
    ),
    *mistakes_in(
        "data/sources/image_folder.py",
        "data/test_reading.py",
        ("damaged-scan-ends-all", "except DataError:  # a damaged scan", "except KeyError:  # a damaged scan"),
    ),
    *mistakes_in(
        "data/subjects.py",
        "data/test_refusals.py",
        ("spaces-make-two-people", ".apply(lambda column: column.str.strip())", ""),
    ),
    *mistakes_in(
        "data/prepare.py",
        "data/test_refusals.py",
        ("seed-is-looked-at-last", 'check_whole("seed", seed, 0)\n', "pass\n"),
    ),
]
