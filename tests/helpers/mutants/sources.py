"""Planted mistakes in what reads the data that people hold."""

from helpers.mutants.table import mistakes_in

MUTANTS = [
    *mistakes_in(
        "data/sources/oasis1.py",
        "data/test_oasis1.py data/test_sources.py",
        (
            "heads-for-brains",
            "head = brain if masked else _read_volume(_volume_file",
            "head = brain if not masked else _read_volume(_volume_file",
        ),
        (
            "whole-heads-unused",
            "cut_slices(grey_values(head), positions), masks",
            "cut_slices(grey_values(brain), positions), masks",
        ),
        ("slices-of-the-head", "positions = slice_positions(brain)", "positions = slice_positions(head)"),
        (
            "masks-not-turned",
            "cut_slices(turn.apply(label_greys(labels, label_file)), positions)",
            "cut_slices(label_greys(labels, label_file), positions)",
        ),
        (
            "heads-not-turned",
            "brain, head = turn.apply(brain), turn.apply(head)",
            "brain, head = turn.apply(brain), head",
        ),
        ("first-of-two-volumes", "if len(headers) != 1:", "if len(headers) < 1:"),
        ("turn-untold", "masks, turn.words)", 'masks, "")'),
    ),
    *mistakes_in(
        "data/sources/oasis1_nifti.py",
        "data/test_reading.py data/test_sources.py",
        ("left-for-right", 'DISC_AXES = "LAS"', 'DISC_AXES = "RAS"'),
        (
            "affine-of-nifti-unused",
            "if has_affine(image) and values.ndim == 3:",
            "if not has_affine(image) and values.ndim == 3:",
        ),
        (
            "nifti-heads-for-brains",
            "head = brain if masked else _read_volume(head_file)",
            "head = brain if not masked else _read_volume(head_file)",
        ),
        ("nifti-without-masks", "None if label_file is None else _read_volume(label_file))", "None)"),
        ("nifti-masks-are-brains", '"labels": "_masked_gfc_fseg"}', '"labels": "_masked_gfc"}'),
    ),
    *mistakes_in(
        "data/sources/neurite.py",
        "data/test_reading.py data/test_sources.py",
        ("fluid-is-white", "np.array([0, 2, 2, 3, 1], np.uint8)", "np.array([0, 2, 2, 1, 3], np.uint8)"),
        ("cortex-alone-is-grey", "np.array([0, 2, 2, 3, 1], np.uint8)", "np.array([0, 2, 3, 3, 1], np.uint8)"),
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
        (
            "slices-in-the-order-of-names",
            "numbered = dict(sorted(runs[name][first]))",
            "numbered = dict(runs[name][first])",
        ),
        ("first-slices-of-many", "np.rint(np.linspace(0, len(files) - 1, SLICES)).astype(int)", "range(SLICES)"),
        ("turned-back", "turn, axes=(1, 2))", "turn, axes=(2, 1))"),
        (
            "each-slice-its-own-white",
            "greys = grey_values(np.concatenate([image.ravel() for image in images]))",
            "greys = np.concatenate([grey_values(image).ravel() for image in images])",
        ),
        (
            "repeats-untold",
            "for run, slices in runs[name].items() if run != first)",
            "for run, slices in runs[name].items() if run == first)",
        ),
        ("scan-for-person", 'return re.match(r"OAS[123]_?\\d{4}", name)[0]', "return name"),
    ),
    *mistakes_in(
        "data/sources/oasis3.py",
        "data/test_reading.py data/test_sources.py",
        (
            "sessions-are-people-of-bids",
            'return name.partition("_")[0].removeprefix("sub-")',
            'return name.removeprefix("sub-")',
        ),
        (
            "derivatives-taken",
            'if "derivatives" in file.relative_to(listing.top).parts:',
            'if "derivatives" == file.name:',
        ),
        ("sizes-of-other-axes", "np.diag([*zooms[list(turn.axes)], 1.0])", "np.diag([*zooms, 1.0])"),
        ("poor-fits-untold", "if fit < DOUBTFUL:", "if fit > 2 + DOUBTFUL:"),
    ),
    *mistakes_in(
        "data/sources/png_slices.py",
        "data/test_reading.py data/test_refusals.py",
        ("dim-slices-stay-dim", "if len(LABEL_GREYS) <= images.max() < DARK:", "if len(LABEL_GREYS) >= images.max():"),
        ("slices-by-name", 'numbers = sorted(scan.files["image"])', 'numbers = sorted(scan.files["image"], key=str)'),
        (
            "masks-mixed",
            "resample_image(greys.astype(np.uint8), labels=True)",
            "resample_image(greys.astype(np.uint8))",
        ),
        ("same-slice-twice-is-fine", "if int(match[4]) in part:", "if False:"),
        ("case-in-two-splits-is-fine", "if cases.setdefault(case, split) != split:", "if False:"),
    ),
    *mistakes_in(
        "data/sources/registry.py",
        "data/test_reading.py data/test_sources.py",
        ("sources-by-name", "key=lambda source: (source.rank, source.name)", "key=lambda source: source.name"),
        ("a-scan-twice-is-fine", "        if scan in found:\n", "        if False:\n"),
    ),
    *mistakes_in(
        "data/files.py",
        "data/test_reading.py data/test_sources.py",
        ("raw-slices-turned", "(RAW_MM, SLICE_SIZE) if height < width", "(RAW_MM, SLICE_SIZE) if height > width"),
        ("rows-for-columns", ".resize(size[::-1], way)", ".resize(size, way)"),
        (
            "coloured-images-taken",
            "np.percentile(highest - lowest, 99) > _NOT_GREY",
            "np.percentile(highest - lowest, 1) > _NOT_GREY",
        ),
        ("transparent-for-grey", "np.array(file.getchannel(0))", "np.array(file.getchannel(-1))"),
    ),
    *mistakes_in(
        "data/prepare.py",
        "data/test_sources.py data/test_oasis1.py",
        (
            "people-of-scans",
            "{scan.name: owners[scan.name] for scan in scans}, splits)",
            "{scan.name: scan.name for scan in scans}, splits)",
        ),
        ("seed-of-the-split-unused", "if name in sound}, fractions, seed)", "if name in sound}, fractions, 0)"),
        ("masked-always", "slices = kind.read(scan, masked)", "slices = kind.read(scan, True)"),
        ("damaged-passed-over", "if damaged and not (skip_damaged and counts):", "if damaged and not counts:"),
        (
            "damaged-people-dealt",
            "scans = [scan for scan in finding.scans.values() if scan.name in counts]",
            "scans = list(finding.scans.values())",
        ),
        ("masks-with-the-images", "'seg_' if prefix == 'seg' else ''", "'' if prefix == 'seg' else ''"),
        ("slices-of-32-always", "0, scan, why)", "SLICES, scan, why)"),
    ),
]
