"""Facts of a small city, as the figures of domain.md §4.6 have it; everything in it is invented.

A101 1,234.50 m² let until 2026-12-31, A102 2,310.00 m² until 2029-06-30 (break 2027-06-30), B201 877.25 m² vacant.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from ledger.companies.facts import LeadRegistered
from ledger.decider import Fact
from ledger.estate.facts import BuildingCompleted, BuildingDefined, RentalValueEstimated, UnitDefined
from ledger.leases.facts import (
    LeaseApproved,
    LeaseCommenced,
    LeaseDrafted,
    LeaseExecuted,
    LeaseSubmitted,
    PremisesHandedOver,
)
from ledger.leases.terms import Break, Premises, Quote, RenewalOption, RentFree, RentStep, Terms
from ledger.log.database import Database
from ledger.once.lettings import Letting
from ledger.values.evidence import Evidence
from ledger.values.measures import dm2
from projections.engine.basis import Basis
from projections.engine.runner import catch_up, ensure
from projections.every.views import ALL_VIEWS
from tests.ground.recording import record

PAPER = Evidence(doc="file (demo)", sha256="ab" * 32)
BEGUN = date(2023, 1, 2)
AS_OF = date(2024, 12, 31)


def building(name: str, lettable: str, *, completed: bool = True) -> list[Fact]:
    """A building of one floor, standing or not yet."""
    told: list[Fact] = [
        BuildingDefined(
            effective_on=BEGUN,
            parcel="p1-demo",
            building=name,
            name=f"{name.title()} (demo)",
            floors=1,
            lettable_dm2=dm2(lettable),
            standard="GB/T17986",
        )
    ]
    if completed:
        told.append(BuildingCompleted(effective_on=BEGUN, building=name, evidence=PAPER))
    return told


def unit(name: str, in_building: str, area: str, erv: str | None = None, *, on: date = BEGUN) -> list[Fact]:
    """A unit, and what it would let for from December 2024 on."""
    told: list[Fact] = [
        UnitDefined(
            effective_on=on,
            building=in_building,
            unit=name,
            floor="1",
            use="INDUSTRIAL",
            area_dm2=dm2(area),
            standard="GB/T17986",
            measured_on=on,
        )
    ]
    if erv:
        valued = RentalValueEstimated(effective_on=date(2024, 12, 1), unit=name, erv_m2_month=erv, source="a valuer")
        told.append(valued)
    return told


def per_m2(price: str) -> Quote:
    """A price a square metre and month."""
    return Quote(price=price, per="M2_MONTH")


def steps(*prices: tuple[date, str]) -> tuple[RentStep, ...]:
    """Rents a square metre and month, each from a day on."""
    return tuple(RentStep(from_on=day, rent=per_m2(price)) for day, price in prices)


def let(
    lease: str, company: str, terms: Terms, *, signed_on: date, handed_over: bool = True, commenced: bool = True
) -> list[Fact]:
    """A lease from its draft on."""
    where: dict[str, Any] = {"lease": lease, "company": company}
    lettings = tuple(
        Letting(unit=one.unit, from_on=one.from_on or terms.commencement_on, until_on=one.until_on or terms.expiry_on)
        for one in terms.premises
    )
    told: list[Fact] = [
        LeadRegistered(
            effective_on=BEGUN, company=company, name=f"{company} (demo)", country="US", origin="BAC_REFERRAL"
        ),
        LeaseDrafted(**where, effective_on=signed_on, terms=terms, drafted_by="ann-demo"),
        LeaseSubmitted(**where, effective_on=signed_on, submitted_by="ann-demo"),
        LeaseApproved(**where, effective_on=signed_on, approved_by="bob-demo"),
        LeaseExecuted(**where, effective_on=signed_on, lettings=lettings, document=PAPER),
    ]
    if handed_over:
        told.append(PremisesHandedOver(**where, effective_on=terms.commencement_on, protocol=PAPER))
    if commenced:
        told.append(LeaseCommenced(**where, effective_on=terms.commencement_on))
    return told


L1 = Terms(
    premises=(Premises(unit="a101", area="1234.50"),),
    commencement_on=date(2024, 1, 1),
    expiry_on=date(2026, 12, 31),
    rent=steps((date(2024, 1, 1), "43.20"), (date(2025, 1, 1), "45.36"), (date(2026, 1, 1), "47.628")),
    rent_free=(RentFree(from_on=date(2024, 1, 1), until_on=date(2024, 3, 31)),),
    deposit="106660.80",
    service_charge=per_m2("6.00"),
    renewal=RenewalOption(months=24, notice_days=180),
)
L2 = Terms(
    premises=(Premises(unit="a102", area="2310.00"),),
    commencement_on=date(2024, 7, 1),
    expiry_on=date(2029, 6, 30),
    rent=steps((date(2024, 7, 1), "40.00")),
    breaks=(Break(on=date(2027, 6, 30), notice_days=180, party="TENANT"),),
)


def estate() -> list[Fact]:
    """Two buildings and three units."""
    return [
        *building("block-a", "3544.50"),
        *building("block-b", "877.25"),
        *unit("a101", "block-a", "1234.50", "44"),
        *unit("a102", "block-a", "2310.00", "41"),
        *unit("b201", "block-b", "877.25", "42"),
    ]


def city() -> list[Fact]:
    """The city of domain.md §4.6."""
    return [
        *estate(),
        *let("l-1-demo", "sunfield-demo", L1, signed_on=date(2023, 12, 15)),
        *let("l-2-demo", "moonfield-demo", L2, signed_on=date(2024, 6, 1)),
    ]


def given(database: Database, facts: Iterable[Fact]) -> int:
    """Record facts and bring every read model up to them; the last position."""
    head = record(database, facts)
    views = [view() for view in ALL_VIEWS]
    ensure(database, views)
    catch_up(database, views)
    return head


def basis(effective: date = AS_OF, recorded: int = 1_000_000) -> Basis:
    """Without a position: everything recorded."""
    return Basis(effective=effective, recorded=recorded, recorded_at=None, root="")
