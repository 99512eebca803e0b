"""Which equipment orders are there, how far is each, and what of their money stands in the books?

OrderRegister           the read model: one timeline for each order; steps by effective date, money by accounting date
orders, order           its rows as of a basis, by order: filtered, a page of them; one with its whole state
order_states            every order as the ledger's own EquipmentOrder: for reports
control_items           what each order adds to control accounts
control_totals          what orders add to control accounts: must be in the books on the same basis
unrevalued              foreign receivables that a month's end did not remeasure
rate_on, rate_fact      the approved exchange rate of a currency as a basis knows it, and the fact that approved it
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import BigInteger, Column, Connection, Date, Select, Text, func, or_, select

from ledger.decider import DataClass, Fact, standing
from ledger.log import store
from ledger.log.envelope import Entry
from ledger.orders.deciding import evolve_order, orders_of
from ledger.orders.facts import OrderFact, OrderPostingFact, RevaluationFact
from ledger.orders.mistakes.facts import OrderStepWithdrawn
from ledger.orders.order import EquipmentOrder, OrderState, Receivable
from ledger.orders.receivables import client_money_on_account
from ledger.orders.terms import Role
from ledger.periods import month_of
from ledger.rates import NO_RATES, RateApproved, value_on, with_rate
from ledger.values.money import EXPONENT, written
from projections.engine.basis import Basis
from projections.engine.entities import EntityView, entity_table
from projections.engine.sources import counts_from
from projections.engine.timeline import as_of

order_register = entity_table(
    "order_register",
    "order_name",
    Column("supplier", Text, nullable=False),
    Column("buyer", Text, nullable=False),
    Column("role", Text),
    Column("state", Text, nullable=False),
    Column("since", Date, nullable=False),
    Column("currency", Text, nullable=False),
    Column("value_minor", BigInteger, nullable=False),
    Column("receivables_minor", BigInteger, nullable=False),
    Column("contract_assets_minor", BigInteger, nullable=False),
    Column("advances_minor", BigInteger, nullable=False),
    Column("client_money_minor", BigInteger, nullable=False),
    Column("content", Text, nullable=False),
)


class OrderRow(Struct, frozen=True, kw_only=True):
    """An order as of a basis; `value` in its currency. `last_position`: of the latest fact it rests on, its ETag."""

    order: str
    supplier: str
    buyer: str
    role: Role | None
    state: OrderState
    since: date
    on_hold: bool
    currency: str
    value: str
    data_class: DataClass
    last_position: int


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(EquipmentOrder).decode


class OrderRegister(EntityView[EquipmentOrder]):
    """One timeline for each order."""

    name = "order_register"
    version = 3
    table = order_register
    tables = (order_register,)
    facts = (OrderFact, OrderPostingFact, OrderStepWithdrawn, RevaluationFact)

    def keys(self, fact: Fact) -> tuple[str, ...]:
        """The orders that the fact is about: a remeasurement is of several."""
        return orders_of(fact)

    def tag(self, key: str) -> str:
        """All facts of an order carry its tag."""
        return f"order:{key}"

    def dated(self, fact: Fact) -> date:
        """Its accounting date where it posts, else its effective date: money is where the books have it."""
        return counts_from(fact)

    def evolve(self, key: str, order: EquipmentOrder | None, fact: Fact) -> EquipmentOrder:
        """Move the order on, by the context's own fold."""
        return evolve_order(order, fact, key)

    def columns(self, order: EquipmentOrder) -> tuple[Any, ...]:
        """The columns that orders are chosen by, their part of control accounts, then the whole order as JSON."""
        receivables = order.receivables.values()
        return (
            order.supplier,
            order.buyer,
            order.role,
            order.state,
            order.since,
            order.currency,
            order.value_minor,
            sum(receivable.on("receivables")[1] for receivable in receivables),
            sum(receivable.on("contract-assets")[1] for receivable in receivables) + order.progress.asset_minor,
            order.advances[1],
            sum(held.cny_minor for held in order.client_money.values()),
            _encode(order).decode(),
        )


def _known(basis: Basis) -> Select[Any]:
    return as_of(OrderRegister, effective=basis.effective, recorded=basis.recorded)


def orders(
    connection: Connection,
    basis: Basis,
    *,
    company: str | None = None,
    role: Role | None = None,
    state: OrderState | None = None,
    after: str | None = None,
    limit: int | None = None,
) -> list[OrderRow]:
    """Orders known on that basis, by identifier; the page after order `after`. `company`: that sells or buys."""
    table, query = order_register.c, _known(basis)
    if company is not None:
        query = query.where(or_(table.supplier == company, table.buyer == company))
    wanted = {table.role: role, table.state: state}
    query = query.where(*(column == value for column, value in wanted.items() if value is not None))
    if after is not None:
        query = query.where(table.order_name > after)
    rows = connection.execute(query.order_by(table.order_name).limit(limit))
    return [_row(row, _decode(row.content)) for row in rows]


def order(connection: Connection, basis: Basis, order: str) -> tuple[OrderRow, EquipmentOrder] | None:
    """One order on that basis; None where nothing was recorded of it, or nothing was effective."""
    row = connection.execute(_known(basis).where(order_register.c.order_name == order)).one_or_none()
    if row is None:
        return None
    state = _decode(row.content)
    return _row(row, state), state


def order_states(connection: Connection, basis: Basis) -> list[tuple[OrderRow, EquipmentOrder]]:
    """Every order known on that basis, by identifier, beside its row."""
    rows = connection.execute(_known(basis).order_by(order_register.c.order_name))
    return [(_row(row, state), state) for row in rows for state in [_decode(row.content)]]


def _row(row: Any, state: EquipmentOrder) -> OrderRow:
    return OrderRow(
        order=row.order_name,
        supplier=row.supplier,
        buyer=row.buyer,
        role=row.role,
        state=row.state,
        since=row.since,
        on_hold=state.on_hold,
        currency=row.currency,
        value=written(row.value_minor, EXPONENT[row.currency]),
        data_class=row.data_class,
        last_position=row.last_position,
    )


def control_items(connection: Connection, basis: Basis) -> dict[str, dict[str, int]]:
    """Each order's balances in control accounts: debits positive, CNY minor units."""
    return {
        row.order_name: {
            "receivables": row.receivables_minor,
            "contract-assets": row.contract_assets_minor,
            "equipment-advances": -row.advances_minor,
            "client-money": -row.client_money_minor,
        }
        for row in connection.execute(_known(basis).order_by(order_register.c.order_name))
    }


def control_totals(connection: Connection, basis: Basis) -> dict[str, int]:
    """Sum what orders have in control accounts: debits positive, CNY minor units."""
    known = _known(basis).subquery().c
    columns = (known.receivables_minor, known.contract_assets_minor, known.advances_minor, known.client_money_minor)
    row = connection.execute(select(*(func.coalesce(func.sum(column), 0) for column in columns))).one()
    receivables, contract_assets, advances, client_money = (int(total) for total in row)
    return {
        "receivables": receivables,
        "contract-assets": contract_assets,
        "equipment-advances": -advances,
        "client-money": -client_money,
    }


def foreign(order: EquipmentOrder, until: date) -> Iterator[tuple[str, Receivable]]:
    """The receivables of an order in another currency that are open at the end of a day, by name."""
    for name, receivable in sorted(order.receivables.items()):
        if receivable.currency != "CNY" and receivable.at(until)[1] > 0:
            yield name, receivable


def unrevalued(connection: Connection, basis: Basis, end: date) -> tuple[str, ...]:
    """Foreign receivables open at a month's end, and client money held, not remeasured to it, as `order/receivable
    currency amount`."""
    then, found = msgspec.structs.replace(basis, effective=end), []
    for row, state in order_states(connection, then):
        for name, receivable in foreign(state, end):
            _, amount, carrying = receivable.at(end)
            if receivable.revalued.get(month_of(end)) != (amount, carrying):
                owed = written(amount, EXPONENT[receivable.currency])
                found.append(f"{row.order}/{name} {receivable.currency} {owed}")
        for name, held in client_money_on_account(state):
            amount, carrying = held.stands.on("client-money", end)
            if amount > 0 and held.stands.revalued.get(month_of(end)) != (amount, carrying):
                kept = written(amount, EXPONENT[state.currency])
                found.append(f"{row.order}/{name} {state.currency} {kept} client-money")
    return tuple(found)


def rate_on(connection: Connection, basis: Basis, currency: str) -> str | None:
    """The approved reference rate of a currency, CNY for one unit; None where none is known on the basis."""
    if currency == "CNY":
        return "1"
    series, rates = f"fx/{currency.lower()}-cny", NO_RATES
    for entry in _approved(connection, basis, series):
        assert isinstance(entry.fact, RateApproved), "the others are left out"
        rates = with_rate(rates, entry.fact)
    return value_on(rates, series, basis.effective)


def rate_fact(connection: Connection, basis: Basis, currency: str) -> Entry | None:
    """The fact that approved that rate; None of CNY, and where none is known."""
    known = _approved(connection, basis, f"fx/{currency.lower()}-cny") if currency != "CNY" else []
    counting = [entry for entry in known if entry.fact.effective_on <= basis.effective]
    return max(counting, key=lambda entry: (entry.fact.effective_on, entry.position), default=None)


def _approved(connection: Connection, basis: Basis, series: str) -> list[Entry]:
    """The approvals of a series that stand on the basis, in the order recorded."""
    known = [entry for entry in store.by_tags(connection, [f"series:{series}"]) if entry.position <= basis.recorded]
    found = standing(known, lambda entry: entry.fact)
    return [entry for entry in found if isinstance(entry.fact, RateApproved)]
