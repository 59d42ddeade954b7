"""The explorer in a real JupyterLab and a real browser: every control is moved, and the image follows.

Skipped where selenium, Chromium or its driver is missing. OASIS_SHOTS=folder keeps what was seen.
"""

import json
import os
import time
from pathlib import Path

import nbformat
import pytest

pytest.importorskip("selenium", reason="selenium is not installed")
from helpers.lab import chromium, jupyterlab, missing, open_notebook, shot, wait_for
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

pytestmark = [missing, pytest.mark.browser]

NOTEBOOK = """from oasis_helpers import load_generator
from oasis_helpers.view.explorer import Explorer
Explorer(load_generator())"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab of its own, in an empty folder with one notebook."""
    folder = tmp_path_factory.mktemp("lab")
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(NOTEBOOK)], metadata=kernel)
    nbformat.write(notebook, folder / "explore.ipynb")
    with jupyterlab(folder) as address:
        yield address, folder


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


def sources(browser):
    """Return the images in the panel, as the browser names them."""
    return browser.execute_script("return [...document.querySelectorAll('img.widget-image')].map(i => i.src)")


@pytest.fixture(scope="module")
def opened(lab, browser):
    """The explorer, shown by running the notebook."""
    address, folder = lab
    open_notebook(browser, address, "explore.ipynb")
    browser.execute_script("jupyterapp.commands.execute('notebook:run-all-cells')")
    try:
        wait_for(browser, lambda: len(sources(browser)) == 2 and sources(browser)[0].startswith("blob:"), 180)
    finally:
        shot(browser, "0_after_running")
    time.sleep(1)
    shot(browser, "1_opened")
    return browser, folder


def timed_change(browser, act, seconds=30):
    """Do something and return how long it took until the image was another."""
    before = sources(browser)[0]
    started = time.perf_counter()
    act()
    wait_for(browser, lambda: sources(browser)[0] != before, seconds)
    return time.perf_counter() - started


def test_every_control_moves_the_image(opened):
    browser, folder = opened
    times = {}
    sliders = browser.find_elements(By.CSS_SELECTOR, ".widget-slider .noUi-handle")
    assert len(sliders) == 5  # psi and four directions
    for number, slider in enumerate(sliders):
        slider.send_keys(Keys.ARROW_RIGHT)  # the first move of all warms up
        times[f"slider {number}"] = timed_change(browser, lambda handle=slider: handle.send_keys(Keys.PAGE_UP))
    shot(browser, "2_sliders")

    def toggle(text, number):
        buttons = browser.find_elements(By.XPATH, f"//button[contains(@class,'widget-toggle-button')][.='{text}']")
        buttons[number].click()

    for number in range(3):
        times[f"styles {number}"] = timed_change(browser, lambda n=number: toggle("donor", n))
    seed, donor = browser.find_elements(By.CSS_SELECTOR, ".widget-text input[type=number]")
    for name, box in (("seed", seed), ("donor", donor)):
        times[name] = timed_change(browser, lambda b=box: b.send_keys(Keys.CONTROL, "a", Keys.NULL, "17", Keys.ENTER))
    noise = Select(browser.find_element(By.CSS_SELECTOR, ".widget-dropdown select"))
    times["noise"] = timed_change(browser, lambda: noise.select_by_visible_text("off"))
    shot(browser, "3_all_moved")
    print({name: round(seconds, 2) for name, seconds in times.items()})
    if os.environ.get("OASIS_SHOTS"):
        Path(os.environ["OASIS_SHOTS"], "times.json").write_text(json.dumps(times))


def test_every_button_works(opened):
    browser, folder = opened

    def press(text):
        browser.find_element(By.XPATH, f"//button[contains(@class,'widget-button')][contains(.,'{text}')]").click()

    def said():
        return [e.text for e in browser.find_elements(By.CSS_SELECTOR, ".widget-html-content") if e.text]

    timed_change(browser, lambda: press("reset"))
    wait_for(browser, lambda: any("psi 0.7" in text and "direction" not in text for text in said()))
    press("pin")
    wait_for(browser, lambda: any(text.startswith("pinned: ") for text in said()))
    timed_change(browser, lambda: press("random seed"))
    shot(browser, "4_pinned")
    press("save PNG")
    wait_for(browser, lambda: any("brain-001.png" in text for text in said()))
    press("save GIF")
    wait_for(browser, lambda: any("walk-001.gif" in text for text in said()))
    assert sorted(path.suffix for path in folder.rglob("explorer/*")) == [".gif", ".png"]
    shot(browser, "5_saved")


def test_it_fits_a_narrow_window(opened):
    browser, _ = opened
    browser.set_window_size(700, 1100)
    browser.execute_script("document.querySelector('img.widget-image').scrollIntoView()")
    time.sleep(1)
    shot(browser, "6_narrow")
    left, right = browser.execute_script(
        "const o = document.querySelector('.jp-WindowedPanel-outer').getBoundingClientRect();"
        "const i = document.querySelector('img.widget-image').getBoundingClientRect(); return [i.right, o.right]"
    )
    assert left <= right + 1  # the image is not cut off at the right
    browser.set_window_size(1300, 900)
