"""A step in a process of its own: what becomes of it when that process ends in any way. One test runs a real step."""

import json
import os

from oasis_helpers.__main__ import main
from oasis_helpers.doctor import examination, trial
from oasis_helpers.doctor.examination import examine
from oasis_helpers.doctor.facts import Facts
from oasis_helpers.doctor.system import Processor
from oasis_helpers.doctor.trial import MARK, Trial, try_step

import pytest
from helpers.machines import CARD, GB, SAID, TEXTS, fake_nvidia_smi, machine, with_card

CARDS = "\n".join(f"{i}, GPU-{i}{i}{i}{i}, NVIDIA GeForce RTX 5060, 570.86.10, 8151, 8000, 12.0" for i in range(2))
SECOND = CARD._replace(index=1, uuid="GPU-bbbb")


@pytest.fixture(autouse=True)
def no_cards(monkeypatch):
    monkeypatch.setattr(examination, "find_cards", lambda: ([], ""))


def child(monkeypatch, end):
    """Let the process say what an engine says, write what TensorFlow writes on a new card, and end so."""
    lines = [
        "import os, sys, time",
        f"print({MARK!r} + {json.dumps(SAID)!r}, flush=True)",
        f"os.write(2, {TEXTS['new card'].encode()!r})",
        end,
    ]
    monkeypatch.setattr(trial, "CHILD", "\n".join(lines).replace("{", "{{").replace("}", "}}"))  # it is formatted


def test_an_abort_is_a_result(monkeypatch):
    child(monkeypatch, "os.abort()")
    tried = try_step("GPU 0")
    assert (tried.device, tried.said, tried.code, tried.worked) == ("GPU 0", SAID, -6, False)
    assert tried.text == TEXTS["new card"] and tried.ending.startswith("the process was ended by SIGABRT: LLVM ERROR")


def test_a_step_that_does_not_end_is_ended(monkeypatch):
    child(monkeypatch, "time.sleep(60)")
    monkeypatch.setattr(trial, "SECONDS", 1)
    tried = try_step("GPU 0")
    assert (tried.code, tried.said, tried.text, tried.worked) == (None, SAID, TEXTS["new card"], False)
    assert tried.ending == "it had not ended after 1 seconds"


def test_a_step_worked_only_if_it_told_its_seconds(monkeypatch):
    child(monkeypatch, "pass")
    assert not try_step().worked
    child(monkeypatch, f"print({MARK!r} + '{{\"seconds\": 2}}')")
    assert try_step().worked


@pytest.mark.parametrize("jit", [True, False])
def test_the_step_is_asked_for_as_told_on_the_card_that_is_named_and_leaves_its_memory(monkeypatch, jit):
    names = ("TF_FORCE_GPU_ALLOW_GROWTH", "XLA_PYTHON_CLIENT_PREALLOCATE", "CUDA_VISIBLE_DEVICES")
    code = f"import json, os; print({MARK!r} + json.dumps(dict(a=[JIT, *map(os.environ.get, {names})])))"
    monkeypatch.setattr(trial, "CHILD", "JIT = {jit}\n" + code)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "7")
    tried = try_step("GPU 0", jit, CUDA_VISIBLE_DEVICES="GPU-aaaa")
    assert tried.said == {"a": [jit, "true", "false", "GPU-aaaa"]}, tried.text


def test_of_several_lines_the_last_that_names_an_error_tells_most():
    text = "a first error: low\nI know nothing\nValueError: what it was\nW a warning\n"
    assert Trial("CPU", {}, 1, text).ending == "ValueError: what it was"
    assert Trial("CPU", {}, 1, "one\ntwo\n").ending == "two"


def test_what_was_found_is_what_is_judged(monkeypatch):
    both = [CARD, SECOND]
    monkeypatch.setattr(examination, "find_cards", lambda: (both, ""))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    for name, value in (("installed", 9 * GB), ("unused", 7 * GB), ("group_limit", 5 * GB)):
        monkeypatch.setattr(examination.memory, name, lambda value=value: value)
    facts = examination.gather_facts()
    assert (facts.cards, facts.seen) == ((CARD, SECOND), (SECOND,))
    assert (facts.memory, facts.memory_free, facts.memory_limit) == (9 * GB, 7 * GB, 5 * GB)
    tried = []
    monkeypatch.setattr(examination, "try_step", lambda *a, **k: tried.append((a, k)) or Trial("GPU 1", SAID, 0, ""))
    examine(try_steps=True)
    assert tried == [(("GPU 1",), {"CUDA_VISIBLE_DEVICES": "GPU-bbbb"})]  # no card that is hidden


def test_a_card_is_told_with_what_is_free_and_what_it_has():
    assert "15.0 GB of 16.0 GB free" in str(examination.Examination(with_card()))


def test_a_fault_that_shows_twice_is_told_once():
    held = CARD._replace(driver="470.1")
    found = examination.Examination(with_card(held, text=TEXTS["driver"], code=1)).problems
    assert [problem.fault for problem in found] == ["old-driver"]


def test_a_python_that_cannot_be_started_is_a_result(monkeypatch):
    monkeypatch.setattr(trial.sys, "executable", "/no/such/python")
    assert not try_step().worked and "no process could be started" in try_step().text


def test_each_card_is_tried_alone(monkeypatch, tmp_path):
    monkeypatch.undo()
    monkeypatch.setenv("PATH", fake_nvidia_smi(tmp_path, CARDS))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    child(monkeypatch, "print('see', os.environ['CUDA_VISIBLE_DEVICES'], file=sys.stderr); os.abort()")
    found = examine()
    assert [(tried.device, tried.text.splitlines()[-1]) for tried in found.facts.trials] == [
        ("GPU 0", "see GPU-0000"),
        ("GPU 1", "see GPU-1111"),
    ]
    assert [problem.fault for problem in found.problems if problem.stops] == ["card-too-new"]
    assert "did not work" in str(found) and "compute capability 12.0" in str(found)


def test_without_a_card_no_step_is_tried_unless_asked_for(monkeypatch):
    tried = []
    monkeypatch.setattr(examination, "try_step", lambda *a, **k: tried.append(a) or Trial("CPU", SAID, 0, ""))
    examine()
    assert tried == []
    examine(try_steps=True)
    assert tried == [()]


def test_without_avx_no_engine_is_even_imported(monkeypatch):
    old = machine(processor=Processor("Old CPU", "x86_64", 2, False))
    monkeypatch.setattr(examination, "gather_facts", lambda: old)
    monkeypatch.setattr(examination, "try_step", lambda *a, **k: pytest.fail("a step was tried"))
    assert [problem.fault for problem in examine(try_steps=True).problems] == ["no-avx"]


@pytest.mark.slow
def test_the_command_tries_a_real_step_and_prints_json(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("OASIS_CACHE", str(tmp_path))
    code = main(["doctor", "--json"])
    report = json.loads(capsys.readouterr().out)
    (tried,) = report["facts"]["trials"]
    assert tried["code"] == 0 and tried["said"]["seconds"] > 0 and tried["said"]["floatx"] == "float32"
    assert report["facts"]["cards"] == [] and report["facts"]["processor"]["cores"] >= 1
    assert code == (0 if report["ready"] else 1)


def test_json_is_json_where_the_cache_cannot_be_written(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("OASIS_CACHE", str(tmp_path / "file" / "cache"))
    (tmp_path / "file").touch()  # no folder can be made in it, not even by root
    monkeypatch.setattr(examination, "try_step", lambda *a, **k: Trial("CPU", {**SAID, "seconds": 1.0}, 0, ""))
    main(["doctor", "--json"])
    report = json.loads(capsys.readouterr().out)
    assert [problem["fault"] for problem in report["problems"] if "file/cache" in problem["text"]] == ["not-writable"]


def test_the_command_ends_with_1_where_something_must_be_fixed(capsys, monkeypatch):
    killed = Trial("CPU", {}, -9, "")
    monkeypatch.setattr(examination, "try_step", lambda *a, **k: killed)
    assert main(["doctor"]) == 1
    assert "PROBLEM" in capsys.readouterr().out
    monkeypatch.setattr(examination, "gather_facts", lambda: machine())
    monkeypatch.setattr(examination, "try_step", lambda *a, **k: Trial("CPU", {**SAID, "seconds": 1.0}, 0, ""))
    assert main(["doctor"]) == 0
    assert capsys.readouterr().out.endswith("This machine is ready.\n")


def test_the_step_finds_this_package_from_anywhere(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setattr(
        trial, "CHILD", "import oasis_helpers; print(oasis_helpers.__file__, file=__import__('sys').stderr)"
    )
    assert os.path.dirname(os.path.dirname(trial.__file__)) in try_step().text


def test_facts_without_a_trial_tell_nothing():
    assert Facts((3, 12, 0), "jax", {}, Processor("x", "x86_64", 1, True)).told == {}
