"""The buttons and the clone line in the README: written for an address, again for another, refused without a place."""

from pathlib import Path

import pytest
from helpers.scripts import load_script

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tool():
    return load_script("tools/buttons.py")


@pytest.fixture
def readme(tmp_path):
    path = tmp_path / "README.md"
    path.write_text((ROOT / "README.md").read_text(encoding="utf-8"), encoding="utf-8")
    return path


def test_the_buttons_open_the_first_notebook_of_that_copy(tool, readme):
    before = readme.read_text(encoding="utf-8")
    assert tool.main(["ann/brains", "--readme", str(readme)]) == 0
    text = readme.read_text(encoding="utf-8")
    assert "/v2/gh/ann/brains/main?urlpath=lab/tree/notebooks/00_start_here.ipynb" in text
    assert "/github/ann/brains/blob/main/notebooks/00_start_here.ipynb" in text
    assert "git+https://github.com/ann/brains@main" in text
    assert "\ngit clone -b main https://github.com/ann/brains.git stylegan-oasis && cd stylegan-oasis\n" in text
    assert tool.main(["bob/other", "--readme", str(readme)]) == 0
    again = readme.read_text(encoding="utf-8")
    assert "ann/brains" not in again and again.split(tool.START)[0] == before.split(tool.START)[0]
    assert again.split(tool.END)[1] == before.split(tool.END)[1]
    assert (ROOT / tool.FIRST).is_file()


@pytest.mark.parametrize("place", ["brains", "", "a/b/c", "a b/c"])
def test_an_address_of_another_form_is_refused(tool, readme, place, capsys):
    before = readme.read_bytes()
    assert tool.main([place, "--readme", str(readme)]) == 1
    assert capsys.readouterr().err == f"error: place: expected OWNER/NAME, but got {place!r}\n"
    assert readme.read_bytes() == before


def test_a_readme_without_the_marks_is_left_alone(tool, readme, capsys):
    readme.write_text("# Course\n", encoding="utf-8")
    assert tool.main(["ann/brains", "--readme", str(readme)]) == 1
    assert "no place" in capsys.readouterr().err and readme.read_text(encoding="utf-8") == "# Course\n"
