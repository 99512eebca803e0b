"""Outlines on the map: GeoJSON polygons (RFC 7946) at the edge, whole ten-millionths of a degree inside.

Polygon           a polygon as people send it
outline_of        a Polygon as rings of integers, each turned as the standard asks (§3.1.6)
coordinates_of    the same back as the numbers of a GeoJSON polygon
OutlineMalformed  a ring that is not closed, leaves the world or encloses nothing
"""

from fractions import Fraction
from typing import Annotated

from msgspec import Meta, Struct

from ledger.estate.estate import EstateRefusal
from ledger.estate.facts import Ring
from ledger.values.money import rounded

Degrees = Annotated[float, Meta(ge=-180, le=180)]
Position = Annotated[tuple[Degrees, Degrees], Meta(description="Longitude, latitude in degrees (WGS 84).")]

E7 = 10**7
LATITUDE_MAX_E7 = 90 * E7


class Polygon(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="Polygon"):
    """A GeoJSON polygon (RFC 7946 §3.1.6): the outer ring, then holes; each ring ends where it begins."""

    coordinates: Annotated[
        tuple[Annotated[tuple[Position, ...], Meta(min_length=4, max_length=2000)], ...],
        Meta(min_length=1, max_length=50),
    ]


class OutlineMalformed(EstateRefusal):
    """Not a polygon on the map."""

    code = "outline-malformed"


def outline_of(polygon: Polygon) -> tuple[Ring, ...]:
    """The rings, the outer one counterclockwise and holes clockwise. Check them with check_outline."""
    rings = [tuple((_e7(east), _e7(north)) for east, north in ring) for ring in polygon.coordinates]
    return tuple(_turned(ring, counterclockwise=at == 0) for at, ring in enumerate(rings))


def check_outline(rings: tuple[Ring, ...]) -> None:
    """Raises OutlineMalformed."""
    for number, ring in enumerate(rings, 1):
        which = "the outer ring" if number == 1 else f"ring {number}"
        if ring[0] != ring[-1]:
            raise OutlineMalformed(f"{which} is not closed: it ends where it begins (RFC 7946)", field="outline")
        if any(abs(north) > LATITUDE_MAX_E7 for _, north in ring):
            raise OutlineMalformed(f"{which} leaves the world; longitude comes first, then latitude", field="outline")
        if _twice_area(ring) == 0:
            raise OutlineMalformed(f"{which} encloses nothing", field="outline")


def coordinates_of(rings: tuple[Ring, ...]) -> list[list[tuple[float, float]]]:
    """The coordinates of a GeoJSON polygon: with seven decimals they are what was stored."""
    return [[(east / E7, north / E7) for east, north in ring] for ring in rings]


def _e7(degrees: float) -> int:
    # By way of its decimal writing: 104.1234567 is meant, not the binary fraction beside it.
    return rounded(Fraction(str(degrees)) * E7)


def _twice_area(ring: Ring) -> int:
    """Twice the enclosed area in square ten-millionths of a degree, positive where the ring runs counterclockwise."""
    pairs = zip(ring, (*ring[1:], ring[0]), strict=True)
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs)


def _turned(ring: Ring, *, counterclockwise: bool) -> Ring:
    area = _twice_area(ring)
    return ring[::-1] if area and (area > 0) is not counterclockwise else ring
