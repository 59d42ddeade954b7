"""Shipping a generator: what is written loads and draws the same, the card tells the truth, a bad audit stops it."""

import hashlib
import json
import shlex

from oasis_helpers import Trainer, load_data, load_generator, make_config, sampling, save_generator
from oasis_helpers.engine import to_numpy
from oasis_helpers.errors import UserError
from oasis_helpers.evaluation import poses
from oasis_helpers.evaluation.sides import TITLES
from oasis_helpers.evaluation.summary import REPORT_FORMAT
from oasis_helpers.evaluation.tissues import measures
from oasis_helpers.images import image_grid
from oasis_helpers.networks.generator import Generator
from oasis_helpers.weights import read_generator, shipped

import numpy as np
import pytest
from helpers.scripts import load_script
from helpers.tiny import random_slices, tiny
from PIL import Image

ABOUT = {"command": "train --preset smoke", "commit": "1a2b3c4", "machine": "two cores", "terms": "free | for all"}
TRAINED = {"kimg": 12.345, "data": "virtual people", "slices": "one", "hours": 0.5}


@pytest.fixture(scope="module")
def tool():
    return load_script("tools/ship.py")


@pytest.fixture
def run(tmp_path):
    generator = Generator(make_config("smoke", resolution=32), resolution=16)  # its last level has not grown yet
    save_generator(generator, tmp_path / "run.safetensors", **TRAINED)
    return tmp_path / "run.safetensors"


def write_report(folder, verdict="pass", about=TRAINED, resolution=16, source=None, train="one"):
    score = {"value": 1.25, "low": 1.0, "high": 1.5, "count_real": 9, "count_fake": 9, "parts": {}}
    sides = {side: {**score, "flags": ["few images"] if side == "fakes" else []} for side in TITLES}
    judged = {"value": 2.75, "floor": 0.5, "limit": 0.75, "most": 1.0, "p": 0.005, "people": 9, "draws": 200}
    areas = dict.fromkeys([*measures.MEASURES, "segmented"], 0.25)
    values = {
        "format": REPORT_FORMAT,
        "about": {
            "generator": {"about": about, "resolution": resolution},
            "data": {"source": source or about["data"], "train": train},
            "images": 9,
            "preset": "smoke",
            "seed": 7,
            "segmenter": {"version": 2, "data": "people of their own", "knows_the_people": False},
        },
        "scores": {"swd": sides},
        "judged": {"spectrum": {"unseen": judged, "train": {**judged, "value": 0.625}}},
        "tissues": dict.fromkeys(["reference", *TITLES], areas),
        "tissue_distances": {},
        "spreads": {side: dict.fromkeys(poses.POSES, 0.75) for side in ("reference", "fakes", "other people")},
        "audit": {"verdict": verdict, "false_alarms": 0.01, "reasons": ["0 of 9 flagged"]},
    }
    (folder / "report.json").write_text(json.dumps(values))
    return folder


def test_what_ships_draws_the_same_and_ends_where_it_has_grown_to(tool, run, tmp_path):
    tool.ship(run, "small", write_report(tmp_path), ABOUT, tmp_path)
    before, after = load_generator(run), load_generator(tmp_path / "small.safetensors")
    assert (after.resolution, after.config.resolution, before.config.resolution) == (16, 16, 32)
    images = [sampling.sample(g, range(8), 1.0).astype(int) for g in (before, after)]
    assert np.abs(images[0] - images[1]).max() <= 2 and images[0].std() > 10
    sizes = [(tmp_path / f"{name}.safetensors").stat().st_size for name in ("run", "small")]
    assert sizes[1] < 0.6 * sizes[0]
    assert after.about["kimg"] == 12.345 and after.about["terms"] == "free | for all"


def test_the_card_has_every_fact(tool, run, tmp_path):
    card = tool.ship(run, "small", write_report(tmp_path), ABOUT, tmp_path).read_text()
    digest = hashlib.sha256((tmp_path / "small.safetensors").read_bytes()).hexdigest()
    facts = [
        "virtual people",
        "| commit | 1a2b3c4 |",
        "train --preset smoke",
        "two cores",
        "free \\| for all",
        "12,345",
        "0.50",
        digest,
    ]
    for fact in [
        *facts,
        "1.25 (1 to 1.5)",
        "- Right texture? red: spectrum, against people never shown: 2.75 dB, people 0.5 (limit 0.75); beyond it",
        "- Copied? green: the audit says: pass",
        "| spectrum dB | lower | 2.75 | 0.5 | 0.75 | red | 0.625 | 0.5 | 0.75 | green |",
        "learned from people of their own (version 2)",
        "few images",
        "25.00",
        "| size, % of its mean | 0.75 | 0.75 | 0.75 |",
        "no sign of a leak",
        "**pass**, at 1%",
        "0 of 9 flagged",
        "missed two in ten copied halves and six in ten copied deep parts",
        '"resolution": 16',
    ]:
        assert fact in card, fact
    assert "{" not in card.split("```json")[0]


def test_a_note_stands_in_the_card_where_there_is_one(tool, run, tmp_path):
    report = write_report(tmp_path)
    assert "| note |" not in tool.ship(run, "small", report, ABOUT, tmp_path).read_text()
    about = {**ABOUT, "note": "stopped once"}
    assert "| note | stopped once |" in tool.ship(run, "small", report, about, tmp_path).read_text()


def test_the_card_says_what_the_run_began_with(tool, tmp_path):
    about = {**TRAINED, "start_from": {"kimg": 3.5, "data": "other people"}}
    save_generator(Generator(make_config("smoke")), tmp_path / "run.safetensors", **about)
    report = write_report(tmp_path, about=about)
    card = tool.ship(tmp_path / "run.safetensors", "small", report, ABOUT, tmp_path).read_text()
    assert "| images shown | 12,345, after 3,500 of other people in the run it began with |" in card


@pytest.mark.slow
def test_a_run_ships_with_its_discriminator_cut_to_the_level_that_it_has_reached(tool, tmp_path):
    slices = random_slices(size=16)
    config = tiny(resolution=16, total_kimg=0.032)  # ends before 16 px have faded in
    trainer = Trainer(config, slices, tmp_path / "run")
    trainer.fit(progress=False)
    about = load_generator(trainer.folder).about
    assert about["slices"] == slices.split("train").digest()
    report = write_report(tmp_path, about=about, resolution=8, train=about["slices"])
    settings = [("--set", f"{name}={value}") for name, value in vars(config).items() if name != "preset"]
    command = shlex.join(["train", "--preset", config.preset, *(word for pair in settings for word in pair)])
    tool.ship(trainer.folder, "small", report, {**ABOUT, "command": command}, tmp_path)
    on = Trainer(tiny(start_resolution=8), slices, tmp_path / "on", start_from=tmp_path / "small.safetensors")
    theirs = {v.path: to_numpy(v).astype("float16") for v in trainer.nets.d.variables}
    for v in on.nets.d.variables:
        assert np.array_equal(to_numpy(v), theirs[v.path]), v.path
    assert "the discriminator to go on with" in (tmp_path / "small.md").read_text()


@pytest.mark.parametrize(
    ("report", "message"),
    [
        ({"verdict": "fail"}, "report: expected an audit that passes, but it says 'fail'"),
        ({"about": {**TRAINED, "kimg": 1.0}}, "report: expected one of .*evaluate"),
        ({"train": "two"}, "report: data: expected .* learned from, 'virtual people', but got others of the same name"),
    ],
)
def test_a_report_that_does_not_allow_it_stops_it(tool, run, tmp_path, report, message):
    with pytest.raises(UserError, match=message):
        tool.ship(run, "small", write_report(tmp_path, **report), ABOUT, tmp_path)
    assert not (tmp_path / "small.safetensors").exists()


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("train --preset smoke --set seed=1", "command: expected the generator's settings, but seed is 0, not 1"),
        # Laid over the preset's other levels, not in their place.
        ("train --preset smoke --set 'stable_kimg={16: 7}'", "but stable_kimg at 16 px is .*, not 7.0"),
        ("evaluate default --out report", "command: expected 'train ...' as one would type it"),
    ],
)
def test_a_command_that_would_train_another_generator_stops_it(tool, run, tmp_path, command, message):
    with pytest.raises(UserError, match=message):
        tool.ship(run, "small", write_report(tmp_path), {**ABOUT, "command": command}, tmp_path)
    assert not (tmp_path / "small.safetensors").exists()


@pytest.mark.parametrize("name", shipped())
def test_the_command_in_a_card_asks_for_what_the_generator_has(tool, name):
    generator, saved = load_generator(name), json.loads(read_generator(name)[1]["config"])
    newer = [field for field in vars(generator.config) if field not in saved]
    tool.check_command(generator.about["command"], generator.config, newer)
    assert f"`python -m oasis_helpers {generator.about['command']}`" in shipped()[name].with_suffix(".md").read_text()


@pytest.mark.parametrize("name", shipped())
def test_a_card_shows_the_generators_samples_and_slices_of_nobody_but_the_cohort(tool, name):
    file, generator = shipped()[name].with_suffix(".png"), load_generator(name)
    assert f"({file.name})" in file.with_suffix(".md").read_text()
    samples = image_grid(sampling.sample(generator, range(8), 1.0), 4, 128, 2)
    blocks, width = [samples], samples.shape[1]
    if generator.about["data"] == "synthetic cohort, 120 people, seed 0":
        test = load_data(progress=False).split("test").level(generator.resolution)
        slices = test[np.random.default_rng(0).choice(len(test), 8, replace=False)]
        blocks += [np.full((16, width), 255), image_grid(slices, 4, 128, 2)]
    expected = np.concatenate(blocks).astype(int)
    with Image.open(file) as image:
        shown = np.asarray(image).astype(int)
    assert shown.shape == expected.shape and np.abs(shown - expected).max() <= 2  # machines round differently


@pytest.mark.parametrize(
    ("data", "rows"),
    [("virtual people", 2), ("synthetic cohort, 7 people, seed 3", 2), ("synthetic cohort, 120 people, seed 0", 4)],
)
def test_the_image_of_a_card_has_slices_only_of_the_cohort_it_learned_from(tool, data, rows, tmp_path):
    generator = Generator(make_config("smoke"), about={**TRAINED, "data": data})
    told = tool.card_image(generator, tmp_path / "small.png")
    with Image.open(tmp_path / "small.png") as image:
        assert image.size == (4 * 128 + 3 * 2, rows * 128 + (rows // 2) * 2 + (rows == 4) * 16)
    assert told.startswith("![8 samples of 16 pixels" + (", above 8 slices" if rows == 4 else "") + "](small.png)")
    assert ("people whom it did not learn from" in told) is (rows == 4) and "enlarged to 8 by 8" in told


@pytest.mark.parametrize("name", shipped())
def test_what_comes_along_has_a_card_that_is_its_own(name):
    file = shipped()[name]
    card, generator = file.with_suffix(".md").read_text(), load_generator(name)
    assert hashlib.sha256(file.read_bytes()).hexdigest() in card  # a new generator needs a new card
    assert f"# Generator `{name}`" in card and f"of {generator.resolution} by {generator.resolution} pixels" in card
    assert f"{1000 * generator.about['kimg']:,.0f}" in card and "audit says: **pass**" in card
    settings = json.loads(card.split("```json")[1].split("```")[0])
    assert settings == json.loads(
        read_generator(name)[1]["config"]
    )  # a setting that is newer than the file is in neither
    assert {"command", "commit", "machine", "terms"} <= set(generator.about)
    of_people = not generator.about["data"].startswith("synthetic cohort")
    assert of_people is generator.about["terms"].startswith("CC BY-NC")
    assert "Marcus et al. 2007" in card or not of_people


def test_what_comes_along_is_small_and_the_default_comes_first():
    assert next(iter(shipped())) == "default"
    assert sum(file.stat().st_size for file in shipped().values()) <= 40e6


def test_a_card_is_renewed_from_a_newer_report_and_the_file_stays(tool, run, tmp_path):
    report = write_report(tmp_path)
    card, file = tool.ship(run, "small", report, ABOUT, tmp_path), tmp_path / "small.safetensors"
    before, digest = card.read_text(), hashlib.sha256(file.read_bytes()).hexdigest()
    values = json.loads((tmp_path / "report.json").read_text())
    values["judged"]["spectrum"]["unseen"]["value"] = 3.125
    values["about"]["generator"]["about"] = load_generator(file).about
    (tmp_path / "report.json").write_text(json.dumps(values))
    assert tool.renew_card("small", tmp_path, tmp_path) == card
    assert hashlib.sha256(file.read_bytes()).hexdigest() == digest
    assert "2.75 dB" in before and card.read_text() == before.replace("2.75", "3.12")
    values["audit"]["verdict"] = "fail"
    (tmp_path / "report.json").write_text(json.dumps(values))
    with pytest.raises(UserError, match="an audit that passes"):
        tool.renew_card("small", tmp_path, tmp_path)
    with pytest.raises(UserError, match="there is no 'other'"):
        tool.renew_card("other", tmp_path, tmp_path)
