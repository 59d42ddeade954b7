"""The explorer in a real JupyterLab and a real browser: every control is moved, and the picture follows.

Skipped where selenium, Chromium or its driver is missing. OASIS_SHOTS=folder keeps what was seen.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
from selenium.webdriver.chrome.service import Service  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.ui import Select, WebDriverWait  # noqa: E402

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="Chromium or its driver is not installed")

NOTEBOOK = """from oasis_helpers import load_generator
from oasis_helpers.view.explorer import Explorer
Explorer(load_generator())"""


def free_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab of its own, in an empty folder with one notebook."""
    folder = tmp_path_factory.mktemp("lab")
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(NOTEBOOK)], metadata=kernel)
    nbformat.write(notebook, folder / "explore.ipynb")
    port = free_port()
    options = [f"--port={port}", "--ip=127.0.0.1", "--no-browser", "--allow-root", "--expose-app-in-browser"]
    options += [f"--ServerApp.root_dir={folder}", "--IdentityProvider.token=", "--LabApp.extension_manager=readonly"]
    root = Path(__file__).resolve().parent.parent
    homes = {name: str(folder / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "OASIS_RUNS")}
    environment = {**os.environ, **homes, "PYTHONPATH": str(root)}
    with open(folder / "log", "w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options], env=environment, stdout=log, stderr=log
        )
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api/status", timeout=2).close()
                break
            except OSError:
                time.sleep(0.25)
        else:
            pytest.fail((folder / "log").read_text()[-2000:])
        yield f"http://127.0.0.1:{port}", folder
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture(scope="module")
def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in ("headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "window-size=1300,900"):
        options.add_argument(f"--{flag}")
    browser = webdriver.Chrome(service=Service(DRIVER), options=options)
    yield browser
    browser.quit()


def shot(browser, name):
    folder = os.environ.get("OASIS_SHOTS")
    if folder:
        browser.save_screenshot(f"{folder}/{name}.png")


def sources(browser):
    """Return the pictures in the panel, as the browser names them."""
    return browser.execute_script("return [...document.querySelectorAll('img.widget-image')].map(i => i.src)")


def wait_for(browser, condition, seconds=60):
    return WebDriverWait(browser, seconds, poll_frequency=0.02).until(lambda _: condition())


@pytest.fixture(scope="module")
def opened(lab, browser):
    """The explorer, shown by running the notebook."""
    address, folder = lab
    browser.get(f"{address}/lab/tree/explore.ipynb?reset")
    wait_for(browser, lambda: browser.execute_script("return !!window.jupyterapp"))
    wait_for(browser, lambda: browser.find_elements(By.CSS_SELECTOR, ".jp-Notebook .jp-CodeCell"))
    time.sleep(3)  # until the kernel's start is shown as done
    browser.execute_script("jupyterapp.commands.execute('notebook:run-all-cells')")
    try:
        wait_for(browser, lambda: len(sources(browser)) == 2 and sources(browser)[0].startswith("blob:"), 180)
    finally:
        shot(browser, "0_after_running")
    time.sleep(1)
    shot(browser, "1_opened")
    return browser, folder


def timed_change(browser, act, seconds=30):
    """Do something and return how long it took until the picture was another."""
    before = sources(browser)[0]
    started = time.perf_counter()
    act()
    wait_for(browser, lambda: sources(browser)[0] != before, seconds)
    return time.perf_counter() - started


def test_every_control_moves_the_picture(opened):
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
    assert left <= right + 1  # the picture is not cut off at the right
    browser.set_window_size(1300, 900)
