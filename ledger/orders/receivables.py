"""Receivables of orders, in the order's currency: collected, moved, remeasured at the month's end.

Command              Facts (order.…)
CollectReceivable    receivable-collected: all of it, or a part; the difference to what it stood at is exchange
RevalueReceivables   receivables-revalued: every one in a foreign currency, at the rate of the month's last day, and
                     the client money of the orders that are named for it, where it stands on bank accounts;
                     revaluation-reversed: where one was collected since, on that day, by as much
(of other parts)     receivable-reclassified: a contract asset is due, with an invoice or the release of retention

A receivable is monetary, and so is client money in a foreign currency: both are remeasured through profit and loss (IAS
21.23, .28). Advances are not (IFRIC 22): they stay at the rate of the day they came. Money received on no bank account
of its currency is taken as sold to the bank on its value date.

Refusals, in order of precedence (after OrderUnknown)
├── NothingOwed          nothing of this name is owed (unknown)
├── CollectedAlready     it was collected with another payment (conflict)
├── (OrderStepTooEarly)  nothing is collected before it is owed
├── (OrderUnknown)       client money is held for an order
├── NotMonthEnd          a remeasurement is of a month's last day
└── MonthTaken           a remeasurement posts into its own month, or nowhere
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from ledger.decider import By, Command, Fact, Id, Part, said
from ledger.once.bank import BankReference
from ledger.orders.cancelling import FEE
from ledger.orders.earning import receivable_of
from ledger.orders.facts import (
    FOREIGN_RECEIVABLES_TAG,
    Account,
    AdvanceReceived,
    CancellationFeeCharged,
    ClientMoneyReceived,
    CommissionFeeEarned,
    EquipmentRevenueRecognised,
    MilestonePaid,
    Monetary,
    OrderAmountFact,
    ReceivableCollected,
    ReceivableReclassified,
    ReceivablesRevalued,
    RevaluationFact,
    RevaluationReversed,
    Revalued,
)
from ledger.orders.leftover.facts import StockSold
from ledger.orders.order import (
    EquipmentOrder,
    Held,
    OrderOpenExceeded,
    OrderRefusal,
    Orders,
    OrderStepTooEarly,
    OrderUnknown,
    PayingCommand,
    Payment,
    RateNotNamed,
    Receivable,
    about,
    amount_of,
    check_new,
    check_since_ordered,
    held_for,
    money,
    moved,
    order_of,
    paid,
    part_of,
    posting_tags,
    posts_on,
    scope_of,
    series_named,
    terms_of,
    value_of_series,
)
from ledger.periods import Month, month_after, month_of
from ledger.rates import Series
from ledger.values.currencies import Currency, converted, in_minor, quotes
from ledger.values.days import Happened
from ledger.values.evidence import Evidence
from ledger.values.money import EXPONENT, written

Came = AdvanceReceived | ClientMoneyReceived | ReceivableCollected
"""How a milestone or another receivable is paid to MCSC."""
OWED_BY = (EquipmentRevenueRecognised, CommissionFeeEarned, CancellationFeeCharged, StockSold)
WAYS_BEFORE: Mapping[type[Fact], str] = {
    EquipmentRevenueRecognised: "what came before is an advance: withdraw-order-step of order.acceptance-certified, "
    "record the payment, and certify the acceptance again",
    CommissionFeeEarned: "if it was earned before, withdraw-order-step of what earned it, and record that of its day",
    CancellationFeeCharged: "if it was cancelled before, withdraw-order-step of order.cancelled, and record it "
    "of its day",
    StockSold: "if it was sold before, reverse-stock-step, and record the sale of its day",
}
"""What makes something owed to MCSC, and what to do where money came before."""

# Commands


class CollectReceivable(PayingCommand, frozen=True, kw_only=True, tag="collect-receivable"):
    """Record that a fee or another receivable of an order came into the bank, or a part of it; `effective_on` is the
    value date.

    receivable    commission-accepted, cancellation-fee, a milestone, or the id of a sale of stock
    amount        what came, in the order's currency; all that is open where it is not said
    bank_charge   what a bank on the way kept, where MCSC bears it: it is paid with the rest, and a cost (6603)
    """

    put_right: ClassVar[str] = "`reverse-order-payment`: so much is owed again, and its bank reference is free."
    receivable: Id
    bank_reference: BankReference


class RevalueReceivables(Command, frozen=True, kw_only=True, tag="revalue-receivables"):
    """Remeasure every receivable in a foreign currency at a month's end. `effective_on` is its last day.

    rate_series    the exchange rates to take, one for each currency that anything is owed in
    client_money   the orders whose money in a foreign currency is held for a supplier: that is remeasured too
    """

    effective_on: Happened
    put_right: ClassVar[str] = (
        "The same again, once the rates or receivables are right: it remeasures from where they stand."
    )
    month: Month
    rate_series: Annotated[tuple[Series, ...], Meta(min_length=1, max_length=10)]
    client_money: Annotated[tuple[Id, ...], Meta(max_length=200)] = ()


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
    """A remeasurement posts into its own month, or nowhere."""

    code = "revaluation-month-closed"


# Evolve


def _collected(order: EquipmentOrder, fact: ReceivableCollected) -> EquipmentOrder:
    payment = Payment(on=fact.effective_on, amount_minor=fact.amount_minor, bank_reference=fact.bank_reference)
    gone = (fact.account, -fact.amount_minor, -fact.carrying_minor)
    order = paid(order, fact.receivable, payment)
    return moved(order, fact.receivable, fact.currency, fact.payer, fact.accounting_on, gone)


def _reclassified(order: EquipmentOrder, fact: ReceivableReclassified) -> EquipmentOrder:
    out: tuple[Account, int, int] = ("contract-assets", -fact.amount_minor, -fact.cny_minor)
    into: tuple[Account, int, int] = ("receivables", fact.amount_minor, fact.cny_minor)
    return moved(order, fact.receivable, fact.currency, fact.buyer, fact.accounting_on, out, into)


def _revalued(order: EquipmentOrder, fact: ReceivablesRevalued) -> EquipmentOrder:
    for item in _items_of(order, fact):
        order = _remeasured(order, fact, item, item.revalued_minor - item.carrying_minor)
        standing = _standing(order, item)
        revalued = {**standing.revalued, fact.month: (item.amount_minor, item.revalued_minor)}
        order = _with_standing(order, item, replace(standing, revalued=revalued))
    return order


def _standing(order: EquipmentOrder, item: Revalued) -> Receivable:
    """The receivable, or the client money, that was remeasured, day by day."""
    held = item.account == "client-money"
    return order.client_money[item.receivable].stands if held else order.receivables[item.receivable]


def _with_standing(order: EquipmentOrder, item: Revalued, standing: Receivable) -> EquipmentOrder:
    if item.account != "client-money":
        return replace(order, receivables={**order.receivables, item.receivable: standing})
    held = replace(order.client_money[item.receivable], stands=standing)
    return replace(order, client_money={**order.client_money, item.receivable: held})


def _taken_back(order: EquipmentOrder, fact: RevaluationReversed) -> EquipmentOrder:
    for item in _items_of(order, fact):
        order = _remeasured(order, fact, item, item.carrying_minor - item.revalued_minor)
    return order


def _items_of(order: EquipmentOrder, fact: RevaluationFact) -> list[Revalued]:
    """The receivables of one order in a remeasurement that may be of several."""
    return [item for item in fact.items if item.order == order.order]


def _remeasured(order: EquipmentOrder, fact: RevaluationFact, item: Revalued, cny_minor: int) -> EquipmentOrder:
    if item.account == "client-money":
        return held_for(order, item.receivable, fact.accounting_on, 0, cny_minor)
    difference = (item.account, 0, cny_minor)
    return moved(order, item.receivable, item.currency, item.company, fact.accounting_on, difference)


# Scope


def _scope_of_revaluation(command: RevalueReceivables) -> tuple[str, ...]:
    """All foreign receivables, the orders that client money is held for, the periods, and the rates."""
    orders = (f"order:{name}" for name in command.client_money)
    return tuple(dict.fromkeys((FOREIGN_RECEIVABLES_TAG, *orders, *posting_tags(*command.rate_series))))


# Collect


def has_come(
    state: Orders, order: EquipmentOrder, name: str, command: PayingCommand, evidence: Evidence | None = None
) -> bool:
    """Tell whether just this payment of a milestone or receivable came through MCSC's bank already."""
    series = series_named(order, command.rate_series)
    given = {"milestone": name, "receivable": name, "rate_series": series, "evidence": evidence}
    return any(
        said(type(fact), command, **given) == fact.asked and same_amount(order, command, fact)
        for fact in state.stories.get(command.order, ())
        if isinstance(fact, Came)
    )


def same_amount(
    order: EquipmentOrder,
    command: PayingCommand,
    fact: Came | MilestonePaid,
) -> bool:
    """Tell whether a payment asked for is of the amount on record, and of the bank's charge; where it names no amount
    it means all that was open."""
    charge = fact.charge_minor if isinstance(fact, AdvanceReceived | ReceivableCollected) else 0
    if in_minor(command.bank_charge or "0", order.currency) != charge:
        return False
    return not fact.part if command.amount is None else in_minor(command.amount, order.currency) == came_of(fact)


def came_of(fact: Came | MilestonePaid) -> int:
    """The part of a payment that came: less what a bank on the way kept."""
    return fact.amount_minor - (fact.charge_minor if isinstance(fact, AdvanceReceived | ReceivableCollected) else 0)


def collection(
    state: Orders,
    order: EquipmentOrder,
    name: str,
    command: PayingCommand,
    evidence: Evidence | None,
    by: By,
) -> ReceivableCollected:
    """The payment of a receivable, or of a part of it. Raises NothingOwed, OrderReferenceTaken, what `money` raises.

    It posts no earlier than so much is owed in the books, and after the receivable was last remeasured.
    """
    account, open_minor, carrying = owed(order, name).at()
    if open_minor <= 0:
        raise NothingOwed(f"nothing is owed to MCSC as {name} of {order.order}", field="receivable")
    on = command.effective_on
    check_since_ordered(order, on)
    _check_owed(state, order, name, on)
    assert command.bank_reference is not None, "checked before"
    check_new(state, command.bank_reference, command.bank_account)
    amount, charge = amount_paid(command, order, name, open_minor)
    given = money(state, order, amount, command.rate_series, on)
    return ReceivableCollected(
        **about(order),
        **given,
        **charged(charge, order.currency, given["rate"]),
        effective_on=on,
        accounting_on=posts_on(state, on, by, owed(order, name).free_from(account, amount)),
        receivable=name,
        account=account,
        carrying_minor=part_of((open_minor, carrying), amount),
        payer=debtor(order, name),
        bank_reference=command.bank_reference,
        bank_account=command.bank_account,
        part=amount < open_minor,
        evidence=evidence,
    )


def amount_paid(command: PayingCommand, order: EquipmentOrder, name: str, open_minor: int) -> tuple[int, int]:
    """Minor units that are paid of a milestone or receivable, and how many of them a bank on the way kept; where no
    amount is named, all that is open. Raises OrderAmountMalformed, OrderOpenExceeded.
    """
    currency = order.currency
    charge = 0 if command.bank_charge is None else amount_of(command.bank_charge, currency, field="bank_charge")
    came = open_minor - charge if command.amount is None else amount_of(command.amount, currency)
    if came + charge > open_minor or came <= 0:
        asked = written(charge + max(came, 0), EXPONENT[currency])
        raise OrderOpenExceeded(
            f"{written(open_minor, EXPONENT[currency])} {currency} are open of {name}; {asked} cannot have been paid",
            field="amount" if command.amount is not None else "bank_charge",
        )
    return came + charge, charge


def charged(charge_minor: int, currency: Currency, rate: str) -> dict[str, Any]:
    """The fields of a payment of which a bank on the way kept something."""
    return {"charge_minor": charge_minor, "charge_cny_minor": converted(charge_minor, currency, rate)}


def owed_by(fact: OrderAmountFact) -> Iterator[tuple[str, tuple[Account, int, int]]]:
    """List what is owed by a fact that a step posts: receivable, and account, amount and CNY."""
    match fact:
        case EquipmentRevenueRecognised():
            for due in fact.due:
                yield due.milestone, (due.account, due.amount_minor, due.cny_minor)
        case CommissionFeeEarned():
            gross, cny = fact.amount_minor + fact.vat_minor, fact.cny_minor + fact.vat_cny_minor
            yield receivable_of(fact.trigger), ("receivables", gross, cny)
        case CancellationFeeCharged() if fact.amount_minor > fact.advances_minor:
            rest, cny = fact.amount_minor - fact.advances_minor, fact.cny_minor - fact.advances_cny_minor
            yield FEE, ("receivables", rest, cny)
        case StockSold():
            yield fact.stock_entry, ("receivables", fact.amount_minor, fact.cny_minor)
        case ReceivableReclassified():
            yield fact.receivable, ("receivables", fact.amount_minor, fact.cny_minor)


def _check_owed(state: Orders, order: EquipmentOrder, name: str, on: date) -> None:
    """Check that a receivable is not collected before the step by which it is owed: what comes before a sale is an
    advance, for good at the rate of its day (IFRIC 22). Raises OrderStepTooEarly."""
    for fact in state.stories.get(order.order, ()):
        if isinstance(fact, OWED_BY) and name in dict(owed_by(fact)) and on < fact.effective_on:
            raise OrderStepTooEarly(
                f"{name} of {order.order} is owed since {fact.effective_on}; {WAYS_BEFORE[type(fact)]}",
                field="effective_on",
            )


def owed(order: EquipmentOrder, name: str) -> Receivable:
    """A receivable by its name; one of nothing where there is none."""
    return order.receivables.get(name) or Receivable(currency=order.currency)


def debtor(order: EquipmentOrder, name: str) -> str:
    """The company that owes it: a fee by the terms, stock its customer, all else the buyer."""
    if (receivable := order.receivables.get(name)) is not None and receivable.company:
        return receivable.company
    is_fee = name.startswith("commission-") and order.milestone(name) is None
    return order.supplier if is_fee and terms_of(order).commission_payer == "SUPPLIER" else order.buyer


def reclassified(state: Orders, order: EquipmentOrder, names: Iterable[str], on: date, by: By) -> tuple[Fact, ...]:
    """The contract assets among these that become receivables, as they stand in the books."""
    standing = [(name, owed(order, name)) for name in names]
    return tuple(
        ReceivableReclassified(
            **about(order),
            effective_on=on,
            accounting_on=posts_on(state, on, by, receivable.moved_on),
            currency=order.currency,
            amount_minor=amount,
            cny_minor=carrying,
            receivable=name,
        )
        for name, receivable in standing
        for account, amount, carrying in (receivable.at(),)
        if account == "contract-assets"
    )


# Decide


def _collect(state: Orders, command: CollectReceivable, by: By) -> Sequence[Fact]:
    order, name = order_of(state, command), command.receivable
    if has_come(state, order, name, command):
        return ()
    payments = order.payments.get(name)
    if payments and not owed(order, name).at()[1]:
        last = payments[-1]
        raise CollectedAlready(
            f"{name} of {order.order} was paid on {last.on} with {last.bank_reference}", field="receivable"
        )
    return (collection(state, order, name, command, None, by),)


def _revalue(state: Orders, command: RevalueReceivables, by: By) -> Sequence[Fact]:
    """Remeasure every foreign receivable that does not stand at its month-end figure. Raises OrderRefusal.

    Sent again it is asked anew: receivables and rates that were recorded since then are remeasured too.
    """
    end, month = command.effective_on, command.month
    if unknown := [name for name in command.client_money if name not in state.orders]:
        raise OrderUnknown(f"there is no order {unknown[0]}; no client money is held for it", field="client_money")
    if month_of(end) != month or end.toordinal() + 1 != first_day(month_after(month)).toordinal():
        raise NotMonthEnd(f"{end} is not the last day of {month}", field="effective_on")
    items = tuple(item for item in _at_month_end(state, command) if not _stands_so(state, item, month))
    if not items:
        return ()
    if posts_on(state, end, by) != end:
        raise MonthTaken(f"{month} takes no postings any more; it stays as it was closed", field="month")
    fact = ReceivablesRevalued(
        effective_on=end, accounting_on=end, month=month, rate_series=command.rate_series, items=items
    )
    return (fact, *_reversals(state, fact, by))


def first_day(month: str) -> date:
    """The first day of 2024-07 is 2024-07-01."""
    return date(int(month[:4]), int(month[5:]), 1)


def _at_month_end(state: Orders, command: RevalueReceivables) -> Iterator[Revalued]:
    end = command.effective_on
    for order_name, order in sorted(state.orders.items()):
        client_money = _client_money(order, end) if order_name in command.client_money else ()
        for name, company, currency, (account, amount, carrying) in (*_receivables(order, end), *client_money):
            if currency == "CNY" or amount <= 0:
                continue
            series = next((series for series in command.rate_series if quotes(series, currency)), None)
            if series is None:
                raise RateNotNamed(
                    f"{name} of {order_name} is owed in {currency}: name its exchange rate too", field="rate_series"
                )
            rate = value_of_series(state, series, end)
            yield Revalued(
                order=order_name,
                receivable=name,
                company=company,
                account=account,
                currency=currency,
                amount_minor=amount,
                rate_series=series,
                rate=rate,
                carrying_minor=carrying,
                revalued_minor=converted(amount, currency, rate),
            )


Stands = tuple[str, str, Currency, tuple[Monetary, int, int]]
"""A milestone or receivable, whose it is, its currency, and where and at what it stands."""


def _receivables(order: EquipmentOrder, end: date) -> Iterator[Stands]:
    for name, receivable in sorted(order.receivables.items()):
        yield name, receivable.company, receivable.currency, receivable.at(end)


def _client_money(order: EquipmentOrder, end: date) -> Iterator[Stands]:
    for name, held in client_money_on_account(order):
        yield name, order.supplier, order.currency, ("client-money", *held.stands.on("client-money", end))


def client_money_on_account(order: EquipmentOrder) -> Iterator[tuple[str, Held]]:
    """List the client money of an order in a foreign currency that came onto bank accounts, by milestone."""
    if order.currency != "CNY":
        yield from ((name, held) for name, held in sorted(order.client_money.items()) if not held.off_account)


def _stands_so(state: Orders, item: Revalued, month: str) -> bool:
    """Tell whether a receivable was remeasured to just this figure for the month, and stands at it."""
    revalued = _standing(state.orders[item.order], item).revalued.get(month)
    return revalued == (item.amount_minor, item.revalued_minor) and item.carrying_minor == item.revalued_minor


def _reversals(state: Orders, fact: ReceivablesRevalued, by: By) -> Iterator[Fact]:
    """Take back what has moved since the month's end, from the old figure, on the day of the first such move."""
    later: dict[date, list[Revalued]] = {}
    for item in fact.items:
        moves = _standing(state.orders[item.order], item).moves
        after = [move.on for move in moves if move.on > fact.accounting_on]
        if after and item.carrying_minor != item.revalued_minor:
            later.setdefault(min(after), []).append(item)
    for day, items in sorted(later.items()):
        yield RevaluationReversed(
            effective_on=day, accounting_on=posts_on(state, day, by), month=fact.month, items=tuple(items)
        )


RECEIVABLES: Part[Orders, EquipmentOrder] = Part(
    decide={CollectReceivable: _collect, RevalueReceivables: _revalue},
    scope={
        CollectReceivable: lambda command: scope_of(
            command, f"bank:{command.bank_reference}", *posting_tags(command.rate_series)
        ),
        RevalueReceivables: _scope_of_revaluation,
    },
    evolve={
        ReceivableCollected: _collected,
        ReceivableReclassified: _reclassified,
        ReceivablesRevalued: _revalued,
        RevaluationReversed: _taken_back,
    },
)
