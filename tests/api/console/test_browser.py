"""The desk in a real browser. Its pages are found from its routes: one added later is looked at as well.

Every page is looked at twice: in both languages, wide and narrow, on both dates. Every second page is narrow where the
others are wide, so that each pair of these is seen together.
"""

import html
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from playwright.sync_api import Browser, Page

from api.console.sessions import Sessions, Visitor
from api.console.things.links import PLACES
from api.http.auth import key_id_of
from tests.ground.chromium import STOPS_AT_MOST, Look, Looked, opened, printed, signed_in, wanting
from tests.ground.in_chinese import untold
from tests.ground.over_sockets import PATIENCE_S, Served

PAST = {"effective": "2025-03", "recorded": "2025-04-10"}
WIDE, NARROW = 1440, 390
LOOKS = [Look("en", WIDE), Look("en", NARROW, PAST), Look("zh", NARROW), Look("zh", WIDE, PAST)]
SEEN = (Look("en", WIDE), Look("zh", NARROW, PAST), Look("zh", WIDE), Look("en", NARROW, PAST))
"""Looks at every page: those with even numbers are seen in the first two, the others in the last two."""
EACH = {"/desk/reports/{report}"}
"""Routes of which every page is found.
Of others with a name in the address: the first and the last linked."""
UNSEEN = {
    *("/desk/{rest}", "/desk/enter", "/desk/reports/{report}/export/{form}"),
    *(
        "/desk/audit/evidence",
        "/desk/audit/export",
        "/desk/close/workbook",
        "/desk/fapiao/requests",
        "/desk/files/park.xlsx",
    ),
    *("/desk/documents/{sha256}", "/desk/papers/{kind}", "/desk/billing/run", "/desk/record/{command}/done"),
}
"""Routes that are no pages of their own: any other address, a link that works once, files, a run that was begun."""
A_THING = tuple(f"{place}/" for place in PLACES.values())
"""How addresses of things begin."""
DOCS = ("/docs", "/docs?q=lease", "/docs/leases", "/docs/shapes/RegisterLead")
FOCUS = """() => {
  const at = document.activeElement, look = getComputedStyle(at);
  return {of: at.outerHTML.slice(0, 90), table: at.closest('main table, main .scroll') !== null,
    outlined: look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 2};
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all that is here."""
    with opened() as browser:
        yield browser


@pytest.fixture(scope="module")
def base(server: Served) -> str:
    """The address of the server."""
    return f"http://127.0.0.1:{server.port}"


@pytest.fixture(scope="module")
def session(server: Served, desk_file: Path) -> str:
    """An administrator's: the role that may see every page."""
    key = key_id_of(server.keys["admin"])
    return Sessions(desk_file).begin(Visitor("admin-demo", "admin", f"key:{key}"))


@pytest.fixture(scope="module")
def pages(server: Served, base: str, session: str) -> dict[str, list[str]]:
    """The addresses of pages, by their route."""
    with httpx.Client(base_url=base, trust_env=False, timeout=PATIENCE_S, cookies={"mcsc_desk": session}) as client:
        return linked_pages(client, page_routes(server))


def page_routes(server: Served) -> list[str]:
    """Every route of the desk that shows something; those where nothing is say so elsewhere."""
    app = cast(Litestar, server.server.config.app)
    shown = {
        re.sub(r":\w+\}", "}", route.path_format)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        if "GET" in route.methods
        if not any((handler.name or "").startswith("desk-nothing-") for handler in route.route_handlers)
    }
    return sorted(path for path in shown if path.startswith("/desk") and "/static/" not in path and path not in UNSEEN)


def linked_pages(client: httpx.Client, routes: list[str]) -> dict[str, list[str]]:
    """Addresses for each route, as pages link to them, from the pages that need no name onward."""
    patterns = {route: re.compile(re.sub(r"\{\w+\}", "[^/]+", route)) for route in routes}
    found: dict[str, dict[str, str]] = {route: {} for route in routes}
    waiting = [route for route in routes if "{" not in route]
    found |= {route: {route: route} for route in waiting}
    read = set[str]()
    while waiting:
        address = waiting.pop(0)
        read.add(address)
        answer = client.get(address)
        for link in re.findall(r'href="(/desk[^"#]*)"', answer.text):
            link = html.unescape(link)
            path = link.partition("?")[0]
            route = next((one for one in routes if "{" in one and patterns[one].fullmatch(path)), None)
            if route is not None and path not in found[route] and (route in EACH or len(found[route]) < 40):
                found[route][path] = link
                if len(found[route]) <= 2 or route in EACH:
                    waiting.append(link)
    ends = {route: [*named.values()][:: max(len(named) - 1, 1)] for route, named in found.items()}
    return ends | {route: [*found[route].values()] for route in EACH & {*found}}


def dated(address: str, basis: Mapping[str, str]) -> str:
    """An address on other dates. One that compares has two pairs of them: the others are those it is held against."""
    path, _, query = address.partition("?")
    asked = dict(httpx.QueryParams(query))
    if "against" in asked and basis:
        basis = {"against": basis["recorded"], "against_effective": basis["effective"]}
    return str(httpx.URL(path, params={**asked, **basis}))


def unknown_then(address: str) -> list[int]:
    """How a page may answer in the past, beside 200: a thing, or the row of a receipt, may be not known yet."""
    if address.startswith(A_THING):
        return [404]
    return [400] if address.partition("?")[0].endswith("/receipt") else []


def test_every_route_has_a_page(pages: dict[str, list[str]]) -> None:
    assert [route for route, addresses in pages.items() if not addresses] == []
    assert len(pages["/desk/reports/{report}"]) >= 20


def looked_at(pages: dict[str, list[str]], look: Look) -> Iterator[str]:
    """The pages that are seen in a look: every second one."""
    every = [address for addresses in pages.values() for address in addresses]
    yield from every[SEEN.index(look) // 2 :: 2]


@pytest.mark.parametrize("look", SEEN, ids=str)
def test_nothing_is_wanting_in_any_page(
    browser: Browser, server: Served, base: str, session: str, pages: dict[str, list[str]], look: Look
) -> None:
    found: dict[str, list[str]] = {}
    key = {"Authorization": f"Bearer {server.keys['admin']}"}
    recorded = httpx.get(f"{base}/v1/log/export", headers=key, trust_env=False, timeout=PATIENCE_S).text
    with signed_in(browser, base, look, session) as context:
        looked = Looked(context.new_page()).listen()
        for address in looked_at(pages, look):
            looked.go(f"{base}{dated(address, look.basis)}", 200, *(unknown_then(address) if look.basis else ()))
            found[address] = wanting(looked, look, address.partition("?")[0].removeprefix("/desk") or "city")
            if look.language == "zh":
                found[address] += untold(looked.page.content(), recorded)
        for address in DOCS:
            looked.go(f"{base}{address}")
            found[address] = wanting(looked, look, address)
        looked.go(f"{base}/desk/nothing", 404)
        found["/desk/nothing"] = wanting(looked, look, "nothing")
    assert {address: faults for address, faults in found.items() if faults} == {}


def test_a_link_is_used_by_hand_without_script(
    browser: Browser, base: str, desk_file: Path, server: Served, session: str
) -> None:
    """In, another language, a report, the receipt of its total, a fact behind it, out: by forms and links alone."""
    key = key_id_of(server.keys["auditor"])
    link = Sessions(desk_file).invite(Visitor("auditor-demo", "auditor", f"key:{key}"))
    with signed_in(browser, base, LOOKS[1], None) as context:
        looked = Looked(context.new_page()).listen()
        looked.go(f"{base}/desk/enter?link={link}")
        assert wanting(looked, LOOKS[1], "enter") == []
    with signed_in(browser, base, LOOKS[1], None, script=False) as context:
        page = context.new_page()
        page.goto(f"{base}/desk/enter?link={link}")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"
        page.get_by_role("button", name="auditor-demo").press("Enter")
        page.wait_for_url(f"{base}/desk")
        page.get_by_role("button", name="中文").click()
        page.locator("html[lang=zh-CN]").wait_for(state="attached")
        page.get_by_role("button", name="EN", exact=True).click()
        page.locator("html[lang=en]").wait_for(state="attached")
        page.goto(f"{base}/desk/reports/trial-balance")
        page.get_by_label("Effective on").fill("2025-03")
        page.get_by_label("Effective on").press("Enter")
        page.locator(".past .standing").wait_for()
        page.locator("tr.whole td.n a").first.click()
        page.locator(".tie.ties").wait_for()
        for _ in range(4):
            with page.expect_navigation():
                page.locator("td.n a").first.click()
            if "/desk/audit/facts/" in page.url:
                break
        assert "/desk/audit/facts/" in page.url
        assert "effective=2025-03" in page.url, "the dates go from page to page"
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url(f"{base}/desk/sign-in")
        assert page.goto(f"{base}/desk") is not None
        assert "/desk/sign-in" in page.url


def test_what_is_typed_stays_without_script(browser: Browser, base: str, session: str, server: Served) -> None:
    """By another language, by Back after a preview, by a session that ends meanwhile: nothing typed is lost."""
    with signed_in(browser, base, LOOKS[0], session, script=False) as context:
        page = context.new_page()
        page.goto(f"{base}/desk/record/register-lead")
        page.locator("[name=name]").fill("Bright (demo)")
        page.locator("[name=country]").fill("US")
        with page.expect_navigation():
            page.get_by_role("button", name="中文").click()
        assert page.locator("[name=name]").input_value() == "Bright (demo)"
        page.locator("[name=company]").fill("bright-demo")
        with page.expect_navigation():
            page.locator("[name=company]").press("Enter")
        page.locator(".wrong").first.wait_for()
        page.goto(f"{base}/desk/record/register-lead")
        page.locator("[name=name]").fill("Bright (demo)")
        with page.expect_navigation():
            page.locator("[name=name]").press("Enter")
        page.locator(".wrong").first.wait_for()
        page.go_back()
        assert page.locator(".wrong").count() == 0
        assert page.locator("[name=name]").input_value() == "Bright (demo)", "Back keeps it"
        page.locator("[name=country]").fill("CN")
        context.clear_cookies(name="mcsc_desk")
        page.locator("[name=country]").press("Enter")
        page.locator("[name=_enter]").fill(server.keys["admin"])
        with page.expect_navigation():
            page.locator("[name=_enter]").press("Enter")
        assert [page.locator(f"[name={name}]").input_value() for name in ("name", "country")] == ["Bright (demo)", "CN"]


def tab_to(page: Page, selector: str, most: int = STOPS_AT_MOST) -> None:
    """Press Tab until the focus is there; each stop on the way is seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUS)
        assert at["outlined"], at
        if page.locator(selector).evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"{selector} is not reached in {most} from {page.url}, {at}")


def pressed(page: Page, key: str = "Enter") -> str:
    """Press a key that leads on. Returns what then has the focus."""
    with page.expect_navigation():
        page.keyboard.press(key)
    return str(page.evaluate("document.activeElement.textContent.trim()"))


def test_a_company_comes_in_by_keyboard_alone(browser: Browser, base: str, session: str) -> None:
    """What is wrong takes the focus and leads to its fields; so do the preview, what was recorded, an added line."""
    with signed_in(browser, base, LOOKS[0], session, script=False) as context:
        page = context.new_page()
        page.goto(f"{base}/desk/record/register-lead")
        tab_to(page, "#f-company")
        page.keyboard.type("keyed-demo")
        tab_to(page, "#f-name", 1)
        page.keyboard.type("Keyed (demo)")
        assert pressed(page).startswith("Something is not right yet.")
        tab_to(page, "[role=alert] a[href='#f-country']", 1)
        page.keyboard.press("Enter")
        page.wait_for_function("document.activeElement.id === 'f-country'")
        page.keyboard.type("US")
        tab_to(page, "#f-origin", 1)
        page.keyboard.type("Direct")
        tab_to(page, "#typed button[value=preview]", 4)
        assert pressed(page).startswith("Preview: this would be recorded")
        tab_to(page, "#preview button[value=record]", 6)
        assert pressed(page) == "What was recorded"
        tab_to(page, "main a[href^='/desk/record/screen-company']", 8)
        pressed(page)
        assert page.locator("#f-company").input_value() == "keyed-demo", "the next form begins with its name"
        page.goto(f"{base}/desk/record/propose-journal")
        page.locator("button[value='add:lines']").focus()
        pressed(page)
        assert page.evaluate("document.activeElement.name").startswith("lines.")


@pytest.mark.parametrize("report", ["rent-roll", "journal"])
def test_tab_reaches_the_table(browser: Browser, base: str, session: str, report: str) -> None:
    """Key by key: first the way past the frame, then, frame and all, the table in 40; each stop is seen."""
    with signed_in(browser, base, LOOKS[0], session, script=False) as context:
        page = context.new_page()
        page.goto(f"{base}/desk/reports/{report}")
        for pressed in range(1, STOPS_AT_MOST + 2):
            page.keyboard.press("Tab")
            at = page.evaluate(FOCUS)
            assert at["outlined"], at
            assert pressed > 1 or at["of"].startswith('<a class="skip"')
            if at["table"]:
                break
        assert at["table"], at


@pytest.mark.parametrize("look", [LOOKS[0], LOOKS[3]], ids=str)
def test_paper_says_which_dates(browser: Browser, base: str, session: str, look: Look) -> None:
    with signed_in(browser, base, look, session) as context:
        page = context.new_page()
        page.goto(f"{base}{dated('/desk/reports/revenue?by=accounting', look.basis)}")
        position = re.search(r"recorded=(\d+)", page.locator(".exports a").first.get_attribute("href") or "")
        assert position is not None
        text = printed(page)
        today = page.get_attribute("input[name=effective]", "placeholder")
        effective = "2025-03-31" if look.basis else str(today)
        for said in (effective, f"#{position[1]}", "accounting"):
            assert said in text.partition("\n")[2], said
        assert not page.locator(".printed").is_visible(), "on the screen the time bar says it"
        page.emulate_media(media="print")
        for unprinted in (".rail", ".tools", ".exports", "form.time button"):
            assert not page.locator(unprinted).first.is_visible(), unprinted
        assert page.pdf().startswith(b"%PDF")
