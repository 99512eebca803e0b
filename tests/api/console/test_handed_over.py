"""From the desk, papers and workbooks are a link away, and hold what they hold elsewhere."""

import re
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


def test_a_report_leads_to_its_workbook(auditor: httpx.Client) -> None:
    shown = auditor.get("/desk/reports/trial-balance?effective=2026-04-30").text
    link = re.search(r'href="([^"]+/export/xlsx[^"]*)"', shown)
    assert link is not None
    assert auditor.get(unescape(link[1])).content.startswith(b"PK")
