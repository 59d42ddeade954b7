"""Planted mistakes in the memorisation audit."""

from helpers.mutants.table import mistakes_in

MUTANTS = [
    *mistakes_in(
        "evaluation/audit/threshold.py",
        "evaluation/test_threshold.py",
        ("threshold-one-higher", "return float(scores[order[k - 1]])", "return float(scores[order[k]])"),
        ("line-once-as-far", "np.exp(2 * lowest - middle)", "np.exp(lowest)"),
        (
            "rate-taken-for-known",
            "fakes, hits + 0.5, worth - hits + 0.5",
            "fakes, 1e6 * (hits + 0.5), 1e6 * (worth - hits + 0.5)",
        ),
        ("people-not-left-out", "others = scores[codes != person]", "others = scores"),
        ("slices-independent", "return float(n / (1 + (size - 1) * alike))", "return float(n)"),
        ("nobody-set-aside", "FAR_OUT = 8.0", "FAR_OUT = 80.0"),
    ),
    *mistakes_in(
        "evaluation/audit/registration.py",
        "evaluation/test_registration.py",
        (
            "moved-the-wrong-way",
            "np.conj(fft.rfft2(moving)) * fft.rfft2(fixed)",
            "fft.rfft2(moving) * np.conj(fft.rfft2(fixed))",
        ),
        ("parabola-turned-round", "(before - after) / (2 * bend)", "(after - before) / (2 * bend)"),
        ("mirrored-front-to-back", "image[::-1] if flipped else image", "image[:, ::-1] if flipped else image"),
        ("noise-pulls-the-centre", "mask = np.clip(mask - 0.25, 0, None)", "mask = np.clip(mask, 0, None)"),
    ),
    *mistakes_in(
        "evaluation/audit/nearest.py",
        "evaluation/test_nearest.py",
        (
            "not-mirrored",
            "likeness, flips = np.maximum(straight, mirrored), mirrored > straight",
            "likeness, flips = straight, mirrored > np.inf",
        ),
        ("own-slices-stay", "if own is not None:\n            value", "if own is None:\n            value"),
        (
            "score-of-the-nearest-too",
            "people[:, 1 : self.others + 1].mean(axis=1)",
            "people[:, : self.others + 1].mean(axis=1)",
        ),
        ("five-others-for-ten", "OTHERS = 10 ", "OTHERS = 5 "),
    ),
    *mistakes_in(
        "evaluation/audit/audit.py",
        "evaluation/test_audit_by_hand.py",
        (
            "expected-is-what-was-found",
            "for side in (first.fakes, first.new))",
            "for side in (first.fakes, first.fakes))",
        ),
    ),
    *mistakes_in(
        "evaluation/audit/one_distance.py",
        "evaluation/test_audit_by_hand.py",
        ("verdict-takes-slices-for-independent", "below, len(new), worth)", "below, len(new), len(new))"),
        (
            "set-aside-all-the-same",
            "kept = ~np.isin(people, aside)",
            "kept = ~np.isin(people, [])",
        ),
        (
            "blind-audit-passes",
            '"fail" if many or copies or blind',
            '"fail" if many or copies',
        ),
    ),
    *mistakes_in(
        "evaluation/audit/disguises.py",
        "evaluation/test_audit_by_hand.py",
        ("planted-copies-without-grain", "rng.normal(0, noise, copies.shape)", "rng.normal(0, noise, (n, 1, 1))"),
        ("planted-copies-mirrored-front-to-back", "images[:, ::-1], images)", "images[:, :, ::-1], images)"),
    ),
    *mistakes_in(
        "evaluation/audit/audit.py",
        "evaluation/test_audit_by_hand.py",
        ("down-is-along", '"down": near.moved[first, 0]', '"down": near.moved[first, 1]'),
        ("flagged-is-called-a-copy", "near.score[first] < verdict.line", "near.score[first] < verdict.threshold"),
        (
            "flags-counted-as-copies",
            '"copies": int((finding.fakes.score < finding.line)',
            '"copies": int((finding.fakes.score < finding.threshold)',
        ),
        ("level-not-shared", "LEVEL / len(near)", "LEVEL"),
        (
            "one-distance-that-passes-is-enough",
            '"fail" if any(finding.verdict == "fail" for finding in findings.values())',
            '"fail" if all(finding.verdict == "fail" for finding in findings.values())',
        ),
        (
            "set-aside-under-another-name",
            '[nearest["held_out"].score, nearest["left_out"].score]',
            '[nearest["left_out"].score, nearest["held_out"].score]',
        ),
    ),
    *mistakes_in(
        "evaluation/audit/parts.py",
        "evaluation/test_parts_by_hand.py",
        ("halves-exchanged", '{"left": y < 0, "right": y > 0,', '{"left": y > 0, "right": y < 0,'),
        ("turned-twice-as-far", "ndimage.rotate(image, angle,", "ndimage.rotate(image, -angle,"),
        (
            "deep-part-lies-across",
            "(y / DEEP_AXES[0]) ** 2 + (x / DEEP_AXES[1]) ** 2",
            "(y / DEEP_AXES[1]) ** 2 + (x / DEEP_AXES[0]) ** 2",
        ),
    ),
    *mistakes_in(
        "evaluation/audit/nearest.py",
        "evaluation/test_nearest.py",
        (
            "moves-in-pixels-of-the-frame",
            "moved + more * (heads.images.shape[1] / both[0].shape[1])",
            "moved + more",
            "test_moves_are_in_pixels_of_the_images_though_they_are_compared_at_half_of_their_size",
        ),
    ),
]
