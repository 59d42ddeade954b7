"""Planted mistakes in the measures of tissues."""

from helpers.mutants.table import mistakes_in

MUTANTS = [
    *mistakes_in(
        "evaluation/tissues/anatomy.py",
        "evaluation/test_tissues.py",
        (
            "width-for-length",
            "for axis in (1, 0)]",
            "for axis in (0, 1)]",
            "test_the_outline_by_hand",
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
        "evaluation/tissues/measures.py",
        "evaluation/test_tissues.py",
        (
            "holes-count-as-rim",
            "ndimage.distance_transform_edt(ndimage.binary_fill_holes(inside))",
            "ndimage.distance_transform_edt(inside)",
            "test_a_hole_in_the_brain_is_no_rim",
        ),
        (
            "no-line-tried",
            "reach = max(1, (last - first + 1) // 10)",
            "reach = 0",
            "test_the_mirror_line_need_not_be_half_way_between_the_ends",
        ),
        ("share-of-the-image", "(label == k).sum() / area", "(label == k).sum() / label.size", "test_areas_by_hand"),
        ("classes-swapped", "for k in (1, 2, 3)]", "for k in (1, 3, 2)]", "test_areas_by_hand"),
        (
            "background-counts-in-asymmetry",
            "np.count_nonzero(label != mirror) / np.count_nonzero(label | mirror)",
            "np.count_nonzero(label != mirror) / label.size",
            "test_asymmetry_ignores_where_the_brain_lies_but_not_what_is_in_it",
        ),
        ("least-brain-of-all", "LEAST_BRAIN = 0.02", "LEAST_BRAIN = 0.0", "test_what_is_no_brain"),
        (
            "distance-of-means",
            "float(stats.wasserstein_distance(a, b))",
            "float(abs(a.mean() - b.mean()))",
            "test_distances_are_scipys",
        ),
    ),
    *mistakes_in(
        "evaluation/tissues/anatomy.py",
        "evaluation/test_tissues.py",
        (
            "rim-counts-for-the-sides",
            "(label == 1) & (depth > DEEP * depth.max())",
            "(label == 1) & (depth > 0)",
            "test_sides_are_those_of_the_brain_and_only_deep_fluid_counts",
        ),
        (
            "sides-of-the-image",
            "middle = np.nonzero(inside)[0].mean()",
            "middle = len(label) / 2",
            "test_sides_are_those_of_the_brain_and_only_deep_fluid_counts",
        ),
        (
            "tilt-of-anything",
            ".abs().clip(upper=45)",
            ".abs()",
            "test_a_head_that_lies_across_is_tilted_by_45_degrees_and_no_more",
        ),
        (
            "tilt-with-a-sign",
            '["tilt"].abs().clip(upper=45)',
            '["tilt"].clip(upper=45)',
            "test_a_tilt_has_no_sign_and_no_brain_has_no_anatomy",
        ),
        (
            "span-one-short",
            "np.flatnonzero(inside.any(axis=axis))) + 1",
            "np.flatnonzero(inside.any(axis=axis)))",
            "test_the_outline_by_hand",
        ),
        (
            "imbalance-with-a-sign",
            "float(abs(left - right) / max(1, left + right))",
            "float((left - right) / max(1, left + right))",
            "test_a_ventricle_on_one_side_alone_is_an_imbalance",
        ),
        (
            "no-brain-is-not-told",
            "return rows.astype(float).fillna(0.0)",
            "return rows.astype(float)",
            "test_a_tilt_has_no_sign_and_no_brain_has_no_anatomy",
        ),
    ),
]
