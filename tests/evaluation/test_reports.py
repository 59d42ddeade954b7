"""What a report's tables and a comparison of two reports say, by a report that is made up."""

import json

from oasis_helpers.errors import UserError
from oasis_helpers.evaluation import summary
from oasis_helpers.evaluation.comparison import compare_reports
from oasis_helpers.evaluation.poses import POSES
from oasis_helpers.evaluation.scores.registry import Score
from oasis_helpers.evaluation.sides import TITLES
from oasis_helpers.evaluation.tissues.measures import MEASURES

import pytest

SIDES = ["reference", *TITLES]


def score(value, *flags):
    return {"value": value, "low": None, "high": None, "flags": list(flags)}


def judged(value, floor=1.0, limit=2.0, most=3.0, people=9):
    return {"value": value, "floor": floor, "limit": limit, "most": most, "people": people}


def report():
    """The values of a report, of which no two are alike."""
    tissues = {side: {name: 0.01 * (i + 1) for name in MEASURES} for i, side in enumerate(SIDES)}
    for i, side in enumerate(SIDES):
        tissues[side]["segmented"] = 1 - 0.02 * i
    spreads = {side: dict.fromkeys(POSES, 1.0) for side in ("reference", "other people", "fakes")}
    return {
        "format": summary.REPORT_FORMAT,
        "about": {
            "data": {"digest": "a"}, "images": 40, "seed": 0, "segmenter": {"version": 2},
            "generator": {"resolution": 64},
        },
        "scores": {
            "swd": {"fakes": score(3.0, "few images", "no interval"), "other people": score(1.0, "of others")},
            "recall(tissue)": {"fakes": score(0.5), "other people": score(0.9)},
        },
        "tissues": tissues,
        "tissue_distances": {side: dict.fromkeys(MEASURES, 0.0123) for side in TITLES},
        "spreads": spreads,
        "audit": {"verdict": "pass"},
        "judged": {
            "spectrum": {"unseen": judged(4.0), "train": judged(1.5)},
            "recall(tissue)": {"unseen": judged(0.35, 0.6, 0.4, 0.3), "train": judged(0.7, 0.6, 0.4, 0.3)},
        },
    }  # fmt: skip


@pytest.fixture
def compare(tmp_path):
    """A function that writes two reports and returns the lines of their comparison, by what each begins with."""

    def lines(a, b):
        for name, values in (("first", a), ("second", b)):
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / summary.JSON_NAME).write_text(json.dumps(values))
        text = compare_reports(tmp_path / "first", tmp_path / "second").splitlines()
        return {line.split("  ")[0]: line.split()[len(line.split("  ")[0].split()) :] for line in text if line.strip()}

    return lines


# ---------------------------------------------------------------- two reports


def test_each_report_has_its_own_column(compare):
    other = report()
    other["scores"]["swd"]["fakes"] = score(5.0)
    other["scores"]["swd"]["other people"] = score(0.1)
    other["scores"]["kid(tissue)"] = {"fakes": score(0.7)}  # asked for there alone
    other["judged"]["spectrum"]["unseen"] = judged(2.5, floor=1.25)
    other["tissue_distances"]["fakes"]["grey"] = 0.5
    lines = compare(report(), other)
    assert lines["swd"] == ["3", "5", "first"] and lines["kid(tissue)"] == ["0.7"]
    assert lines["recall(tissue)"] == ["0.5", "0.5"]  # alike: neither is closer
    assert lines["spectrum, unseen"] == ["4,", "people", "1", "2.5,", "people", "1.25"]
    assert lines["spectrum, train"] == ["1.5,", "people", "1"] * 2
    assert lines["tissues: grey"] == ["1.23", "%", "50.00", "%"]
    assert lines["Right texture?"] == ["red", "amber"] and lines["audit"] == ["pass", "pass"]


def test_samples_that_are_less_alike_than_slices_are_no_nearer_to_them(compare):
    one, other = report(), report()
    for values, samples, people in ((one, 0.6, 0.7), (other, 0.75, 0.7)):
        values["scores"]["ms_ssim"] = {"fakes": score(samples), "other people": score(people)}
    assert compare(one, other)["ms_ssim"] == ["0.6", "0.75", "second"]
    assert compare(other, one)["ms_ssim"] == ["0.75", "0.6", "first"]
    other["scores"]["ms_ssim"]["other people"] = score(0.9)  # each has slices of its own to be near to
    assert compare(one, other)["ms_ssim"] == ["0.6", "0.75", "first"]
    del other["scores"]["ms_ssim"]["other people"]
    assert compare(one, other)["ms_ssim"] == ["0.6", "0.75"]


def test_reports_that_can_be_compared_bring_no_warning(compare):
    assert not [line for line in compare(report(), report()) if line.startswith("note")]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"data": {"digest": "b"}}, "judged against different slices"),
        ({"images": 41}, "another number of images or seed"),
        ({"seed": 1}, "another number of images or seed"),
        ({"segmenter": {"version": 1}}, "another segmenter"),
        ({"segmenter": {"version": 3}}, "another segmenter"),
        ({"generator": {"resolution": 128}}, "another resolution"),
        ({"generator": {"resolution": 16}}, "another resolution"),
    ],
)
def test_what_keeps_two_reports_from_being_compared_is_told(compare, change, words):
    other = report()
    other["about"] |= change
    (note,) = [line for line in compare(report(), other) if line.startswith("note")]
    assert words in note


# ---------------------------------------------------------------- tables


def test_tissues_are_in_per_cent_and_what_has_no_brain_is_counted():
    head, *rows = summary.tissue_rows(report())
    by_title = {title: cells for title, *cells in rows}
    assert head == ["mean", *SIDES]
    assert by_title[MEASURES["grey"]] == [f"{i + 1}.00\u00a0%" for i in range(len(SIDES))]
    none = by_title["no brain found, share of the images"]
    assert none == [f"{2 * i}.00\u00a0%" for i in range(len(SIDES))]
    assert by_title["Wasserstein distance, csf"] == ["", *["1.23\u00a0%"] * len(TITLES)]


def test_people_never_shown_stand_before_train_people_each_with_its_own_colour():
    head, *rows = summary.judged_rows(report())
    assert head[2] == "unseen: samples" and head[6] == "train: samples"
    assert rows[0] == ["spectrum dB", "lower", "4", "1", "2", "red", "1.5", "1", "2", "green"]
    assert rows[1] == ["recall(tissue)", "higher", "0.35", "0.6", "0.4", "amber", "0.7", "0.6", "0.4", "green"]


def test_a_verdict_is_told_with_its_worst_score():
    texture, _, variety, copies = summary.verdict_lines(report())
    assert texture == "Right texture? red: spectrum, against people never shown: 4 dB, people 1 (limit 2); beyond it"
    assert variety.startswith("As varied? amber: recall(tissue), against people never shown: 0.35")
    assert copies == "Copied? green: the audit says: pass"


def test_doubts_are_those_about_the_fakes():
    assert summary.flag_lines(report()) == ["swd: few images; no interval."]


def test_a_leak_is_told_with_the_pose_that_leaked():
    values = report()
    assert "no sign of a leak" in summary.leak_line(values)
    values["spreads"]["fakes"]["tilt"] = 9.0
    line = summary.leak_line(values)
    assert "more than" in line and "tilt" in line and "it leaked" in line and "along" not in line


# ---------------------------------------------------------------- the file


def test_a_score_is_written_with_its_ends_and_what_is_no_number_as_nothing():
    written = summary._score(Score("swd", 2.0, 1.0, 4.0, 10, 20, ["few"], {"64": float("inf"), "32": 0.5}))
    assert written == {
        "value": 2.0, "low": 1.0, "high": 4.0, "count_real": 10, "count_fake": 20, "flags": ["few"],
        "parts": {"64": None, "32": 0.5},
    }  # fmt: skip
    assert summary._score(Score("swd", float("nan")))["value"] is None


def test_a_report_of_another_format_is_refused(tmp_path):
    file = tmp_path / summary.JSON_NAME
    file.write_text(json.dumps({**report(), "format": "oasis_helpers report 3"}))
    with pytest.raises(UserError, match="report: expected the format 'oasis_helpers report 4', but got another"):
        summary.read_report(tmp_path)
    file.write_text(json.dumps(report()))
    assert summary.read_report(tmp_path) == summary.read_report(file) == report()
