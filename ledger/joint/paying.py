"""Paying what is owed to anybody: suppliers, customs, generators, buyers with damages or what a
termination gives them. One proposes, another pays.

Command                   Facts (purchase.…)         Who
ProposeSupplierPayment    payment-proposed           finance
RejectSupplierPayment     payment-rejected           an approver, or who proposed it
PaySupplier               supplier-paid              an approver who is not the proposer, as the bank paid
ReturnSupplierPayment     payment-returned           finance: it came back, or was recorded wrong

Refusals, in order of precedence (of PurchaseRefusal)
├── PaymentUnknown           no such payment of this party is proposed, or was made (unknown)
├── PaymentTaken             this id is another payment's, says otherwise, or was rejected or returned (conflict)
├── PaymentDecided           it was made, or rejected, already
├── PayerIsProposer          J7: who pays is not who proposed it
├── PaymentsDiffer           the documents are not those that were proposed (conflict)
├── PayableUnknown           nothing is owed to this party on a document (unknown)
├── CurrenciesDiffer         a payment is in the currency of what it pays
├── (PurchaseAmountUnfit)    of purchases: more decimals than the currency has, or nothing
├── BeforePayable            nothing is paid before it is asked for, or before it is proposed
├── PayableExceeded          no more is paid than is owed, on that day or on a later one
├── PayableAsked             nor asked for, with what other proposals that wait would pay of it (conflict)
├── PaymentNotPositive       what a party owes back may be set off, but money leaves the bank
├── (BankingRefusal)         of bank accounts: the one named is open that day, and in the payment's currency
├── (PurchaseRateMissing)    of purchases: the exchange rate of the day
├── PaymentReferenceTaken    B5: the bank's reference is recorded already (conflict)
└── NoOpenPeriod             of `ledger.periods`: nothing can be posted

What is owed is read from the books: whatever posts to 2202 can be paid, of whatever context. A payable that a party
owes back, by a credit note after it was paid, or a run that corrects an energy invoice, is paid with a minus.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct
from msgspec.structs import replace

from ledger.billing.balance import DatedAmount, DatedMove
from ledger.bookkeeping.banking.accounts import (
    ACCOUNT_TAGS,
    NO_ACCOUNTS,
    BankAccounts,
    check_account,
    evolve_accounts,
    on_account,
)
from ledger.bookkeeping.banking.facts import BankAccountFact
from ledger.bookkeeping.purchases.facts import (
    PaidItem,
    SupplierPaid,
    SupplierPaymentProposed,
    SupplierPaymentRejected,
    SupplierPaymentReturned,
)
from ledger.bookkeeping.purchases.purchase import (
    PurchaseAmountUnfit,
    PurchaseCommand,
    PurchaseRefusal,
    amount_of,
    carried,
    posting_tags,
    rate_of,
)
from ledger.books.payables import KINDS, PayableMove, moves
from ledger.decider import By, Decider, Fact, Id, Text, said
from ledger.joint.payments import Payments
from ledger.once.bank import BankReference, References, check_reference, with_reference
from ledger.periods import PeriodFact, Periods, PostingFact, evolve_periods, posting_date
from ledger.rates import NO_RATES, RateApproved, Rates, Series, with_rate
from ledger.values.currencies import Currency, converted
from ledger.values.money import EXPONENT, written

# Commands

SignedAmount = Annotated[
    str,
    Meta(
        pattern=r"^-?(0|[1-9][0-9]{0,12})(\.[0-9]{1,3})?$(?!\n)",
        description="An amount with no more decimals than its currency has; with a minus, what is owed back: "
        "126000.00.",
    ),
]


class ToPay(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So much of a document: a purchase, an energy invoice with a share of this party, an agreement with damages,
    a payment on termination."""

    document: Id
    amount: SignedAmount


class PaymentCommand(PurchaseCommand, frozen=True, kw_only=True):
    """Something asked of one payment."""

    payment: Id
    supplier: Id


class ProposeSupplierPayment(PaymentCommand, frozen=True, kw_only=True, tag="propose-supplier-payment"):
    """Ask to pay what is owed to a supplier, a generator, or anybody else; in whole or part, several documents at once.

    bank_account   the one that it shall leave, else the default of its currency on the day that it is paid
    """

    put_right: ClassVar[str] = "`reject-supplier-payment`, then `propose-supplier-payment` anew, under another id."
    currency: Currency = "CNY"
    items: Annotated[tuple[ToPay, ...], Meta(min_length=1, max_length=200)]
    bank_account: Id | None = None
    reason: Text | None = None


class RejectSupplierPayment(PaymentCommand, frozen=True, kw_only=True, tag="reject-supplier-payment"):
    """Turn down a payment that was proposed, or take back one of your own."""

    put_right: ClassVar[str] = "`propose-supplier-payment` asks anew, under another id."
    reason: Text


class PaySupplier(PaymentCommand, frozen=True, kw_only=True, tag="pay-supplier"):
    """Agree to a payment that somebody else proposed, as the bank made it; `effective_on` is the value date. The
    documents are named again: what is owed of them now decides.

    rate_series   the exchange rate of that day, where it is in another currency than CNY
    """

    put_right: ClassVar[str] = "`return-supplier-payment` takes it back, and its bank reference is free again."
    documents: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=200)]
    bank_reference: BankReference
    rate_series: Series | None = None


class ReturnSupplierPayment(PaymentCommand, frozen=True, kw_only=True, tag="return-supplier-payment"):
    """Say that a payment came back, or was recorded wrong: what it paid is owed again."""

    put_right: ClassVar[str] = "`propose-supplier-payment` and `pay-supplier` record it anew, under another id."
    reason: Text


# Refusals


class PaymentUnknown(PurchaseRefusal):
    """No such payment of this party is proposed, or was made."""

    code = "supplier-payment-unknown"
    kind = "unknown"


class PaymentTaken(PurchaseRefusal):
    """This id is another payment's, says otherwise, or was rejected or returned."""

    code = "supplier-payment-taken"
    kind = "conflict"


class PaymentDecided(PurchaseRefusal):
    """It was made, or rejected, already."""

    code = "supplier-payment-decided"


class PayerIsProposer(PurchaseRefusal):
    """J7: who pays is not who proposed it."""

    code = "payer-is-proposer"


class PaymentsDiffer(PurchaseRefusal):
    """The documents are not those that were proposed."""

    code = "supplier-payments-differ"
    kind = "conflict"


class PayableUnknown(PurchaseRefusal):
    """Nothing is owed to this party on a document."""

    code = "payable-unknown"
    kind = "unknown"


class CurrenciesDiffer(PurchaseRefusal):
    """A payment is in the currency of what it pays."""

    code = "payment-currencies-differ"


class BeforePayable(PurchaseRefusal):
    """Nothing is paid before it is asked for, or before it is proposed."""

    code = "before-payable"


class PayableExceeded(PurchaseRefusal):
    """No more is paid than is owed."""

    code = "payable-exceeded"


class PayableAsked(PurchaseRefusal):
    """Other proposals wait that would pay it already."""

    code = "payable-asked"
    kind = "conflict"


class PaymentNotPositive(PurchaseRefusal):
    """Money leaves the bank."""

    code = "supplier-payment-not-positive"


class PaymentReferenceTaken(PurchaseRefusal):
    """B5: the bank's reference is recorded already."""

    code = "supplier-payment-reference-taken"
    kind = "conflict"


# State

NOTHING: Mapping[Any, Any] = MappingProxyType({})


class Payable(Struct, frozen=True, kw_only=True):
    """A debt to a party on one document, day by day: in its currency, and as it stands in the books."""

    payable: str
    document: str
    company: str
    currency: str
    owed: DatedAmount = DatedAmount()
    carrying: DatedAmount = DatedAmount()

    def bears(self, amount_minor: int, on: date) -> int:
        """The amount owed, or owed back, on a day and on every day after it."""
        if amount_minor > 0:
            return self.owed.least_from(on)
        turned = DatedAmount(tuple(DatedMove(move.on, move.booked_on, -move.amount_minor) for move in self.owed.moves))
        return -turned.least_from(on)

    @property
    def since(self) -> date:
        """The first day on which anything was asked for."""
        return min(move.on for move in self.owed.moves)


class Paying(Struct, frozen=True, kw_only=True):
    """The payables of one scope, and what became of payments, by id."""

    payables: Mapping[str, Payable] = NOTHING
    payments: Payments[SupplierPaymentProposed, SupplierPaymentRejected, SupplierPaid, SupplierPaymentReturned] = (
        Payments()
    )
    bank_references: References = NOTHING
    bank_accounts: BankAccounts = NO_ACCOUNTS
    periods: Periods = Periods()
    rates: Rates = NO_RATES


# Evolve


def evolve(state: Paying, fact: Fact) -> Paying:
    """Payables and payments after one more fact."""
    if isinstance(fact, PostingFact):
        state = replace(state, bank_references=with_reference(state.bank_references, fact))
        for move in moves(fact):
            state = _moved(state, fact, move)
    match fact:
        case SupplierPaymentProposed():
            return replace(state, payments=state.payments.with_proposed(fact))
        case SupplierPaymentRejected():
            return replace(state, payments=state.payments.with_rejected(fact))
        case SupplierPaid():
            return replace(state, payments=state.payments.with_made(fact))
        case SupplierPaymentReturned():
            return replace(state, payments=state.payments.with_returned(fact))
        case BankAccountFact():
            return replace(state, bank_accounts=evolve_accounts(state.bank_accounts, fact))
        case PeriodFact():
            return replace(state, periods=evolve_periods(state.periods, fact))
        case RateApproved():
            return replace(state, rates=with_rate(state.rates, fact))
    return state


def _moved(state: Paying, fact: PostingFact, move: PayableMove) -> Paying:
    payable = state.payables.get(move.payable) or Payable(
        payable=move.payable, document=move.document, company=move.company, currency=move.currency
    )
    payable = replace(
        payable,
        owed=payable.owed.after(fact, move.amount_minor),
        carrying=payable.carrying.after(fact, move.cny_minor),
    )
    return replace(state, payables={**state.payables, move.payable: payable})


# Scope


def _of(payment: PaymentCommand, documents: Iterable[str]) -> tuple[str, ...]:
    """The payment, and all that the documents may be tags of."""
    named = (f"{kind}:{document}" for document in documents for kind in KINDS)
    return tuple(dict.fromkeys((f"supplier-payment:{payment.payment}", *named)))


def scope(command: PaymentCommand) -> tuple[str, ...]:
    """The payment and what it pays; the bank's reference, the periods and the rate where it posts. A proposal sees what
    else its party may wait for."""
    match command:
        case ProposeSupplierPayment():
            documents = (item.document for item in command.items)
            return (*_of(command, documents), f"party:{command.supplier}", *ACCOUNT_TAGS)
        case PaySupplier():
            posts = (*posting_tags(command.rate_series), *ACCOUNT_TAGS)
            return (*_of(command, command.documents), f"bank:{command.bank_reference}", *posts)
        case ReturnSupplierPayment():
            return (*_of(command, ()), *posting_tags(None), *ACCOUNT_TAGS)
    return _of(command, ())


# Decide


def decide(state: Paying, command: PaymentCommand, by: By) -> Sequence[Fact]:
    """The facts that a command asks for, if every rule allows them; nothing where it is so already."""
    match command:
        case ProposeSupplierPayment():
            return _propose(state, command, by)
        case RejectSupplierPayment():
            return _reject(state, command, by)
        case PaySupplier():
            return on_account(state.bank_accounts, command, lambda on: _pay(state, on, by))
        case ReturnSupplierPayment():
            return on_account(state.bank_accounts, command, lambda on: _return(state, on, by))
    raise AssertionError(f"{command} is no command of payments")


def _propose(state: Paying, command: ProposeSupplierPayment, by: By) -> Sequence[Fact]:
    items = tuple(_item(state, command, item) for item in command.items)
    proposed = state.payments.proposed.get(command.payment)
    if proposed is not None:
        state.payments.check_not_ended(command.payment, PaymentTaken)
        if proposed.asked == said(SupplierPaymentProposed, command, items=items):
            return ()
        raise PaymentTaken(
            f"payment {command.payment} is proposed already and says otherwise; choose another id",
            field="payment",
        )
    if len({item.document for item in items}) < len(items):
        raise PurchaseAmountUnfit("name each document once, with all that is paid of it", field="items")
    _check_owed(state, items, command.effective_on, command.currency, "items")
    _check_not_asked(state, items, command.effective_on, command.currency)
    if command.bank_account is not None:
        check_account(state.bank_accounts, command.bank_account, command.currency, command.effective_on)
    return (
        SupplierPaymentProposed(
            effective_on=command.effective_on,
            payment=command.payment,
            supplier=command.supplier,
            currency=command.currency,
            items=items,
            bank_account=command.bank_account,
            reason=command.reason,
            proposed_by=by.actor,
        ),
    )


def _item(state: Paying, command: ProposeSupplierPayment, asked: ToPay) -> PaidItem:
    """A part of a payment, by the tag of the payable that it is. Raises PayableUnknown, CurrenciesDiffer."""
    found = [state.payables[tag] for kind in KINDS if (tag := f"{kind}:{asked.document}") in state.payables]
    mine = [payable for payable in found if payable.company == command.supplier]
    if not mine:
        others = f"; it is owed to {found[0].company}" if found else ""
        raise PayableUnknown(f"nothing is owed to {command.supplier} on {asked.document}{others}", field="items")
    payable = next((one for one in mine if one.owed.total_minor), mine[0])
    if payable.currency != command.currency:
        raise CurrenciesDiffer(
            f"{asked.document} is owed in {payable.currency}, not in {command.currency}", field="currency"
        )
    sign, size = (-1, asked.amount[1:]) if asked.amount.startswith("-") else (1, asked.amount)
    amount = sign * amount_of(size, command.currency, "items")
    if not amount:
        raise PurchaseAmountUnfit(f"say how much of {asked.document} is paid", field="items")
    return PaidItem(payable=payable.payable, document=asked.document, amount_minor=amount)


def _check_owed(state: Paying, items: Sequence[PaidItem], on: date, currency: str, field: str) -> None:
    """Check that every payable bears what is paid of it, and that money leaves the bank. Raises BeforePayable,
    PayableExceeded, PaymentNotPositive."""
    for item in items:
        payable = state.payables[item.payable]
        if on < payable.since:
            raise BeforePayable(
                f"{item.document} is of {payable.since}; it is paid then or later", field="effective_on"
            )
        there = payable.bears(item.amount_minor, on)
        if not min(there, 0) <= item.amount_minor <= max(there, 0):
            decimals = EXPONENT[currency]
            raise PayableExceeded(
                f"{written(there, decimals)} {currency} are owed of {item.document} from {on} on, not "
                f"{written(item.amount_minor, decimals)}",
                field=field,
            )
    if sum(item.amount_minor for item in items) <= 0:
        raise PaymentNotPositive("the sum of what is paid leaves the bank: it is more than nothing", field=field)


def _check_not_asked(state: Paying, items: Sequence[PaidItem], on: date, currency: str) -> None:
    """Check that every payable bears what is asked for beside what else waits to be paid of it. Raises PayableAsked."""
    for item in items:
        there = state.payables[item.payable].bears(item.amount_minor, on)
        asked = state.payments.asked(partial(_like, item))
        if abs(item.amount_minor + sum(asked.values())) > abs(there):
            left, decimals = there - sum(asked.values()), EXPONENT[currency]
            raise PayableAsked(
                f"{', '.join(asked)} would pay {written(sum(asked.values()), decimals)} {currency} of {item.document} "
                f"already; {written(left, decimals)} are left. Pay or reject what waits first",
                field="items",
            )


def _like(asked: PaidItem, payment: SupplierPaymentProposed) -> int:
    """The amount of a payable that a payment pays, or sets off, as another item does."""
    same = (item.amount_minor for item in payment.items if item.payable == asked.payable)
    return sum(amount for amount in same if (amount > 0) == (asked.amount_minor > 0))


def _proposal(state: Paying, command: PaymentCommand) -> SupplierPaymentProposed:
    proposed = state.payments.proposed.get(command.payment)
    if proposed is None or proposed.supplier != command.supplier:
        raise PaymentUnknown(f"no payment {command.payment} to {command.supplier} is proposed", field="payment")
    return proposed


def _reject(state: Paying, command: RejectSupplierPayment, by: By) -> Sequence[Fact]:
    _proposal(state, command)
    rejected = state.payments.rejected.get(command.payment)
    if rejected is not None and rejected.asked == said(SupplierPaymentRejected, command):
        return ()
    state.payments.check_undecided(command, PaymentDecided, BeforePayable)
    return (
        SupplierPaymentRejected(
            effective_on=command.effective_on,
            payment=command.payment,
            supplier=command.supplier,
            reason=command.reason,
            rejected_by=by.actor,
        ),
    )


def _pay(state: Paying, command: PaySupplier, by: By) -> Sequence[Fact]:
    proposed, on = _proposal(state, command), command.effective_on
    series = None if proposed.currency == "CNY" else command.rate_series
    same = sorted(command.documents) == sorted(proposed.documents)
    paid = state.payments.made.get(command.payment)
    if same and paid is not None and paid.asked == said(SupplierPaid, command, rate_series=series):
        state.payments.check_not_ended(command.payment, PaymentTaken)
        return ()
    state.payments.check_undecided(command, PaymentDecided, BeforePayable)
    if proposed.proposed_by == by.actor:
        raise PayerIsProposer(f"{by.actor} proposed {command.payment}; somebody else pays it")
    if not same:
        raise PaymentsDiffer(
            f"{command.payment} was proposed for {', '.join(proposed.documents)}; name just these", field="documents"
        )
    _check_owed(state, proposed.items, on, proposed.currency, "documents")
    _, rate = rate_of(state.rates, proposed.currency, series, on)
    account = proposed.bank_account or state.bank_accounts.default(proposed.currency, on)
    check_reference(state.bank_references, command.bank_reference, PaymentReferenceTaken, account)
    payables = [state.payables[item.payable] for item in proposed.items]
    booked = [
        payable.owed.booked_from(item.amount_minor, on) if item.amount_minor > 0 else payable.owed.latest_booked_on
        for payable, item in zip(payables, proposed.items, strict=True)
    ]
    return (
        SupplierPaid(
            effective_on=on,
            accounting_on=posting_date(state.periods, max(on, *booked), by.role),
            payment=command.payment,
            supplier=command.supplier,
            currency=proposed.currency,
            items=tuple(_carried(state, item) for item in proposed.items),
            rate_series=series,
            rate=rate,
            cny_minor=converted(proposed.amount_minor, proposed.currency, rate),
            bank_reference=command.bank_reference,
            bank_account=account,
            proposed_by=proposed.proposed_by,
            approved_by=by.actor,
        ),
    )


def _carried(state: Paying, item: PaidItem) -> PaidItem:
    """A part of a payment, with the CNY that so much of it stands at."""
    payable = state.payables[item.payable]
    whole = payable.owed.total_minor, payable.carrying.total_minor
    return replace(item, carrying_minor=carried(whole, item.amount_minor))


def _return(state: Paying, command: ReturnSupplierPayment, by: By) -> Sequence[Fact]:
    paid = state.payments.made.get(command.payment)
    if paid is None or paid.supplier != command.supplier:
        raise PaymentUnknown(f"no payment {command.payment} to {command.supplier} was made", field="payment")
    returned = state.payments.returned.get(command.payment)
    if returned is not None:
        if returned.asked == said(SupplierPaymentReturned, command):
            return ()
        raise PaymentDecided(f"payment {command.payment} was returned on {returned.effective_on}")
    if command.effective_on < paid.effective_on:
        raise BeforePayable(
            f"{command.payment} was made on {paid.effective_on}; it does not come back earlier", field="effective_on"
        )
    return (
        SupplierPaymentReturned(
            effective_on=command.effective_on,
            accounting_on=posting_date(state.periods, max(command.effective_on, paid.accounting_on), by.role),
            payment=command.payment,
            supplier=command.supplier,
            reversed=paid,
            reason=command.reason,
        ),
    )


COMMANDS = (ProposeSupplierPayment, RejectSupplierPayment, PaySupplier, ReturnSupplierPayment)
PAYING: Decider[PaymentCommand, Paying] = Decider(COMMANDS, Paying(), scope, evolve, decide)
