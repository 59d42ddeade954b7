"""Planted mistakes in settings, presets and commands."""

from helpers.mutants.table import mistakes_in

MUTANTS = [
    *mistakes_in(
        "config/__init__.py",
        "networks/test_facts.py",
        (
            "no-rate-of-512-px",
            "256: 2e-3, 512: 3e-3}",
            "256: 2e-3, 512: 2e-3}",
            "test_learning_rates_and_batches_of_the_paper",
        ),
        (
            "no-batch-of-512-px",
            "256: 8, 512: 4}",
            "256: 8, 512: 8}",
            "test_learning_rates_and_batches_of_the_paper",
        ),
    ),
    *mistakes_in(
        "config/presets.py",
        "course/test_presets.py",
        ("average-lags-in-short-runs", '"ema_kimg": 1.0,', '"ema_kimg": 20.0,'),
        ("laptop-of-another-length", '"total_kimg": 66.0,', '"total_kimg": 98.0,'),
    ),
    *mistakes_in(
        "commands.py",
        "course/test_sample_command.py",
        (
            "walks-truncated-otherwise",
            "walk(generator, seeds, steps, psi=psi)",
            "walk(generator, seeds, steps)",
        ),
        (
            "grids-truncated-otherwise",
            "sampling.sample(generator, seeds, psi, arguments.noise)",
            "sampling.sample(generator, seeds, None, arguments.noise)",
        ),
        (
            "noise-of-a-matrix-fixed",
            "arguments.layers, psi, arguments.noise)",
            'arguments.layers, psi, "fixed")',
        ),
    ),
]
