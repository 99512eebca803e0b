"""What would MCSC gain or lose if exchange rates stayed as they are? Monetary balances in foreign currencies.

fx_exposure   the report on a basis: open receivables of orders, sums by currency, the control accounts' share

Only receivables in another currency are exposed: advances are frozen at the rate they came at (IFRIC 22) and shown
apart; money received is taken as sold to the bank on its day. The rate is the approved reference rate of the effective
date; `unrealised` is what remeasurement at it would post.
"""

from datetime import date

from msgspec import Struct
from sqlalchemy import Connection

from ledger.decider import DataClass
from ledger.periods import month_of
from ledger.values.currencies import converted
from ledger.values.money import EXPONENT, written
from projections.deals.orders import foreign, order_states, rate_on
from projections.engine.basis import Basis
from projections.engine.sources import facts_behind, positions_of


class ExposedRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A receivable: its balance in its currency, its carrying amount in the books, and its value at the rate.
    `revalued_on_close`: whether the month of the effective date remeasured it as it is."""

    order: str
    receivable: str
    company: str
    account: str
    currency: str
    balance: str
    carrying_cny: str
    rate: str | None
    cny: str | None
    unrealised: str | None
    revalued_on_close: bool
    data_class: DataClass
    positions: tuple[int, ...] | None = None


class ExposedCurrency(Struct, frozen=True, kw_only=True):
    """A currency: monetary balance, rate, CNY, unrealised. `advances`: not monetary, for comparison."""

    currency: str
    balance: str
    carrying_cny: str
    rate: str | None
    cny: str | None
    unrealised: str | None
    advances: str
    advances_cny: str


class FxExposure(Struct, frozen=True, kw_only=True):
    """Balances at the effective date. `unrealised` is None where a rate is missing."""

    as_of: date
    rows: tuple[ExposedRow, ...]
    currencies: tuple[ExposedCurrency, ...]
    carrying_cny: str
    unrealised: str | None
    fictional: bool


class _Balance(Struct, frozen=True):
    currency: str
    amount: int
    carrying: int
    now: int | None


def fx_exposure(connection: Connection, basis: Basis, *, positions: bool = False) -> FxExposure:
    """Report the exposure on that basis. `positions`: those of the facts behind every row."""
    end, rows, balances = basis.effective, list[ExposedRow](), list[_Balance]()
    advances: dict[str, tuple[int, int]] = {}
    rates: dict[str, str | None] = {}
    states = order_states(connection, basis)
    facts = _positions(connection, basis, [row.order for row, _ in states]) if positions else None
    for row, state in states:
        if state.currency == "CNY":
            continue
        if state.currency not in rates:
            rates[state.currency] = rate_on(connection, basis, state.currency)
        paid, paid_cny = advances.get(state.currency, (0, 0))
        advances[state.currency] = (paid + state.advances[0], paid_cny + state.advances[1])
        for name, receivable in foreign(state, end):
            account, amount, carrying = receivable.at(end)
            rate = rates[state.currency]
            now = None if rate is None else converted(amount, receivable.currency, rate)
            balances.append(_Balance(receivable.currency, amount, carrying, now))
            rows.append(
                ExposedRow(
                    order=row.order,
                    receivable=name,
                    company=receivable.company,
                    account=account,
                    currency=receivable.currency,
                    balance=written(amount, EXPONENT[receivable.currency]),
                    carrying_cny=written(carrying),
                    rate=rate,
                    cny=None if now is None else written(now),
                    unrealised=None if now is None else written(now - carrying),
                    revalued_on_close=receivable.revalued.get(month_of(end)) == (amount, carrying),
                    data_class=row.data_class,
                    positions=facts[f"order:{row.order}"] if facts is not None else None,
                )
            )
    return _report(end, rows, balances, advances, rates)


def _positions(connection: Connection, basis: Basis, names: list[str]) -> dict[str, tuple[int, ...]]:
    found = facts_behind(connection, basis, [f"order:{name}" for name in names])
    return {tag: positions_of(entries) for tag, entries in found.items()}


def _report(
    end: date,
    rows: list[ExposedRow],
    balances: list[_Balance],
    advances: dict[str, tuple[int, int]],
    rates: dict[str, str | None],
) -> FxExposure:
    return FxExposure(
        as_of=end,
        rows=tuple(rows),
        currencies=tuple(
            _currency(name, [balance for balance in balances if balance.currency == name], rates[name], advances[name])
            for name in sorted(rates)
        ),
        carrying_cny=written(sum(balance.carrying for balance in balances)),
        unrealised=_unrealised(balances),
        fictional=any(row.data_class == "FICTIONAL" for row in rows),
    )


def _currency(name: str, balances: list[_Balance], rate: str | None, advances: tuple[int, int]) -> ExposedCurrency:
    return ExposedCurrency(
        currency=name,
        balance=written(sum(balance.amount for balance in balances), EXPONENT[name]),
        carrying_cny=written(sum(balance.carrying for balance in balances)),
        rate=rate,
        cny=None if rate is None else written(sum(balance.now or 0 for balance in balances)),
        unrealised=_unrealised(balances),
        advances=written(advances[0], EXPONENT[name]),
        advances_cny=written(advances[1]),
    )


def _unrealised(balances: list[_Balance]) -> str | None:
    if any(balance.now is None for balance in balances):
        return None
    return written(sum((balance.now or 0) - balance.carrying for balance in balances))
