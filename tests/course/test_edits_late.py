"""Safe edits of notebooks 05 to 07; a file of its own, so that two workers share the edits."""

import os

import pytest

pytest.importorskip("papermill")
editing = pytest.importorskip("helpers.editing")


@pytest.mark.parametrize("edit", editing.chosen(5, 7))
def test_an_edit_is_carried_out_or_refused_in_one_line(edit, tmp_path, monkeypatch):
    monkeypatch.setenv("OASIS_PRESET", "smoke")
    monkeypatch.setenv("OASIS_RUNS", os.fspath(tmp_path / "runs"))
    editing.check(edit, tmp_path)
