"""A walk through the course as a student takes it, in a real JupyterLab and browser: links, Run All, a wrong value.

The notebooks are the student's edition, and their cache is new, so that the first run makes its people. To keep it
short, notebook 00 takes a few people only. Skipped where selenium, Chromium or its driver is missing;
OASIS_SHOTS=folder keeps what was seen.
"""

import re
import shutil
import urllib.request

import nbformat
import pytest

pytest.importorskip("selenium", reason="selenium is not installed")
from helpers import lab
from helpers.scripts import load_script
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

pytestmark = [lab.missing, pytest.mark.browser]

MINE = "my-course"
START = f"{MINE}/00_start_here.ipynb"
OTHERS = sorted(path.stem for path in (lab.ROOT / "notebooks").glob("0[1-9]*.ipynb"))
SHOWN = ".jp-NotebookPanel:not(.lm-mod-hidden)"  # the notebook in front; the others stay open behind it
CHEAP = ["02_mapping_network", "03_adain_synthesis"]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A JupyterLab in a folder with the student's edition."""
    folder = tmp_path_factory.mktemp("course")
    assert load_script("tools/student_edition.py").main(["--out", str(folder / MINE)]) == 0
    shutil.copytree(lab.ROOT / "docs", folder / "docs")  # the glossary
    start = folder / START
    text, found = re.subn(r"people = 120 ", "people = 12 ", start.read_text())
    assert found == 1
    start.write_text(text)
    with lab.jupyterlab(folder, OASIS_CACHE=str(folder / "cache"), OASIS_PRESET="smoke") as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with lab.chromium() as browser:
        yield browser


def stored(name):
    """The cells of a notebook as they are in the repository."""
    return nbformat.read(lab.ROOT / "notebooks" / f"{name}.ipynb", as_version=4).cells


def check_sound(cells, name):
    """Every cell ran, none failed, and the figures are those of the stored notebook."""
    assert lab.errors(cells) == []
    assert [cell["source"] for cell in cells if not cell["count"]] == []
    figures = [sum("image/png" in out.get("data", {}) for out in cell.get("outputs", [])) for cell in stored(name)]
    assert lab.images(cells) == sum(figures) > 0


def texts(cells):
    """What the cells printed, without those whose output differs from run to run."""
    return [
        [output["text"] for output in cell["outputs"] if output["name"] == "stdout"]
        for cell in cells
        if "nbval-ignore-output" not in cell["tags"]
    ]


def check_links(browser, name):
    """Every link of the notebook in front to another file is shown, and the file is there."""
    find = "return [...arguments[0].querySelectorAll(\"a[href*='/files/']\")].map(a => a.href)"
    for number, cell in enumerate(stored(name)):
        written = re.findall(r"(?<!!)\[[^\]]*\]\([^)#:]+\)", cell.source) if cell.cell_type == "markdown" else []
        if written:

            def links(n: int = number) -> list[str]:
                return browser.execute_script(find, lab.cell(browser, n))

            lab.wait_for(browser, lambda w=written: len(links()) == len(w))
            for link in links():
                there = link.split("?")[0].replace("/files/", "/api/contents/") + "?content=0"
                urllib.request.urlopen(there).close()  # raises where there is no such file


def test_the_first_notebook_leads_to_every_other(address, browser):
    lab.open_notebook(browser, address, START)
    lab.shot(browser, "walk_0_start")
    check_links(browser, "00_start_here")
    for name in OTHERS:
        browser.find_element(By.CSS_SELECTOR, f"{SHOWN} .jp-MarkdownOutput a[href*='{name}.ipynb']").click()
        lab.wait_ready(browser, f"{MINE}/{name}.ipynb")
        lab.wait_for(browser, lambda: browser.find_elements(By.CSS_SELECTOR, f"{SHOWN} h1"))
        title = browser.find_element(By.CSS_SELECTOR, f"{SHOWN} h1").text
        assert title.startswith(f"{name[:2]} · ")
        assert browser.find_elements(By.CSS_SELECTOR, "mjx-merror") == []
        check_links(browser, name)
        lab.close_notebook(browser)
        lab.wait_ready(browser, START)


def test_what_we_see_is_folded_until_it_is_clicked(address, browser):
    lab.open_notebook(browser, address, START)
    number = next(i for i, cell in enumerate(stored("00_start_here")) if cell.source.startswith("**What we see.**"))
    lab.wait_for(browser, lambda: lab.cell(browser, number).find_elements(By.CSS_SELECTOR, "details"))
    told = lab.cell(browser, number).find_element(By.CSS_SELECTOR, "details p")
    assert not told.is_displayed()
    lab.cell(browser, number).find_element(By.CSS_SELECTOR, "details summary").click()
    lab.shot(browser, "walk_1_unfolded")
    assert lab.cell(browser, number).find_element(By.CSS_SELECTOR, "details p").is_displayed()


def test_a_diagram_is_shown(address, browser):
    """From the student's folder, with its text for those who cannot see it."""
    lab.open_notebook(browser, address, f"{MINE}/02_mapping_network.ipynb")
    find = "const i = document.querySelector(\"img[src*='generator.svg']\"); return i && [i.naturalWidth, i.alt]"
    lab.wait_for(browser, lambda: (browser.execute_script(find) or [0])[0] > 0)
    assert browser.execute_script(find)[1].startswith("Diagram of the generator")
    lab.shot(browser, "walk_1_diagram")
    lab.close_notebook(browser)


def test_run_all_and_again_after_a_restart(address, browser):
    lab.open_notebook(browser, address, START)
    first = lab.run(browser)
    lab.shot(browser, "walk_1_ran")
    check_sound(first, "00_start_here")
    bars = [output["kinds"] for cell in first for output in cell["outputs"] if output["kinds"]]
    assert any("application/vnd.jupyter.widget-view+json" in kinds for kinds in bars)  # while the people were made
    second = lab.run(browser, "notebook:restart-run-all")
    check_sound(second, "00_start_here")
    assert texts(first) == texts(second)


def test_an_impossible_value_is_told_in_one_line(address, browser):
    """Typed into the parameters cell, after the notebook ran: one line, and nothing below it is run."""
    lab.open_notebook(browser, address, START)
    number = next(i for i, cell in enumerate(stored("00_start_here")) if "parameters" in cell.metadata.get("tags", []))
    for line, name in (("psi = 7", "psi"), ('slice_from = "trian"', "slice_from")):
        editor = lab.cell(browser, number).find_element(By.CSS_SELECTOR, ".cm-content")
        editor.click()
        editor.send_keys(Keys.CONTROL, Keys.END, Keys.NULL, Keys.ENTER, line)
        cells = lab.run(browser)
        assert any(line in cell["source"] for cell in cells if "parameters" in cell["tags"])
        (wrong,) = [i for i, cell in enumerate(cells) if lab.errors([cell])]
        (told,) = lab.errors(cells)
        assert name in told and "Traceback" not in told
        code = [i for i, cell in enumerate(stored("00_start_here")) if cell.cell_type == "code"]
        node = lab.cell(browser, code[wrong])
        (shown,) = [e.text for e in node.find_elements(By.CSS_SELECTOR, "[data-mime-type$='.stderr']")]
        lab.shot(browser, f"walk_2_{name}")
        assert shown.strip().count("\n") == 0 and shown.strip() == told.strip()
        editor = lab.cell(browser, number).find_element(By.CSS_SELECTOR, ".cm-content")
        editor.click()
        editor.send_keys(Keys.CONTROL, "z", Keys.NULL)


@pytest.mark.long
@pytest.mark.parametrize("name", CHEAP)
def test_run_all(address, browser, name):
    lab.open_notebook(browser, address, f"{MINE}/{name}.ipynb")
    check_sound(lab.run(browser), name)
    lab.shot(browser, f"walk_3_{name}")
    lab.close_notebook(browser)
