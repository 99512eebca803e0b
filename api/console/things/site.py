"""The site plan of the first page: parcels by how what stands on them is let, with a table that says the same.

plan    the parcels with an outline, drawn; and every one in a table; what the rent roll sums up to
"""

from collections.abc import Mapping, Sequence
from math import cos, radians
from typing import Any

from api.console.pages import View, Visit
from api.console.reports.pages import cell_address
from api.console.things.drawings import Drawing, Ground, outlines
from api.console.things.links import thing_address
from api.console.things.parcel import drawn_as
from api.console.things.showing import ROLL, Cell, Table, amount, link, named, on_view, reads_by_name, rent_roll_of
from api.console.things.units import fills
from api.formats.sheets import figure
from api.routes import estate
from projections.engine.basis import Basis

READS = reads_by_name(estate.READS)


async def plan(visit: Visit, view: View) -> tuple[Drawing | None, Table, Mapping[str, Mapping[str, Any]]]:
    """The site plan, the table beside it, and the rent roll that both were drawn from, by the names of its rows."""
    assert isinstance(view.basis, Basis), "the city stands on two dates"
    buildings = (await on_view(visit, READS["list-buildings"], view, limit=1000)).rows or ()
    on_parcel: dict[str, list[Any]] = {}
    for building in buildings:
        on_parcel.setdefault(building.parcel or "", []).append(building)
    features = (await on_view(visit, READS["map-parcels"], view)).data.features
    drawn = {building.building for one in features for building in on_parcel.get(one.id, ())}
    rows = await rent_roll_of(visit, view, lambda let: let.unit.building in drawn)
    grounds = [_ground(visit, one, on_parcel.get(one.id, ()), rows, view) for one in features]
    north = max((y for ground in grounds for ring in ground.rings for _, y in ring), default=0)
    drawing = outlines(
        visit.say("Site plan"),
        visit.say("{count} parcels; each leads to what stands on it", count=len(grounds)),
        grounds,
        fills(visit, grounds),
        cos(radians(north)),
    )
    return drawing, _table(visit, view, [one.properties for one in features], on_parcel, rows), rows


def _ground(visit: Visit, feature: Any, buildings: Sequence[Any], rows: Mapping[str, Any], view: View) -> Ground:
    parcel = feature.properties
    said = [
        parcel.name,
        f"{figure(parcel.area_m2)} m²",
        *(building.name or building.building for building in buildings),
    ]
    return Ground(
        name=parcel.parcel.removesuffix("-demo"),
        said=", ".join(said),
        fill=drawn_as(buildings, rows, view),
        to=thing_address("parcel", parcel.parcel, visit.carried),
        rings=feature.geometry.coordinates,
    )


def _table(
    visit: Visit, view: View, parcels: Sequence[Any], on_parcel: Mapping[str, Sequence[Any]], rows: Mapping[str, Any]
) -> Table:
    """A row for each building on a parcel; parcels without one have a row as well."""

    def sums(building: Any) -> list[Cell]:
        key = f"BUILDING:{building.building}"
        row = rows.get(key, {})
        return [
            amount(row.get(one), cell_address(ROLL, f"{key}/{one}", view, {}) if row.get(one) is not None else None)
            for one in ("area_m2", "let_m2", "passing_month", "arrears")
        ]

    listed = []
    for parcel in parcels:
        to = link(visit, "parcel", parcel.parcel, parcel.name)
        ground = amount(parcel.area_m2)
        for building in on_parcel.get(parcel.parcel, ()):
            name = link(visit, "building", building.building, building.name)
            listed.append([to, ground, name, *sums(building)])
        if parcel.parcel not in on_parcel:
            listed.append([to, ground, *[Cell("")] * 5])
    texts = [named(visit, "parcel"), visit.say("Land, m²"), named(visit, "building")]
    headings = [(texts[0], False), (texts[1], True), (texts[2], False)]
    above = ("Units, m²", "Let, m²", "Passing rent a month", "Arrears")
    return Table(
        title=visit.say("Site plan as a table"),
        headings=[*headings, *((visit.say(text), True) for text in above)],
        rows=listed,
        empty=visit.say("No parcel is on the map on this day."),
    )
