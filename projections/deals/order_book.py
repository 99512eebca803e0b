"""What is on order, how far is it, what is still to come, and what does MCSC earn by it?

order_book   the report on a basis: a row for each order, sums by currency, and all of it in CNY

Backlog is the value of what was ordered and not accepted, less what was earned of it over time (IFRS 15.120): in its
own currency, and in CNY at the rate of the effective date. The rate is the approved reference rate (fx/usd-cny); where
none is known there is no figure in CNY.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction

from msgspec import Struct
from sqlalchemy import Connection

from ledger.decider import DataClass
from ledger.orders.earning import fee_minor
from ledger.orders.order import UNDER_WAY, EquipmentOrder, OrderState
from ledger.orders.terms import Role, Trigger
from ledger.values.currencies import converted
from ledger.values.money import EXPONENT, minor, written
from projections.deals.orders import OrderRow, order_states, rate_on
from projections.engine.basis import Basis
from projections.engine.sources import facts_behind, positions_of


class BookRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order. Amounts in its currency unless they are said to be CNY.

    model, kw, quantity   of all lines: models with a comma, nameplate of all machines together
    invoiced, received    of the milestones, whoever sells
    fee_expected          what an agent's terms still bring; fee_earned: what was earned and not given up, net
    """

    order: str
    supplier: str
    buyer: str
    model: str
    kw: str
    quantity: int
    currency: str
    value: str
    value_cny: str | None
    role: Role | None
    state: OrderState
    on_hold: bool
    next_milestone: str | None
    next_trigger: Trigger | None
    invoiced: str
    received: str
    backlog: str
    backlog_cny: str | None
    fee_expected: str
    fee_earned: str
    fee_earned_cny: str
    data_class: DataClass
    positions: tuple[int, ...] | None = None


class CurrencyTotal(Struct, frozen=True, kw_only=True):
    """All orders in one currency, and the rate that their figures in CNY are at."""

    currency: str
    orders: int
    value: str
    invoiced: str
    received: str
    backlog: str
    fee_expected: str
    fee_earned: str
    rate: str | None


class OrderBook(Struct, frozen=True, kw_only=True):
    """Orders by identifier, without quotations never ordered. Sums in CNY are None where a rate is missing."""

    as_of: date
    rows: tuple[BookRow, ...]
    totals: tuple[CurrencyTotal, ...]
    value_cny: str | None
    backlog_cny: str | None
    fictional: bool


class _Sums(Struct, frozen=True):
    value: int
    invoiced: int
    received: int
    backlog: int
    fee_expected: int
    fee_earned: int


def order_book(connection: Connection, basis: Basis, *, positions: bool = False) -> OrderBook:
    """Report the order book on that basis. `positions`: those of the facts behind every row."""
    ordered = [(row, state) for row, state in order_states(connection, basis) if state.role is not None]
    rates = {name: rate_on(connection, basis, name) for name in sorted({row.currency for row, _ in ordered})}
    sums = {row.order: _sums(state) for row, state in ordered}
    facts = facts_behind(connection, basis, [f"order:{row.order}" for row, _ in ordered]) if positions else None
    rows = tuple(
        _row(
            row,
            state,
            sums[row.order],
            rates[row.currency],
            None if facts is None else positions_of(facts[f"order:{row.order}"]),
        )
        for row, state in ordered
    )
    totals = [
        _total(currency, [sums[row.order] for row, _ in ordered if row.currency == currency], rate)
        for currency, rate in rates.items()
    ]
    return OrderBook(
        as_of=basis.effective,
        rows=rows,
        totals=tuple(totals),
        value_cny=_in_cny(row.value_cny for row in rows),
        backlog_cny=_in_cny(row.backlog_cny for row in rows),
        fictional=any(row.data_class == "FICTIONAL" for row in rows),
    )


def _sums(order: EquipmentOrder) -> _Sums:
    invoiced = sum(milestone.amount_minor for milestone in order.milestones if milestone.invoice is not None)
    received = sum(order.paid_minor(milestone.milestone) for milestone in order.milestones)
    return _Sums(
        value=order.value_minor,
        invoiced=invoiced,
        received=received,
        backlog=order.value_minor - order.progress.gross_minor if order.state in UNDER_WAY else 0,
        fee_expected=_fee_expected(order),
        fee_earned=sum(fee.amount_minor for fee in order.fees.values() if not fee.reversed),
    )


def _fee_expected(order: EquipmentOrder) -> int:
    if order.role != "AGENT" or order.terms is None or order.state in ("CANCELLED", "CLOSED"):
        return 0
    coming = [fee for fee in order.terms.commission if fee.trigger not in {*order.fees, *order.reached}]
    return sum(fee_minor(order, fee) for fee in coming)


def _row(
    row: OrderRow, order: EquipmentOrder, sums: _Sums, rate: str | None, positions: tuple[int, ...] | None
) -> BookRow:
    lines = order.terms.lines if order.terms else ()
    unpaid = (one for one in order.milestones if one.amount_minor and order.paid_on(one) is None)
    coming = None if row.state == "CANCELLED" else next(unpaid, None)
    return BookRow(
        order=row.order,
        supplier=row.supplier,
        buyer=row.buyer,
        model=", ".join(dict.fromkeys(line.model for line in lines)),
        kw=written(int(sum((Fraction(line.kw) * line.quantity for line in lines), Fraction(0)) * 1000), 3),
        quantity=sum(line.quantity for line in lines),
        currency=row.currency,
        value=row.value,
        value_cny=_cny(sums.value, row.currency, rate),
        role=row.role,
        state=row.state,
        on_hold=row.on_hold,
        next_milestone=coming.milestone if coming else None,
        next_trigger=coming.trigger if coming else None,
        invoiced=_of(sums.invoiced, row.currency),
        received=_of(sums.received, row.currency),
        backlog=_of(sums.backlog, row.currency),
        backlog_cny=_cny(sums.backlog, row.currency, rate),
        fee_expected=_of(sums.fee_expected, row.currency),
        fee_earned=_of(sums.fee_earned, row.currency),
        fee_earned_cny=written(sum(fee.cny_minor for fee in order.fees.values() if not fee.reversed)),
        data_class=row.data_class,
        positions=positions,
    )


def _total(currency: str, some: Sequence[_Sums], rate: str | None) -> CurrencyTotal:
    names = ("value", "invoiced", "received", "backlog", "fee_expected", "fee_earned")
    added = {name: _of(sum(getattr(sums, name) for sums in some), currency) for name in names}
    return CurrencyTotal(currency=currency, orders=len(some), rate=rate, **added)


def _of(amount_minor: int, currency: str) -> str:
    return written(amount_minor, EXPONENT[currency])


def _cny(amount_minor: int, currency: str, rate: str | None) -> str | None:
    return None if rate is None else written(converted(amount_minor, currency, rate))


def _in_cny(amounts: Iterable[str | None]) -> str | None:
    """The sum of figures in CNY; None where one is missing."""
    figures = list(amounts)
    if None in figures:
        return None
    return written(sum(minor(figure) for figure in figures if figure is not None))
