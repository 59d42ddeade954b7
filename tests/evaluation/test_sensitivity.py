"""The table of defects: what was measured, that it says what it must, and how it is made and read."""

import json

from oasis_helpers.errors import UserError
from oasis_helpers.evaluation import sensitivity
from oasis_helpers.evaluation.defects import DEFECTS
from oasis_helpers.evaluation.scores.people import Judged

import numpy as np
import pytest
from helpers.scripts import ROOT

RIGHT = {
    "texture": {"spectrum", "swd", "gap", "two-sample"},
    "anatomy": {"anatomy", "frechet(tissue)"},
    "variety": {"spread(tissue)", "recall(tissue)"},
}


@pytest.fixture(scope="module")
def rows():
    if not sensitivity.SEEN_FILE.is_file():
        pytest.skip("not measured yet: python -m oasis_helpers.evaluation.sensitivity")
    return json.loads(sensitivity.SEEN_FILE.read_text(encoding="utf-8"))


def test_the_table_has_every_defect_at_three_strengths(rows):
    untouched = [row for row in rows if row["defect"] == sensitivity.UNTOUCHED]
    assert len(untouched) == 2 and len(rows) == 2 + 3 * len(DEFECTS) >= 2 + 3 * 12
    told = [(row["defect"], row["strength"]) for row in rows[2:]]
    assert told == [(name, d.unit.format(f"{s:g}")) for name, d in DEFECTS.items() for s in d.strengths]


def test_untouched_slices_of_new_people_are_seen_by_none(rows):
    assert [row["seen_by"] for row in rows if row["defect"] == sensitivity.UNTOUCHED] == [[], []]


def test_every_defect_is_seen_by_a_score_of_the_right_kind(rows):
    missed = [row for row in rows[2:] if not RIGHT[row["question"]] & set(row["seen_by"])]
    assert missed == []


def test_the_page_shows_the_table_that_was_measured(rows):
    assert sensitivity.as_markdown(rows) in (ROOT / "docs/scores.md").read_text(encoding="utf-8")


def test_a_small_table_for_a_notebook(rows):
    table = sensitivity.read_sensitivity(1)
    assert list(table.columns) == list(sensitivity.SHOWN) and len(table) == 2 + len(DEFECTS)
    assert table.iloc[:2].isna().all(axis=None)
    blur = next(row for row in rows if row["defect"] == "blur" and row["strength"] == "1 px")
    seen = {name for name, value in table.loc["blur, 1 px"].items() if not np.isnan(value)}
    assert seen == set(blur["seen_by"])


def judged(value, limit, most):
    return Judged(value, limit / 2, limit, most, 0.5, 9, 100)


def test_a_row_says_how_far_beyond_the_limit_a_score_lies_and_whether_it_sees():
    seen = dict.fromkeys(sensitivity.SHOWN, judged(1.0, 2.0, 3.0))
    seen |= {"gap": judged(8.0, 2.0, 3.0), "swd": judged(2.5, 2.0, 3.0), "recall(tissue)": judged(0.1, 0.4, 0.3)}
    seen |= {"spread(tissue)": judged(0.8, 0.4, 0.3)}
    row = sensitivity._row("blur", "1 px", "texture", seen)
    assert row["seen_by"] == ["gap", "recall(tissue)"]
    assert (row["times"]["gap"], row["times"]["swd"], row["times"]["recall(tissue)"]) == (4.0, 1.25, 4.0)
    assert row["times"]["spread(tissue)"] == 0.5
    line = sensitivity.as_markdown([row]).splitlines()[-1]
    assert line == "| blur | 1 px | 0.5 | 1.2 | **4** | 0.5 | 0.5 | 0.5 | 0.5 | **4** |"


def test_the_table_of_a_page_is_replaced_and_the_rest_stays(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{sensitivity.START}\nold\n{sensitivity.END}\nafter\n")
    sensitivity.write_table(page, "new")
    sensitivity.write_table(page, "newer")
    assert page.read_text() == f"before\n{sensitivity.START}\n\nnewer\n\n{sensitivity.END}\nafter\n"


@pytest.mark.parametrize("strength", [3, -1, "weak"])
def test_there_are_three_strengths(strength):
    with pytest.raises(UserError, match="strength: expected a whole number from 0 to 2"):
        sensitivity.read_sensitivity(strength)
