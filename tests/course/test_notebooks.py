"""What every notebook has: one parameters cell, short cells, compared outputs, exercises, links that lead somewhere."""

import re
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
NAMES = ["00_start_here", "01_data_loading", "02_mapping_network", "03_adain_synthesis"]
NAMES += ["04_discriminator_and_losses", "05_progressive_training", "06_sampling"]
NAMES += ["07_evaluation", "08_what_came_after"]
IGNORED = "nbval-ignore-output"


@pytest.fixture(params=NAMES)
def notebook(request):
    return nbformat.read(FOLDER / f"{request.param}.ipynb", as_version=4)


def tags(cell):
    return cell.metadata.get("tags", [])


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook):
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def compared_texts(notebook):
    """What nbval compares, images' own texts (<Figure ...>) left out."""
    texts = []
    for cell in code(notebook):
        if IGNORED not in tags(cell):
            outputs = [o.get("text") or o.get("data", {}).get("text/plain", "") for o in cell.outputs]
            texts += [text for text in outputs if text and not text.startswith("<Figure")]
    return texts


def test_the_course_is_complete():
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == NAMES


def test_one_cell_holds_three_to_eight_explained_parameters(notebook):
    cells = [cell for cell in notebook.cells if "parameters" in tags(cell)]
    assert len(cells) == 1
    lines = cells[0].source.splitlines()
    assert 3 <= len(lines) <= 8 and all(re.match(r"\w+ = .+  # .+", line) for line in lines)


def test_cells_are_short_and_about_half_is_prose(notebook):
    assert max(len([line for line in cell.source.splitlines() if line.strip()]) for cell in code(notebook)) <= 20
    assert 0.35 <= len(code(notebook)) / len(notebook.cells) <= 0.65


def test_at_least_three_texts_are_compared(notebook):
    assert len([text for text in compared_texts(notebook) if not text.startswith("Not yet")]) >= 3


def test_a_cell_that_is_not_compared_says_why(notebook):
    for cell in code(notebook):
        if IGNORED in tags(cell):
            assert cell.source.startswith("# Not compared in CI: ")


def test_exercises_are_checked_and_have_a_folded_solution(notebook):
    exercises = [i for i, cell in enumerate(notebook.cells) if "exercise" in tags(cell)]
    assert len(exercises) >= 2
    for i in exercises:
        assert "checks.check_" in notebook.cells[i].source
        assert notebook.cells[i + 1].source.startswith("<details><summary>Solution</summary>")


def test_links_to_notebooks_lead_somewhere(notebook):
    links = re.findall(r"\]\(([^)#]+\.ipynb)\)", prose(notebook))
    assert links and all((FOLDER / link).is_file() for link in links)


def test_titles_in_links_are_the_titles_of_the_notebooks(notebook):
    for title, link in re.findall(r"\[(\d\d · [^\]]+)\]\(([^)]+)\)", prose(notebook)):
        target = nbformat.read(FOLDER / link, as_version=4)
        assert target.cells[0].source.splitlines()[0] == f"# {title}"


def test_the_skeleton_is_there(notebook):
    text = prose(notebook)
    assert notebook.cells[0].source.startswith("# ") and "?" in notebook.cells[0].source.splitlines()[0]
    for part in ("**Goals.**", "**Takes**", "## Parameters", "**Predict.**", "## Limits", "## Exercises", "## Recap"):
        assert part in text, part
    assert "What we see" in text


def test_headings_are_in_order(notebook):
    """One title, and no step down the levels is skipped: a screen reader walks by them."""
    levels = [len(mark) for mark in re.findall(r"^(#+) ", prose(notebook), flags=re.MULTILINE)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))


def test_markdown_headings_and_tables_start_after_an_empty_line(notebook):
    for cell in notebook.cells:
        lines = cell.source.splitlines() if cell.cell_type == "markdown" else []
        for before, line in zip(lines, lines[1:], strict=False):
            if line.startswith(("## ", "### ")) or (line.startswith("| ") and not before.startswith("|")):
                assert not before.strip(), line
