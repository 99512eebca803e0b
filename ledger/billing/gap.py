"""Billing a lease: what its schedule says, less what was billed, is recorded (ADR 7).

Command     Facts (billing.…)
BillLease   invoice-issued                 each rent period, each month's service charge and each month's share of the
                                           turnover that was declared, once; a year's reconciliation changes its months
            debit-note-issued              more is due for months billed already: one note for each charge
            credit-note-issued             less is due: one note for each document; what notes by hand took off days
                                           that are due no more is asked for again first, by a debit note by hand
            receipt-unallocated,           what was paid of it pays nothing again, or is held as deposit again; what was
            deposit-reversed,              written off of it is given up no more (putting_back.py)
            write-off-recovered
            rent-recognised                each month that ended, or the difference to what was recognised of it
            lease-cost-amortised           what each month that ended bears of what obtaining the lease cost
            deposit-interest-accrued       the interest of each month that ended on deposit held
            accrued-rent-derecognised      once the last month of a terminated lease was recognised

Refusals, in order of precedence (after LeaseNotInForce of rules.py)
├── LeaseNotCommenced   its first day has come, and its commencement is not recorded
├── NoOpenPeriod        of `ledger.periods`: the books do not reach so far
└── VatRateMissing      of rules.py

Names   l-1-rent-202404, l-1-sales-202404, l-1-service-202404, l-1-termination (a second one -2, …); debit notes add
        -d1, -d2, …, credit notes -c1, -c2, …

A lease that was billed and whose commencement was withdrawn since owes nothing: all that is on record is taken back.

Two amounts are compared for each charge and service month: Σ lines of documents less credit notes, those issued by hand
left out; and what the schedule says now, for the days that are billed or due. So a lease can be billed at any time,
through any date, again and again: nothing is billed twice. The words (plan, due, billed, gap, run): see plan.py.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import ClassVar

from ledger.billing.account import NOTHING_YET, Billing
from ledger.billing.facts import ALLOWANCE_TAG, AccruedRentDerecognised, InvoiceIssued, RentRecognised
from ledger.billing.invoicing.notes import left_of
from ledger.billing.lease_costs.amortising import amortise
from ledger.billing.lines import Charge
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
from ledger.billing.scheduled.interest import accrue
from ledger.billing.scheduled.issuing import LeaseRun, credit_note, credit_notes, debit_note, invoice, name_of, new_line
from ledger.billing.scheduled.plan import (
    BilledSoFar,
    Plan,
    PlannedInvoice,
    after,
    agreed_on,
    billed_so_far,
    gaps,
    nothing_due,
    rent,
    service,
    turnover,
)
from ledger.decider import By, Fact, Part
from ledger.leases.facts import LeaseId
from ledger.leases.lease import Lease
from ledger.leases.schedule import ScheduleRow, accrued_at_end, billing
from ledger.periods import NoOpenPeriod, Periods, day_before, first_and_last, month_end, month_of

# Commands


class BillLease(BillingCommand, frozen=True, kw_only=True, tag="bill-lease"):
    """Bring a lease's invoices and recognised rent up to a date: what is missing is issued, what differs is corrected
    by a debit or credit note, what is right already is left alone. Sent again it adds nothing.

    Invoices carry the first day of the period they bill (in arrears the last); notes carry `effective_on`, or the date
    of the document that they correct where that is later; or, where they leave it paid too much, of its last payment.
    """

    put_right: ClassVar[str] = (
        "What is billed follows the lease: put the lease right (its own steps say how), and the next `bill-lease` "
        "records the difference. `issue-credit-note` and `issue-debit-note` change it by hand."
    )
    lease: LeaseId
    through: date


# Refusals


class LeaseNotCommenced(BillingRefusal):
    """Its first day has come, and its commencement is not recorded."""

    code = "lease-not-commenced"


# Scope


def _scope(command: BillLease) -> tuple[str, ...]:
    return (f"lease:{command.lease}", ALLOWANCE_TAG, *RATE_TAGS, *POSTING)


# Decide


def _bill_lease(state: Billing, command: BillLease, by: By) -> Sequence[Fact]:
    return bill(state, lambda: state, command, by)


def bill(state: Billing, whole: Callable[[], Billing], command: BillLease, by: By) -> Sequence[Fact]:
    """Decide what billing a lease records. `whole`: with what was paid, asked for where something is to be put back."""
    lease = state.leases.get(command.lease)
    if (lease is None or lease.commenced_on is None) and (company := _billed_to(state, command.lease)) is not None:
        lease = lease or Lease(lease=command.lease, company=company)
        return tuple(_take_back(_run(state, whole, lease, command, by)))
    lease = lease_in_force(state, command.lease)
    if lease.commenced_on is None:
        return _not_commenced(lease, command)
    run = _run(state, whole, lease, command, by)
    billed = billed_so_far(state, lease.lease)
    billed_rent, billed_service = billed["RENT"], billed["SERVICE_CHARGE"]
    periods, rows = billing(lease, run.through, _until(run, billed_rent.until))
    rents = rent(periods, rows, billed_rent.until)
    services = service(lease, run.through, billed_service.until)
    sales = turnover(lease, run.through, billed["TURNOVER_RENT"].until, _elsewhere(state, lease.lease))
    if elsewhere := state.taken_over.get(lease.lease):
        rents = after(rents, elsewhere.latest.billed_through)
        services = after(services, elsewhere.latest.service_through)
        rows = [row for row in rows if row.month > elsewhere.latest.earned_through]
    return (
        *_invoices_and_notes(run, rents, billed_rent),
        *_invoices_and_notes(run, services, billed_service),
        *_invoices_and_notes(run, sales, billed["TURNOVER_RENT"]),
        *_termination_fee(run, billed["TERMINATION_FEE"]),
        *_recognise(run, rows),
        *_derecognise(run),
        *amortise(run, _month_ended(run.through)),
        *accrue(run, _month_ended(run.through)),
    )


def _elsewhere(state: Billing, lease: str) -> date:
    """The last day of which other books billed a lease's rent, before a park was taken over."""
    taken = state.taken_over.get(lease)
    return taken.latest.billed_through if taken is not None else date.min


def _run(state: Billing, whole: Callable[[], Billing], lease: Lease, command: BillLease, by: By) -> LeaseRun:
    """A run through a month that was opened. Raises NoOpenPeriod."""
    check_opened(state.periods, command.through)
    return LeaseRun(
        state=state, whole=whole, lease=lease, effective_on=command.effective_on, through=command.through, by=by
    )


def check_opened(periods: Periods, through: date) -> None:
    """Check that the books reach so far, whatever the lease. Raises NoOpenPeriod."""
    if month_of(through) > max(periods.states, default=""):
        raise NoOpenPeriod(
            f"the books are open through {max(periods.states, default='no month')}; open-periods through "
            f"{month_of(through)} first",
            field="through",
        )


def _not_commenced(lease: Lease, command: BillLease) -> Sequence[Fact]:
    """Nothing is due before commencement; after that day somebody must have said so."""
    if lease.versions and command.through < lease.versions[0].from_on:
        return ()
    raise LeaseNotCommenced(f"{lease.lease} has not commenced; commence-lease first", field="lease")


def _billed_to(state: Billing, lease: str) -> str | None:
    """The tenant that a lease was billed to, by its schedule; None where it never was, nor earned anything."""
    charges: tuple[Charge, ...] = ("RENT", "TURNOVER_RENT", "SERVICE_CHARGE", "TERMINATION_FEE")
    billed = billed_so_far(state, lease)
    issued = (one for charge in charges for one in billed[charge].documents)
    return next((one.company for one in issued), state.earned_by.get(lease))


def _take_back(run: LeaseRun) -> Iterator[Fact]:
    """A lease that never began owes and earns nothing: documents are credited, recognised rent is taken back."""
    billed = billed_so_far(run.state, run.lease.lease)
    yield from _invoices_and_notes(run, nothing_due("RENT", "rent", "rent"), billed["RENT"])
    yield from _invoices_and_notes(run, nothing_due("SERVICE_CHARGE", "service", "service"), billed["SERVICE_CHARGE"])
    yield from _invoices_and_notes(run, nothing_due("TURNOVER_RENT", "sales", "turnover rent"), billed["TURNOVER_RENT"])
    yield from _termination_fee(run, billed["TERMINATION_FEE"])
    yield from _recognise(run, ())
    yield from _derecognise(run)
    yield from amortise(run, _month_ended(run.through), begun=False)
    yield from accrue(run, _month_ended(run.through))


def _until(run: LeaseRun, billed_until: date) -> date:
    """The last day that is billed, or recognised."""
    recognised = run.state.recognised.get(run.lease.lease)
    return max(run.through, billed_until, *((first_and_last(max(recognised))[1],) if recognised else ()))


def _invoices_and_notes(run: LeaseRun, plan: Plan, billed: BilledSoFar) -> Iterator[Fact]:
    """Invoices for what was never billed; then notes for every month in which more or less is due than was billed."""
    invoices: list[InvoiceIssued] = []
    names = set(run.state.documents)
    for period in plan.periods:
        name = name_of(run, plan, month_of(period.from_on))
        if name in names:
            continue
        planned = plan.invoice(period)
        if planned.net_minor and not _overlaps(planned, billed):
            invoices.append(invoice(run, plan, planned, name))
            names.add(name)
    yield from invoices
    billed = billed.with_documents(invoices)
    differences = gaps(plan, billed)
    more = [(month, gap) for month, gap in differences if gap > 0]
    if more:
        note = debit_note(run, plan, billed, more)
        names.add(note.invoice)
        yield note
    yield from credit_notes(run, plan, billed, {month: -gap for month, gap in differences if gap < 0}, names)


def _overlaps(planned: PlannedInvoice, billed: BilledSoFar) -> bool:
    if planned.from_on > billed.until:
        return False
    return any(line.from_on <= planned.until_on and planned.from_on <= line.until_on for line in billed.lines)


def _termination_fee(run: LeaseRun, billed: BilledSoFar) -> Iterator[Fact]:
    """The fee of a termination, once it has ended the lease; what was billed of one that is agreed no more is credited.

    Another fee than the one billed is billed anew, under another name.
    """
    lease = run.lease
    agreed = lease.fee_minor if lease.ended_early is not None else 0
    for issued in billed.documents[-1:]:
        taken = sum(note.net_minor for note in billed.notes if note.invoice == issued.invoice and not note.by_hand)
        if issued.net_minor - taken == agreed:
            return
        if lines := tuple(line for line in left_of(issued, billed.notes) if line.net_minor):
            yield from credit_note(run, issued, lines, "the fee of the termination is not what was billed")
    if agreed and lease.ended_early is not None and lease.ended_early[1] <= run.through:
        yield _fee(run, lease.ended_early[1], len(billed.documents))


def _fee(run: LeaseRun, ended: date, earlier: int) -> InvoiceIssued:
    lease, terms = run.lease, agreed_on(run.lease, ended)
    rate = vat_rate(run.state, leasing_series(terms), ended) if lease.fee_taxable else "0"
    return InvoiceIssued(
        effective_on=ended,
        accounting_on=run.posts_on(ended),
        company=lease.company,
        lease=lease.lease,
        invoice=f"{lease.lease}-termination" + (f"-{earlier + 1}" if earlier else ""),
        charge="TERMINATION_FEE",
        lines=(new_line(ended, ended, (lease.fee_minor,), rate),),
        due_on=due_on(terms, ended),
        late_fee_per_day=terms.late_fee_per_day,
    )


def _recognise(run: LeaseRun, rows: Sequence[ScheduleRow]) -> Iterator[Fact]:
    """Months that ended; and those recognised before, where the schedule says something else now."""
    recognised, ended = run.state.recognised.get(run.lease.lease, {}), _month_ended(run.through)
    earned: dict[str, tuple[int, int]] = dict.fromkeys(recognised, (0, 0))
    until: dict[str, date] = {}
    for row in rows:
        month = row.month
        if month <= ended or month in recognised:
            fixed, variable = earned.get(month, (0, 0))
            earned[month] = fixed + row.revenue_minor, variable + row.variable_minor
            until[month] = row.until_on
    for month, (fixed, variable) in sorted(earned.items()):
        before = recognised.get(month, (0, 0))
        if (fixed, variable) != before:
            on = until[month] if month in until else first_and_last(month)[1]
            yield RentRecognised(
                effective_on=on,
                accounting_on=run.posts_on(on),
                company=run.lease.company,
                lease=run.lease.lease,
                month=month,
                fixed_minor=fixed - before[0],
                variable_minor=variable - before[1],
            )


def _month_ended(through: date) -> str:
    """The last month that ended on a day or before it."""
    return month_of(through if through == month_end(through) else day_before(through.replace(day=1)))


def _derecognise(run: LeaseRun) -> Iterator[Fact]:
    """Accrued rent that a terminated lease leaves, once its last month was recognised; the difference to what was given
    up before, or all of it where the lease is not terminated after all."""
    lease, before = run.lease, run.state.derecognised.get(run.lease.lease, NOTHING_YET)
    if lease.ended_early is None:
        amount, on = 0, max(run.effective_on, before.latest_on)
    elif month_end(lease.ended_early[1]) > run.through:
        return
    else:
        amount, on = accrued_at_end(lease), lease.ended_early[1]
    if amount != before.total_minor:
        yield AccruedRentDerecognised(
            effective_on=on,
            accounting_on=run.posts_on(on),
            company=lease.company,
            lease=lease.lease,
            amount_minor=amount - before.total_minor,
        )


GAP: Part[Billing, Billing] = Part(decide={BillLease: _bill_lease}, scope={BillLease: _scope})
