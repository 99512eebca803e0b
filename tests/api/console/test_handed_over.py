"""From the desk, papers and workbooks are a link away, and hold what they hold elsewhere."""

import hashlib
import io
import re
import zipfile
from collections.abc import Callable
from html import unescape

import httpx
import msgspec
import pytest

from api.console import papers
from api.evidence.check import check
from ledger.bookkeeping.papers import IssuePaper
from tests.api.test_papers import needs_printing
from tests.examples import COMMANDS
from tests.ground.over_sockets import Served


@needs_printing
def test_a_fact_leads_to_its_papers(auditor: httpx.Client) -> None:
    listed = auditor.get("/desk/audit/timeline?fact=billing.invoice-issued").text
    fact = re.search(r'href="(/desk/audit/facts/\d+)', listed)
    assert fact is not None
    shown = auditor.get(fact[1]).text
    links = [unescape(link) for link in re.findall(r'href="(/desk/papers/[^"]+)"', shown)]
    assert [link.partition("?")[0] for link in links] == ["/desk/papers/invoice", "/desk/papers/statement"]
    for link in links:
        answer = auditor.get(link)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf"), answer.text
        assert answer.content.startswith(b"%PDF")
    assert auditor.get("/desk/papers/invoice?name=nosuch").status_code == 404
    assert auditor.get("/desk/papers/nosuch?name=nosuch").status_code == 404


@needs_printing
def test_a_paper_is_issued_once_at_the_desk_and_known_again(
    browser: Callable[..., httpx.Client], invite: Callable[[str], str], auditor: httpx.Client
) -> None:
    finance = browser()
    finance.post("/desk/enter", data={"link": invite("finance")})
    listed = finance.get("/desk/audit/timeline?fact=billing.invoice-issued").text
    fact = re.search(r'href="(/desk/audit/facts/\d+)', listed)
    assert fact is not None
    (form,) = re.findall(r'<form method="post" action="/desk/papers/invoice">.*?</form>', finance.get(fact[1]).text)
    assert 'action="/desk/papers/invoice"' not in auditor.get(fact[1]).text, "who only reads issues nothing"
    fields = {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form)}
    assert finance.post("/desk/papers/invoice", data={**fields, "token": ""}).status_code == 403
    sent = [finance.post("/desk/papers/invoice", data=fields) for _ in range(2)]
    assert [(one.status_code, one.content[:4]) for one in sent] == [(200, b"%PDF")] * 2, sent[0].text
    assert sent[0].headers["content-disposition"].startswith("attachment")
    page = finance.get("/desk/papers").text
    link = f'<td><a href="{fact[1]}">{fields["name"]}</a></td>'
    assert page.count(link) == 1, "once, however often the button is pressed; it leads to the fact it is issued from"
    token = re.search(r'name="token" value="(\w+)"', page)
    assert token is not None
    held, other = (
        finance.post("/desk/papers", data={"token": token[1]}, files={"file": ("a.pdf", body, "application/pdf")}).text
        for body in (sent[0].content, sent[0].content + b"%")
    )
    assert "✓ This paper went out as it is" in held
    assert "finance-demo" in held
    assert "✗ No paper with these bytes went out" in other
    assert "⟦" not in finance.get("/desk/papers", headers={"Accept-Language": "zh"}).text


def test_every_paper_that_went_out_is_on_some_page(
    auditor: httpx.Client, monkeypatch: pytest.MonkeyPatch, server: Served
) -> None:
    """Given five papers and two on a page, then all are shown on three pages, the latest first."""
    monkeypatch.setattr(papers, "SHOWN", 2)
    headers = {"Authorization": f"Bearer {server.keys['finance']}"}
    for number in range(5):
        paper = msgspec.to_builtins(next(one for one in COMMANDS if isinstance(one, IssuePaper)))
        said = {**paper, "sha256": f"{number:064x}", "name": f"paper-{number}-demo", "position": 100}
        said |= {"effective_on": "2026-05-31", "shows": "2026-05-31"}
        answer = auditor.post("/v1/papers", json=said, headers={**headers, "Idempotency-Key": f"paper-{number}"})
        assert answer.status_code == 201, answer.text
    path, named = "/desk/papers", list[str]()
    for _ in range(9):
        page = auditor.get(path).text
        named += re.findall(r'<td><a href="/desk/companies/sunfield-demo">(paper-\d-demo)</a></td>', page)
        if (more := re.search(r'href="(/desk/papers\?before=\d+)"', page)) is None:
            break
        path = more[1]
    assert named == [f"paper-{number}-demo" for number in reversed(range(5))]


def test_a_report_leads_to_its_workbook(auditor: httpx.Client) -> None:
    shown = auditor.get("/desk/reports/trial-balance?effective=2026-04-30").text
    link = re.search(r'href="([^"]+/export/xlsx[^"]*)"', shown)
    assert link is not None
    assert auditor.get(unescape(link[1])).content.startswith(b"PK")


def test_a_figure_a_fact_and_a_close_go_to_a_stranger_who_checks_them(
    browser: Callable[..., httpx.Client], invite: Callable[[str], str], auditor: httpx.Client
) -> None:
    told = {"receipt": "/desk/reports/rent-roll/receipt?cell=TOTAL/passing_month", "fact": "/desk/audit/facts/40"}
    told["close"] = "/desk/close?month=" + re.findall(r"close:(\d{4}-\d\d)", auditor.get("/desk/close").text)[0]
    clerk = browser()
    clerk.post("/desk/enter", data={"link": invite("deal_desk")})
    for about, place in told.items():
        (link,) = re.findall(r'href="(/desk/audit/evidence[^"]*)"', auditor.get(place).text)
        pack = auditor.get(unescape(link))
        assert (pack.status_code, pack.headers["content-type"]) == (200, "application/zip"), (about, pack.text)
        assert check(pack.content)[0], "it proves something, and nothing of it is wrong"
        assert "/desk/audit/evidence" not in clerk.get(place).text, "who may not take one away is offered none"
        assert clerk.get(unescape(link)).status_code == 403
    (book,) = re.findall(r'href="(/desk/close/workbook[^"]*)"', auditor.get(told["close"]).text)
    assert auditor.get(unescape(book)).content[:2] == b"PK"


def test_a_form_keeps_the_document_that_it_names(
    browser: Callable[..., httpx.Client], invite: Callable[[str], str]
) -> None:
    clerk = browser()
    clerk.post("/desk/enter", data={"link": invite("deal_desk")})
    page = clerk.get("/desk/record/place-order").text
    token = re.search(r'name="token" value="(\w+)"', page)
    assert token is not None
    typed = {"token": token[1], "_key": "desk-0123456789", "order": "o-1", "_do": "keep:document.sha256"}
    files = {"_file.document.sha256": ("order.txt", b"an order (demo)", "text/plain")}
    kept = clerk.post("/desk/record/place-order/file", data=typed, files=files).text
    assert f'value="{hashlib.sha256(b"an order (demo)").hexdigest()}"' in kept
    assert all(f'value="{said}"' in kept for said in ("order.txt", "o-1", "desk-0123456789"))
    empty = clerk.post("/desk/record/place-order/file", data=typed, files={"_file.document.sha256": ("", b"")})
    assert (empty.status_code, "Choose a file first." in empty.text, 'value="o-1"' in empty.text) == (400, True, True)
    refused = clerk.post("/desk/record/place-order/file", data=typed, files={"_file.document.sha256": ("a", b"MZ\0")})
    assert (refused.status_code, 'value="o-1"' in refused.text) == (415, True), "what is not taken loses nothing"
    clerk.cookies.clear()
    anew = clerk.post("/desk/record/place-order/file", data=typed, files=files)
    assert (anew.status_code, "o-1" in anew.text) == (403, True), "a session that ended loses nothing"


def test_a_year_for_auditors_is_taken_away_at_the_desk(
    auditor: httpx.Client, browser: Callable[..., httpx.Client], invite: Callable[[str], str]
) -> None:
    clerk = browser()
    clerk.post("/desk/enter", data={"link": invite("deal_desk")})
    asked = "/desk/audit/export"
    assert f'<a href="{asked}?year=2025">' in auditor.get("/desk/audit/verify").text
    assert asked not in clerk.get("/desk/audit/verify").text, "who may not take one away is offered none"
    assert clerk.get(asked, params={"year": 2026}).status_code == 403
    answer = auditor.get(asked, params={"year": 2025})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        control = msgspec.json.decode(archive.read("control.json"))
        assert control["basis"]["effective"] == "2025-12-31"
        assert {tie["difference"] for tie in control["ties"]} <= {"0", "0.00"}
