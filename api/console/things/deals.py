"""The pages of deals: a lease, an order, an offtake agreement, an investment agreement.

routes    /desk/leases/LEASE, /desk/orders/ORDER, /desk/offtakes/AGREEMENT, /desk/investments/AGREEMENT

Each says how far the deal is, what its terms say and who set each field, what every version changed, and its facts.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar.handlers import HTTPRouteHandler

from api.console.pages import Made, View, Visit
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
    terms_tables,
    thing_page,
)
from api.console.words.saying import heading
from api.http.problems import Problem
from api.http.receipts import rows_of
from api.routes import investment, leases, offtake, orders
from ledger.decider import standing
from ledger.log.envelope import Entry
from ledger.offtake.account import BECAME
from ledger.offtake.charges.facts import TerminationPaymentProposed
from ledger.values.money import written

READS = reads_by_name(leases.READS, orders.READS, offtake.READS, investment.READS)


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Those of deals."""
    return [
        thing_page(desk, f"{PLACES['lease']}/{{lease:str}}", "lease", _lease),
        thing_page(desk, f"{PLACES['order']}/{{order:str}}", "order", _order),
        thing_page(desk, f"{PLACES['offtake']}/{{agreement:str}}", "offtake", _offtake),
        thing_page(desk, f"{PLACES['investment']}/{{agreement:str}}", "investment", _investment),
    ]


def _named(visit: Visit, kind: str) -> str:
    return str(visit.request.scope["path_params"][kind])


def _about(visit: Visit, row: Any, fields: Sequence[str]) -> list[tuple[str, Cell]]:
    """Say in words what a row says."""
    return [(named(visit, one), code(visit, getattr(row, one))) for one in fields if getattr(row, one)]


async def _deal(visit: Visit, kind: str, name: str, view: View, about: Sequence[tuple[str, Cell]], **more: Any) -> Made:
    """The page of a deal: its own tables, then its terms, then its facts."""
    entries = await facts_of(visit, view, f"{kind}:{name}")
    own: Sequence[Table] = more.pop("tables", ())
    tables = [*own, *terms_tables(visit, entries)]
    title = f"{visit.say(TITLES[kind])} {name}"
    thing = Thing(
        kind=kind, name=name, title=title, tag=f"{kind}:{name}", view=view, about=about, tables=tables, **more
    )
    thing.facts = entries
    return await shown(visit, thing)


TITLES: Mapping[str, str] = {
    "lease": "Lease",
    "order": "Equipment order",
    "offtake": "Offtake agreement",
    "investment": "Investment agreement",
}


async def _lease(visit: Visit) -> Made:
    name = _named(visit, "lease")
    view, row = await find(visit, READS["read-lease"], {"lease": name})
    company = (named(visit, "company"), link(visit, "company", row.company))
    fields = ("state", "since", "commencement_on", "ends_on", "executed_on", "terminated_on", "holdover_from")
    by = ("drafted_by", "submitted_by", "approved_by")
    about = [company, *_about(visit, row, fields), *_about(visit, row, by)]
    if row.successor:
        about.append((named(visit, "successor"), link(visit, "lease", row.successor)))
    held = Table(
        title=visit.say("Units held"),
        headings=[(visit.say(one), False) for one in ("Unit", "From", "Until")],
        rows=[
            [link(visit, "unit", one.unit), Cell(str(one.from_on)), Cell(str(one.until_on or visit.say("until ended")))]
            for one in row.lettings
        ],
        empty=visit.say("It holds no unit: it is not executed."),
    )
    return await _deal(visit, "lease", name, view, about, tables=[held, await roll_table(visit, view, "lease", name)])


async def _reported(visit: Visit, view: View, report: str, title: str, column: str, name: str) -> Table:
    """The rows of a report about a deal, with headings as there, each figure with its receipt."""
    read = visit.desk.reads[report]
    found = await on_view(visit, read, view)
    assert read.report is not None, "the desk has reports only"
    assert read.receipts is not None, "whose figures have receipts"
    above = read.report.sheet(found.answer).columns.headings
    rows = [(key, row) for key, row in rows_of(read, found, **{column: name}).items() if ":" in key]
    columns = [one for one in above if any(row.get(one) is not None for _, row in rows) and one != column]
    figures = {one for one in columns if one in read.receipts.units}
    explained = figures | {*read.receipts.words}

    def cell(key: str, row: Mapping[str, Any], one: str) -> Cell:
        to = cell_address(report, f"{key}/{one}", view, {}) if one in explained and row.get(one) is not None else None
        if one in figures:
            return amount(row.get(one), to)
        if one == columns[0] and row.get(one) is None:
            return Cell(visit.say("Total"))
        return Cell(code(visit, row.get(one)).text, to)

    return Table(
        title=visit.say(title),
        headings=[(heading(visit.language, above[one]), one in figures) for one in columns],
        rows=[[cell(key, row, one) for one in columns] for key, row in rows],
        empty=visit.say("Nothing is on record here, on this basis."),
    )


async def _order(visit: Visit) -> Made:
    name = _named(visit, "order")
    view, row = await find(visit, READS["read-order"], {"order": name})
    about = [
        (named(visit, "supplier"), link(visit, "company", row.supplier)),
        (named(visit, "buyer"), link(visit, "company", row.buyer)),
        *_about(visit, row, ("state", "since", "role", "currency", "valid_until", "warranty_until", "cancelled_on")),
    ]
    texts = ("milestone", "trigger", "invoice", "due_on", "paid_on")
    milestones = Table(
        title=visit.say("Milestones"),
        headings=[(named(visit, one), False) for one in texts]
        + [(named(visit, one), True) for one in ("percent", "amount", "paid")],
        rows=[
            [
                *(code(visit, getattr(one, field)) for field in texts),
                Cell(one.percent, number=True),
                amount(one.amount),
                amount(one.paid),
            ]
            for one in row.milestones
        ],
        note=row.currency,
        empty=visit.say("No milestone is agreed."),
    )
    book = await _reported(visit, view, "order-book", "In the order book", "order", name)
    stock = await _reported(visit, view, "inventory", "In the inventory", "order", name)
    return await _deal(visit, "order", name, view, about, tables=[book, milestones, stock])


async def _offtake(visit: Visit) -> Made:
    name = _named(visit, "agreement")
    view, rows = await find(visit, READS["list-offtakes"], {}, agreement=name)
    if not rows:
        raise Problem("not-found", visit.say("No offtake agreement {name} is known on this basis.", name=name))
    row = rows[0]
    about = _about(visit, row, ("state", "role", "commercial_on", "ended_on"))
    if row.buyer:
        about.insert(0, (named(visit, "buyer"), link(visit, "company", row.buyer)))
    tables = [
        await _reported(visit, view, "offtake-shortfall", "Contract years", "agreement", name),
        await _reported(visit, view, "energy", "Months", "agreement", name),
        await _reported(visit, view, "green-certificates", "Green certificates", "agreement", name),
    ]
    payments = termination_payments(await facts_of(visit, view, f"offtake:{name}"))
    if payments:
        tables.insert(0, _on_termination(visit, payments))
    return await _deal(visit, "offtake", name, view, about, tables=tables)


def termination_payments(entries: Sequence[Entry]) -> list[tuple[TerminationPaymentProposed, str, Entry]]:
    """List the payments on termination of an agreement from its facts: what was proposed, what is the latest of it, and
    the fact that says so."""
    asked: dict[str, TerminationPaymentProposed] = {}
    latest: dict[str, tuple[str, Entry]] = {}
    for entry in standing(entries, lambda one: one.fact):
        fact: Any = entry.fact
        if type(fact) not in BECAME:
            continue
        if isinstance(fact, TerminationPaymentProposed):
            asked[fact.termination_payment] = fact
        latest[fact.termination_payment] = BECAME[type(fact)].upper(), entry
    return [(asked[name], *latest[name]) for name in asked]


def _on_termination(visit: Visit, payments: Sequence[tuple[TerminationPaymentProposed, str, Entry]]) -> Table:
    texts, last = ("termination_payment", "owed_by", "clause"), ("state", "due_on")
    return Table(
        title=visit.say("Payments on termination"),
        headings=[
            *((named(visit, one), False) for one in (*texts, *last)),
            *((named(visit, one), True) for one in ("net", "vat_rate")),
            (visit.say("Fact"), False),
        ],
        rows=[
            [
                *(code(visit, getattr(asked, field)) for field in texts),
                code(visit, state),
                code(visit, getattr(entry.fact, "due_on", asked.due_on)),
                amount(written(asked.net_minor)),
                Cell(asked.vat_rate, number=True),
                fact_link(visit, entry),
            ]
            for asked, state, entry in payments
        ],
        empty="",
    )


async def _investment(visit: Visit) -> Made:
    name = _named(visit, "agreement")
    view, found = await find(visit, READS["read-investment-agreement"], {"agreement": name})
    row = found.row
    about = [
        (named(visit, "company"), link(visit, "company", row.company, row.name)),
        *_about(visit, row, ("state", "signed_on", "currency", "origin")),
    ]
    money = await _reported(visit, view, "investment", "In the investment report", "agreement", name)
    texts = ("covenant", "metric", "test_on", "target", "actual", "result")
    tests = Table(
        title=visit.say("Covenants tested"),
        headings=[(named(visit, one), False) for one in texts],
        rows=[[code(visit, getattr(one, field)) for field in texts] for one in found.tests],
        empty=visit.say("No covenant was tested yet."),
    )
    kept = ("contribution", "kind", "value_on", "currency")
    paid = Table(
        title=visit.say("Contributions"),
        headings=[(named(visit, one), False) for one in kept]
        + [(visit.say("Recorded"), True), (visit.say("Left, CNY"), True)],
        rows=[
            [*(code(visit, getattr(one, field)) for field in kept), amount(one.recorded), amount(one.left_cny)]
            for one in found.contributions
        ],
        empty=visit.say("Nothing was contributed yet."),
    )
    return await _deal(visit, "investment", name, view, about, tables=[money, paid, tests])
