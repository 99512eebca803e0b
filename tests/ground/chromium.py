"""A real browser: Debian's Chromium, and what is wanting in a page that it shows.

opened     a Chromium; the test is skipped, with the reason, where there is none
Look       how a page is looked at: language, width, dates
Looked     a page in a window: what it fetched, what it complained of
wanting    everything that a page should do and does not
printed    the text of a page as it goes to paper

axe-core runs through the debugger, which stands outside the page: the policy of the page forbids every script, still.
MCSC_SCREENSHOTS names a folder that keeps a picture of every page looked at.
"""

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
RUN_AXE = """async (tags) => {
  const found = await axe.run(document, {runOnly: tags, resultTypes: ['violations'], preload: false});
  const why = node => (node.any[0] || node.all[0] || node.none[0] || {message: ''}).message;
  return found.violations.map(one => `axe ${one.id}: ${one.help}: `
    + one.nodes.slice(0, 3).map(node => `${node.html.slice(0, 160)} ${why(node)}`).join(' | '));
}"""
REACHED = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"
STOPS = """(reached) => {
  const seen = [...document.querySelectorAll(reached)].filter(
    one => !one.disabled && one.tabIndex >= 0 && one.checkVisibility());
  const table = [...document.querySelectorAll('main table')].find(one => one.checkVisibility());
  const before = table ? seen.filter(one => table.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_PRECEDING) : [];
  const small = seen.filter(one => getComputedStyle(one).display != 'inline' && !one.closest('.skip')
    && one.getAttribute('tabindex') === null).filter(one => {
      const box = one.getBoundingClientRect();
      return box.height < 23.9 || box.width < 23.9;
    }).map(one => one.outerHTML.slice(0, 120));
  return {before: before.length, small, nodes: document.querySelectorAll('*').length};
}"""
SIDEWAYS = """() => {
  const over = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (over <= 0) return null;
  const wide = [...document.querySelectorAll('body *')].filter(one => !one.closest('.scroll')
    && one.getBoundingClientRect().right > document.documentElement.clientWidth + 1);
  return `${over} px: ` + wide.slice(-3).map(one => one.outerHTML.slice(0, 120)).join(' | ');
}"""
STOPS_AT_MOST = 40
PAGE_BYTES, STYLE_BYTES, FETCHES = 80 << 10, 10 << 10, 6


@dataclass(frozen=True)
class Look:
    """How a page is looked at. `basis`: its dates, as parameters."""

    language: str
    width: int
    basis: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.language}.{self.width}.{'past' if self.basis else 'now'}"


@dataclass
class Looked:
    """A page in a window. `fetched`: address and bytes on the wire; `said`: what the browser complains of."""

    page: Page
    fetched: dict[str, int] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def listen(self) -> "Looked":
        """Note from now on what is fetched and complained of."""
        self.page.on("requestfinished", self._note)
        self.page.on("requestfailed", lambda asked: self.said.append(f"not fetched: {asked.url}"))
        self.page.on("console", lambda said: self.said.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        return self

    def _note(self, asked: Request) -> None:
        self.fetched[asked.url] = asked.sizes()["responseBodySize"]

    def go(self, address: str, *statuses: int) -> None:
        """Go to an address, which answers 200 or as it is said. What was noted of the page before is forgotten."""
        self.fetched.clear()
        self.said.clear()
        answer = self.page.goto(address, wait_until="load")
        assert answer is not None
        assert answer.status in (statuses or (200,)), (address, answer.status)
        if answer.status != 200:
            self.said.clear()  # the browser complains of the status itself


def chromium() -> str | None:
    """The program, where there is one."""
    return os.environ.get("MCSC_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def opened() -> Iterator[Browser]:
    """A browser that is closed afterwards."""
    program = chromium()
    if program is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium, or name one in MCSC_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage", "--font-render-hinting=none"]
        )
        try:
            yield browser
        finally:
            browser.close()


def signed_in(browser: Browser, base: str, look: Look, session: str | None, *, script: bool = True) -> BrowserContext:
    """A window's worth of cookies: somebody at the desk, in a language."""
    context = browser.new_context(
        viewport={"width": look.width, "height": 900}, java_script_enabled=script, service_workers="block"
    )
    kept = {"mcsc_language": look.language} | ({"mcsc_desk": session} if session else {})
    host = str(urlsplit(base).hostname)
    context.add_cookies([{"name": name, "value": kept[name], "domain": host, "path": "/desk"} for name in kept])
    return context


def wanting(looked: Looked, look: Look, name: str) -> list[str]:
    """Everything that the page at hand should do and does not."""
    page, host = looked.page, urlsplit(looked.page.url).netloc
    sizes = dict(looked.fetched)
    styles = {address: size for address, size in sizes.items() if address.endswith(".css")}
    found = [f"fetched from elsewhere: {one}" for one in sizes if urlsplit(one).netloc not in (host, "")]
    found += [f"{len(sizes)} requests"] if len(sizes) > FETCHES else []
    found += [f"{sum(sizes.values()):,} bytes"] if sum(sizes.values()) > PAGE_BYTES else []
    found += [f"{sum(styles.values()):,} bytes of style"] if sum(styles.values()) > STYLE_BYTES else []
    stops = page.evaluate(STOPS, REACHED)
    found += [f"{stops['before']} tab stops before the table"] if stops["before"] > STOPS_AT_MOST else []
    found += [f"smaller than 24 px: {one}" for one in stops["small"][:3]]
    keep_picture(page, f"{name}.{look}")
    page.evaluate(AXE)
    found += page.evaluate(RUN_AXE, TAGS)
    if look.width < 400:
        page.set_viewport_size({"width": 320, "height": 900})
        sideways = page.evaluate(SIDEWAYS)
        page.set_viewport_size({"width": look.width, "height": 900})
        found += [f"scrolls sideways at 320 px by {sideways}"] if sideways else []
    return [*found, *(f"the browser says: {one}" for one in looked.said)]


def printed(page: Page) -> str:
    """The text of the page as it goes to paper; its look on the screen comes back."""
    page.emulate_media(media="print")
    text: Any = page.inner_text("body")
    page.emulate_media(media="screen")
    return str(text)


def keep_picture(page: Page, name: str) -> None:
    """A picture of the whole page, where somebody wants one."""
    if folder := os.environ.get("MCSC_SCREENSHOTS"):
        file = Path(folder) / f"{re.sub(r'[^a-z0-9.-]+', '-', name.lower()).strip('-')}.png"
        page.screenshot(path=file, full_page=True)
