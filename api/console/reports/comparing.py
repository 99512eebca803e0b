"""A report on two bases: every figure that differs, step by step from what was reported to what is known.

routes     /desk/reports/NAME/compare?against=…, one of its figures with …&cell=…
adds_up    whether the steps of a figure come to what it is

The steps are worked out as api/http/comparing.py says, the same as over HTTP and by `mcsc compare`. Their sum is made
here, of what the page shows, and held against the figure of now.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from api.console.pages import CARRIED, HOME, Made, Page, View, Visit, address, page
from api.console.parts import Desk
from api.console.reports.pages import REPORTS, around, asked_for, cell_address, fields_of, only_first
from api.console.words.saying import named, worded
from api.console.words.unheaded import headed
from api.formats.tables import SUMS, WHOLES
from api.http.bridges.compared import STEPS
from api.http.comparing import CellBridge, ComparedCell, Comparison, Nearer
from api.http.deadlines import in_time
from api.http.parameters import parameter_invalid, shaped
from api.http.problems import Problem
from api.http.reading import Found, Read, explains
from ledger.log.database import Database
from ledger.log.store import read_head
from projections.engine.basis import Basis
from projections.engine.periods import periods

SHOWN = 120
"""Figures on a page of them."""
CLOSES = 6
"""Closes that are offered to compare with."""
FROM, OF = "from", "of"
"""Parameters of the page alone: after how many figures it begins; `every`: not the sums alone."""
OWN = {"cell", FROM, OF}
BASES = ("against", "against_effective", *CARRIED)
AS_CLOSED = re.compile(r"(close:\d{4}-\d{2})#(\d+)")
NAMES: Mapping[str, str] = {
    "passed": "Time passed",
    "new": "Recorded since, of later days",
    "late": "Recorded late",
    "corrections": "Corrections",
    "reversals": "Reversals",
}


class Line(Struct, frozen=True, kw_only=True):
    """A figure that differs. `row`, `column`: how people call it; `bridge`: where its facts are.

    before, now    where the receipts of both ends are
    steps          as figures, step by step; None where they are to be asked for
    adds_up        that the steps shown come from the one end to the other; None of words
    """

    row: str
    column: str
    cell: ComparedCell
    bridge: str
    before: str | None
    now: str | None
    steps: Sequence[str] | None
    adds_up: bool | None


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """The one of comparing."""
    return [page(desk, f"{REPORTS}/{{report:str}}/compare", "compare", _compare)]


async def _compare(visit: Visit) -> Made:
    name, read = asked_for(visit)
    if read.receipts is None or read.report is None:
        raise Problem("not-found", visit.say("{report} is not compared: its rows are facts.", report=name))
    closes = await in_time(_closes, visit.desk.database)
    filters = {key: value for key, value in visit.asked.items() if key not in {*OWN, *BASES, "wait"}}
    back = {key: value for key, value in visit.pairs if key not in {"cell", "after_share"}}
    values: dict[str, Any] = {
        "name": name,
        "back": address(f"{REPORTS}/{name}/compare", back),
        "fields": list(fields_of(visit, read)),
        "choices": list(_choices(name, closes, filters)),
        "wrong": None,
        "found": None,
        "bridge": None,
        "cell_named": visit.asked.get("cell"),
    }
    made = Page(template="compare.html", title="", section=name, values=values)
    made.title = visit.say("Compare: {report}", report=named(visit.language, name))
    report = address(f"{REPORTS}/{name}", {**visit.carried, **filters})
    made.crumbs = [(visit.say("City"), HOME), (visit.say("Reports"), REPORTS), (named(visit.language, name), report)]
    if "against" not in visit.asked:
        return made
    try:
        await _fill(visit, name, read, made, filters)
    except Problem as problem:
        if problem.status not in (400, 404):
            raise
        made.status, values["wrong"] = problem.status, problem
    return made


async def _fill(visit: Visit, name: str, read: Read[Any], made: Page, filters: Mapping[str, str]) -> None:
    """Compare, and put what was found on the page. Raises Problem."""
    query = shaped([pair for pair in visit.pairs if pair[0] not in OWN], read.query)
    if explains(query):
        raise parameter_invalid("explain", "a page of the desk names a figure as its cell")
    basis, found = await visit.desk.reader.receipt(
        read, msgspec.structs.replace(query, explain=visit.asked.get("cell"))
    )
    assert isinstance(basis, Basis), "what is compared stands on two dates"
    made.view = await around(visit, read, basis)
    plain = msgspec.structs.replace(query, against=None, against_effective=None, effective=str(basis.effective))
    _, table = await visit.desk.reader.find(read, only_first(read, plain), {})
    line = _liner(visit, name, read, table, made.view, found.data.against)
    values: dict[str, Any] = {**made.values, "then": found.data.against, "now": basis, "names": NAMES}
    if isinstance(found.data, CellBridge):
        made.values = {**values, **_of_one(visit, found.data, line)}
    else:
        asked = {"against": str(found.data.against.recorded), "against_effective": str(found.data.against.effective)}
        asked |= {"effective": str(basis.effective), "recorded": str(basis.recorded), **filters}
        made.values = {**values, **_of_all(visit, name, found, line, asked)}


def _of_all(
    visit: Visit, name: str, found: Found, line: Callable[[ComparedCell], Line], asked: Mapping[str, str]
) -> dict[str, Any]:
    """The figures that differ: the sums alone where they are very many, a page of them."""
    compared: Comparison = found.data
    sums = [cell for cell in compared.cells if _section(cell) in SUMS | WHOLES]
    only_sums = bool(sums) and len(compared.cells) > SHOWN and visit.asked.get(OF) != "every"
    cells = sums if only_sums else compared.cells
    written = visit.asked.get(FROM, "0")
    first = int(written) if written.isdecimal() and int(written) < len(cells) else 0
    here = f"{REPORTS}/{name}/compare"
    every = {} if only_sums else {OF: "every"}
    return {
        "found": compared,
        "lines": [line(cell) for cell in cells[first : first + SHOWN]],
        "steps": _steps(cells),
        "left_out": len(compared.cells) - len(cells),
        "every": address(here, {**asked, OF: "every"}),
        "more": address(here, {**asked, **every, FROM: first + SHOWN}) if len(cells) > first + SHOWN else None,
        "exports": {form: address(f"{REPORTS}/{name}/export/{form}", asked) for form in ("xlsx", "csv", "json")},
    }


def _of_one(visit: Visit, bridge: CellBridge, line: Callable[[ComparedCell], Line]) -> dict[str, Any]:
    """One figure: its steps, each with its facts, and the figures that it rests on."""
    here = visit.request.scope["path"]
    last = bridge.moved[-1].position if len(bridge.moved) < bridge.facts and bridge.moved else None
    return {
        "bridge": bridge,
        "line": line(bridge.cell),
        "lines": [line(cell) for cell in bridge.cells],
        "steps": _steps([bridge.cell, *bridge.cells]),
        "by_step": {step: [one for one in bridge.moved if one.step == step] for step in STEPS},
        "nearer": [(one, address(here, {**visit.asked, **_asks(one)})) for one in bridge.nearer],
        "by_days": bridge.by_days if Decimal(bridge.by_days or 0) else None,
        "next": last and address(here, {**visit.asked, "after_share": last}),
    }


def _asks(nearer: Nearer) -> dict[str, str]:
    """The two bases of a stretch, as they are asked for."""
    return {name: str(getattr(nearer, name)) for name in ("against", "against_effective", "recorded", "effective")}


def _section(cell: ComparedCell) -> str:
    return re.split("[:/]", cell.cell, maxsplit=1)[0]


def _steps(cells: Sequence[ComparedCell]) -> list[str]:
    """The steps that moved something; late records, corrections and reversals always."""
    moved = {step for cell in cells if cell.steps for step in STEPS if Decimal(getattr(cell.steps, step))}
    return [step for step in STEPS if step in moved | {"late", "corrections", "reversals"}]


def _liner(
    visit: Visit, name: str, read: Read[Any], table: Found, view: View, then: Basis
) -> Callable[[ComparedCell], Line]:
    """Make lines of a comparison: with the names of figures, and where they lead."""
    assert read.report is not None, "the desk has reports only"
    headings = read.report.sheet(table.answer).columns.headings
    earlier = View(basis=then, known=view.known, today=view.today, closed=view.closed)
    filters = {key: value for key, value in visit.asked.items() if key not in {*OWN, *BASES, "after_share"}}
    here, bases = f"{REPORTS}/{name}/compare", {key: visit.asked[key] for key in BASES if key in visit.asked}

    def line(cell: ComparedCell) -> Line:
        row, _, column = cell.cell.rpartition("/")
        section, _, keys = row.partition(":") if ":" in row and row.partition(":")[0].isupper() else (row, "", "")
        words = " · ".join(worded(visit.language, word) for word in (section, keys) if word)
        steps = None if cell.steps is None else [getattr(cell.steps, step) for step in STEPS]
        return Line(
            row=words,
            column=headed(visit.language, headings, column),
            cell=cell,
            bridge=address(here, {**bases, **filters, "cell": cell.cell}),
            before=cell.before and cell_address(name, cell.cell, earlier, filters),
            now=cell.now and cell_address(name, cell.cell, view, filters),
            steps=steps,
            adds_up=adds_up(cell),
        )

    return line


def adds_up(cell: ComparedCell) -> bool | None:
    """Tell whether what it was and every step come to what it is; None of words, and where no steps are there."""
    if cell.steps is None:
        return None
    steps = sum(Decimal(getattr(cell.steps, step)) for step in STEPS)
    return Decimal(cell.before or 0) + steps == Decimal(cell.now or 0)


def _choices(report: str, closes: Sequence[str], filters: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The names of comparisons that people want most, with their addresses: each close with now, or the one before."""
    here = f"{REPORTS}/{report}/compare"
    for close in closes:
        yield f"{close} → now", address(here, {"against": close, **filters})
        again = AS_CLOSED.fullmatch(close)
        if again and int(again[2]) > 1:
            earlier = f"{again[1]}#{int(again[2]) - 1}"
            yield f"{earlier} → #{again[2]}", address(here, {"against": earlier, "recorded": close, **filters})


def _closes(database: Database) -> list[str]:
    """The names of the latest closes, those of the latest month first."""
    with database.views.connect() as connection:
        rows = periods(connection, read_head(connection).size)
    return [close.name for row in reversed(rows) for close in reversed(row.closes)][:CLOSES]
