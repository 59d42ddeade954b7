"""The pages in a real browser: both themes, a phone and a screen, no error. OASIS_SHOTS=folder keeps what was seen."""

import time

import pytest

pytest.importorskip("selenium", reason="selenium is not installed")
from helpers.lab import chromium, missing, shot, wait_for
from helpers.site import at_width, built, console_errors, requested, served
from selenium.webdriver.common.by import By

pytestmark = [missing, pytest.mark.browser, *built]

PAGES = [
    "index",
    "notebooks/02_mapping_network",
    "notebooks/06_sampling",
    "docs/glossary",
    "examples/README",
    "oasis_helpers/models/cohort128",
    "api/oasis_helpers.sampling",
]
WIDTHS = [390, 1400]

# How far the page, or a part of it that does not scroll by itself, reaches beyond the right edge of the screen.
OVERFLOW = """
const kinds = ['auto', 'scroll', 'hidden', 'clip'];
const scrolls = e => e && (kinds.includes(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
const wide = [...document.querySelectorAll('article *')].filter(e =>
  e.getBoundingClientRect().right > innerWidth + 1 && e.getClientRects().length && !scrolls(e.parentElement));
return [document.documentElement.scrollWidth - innerWidth, wide.map(e => e.outerHTML.slice(0, 80))];
"""


@pytest.fixture(scope="module")
def address():
    with served() as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


def opened(browser, address, name, theme="light", width=1400):
    at_width(browser, width)
    browser.get(f"{address}/{name}.html")
    script = "for (const key of ['mode', 'theme']) localStorage.setItem(key, arguments[0])"
    browser.execute_script(script, theme)
    browser.get(f"{address}/{name}.html")
    assert browser.execute_script("return document.documentElement.dataset.theme") == theme


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_and_reports_nothing(browser, address, name, width, theme):
    opened(browser, address, name, theme, width)
    if "notebooks" in name:
        wait_for(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "mjx-container svg"))
    time.sleep(0.2)
    shot(browser, f"{name.replace('/', '_')}_{width}_{theme}")
    beyond, wide = browser.execute_script(OVERFLOW)
    assert wide == [] and beyond <= 1
    assert console_errors(browser) == []
    assert [url for url in requested(browser) if not url.startswith(("data:", "blob:", address))] == []


def test_equations_are_drawn(browser, address):
    opened(browser, address, "notebooks/02_mapping_network")
    shown = "return document.querySelectorAll('mjx-container svg').length"
    wait_for(browser, lambda: browser.execute_script(shown) >= 4)
    assert browser.find_elements(By.CSS_SELECTOR, "mjx-merror") == []


def test_a_solution_is_folded_until_it_is_asked_for(browser, address):
    opened(browser, address, "notebooks/02_mapping_network")
    details = browser.find_element(By.XPATH, "//details[summary[.='Solution']]")
    assert not details.find_element(By.TAG_NAME, "pre").is_displayed()
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", details)
    details.find_element(By.TAG_NAME, "summary").click()
    assert details.find_element(By.TAG_NAME, "pre").is_displayed()


def test_the_search_finds_without_a_network(browser, address):
    opened(browser, address, "search")
    browser.get(f"{address}/search.html?q=truncation")
    wait_for(browser, lambda: len(browser.find_elements(By.CSS_SELECTOR, "ul.search li a")) > 3)
    links = [link.get_attribute("href") for link in browser.find_elements(By.CSS_SELECTOR, "ul.search li a")]
    assert any("notebooks/02_mapping_network" in link for link in links)
    assert all(link.startswith(address) for link in links)
    assert console_errors(browser) == []


def test_the_policy_forbids_other_addresses(browser, address):
    opened(browser, address, "index")
    browser.execute_script("fetch('http://127.0.0.1:9/').catch(() => {})")
    wait_for(browser, lambda: any("Content Security Policy" in line for line in console_errors(browser)), 10)
