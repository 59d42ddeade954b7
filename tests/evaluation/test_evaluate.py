"""From a generator to a report: what is compared, what is written, and two reports side by side."""

import json
import re
import warnings

from oasis_helpers import load_generator, make_config, sampling, save_generator
from oasis_helpers.__main__ import main
from oasis_helpers.data import load_data
from oasis_helpers.data.cohort.cohort import make_cohort
from oasis_helpers.errors import UserError
from oasis_helpers.evaluation import sides, summary
from oasis_helpers.evaluation.audit.parts import OF_PARTS
from oasis_helpers.evaluation.comparison import compare_reports
from oasis_helpers.evaluation.evaluate import OF_FEATURES, evaluate
from oasis_helpers.evaluation.scores import compute
from oasis_helpers.evaluation.tissues.segmenter import SEGMENTER_SEED, SEGMENTER_VERSION
from oasis_helpers.evaluation.verdicts import QUESTIONS
from oasis_helpers.networks.generator import Generator
from oasis_helpers.view import report

import numpy as np
import pytest
from helpers.edits import SHIPPED

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    """Sixteen people, twelve of them in train."""
    folder = tmp_path_factory.mktemp("cohort")
    make_cohort(folder / "data", people=16, progress=False)
    return folder / "data"


@pytest.fixture(scope="module")
def data(cohort):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OASIS_CACHE", str(cohort.parent / "cache"))
        return load_data(cohort, progress=False)


@pytest.fixture(scope="module")
def result(data):
    return evaluate(load_generator(), data, "smoke", progress=False)


def test_no_person_is_on_both_sides(data):
    made = sides.make_sides(load_generator(), data, 40, seed=3)
    train = data.split("train")
    level = train.level(64)
    owner = {image.tobytes(): person for image, person in zip(level, train.table["person"], strict=True)}
    reference = {owner[image.tobytes()] for image in made.reference}
    others = {owner[image.tobytes()] for image in made.others["other people"]}
    assert reference == set(made.people) and not reference & others
    assert set(made.others) == set(sides.TITLES)
    assert all(images.shape == (40, 64, 64) and images.dtype == np.uint8 for images in made.others.values())
    free = sampling.sample(load_generator(), range(40), 1.0, cutoff=10).astype(int)
    assert np.abs(made.others["fakes"] - free).max() <= 1  # without truncation; several at a time may round otherwise
    again = sides.make_sides(load_generator(), data, 40, seed=3)
    assert np.array_equal(made.reference, again.reference)
    assert np.array_equal(made.others["mean slice"][0], made.others["mean slice"][-1])


def test_real_slices_of_other_people_score_better_than_degraded_ones(result):
    for name in ("swd", "frechet(tissue)", "kid(tissue)"):
        scores = {side: score.value for side, score in result.scores[name].items() if side != "fakes"}
        best = scores.pop("other people")
        assert best < min(scores.values()), (name, best, scores)
    fakes = result.scores["frechet(tissue)"]["fakes"]
    assert fakes.low < fakes.high and any("frechet wants" in flag for flag in fakes.flags)
    assert result.scores["frechet(tissue)"]["blurred"].low is None
    assert result.scores["ppl(tissue)"]["fakes"].value > 0


def test_intervals_lie_around_the_scores_that_are_reported():
    """What the bootstrap draws again and again is, for the slices as they are, the score itself."""
    rng = np.random.default_rng(0)
    real, fake = rng.standard_normal((60, 4)), rng.standard_normal((50, 4)) + 0.4
    for name, make_scorer in OF_FEATURES.items():
        assert make_scorer(real, fake, 5)(np.arange(60)) == compute(name, real, fake, "none", seed=5).value


def test_tissues_and_audit_are_there(result):
    assert len(result.tissues["reference"]) == len(result.sides.reference)
    # Pieces that are shuffled keep their areas: of the degraded slices it is the mean one that must lie far away.
    assert result.tissue_distances["other people"]["grey"] < result.tissue_distances["mean slice"]["grey"] / 3
    assert result.tissue_distances["other people"]["unsegmented"] == 0
    assert 0 < result.spreads["fakes"]["size"] < 2 * result.spreads["reference"]["size"]
    assert set(result.audit.findings) == {"pixel", "perceptual", "domain", *OF_PARTS}
    assert len(result.audit.exposure) == result.about["data"]["people"]["train"]


def test_the_report_is_whole_and_opens_without_a_network(result, tmp_path):
    page = report.write_report(result, tmp_path / "new" / "folder").read_text()
    links = re.findall(r"(?:src|href)=['\"]([^'\"]{0,30})", page)
    assert links and all(link.startswith("data:image/png;base64,") for link in links)
    assert page.count("<img alt='") == page.count("<img ") == 5
    values = summary.read_report(tmp_path / "new" / "folder")
    assert values == json.loads(json.dumps(summary.to_dict(result), allow_nan=False))
    about = values["about"]
    assert about["data"]["digest"] and about["seed"] == 0 and "truncation_psi" in about["generator"]["config"]
    for name, by_side in values["scores"].items():
        assert name in page and f"{by_side['fakes']['value']:.3g}" in page
    assert f"<b>{values['audit']['verdict']}</b>" in page
    for question, verdict in summary.verdicts_of(values).items():
        assert f"{QUESTIONS[question]} <b>{verdict.colour}</b>" in page


def test_the_report_leads_with_people_never_shown_and_shows_every_level(result):
    values = summary.to_dict(result)
    head, *rows = summary.judged_rows(values)
    assert head[2:6] == [f"unseen: {part}" for part in ("samples", "people", "limit", "verdict")]
    names = [row[0] for row in rows]
    assert {"swd 64 px", "swd 32 px", "swd 16 px", "spectrum dB", "anatomy", "recall(tissue)"} <= set(names)
    for row in rows:
        assert len(row) == len(head) and {row[5], row[9]} <= {"green", "amber", "red"}
    judged = values["judged"]["swd 64 px"]["unseen"]
    assert rows[names.index("swd 64 px")][2:5] == [f"{judged[part]:.3g}" for part in ("value", "floor", "limit")]


def test_nobody_is_on_two_sides_of_a_comparison(result, data):
    pool = result.judgement.pool
    split = dict(zip(data.table["person"], data.table["split"], strict=True))
    people = sum(of_split != "train" for of_split in split.values())
    assert len(pool.unseen) == people and len(pool.train) == len(split) - people
    owner = {}  # of each slice, whose it is
    for image, person in zip(data.level(64), data.table["person"], strict=True):
        owner[image.tobytes()] = person
    names = [{owner[image.tobytes()] for image in pool.images[pool.of(ids)]} for ids in (pool.train, pool.unseen)]
    assert not names[0] & names[1] and {split[name] for name in names[0]} == {"train"}
    assert np.array_equal(pool.images[pool.of(pool.samples)], result.sides.others["fakes"][: len(pool.samples) * 4])


def test_the_segmenter_knows_none_of_the_people(result):
    about = result.about["segmenter"]
    assert about["version"] == SEGMENTER_VERSION and not about["knows_the_people"]
    assert f"seed {SEGMENTER_SEED}" in about["data"]


def test_two_reports_side_by_side(result, tmp_path):
    report.write_report(result, tmp_path / "a")
    values = json.loads(json.dumps(summary.to_dict(result)))
    better = values["scores"]["frechet(tissue)"]["fakes"]
    better |= {"value": better["value"] / 100, "low": better["low"] / 100, "high": better["high"] / 100}
    values["scores"]["precision(tissue)"]["fakes"]["value"] += 0.1
    values["about"]["data"]["digest"] = "other"
    values["about"]["segmenter"]["version"] = 1
    values["judged"]["gap"]["unseen"] |= {"value": 99.0, "most": 1.0}
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / summary.JSON_NAME).write_text(json.dumps(values))
    lines = {line.split("  ")[0].strip(): line for line in compare_reports(tmp_path / "a", tmp_path / "b").splitlines()}
    assert lines["frechet(tissue)"].endswith("second") and lines["precision(tissue)"].endswith("second")
    assert lines["kid(tissue)"].rstrip().split("  ")[-1].strip() not in ("first", "second")
    assert lines["Right texture?"].split()[-1] == "red" and "99, people" in lines["gap, unseen"]
    assert any(line.startswith("note: another segmenter") for line in lines.values())
    assert any(line.startswith("note: judged against different slices") for line in lines.values())


def test_the_commands_give_the_same_numbers_as_the_call(result, cohort, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("OASIS_CACHE", str(cohort.parent / "cache"))
    out = tmp_path / "out"
    assert main(["evaluate", "default", "--data", str(cohort), "--out", str(out), "--preset", "smoke"]) == 0
    said = capsys.readouterr().out
    assert "Right texture? " in said and "frechet(tissue)" in said and (out / "report.html").is_file()
    verdict = result.audit.verdict
    assert f"audit of other slices than the generator learned from: {verdict}. The report is in" in said
    again, first = (dict(values) for values in (summary.read_report(out), summary.to_dict(result)))
    for values in (again, first):
        values["about"] = {name: value for name, value in values["about"].items() if name != "seconds"}
    assert again == first
    assert main(["compare", str(out), str(out)]) == 0
    assert "closer to the reals" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evaluate", "nowhere", "--out", "x"], f"path: expected {SHIPPED}, a file or a run folder"),
        (["evaluate", "default", "--out", "x", "--data", "nowhere"], "nowhere"),
        (["evaluate", "default", "--out", "x", "--preset", "quick"], "preset: expected one of full, smoke"),
        (["evaluate", "default", "--out", "x", "--extractors", "resnet"], "extractor: expected one of tissue"),
        (["evaluate", "nowhere", "--out", __file__], f"--out: expected a folder to write to, but {__file__} is a file"),
        (["evaluate", "nowhere", "--out", f"{__file__}/x"], f"but {__file__} is a file; choose another one"),
        (["compare", "nowhere", "nowhere"], "report: expected a folder with report.json"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(arguments, message, cohort, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OASIS_CACHE", str(cohort.parent / "cache"))
    load_data(cohort, progress=False)  # else the bar of its first reading stands before the line
    if "--data" not in arguments and arguments[0] == "evaluate":
        arguments = [*arguments, "--data", str(cohort)]
    assert main(arguments) == 2
    err = capsys.readouterr().err.strip()
    assert err.startswith("error: ") and message in err and "\n" not in err
    assert not (tmp_path / "x").exists()


def test_slices_that_the_generator_did_not_learn_from_are_told(result, data, tmp_path):
    """Else the audit would pass every copy of the people it does not look at."""
    generator = load_generator()
    with pytest.warns(
        UserWarning, match=f"learned from, 'synthetic cohort, 120 people, seed 0', but got '{data.source}'"
    ):
        sides.make_sides(generator, data, 8)
    assert "copies of the wrong people" in report.write_report(result, tmp_path).read_text()
    generator.about = {**generator.about, "data": data.source, "slices": data.split("train").digest()}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sides.make_sides(generator, data, 8)
    assert sides.other_data({}, data.source) == ""


def test_the_checksum_of_the_slices_decides_where_it_is_known(data):
    """Every folder of OASIS slices has the same name."""
    train, source = data.split("train").digest(), data.source
    assert sides.other_data({"data": "the same, elsewhere", "slices": train}, source, train) == ""
    told = sides.other_data({"data": source, "slices": "of others"}, source, train)
    assert f"but got others of the same name, {source!r}; scores" in told
    assert "but got 'moved'; unless these" in sides.other_data({"data": source}, "moved", train)


def test_a_small_generator_is_refused(data, tmp_path):
    save_generator(Generator(make_config("smoke")), tmp_path / "small.safetensors")
    with pytest.raises(UserError, match="generator: expected at least 64 px, but it draws 16"):
        evaluate(load_generator(tmp_path / "small.safetensors"), data, progress=False)
