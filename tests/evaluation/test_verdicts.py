"""A colour for each score by its null, and one for each question by its worst score."""

from oasis_helpers.evaluation.verdicts import DECIDES, QUESTIONS, colour, finest, verdicts, way

import pytest


def judged(value, people=9, limit=2.0, most=3.0):
    return {"value": value, "floor": 1.0, "limit": limit, "most": most, "people": people}


@pytest.mark.parametrize(
    ("score", "better", "shade"),
    [
        (judged(1.0), "lower", "green"),
        (judged(2.0), "lower", "green"),
        (judged(2.1), "lower", "amber"),
        (judged(3.0), "lower", "amber"),
        (judged(3.1), "lower", "red"),
        (judged(1.0, people=4), "lower", "amber"),  # few people: no praise
        (judged(9.0, people=4), "lower", "red"),
        (judged(0.5, limit=0.4, most=0.3), "higher", "green"),
        (judged(0.35, limit=0.4, most=0.3), "higher", "amber"),
        (judged(0.2, limit=0.4, most=0.3), "higher", "red"),
    ],
)
def test_a_colour_comes_from_the_null_alone(score, better, shade):
    assert colour(score, better) == shade


def test_a_question_is_as_red_as_its_worst_score_and_says_so_first():
    fine = {"unseen": judged(1.0), "train": judged(1.0)}
    scores = {
        "spectrum": fine,
        "swd 64 px": {"unseen": judged(9.0)},
        "swd 128 px": {"unseen": judged(2.5), "train": judged(7.0)},
        "gap": fine,
        "two-sample": fine,
        "anatomy": fine,
        "frechet(tissue)": fine,
        "spread(tissue)": {"unseen": judged(0.35, limit=0.4, most=0.3)},
        "recall(tissue)": {"unseen": judged(0.5, limit=0.4, most=0.3)},
    }
    answers = verdicts(scores, "pass")
    assert {name: answer.colour for name, answer in answers.items()} == {
        "texture": "red", "anatomy": "green", "variety": "amber", "copies": "green",
    }  # fmt: skip
    assert answers["texture"].reasons[:2] == [
        "swd 128 px, against train people: 7, people 1 (limit 2); beyond it",
        "swd 128 px, against people never shown: 2.5, people 1 (limit 2); at its edge",
    ]
    assert answers["texture"].reasons[2].startswith("spectrum, against people never shown: 1 dB, people 1")
    assert not any("64 px" in line for line in answers["texture"].reasons)


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("texture", "spectrum"),
        ("texture", "swd 64 px"),
        ("texture", "gap"),
        ("texture", "two-sample"),
        ("anatomy", "anatomy"),
        ("anatomy", "frechet(tissue)"),
        ("variety", "spread(tissue)"),
        ("variety", "recall(tissue)"),
    ],
)
def test_one_score_that_is_red_is_enough(question, name):
    beyond = judged(9.0) if way(name) == "lower" else judged(0.2, limit=0.4, most=0.3)
    answers = verdicts({name: {"train": beyond}}, "pass")
    assert [asked for asked, answer in answers.items() if answer.colour == "red"] == [question]


def test_few_people_are_named_where_they_are_the_reason():
    few = {"gap": {"unseen": judged(1.0, people=3), "train": judged(9.0, people=3)}}
    assert [line.partition("; ")[2] for line in verdicts(few, "pass")["texture"].reasons] == [
        "beyond it",
        "3 people are too few to call it good",
    ]


def test_the_audit_answers_the_last_question():
    colours = [verdicts({}, said)["copies"].colour for said in ("pass", "fail", "cannot tell")]
    assert colours == ["green", "red", "amber"]
    assert verdicts({}, "pass")["texture"] == ("amber", ["too few people to judge"])


def test_names_and_ways():
    assert finest({"swd 64 px": 0, "swd 256 px": 0, "swd 16 px": 0}) == "swd 256 px"
    assert [way(name) for name in ("swd 64 px", "recall(tissue)", "precision(tissue)", "spread(tissue)", "gap")] == [
        "lower", "higher", "higher", "higher", "lower",
    ]  # fmt: skip
    assert set(DECIDES) | {"copies"} == set(QUESTIONS)
