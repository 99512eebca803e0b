"""The state of an order, and what the parts of its life share: scope, checks, the refusals that any step can meet.

OrderCommand      what is asked for one order
OrderState        how far an order is; PLACE: which state is further; UNDER_WAY, AFTER_PAC, IN_FORCE: stretches of them
EquipmentOrder    an order as its facts tell, with MilestoneState, Payment, Held, Fee, and Receivable with its Moves
Orders            what the facts of one scope tell
moved             an order with one of its receivables moved
scope_of, posting_tags          what a command must see
order_of, check_state, money…   what several decisions ask

Refusals, in order of precedence
OrderRefusal
├── OrderUnknown         no such order (unknown)
├── those of the command's own part, in the order its file draws them
├── OrderOnHold          nothing is built while it is on hold
├── OrderStateForbids    this step does not start from the order's state
├── OrderStepTooEarly    a state is not reached before the previous one
├── RoleForbids          MCSC's role in this order does not do this
├── OrderAmountMalformed more decimals than the currency has, or nothing
├── OrderReferenceTaken  B5: the bank's reference is recorded already (conflict)
├── RateNotNamed         the amount is foreign and no exchange rate is named
├── RateUnfit            that series does not give CNY for the order's currency
├── RateMissing          no rate of that series, or of the tax, is approved for the date
└── NoOpenPeriod         of `ledger.periods`: nothing can be posted
"""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

from ledger.companies.company import Company
from ledger.decider import Asked, By, Command, Id, Refusal
from ledger.orders.facts import Account
from ledger.orders.terms import (
    Currency,
    OrderTerms,
    Role,
    RoleAssessment,
    Trigger,
    converted,
    decimals,
    in_minor,
    quotes,
)
from ledger.periods import PERIODS_TAG, Periods, posting_date
from ledger.rates import NO_RATES, Rates, Series, value_on
from ledger.values.days import Happened
from ledger.values.money import EXPONENT

# Commands


class OrderCommand(Command, frozen=True, kw_only=True):
    """Something asked for one order."""

    effective_on: Happened
    order: Id


# Refusals


class OrderRefusal(Refusal):
    """A rule about equipment orders said no."""


class OrderUnknown(OrderRefusal):
    """No such order."""

    code = "order-unknown"
    kind = "unknown"


class OrderOnHold(OrderRefusal):
    """Nothing is built while it is on hold."""

    code = "order-on-hold"


class OrderStateForbids(OrderRefusal):
    """This step does not start from the order's state."""

    code = "order-state-forbids"


class OrderStepTooEarly(OrderRefusal):
    """A state is not reached before the previous one."""

    code = "order-step-too-early"


class RoleForbids(OrderRefusal):
    """MCSC's role in this order does not do this."""

    code = "order-role-forbids"


class OrderAmountMalformed(OrderRefusal):
    """More decimals than the currency has, or nothing."""

    code = "order-amount-malformed"


class OrderReferenceTaken(OrderRefusal):
    """B5: the bank's reference is recorded already."""

    code = "order-bank-reference-taken"
    kind = "conflict"


class RateNotNamed(OrderRefusal):
    """The amount is foreign and no exchange rate is named."""

    code = "exchange-rate-not-named"


class RateUnfit(OrderRefusal):
    """The series does not give CNY for the order's currency."""

    code = "exchange-rate-unfit"


class RateMissing(OrderRefusal):
    """No rate of that series is approved for the date."""

    code = "order-rate-missing"


# State

OrderState = Literal[
    "QUOTED",
    "ORDERED",
    "DEPOSIT_PAID",
    "IN_PRODUCTION",
    "FAT_PASSED",
    "SHIPPED",
    "CUSTOMS_CLEARED",
    "DELIVERED",
    "INSTALLED",
    "SAT_PASSED",
    "ACCEPTED",
    "WARRANTY",
    "CLOSED",
    "CANCELLED",
]
PLACE: Mapping[str, int] = {state: at for at, state in enumerate(get_args(OrderState))}
"""States in order: an order is as far as the furthest step that its facts tell, in whatever order they are folded."""

UNDER_WAY: tuple[OrderState, ...] = (
    "ORDERED",
    "DEPOSIT_PAID",
    "IN_PRODUCTION",
    "FAT_PASSED",
    "SHIPPED",
    "CUSTOMS_CLEARED",
    "DELIVERED",
    "INSTALLED",
    "SAT_PASSED",
)
"""Ordered and not accepted: what the backlog is made of."""

AFTER_PAC: tuple[OrderState, ...] = ("ACCEPTED", "WARRANTY")
"""Accepted and not closed."""

IN_FORCE: tuple[OrderState, ...] = (*UNDER_WAY, *AFTER_PAC)

NOTHING: Mapping[Any, Any] = MappingProxyType({})


class MilestoneState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A milestone, its amount by now (order's currency, minor units), and what became of it.

    invoice, invoiced_on   the invoice that stands; a change order takes it back
    paid_on                the value date of its payment; which one, and how, is in `EquipmentOrder.payments`
    """

    milestone: str
    percent: str
    trigger: Trigger
    amount_minor: int
    invoice: str | None = None
    invoiced_on: date | None = None
    due_on: date | None = None
    paid_on: date | None = None


class Move(Struct, frozen=True, kw_only=True):
    """A change of a receivable on an account, on the accounting date of its fact. Foreign 0: a pure remeasurement."""

    on: date
    account: Account
    amount_minor: int
    cny_minor: int


class Receivable(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A debt to MCSC for an order, in its currency and as it stands in the books.

    revalued   month -> (amount, CNY) that it was remeasured to at the month's end
    """

    currency: Currency
    company: str = ""
    moves: tuple[Move, ...] = ()
    revalued: Mapping[str, tuple[int, int]] = NOTHING

    def on(self, account: Account, until: date = date.max) -> tuple[int, int]:
        """Amount and CNY on an account at the end of a day."""
        moves = [move for move in self.moves if move.account == account and move.on <= until]
        return sum(move.amount_minor for move in moves), sum(move.cny_minor for move in moves)

    @property
    def since(self) -> date:
        """The first day on which it is owed."""
        return min((move.on for move in self.moves), default=date.max)

    def at(self, until: date = date.max) -> tuple[Account, int, int]:
        """The account it stands on at the end of a day, amount and CNY."""
        held = self.on("contract-assets", until)
        if held[0] > 0:
            return ("contract-assets", *held)
        return ("receivables", *self.on("receivables", until))


class Fee(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A fee earned on a trigger: what was earned in CNY net and as tax, and what became of it."""

    receivable: str
    amount_minor: int
    cny_minor: int
    vat_minor: int = 0
    vat_cny_minor: int = 0
    reversed: bool = False


class Held(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Client money of a milestone."""

    amount_minor: int
    cny_minor: int
    remitted: bool = False


class Payment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When a milestone or receivable was paid, and with which payment; without one, between the others."""

    on: date
    bank_reference: str | None = None


class EquipmentOrder(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order as its facts tell, in whatever order they are folded. `since`: when it reached its state.

    reached       triggers that have happened, with their dates
    advances      (amount, CNY) of advances held: a contract liability, frozen at receipt (IFRIC 22)
    shipped       item -> how many were shipped
    payments      milestone or receivable -> its payment
    """

    order: str
    supplier: str = ""
    buyer: str = ""
    state: OrderState = "QUOTED"
    since: date = date.min
    on_hold: bool = False
    terms: OrderTerms | None = None
    valid_until: date | None = None
    role: Role | None = None
    assessment: RoleAssessment | None = None
    value_minor: int = 0
    milestones: tuple[MilestoneState, ...] = ()
    reached: Mapping[Trigger, date] = NOTHING
    shipped: Mapping[str, int] = NOTHING
    shipments: tuple[str, ...] = ()
    commissioned_on: date | None = None
    warranty_until: date | None = None
    cancelled_on: date | None = None
    advances: tuple[int, int] = (0, 0)
    client_money: Mapping[str, Held] = NOTHING
    receivables: Mapping[str, Receivable] = NOTHING
    fees: Mapping[Trigger, Fee] = NOTHING
    payments: Mapping[str, Payment] = NOTHING
    changes: tuple[str, ...] = ()

    @property
    def currency(self) -> Currency:
        """The currency of its prices; CNY before it is quoted."""
        return self.terms.currency if self.terms else "CNY"

    def is_collected(self, fee: Fee) -> bool:
        """Tell whether a fee came into the bank."""
        return fee.receivable in self.payments

    def milestone(self, name: str) -> MilestoneState | None:
        """A milestone by its name."""
        return next((milestone for milestone in self.milestones if milestone.milestone == name), None)

    def with_milestone(self, name: str, **change: Any) -> tuple[MilestoneState, ...]:
        """The milestones with one of them changed."""
        return tuple(
            replace(milestone, **change) if milestone.milestone == name else milestone for milestone in self.milestones
        )

    @property
    def money_remains(self) -> bool:
        """Tell whether anything is owed to MCSC, or held by it, for this order."""
        owed = any(receivable.on(account)[0] for receivable in self.receivables.values() for account in ACCOUNTS)
        return owed or bool(self.advances[0]) or any(not held.remitted for held in self.client_money.values())

    @property
    def is_open(self) -> bool:
        """Tell whether anybody still has to do something: build, pay, pay back (C4)."""
        return self.state not in ("QUOTED", "CLOSED", "CANCELLED") or self.money_remains


ACCOUNTS: tuple[Account, ...] = ("receivables", "contract-assets")


class Orders(Struct, frozen=True, kw_only=True):
    """The state of one scope of orders: orders, companies, rates, periods, who has which bank reference.

    asked   what was asked and still stands, by topic
    """

    orders: Mapping[str, EquipmentOrder] = NOTHING
    companies: Mapping[str, Company] = NOTHING
    bank_references: Mapping[str, str] = NOTHING
    periods: Periods = Periods()
    rates: Rates = NO_RATES
    asked: Asked = NOTHING


# Evolve


def moved(
    order: EquipmentOrder, name: str, currency: Currency, company: str, on: date, *moves: tuple[Account, int, int]
) -> EquipmentOrder:
    """An order with one of its receivables moved; `company` owes it."""
    receivable = order.receivables.get(name) or Receivable(currency=currency)
    further = tuple(Move(on=on, account=account, amount_minor=amount, cny_minor=cny) for account, amount, cny in moves)
    grown = replace(receivable, currency=currency, company=company, moves=(*receivable.moves, *further))
    return replace(order, receivables={**order.receivables, name: grown})


# Scope


def scope_of(command: OrderCommand, *more: str) -> tuple[str, ...]:
    """The order's tag, and what else a command must see, each once."""
    return tuple(dict.fromkeys((f"order:{command.order}", *more)))


def posting_tags(*series: Series | None) -> tuple[str, ...]:
    """The tags that a command must see that may post: the periods, and the rates it names."""
    return (PERIODS_TAG, *(f"series:{name}" for name in series if name is not None))


# What decisions ask


def order_of(state: Orders, command: OrderCommand) -> EquipmentOrder:
    """The order that a command is about. Raises OrderUnknown."""
    order = state.orders.get(command.order)
    if order is None:
        raise OrderUnknown(f"there is no order {command.order}; issue a quotation first", field="order")
    return order


def about(order: EquipmentOrder) -> dict[str, Any]:
    """The fields that every fact of an order has."""
    return {"order": order.order, "supplier": order.supplier, "buyer": order.buyer}


def terms_of(order: EquipmentOrder) -> OrderTerms:
    """The terms; a quoted order has them."""
    assert order.terms is not None, "an order was quoted"
    return order.terms


def check_state(order: EquipmentOrder, starts: Sequence[OrderState], on: date | None = None) -> None:
    """Check the state, and the date where a next state is reached. Raises OrderStateForbids, OrderStepTooEarly."""
    if order.state not in starts:
        raise OrderStateForbids(f"{order.order} is {order.state}; this step starts from {', '.join(starts)}")
    if on is not None and on < order.since:
        raise OrderStepTooEarly(
            f"{order.order} is {order.state} since {order.since}; the next step cannot be earlier",
            field="effective_on",
        )


def check_since_ordered(order: EquipmentOrder, on: date) -> None:
    """Check that nothing of an order is earlier than itself. Raises OrderStepTooEarly."""
    ordered_on = order.reached.get("ORDERED")
    if ordered_on is not None and on < ordered_on:
        raise OrderStepTooEarly(f"{order.order} was ordered on {ordered_on}", field="effective_on")


def amount_of(amount: str, currency: Currency, *, field: str = "amount") -> int:
    """Minor units of an amount that is not nothing. Raises OrderAmountMalformed."""
    if decimals(amount) > EXPONENT[currency]:
        raise OrderAmountMalformed(f"{currency} has {EXPONENT[currency]} decimals, {amount} has more", field=field)
    amount_minor = in_minor(amount, currency)
    if amount_minor == 0:
        raise OrderAmountMalformed("an amount of nothing records nothing; say how much it is", field=field)
    return amount_minor


def series_named(order: EquipmentOrder, series: Series | None) -> Series | None:
    """The exchange rate that a fact of this order names; none where the order is in CNY."""
    return None if order.currency == "CNY" else series


def rate_of(state: Orders, currency: Currency, series: Series | None, on: date) -> tuple[Series | None, str]:
    """Series and rate for an amount on a date; CNY needs none. Raises RateNotNamed, RateUnfit, RateMissing."""
    if currency == "CNY":
        return None, "1"
    if series is None:
        raise RateNotNamed(
            f"the amount is in {currency}: name the exchange rate, such as fx/{currency.lower()}-cny",
            field="rate_series",
        )
    if not quotes(series, currency):
        raise RateUnfit(f"{series} does not give CNY for {currency}", field="rate_series")
    return series, value_of_series(state, series, on)


def value_of_series(state: Orders, series: Series, on: date) -> str:
    """The approved rate that holds on a date. Raises RateMissing."""
    rate = value_on(state.rates, series, on)
    if rate is None:
        raise RateMissing(
            f"no rate of {series} is approved for {on}: propose one (propose-rate, effective on {on} or before) and "
            "let somebody else approve it (approve-rate)",
            field="rate_series",
        )
    return rate


def money(state: Orders, order: EquipmentOrder, amount_minor: int, series: Series | None, on: date) -> dict[str, Any]:
    """The fields of an OrderMoneyFact for an amount in the order's currency at the rate of a date."""
    named, rate = rate_of(state, order.currency, series, on)
    return {
        "currency": order.currency,
        "amount_minor": amount_minor,
        "rate_series": named,
        "rate": rate,
        "cny_minor": converted(amount_minor, order.currency, rate),
    }


def posts_on(state: Orders, on: date, by: By) -> date:
    """The day on which a fact of this date posts. Raises NoOpenPeriod."""
    return posting_date(state.periods, on, by.role)


def check_reference(state: Orders, reference: str) -> None:
    """Check that a bank reference is new (B5). Raises OrderReferenceTaken."""
    if (taken := state.bank_references.get(reference)) is not None:
        raise OrderReferenceTaken(
            f"bank reference {reference} is recorded with {taken}; a payment is recorded once", field="bank_reference"
        )
