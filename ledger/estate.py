"""The estate: site, parcels, buildings, units; measured, reserved, taken off the market, split and merged.

Unit: PLANNED → UNDER_CONSTRUCTION → AVAILABLE ⇄ RESERVED; OFF_MARKET and back; RETIRED for ever. LET is not a state of
its own: leases say which days a unit is held (lettings.py), and both are shown side by side.

Commands               Facts (estate.…)          From
DefineSite             site-defined
DefineParcel           parcel-defined            P1: Σ parcels ≤ site
DefineBuilding         building-defined          PLANNED
StartConstruction      construction-started      PLANNED → UNDER_CONSTRUCTION
CompleteBuilding       building-completed        → its units are AVAILABLE
DefineUnit             unit-defined              P2: Σ units ≤ building, of the same standard
RemeasureUnit          unit-remeasured           P5: executed leases keep their contracted area
SplitUnit              unit-split                P3: Σ parts = whole, to 0.01 m²; nobody holds it from then on
MergeUnits             units-merged              P3; the same building and standard; nobody holds them from then on
ReserveUnit            unit-reserved             AVAILABLE, not held by a lease
ReleaseReservation     reservation-released
TakeUnitOffMarket      unit-taken-off-market     not held by a lease on any later day
ReturnUnit             unit-returned             OFF_MARKET
RetireUnit             unit-retired              P4: no hard delete; not held by a lease on any later day
EstimateRentalValue    rental-value-estimated    ERV, dated

Refusals, in order of precedence
EstateRefusal
├── SiteUnknown, ParcelUnknown, BuildingUnknown, UnitUnknown   no such thing (unknown)
├── NameTaken             this id is another site's, parcel's, building's or unit's (conflict)
├── BeforeDefined         nothing is effective before the thing was defined
├── UnitGone              the unit was split, merged or retired
├── UnitStateForbids      this step does not start from the unit's state
├── UnitHeld              a lease holds the unit on that day or later (conflict)
├── OutlineMalformed      a GeoJSON polygon that is not closed, crosses the world's edge, or has no area
├── StandardDiffers       another standard of measurement: areas are not added up across standards
├── AreaExceeds           P1, P2: the parts are larger than the whole
└── AreaNotConserved      P3: the parts do not sum to the whole
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from ledger.decider import Command, Fact, Id, Refusal, Text
from ledger.evidence import Evidence
from ledger.lettings import EMPTY, Calendar
from ledger.measures import Area, AreaUnit, Standard
from ledger.money import UnitPrice

Use = Literal["INDUSTRIAL", "LABORATORY", "OFFICE", "WAREHOUSE", "RETAIL", "RESIDENTIAL"]
UnitState = Literal["PLANNED", "UNDER_CONSTRUCTION", "AVAILABLE", "RESERVED", "OFF_MARKET", "RETIRED"]

StatedArea = Annotated[
    str,
    Meta(pattern=r"^(0|[1-9][0-9]{0,8})(\.[0-9]{1,6})?$(?!\n)", description="An area as stated: 800."),
]
Degrees = Annotated[float, Meta(ge=-180, le=180)]
Position = Annotated[tuple[Degrees, Degrees], Meta(description="Longitude, latitude in degrees (WGS 84).")]


class Polygon(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="Polygon"):
    """A GeoJSON polygon (RFC 7946 §3.1.6): the outer ring, then holes; each ring ends where it begins."""

    coordinates: Annotated[
        tuple[Annotated[tuple[Position, ...], Meta(min_length=4, max_length=2000)], ...],
        Meta(min_length=1, max_length=50),
    ]


Ring = tuple[tuple[int, int], ...]
"""Longitude and latitude in ten-millionths of a degree (about a centimetre), so that a fact holds no floats."""

# Names are storage: a tag below is written into every stored fact and never changes.


class EstateFact(Fact, frozen=True, kw_only=True):
    """Something that happened to the estate."""


class SiteDefined(EstateFact, frozen=True, kw_only=True, tag="estate.site-defined"):
    """The site, with its area as stated and in square decimetres."""

    tag_fields: ClassVar = ("site",)
    derived = ("area_dm2",)
    site: Id
    name: Text
    stated_area: StatedArea
    stated_unit: AreaUnit
    source: Text
    area_dm2: int


class ParcelDefined(EstateFact, frozen=True, kw_only=True, tag="estate.parcel-defined"):
    """A parcel (宗地) of a site; its outline where it has been surveyed."""

    tag_fields: ClassVar = ("site", "parcel")
    site: Id
    parcel: Id
    name: Text
    area_dm2: int
    outline_e7: tuple[Ring, ...] = ()


class BuildingDefined(EstateFact, frozen=True, kw_only=True, tag="estate.building-defined"):
    """A building (楼栋) on a parcel. Its lettable area bounds that of its units."""

    tag_fields: ClassVar = ("parcel", "building")
    parcel: Id
    building: Id
    name: Text
    floors: int
    lettable_dm2: int
    standard: Standard


class ConstructionStarted(EstateFact, frozen=True, kw_only=True, tag="estate.construction-started"):
    """Building began."""

    tag_fields: ClassVar = ("building",)
    building: Id


class BuildingCompleted(EstateFact, frozen=True, kw_only=True, tag="estate.building-completed"):
    """The building stands: its units can be let."""

    tag_fields: ClassVar = ("building",)
    building: Id
    evidence: Evidence


class UnitDefined(EstateFact, frozen=True, kw_only=True, tag="estate.unit-defined"):
    """A unit (单元) of a building."""

    tag_fields: ClassVar = ("building", "unit")
    building: Id
    unit: Id
    floor: str
    use: Use
    area_dm2: int
    standard: Standard
    measured_on: date


class UnitRemeasured(EstateFact, frozen=True, kw_only=True, tag="estate.unit-remeasured"):
    """Measured again; leases keep the area that they were signed for until they are amended."""

    tag_fields: ClassVar = ("building", "unit")
    derived = ("building", "area_before_dm2")
    building: Id
    unit: Id
    area_dm2: int
    area_before_dm2: int
    standard: Standard
    measured_on: date
    evidence: Evidence


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new unit made of an old one."""

    unit: Id
    area_dm2: int


class UnitSplit(EstateFact, frozen=True, kw_only=True, tag="estate.unit-split"):
    """One unit is several from now on, of the same floor, use and standard."""

    derived = ("building",)
    building: Id
    unit: Id
    parts: tuple[Part, ...]

    @property
    def tags(self) -> tuple[str, ...]:
        """The building, the unit that was, and those that are."""
        return (f"building:{self.building}", f"unit:{self.unit}", *(f"unit:{part.unit}" for part in self.parts))


class UnitsMerged(EstateFact, frozen=True, kw_only=True, tag="estate.units-merged"):
    """Several units are one from now on. `floor` and `use` are those of the first."""

    derived = ("building", "area_dm2")
    building: Id
    units: tuple[Id, ...]
    into: Id
    area_dm2: int

    @property
    def tags(self) -> tuple[str, ...]:
        """The building, the units that were, and the one that is."""
        return (f"building:{self.building}", *(f"unit:{unit}" for unit in self.units), f"unit:{self.into}")


class UnitReserved(EstateFact, frozen=True, kw_only=True, tag="estate.unit-reserved"):
    """Kept for a company through `until_on`."""

    tag_fields: ClassVar = ("unit", "company")
    unit: Id
    company: Id
    until_on: date


class ReservationReleased(EstateFact, frozen=True, kw_only=True, tag="estate.reservation-released"):
    """Kept for nobody any more."""

    tag_fields: ClassVar = ("unit",)
    unit: Id
    reason: Text


class UnitTakenOffMarket(EstateFact, frozen=True, kw_only=True, tag="estate.unit-taken-off-market"):
    """Not to be let for the time being: outside the denominators of occupancy."""

    tag_fields: ClassVar = ("unit",)
    unit: Id
    reason: Text


class UnitReturned(EstateFact, frozen=True, kw_only=True, tag="estate.unit-returned"):
    """To be let again."""

    tag_fields: ClassVar = ("unit",)
    unit: Id


class UnitRetired(EstateFact, frozen=True, kw_only=True, tag="estate.unit-retired"):
    """Not a unit any more; its history stays."""

    tag_fields: ClassVar = ("building", "unit")
    derived = ("building",)
    building: Id
    unit: Id
    reason: Text


class RentalValueEstimated(EstateFact, frozen=True, kw_only=True, tag="estate.rental-value-estimated"):
    """ERV: what the unit would let for on the date, in CNY a square metre and month, ex VAT."""

    tag_fields: ClassVar = ("unit",)
    unit: Id
    erv_m2_month: UnitPrice
    source: Text


# Commands


class DefineSite(Command, frozen=True, kw_only=True, tag="define-site"):
    """Define the site, with the area that its source states."""

    site: Id
    name: Text
    stated_area: StatedArea
    stated_unit: AreaUnit
    source: Text


class DefineParcel(Command, frozen=True, kw_only=True, tag="define-parcel"):
    """Define a parcel of a site, with its outline as GeoJSON where it was surveyed."""

    site: Id
    parcel: Id
    name: Text
    area: Area
    outline: Polygon | None = None


class DefineBuilding(Command, frozen=True, kw_only=True, tag="define-building"):
    """Define a building that is planned on a parcel."""

    parcel: Id
    building: Id
    name: Text
    floors: Annotated[int, Meta(ge=1, le=150)]
    lettable: Area
    standard: Standard


class StartConstruction(Command, frozen=True, kw_only=True, tag="start-construction"):
    """Record that building began."""

    building: Id


class CompleteBuilding(Command, frozen=True, kw_only=True, tag="complete-building"):
    """Record that the building stands."""

    building: Id
    evidence: Evidence


class DefineUnit(Command, frozen=True, kw_only=True, tag="define-unit"):
    """Define a unit of a building."""

    building: Id
    unit: Id
    floor: Annotated[str, Meta(pattern=r"^(B[1-9]|[0-9]{1,3}|M)$(?!\n)", description="A floor: 1, 12, B1, M.")]
    use: Use
    area: Area
    standard: Standard
    measured_on: date


class RemeasureUnit(Command, frozen=True, kw_only=True, tag="remeasure-unit"):
    """Record a new measurement."""

    unit: Id
    area: Area
    standard: Standard
    measured_on: date
    evidence: Evidence


class NewPart(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new unit and its area."""

    unit: Id
    area: Area


class SplitUnit(Command, frozen=True, kw_only=True, tag="split-unit"):
    """Make several units of one. The areas sum to the whole; remeasure first where they do not."""

    unit: Id
    parts: Annotated[tuple[NewPart, ...], Meta(min_length=2, max_length=50)]


class MergeUnits(Command, frozen=True, kw_only=True, tag="merge-units"):
    """Make one unit of several in one building."""

    units: Annotated[tuple[Id, ...], Meta(min_length=2, max_length=50)]
    into: Id


class ReserveUnit(Command, frozen=True, kw_only=True, tag="reserve-unit"):
    """Keep a unit for a company through a date."""

    unit: Id
    company: Id
    until_on: date


class ReleaseReservation(Command, frozen=True, kw_only=True, tag="release-reservation"):
    """Keep the unit for nobody any more."""

    unit: Id
    reason: Text


class TakeUnitOffMarket(Command, frozen=True, kw_only=True, tag="take-unit-off-market"):
    """Do not let the unit for the time being."""

    unit: Id
    reason: Text


class ReturnUnit(Command, frozen=True, kw_only=True, tag="return-unit"):
    """Let the unit again."""

    unit: Id


class RetireUnit(Command, frozen=True, kw_only=True, tag="retire-unit"):
    """Give the unit up for ever."""

    unit: Id
    reason: Text


class EstimateRentalValue(Command, frozen=True, kw_only=True, tag="estimate-rental-value"):
    """Record an estimated rental value, as a valuer or manager gave it."""

    unit: Id
    erv_m2_month: UnitPrice
    source: Text


# Refusals


class EstateRefusal(Refusal):
    """A rule about the estate said no."""


class SiteUnknown(EstateRefusal):
    """No such site."""

    code = "site-unknown"
    kind = "unknown"


class ParcelUnknown(EstateRefusal):
    """No such parcel."""

    code = "parcel-unknown"
    kind = "unknown"


class BuildingUnknown(EstateRefusal):
    """No such building."""

    code = "building-unknown"
    kind = "unknown"


class UnitUnknown(EstateRefusal):
    """No such unit."""

    code = "unit-unknown"
    kind = "unknown"


class NameTaken(EstateRefusal):
    """This id is another thing's."""

    code = "estate-name-taken"
    kind = "conflict"


class BeforeDefined(EstateRefusal):
    """Nothing is effective before the thing was defined."""

    code = "before-defined"


class UnitGone(EstateRefusal):
    """The unit was split, merged or retired."""

    code = "unit-gone"


class UnitStateForbids(EstateRefusal):
    """This step does not start from the unit's state."""

    code = "unit-state-forbids"


class UnitHeld(EstateRefusal):
    """A lease holds the unit."""

    code = "unit-held"
    kind = "conflict"


class OutlineMalformed(EstateRefusal):
    """Not a polygon on the map."""

    code = "outline-malformed"


class StandardDiffers(EstateRefusal):
    """Areas of different standards are not added up."""

    code = "standard-differs"


class AreaExceeds(EstateRefusal):
    """P1, P2: the parts are larger than the whole."""

    code = "area-exceeds"


class AreaNotConserved(EstateRefusal):
    """P3: the parts do not sum to the whole."""

    code = "area-not-conserved"


# State


class Unit(Struct, frozen=True, kw_only=True):
    """A unit as its facts tell. `gone_on`: from when it was split, merged or retired."""

    unit: str
    building: str
    floor: str
    use: Use
    area_dm2: int
    standard: Standard
    measured_on: date
    defined_on: date
    off_market: bool = False
    reserved_for: str | None = None
    reserved_until: date | None = None
    gone_on: date | None = None
    erv_m2_month: str | None = None


class Building(Struct, frozen=True, kw_only=True):
    """A building as its facts tell."""

    building: str
    parcel: str
    name: str
    floors: int
    lettable_dm2: int
    standard: Standard
    defined_on: date
    started_on: date | None = None
    completed_on: date | None = None


class Estate(Struct, frozen=True, kw_only=True):
    """What the facts of one scope tell."""

    sites: Mapping[str, SiteDefined] = MappingProxyType({})
    parcels: Mapping[str, ParcelDefined] = MappingProxyType({})
    buildings: Mapping[str, Building] = MappingProxyType({})
    units: Mapping[str, Unit] = MappingProxyType({})
    calendar: Calendar = EMPTY
    asked: frozenset[tuple[object, ...]] = frozenset()
