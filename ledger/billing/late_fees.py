"""Interest on what is paid late: by the day, on what was open that day (domain §4.5, §14.5).

Commands        Facts (billing.…)
AssessLateFee   late-fee-assessed: Σ rate a day × what was open, at most the principal
                credit-note-issued: an earlier fee that is no longer right, all of it; its days are assessed anew

A day costs what was open at the end of the day before: the day of the payment still costs, the due date does not. A fee
may be assessed after the document was paid; days that a fee was assessed for are not charged again, unless that fee was
credited in full. Money, notes and reversals of an earlier day that were recorded late change what was open: the fees
from the first one that is not right any more are then credited, and one fee says what is right.

LateFee, late_fee   what a fee comes to, of a document of any contract: offtake agreements issue theirs by it

Refusals, in order of precedence (after those of rules.py)
├── NoLateFeeAgreed   the document's lease charges no late fee
├── NotOverdue        nothing was open and late on days that are not charged already
├── LateFeeOutdated   earlier fees are no longer right, and what became of them is not in sight: name the lease
└── LateFeeCapped     late fees have reached the principal
"""

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import ClassVar

from msgspec import Struct

from ledger.billing.account import Billing, Document
from ledger.billing.facts import ALLOWANCE_TAG, CreditNoteIssued, Issued, LateFeeAssessed, LeaseIssued
from ledger.billing.invoicing.notes import left_of
from ledger.billing.lines import DocumentLine, LateFeeSpan
from ledger.billing.putting_back import noted_on, put_back
from ledger.billing.rules import (
    POSTING,
    BillingCommand,
    BillingRefusal,
    IdReserved,
    IdTaken,
    check_new_document,
    lease_named_in,
    owed,
    posts_on,
)
from ledger.decider import By, Fact, Id, Part, said
from ledger.leases.facts import LeaseId
from ledger.periods import day_after, day_before, first_and_last, month_after, month_of
from ledger.values.money import net_of, rounded, share, written

LONGEST = 63
"""The length of the longest id."""

# Commands


class AssessLateFee(BillingCommand, frozen=True, kw_only=True, tag="assess-late-fee"):
    """Charge interest on an overdue document through `effective_on`, by the day on what was open that day. `invoice`
    names the new document. Where earlier fees on it are no longer right, since something of an earlier day was recorded
    late, they are credited and their days assessed anew. `taxable`: the fee is part of the price, and includes tax at
    the overdue document's rate. `lease`: of the overdue document, where its name does not say it: what became of
    earlier fees is found by it."""

    put_right: ClassVar[str] = (
        "`assess-late-fee` until the same day or later, once what was open is recorded right: it credits what was "
        "assessed wrong. `issue-credit-note` takes it off; credited in full, its days may be charged anew."
    )
    invoice: Id
    on_invoice: Id
    taxable: bool = False
    lease: LeaseId | None = None


# Refusals


class NoLateFeeAgreed(BillingRefusal):
    """The document's lease charges no late fee."""

    code = "no-late-fee-agreed"


class NotOverdue(BillingRefusal):
    """Nothing was open and late on days that are not charged already."""

    code = "not-overdue"


class LateFeeOutdated(BillingRefusal):
    """Earlier fees are no longer right, and what became of them is not in sight."""

    code = "late-fee-outdated"


class LateFeeCapped(BillingRefusal):
    """Late fees have reached the principal."""

    code = "late-fee-capped"


# Decide


def _late_fee(state: Billing, command: AssessLateFee, by: By) -> Sequence[Fact]:
    _, principal = owed(state, command.on_invoice, field="on_invoice")
    earlier = state.documents.get(command.invoice, Document()).issued
    if earlier is not None and earlier.asked == said(LateFeeAssessed, command):
        return ()
    if _said_by_notes(state, command):
        return ()
    check_new_document(state, command.invoice)
    if not isinstance(principal, LeaseIssued):
        advice = "; of an offtake agreement: `assess-energy-late-fee`" if principal.contract else ""
        raise NoLateFeeAgreed(f"no lease charges a late fee for {command.on_invoice}{advice}", field="on_invoice")
    unseen = "; name the lease too where an earlier fee was credited long ago" if _lease_seen(command) is None else ""
    due = late_fee(state, command.on_invoice, command.effective_on, unseen=unseen)
    if due.wrong and _lease_seen(command) != principal.lease:
        raise LateFeeOutdated(
            f"late fees on {command.on_invoice} until {due.charged_until} are not of what was open by what is known "
            f"now; name its lease ({principal.lease}), so that they are credited and assessed anew",
            field="lease",
        )
    notes = tuple(_credited(state, command, due.wrong, by))
    due.check_room(command.on_invoice)
    return (*notes, *((_assessed(state, command, principal, due, by),) if due.fee_minor > 0 else ()))


def _assessed(
    state: Billing, command: AssessLateFee, principal: LeaseIssued, due: "LateFee", by: By
) -> LateFeeAssessed:
    return LateFeeAssessed(
        effective_on=command.effective_on,
        accounting_on=posts_on(state, command.effective_on, by),
        company=principal.company,
        lease=principal.lease,
        invoice=command.invoice,
        charge="LATE_FEE",
        lines=(due.line(principal.lines[0].vat_rate if command.taxable else "0"),),
        due_on=command.effective_on,
        on_invoice=command.on_invoice,
        principal_minor=due.most_minor,
        days=due.days,
        rate_per_day=principal.late_fee_per_day,
        taxable=command.taxable,
        spans=due.told_spans,
    )


class LateFee(Struct, frozen=True, kw_only=True):
    """The late fee of a document until a day.

    spans           the days that are charged, with what was open on them
    wrong           earlier fees, by date, that are no longer right: they are credited, and their days are in `spans`
    charged_until   the last day that any fee charged; without one, the due date
    charged_minor   what the earlier fees that are right come to; most_minor: the most that was open, and late
    fee_minor       what is to be charged; nothing, or less, where no more may be
    """

    spans: tuple[LateFeeSpan, ...]
    wrong: tuple[Issued, ...]
    charged_until: date
    charged_minor: int
    most_minor: int
    fee_minor: int

    @property
    def days(self) -> int:
        """The days that are charged."""
        return sum(map(_days, self.spans))

    @property
    def told_spans(self) -> tuple[LateFeeSpan, ...]:
        """The spans as a fact tells them: none where all of the principal was open on all days."""
        return () if [span.open_minor for span in self.spans] == [self.most_minor] else self.spans

    def line(self, vat_rate: str) -> DocumentLine:
        """The one line of the fee, which includes tax at a rate."""
        return _line(self.spans, self.fee_minor, vat_rate)

    def check_room(self, on_invoice: str) -> None:
        """Check that something is charged or credited. Raises LateFeeCapped."""
        if self.fee_minor <= 0 and not self.wrong:
            raise LateFeeCapped(
                f"late fees of {written(self.charged_minor)} CNY have reached what was open of {on_invoice}",
                field="on_invoice",
            )


def late_fee(state: Billing, on_invoice: str, until_on: date, *, unseen: str = "") -> LateFee:
    """Work out the late fee of a document until a day. Raises NoLateFeeAgreed, NotOverdue.

    unseen   further advice, where earlier fees stand that may have been credited out of sight
    """
    overdue, principal = owed(state, on_invoice, field="on_invoice")
    if Fraction(principal.late_fee_per_day) == 0:
        raise NoLateFeeAgreed(f"no late fee is agreed for {on_invoice}", field="on_invoice")
    standing = [fee for fee in overdue.late_fees if left_minor(state, fee) > 0]
    standing.sort(key=lambda fee: fee.effective_on)
    right = _still_right(state, overdue, principal, standing)
    wrong = tuple(standing[len(right) :])
    charged_until = max((principal.due_on, *(fee.effective_on for fee in standing)))
    since = max((principal.due_on, *(fee.effective_on for fee in right)))
    spans = tuple(_spans(overdue, since, until_on))
    if until_on < charged_until or (not spans and not wrong):
        again = f"; what was charged is no longer right: assess it until {charged_until} or later"
        raise NotOverdue(
            f"{written(max(overdue.open.on(charged_until), 0))} CNY were open of {on_invoice}, due or charged "
            f"until {charged_until}; nothing was open and late from then until {until_on}"
            f"{again if wrong else unseen if standing else ''}",
            field="on_invoice",
        )
    charged = sum(left_minor(state, fee) for fee in right)
    return LateFee(
        spans=spans,
        wrong=wrong,
        charged_until=charged_until,
        charged_minor=charged,
        most_minor=_most_minor(overdue, principal, until_on),
        fee_minor=_due_minor(overdue, principal, since, until_on, charged),
    )


def _due_minor(overdue: Document, principal: Issued, since: date, until_on: date, charged: int) -> int:
    """Sum the fee of the days after `since`; with what is charged already, no more than the most that was open."""
    exact = sum(span.open_minor * _days(span) for span in _spans(overdue, since, until_on))
    fee = rounded(exact * Fraction(principal.late_fee_per_day))
    return min(fee, _most_minor(overdue, principal, until_on) - charged)


def _most_minor(overdue: Document, principal: Issued, until_on: date) -> int:
    """Find the most that was open and late until a day."""
    return max((span.open_minor for span in _spans(overdue, principal.due_on, until_on)), default=0)


# Fees that are no longer right


def _still_right(state: Billing, overdue: Document, principal: Issued, standing: Sequence[Issued]) -> list[Issued]:
    """List the earlier fees, by date, up to the first that is not what its days cost, nor left at that by a note."""
    right: list[Issued] = []
    since, charged = principal.due_on, 0
    for fee in standing:
        left = left_minor(state, fee)
        if _due_minor(overdue, principal, since, fee.effective_on, charged) not in (fee.gross_minor, left):
            break
        right.append(fee)
        since, charged = fee.effective_on, charged + left
    return right


def _credited(state: Billing, command: AssessLateFee, wrong: Sequence[Issued], by: By) -> Iterator[Fact]:
    """Take all that is left of fees off again, and put back what settled them."""
    for number, fee in enumerate(wrong, start=1):
        assert isinstance(fee, LateFeeAssessed), "late fees on a lease's document are the lease's"
        document = state.documents[fee.invoice]
        gross = left_minor(state, fee)
        on = noted_on(document, gross, command.effective_on)
        note = CreditNoteIssued(
            effective_on=on,
            accounting_on=posts_on(state, on, by, document.open.booked_from(gross, on)),
            company=fee.company,
            lease=fee.lease,
            credit_note=note_name(command.invoice, number),
            invoice=fee.invoice,
            charge=fee.charge,
            lines=tuple(line for line in left_of(fee, state.credit_notes.values()) if line.net_minor or line.vat_minor),
            reason=assessed_anew(command.effective_on),
            by_hand=True,
            on_invoice=fee.on_invoice,
        )
        yield from put_back(state, note, by)
        yield note


def note_name(invoice: str, number: int = 1) -> str:
    """Name a note after the new fee; notes of such names are given by nobody else. Raises IdReserved."""
    name = f"{invoice}-late-c{number}"
    if len(name) > LONGEST:
        raise IdReserved(f"a credit note is named {name}; choose a shorter id", field="invoice")
    return name


def assessed_anew(until_on: date) -> str:
    """The reason of a note on a fee whose days are assessed anew until a day."""
    return f"assessed anew until {until_on}"


def _said_by_notes(state: Billing, command: AssessLateFee) -> bool:
    """Tell that just this was asked already, and left nothing to charge. Raises IdTaken."""
    note = state.credit_notes.get(f"{command.invoice}-late-c1")
    if note is None:
        return False
    if isinstance(note, CreditNoteIssued) and (note.on_invoice, note.reason) == (
        command.on_invoice,
        assessed_anew(command.effective_on),
    ):
        return True
    raise IdTaken(f"{command.invoice} was assessed already and says otherwise; choose another id", field="invoice")


def _lease_seen(command: AssessLateFee) -> str | None:
    """The lease whose facts the decision sees: named, or in the name of the document."""
    return command.lease if command.lease is not None else lease_named_in(command.on_invoice)


def _scope(command: AssessLateFee) -> tuple[str, ...]:
    lease = _lease_seen(command)
    return (
        f"invoice:{command.invoice}",
        f"invoice:{command.on_invoice}",
        f"credit-note:{command.invoice}-late-c1",
        *((f"lease:{lease}",) if lease is not None else ()),
        ALLOWANCE_TAG,
        *POSTING,
    )


def left_minor(state: Billing, fee: Issued) -> int:
    """Take credit notes off an earlier fee."""
    return fee.gross_minor - state.documents[fee.invoice].credited_minor


def _spans(overdue: Document, since: date, until_on: date) -> Iterator[LateFeeSpan]:
    """The days after `since` on which the document was late with something, as long as it was the same amount."""
    changes = {move.on for move in overdue.open.moves if since < move.on < until_on}
    for first, then in pairwise(sorted({since, *changes, max(since, until_on)})):
        if (open_minor := overdue.open.on(first)) > 0:
            yield LateFeeSpan(from_on=day_after(first), until_on=then, open_minor=open_minor)


def _days(span: LateFeeSpan) -> int:
    return (span.until_on - day_before(span.from_on)).days


def _line(spans: Sequence[LateFeeSpan], fee: int, vat_rate: str) -> DocumentLine:
    """One line for all of the days; each month has its share of the fee."""
    net = net_of(fee, vat_rate)
    months = tuple(share(net, list(_weights(spans))))
    return DocumentLine(
        from_on=spans[0].from_on,
        until_on=spans[-1].until_on,
        net_minor=net,
        vat_rate=vat_rate,
        vat_minor=fee - net,
        months=months if len(months) > 1 else (),
    )


def _weights(spans: Sequence[LateFeeSpan]) -> Iterator[int]:
    """For each month from the first day to the last: Σ what was open on each of its days."""
    month = month_of(spans[0].from_on)
    while month <= month_of(spans[-1].until_on):
        first, last = first_and_last(month)
        yield sum(span.open_minor * _days_within(span, first, last) for span in spans)
        month = month_after(month)


def _days_within(span: LateFeeSpan, first: date, last: date) -> int:
    """Count the days of a span that lie in a month."""
    return max((min(span.until_on, last) - max(span.from_on, first)).days + 1, 0)


LATE_FEES: Part[Billing, Billing] = Part(
    decide={AssessLateFee: _late_fee},
    scope={AssessLateFee: _scope},
)
