"""The pages of a unit and of a building: who holds what, over time and floor by floor.

routes      /desk/units/UNIT, /desk/buildings/BUILDING
fill_of     how a unit of the rent roll is drawn: by its status, its end, its arrears
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from litestar.handlers import HTTPRouteHandler

from api.console.pages import Made, View, Visit
from api.console.parts import Desk
from api.console.reports.pages import cell_address
from api.console.things.drawings import FILLS, Part, Stretch, bars, floors
from api.console.things.links import PLACES, thing_address
from api.console.things.showing import (
    ROLL,
    Cell,
    Table,
    Thing,
    amount,
    code,
    facts_of,
    find,
    link,
    named,
    on_view,
    reads_by_name,
    rent_roll_of,
    roll_table,
    shown,
    table_of_roll,
    thing_page,
)
from api.console.words.saying import worded
from api.formats.sheets import figure
from api.http.deadlines import in_time
from api.routes import estate
from ledger.leases.lease import Lease
from ledger.log.database import Database
from projections.engine.basis import Basis
from projections.tenancy.leases import lease, leases_of

READS = reads_by_name(estate.READS)
ENDING = timedelta(days=365)
UNIT_SHOWN = (
    *("state", "floor", "use", "standard", "measured_on", "reserved_for", "reserved_until", "defined_on", "gone_on"),
)
BUILDING_SHOWN = ("state", "parcel", "floors", "standard", "defined_on", "started_on", "completed_on")
OFF = {"PLANNED", "UNDER_CONSTRUCTION", "OFF_MARKET", "RETIRED"}


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Those of units and buildings."""
    return [
        thing_page(desk, f"{PLACES['unit']}/{{unit:str}}", "unit", _unit),
        thing_page(desk, f"{PLACES['building']}/{{building:str}}", "building", _building),
    ]


async def _unit(visit: Visit) -> Made:
    name = visit.request.scope["path_params"]["unit"]
    view, row = await find(visit, READS["read-unit"], {"unit": name})
    assert isinstance(view.basis, Basis), "units stand on two dates"
    held = await in_time(_leases_of, visit.desk.database, view.basis, name)
    about = [(_said(visit, one), code(visit, getattr(row, one))) for one in UNIT_SHOWN if getattr(row, one)]
    about.insert(0, (visit.say("Area, m²"), amount(row.area_m2, cell_address(ROLL, f"UNIT:{name}/area_m2", view, {}))))
    if row.building:
        about.insert(0, (named(visit, "building"), link(visit, "building", row.building)))
    for text, others in (("Made of", row.made_of), ("Became", row.became)):
        about += [(visit.say(text), link(visit, "unit", one)) for one in others]
    stretches = [
        Stretch(
            name=f"{one.lease} · {one.company}",
            fill=_stretch(view.basis.effective, letting.from_on, letting.until_on),
            from_on=letting.from_on,
            until_on=letting.until_on,
            to=thing_address("lease", one.lease, visit.carried),
        )
        for one in held
        for letting in one.lettings
        if letting.unit == name
    ]
    stretches.sort(key=lambda one: one.from_on)
    key = [(fill, visit.say(FILLS[fill])) for fill in ("past", "let", "signed")]
    thing = Thing(
        kind="unit",
        name=name,
        title=visit.say("Unit {name}", name=name),
        tag=f"unit:{name}",
        view=view,
        about=about,
        drawing=bars(
            visit.say("Its leases over time"), visit.say("lease and tenant"), stretches, view.basis.effective, key
        ),
        tables=[_holders(visit, name, held), await roll_table(visit, view, "unit", name)],
        facts=await facts_of(visit, view, f"unit:{name}"),
    )
    return await shown(visit, thing)


def _said(visit: Visit, field: str) -> str:
    """A field's name; a unit's state says whether it is offered, whoever holds it: the rent roll says that."""
    return visit.say("Market state") if field == "state" else named(visit, field)


def _stretch(day: date, from_on: date, until_on: date | None) -> str:
    if until_on is not None and until_on < day:
        return "past"
    return "let" if from_on <= day else "signed"


def _leases_of(database: Database, basis: Basis, unit: str) -> list[Lease]:
    """Every lease that holds a unit some day, with what it says."""
    with database.views.connect() as connection:
        found = [lease(connection, basis, name) for name in leases_of(connection, basis, unit)]
    return [one[1] for one in found if one is not None and any(letting.unit == unit for letting in one[1].lettings)]


def _holders(visit: Visit, unit: str, held: Sequence[Lease]) -> Table:
    rows = [
        [
            link(visit, "lease", one.lease),
            link(visit, "company", one.company),
            code(visit, one.state),
            Cell(str(letting.from_on)),
            Cell(str(letting.until_on or visit.say("until ended"))),
        ]
        for one in held
        for letting in one.lettings
        if letting.unit == unit
    ]
    texts = [named(visit, one) for one in ("lease", "company", "state")]
    return Table(
        title=visit.say("Its holders"),
        headings=[(text, False) for text in (*texts, visit.say("From"), visit.say("Until"))],
        rows=sorted(rows, key=lambda row: row[3].text),
        empty=visit.say("No lease ever held it."),
    )


# A building


async def _building(visit: Visit) -> Made:
    name = visit.request.scope["path_params"]["building"]
    view, row = await find(visit, READS["read-building"], {"building": name})
    assert isinstance(view.basis, Basis), "buildings stand on two dates"
    rows = await rent_roll_of(visit, view, lambda let: let.unit.building == name)
    units = (await on_view(visit, READS["list-units"], view, building=name, limit=1000)).rows or ()
    rented = {unit.unit: rows.get(f"UNIT:{unit.unit}", {}) for unit in units if unit.gone_on is None}
    parts = [
        Part(
            floor=unit.floor or "",
            name=unit.unit.removeprefix(f"{name.removesuffix('-demo')}-").removesuffix("-demo"),
            said=told(visit, unit.unit, rented[unit.unit]),
            size=unit.area_dm2 / 100,
            fill=fill_of(rented[unit.unit], view.basis.effective),
            to=thing_address("unit", unit.unit, visit.carried),
        )
        for unit in units
        if unit.unit in rented
    ]
    thing = Thing(
        kind="building",
        name=name,
        title=row.name or name,
        tag=f"building:{name}",
        view=view,
        about=[(named(visit, one), code(visit, getattr(row, one))) for one in BUILDING_SHOWN if getattr(row, one)],
        figures=_sums(visit, view, name, rows.get(f"BUILDING:{name}", {})),
        drawing=floors(
            visit.say("Stacking plan"), visit.say("units as wide as they are large"), parts, fills(visit, parts)
        ),
        tables=[table_of_roll(visit, view, rows)],
        facts=await facts_of(visit, view, f"building:{name}"),
    )
    return await shown(visit, thing)


def _sums(visit: Visit, view: View, name: str, row: Mapping[str, Any]) -> list[tuple[str, str, str, str | None]]:
    texts = {"area_m2": ("Area", "m2"), "let_m2": ("Let", "m2"), "passing_month": ("Passing rent a month", "CNY")}
    texts |= {"arrears": ("Arrears", "CNY")}
    return [
        (visit.say(text), figure(row[one]), unit, cell_address(ROLL, f"BUILDING:{name}/{one}", view, {}))
        for one, (text, unit) in texts.items()
        if row.get(one) is not None
    ]


def fill_of(row: Mapping[str, Any], day: date) -> str:
    """The way a unit of the rent roll is drawn: arrears first, then an end that is near, then its status."""
    if row.get("lease") and row.get("arrears") not in (None, "0.00"):
        return "arrears"
    if row.get("lease") and row.get("expiry_on") is not None and row["expiry_on"] - day <= ENDING:
        return "expiring"
    if row.get("lease"):
        return "let"
    status = str(row.get("status", "OFF_MARKET"))
    return "signed" if status in ("SIGNED", "COMMITTED") else "off" if status in OFF else "free"


def told(visit: Visit, unit: str, row: Mapping[str, Any]) -> str:
    """A unit in words, for who points at it."""
    said = [unit, worded(visit.language, str(row.get("status", "")))]
    said += [str(row[one]) for one in ("tenant", "expiry_on") if row.get(one)]
    if row.get("arrears") not in (None, "0.00"):
        said.append(f"{visit.say('Arrears')} {figure(row['arrears'])}")
    return ", ".join(part for part in said if part)


def fills(visit: Visit, drawn: Sequence[Any]) -> list[tuple[str, str]]:
    """The key of a drawing: each fill that it has, with how many shapes."""
    count = {fill: sum(one.fill == fill for one in drawn) for fill in FILLS}
    return [(fill, f"{visit.say(FILLS[fill])} {count[fill]}") for fill in FILLS if count[fill]]
