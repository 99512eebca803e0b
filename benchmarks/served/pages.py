"""Pages in a real browser, ours and others': what they weigh, how soon they are there, what axe finds.

    python -m benchmarks.served.pages [--sign-in LINK] [--server PID] [--rounds N] [--json] NAME=ADDRESS ...

bytes      on the wire, of everything that the page fetches with nothing kept from before
requests   so many of them
answer     milliseconds from the request to the first byte of the page itself: the server's time
shown      milliseconds until the largest piece of it was painted (LCP)
axe        rules of WCAG 2.2 A and AA that it breaks, and in how many places

own        with --server PID: milliseconds of processor time of that process; the clock says little where others work

Each name is measured in every round, all in turn, each time in a window that knows nothing but who has signed in. Bytes
and requests are those of the last round, in which axe is asked too: not of pages of more than AXE_NODES nodes, where it
takes minutes. LINK: one that `mcsc demo` or `mcsc desk link` prints. How Fava and Datasette come to the same journal:
docs/benchmarks.md.
"""

import argparse
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from statistics import median
from typing import Any

from msgspec import Struct
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.ground import Figure, number, quantile, show, table

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
SIZE: Any = {"width": 1440, "height": 900}
PATIENCE_MS = 120_000
SETTLED_MS = 400
"""Without a request for so long a page is whole, for those that fetch their figures by script."""
AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
FOUND = """async (tags) => {
  const found = await axe.run(document, {runOnly: tags, resultTypes: ['violations'], preload: false});
  return found.violations.map(one => [one.id, one.nodes.length]);
}"""
AXE_NODES, BUSY = 15_000, 503
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
TIMES = """() => new Promise(done => {
  const [page] = performance.getEntriesByType('navigation');
  const nodes = document.querySelectorAll('*').length;
  const told = shown => done([page.responseStart - page.requestStart, shown, nodes]);
  new PerformanceObserver(list => told(list.getEntries().at(-1).startTime))
    .observe({type: 'largest-contentful-paint', buffered: true});
  setTimeout(() => told(0), 2000);
})"""


class Seen(Struct):
    """What was measured of a page; times in milliseconds, one of each round."""

    bytes: int = 0
    requests: int = 0
    nodes: int = 0
    unanswered: int = 0
    answer: list[float] = []
    shown: list[float] = []
    own: list[float] = []
    broken: dict[str, int] = {}


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser, closed afterwards."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"])
        try:
            yield browser
        finally:
            browser.close()


def signed_in(browser: Browser, link: str | None) -> Any:
    """What a window must know to be somebody at the desk; nothing where there is no link."""
    if not link:
        return None
    context = browser.new_context()
    page = context.new_page()
    page.goto(link)
    page.locator("main form button").first.click()
    page.wait_for_url("**/desk")
    kept = context.storage_state()
    context.close()
    return kept


def own_ms(process: int | None) -> float:
    """Milliseconds of processor time that a process has taken so far; none where none is named."""
    if process is None:
        return 0.0
    threads = Path(f"/proc/{process}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1_000_000


def look(browser: Browser, kept: Any, address: str, seen: Seen, *, judged: bool, server: int | None) -> None:
    """Load a page in a new window, and add what was measured."""
    context = browser.new_context(viewport=SIZE, storage_state=kept, service_workers="block", bypass_csp=judged)
    page, weights = context.new_page(), []
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", lambda done: weights.append(done["encodedDataLength"]))
    before = own_ms(server)
    answer = page.goto(address, wait_until="networkidle", timeout=PATIENCE_MS)
    assert answer is not None, address
    if answer.status == BUSY:
        seen.unanswered += 1
        context.close()
        return
    assert answer.status == 200, (address, answer.status)
    page.wait_for_timeout(SETTLED_MS)
    seen.own.append(own_ms(server) - before)
    seen.bytes, seen.requests = int(sum(weights)), len(weights)
    waited, shown, nodes = page.evaluate(TIMES)
    seen.answer.append(waited)
    seen.shown.append(shown)
    seen.nodes = int(nodes)
    if judged and seen.nodes <= AXE_NODES:
        seen.broken = broken(page)
    context.close()


def broken(page: Page) -> dict[str, int]:
    """The rules that axe sees broken, and in how many places each."""
    page.evaluate(AXE)
    return dict(page.evaluate(FOUND, TAGS))


def measure(pages: Mapping[str, str], link: str | None, rounds: int, server: int | None) -> dict[str, Seen]:
    """All pages in turn, in each round."""
    found = {name: Seen(answer=[], shown=[], own=[], broken={}) for name in pages}
    with chromium() as browser:
        kept = signed_in(browser, link)
        for at in range(rounds):
            for name, address in pages.items():
                look(browser, kept, address, found[name], judged=at == rounds - 1, server=server)
    return found


def answered(found: Mapping[str, Seen]) -> list[tuple[str, Seen]]:
    """The pages that came at least once."""
    return [(name, seen) for name, seen in found.items() if seen.shown]


def figures(found: Mapping[str, Seen]) -> list[Figure]:
    """Every number, under the name of its page."""
    made = []
    for name, seen in answered(found):
        values = [
            ("bytes", float(seen.bytes), "B"),
            ("requests", float(seen.requests), ""),
            ("nodes", float(seen.nodes), ""),
            ("answer-p50", median(seen.answer), "ms"),
            ("answer-p99", quantile(seen.answer, 0.99), "ms"),
            ("shown-p50", median(seen.shown), "ms"),
            ("own-p50", median(seen.own), "ms"),
            ("axe-places", float(sum(seen.broken.values())), ""),
        ]
        made += [Figure(f"pages/{name}/{what}", value, unit) for what, value, unit in values]
    return made


def lines(found: Mapping[str, Seen]) -> list[str]:
    """The table for people."""
    head = [
        "",
        "bytes",
        "requests",
        "nodes",
        "answer p50 ms",
        "p99",
        "shown p50 ms",
        "own p50 ms",
        "axe: rules",
        "places",
    ]
    rows = [
        [
            name,
            f"{seen.bytes:,}",
            str(seen.requests),
            f"{seen.nodes:,}",
            number(median(seen.answer)),
            number(quantile(seen.answer, 0.99)),
            number(median(seen.shown)),
            number(median(seen.own)),
            *([str(len(seen.broken)), str(sum(seen.broken.values()))] if seen.nodes <= AXE_NODES else ["", ""]),
        ]
        for name, seen in answered(found)
    ]
    rules = [f"{name}: {rule} {places}" for name, seen in found.items() for rule, places in seen.broken.items()]
    busy = [f"{name}: not answered in time, {seen.unanswered} times" for name, seen in found.items() if seen.unanswered]
    return [*table(head, rows), "", *rules, *busy]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pages", nargs="+", metavar="NAME=ADDRESS")
    parser.add_argument("--sign-in", help="a link that signs in at the desk, once")
    parser.add_argument("--server", type=int, metavar="PID")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(argv)
    pages = dict(one.split("=", 1) for one in chosen.pages)
    found = measure(pages, chosen.sign_in, chosen.rounds, chosen.server)
    show(figures(found), lines(found), as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
