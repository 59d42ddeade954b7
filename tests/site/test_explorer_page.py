"""The explorer page in a real browser: every control is moved, and shows what the package draws. OASIS_SHOTS: views."""

import io
import time

from oasis_helpers import load_generator, sampling
from oasis_helpers.images import upright

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("selenium", reason="selenium is not installed")
from helpers.lab import chromium, missing, shot, wait_for
from helpers.site import at_width, built, console_errors, requested, served
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

pytestmark = [missing, pytest.mark.browser, *built]

EXPLORER = "document.getElementById('explorer')"
ALLOWED = 2  # grey values that an image may differ by from the package's


@pytest.fixture(scope="module")
def page():
    """The page, open, with its first image."""
    with served() as address, chromium(1400) as browser:
        yield opened(browser, address)


@pytest.fixture
def fresh(page):
    """The page with the settings that it starts with."""
    choose(page, "generator", "default")
    type_seed(page, "seed", 3)
    control(page, "reset").click()
    settled(page)
    return page


def opened(browser, address):
    browser.get(f"{address}/explorer.html")
    wait_for(browser, lambda: drawn(browser) > 0, 120)
    settled(browser)
    return browser


def drawn(browser):
    return int(browser.execute_script(f"return {EXPLORER}.dataset.drawn ?? 0"))


def settled(browser):
    """Wait until nothing is being drawn."""
    idle = f"const p = {EXPLORER}.explorer.painter; return !p.busy && !p.waiting"
    wait_for(browser, lambda: browser.execute_script(idle), 120)


def image(browser, which=0):
    """Return what a canvas shows, (R, R) uint8, the forehead up."""
    settled(browser)
    size, pixels = browser.execute_script(
        "const c = document.querySelectorAll('canvas')[arguments[0]]; const d = c.getContext('2d')"
        ".getImageData(0, 0, c.width, c.height).data; return [c.width, [...d].filter((_, i) => i % 4 == 0)]",
        which,
    )
    return np.array(pixels, "uint8").reshape(size, size)


def control(browser, name):
    return browser.find_element(By.CSS_SELECTOR, f"[data-control='{name}']")


def slide(browser, name, value):
    """Put a slider at a value, as a finger does: the browser tells the page of it."""
    script = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input'))"
    browser.execute_script(script, control(browser, name), value)


def type_seed(browser, name, text):
    control(browser, name).send_keys(Keys.CONTROL, "a", Keys.NULL, str(text))
    browser.execute_script("document.activeElement.blur()")


def choose(browser, name, value):
    Select(control(browser, name)).select_by_value(value)


def caption(browser, which=0):
    return browser.find_elements(By.CSS_SELECTOR, "#explorer figcaption")[which].text


def same(browser, expected):
    """Whether the page shows an image (R, R) of the package."""
    found = image(browser)
    assert found.shape == expected.shape
    return int(np.abs(found.astype(int) - upright(expected).astype(int)).max()) <= ALLOWED


@pytest.fixture(scope="module")
def generator():
    return load_generator("default")


# ---------------------------------------------------------------- what is drawn


@pytest.mark.parametrize("name", ["default", "cohort128", "cohort256"])
def test_a_seed_is_the_image_that_the_package_draws(fresh, name):
    choose(fresh, "generator", name)
    seeds = [3, 0, 41, 2**31 - 1]
    for seed, expected in zip(seeds, sampling.sample(load_generator(name), seeds), strict=True):
        type_seed(fresh, "seed", seed)
        assert same(fresh, expected), seed
        assert caption(fresh) == f"{name}: seed {seed}, psi 0.7"


@pytest.mark.parametrize("psi", [0, 0.35, 1, 1.5])
def test_truncation(fresh, generator, psi):
    slide(fresh, "psi", psi)
    assert same(fresh, sampling.sample(generator, 3, float(psi))[0])
    assert f"psi {psi:g}" in caption(fresh)


@pytest.mark.parametrize("names", [["coarse"], ["middle"], ["fine"], ["coarse", "fine"]])
def test_styles_of_the_second_seed(fresh, generator, names):
    type_seed(fresh, "second", 12)
    before = image(fresh)
    for name in names:
        control(fresh, name).click()
    layers = [layer for name in names for layer in sampling.ranges_of(generator)[name]]
    assert same(fresh, sampling.mix(generator, [3], [12], layers)[0, 0])
    assert f"{' and '.join(names)} styles of seed 12" in caption(fresh)
    for name in names:
        control(fresh, name).click()
    assert (image(fresh) == before).all()


def test_walk(fresh, generator):
    for step, expected in enumerate(sampling.interpolate(generator, 3, 9, steps=5)):
        slide(fresh, "walk", step / 4)
        assert same(fresh, expected), step


def test_noise(fresh, generator):
    choose(fresh, "noise", "off")
    assert same(fresh, sampling.sample(generator, 3, noise="off")[0])
    choose(fresh, "noise", "fresh")
    first = image(fresh)
    slide(fresh, "psi", 0.7)  # the same settings: only the noise is drawn anew
    assert (image(fresh) != first).any()


@pytest.mark.parametrize("name", ["direction 0", "direction 1", "direction 2", "direction 3", "ventricles"])
def test_directions(fresh, generator, name):
    (entry,) = [d for d in index(fresh)[0]["directions"] if d["name"] == name]
    slide(fresh, name, 2)
    ws = sampling.styles(generator, 3) + 2 * np.array(entry["step"], "float32")
    assert same(fresh, sampling.draw(generator, ws, sampling.noise_maps([3], 64))[0])
    assert f"{name}: +2" in caption(fresh)
    slide(fresh, name, 0)
    assert same(fresh, sampling.sample(generator, 3)[0])


def index(browser):
    script = "const done = arguments[0]; fetch('_static/explorer/models/index.json').then(r => r.json()).then(done)"
    return browser.execute_async_script(script)


# ---------------------------------------------------------------- what else it does


def test_pin_and_compare(fresh):
    first = image(fresh)
    control(fresh, "pin").click()
    control(fresh, "random").click()
    assert (image(fresh) != first).any() and (image(fresh, 1) == first).all()
    mean = np.abs(image(fresh).astype(int) - first.astype(int)).mean()
    assert caption(fresh, 1) == f"pinned: default: seed 3, psi 0.7; differs by {mean:.1f} of 255 grey values on average"
    control(fresh, "pin").click()
    assert not fresh.find_elements(By.CSS_SELECTOR, "#explorer figure")[1].is_displayed()


def test_the_walk_plays_to_its_end(fresh):
    start = image(fresh)
    control(fresh, "play").click()
    assert control(fresh, "play").text == "stop"
    wait_for(fresh, lambda: control(fresh, "play").text == "play the walk", 60)
    assert "100 % of the way to seed 9" in caption(fresh) and (image(fresh) != start).any()


def test_a_png_is_saved(fresh, tmp_path):
    fresh.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    control(fresh, "pin").click()
    slide(fresh, "psi", 0)
    settled(fresh)
    control(fresh, "download").click()
    file = tmp_path / "brain-default-seed3.png"
    wait_for(fresh, file.is_file, 30)
    time.sleep(0.3)
    pixels = np.asarray(Image.open(io.BytesIO(file.read_bytes())).convert("L"))
    assert pixels.shape == (256, 512)
    assert (pixels[::4, :256:4] == image(fresh)).all() and (pixels[::4, 256::4] == image(fresh, 1)).all()
    control(fresh, "pin").click()


def test_a_text_that_is_no_seed_changes_nothing(fresh):
    before = image(fresh), caption(fresh)
    for text in ("-1", "1.5", "99999999999", ""):
        slide(fresh, "seed", text)  # at once: typed, the first digit alone would be a seed
        assert control(fresh, "seed").get_attribute("aria-invalid") == "true"
        assert caption(fresh) == before[1]
    assert (image(fresh) == before[0]).all()


def test_every_control_has_a_name_and_the_keyboard(fresh):
    for box in fresh.find_elements(By.CSS_SELECTOR, "#explorer input, #explorer select"):
        assert box.accessible_name.strip()
    before = image(fresh)
    control(fresh, "psi").send_keys(Keys.ARROW_LEFT)
    assert (image(fresh) != before).any() and "psi 0.65" in caption(fresh)
    assert fresh.find_element(By.CSS_SELECTOR, "#explorer canvas").get_attribute("aria-label").endswith(caption(fresh))


def test_nothing_is_sent_or_fetched_elsewhere(fresh):
    for name in ("cohort128", "default"):
        choose(fresh, "generator", name)
        settled(fresh)
    own = fresh.execute_script("return location.origin")
    assert [url for url in requested(fresh) if not url.startswith((own, "data:", "blob:"))] == []
    assert console_errors(fresh) == []  # the policy of the server would report every other request, a worker's too


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1400])
def test_it_fits(fresh, width, theme):
    fresh.execute_script("document.documentElement.dataset.theme = arguments[0]", theme)
    at_width(fresh, width)
    control(fresh, "pin").click()
    fresh.execute_script("scrollTo(0, 0)")
    time.sleep(0.3)
    shot(fresh, f"explorer_{width}_{theme}")
    right = (
        "return Math.max(...[...document.querySelectorAll('#explorer *')].map(e => e.getBoundingClientRect().right))"
    )
    assert fresh.execute_script(right) <= width
    control(fresh, "pin").click()
    at_width(fresh, 1400)
