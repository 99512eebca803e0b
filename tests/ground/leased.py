"""What leases and books must say before a company settles in or leaves: the lease that `tests.examples.LEASE` names.

lease_01   its facts, from draft to the keys; ended: it is over; owed: money that stays open
"""

from datetime import date
from typing import Any

from ledger.billing.facts import DepositReceived, InvoiceIssued
from ledger.billing.lines import DocumentLine
from ledger.decider import Fact
from ledger.leases.facts import LeaseDrafted, LeaseExecuted, LeaseTerminated, PremisesHandedOver
from ledger.leases.terms import Premises, Quote, RentStep, Terms
from ledger.once.lettings import Letting
from tests.examples import SUNFIELD, evidence

TERMS = Terms(
    premises=(Premises(unit="unit-03-demo", area="100.00"),),
    commencement_on=date(2026, 7, 1),
    expiry_on=date(2028, 6, 30),
    rent=(RentStep(from_on=date(2026, 7, 1), rent=Quote(price="40.00", per="M2_MONTH")),),
)


def lease_01(
    *, executed_on: date = date(2026, 5, 28), handed_over_on: date | None = date(2026, 6, 25), company: str = SUNFIELD
) -> tuple[Fact, ...]:
    """Drafted, executed, handed over."""
    of: dict[str, Any] = {"lease": "lease-01", "company": company}
    held = Letting(unit="unit-03-demo", from_on=TERMS.commencement_on, until_on=TERMS.expiry_on)
    facts: list[Fact] = [
        LeaseDrafted(effective_on=executed_on, terms=TERMS, drafted_by="clerk-demo", **of),
        LeaseExecuted(effective_on=executed_on, lettings=(held,), document=evidence("lease"), **of),
    ]
    if handed_over_on is not None:
        facts.append(PremisesHandedOver(effective_on=handed_over_on, protocol=evidence("handover record"), **of))
    return tuple(facts)


def ended(on: date = date(2026, 12, 11)) -> LeaseTerminated:
    """The lease is over with this day."""
    return LeaseTerminated(
        effective_on=on,
        lease="lease-01",
        company=SUNFIELD,
        lettings=(Letting(unit="unit-03-demo", from_on=TERMS.commencement_on, until_on=on),),
        ends_on=on,
        cause="AGREEMENT",
        fee_minor=0,
        document=evidence("surrender deed"),
    )


def owed(open_minor: int, deposit_minor: int) -> tuple[Fact, ...]:
    """An invoice that nobody paid, and a deposit that is held."""
    on = date(2026, 11, 2)
    line = DocumentLine(from_on=on, until_on=on, net_minor=open_minor, vat_rate="0", vat_minor=0)
    return (
        InvoiceIssued(
            effective_on=on,
            accounting_on=on,
            company=SUNFIELD,
            lease="lease-01",
            invoice="lease-01-rent-202611",
            charge="RENT",
            lines=(line,),
            due_on=on,
        ),
        DepositReceived(
            effective_on=on,
            accounting_on=on,
            company=SUNFIELD,
            lease="lease-01",
            deposit="d-01-demo",
            bank_reference="DEP-01",
            amount_minor=deposit_minor,
        ),
    )
