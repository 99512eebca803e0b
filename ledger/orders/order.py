"""The state of an order, and what the parts of its life share: scope, checks, the refusals that any step can meet.

OrderCommand      what is asked for one order; PayingCommand: money that came for it
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
├── OrderOpenExceeded    no more is paid than is open
├── OrderReferenceTaken  B5: the bank's reference is recorded already (conflict)
├── RateNotNamed         the amount is foreign and no exchange rate is named
├── RateUnfit            that series does not give CNY for the order's currency
├── RateMissing          no rate of that series, or of the tax, is approved for the date
└── NoOpenPeriod         of `ledger.periods`: nothing can be posted
"""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Literal, TypeVar, get_args

from msgspec import Struct
from msgspec.structs import replace

from ledger.billing.balance import DatedAmount
from ledger.bookkeeping.banking.accounts import NO_ACCOUNTS, BankAccounts
from ledger.companies.company import Company
from ledger.decider import Asked, By, Command, Fact, Id, Refusal
from ledger.once.bank import BankReference, References, check_reference
from ledger.orders.facts import Account, Monetary
from ledger.orders.over_time.progress import Progress
from ledger.orders.terms import OrderTerms, Recognition, Role, RoleAssessment, Trigger
from ledger.periods import PERIODS_TAG, Periods, posting_date
from ledger.rates import NO_RATES, Rates, Series, value_on
from ledger.values.currencies import Amount, Currency, converted, decimals, in_minor, quotes
from ledger.values.days import Happened
from ledger.values.money import EXPONENT, rounded

# Commands


class OrderCommand(Command, frozen=True, kw_only=True):
    """Something asked for one order."""

    effective_on: Happened
    order: Id


class PayingCommand(OrderCommand, frozen=True, kw_only=True):
    """Money that came for an order.

    amount        what came, in the order's currency; all that is open where it is not said, less the bank's charge
    bank_charge   what a bank on the way kept, where MCSC bears it: as much more is paid. Else it is still open
    """

    amount: Amount | None = None
    bank_charge: Amount | None = None
    bank_reference: BankReference | None = None
    bank_account: Id | None = None
    rate_series: Series | None = None


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


class OrderOpenExceeded(OrderRefusal):
    """No more is paid of a milestone or receivable than is open of it."""

    code = "order-open-exceeded"


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
F = TypeVar("F", bound=Fact)


class MilestoneState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A milestone, its amount by now (order's currency, minor units), and what became of it.

    invoice, invoiced_on   the invoice that stands; a change order takes it back

    What was paid of it is in `EquipmentOrder.payments`.
    """

    milestone: str
    percent: str
    trigger: Trigger
    amount_minor: int
    invoice: str | None = None
    invoiced_on: date | None = None
    due_on: date | None = None


class Move(Struct, frozen=True, kw_only=True):
    """A change of a receivable on an account, on the accounting date of its fact. Foreign 0: a pure remeasurement."""

    on: date
    account: Monetary
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

    def on(self, account: Monetary, until: date = date.max) -> tuple[int, int]:
        """Amount and CNY on an account at the end of a day."""
        moves = [move for move in self.moves if move.account == account and move.on <= until]
        return sum(move.amount_minor for move in moves), sum(move.cny_minor for move in moves)

    @property
    def since(self) -> date:
        """The first day on which it is owed."""
        return min((move.on for move in self.moves), default=date.max)

    @property
    def moved_on(self) -> date:
        """The latest day on which it moved."""
        return max((move.on for move in self.moves), default=date.min)

    def free_from(self, account: Account, amount_minor: int) -> date:
        """The day from which so much stands on an account for good, and is not remeasured any more."""
        days = sorted({move.on for move in self.moves if move.account == account})
        short = [at for at, day in enumerate(days) if self.on(account, day)[0] < amount_minor]
        enough = days[short[-1] + 1] if short and short[-1] + 1 < len(days) else min(days, default=date.min)
        return max(enough, *(move.on for move in self.moves if not move.amount_minor), date.min)

    def at(self, until: date = date.max) -> tuple[Account, int, int]:
        """The account it stands on at the end of a day, amount and CNY."""
        held = self.on("contract-assets", until)
        if held[0] > 0:
            return ("contract-assets", *held)
        return ("receivables", *self.on("receivables", until))


class Fee(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A fee earned on a trigger: what was earned in CNY net and as tax, and what became of it."""

    receivable: str
    amount_minor: int = 0
    cny_minor: int = 0
    vat_minor: int = 0
    vat_cny_minor: int = 0
    reversed: bool = False


class Held(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Client money of a milestone that is held, and the latest day on which it moved in the books.

    stands       the same day by day, as it is remeasured
    off_account  some of it came onto no bank account on record: taken as sold to the bank, it is not remeasured
    """

    amount_minor: int = 0
    cny_minor: int = 0
    moved_on: date = date.min
    stands: Receivable = Receivable(currency="CNY")
    off_account: bool = False


class Payment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A payment of a milestone or receivable: its value date; without a bank reference it went between the others."""

    on: date
    amount_minor: int
    bank_reference: str | None = None


class EquipmentOrder(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order as its facts tell, in whatever order they are folded. `since`: when it reached its state.

    reached       triggers that have happened, with their dates
    advances      (amount, CNY) of advances held: a contract liability, frozen at receipt (IFRIC 22)
    advanced_on   the latest day on which they moved in the books
    shipped       item -> how many were shipped; payments: milestone or receivable -> those that stand, in parts or one
    recognition   how its sale is earned over time; None: on acceptance. progress: what it comes to, not accepted yet
    changes       change orders approved; measured: write-downs of its stock, those taken back too
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
    advanced_on: date = date.min
    client_money: Mapping[str, Held] = NOTHING
    receivables: Mapping[str, Receivable] = NOTHING
    fees: Mapping[Trigger, Fee] = NOTHING
    payments: Mapping[str, tuple[Payment, ...]] = NOTHING
    changes: tuple[str, ...] = ()
    recognition: Recognition | None = None
    progress: Progress = Progress()
    measured: tuple[str, ...] = ()

    @property
    def currency(self) -> Currency:
        """The currency of its prices; CNY before it is quoted."""
        return self.terms.currency if self.terms else "CNY"

    def is_collected(self, fee: Fee) -> bool:
        """Tell whether a fee, or a part of it, came into the bank."""
        return bool(self.payments.get(fee.receivable))

    def paid_minor(self, name: str) -> int:
        """Sum what was paid of a milestone or receivable."""
        return sum(payment.amount_minor for payment in self.payments.get(name, ()))

    def paid_on(self, milestone: MilestoneState) -> date | None:
        """The value date of the payment that made it whole; None while anything is open of it."""
        payments = self.payments.get(milestone.milestone, ())
        whole = payments and self.paid_minor(milestone.milestone) >= milestone.amount_minor
        return max(payment.on for payment in payments) if whole else None

    def due_since(self, trigger: Trigger) -> date | None:
        """The day on which a milestone of a trigger became due: with that step, or a later one that passed it over.

        Acceptance makes all due but what is retained (domain §14.7).
        """
        at = TRIGGER_PLACE[trigger]
        reached = (day for step, day in self.reached.items() if step == trigger or at < TRIGGER_PLACE[step] < RETAINED)
        return None if trigger == "RETENTION_RELEASED" and trigger not in self.reached else min(reached, default=None)

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
        owed = owed or bool(self.progress.asset_minor)
        return owed or bool(self.advances[0]) or any(held.amount_minor for held in self.client_money.values())

    @property
    def is_open(self) -> bool:
        """Tell whether anybody still has to do something: build, pay, pay back (C4)."""
        return self.state not in ("QUOTED", "CLOSED", "CANCELLED") or self.money_remains


TRIGGER_PLACE: Mapping[Trigger, int] = {trigger: at for at, trigger in enumerate(get_args(Trigger))}
RETAINED = TRIGGER_PLACE["RETENTION_RELEASED"]

ACCOUNTS: tuple[Account, ...] = ("receivables", "contract-assets")


class Orders(Struct, frozen=True, kw_only=True):
    """The state of one scope of orders: orders, companies, rates, periods, who has which bank reference.

    stock     order -> what was bought for it and is not sold, at cost; allowances: the allowance on that (1471)
    asked     what was asked and still stands, by topic
    stories   order -> its facts that stand and were not reversed, in the order recorded
    """

    orders: Mapping[str, EquipmentOrder] = NOTHING
    companies: Mapping[str, Company] = NOTHING
    bank_references: References = NOTHING
    bank_accounts: BankAccounts = NO_ACCOUNTS
    periods: Periods = Periods()
    rates: Rates = NO_RATES
    stock: Mapping[str, DatedAmount] = NOTHING
    allowances: Mapping[str, DatedAmount] = NOTHING
    asked: Asked = NOTHING
    stories: Mapping[str, tuple[Fact, ...]] = NOTHING

    def recorded(self, command: "OrderCommand", *kinds: type[F]) -> tuple[F, ...]:
        """The facts of these kinds that stand of the order that a command is about, in the order recorded."""
        return tuple(fact for fact in self.stories.get(command.order, ()) if isinstance(fact, kinds))


# Evolve


def paid(order: EquipmentOrder, name: str, payment: Payment, sign: int = 1) -> EquipmentOrder:
    """An order with a payment of a milestone or receivable more; `sign` -1: with that one taken back."""
    payments = list(order.payments.get(name, ()))
    if sign > 0:
        payments.append(payment)
    elif payment in payments:
        payments.remove(payment)
    return replace(order, payments={**order.payments, name: tuple(payments)})


def advanced(order: EquipmentOrder, on: date, amount_minor: int, cny_minor: int) -> EquipmentOrder:
    """An order with advances more, or less, on a day of the books."""
    held, cny = order.advances
    latest = max(order.advanced_on, on)
    return replace(order, advances=(held + amount_minor, cny + cny_minor), advanced_on=latest)


def held_for(order: EquipmentOrder, milestone: str, on: date, amount_minor: int, cny_minor: int) -> EquipmentOrder:
    """An order with client money of a milestone more, or less, on a day of the books."""
    held = order.client_money.get(milestone) or Held()
    move = Move(on=on, account="client-money", amount_minor=amount_minor, cny_minor=cny_minor)
    held = replace(
        held,
        amount_minor=held.amount_minor + amount_minor,
        cny_minor=held.cny_minor + cny_minor,
        moved_on=max(held.moved_on, on),
        stands=replace(held.stands, moves=(*held.stands.moves, move)),
    )
    return replace(order, client_money={**order.client_money, milestone: held})


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


def part_of(whole: tuple[int, int], amount_minor: int) -> int:
    """The CNY that a part of an amount stands at; all of it, at all that it stands at."""
    amount, cny = whole
    return cny if amount_minor == amount else rounded(Fraction(cny) * amount_minor / amount)


def posting_tags(*series: Series | None) -> tuple[str, ...]:
    """The tags that a command must see that may post: the periods, and the rates it names."""
    return (PERIODS_TAG, *(f"series:{name}" for name in series if name is not None))


# What decisions ask


def order_of(state: Orders, command: OrderCommand) -> EquipmentOrder:
    """The order that a command is about. Raises OrderUnknown."""
    order = state.orders.get(command.order)
    if order is None:
        raise OrderUnknown(f"there is no order {command.order}; issue-quotation first", field="order")
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


def posts_on(state: Orders, on: date, by: By, *no_earlier: date) -> date:
    """The day in an open month on which a fact of this date posts; not before those days, on which the books have what
    it rests on. Raises NoOpenPeriod."""
    return posting_date(state.periods, max(on, *no_earlier) if no_earlier else on, by.role)


def check_not_before(what: str, happened_on: date, on: date) -> None:
    """Check that what follows something is not dated before it. Raises OrderStepTooEarly."""
    if on < happened_on:
        raise OrderStepTooEarly(f"{what} is of {happened_on}; nothing follows it earlier", field="effective_on")


def check_new(state: Orders, reference: str, account: str | None) -> None:
    """Check that a bank reference is new on its account (B5). Raises OrderReferenceTaken."""
    check_reference(state.bank_references, reference, OrderReferenceTaken, account)
