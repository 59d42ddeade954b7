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


def test_links_within_pages_lead_to_a_heading(page):
    for link, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", page.read_text(encoding="utf-8")):
        target = (page.parent / link if link else page).read_text(encoding="utf-8")
        headings = re.findall(r"^#+ (.+)$", target, flags=re.MULTILINE)
        assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}, anchor


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


@pytest.mark.parametrize("notebook", [f"{number:02d}" for number in range(9)])
def test_a_word_of_the_glossary_stands_in_its_notebook(notebook):
    (source,) = (ROOT / "notebooks" / "source").glob(f"{notebook}_*.py")
    text = re.sub(r"\s+#?\s*|_", " ", source.read_text(encoding="utf-8")).lower()
    for row in rows_of(notebook):
        names = [re.sub(r"\W*\(.*?\)|\W+$", "", name).strip().lower().replace("_", " ") for name in row.split(",")]
        assert any(name in text for name in names), row


# ---------------------------------------------------------------- the first page


README = (ROOT / "README.md").read_text(encoding="utf-8")
OPEN = re.sub(r"<details>.*?</details>", "", README, flags=re.DOTALL)  # what is not folded


def test_the_readme_is_read_in_half_a_minute():
    assert len(README.splitlines()) <= 110
    assert len(re.findall(r"!\[", OPEN.split("## ")[0])) == 1 and len(re.findall(r"!\[", OPEN)) == 1


def test_its_commands_work_when_pasted():
    """No placeholder, no line that clones from nowhere, and every target is there."""
    (block,) = re.findall(r"```bash\n(.*?)```", README, flags=re.DOTALL)
    commands = [line.split("#")[0].strip() for line in block.splitlines()]
    assert commands == ["make lab", "make test"]
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert {command.split()[1] for command in commands} <= targets
    assert set(re.findall(r"`make ([a-z-]+)", README)) <= targets
    assert "git clone" not in README and not re.search(r"REPOSITORY|OWNER/NAME|example\.org", README)


def test_it_leads_to_every_page():
    pages = {path.relative_to(ROOT).as_posix() for path in PAGES if path != ROOT / "README.md"}
    assert pages <= set(re.findall(r"\]\(([^)#]+)", README))


def test_the_commands_of_the_pages_are_those_of_the_program():
    from oasis_helpers.__main__ import main

    for page in PAGES:
        for command in re.findall(r"python -m oasis_helpers (\w+)", page.read_text(encoding="utf-8")):
            with pytest.raises(SystemExit) as stopped:
                main([command, "--help"])
            assert stopped.value.code == 0, (page.name, command)
