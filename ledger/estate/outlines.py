"""Outlines on the map: GeoJSON polygons (RFC 7946) at the edge, whole ten-millionths of a degree inside.

Polygon, PolygonFeature   a polygon as people send it, by itself or in a Feature; heights and `bbox` are not kept
outline_of                either as rings of integers, each turned as the standard asks (§3.1.6)
coordinates_of            the same back as the numbers of a GeoJSON polygon
check_outline             closed, in degrees, on the map, enclosing something; simple, its holes inside (surveying.py)
check_datum               which datum the degrees are of: asked for, and one that surveys are in
OutlineMalformed          a ring that is not closed, leaves the world, crosses itself or encloses nothing
DatumUnfit                the datum is not said, or is the shifted one of a map for the public
"""

from fractions import Fraction
from typing import Annotated, Any

from msgspec import Meta, Struct

from ledger.estate.estate import EstateRefusal
from ledger.estate.facts import Datum, Ring
from ledger.estate.surveying import E7, fault_of, twice_area
from ledger.values.money import rounded

Number = Annotated[float, Meta(ge=-1_000_000_000, le=1_000_000_000)]
Position = Annotated[
    tuple[Number, ...],
    Meta(min_length=2, max_length=3, description="Longitude, latitude in degrees; a height is not kept."),
]
Box = Annotated[
    tuple[Number, ...], Meta(min_length=4, max_length=6, description="West, south, east, north; it is not kept.")
]

LONGITUDE_MAX_E7, LATITUDE_MAX_E7 = 180 * E7, 90 * E7
DEGREES_MAX_E7 = 360 * E7
"""What is farther from zero is no degrees that somebody mixed up."""
SHIFTED: tuple[Datum, ...] = ("GCJ-02", "BD-09")


class Polygon(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="Polygon"):
    """A GeoJSON polygon (RFC 7946 §3.1.6): the outer ring, then holes; each ring ends where it begins."""

    coordinates: Annotated[
        tuple[Annotated[tuple[Position, ...], Meta(min_length=4, max_length=2000)], ...],
        Meta(min_length=1, max_length=50),
    ]
    bbox: Box | None = None


class PolygonFeature(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="Feature"):
    """A GeoJSON Feature around a polygon (RFC 7946 §3.2), as mapping programs write it. Only the polygon is kept."""

    geometry: Polygon
    properties: dict[str, Any] | None = None
    id: str | int | None = None
    bbox: Box | None = None


Outline = Polygon | PolygonFeature
"""What a command takes."""


class OutlineMalformed(EstateRefusal):
    """Not a polygon on the map."""

    code = "outline-malformed"


class DatumUnfit(EstateRefusal):
    """The datum of an outline is not said, or is not one that surveys are in."""

    code = "datum-unfit"


def outline_of(outline: Outline | None) -> tuple[Ring, ...]:
    """The rings, the outer one counterclockwise and holes clockwise; none of none. Check them with check_outline."""
    if outline is None:
        return ()
    polygon = outline.geometry if isinstance(outline, PolygonFeature) else outline
    rings = [tuple((_e7(point[0]), _e7(point[1])) for point in ring) for ring in polygon.coordinates]
    return tuple(_turned(ring, counterclockwise=at == 0) for at, ring in enumerate(rings))


def check_outline(rings: tuple[Ring, ...]) -> None:
    """Raises OutlineMalformed."""
    for number, ring in enumerate(rings, 1):
        which = "the outer ring" if number == 1 else f"ring {number}"
        if ring[0] != ring[-1]:
            raise OutlineMalformed(f"{which} is not closed: it ends where it begins (RFC 7946)", field="outline")
        for east, north in ring:
            if abs(east) > LONGITUDE_MAX_E7 or abs(north) > LATITUDE_MAX_E7:
                raise OutlineMalformed(_outside_the_world(which, east, north), field="outline")
    if rings and (fault := fault_of(rings)):
        raise OutlineMalformed(fault, field="outline")


def check_datum(datum: Datum | None, *, outlined: bool) -> None:
    """Check that an outline has a datum that surveys are in. Raises DatumUnfit."""
    if not outlined and datum is not None:
        raise DatumUnfit("a datum is that of an outline; give the outline too, or leave it out", field="datum")
    if outlined and datum is None:
        raise DatumUnfit(
            "say which datum the degrees of the outline are of: CGCS2000 (China's surveys) or WGS84 (satellites);"
            " no check of areas can find it",
            field="datum",
        )
    if datum in SHIFTED:
        raise DatumUnfit(
            f"{datum} is the shifted datum of maps for the public, hundreds of metres off, and differently in each"
            " place; take the outline of the survey, in CGCS2000 or WGS84",
            field="datum",
        )


def coordinates_of(rings: tuple[Ring, ...]) -> list[list[tuple[float, float]]]:
    """The coordinates of a GeoJSON polygon: with seven decimals they are what was stored."""
    return [[(east / E7, north / E7) for east, north in ring] for ring in rings]


def _e7(degrees: float) -> int:
    # By way of its decimal writing: 104.1234567 is meant, not the binary fraction beside it.
    return rounded(Fraction(str(degrees)) * E7)


def _outside_the_world(which: str, east: int, north: int) -> str:
    if max(abs(east), abs(north)) > DEGREES_MAX_E7:
        return (
            f"{which} has {east / E7:.2f}, {north / E7:.2f}: these are metres of a projection (Gauss-Krüger, UTM, Web"
            " Mercator), not degrees; write it in degrees of CGCS2000 (EPSG:4490) or WGS 84 (EPSG:4326)"
        )
    return f"{which} leaves the world at {east / E7}, {north / E7}; longitude comes first, then latitude"


def _turned(ring: Ring, *, counterclockwise: bool) -> Ring:
    area = twice_area(ring)
    return ring[::-1] if area and (area > 0) is not counterclockwise else ring
