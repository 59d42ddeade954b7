"""Planted mistakes in the doctor."""

from helpers.mutants.table import mistakes_in

MUTANTS = [
    *mistakes_in(
        "doctor/cards.py",
        "doctor/test_cards.py",
        ("cards-after-a-gap", "            break\n", "            continue\n"),
        ("new-cards-fit", "TENSORFLOW_ENDS = (10, 0)", "TENSORFLOW_ENDS = (13, 0)"),
    ),
    *mistakes_in(
        "doctor/memory.py",
        "doctor/test_machine.py",
        ("no-limit-is-a-limit", "for limit in limits if limit < UNLIMITED]", "for limit in limits]"),
    ),
    *mistakes_in(
        "doctor/card_faults.py",
        "doctor/test_faults.py",
        ("old-driver-that-works", "int(major) < least and not facts.works(card)", "int(major) < least"),
    ),
    *mistakes_in(
        "doctor/step_faults.py",
        "doctor/test_faults.py",
        ("worked-is-a-fault", "        if not trial.worked:\n", "        if trial.text:\n"),
    ),
    *mistakes_in(
        "doctor/examination.py",
        "doctor/test_trial.py",
        ("one-card-for-all", "CUDA_VISIBLE_DEVICES=card.uuid", "CUDA_VISIBLE_DEVICES=cards[0].uuid"),
    ),
    *mistakes_in(
        "doctor/trial.py",
        "doctor/test_trial.py",
        ("silent-end-is-success", 'self.code == 0 and "seconds" in self.said', "self.code == 0"),
    ),
    *mistakes_in(
        "doctor/card_faults.py",
        "doctor/test_faults.py",
        ("half-full-is-full", "NEARLY_FULL = 0.25", "NEARLY_FULL = 0.95"),
        (
            "fullest-card-advised",
            "freest = max(others, key=lambda other: other.free)",
            "freest = min(others, key=lambda other: other.free)",
        ),
        ("oldest-card-refused", "card.capability < OLDEST]", "card.capability <= OLDEST]"),
        (
            "drivers-swapped",
            "LEAST_DRIVER if tensorflow_fits(card) else LEAST_DRIVER_NEW",
            "LEAST_DRIVER_NEW if tensorflow_fits(card) else LEAST_DRIVER",
        ),
        ("least-driver-refused", "int(major) < least and", "int(major) <= least and"),
        (
            "wsl-told-of-linux",
            '    if facts.wsl:\n        return Problem("driver-fails"',
            '    if not facts.wsl:\n        return Problem("driver-fails"',
        ),
        (
            "jax-for-a-card-that-fits",
            "not all(map(tensorflow_fits, facts.seen))",
            "all(map(tensorflow_fits, facts.seen))",
        ),
    ),
    *mistakes_in(
        "doctor/fixes.py",
        "doctor/test_faults.py",
        ("jobs-told-of-docker", '"SLURM_JOB_ID" in facts.environment', '"SLURM_JOB_ID" not in facts.environment'),
    ),
    *mistakes_in(
        "doctor/machine_faults.py",
        "doctor/test_faults.py",
        ("python-3-11-refused", "if facts.python >= (3, 11):", "if facts.python > (3, 12):"),
        ("gigabytes-for-bytes", "NEEDED_MEMORY = 3e9", "NEEDED_MEMORY = 3"),
        ("disk-never-full", "folder.free < NEEDED_DISK:", "folder.free < NEEDED_DISK / 1e9:"),
        (
            "runs-folder-may-be-read-only",
            'if folder.problem and folder.what == "cache" and folder.filled:',
            "if folder.problem and folder.filled:",
        ),
        ("empty-cache-may-be-read-only", 'folder.what == "cache" and folder.filled:', 'folder.what == "cache":'),
        ("limit-of-no-harm", 'return Problem("memory-limit", True,', 'return Problem("memory-limit", False,'),
        ("cache-moved-for-runs", 'export {folder.variable}="$HOME', 'export OASIS_CACHE="$HOME'),
    ),
    *mistakes_in(
        "doctor/step_faults.py",
        "doctor/test_faults.py",
        ("kill-is-illegal", "if trial.code == -signal.SIGILL:", "if trial.code == -signal.SIGKILL:"),
    ),
    *mistakes_in(
        "doctor/system.py",
        "doctor/test_machine.py",
        (
            "own-kernels-are-wsl-1",
            '2 if "WSL2" in release or (_SYSTEM / "run/WSL").exists() else 1',
            '2 if "WSL2" in release else 1',
        ),
    ),
    *mistakes_in(
        "doctor/step_faults.py",
        "doctor/test_faults.py",
        ("another-full-card-advised", "freest.free > max(card.free, 2 * 2**30):", "freest.free > card.free:"),
    ),
    *mistakes_in(
        "doctor/machine_faults.py",
        "doctor/test_faults.py",
        (
            "unknown-avx-is-none",
            "if facts.processor.avx is not False:",
            "if facts.processor.avx:",
            "test_a_machine_on_which_all_is_well_is_ready",
        ),
        (
            "every-mount-is-windows",
            'if facts.wsl and str(folder.path).startswith("/mnt/")',
            'if str(folder.path).startswith("/mnt/")',
            "test_a_machine_on_which_all_is_well_is_ready",
        ),
    ),
    *mistakes_in(
        "doctor/system.py",
        "doctor/test_machine.py",
        ("cores-of-the-whole-machine", "return len(os.sched_getaffinity(0))", "return os.cpu_count()"),
    ),
]
