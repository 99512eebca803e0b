"""What can be told of outlines by geometry: whether one is sound, how large it is, what it has in common with another.

fault_of       why rings are no polygon: they cross themselves, a hole lies outside, nothing is enclosed
geodesic_m2    the area on the ellipsoid of WGS 84, in m²; that of CGCS2000 is the same to a fifth of a millimetre
common_m2      the area that two outlines share, None where that is nothing, or no more than surveys differ
beyond_m2      the area of one outlined thing outside another, alike
STRIP_M        so wide may the strip be that two surveys differ by

Shapely and pyproj are imported when an outline is looked at, and not before: a process that looks at none has neither.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import cos, radians
from typing import TYPE_CHECKING, Any

from ledger.estate.facts import Datum, Ring

if TYPE_CHECKING:
    from pyproj import Geod

E7 = 10**7
METRES_IN_DEGREE = 111_320
"""Of latitude, near enough for the width of a strip."""
STRIP_M, STRIP_OF_TWO_M = 0.2, 2.0
"""Wide enough for what is rounded; of two datums also for 3 cm a year of drift since 2000, of which CGCS2000 is."""

REASONS = {
    "Hole lies outside shell": "a hole lies outside the outer ring",
    "Holes are nested": "a hole lies in another hole",
    "Interior is disconnected": "holes cut the ground in parts; each part is a parcel of its own",
    "Duplicate Rings": "a ring is said twice",
}
CROSSES = "a ring crosses or touches itself or another"


def twice_area(ring: Ring) -> int:
    """Twice the enclosed area in square ten-millionths of a degree, positive where the ring runs counterclockwise."""
    pairs = zip(ring, (*ring[1:], ring[0]), strict=True)
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs)


def fault_of(rings: Sequence[Ring]) -> str | None:
    """Say why closed rings are no polygon, and where; None where they are one."""
    from shapely import MultiPoint, is_valid_reason

    for number, ring in enumerate(rings, 1):
        which = "the outer ring" if number == 1 else f"ring {number}"
        if MultiPoint(ring).convex_hull.area == 0:
            return f"{which} encloses nothing"
    reason, _, place = is_valid_reason(_polygon(rings)).partition("[")
    if reason == "Valid Geometry":
        return None
    east, north = (Decimal(text) / E7 for text in place.rstrip("]").split())
    return f"{REASONS.get(reason, CROSSES)}, at {east:.7f}, {north:.7f}"


def geodesic_m2(rings: Sequence[Ring]) -> Fraction:
    """The area of an outline on the ellipsoid, in m²: the outer ring without its holes; 0 where there is none."""
    areas = [
        abs(_geod().polygon_area_perimeter([x / E7 for x, _ in ring], [y / E7 for _, y in ring])[0]) for ring in rings
    ]
    return Fraction(areas[0] - sum(areas[1:])) if areas else Fraction(0)


def strip_m(one: Datum | None, other: Datum | None) -> float:
    """The width in metres that outlines may differ by, with the datum of each; None: nobody said it."""
    return STRIP_M if one == other else STRIP_OF_TWO_M


def common_m2(one: Sequence[Ring], other: Sequence[Ring], strip: float) -> Fraction | None:
    """The area that two outlines share, in m²; None where it is nowhere wider than the strip, in metres."""
    return _sized(_sound(one).intersection(_sound(other)), strip)


def beyond_m2(one: Sequence[Ring], other: Sequence[Ring], strip: float) -> Fraction | None:
    """The area of the first outline outside the other, in m²; None where it is nowhere wider than the strip."""
    return _sized(_sound(one).difference(_sound(other)), strip)


def _polygon(rings: Sequence[Ring]) -> Any:
    from shapely import Polygon

    return Polygon(rings[0], rings[1:])


def _sound(rings: Sequence[Ring]) -> Any:
    """The polygon; of one recorded before outlines were checked, what it encloses."""
    from shapely import make_valid

    return make_valid(_polygon(rings))


def _sized(shape: Any, strip: float) -> Fraction | None:
    from shapely import area, transform
    from shapely.geometry import MultiPolygon

    if area(shape) == 0:
        return None
    scale = METRES_IN_DEGREE / E7
    squeeze = cos(radians(shape.bounds[1] / E7))
    plane = transform(shape, lambda points: points * (scale * squeeze, scale))
    if plane.buffer(-strip / 2).is_empty:
        return None
    parts = getattr(shape, "geoms", (shape,))
    flat = MultiPolygon([part for part in parts if part.geom_type == "Polygon"])
    return Fraction(abs(_geod().geometry_area_perimeter(transform(flat, lambda points: points / E7))[0]))


@cache
def _geod() -> "Geod":
    from pyproj import Geod

    return Geod(ellps="WGS84")
