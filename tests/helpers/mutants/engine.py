"""Planted mistakes in the engine."""

from helpers.mutants.table import mistakes_in

MUTANTS = [
    *mistakes_in(
        "engine/guard.py",
        "training/test_gpu_guard.py",
        (
            "guard-on-a-processor",
            "    if not on_gpu():\n",
            "    if False:\n",
            "test_on_a_processor_nothing_is_tried",
        ),
        (
            "full-card-cannot-compile",
            "if problem.fault not in UNDECIDED:",
            "if True:",
            "test_a_card_that_this_process_holds_says_nothing",
        ),
        (
            "xla-all-the-same",
            "        engine.devices.give_up_xla()\n",
            "        pass\n",
            "test_then_the_compute_capability_decides",
        ),
    ),
]
