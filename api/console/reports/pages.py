"""Every report that there is, and the receipt of every figure.

routes        /desk/reports, /desk/reports/NAME, …/receipt?cell=…, …/export/FORM
look          a report asked on a page's basis, with what its time bar says; around: that alone
only_first    a report asked for no more than its first row
fields_of     the filters that people are offered
place_of      the row at which a page of many rows begins
cell_address  where the receipt of a figure is; compare_address: where a view is compared, of the past with now, of
              today with what the visitor asks for
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct
from msgspec import inspect as shapes

from api.console.pages import CARRIED, GROUPS, HOME, PAGED, Made, Page, View, Visit, address, page
from api.console.parts import Desk
from api.console.record.labels import row
from api.console.reports.charts import PLANS, Mark, columns, drawn, quarters
from api.console.reports.chosen import ALL, AT_FIRST, COLUMN, narrowed, shown_of
from api.console.reports.linked import CELLS, FOLDED, PORTION, UNASKED, Row, folded, linked, portion
from api.console.reports.unknown import unknown_leases
from api.console.reports.views import kept_by, unsaved
from api.console.reports.windows import windowed, without_groups
from api.console.things.links import thing_address
from api.console.words.saying import heading, named, worded
from api.console.words.unheaded import headed, in_words, measured
from api.evidence.serving import PROVERS
from api.formats.files import TABLE_FORMATS
from api.formats.sheets import WITH_JSON, Sheet, figure
from api.http.deadlines import in_time
from api.http.operations import JSON, not_allowed
from api.http.parameters import parameter_invalid, shaped
from api.http.problems import Problem
from api.http.reading import Found, LogBasis, Read, answered, compares, explains
from api.http.receipts import Part, Receipt
from ledger.log.database import Database
from ledger.log.store import read_head
from projections.engine.basis import Basis
from projections.engine.periods import periods
from projections.tenancy.occupancy import over_time

REPORTS = f"{HOME}/reports"
ROWS, FROM_ROW = "rows", "from_row"
"""The parameter of a page that has every row shown: `all`; that says at which row its part of many begins."""
OF_LEASES = GROUPS["Tenancy"]
"""Reports whose past views say which leases they did not know of."""
OVER_TIME = "occupancy"
"""The report whose chart shows its total on several days."""
FORMATS = {"json": JSON} | {form.name: form.media_type for form in TABLE_FORMATS}


class Field(Struct, frozen=True):
    """A filter of a report: its name and meaning, what was typed, and its choices, where there are only some."""

    name: str
    label: str
    meaning: str
    value: str
    choices: Sequence[tuple[str, str]]


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Those of the reports."""
    return [
        page(desk, REPORTS, "reports", _all),
        page(desk, f"{REPORTS}/{{report:str}}", "report", _report),
        page(desk, f"{REPORTS}/{{report:str}}/receipt", "receipt", _receipt),
        page(desk, f"{REPORTS}/{{report:str}}/export/{{form:str}}", "export", _export),
    ]


def asked_for(visit: Visit) -> tuple[str, Read[Any]]:
    """The report that the address names. Raises Problem."""
    name = visit.request.scope["path_params"]["report"]
    read = visit.desk.reads.get(name)
    if read is None:
        raise Problem("not-found", f"{name}: {', '.join(visit.reports)}")
    if visit.visitor is not None and visit.visitor.role not in read.roles:
        raise not_allowed(visit.visitor.role, read.roles)
    return name, read


async def look(visit: Visit, read: Read[Any], query: Any) -> tuple[View, Found]:
    """A report on its basis. Raises Problem."""
    reader = visit.desk.reader
    basis, found = await (reader.receipt(read, query) if explains(query) else reader.find(read, query, {}))
    return await around(visit, read, basis), found


async def around(visit: Visit, read: Read[Any], basis: Basis | LogBasis) -> View:
    """The basis of a report, beside today and all that is known."""
    known, closed = await in_time(_around, visit.desk.database)
    if not read.of_log:
        known = min(known, max(visit.desk.standing.position, basis.recorded))
    return View(basis=basis, known=known, today=visit.desk.settings.today().isoformat(), closed=closed)


def _around(database: Database) -> tuple[int, str | None]:
    """The latest position, and the latest month that is closed."""
    with database.views.connect() as connection:
        size = read_head(connection).size
        closed = [row.month for row in periods(connection, size) if row.state == "CLOSED"]
    return size, max(closed, default=None)


def pinned(view: View) -> dict[str, str]:
    """The parameters that say a basis for ever."""
    said = {"recorded": str(view.basis.recorded)}
    return said if view.basis.effective is None else {"effective": str(view.basis.effective), **said}


def cell_address(report: str, cell: str, view: View, asked: Mapping[str, str]) -> str:
    """The address of the receipt of a figure: of this report, so asked, on this basis."""
    filters = {name: value for name, value in asked.items() if name not in {*CARRIED, *PAGED, "wait"}}
    return address(f"{REPORTS}/{report}/receipt", {"cell": cell, **pinned(view), **filters})


def compare_address(report: str, view: View, asked: Mapping[str, str]) -> str:
    """The address at which a view is compared.

    What was not known yet is compared with what is known now of the same day; another day with today; today's view
    with a basis that the visitor is asked for.
    """
    filters = {name: value for name, value in asked.items() if name not in {*CARRIED, *PAGED, "wait"}}
    to, day = f"{REPORTS}/{report}/compare", str(view.basis.effective)
    if view.later:
        return address(to, {"against": view.basis.recorded, "effective": day, **filters})
    if day != view.today:
        then = {"against": view.basis.recorded, "against_effective": day}
        return address(to, {**then, "effective": view.today, **filters})
    return address(to, filters)


async def _all(visit: Visit) -> Made:
    helps = {name: at_desk(visit, read, read.report.help) for name, read in visit.desk.reads.items() if read.report}
    return Page(
        template="reports.html",
        title=visit.say("Reports"),
        section="reports",
        values={"helps": helps, "saved": kept_by(visit), "unsaved": partial(unsaved, visit)},
        crumbs=[(visit.say("City"), HOME)],
    )


async def _report(visit: Visit) -> Made:
    name, read = asked_for(visit)
    report = read.report
    assert report is not None, "the desk has reports only"
    nothing: dict[str, Any] = dict.fromkeys(("wrong", "more", "chart", "compare", "unknown"))
    values = {
        **nothing,
        "name": name,
        "help": at_desk(visit, read, report.help),
        "fields": list(fields_of(visit, read)),
        "twin": (),
    }
    values |= {"rows": (), "left_out": 0, "portion": None, "exports": {}, "chosen": (), "first": 0}
    values |= {"kept": _kept(visit), "unsaved": unsaved(visit, visit.beside.get("_name", ""))}
    made = Page(template="report.html", title="", section=name, values=values)
    made.crumbs = [(visit.say("City"), HOME), (visit.say("Reports"), REPORTS)]
    made.title = named(visit.language, name)
    try:
        query = shaped(_asked(visit), read.query)
        if explains(query) or compares(query):
            which = "explain" if explains(query) else "against"
            raise parameter_invalid(which, "a page of the desk shows the report itself: ask for JSON")
        made.view, found = await look(visit, read, query)
    except Problem as problem:
        if problem.status not in (400, 404):
            raise
        made.status = problem.status
        made.values = {**values, "wrong": problem}
        return made
    made.values = {**values, **_shown(visit, name, read, made.view, found)}
    made.values["unknown"] = await unknown_leases(visit, made.view) if name in OF_LEASES else None
    if name == OVER_TIME:
        made.values["twin"] = marks = await _over_time(visit, made.view)
        title, unit = "Occupancy, quarter by quarter", "% of lettable area, committed"
        made.values["chart"] = columns(title, unit, (), {day: (mark,) for day, mark in marks.items()})
    return made


def at_desk(visit: Visit, read: Read[Any], text: str) -> str:
    """A report's title or help in the visitor's language; options that it names are called as the filters here are."""

    def filtered(found: re.Match[str]) -> str:
        field = found[1].replace("-", "_")
        return f"“{heading(visit.language, field)}”" if field in read.query.__struct_fields__ else found[0]

    return re.sub(r"--([a-z][a-z-]*)", filtered, visit.say(text))


def _shown(visit: Visit, name: str, read: Read[Any], view: View, found: Found) -> dict[str, Any]:
    """Show what was found: the rows and columns, the chart over them, where else they are."""
    assert read.report is not None, "the desk has reports only"
    asked = dict(_asked(visit))
    here, every_column = f"{REPORTS}/{name}", {key: said for key, said in visit.pairs if not key.startswith(COLUMN)}
    basis = {key: said for key, said in {**asked, **pinned(view)}.items() if key not in PAGED}
    if name in AT_FIRST:
        every_column[ALL] = "1"
    part = _part(visit, name, read, found.answer)
    sheet, chosen, by_hand = part.sheet, part.chosen, part.by_hand
    columns_asked = {f"{COLUMN}{field}": "1" for field in chosen if by_hand}
    plan = PLANS.get(name)

    def receipt(cell: str) -> str:
        return cell_address(name, cell, view, asked)

    return {
        "sheet": sheet,
        "above": at_desk(visit, read, sheet.title),
        "rows": part.rows,
        "chosen": chosen,
        "first": len(chosen) if not by_hand else 0,
        "every_column": address(here, every_column),
        "left_out": part.left_out,
        "portion": {"first": part.first, "count": part.count} if len(part.rows) < part.count else None,
        "every": address(here, {**_from_the_first(visit), ROWS: "all"}),
        "receipt": receipt,
        "to": lambda kind, thing: thing_address(kind, thing, visit.carried),
        "compare": compare_address(name, view, asked) if read.receipts else None,
        "chart": plan and drawn(plan, sheet, part.every, receipt, visit.language),
        "more": _further(visit, here, basis, found, part.further),
        "exports": {
            form: address(f"{here}/export/{form}", {**basis, **({} if form == "json" else columns_asked)})
            for form in FORMATS
        },
    }


class Shown(Struct, frozen=True):
    """The part of a report that a page shows. `every`: all rows that were made, with all columns, for its chart.

    chosen, by_hand   the columns shown, none for all, and whether somebody chose them
    left_out          rows that are folded away; first, count: of those left the first that is shown, and how many
    further           the row at which the next part begins, where there is one
    """

    sheet: Sheet
    rows: Sequence[Row]
    every: Sequence[Row]
    chosen: Sequence[str]
    by_hand: bool
    left_out: int
    first: int
    count: int
    further: int | None


def _part(visit: Visit, name: str, read: Read[Any], answer: Any) -> Shown:
    """The rows of a report that a page shows; of very many only these are made, but for what sums up all."""
    assert read.report is not None, "the desk has reports only"
    whole, begin, plan = visit.asked.get(ROWS) == "all", place_of(visit.asked.get(FROM_ROW)), PLANS.get(name)
    bare = read.report.sheet(without_groups(name, answer))
    chosen, by_hand = shown_of(name, bare, visit.asked)
    each = min(PORTION, CELLS // len(chosen or bare.columns.headings))
    window = None if whole else windowed(name, answer, begin, each)
    if window is not None:
        sheet = read.report.sheet(window.answer)
        every = linked(read, sheet, window.answer, name, needed=plan.sections if plan else ())
        rows = folded(only_columns(every, sheet, chosen), most=0)
        end, count = begin + each, window.groups + sum(row.kind == "whole" for row in rows)
        further = end if each < window.groups and end < window.groups else None
        return Shown(sheet, rows, every, chosen, by_hand, window.single, begin + 1, count, further)
    sheet = read.report.sheet(answer)
    every = linked(read, sheet, answer, name, needed=None if whole else plan.sections if plan else ())
    rows = only_columns(every, sheet, chosen)
    kept = rows if whole else folded(rows)
    cells = sum(bool(cell.text) for row in kept for cell in row.cells)
    most = 2 * FOLDED if len(kept) == len(rows) and cells <= UNASKED else each
    shown, further = (kept, None) if whole else portion(kept, begin, most=most, each=each)
    return Shown(sheet, shown, every, chosen, by_hand, len(rows) - len(kept), begin + 1, len(kept), further)


def place_of(written: str | None) -> int:
    """The row that a portion begins at: the first one, unless a row is named."""
    return int(written) if written and written.isascii() and written.isdigit() and len(written) < 8 else 0


def _further(visit: Visit, here: str, basis: Mapping[str, Any], found: Found, row: int | None) -> str | None:
    """The address of what comes after the rows shown, on the same basis; None where nothing does."""
    after = (FROM_ROW, str(row)) if row is not None else found.next
    return after and address(here, {**_from_the_first(visit), **basis, after[0]: after[1]})


def _from_the_first(visit: Visit) -> dict[str, str]:
    """The parameters as they came, without the row that a portion begins at."""
    return {name: said for name, said in visit.asked.items() if name != FROM_ROW}


def _asked(visit: Visit) -> list[tuple[str, str]]:
    """The parameters that ask the report, without those that only say how much of it is shown."""
    return [
        (name, value) for name, value in visit.pairs if name not in (ROWS, FROM_ROW) and not name.startswith(COLUMN)
    ]


def _kept(visit: Visit) -> dict[str, str]:
    """The parameters that stay when the dates of a page are others: its filters and columns."""
    return {name: value for name, value in visit.pairs if name not in {*CARRIED, *PAGED, "wait"}}


def only_columns(rows: Sequence[Row], sheet: Sheet, chosen: Sequence[str]) -> Sequence[Row]:
    """The rows with the chosen columns alone, all where none is chosen; lines above others stay whole."""
    if not chosen:
        return rows
    places = [place for place, field in enumerate(sheet.columns.headings) if field in chosen]
    return [
        row if row.kind == "head" else Row(row.kind, [row.cells[place] for place in places if place < len(row.cells)])
        for row in rows
    ]


async def _over_time(visit: Visit, view: View) -> dict[str, Mark]:
    """The occupancy of the whole, on the last days of quarters, as recorded on the page's basis."""
    assert isinstance(view.basis, Basis), "a report of states"
    found = await in_time(_occupied, visit.desk.database, view.basis, quarters(view.basis.effective))
    marks = {}
    for day, value in found.items():
        if value is not None:
            basis = msgspec.structs.replace(view.basis, effective=day)
            on = View(basis=basis, known=view.known, today=view.today, closed=view.closed)
            to = cell_address(OVER_TIME, "TOTAL/committed_percent", on, dict(_asked(visit)))
            marks[day.isoformat()] = Mark(0, figure(value), to)
    return marks


def _occupied(database: Database, basis: Basis, days: Sequence[date]) -> dict[date, str | None]:
    with database.views.connect() as connection:
        return over_time(connection, basis, days)


def fields_of(visit: Visit, read: Read[Any]) -> Iterator[Field]:
    """The filters of a report, from the parameters of its query that people are offered."""
    assert read.report is not None, "the desk has reports only"
    kinds = {field.name: field.type for field in shapes.type_info(read.query).fields}  # type: ignore[attr-defined] # a Struct
    for name, meaning in read.report.options.items():
        if not meaning.startswith(WITH_JSON):
            choices = [(code, worded(visit.language, said)) for code, said in _choices(visit, kinds[name])]
            label = heading(visit.language, name.replace("_", " "))
            yield Field(name, label, visit.say(meaning), visit.asked.get(name, ""), choices)


def _choices(visit: Visit, kind: Any) -> Iterator[tuple[str, str]]:
    """The values of a parameter that takes only some, and how they are called."""
    match kind:
        case shapes.Metadata():
            yield from _choices(visit, kind.type)
        case shapes.UnionType():
            for one in kind.types:
                yield from _choices(visit, one)
        case shapes.LiteralType():
            yield from ((str(value), str(value)) for value in kind.values)
        case shapes.BoolType():
            yield from (("true", visit.say("yes")), ("false", visit.say("no")))


async def _export(visit: Visit) -> Made:
    _, read = asked_for(visit)
    media_type = FORMATS.get(visit.request.scope["path_params"]["form"])
    if media_type is None or (media_type != JSON and read.table is None):
        raise Problem("not-found", f"{', '.join(FORMATS)}")
    query, chosen = (
        shaped(_asked(visit), read.query),
        [name.removeprefix(COLUMN) for name in visit.asked if name.startswith(COLUMN)],
    )
    if media_type != JSON:
        read = narrowed(read, chosen)
    return await answered(visit.desk.reader, read, visit.request, media_type, query, {}, visit.by.role)


# Receipts


async def _receipt(visit: Visit) -> Made:
    name, read = asked_for(visit)
    asked = visit.asked
    cell = asked.pop("cell", "")
    if read.receipts is None or read.report is None:
        raise Problem("not-found", f"{name}: no receipts")
    query = shaped([(key, value) for key, value in asked.items()], read.query)
    if compares(query):
        raise parameter_invalid("against", "a receipt is of one basis")
    view, found = await look(visit, read, msgspec.structs.replace(query, explain=cell))
    receipt: Receipt = found.data
    _, table = await visit.desk.reader.find(read, only_first(read, query), {})
    above = read.report.sheet(table.answer).columns.headings.get(receipt.column)
    last = receipt.shares[-1].position if receipt.shares else 0
    here = address(f"{REPORTS}/{name}/receipt", {"cell": cell, **asked, **pinned(view)})
    return Page(
        template="receipt.html",
        title=visit.say("Receipt: {report}", report=named(visit.language, name)),
        section=name,
        view=view,
        crumbs=[
            (visit.say("City"), HOME),
            (visit.say("Reports"), REPORTS),
            (named(visit.language, name), address(f"{REPORTS}/{name}", {**asked, **pinned(view)})),
        ],
        values={
            "name": name,
            "receipt": receipt,
            "above": above,
            "number": lambda value: figure(value) if receipt.unit else worded(visit.language, value or ""),
            "said": partial(_said, visit, read, table.answer),
            "column": measured(visit.language, _headings(read, table.answer), receipt.column),
            "worked": in_words(visit.language, _headings(read, table.answer), receipt.worked or ""),
            "part": lambda part: _part_address(visit, name, part, view, asked),
            "parts": [*receipt.parts, *receipt.sides],
            "listed": len(receipt.shares),
            "next": address(here, {}) + f"&after_share={last}" if receipt.facts > len(receipt.shares) else None,
            "json": address(f"{REPORTS}/{name}/export/json", {**asked, **pinned(view), "explain": cell}),
            "evidence": _evidence(visit, name, cell, asked, view) if visit.by.role in PROVERS else "",
        },
    )


def _said(visit: Visit, read: Read[Any], answer: Any, part: Part) -> str:
    """A cell as people call it: what its row is about, and the heading of its column."""
    name, _, column = part.cell.rpartition("/")
    other = (part.report or "").partition("?")[0]
    headings = {} if other else _headings(read, answer)
    return f"{row(visit.language, name)} · {headed(visit.language, headings, column)}"


def _headings(read: Read[Any], answer: Any) -> Mapping[str, str]:
    assert read.report is not None, "the desk has reports only"
    return read.report.sheet(answer).columns.headings


def _evidence(visit: Visit, report: str, cell: str, asked: Mapping[str, str], view: View) -> str:
    """The address of the pack that proves a figure."""
    more = urlencode({name: value for name, value in asked.items() if name not in (*CARRIED, *PAGED, "wait")})
    said = {"report": report, "cell": cell, **pinned(view), "asked": more}
    return address(f"{HOME}/audit/evidence", {name: value for name, value in said.items() if value})


def only_first(read: Read[Any], query: Any) -> Any:
    """The query of a report asked for no more than its first row, where it comes in pages."""
    return msgspec.structs.replace(query, after_share=0, **({"limit": 1} if read.in_pages else {}))


def _part_address(visit: Visit, report: str, part: Part, view: View, asked: Mapping[str, str]) -> str | None:
    """The address of the receipt of another cell, if it has one."""
    other, _, days = (part.report or report).partition("?")
    if other not in visit.desk.reads or "/" not in part.cell or part.figure is None:
        return None
    if days:  # on other days than this page
        return address(f"{REPORTS}/{other}/receipt", {"cell": part.cell, **pinned(view), **dict(parse_qsl(days))})
    return cell_address(other, part.cell, view, {} if part.report else asked)
