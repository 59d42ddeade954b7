"""The built pages: every link resolves, nothing is loaded from elsewhere, and all that should be there is."""

import json
from functools import cache
from urllib.parse import unquote, urlsplit

import pytest
from helpers.scripts import ROOT
from helpers.site import OUT, built

bs4 = pytest.importorskip("bs4", reason="comes with the packages of make site")

NOTEBOOKS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
CARDS = sorted(path.stem for path in (ROOT / "oasis_helpers" / "models").glob("*.md"))
DOCS = sorted(path.stem for path in (ROOT / "docs").glob("*.md"))
ELSEWHERE = ("http", "https", "mailto")

pytestmark = built


@cache
def page(path):
    return bs4.BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@cache
def names(path):
    """What a link to a part of a page can lead to."""
    return {tag["id"] for tag in page(path).find_all(id=True)}


def pages():
    """All pages that the generator made; a report is as `evaluate` wrote it."""
    others = {"_static", "_downloads"}
    return [path for path in sorted(OUT.rglob("*.html")) if not others & set(path.relative_to(OUT).parts)]


def problem(path, link):
    """Say what is wrong with a link of a page, or return None."""
    parts = urlsplit(link)
    if parts.scheme in (*ELSEWHERE, "data"):
        return None
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_file() or OUT not in target.parents:
        return f"{path.relative_to(OUT)}: {link} leads nowhere"
    if parts.fragment and target.suffix == ".html" and "_downloads" not in target.parts:
        if unquote(parts.fragment) not in names(target):
            return f"{path.relative_to(OUT)}: {link} names a part that is not there"
    return None


def test_every_link_resolves():
    links = [(path, tag["href"]) for path in pages() for tag in page(path).find_all("a", href=True)]
    assert len(links) > 1000
    assert [wrong for path, link in links if (wrong := problem(path, link))] == []


def test_nothing_is_loaded_from_elsewhere():
    wrong = []
    for path in pages():
        loaded = [tag["src"] for tag in page(path).find_all(src=True)]
        loaded += [tag["href"] for tag in page(path).find_all("link", href=True) if tag.get("rel") != ["canonical"]]
        assert len(loaded) > 5
        wrong += [f"{path}: {link}" for link in loaded if urlsplit(link).scheme in ELSEWHERE or link.startswith("//")]
        wrong += [told for link in loaded if (told := problem(path, link))]
    assert wrong == []


def test_all_is_there():
    found = {path.relative_to(OUT).as_posix() for path in pages()}
    expected = ["index", "explorer", "search", "examples/README", "api/oasis_helpers.sampling"]
    expected += [f"notebooks/{name}" for name in NOTEBOOKS] + [f"docs/{name}" for name in DOCS]
    expected += [f"oasis_helpers/models/{name}" for name in CARDS]
    assert {f"{name}.html" for name in expected} <= found


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_has_its_outputs_solutions_and_equations(name):
    cells = json.loads((ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    shown = page(OUT / "notebooks" / f"{name}.html")
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    images = [output for output in outputs if any(kind.startswith("image/") for kind in output.get("data", {}))]
    assert len(shown.select("div.cell_output img")) == len(images) > 0
    exercises = [cell for cell in cells if "exercise" in cell["metadata"].get("tags", [])]
    folded = [tag for tag in shown.find_all("details") if tag.summary and tag.summary.get_text() == "Solution"]
    assert len(folded) == len(exercises) and all(tag.find("pre") for tag in folded)
    assert all("open" not in tag.attrs for tag in folded)
    text = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    assert len(shown.select("div.math")) == text.count("$$") // 2
    described = [cell["metadata"]["alt"] for cell in cells if "alt" in cell["metadata"]]
    assert [tag["alt"] for tag in shown.select("div.cell_output img") if tag["alt"] in described] == described


def test_every_image_has_a_text():
    for path in pages():
        article = page(path).select_one("article")
        for tag in article.find_all("img") if article else []:
            assert tag.get("alt", "").strip(), f"{path}: {tag.get('src', '')[:80]}"


def test_docstrings_are_there():
    text = page(OUT / "api" / "oasis_helpers.sampling.html").get_text()
    assert "Draw one image per seed." in text and "whole numbers from 0; one seed is the same image" in text


def test_the_search_knows_the_words():
    index = (OUT / "searchindex.js").read_text(encoding="utf-8")
    assert all(f'"{word}"' in index or f"{word}:" in index for word in ("ventricl", "truncat"))


def test_a_broken_link_is_noticed(tmp_path):
    start = OUT / "index.html"
    assert problem(start, "explorer.html") is None
    assert "leads nowhere" in problem(start, "explorers.html")
    assert "leads nowhere" in problem(start, "../../Makefile")
    assert "not there" in problem(start, "explorer.html#no-such-part")


def test_it_is_small_enough_to_be_fetched():
    sizes = {path: path.stat().st_size for path in OUT.rglob("*") if path.is_file()}
    assert sum(sizes.values()) < 80e6
    assert max(sizes.values()) < 12e6
    made = [path for path in sizes if "_downloads" not in path.parts]
    assert not [path for path in made if path.suffix in (".safetensors", ".doctree", ".py")]
