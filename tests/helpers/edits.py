"""Edits of the parameters cells, as a student may make them: what is refused, and what another value changes.

An edit that is `refused` stops with one line that holds that text. One that is carried out `shows`, for every
parameter that it changes, a text (a regular expression) that the notebook does not print with the default value.
The names in angle brackets stand for folders and files that the test makes.
"""

from typing import Any, NamedTuple

from oasis_helpers.weights import shipped

SHIPPED = ", ".join(map(repr, shipped()))  # as a message lists them


class Edit(NamedTuple):
    """One notebook with other parameters."""

    notebook: str
    changes: dict[str, Any]
    refused: str = ""
    shows: dict[str, str] = {}
    stops: str = ""  # a refusal that the parameter is there for


PEOPLE_4, PEOPLE_16 = "<the folder of 4 people>", "<the folder of 16 people>"
DRAWS_16, DRAWS_64 = "<an untrained generator of 16 px>", "<an untrained generator of 64 px>"
NOWHERE = "/no/such/folder"


def refused(notebook, texts, **changes):
    """One edit that is refused."""
    return Edit(notebook, changes, refused=texts)


def shows(notebook, shown, **changes):
    """One edit that is carried out; ``shown`` holds a text for each of the changes."""
    return Edit(notebook, changes, shows=shown)


START = "00_start_here"
DATA = "01_data_loading"
MAPPING = "02_mapping_network"
SYNTHESIS = "03_adain_synthesis"
LOSSES = "04_discriminator_and_losses"
TRAINING = "05_progressive_training"
SAMPLING = "06_sampling"
EVALUATION = "07_evaluation"
AFTER = "08_what_came_after"

EDITS = [
    # ---- 00
    shows(
        START,
        {"data": "512 slices of 16 people", "slice_from": "'validate': 64, of 2 people"},
        data=PEOPLE_16,
        slice_from="validate",
    ),
    shows(START, {"people": r"Pyramid\(128 slices of 4", "seeds": "seed 5 starts with"}, people=4, seeds=[5]),
    shows(START, {"psi": "psi 1: from seed to seed", "people": "96 slices of 3"}, psi=1, people=3),
    shows(START, {"data": "128 slices of 4 people", "people": "people: 5 is not used"}, data=PEOPLE_4, people=5),
    refused(START, "data: there is no folder", data=NOWHERE),
    refused(START, "data: expected a folder", data=7),
    refused(START, "people: expected a whole number from 3 to 342", people=2),
    refused(START, "people: expected a whole number from 3 to 342, but got '120' (did you mean 120?)", people="120"),
    refused(START, "slice_from: expected one of the splits", slice_from="validation", people=4),
    refused(START, "seeds: expected whole numbers from 0 up, but got -1 (did you mean 1?)", seeds=[-1]),
    refused(START, "seeds: expected at least one", seeds=[]),
    refused(START, "seeds: expected at most 64", seeds=list(range(65))),
    refused(START, "psi: expected a number from 0 to 2, but got 'high'", psi="high"),
    refused(START, "psi: expected a number", psi=-0.7, seeds=[1]),
    # ---- 01
    shows(
        DATA,
        {"resolution": r"batch: \(4, 8, 8\)", "batch_size": r"batch: \(4, 8"},  # one by one it takes minutes
        resolution=8,
        batch_size=4,
    ),
    shows(
        DATA,
        {"resolution": r"batch: \(512, 256", "batch_size": r"batch: \(512", "people": "128 slices of 4 people"},
        resolution=256,
        batch_size=512,
        people=4,
    ),
    shows(
        DATA,
        {"flip": r"flip = True: [1-9]\d* of", "data": "128 slices of 4 people"},
        flip=True,
        data=PEOPLE_4,
    ),
    shows(
        DATA,
        {"seed": r"flip = True: 11 of 16", "flip": r"flip = True: [1-9]\d* of"},
        seed=3,
        flip=True,
    ),
    shows(DATA, {"value_range": r"mean 0\.\d+ with value_range = \(0"}, value_range=[0, 1], people=4),
    refused(DATA, "resolution: expected a power of two", resolution=100),
    refused(DATA, "(did you mean 128?)", resolution=100, batch_size=8),
    refused(DATA, "resolution: expected a whole number from 8 to 256, but got 512", resolution=512),
    refused(DATA, "resolution: expected a whole number from 8 to 256, but got 4", resolution=4),
    refused(DATA, "batch_size: expected a whole number from 1 to 512, but got 0", batch_size=0),
    refused(DATA, "batch_size: expected a whole number from 1 to 512, but got 513", batch_size=513),
    refused(DATA, "flip: expected True or False, but got 'yes' (did you mean True?)", flip="yes"),
    refused(DATA, "value_range: expected (-1, 1) or (0, 1)", value_range=[0, 255]),
    refused(DATA, "seed: expected a whole number", seed=1.5),
    refused(DATA, "people: expected a whole number from 3 to 342", people=400),
    refused(DATA, "data: there is no folder", data=NOWHERE, people=4),
    # ---- 02
    shows(MAPPING, {"z_dim": r"z has shape \(1000, 2\)", "w_dim": r"styles: \(1000, 10, 2\)"}, z_dim=2, w_dim=2),
    shows(
        MAPPING,
        {"mapping_layers": r"1 layers, 16,512 parameters", "psi": "package, psi 0: "},
        mapping_layers=1,
        psi=0,
    ),
    shows(MAPPING, {"psi": "package, psi 2: ", "seed": r"from 9\.4 to 13\.5"}, psi=2.0, seed=1),
    shows(
        MAPPING,
        {"mapping_layers": "32 layers", "w_dim": r"styles: \(1000, 10, 512\)"},
        mapping_layers=32,
        w_dim=512,
    ),
    refused(MAPPING, "z_dim: expected a whole number from 2 to 4096, but got 1", z_dim=1),
    refused(MAPPING, "w_dim: expected a whole number from 2 to 4096, but got -128 (did you mean 128?)", w_dim=-128),
    refused(MAPPING, "mapping_layers: expected a whole number from 1 to 32", mapping_layers=33),
    refused(MAPPING, "psi: expected a number from 0 to 2, but got 'high'", psi="high"),
    refused(MAPPING, "seed: expected a whole number", seed="zero"),
    # ---- 03
    shows(
        SYNTHESIS,
        {"resolution": r"image +\(4, 8, 8, 1\)", "channel_max": r"constant +\(1, 4, 4, 1\)"},
        resolution=8,
        channel_max=1,
    ),
    shows(
        SYNTHESIS,
        {"w_dim": r"styles: \(4, 10, 1\)", "noise_strength": r"strength 0: mean 0\.000"},
        w_dim=1,
        noise_strength=0,
    ),
    shows(
        SYNTHESIS,
        {"seed": r"first latent starts with 0\.346 0\.822", "resolution": r"\(4, 256, 256, 1\)"},
        seed=1,
        resolution=256,
    ),
    refused(SYNTHESIS, "resolution: expected a power of two", resolution=96),
    refused(SYNTHESIS, "resolution: expected a whole number from 8 to 256", resolution=1024),
    refused(SYNTHESIS, "channel_max: expected a whole number from 1 to 4096", channel_max=0),
    refused(SYNTHESIS, "w_dim: expected a whole number from 1 to 4096", w_dim=5000),
    refused(
        SYNTHESIS, "noise_strength: expected a number from 0 to 10, but got -0.3 (did you mean 0.3", noise_strength=-0.3
    ),
    refused(SYNTHESIS, "noise_strength: expected a number", noise_strength=True, seed=2),
    refused(SYNTHESIS, "seed: expected a whole number", seed=-1),
    # ---- 04
    shows(LOSSES, {"resolution": r"image +\(4, 8, 8, 1\)", "people": "slices of 3 people"}, resolution=8, people=3),
    shows(
        LOSSES,
        {"mbstd_group": r"people     v = 0\.000", "r1_gamma": "R1 is 1 times smaller with gamma = 0,"},
        mbstd_group=1,
        r1_gamma=0,
    ),
    shows(
        LOSSES,
        {"learning_rate": "learning rate 0.0001$", "seed": r"\|a\|\^2 = (?!3\.875)"},
        learning_rate=0.0001,
        seed=1,
    ),
    refused(LOSSES, "resolution: expected a power of two", resolution=48),
    refused(LOSSES, "people: expected a whole number from 3 to 12", people=200),
    refused(LOSSES, "mbstd_group: expected one of 1, 2, 4, but got 3", mbstd_group=3),
    refused(LOSSES, "r1_gamma: expected a number from 0 to 100", r1_gamma=-10),
    refused(LOSSES, "learning_rate: expected a number from 0.0001 to 0.05", learning_rate=-0.005),
    refused(LOSSES, "learning_rate: expected a number from 0.0001 to 0.05, but got 'fast'", learning_rate="fast"),
    refused(LOSSES, "seed: expected a whole number", seed=None),
    # ---- 05, with the preset smoke
    shows(
        TRAINING,
        {"total_kimg": "0.512 thousand images in", "r1_gamma": r"lazy R1 0\.0 s"},
        total_kimg=0.5,
        r1_gamma=0,
    ),
    shows(
        TRAINING,
        {"learning_rate": "16 +0.01$", "data": "416 slices of 13 people"},
        learning_rate=0.01,
        data=PEOPLE_16,
        total_kimg=0.5,
    ),
    shows(
        TRAINING,
        {"seed": r"starts with the slices \[2381 2097", "flip": r"mirrored: [1-8] of 8"},
        seed=1,
        flip=True,
        total_kimg=0.5,
    ),
    shows(
        TRAINING,
        {"preset": "preset laptop", "total_kimg": r"0\.\d+ thousand images in"},
        preset="laptop",
        total_kimg=0.1,
    ),
    Edit(TRAINING, {"most_hours": 0.0001}, stops="most_hours: preset smoke with 4 thousand images would take"),
    Edit(TRAINING, {"preset": "paper"}, stops="most_hours: preset paper with 25,000 thousand images would take"),
    Edit(TRAINING, {"total_kimg": 1e6, "most_hours": 1}, stops="1,000,000 thousand images would take at least"),
    refused(TRAINING, "preset: expected one of smoke, lab, laptop, gpu, paper, but got 'labtop' (did", preset="labtop"),
    refused(TRAINING, "data: there is no folder", data=NOWHERE),
    refused(TRAINING, "total_kimg: expected a number", total_kimg=-4),
    refused(TRAINING, "learning_rate: expected a number", learning_rate=-0.001, seed=1),
    refused(TRAINING, "learning_rate: expected resolutions in pixels as keys", learning_rate={"100": 0.001}),
    refused(TRAINING, "r1_gamma: expected a number", r1_gamma="off"),
    refused(TRAINING, "flip: expected True or False", flip=1),
    refused(TRAINING, "seed: expected a whole number", seed=-1, flip=True),
    refused(TRAINING, "most_hours: expected a number", most_hours="a night"),
    # ---- 06
    shows(
        SAMPLING,
        {"generator_name": "16 px, 6 layers", "first_seed": r"seeds 100 to 115"},
        generator_name=DRAWS_16,
        first_seed=100,
    ),
    shows(
        SAMPLING,
        {
            "brains": r"drawn: \(1, 64, 64\)",
            "steps": "^50 steps brought",
            "quiz_name": "quiz at 16 px",
            "data": "20 of 32 slices of test people",
        },
        brains=1,
        steps=50,
        quiz_name=DRAWS_16,
        data=PEOPLE_16,
    ),
    shows(
        SAMPLING,
        {"noise": r"drawn again [1-9]\d*", "psi": r"psi 2 leaves 1\d\d%"},
        noise="fresh",  # with the course's generator: an untrained one gives noise the weight 0
        psi=2,
        brains=4,
        steps=50,
    ),
    refused(SAMPLING, f"generator_name: expected {SHIPPED}, a file or a run folder", generator_name="defualt"),
    refused(SAMPLING, "generator_name: expected", generator_name=5),
    refused(SAMPLING, f"quiz_name: expected {SHIPPED}, a file or a run folder", quiz_name="cohort64"),
    refused(SAMPLING, "data: there is no folder", data=NOWHERE),
    refused(SAMPLING, "first_seed: expected a whole number of at least 0, but got -1", first_seed=-1),
    refused(SAMPLING, "brains: expected a whole number from 1 to 256, but got 0", brains=0),
    refused(SAMPLING, "brains: expected a whole number from 1 to 256, but got 2000", brains=2000, steps=50),
    refused(SAMPLING, "psi: expected a number from 0 to 2, but got 'high'", psi="high"),
    refused(SAMPLING, "noise: expected one of fixed, fresh, off, but got 'fix'", noise="fix"),
    refused(SAMPLING, "steps: expected a whole number from 50 to 1000", steps=1),
    # ---- 07
    shows(
        EVALUATION,
        {"count": "'reference': 60", "seed": "reference starts with SYN_0010"},
        count=60,
        seed=1,
    ),
    shows(
        EVALUATION,
        {"generator_name": "the generator is place [78] of 8", "data": "people in the reference: 6"},
        generator_name=DRAWS_64,
        data=PEOPLE_16,
        count=60,
    ),
    shows(
        EVALUATION,
        {"false_alarms": r"(19\.\d|20\.0)% of \d+ slices of new", "count": "'reference': 61"},
        false_alarms=0.2,
        count=61,
    ),
    refused(EVALUATION, f"generator_name: expected {SHIPPED}, a file or a run folder", generator_name="nothing"),
    refused(EVALUATION, "generator_name: expected at least 64 px, but it draws 16", generator_name=DRAWS_16),
    refused(EVALUATION, "data: there is no folder", data=NOWHERE),
    refused(EVALUATION, "count: expected a whole number from 60 to 2000, but got 10", count=10),
    refused(EVALUATION, "count: expected a whole number from 60 to 2000, but got '300' (did", count="300"),
    refused(EVALUATION, "false_alarms: expected a number from 0.001 to 0.2, but got 0", false_alarms=0),
    refused(EVALUATION, "false_alarms: expected a number from 0.001 to 0.2", false_alarms="few", count=60),
    refused(EVALUATION, "seed: expected a whole number", seed=-1),
    # ---- 08
    shows(
        AFTER,
        {
            "generator_name": "16 px, layers of the kind",
            "data": "512 slices of 16 people",
            "count": "^4 images of the seeds",
            "seed": "seeds 5 to 8",
        },
        generator_name=DRAWS_16,
        data=PEOPLE_16,
        count=4,
        seed=5,
    ),
    shows(
        AFTER,
        {"spot": r"planted: 0\. ", "kimg": "shown 0.2 thousand"},
        spot=0,
        kimg=0.2,
        generator_name=DRAWS_64,
        count=4,
    ),
    refused(AFTER, f"generator_name: expected {SHIPPED}, a file or a run folder", generator_name="cohort512"),
    refused(AFTER, "data: there is no folder", data=NOWHERE),
    refused(AFTER, "count: expected a whole number from 4 to 64, but got 2", count=2),
    refused(AFTER, "spot: expected a number from 0 to 1000, but got -1", spot=-1),
    refused(AFTER, "kimg: expected a number from 0.1 to 25, but got 0", kimg=0),
    refused(AFTER, "seed: expected a whole number", seed=-1),
]
