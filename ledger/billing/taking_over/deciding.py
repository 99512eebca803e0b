"""What each row of a take-over records in billing, on a day that ends a month.

ParkInvoice, ParkDeposit, ParkRent                         what other books say of a lease
take_invoice_over, take_deposit_over, take_rent_over    (state, row, day, who) -> the new facts; none where it is so

Refusals, in order of precedence (after those of rules.py)
TakingOverRefusal
├── NotCommenced          the lease does not run on the day: nothing of it was billed
├── BilledThroughUnfit    rent is billed through the last day of a billing period of the terms, the service charge
│                         through that of a month
├── DocumentNotOfThen     the document is of a later day, or due before its own
├── OpenTooMuch           more is open than the document asked for
└── InvoiceDaysUnfit      its last day comes before its first
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from ledger.billing.account import Billing
from ledger.billing.lines import DocumentLine
from ledger.billing.rules import (
    BillingRefusal,
    IdTaken,
    amount_of,
    check_new_document,
    lease_in_force,
    posts_on,
)
from ledger.billing.taking_over.facts import DepositTakenOver, InvoiceTakenOver, RentTakenOver
from ledger.decider import By, Fact, Id
from ledger.leases.facts import LeaseId
from ledger.leases.lease import Lease
from ledger.leases.schedule import billing, last_day, terms_on
from ledger.periods import day_before, month_end, month_of
from ledger.values.days import Happened
from ledger.values.money import Cny, Ratio, net_of

# Rows


class ParkInvoice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A document that is still open on the day: `gross` is what it asked for, tax included, `open` what is left."""

    invoice: Id
    lease: LeaseId
    charge: Literal["RENT", "SERVICE_CHARGE", "LATE_FEE", "TERMINATION_FEE"]
    issued_on: Happened
    due_on: date
    from_on: date
    until_on: date
    gross: Cny
    vat_rate: Ratio
    open: Cny


class ParkDeposit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The deposit that is held for a lease. `deposit` names it."""

    deposit: Id
    lease: LeaseId
    amount: Cny


class ParkRent(Struct, frozen=True, kw_only=True):
    """Through which day a lease is billed. The service charge: through the day of taking over where nothing is said."""

    lease: LeaseId
    billed_through: date
    service_through: date


# Refusals


class TakingOverRefusal(BillingRefusal):
    """Other books say something that does not fit."""


class NotCommenced(TakingOverRefusal):
    """The lease does not run on the day."""

    code = "taken-over-not-commenced"


class BilledThroughUnfit(TakingOverRefusal):
    """The day is the last of no billing period."""

    code = "billed-through-unfit"


class DocumentNotOfThen(TakingOverRefusal):
    """The document is of a later day, or due before its own."""

    code = "document-not-of-then"


class OpenTooMuch(TakingOverRefusal):
    """More is open than the document asked for."""

    code = "open-too-much"


class InvoiceDaysUnfit(TakingOverRefusal):
    """The last day of the document comes before its first."""

    code = "invoice-days-unfit"


# Decide


def take_invoice_over(state: Billing, row: ParkInvoice, on: date, by: By) -> Sequence[Fact]:
    """Take over what is open of a document. Raises BillingRefusal."""
    open_minor, asked = amount_of(row.open, field="open"), amount_of(row.gross, field="gross")
    lease = lease_in_force(state, row.lease)
    net = net_of(open_minor, row.vat_rate)
    line = DocumentLine(
        from_on=row.from_on,
        until_on=row.until_on,
        net_minor=net,
        vat_rate=row.vat_rate,
        vat_minor=open_minor - net,
    )
    terms = terms_on(lease, row.issued_on)
    fact = InvoiceTakenOver(
        effective_on=row.issued_on,
        accounting_on=on,
        company=lease.company,
        lease=row.lease,
        invoice=row.invoice,
        charge=row.charge,
        lines=(line,),
        due_on=row.due_on,
        late_fee_per_day=terms.late_fee_per_day if terms and row.charge != "LATE_FEE" else "0",
        asked_minor=asked,
        taken_over_on=on,
    )
    known = state.documents.get(row.invoice)
    if known is not None and known.issued is not None and known.issued.asked == fact.asked:
        return ()
    check_new_document(state, row.invoice)
    if row.issued_on > on or row.due_on < row.issued_on:
        raise DocumentNotOfThen(
            f"{row.invoice} is of {row.issued_on} and due on {row.due_on}: it is issued by {on}, and due then or later",
            field="issued_on" if row.issued_on > on else "due_on",
        )
    if open_minor > asked:
        raise OpenTooMuch(f"{row.invoice} asked for {row.gross} CNY; {row.open} cannot be open of it", field="open")
    if row.until_on < row.from_on:
        raise InvoiceDaysUnfit(f"{row.invoice} ends on {row.until_on}, before {row.from_on}", field="until_on")
    return (_booked(state, fact, on, by),)


def take_deposit_over(state: Billing, row: ParkDeposit, on: date, by: By) -> Sequence[Fact]:
    """Take over what is held for a lease. Raises BillingRefusal."""
    amount = amount_of(row.amount)
    lease = lease_in_force(state, row.lease)
    fact = DepositTakenOver(
        effective_on=on,
        accounting_on=on,
        company=lease.company,
        lease=row.lease,
        amount_minor=amount,
        deposit=row.deposit,
    )
    if (known := state.movements.get(row.deposit)) is not None:
        if known.fact.asked == fact.asked:
            return ()
        raise IdTaken(f"deposit {row.deposit} is recorded already and says otherwise", field="deposit")
    return (_booked(state, fact, on, by),)


def take_rent_over(state: Billing, row: ParkRent, on: date, by: By) -> Sequence[Fact]:
    """Take over through which day a lease is billed, and the rent accrued by then. Raises BillingRefusal."""
    lease = lease_in_force(state, row.lease)
    if lease.commenced_on is None or lease.commenced_on > on:
        raise NotCommenced(f"{row.lease} does not run on {on}: nothing of it is billed", field="billed_through")
    amount = _accrued(lease, row.billed_through, on)
    if row.service_through != min(month_end(row.service_through), last_day(lease) or row.service_through):
        raise BilledThroughUnfit(
            f"the service charge of {row.lease} is billed by the month; {row.service_through} ends none",
            field="service_through",
        )
    known = state.taken_over.get(row.lease)
    fact = RentTakenOver(
        effective_on=on,
        accounting_on=on,
        company=lease.company,
        lease=row.lease,
        billed_through=row.billed_through,
        service_through=row.service_through,
        earned_through=month_of(on),
        amount_minor=amount - (known.accrued_minor if known else 0),
    )
    return () if known is not None and known.latest.asked == fact.asked else (_booked(state, fact, on, by),)


def _accrued(lease: Lease, billed_through: date, on: date) -> int:
    """Rent earned through the month of the day, less rent billed. Raises BilledThroughUnfit."""
    periods, rows = billing(lease, max(billed_through, on), max(billed_through, on))
    ends = [period.until_on for period in periods]
    before = day_before(lease.versions[0].from_on)
    if billed_through not in (before, *ends):
        near = ", ".join(str(end) for end in sorted((before, *ends), key=lambda end: abs(end - billed_through))[:2])
        raise BilledThroughUnfit(
            f"rent of {lease.lease} is billed through the last day of a period: near {billed_through} are {near}",
            field="billed_through",
        )
    earned = sum(row.revenue_minor + row.variable_minor for row in rows if row.month <= month_of(on))
    return earned - sum(row.net_minor for row in rows if row.from_on <= billed_through)


def _booked(state: Billing, fact: Fact, on: date, by: By) -> Fact:
    """Date a fact in the books on the day of taking over, or in the next open month. Raises NoOpenPeriod."""
    return replace(fact, accounting_on=posts_on(state, on, by))
