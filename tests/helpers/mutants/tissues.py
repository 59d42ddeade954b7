"""Planted mistakes in the measures of tissues."""

from helpers.mutants.table import mistakes_in

MUTANTS = [
    *mistakes_in(
        "evaluation/tissues/anatomy.py",
        "evaluation/test_tissues.py",
        (
            "width-for-length",
            "for axis in (1, 0))",
            "for axis in (0, 1))",
            "test_the_outline_by_hand",
        ),
        (
            "middle-row-in-both-halves",
            "label[twice // 2 + 1 :]",
            "label[twice // 2 :]",
            "test_a_row_in_the_middle_hides_no_end",
        ),
        (
            "halves-by-brain-alone",
            "(label != mirrored).sum()",
            "((label > 0) != (mirrored > 0)).sum()",
            "test_halves_are_compared_by_hand",
        ),
        (
            "halves-across-the-image",
            "**_compare_halves(label, rows[0] + rows[-1])",
            "**_compare_halves(label, len(label) - 1)",
            "test_a_symmetric_brain_has_equal_halves_wherever_it_lies",
        ),
        (
            "only-the-front-end",
            "np.abs(np.subtract(*ends)).sum()",
            "np.abs(np.subtract(*ends)).max()",
            "test_halves_are_compared_by_hand",
        ),
        (
            "halves-of-the-image",
            '"halves": (label != mirrored).sum() / area',
            '"halves": (label != mirrored).mean()',
            "test_halves_are_compared_by_hand",
        ),
    ),
    *mistakes_in(
        "evaluation/tissues/measures.py",
        "evaluation/test_tissues.py",
        (
            "rim-counts-as-ventricle",
            "(depth > DEEP * depth.max())",
            "(depth > 0)",
            "test_csf_at_the_rim_is_no_ventricle test_areas_by_hand",
        ),
        (
            "mirror-front-to-back",
            "(label > 0).any(axis=1)",
            "(label > 0).any(axis=0)",
            "test_asymmetry_ignores_where_the_brain_lies_but_not_what_is_in_it",
        ),
        (
            "mirror-line-fixed",
            "for line in range(middle - reach, middle + reach + 1):",
            "for line in (len(label) - 1,):",
            "test_asymmetry_ignores_where_the_brain_lies_but_not_what_is_in_it",
        ),
        (
            "segmented-share",
            'float(1 - fake["segmented"].mean())',
            'float(fake["segmented"].mean())',
            "test_distances_are_scipys",
        ),
    ),
    *mistakes_in(
        "evaluation/tissues/train_segmenter.py",
        "evaluation/test_training_pairs.py",
        ("masks-mirrored-front-to-back", "images[i, ::-1], labels[i, ::-1]", "images[i, ::-1], labels[i, :, ::-1]"),
        ("masks-left-behind", "np.roll(labels[i], shift, (0, 1))", "np.roll(labels[i], shift, (1, 0))"),
    ),
    *mistakes_in(
        "evaluation/tissues/train_segmenter.py",
        "evaluation/test_tissues.py",
        (
            "heights-tested-on-whom-they-were-fitted",
            'for part in (data.split("train"), data.split("validate"))',
            'for part in (data.split("train"), data.split("train"))',
            "test_heights_are_a_line_in_the_features_and_fitted_ones_fit",
        ),
        (
            "overlap-of-whom-it-learned-from",
            'data.split("train"), data.split("validate")\n    images',
            'data.split("train"), data.split("train")\n    images',
            "test_what_is_told_of_a_training_is_the_overlap_on_people_held_out",
        ),
    ),
    *mistakes_in(
        "evaluation/tissues/segmenter.py",
        "evaluation/test_tissues.py",
        (
            "maps-of-the-background",
            "ops.softmax(logits)[..., 1:]",
            "ops.softmax(logits)[..., :3]",
            "test_maps_are_shares_of_fluid_grey_and_white_in_cells_of_4_px",
        ),
    ),
    *mistakes_in(
        "evaluation/tissues/train_segmenter.py",
        "evaluation/test_tissues.py",
        (
            "segmenter-by-wrong-cross-entropy",
            "sparse_categorical_crossentropy(y, logits, from_logits=True)",
            "sparse_categorical_crossentropy(y, logits)",
            "test_the_loss_of_a_segmenter_is_the_cross_entropy_of_the_softmax_of_its_logits",
        ),
    ),
    *mistakes_in(
        "evaluation/tissues/measures.py",
        "evaluation/test_tissues.py",
        (
            "brains-in-pieces",
            "LEAST_WHOLE = 0.9",
            "LEAST_WHOLE = 0.6",
            "test_less_than_a_tenth_of_a_brain_may_lie_apart_from_it",
        ),
    ),
]
