"""The documents that billing a lease issues: an invoice for a period, notes for a gap. Words: see plan.py.

LeaseRun       who bills which lease through when, on which facts
invoice        a period that was never billed
debit_note     one for each charge, a line for each month of which more is due
credit_notes   one for each document that asks for more than is due, the newest first; what people took off by hand of
               days that are due no more is asked for again first
credit_note    one note: what it leaves settled too much is put back (putting_back.py)
new_line       a line with its tax
"""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from datetime import date
from itertools import count

from msgspec import Struct

from ledger.billing.account import Billing, Document
from ledger.billing.facts import CreditNoteIssued, DebitNoteIssued, InvoiceIssued, Issued
from ledger.billing.invoicing.notes import left_of, less, vat_off
from ledger.billing.lines import DocumentLine, net_of_lines, vat_of_lines
from ledger.billing.putting_back import noted_on, put_back
from ledger.billing.rules import SERVICES_SERIES, due_on, leasing_series, posts_on, vat_rate
from ledger.billing.scheduled.plan import BilledSoFar, MonthDue, Plan, PlannedInvoice, agreed_on, terms_of
from ledger.decider import By, Fact
from ledger.leases.lease import Lease
from ledger.leases.terms import Terms
from ledger.periods import first_and_last, month_of
from ledger.values.money import vat_on


class LeaseRun(Struct, frozen=True, kw_only=True, gc=False):
    """One lease is billed through a day, by somebody, on the facts there are. Notes carry `effective_on`.

    state   what was agreed, asked for and earned; it may leave out what was paid
    whole   all of it
    """

    state: Billing
    whole: Callable[[], Billing]
    lease: Lease
    effective_on: date
    through: date
    by: By

    def posts_on(self, on: date) -> date:
        """Find the day in an open month that a fact of this date posts on. Raises NoOpenPeriod."""
        return posts_on(self.state, on, self.by)


def name_of(run: LeaseRun, plan: Plan, month: str) -> str:
    """Name the invoice for the period that begins in a month."""
    return f"{run.lease.lease}-{plan.noun}-{month.replace('-', '')}"


# Invoices


def _series(plan: Plan, terms: Terms) -> str:
    return SERVICES_SERIES if plan.charge == "SERVICE_CHARGE" else leasing_series(terms)


def invoice(run: LeaseRun, plan: Plan, planned: PlannedInvoice, name: str) -> InvoiceIssued:
    """Issue the invoice for a period. Raises VatRateMissing, NoOpenPeriod."""
    rate = vat_rate(run.state, _series(plan, planned.terms), planned.on)
    return InvoiceIssued(
        effective_on=planned.on,
        accounting_on=run.posts_on(planned.on),
        company=run.lease.company,
        lease=run.lease.lease,
        invoice=name,
        charge=plan.charge,
        lines=tuple(_lines(planned, rate)),
        due_on=due_on(planned.terms, planned.known_on),
        late_fee_per_day=planned.terms.late_fee_per_day,
    )


def _lines(planned: PlannedInvoice, rate: str) -> Iterator[DocumentLine]:
    """One line for the whole period, or one for each month that costs something: VAT is rounded on each."""
    months: dict[str, list[MonthDue]] = {}
    for due in planned.dues:
        months.setdefault(due.month, []).append(due)
    nets = {month: sum(due.net_minor for due in dues) for month, dues in months.items()}
    if planned.terms.lines == "PERIOD":
        yield new_line(planned.dues[0].from_on, planned.dues[-1].until_on, tuple(nets.values()), rate)
        return
    for month, dues in months.items():
        if nets[month]:
            yield new_line(dues[0].from_on, dues[-1].until_on, (nets[month],), rate)


def new_line(from_on: date, until_on: date, months: tuple[int, ...], rate: str) -> DocumentLine:
    """Make a line for some days: the net of each month they lie in, and the tax on their sum."""
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


def debit_note(run: LeaseRun, plan: Plan, billed: BilledSoFar, more: Sequence[tuple[str, int]]) -> DebitNoteIssued:
    """Issue one note, a line for each month, at the tax rate that the month was billed at."""
    lines = []
    for month, net in more:
        days = [due for due in plan.dues if due.month == month]
        lines.append(new_line(days[0].from_on, days[-1].until_on, (net,), _rate(run, plan, billed, days[0])))
    reason = f"{plan.says} for {_listed([month for month, _ in more])} is more than was billed"
    return _debit(run, plan, tuple(lines), run.state.documents, reason)


def _debit(
    run: LeaseRun,
    plan: Plan,
    lines: tuple[DocumentLine, ...],
    names: Container[str],
    reason: str,
    *,
    by_hand: bool = False,
) -> DebitNoteIssued:
    on, first = run.effective_on, lines[0].from_on
    terms = terms_of(run.lease, on)
    began = next((one.from_on for one in plan.periods if one.from_on <= first <= one.until_on), first)
    return DebitNoteIssued(
        effective_on=on,
        accounting_on=run.posts_on(on),
        company=run.lease.company,
        lease=run.lease.lease,
        invoice=_next_name(f"{name_of(run, plan, month_of(began))}-d", names),
        charge=plan.charge,
        lines=lines,
        due_on=due_on(terms, on) if terms else on,
        late_fee_per_day=terms.late_fee_per_day if terms else "0",
        reason=reason,
        by_hand=by_hand,
    )


def _listed(months: Sequence[str]) -> str:
    return months[0] if len(months) == 1 else f"{months[0]} to {months[-1]}"


def _rate(run: LeaseRun, plan: Plan, billed: BilledSoFar, due: MonthDue) -> str:
    """The tax rate of the newest line for the month; where there is none, the one of its first day."""
    rates = [line.vat_rate for line in billed.lines if any(month == due.month for month, _ in line.by_month)]
    series = _series(plan, agreed_on(run.lease, due.from_on))
    return rates[-1] if rates else vat_rate(run.state, series, due.from_on)


def _next_name(stem: str, taken: Container[str]) -> str:
    name = next(name for name in (f"{stem}{number}" for number in count(1)) if name not in taken)
    assert len(name) <= NAME_MAX, f"{name} is too long to be read again"
    return name


NAME_MAX = 63


def credit_notes(
    run: LeaseRun, plan: Plan, billed: BilledSoFar, less_due: Mapping[str, int], names: Container[str]
) -> Iterator[Fact]:
    """Take what is due no more off the documents that asked for it, the newest first: a note for each of them."""
    if not less_due:
        return
    wanted = dict(less_due)
    for issued in reversed(billed.documents):
        left = left_of(issued, billed.notes)
        lines: list[DocumentLine] = []
        for month, amount in wanted.items():
            left, off = _take(left, month, amount)
            wanted[month] -= net_of_lines(off)
            lines += off
        if lines:
            yield from _credit_note(run, plan, issued, tuple(lines))
    if by_hand := {month: amount for month, amount in wanted.items() if amount}:
        yield from _given_up(run, plan, billed, by_hand, names)


def _given_up(
    run: LeaseRun, plan: Plan, billed: BilledSoFar, by_hand: Mapping[str, int], names: Container[str]
) -> Iterator[Fact]:
    """Notes by hand took this off days that are due no more, and no document has it left to take off again. It is asked
    for by hand and taken off as the schedule's: the tenant owes the same, and what is billed is what is due."""
    lines = tuple(_line_again(billed, month, amount) for month, amount in sorted(by_hand.items()))
    reason = f"{plan.says} for {_listed(sorted(by_hand))} is due no more: nor is what was taken off it by hand"
    debit = _debit(run, plan, lines, names, reason, by_hand=True)
    yield debit
    yield from _credit_note(run, plan, debit, lines)


def _line_again(billed: BilledSoFar, month: str, amount: int) -> DocumentLine:
    """Make a line for an amount of a month, on the days and at the tax rate of the newest line for it."""
    line = [line for line in billed.lines if month in dict(line.by_month)][-1]
    first, last = first_and_last(month)
    return new_line(max(line.from_on, first), min(line.until_on, last), (amount,), line.vat_rate)


def _take(left: Sequence[DocumentLine], month: str, wanted: int) -> tuple[list[DocumentLine], tuple[DocumentLine, ...]]:
    """Lines after taking up to `wanted` of a month off them, and the lines that take it."""
    kept, taken = [], []
    for line in left:
        here = min(wanted, dict(line.by_month).get(month, 0))
        if here > 0:
            first, last = first_and_last(month)
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


def _credit_note(run: LeaseRun, plan: Plan, issued: Issued, lines: tuple[DocumentLine, ...]) -> Iterator[Fact]:
    months = sorted(month for line in lines for month, _ in line.by_month)
    yield from credit_note(run, issued, lines, f"{plan.says} for {_listed(months)} is less than was billed")


def credit_note(run: LeaseRun, issued: Issued, lines: tuple[DocumentLine, ...], reason: str) -> Iterator[Fact]:
    """Issue one note, after putting back what it leaves settled too much. Raises NoOpenPeriod."""
    state = run.whole()
    document = state.documents.get(issued.invoice, Document())
    gross, on = net_of_lines(lines) + vat_of_lines(lines), max(run.effective_on, issued.effective_on)
    if document.issued is not None:
        on = noted_on(document, gross, on)
    note = CreditNoteIssued(
        effective_on=on,
        accounting_on=posts_on(state, on, run.by, issued.accounting_on, document.open.booked_from(gross, on)),
        company=issued.company,
        lease=run.lease.lease,
        credit_note=_next_name(f"{issued.invoice}-c", run.state.credit_notes),
        invoice=issued.invoice,
        charge=issued.charge,
        lines=lines,
        reason=reason,
    )
    yield from put_back(state, note, run.by)
    yield note
