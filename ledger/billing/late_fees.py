"""Interest on what is paid late: by the day, on what was open that day (domain §4.5, §14.5).

Commands        Facts (billing.…)
AssessLateFee   late-fee-assessed: Σ rate a day × what was open, at most the principal

A day costs what was open at the end of the day before: the day of the payment still costs, the due date does not. A fee
may be assessed after the document was paid; days that a fee was assessed for are not charged again, unless that fee was
credited in full.

Refusals, in order of precedence (after those of rules.py)
├── NoLateFeeAgreed   the document's lease charges no late fee
├── NotOverdue        nothing was open and late on days that are not charged already
└── LateFeeCapped     late fees have reached the principal
"""

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import ClassVar

from ledger.billing.account import Billing, Document
from ledger.billing.facts import LateFeeAssessed, LeaseIssued
from ledger.billing.lines import DocumentLine, LateFeeSpan
from ledger.billing.rules import POSTING, BillingCommand, BillingRefusal, check_new_document, owed, posts_on
from ledger.decider import By, Fact, Id, Part, said
from ledger.leases.facts import LeaseId
from ledger.periods import day_after, day_before, first_and_last, month_after, month_of
from ledger.values.money import net_of, rounded, share, written

# Commands


class AssessLateFee(BillingCommand, frozen=True, kw_only=True, tag="assess-late-fee"):
    """Charge interest on an overdue document through `effective_on`, by the day on what was open that day. `invoice`
    names the new document. `taxable`: it is part of the price, and includes tax at the overdue document's rate.
    `lease`: of the overdue document; only where an earlier fee was credited before notes named that document: they are
    found by it."""

    put_right: ClassVar[str] = (
        "`issue-credit-note` takes it off again; credited in full, its days may be charged anew by `assess-late-fee`."
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


class LateFeeCapped(BillingRefusal):
    """Late fees have reached the principal."""

    code = "late-fee-capped"


# Decide


def _late_fee(state: Billing, command: AssessLateFee, by: By) -> Sequence[Fact]:
    overdue, principal = owed(state, command.on_invoice, field="on_invoice")
    earlier = state.documents.get(command.invoice, Document()).issued
    if earlier is not None and earlier.asked == said(LateFeeAssessed, command):
        return ()
    check_new_document(state, command.invoice)
    rate = Fraction(principal.late_fee_per_day)
    if not isinstance(principal, LeaseIssued) or rate == 0:
        raise NoLateFeeAgreed(f"no late fee is agreed for {command.on_invoice}", field="on_invoice")
    standing = [(fee, left) for fee in overdue.late_fees if (left := _left_minor(state, fee)) > 0]
    since = max((principal.due_on, *(fee.effective_on for fee, _ in standing)))
    spans = tuple(_spans(overdue, since, command.effective_on))
    if not spans:
        raise NotOverdue(
            f"{written(max(overdue.open.on(since), 0))} CNY were open of {command.on_invoice}, due or charged until "
            f"{since}; nothing was open and late from then until {command.effective_on}{_old_notes(command, standing)}",
            field="on_invoice",
        )
    most = max(span.open_minor for span in _spans(overdue, principal.due_on, command.effective_on))
    charged = sum(left for _, left in standing)
    exact = sum(span.open_minor * _days(span) for span in spans) * rate
    fee = min(rounded(exact), most - charged)
    if fee <= 0:
        raise LateFeeCapped(
            f"late fees of {written(charged)} CNY have reached what was open of {command.on_invoice}",
            field="on_invoice",
        )
    return (
        LateFeeAssessed(
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by),
            company=principal.company,
            lease=principal.lease,
            invoice=command.invoice,
            charge="LATE_FEE",
            lines=(_line(spans, fee, principal.lines[0].vat_rate if command.taxable else "0"),),
            due_on=command.effective_on,
            on_invoice=command.on_invoice,
            principal_minor=most,
            days=sum(map(_days, spans)),
            rate_per_day=principal.late_fee_per_day,
            taxable=command.taxable,
            spans=() if [span.open_minor for span in spans] == [most] else spans,
        ),
    )


def _old_notes(command: AssessLateFee, standing: Sequence[tuple[LateFeeAssessed, int]]) -> str:
    """Say that notes on earlier fees may not be in sight: in their first form they do not name the overdue document."""
    unseen = standing and command.lease is None
    return "; name the lease too where an earlier fee was credited long ago" if unseen else ""


def _scope(command: AssessLateFee) -> tuple[str, ...]:
    lease = (f"lease:{command.lease}",) if command.lease is not None else ()
    return (f"invoice:{command.invoice}", f"invoice:{command.on_invoice}", *lease, *POSTING)


def _left_minor(state: Billing, fee: LateFeeAssessed) -> int:
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
