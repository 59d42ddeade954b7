"""The built pages, served on the loopback address with a policy that forbids every other one."""

import contextlib
import threading

from helpers.scripts import ROOT, load_script

import pytest

OUT = ROOT / "site" / "_build" / "html"

built = [
    pytest.mark.site,
    pytest.mark.skipif(not (OUT / "index.html").is_file(), reason="the pages are not built (make test-site)"),
]


@contextlib.contextmanager
def served():
    """Serve the built pages as `make site-serve` does; gives their address."""
    pages = load_script("site/serve.py").server(0, OUT)
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{pages.server_port}"
    finally:
        pages.shutdown()
        pages.server_close()


def at_width(browser, width, height=900):
    """Show pages as a screen of this width does."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def console_errors(browser):
    """Return what the browser has reported as an error since the last time, refused requests among it."""
    return [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]


def requested(browser):
    """Return the addresses of all that the page in front, not its workers, has loaded."""
    return browser.execute_script("return performance.getEntriesByType('resource').map(entry => entry.name)")
