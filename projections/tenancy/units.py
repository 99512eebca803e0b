"""The estate: which buildings and units are there, how large is each, and in what state?

UnitTimeline, BuildingTimeline   the read models: one timeline for each building and unit
units, unit                      units as of a basis, by identifier
there                            the units that are not gone, as far as reports about let space ask
buildings, building              buildings, with the area that their units have; building_names
defined, page_of, picked         what queries of the estate have in common; sites.py uses them too

Areas are in m² with two decimals. A unit's state is that on the basis: PLANNED or UNDER_CONSTRUCTION as long as its
building is, RESERVED through the last day of a reservation; split and merged units are RETIRED.
"""

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    Integer,
    Select,
    Subquery,
    Text,
    case,
    func,
    select,
)

from ledger.decider import DataClass, Fact
from ledger.estate.estate import Building, evolve_building
from ledger.estate.facts import BuildingFact, EstateStepWithdrawn, UnitFact, Use, withdrawn
from ledger.estate.unit import Unit, UnitState, evolve_unit
from ledger.values.measures import Standard, dm2, written
from projections.engine.basis import Basis
from projections.engine.entities import EntityView, entity_table
from projections.engine.timeline import as_of, when

BuildingState = Literal["PLANNED", "UNDER_CONSTRUCTION", "COMPLETED"]


building_timeline = entity_table(
    "building_timeline",
    "building",
    Column("parcel", Text),
    Column("name", Text),
    Column("floors", Integer, nullable=False),
    Column("lettable_dm2", BigInteger, nullable=False),
    Column("standard", Text),
    Column("defined_on", Date),
    Column("started_on", Date),
    Column("completed_on", Date),
)
unit_timeline = entity_table(
    "unit_timeline",
    "unit",
    Column("building", Text),
    Column("floor", Text),
    Column("use", Text),
    Column("area_dm2", BigInteger, nullable=False),
    Column("standard", Text),
    Column("measured_on", Date),
    Column("defined_on", Date),
    Column("off_market", Boolean, nullable=False),
    Column("reserved_for", Text),
    Column("reserved_until", Date),
    Column("gone_on", Date),
    Column("became", Text, nullable=False),
    Column("made_of", Text, nullable=False),
    Column("erv_m2_month", Text),
    Column("erv_on", Date),
)


# The read models


class BuildingTimeline(EntityView[Building]):
    """One timeline for each building."""

    name = "building_timeline"
    version = 1
    table = building_timeline
    tables = (building_timeline,)
    facts = (BuildingFact, EstateStepWithdrawn)

    def keys(self, fact: Fact) -> tuple[str, ...]:
        """The building that the fact is about, or of which it takes a step back."""
        return (fact.building,) if isinstance(fact, BuildingFact) else withdrawn(fact, BuildingFact, "building")

    def tag(self, key: str) -> str:
        """All facts of a building carry its tag; those of its units do, too."""
        return f"building:{key}"

    def evolve(self, key: str, building: Building | None, fact: BuildingFact) -> Building:
        """Move the building on, by the context's own fold."""
        return evolve_building(building, fact)

    def columns(self, building: Building) -> tuple[Any, ...]:
        """The building without its units."""
        plan = (building.parcel, building.name, building.floors, building.lettable_dm2, building.standard)
        return (*plan, building.defined_on, building.started_on, building.completed_on)


class UnitTimeline(EntityView[Unit]):
    """One timeline for each unit."""

    name = "unit_timeline"
    version = 1
    table = unit_timeline
    tables = (unit_timeline,)
    facts = (UnitFact, EstateStepWithdrawn)

    def keys(self, fact: Fact) -> tuple[str, ...]:
        """The units that the fact touches, of a split also those that it makes; or of which it takes a step back."""
        return tuple(dict.fromkeys(fact.touches)) if isinstance(fact, UnitFact) else withdrawn(fact, UnitFact, "unit")

    def tag(self, key: str) -> str:
        """All facts of a unit carry its tag."""
        return f"unit:{key}"

    def evolve(self, key: str, unit: Unit | None, fact: UnitFact) -> Unit:
        """Move the unit on, by the context's own fold."""
        return evolve_unit(unit, fact, key)

    def columns(self, unit: Unit) -> tuple[Any, ...]:
        """The unit without its building."""
        measured = (unit.building, unit.floor, unit.use, unit.area_dm2, unit.standard, unit.measured_on)
        market = (unit.defined_on, unit.off_market, unit.reserved_for, unit.reserved_until)
        lineage = (unit.gone_on, " ".join(unit.became), " ".join(unit.made_of))
        return (*measured, *market, *lineage, unit.erv_m2_month, unit.erv_on)


# Queries


class BuildingRow(Struct, frozen=True, kw_only=True):
    """A building as of a basis. `units`, `units_m2`: how many units it has, without those that are gone; their area."""

    building: str
    parcel: str | None
    name: str | None
    state: BuildingState
    floors: int
    lettable_m2: str
    units: int
    units_m2: str
    standard: Standard | None
    defined_on: date
    started_on: date | None
    completed_on: date | None
    data_class: DataClass
    last_position: int


class UnitRow(Struct, frozen=True, kw_only=True):
    """A unit as of a basis. Leases say whether it is let.

    reserved_for, reserved_until   a reservation that is live on the effective date
    gone_on, became                the day from which it is no unit any more, and what it was split or merged into
    made_of                        the units it was made of
    erv_m2_month, erv_on           the latest estimated rental value, CNY a m² and month, and its date
    """

    unit: str
    building: str | None
    floor: str | None
    use: Use | None
    area_m2: str
    standard: Standard | None
    measured_on: date | None
    state: UnitState
    reserved_for: str | None
    reserved_until: date | None
    erv_m2_month: str | None
    erv_on: date | None
    defined_on: date
    gone_on: date | None
    became: tuple[str, ...]
    made_of: tuple[str, ...]
    data_class: DataClass
    last_position: int

    @property
    def area_dm2(self) -> int:
        """The area in whole square decimetres, to calculate with."""
        return dm2(self.area_m2)


class Place(Struct, frozen=True, gc=False):
    """A unit that is not gone, as far as reports about let space ask."""

    unit: str
    building: str | None
    area_dm2: int
    standard: Standard | None
    state: UnitState
    reserved_for: str | None
    erv_m2_month: str | None
    data_class: DataClass

    @property
    def area_m2(self) -> str:
        """The area as people write it."""
        return written(self.area_dm2)


def there(connection: Connection, basis: Basis) -> list[Place]:
    """Every unit that is not gone, by building and unit."""
    on, states = basis.effective, dict[str | None, UnitState]()
    asked = when(on, basis.recorded)
    for building, _, _, started_on, completed_on in connection.execute(_named_buildings(), asked).all():
        states[building] = "AVAILABLE" if completed_on else "UNDER_CONSTRUCTION" if started_on else "PLANNED"
    found: dict[str, list[Place]] = {}
    for unit, building, area, standard, erv, data_class, off_market, reserved_for, until in connection.execute(
        _places(), asked
    ).all():
        state = "OFF_MARKET" if off_market else states.get(building, "PLANNED")
        live = until is not None and until >= on
        if live and state == "AVAILABLE":
            state = "RESERVED"
        place = Place(unit, building, area, standard, state, reserved_for if live else None, erv, data_class)
        found.setdefault(building or "", []).append(place)
    return [place for _, some in sorted(found.items()) for place in some]


@cache
def _places() -> Select[Any]:
    row = unit_timeline.c
    names = ("unit", "building", "area_dm2", "standard", "erv_m2_month", "data_class", "off_market", "reserved_for")
    known = as_of(UnitTimeline)
    columns = [row[name] for name in (*names, "reserved_until")]
    return (
        known.with_only_columns(*columns).where(row.defined_on.is_not(None), row.gone_on.is_(None)).order_by(row.unit)
    )


@cache
def _named_buildings() -> Select[Any]:
    row = building_timeline.c
    known = as_of(BuildingTimeline).where(row.defined_on.is_not(None))
    return known.with_only_columns(row.building, row.name, row.lettable_dm2, row.started_on, row.completed_on)


def completed_buildings() -> Select[Any]:
    """The buildings that stand, to be asked of a basis: units of others are not on the market."""
    known = as_of(BuildingTimeline).with_only_columns(building_timeline.c.building)
    return known.where(building_timeline.c.defined_on.is_not(None), building_timeline.c.completed_on.is_not(None))


def building_names(connection: Connection, basis: Basis) -> dict[str, tuple[str | None, int]]:
    """Name and lettable area, in square decimetres as it was defined, of each building."""
    found = connection.execute(_named_buildings(), when(basis.effective, basis.recorded)).all()
    return {building: (name, lettable) for building, name, lettable, *_ in found}


def buildings(
    connection: Connection,
    basis: Basis,
    *,
    parcel: str | None = None,
    after: str | None = None,
    limit: int | None = None,
) -> list[BuildingRow]:
    """Buildings by identifier; the page after building `after`."""
    query = _buildings(basis)
    table = query.selected_columns
    query = page_of(query, table.building, after, limit)
    if parcel is not None:
        query = query.where(table.parcel == parcel)
    return [_building_row(row) for row in connection.execute(query)]


def building(connection: Connection, basis: Basis, name: str) -> BuildingRow | None:
    """One building on that basis; None where it is not known."""
    query = _buildings(basis)
    row = connection.execute(query.where(query.selected_columns.building == name)).one_or_none()
    return _building_row(row) if row is not None else None


def _buildings(basis: Basis) -> Select[Any]:
    """Buildings beside the count and area of their units, each with its state."""
    house = defined(BuildingTimeline, basis).subquery("buildings")
    there = defined(UnitTimeline, basis).where(unit_timeline.c.gone_on.is_(None)).subquery("units")
    counted = (
        select(there.c.building, func.count().label("units"), func.sum(there.c.area_dm2).label("units_dm2"))
        .group_by(there.c.building)
        .subquery("counted")
    )
    return select(house, counted.c.units, counted.c.units_dm2, _building_state(house).label("state")).select_from(
        house.outerjoin(counted, counted.c.building == house.c.building)
    )


def _building_row(row: Any) -> BuildingRow:
    names = ("building", "parcel", "name", "state", "floors", "standard", "defined_on", "started_on", "completed_on")
    return BuildingRow(
        **picked(row, *names, "data_class", "last_position"),
        lettable_m2=written(row.lettable_dm2),
        units=row.units or 0,
        units_m2=written(int(row.units_dm2 or 0)),
    )


def units(
    connection: Connection,
    basis: Basis,
    *,
    building: str | None = None,
    state: UnitState | None = None,
    after: str | None = None,
    limit: int | None = None,
) -> list[UnitRow]:
    """Units by identifier, those that are gone included; the page after unit `after`."""
    query = _units(basis)
    table = query.selected_columns
    query = page_of(query, table.unit, after, limit)
    if building is not None:
        query = query.where(table.building == building)
    if state is not None:
        query = query.where(table.state == state)
    return [_unit_row(row, basis) for row in connection.execute(query)]


def buildings_of(connection: Connection, basis: Basis, units: Iterable[str]) -> set[str]:
    """The buildings that some units are in."""
    query = defined(UnitTimeline, basis).where(unit_timeline.c.unit.in_(units))
    found = connection.execute(query.with_only_columns(unit_timeline.c.building)).scalars()
    return {building for building in found if building}


def unit(connection: Connection, basis: Basis, name: str) -> UnitRow | None:
    """One unit on that basis; None where it is not known."""
    query = _units(basis)
    row = connection.execute(query.where(query.selected_columns.unit == name)).one_or_none()
    return _unit_row(row, basis) if row is not None else None


def _units(basis: Basis) -> Select[Any]:
    """Units beside their building, each with its state."""
    unit = defined(UnitTimeline, basis).subquery("units")
    house = defined(BuildingTimeline, basis).subquery("buildings")
    state = case(
        (unit.c.gone_on.is_not(None), "RETIRED"),
        (unit.c.off_market, "OFF_MARKET"),
        (house.c.completed_on.is_(None), _building_state(house)),
        (unit.c.reserved_until >= basis.effective, "RESERVED"),
        else_="AVAILABLE",
    )
    return select(unit, state.label("state")).select_from(unit.outerjoin(house, house.c.building == unit.c.building))


def _building_state(table: Subquery) -> ColumnElement[str]:
    return case(
        (table.c.completed_on.is_not(None), "COMPLETED"),
        (table.c.started_on.is_not(None), "UNDER_CONSTRUCTION"),
        else_="PLANNED",
    )


def _unit_row(row: Any, basis: Basis) -> UnitRow:
    names = ("unit", "building", "floor", "use", "standard", "measured_on", "defined_on")
    live = row.reserved_until is not None and row.reserved_until >= basis.effective
    return UnitRow(
        **picked(row, *names, "state", "gone_on", "erv_m2_month", "erv_on", "data_class", "last_position"),
        area_m2=written(row.area_dm2),
        reserved_for=row.reserved_for if live else None,
        reserved_until=row.reserved_until if live else None,
        became=tuple(row.became.split()),
        made_of=tuple(row.made_of.split()),
    )


def defined(view: type[EntityView[Any]], basis: Basis) -> Select[Any]:
    """Select the sites, parcels, buildings or units that are defined on that basis."""
    # The log may hold facts of a thing from before it was defined; it is known from its definition on.
    query = as_of(view, effective=basis.effective, recorded=basis.recorded)
    return query.where(view.table.c.defined_on.is_not(None))


def page_of(query: Select[Any], key: ColumnElement[str], after: str | None, limit: int | None) -> Select[Any]:
    """Take the page of a query that comes after `after`, in the order of the key."""
    if after is not None:
        query = query.where(key > after)
    return query.order_by(key).limit(limit)


def picked(row: Any, *names: str) -> dict[str, Any]:
    """Pick columns of a row, by name."""
    return {name: getattr(row, name) for name in names}
