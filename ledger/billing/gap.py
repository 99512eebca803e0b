"""Billing a lease: what its schedule says, less what is on record, is recorded (ADR 7).

Command     Facts (billing.…)
BillLease   invoice-issued                 each rent period and each month's service charge, once
            debit-note-issued              more is due for months billed already: one note for each charge
            credit-note-issued             less is due: one note for each document; what notes by hand took off days
                                           that are due no more is asked for again first, by a debit note by hand
            receipt-unallocated            what was paid of it is free in its receipt again
            rent-recognised                each month that ended, or the difference to what was recognised of it
            accrued-rent-derecognised      once the last month of a terminated lease was recognised

Refusals, in order of precedence (after LeaseNotInForce of rules.py)
├── LeaseNotCommenced   its first day has come, and nobody said that it commenced
├── NoOpenPeriod        of `ledger.periods`: the books do not reach so far
├── VatRateMissing      of rules.py
└── CreditOnPaid        of invoicing.py: deposit or a write-off settled what is due no more

Names   l-1-rent-202404, l-1-service-202404, l-1-termination; debit notes add -d1, -d2, …, credit notes -c1, -c2, …

Two amounts are compared for each charge and service month: Σ lines of documents less credit notes, those issued by hand
left out; and what the schedule says now, for the days that are billed or due. So a lease can be billed at any time,
through any date, again and again: nothing is billed twice.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

from ledger.billing.account import Billing
from ledger.billing.facts import AccruedRentDerecognised, Charge, InvoiceIssued, RentRecognised
from ledger.billing.issuing import Billed, credit_notes, debit_note, invoice, name_of, new_line
from ledger.billing.plan import Bill, Plan, Record, agreed_on, differences, on_record, rent, service
from ledger.billing.rules import (
    POSTING,
    RATE_TAGS,
    BillingCommand,
    BillingRefusal,
    due_on,
    lease_in_force,
    leasing_series,
    vat_rate,
)
from ledger.decider import By, Fact, Part
from ledger.leases.facts import LeaseId
from ledger.leases.lease import Lease
from ledger.leases.schedule import Row, accrued_at_end, schedule
from ledger.periods import NoOpenPeriod, first_and_last, month_end, month_of

# Command


class BillLease(BillingCommand, frozen=True, kw_only=True, tag="bill-lease"):
    """Bring a lease's invoices and recognised rent up to a date: what is missing is issued, what differs is corrected
    by a debit or credit note, what is right already is left alone. Sent again it adds nothing.

    Invoices carry the first day of the period they bill (in arrears the last); notes carry `effective_on`, or the date
    of the document that they correct where that is later.
    """

    lease: LeaseId
    through: date


# Refusals


class LeaseNotCommenced(BillingRefusal):
    """Its first day has come, and nobody said that it commenced."""

    code = "lease-not-commenced"


# Decide

PLANS: Mapping[Charge, Callable[[Lease, date, date], Plan]] = {"RENT": rent, "SERVICE_CHARGE": service}


def _bill(state: Billing, command: BillLease, by: By) -> Sequence[Fact]:
    lease = lease_in_force(state, command.lease)
    if lease.commenced_on is None:
        return _not_commenced(lease, command)
    if month_of(command.through) > max(state.periods.states, default=""):
        raise NoOpenPeriod(
            f"the books are open through {max(state.periods.states, default='no month')}; open-periods through "
            f"{month_of(command.through)} first",
            field="through",
        )
    billed = Billed(state=state, effective_on=command.effective_on, through=command.through, by=by)
    facts: list[Fact] = []
    for charge, planned in PLANS.items():
        record = on_record(state, lease.lease, charge)
        facts += _close(billed, planned(lease, command.through, record.until), record)
    return (*facts, *_fee(billed, lease), *_recognise(billed, lease), *_derecognise(billed, lease))


def _not_commenced(lease: Lease, command: BillLease) -> Sequence[Fact]:
    """Nothing is due before commencement; after that day somebody must have said so."""
    if lease.versions and command.through < lease.versions[0].from_on:
        return ()
    raise LeaseNotCommenced(f"{lease.lease} has not commenced; commence-lease first", field="lease")


def _close(billed: Billed, plan: Plan, record: Record) -> Iterator[Fact]:
    """Invoices for what was never billed; then notes for every month in which record and schedule differ."""
    invoices: list[InvoiceIssued] = []
    names = set(billed.state.documents)
    for bill in plan.bills:
        name = name_of(plan, month_of(bill.from_on))
        if bill.net_minor and name not in names and not _overlaps(bill, record):
            invoices.append(invoice(billed, plan, bill, name))
            names.add(name)
    yield from invoices
    record = record.with_documents(invoices)
    differs = differences(plan, record)
    more = [(month, net) for month, net in differs if net > 0]
    if more:
        note = debit_note(billed, plan, record, more)
        names.add(note.invoice)
        yield note
    yield from credit_notes(billed, plan, record, {month: -net for month, net in differs if net < 0}, names)


def _overlaps(bill: Bill, record: Record) -> bool:
    return any(line.from_on <= bill.until_on and bill.from_on <= line.until_on for line in record.lines)


# Termination and recognition


def _fee(billed: Billed, lease: Lease) -> Iterator[Fact]:
    """The fee of a termination, once it has ended the lease."""
    name = f"{lease.lease}-termination"
    if lease.ended_early is None or not lease.fee_minor or name in billed.state.documents:
        return
    _, ended = lease.ended_early
    if ended > billed.through:
        return
    terms = agreed_on(lease, ended)
    rate = vat_rate(billed.state, leasing_series(terms), ended) if lease.fee_taxable else "0"
    yield InvoiceIssued(
        effective_on=ended,
        accounting_on=billed.posts_on(ended),
        company=lease.company,
        lease=lease.lease,
        invoice=name,
        charge="TERMINATION_FEE",
        lines=(new_line(ended, ended, (lease.fee_minor,), rate),),
        due_on=due_on(terms, ended),
        late_fee_per_day=terms.late_fee_per_day,
    )


def _recognise(billed: Billed, lease: Lease) -> Iterator[Fact]:
    """Months that ended; and those recognised before, where the schedule says something else now."""
    known = billed.state.recognised.get(lease.lease, {})
    through = billed.through
    months: dict[str, list[Row]] = {month: [] for month in known}
    for row in schedule(lease, max((through, *(first_and_last(month)[1] for month in known)))):
        if row.month in known or month_end(row.from_on) <= through:
            months.setdefault(row.month, []).append(row)
    for month, rows in sorted(months.items()):
        fixed, variable = known.get(month, (0, 0))
        fixed = sum(row.revenue_minor for row in rows) - fixed
        variable = sum(row.variable_minor for row in rows) - variable
        if (fixed, variable) != (0, 0):
            on = rows[-1].until_on if rows else first_and_last(month)[1]
            yield RentRecognised(
                effective_on=on,
                accounting_on=billed.posts_on(on),
                company=lease.company,
                lease=lease.lease,
                month=month,
                fixed_minor=fixed,
                variable_minor=variable,
            )


def _derecognise(billed: Billed, lease: Lease) -> Iterator[Fact]:
    """What a terminated lease leaves accrued, once its last month was recognised."""
    if lease.ended_early is None or month_end(lease.ended_early[1]) > billed.through:
        return
    amount = accrued_at_end(lease) - billed.state.derecognised.get(lease.lease, 0)
    if amount:
        ended = lease.ended_early[1]
        yield AccruedRentDerecognised(
            effective_on=ended,
            accounting_on=billed.posts_on(ended),
            company=lease.company,
            lease=lease.lease,
            amount_minor=amount,
        )


def _scope(command: BillLease) -> tuple[str, ...]:
    return (f"lease:{command.lease}", *RATE_TAGS, *POSTING)


GAP: Part[Billing, Billing] = Part(decide={BillLease: _bill}, scope={BillLease: _scope})
