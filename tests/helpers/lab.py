"""JupyterLab and a headless Chromium for the tests of what a student sees; both are looked for, none is required."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
missing = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="Chromium or its driver is not installed")

# What every code cell of the open notebook has: its number, and its outputs without the images' bytes.
CELLS = """
return jupyterapp.shell.currentWidget.content.model.toJSON().cells.filter(c => c.cell_type == 'code').map(c => ({
  source: [].concat(c.source).join(''), count: c.execution_count, tags: c.metadata.tags || [],
  outputs: c.outputs.map(o => ({type: o.output_type, name: o.ename || o.name || '',
    kinds: Object.keys(o.data || {}),
    text: [].concat(o.text || o.traceback || (o.data || {})['text/plain'] || '').join('')}))}))
"""
CURRENT = "const w = window.jupyterapp && jupyterapp.shell.currentWidget;"
RUN = "window.ran = ''; jupyterapp.commands.execute(arguments[0]).then(r => { window.ran = 'end ' + r }); return 1"


def free_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


@contextlib.contextmanager
def jupyterlab(folder, **environment):
    """Run a JupyterLab in a folder, with settings and runs of its own; gives its address."""
    port = free_port()
    options = [f"--port={port}", "--ip=127.0.0.1", "--no-browser", "--allow-root", "--expose-app-in-browser"]
    options += [f"--ServerApp.root_dir={folder}", "--IdentityProvider.token=", "--LabApp.extension_manager=readonly"]
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")
    homes = {name: str(folder / ".lab" / name.lower()) for name in names}
    homes["OASIS_RUNS"] = str(folder / "runs")
    environment = {**os.environ, **homes, "PYTHONPATH": str(ROOT), **environment}
    environment.pop("MPLBACKEND", None)  # a command that ran in this process has set it: figures would not be shown
    with open(folder / "log", "w") as log:
        command = [sys.executable, "-m", "jupyterlab", *options]
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api/status", timeout=2).close()
                break
            except OSError:
                time.sleep(0.25)
        else:
            pytest.fail((folder / "log").read_text()[-2000:])
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


@contextlib.contextmanager
def chromium(width=1300, height=900):
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in ("headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", f"window-size={width},{height}"):
        options.add_argument(f"--{flag}")
    browser = webdriver.Chrome(service=Service(DRIVER), options=options)
    try:
        yield browser
    finally:
        browser.quit()


def shot(browser, name):
    """Keep what is seen, where OASIS_SHOTS names a folder."""
    folder = os.environ.get("OASIS_SHOTS")
    if folder:
        browser.save_screenshot(f"{folder}/{name}.png")


def wait_for(browser, condition, seconds=60):
    from selenium.common.exceptions import StaleElementReferenceException
    from selenium.webdriver.support.ui import WebDriverWait

    redrawn = [StaleElementReferenceException]  # JupyterLab replaces what it draws anew: look again
    return WebDriverWait(browser, seconds, 0.02, ignored_exceptions=redrawn).until(lambda _: condition())


def open_notebook(browser, address, path):
    """Open a notebook in a fresh JupyterLab window and wait until its kernel is idle."""
    browser.get(f"{address}/lab/tree/{path}?reset")
    wait_ready(browser, path)


def wait_ready(browser, path):
    """Wait until the notebook in front is this one, and its kernel can be used."""
    ready = f"{CURRENT} return !!w && !!w.context && w.context.path == arguments[0] && w.context.isReady"
    ready += " && !!w.sessionContext.session && w.sessionContext.session.kernel.status == 'idle'"
    wait_for(browser, lambda: browser.execute_script(ready, path))


def run(browser, command="notebook:run-all-cells", seconds=300):
    """Do what a menu entry does, say yes where it asks, wait for the end, and return the code cells."""
    from selenium.webdriver.common.by import By

    browser.execute_script(RUN, command)

    def ended():
        for button in browser.find_elements(By.CSS_SELECTOR, ".jp-Dialog button.jp-mod-accept"):
            button.click()
        return browser.execute_script("return window.ran")

    wait_for(browser, ended, seconds)
    return cells(browser)


def cells(browser):
    """Return the code cells of the notebook in front: source, count, tags and outputs."""
    return browser.execute_script(CELLS)


def cell(browser, number):
    """Return a cell of the notebook in front, scrolled into sight."""
    return browser.execute_script(
        f"{CURRENT} const cell = w.content.widgets[arguments[0]];"
        "return w.content.scrollToCell(cell, 'center').then(() => cell.node)",
        number,
    )


def errors(cells):
    """Return the error outputs of some cells, as they are shown."""
    return [output["text"] for cell in cells for output in cell["outputs"] if output["type"] == "error"]


def images(cells):
    """Return how many outputs of some cells are images."""
    return sum("image/png" in output["kinds"] for cell in cells for output in cell["outputs"])


def close_notebook(browser):
    """End the kernel of the notebook in front and close it, unsaved."""
    browser.execute_async_script(
        f"const done = arguments[0]; {CURRENT}"
        "w.sessionContext.shutdown().then(() => w.context.revert()).then(() => { w.close(); done() })"
    )
