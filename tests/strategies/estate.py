"""What fields of estate draw from, by `field` or, where a name means two things, by `Kind.field`."""

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from ledger.estate.facts import UnitPart
from ledger.estate.outlines import Polygon, PolygonFeature
from ledger.estate.units import NewPart
from tests.examples.estate import SQUARE, SQUARE_E7

SITES, PARCELS, BUILDINGS = ("north-demo", "south-demo"), ("plot-demo", "field-demo"), ("hall-demo", "tower-demo")
UNITS = ("u1-demo", "u2-demo", "u3-demo", "u4-demo", "u5-demo")
AREAS = ("0.00", "100.00", "150.50", "250.50", "400.00")
BOWTIE = Polygon(coordinates=(((0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0), (0.0, 0.0)),))
BESIDE = Polygon(coordinates=(((103.81, 30.1), (103.82, 30.1), (103.82, 30.11), (103.81, 30.1)),))

units = st.sampled_from(UNITS)
areas = st.sampled_from(AREAS)
areas_dm2 = st.sampled_from((10_000, 15_050, 25_050, 40_000))

POOLS: dict[str, st.SearchStrategy[Any]] = {
    "site": st.sampled_from(SITES),
    "parcel": st.sampled_from(PARCELS),
    "building": st.sampled_from(BUILDINGS),
    "unit": units,
    "stated_area": st.sampled_from(("0", "1", "0.25")),
    "stated_unit": st.sampled_from(("M2", "MU", "HECTARE", "ACRE")),
    **dict.fromkeys(("area", "lettable"), areas),
    **dict.fromkeys(("area_dm2", "lettable_dm2", "area_before_dm2"), areas_dm2),
    "outline": st.sampled_from((SQUARE, BESIDE, PolygonFeature(geometry=BESIDE), BOWTIE)),
    "outline_e7": st.sampled_from((SQUARE_E7, ())),
    "datum": st.sampled_from(("CGCS2000", "WGS84")),
    "floors": st.integers(1, 3),
    "floor": st.sampled_from(("1", "B1")),
    "use": st.sampled_from(("INDUSTRIAL", "OFFICE")),
    "standard": st.sampled_from(("GB/T17986", "IPMS3")),
    **dict.fromkeys(
        ("measured_on", "defined_on", "ReserveUnit.until_on", "UnitReserved.until_on"),
        st.sampled_from([date(2026, 1, 1) + timedelta(days=day) for day in range(0, 12, 3)]),
    ),
    "SplitUnit.parts": st.lists(st.builds(NewPart, unit=units, area=areas), min_size=2, max_size=3).map(tuple),
    "UnitSplit.parts": st.lists(
        st.builds(UnitPart, unit=units, area_dm2=areas_dm2), min_size=2, max_size=3, unique_by=lambda part: part.unit
    ).map(tuple),
    "MergeUnits.units": st.lists(units, min_size=2, max_size=3).map(tuple),
    "MergeUnits.into": units,
    "UnitsMerged.units": st.lists(units, min_size=2, max_size=3, unique=True).map(tuple),
    "UnitsMerged.into": units,
    **dict.fromkeys(
        ("WithdrawEstateStep.step", "EstateStepWithdrawn.step"),
        st.sampled_from(("estate.site-defined", "estate.unit-defined", "estate.unit-reserved", "estate.unit-split")),
    ),
    **dict.fromkeys(
        ("WithdrawEstateStep.units", "EstateStepWithdrawn.units"), st.lists(units, max_size=2, unique=True).map(tuple)
    ),
    "EstateStepWithdrawn.touched": units.map(lambda unit: (f"unit:{unit}",)),
    "erv_m2_month": st.sampled_from(("44.00", "40.5")),
}
