"""Every exercise: the right answer passes, the stub waits, each usual mistake gets its own hint."""

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


def test_another_wrong_answer_still_gets_a_direction(exercise):
    verdict = exercise.judge(lambda *case: np.asarray(exercise.reference(*case)) * 3.1 + 17.0)
    assert verdict.startswith("Not quite: ") and ("should be" in verdict)


def test_the_verdict_is_printed(exercise, capsys):
    exercise(exercise.reference)
    assert capsys.readouterr().out.startswith("Right: ")
