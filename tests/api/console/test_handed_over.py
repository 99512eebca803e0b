"""From the desk, papers and workbooks are a link away, and hold what they hold elsewhere."""

import re
from collections.abc import Callable
from html import unescape

import httpx

from tests.api.test_papers import needs_printing


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
    assert page.count(f"<td>{fields['name']}</td>") == 1, "once, however often the button is pressed"
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


def test_a_report_leads_to_its_workbook(auditor: httpx.Client) -> None:
    shown = auditor.get("/desk/reports/trial-balance?effective=2026-04-30").text
    link = re.search(r'href="([^"]+/export/xlsx[^"]*)"', shown)
    assert link is not None
    assert auditor.get(unescape(link[1])).content.startswith(b"PK")
