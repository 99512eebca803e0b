"""Notes that people issue themselves. Late fees: see late_fees.py.

Commands          Facts (billing.…)
IssueCreditNote   credit-note-issued, by hand; what it leaves settled too much is put back (putting_back.py)
IssueDebitNote    debit-note-issued, by hand

Refusals, in order of precedence (after those of rules.py)
├── NotOfLease         the document is another contract's, which corrects it itself
├── DaysMalformed      the last day comes before the first, or they are not the lease's
├── (BeforeDocument)   of rules.py: nothing is credited before it is asked for
├── CreditExceeded     more than the document says, less earlier credits
└── CreditOnPaid       it would be put back before it was paid: date the note later
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import ClassVar, Literal

from ledger.billing.account import Billing, Document
from ledger.billing.facts import (
    ALLOWANCE_TAG,
    Credited,
    CreditNoteIssued,
    DebitNoteIssued,
    Issued,
    LateFeeAssessed,
    LeaseIssued,
)
from ledger.billing.lines import DocumentLine, net_of_lines
from ledger.billing.putting_back import noted_on, put_back
from ledger.billing.rules import (
    POSTING,
    RATE_TAGS,
    RESERVED,
    SERVICES_SERIES,
    BillingCommand,
    BillingRefusal,
    IdReserved,
    IdTaken,
    amount_of,
    check_asked,
    check_new_document,
    due_on,
    lease_in_force,
    leasing_series,
    owed,
    posts_on,
    vat_rate,
)
from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.leases.facts import LeaseId
from ledger.leases.lease import Lease
from ledger.leases.schedule import last_day, terms_on
from ledger.periods import month_of
from ledger.values.money import Cny, share, vat_on, written

# Commands


class IssueCreditNote(BillingCommand, frozen=True, kw_only=True, tag="issue-credit-note"):
    """Take something off an invoice; its VAT follows at the invoice's own rate. What settled more than is left is put
    back: money is unapplied again, deposit is held again, what was written off is given up no more."""

    put_right: ClassVar[str] = (
        "`issue-debit-note` asks for it again; of a late fee, `assess-late-fee`. What was put back settles it again by "
        "`allocate-receipt`, `apply-deposit` or `propose-write-off`."
    )
    credit_note: Id
    invoice: Id
    net: Cny
    reason: Text


class IssueDebitNote(BillingCommand, frozen=True, kw_only=True, tag="issue-debit-note"):
    """Ask for more on a lease, for days that are named."""

    put_right: ClassVar[str] = "`issue-credit-note` takes it off again."
    invoice: Id
    lease: LeaseId
    charge: Literal["RENT", "SERVICE_CHARGE"]
    from_on: date
    until_on: date
    net: Cny
    reason: Text


# Refusals


class NotOfLease(BillingRefusal):
    """The document is another contract's, which corrects it itself."""

    code = "not-of-lease"


class DaysMalformed(BillingRefusal):
    """The last day comes before the first, or they are not the lease's."""

    code = "days-malformed"


class CreditExceeded(BillingRefusal):
    """More than the document says, less earlier credits."""

    code = "credit-exceeded"


class CreditOnPaid(BillingRefusal):
    """The note would put money back before that money paid."""

    code = "credit-on-paid"


# What a document's lines still say


def left_of(issued: Issued, notes: Iterable[Credited]) -> list[DocumentLine]:
    """Take off a document's lines what credit notes took off, in its order; a line may have nothing left."""
    lines = list(issued.lines)
    for note in notes:
        if note.invoice != issued.invoice:
            continue
        for taken in note.lines:
            at = next(at for at, line in enumerate(issued.lines) if line.from_on <= taken.from_on <= line.until_on)
            lines[at] = less(lines[at], taken)
    return lines


def less(line: DocumentLine, taken: DocumentLine) -> DocumentLine:
    """Take some off a line."""
    by_month = dict(line.by_month)
    for month, net in taken.by_month:
        by_month[month] -= net
    return DocumentLine(
        from_on=line.from_on,
        until_on=line.until_on,
        net_minor=line.net_minor - taken.net_minor,
        vat_rate=line.vat_rate,
        vat_minor=line.vat_minor - taken.vat_minor,
        months=tuple(by_month.values()) if line.months else (),
    )


def vat_off(line: DocumentLine, net_minor: int) -> int:
    """Work out the VAT that goes with taking net off what is left of a line: with the whole of it, the whole tax."""
    return line.vat_minor if net_minor == line.net_minor else min(vat_on(net_minor, line.vat_rate), line.vat_minor)


# Decide


def _credit(state: Billing, command: IssueCreditNote, by: By) -> Sequence[Fact]:
    net = amount_of(command.net, field="net")
    document, issued = owed(state, command.invoice)
    if not isinstance(issued, LeaseIssued):
        advice = "; of an offtake agreement: `credit-energy-document`" if issued.contract else ""
        raise NotOfLease(
            f"{command.invoice} is no lease's; its own contract says what is owed{advice}", field="invoice"
        )
    earlier = state.credit_notes.get(command.credit_note)
    if earlier is not None:
        if earlier.asked == said(CreditNoteIssued, command, lines=net):
            return ()
        raise IdTaken(f"credit note {command.credit_note} is issued already and says otherwise", field="credit_note")
    if RESERVED.search(command.credit_note):
        raise IdReserved(
            f"names like {command.credit_note} are given by billing itself; choose another id", field="credit_note"
        )
    check_asked(command.invoice, issued, command.effective_on, "it is credited then or later")
    lines = _spread_off(left_of(issued, state.credit_notes.values()), net, command)
    gross, on = net + sum(line.vat_minor for line in lines), command.effective_on
    if (later := noted_on(document, gross, on)) > on:
        raise CreditOnPaid(
            f"{written(max(document.open.least_from(on), 0))} CNY are open of {command.invoice} on every day from {on} "
            f"on, and the note takes off {written(gross)}; date it {later}, when it was last paid, or later",
            field="effective_on",
        )
    note = CreditNoteIssued(
        effective_on=on,
        accounting_on=posts_on(state, on, by, document.open.booked_from(gross, on)),
        company=issued.company,
        lease=issued.lease,
        credit_note=command.credit_note,
        invoice=command.invoice,
        charge=issued.charge,
        lines=lines,
        reason=command.reason,
        by_hand=True,
        on_invoice=issued.on_invoice if isinstance(issued, LateFeeAssessed) else None,
    )
    return (*put_back(state, note, by), note)


def _spread_off(left: Sequence[DocumentLine], net: int, command: IssueCreditNote) -> tuple[DocumentLine, ...]:
    """Spread an amount over the lines, by what is left of each."""
    whole = net_of_lines(tuple(left))
    if net > whole:
        raise CreditExceeded(f"{written(whole)} CNY net are left of {command.invoice} to credit", field="net")
    parts = share(net, [line.net_minor for line in left])
    return tuple(
        DocumentLine(
            from_on=line.from_on,
            until_on=line.until_on,
            net_minor=part,
            vat_rate=line.vat_rate,
            vat_minor=vat_off(line, part),
            months=tuple(share(part, line.months)) if line.months else (),
        )
        for line, part in zip(left, parts, strict=True)
        if part
    )


def _debit(state: Billing, command: IssueDebitNote, by: By) -> Sequence[Fact]:
    net = amount_of(command.net, field="net")
    lease = lease_in_force(state, command.lease)
    earlier = state.documents.get(command.invoice, Document()).issued
    days = (command.from_on, command.until_on, net)
    if earlier is not None and earlier.asked == said(DebitNoteIssued, command, lines=(days,), by_hand=True):
        return ()
    check_new_document(state, command.invoice)
    _check_days(lease, command)
    terms = terms_on(lease, command.effective_on)
    assert terms is not None, "an executed lease has terms"
    series = leasing_series(terms) if command.charge == "RENT" else SERVICES_SERIES
    rate = vat_rate(state, series, command.effective_on)
    line = DocumentLine(
        from_on=command.from_on,
        until_on=command.until_on,
        net_minor=net,
        vat_rate=rate,
        vat_minor=vat_on(net, rate),
        months=by_days(net, command.from_on, command.until_on),
    )
    return (
        DebitNoteIssued(
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by),
            company=lease.company,
            lease=command.lease,
            invoice=command.invoice,
            charge=command.charge,
            lines=(line,),
            due_on=due_on(terms, command.effective_on),
            late_fee_per_day=terms.late_fee_per_day,
            reason=command.reason,
            by_hand=True,
        ),
    )


def _check_days(lease: Lease, command: IssueDebitNote) -> None:
    """Days of the lease, in order; where it has no end, through the year after the note's. Raises DaysMalformed."""
    first, last = lease.versions[0].from_on, last_day(lease)
    if command.until_on < command.from_on:
        raise DaysMalformed(f"{command.until_on} comes before {command.from_on}", field="until_on")
    if command.from_on < first:
        raise DaysMalformed(f"{command.lease} begins on {first}; name days of the lease", field="from_on")
    if last is not None and command.until_on > last:
        raise DaysMalformed(f"{command.lease} ends with {last}; name days of the lease", field="until_on")
    if last is None and command.until_on.year > command.effective_on.year + 1:
        raise DaysMalformed(f"{command.until_on} is more than a year ahead of the note", field="until_on")


def by_days(net_minor: int, from_on: date, until_on: date) -> tuple[int, ...]:
    """Split a net amount by months, as many days as fall into each; () where all fall into one."""
    days: dict[str, int] = {}
    for day in range((until_on - from_on).days + 1):
        month = month_of(from_on + timedelta(days=day))
        days[month] = days.get(month, 0) + 1
    return tuple(share(net_minor, list(days.values()))) if len(days) > 1 else ()


NOTES: Part[Billing, Billing] = Part(
    decide={IssueCreditNote: _credit, IssueDebitNote: _debit},
    scope={
        IssueCreditNote: lambda command: (
            f"credit-note:{command.credit_note}",
            f"invoice:{command.invoice}",
            ALLOWANCE_TAG,
            *POSTING,
        ),
        IssueDebitNote: lambda command: (
            f"invoice:{command.invoice}",
            f"lease:{command.lease}",
            *RATE_TAGS,
            *POSTING,
        ),
    },
)
