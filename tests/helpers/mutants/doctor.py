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
        "doctor/cards.py",
        "doctor/test_cards.py",
        (
            "free-for-total",
            "index, uuid, name, driver, total, free, *more = parts",
            "index, uuid, name, driver, free, total, *more = parts",
        ),
        ("megabytes-of-10", "*(2**20 * number for number in mebibytes)", "*(10**6 * number for number in mebibytes)"),
        ("uuid-not-taken", "card.uuid.startswith(entry))", "card.uuid == entry[4:])"),
        ("old-cards-need-jax", "card.capability < TENSORFLOW_ENDS", "card.capability > TENSORFLOW_ENDS"),
        (
            "unknown-cards-do-not-fit",
            "card.capability is None or card.capability",
            "card.capability is not None and card.capability",
        ),
        ("hidden-card-decides", "or cards\n    unfit", "and cards\n    unfit"),
    ),
    *mistakes_in(
        "doctor/memory.py",
        "doctor/test_machine.py estimate/test_estimate.py",
        ("kilobytes-for-bytes", "int(line.split()[1]) * 1024", "int(line.split()[1])"),
        (
            "free-alone-is-the-limit",
            "min([in_use() + free, *_group_limits(_SYSTEM)])",
            "min([free, *_group_limits(_SYSTEM)])",
        ),
        ("group-unasked", "min([in_use() + free, *_group_limits(_SYSTEM)])", "in_use() + free"),
        (
            "largest-limit-counts",
            "return min(_group_limits(_SYSTEM), default=None)",
            "return max(_group_limits(_SYSTEM), default=None)",
        ),
        ("size-of-the-program", "read_text().split()[1]) * os", "read_text().split()[0]) * os"),
        ("free-for-available", '_meminfo("MemAvailable", _SYSTEM)', '_meminfo("MemFree", _SYSTEM)'),
        ("peak-in-kilobytes", "else most * 1024", "else most"),
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
        "doctor/machine_faults.py",
        "doctor/test_faults.py",
        ("python-3-11-refused", "if facts.python >= (3, 11):", "if facts.python > (3, 12):"),
        ("gigabytes-for-bytes", "NEEDED_MEMORY = 3e9", "NEEDED_MEMORY = 3"),
        ("disk-never-full", "folder.free < NEEDED_DISK:", "folder.free < NEEDED_DISK / 1e9:"),
        ("jobs-told-of-docker", '"sbatch --mem=8G ..." if in_job else', '"sbatch --mem=8G ..." if not in_job else'),
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
        (
            "fullest-other-card",
            "freest = max(others, key=lambda other: other.free, default=None)",
            "freest = min(others, key=lambda other: other.free, default=None)",
        ),
        ("fuller-card-advised", "freest.free > max(card.free, 2 * 2**30)", "freest.free < max(card.free, 2 * 2**30)"),
        ("one-problem-for-all-devices", "found.setdefault(problem.fault, problem)", 'found.setdefault("", problem)'),
        (
            "old-card-for-new",
            "return take_jax() if card is not None and not tensorflow_fits(card) else",
            "return take_jax() if card is not None and tensorflow_fits(card) else",
        ),
        (
            "own-cudnn-turned-round",
            '"unset LD_LIBRARY_PATH" if facts.environment.get("LD_LIBRARY_PATH") else',
            '"unset LD_LIBRARY_PATH" if not facts.environment.get("LD_LIBRARY_PATH") else',
        ),
    ),
    *mistakes_in(
        "doctor/trial.py",
        "doctor/test_trial.py",
        ("card-held-whole", '"TF_FORCE_GPU_ALLOW_GROWTH": "true"', '"TF_FORCE_GPU_ALLOW_GROWTH": "false"'),
        ("card-not-chosen", '"TF_CPP_MIN_LOG_LEVEL": "0", **environment}', '"TF_CPP_MIN_LOG_LEVEL": "0"}'),
        ("first-line-of-an-error", "(telling or lines)[-1][:300]", "(telling or lines)[0][:300]"),
        ("step-without-its-jit", "CHILD.format(jit=jit)", "CHILD.format(jit=True)"),
        (
            "own-path-lost",
            'paths = [folder, *filter(None, [environment.get("PYTHONPATH")])]',
            'paths = [*filter(None, [environment.get("PYTHONPATH")])]',
        ),
    ),
    *mistakes_in(
        "doctor/examination.py",
        "doctor/test_faults.py doctor/test_trial.py doctor/test_cards.py",
        ("ready-with-a-fault", "return not any(problem.stops", "return any(problem.stops"),
        (
            "total-for-free",
            "{size(card.free)} of {size(card.total)} free",
            "{size(card.total)} of {size(card.free)} free",
        ),
        ("all-cards-seen", 'visible(cards, chosen.get("CUDA_VISIBLE_DEVICES"))', "visible(cards, None)"),
        ("limit-of-the-machine", "memory_limit=memory.group_limit()", "memory_limit=memory.installed()"),
        ("fault-told-twice", "if problem.fault not in known]", "]"),
        ("hidden-cards-tried", "tuple(_try_each(facts.seen))", "tuple(_try_each(facts.cards))"),
    ),
    *mistakes_in(
        "doctor/fixes.py",
        "doctor/test_faults.py",
        ("gibibytes-called-gigabytes", "{number / 1e9:.1f} GB", "{number / 2**30:.1f} GB"),
    ),
    *mistakes_in(
        "doctor/packages.py",
        "doctor/test_machine.py",
        ("flags-of-xla-unread", "folders = [Path(told[1])] if told else []", "folders = []"),
        (
            "cuda-home-unread",
            'for name in ("CUDA_HOME", "CUDA_PATH", "CUDA_DIR") if os.environ.get(name)',
            "for name in () if os.environ.get(name)",
        ),
        ("ptxas-on-path-unseen", 'ptxas or shutil.which("ptxas")', "ptxas"),
    ),
]
