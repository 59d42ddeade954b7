"""Every exercise: the right answer passes, the stub waits, each usual mistake gets its own hint."""

import re

from oasis_helpers import checks

import numpy as np
import pytest

EXERCISES = {name: getattr(checks, name) for name in checks.__all__ if name.startswith("check_")}


@pytest.fixture(params=sorted(EXERCISES))
def exercise(request):
    return EXERCISES[request.param]


def test_the_reference_is_right(exercise):
    assert exercise.judge(exercise.reference).startswith("Right: ")


def test_the_stub_is_told_to_wait(exercise):
    assert exercise.judge(lambda *_: None).startswith("Not yet: ")
    assert exercise.judge(...).startswith("Not yet: ")


def test_at_least_three_mistakes_each_with_its_own_hint(exercise):
    assert len(exercise.wrong) >= 3
    verdicts = [exercise.judge(function) for function, _ in exercise.wrong]
    assert verdicts == [f"Not quite: {hint}" for _, hint in exercise.wrong]
    assert len(set(verdicts)) == len(verdicts)


def test_an_error_in_the_answer_is_one_line(exercise):
    def broken(*_):
        raise RuntimeError("oops")

    assert exercise.judge(broken) == f"Not yet: {exercise.name} stopped with RuntimeError: oops"


def degraded_answers(exercise):
    """Wrong answers without a hint of their own: another factor, another summand, noise, the same number for all."""
    rng = np.random.default_rng(0)
    changes = (
        lambda x: x * 3.1 + 17.0,
        lambda x: x * 1.7,
        lambda x: x * 0.9 - 4.3,
        lambda x: x + rng.uniform(1, 2, x.shape) * (1 + abs(x)),
        lambda x: np.full(x.shape, 0.123),
    )
    for change in changes:
        yield lambda *case, change=change: changed(exercise.reference(*case), change)


def changed(answer, change):
    """Return an answer with each of its arrays changed."""
    if isinstance(answer, list | tuple):
        return [changed(part, change) for part in answer]
    return change(np.asarray(answer))


def test_another_wrong_answer_is_told_what_kind_of_mistake_it_is(exercise):
    verdicts = [exercise.judge(answer) for answer in degraded_answers(exercise)]
    assert all(verdict.startswith("Not quite: ") and len(verdict) > 30 for verdict in verdicts)


def test_no_verdict_on_a_wrong_answer_tells_the_target(exercise):
    """Neither the number that a question asks for, nor what a function's numbers should be on average."""
    targets = [np.asarray(exercise.outcome(exercise.reference, case), "float64") for case in exercise.cases]
    numbers = {f"{value:.4g}" for target in targets for value in (target.mean(), target.std()) if value not in (0, 1)}
    if exercise.cases == [()]:
        numbers.add(f"{float(targets[0]):g}")
    verdicts = [
        exercise.judge(answer) for answer in [*degraded_answers(exercise), *(wrong for wrong, _ in exercise.wrong)]
    ]
    for verdict in verdicts:
        assert not numbers & set(re.findall(r"-?\d[\d,]*(?:\.\d+)?", verdict)), verdict


KINDS = [
    (lambda x: 2 * x, "all numbers are 2 times as large as they should be"),
    (lambda x: -x, "every sign is the other way round"),
    (lambda x: x + 1, "off by the same amount"),
    (lambda x: np.full_like(x, 7.0), "the same for every input"),
    (lambda x: np.log(x - x), "not finite"),
    (lambda x: np.where(x > 1, x, 0.5), "only 50% of the numbers are"),
    (lambda x: x[None], "the shape should be (4,)"),
]


@pytest.mark.parametrize(("answer", "kind"), KINDS)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_wrong_numbers_are_told_by_their_kind(answer, kind):
    exercise = checks.Exercise("same", lambda x: x, [(np.array([-1.0, 0.0, 2.0, 3.0]),)], "yes.")
    assert kind in exercise.judge(answer)


@pytest.mark.parametrize(("answer", "kind"), [(5, "too small. Count again."), (9, "too large. Count again.")])
def test_a_wrong_number_is_told_only_its_side(answer, kind):
    exercise = checks.Exercise("seven", lambda: 7.0, [()], "yes.", otherwise="Count again.")
    assert exercise.judge(answer) == f"Not quite: the number is {kind}"


@pytest.mark.parametrize(
    ("right", "answer", "side"), [(7.0, -9, "small"), (-7.0, -9, "small"), (-7.0, 5, "large"), (-7.0, -5, "large")]
)
def test_a_negative_number_is_the_smaller_one(right, answer, side):
    exercise = checks.Exercise("signed", lambda: right, [()], "yes.")
    assert exercise.judge(answer) == f"Not quite: the number is too {side}."


def test_a_factor_is_told_only_where_nothing_stands_in_place_of_a_nought():
    exercise = checks.Exercise("some", lambda x: x, [(np.array([0.0, 1.0, 2.0, 4.0]),)], "yes.")
    assert "all numbers are 2 times as large" in exercise.judge(lambda x: 2 * x)
    assert exercise.judge(lambda x: np.where(x == 0, 9.0, 2 * x)).startswith(
        "Not quite: the shape is right, but only 0% of the numbers are."
    )


def test_the_verdict_is_printed(exercise, capsys):
    exercise(exercise.reference)
    assert capsys.readouterr().out.startswith("Right: ")


TWICE = checks.Exercise(
    "twice", lambda x: 2 * x, [(np.array([1.0, 0.0]),), (np.array([3.0, 5.0]),)], "yes.",
    wrong=[(lambda x: x * x, "that is the square."), (lambda x: 0 * x, "nothing."), (lambda x: -0 * x, "never said.")],
    otherwise="Count again.",
)  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (lambda x: 2 * x * (1 + 5e-5), "Right: yes."),
        (lambda x: 2 * x + 5e-5, "Right: yes."),  # also where 0 is right
        (lambda x: 2 * x * 1.001, "Not quite: all numbers are 1.001 times as large as they should be."),
        (lambda x: np.minimum(2 * x, 2), "Not quite: the shape is right, but only 50% of the numbers are."),
        (lambda x: (2 * x)[:, None], "Not quite: the shape should be (2,), but yours is (2, 1)."),
        (lambda x: x * x, "Not quite: that is the square."),
        (lambda x: 0.0 * x, "Not quite: nothing."),  # the first hint that fits
        (lambda x: "four", "Not quite: twice should give numbers, but gives a str."),
        (lambda x: ..., "Not yet: twice gives nothing so far."),
        (lambda x: None, "Not yet: twice gives nothing so far."),
        (lambda x: np.where(x == 1, 2, 77), "Not quite: the shape is right, but only 25% of the numbers are."),
    ],
)
def test_every_case_counts_within_the_tolerance(answer, verdict):
    assert TWICE.judge(answer).startswith(verdict)


def test_another_kind_of_mistake_is_told_with_where_to_look():
    assert TWICE.judge(lambda x: 2 * x + 1).endswith("one too many. Count again.")
