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
]
