"""A made-up city of 45 leases in 56 units, or so many as asked, for three years: the more facts, the more often each is
billed.

city    (day recorded, fact) in the order recorded
fill    the same, stored in bulk

Each turn of a lease bills a month's rent and service charge, recognises the rent, and receives what the turn before
billed; a few are posted some days late. Every name and number is invented, and the same each time.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from benchmarks.lives import store_all
from ledger.billing.facts import DepositReceived, InvoiceIssued, ReceiptRecorded, RentRecognised
from ledger.billing.lines import Allocation, DocumentLine
from ledger.companies.facts import LeadRegistered
from ledger.decider import Fact
from ledger.estate.facts import BuildingCompleted, BuildingDefined, ParcelDefined, SiteDefined, UnitDefined
from ledger.leases.facts import (
    LeaseApproved,
    LeaseCommenced,
    LeaseDrafted,
    LeaseExecuted,
    LeaseSubmitted,
    PremisesHandedOver,
)
from ledger.leases.terms import Premises, Quote, RentStep, Terms
from ledger.once.lettings import Letting
from ledger.periods import month_of
from ledger.values.evidence import Evidence
from ledger.values.money import vat_on

FIRST, DAYS = date(2023, 1, 2), 3 * 365
LAST = FIRST + timedelta(days=DAYS)
UNITS_EACH, LEASES = 14, 45
LATE = 20
"""So many turns are posted three days late, however long the log."""

PAPER = Evidence(doc="A paper (demo)", sha256="0" * 64)
RENT, SERVICE = 4_320_000, 600_000

Step = tuple[date, Fact]


def fill(where: str, events: int, leases: int = LEASES) -> int:
    """Store about so many facts in an empty ledger; exactly how many."""
    return store_all(where, city(events, leases))


def buildings(leases: int) -> int:
    """So many buildings as leave one unit of twenty-one vacant, or a few more."""
    return -(-leases * 21 // (20 * UNITS_EACH))


def city(events: int, leases: int = LEASES) -> Iterator[Step]:
    """The city as it is built and let; then turns until there are so many facts, or a turn's fewer."""
    built = [(FIRST, fact) for fact in _built(leases)]
    yield from built
    turns = max((events - len(built)) // 4, 0)
    for turn in range(turns):
        on = FIRST + timedelta(days=turn * DAYS // max(turns, 1))
        posted = on - timedelta(days=3) if turn % max(turns // LATE, 1) == LEASES else on
        yield from ((on, fact) for fact in _turn(turn, on, max(posted, FIRST), leases))


def _built(leases: int) -> Iterator[Fact]:
    on = FIRST
    yield SiteDefined(
        effective_on=on,
        site="city-demo",
        name="City (demo)",
        stated_area="800",
        stated_unit="ACRE",
        area_dm2=323_748_514,
        source="invented",
    )
    yield ParcelDefined(
        effective_on=on, site="city-demo", parcel="parcel-demo", name="Parcel (demo)", area_dm2=9_000_000
    )
    for building in range(buildings(leases)):
        yield from _building(f"hall-{building}-demo")
    for number in range(leases):
        yield from _let(number, leases)


def _building(building: str) -> Iterator[Fact]:
    yield BuildingDefined(
        effective_on=FIRST,
        parcel="parcel-demo",
        building=building,
        name=f"{building} (demo)",
        floors=2,
        lettable_dm2=100_000 * UNITS_EACH,
        standard="GB/T17986",
    )
    yield BuildingCompleted(effective_on=FIRST, building=building, evidence=PAPER)
    for unit in range(UNITS_EACH):
        yield UnitDefined(
            effective_on=FIRST,
            building=building,
            unit=f"{building.removesuffix('-demo')}-{unit:02}-demo",
            floor="1",
            use="INDUSTRIAL",
            area_dm2=100_000,
            standard="GB/T17986",
            measured_on=FIRST,
        )


def _names(number: int, leases: int) -> tuple[str, str, str]:
    """Tenant, lease and unit."""
    building, unit = number % buildings(leases), number // buildings(leases)
    unit_name = f"hall-{building}-{unit:02}-demo"
    return f"tenant-{number:02}-demo", f"lease-{number:02}-demo", unit_name


def _let(number: int, leases: int) -> Iterator[Fact]:
    company, lease, unit = _names(number, leases)
    about: dict[str, Any] = {"effective_on": FIRST, "lease": lease, "company": company}
    expiry_on = date(2028 + number % 5, 12, 31)
    terms = Terms(
        premises=(Premises(unit=unit, area="1000.00"),),
        commencement_on=FIRST,
        expiry_on=expiry_on,
        rent=(RentStep(from_on=FIRST, rent=Quote(price="43.20", per="M2_MONTH")),),
        service_charge=Quote(price="6.00", per="M2_MONTH"),
    )
    letting = Letting(unit=unit, from_on=FIRST, until_on=expiry_on)
    yield LeadRegistered(
        effective_on=FIRST, company=company, name=f"Tenant {number:02} (demo)", country="US", origin="DIRECT"
    )
    yield LeaseDrafted(**about, terms=terms, drafted_by="clerk-demo")
    yield LeaseSubmitted(**about, submitted_by="clerk-demo")
    yield LeaseApproved(**about, approved_by="approver-demo")
    yield LeaseExecuted(**about, lettings=(letting,), document=PAPER)
    yield PremisesHandedOver(**about, protocol=PAPER)
    yield LeaseCommenced(**about)
    deposit = f"deposit-{number:02}-demo"
    yield DepositReceived(**about, accounting_on=FIRST, deposit=deposit, bank_reference=deposit, amount_minor=2 * RENT)


def _turn(turn: int, on: date, posted: date, leases: int) -> Iterator[Fact]:
    company, lease, _ = _names(turn % leases, leases)
    about: dict[str, Any] = {"effective_on": on, "accounting_on": posted, "company": company}
    number, before = turn // leases, turn // leases - 1
    bills = [
        _bill(about, lease, number, "RENT", RENT, "0.09"),
        _bill(about, lease, number, "SERVICE_CHARGE", SERVICE, "0.06"),
    ]
    yield from bills
    yield RentRecognised(**about, lease=lease, month=month_of(on), fixed_minor=RENT, variable_minor=0)
    paid = tuple(
        Allocation(invoice=_invoice(lease, before, bill.charge), lease=lease, amount_minor=bill.gross_minor)
        for bill in bills
        if before >= 0
    )
    receipt = f"receipt-{turn}-demo"
    amount = sum(bill.gross_minor for bill in bills)
    yield ReceiptRecorded(**about, receipt=receipt, bank_reference=receipt, amount_minor=amount, allocations=paid)


def _invoice(lease: str, number: int, charge: str) -> str:
    return f"{lease}-{charge.lower().replace('_', '-')}-{number}"


def _bill(about: dict[str, Any], lease: str, number: int, charge: Any, net: int, rate: str) -> InvoiceIssued:
    on: date = about["effective_on"]
    line = DocumentLine(from_on=on, until_on=on, net_minor=net, vat_rate=rate, vat_minor=vat_on(net, rate))
    return InvoiceIssued(
        **about,
        lease=lease,
        invoice=_invoice(lease, number, charge),
        charge=charge,
        lines=(line,),
        due_on=on + timedelta(days=30),
    )
