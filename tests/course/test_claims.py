"""What notebooks say in words about numbers: the stored outputs hold these numbers, so a sentence cannot go stale.

A line names a notebook, a regular expression with one group, and the range in which the sentence stays true.
"""

import re
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"

CLAIMS = [
    # "Two people differ about four times as much", "nearly always", "makes it impossible"
    ("01_data_loading", r"that is ([\d.]+) times as much", 3.5, 4.5),
    ("01_data_loading", r"split by slice: for (\d+)%", 95, 100),
    ("01_data_loading", r"split by person: for (\d+)%", 0, 0),
    # "many students, many people over sixty, few between"; "more women than men"
    ("01_data_loading", r"from 0 to under 30 years: (\d+)%", 30, 45),
    ("01_data_loading", r"from 60 to under 200 years: (\d+)%", 30, 45),
    ("01_data_loading", r"known age: (\d+) women", 61, 120),
    ("01_data_loading", r"correlation with age: ([\d.]+)", 0.8, 1),
    # "About three quarters of all pixels are exactly black"
    ("01_data_loading", r"exactly black: (\d+)%", 70, 80),
    # "A hundred times"; "Less, and by a lot"
    ("02_mapping_network", r"m =  1.0: the output moved by ([\d.]+)", 0.00135, 0.00142),
    ("02_mapping_network", r"m = 0.01: the output moved by ([\d.]+)", 0.0000135, 0.0000145),
    ("02_mapping_network", r"layers: 1, share of w that depends on z: (\d+)%", 75, 85),
    ("02_mapping_network", r"layers: 8, share of w that depends on z: (\d+)%", 24, 34),
    # "some straight walks between two w cross the empty corner"
    ("02_mapping_network", r"random w, (\d+)% cross the empty quarter", 3, 20),
    # "Four of five dots", and the table: 1.68, 0.93, 1.8
    ("02_mapping_network", r"^(\d+)% of the dots", 77, 85),
    ("02_mapping_network", r"path length in Z: ([\d.]+)", 1.66, 1.7),
    ("02_mapping_network", r"path length in W: ([\d.]+)", 0.91, 0.95),
    ("02_mapping_network", r"^Z / W: ([\d.]+)", 1.75, 1.85),
    # "The pixels vary more, but far less than four times as much", "more even"
    ("03_adain_synthesis", r"strength 0.3: mean ([\d.]+)", 1.05, 1.2),
    ("03_adain_synthesis", r"strength 1.2: mean ([\d.]+)", 1.2, 1.5),
    ("03_adain_synthesis", r"strength 0.3: .*: (\d+)% of the mean", 40, 52),
    ("03_adain_synthesis", r"strength 1.2: .*: (\d+)% of the mean", 25, 36),
    # "Zero for copies, more for neighbours, most for different people"
    ("04_discriminator_and_losses", r"copies +v = ([\d.]+)", 0, 0.0005),
    ("04_discriminator_and_losses", r"neighbours v = ([\d.]+)", 0.02, 0.04),
    ("04_discriminator_and_losses", r"people +v = ([\d.]+)", 0.07, 0.1),
    # "The logits rise"
    ("04_discriminator_and_losses", r"before: .* on average ([\d.]+)", 1.6, 1.9),
    ("04_discriminator_and_losses", r"after: .* on average ([\d.]+)", 2.1, 5),
    # "fewer than half", "most"; training differs a little from run to run
    ("04_discriminator_and_losses", r"gamma = 0: (\d+)% of the arrows", 20, 49),
    ("04_discriminator_and_losses", r"gamma = 10: (\d+)% of the arrows", 65, 100),
    # "No pixel differs"; "73 %"
    ("06_sampling", r"drawn again (\d+)", 0, 0),
    ("06_sampling", r"psi 0.5 (\d+)%", 71, 75),
    # "closely (correlation 0.95)", "less closely (0.54)", "follow neither well", "stay near the source's"
    ("06_sampling", r"coarse styles .* height +: .* ([+\d.]+) with the donor", 0.93, 0.97),
    ("06_sampling", r"coarse styles .* area of the brain: .* ([+\d.]+) with the source", 0.1, 0.25),
    ("06_sampling", r"coarse styles .* area of the brain: .* ([+\d.]+) with the donor", 0.49, 0.59),
    ("06_sampling", r"coarse styles .* ventricles +: .* ([+\d.]+) with the source", 0.2, 0.45),
    ("06_sampling", r"coarse styles .* ventricles +: .* ([+\d.]+) with the donor", 0.3, 0.48),
    ("06_sampling", r"middle styles .* height +: .* ([+\d.]+) with the source", 0.9, 1),
    ("06_sampling", r"middle styles .* ventricles +: .* ([+\d.]+) with the source", 0.65, 0.8),
    # "below 0.2", "0.52", "by two thirds", "by six slices"
    *[("06_sampling", rf"direction {k} .* ([+-][\d.]+)", -0.2, 0.2) for k in range(4)],
    ("06_sampling", r"fitted direction .* ([+-][\d.]+)", 0.47, 0.57),
    ("06_sampling", r"ventricles +from ([\d.]+) at -3", 0.025, 0.027),
    # "about three times", "some ninety times"; "recall the same"; "three times its floor", "5 dB", "half a per cent"
    ("07_evaluation", r"^fakes +([\d.]+) ", 0.045, 0.065),
    ("07_evaluation", r"^other people +([\d.]+) +[\d.-]+ +[\d.]+ +[\d.]+$", 0.015, 0.021),
    ("07_evaluation", r"^blurred +([\d.]+) ", 4.2, 5.2),
    ("07_evaluation", r"^fakes +[\d.]+ +[\d.-]+ +[\d.]+ +([\d.]+)$", 0.84, 0.89),
    ("07_evaluation", r"^softened +([\d.]+) ", 0.05, 0.075),
    ("07_evaluation", r"^softened +(?:[\d.]+ +){4}([\d.]+)", 5.0, 5.6),
    # "more than three times"; "green" twice
    ("07_evaluation", r"fakes +SWD .* spectrum ([\d.]+) dB", 0.42, 0.55),
    ("07_evaluation", r"Right anatomy\? +green .*: ([\d.]+), people", 0, 0.1),
    ("07_evaluation", r"As varied\? +green .*: ([\d.]+), people", 1, 1.4),
    # "four of five pairs"; "within what chance gives"
    ("07_evaluation", r"attack on the memoriser: ([\d.]+)", 0.75, 0.86),
    ("07_evaluation", r"attack on the generator: ([\d.]+)", 0.44, 0.6),
    ("07_evaluation", r"attack on the generator: .* ([\d.]+) to", 0.3, 0.43),
    ("07_evaluation", r"attack on the generator: .* to ([\d.]+)", 0.6, 0.7),
    ("07_evaluation", r"fakes +SWD .* gap ([\d.]+)%", 0.4, 0.7),
    ("06_sampling", r"ventricles +from .* to ([\d.]+) at \+3", 0.0425, 0.045),
    ("06_sampling", r"slice height +from ([\d.]+) at -3", 17.5, 18.5),
    ("06_sampling", r"slice height +from .* to ([\d.]+) at \+3", 11.5, 12.5),
    # "its error is hardly larger", "a small error proves little"
    ("06_sampling", r"a test person: off by ([\d.]+)", 14, 20),
    ("06_sampling", r"upside down: off by ([\d.]+)", 15, 21),
    ("06_sampling", r"over 60 seeds: ([+-][\d.]+)", -1, -0.8),
    # "from 64 px on, the highest peak is 15"; "no spot weakens the rest by more than 7 %"
    ("08_what_came_after", r"128 px, layer 10: .* largest ([\d.]+);", 14.5, 15.5),
    *[("08_what_came_after", rf"layer {i:2d}: .* largest +([\d.]+);", 0, 15.5) for i in range(8, 14)],
    *[("08_what_came_after", rf"layer {i:2d}: .* the rest by ([\d.]+)%", 0, 7) for i in range(8, 14)],
    # "a peak of 54 and weakens the rest by 46 %"; "three times as strong"; "all lie near 1"
    ("08_what_came_after", r"Of the rest ([\d.]+) is left", 0.535, 0.545),
    ("08_what_came_after", r"without the factor .*: ([\d.]+) to", 1.3, 1.7),
    ("08_what_came_after", r"without the factor .* to ([\d.]+)", 4.3, 5),
    ("08_what_came_after", r"demodulated +standard .*: ([\d.]+) to", 0.85, 1),
    ("08_what_came_after", r"demodulated +standard .* to ([\d.]+)", 1, 1.15),
    # "about half a per cent", "by about 2.5 %", "nearly 5 %"
    *[
        ("08_what_came_after", rf"{way}, {real}: positions differ by ([\d.]+)%", 0.3, 0.8)
        for way in ("left to right", "back to front")
        for real in ("real +", "other real")
    ],
    ("08_what_came_after", r"left to right, generated +: positions differ by ([\d.]+)%", 2.3, 2.7),
    ("08_what_came_after", r"back to front, generated +: positions differ by ([\d.]+)%", 4.4, 5),
    # "three times as long as the shortest"; "a single y would have said five times"
    ("08_what_came_after", r"eight y: the longest is ([\d.]+) times", 2.8, 3.3),
    ("08_what_came_after", r"one y +: the longest is ([\d.]+) times", 4.7, 5.5),
    # "15 %", "1.3 %", "next to nothing", "8 %"
    ("08_what_came_after", r"repeat +: largest error ([\d.]+)%", 14.5, 15.5),
    ("08_what_came_after", r"repeat, blur: largest error ([\d.]+)%", 1.2, 1.4),
    ("08_what_came_after", r"filter +: largest error ([\d.]+)%", 0, 0.4),
    ("08_what_came_after", r"generator +: largest error ([\d.]+)%", 7.6, 8.5),
]


def printed(notebook):
    """All that the stored notebook printed, tables included."""
    stored = nbformat.read(FOLDER / f"{notebook}.ipynb", as_version=4)
    outputs = [output for cell in stored.cells for output in cell.get("outputs", [])]
    return "\n".join(output.get("text", "") or output.get("data", {}).get("text/plain", "") for output in outputs)


@pytest.mark.parametrize(("notebook", "pattern", "low", "high"), CLAIMS)
def test_the_sentence_is_still_true(notebook, pattern, low, high):
    (number,) = re.findall(pattern, printed(notebook), re.MULTILINE)
    assert low <= float(number) <= high, f"{pattern}: {number}; read the sentence again"
