"""The land: which sites and parcels are there, how large is each, and where do the parcels lie?

SiteTimeline, ParcelTimeline   the read models: one timeline for each site and parcel
sites, site                    sites, each with its area as its source states it; a single one with its outline
parcels, parcel                parcels, each with the area of its outline; a single one with that, and its doubts
doubted                        every parcel whose outline breaks a rule, as some recorded before there were rules
parcel_map                     parcels with their outlines, as a GeoJSON FeatureCollection (RFC 7946)

Areas are in m², mu (亩), hectares and international acres: exact where the decimals end within nine, else rounded half
up. The area of an outline is that on the ellipsoid, half up; it stands beside the stated one, which is what counts.
"""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any

import msgspec
from msgspec import Struct, structs
from sqlalchemy import BigInteger, Column, Connection, Date, Text, func, select

from ledger.decider import DataClass, Fact
from ledger.estate.bounds import Lying, lies_wrong
from ledger.estate.estate import Parcel, Site, evolve_parcel, evolve_site
from ledger.estate.facts import (
    Datum,
    EstateStepWithdrawn,
    ParcelCorrected,
    ParcelDefined,
    Ring,
    SiteCorrected,
    SiteDefined,
    withdrawn,
)
from ledger.estate.outlines import coordinates_of
from ledger.estate.surveying import geodesic_m2
from ledger.values.measures import DM2, M2, AreaUnit, written
from ledger.values.money import rounded
from projections.engine.basis import Basis
from projections.engine.entities import EntityView, entity_table
from projections.engine.figures import decimals, percent
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
    Column("outline_e7", Text),
    Column("datum", Text),
)
parcel_timeline = entity_table(
    "parcel_timeline",
    "parcel",
    Column("site", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("area_dm2", BigInteger, nullable=False),
    Column("outline_e7", Text, nullable=False),
    Column("defined_on", Date, nullable=False),
    Column("datum", Text),
)


class SiteTimeline(EntityView[Site]):
    """One timeline for each site."""

    name = "site_timeline"
    version = 2
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
        stated = site.name, site.stated_area, site.stated_unit, site.source, site.defined_on
        return *stated, _as_json(site.outline_e7) or None, site.datum


class ParcelTimeline(EntityView[Parcel]):
    """One timeline for each parcel."""

    name = "parcel_timeline"
    version = 2
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
        outline = _as_json(parcel.outline_e7)
        return parcel.site, parcel.name, parcel.area_dm2, outline, parcel.defined_on, parcel.datum


def _as_json(rings: tuple[Ring, ...]) -> str:
    return msgspec.json.encode(rings).decode() if rings else ""


class SiteRow(Struct, frozen=True, kw_only=True):
    """A site as of a basis. Its area is derived from what was stated, exactly; `parcels_m2`: what its parcels have.

    outline_m2           the area of its outline on the ellipsoid; difference_m2: how much more that is than stated
    """

    site: str
    name: str
    stated_area: str
    stated_unit: AreaUnit
    area_m2: str
    area_mu: str
    area_ha: str
    area_acres: str
    outline_m2: str | None
    difference_m2: str | None
    difference_percent: str | None
    datum: Datum | None
    parcels: int
    parcels_m2: str
    source: str
    defined_on: date
    data_class: DataClass
    last_position: int


class ParcelRow(Struct, frozen=True, kw_only=True):
    """A parcel as of a basis.

    outlined             whether its outline is known; datum: what that is in, None where nobody said it
    outline_m2           the area of the outline on the ellipsoid
    difference_m2        how much more that is than the area on record, also in percent of it
    """

    parcel: str
    site: str
    name: str
    area_m2: str
    area_mu: str
    area_ha: str
    area_acres: str
    outlined: bool
    outline_m2: str | None
    difference_m2: str | None
    difference_percent: str | None
    datum: Datum | None
    defined_on: date
    data_class: DataClass
    last_position: int


class Geometry(Struct, frozen=True, tag_field="type", tag="Polygon"):
    """A GeoJSON polygon: rings of longitude and latitude in degrees, of the datum said beside it."""

    coordinates: list[list[tuple[float, float]]]


class OutlinedParcel(ParcelRow, frozen=True, kw_only=True):
    """A parcel with its outline, where it was surveyed. `doubts`: rules that the outline breaks; it was there first."""

    outline: Geometry | None
    doubts: tuple[str, ...]


class OutlinedSite(SiteRow, frozen=True, kw_only=True):
    """A site with its outline, where that is known."""

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


def site(connection: Connection, basis: Basis, name: str) -> OutlinedSite | None:
    """One site on that basis, with its outline; None where it is not known."""
    row = next((row for row in sites(connection, basis) if row.site == name), None)
    if row is None:
        return None
    drawn = connection.execute(defined(SiteTimeline, basis).where(site_timeline.c.site == name)).one()
    return OutlinedSite(**structs.asdict(row), outline=_outline(drawn) if drawn.outline_e7 else None)


def _site_row(row: Any, counted: Any) -> SiteRow:
    exact = Fraction(row.stated_area) * M2[row.stated_unit]
    return SiteRow(
        **picked(row, "site", "name", "stated_area", "stated_unit", "source", "defined_on", "datum"),
        area_m2=_decimal(exact),
        **_land_units(exact),
        **_measured(row, exact),
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
    outline = _outline(row) if row.outline_e7 else None
    return OutlinedParcel(**_of_parcel(row), outline=outline, doubts=tuple(_doubts(connection, basis, row)))


def doubted(connection: Connection, basis: Basis) -> Iterator[tuple[str, str]]:
    """Every parcel whose outline breaks a rule, and which; a parcel may come again."""
    for row in connection.execute(defined(ParcelTimeline, basis).order_by(parcel_timeline.c.parcel)).all():
        yield from ((row.parcel, doubt) for doubt in _doubts(connection, basis, row))


def _doubts(connection: Connection, basis: Basis, row: Any) -> Iterator[str]:
    if row.outline_e7:
        ground = connection.execute(defined(SiteTimeline, basis).where(site_timeline.c.site == row.site)).one_or_none()
        near = defined(ParcelTimeline, basis).where(parcel_timeline.c.site == row.site)
        others = connection.execute(near.where(parcel_timeline.c.parcel != row.parcel).order_by("parcel"))
        yield from lies_wrong(_lying(row), map(_lying, others), None if ground is None else _lying(ground))


def _lying(row: Any) -> Lying:
    name = row.parcel if hasattr(row, "parcel") else row.site
    return Lying(name, _rings(row), row.datum)


def parcel_map(connection: Connection, basis: Basis, *, site: str | None = None) -> FeatureCollection:
    """The parcels whose outline is known, as a GeoJSON FeatureCollection."""
    query = defined(ParcelTimeline, basis).where(parcel_timeline.c.outline_e7 != "").order_by(parcel_timeline.c.parcel)
    if site is not None:
        query = query.where(parcel_timeline.c.site == site)
    rows = connection.execute(query)
    return FeatureCollection([Feature(row.parcel, _outline(row), ParcelRow(**_of_parcel(row))) for row in rows])


def _of_parcel(row: Any) -> dict[str, Any]:
    columns = picked(row, "parcel", "site", "name", "datum", "defined_on", "data_class", "last_position")
    area = Fraction(row.area_dm2, DM2)
    areas = {"area_m2": written(row.area_dm2), **_land_units(area), **_measured(row, area)}
    return columns | areas | {"outlined": bool(row.outline_e7)}


def _measured(row: Any, stated_m2: Fraction) -> dict[str, Any]:
    """The area of an outline beside the stated one."""
    if not row.outline_e7:
        return dict.fromkeys(("outline_m2", "difference_m2", "difference_percent"))
    found = Fraction(rounded(geodesic_m2(_rings(row)) * DM2), DM2)
    return {
        "outline_m2": decimals(found, 2),
        "difference_m2": decimals(found - stated_m2, 2),
        "difference_percent": percent(found - stated_m2, stated_m2),
    }


def _outline(row: Any) -> Geometry:
    return Geometry(coordinates_of(_rings(row)))


def _rings(row: Any) -> tuple[Ring, ...]:
    return msgspec.json.decode(row.outline_e7, type=tuple[Ring, ...]) if row.outline_e7 else ()


def _land_units(area_m2: Fraction) -> dict[str, Any]:
    names: dict[str, AreaUnit] = {"area_mu": "MU", "area_ha": "HECTARE", "area_acres": "ACRE"}
    return {name: _decimal(area_m2 / M2[unit]) for name, unit in names.items()}


def _decimal(exact: Fraction) -> str:
    """A fraction with nine decimals, without zeros at the end."""
    return decimals(exact, PLACES).rstrip("0").rstrip(".")
