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


def rows_of(notebook):
    """The words of the glossary that name a notebook, each as its row writes it."""
    text = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    return re.findall(rf"^\| \*\*(.+?)\*\*.*\[{notebook}\]", text, flags=re.MULTILINE)


@pytest.mark.parametrize("notebook", ["01", "02", "03", "04", "06"])
def test_a_word_of_the_glossary_stands_in_its_notebook(notebook):
    (source,) = (ROOT / "notebooks" / "source").glob(f"{notebook}_*.py")
    text = re.sub(r"\s+#?\s*|_", " ", source.read_text(encoding="utf-8")).lower()
    for row in rows_of(notebook):
        names = [re.sub(r"\W*\(.*?\)|\W+$", "", name).strip().lower().replace("_", " ") for name in row.split(",")]
        assert any(name in text for name in names), row
