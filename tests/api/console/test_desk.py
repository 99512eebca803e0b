"""Every page of the desk, in both languages, now and in the past; who may come in; what is never said."""

import gzip
import html
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import httpx
import openpyxl
import pytest

from api.app import WHO_MAY, reads
from api.cli.reading import history
from api.console.pages import HERE
from api.console.words.reports import CELLS
from api.console.words.saying import CODES, TABLES, ZH, say
from api.routes.audit import HISTORY
from api.routes.histories import FILTERS
from api.settings import Settings
from ledger.access import ROLES, Role
from ledger.books.accounts import CHART
from ledger.books.line import Stream
from ledger.companies.facts import OriginChannel, Stage
from ledger.decider import command_name
from ledger.investment.standing import InvestmentState
from ledger.leases.facts import LeaseState
from ledger.log.database import Database
from ledger.log.store import read_head
from ledger.orders.order import OrderState
from ledger.periods import PeriodState
from projections.engine.history import history as facts_of
from projections.engine.periods import RateState
from projections.proposals import ProposalKind
from projections.tenancy.rent_roll import Status
from tests.ground.in_chinese import untold
from tests.ground.over_sockets import Served

REPORTS = [read.path.rpartition("/")[2] for read in reads(Settings()) if read.report]
PAGES = [
    "/desk",
    "/desk/inbox",
    "/desk/diary",
    "/desk/documents",
    "/desk/reports",
    "/desk/audit/timeline",
    "/desk/audit/facts/120",
    "/desk/audit/verify",
]
PEOPLE = "contacts"
"""A report that an auditor may not read; test_browser.py looks at it as an administrator."""
PAGES += [f"/desk/reports/{report}" for report in REPORTS if report != PEOPLE]
TENANT = "bamboo-gate-battery-recycling-demo"
THINGS = [
    *(f"/desk/companies/{TENANT}", "/desk/companies/lantern-hill-housekeeping-demo"),
    *("/desk/leases/lease-10-1-demo", "/desk/units/b02-102-demo"),
    *("/desk/buildings/b02-demo", "/desk/orders/order-01-demo", "/desk/offtakes/biomass-1-demo"),
    "/desk/investments/agreement-1-demo",
    "/desk/parcels/p01-demo",
]
PAGES += [*THINGS, "/desk/reports/rent-roll/compare"]
LEADING = [*PAGES[:8], *THINGS, "/desk/close", "/desk/bank", "/desk/papers", "/desk/reports/exceptions", "/desk/x"]
READ = {read.path.rpartition("/")[2]: read for read in reads(Settings()) if read.report}
TIMELESS = {
    "/desk/reports/rent-roll/compare",
    "/desk/reports",
    "/desk/documents",
    "/desk/audit/facts/120",
    "/desk/audit/verify",
}
PAST = {"effective": "2025-03", "recorded": "2025-04-10"}
OUTSIDE = re.compile(r"""(?:src|href|action)=["'](?:https?:)?//""")
INLINE = re.compile(r"<script|<style|\sstyle=|\son[a-z]+=", re.I)
MARKED = re.compile("⟦[^⟧]*⟧")
TIE = re.compile(r'<p class="tie (\w+)">')


def token_of(page: str) -> str:
    found = re.search(r'name="token" value="([0-9a-f]+)"', page)
    assert found is not None
    return found[1]


def receipts_of(page: str) -> list[str]:
    return [html.unescape(link) for link in re.findall(r'href="(/desk/reports/[^"]*/receipt\?[^"]*)"', page)]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("basis", [{}, PAST], ids=["now", "past"])
def test_every_page_answers_whole_and_alone(
    auditor: httpx.Client, server: Served, language: str, basis: dict[str, str]
) -> None:
    key = {"Authorization": f"Bearer {server.keys['admin']}"}
    recorded = auditor.get("/v1/log/export", headers=key).text
    auditor.cookies.set("mcsc_language", language, domain="127.0.0.1", path="/desk")
    for path in PAGES:
        answer = auditor.get(path, params=basis)
        page = answer.text
        assert answer.status_code == 200, (path, page)
        assert "'unsafe" not in (policy := answer.headers["content-security-policy"]), path
        assert policy.startswith("default-src 'none'"), path
        assert not OUTSIDE.search(page), path
        assert not INLINE.search(page), path
        assert not MARKED.findall(page), path
        assert len(gzip.compress(answer.content)) <= 80 << 10, path
        assert language == "en" or basis or not untold(page, recorded), path
        assert f'<html lang="{"zh-CN" if language == "zh" else "en"}">' in page
        assert "DEMO" in page or "演示" in page
        if basis and path not in TIMELESS:
            assert 'class="time past"' in page, path
        assert html.escape("effective=2025-03&recorded=2025-04-10") in page or not basis, "it goes from page to page"


@pytest.mark.parametrize("report", ["rent-roll", "receivables-ageing", "trial-balance", "lease-expiry", "order-book"])
def test_every_figure_has_a_receipt_that_ties(auditor: httpx.Client, report: str) -> None:
    page = auditor.get(f"/desk/reports/{report}", params={"effective": "2026-05-31"}).text
    cells = receipts_of(page)
    figures = re.findall(r'<td class="n">(.*?)</td>', page)
    assert cells
    assert not [figure for figure in figures if figure and "<a " not in figure]
    total = [cell for cell in cells if "cell=TOTAL" in cell or "cell=MEASURE" in cell]
    for link in (cells[0], total[0]):
        receipt = auditor.get(link)
        assert receipt.status_code == 200, receipt.text
        assert TIE.findall(receipt.text) == ["ties"], link
        for part in receipts_of(receipt.text)[:1]:
            assert TIE.findall(auditor.get(part).text) == ["ties"], part


def test_figures_are_those_of_the_csv(auditor: httpx.Client) -> None:
    page = auditor.get("/desk/reports/trial-balance", params={"effective": "2026-05-31"}).text
    link = re.search(r'href="([^"]*/export/csv[^"]*)"', page)
    assert link is not None
    csv = auditor.get(html.unescape(link[1]))
    assert csv.headers["content-disposition"].startswith('attachment; filename="trial-balance_eff-2026-05-31_rec-')
    bank = next(line for line in csv.text.splitlines() if line.startswith("ACCOUNT") and ",Bank," in line)
    closing = bank.split(",")[csv.text.splitlines()[0].lstrip("\ufeff").split(",").index("closing")]
    assert f">{int(closing.partition('.')[0]):,}.{closing.partition('.')[2]}<" in page


def test_files_have_the_columns_that_were_chosen(auditor: httpx.Client) -> None:
    """Given two columns of the rent roll, then CSV and workbook hold those alone, and the same figures."""
    page = auditor.get("/desk/reports/rent-roll?effective=2025-03&column.unit=1&column.passing_month=1&rows=all").text
    links = {form: html.unescape(to) for to, form in re.findall(r'href="([^"]*/export/(csv|xlsx|json)[^"]*)"', page)}
    assert "column." not in links["json"], "JSON is the whole answer"
    head, *lines = auditor.get(links["csv"]).text.lstrip("\ufeff").splitlines()
    assert head == "section,unit,passing_month"
    assert "UNIT,b02-102-demo,36469.40" in lines
    book = openpyxl.load_workbook(io.BytesIO(auditor.get(links["xlsx"]).content))
    roll, data = book["rent-roll"], book["Data"]
    assert [cell.value for cell in roll[4]] == ["unit", "passing"]
    assert [cell.value for cell in data[1]] == head.split(",")
    assert 36469.40 in {row[1] for row in roll.iter_rows(min_row=5, values_only=True)}


def test_a_report_too_wide_shows_some_columns_until_all_are_asked_for(auditor: httpx.Client) -> None:
    """Of 25 columns a screen holds 10; chosen ones take their place, and the files hold all or the chosen ones."""

    def heads(query: str) -> tuple[int, str]:
        page = auditor.get(f"/desk/reports/investment?effective=2026-05-31{query}").text
        return len(re.findall(r'<th scope="col"', page)), page

    count, page = heads("")
    assert (count, "10 of 25 columns." in page, "column.all=1" in page) == (10, True, True)
    assert [field for field in ("column.jobs", "column.origin") if f'name="{field}" value="1" checked' in page] == [
        "column.jobs"
    ]
    link = re.search(r'href="([^"]*/export/csv[^"]*)"', page)
    assert link is not None
    assert len(auditor.get(html.unescape(link[1])).text.splitlines()[0].split(",")) > 25
    assert heads("&column.all=1")[0] == 25
    assert heads("&column.origin=1")[0] == 1


def test_figures_of_things_are_cells_of_reports(auditor: httpx.Client) -> None:
    """Given 2025-03-31, when its only tenant's page is asked, then rent and deposit are those of the rent roll."""
    on = {"effective": "2025-03-31"}
    roll = auditor.get("/desk/reports/rent-roll", params={**on, "rows": "all"}).text
    assert f'href="/desk/companies/{TENANT}?effective=2025-03-31"' in roll
    cell = re.search(r'href="([^"]*cell=UNIT%3Ab02-102-demo%2Fpassing_month[^"]*)">([^<]*)<', roll)
    assert cell is not None
    assert cell[2] == "36,469.40"
    for path in (f"/desk/companies/{TENANT}", "/desk/leases/lease-10-1-demo", "/desk/units/b02-102-demo"):
        page = auditor.get(path, params=on).text
        assert cell[0] in page, path
    account = auditor.get(f"/desk/companies/{TENANT}").text
    said = " ".join(re.sub(r"<[^>]+>", " ", account).split())
    assert "2024-04-08 r-240408-11-demo Receipt (46,141.33) – #" in said, "39,751.65 + 6,389.68 were owed"
    assert "2025-04-18 refund-lease-10-1-demo Deposit paid back (72,938.80) – #" in said, "apart"
    assert auditor.get("/desk/units/nothing").status_code == 404
    assert auditor.get("/desk/offtakes/nothing").status_code == 404


def test_a_thing_not_known_yet_says_so_and_leads_to_now(auditor: httpx.Client) -> None:
    """Given a building defined later, when its page is asked as known before, then the way to now stays."""
    building = "/desk/buildings/b28-demo"
    assert auditor.get(building).status_code == 200
    then = auditor.get(building, params=PAST)
    assert then.status_code == 404
    assert "b28-demo&#39; is known on 2025-03-31" in then.text
    assert 'class="time past"' in then.text
    assert f'<a href="{building}">Return to now</a>' in then.text


def test_a_unit_s_market_state_is_not_the_status_of_the_rent_roll(auditor: httpx.Client) -> None:
    for language, said, never in (("en", "Market state", "<dt>State</dt>"), ("zh", "招租状态", "<dt>状态</dt>")):
        auditor.cookies.set("mcsc_language", language, domain="127.0.0.1", path="/desk")
        page = auditor.get("/desk/units/b02-102-demo").text
        assert f"<dt>{said}</dt>" in page
        assert never not in page
        assert "下限" not in page


def test_a_supplier_s_page_shows_what_is_owed_to_it(auditor: httpx.Client) -> None:
    """Given a day with open payables, then the parties' sums are those of the ageing, and their facts are listed."""
    on = {"effective": "2026-05-31"}
    ageing = auditor.get("/desk/reports/payables-ageing", params={**on, "rows": "all"}).text
    sums = re.findall(r'href="[^"]*cell=PARTY%3A([a-z0-9-]+)%2Ftotal[^"]*">([^<]*)<', ageing)
    assert sums
    for party, total in sums:
        page = auditor.get(f"/desk/companies/{party}", params=on).text
        shown = re.search(rf'href="([^"]*cell=PARTY%3A{party}%2Ftotal[^"]*)">([^<]*)<', page)
        assert shown is not None
        assert shown[2] == total
        owed = re.search(r'href="([^"]*cell=DOCUMENT%3A[^"]*%2Fowed[^"]*)"', page)
        assert owed is not None
        for link in (shown[1], owed[1]):
            assert TIE.findall(auditor.get(html.unescape(link)).text) == ["ties"]
    page = auditor.get("/desk/companies/lantern-hill-housekeeping-demo").text
    assert "Payables to it" in page
    assert "<td>Purchase invoice recorded</td>" in page


def test_a_company_leads_to_its_next_step_now_alone(auditor: httpx.Client) -> None:
    page = auditor.get("/desk/companies/cety").text
    assert "What next" in page
    assert 'href="/desk/record/' not in page.partition("<main")[2], "an auditor records nothing"
    assert "What next" not in auditor.get("/desk/companies/cety", params={"effective": "2026-05-31"}).text


def test_a_parcel_has_its_outline_its_buildings_and_who_set_what(auditor: httpx.Client) -> None:
    """Given the first parcel of the plan, 60,000.00 m² = 90 mu = 6 ha, then its sums are those of the rent roll."""
    on = {"effective": "2026-05-31"}
    assert 'href="/desk/parcels/p01-demo?effective=2026-05-31"' in auditor.get("/desk", params=on).text
    page = auditor.get("/desk/parcels/p01-demo", params=on).text
    said = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "60,000.00 m² · 90 mu · 6 ha · 14.826322888 acres" in said
    assert "Stated area of the site 800 Acre" in said
    assert re.search(r"Outline 4 points wang-min-demo 2021-11-15 #\d+", said)
    roll = auditor.get("/desk/reports/rent-roll", params={**on, "rows": "all"}).text
    sums = re.findall(r'href="([^"]*cell=BUILDING%3A[^"]*passing_month[^"]*)">([^<]*)<', page)
    assert len(sums) == 2
    for link, text in sums:
        assert f'{link}">{text}<' in roll
    assert "<path" in page
    assert "⟦" not in auditor.get("/desk/parcels/p01-demo", headers={"Accept-Language": "zh"}).text
    assert auditor.get("/desk/parcels/nosuch").status_code == 404


def test_views_are_saved_renamed_deleted_and_one_s_own(
    auditor: httpx.Client, browser: Callable[..., httpx.Client], invite: Callable[[str], str]
) -> None:
    """Given two columns of the rent roll at a past day, saved by the auditor, then the finance clerk sees none."""
    asked = "effective=2025-03&column.unit=1&column.passing_month=1"
    page = auditor.get(f"/desk/reports/rent-roll?{asked}&rows=all").text
    assert re.findall(r'<th scope="col"[^>]*>([^<]*)</th>', page) == ["Unit", "Passing"]
    assert "36,469.40" in page
    assert "?column.unit=1&amp;column.passing_month=1&amp;rows=all&amp;effective=month-end" in page, (
        "other dates, the same"
    )
    token = token_of(page)

    def save(name: str, address: str = f"/desk/reports/rent-roll?{asked}", token: str = token) -> int:
        given = {"_name": name, "token": token}
        return auditor.post("/desk/views", params={"address": address}, data=given).status_code

    assert save("Two columns", token="") == 403
    assert save("Two columns", "//elsewhere/desk/reports/x") == 400
    assert save(" ") == 303
    for name in (" Two  columns ", "Another"):
        assert save(name) == 303
    assert save("Another") == 303, "it is so already"
    typed = {"_name": "Another", "effective": "2025-04", "column.unit": "1", "token": token}
    refused = auditor.post("/desk/views", params={"address": "/desk/reports/rent-roll"}, data=typed)
    again = auditor.get(refused.headers["location"]).text
    assert 'role="alert" tabindex="-1" autofocus>Another of your views is called “Another”.' in again, (
        "that is taken, and stays as it is"
    )
    assert all(kept in again for kept in ('name="_name" maxlength="80" autocomplete="off" value="Another"', "2025-04"))
    assert 'name="column.unit" value="1" checked' in again
    listed = auditor.get("/desk/reports").text
    assert listed.count(html.escape(asked)) >= 2
    assert f'<a href="/desk/reports/rent-roll?{html.escape(asked)}">Two columns</a>' in listed
    two = re.search(r'Two columns</a>.*?formaction="(/desk/views/(\d+))"', listed, re.S)
    assert two is not None
    other = browser()
    other.post("/desk/enter", data={"link": invite("finance")})
    theirs = other.get("/desk/reports").text
    assert "Two columns" not in theirs
    assert other.post(f"{two[1]}?do=delete", data={"token": token_of(theirs)}).status_code == 303
    named = f"_name.{two[2]}"
    refused = auditor.post(two[1], data={"token": token, named: "Another", "_name.0": "typed"})
    again = auditor.get(refused.headers["location"], headers={"Accept-Language": "zh"}).text
    assert "您已有名为“Another”的视图" in again, "that is taken"
    assert f'name="{named}" maxlength="80" autocomplete="off" value="Another"' in again
    assert auditor.post(two[1], data={"token": token, named: "Rents"}).status_code == 303
    assert ">Rents</a>" in auditor.get("/desk/reports").text
    auditor.post(f"{two[1]}?do=delete", data={"token": token})
    assert ">Rents</a>" not in auditor.get("/desk/reports").text
    assert ">Another</a>" in auditor.get("/desk/reports").text


def test_tags_of_facts_lead_to_things(auditor: httpx.Client) -> None:
    page = auditor.get("/desk/audit/timeline", params={"entity": "lease:lease-10-1-demo"}).text
    for to in ("leases/lease-10-1-demo", f"companies/{TENANT}", "units/b02-102-demo"):
        assert f'href="/desk/{to}"' in page


def test_every_filter_of_the_history_is_on_the_timeline_and_the_command_line(
    auditor: httpx.Client, demo: Database
) -> None:
    """By construction: whatever /v1/history sifts by."""
    assert HISTORY.query is not None
    asked = {*FILTERS, "sample", "seed"}
    assert asked <= set(HISTORY.query.__struct_fields__)
    assert asked <= {option.name for option in history.params}
    page = auditor.get("/desk/audit/timeline").text
    assert asked <= set(re.findall(r'<input(?: form="asked")?(?: type="checkbox")? name="(\w+)"', page))
    late = auditor.get("/desk/audit/timeline", params={"late": "30", "corrections": "true", "tag": ""}).text
    with demo.views.connect() as connection:
        found = facts_of(connection, recorded=read_head(connection).size, late=30, corrections=True, limit=50)
    assert found
    assert re.findall(r'facts/(\d+)">#', late) == [str(one.position) for one in found]
    assert re.search(r'name="corrections" value="true" checked', late)
    drawn = [auditor.get("/desk/audit/timeline", params={"sample": "7", "seed": seed}).text for seed in ("1", "1", "2")]
    positions = [re.findall(r'facts/(\d+)">#', one) for one in drawn]
    assert len(positions[0]) == 7
    assert positions[0] == positions[1] != positions[2]


def test_the_city_shows_cells_of_reports(auditor: httpx.Client) -> None:
    page = auditor.get("/desk").text
    assert len(re.findall(r'<p class="big"><a class="cell"', page)) == 5


def test_what_cannot_be_asked_keeps_what_was_typed(auditor: httpx.Client) -> None:
    answer = auditor.get("/desk/reports/journal", params={"effective": "soon", "account": "1002"})
    assert answer.status_code == 400
    assert 'value="soon"' in answer.text
    assert 'value="1002"' in answer.text
    assert 'role="alert"' in answer.text
    assert auditor.get("/desk/reports/nothing").status_code == 404
    assert auditor.get("/desk/nothing").headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("path", "near"),
    [
        *(("leases", "rent-roll"), ("leases/", "rent-roll"), ("leases/a/b", "rent-roll"), ("orders", "order-book")),
        *(("companies", "companies"), ("language", ""), ("views", ""), ("sign-out", ""), ("audit", ""), ("a/b/c", "")),
        *(("audit/facts", ""), ("inbox/all", ""), ("reports/rent-roll/export", ""), ("record/register-lead/x/y", "")),
    ],
)
def test_an_address_that_is_none_is_a_page_that_leads_on(auditor: httpx.Client, path: str, near: str) -> None:
    answer = auditor.get(f"/desk/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    ways = re.findall(r'<li><a href="/desk([^"]*)"', answer.text)
    assert ways[0] == f"/reports/{near}".rstrip("/")
    assert ways[-1] == ""
    assert all(auditor.get(f"/desk{way}").status_code == 200 for way in ways)


def test_empty_fields_of_a_form_ask_nothing(auditor: httpx.Client) -> None:
    assert auditor.get("/desk/reports/revenue?effective=&recorded=&stream=&by=accounting").status_code == 200


# Who comes in


def test_nobody_sees_anything_without_a_session(browser: Callable[..., httpx.Client]) -> None:
    client = browser()
    for path in [*PAGES, "/desk/reports/rent-roll/export/csv"]:
        answer = client.get(path)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/desk/sign-in"), path
        assert answer.content == b""
    client.cookies.set("mcsc_desk", "x" * 43, domain="127.0.0.1", path="/desk")
    assert client.get("/desk").status_code == 303


def test_a_link_signs_in_once(browser: Callable[..., httpx.Client], invite: Callable[[str], str]) -> None:
    link, client = invite("auditor"), browser()
    assert "auditor-demo" in client.get("/desk/enter", params={"link": link}).text
    assert client.get("/desk").status_code == 303, "to look at it signs nobody in"
    answer = client.post("/desk/enter", data={"link": link})
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert "secure" not in cookie.lower(), "plain HTTP"
    assert client.get("/desk").status_code == 200
    assert browser().post("/desk/enter", data={"link": link}).status_code == 403


def test_a_key_signs_in_and_a_wrong_one_does_not(browser: Callable[..., httpx.Client], server: Served) -> None:
    client = browser()
    assert client.post("/desk/sign-in", data={"key": "mcsc_nothing_nothing"}).status_code == 403
    answer = client.post("/desk/sign-in", data={"key": server.keys["admin"], "to": "//elsewhere.example/desk"})
    assert answer.headers["location"] == "/desk", "and to no other place"
    assert "admin-demo" in client.get("/desk").text


def test_forms_carry_a_secret_of_their_session(auditor: httpx.Client, browser: Callable[..., httpx.Client]) -> None:
    page = auditor.get("/desk/audit/verify").text
    assert auditor.post("/desk/audit/verify", data={"token": ""}).status_code == 403
    assert auditor.post("/desk/audit/verify", data={"token": "0" * 80}).status_code == 403
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert auditor.post("/desk/audit/verify", data={"token": token_of(page)}, headers=foreign).status_code == 403
    assert auditor.post("/desk/audit/verify", data={"token": token_of(page)}).status_code == 303
    assert browser().post("/desk/audit/verify", data={"token": token_of(page)}).status_code == 303, "to the entrance"


def test_the_log_is_verified_when_asked(auditor: httpx.Client, server: Served) -> None:
    token = token_of(auditor.get("/desk/audit/verify").text)
    auditor.post("/desk/audit/verify", data={"token": token})
    for _ in range(40):
        page = auditor.get("/desk/audit/verify")
        if "refresh" not in page.headers:
            break
    assert "as they were sealed" in page.text


@pytest.mark.parametrize("role", ROLES)
def test_nothing_is_linked_that_a_role_may_not_see_or_give(
    browser: Callable[..., httpx.Client], invite: Callable[[str], str], role: Role
) -> None:
    """Reports, forms, and pages of some roles alone: wherever a link of the desk leads, it is not shut."""
    client = browser()
    assert client.post("/desk/enter", data={"link": invite(role)}).status_code == 303
    shut = {f"/desk/reports/{name}" for name, read in READ.items() if role not in read.roles}
    shut |= {f"/desk/record/{command_name(command)}" for command, roles in WHO_MAY.items() if role not in roles}
    shut |= {address for address in ("/desk/billing", "/desk/record") if client.get(address).status_code == 403}
    for page in LEADING:
        answer = client.get(page)
        assert answer.status_code in (200, 404), page
        links = {html.unescape(link) for link in re.findall(r'(?:href|action)="([^"]*)"', answer.text)}
        led = {re.split("[?#]", link)[0] for link in links}
        assert not {link for link in led for place in shut if link == place or link.startswith(f"{place}/")}, page


def test_signing_out_ends_the_session(auditor: httpx.Client) -> None:
    kept = auditor.cookies["mcsc_desk"]
    token = token_of(auditor.get("/desk").text)
    assert auditor.post("/desk/sign-out", data={"token": token}).status_code == 303
    auditor.cookies.set("mcsc_desk", kept, domain="127.0.0.1", path="/desk")
    assert auditor.get("/desk").status_code == 303


def test_sessions_are_kept_for_their_owner_and_hold_no_secret(
    auditor: httpx.Client, invite: Callable[[str], str], desk_file: Path
) -> None:
    link = invite("admin")
    assert desk_file.stat().st_mode & 0o077 == 0
    kept = desk_file.read_bytes()
    assert link.encode() not in kept
    assert auditor.cookies["mcsc_desk"].encode() not in kept


def test_over_https_the_cookie_is_for_https(browser: Callable[..., httpx.Client], invite: Callable[[str], str]) -> None:
    client = browser(**{"X-Forwarded-Proto": "https"})
    assert "secure" in client.post("/desk/enter", data={"link": invite("auditor")}).headers["set-cookie"].lower()


# Words


def test_every_text_has_its_chinese() -> None:
    written = set[str]()
    for file in [*(HERE / "templates").glob("*.html")]:
        written |= {
            single or double for double, single in re.findall(r"""\bt\((?:"([^"]*)"|'([^']*)')""", file.read_text())
        }
    rooms = ("", "agenda/", "books/", "reports/", "things/")
    for file in (file for room in rooms for file in HERE.glob(f"{room}*.py")):
        written |= set(re.findall(r'\.say\(\s*"([^"]*)"', file.read_text()))
    assert len(written) > 80
    assert len(ZH) == sum(map(len, TABLES)), "a text has one Chinese, in one table"
    assert [text for text in sorted(written) if MARKED.search(say("zh", text))] == []
    assert [text for text, zh in ZH.items() if not re.search("[\u4e00-\u9fff]", zh)] == []
    for text, zh in ZH.items():
        assert sorted(re.findall(r"{(\w+)}", text)) == sorted(re.findall(r"{(\w+)}", zh)), text


def test_every_code_has_its_chinese() -> None:
    kinds: list[Any] = [Stage, OriginChannel, PeriodState, RateState, OrderState, InvestmentState, LeaseState, Status]
    kinds.append(ProposalKind)
    codes = {code for kind in kinds for code in get_args(kind)}
    codes |= {code for part in get_args(Stream) for code in (get_args(part) or (part,))}
    assert codes - {*CODES} == set()
    assert {account.name for account in CHART.values()} - {*CELLS} == set()


def test_a_document_is_kept_at_the_desk_and_opens_from_its_fact(
    browser: Callable[..., httpx.Client], invite: Callable[[str], str], auditor: httpx.Client
) -> None:
    clerk, pdf = browser(), b"%PDF-1.7 (demo)"
    clerk.post("/desk/enter", data={"link": invite("deal_desk")})
    token = token_of(clerk.get("/desk/documents").text)
    file = {"file": ("lease <17>.pdf", pdf, "text/html")}
    kept = clerk.post("/desk/documents", data={"token": token}, files=file)
    assert kept.status_code == 200
    assert "lease &lt;17&gt;.pdf" in kept.text
    found = re.search(r'href="(/desk/documents/[0-9a-f]{64})"', kept.text)
    assert found is not None
    opened = auditor.get(found[1])
    assert (opened.content, opened.headers["content-disposition"][:11]) == (pdf, "attachment;")
    assert clerk.post("/desk/documents", data={"token": "0" * 64}, files=file).status_code == 403
    assert clerk.post("/desk/documents", data={"token": token}).status_code == 415
    refused = clerk.post("/desk/documents", data={"token": token}, files={"file": ("a.exe", b"MZ\x90")})
    assert (refused.status_code, "none of the kinds" in refused.text) == (415, True)
    token = token_of(auditor.get("/desk/documents").text)
    assert auditor.post("/desk/documents", data={"token": token}, files=file).status_code == 403
    assert auditor.get(f"/desk/documents/{'ab' * 32}").status_code == 404


@pytest.mark.parametrize("role", ["auditor", "admin"])
def test_every_report_is_exported_in_every_form(browser: Callable[..., httpx.Client], invite: Any, role: str) -> None:
    client = browser()
    client.post("/desk/enter", data={"link": invite(role)})
    asked = [f"/desk/reports/{report}/export/{form}" for report in REPORTS for form in ("json", "csv", "xlsx")]
    answers = {path: client.get(path, params={"effective": "2026-06"}) for path in asked}
    refused = {path: answer.status_code for path, answer in answers.items() if answer.status_code != 200}
    assert refused == (
        dict.fromkeys((path for path in asked if f"/{PEOPLE}/" in path), 403) if role == "auditor" else {}
    )


def test_a_report_is_asked_for_its_own_page_alone(auditor: httpx.Client) -> None:
    for report in ("rent-roll", "trial-balance"):
        for more in ("against=2026-01", "explain=TOTAL/closing"):
            assert auditor.get(f"/desk/reports/{report}?{more}").status_code == 400, (report, more)
        assert auditor.get(f"/desk/reports/{report}/receipt?cell=TOTAL/units&against=2026-01").status_code in (400, 404)
    assert auditor.get("/desk/audit/timeline?after=%235300").status_code == 400
    assert auditor.get("/desk/reports/occupancy?effective=2026-06-30&compare=2026-04-30").status_code == 200


def test_hashes_of_secrets_are_shown_to_admins_alone(
    auditor: httpx.Client, browser: Callable[..., httpx.Client], invite: Any
) -> None:
    admin = browser()
    admin.post("/desk/enter", data={"link": invite("admin")})
    created = admin.get("/desk/audit/timeline", params={"fact": "access.key-created"}).text
    position = re.findall(r"/desk/audit/facts/(\d+)", created)[0]
    path = f"/desk/audit/facts/{position}"
    hashes = {
        name: re.findall("<dd>([0-9a-f]{64})</dd>", client.get(path).text)
        for name, client in (("admin", admin), ("auditor", auditor))
    }
    assert hashes["auditor"] == ["0" * 64]
    assert len(hashes["admin"]) == 1
    assert hashes["admin"] != hashes["auditor"]
    assert hashes["admin"][0] not in auditor.get(path).text


def test_a_fact_says_numbers_as_they_are(auditor: httpx.Client) -> None:
    deposits = auditor.get("/desk/audit/timeline", params={"fact": "billing.deposit-received"}).text
    page = auditor.get(re.findall(r"/desk/audit/facts/\d+", deposits)[0]).text
    assert re.search(r"<dt>Amount</dt><dd>[\d,]+\.\d\d</dd>", page)
    lead = auditor.get("/desk/audit/timeline", params={"fact": "company.lead-registered"}).text
    years = [auditor.get(link).text for link in re.findall(r"/desk/audit/facts/\d+", lead)]
    assert any(re.search(r"<dt>Origin year</dt><dd>20\d\d</dd>", page) for page in years)


def test_a_form_that_is_too_long_is_said_to_be(browser: Callable[..., httpx.Client], invite: Any) -> None:
    clerk = browser()
    clerk.post("/desk/enter", data={"link": invite("deal_desk")})
    token = token_of(clerk.get("/desk/record/register-lead").text)
    answer = clerk.post("/desk/record/register-lead", data={"token": token, "name": "x" * 70_000, "_do": "preview"})
    assert (answer.status_code, "The form is too long" in answer.text) == (413, True)
