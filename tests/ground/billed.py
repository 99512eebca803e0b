"""Facts that come before billing: tenants, leases that commenced, tax rates, open months. All invented.

GROUND       what most tests begin with: lease L-1 of domain.md §4.1 and lease L-2 with a service charge of 54,000.00
commenced    the facts of a lease from draft to commencement
rate, opened, closed   facts of rates and periods
bill         the facts that a ledger holds once a lease is billed
told         the same once commands were sent, by finance; write-offs are approved by the approver
FINANCE, APPROVER      who records
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from ledger.billing.gap import BillLease
from ledger.billing.losses import ApproveWriteOff
from ledger.companies.facts import LeadRegistered
from ledger.decider import By, Command, Fact
from ledger.leases.facts import LeaseApproved, LeaseCommenced, LeaseDrafted, LeaseExecuted, LeaseSubmitted
from ledger.leases.terms import Premises, Quote, RentFree, RentStep, Terms
from ledger.once.lettings import Letting
from ledger.periods import PeriodClosed, PeriodOpened
from ledger.rates import RateApproved
from ledger.values.evidence import Evidence
from tests.ground.given import decide, grown

L1, L2 = "l-1-demo", "l-2-demo"
TENANT, OTHER = "sunfield-demo", "riverbend-demo"
FINANCE = By(actor="finance-demo", role="finance")
APPROVER = By(actor="approver-demo", role="approver")
PAPER = Evidence(doc="contract (demo)", sha256=hashlib.sha256(b"contract").hexdigest())


def monthly(price: str) -> Quote:
    """A price for a month in all."""
    return Quote(price=price, per="MONTH")


def per_m2(price: str) -> Quote:
    """A price for a square metre and month."""
    return Quote(price=price, per="M2_MONTH")


TERMS_1 = Terms(
    premises=(Premises(unit="a101-demo", area="1234.50"),),
    commencement_on=date(2024, 1, 1),
    expiry_on=date(2026, 12, 31),
    rent=(
        RentStep(from_on=date(2024, 1, 1), rent=per_m2("43.20")),
        RentStep(from_on=date(2025, 1, 1), rent=per_m2("45.36")),
        RentStep(from_on=date(2026, 1, 1), rent=per_m2("47.628")),
    ),
    rent_free=(RentFree(from_on=date(2024, 1, 1), until_on=date(2024, 3, 31)),),
    billed_every_months=3,
    due_days=30,
    service_charge=per_m2("6.00"),
)
TERMS_2 = Terms(
    premises=(Premises(unit="a102-demo", area="2310.00"),),
    commencement_on=date(2024, 1, 1),
    expiry_on=date(2024, 12, 31),
    rent=(RentStep(from_on=date(2024, 1, 1), rent=monthly("10000")),),
    service_charge=monthly("54000"),
)


def commenced(lease: str, company: str, terms: Terms) -> tuple[Fact, ...]:
    """A lease from draft to commencement."""
    about: dict[str, Any] = {"lease": lease, "company": company, "effective_on": date(2023, 12, 1)}
    lettings = tuple(
        Letting(unit=one.unit, from_on=terms.commencement_on, until_on=terms.expiry_on) for one in terms.premises
    )
    return (
        LeaseDrafted(**about, terms=terms, drafted_by="clerk-demo"),
        LeaseSubmitted(**about, submitted_by="clerk-demo"),
        LeaseApproved(**about, approved_by="approver-demo"),
        LeaseExecuted(**about, lettings=lettings, document=PAPER),
        LeaseCommenced(lease=lease, company=company, effective_on=terms.commencement_on),
    )


def lead(company: str) -> LeadRegistered:
    """A company known to the ledger."""
    on = date(2023, 6, 1)
    return LeadRegistered(company=company, effective_on=on, name=f"{company} (demo)", country="US", origin="DIRECT")


def rate(series: str, value: str, since: date = date(2020, 1, 1)) -> RateApproved:
    """An approved rate."""
    return RateApproved(
        rate=f"{series.replace('/', '-')}-{since.year}",
        series=series,
        value=value,
        source="a notice (demo)",
        effective_on=since,
        proposed_by="finance-demo",
        approved_by="approver-demo",
        approved_on=since,
    )


def opened(first: int, last: int) -> tuple[Fact, ...]:
    """Every month of the years from first to last is open."""
    return tuple(
        PeriodOpened(effective_on=date(year, month, 1), month=f"{year}-{month:02}")
        for year in range(first, last + 1)
        for month in range(1, 13)
    )


def closed(*months: str) -> tuple[Fact, ...]:
    """These months are closed. What a close says beside is not billing's."""
    return tuple(
        PeriodClosed(
            effective_on=date.fromisoformat(f"{month}-28") + timedelta(days=10),
            month=month,
            recorded=0,
            entries=0,
            balances=(),
            trial_balance_sha256="00" * 32,
            tie_outs=(),
        )
        for month in months
    )


RATES: tuple[Fact, ...] = (rate("vat/leasing", "0.09"), rate("vat/services", "0.06"))
COMPANIES: tuple[Fact, ...] = (lead(TENANT), lead(OTHER))
BOOKS = opened(2024, 2027)
GROUND: tuple[Fact, ...] = (
    *COMPANIES,
    *commenced(L1, TENANT, TERMS_1),
    *commenced(L2, OTHER, TERMS_2),
    *RATES,
    *BOOKS,
)


def bill(
    facts: Sequence[Fact], lease: str, through: date, on: date | None = None, by: By = FINANCE
) -> tuple[Fact, ...]:
    """The facts a ledger holds once the lease is billed through a day."""
    return (*facts, *decide(facts, BillLease(lease=lease, through=through, effective_on=on or through), by))


def of_kind(facts: Iterable[Fact], *kinds: type[Any]) -> list[Any]:
    """Those of some kinds, in order."""
    return [fact for fact in facts if isinstance(fact, kinds)]


def told(facts: Sequence[Fact], *commands: Command, by: By = FINANCE) -> tuple[Fact, ...]:
    """The facts that a ledger holds once these were sent; write-offs are approved by the approver."""
    approved = ((command, APPROVER) if isinstance(command, ApproveWriteOff) else command for command in commands)
    return grown(facts, *approved, by=by)
