"""Planted mistakes in the data."""

from helpers.mutants.table import mistakes_in

MUTANTS = [
    *mistakes_in(
        "data/pyramid.py",
        "data/test_pyramid.py",
        (
            "flip-front-to-back",
            "images[mirrored] = images[mirrored, ::-1]",
            "images[mirrored] = images[mirrored, :, ::-1]",
        ),
        ("flip-always", "random.random(len(self)) < 0.5", "random.random(len(self)) < 1.5"),
        (
            "every-epoch-alike",
            'default_rng([check_whole("seed", seed, 0), epoch])',
            'default_rng([check_whole("seed", seed, 0), 0])',
        ),
        ("seed-of-the-order-unused", 'default_rng([check_whole("seed", seed, 0), epoch])', "default_rng([0, epoch])"),
        (
            "split-forgotten-in-batches",
            "self._stored(resolution)[self._rows[order]]",
            "self._stored(resolution)[order]",
        ),
        ("split-forgotten-in-levels", "return level[self._rows]", "return level[: len(self._rows)]"),
        ("selection-of-a-selection", "self.source, self._rows[mask])", "self.source, np.flatnonzero(mask))"),
        ("batches-overlap", "number * batch_size, batch_size, seed, flip)", "number, batch_size, seed, flip)"),
        ("last-batch-lost", "len(self) - batch_size + 1 if drop_last", "len(self) - batch_size if drop_last"),
    ),
    *mistakes_in(
        "data/store.py",
        "data/test_pyramid.py",
        ("half-rounded-down", "np.floor(mean[0] + 0.5)", "np.floor(mean[0])"),
        ("time-of-change-unseen", " {status.st_size} {status.st_mtime_ns}", " {status.st_size}"),
        ("newer-stores-opened", 'if meta["version"] != VERSION:', 'if meta["version"] < VERSION:'),
        (
            "masks-added-later-unseen",
            '.assign(has_label=table["label"] != "")',
            "",
            "test_changed_files_are_noticed",
        ),
    ),
    *mistakes_in(
        "data/slices.py",
        "data/test_slices.py",
        ("person-in-two-splits", "splits.index[splits > 1]", "splits.index[splits > 2]"),
        (
            "slice-in-two-splits",
            'table.duplicated(["case", "slice"], keep=False)',
            'table.duplicated(["case", "slice", "split"], keep=False)',
        ),
        ("one-level-less-deep", "for _ in range(_DEPTH + 1):", "for _ in range(_DEPTH):"),
    ),
    *mistakes_in(
        "data/subjects.py",
        "data/test_slices.py",
        (
            "subjects-beside-unread",
            'for f in (root / "subjects.csv", root.parent / "subjects.csv")',
            'for f in (root / "subjects.csv",)',
        ),
    ),
    *mistakes_in(
        "data/files.py", "data/test_slices.py", ("a-foreign-label", "if strange.size:", "if strange.size > 1:")
    ),
    *mistakes_in(
        "data/splits.py",
        "data/test_oasis1.py",
        (
            "splits-uneven-in-age",
            "enumerate(sorted(shuffled, key=decades.get))",
            "enumerate(sorted(ages))",
            "test_splits_are_alike_in_age",
        ),
        (
            "cases-numbered-twice",
            "free = max(free, FIRST_CASE[split])",
            "free = FIRST_CASE[split]",
            "test_case_numbers_stay_unique_where_a_split_outgrows_its_band",
        ),
    ),
    *mistakes_in(
        "data/cohort/anatomy.py",
        "data/test_cohort.py",
        (
            "fields-too-strong",
            "unit = (151 / 315) ** 1.5",
            "unit = (151 / 315) ** 2",
            "test_smooth_field_has_the_asked_strength",
        ),
        ("jacobian-sign", "b[0] * c[1] - b[1] * c[0]", "b[1] * c[0] - b[0] * c[1]", "test_jacobian_of_a_known_map"),
    ),
    *mistakes_in(
        "data/cohort/person.py",
        "data/test_cohort.py",
        (
            "contrast-grows-with-age",
            "rng.normal(0, (5, 4, 3)) - ageing * np.array((0, 4, 6))",
            "rng.normal(0, (5, 4, 3)) + ageing * np.array((0, 4, 6))",
            "test_contrast_fades_with_age",
        ),
        (
            "sulci-narrow-with-age",
            "(fold / (1.1 + 0.5 * ageing))",
            "(fold / (1.1 - 0.5 * ageing))",
            "test_age_only_ever_takes_tissue_away",
        ),
        (
            "nobody-ages",
            "ageing = max(0.0, (age - 20) / 70)",
            "ageing = 0.0 * age",
            "test_age_widens_ventricles_and_sulci_step_by_step",
        ),
        (
            "everybody-alike",
            "np.random.default_rng([seed, case])",
            "np.random.default_rng([seed, 1])",
            "test_same_bits_again_and_another_person_for_another_seed_or_case",
        ),
    ),
    *mistakes_in(
        "data/inventory.py",
        "data/test_parts.py data/test_refusals.py",
        ("inventory-less-deep", "for _ in range(_DEPTH + 1):", "for _ in range(_DEPTH):"),
        ("capitals-unread", "re.compile(pattern, re.IGNORECASE).search\n", "re.compile(pattern).search\n"),
        ("own-name-forgotten", 'path = f"{listing.top.name}/{file', 'path = f"/{file'),
    ),
    *mistakes_in(
        "data/advice.py",
        "data/test_parts.py data/test_refusals.py",
        ("tgz-is-no-tar", '".tar" in endings or endings[-1:] == [".tgz"]', '".tar" in endings'),
        (
            "archives-in-capitals-untold",
            "[ending.lower() for ending in file.suffixes]",
            "file.suffixes",
        ),
        ("unpacked-into-nothing", 'make = f"mkdir -p {quoted[\'folder\']} && " if kind == ".tar" else ""', 'make = ""'),
        ("unfinished-untold", '"" if listing.complete else', '"" if not listing.complete else'),
    ),
    *mistakes_in(
        "data/volumes.py",
        "data/test_parts.py data/test_oasis1.py",
        (
            "white-of-all-voxels",
            "max(int(np.percentile(volume[volume > 0], 99.8)), 1)",
            "max(int(np.percentile(volume, 99.8)), 1)",
        ),
        (
            "white-of-all-fractions",
            "white = np.percentile(values[values > 0], 99.8)",
            "white = np.percentile(values, 99.8)",
        ),
        ("intercept-of-the-file-unused", " and image.dataobj.inter == 0:", ":"),
        ("padded-on-one-side", "(room // 2, room - room // 2) for room in spare", "(0, room) for room in spare"),
        (
            "negative-greys",
            "volume = np.maximum(volume.astype(np.int64), 0)",
            "volume = np.abs(volume.astype(np.int64))",
        ),
    ),
    *mistakes_in(
        "data/orientation.py",
        "data/test_parts.py data/test_sources.py",
        ("only-one-code-read", 'bool(header["qform_code"] or header["sform_code"])', 'bool(header["qform_code"])'),
        (
            "only-the-other-code-read",
            'bool(header["qform_code"] or header["sform_code"])',
            'bool(header["sform_code"])',
        ),
    ),
    *mistakes_in(
        "data/suspicions.py",
        "data/test_parts.py data/test_refusals.py",
        ("bright-as-64-is-dark", "if brightest < DARK:", "if brightest <= DARK:"),
        ("two-greys-are-a-mask", "len(greys) > 2 and", "len(greys) > 0 and"),
        ("black-images-are-copies", "        if look.brightest:\n", "        if True:\n"),
        ("last-class-is-a-grey", "if brightest <= _CLASSES:", "if brightest < _CLASSES:"),
    ),
    *mistakes_in(
        "data/subjects.py",
        "data/test_parts.py data/test_refusals.py",
        (
            "oasis-3-scans-are-people",
            'r"(OAS[12]_\\d{4})_MR\\d+.*|(OAS3\\d{4})_(?:MR_)?d\\d{4}.*|',
            'r"(OAS[12]_\\d{4})_MR\\d+.*|(OAS3\\d{4})_MR_d\\d{4}.*|',
        ),
        ("sessions-are-people", '|(?:sub-)?(\\w+?)_sess?-.*"', '|(?:sub-)(\\w+)_sess?-.*"'),
        ("slices-always-written", '["slices"] * uneven', '["slices"] * True'),
        ("people-unsorted", 'columns=columns).sort_values("case")', "columns=columns)"),
    ),
    *mistakes_in(
        "data/files.py",
        "data/test_reading.py",
        (
            "half-coloured-is-grey",
            "np.percentile(highest - lowest, 99) > _NOT_GREY",
            "np.percentile(highest - lowest, 50) > _NOT_GREY",
            "test_a_picture_with_some_colour_is_no_scan",
        ),
        (
            "slices-enlarged-as-blocks",
            "Image.Resampling.NEAREST if labels else Image.Resampling.BICUBIC",
            "Image.Resampling.NEAREST",
            "test_a_small_slice_is_enlarged_without_steps_and_its_mask_without_greys_between",
        ),
    ),
    *mistakes_in(
        "data/__init__.py",
        "data/test_load_data.py",
        ("finished-stores-unchecked", "            check(pyramid.table)\n", "            pass\n"),
        ("folders-unchecked", "\n        check(table)\n", "\n        pass\n"),
    ),
    *mistakes_in(
        "data/pyramid.py",
        "data/test_pyramid.py",
        (
            "checksum-without-pixels",
            "text.encode() + self.level(self.resolutions[0]).tobytes()",
            "text.encode()",
            "test_a_checksum_knows_slices_again_by_their_people_and_by_their_pixels",
        ),
        (
            "checksum-without-people",
            'self.table[["person", "case", "slice"]]',
            'self.table[["case", "slice"]]',
            "test_a_checksum_knows_slices_again_by_their_people_and_by_their_pixels",
        ),
    ),
    *mistakes_in(
        "data/cohort/person.py",
        "data/test_cohort.py",
        (
            "grain-of-any-strength",
            "np.float32(3.5) / noise.std()",
            "np.float32(3.5)",
            "test_the_grain_of_a_scan_is_smooth_and_of_three_to_four_grey_values_in_every_tissue",
        ),
        (
            "cohort-without-bias-field",
            "grey *= 1 + smooth_field(rng, axes, 60, 0.03, parts=1)[0]",
            "grey *= 1 + 0.0 * smooth_field(rng, axes, 60, 0.03, parts=1)[0]",
            "test_a_scan_of_one_tissue_is_slowly_brighter_and_darker_by_three_per_cent_over_the_head",
        ),
    ),
    *mistakes_in(
        "data/store.py",
        "data/test_pyramid.py",
        ("names-become-numbers", '{"person": str, "sex": str, "label": str}', '{"sex": str, "label": str}'),
        ("na-is-nobody", "keep_default_na=False, ", ""),
    ),
]
