"""A company's page: its leases and deals, what is owed to it, its statement of account, deposits apart.

routes    /desk/companies/COMPANY
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from litestar.handlers import HTTPRouteHandler

from api.bookkeeping import payables
from api.console.pages import Made, View, Visit, address
from api.console.papers import PAPERS
from api.console.parts import Desk
from api.console.reports.pages import cell_address
from api.console.things.links import PLACES
from api.console.things.showing import (
    Cell,
    Table,
    Thing,
    amount,
    code,
    fact_link,
    facts_of,
    find,
    link,
    named,
    on_view,
    reads_by_name,
    roll_table,
    shown,
    thing_page,
)
from api.console.words.saying import heading
from api.http.deadlines import in_time
from api.http.reading import Read
from api.http.receipts import rows_of
from api.papers.account import Movement, movements
from api.routes import companies, investment, leases, offtake, orders
from api.routes.reports import contacts
from ledger.decider import stored_name
from ledger.log.database import Database
from ledger.log.envelope import Entry
from ledger.values.money import written
from projections.engine.basis import Basis
from projections.receivables.ageing import ageing_of

ASKED = (companies, leases, orders, investment, offtake, payables, contacts)
READS = reads_by_name(*(room.READS for room in ASKED))
AGEING, PAYABLE = "receivables-ageing", "payables-ageing"
OWED: Mapping[tuple[str, str], Mapping[str, str]] = {
    (AGEING, "TENANT"): {
        "total": "Owed on documents",
        "overdue": "Of that, past due",
        "unapplied": "Received and not yet applied",
    },
    (PAYABLE, "PARTY"): {"total": "Owed to it", "overdue": "Of what is owed to it, past due"},
}
"""A report and the section of it where a company has a row -> the columns that its page shows, in words."""
PAYABLES_MAX = 1000
MOVED_MAX = 200
"""Movements of an account that a page shows, the latest."""
OWING, HELD = "CNY; an amount in parentheses was received", "CNY; an amount in parentheses was used or paid back"
SHOWN = ("stage", "since", "origin", "country", "address", "uscc", "lei", "merged_into")


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """The one of companies."""
    return [thing_page(desk, f"{PLACES['company']}/{{company:str}}", "company", _show)]


async def _show(visit: Visit) -> Made:
    name = visit.request.scope["path_params"]["company"]
    view, row = await find(visit, READS["read-company"], {"company": name})
    entries = await facts_of(visit, view, f"company:{name}", f"tenant:{name}")
    others = await facts_of(visit, view, f"party:{name}", f"investor:{name}")
    about = [(named(visit, one), code(visit, getattr(row, one))) for one in SHOWN if getattr(row, one)]
    tables = [
        await _people(visit, view, name),
        await _leases(visit, view, name),
        await _orders(visit, view, name),
        await _investments(visit, view, name),
        await _offtakes(visit, view, name),
        await _payables(visit, view, name),
        await roll_table(visit, view, "tenant", name),
        *_account(visit, entries, name),
    ]
    said = " ".join(dict.fromkeys(part for part in (row.name, row.name_zh) if part)) or name
    papers = [(visit.say("Statement of account"), address(f"{PAPERS}/statement", {"name": name, **visit.carried}))]
    thing = Thing(
        kind="company",
        name=name,
        title=said,
        tag=f"company:{name}",
        view=view,
        about=[(named(visit, "company"), Cell(name)), *about],
        figures=await _owed(visit, view, name),
        tables=[table for table in tables if table.rows],
        papers=papers if any(stored_name(type(entry.fact)).startswith("billing.") for entry in entries) else (),
        facts=sorted({entry.position: entry for entry in (*entries, *others)}.values(), key=lambda one: one.position),
    )
    return await shown(visit, thing)


async def _owed(visit: Visit, view: View, name: str) -> list[tuple[str, str, str, str | None]]:
    """Its sums in the ageings of receivables and of payables, each with its receipt."""
    found: list[tuple[str, str, str, str | None]] = []
    for (report, section), texts in OWED.items():
        row: Mapping[str, Any]
        key = f"{section}:{name}"
        if report == AGEING:  # two thousand tenants are not asked for the sake of one
            row = await in_time(_aged, visit.desk.database, view, name)
        else:
            read = visit.desk.reads[report]
            row = rows_of(read, await on_view(visit, read, view), section=section).get(key, {})
        found += [
            (visit.say(text), amount(row[one]).text, "CNY", cell_address(report, f"{key}/{one}", view, {}))
            for one, text in texts.items()
            if row.get(one) is not None
        ]
    return found


def _aged(database: Database, view: View, name: str) -> dict[str, str]:
    """The row of a tenant in the ageing of receivables; nothing where it has none."""
    assert isinstance(view.basis, Basis), "a company stands on two dates"
    with database.views.connect() as connection:
        found = ageing_of(connection, view.basis, name)
    if found is None:
        return {}
    return {"total": found.open.total, "overdue": found.open.overdue, "unapplied": found.unapplied}


async def _list(visit: Visit, view: View, read: Read[Any], **asked: Any) -> Sequence[Any]:
    return (await on_view(visit, read, view, **asked)).rows or ()


async def _people(visit: Visit, view: View, name: str) -> Table:
    """The people there, for whoever deals with them; who was erased, since when."""
    read, fields = READS["report-contacts"], ("name", "job", "phone", "email")
    sees = visit.visitor is not None and visit.visitor.role in read.roles
    return Table(
        title=visit.say("People at companies"),
        headings=[
            (heading(visit.language, text), False) for text in contacts.SHOWN.headings.values() if text != "company"
        ],
        rows=[
            [
                Cell(str(row.contact)),
                *(Cell(getattr(row, field) or "") for field in fields),
                Cell(str(row.since)),
                code(visit, row.status),
                Cell(str(row.erased_on or "")),
            ]
            for row in (await _list(visit, view, read, company=name) if sees else ())
        ],
    )


async def _leases(visit: Visit, view: View, name: str) -> Table:
    fields = ("state", "commencement_on", "ends_on")
    return Table(
        title=visit.say("Leases"),
        headings=[(named(visit, one), False) for one in ("lease", *fields, "unit")],
        rows=[
            [
                link(visit, "lease", row.lease),
                *(code(visit, getattr(row, field)) for field in fields),
                Cell(row.units),
            ]
            for row in await _list(visit, view, READS["list-leases"], company=name)
        ],
    )


async def _orders(visit: Visit, view: View, name: str) -> Table:
    return Table(
        title=visit.say("Equipment orders"),
        headings=[(named(visit, one), False) for one in ("order", "supplier", "buyer", "state")]
        + [(named(visit, "value"), True), (named(visit, "currency"), False)],
        rows=[
            [
                link(visit, "order", row.order),
                link(visit, "company", row.supplier),
                link(visit, "company", row.buyer),
                code(visit, row.state),
                amount(row.value, cell_address("order-book", f"ORDER:{row.order}/value", view, {})),
                Cell(row.currency),
            ]
            for row in await _list(visit, view, READS["list-orders"], company=name)
        ],
    )


async def _investments(visit: Visit, view: View, name: str) -> Table:
    def cell(row: Any, column: str) -> Cell:
        to = cell_address("investment", f"AGREEMENT:{row.agreement}/{column}", view, {})
        return amount(getattr(row, column), to)

    return Table(
        title=visit.say("Investment agreements"),
        headings=[(named(visit, one), False) for one in ("agreement", "state")]
        + [(visit.say(one), True) for one in ("contracted", "paid in")]
        + [(named(visit, "currency"), False)],
        rows=[
            [
                link(visit, "investment", row.agreement),
                code(visit, row.state),
                cell(row, "contracted"),
                cell(row, "paid_in"),
                Cell(row.currency),
            ]
            for row in await _list(visit, view, READS["list-investment-agreements"], company=name)
        ],
    )


async def _offtakes(visit: Visit, view: View, name: str) -> Table:
    fields = ("state", "role", "commercial_on", "ended_on")
    return Table(
        title=visit.say("Offtake agreements"),
        headings=[(named(visit, one), False) for one in ("agreement", *fields)],
        rows=[
            [link(visit, "offtake", row.agreement), *(code(visit, getattr(row, field)) for field in fields)]
            for row in await _list(visit, view, READS["list-offtakes"])
            if row.buyer == name
        ],
    )


async def _payables(visit: Visit, view: View, name: str) -> Table:
    """What it invoiced, and what was paid of it, the latest first; what is open with its receipt."""
    found = await _list(visit, view, READS["list-payables"], company=name, limit=PAYABLES_MAX)
    latest = sorted(found, key=lambda row: (row.issued_on or date.min, row.last_position), reverse=True)[:MOVED_MAX]
    note = visit.say("in the currency of each document")
    if len(found) > len(latest):
        note += " · " + visit.say("the latest {count} of {all}", count=len(latest), all=len(found))
    words = [heading(visit.language, text) for text in ("document", "number")]
    words += [*(visit.say(text) for text in ("What", "Date", "Due")), named(visit, "currency")]
    figures = [(visit.say(text), True) for text in ("Invoiced", "Credited", "Paid", "Still owed")]
    return Table(
        title=visit.say("Payables to it"),
        headings=[*((text, False) for text in words), *figures],
        rows=[
            [
                Cell(row.document),
                Cell(row.number or ""),
                code(visit, row.kind),
                Cell(str(row.issued_on or "")),
                Cell(str(row.due_on or "")),
                Cell(row.currency),
                *(Cell(amount(one).text, number=True) for one in (row.gross, row.credited, row.paid)),
                amount(row.open, _of_payable(row, view)),
            ]
            for row in latest
        ],
        note=note,
    )


def _of_payable(row: Any, view: View) -> str | None:
    """The receipt of what is open of a payable; one that is settled stands in no report."""
    is_open = Decimal(row.open) or Decimal(row.open_cny)
    return cell_address(PAYABLE, f"DOCUMENT:{row.payable}/owed", view, {}) if is_open else None


# The account


def _account(visit: Visit, entries: Iterable[Entry], company: str) -> list[Table]:
    """List what moved the account, with the balance after each; the deposit of each lease apart."""
    by_position = {entry.position: entry for entry in entries}
    found = movements(by_position.values(), company)
    tables = [_moved(visit, visit.say("Statement of account"), visit.say(OWING), found.account, by_position)]
    for lease, moved in sorted(found.deposits.items()):
        title = visit.say("Deposit of lease {lease}", lease=lease)
        tables.append(_moved(visit, title, visit.say(HELD), moved, by_position))
    return tables


def _moved(visit: Visit, title: str, note: str, moved: Sequence[Movement], entries: dict[int, Entry]) -> Table:
    """Movements in the order of the books, the latest of very many, with a running balance."""
    balance, rows = 0, list[list[Cell]]()
    for one in moved:
        balance += one.moved_minor
        to = fact_link(visit, entries[one.position])
        rows.append(
            [
                Cell(str(one.on)),
                Cell(one.reference),
                Cell(one.kind.zh if visit.language == "zh" else one.kind.en),
                Cell(str(one.due_on or "")),
                amount(written(one.moved_minor), to.to),
                amount(written(balance), to.to),
                to,
            ]
        )
    if rows:
        rows.append([Cell(""), Cell(""), Cell(visit.say("Closing balance")), *[Cell("")] * 2, rows[-1][5], Cell("")])
    if len(rows) > MOVED_MAX:
        note += " · " + visit.say("the latest {count} of {all} movements", count=MOVED_MAX, all=len(rows))
    texts = (
        ("Date", False),
        ("Reference", False),
        ("What", False),
        ("Due", False),
        ("Amount", True),
        ("Balance", True),
    )
    headings = [(visit.say(text), number) for text, number in (*texts, ("Fact", False))]
    return Table(title=title, headings=headings, rows=rows[-MOVED_MAX:], note=note, whole=True)
