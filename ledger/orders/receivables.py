"""What is owed to MCSC for orders, in the order's currency: collected, moved, remeasured at the month's end.

Command              Facts (order.…)
CollectReceivable    receivable-collected: all of it; the difference to what it stood at is exchange
RevalueReceivables   receivables-revalued: every one in a foreign currency, at the rate of the month's last day;
                     revaluation-reversed: where one was collected since, on that day, by as much
                     receivable-reclassified: a contract asset is due (with an invoice, or the release of retention)

A receivable is monetary: it is remeasured through profit and loss (IAS 21.23, .28). Advances are not (IFRIC 22): they
stay at the rate of the day they came. Money received is taken as sold to the bank on its value date.

Refusals, in order of precedence (after OrderUnknown)
├── NothingOwed          nothing of this name is owed (unknown)
├── CollectedAlready     it was collected with another payment (conflict)
├── NotMonthEnd          a remeasurement is of a month's last day
└── MonthTaken           it posts into the month that it is for, or nowhere
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from msgspec import Meta
from msgspec.structs import replace

from ledger.billing.facts import BankReference
from ledger.decider import By, Command, Fact, Id
from ledger.orders.facts import (
    FOREIGN_RECEIVABLES_TAG,
    Account,
    ReceivableCollected,
    ReceivableReclassified,
    ReceivablesRevalued,
    RevaluationFact,
    RevaluationReversed,
    Revalued,
)
from ledger.orders.order import (
    EquipmentOrder,
    OrderCommand,
    OrderRefusal,
    Orders,
    Part,
    Payment,
    RateNotNamed,
    Receivable,
    about,
    check_reference,
    money,
    moved,
    posting_tags,
    posts_on,
    terms_of,
    value_of_series,
)
from ledger.orders.terms import converted, quotes
from ledger.periods import PERIODS_TAG, Month, month_after, month_of
from ledger.rates import Series

# Commands


class CollectReceivable(OrderCommand, frozen=True, kw_only=True, tag="collect-receivable"):
    """Record that a fee or another receivable of an order came into the bank, all of it; `effective_on` is the value
    date. `receivable`: commission-accepted, cancellation-fee, or a milestone."""

    receivable: Id
    bank_reference: BankReference
    rate_series: Series | None = None


class RevalueReceivables(Command, frozen=True, kw_only=True, tag="revalue-receivables"):
    """Remeasure every receivable in a foreign currency at a month's end. `effective_on` is its last day.

    rate_series   the exchange rates to take, one for each currency that anything is owed in
    """

    month: Month
    rate_series: Annotated[tuple[Series, ...], Meta(min_length=1, max_length=10)]


# Refusals


class NothingOwed(OrderRefusal):
    """Nothing of this name is owed."""

    code = "order-nothing-owed"
    kind = "unknown"


class CollectedAlready(OrderRefusal):
    """It was collected with another payment."""

    code = "order-collected-already"
    kind = "conflict"


class NotMonthEnd(OrderRefusal):
    """A remeasurement is of a month's last day."""

    code = "not-month-end"


class MonthTaken(OrderRefusal):
    """It posts into the month that it is for, or nowhere."""

    code = "revaluation-month-closed"


# Collect


def paid_with(order: EquipmentOrder, command: Any) -> Payment:
    """What a payment through MCSC's bank says of itself."""
    series = None if order.currency == "CNY" else command.rate_series
    return Payment(on=command.effective_on, bank_reference=command.bank_reference, rate_series=series)


def collected(state: Orders, order: EquipmentOrder, name: str, command: Any, by: By) -> tuple[Fact, ...]:
    """The collection of all of a receivable. Raises OrderRefusal."""
    known = order.payments.get(name)
    if known == paid_with(order, command):
        return ()
    if known is not None:
        raise CollectedAlready(
            f"{name} of {order.order} was paid on {known.on} with {known.bank_reference}", field="receivable"
        )
    account, amount, carrying = owed(order, name).at()
    if amount <= 0:
        raise NothingOwed(f"nothing is owed to MCSC as {name} of {order.order}", field="receivable")
    check_reference(state, command.bank_reference)
    return (
        ReceivableCollected(
            **about(order),
            **money(state, order, amount, command.rate_series, command.effective_on),
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by),
            receivable=name,
            account=account,
            carrying_minor=carrying,
            payer=debtor(order, name),
            bank_reference=command.bank_reference,
        ),
    )


def owed(order: EquipmentOrder, name: str) -> Receivable:
    """A receivable; one of nothing where there is none."""
    return order.receivables.get(name) or Receivable(currency=order.currency)


def debtor(order: EquipmentOrder, name: str) -> str:
    """Who owes it: a fee by the terms, all else the buyer."""
    is_fee = name.startswith("commission-") and order.milestone(name) is None
    return order.supplier if is_fee and terms_of(order).commission_payer == "SUPPLIER" else order.buyer


def _collect(state: Orders, order: EquipmentOrder, command: CollectReceivable, by: By) -> Sequence[Fact]:
    return collected(state, order, command.receivable, command, by)


def reclassified(state: Orders, order: EquipmentOrder, names: Iterable[str], on: date, by: By) -> tuple[Fact, ...]:
    """The contract assets among these become receivables, as they stand in the books."""
    found = []
    for name in names:
        account, amount, carrying = owed(order, name).at()
        if account == "contract-assets":
            found.append(
                ReceivableReclassified(
                    **about(order),
                    effective_on=on,
                    accounting_on=posts_on(state, on, by),
                    currency=order.currency,
                    amount_minor=amount,
                    cny_minor=carrying,
                    receivable=name,
                )
            )
    return tuple(found)


# Remeasure


def revalue(state: Orders, command: RevalueReceivables, by: By) -> Sequence[Fact]:
    """Every foreign receivable at the month's end; nothing where all stand so already. Raises OrderRefusal."""
    end = command.effective_on
    if month_of(end) != command.month or end.toordinal() + 1 != first_day(month_after(command.month)).toordinal():
        raise NotMonthEnd(f"{end} is not the last day of {command.month}", field="effective_on")
    items = [one for one in _at_month_end(state, command) if not _stands_so(state, one, command.month)]
    if not items:
        return ()
    if posts_on(state, end, by) != end:
        raise MonthTaken(f"{command.month} takes no postings any more; it stays as it was closed", field="month")
    fact = ReceivablesRevalued(
        effective_on=end, accounting_on=end, month=command.month, rate_series=command.rate_series, items=tuple(items)
    )
    return (fact, *_reversals(state, fact, by))


def first_day(month: str) -> date:
    """The first day of 2024-07 is 2024-07-01."""
    return date(int(month[:4]), int(month[5:]), 1)


def _at_month_end(state: Orders, command: RevalueReceivables) -> Iterator[Revalued]:
    end = command.effective_on
    for name, order in sorted(state.orders.items()):
        for receivable, one in sorted(order.receivables.items()):
            account, amount, carrying = one.at(end)
            if one.currency == "CNY" or amount <= 0:
                continue
            series = next((named for named in command.rate_series if quotes(named, one.currency)), None)
            if series is None:
                raise RateNotNamed(
                    f"{receivable} of {name} is owed in {one.currency}: name its exchange rate too", field="rate_series"
                )
            rate = value_of_series(state, series, end)
            yield Revalued(
                order=name,
                receivable=receivable,
                company=one.company,
                account=account,
                currency=one.currency,
                amount_minor=amount,
                rate_series=series,
                rate=rate,
                carrying_minor=carrying,
                revalued_minor=converted(amount, one.currency, rate),
            )


def _stands_so(state: Orders, item: Revalued, month: str) -> bool:
    known = state.orders[item.order].receivables[item.receivable].revalued.get(month)
    return known == (item.amount_minor, item.revalued_minor) and item.carrying_minor == item.revalued_minor


def _reversals(state: Orders, fact: ReceivablesRevalued, by: By) -> Iterator[Fact]:
    """What has moved since the month's end moved from the old figure: taken back on the day of the first such move."""
    later: dict[date, list[Revalued]] = {}
    for item in fact.items:
        moves = state.orders[item.order].receivables[item.receivable].moves
        after = [one.on for one in moves if one.on > fact.accounting_on]
        if after and item.carrying_minor != item.revalued_minor:
            later.setdefault(min(after), []).append(item)
    for day, items in sorted(later.items()):
        yield RevaluationReversed(
            effective_on=day, accounting_on=posts_on(state, day, by), month=fact.month, items=tuple(items)
        )


# Evolve


def _collected(order: EquipmentOrder, fact: ReceivableCollected) -> dict[str, Any]:
    gone = (fact.account, -fact.amount_minor, -fact.carrying_minor)
    change: dict[str, Any] = {
        "receivables": moved(order, fact.receivable, fact.currency, fact.payer, fact.accounting_on, gone),
        "payments": {
            **order.payments,
            fact.receivable: Payment(
                on=fact.effective_on, bank_reference=fact.bank_reference, rate_series=fact.rate_series
            ),
        },
    }
    if order.milestone(fact.receivable) is not None:
        change["milestones"] = order.with_milestone(fact.receivable, paid_on=fact.effective_on)
    return change


def _reclassified(order: EquipmentOrder, fact: ReceivableReclassified) -> dict[str, Any]:
    out: tuple[Account, int, int] = ("contract-assets", -fact.amount_minor, -fact.cny_minor)
    into: tuple[Account, int, int] = ("receivables", fact.amount_minor, fact.cny_minor)
    grown = moved(order, fact.receivable, fact.currency, fact.buyer, fact.accounting_on, out, into)
    return {"receivables": grown}


def revalued(order: EquipmentOrder, fact: RevaluationFact) -> EquipmentOrder:
    """One order after a remeasurement that may be of several."""
    for item in fact.items:
        if item.order == order.order:
            receivables = _remeasured(order, fact, item)
            order = replace(order, receivables=receivables)
    return order


def _remeasured(order: EquipmentOrder, fact: RevaluationFact, item: Revalued) -> Mapping[str, Receivable]:
    sign = 1 if isinstance(fact, ReceivablesRevalued) else -1
    difference = (item.account, 0, sign * (item.revalued_minor - item.carrying_minor))
    grown = moved(order, item.receivable, item.currency, item.company, fact.accounting_on, difference)
    if isinstance(fact, ReceivablesRevalued):
        one = grown[item.receivable]
        known = {**one.revalued, fact.month: (item.amount_minor, item.revalued_minor)}
        return {**grown, item.receivable: replace(one, revalued=known)}
    return grown


def scope_of_revaluation(command: RevalueReceivables) -> tuple[str, ...]:
    """All foreign receivables, the periods, and the rates."""
    return (FOREIGN_RECEIVABLES_TAG, PERIODS_TAG, *dict.fromkeys(f"series:{one}" for one in command.rate_series))


RECEIVABLES = Part(
    decide={CollectReceivable: _collect},
    scope={CollectReceivable: lambda command: (f"bank:{command.bank_reference}", *posting_tags(command.rate_series))},
    change={ReceivableCollected: _collected, ReceivableReclassified: _reclassified},
)
