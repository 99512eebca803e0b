"""The two sides that billing a lease compares: what its schedule says, and what was billed.

The words, here and in issuing.py and gap.py:

schedule   what a lease pays and earns, row by row (ledger.leases.schedule)
period     the days that one rent invoice is for; of the service charge, a month
due        what the schedule says is payable for days of a month: MonthDue
plan       one charge of a lease as the schedule has it: the periods that invoices are for, and everything due: Plan
billed     what documents asked for by the schedule, less its credit notes: BilledSoFar. Notes by hand are none of it
gap        how much more is due for a month than was billed; below 0: how much less
run        billing one lease through a day, by somebody, on the facts there are: LeaseRun

rent, service, turnover   the plan of a charge; after: of the days that were not billed elsewhere before a park was
                          taken over
billed_so_far     what was billed of each charge of a lease
gaps              the gaps of a plan, month by month
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from ledger.billing.account import Billing
from ledger.billing.facts import CreditNoteIssued, DebitNoteIssued, Issued, LeaseIssued
from ledger.billing.lines import Charge, DocumentLine
from ledger.billing.taking_over.facts import InvoiceTakenOver
from ledger.leases.lease import Lease
from ledger.leases.rents import version_on
from ledger.leases.schedule import RentPeriod, ScheduleRow, service_charges, terms_on
from ledger.leases.terms import Terms
from ledger.leases.turnover import turnover_dues
from ledger.periods import month_of

# Due


class MonthDue(Protocol):
    """The amount payable for days of one month: a row of the schedule, or the service charge of a month."""

    @property
    def month(self) -> str:
        """The month that the days lie in."""

    @property
    def from_on(self) -> date:
        """The first day."""

    @property
    def until_on(self) -> date:
        """The last day."""

    @property
    def net_minor(self) -> int:
        """The amount, ex VAT."""


class PlannedInvoice(Struct, frozen=True, kw_only=True, gc=False):
    """An invoice that the schedule asks for: its date, and what is due for each part of a month. `known_on`: the day
    from which it can be paid, its date or a later one."""

    on: date
    known_on: date
    from_on: date
    until_on: date
    terms: Terms
    dues: Sequence[MonthDue]

    @property
    def net_minor(self) -> int:
        """Sum the net."""
        return sum(due.net_minor for due in self.dues)


class Plan(Struct, frozen=True, kw_only=True, gc=False):
    """One charge of a lease as the schedule has it.

    says     what it is, in the reasons of notes
    periods  those that invoices are for, dated on or before the day that is billed through
    dues     everything due for days that are billed or to be billed, in order
    known    the days on which what is due for a period was known, by its first, where that is after its date
    """

    charge: Charge
    noun: str
    says: str
    periods: Sequence[RentPeriod]
    dues: Sequence[MonthDue]
    known: Mapping[date, date] = MappingProxyType({})

    def invoice(self, period: RentPeriod) -> PlannedInvoice:
        """Plan the invoice for a period."""
        first = bisect_left(self.dues, period.from_on, key=_first_day)
        last = bisect_right(self.dues, period.until_on, key=_first_day)
        return PlannedInvoice(
            on=period.billed_on,
            known_on=max(period.billed_on, self.known.get(period.from_on, period.billed_on)),
            from_on=period.from_on,
            until_on=period.until_on,
            terms=period.terms,
            dues=self.dues[first:last],
        )


def _first_day(due: MonthDue) -> date:
    return due.from_on


def rent(periods: Sequence[RentPeriod], rows: Sequence[ScheduleRow], billed_until: date) -> Plan:
    """Plan the rent: the periods, and what the rows say through the last day of them or that was billed."""
    until = max((billed_until, *(period.until_on for period in periods[-1:])))
    dues = rows[: bisect_right(rows, until, key=_first_day)]
    return Plan(charge="RENT", noun="rent", says="rent", periods=periods, dues=dues)


def service(lease: Lease, through: date, billed_until: date) -> Plan:
    """Plan the service charge: every month that begins on or before `through`, or was billed."""
    dues = service_charges(lease, max(through, billed_until))
    periods = [
        RentPeriod(due.from_on, due.until_on, due.from_on, version_on(lease.versions, due.from_on).terms)
        for due in dues
        if due.from_on <= through
    ]
    return Plan(charge="SERVICE_CHARGE", noun="service", says="service", periods=periods, dues=dues)


def turnover(lease: Lease, through: date, billed_until: date, elsewhere: date = date.min) -> Plan:
    """Plan the share of turnover: of every month that is over by `through` and was declared, or was billed. Its invoice
    is of its last day, and due so long after the day on which the turnover was said. Through `elsewhere` it was billed
    by other books."""
    until = max(through, billed_until)
    dues = [due for due in turnover_dues(lease, until, after=elsewhere) if due.until_on <= until]
    months: dict[str, list[date]] = {}
    known: dict[date, date] = {}
    for due in dues:
        if due.declared_on is not None and due.until_on <= through:
            days = months.setdefault(due.month, [due.from_on, due.until_on])
            days[1], known[days[0]] = due.until_on, due.declared_on
    periods = [RentPeriod(first, last, last, version_on(lease.versions, last).terms) for first, last in months.values()]
    return Plan(charge="TURNOVER_RENT", noun="sales", says="turnover rent", periods=periods, dues=dues, known=known)


def agreed_on(lease: Lease, on: date) -> Terms:
    """Find the terms in force on a day."""
    terms = terms_on(lease, on)
    assert terms is not None, "an executed lease has terms"
    return terms


def terms_of(lease: Lease, on: date) -> Terms | None:
    """Find the terms in force on a day; of a lease whose execution was withdrawn, those drafted, if any."""
    return terms_on(lease, on) or lease.draft


def nothing_due(charge: Charge, noun: str, says: str) -> Plan:
    """Plan nothing: the lease never began."""
    return Plan(charge=charge, noun=noun, says=says, periods=(), dues=())


def after(plan: Plan, through: date) -> Plan:
    """Plan only what is for days after one: through that day the lease was billed elsewhere."""
    return Plan(
        charge=plan.charge,
        noun=plan.noun,
        says=plan.says,
        periods=[period for period in plan.periods if period.from_on > through],
        dues=[due for due in plan.dues if due.from_on > through],
    )


# Billed


class BilledSoFar(Struct, frozen=True, kw_only=True, gc=False):
    """One charge of a lease as the schedule billed it: its documents, and what took from them, in the order recorded.

    notes   all credit notes of the charge, those by hand too: a document has left what none of them took off
    until   the last day that was billed
    net     what was billed for each month, less what the schedule's own credit notes took off
    """

    documents: tuple[Issued, ...] = ()
    notes: tuple[CreditNoteIssued, ...] = ()
    until: date = date.min
    net: Mapping[str, int] = MappingProxyType({})

    def with_documents(self, more: Sequence[Issued]) -> "BilledSoFar":
        """Add documents just issued."""
        return _billed((*self.documents, *more), self.notes, more, self) if more else self

    @property
    def lines(self) -> Iterator[DocumentLine]:
        """Every line of every document."""
        return (line for issued in self.documents for line in issued.lines)


NOTHING_BILLED = BilledSoFar()


def _billed(
    documents: Sequence[Issued], notes: Sequence[CreditNoteIssued], more: Sequence[Issued], before: BilledSoFar
) -> BilledSoFar:
    """Add more documents to the sums of those before."""
    net, until = dict(before.net), before.until
    for issued in more:
        for line in issued.lines:
            if line.until_on > until:
                until = line.until_on
            for month, part in line.by_month if line.months else ((month_of(line.from_on), line.net_minor),):
                net[month] = net.get(month, 0) + part
    return BilledSoFar(documents=tuple(documents), notes=tuple(notes), until=until, net=net)


def billed_so_far(state: Billing, lease: str) -> Mapping[Charge, BilledSoFar]:
    """Find what was billed of each charge of a lease; NOTHING_BILLED of those not there."""
    documents: defaultdict[Charge, list[Issued]] = defaultdict(list)
    for document in state.documents.values():
        one = document.issued
        if (
            isinstance(one, LeaseIssued)
            and not isinstance(one, InvoiceTakenOver)
            and one.lease == lease
            and not (isinstance(one, DebitNoteIssued) and one.by_hand)
        ):
            documents[one.charge].append(one)
    notes: defaultdict[Charge, list[CreditNoteIssued]] = defaultdict(list)
    for note in state.credit_notes.values():
        if isinstance(note, CreditNoteIssued) and note.lease == lease:
            notes[note.charge].append(note)
    return defaultdict(
        BilledSoFar,
        {
            charge: _less_notes(_billed(documents[charge], notes[charge], documents[charge], NOTHING_BILLED))
            for charge in documents.keys() | notes.keys()
        },
    )


def _less_notes(billed: BilledSoFar) -> BilledSoFar:
    """Take off what the schedule's own credit notes took off."""
    taken = [part for note in billed.notes if not note.by_hand for line in note.lines for part in line.by_month]
    if not taken:
        return billed
    net = dict(billed.net)
    for month, less_of in taken:
        net[month] -= less_of
    return replace(billed, net=net)


def gaps(plan: Plan, billed: BilledSoFar) -> list[tuple[str, int]]:
    """List the months in which more, or less, is due than was billed, in order: (month, how much more)."""
    dues: dict[str, int] = {}
    for due in plan.dues:
        dues[due.month] = dues.get(due.month, 0) + due.net_minor
    net = billed.net
    if dues == net:
        return []
    by_month = ((month, dues.get(month, 0) - net.get(month, 0)) for month in sorted({*dues, *net}))
    return [(month, gap) for month, gap in by_month if gap]
