"""The land: which sites and parcels are there, how large is each, and where do the parcels lie?

SiteTimeline, ParcelTimeline   the read models: one timeline for each site and parcel
sites, site                    sites, each with its area as its source states it
parcels, parcel                parcels; a single one with its outline
parcel_map                     parcels with their outlines, as a GeoJSON FeatureCollection (RFC 7946)

Areas are in m², mu (亩), hectares and international acres: exact where the decimals end within nine, else rounded half
up.
"""

from datetime import date
from fractions import Fraction
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import BigInteger, Column, Connection, Date, Text, func, select

from ledger.decider import DataClass, Fact
from ledger.estate.estate import Parcel, Site, evolve_parcel, evolve_site
from ledger.estate.facts import (
    EstateStepWithdrawn,
    ParcelCorrected,
    ParcelDefined,
    Ring,
    SiteCorrected,
    SiteDefined,
    withdrawn,
)
from ledger.estate.outlines import coordinates_of
from ledger.values.measures import DM2, M2, AreaUnit, written
from projections.engine.basis import Basis
from projections.engine.entities import EntityView, entity_table
from projections.engine.figures import decimals
from projections.tenancy.units import defined, page_of, picked

PLACES = 9
OF_SITE, OF_PARCEL = (SiteDefined, SiteCorrected), (ParcelDefined, ParcelCorrected)
"""The facts that state a site, or a parcel, whole."""

site_timeline = entity_table(
    "site_timeline",
    "site",
    Column("name", Text, nullable=False),
    Column("stated_area", Text, nullable=False),
    Column("stated_unit", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("defined_on", Date, nullable=False),
)
parcel_timeline = entity_table(
    "parcel_timeline",
    "parcel",
    Column("site", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("area_dm2", BigInteger, nullable=False),
    Column("outline_e7", Text, nullable=False),
    Column("defined_on", Date, nullable=False),
)


class SiteTimeline(EntityView[Site]):
    """One timeline for each site."""

    name = "site_timeline"
    version = 1
    table = site_timeline
    tables = (site_timeline,)
    facts = (*OF_SITE, EstateStepWithdrawn)

    def keys(self, fact: Fact) -> tuple[str, ...]:
        """The site that the fact states, or of which it takes such a fact back."""
        return (fact.site,) if isinstance(fact, OF_SITE) else withdrawn(fact, OF_SITE, "site")

    def tag(self, key: str) -> str:
        """All facts of a site carry its tag."""
        return f"site:{key}"

    def evolve(self, key: str, site: Site | None, fact: SiteDefined | SiteCorrected) -> Site:
        """Move the site on, by the context's own fold."""
        return evolve_site(fact)

    def columns(self, site: Site) -> tuple[Any, ...]:
        """The site with its area as stated: other units are derived from it when they are asked for, and exactly."""
        return site.name, site.stated_area, site.stated_unit, site.source, site.defined_on


class ParcelTimeline(EntityView[Parcel]):
    """One timeline for each parcel."""

    name = "parcel_timeline"
    version = 1
    table = parcel_timeline
    tables = (parcel_timeline,)
    facts = (*OF_PARCEL, EstateStepWithdrawn)

    def keys(self, fact: Fact) -> tuple[str, ...]:
        """The parcel that the fact states, or of which it takes such a fact back."""
        return (fact.parcel,) if isinstance(fact, OF_PARCEL) else withdrawn(fact, OF_PARCEL, "parcel")

    def tag(self, key: str) -> str:
        """All facts of a parcel carry its tag."""
        return f"parcel:{key}"

    def evolve(self, key: str, parcel: Parcel | None, fact: ParcelDefined | ParcelCorrected) -> Parcel:
        """Move the parcel on, by the context's own fold."""
        return evolve_parcel(fact)

    def columns(self, parcel: Parcel) -> tuple[Any, ...]:
        """The parcel, its outline as JSON of whole ten-millionths of a degree; empty where it was not surveyed."""
        outline = msgspec.json.encode(parcel.outline_e7).decode() if parcel.outline_e7 else ""
        return parcel.site, parcel.name, parcel.area_dm2, outline, parcel.defined_on


class SiteRow(Struct, frozen=True, kw_only=True):
    """A site as of a basis. Its area is derived from what was stated, exactly; `parcels_m2`: what its parcels have."""

    site: str
    name: str
    stated_area: str
    stated_unit: AreaUnit
    area_m2: str
    area_mu: str
    area_ha: str
    area_acres: str
    parcels: int
    parcels_m2: str
    source: str
    defined_on: date
    data_class: DataClass
    last_position: int


class ParcelRow(Struct, frozen=True, kw_only=True):
    """A parcel as of a basis. `outlined`: whether its outline is known."""

    parcel: str
    site: str
    name: str
    area_m2: str
    area_mu: str
    area_ha: str
    area_acres: str
    outlined: bool
    defined_on: date
    data_class: DataClass
    last_position: int


class Geometry(Struct, frozen=True, tag_field="type", tag="Polygon"):
    """A GeoJSON polygon: rings of longitude and latitude in degrees (WGS 84)."""

    coordinates: list[list[tuple[float, float]]]


class OutlinedParcel(ParcelRow, frozen=True, kw_only=True):
    """A parcel with its outline, where it was surveyed."""

    outline: Geometry | None


class Feature(Struct, frozen=True, tag_field="type", tag="Feature"):
    """A parcel on the map."""

    id: str
    geometry: Geometry
    properties: ParcelRow


class FeatureCollection(Struct, frozen=True, tag_field="type", tag="FeatureCollection"):
    """The parcels whose outline is known, as GeoJSON (RFC 7946)."""

    features: list[Feature]


def sites(connection: Connection, basis: Basis) -> list[SiteRow]:
    """Every site, by identifier."""
    parcels = defined(ParcelTimeline, basis).subquery("parcels")
    counted = select(parcels.c.site, func.count().label("parcels"), func.sum(parcels.c.area_dm2).label("parcels_dm2"))
    of_site = {row.site: row for row in connection.execute(counted.group_by(parcels.c.site))}
    query = defined(SiteTimeline, basis).order_by(site_timeline.c.site)
    return [_site_row(row, of_site.get(row.site)) for row in connection.execute(query)]


def site(connection: Connection, basis: Basis, name: str) -> SiteRow | None:
    """One site on that basis; None where it is not known."""
    return next((row for row in sites(connection, basis) if row.site == name), None)


def _site_row(row: Any, counted: Any) -> SiteRow:
    exact = Fraction(row.stated_area) * M2[row.stated_unit]
    return SiteRow(
        **picked(row, "site", "name", "stated_area", "stated_unit", "source", "defined_on"),
        area_m2=_decimal(exact),
        **_land_units(exact),
        parcels=counted.parcels if counted else 0,
        parcels_m2=written(int(counted.parcels_dm2) if counted else 0),
        **picked(row, "data_class", "last_position"),
    )


def parcels(
    connection: Connection,
    basis: Basis,
    *,
    site: str | None = None,
    after: str | None = None,
    limit: int | None = None,
) -> list[ParcelRow]:
    """Parcels by identifier; the page after parcel `after`."""
    query = page_of(defined(ParcelTimeline, basis), parcel_timeline.c.parcel, after, limit)
    if site is not None:
        query = query.where(parcel_timeline.c.site == site)
    return [ParcelRow(**_of_parcel(row)) for row in connection.execute(query)]


def parcel(connection: Connection, basis: Basis, name: str) -> OutlinedParcel | None:
    """One parcel on that basis, with its outline; None where it is not known."""
    query = defined(ParcelTimeline, basis).where(parcel_timeline.c.parcel == name)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return OutlinedParcel(**_of_parcel(row), outline=_outline(row) if row.outline_e7 else None)


def parcel_map(connection: Connection, basis: Basis, *, site: str | None = None) -> FeatureCollection:
    """The parcels whose outline is known, as a GeoJSON FeatureCollection."""
    query = defined(ParcelTimeline, basis).where(parcel_timeline.c.outline_e7 != "").order_by(parcel_timeline.c.parcel)
    if site is not None:
        query = query.where(parcel_timeline.c.site == site)
    rows = connection.execute(query)
    return FeatureCollection([Feature(row.parcel, _outline(row), ParcelRow(**_of_parcel(row))) for row in rows])


def _of_parcel(row: Any) -> dict[str, Any]:
    columns = picked(row, "parcel", "site", "name", "defined_on", "data_class", "last_position")
    area = Fraction(row.area_dm2, DM2)
    return columns | {"area_m2": written(row.area_dm2), **_land_units(area), "outlined": bool(row.outline_e7)}


def _outline(row: Any) -> Geometry:
    return Geometry(coordinates_of(msgspec.json.decode(row.outline_e7, type=tuple[Ring, ...])))


def _land_units(area_m2: Fraction) -> dict[str, Any]:
    names: dict[str, AreaUnit] = {"area_mu": "MU", "area_ha": "HECTARE", "area_acres": "ACRE"}
    return {name: _decimal(area_m2 / M2[unit]) for name, unit in names.items()}


def _decimal(exact: Fraction) -> str:
    """A fraction with nine decimals, without zeros at the end."""
    return decimals(exact, PLACES).rstrip("0").rstrip(".")
