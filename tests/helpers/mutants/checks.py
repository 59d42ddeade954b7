"""Planted mistakes in the exercises' self-tests."""

from helpers.mutants.table import mistakes_in

MUTANTS = [
    *mistakes_in(
        "checks/core.py",
        "course/test_checks.py",
        ("nearly-right-is-right", "tolerance: float = 1e-4", "tolerance: float = 1e-1"),
        (
            "only-the-first-case-counts",
            "for a, b in zip(results, expected, strict=True)\n        )",
            "for a, b in [(results[0], expected[0])]\n        )",
        ),
        ("broadcast-is-right", "a.shape == b.shape and np.allclose", "np.allclose"),
        ("ellipsis-is-an-answer", "if result is None or result is Ellipsis:", "if result is None:"),
        ("last-hint-for-the-first", "for function, hint in self.wrong:", "for function, hint in self.wrong[1:]:"),
        ("words-are-a-crash", "except (TypeError, ValueError):", "except TypeError:"),
        (
            "ratio-upside-down",
            "ratios, offsets = wrong[used] / right[used]",
            "ratios, offsets = right[used] / wrong[used]",
        ),
        (
            "share-of-wrong-ones",
            "share = np.mean(np.isclose(wrong, right, rtol=1e-3, atol=1e-6))",
            "share = 1 - np.mean(np.isclose(wrong, right, rtol=1e-3, atol=1e-6))",
        ),
        (
            "otherwise-unsaid",
            "[_kind_of_mistake(results, expected), self.otherwise]",
            "[_kind_of_mistake(results, expected)]",
        ),
        ("relative-alone", "rtol=self.tolerance, atol=self.tolerance", "rtol=self.tolerance, atol=0"),
    ),
    *mistakes_in(
        "checks/data.py",
        "course/test_check_references.py course/test_checks.py",
        ("every-error-refuses", "except ValueError:\n", "except Exception:\n"),
        (
            "guard-in-another-order",
            'SPLIT_NAMES = ("train", "validate", "test")',
            'SPLIT_NAMES = ("train", "test", "validate")',
        ),
        ("grey-of-the-notebook", "reference=lambda: 145.0", "reference=lambda: 144.0"),
        ("csf-of-any-age", '    tolerance=0.1,\n    otherwise="Go up', '    tolerance=0.5,\n    otherwise="Go up'),
    ),
    *mistakes_in(
        "checks/training.py",
        "course/test_check_references.py course/test_checks.py",
        ("ema-half-as-quick", "beta = 0.5 ** (batch_size / half_life)", "beta = 0.5 ** (2 * batch_size / half_life)"),
        (
            "alpha-unclipped",
            "reference=lambda images, start, length: min(max((images - start) / length, 0.0), 1.0)",
            "reference=lambda images, start, length: max((images - start) / length, 0.0)",
        ),
    ),
    *mistakes_in(
        "checks/evaluation.py",
        "course/test_check_references.py course/test_checks.py",
        (
            "spread-is-a-variance",
            "+ (np.std(real) - np.std(fake)) ** 2\n\n\ncheck",
            "+ (np.var(real) - np.var(fake)) ** 2\n\n\ncheck",
        ),
        (
            "precision-of-all-balls",
            "return float(np.mean((near <= radius[None]).any(axis=1)))",
            "return float(np.mean((near <= radius[None]).all(axis=1)))",
        ),
        ("recall-notices", "reference=lambda: 2.0", "reference=lambda: 3.0"),
    ),
    *mistakes_in(
        "checks/sampling.py",
        "course/test_check_references.py course/test_checks.py",
        ("projection-half-steps", "return 2 * A.T @ difference", "return A.T @ difference"),
        ("slope-of-one-side", "reference=lambda: 0.73", "reference=lambda: 0.9"),
    ),
    *mistakes_in(
        "checks/losses.py",
        "course/test_check_references.py course/test_checks.py",
        ("r1-of-the-exercise-halved", "+ gamma * a\n\n\ndef _g", "+ gamma / 2 * a\n\n\ndef _g"),
        ("g-of-the-exercise-saturates", "return -a * _sigmoid(-a * theta)", "return -a * _sigmoid(a * theta)"),
    ),
    *mistakes_in(
        "checks/mapping.py",
        "course/test_check_references.py course/test_checks.py",
        ("slope-of-the-exercise", "slope: float = 0.2", "slope: float = 0.1"),
        (
            "pixel-norm-of-sums",
            "np.sqrt(np.mean(z**2, axis=-1, keepdims=True) + 1e-8)\n\n\ndef _mapping(",
            "np.sqrt(np.sum(z**2, axis=-1, keepdims=True) + 1e-8)\n\n\ndef _mapping(",
        ),
        ("share-of-the-exercise", "reference=lambda: 0.94", "reference=lambda: 0.89"),
    ),
    *mistakes_in(
        "checks/synthesis.py",
        "course/test_check_references.py course/test_checks.py",
        ("style-of-the-exercise-without-1", "b: np.ndarray, one: float = 1.0", "b: np.ndarray, one: float = 0.0"),
        (
            "noise-of-the-exercise-late",
            "_style(_norm(_leaky(x + strength * noise + bias)), s, b)\n\n\ndef _layer",
            "_style(_norm(_leaky(x + bias) + strength * noise), s, b)\n\n\ndef _layer",
        ),
        ("level-of-the-exercise", "reference=lambda: 64.0", "reference=lambda: 32.0"),
    ),
]
