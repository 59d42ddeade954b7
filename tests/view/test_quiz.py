"""The quiz: everything is shown once, answers are what they say, and a coin's luck is counted rightly."""

import itertools

from oasis_helpers.errors import UserError
from oasis_helpers.view.quiz import Quiz

import numpy as np
import pytest

SLICES = np.arange(4, dtype="uint8")[:, None, None] * np.ones((1, 8, 8), "uint8")  # grey values 0 to 3
SAMPLES = SLICES + 100  # 100 to 103


def test_every_image_is_there_once_and_is_called_what_it_is():
    quiz = Quiz(SLICES, SAMPLES, seed=5)
    values = quiz.images[:, 0, 0]
    assert sorted(values) == [0, 1, 2, 3, 100, 101, 102, 103]
    np.testing.assert_array_equal(quiz.generated, values >= 100)


def test_the_seed_decides_the_order():
    orders = {tuple(Quiz(SLICES, SAMPLES, seed).generated) for seed in range(20)}
    assert len(orders) > 10
    np.testing.assert_array_equal(Quiz(SLICES, SAMPLES, 3).images, Quiz(SLICES, SAMPLES, 3).images)


def test_marks_count_both_kinds_of_mistakes():
    quiz = Quiz(SLICES, SAMPLES)
    fakes = [int(i) + 1 for i in np.flatnonzero(quiz.generated)]
    reals = [int(i) + 1 for i in np.flatnonzero(~quiz.generated)]
    assert quiz.mark(fakes).startswith("8 of 8 right: 4 of 4 samples found, 0 slices taken for samples.")
    assert quiz.mark([]).startswith("4 of 8 right: 0 of 4 samples found, 0 slices")
    assert quiz.mark([*fakes[:3], reals[0]]).startswith("6 of 8 right: 3 of 4 samples found, 1 slices")


def test_the_coin_is_counted_over_all_guesses():
    quiz = Quiz(SLICES, SAMPLES)
    fakes = [int(i) + 1 for i in np.flatnonzero(quiz.generated)]
    rights = [sum(called == truth for called, truth in zip(guess, quiz.generated, strict=True))
              for guess in itertools.product([False, True], repeat=8)]  # fmt: skip
    for guess, right in ((fakes, 8), (fakes[:3], 7), ([], 4)):
        chance = 100 * np.mean([r >= right for r in rights])
        assert f"as well in {chance:.2g} % of" in quiz.mark(guess)


@pytest.mark.parametrize("guess", [[0], [9], ["3"], [1.5], [2, 2], 0])
def test_a_number_that_no_image_has_is_refused(guess):
    with pytest.raises(UserError, match="^guess: expected"):
        Quiz(SLICES, SAMPLES).mark(guess)


def test_one_number_is_a_guess_too():
    assert Quiz(SLICES, SAMPLES).mark(1) == Quiz(SLICES, SAMPLES).mark([1])


@pytest.mark.parametrize(
    ("slices", "samples", "name"),
    [
        (SLICES, SAMPLES[:3], "samples"),
        (SLICES, SAMPLES[:, :4], "samples"),
        (SLICES.astype(float), SAMPLES, "slices"),
        (SLICES[:0], SAMPLES[:0], "slices"),
        (SLICES, SAMPLES[..., None], "samples"),
    ],
)
def test_images_that_do_not_go_together_are_refused(slices, samples, name):
    with pytest.raises(UserError, match=f"^{name}: expected"):
        Quiz(slices, samples)


def test_the_figure_numbers_the_images_and_tells_only_when_asked():
    quiz = Quiz(SLICES, SAMPLES)
    titles = [ax.get_title() for ax in quiz.show().axes]
    assert titles == [str(i) for i in range(1, 9)]
    told = [ax.get_title() for ax in quiz.show(answers=True).axes]
    assert [": generated" in title for title in told] == quiz.generated.tolist()
