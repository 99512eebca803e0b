"""Every number has a receipt: the facts behind any cell of any report sum to it, and none of them can be left out.

Given the demonstration, when a report is asked for the receipt of a cell on any two dates, then what it is made of
comes to what the report says; when a row of a read model was altered, then its receipt does not.
"""

import random
import re
import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

import pytest
from msgspec import convert
from msgspec.structs import replace

from api.app import reads
from api.http.problems import Problem
from api.http.reading import Read, look_up
from api.http.receipts import (
    Receipt,
    Row,
    _behind,
    address,
    find,
    receipt_of,
    receipts_of,
    rows_of,
    table_apart,
    table_of,
)
from api.receipts.many import MOVE_DEPOSITS
from api.settings import Settings
from ledger.billing.facts import BillingFact
from ledger.billing.moves import moves
from ledger.log import store
from ledger.log.database import Database
from ledger.log.envelope import Entry
from projections.engine.apart import Reading, apart, counted
from projections.engine.receipts import facts_at
from projections.every.views import ALL_VIEWS
from tests.examples import FACTS
from tests.ground.demonstrated import basis

SETTINGS = Settings()
READS = reads(SETTINGS)
REPORTS = {read.report.name: read for read in READS if read.report is not None}
EXPLAINED = {name: read for name, read in REPORTS.items() if read.receipts is not None}
ACCOUNT = next(read for read in READS if read.name == "read-tenant-account")
NO_FIGURES = {
    "access": "its rows are not in the log of facts; each has its number",
    "exceptions": "it counts the facts that it lists, each with its position",
    "contacts": "its rows are people, each with the position of the fact that says so",
    "certificates": "its rows are certificates, each with its position",
    "journal": "its lines are facts, each with its position",
    "delegations": "its rows are delegations, each with the position of the fact that gave it",
    "diary": "its rows are dates, each with the position of the fact that names it",
    "meter-checks": "its rows are doubts, each with the positions of the facts that it is about",
    "spot-prices": "its rows are months, each with the positions of the facts that say its prices",
    "periods": "its rows are facts, each with its position",
    "proposals": "its rows are proposals, each with its position",
    "rates": "its rows are facts, each with its position",
    "vat-rules": "its rates are facts, each with its position, or the law's",
}
DAYS = (date(2023, 6, 1), date(2026, 10, 31))
PAIRS, CELLS = 3, 6
LEFT_OUT_OF = 30
"""Facts of a figure from which one is left out, at most: the rest is a ledger of its own each time."""
NOT_REBUILT = {
    "bank-movements": "a row is named by its position, which is another in a ledger apart",
    "channel-money": "a journal says whose it is, and the register from where they came: that is no fact of the figure",
    "general-ledger": "a row is named by its position",
    "vat-ledger": "a row is named by its position",
    "voucher-series": "a month is shown when it was opened: that is no fact of its figures",
    "vouchers": "a number counts every entry of its month",
}
ONLY_PARTS = {"companies", "funnel", "occupancy", "lease-expiry", "bank-reconciliation"}
"""Reports whose figures are made of other cells, or of more facts than that."""


def test_every_report_of_figures_has_receipts() -> None:
    assert set(REPORTS) - set(EXPLAINED) == set(NO_FIGURES)


def _cells(read: Read[Any], rows: dict[str, Row], columns: Any) -> list[str]:
    return [f"{name}/{column}" for name, row in rows.items() for column in columns if row.get(column) is not None]


def asked(
    database: Database,
    read: Read[Any],
    effective: str,
    recorded: str,
    path: Mapping[str, str] = MappingProxyType({}),
    **more: Any,
) -> Any:
    """The answer of a read."""
    query = read.query(effective=effective, recorded=recorded, **more)
    _, found = look_up(SETTINGS, database, read, query, path)
    return found


def cells_of(database: Database, read: Read[Any], effective: str, recorded: str, columns: Any) -> list[str]:
    """The cells of a report in some columns, where they hold something."""
    return _cells(read, rows_of(read, asked(database, read, effective, recorded)), columns)


def pairs_of(database: Database, seed: str) -> Iterator[tuple[str, str]]:
    """Random pairs of dates: effective on, as recorded by."""
    with database.views.connect() as connection:
        head = store.read_head(connection).size
    chance = random.Random(seed)
    for _ in range(PAIRS):
        day = DAYS[0] + timedelta(chance.randrange((DAYS[1] - DAYS[0]).days))
        yield day.isoformat(), str(chance.randrange(head // 3, head))


@pytest.mark.parametrize("name", EXPLAINED)
def test_any_cell_on_any_dates_is_what_its_facts_come_to(demo: Database, name: str) -> None:
    read, chance = EXPLAINED[name], random.Random(name)
    assert read.receipts is not None
    for effective, recorded in pairs_of(demo, name):
        rows = rows_of(read, asked(demo, read, effective, recorded))
        figures, words = (_cells(read, rows, columns) for columns in (read.receipts.units, read.receipts.words))
        for cell in chance.sample(figures, min(CELLS, len(figures))) + chance.sample(words, min(2, len(words))):
            receipt = asked(demo, read, effective, recorded, explain=cell).data
            assert isinstance(receipt, Receipt)
            _check(receipt, f"{cell} on {effective} as recorded at {recorded}")


@pytest.mark.parametrize("name", EXPLAINED)
def test_a_cell_of_each_column_of_each_section_has_a_receipt(demo: Database, name: str) -> None:
    """One that holds a figure, and one that its row leaves out: that is neither a fault, nor figures of other rows."""
    read = EXPLAINED[name]
    assert read.receipts is not None
    rows = rows_of(read, asked(demo, read, "2026-06-30", "now"))
    cells = {
        (row.get("section"), column, row[column] is None): f"{named}/{column}"
        for named, row in rows.items()
        for column in read.receipts.units
        if column in row
    }
    assert rows, "a report of no cell in the demonstration"
    for (_, _, empty), cell in cells.items():
        receipt = asked(demo, read, "2026-06-30", "now", explain=cell).data
        _check(receipt, cell)
        assert (receipt.figure is None) == empty
        assert not empty or not Decimal(receipt.total or 0), f"{cell}: nothing comes to {receipt.total}"


def test_any_cell_of_a_tenants_account_is_what_its_facts_come_to(demo: Database) -> None:
    assert ACCOUNT.receipts is not None
    chance = random.Random("account")
    for effective, recorded in pairs_of(demo, "account"):
        ageing = rows_of(EXPLAINED["ageing"], asked(demo, EXPLAINED["ageing"], effective, recorded))
        tenants = [row["company"] for row in ageing.values() if row["section"] == "TENANT"]
        for company in chance.sample(tenants, min(3, len(tenants))):
            path = {"company": company}
            rows = rows_of(ACCOUNT, asked(demo, ACCOUNT, effective, recorded, path))
            for cell in chance.sample(cells := _cells(ACCOUNT, rows, ACCOUNT.receipts.units), min(6, len(cells))):
                receipt = asked(demo, ACCOUNT, effective, recorded, path, explain=cell).data
                assert receipt.report == f"tenants/{company}/account"
                _check(receipt, f"{company} {cell} on {effective} as recorded at {recorded}")


@pytest.mark.parametrize("name", EXPLAINED)
def test_a_part_is_followed_to_its_own_receipt_and_says_the_same(demo: Database, name: str) -> None:
    read, chance = EXPLAINED[name], random.Random(f"follow {name}")
    by_path = {address(read, {}): read for read in EXPLAINED.values()}
    assert read.receipts is not None
    effective, recorded = "2026-06-30", "now"
    cells = cells_of(demo, read, effective, recorded, read.receipts.units)
    named = [cell for cell in cells if cell in read.receipts.made]
    for cell in dict.fromkeys([*named, *chance.sample(cells, min(25, len(cells)))]):
        receipt = asked(demo, read, effective, recorded, explain=cell).data
        parts = [*receipt.parts, *receipt.sides]
        for part in chance.sample(parts, min(2, len(parts))):
            where, tenant = part.report or receipt.report, re.fullmatch("tenants/(.+)/account", part.report or "")
            if not tenant and where not in by_path:
                assert where.partition("/")[0] in ("orders", "offtakes", "documents"), "what has no report of figures"
                continue
            path = {"company": tenant[1]} if tenant else {}
            if tenant and part.cell == "straight-line":
                continue  # an account shows what is due, not what is earned
            follows = ACCOUNT if tenant else by_path[where]
            found = asked(demo, follows, effective, recorded, path, explain=part.cell).data
            assert found.ties
            if found.unit is not None and part.figure != "1":  # a row is counted; of a date the days are
                assert _is_rounded(part.figure, found.figure), part


@pytest.mark.parametrize("name", EXPLAINED)
def test_where_nothing_moved_that_is_read_the_report_would_have_said_the_same(
    demo: Database, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, chance = EXPLAINED[name], random.Random(f"skip {name}")
    assert read.receipts is not None
    effective, recorded = next(pairs_of(demo, f"skip {name}"))
    rows = rows_of(read, asked(demo, read, effective, recorded))
    cells = _cells(read, rows, [*read.receipts.units, *read.receipts.words])
    for cell in chance.sample(cells, min(10, len(cells))):
        quick = asked(demo, read, effective, recorded, explain=cell).data
        with monkeypatch.context() as patched:
            patched.setattr(Reading, "moves", lambda *_: True)
            assert asked(demo, read, effective, recorded, explain=cell).data == quick


@pytest.mark.parametrize("name", EXPLAINED)
def test_many_cells_asked_together_have_the_receipts_of_each_asked_alone(demo: Database, name: str) -> None:
    read, chance = EXPLAINED[name], random.Random(f"together {name}")
    receipts = read.receipts
    assert receipts is not None
    effective, recorded = next(pairs_of(demo, f"together {name}"))
    with demo.views.connect() as connection:
        on = basis(connection, effective, recorded)
        query = convert({"effective": effective, "recorded": recorded}, read.query, strict=False)
        rows = table_of(read, connection, on, query, {})
        cells = _cells(read, rows, [*receipts.units, *receipts.words])
        some = chance.sample(cells, min(10, len(cells)))
        # Of one column as well, so that its facts are asked together; money of the rent roll too.
        for column in ("passing_month", "deposit", "arrears"):
            of_column = [cell for cell in cells if cell.startswith("UNIT:") and cell.endswith(f"/{column}")]
            some += chance.sample(of_column, min(5, len(of_column)))
        together = receipts_of(read, connection, on, query, {}, rows, some, to_facts=True)
        assert list(together) == list(dict.fromkeys(some))
        for cell, receipt in together.items():
            assert receipt.ties, cell
            assert receipt == receipt_of(read, connection, on, query, {}, rows, cell, to_facts=True)


def test_the_facts_that_move_deposits_are_all_asked_for() -> None:
    moving = {type(fact) for fact in FACTS if isinstance(fact, BillingFact) and moves(fact).deposits}
    assert moving == set(MOVE_DEPOSITS)


def _is_rounded(exact: str | None, figure: str | None) -> bool:
    """A part may have more decimals than its cell shows, where a sum is rounded once."""
    whole, shown = Decimal(exact or 0), Decimal(figure or 0)
    places = [int(one.as_tuple().exponent) for one in (whole, shown)]
    return whole == shown or (places[0] < places[1] and abs(whole - shown) * 2 <= Decimal(1).scaleb(places[1]))


def _check(receipt: Receipt, where: str) -> None:
    assert receipt.ties, f"{where}: {receipt.figure}, not {receipt.total}"
    if receipt.unit is not None and receipt.shares:
        shares = [Decimal(share.share or 0) for share in receipt.shares]
        assert receipt.facts > len(shares) or sum(shares) == Decimal(receipt.figure or 0), where
        assert all(shares), f"{where}: a fact that could be left out"
    if receipt.unit is not None and Decimal(receipt.figure or 0):
        assert receipt.shares or receipt.parts or receipt.sides, f"{where}: made of nothing"


@pytest.mark.parametrize("name", [name for name in EXPLAINED if name not in NOT_REBUILT])
def test_without_any_one_of_its_facts_a_figure_is_another(demo: Database, name: str) -> None:
    """Rebuilt from the facts behind it but for one: of a cell with a few facts, and of these some by chance.

    Where a later fact said the same thing anew (a second estimate), the figure stays; before both it was what the
    shares until then come to.
    """
    read, chance, effective, recorded = EXPLAINED[name], random.Random(f"without {name}"), "2026-06-30", "5600"
    assert read.receipts is not None
    rows = rows_of(read, asked(demo, read, effective, recorded))
    cells = _cells(read, rows, read.receipts.units)
    asking = (
        asked(demo, read, effective, recorded, explain=cell).data for cell in chance.sample(cells, min(40, len(cells)))
    )
    receipt = next((one for one in asking if 0 < one.facts == len(one.shares) <= LEFT_OUT_OF), None)
    if receipt is None:
        assert name in ONLY_PARTS
        return
    query = convert({"effective": effective, "recorded": recorded}, read.query, strict=False)
    row, column = find(read.receipts, rows, receipt.cell)
    with demo.views.connect() as connection:
        on = basis(connection, effective, recorded)
        posted = read.receipts.posted(connection, on, query, rows[row], column) is not None
        shown = facts_at(connection, [share.position for share in receipt.shares]).values()
        behind = list(shown) if posted else _behind(read.receipts, connection, on, query, rows[row], column)

    def rebuilt(kept: list[Entry]) -> Decimal:
        with apart(kept, ALL_VIEWS) as ledger:
            return Decimal(table_apart(read, ledger, counted(on, len(kept)), query, {}).get(row, {}).get(column) or 0)

    assert rebuilt(list(behind)) == Decimal(receipt.figure), receipt.cell
    for share in chance.sample(receipt.shares, min(4, len(receipt.shares))):
        figure = rebuilt([entry for entry in behind if entry.position != share.position])
        if figure == Decimal(receipt.figure):
            assert not posted
            assert share is not receipt.shares[-1], f"{receipt.cell} without fact {share.position}"
            before = sum((Decimal(one.share) for one in receipt.shares if one.position < share.position), Decimal())
            assert rebuilt([entry for entry in behind if entry.position < share.position]) == before


def test_an_altered_row_of_a_read_model_has_no_receipt(demo: Database, tmp_path: Path) -> None:
    shutil.copytree(demo.where, tmp_path / "altered")
    altered = Database(tmp_path / "altered")
    read = EXPLAINED["rent-roll"]
    rows = rows_of(read, asked(altered, read, "2026-06-30", "now"))
    name = next(name for name, row in rows.items() if name.startswith("UNIT:") and row["lease"] is None)
    cell = f"{name}/area_m2"
    assert asked(altered, read, "2026-06-30", "now", explain=cell).data.ties
    altered.close()
    with sqlite3.connect(tmp_path / "altered" / "projections.db") as rewritten:
        rewritten.execute("UPDATE unit_timeline SET area_dm2 = area_dm2 + 100 WHERE unit = ?", (rows[name]["unit"],))
    rewritten.close()
    receipt = asked(altered, read, "2026-06-30", "now", explain=cell).data
    assert not receipt.ties
    assert Decimal(receipt.figure) == Decimal(receipt.total) + 1
    altered.close()


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("nothing", "is not a row, a stroke and a column, as UNIT:"),
        ("UNIT:nosuch/passing_month", "there is no row 'UNIT:nosuch' in this report; there are, for example, "),
        ("TOTAL/passing", "no column 'passing' in this report has receipts; there are, for example, passing_year"),
    ],
)
def test_a_cell_that_is_not_there_is_said(demo: Database, cell: str, said: str) -> None:
    with pytest.raises(Problem) as problem:
        asked(demo, EXPLAINED["rent-roll"], "2026-06-30", "now", explain=cell)
    assert problem.value.code == "parameter-invalid"
    assert said in problem.value.detail


def test_of_very_many_facts_some_are_listed_and_all_are_summed(demo: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projections.engine.receipts.LISTED", 5)
    read, cell = EXPLAINED["trial-balance"], "ACCOUNT:bank/closing"
    listed: list[Decimal] = []
    receipt = asked(demo, read, "2026-06-30", "now", explain=cell).data
    while receipt.shares:
        assert receipt.ties
        listed += [Decimal(share.share) for share in receipt.shares]
        after = receipt.shares[-1].position
        receipt = asked(demo, read, "2026-06-30", "now", explain=cell, after_share=after).data
    assert len(listed) == receipt.facts
    assert sum(listed) == Decimal(receipt.figure)


VERY_MANY = {
    "trial-balance": ("bank/closing", "rent/closing", "retained-earnings/closing", "bank/debit"),
    "revenue": ("TOTAL/journals", "STREAM:RENT/journals", "STREAM:ENERGY/journals"),
}


@pytest.mark.parametrize(("name", "cell"), [(name, cell) for name, cells in VERY_MANY.items() for cell in cells])
def test_a_sum_of_very_many_lines_is_followed_by_days_to_the_same_facts(
    demo: Database, monkeypatch: pytest.MonkeyPatch, name: str, cell: str
) -> None:
    read, effective, cell = EXPLAINED[name], "2026-06-30", cell if name == "revenue" else f"ACCOUNT:{cell}"
    shares = {share.position: Decimal(share.share) for share in _all_shares(demo, read, effective, cell)}
    monkeypatch.setattr("api.receipts.books.MANY", 100 if name == "trial-balance" else 3)
    found: defaultdict[int, Decimal] = defaultdict(Decimal)
    followed, waiting = 0, [(cell, {"effective": effective}, 1, str(sum(shares.values())))]
    while waiting:
        named, days, sign, figure = waiting.pop()
        query = convert({"recorded": "now", **days, "explain": named}, read.query, strict=False)
        receipt = look_up(SETTINGS, demo, read, query, {})[1].data
        _check(receipt, f"{named} {days}")
        assert Decimal(receipt.figure) == Decimal(figure)
        for share in receipt.shares:
            found[share.position] += sign * Decimal(share.share or 0)
        followed += 1
        for part in receipt.sides:
            of_days = dict(parse_qsl((part.report or "").partition("?")[2])) or days
            lessens = part.cell.endswith("/credit") and not named.endswith("/credit")
            waiting.append((part.cell, of_days, -sign if lessens else sign, part.figure))
    assert followed > 3
    assert {position: share for position, share in found.items() if share} == shares


def _all_shares(database: Database, read: Read[Any], effective: str, cell: str) -> Iterator[Any]:
    """The shares of a receipt, fact by fact, page by page; the first fact posts nothing."""
    receipt = asked(database, read, effective, "now", explain=cell, after_share=1).data
    while receipt.shares:
        yield from receipt.shares
        after = receipt.shares[-1].position
        receipt = asked(database, read, effective, "now", explain=cell, after_share=after).data


def test_a_receipt_is_json_and_belongs_to_the_same_basis(demo: Database) -> None:
    read = EXPLAINED["rent-roll"]
    query = read.query(effective="2026-06-30", recorded="1000")
    basis, _ = look_up(SETTINGS, demo, read, query, {})
    explained, found = look_up(SETTINGS, demo, read, replace(query, explain="TOTAL/passing_month"), {})
    assert explained == basis
    assert found.data.cell == "TOTAL/passing_month"
