"""Outlines are looked at by a geometry library: sound, in a known datum, beside each other, inside their site."""

from math import atanh, radians, sin, sqrt
from typing import Any

import msgspec
import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.decider import Command
from ledger.estate.bounds import Lying, OutlineOutside, OutlineOverlaps, lies_wrong
from ledger.estate.correcting import CorrectParcel, CorrectSite
from ledger.estate.facts import ParcelDefined, Ring
from ledger.estate.outlines import DatumUnfit, OutlineMalformed, Polygon, PolygonFeature, outline_of
from ledger.estate.surveying import E7, fault_of, geodesic_m2
from ledger.estate.withdrawing import WithdrawEstateStep
from tests.examples.estate import ASKED, CORRECTIONS, PARCEL, SITE, SQUARE
from tests.ground.given import decide, given, grown

WEST, SOUTH = 103.8, 30.1
METRE = 0.000_01
"""A metre there, near enough: 0.96 m east, 1.11 m north."""
NEXT = "parcel-2-demo"


def oblong(west: float = 0, south: float = 0, wide: float = 100, deep: float = 100) -> Polygon:
    """An outline, in metres from a corner of Meishan."""
    west, east = WEST + west * METRE, WEST + (west + wide) * METRE
    south, north = SOUTH + south * METRE, SOUTH + (south + deep) * METRE
    return Polygon(coordinates=(((west, south), (east, south), (east, north), (west, north), (west, south)),))


def parcel(outline: Any, name: str = PARCEL, **changes: Any) -> Command:
    """The parcel of the example, with another outline."""
    said = {"area": "100.00", "datum": "CGCS2000", "parcel": name, "outline": outline} | changes
    return replace(ASKED[1], **said)


PLACED = grown((), replace(ASKED[0], outline=oblong(-50, -50, 400, 300), datum="CGCS2000"), parcel(oblong()))
"""A site of 400 by 300 m with a parcel of 100 by 100 m in it."""
BARE = grown((), ASKED[0])


# What is sent


FORMS = {
    "with heights": '{"type":"Polygon","coordinates":[[[103.8,30.1,450.5],[103.81,30.1,451],[103.81,30.11,0],'
    "[103.8,30.1,450.5]]]}",
    "with a bbox": '{"type":"Polygon","bbox":[103.8,30.1,103.81,30.11],"coordinates":[[[103.8,30.1],[103.81,30.1],'
    "[103.81,30.11],[103.8,30.1]]]}",
    "in a Feature": '{"type":"Feature","id":7,"properties":{"name":"P1","holes":[]},"bbox":[103.8,30.1,0,'
    '103.81,30.11,9],"geometry":{"type":"Polygon","coordinates":[[[103.8,30.1],[103.81,30.1],[103.81,30.11],[103.8,30.1]]]}}',
    "without properties": '{"type":"Feature","properties":null,"geometry":{"type":"Polygon","coordinates":'
    "[[[103.8,30.1],[103.81,30.1],[103.81,30.11],[103.8,30.1]]]}}",
}
TRIANGLE = (((1_038_000_000, 301_000_000), (1_038_100_000, 301_000_000), (1_038_100_000, 301_100_000)),)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_forms_of_one_outline(form: str) -> None:
    outline: Polygon | PolygonFeature = msgspec.json.decode(form, type=Polygon | PolygonFeature)
    assert tuple(ring[:-1] for ring in outline_of(outline)) == TRIANGLE
    (fact,) = decide(BARE, parcel(outline))
    assert isinstance(fact, ParcelDefined)
    assert fact.outline_e7 == outline_of(outline)


@pytest.mark.parametrize(
    ("point", "says"),
    [
        pytest.param((35_577_123.0, 3_331_234.5), "35577123.00, 3331234.50: these are metres", id="Gauss-Krüger, zone"),
        pytest.param((577_123.0, 3_331_234.5), "metres of a projection", id="Gauss-Krüger"),
        pytest.param((11_554_963.2, 3_515_226.0), "EPSG:4490", id="Web Mercator"),
        pytest.param((30.1, 103.8), "leaves the world at 30.1, 103.8; longitude comes first", id="turned round"),
        pytest.param((180.1, 30.1), "leaves the world", id="beyond the date line"),
    ],
)
def test_what_is_not_in_degrees(point: tuple[float, float], says: str) -> None:
    x, y = point
    ring = ((x, y), (x + 50, y), (x + 50, y + 50), (x, y))
    given(*BARE).when(parcel(Polygon(coordinates=(ring,)))).refused(OutlineMalformed, field="outline", says=says)


BOX = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0))


def inner(west: float, south: float, wide: float) -> tuple[tuple[float, float], ...]:
    return tuple((west + x * wide, south + y * wide) for x, y in ((0, 0), (0, 1), (1, 1), (1, 0), (0, 0)))


@pytest.mark.parametrize(
    ("rings", "says"),
    [
        ((((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (1.0, -1.0), (0.0, 0.0)),), "crosses or touches itself"),
        ((((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (2.0, 0.0), (0.0, 4.0), (0.0, 0.0)),), "at 2.0000000, 0.0000000"),
        ((((0.0, 0.0), (4.0, 0.0), (6.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 0.0)),), "crosses or touches itself"),
        ((BOX, inner(5, 5, 1)), "a hole lies outside the outer ring, at 5.0000000, 5.0000000"),
        ((BOX, inner(3, 3, 2)), "crosses or touches itself or another"),
        ((BOX, inner(1, 1, 2), inner(1.5, 1.5, 1)), "a hole lies in another hole"),
        ((BOX, inner(1, 1, 1), inner(1, 1, 1)), "crosses or touches itself or another"),
        ((BOX, ((0.0, 2.0), (2.0, 4.0), (4.0, 2.0), (2.0, 0.0), (0.0, 2.0))), "holes cut the ground in parts"),
        ((BOX, ((1.0, 1.0), (2.0, 2.0), (3.0, 3.0), (1.0, 1.0))), "ring 2 encloses nothing"),
    ],
    ids=["crosses", "touches", "spike", "hole outside", "hole across", "hole in a hole", "twice", "parts", "flat hole"],
)
def test_what_is_no_sound_polygon(rings: Any, says: str) -> None:
    given(*BARE).when(parcel(Polygon(coordinates=rings))).refused(OutlineMalformed, field="outline", says=says)


# The datum


@pytest.mark.parametrize(
    ("outline", "datum", "says"),
    [
        (SQUARE, None, "CGCS2000 (China's surveys) or WGS84"),
        (SQUARE, "GCJ-02", "GCJ-02 is the shifted datum of maps"),
        (SQUARE, "BD-09", "BD-09 is the shifted datum of maps"),
        (None, "WGS84", "give the outline too"),
    ],
)
def test_a_datum_is_asked_for(outline: Any, datum: Any, says: str) -> None:
    """GCJ-02 is 373 m off near Meishan and changes areas by at most 0.26 %: nothing but the question finds it."""
    given(*BARE).when(parcel(outline, datum=datum)).refused(DatumUnfit, field="datum", says=says)
    site = replace(ASKED[0], outline=outline, datum=datum)
    given().when(site).refused(DatumUnfit, field="datum", says=says)


def test_what_was_recorded_without_a_datum_is_already_so() -> None:
    (old,) = (replace(fact, datum=None) for fact in decide(BARE, ASKED[1]) if isinstance(fact, ParcelDefined))
    assert decide((*BARE, old), replace(ASKED[1], datum=None)) == ()


# Beside each other, inside the site


@pytest.mark.parametrize(
    ("outline", "refusal", "says"),
    [
        (oblong(100), None, ""),
        (oblong(99.85), None, ""),
        (oblong(99), OutlineOverlaps, f"m² lie in parcel {PARCEL} too"),
        (oblong(), OutlineOverlaps, PARCEL),
        (oblong(20, 20, 10, 10), OutlineOverlaps, PARCEL),
        (oblong(-50, -50, 20, 20), None, ""),
        (oblong(-51, -50, 20, 20), OutlineOutside, f"m² lie outside site {SITE}"),
        (oblong(1000), OutlineOutside, f"outside site {SITE}"),
        (oblong(-60, -60, 400, 400), OutlineOutside, f"outside site {SITE}"),
    ],
    ids=[
        "beside",
        "a strip",
        "a metre in",
        "the same",
        "inside",
        "at the edge",
        "out",
        "away",
        "around",
    ],
)
def test_parcels_lie_beside_each_other(outline: Polygon, refusal: Any, says: str) -> None:
    when = given(*PLACED).when(parcel(outline, NEXT))
    if refusal is None:
        assert [type(fact) for fact in decide(PLACED, parcel(outline, NEXT))] == [ParcelDefined]
    else:
        when.refused(refusal, field="outline", says=says)


def test_surveys_of_two_datums_may_differ_by_what_they_drift() -> None:
    assert decide(PLACED, parcel(oblong(99), NEXT, datum="WGS84"))
    given(*PLACED).when(parcel(oblong(96), NEXT, datum="WGS84")).refused(OutlineOverlaps)


def test_a_parcel_of_another_site_is_no_neighbour() -> None:
    other = replace(ASKED[0], site="other-demo")
    assert decide((*PLACED, *decide((), other)), parcel(oblong(), NEXT, site="other-demo"))


CORRECT_SITE, CORRECT_PARCEL = CORRECTIONS[0][0], CORRECTIONS[1][0]


def test_a_correction_is_looked_at_alike() -> None:
    """Given two parcels side by side, then one grows where the other gave way, and not before."""
    assert isinstance(CORRECT_PARCEL, CorrectParcel)
    assert isinstance(CORRECT_SITE, CorrectSite)
    two = grown(PLACED, parcel(oblong(100), NEXT))
    grow = replace(CORRECT_PARCEL, area="100.00", outline=oblong(wide=120))
    given(*two).when(grow).refused(OutlineOverlaps, field="outline", says=NEXT)
    shrink = replace(CORRECT_PARCEL, parcel=NEXT, area="100.00", outline=oblong(120, wide=80))
    three = grown(two, shrink, grow)
    small = replace(CORRECT_SITE, outline=oblong(wide=150), datum="CGCS2000")
    given(*three).when(small).refused(OutlineOutside, field="outline", says=f"parcel {NEXT}")
    back = WithdrawEstateStep(
        effective_on=shrink.effective_on,
        step="estate.parcel-corrected",
        site=SITE,
        parcel=NEXT,
        reason="measured wrong",
    )
    given(*three).when(back).refused(OutlineOverlaps, field="step", says=PARCEL)


def test_what_was_recorded_before_is_told_and_stops_nobody_else() -> None:
    """Facts are for ever: a bow tie on record is told of, and a parcel far from it is defined."""
    bow = ((WEST, SOUTH), (WEST + 0.001, SOUTH + 0.001), (WEST + 0.001, SOUTH), (WEST, SOUTH + 0.001), (WEST, SOUTH))
    rings = outline_of(Polygon(coordinates=(bow,)))
    (old,) = (fact for fact in decide(BARE, ASKED[1]) if isinstance(fact, ParcelDefined))
    tied = Lying("tied-demo", rings, None)
    site, other = (
        Lying(SITE, outline_of(oblong(-50, -50, 400, 300)), "WGS84"),
        Lying(PARCEL, outline_of(oblong()), "WGS84"),
    )
    found = list(lies_wrong(tied, (other,), site))
    assert [text.partition(", at")[0].partition(" m²")[2] or text.partition(", at")[0] for text in found] == [
        "a ring crosses or touches itself or another",
        f" lie in parcel {PARCEL} too",
    ]
    assert list(lies_wrong(other, (), site)) == []
    assert "nobody said the datum" in next(iter(lies_wrong(other, (tied,), None)))
    away = parcel(oblong(500), NEXT)
    assert decide((*BARE, replace(old, outline_e7=rings, datum=None)), away)


# Areas


A_M, F = 6_378_137, 1 / 298.257_223_563
"""The ellipsoid of WGS 84."""


def between_parallels(wide: float, south: float, north: float) -> float:
    """The area of an oblong of degrees between two parallels, in m²: the textbook's closed form."""
    e = sqrt(F * (2 - F))
    q = [
        sin(radians(at)) / (1 - (e * sin(radians(at))) ** 2) + atanh(e * sin(radians(at))) / e for at in (south, north)
    ]
    return (A_M * (1 - F)) ** 2 / 2 * radians(wide) * (q[1] - q[0])


def test_areas_are_those_of_the_ellipsoid() -> None:
    """A sphere would be 0.2 % off there, Web Mercator 34 %. Short sides of geodesics are those of parallels."""
    wide = oblong_e7(1_038_000_000, 301_000_000, 100_000, 100_000)
    assert abs(float(geodesic_m2((wide,))) - between_parallels(0.01, 30.1, 30.11)) < 0.1
    octant = ((0, 0), (90 * E7, 0), (0, 90 * E7), (0, 0))
    assert abs(float(geodesic_m2((octant,))) / between_parallels(90, 0, 90) - 1) < 1e-12


@for_all(st.integers(-179, 178), st.integers(-80, 79), st.integers(1, 9), st.integers(1, 9))
def test_a_hole_takes_its_area_away(west: int, south: int, wide: int, deep: int) -> None:
    outer = oblong_e7(west * E7, south * E7, E7, E7)
    hole = oblong_e7(west * E7 + E7 // 20, south * E7 + E7 // 20, wide * E7 // 10, deep * E7 // 10)
    rings = (outer, hole[::-1])
    assert fault_of(rings) is None
    assert geodesic_m2(rings) + geodesic_m2((hole,)) - geodesic_m2((outer,)) < 1
    assert geodesic_m2(()) == 0


def oblong_e7(west: int, south: int, wide: int, deep: int) -> Ring:
    east, north = west + wide, south + deep
    return ((west, south), (east, south), (east, north), (west, north), (west, south))
