"""One example of every fact and command of estate. All are invented; names end in (demo).

LIFE    from the site to a retired unit, in the order recorded
ASKED   for each fact of LIFE the command that asks for it
SQUARE  an outline as GeoJSON; SQUARE_E7: as it is stored
"""

import hashlib
from datetime import date
from typing import Any

from msgspec.structs import replace

from ledger.decider import Command, Fact
from ledger.estate.correcting import CorrectBuilding, CorrectParcel, CorrectSite, CorrectUnit
from ledger.estate.facts import (
    BuildingCompleted,
    BuildingCorrected,
    BuildingDefined,
    ConstructionStarted,
    EstateFact,
    EstateStepWithdrawn,
    ParcelCorrected,
    ParcelDefined,
    RentalValueEstimated,
    ReservationReleased,
    SiteCorrected,
    SiteDefined,
    UnitCorrected,
    UnitDefined,
    UnitPart,
    UnitRemeasured,
    UnitReserved,
    UnitRetired,
    UnitReturned,
    UnitsMerged,
    UnitSplit,
    UnitTakenOffMarket,
)
from ledger.estate.land import CompleteBuilding, DefineBuilding, DefineParcel, DefineSite, StartConstruction
from ledger.estate.market import EstimateRentalValue, ReleaseReservation, ReserveUnit, ReturnUnit, TakeUnitOffMarket
from ledger.estate.outlines import Polygon
from ledger.estate.units import DefineUnit, MergeUnits, NewPart, RemeasureUnit, RetireUnit, SplitUnit
from ledger.estate.withdrawing import WithdrawEstateStep
from ledger.values.evidence import Evidence

SITE, PARCEL, BUILDING, UNIT = "mcsc-demo", "parcel-1-demo", "hall-a-demo", "a101-demo"
EAST, WEST, WHOLE_AGAIN = "a101-east-demo", "a101-west-demo", "a102-demo"
TENANT = "sunfield-demo"
SQUARE = Polygon(coordinates=(((103.8, 30.1), (103.81, 30.1), (103.81, 30.1100001), (103.8, 30.11), (103.8, 30.1)),))
SQUARE_E7 = (
    (
        (1_038_000_000, 301_000_000),
        (1_038_100_000, 301_000_000),
        (1_038_100_000, 301_100_001),
        (1_038_000_000, 301_100_000),
        (1_038_000_000, 301_000_000),
    ),
)


def paper(doc: str) -> Evidence:
    """A document whose content is its name."""
    return Evidence(doc=f"{doc} (demo)", sha256=hashlib.sha256(doc.encode()).hexdigest())


LIKE: dict[str, Any] = {"floor": "1", "use": "INDUSTRIAL", "standard": "GB/T17986"}
"""What the units of the example are like."""

# The day, what is asked, and how it is recorded

_STORY: tuple[tuple[type[EstateFact], type[Command], date, dict[str, Any], dict[str, Any], dict[str, Any]], ...] = (
    (
        SiteDefined,
        DefineSite,
        date(2023, 1, 2),
        {"site": SITE, "name": "Smart city (demo)", "source": "a press text (demo)"},
        {"stated_area": "800", "stated_unit": "ACRE"},
        {"stated_area": "800", "stated_unit": "ACRE", "area_dm2": 323_748_514},
    ),
    (
        ParcelDefined,
        DefineParcel,
        date(2023, 2, 1),
        {"site": SITE, "parcel": PARCEL, "name": "Parcel 1 (demo)"},
        {"area": "8000.00", "outline": SQUARE, "datum": "CGCS2000"},
        {"area_dm2": 800_000, "outline_e7": SQUARE_E7, "datum": "CGCS2000"},
    ),
    (
        BuildingDefined,
        DefineBuilding,
        date(2023, 3, 1),
        {"parcel": PARCEL, "building": BUILDING, "name": "Hall A (demo)", "floors": 3, "standard": "GB/T17986"},
        {"lettable": "2000.00"},
        {"lettable_dm2": 200_000},
    ),
    (ConstructionStarted, StartConstruction, date(2023, 4, 3), {"building": BUILDING}, {}, {}),
    (
        BuildingCompleted,
        CompleteBuilding,
        date(2023, 11, 30),
        {"building": BUILDING, "evidence": paper("completion certificate")},
        {},
        {},
    ),
    (
        UnitDefined,
        DefineUnit,
        date(2023, 12, 1),
        {"building": BUILDING, "unit": UNIT, **LIKE, "measured_on": date(2023, 11, 20)},
        {"area": "1234.50"},
        {"area_dm2": 123_450},
    ),
    (
        UnitRemeasured,
        RemeasureUnit,
        date(2024, 2, 1),
        {
            "building": BUILDING,
            "unit": UNIT,
            "standard": "GB/T17986",
            "measured_on": date(2024, 1, 25),
            "evidence": paper("survey"),
        },
        {"area": "1240.00"},
        {"area_dm2": 124_000, "area_before_dm2": 123_450},
    ),
    (
        UnitSplit,
        SplitUnit,
        date(2024, 3, 1),
        {"unit": UNIT},
        {"parts": (NewPart(unit=EAST, area="500.00"), NewPart(unit=WEST, area="740.00"))},
        {
            "parts": (UnitPart(unit=EAST, area_dm2=50_000), UnitPart(unit=WEST, area_dm2=74_000)),
            "building": BUILDING,
            **LIKE,
            "measured_on": date(2024, 1, 25),
        },
    ),
    (
        UnitsMerged,
        MergeUnits,
        date(2024, 4, 1),
        {"units": (EAST, WEST), "into": WHOLE_AGAIN},
        {},
        {"area_dm2": 124_000, "building": BUILDING, **LIKE, "measured_on": date(2024, 1, 25)},
    ),
    (
        RentalValueEstimated,
        EstimateRentalValue,
        date(2024, 4, 2),
        {"unit": WHOLE_AGAIN, "erv_m2_month": "44.00", "source": "a valuer's letter (demo)"},
        {},
        {},
    ),
    (
        UnitReserved,
        ReserveUnit,
        date(2024, 4, 10),
        {"unit": WHOLE_AGAIN, "company": TENANT, "until_on": date(2024, 6, 30)},
        {},
        {},
    ),
    (
        ReservationReleased,
        ReleaseReservation,
        date(2024, 5, 6),
        {"unit": WHOLE_AGAIN, "reason": "they chose another hall"},
        {},
        {},
    ),
    (UnitTakenOffMarket, TakeUnitOffMarket, date(2024, 6, 3), {"unit": WHOLE_AGAIN, "reason": "a new floor"}, {}, {}),
    (UnitReturned, ReturnUnit, date(2024, 7, 1), {"unit": WHOLE_AGAIN}, {}, {}),
    (
        UnitRetired,
        RetireUnit,
        date(2024, 8, 1),
        {"unit": WHOLE_AGAIN, "reason": "now a canteen"},
        {},
        {"building": BUILDING},
    ),
)

LIFE: tuple[EstateFact, ...] = tuple(
    fact(effective_on=on, **both, **recorded) for fact, _, on, both, _, recorded in _STORY
)
ASKED: tuple[Command, ...] = tuple(
    command(effective_on=on, **both, **asked) for _, command, on, both, asked, _ in _STORY
)


def before(kind: type[EstateFact]) -> tuple[EstateFact, ...]:
    """The facts of LIFE before the one of this kind."""
    return LIFE[: [type(fact) for fact in LIFE].index(kind)]


def through(kind: type[EstateFact]) -> tuple[EstateFact, ...]:
    """The facts of LIFE up to this one."""
    return LIFE[: len(before(kind)) + 1]


WITHDRAWN = EstateStepWithdrawn(
    effective_on=date(2024, 8, 1),
    building=BUILDING,
    units=(WHOLE_AGAIN,),
    step="estate.unit-retired",
    reason="another unit is the canteen",
    touched=(f"building:{BUILDING}", f"unit:{WHOLE_AGAIN}"),
)
WITHDRAW = WithdrawEstateStep(
    effective_on=date(2024, 8, 1),
    building=BUILDING,
    units=(WHOLE_AGAIN,),
    step="estate.unit-retired",
    reason="another unit is the canteen",
)

CORRECTIONS: tuple[tuple[Command, EstateFact], ...] = (
    (
        CorrectSite(
            effective_on=date(2023, 1, 2),
            site=SITE,
            name="Smart city (demo)",
            stated_area="80",
            stated_unit="HECTARE",
            source="the land certificate (demo)",
            reason="the press text was wrong",
        ),
        SiteCorrected(
            effective_on=date(2023, 1, 2),
            site=SITE,
            name="Smart city (demo)",
            stated_area="80",
            stated_unit="HECTARE",
            source="the land certificate (demo)",
            area_dm2=80_000_000,
            defined_on=date(2023, 1, 2),
            reason="the press text was wrong",
        ),
    ),
    (
        CorrectParcel(
            effective_on=date(2023, 2, 1),
            site=SITE,
            parcel=PARCEL,
            name="Parcel 1 (demo)",
            area="8100.00",
            outline=SQUARE,
            datum="CGCS2000",
            reason="copied wrong",
        ),
        ParcelCorrected(
            effective_on=date(2023, 2, 1),
            site=SITE,
            parcel=PARCEL,
            name="Parcel 1 (demo)",
            area_dm2=810_000,
            outline_e7=SQUARE_E7,
            defined_on=date(2023, 2, 1),
            reason="copied wrong",
            datum="CGCS2000",
        ),
    ),
    (
        CorrectBuilding(
            effective_on=date(2024, 2, 1),
            building=BUILDING,
            name="Hall A, south (demo)",
            floors=3,
            lettable="2400.00",
            reason="a floor was left out",
        ),
        BuildingCorrected(
            effective_on=date(2024, 2, 1),
            building=BUILDING,
            name="Hall A, south (demo)",
            floors=3,
            lettable_dm2=240_000,
            reason="a floor was left out",
        ),
    ),
    (
        CorrectUnit(
            effective_on=date(2024, 2, 1),
            building=BUILDING,
            unit=UNIT,
            floor="2",
            use="LABORATORY",
            reason="the floor was mistyped",
        ),
        UnitCorrected(
            effective_on=date(2024, 2, 1),
            building=BUILDING,
            unit=UNIT,
            floor="2",
            use="LABORATORY",
            reason="the floor was mistyped",
        ),
    ),
)
"""What corrects site, parcel, building and unit, each with its fact, while the unit is there."""

_TOLD: tuple[Fact, ...] = (*LIFE, WITHDRAWN, *(fact for _, fact in CORRECTIONS))
FACTS: tuple[Fact, ...] = tuple(
    replace(fact, datum=None) if isinstance(fact, ParcelDefined | ParcelCorrected) else fact for fact in _TOLD
)
"""As they were stored before a datum was asked for."""
COMMANDS: tuple[Command, ...] = (*ASKED, WITHDRAW, *(command for command, _ in CORRECTIONS))
LOCATED = {"region": "四川省眉山市东坡区", "address": "Test Road 1 (demo)", "title_certificate": "无"}
WHOLE: tuple[Fact, ...] = (
    *(replace(fact, **LOCATED) for fact in FACTS if isinstance(fact, BuildingDefined | BuildingCorrected)),
    *(fact for fact in _TOLD if isinstance(fact, ParcelDefined | ParcelCorrected)),
    *(
        replace(fact, outline_e7=SQUARE_E7, datum="WGS84")
        for fact in FACTS
        if isinstance(fact, SiteDefined | SiteCorrected)
    ),
    EstateStepWithdrawn(
        effective_on=date(2023, 2, 1),
        site=SITE,
        parcel=PARCEL,
        step="estate.parcel-defined",
        reason="surveyed twice",
        touched=(f"site:{SITE}", f"parcel:{PARCEL}"),
    ),
)
