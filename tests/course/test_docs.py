"""The pages beside the notebooks: links lead somewhere, the glossary is in order, every notebook is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("*.md")), *sorted((ROOT / "examples").glob("*.md"))]
NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(params=PAGES, ids=lambda path: path.name)
def page(request):
    return request.param


def words():
    """The first word of every row of the glossary."""
    rows = re.findall(r"^\| \*\*(.+?)\*\*", (ROOT / "docs/glossary.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [row.split(",")[0] for row in rows]


def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in link and not link.startswith("mailto:"):
            assert (page.parent / link).exists(), link


def test_images_have_a_text(page):
    assert "![](" not in page.read_text(encoding="utf-8")


def test_the_glossary_is_in_order_and_says_nothing_twice():
    found = [re.sub(r"[^a-z0-9]", "", word.lower()) for word in words()]
    assert found == sorted(found) and len(set(found)) == len(found)


@pytest.mark.parametrize("name", ["glossary", "teaching"])
def test_every_notebook_is_there(name):
    text = (ROOT / f"docs/{name}.md").read_text(encoding="utf-8")
    assert all(f"(../notebooks/{notebook})" in text for notebook in NOTEBOOKS)


@pytest.mark.parametrize("setting", ["psi", "kimg", "alpha", "R1", "EMA", "ADA", "cutoff", "seed", "preset"])
def test_the_words_of_the_settings_are_explained(setting):
    assert setting in words()
