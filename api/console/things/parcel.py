"""A parcel's page: its outline, its area in every unit, what stands on it, and who set what of it.

routes    /desk/parcels/PARCEL
"""

from collections.abc import Iterator, Mapping, Sequence
from math import cos, radians
from typing import Any

from litestar.handlers import HTTPRouteHandler

from api.console.pages import Made, View, Visit
from api.console.parts import Desk
from api.console.reports.pages import cell_address
from api.console.things.drawings import Drawing, Ground, outlines
from api.console.things.links import PLACES, thing_address
from api.console.things.showing import (
    ROLL,
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
    rent_roll_of,
    shown,
    thing_page,
)
from api.console.things.units import fill_of, fills
from api.formats.sheets import figure
from api.routes import estate
from ledger.decider import standing
from ledger.estate.facts import ParcelCorrected, ParcelDefined
from ledger.log.envelope import Entry
from projections.engine.basis import Basis

READS = reads_by_name(estate.READS)
AREAS = {"area_m2": "m²", "area_mu": "mu", "area_ha": "ha", "area_acres": "acres"}
SUMS = {"area_m2": "Units, m²", "let_m2": "Let, m²", "passing_month": "Passing rent a month", "arrears": "Arrears"}
FIRST = ("arrears", "expiring", "let", "signed", "free")
"""Of the units on a parcel, it is drawn as the first of these that there is."""


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """The one of parcels."""
    return [thing_page(desk, f"{PLACES['parcel']}/{{parcel:str}}", "parcel", _parcel)]


async def _parcel(visit: Visit) -> Made:
    name = visit.request.scope["path_params"]["parcel"]
    view, row = await find(visit, READS["read-parcel"], {"parcel": name})
    assert isinstance(view.basis, Basis), "parcels stand on two dates"
    site = next(one for one in (await on_view(visit, READS["list-sites"], view)).rows or () if one.site == row.site)
    buildings = (await on_view(visit, READS["list-buildings"], view, parcel=name, limit=1000)).rows or ()
    names = {building.building for building in buildings} if row.outline is not None else set[str]()
    rows = await rent_roll_of(visit, view, lambda let: let.unit.building in names)
    entries = await facts_of(visit, view, f"parcel:{name}")
    words = {field: unit if field == "area_m2" else visit.say(unit) for field, unit in AREAS.items()}
    areas = " · ".join(f"{figure(getattr(row, field))} {unit}" for field, unit in words.items())
    stated = f"{figure(site.stated_area)} {code(visit, site.stated_unit).text} · {site.source}"
    thing = Thing(
        kind="parcel",
        name=name,
        title=row.name,
        tag=f"parcel:{name}",
        view=view,
        about=[
            (named(visit, "parcel"), Cell(name)),
            (visit.say("Area"), Cell(areas)),
            *_measured(visit, row),
            (named(visit, "site"), Cell(site.name)),
            (visit.say("Stated area of the site"), Cell(stated)),
            (named(visit, "defined_on"), Cell(str(row.defined_on))),
        ],
        drawing=_outline(visit, view, row, buildings, rows),
        tables=[_buildings(visit, view, buildings, rows), _set(visit, entries)],
        facts=entries,
    )
    return await shown(visit, thing)


def _measured(visit: Visit, row: Any) -> Iterator[tuple[str, Cell]]:
    """The area of the outline beside the one on record, what the outline is in, and what is wrong with it."""
    if row.outline is None:
        return
    sign = "" if row.difference_m2.startswith("-") else "+"
    percent = f", {sign}{row.difference_percent} %" if row.difference_percent else ""
    more = visit.say("{more} m² against the area on record", more=f"{sign}{figure(row.difference_m2)}") + percent
    yield visit.say("Area of the outline"), Cell(f"{figure(row.outline_m2)} m² ({more})")
    yield named(visit, "datum"), Cell(row.datum or visit.say("nobody said it"))
    for doubt in row.doubts:
        yield visit.say("Wrong with the outline"), Cell(doubt)


def drawn_as(buildings: Sequence[Any], rows: Mapping[str, Any], view: View) -> str:
    """The way a parcel is drawn: as the units of what stands on it."""
    assert isinstance(view.basis, Basis), "parcels stand on two dates"
    names = {building.building for building in buildings}
    units = [row for row in rows.values() if row.get("unit") and row.get("building") in names]
    drawn = {fill_of(row, view.basis.effective) for row in units}
    return next((fill for fill in FIRST if fill in drawn), "off")


def _outline(visit: Visit, view: View, row: Any, buildings: Sequence[Any], rows: Mapping[str, Any]) -> Drawing | None:
    if row.outline is None:
        return None
    rings = row.outline.coordinates
    ground = Ground(
        name=row.parcel.removesuffix("-demo"),
        said=f"{row.name}, {figure(row.area_m2)} m²",
        fill=drawn_as(buildings, rows, view),
        to=thing_address("parcel", row.parcel, visit.carried),
        rings=rings,
    )
    north = max(y for ring in rings for _, y in ring)
    title = visit.say("Outline")
    note = visit.say("as surveyed, north up; {datum}", datum=row.datum or visit.say("datum not said"))
    return outlines(title, note, [ground], fills(visit, [ground]), cos(radians(north)), most=240)


def _buildings(visit: Visit, view: View, buildings: Sequence[Any], rows: Mapping[str, Any]) -> Table:
    """List what stands on it, with the sums of the rent roll."""

    def sums(key: str) -> list[Cell]:
        row = rows.get(key, {})
        return [
            amount(row.get(one), cell_address(ROLL, f"{key}/{one}", view, {}) if row.get(one) is not None else None)
            for one in SUMS
        ]

    return Table(
        title=visit.say("What stands on it"),
        headings=[(named(visit, one), False) for one in ("building", "state", "floors")]
        + [(visit.say(text), True) for text in SUMS.values()],
        rows=[
            [
                link(visit, "building", one.building, one.name),
                code(visit, one.state),
                Cell(str(one.floors)),
                *sums(f"BUILDING:{one.building}"),
            ]
            for one in buildings
        ],
        empty=visit.say("Nothing stands on it on this day."),
    )


def _set(visit: Visit, entries: Sequence[Entry]) -> Table:
    """Each detail as it stands, with the fact that set it and who recorded that."""
    by_field: dict[str, tuple[str, Entry]] = {}
    for entry in standing(entries, lambda one: one.fact):
        fact = entry.fact
        if isinstance(fact, ParcelDefined | ParcelCorrected):
            points = sum(len(ring) - 1 for ring in fact.outline_e7)
            said = {"name": fact.name, "area": f"{figure(f'{fact.area_dm2 / 100:.2f}')} m²"}
            said["outline"] = visit.say("{count} points", count=points) if points else ""
            said["datum"] = fact.datum or ""
            for field, value in said.items():
                if value and by_field.get(field, ("",))[0] != value:
                    by_field[field] = (value, entry)
    headings = [(visit.say(text), False) for text in ("Field", "Value", "Set by", "From", "Fact")]
    return Table(
        title=visit.say("Who set what"),
        headings=headings,
        rows=[
            [
                Cell(named(visit, field)),
                Cell(value),
                Cell(entry.by.actor),
                Cell(str(entry.fact.effective_on)),
                fact_link(visit, entry),
            ]
            for field, (value, entry) in by_field.items()
        ],
    )
