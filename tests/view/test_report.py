"""The lines of a report by numbers that are made up: what it was made of, and who is exposed the most."""

from types import SimpleNamespace

from oasis_helpers.view import report

import pandas as pd


def about(**changes):
    known = changes.pop("knows_the_people", False)
    values = {"generator": {"about": {"kimg": 66.0, "data": "cohort"}, "resolution": 64}, "images": 40, "seed": 3}
    values |= {"data": {"source": "oasis", "slices": 96, "digest": "0123456789abcdef" * 4,
                        "people": {"train": 8, "validate": 1, "test": 2}}}  # fmt: skip
    values |= {"preset": "smoke", "device": "a machine", "seconds": 61.7, "other_data": "", "segmenter": {}}
    return values | {"segmenter": {"knows_the_people": known}} | changes


def test_it_says_what_was_judged_against_what():
    trained, judged, made, *_ = report._about_lines(about())
    assert trained == "Trained with 66.0 thousand images of: cohort."
    people = "people: train 8, validate 1, test 2; checksum 0123456789abcdef)"
    assert judged == f"Judged against: oasis (96 slices; {people}."
    assert made == "40 images of each kind, preset smoke, seed 3, a machine, 62 s."
    unknown = report._about_lines(about(generator={"about": {}, "resolution": 64}))
    assert unknown[0] == "Trained with ? thousand images of: unknown data."


def test_it_warns_of_other_slices_and_of_a_segmenter_that_knows_the_people_and_only_then():
    def warned(**changes):
        return [line for line in report._about_lines(about(**changes))[3:] if line]

    assert warned() == []
    (line,) = warned(knows_the_people=True)
    assert "learned from the very people" in line and "too good" in line
    assert warned(other_data="data: expected others") == ["data: expected others"]


def test_the_ten_most_exposed_people_stand_in_their_order():
    people = pd.Index([f"p{i:02d}" for i in range(13)], name="person")  # the most exposed first, as the audit has them
    table = pd.DataFrame({"flagged": range(13, 0, -1), "closest": [0.123456 + 0.01 * i for i in range(13)]}, people)
    head, *rows = report._exposure_rows(SimpleNamespace(audit=SimpleNamespace(exposure=table)))
    assert head == ["person", "flagged", "closest"]
    assert [row[0] for row in rows] == [f"p{i:02d}" for i in range(10)]
    assert rows[0] == ["p00", "13", "0.123"] and rows[9] == ["p09", "4", "0.213"]


def test_a_table_and_its_words_cannot_be_taken_for_html():
    table = report._table([["name", "value"], ["<b>a & b</b>", "1"]])
    assert table == ("<table><tr><th>name</th><th>value</th></tr>"
                     "<tr><td>&lt;b&gt;a &amp; b&lt;/b&gt;</td><td>1</td></tr></table>")  # fmt: skip
    assert report._lines("a < b", "", "c") == "<p>a &lt; b</p>\n<p>c</p>"


def test_the_closest_pairs_are_those_of_the_samples_and_of_the_people_they_were_trained_on(monkeypatch):
    for rows in ("judged_rows", "score_rows", "tissue_rows", "pose_rows", "_exposure_rows"):
        monkeypatch.setattr(report, rows, lambda values: [["head"], ["line"]])
    for lines, nothing in (("flag_lines", []), ("leak_line", ""), ("_verdicts", "")):
        monkeypatch.setattr(report, lines, lambda values, nothing=nothing: nothing)
    for figure in ("rows_of_sides", "spectrum_figure", "growth_chart", "tissue_areas"):
        monkeypatch.setattr(report.figures, figure, lambda result: "another figure")
    monkeypatch.setattr(report, "closest_pairs", lambda *of: of)
    monkeypatch.setattr(report, "_image", lambda figure, alt: f"{alt}: {figure}")
    sides = SimpleNamespace(others={"fakes": "samples", "untrained": "noise", "unseen": "other people"})
    values = {"about": about(), "audit": {"verdict": "pass", "false_alarms": 0.05, "reasons": []}}
    values["about"]["generator"]["config"] = "{}"
    page = report._html(SimpleNamespace(audit="the audit", sides=sides, train="train people"), values)
    assert "The closest pairs: ('the audit', 'samples', 'train people')" in page
