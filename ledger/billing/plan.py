"""The two sides that billing compares: what a lease's schedule says, and what is on record.

Due, Bill, Plan   what is payable for days of a month, what one invoice would say, and all of it for one charge
rent, service     the plan of a charge
Record            what was billed of a charge by the schedule
on_record         that of a lease
differences       month by month, how much more is due than is billed
"""

from collections.abc import Iterable, Iterator
from datetime import date

from msgspec import Struct

from ledger.billing.account import Billing
from ledger.billing.facts import Charge, CreditNoteIssued, DebitNoteIssued, DocumentLine, Issued, LeaseIssued
from ledger.leases.lease import Lease
from ledger.leases.schedule import billing_periods, schedule, service_charges, terms_on
from ledger.leases.terms import Terms

# What the schedule says


class Due(Struct, frozen=True, kw_only=True):
    """What is payable for the days of one month that one invoice is for."""

    month: str
    from_on: date
    until_on: date
    net_minor: int


class Bill(Struct, frozen=True, kw_only=True):
    """What one invoice would say: when it is dated, and what is due for each part of a month."""

    on: date
    from_on: date
    until_on: date
    terms: Terms
    dues: tuple[Due, ...]

    @property
    def net_minor(self) -> int:
        """Σ net."""
        return sum(due.net_minor for due in self.dues)


class Plan(Struct, frozen=True, kw_only=True):
    """One charge of a lease as the schedule has it.

    bills     those dated on or before the day that is billed through
    dues      everything due for days that are billed or to be billed
    """

    lease: Lease
    charge: Charge
    noun: str
    bills: tuple[Bill, ...]
    dues: tuple[Due, ...]


def rent(lease: Lease, through: date, billed_until: date) -> Plan:
    """Rent: the billing periods dated on or before `through`, and every day through the last one billed."""
    periods = billing_periods(lease, through)
    until = max((billed_until, *(period.until_on for period in periods[-1:])))
    rows = [
        Due(month=row.month, from_on=row.from_on, until_on=row.until_on, net_minor=row.cash_minor + row.variable_minor)
        for row in schedule(lease, until)
    ]
    bills = tuple(
        Bill(
            on=period.billed_on,
            from_on=period.from_on,
            until_on=period.until_on,
            terms=period.terms,
            dues=tuple(row for row in rows if period.from_on <= row.from_on <= period.until_on),
        )
        for period in periods
    )
    return Plan(lease=lease, charge="RENT", noun="rent", bills=bills, dues=tuple(rows))


def service(lease: Lease, through: date, billed_until: date) -> Plan:
    """The service charge: every month that begins on or before `through`, or was billed."""
    dues = tuple(
        Due(month=one.month, from_on=one.from_on, until_on=one.until_on, net_minor=one.charge_minor)
        for one in service_charges(lease, max(through, billed_until))
    )
    bills = tuple(
        Bill(
            on=due.from_on, from_on=due.from_on, until_on=due.until_on, terms=agreed_on(lease, due.from_on), dues=(due,)
        )
        for due in dues
        if due.from_on <= through
    )
    return Plan(lease=lease, charge="SERVICE_CHARGE", noun="service", bills=bills, dues=dues)


def agreed_on(lease: Lease, on: date) -> Terms:
    """The terms in force on a day."""
    terms = terms_on(lease, on)
    assert terms is not None, "an executed lease has terms"
    return terms


# What is on record


class Record(Struct, frozen=True, kw_only=True):
    """What was billed of one charge by the schedule: its documents, and what took from them, in the order recorded."""

    documents: tuple[Issued, ...]
    notes: tuple[CreditNoteIssued, ...]

    def with_documents(self, more: Iterable[Issued]) -> "Record":
        """The same, with documents just issued."""
        return Record(documents=(*self.documents, *more), notes=self.notes)

    @property
    def lines(self) -> Iterator[DocumentLine]:
        """Every line of every document."""
        return (line for issued in self.documents for line in issued.lines)

    @property
    def until(self) -> date:
        """The last day that was billed."""
        return max((line.until_on for line in self.lines), default=date.min)

    def net_by_month(self) -> dict[str, int]:
        """What was billed for each month, less what the schedule's own credit notes took off."""
        net: dict[str, int] = {}
        for month, more in (part for line in self.lines for part in line.by_month):
            net[month] = net.get(month, 0) + more
        taken = (line for note in self.notes if not note.by_hand for line in note.lines)
        for month, less_of in (part for line in taken for part in line.by_month):
            net[month] -= less_of
        return net


def on_record(state: Billing, lease: str, charge: Charge) -> Record:
    """What was billed of a charge of a lease."""
    issued = [document.issued for document in state.documents.values() if document.issued is not None]
    documents = tuple(
        one
        for one in issued
        if isinstance(one, LeaseIssued)
        and (one.lease, one.charge) == (lease, charge)
        and not (isinstance(one, DebitNoteIssued) and one.by_hand)
    )
    notes = (note for note in state.credit_notes.values() if isinstance(note, CreditNoteIssued))
    own = tuple(note for note in notes if (note.lease, note.charge) == (lease, charge))
    return Record(documents=documents, notes=own)


def differences(plan: Plan, record: Record) -> list[tuple[str, int]]:
    """(month, how much more is due than is billed), in order."""
    due: dict[str, int] = {}
    for one in plan.dues:
        due[one.month] = due.get(one.month, 0) + one.net_minor
    net = record.net_by_month()
    differs = ((month, due.get(month, 0) - net.get(month, 0)) for month in sorted({*due, *net}))
    return [(month, more) for month, more in differs if more]
