"""Long reports: sums first, every row when asked; the page stays small with two thousand leases."""

import re

import httpx
import pytest

from api.console.reports.linked import FOLDED, Cell, Row, folded

NODES = 3_000


def row(kind: str) -> Row:
    return Row(kind, [Cell(kind, False)])


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        ([*[row("row")] * FOLDED, row("sum"), row("whole")], FOLDED + 2),
        ([*[row("row")] * (FOLDED + 1), row("sum"), row("whole")], 2),
        ([*[row("row")] * (FOLDED + 1), row("whole")], FOLDED + 2),
        ([row("head"), *[row("row")] * 2_000, *[row("sum")] * 60, row("whole")], 61),
        ([], 0),
    ],
)
def test_only_sums_are_shown_of_many_rows(rows: list[Row], kept: int) -> None:
    assert len(folded(rows)) == kept


def test_every_row_is_one_click_away(auditor: httpx.Client) -> None:
    page = auditor.get("/desk/reports/revenue", params={"effective": "2026-05-31", "by": "service"}).text
    every = re.search(r'href="([^"]*rows=all)"', page)
    assert every is not None
    assert len(re.findall(r"<[a-z]", page)) < NODES
    assert re.search(r'class="sum"', page)
    whole = auditor.get(every[1].replace("&amp;", "&"))
    assert whole.status_code == 200
    assert whole.text.count("<tr") > FOLDED
    assert "rows=all" not in "".join(re.findall(r'href="([^"]*/receipt[^"]*)"', whole.text)), (
        "receipts ask no such thing"
    )
    total = re.compile(r'cell=TOTAL%2Fbilled[^"]*">([^<]*)</a></td>')
    assert total.findall(page) == total.findall(whole.text) != []
    assert "by=service" in whole.url.query.decode()
