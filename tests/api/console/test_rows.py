"""Long reports: sums first, every row when asked; the page stays small with two thousand leases."""

import re
from datetime import date

import httpx
import pytest
from msgspec.structs import replace

from api.console.reports.linked import FOLDED, PORTION, Cell, Row, folded, linked, portion
from api.console.reports.windows import windowed
from api.http.reading import Found
from api.http.receipts import rows_of
from api.routes.tenancy import READS
from projections.receivables.ageing import Ageing, AgeingRow, Buckets, TenantAgeing

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


def test_two_thousand_sums_come_in_portions_and_what_sums_up_all_stands_below_each() -> None:
    sums, whole = [Row("sum", [Cell(str(at), False)]) for at in range(2_000)], row("whole")
    rows, begin, seen = [*sums, whole], 0, list[Row]()
    while True:
        shown, further = portion(rows, begin)
        assert shown[-1] is whole
        assert len(shown) <= PORTION + 1
        seen += shown[:-1]
        if further is None:
            break
        begin = further
    assert seen == sums
    assert portion(rows[: 2 * FOLDED], 7) == (rows[: 2 * FOLDED], None), "not so many: all of them"
    assert len(portion(rows[: 2 * FOLDED], 0, most=PORTION)[0]) == PORTION, "single rows are folded away already"
    assert portion(rows, 9_999) == ([whole], None)


AGEING = next(one for one in READS if one.report is not None and one.report.name == "ageing")


def two_tenants() -> Ageing:
    def buckets() -> Buckets:
        return Buckets("1.00", "1.00", "1.00", "1.00", "1.00", "1.00", "6.00")

    def documents(tenant: str) -> tuple[AgeingRow, ...]:
        names, day = [f"{tenant}-{at}" for at in range(FOLDED)], date(2026, 1, 1)
        return tuple(AgeingRow(tenant, name, None, None, day, day, 1, "6.00", buckets()) for name in names)

    tenants = tuple(TenantAgeing(name, None, documents(name), buckets(), (), "0.00") for name in ("a-demo", "b-demo"))
    return Ageing(
        currency="CNY",
        tenants=tenants,
        open=buckets(),
        unapplied="0.00",
        control="5.00",
        difference="0.00",
        fictional=True,
    )


def test_what_is_folded_away_is_not_made_and_what_is_shown_is_the_same() -> None:
    answer = two_tenants()
    assert AGEING.report is not None
    sheet = AGEING.report.sheet(answer)
    whole, spare = (linked(AGEING, sheet, answer, "ageing", needed=needed) for needed in (None, ()))
    assert folded(spare) == folded(whole)
    assert (len(spare), sum(not row.cells for row in spare)) == (len(whole), 2 * FOLDED)
    assert linked(AGEING, sheet, answer, "ageing", needed={"DOCUMENT"}) == whole, "a chart needs them"


@pytest.mark.parametrize("begin", [0, 100, 200])
def test_a_window_shows_what_the_portion_of_all_rows_shows(begin: int) -> None:
    two = two_tenants()
    papers = two.tenants[0].documents[:2]
    some = [TenantAgeing(f"t-{at:03}", None, papers, replace(two.open), (), "0.00") for at in range(250)]
    answer = replace(two, tenants=tuple(some))
    assert AGEING.report is not None
    kept = folded(linked(AGEING, AGEING.report.sheet(answer), answer, "ageing", needed=()))
    shown, further = portion(kept, begin, most=PORTION)
    window = windowed("receivables-ageing", answer, begin, PORTION)
    assert window is not None
    made = linked(AGEING, AGEING.report.sheet(window.answer), window.answer, "ageing", needed=())
    assert folded(made, most=0) == shown
    assert len(made) < 3 * PORTION + 10, "no more is made"
    assert (window.groups, window.single) == (250, 500)
    assert further == (begin + PORTION if begin < 200 else None)
    assert windowed("receivables-ageing", replace(two, tenants=tuple(some[:3])), begin, PORTION) is None, "few rows"
    assert windowed("occupancy", answer, begin, PORTION) is None, "of no groups"


@pytest.mark.parametrize(("column", "value", "number"), [("section", "TENANT", 2), ("company", "a-demo", FOLDED + 1)])
def test_rows_that_are_looked_for_are_those_that_all_of_them_hold(column: str, value: str, number: int) -> None:
    found = Found(data=two_tenants())
    some = rows_of(AGEING, found, **{column: value})
    assert some == {name: row for name, row in rows_of(AGEING, found).items() if row[column] == value}
    assert len(some) == number
    assert rows_of(AGEING, found, colour=value) == {}, "no row has what the table has not"


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
