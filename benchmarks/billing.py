"""How long a month's billing run takes in a city of so many leases, and the preview of the same run.

run       a billing run as the command line makes it: every lease's command, through a ledger in this process
preview   the same as a dry run, with its documents and what they add up to

Each lease has been billed, and has paid, every month before; a run starts cold, as a new process does.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from benchmarks.lives import store_all
from ledger.billing.account import Billing, evolve
from ledger.billing.deciding import decide
from ledger.billing.facts import InvoiceIssued, ReceiptRecorded
from ledger.billing.gap import BillLease
from ledger.billing.lines import Allocation
from ledger.companies.facts import LeadRegistered
from ledger.decider import By, Fact
from ledger.leases.facts import (
    IndexRentReviewed,
    LeaseApproved,
    LeaseCommenced,
    LeaseDrafted,
    LeaseExecuted,
    LeaseSubmitted,
    PremisesHandedOver,
)
from ledger.leases.terms import Indexation, Premises, Quote, RentFree, RentStep, Terms
from ledger.once.lettings import Letting
from ledger.periods import PeriodOpened, first_and_last, month_after
from ledger.rates import RateApproved
from ledger.values.evidence import Evidence

FIRST, OPENED = date(2023, 1, 2), 48
BY = By(actor="benchmark", role="finance", method="library")
PAPER = Evidence(doc="A paper (demo)", sha256="0" * 64)

Step = tuple[date, Fact]


def fill(where: str, leases: int, months: int) -> int:
    """Store a city of so many leases, billed and paid for so many months, in an empty ledger; how many facts."""
    return store_all(where, city(leases, months))


def city(leases: int, months: int) -> Iterator[Step]:
    """What was agreed; then, month by month, what billing every lease decides, and what each tenant pays of it."""
    ground = list(_ground())
    yield from ((FIRST, fact) for fact in ground)
    states: list[Billing] = []
    for number in range(leases):
        agreed = list(_let(number))
        yield from ((FIRST, fact) for fact in agreed)
        states.append(_after(Billing(), *ground, *agreed))
    month = "2023-01"
    for _ in range(months):
        _, on = first_and_last(month)
        for number, state in enumerate(states):
            billed = decide(state, BillLease(lease=_lease(number), through=on, effective_on=on), BY)
            paid = _paid(number, month, on, [fact for fact in billed if isinstance(fact, InvoiceIssued)])
            yield from ((on, fact) for fact in (*billed, paid))
            states[number] = _after(state, *billed, paid)
        month = month_after(month)


def _after(state: Billing, *facts: Fact) -> Billing:
    for fact in facts:
        state = evolve(state, fact)
    return state


def _ground() -> Iterator[Fact]:
    month = "2023-01"
    for _ in range(OPENED):
        yield PeriodOpened(effective_on=FIRST, month=month)
        month = month_after(month)
    for series, value in (("vat/leasing", "0.09"), ("vat/services", "0.06")):
        yield RateApproved(
            effective_on=date(2019, 4, 1),
            rate=f"{series.replace('/', '-')}-demo",
            series=series,
            value=value,
            source="invented",
            proposed_by="clerk-demo",
            approved_by="approver-demo",
            approved_on=FIRST,
        )


def _lease(number: int) -> str:
    return f"lease-{number:05}-demo"


def _terms(number: int) -> Terms:
    """Three kinds of leases: at one rent; with free days and a step each year; from the 15th, quarterly, reviewed."""
    kind, expiry_on = number % 3, date(2028 + number % 5, 12, 31)
    rent = [RentStep(from_on=FIRST, rent=Quote(price="43.20", per="M2_MONTH"))]
    more: dict[str, Any] = {}
    if kind == 1:
        rent += [
            RentStep(from_on=date(year, 1, 2), rent=Quote(price=f"{43 + year - 2023}.20", per="M2_MONTH"))
            for year in (2024, 2025, 2026, 2027, 2028)
        ]
        more["rent_free"] = (RentFree(from_on=FIRST, until_on=date(2023, 3, 1)),)
    if kind == 2:
        more["indexation"] = Indexation(series="cpi/cn-all", base_on=FIRST)
        more["billed_every_months"] = 3
    return Terms(
        premises=(Premises(unit=f"unit-{number:05}-demo", area=f"{500 + number % 700}.50"),),
        commencement_on=FIRST,
        expiry_on=expiry_on,
        rent=tuple(rent),
        service_charge=Quote(price="6.00", per="M2_MONTH"),
        **more,
    )


def _let(number: int) -> Iterator[Fact]:
    lease, company, terms = _lease(number), f"tenant-{number:05}-demo", _terms(number)
    about: dict[str, Any] = {"effective_on": FIRST, "lease": lease, "company": company}
    letting = Letting(unit=terms.premises[0].unit, from_on=FIRST, until_on=terms.expiry_on)
    yield LeadRegistered(effective_on=FIRST, company=company, name=f"{company} (demo)", country="US", origin="DIRECT")
    yield LeaseDrafted(**about, terms=terms, drafted_by="clerk-demo")
    yield LeaseSubmitted(**about, submitted_by="clerk-demo")
    yield LeaseApproved(**about, approved_by="approver-demo")
    yield LeaseExecuted(**about, lettings=(letting,), document=PAPER)
    yield PremisesHandedOver(**about, protocol=PAPER)
    yield LeaseCommenced(**about)
    if terms.indexation is not None:
        yield IndexRentReviewed(
            effective_on=date(2024, 1, 2),
            lease=lease,
            company=company,
            index_base="100",
            index_current="103",
            current_on=date(2024, 1, 1),
            ratio="1.03",
            rule=terms.indexation,
            monthly_before_minor=0,
            monthly_minor=0,
        )


def _paid(number: int, month: str, on: date, issued: list[InvoiceIssued]) -> ReceiptRecorded:
    lease, receipt = _lease(number), f"receipt-{number:05}-{month}"
    paid = tuple(Allocation(invoice=one.invoice, lease=lease, amount_minor=one.gross_minor) for one in issued)
    return ReceiptRecorded(
        effective_on=on,
        accounting_on=on,
        company=f"tenant-{number:05}-demo",
        receipt=receipt,
        bank_reference=receipt,
        amount_minor=sum(one.amount_minor for one in paid) or 1,
        allocations=paid,
    )
