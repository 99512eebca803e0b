"""The estate over HTTP: sites, parcels, buildings and units, each step they take, and how they are on any basis.

RECORDINGS   POST /v1/sites, /v1/parcels, /v1/buildings, /v1/units and what lies beneath: one command a route
READS        GET the same: lists, also as CSV, and one of each; GET /v1/map/parcels: outlines as GeoJSON
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import Connection

from api.formats.sheets import Columns, Report, Sheet
from api.formats.tables import Table, structs_table
from api.http.parameters import place
from api.http.reading import Ask, BasisQuery, Cursor, ExplainedQuery, Found, Limit, Read, not_known, paged
from api.http.recording import Recording
from api.receipts import land as receipts
from ledger.decider import Command, Id
from ledger.estate.correcting import CorrectBuilding, CorrectParcel, CorrectSite, CorrectUnit
from ledger.estate.land import CompleteBuilding, DefineBuilding, DefineParcel, DefineSite, StartConstruction
from ledger.estate.market import EstimateRentalValue, ReleaseReservation, ReserveUnit, ReturnUnit, TakeUnitOffMarket
from ledger.estate.unit import UnitState
from ledger.estate.units import DefineUnit, MergeUnits, RemeasureUnit, RetireUnit, SplitUnit
from ledger.estate.withdrawing import WithdrawEstateStep
from projections.engine.basis import Basis
from projections.tenancy import sites as land
from projections.tenancy import units as estate

GROUP = "estate"
SITES, PARCELS, BUILDINGS, UNITS = "/v1/sites", "/v1/parcels", "/v1/buildings", "/v1/units"


def _new(at: str, named_by: str, command: type[Command], summary: str, *, path: str | None = None) -> Recording:
    return Recording(path=path or at, command=command, summary=summary, group=GROUP, at=at, named_by=named_by)


def _of_building(noun: str, command: type[Command], summary: str) -> Recording:
    return _new(BUILDINGS, "building", command, summary, path=f"{BUILDINGS}/{{building:str}}/{noun}")


def _of_unit(noun: str, command: type[Command], summary: str) -> Recording:
    return _new(UNITS, "unit", command, summary, path=f"{UNITS}/{{unit:str}}/{noun}")


RECORDINGS: tuple[Recording, ...] = (
    _new(SITES, "site", DefineSite, "Define a site, with its area as a source states it."),
    _new(PARCELS, "parcel", DefineParcel, "Define a parcel of a site, with its outline as GeoJSON."),
    _new(BUILDINGS, "building", DefineBuilding, "Define a building that is planned on a parcel."),
    _of_building("construction", StartConstruction, "Record that building began."),
    _of_building("completion", CompleteBuilding, "Record that the building stands, with evidence."),
    _new(UNITS, "unit", DefineUnit, "Define a unit of a building; the units fit into the building (P2)."),
    _of_unit("measurements", RemeasureUnit, "Record a new measurement; leases keep their contracted area."),
    _of_unit("split", SplitUnit, "Make several units of one, to the last 0.01 m² (P3)."),
    _new(UNITS, "into", MergeUnits, "Make one unit of several units of one building (P3).", path="/v1/unit-mergers"),
    _of_unit("retirement", RetireUnit, "Give a unit up for ever; its history stays."),
    _of_unit("reservation", ReserveUnit, "Keep a unit for a company through a date."),
    _of_unit("reservation/release", ReleaseReservation, "Keep the unit for nobody any more."),
    _of_unit("off-market", TakeUnitOffMarket, "Do not let the unit for the time being."),
    _of_unit("return", ReturnUnit, "Let the unit again."),
    _new(SITES, "site", CorrectSite, "Correct a site: state it whole.", path=f"{SITES}/{{site:str}}/corrections"),
    _new(PARCELS, "parcel", CorrectParcel, "Correct a parcel.", path=f"{PARCELS}/{{parcel:str}}/corrections"),
    _of_building("corrections", CorrectBuilding, "Correct a building: name, floors, area to let."),
    _of_unit("corrections", CorrectUnit, "Correct the floor and use of a unit."),
    Recording(
        path="/v1/estate-withdrawals",
        command=WithdrawEstateStep,
        summary="Take back a step of the estate that was recorded by mistake.",
        group=GROUP,
        at=UNITS,
    ),
    _of_unit("rental-values", EstimateRentalValue, "Record an estimated rental value, dated and sourced."),
)


OF_SITE = "Only parcels of this site."
LAND = "Parcels: the area on record, that of the outline on the ellipsoid beside it, and by how much they differ."


class ParcelsQuery(ExplainedQuery, frozen=True, kw_only=True):
    """Parcels, of one site or of all; a page of them."""

    site: Annotated[Id | None, Meta(description=OF_SITE)] = None
    cursor: Cursor = None
    limit: Limit = 100


class MapQuery(BasisQuery, frozen=True, kw_only=True):
    """The map, of one site or of all."""

    site: Id | None = None


class BuildingsQuery(BasisQuery, frozen=True, kw_only=True):
    """Buildings, of one parcel or of all; a page of them."""

    parcel: Id | None = None
    cursor: Cursor = None
    limit: Limit = 100


class UnitsQuery(BasisQuery, frozen=True, kw_only=True):
    """Units, of one building or of all, in one state or in any; a page of them."""

    building: Id | None = None
    state: UnitState | None = None
    cursor: Cursor = None
    limit: Limit = 100


def _sites(connection: Connection, basis: Basis, _query: BasisQuery, _path: Mapping[str, str]) -> Found:
    return Found(rows=land.sites(connection, basis))


def _parcels(connection: Connection, basis: Basis, query: ParcelsQuery, _path: Mapping[str, str]) -> Found:
    page: dict[str, Any] = {"after": place(query.cursor), "limit": query.limit + 1}
    return paged(land.parcels(connection, basis, site=query.site, **page), query.limit, "parcel")


def _map(connection: Connection, basis: Basis, query: MapQuery, _path: Mapping[str, str]) -> Found:
    return Found(data=land.parcel_map(connection, basis, site=query.site))


def _buildings(connection: Connection, basis: Basis, query: BuildingsQuery, _path: Mapping[str, str]) -> Found:
    page: dict[str, Any] = {"after": place(query.cursor), "limit": query.limit + 1}
    return paged(estate.buildings(connection, basis, parcel=query.parcel, **page), query.limit, "building")


def _units(connection: Connection, basis: Basis, query: UnitsQuery, _path: Mapping[str, str]) -> Found:
    page: dict[str, Any] = {"after": place(query.cursor), "limit": query.limit + 1}
    rows = estate.units(connection, basis, building=query.building, state=query.state, **page)
    return paged(rows, query.limit, "unit")


def _one(thing: str, find: Callable[[Connection, Basis, str], Any]) -> Ask[BasisQuery]:
    """Asks for one thing. Its ETag is that of the answer: what is told of it depends on its neighbours and the day."""

    def ask(connection: Connection, basis: Basis, _query: BasisQuery, path: Mapping[str, str]) -> Found:
        row = find(connection, basis, path[thing])
        if row is None:
            raise not_known(thing, path[thing], basis)
        return Found(data=row)

    return ask


SHOWN = Columns(
    {
        "parcel": "parcel",
        "name": "name",
        "area_m2": "m²",
        "area_mu": "mu",
        "outline_m2": "outline m²",
        "difference_m2": "more, m²",
        "difference_percent": "more, %",
        "datum": "datum",
        "defined_on": "defined on",
        "site": "site",
    },
    texts=("parcel", "name", "datum", "defined_on", "site"),
)


def parcels_sheet(parcels: Iterable[land.ParcelRow]) -> Sheet:
    """A row for each parcel."""
    return Sheet("Parcels (the area on record, and that of the outline)", SHOWN, [SHOWN.line(row) for row in parcels])


def _units_table(units: Iterable[estate.UnitRow]) -> Table:
    """Units as a table: those that a unit was made of or became in one cell, with spaces between them."""
    names, rows = structs_table(estate.UnitRow)(units)
    return names, ([" ".join(cell) if isinstance(cell, tuple) else cell for cell in row] for row in rows)


def _list(thing: str, path: str, summary: str, query: Any, ask: Any, rows: Any, table: Any = None) -> Read[Any]:
    return Read(
        name=f"list-{thing}",
        path=path,
        summary=summary,
        group=GROUP,
        query=query,
        ask=ask,
        rows=rows,
        table=table or structs_table(rows),
    )


def _read(thing: str, path: str, summary: str, find: Any, data: Any) -> Read[Any]:
    return Read(
        name=f"read-{thing}",
        path=f"{path}/{{{thing}:str}}",
        summary=summary,
        group=GROUP,
        query=BasisQuery,
        ask=_one(thing, find),
        data=data,
        problems=("not-found",),
    )


READS: tuple[Read[Any], ...] = (
    _list("sites", SITES, "Sites, with their area in every unit.", BasisQuery, _sites, land.SiteRow),
    _read("site", SITES, "One site, with its outline.", land.site, land.OutlinedSite),
    Read(
        name="list-parcels",
        path=PARCELS,
        summary=LAND,
        group=GROUP,
        query=ParcelsQuery,
        ask=_parcels,
        rows=land.ParcelRow,
        table=structs_table(land.ParcelRow),
        receipts=receipts.PARCELS,
        report=Report(
            name="parcels",
            help=LAND,
            examples=("mcsc report parcels", "mcsc report parcels --site mcsc --effective 2026-06-30 -o parcels.xlsx"),
            options={"site": OF_SITE},
            sheet=parcels_sheet,
        ),
    ),
    _read("parcel", PARCELS, "One parcel, with its outline.", land.parcel, land.OutlinedParcel),
    Read(
        name="map-parcels",
        path="/v1/map/parcels",
        summary="The outlines of parcels: data is a GeoJSON FeatureCollection.",
        group=GROUP,
        query=MapQuery,
        ask=_map,
        data=land.FeatureCollection,
    ),
    _list("buildings", BUILDINGS, "Buildings, and their units' area.", BuildingsQuery, _buildings, estate.BuildingRow),
    _read("building", BUILDINGS, "One building, and what its units have.", estate.building, estate.BuildingRow),
    _list("units", UNITS, "Units, gone ones included.", UnitsQuery, _units, estate.UnitRow, _units_table),
    _read("unit", UNITS, "One unit.", estate.unit, estate.UnitRow),
)
