"""What every page of a thing is made of.

Cell, Table     what stands on such a page: words with a link, figures with their receipts
Thing           a thing as its page shows it; shown: as a page
thing_page      a route to a thing; where it is not known, the page says so below its time bar
find            a question about a thing, on the page's basis
facts_of        what was recorded of it, by the basis
terms_tables    the terms of a deal: who set each field, and what each version changed
rent_roll_of    the rent roll on the page's basis, with the rows alone that a page shows; roll_table: those rows, each
                figure with its receipt
named, code     a field, a code in words
"""

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from api.console.audit import FACTS
from api.console.documents import DOCUMENTS, cited
from api.console.pages import HOME, Made, Make, Page, View, Visit, address, page, trouble
from api.console.parts import Desk
from api.console.record.begun import not_before
from api.console.record.guides import hands, next_steps
from api.console.record.labels import CODED, choice, label, title
from api.console.record.righting import of_thing
from api.console.reports.pages import around, cell_address
from api.console.reports.unknown import Unknown, unknown_leases
from api.console.things.drawings import Drawing
from api.console.things.links import thing_address
from api.console.things.versions import Setting, Version, settings, versions
from api.console.words.saying import heading, worded
from api.formats.sheets import figure
from api.http.deadlines import in_time
from api.http.parameters import shaped
from api.http.problems import Problem
from api.http.reading import BasisQuery, Found, Read
from api.http.receipts import rows_of
from api.routes.histories import all_entries
from api.routes.tenancy import ROLL_SHOWN
from ledger.decider import standing, stored_name
from ledger.log.database import Database
from ledger.log.envelope import Entry
from projections.engine.basis import Basis
from projections.tenancy.let_units import LetUnit
from projections.tenancy.rent_roll import RentRoll, Wanted, rent_roll
from projections.tenancy.spans import LeasePart

DOCUMENTS_MAX = 60
"""Documents that a page of a thing lists."""
LATEST = 40
"""Facts that a page of a thing shows; the timeline has all."""
ROLL = "rent-roll"
MARK = "⟦"
"""Stands before a text that has no Chinese."""
NUMBER = re.compile(r"[0-9]{4,}\.[0-9]+")
"""An amount that reads better with its thousands apart."""
CODE = re.compile(r"[A-Z]{2}[A-Z_]{2,}")
"""Codes that have words; countries, currencies and identifiers are as they are."""
ABOVE: Mapping[str, tuple[str, str]] = {
    "company": ("Companies", "companies"),
    "lease": ("Leases", ROLL),
    "unit": ("Units", ROLL),
    "building": ("Buildings", ROLL),
    "parcel": ("Parcels", "parcels"),
    "order": ("Equipment orders", "order-book"),
    "offtake": ("Offtake agreements", "energy"),
    "investment": ("Investment agreements", "investment"),
}
"""How things of a kind are called together, and the report in which they stand."""


class Cell(Struct, frozen=True):
    """A cell of a table: its text, where it leads, whether it is a figure."""

    text: str
    to: str | None = None
    number: bool = False


class Table(Struct, frozen=True, kw_only=True):
    """A table of a page. `headings`: with whether figures stand below; `whole`: the last row is a total."""

    title: str
    headings: Sequence[tuple[str, bool]]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    empty: str = ""
    whole: bool = False


class Thing(Struct, kw_only=True):
    """A thing as its page shows it. `tag`: of its facts; `about`: a label and what stands there.

    figures   the most wanted ones: label, figure, unit, receipt
    """

    kind: str
    name: str
    title: str
    tag: str
    view: View
    about: Sequence[tuple[str, Cell]]
    figures: Sequence[tuple[str, str, str, str | None]] = ()
    tables: Sequence[Table] = ()
    drawing: Drawing | None = None
    papers: Sequence[tuple[str, str]] = ()
    facts: Sequence[Entry] = ()

    @property
    def field(self) -> str:
        """The field of commands that names it."""
        return "agreement" if self.kind in ("offtake", "investment") else self.kind


def thing_page(desk: Desk, path: str, name: str, make: Make) -> HTTPRouteHandler:
    """A route to a thing. Where it is not known on the page's basis, the page says so below its time bar."""
    return page(desk, path, name, partial(_known_or_not, make))


async def _known_or_not(make: Make, visit: Visit) -> Made:
    try:
        return await make(visit)
    except Problem as problem:
        if problem.status != 404:
            raise
        made = trouble(visit, problem)
    read = dataclasses.replace(visit.desk.reads[ROLL], ask=_nothing)
    made.view, _ = await find(visit, read, {})
    return made


def _nothing(*_: object) -> Found:
    """Stands for an answer where the basis alone is asked for."""
    return Found(data=())


async def find(visit: Visit, read: Read[Any], path: Mapping[str, str], **asked: Any) -> tuple[View, Any]:
    """Find what is known of a thing on the page's basis, with what its time bar says. Raises Problem."""
    basis = shaped([pair for pair in visit.pairs if pair[0] in ("effective", "recorded", "wait")], BasisQuery)
    on = {name: getattr(basis, name) for name in ("effective", "recorded", "wait")}
    at, found = await visit.desk.reader.find(read, read.query(**on, **asked), path)
    return await around(visit, read, at), found.answer


async def on_view(visit: Visit, read: Read[Any], view: View, **asked: Any) -> Found:
    """Another question on the basis that a page stands on. Raises Problem."""
    on = {"effective": str(view.basis.effective), "recorded": str(view.basis.recorded)}
    _, found = await visit.desk.reader.find(read, read.query(**on, **asked), {})
    return found


async def facts_of(visit: Visit, view: View, *tags: str) -> list[Entry]:
    """Read what was recorded of a thing, as far as the basis reaches, in the order recorded."""
    assert isinstance(view.basis, Basis), "things stand on two dates"
    return await in_time(_facts_of, visit.desk.database, view.basis, tags)


def _facts_of(database: Database, basis: Basis, tags: Sequence[str]) -> list[Entry]:
    with database.views.connect() as connection:
        found = {
            entry.position: entry
            for tag in tags
            for entry in all_entries(connection, recorded=basis.recorded, tag=tag)
            if entry.fact.effective_on <= basis.effective
        }
    return [found[position] for position in sorted(found)]


def _documents(visit: Visit, entries: Sequence[Entry]) -> Table:
    """The documents that facts name, the latest first, with those that are kept here."""
    rows = [
        [
            Cell(one.doc, f"{DOCUMENTS}/{one.sha256}" if here else None),
            Cell(one.sha256[:16] + "…"),
            fact_link(visit, entry),
        ]
        for entry in reversed(entries)
        for one, here in cited(visit.desk, entry.position, msgspec.json.encode({"data": entry.fact}))
    ]
    headings = [(visit.say(text), False) for text in ("Document", "SHA-256", "Fact")]
    note = visit.say("a document that is kept here is a link")
    if len(rows) > DOCUMENTS_MAX:
        note += " · " + visit.say("the latest {count} of {all}", count=DOCUMENTS_MAX, all=len(rows))
    return Table(title=visit.say("Evidence files"), headings=headings, rows=rows[:DOCUMENTS_MAX], note=note)


async def shown(visit: Visit, thing: Thing) -> Made:
    """The page of a thing."""
    documents = await in_time(_documents, visit, thing.facts)
    thing.tables = [*thing.tables, documents] if documents.rows else thing.tables
    unknown: Unknown | None = await unknown_leases(visit, thing.view)
    above, report = ABOVE[thing.kind]
    return Page(
        template="thing.html",
        title=thing.title,
        section=thing.kind,
        view=thing.view,
        crumbs=[(visit.say("City"), HOME), (visit.say(above), address(f"{HOME}/reports/{report}", visit.carried))],
        values={
            "thing": thing,
            "unknown": unknown,
            "compare": None,
            "latest": list(reversed(thing.facts[-LATEST:])),
            "all": address(f"{HOME}/audit/timeline", {"entity": thing.tag, **visit.carried}),
            "next": [] if thing.view.past else await _next(visit, thing),
            "may": {} if thing.view.past else of_thing(visit, thing.field, thing.name, thing.kind),
        },
    )


async def _next(visit: Visit, thing: Thing) -> list[tuple[str, str | None, str]]:
    """List what people do next with a thing: each step with its form; without one, where it waits for a day, or where
    other roles do it."""
    taken = [entry.command for entry in standing(thing.facts, lambda entry: entry.fact)]
    role = visit.visitor.role if visit.visitor is not None else ""
    named, steps = {thing.field: thing.name}, list[tuple[str, str | None, str]]()
    for step in next_steps(thing.kind, taken):
        recording = visit.desk.recordings[step]
        day = await in_time(not_before, visit.desk, recording.command, named)
        may = role in recording.roles and not day
        by = visit.say("from {day} on", day=day) if day else hands(visit.language, recording.roles)
        steps.append((title(visit.language, step), address(f"{HOME}/record/{step}", named) if may else None, by))
    return steps


# Cells


def link(visit: Visit, kind: str, name: str | None, text: str | None = None) -> Cell:
    """The name of a thing, leading to its page."""
    return Cell(text or name, thing_address(kind, name, visit.carried)) if name else Cell("")


def fact_link(visit: Visit, entry: Entry) -> Cell:
    """A fact, leading to its page."""
    return Cell(f"#{entry.position}", address(f"{FACTS}/{entry.position}", visit.carried))


def named(visit: Visit, field: str, *, of_terms: bool = False) -> str:
    """A field's name: as the forms call it, or the words of these pages. `of_terms`: a field of a deal's terms."""
    said = label(visit.language, field, of_terms=of_terms)
    return visit.say(label("en", field)) if MARK in said else said


def code(visit: Visit, said: object) -> Cell:
    """A code in words; a date or another word as it is."""
    text = "" if said is None else str(said)
    if NUMBER.fullmatch(text):
        return Cell(figure(text))
    if text not in CODED and not CODE.fullmatch(text):
        return Cell(text)
    words = choice(visit.language, text)
    return Cell(visit.say(choice("en", text)) if MARK in words else words)


def amount(decimal: str | None, to: str | None = None) -> Cell:
    """A figure, with its receipt."""
    return Cell(figure(decimal), to if decimal is not None else None, number=True)


# Terms


def terms_tables(visit: Visit, entries: Iterable[Entry]) -> list[Table]:
    """The terms as they stand with who set each field, then what each version changed."""
    found = versions(entries)
    if not found:
        return []
    say = visit.say
    headings = [(say(text), False) for text in ("Field", "Value", "Set by", "Approved by", "From", "Fact")]
    stand = Table(
        title=say("Terms, and who set each field"),
        headings=headings,
        rows=[_setting(visit, one) for one in settings(found)],
    )
    changes = [row for place, version in enumerate(found[1:], 2) for row in _changes(visit, place, version)]
    headings = [(say(text), False) for text in ("Version", "Field", "Before", "After", "From", "Fact")]
    note = say("Versions: {count}", count=len(found))
    empty = say("The terms were never changed.")
    return [
        stand,
        Table(title=say("What each version changed"), headings=headings, rows=changes, note=note, empty=empty),
    ]


def field_name(visit: Visit, path: str) -> str:
    """A field of terms as people call it: rent.0.from_on is Rent 1 · From on."""
    words: list[str] = []
    for part in path.split("."):
        if part.isdigit():
            words[-1] += f" {int(part) + 1}"
        else:
            words.append(named(visit, part, of_terms=True))
    return " · ".join(words)


def _setting(visit: Visit, one: Setting) -> list[Cell]:
    entry = one.by.entry
    return [
        Cell(field_name(visit, one.path)),
        code(visit, one.value),
        Cell(one.by.set_by),
        Cell(one.by.approved_by or ""),
        Cell(str(entry.fact.effective_on)),
        fact_link(visit, entry),
    ]


def _changes(visit: Visit, place: int, version: Version) -> list[list[Cell]]:
    entry = version.entry
    return [
        [
            Cell(str(place)),
            Cell(field_name(visit, path)),
            code(visit, before),
            code(visit, after),
            Cell(str(entry.fact.effective_on)),
            fact_link(visit, entry),
        ]
        for path, (before, after) in sorted(version.changed.items())
    ]


# The rent roll

ROLL_COLUMNS = (
    "area_m2",
    "rent_m2_month",
    "passing_month",
    "headline_month",
    "service_charge_month",
    "deposit",
    "arrears",
)


async def rent_roll_of(visit: Visit, view: View, wanted: Wanted) -> dict[str, Mapping[str, Any]]:
    """The rent roll by the names of its rows: what sums up, and of two thousand units those whose rows are wanted."""
    return rows_of(visit.desk.reads[ROLL], Found(data=await in_time(_rent_roll, visit.desk.database, view, wanted)))


def _rent_roll(database: Database, view: View, wanted: Wanted) -> RentRoll:
    assert isinstance(view.basis, Basis), "the rent roll stands on two dates"
    with database.views.connect() as connection:
        return rent_roll(connection, view.basis, wanted=wanted)


def _about(column: str, name: str, let: LetUnit[LeasePart]) -> bool:
    """Tell whether a row of a unit may say this in a column: unit, building, tenant or lease."""
    if column in ("unit", "building"):
        return bool(getattr(let.unit, column) == name)
    field = "company" if column == "tenant" else column
    return any(getattr(part, field) == name for part in (let.held, *let.signed) if part)


async def roll_table(visit: Visit, view: View, column: str, name: str) -> Table:
    """The rows of the rent roll about a thing, each figure with its receipt."""
    found = await rent_roll_of(visit, view, partial(_about, column, name))
    return table_of_roll(visit, view, {key: row for key, row in found.items() if row[column] == name})


def table_of_roll(visit: Visit, view: View, found: Mapping[str, Mapping[str, Any]]) -> Table:
    """Rows of the rent roll, each figure with its receipt; without what sums up."""
    rows = [(key, row) for key, row in found.items() if row.get("unit")]
    above = ROLL_SHOWN.headings
    texts = ("unit", "status", "tenant", "lease")
    return Table(
        title=visit.say("In the rent roll"),
        headings=[(heading(visit.language, above[one]), False) for one in texts]
        + [(heading(visit.language, above[one]), True) for one in ROLL_COLUMNS],
        rows=[
            [
                link(visit, "unit", row["unit"]),
                Cell(worded(visit.language, str(row["status"])), cell_address(ROLL, f"{key}/status", view, {})),
                link(visit, "company", row["tenant"]),
                link(visit, "lease", row["lease"]),
                *(
                    amount(row[one], cell_address(ROLL, f"{key}/{one}", view, {}) if row[one] is not None else None)
                    for one in ROLL_COLUMNS
                ),
            ]
            for key, row in rows
        ],
        note=visit.say("CNY a month, excluding VAT; m²"),
        empty=visit.say("No unit is held on this day."),
    )


def kind_of(entry: Entry) -> str:
    """The stored name of a fact."""
    return stored_name(type(entry.fact))


def reads_by_name(*some: Iterable[Read[Any]]) -> Mapping[str, Read[Any]]:
    """Questions by their names."""
    return {read.name: read for reads in some for read in reads}
