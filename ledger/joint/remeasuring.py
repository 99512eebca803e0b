"""Foreign payables at a month's end (IAS 21.23, .28), of whatever context they are.

Command           Facts (purchase.…)
RevaluePayables   payables-remeasured: each that does not stand at the rate of the month's last day; and, where anything
                  was recorded of one on a later day, out again on the first such day, by as much

Refusals, in order of precedence (of PurchaseRefusal)
├── PayablesNotMonthEnd      a remeasurement is of a month's last day
├── PayableUnknown           nothing foreign is owed on a document (unknown)
├── (PurchaseRateMissing)    the rate of a currency is not named, or not approved (unknown)
└── PayablesMonthTaken       a remeasurement posts into its own month, or nowhere

What the command does not name it does not see: a month that is to be closed names the payables that are left. They are
remeasured where they stand in the books at the end of that day. What came later, a payment or the next month's end,
rested on the figure of before: so the difference is out again by then, and the next end stands as it did.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated, ClassVar, cast

from msgspec import Meta
from msgspec.structs import replace

from ledger.bookkeeping.purchases.facts import PayablesRemeasured, RemeasuredPayable
from ledger.bookkeeping.purchases.purchase import PurchaseCommand, PurchaseRefusal, rate_of
from ledger.books.payables import KINDS
from ledger.decider import By, Decider, Fact, Id
from ledger.joint.paying import PAYING, Payable, PayableUnknown, Paying
from ledger.periods import PERIODS_TAG, Month, first_and_last, posting_date
from ledger.rates import Series
from ledger.values.currencies import Currency, converted, quotes

# Commands


class RevaluePayables(PurchaseCommand, frozen=True, kw_only=True, tag="revalue-payables"):
    """Remeasure payables in foreign currencies at a month's end. `effective_on` is its last day.

    documents     the purchases, energy invoices or agreements that they are owed on
    rate_series   the exchange rates to take, one for each currency that anything is owed in
    """

    put_right: ClassVar[str] = (
        "The same again, once the rates or payables are right: it remeasures from where they stand."
    )
    month: Month
    documents: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=500)]
    rate_series: Annotated[tuple[Series, ...], Meta(min_length=1, max_length=10)]


# Refusals


class PayablesNotMonthEnd(PurchaseRefusal):
    """A remeasurement is of a month's last day."""

    code = "payables-not-month-end"


class PayablesMonthTaken(PurchaseRefusal):
    """A remeasurement posts into its own month, or nowhere."""

    code = "payables-month-taken"


# Scope


def scope(command: RevaluePayables) -> tuple[str, ...]:
    """All that the documents may be tags of, the periods and the rates."""
    named = (f"{kind}:{document}" for document in command.documents for kind in KINDS)
    return (*dict.fromkeys(named), PERIODS_TAG, *(f"series:{series}" for series in command.rate_series))


# Decide


def decide(state: Paying, command: RevaluePayables, by: By) -> Sequence[Fact]:
    """Remeasure what does not stand at the rate of the day; nothing where all does."""
    end = command.effective_on
    if end != first_and_last(command.month)[1]:
        raise PayablesNotMonthEnd(f"{end} is not the last day of {command.month}", field="effective_on")
    items = tuple(item for document in dict.fromkeys(command.documents) for item in _items(state, command, document))
    if not items:
        return ()
    if posting_date(state.periods, end, by.role) != end:
        raise PayablesMonthTaken(
            f"{command.month} takes no postings any more; it stays as it was closed", field="month"
        )
    fact = PayablesRemeasured(effective_on=end, accounting_on=end, month=command.month, items=items)
    return (fact, *_out_again(state, fact, by))


def _items(state: Paying, command: RevaluePayables, document: str) -> Iterator[RemeasuredPayable]:
    """The payables of a document that do not stand at the rate of the day. Raises PayableUnknown,
    PurchaseRateMissing."""
    found = [state.payables[tag] for kind in KINDS if (tag := f"{kind}:{document}") in state.payables]
    foreign = [payable for payable in found if payable.currency != "CNY"]
    if not foreign:
        raise PayableUnknown(f"nothing in a foreign currency is owed on {document}", field="documents")
    for payable in foreign:
        item = _at_month_end(state, command, payable)
        if item is not None:
            yield item


def _at_month_end(state: Paying, command: RevaluePayables, payable: Payable) -> RemeasuredPayable | None:
    end, currency = command.effective_on, cast(Currency, payable.currency)
    amount, carrying = payable.owed.booked_on(end), payable.carrying.booked_on(end)
    if not (amount or carrying):
        return None
    named = next((series for series in command.rate_series if quotes(series, currency)), None)
    series, rate = rate_of(state.rates, currency, named, end)
    assert series is not None, "a foreign currency has one, or is refused"
    revalued = converted(amount, currency, rate)
    if revalued == carrying:
        return None
    return RemeasuredPayable(
        payable=payable.payable,
        document=payable.document,
        supplier=payable.company,
        currency=currency,
        amount_minor=amount,
        rate_series=series,
        rate=rate,
        carrying_minor=carrying,
        revalued_minor=revalued,
    )


def _out_again(state: Paying, fact: PayablesRemeasured, by: By) -> Iterator[Fact]:
    """Take the difference out again on the first later day on which anything was recorded of a payable."""
    later: dict[date, list[RemeasuredPayable]] = {}
    for item in fact.items:
        moves = state.payables[item.payable].carrying.moves
        if after := [move.booked_on for move in moves if move.booked_on > fact.accounting_on]:
            turned = replace(item, carrying_minor=item.revalued_minor, revalued_minor=item.carrying_minor)
            later.setdefault(min(after), []).append(turned)
    for day, items in sorted(later.items()):
        booked = posting_date(state.periods, day, by.role)
        yield PayablesRemeasured(effective_on=day, accounting_on=booked, month=fact.month, items=tuple(items))


REMEASURING: Decider[RevaluePayables, Paying] = Decider(
    (RevaluePayables,), PAYING.initial, scope, PAYING.evolve, decide
)
