"""Billing a lease: what its schedule says, less what is on record, is recorded (ADR 7).

Command     Facts (billing.…)
BillLease   invoice-issued                 each rent period and each month's service charge, once
            debit-note-issued              more is due for months billed already: one note for each charge
            credit-note-issued             less is due: one note for each document
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
from itertools import count

from msgspec import Struct

from ledger.billing.account import Billing, Document
from ledger.billing.document import (
    AccruedRentDerecognised,
    Allocation,
    Charge,
    CreditNoteIssued,
    DebitNoteIssued,
    DocumentLine,
    InvoiceIssued,
    Issued,
    ReceiptUnallocated,
    RentRecognised,
    net_of_lines,
)
from ledger.billing.invoicing import CreditOnPaid, left_of, less, vat_off
from ledger.billing.plan import Bill, Due, Plan, Record, agreed_on, differences, on_record, rent, service
from ledger.billing.rules import (
    POSTING,
    RATE_TAGS,
    SERVICES_SERIES,
    BillingCommand,
    BillingRefusal,
    Part,
    due_on,
    lease_in_force,
    leasing_series,
    posts_on,
    vat_rate,
)
from ledger.decider import By, Fact
from ledger.leases.lease import Lease, LeaseId
from ledger.leases.rents import month_end
from ledger.leases.schedule import Row, accrued_at_end, schedule
from ledger.leases.terms import Terms
from ledger.money import vat_on, written
from ledger.periods import NoOpenPeriod, month_of

# Command


class BillLease(BillingCommand, frozen=True, kw_only=True, tag="bill-lease"):
    """Bring a lease's invoices and recognised rent up to a date: what is missing is issued, what differs is corrected
    by a debit or credit note, what is right already is left alone. Sent again it adds nothing.

    Invoices carry the first day of the period they bill (in arrears the last); notes carry `effective_on`.
    """

    lease: LeaseId
    through: date


# Refusals


class LeaseNotCommenced(BillingRefusal):
    """Its first day has come, and nobody said that it commenced."""

    code = "lease-not-commenced"


# Decide


PLANS: Mapping[Charge, Callable[[Lease, date, date], Plan]] = {"RENT": rent, "SERVICE_CHARGE": service}


class Billed(Struct, frozen=True, kw_only=True):
    """Who bills what, on which facts."""

    state: Billing
    command: BillLease
    by: By

    def posts_on(self, on: date) -> date:
        """Where a fact of this date posts. Raises NoOpenPeriod."""
        return posts_on(self.state, on, self.by)


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
    billed = Billed(state=state, command=command, by=by)
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
        name = _name(plan, month_of(bill.from_on))
        if bill.net_minor and name not in names and not _overlaps(bill, record):
            invoices.append(_invoice(billed, plan, bill, name))
            names.add(name)
    yield from invoices
    record = record.with_documents(invoices)
    differs = differences(plan, record)
    more = [(month, net) for month, net in differs if net > 0]
    if more:
        yield _debit_note(billed, plan, record, more)
    yield from _credit_notes(billed, plan, record, {month: -net for month, net in differs if net < 0})


def _name(plan: Plan, month: str) -> str:
    return f"{plan.lease.lease}-{plan.noun}-{month.replace('-', '')}"


def _overlaps(bill: Bill, record: Record) -> bool:
    return any(line.from_on <= bill.until_on and bill.from_on <= line.until_on for line in record.lines)


# Invoices


def _series(plan: Plan, terms: Terms) -> str:
    return leasing_series(terms) if plan.charge == "RENT" else SERVICES_SERIES


def _invoice(billed: Billed, plan: Plan, bill: Bill, name: str) -> InvoiceIssued:
    rate = vat_rate(billed.state, _series(plan, bill.terms), bill.on)
    return InvoiceIssued(
        effective_on=bill.on,
        accounting_on=billed.posts_on(bill.on),
        company=plan.lease.company,
        lease=plan.lease.lease,
        invoice=name,
        charge=plan.charge,
        lines=tuple(_lines(bill, rate)),
        due_on=due_on(bill.terms, bill.on),
        late_fee_per_day=bill.terms.late_fee_per_day,
    )


def _lines(bill: Bill, rate: str) -> Iterator[DocumentLine]:
    """One line for the whole period, or one for each month that costs something: VAT is rounded on each."""
    months: dict[str, list[Due]] = {}
    for due in bill.dues:
        months.setdefault(due.month, []).append(due)
    nets = {month: sum(due.net_minor for due in dues) for month, dues in months.items()}
    if bill.terms.lines == "PERIOD":
        yield _line(bill.dues[0].from_on, bill.dues[-1].until_on, tuple(nets.values()), rate)
        return
    for month, dues in months.items():
        if nets[month]:
            yield _line(dues[0].from_on, dues[-1].until_on, (nets[month],), rate)


def _line(from_on: date, until_on: date, months: tuple[int, ...], rate: str) -> DocumentLine:
    net = sum(months)
    return DocumentLine(
        from_on=from_on,
        until_on=until_on,
        net_minor=net,
        vat_rate=rate,
        vat_minor=vat_on(net, rate),
        months=months if len(months) > 1 else (),
    )


# Notes


def _debit_note(billed: Billed, plan: Plan, record: Record, more: Sequence[tuple[str, int]]) -> DebitNoteIssued:
    """One note, a line for each month, at the tax rate that the month was billed at."""
    on = billed.command.effective_on
    terms = agreed_on(plan.lease, on)
    lines = []
    for month, net in more:
        days = [due for due in plan.dues if due.month == month]
        lines.append(_line(days[0].from_on, days[-1].until_on, (net,), _rate(billed, plan, record, days[0])))
    first = lines[0].from_on
    began = next((bill.from_on for bill in plan.bills if bill.from_on <= first <= bill.until_on), first)
    return DebitNoteIssued(
        effective_on=on,
        accounting_on=billed.posts_on(on),
        company=plan.lease.company,
        lease=plan.lease.lease,
        invoice=_next_name(f"{_name(plan, month_of(began))}-d", billed.state.documents),
        charge=plan.charge,
        lines=tuple(lines),
        due_on=due_on(terms, on),
        late_fee_per_day=terms.late_fee_per_day,
        reason=f"{plan.noun} for {_listed([month for month, _ in more])} is more than was billed",
    )


def _listed(months: Sequence[str]) -> str:
    return months[0] if len(months) == 1 else f"{months[0]} to {months[-1]}"


def _rate(billed: Billed, plan: Plan, record: Record, due: Due) -> str:
    """The tax rate of the newest line for the month; where there is none, the one of its first day."""
    rates = [line.vat_rate for line in record.lines if any(month == due.month for month, _ in line.by_month)]
    series = _series(plan, agreed_on(plan.lease, due.from_on))
    return rates[-1] if rates else vat_rate(billed.state, series, due.from_on)


def _next_name(stem: str, taken: Mapping[str, object]) -> str:
    name = next(name for name in (f"{stem}{number}" for number in count(1)) if name not in taken)
    assert len(name) <= NAME_MAX, f"{name} is too long to be read again"
    return name


NAME_MAX = 63


def _credit_notes(billed: Billed, plan: Plan, record: Record, less_due: Mapping[str, int]) -> Iterator[Fact]:
    """What is due no more, taken off the documents that asked for it, the newest first: a note for each of them."""
    wanted = dict(less_due)
    for issued in reversed(record.documents):
        left = left_of(issued, record.notes)
        lines: list[DocumentLine] = []
        for month, amount in wanted.items():
            left, off = _take(left, month, amount)
            wanted[month] -= net_of_lines(off)
            lines += off
        if lines:
            yield from _credit_note(billed, plan, issued, tuple(lines))


def _take(left: Sequence[DocumentLine], month: str, wanted: int) -> tuple[list[DocumentLine], tuple[DocumentLine, ...]]:
    """Lines after taking up to `wanted` of a month off them, and the lines that take it."""
    kept, taken = [], []
    for line in left:
        here = min(wanted, dict(line.by_month).get(month, 0))
        if here > 0:
            first, last = month_days(month)
            off = DocumentLine(
                from_on=max(line.from_on, first),
                until_on=min(line.until_on, last),
                net_minor=here,
                vat_rate=line.vat_rate,
                vat_minor=vat_off(line, here),
            )
            taken.append(off)
            line, wanted = less(line, off), wanted - here
        kept.append(line)
    return kept, tuple(taken)


def month_days(month: str) -> tuple[date, date]:
    """The first and the last day of a month."""
    first = date.fromisoformat(f"{month}-01")
    return first, month_end(first)


def _credit_note(billed: Billed, plan: Plan, issued: Issued, lines: tuple[DocumentLine, ...]) -> Iterator[Fact]:
    on, accounting_on = billed.command.effective_on, billed.posts_on(billed.command.effective_on)
    months = sorted(month for line in lines for month, _ in line.by_month)
    note = CreditNoteIssued(
        effective_on=on,
        accounting_on=accounting_on,
        company=plan.lease.company,
        lease=plan.lease.lease,
        credit_note=_next_name(f"{issued.invoice}-c", billed.state.credit_notes),
        invoice=issued.invoice,
        charge=plan.charge,
        lines=lines,
        reason=f"{plan.noun} for {_listed(months)} is less than was billed",
    )
    yield from _freed(billed, note)
    yield note


def _freed(billed: Billed, note: CreditNoteIssued) -> Iterator[ReceiptUnallocated]:
    """What receipts pay too much once the note is issued is theirs again; the latest payment first."""
    document = billed.state.documents.get(note.invoice, Document(issued=None))
    excess = note.gross_minor - document.open_minor if document.issued is not None else 0
    for receipt, paid in reversed(tuple(document.paid.items())):
        amount = min(excess, paid)
        if amount <= 0:
            continue
        excess -= amount
        yield ReceiptUnallocated(
            effective_on=note.effective_on,
            accounting_on=note.accounting_on,
            company=note.company,
            receipt=receipt,
            allocations=(Allocation(invoice=note.invoice, lease=note.lease, amount_minor=amount),),
            reason=f"credit note {note.credit_note}",
        )
    if excess > 0:
        raise CreditOnPaid(
            f"{written(note.gross_minor)} CNY of {note.invoice} are due no more, but deposit or a write-off settled "
            f"{written(excess)} of it",
            field="lease",
        )


# Termination and recognition


def _fee(billed: Billed, lease: Lease) -> Iterator[Fact]:
    """The fee of a termination, once it has ended the lease."""
    name = f"{lease.lease}-termination"
    if lease.ended_early is None or not lease.fee_minor or name in billed.state.documents:
        return
    _, ended = lease.ended_early
    if ended > billed.command.through:
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
        lines=(_line(ended, ended, (lease.fee_minor,), rate),),
        due_on=due_on(terms, ended),
        late_fee_per_day=terms.late_fee_per_day,
    )


def _recognise(billed: Billed, lease: Lease) -> Iterator[Fact]:
    """Months that ended; and those recognised before, where the schedule says something else now."""
    known = billed.state.recognised.get(lease.lease, {})
    through = billed.command.through
    months: dict[str, list[Row]] = {month: [] for month in known}
    for row in schedule(lease, max((through, *(month_days(month)[1] for month in known)))):
        if row.month in known or month_end(row.from_on) <= through:
            months.setdefault(row.month, []).append(row)
    for month, rows in sorted(months.items()):
        fixed, variable = known.get(month, (0, 0))
        fixed = sum(row.revenue_minor for row in rows) - fixed
        variable = sum(row.variable_minor for row in rows) - variable
        if (fixed, variable) != (0, 0):
            on = rows[-1].until_on if rows else month_days(month)[1]
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
    if lease.ended_early is None or month_end(lease.ended_early[1]) > billed.command.through:
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


GAP = Part(decide={BillLease: _bill}, scope={BillLease: _scope})
