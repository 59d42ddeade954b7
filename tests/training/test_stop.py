"""Ctrl-C and SIGTERM are a wish that is looked up between two steps, and what a second one does."""

import os
import signal
import threading

from oasis_helpers import engine
from oasis_helpers.training.stop import StopSignals, TrainingStopped

import pytest


def test_stopping_is_told_in_one_line():
    assert TrainingStopped("stopped at 3 kimg")._render_traceback_() == ["stopped at 3 kimg"]


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
def test_a_second_ctrl_c_breaks_off_at_once(first, capsys):
    with StopSignals() as stop:
        os.kill(os.getpid(), first)
        assert stop.wanted
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert capsys.readouterr().out.count("stopping after this step") == 1


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
def test_a_second_sigterm_lets_the_run_be_saved(first, capsys):
    """A batch system may send it twice, to the job and to its step, and gives time until it kills."""
    with StopSignals() as stop:
        try:
            for number in (first, signal.SIGTERM, signal.SIGTERM):
                os.kill(os.getpid(), number)
        except KeyboardInterrupt:
            pytest.fail("it broke off")
        assert stop.wanted
    assert capsys.readouterr().out.count("stopping after this step") == 1


def test_what_was_there_before_hears_the_signals_again():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with StopSignals() as stop:
        assert signal.getsignal(signal.SIGTERM) == stop._note and not stop.wanted
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_in_a_thread_of_its_own_a_run_goes_on_without_them():
    seen = []

    def run():
        with StopSignals() as stop:
            seen.append(stop.wanted)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [False]


def test_several_processes_ask_each_other_every_eighth_step(monkeypatch):
    stop, asked = StopSignals(), []
    assert not stop.agreed(3)
    stop.wanted = True
    assert stop.agreed(3)  # alone it need not ask
    monkeypatch.setattr(engine.processes, "count", 2)
    monkeypatch.setattr(engine.processes, "in_any", lambda flag: asked.append(flag) or True)
    stop.wanted = False
    assert [steps for steps in range(1, 25) if stop.agreed(steps)] == [8, 16, 24]  # another process wants to
    assert asked == [False] * 3
