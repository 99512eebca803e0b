"""Commands: estate.

Made from docs/openapi.json by `python -m api.client.making docs/openapi.json`.
"""

from datetime import date
from typing import Literal

from api.client.parts import Command, Evidence, NewPart, Polygon, PolygonFeature


class DefineSite(Command, frozen=True, kw_only=True, tag="define-site"):
    """Define the site, with the area that its source states, and its outline as GeoJSON where it is known.

    Parcels lie inside the outline. `datum` is that of its degrees: CGCS2000 or WGS84.
    """

    effective_on: date
    site: str
    name: str
    stated_area: str
    stated_unit: Literal["ACRE", "HECTARE", "M2", "MU"]
    source: str
    outline: Polygon | PolygonFeature | None = None
    datum: Literal["BD-09", "CGCS2000", "GCJ-02", "WGS84"] | None = None


class DefineParcel(Command, frozen=True, kw_only=True, tag="define-parcel"):
    """Define a parcel of a site, with its outline as GeoJSON where it was surveyed.

    `datum` is that of the outline's degrees: CGCS2000 or WGS84. Parcels do not overlap, and lie inside their
    site;
    a strip narrower than 0.2 m is no overlap.
    """

    effective_on: date
    site: str
    parcel: str
    name: str
    area: str
    outline: Polygon | PolygonFeature | None = None
    datum: Literal["BD-09", "CGCS2000", "GCJ-02", "WGS84"] | None = None


class DefineBuilding(Command, frozen=True, kw_only=True, tag="define-building"):
    """Define a building that is planned on a parcel.

    Tax invoices of its leases need `region` and `address` (四川省眉山市东坡区; street and number) and
    `title_certificate`, the number of its real-estate certificate (不动产权证书), or 无.
    """

    effective_on: date
    parcel: str
    building: str
    name: str
    floors: int
    lettable: str
    standard: Literal["BOMA", "GB/T17986", "GB/T50353", "IPMS3"]
    region: str | None = None
    address: str | None = None
    title_certificate: str | None = None


class StartConstruction(Command, frozen=True, kw_only=True, tag="start-construction"):
    """Record that building began."""

    effective_on: date
    building: str


class CompleteBuilding(Command, frozen=True, kw_only=True, tag="complete-building"):
    """Record that the building stands."""

    effective_on: date
    building: str
    evidence: Evidence


class DefineUnit(Command, frozen=True, kw_only=True, tag="define-unit"):
    """Define a unit of a building."""

    effective_on: date
    building: str
    unit: str
    floor: str
    use: Literal["INDUSTRIAL", "LABORATORY", "OFFICE", "RESIDENTIAL", "RETAIL", "WAREHOUSE"]
    area: str
    standard: Literal["BOMA", "GB/T17986", "GB/T50353", "IPMS3"]
    measured_on: date


class RemeasureUnit(Command, frozen=True, kw_only=True, tag="remeasure-unit"):
    """Record a new measurement of a unit of this building."""

    effective_on: date
    building: str
    unit: str
    area: str
    standard: Literal["BOMA", "GB/T17986", "GB/T50353", "IPMS3"]
    measured_on: date
    evidence: Evidence


class SplitUnit(Command, frozen=True, kw_only=True, tag="split-unit"):
    """Make several units of one. The areas sum to the whole; remeasure first where they do not."""

    effective_on: date
    unit: str
    parts: tuple[NewPart, ...]


class MergeUnits(Command, frozen=True, kw_only=True, tag="merge-units"):
    """Make one unit of several in one building."""

    effective_on: date
    units: tuple[str, ...]
    into: str


class RetireUnit(Command, frozen=True, kw_only=True, tag="retire-unit"):
    """Give the unit up for ever."""

    effective_on: date
    unit: str
    reason: str


class ReserveUnit(Command, frozen=True, kw_only=True, tag="reserve-unit"):
    """Keep a unit for a company through a date."""

    effective_on: date
    unit: str
    company: str
    until_on: date


class ReleaseReservation(Command, frozen=True, kw_only=True, tag="release-reservation"):
    """Keep the unit for nobody any more."""

    effective_on: date
    unit: str
    reason: str


class TakeUnitOffMarket(Command, frozen=True, kw_only=True, tag="take-unit-off-market"):
    """Do not let the unit for the time being."""

    effective_on: date
    unit: str
    reason: str


class ReturnUnit(Command, frozen=True, kw_only=True, tag="return-unit"):
    """Let the unit again."""

    effective_on: date
    unit: str


class CorrectSite(Command, frozen=True, kw_only=True, tag="correct-site"):
    """Correct what was recorded of a site: state it whole. `effective_on`: since when the right values hold."""

    effective_on: date
    site: str
    name: str
    stated_area: str
    stated_unit: Literal["ACRE", "HECTARE", "M2", "MU"]
    source: str
    reason: str
    outline: Polygon | PolygonFeature | None = None
    datum: Literal["BD-09", "CGCS2000", "GCJ-02", "WGS84"] | None = None


class CorrectParcel(Command, frozen=True, kw_only=True, tag="correct-parcel"):
    """Correct what was recorded of a parcel: state it whole. `effective_on`: since when the right values hold."""

    effective_on: date
    site: str
    parcel: str
    name: str
    area: str
    outline: Polygon | PolygonFeature | None = None
    datum: Literal["BD-09", "CGCS2000", "GCJ-02", "WGS84"] | None = None
    reason: str


class CorrectBuilding(Command, frozen=True, kw_only=True, tag="correct-building"):
    """Correct what was recorded of a building: state it whole. `effective_on`: since when the right values hold.

    Of `region`, `address` and `title_certificate`, which tax invoices of its leases need, what is not said stays.
    """

    effective_on: date
    building: str
    name: str
    floors: int
    lettable: str
    reason: str
    region: str | None = None
    address: str | None = None
    title_certificate: str | None = None


class CorrectUnit(Command, frozen=True, kw_only=True, tag="correct-unit"):
    """Correct the floor and use of a unit; its area is measured anew. `effective_on`: since when they hold."""

    effective_on: date
    building: str
    unit: str
    floor: str
    use: Literal["INDUSTRIAL", "LABORATORY", "OFFICE", "RESIDENTIAL", "RETAIL", "WAREHOUSE"]
    reason: str


class WithdrawEstateStep(Command, frozen=True, kw_only=True, tag="withdraw-estate-step"):
    """Withdraw what was recorded of the estate by mistake; `effective_on` is the step's own date.

    site, parcel, building, units   all that the step is about: of a parcel its site, of a measurement the
    building, of
                                    a split or merger the building and every unit
    """

    effective_on: date
    step: str
    site: str | None = None
    parcel: str | None = None
    building: str | None = None
    units: tuple[str, ...] = ()
    reason: str


class EstimateRentalValue(Command, frozen=True, kw_only=True, tag="estimate-rental-value"):
    """Record an estimated rental value, as a valuer or manager gave it."""

    effective_on: date
    unit: str
    erv_m2_month: str
    source: str
