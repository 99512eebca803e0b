"""The first page: how the city stands, what waits, what was recorded last.

routes    /desk
FIGURES   what it shows, each a cell of a report: so each has a receipt
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from api.console.agenda.telling import gist
from api.console.audit import VERIFY
from api.console.pages import HOME, Made, Page, View, Visit, address, page
from api.console.parts import Desk
from api.console.reports.charts import PLANS, Chart, drawn
from api.console.reports.linked import linked
from api.console.reports.pages import REPORTS, cell_address, compare_address, look
from api.console.reports.unknown import unknown_leases
from api.console.things.links import of_tag
from api.console.things.showing import on_view
from api.console.things.site import plan
from api.formats.sheets import figure
from api.http.deadlines import in_time
from api.http.parameters import shaped
from api.http.reading import BasisQuery
from api.http.receipts import rows_of
from api.routes.audit import HISTORY
from ledger.decider import stored_name
from ledger.log.database import Database
from ledger.log.envelope import Entry
from projections.engine.basis import Basis
from projections.receivables.ageing import overdue

EXPIRY = "lease-expiry"
LATEST, LOOKED_THROUGH = 8, 200
OF_THE_HOUSE = ("access.", "log.", "period.")
"""How kinds of facts begin that are about the ledger and its people: the first page shows deals."""


class Figure(Struct, frozen=True):
    """A figure of the first page: a cell of a report. `this_year`: of the year so far, by this parameter."""

    label: str
    report: str
    cell: str
    unit: str
    beside: str
    this_year: str | None = None


FIGURES = (
    Figure("Occupancy", "occupancy", "TOTAL/committed_percent", "%", "of lettable area, committed"),
    Figure("Passing rent a month", "rent-roll", "TOTAL/passing_month", "", "CNY, excluding VAT"),
    Figure("Receivables overdue", "receivables-ageing", "TOTAL/overdue", "", "CNY, balance at the date"),
    Figure("Orders still to come", "order-book", "TOTAL/backlog_cny", "", "CNY, backlog at the date"),
    Figure("Energy delivered in {year}", "energy", "TOTAL/delivered_kwh", "", "kWh, latest runs", "from_month"),
)


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """The first page."""
    return [page(desk, HOME, "city", _city)]


async def _city(visit: Visit) -> Made:
    basis = shaped(visit.pairs, BasisQuery)
    occupied = visit.desk.reads["occupancy"]
    view, occupancy = await look(visit, occupied, occupied.query(**_asked(basis)))
    after = max(view.basis.recorded - LOOKED_THROUGH, 0)
    recent = HISTORY.query(recorded=str(view.basis.recorded), after=after, limit=LOOKED_THROUGH)
    waiting = visit.desk.reads["proposals"]
    drawing, beside, roll = await plan(visit, view)
    known = {
        "occupancy": rows_of(occupied, occupancy, section="TOTAL"),
        "rent-roll": roll,
        "receivables-ageing": {"TOTAL": {"overdue": await in_time(_overdue, visit.desk.database, view)}},
    }
    shown = await asyncio.gather(*(_figure(visit, one, view, known) for one in FIGURES))
    _, proposals = await visit.desk.reader.find(waiting, waiting.query(recorded=str(view.basis.recorded)), {})
    _, facts = await visit.desk.reader.find(HISTORY, recent, {})
    return Page(
        template="city.html",
        title=visit.say("City"),
        section="city",
        view=view,
        values={
            "figures": shown,
            "plan": drawing,
            "chart": await _expiry(visit, view),
            "beside": beside,
            "unknown": await unknown_leases(visit, view),
            "compare": compare_address("rent-roll", view, {}) if view.later else None,
            "waiting": proposals.rows,
            "gist": partial(gist, visit.language),
            "facts": latest(facts.rows or ()),
            "place": of_tag,
            "tries": _tries(view),
            "year": _day(view).year,
        },
    )


async def _expiry(visit: Visit, view: View) -> Chart | None:
    """The rent that comes free year by year, each column with its receipt; None where nothing is let."""
    read, plan_of = visit.desk.reads[EXPIRY], PLANS[EXPIRY]
    assert read.report is not None, "it is a report"
    found = await on_view(visit, read, view)
    sheet = read.report.sheet(found.answer)
    rows = linked(read, sheet, found.answer, EXPIRY, needed=plan_of.sections)
    return drawn(plan_of, sheet, rows, lambda cell: cell_address(EXPIRY, cell, view, {}), visit.language)


def latest(entries: Sequence[Entry]) -> list[Entry]:
    """The latest facts of deals first; where there are none, of anything."""
    deals = [one for one in entries if not stored_name(type(one.fact)).startswith(OF_THE_HOUSE)]
    return list(reversed((deals or entries)[-LATEST:]))


def _asked(basis: BasisQuery) -> dict[str, Any]:
    return {"effective": basis.effective, "recorded": basis.recorded, "wait": basis.wait}


def _day(view: View) -> date:
    assert view.basis.effective is not None, "reports stand on a date"
    return view.basis.effective


def _overdue(database: Database, view: View) -> str:
    """The total that is overdue of what tenants owe, as the ageing has it."""
    assert isinstance(view.basis, Basis), "the city stands on two dates"
    with database.views.connect() as connection:
        return overdue(connection, view.basis)


async def _figure(
    visit: Visit, one: Figure, view: View, known: Mapping[str, Mapping[str, Mapping[str, Any]]]
) -> Mapping[str, Any]:
    """A figure with where its receipt is. `known`: rows of reports that were asked already, by report and name."""
    filters = {one.this_year: f"{_day(view).year}-01"} if one.this_year else {}
    row, _, column = one.cell.rpartition("/")
    rows = known.get(one.report)
    if rows is None:
        read = visit.desk.reads[one.report]
        rows = rows_of(read, await on_view(visit, read, view, **filters), section=row.partition(":")[0])
    value = rows.get(row, {}).get(column)
    return {
        "label": visit.say(one.label, year=_day(view).year),
        "figure": figure(value) or "–",
        "unit": one.unit,
        "beside": visit.say(one.beside),
        "receipt": cell_address(one.report, one.cell, view, filters) if value is not None else None,
        "report": address(f"{REPORTS}/{one.report}", {**visit.carried, **filters}),
    }


def _tries(view: View) -> Mapping[str, str]:
    """Find the addresses of the three things to try."""
    if view.closed:
        then = {"effective": view.closed, "recorded": f"close:{view.closed}"}
    else:
        then = {"effective": f"{_day(view).year - 1}-12"}
    return {
        "receipt": cell_address("rent-roll", "TOTAL/passing_month", view, {}),
        "past": address(f"{REPORTS}/rent-roll", then),
        "verify": VERIFY,
    }
